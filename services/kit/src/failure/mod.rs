//! One taxonomy of failure for the suite: a [`Reason`] from the contract's registry, one [`ErrorCode`] for each reason,
//! and one gRPC code for each error code.
//!
//! A failure carries two messages: the one outward, which a person can act on and which never holds a driver's text, and
//! the chain of sources, which is logged once, where the failure becomes a [`Status`].
//! To add a reason, add it to `errors.proto` and to `codes.rs`; the compiler points at the rest.

mod codes;
mod database;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use opentelemetry::trace::TraceContextExt as _;
pub use pathfinder_proto::errors::v1::ErrorReason as Reason;
use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

pub use codes::{ErrorCode, code_of};

/// The domain that every `google.rpc.ErrorInfo` of the suite names.
pub const ERROR_DOMAIN: &str = "pathfinder";
/// What the wrong fields of a request may come to in an answer: its trailers hold sixteen kilobytes, in base64.
const MOST_LISTED_BYTES: usize = 10_000;
/// The longest description of a wrong field, in characters.
const LONGEST_DESCRIPTION: usize = 500;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path, such as `milestones[2].due_date`.
    pub field: String,
    /// What is wrong and what would do, in plain words.
    pub description: String,
}

impl Violation {
    /// A violation of `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// Why a call failed.
#[derive(Debug)]
pub struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    reason: Reason,
    message: String,
    metadata: HashMap<String, String>,
    violations: Vec<Violation>,
    transient: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// A failure with its reason and the message outward.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            reason,
            message: message.into(),
            metadata: HashMap::new(),
            violations: Vec::new(),
            transient: false,
            source: None,
        }))
    }

    /// A request with wrong fields; the message counts them.
    #[must_use]
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [only] => ended(format!("The request was refused: {} {}", only.field, only.description)),
            many => format!("The request was refused: {} fields are wrong; each is listed.", many.len()),
        };
        let mut failure = Self::new(Reason::InvalidRequest, message);
        failure.0.violations = violations;
        failure
    }

    /// A request with one wrong field, said in a sentence of its own.
    #[must_use]
    pub fn of_field(field: &str, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        let mut failure = Self::new(Reason::InvalidRequest, sentence.clone());
        failure.0.violations = vec![Violation::new(field, sentence)];
        failure
    }

    /// A thing that is not in this partnership.
    #[must_use]
    pub fn not_found(kind: &str, id: impl fmt::Display) -> Self {
        Self::new(Reason::NotFound, format!("There is no {kind} {id} here.")).with("kind", kind).with("id", id)
    }

    /// A fault of ours; the message outward says no more than that.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Reason::Internal, "Something went wrong on our side; the trace id leads us to it.").because(source)
    }

    /// Adds a variable that a program can read.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.0.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Adds what caused it, for the log only.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Marks a failure that the same call may not meet again: [`crate::retrying`] tries again.
    #[must_use]
    pub fn transient(mut self) -> Self {
        self.0.transient = true;
        self
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Whether the same call may succeed when tried again at once.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// The fields that are wrong.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    fn log(&self, code: ErrorCode) {
        let reason = self.0.reason.as_str_name();
        let chain = causes_of(self).join(": ");
        match code {
            ErrorCode::Internal | ErrorCode::Unavailable => tracing::error!(reason, chain, "{}", self.0.message),
            _ => tracing::debug!(reason, chain, "{}", self.0.message),
        }
    }
}

/// What an error came from, the nearest cause first, for logs and terminals: no caller is told.
#[must_use]
pub fn causes_of(error: &dyn StdError) -> Vec<String> {
    std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let code = code_of(failure.0.reason);
        failure.log(code);
        let trace_id = tracing::Span::current().context().span().span_context().trace_id().to_string();
        let Inner { reason, message, metadata, violations, .. } = *failure.0;
        let word = reason.as_str_name().trim_start_matches("ERROR_REASON_");
        let pause = metadata.get("retry_after_seconds").and_then(|seconds| seconds.parse().ok());
        let mut details = ErrorDetails::with_error_info(word, ERROR_DOMAIN, metadata);
        details.set_request_info(trace_id, "");
        // What is too large stays so.
        let passes = code == ErrorCode::Exhausted && reason != Reason::TooLarge || code == ErrorCode::Unavailable;
        if passes {
            details.set_retry_info(Some(Duration::from_secs(pause.unwrap_or(1))));
        }
        if !violations.is_empty() {
            details.set_bad_request(listed(violations));
        }
        Self::with_error_details(code.grpc(), message, details)
    }
}

/// A sentence with a full stop, unless it ends already, as with a question that is quoted.
fn ended(sentence: String) -> String {
    if sentence.ends_with(['.', '?', '!']) { sentence } else { sentence + "." }
}

/// As many as fit into the trailers of an answer, each shortened; the last one says how many more there are.
fn listed(violations: Vec<Violation>) -> Vec<FieldViolation> {
    let count = violations.len();
    let mut room = MOST_LISTED_BYTES;
    let mut listed = Vec::new();
    for Violation { field, description } in violations {
        let description: String = description.chars().take(LONGEST_DESCRIPTION).collect();
        let Some(left) = room.checked_sub(field.len() + description.len()) else { break };
        room = left;
        listed.push(FieldViolation::new(field, description));
    }
    let more = count - listed.len();
    if more > 0 {
        listed.push(FieldViolation::new("", format!("and {more} more")));
    }
    listed
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::invalid(vec![violation])
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod listing_tests {
    use super::*;

    #[test]
    fn a_sentence_ends_once() {
        let told = |text: &str| Failure::invalid(vec![Violation::new("answers", text)]).to_string();
        assert_eq!(told("must answer kind"), "The request was refused: answers must answer kind.");
        let question = "must answer kind: Which kind?";
        assert_eq!(told(question), "The request was refused: answers must answer kind: Which kind?");
        assert_eq!(told("is over."), "The request was refused: answers is over.");
    }

    #[test]
    fn however_much_is_wrong_it_fits_into_an_answer() {
        let wrong = |number: usize| Violation::new(format!("rows[{number}].time"), "must be one of ".repeat(100));
        let told = listed((0..20_000).map(wrong).collect());
        let bytes: usize = told.iter().map(|one| one.field.len() + one.description.len()).sum();
        assert!(bytes < 10_100, "{bytes}");
        assert_eq!(told.last().unwrap().description, format!("and {} more", 20_001 - told.len()));
        assert_eq!(listed(vec![wrong(7)]).len(), 1);
    }
}
