//! The ways in: any RPC, asked with the JSON form of its request, over HTTP or over gRPC, with the same words back.
//!
//! A journey is written once against [`Door`] and walked through each of them. Neither knows the gateway's code: [`Http`]
//! follows the routes that stand in the contracts, [`Grpc`] builds the messages from the descriptors.

mod grpc;
mod http;

use async_trait::async_trait;
use prost_reflect::MethodDescriptor;
use serde_json::Value;

pub use self::grpc::{Grpc, answer_as_json, code_name, request_from_json};
pub use self::http::{Http, answer, refusal};

/// Which way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The gateway's JSON API.
    Http,
    /// The services themselves.
    Grpc,
}

/// A way in.
#[async_trait]
pub trait Door: Send + Sync {
    /// Asks an RPC. The rows that one streams come together, as `rows`.
    async fn ask(&self, rpc: &MethodDescriptor, token: Option<&str>, message: Value) -> Result<Value, Refusal>;
}

/// Why a call was refused, in one form for both ways in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code by its name, such as `NOT_FOUND`.
    pub status: String,
    /// The HTTP status; none over gRPC.
    pub http: Option<u16>,
    /// The reason from the registry, without its prefix.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// The variables of the sentence.
    pub metadata: serde_json::Map<String, Value>,
    /// The fields that are wrong, by their names in the contract, with what is wrong.
    pub violations: Vec<(String, String)>,
}

impl Refusal {
    /// The wrong fields, in alphabetical order.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut fields: Vec<&str> = self.violations.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        fields
    }

    /// A variable of the sentence, empty where there is none.
    #[must_use]
    pub fn variable(&self, name: &str) -> &str {
        self.metadata.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The HTTP status that belongs to a refusal: to its reason where HTTP has words for that, else to its code.
///
/// # Panics
///
/// When its code is not one that is refused with.
#[must_use]
pub fn http_of(refusal: &Refusal) -> u16 {
    match (refusal.reason.as_str(), refusal.status.as_str()) {
        ("METHOD_NOT_ALLOWED", _) => 405,
        ("TOO_LARGE", _) => 413,
        ("MEDIA_TYPE_UNSUPPORTED", _) => 415,
        (_, "INVALID_ARGUMENT") => 400,
        (_, "UNAUTHENTICATED") => 401,
        (_, "PERMISSION_DENIED") => 403,
        (_, "NOT_FOUND") => 404,
        (_, "ALREADY_EXISTS" | "ABORTED" | "FAILED_PRECONDITION") => 409,
        (_, "RESOURCE_EXHAUSTED") => 429,
        (_, "INTERNAL") => 500,
        (_, "UNIMPLEMENTED") => 501,
        (_, "UNAVAILABLE") => 503,
        (_, "DEADLINE_EXCEEDED") => 504,
        (_, other) => panic!("{other} is no code to refuse with: {refusal:?}"),
    }
}

/// `agendaItems[0].title` as the contract writes it: `agenda_items[0].title`.
fn in_contract(path: &str) -> String {
    let mut words = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
