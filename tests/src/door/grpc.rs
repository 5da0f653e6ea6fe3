//! The services' own gRPC, with messages built from the descriptors.

use std::time::Duration;

use async_trait::async_trait;
use http::uri::PathAndQuery;
use pathfinder_kit::config::PeerAddresses;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use serde_json::{Value, json};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use super::{Door, Refusal};
use crate::contract;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The four services, each at its own address.
#[derive(Debug, Clone)]
pub struct Grpc {
    boards: Channel,
    commitments: Channel,
    issues: Channel,
    identity: Channel,
}

impl Grpc {
    /// The services at these addresses; connects when first asked.
    #[must_use]
    pub fn at(addresses: &PeerAddresses) -> Self {
        let open = |address: &http::Uri| Endpoint::from(address.clone()).connect_lazy();
        Self {
            boards: open(&addresses.boards),
            commitments: open(&addresses.commitments),
            issues: open(&addresses.issues),
            identity: open(&addresses.identity),
        }
    }

    fn channel(&self, rpc: &MethodDescriptor) -> Channel {
        match contract::domain(rpc).as_str() {
            "boards" => self.boards.clone(),
            "commitments" => self.commitments.clone(),
            "issues" => self.issues.clone(),
            "identity" => self.identity.clone(),
            other => panic!("no service answers for {other}"),
        }
    }

    /// Asks an RPC that is given no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// When it is refused.
    ///
    /// # Panics
    ///
    /// When no connection can be had.
    pub async fn ask_within(
        &self,
        rpc: &MethodDescriptor,
        token: Option<&str>,
        message: Value,
        timeout: Duration,
    ) -> Result<Value, Refusal> {
        let message = request_from_json(rpc, message);
        let answer = self.send_within(rpc, token, message, timeout).await.map_err(|status| refusal(&status))?;
        Ok(answer_as_json(&answer))
    }

    /// Sends a message as it is.
    ///
    /// # Errors
    ///
    /// What the service answers.
    ///
    /// # Panics
    ///
    /// When no connection can be had.
    pub async fn send(
        &self,
        rpc: &MethodDescriptor,
        token: Option<&str>,
        message: DynamicMessage,
    ) -> Result<DynamicMessage, Status> {
        self.send_within(rpc, token, message, TIMEOUT).await
    }

    async fn send_within(
        &self,
        rpc: &MethodDescriptor,
        token: Option<&str>,
        message: DynamicMessage,
        timeout: Duration,
    ) -> Result<DynamicMessage, Status> {
        let mut request = request_of(message, token);
        request.set_timeout(timeout);
        let mut client = self.client(rpc).await;
        Ok(client.unary(request, path(rpc), DynamicCodec(rpc.output())).await?.into_inner())
    }

    /// Opens what an RPC streams.
    ///
    /// # Errors
    ///
    /// When it is refused.
    ///
    /// # Panics
    ///
    /// When no connection can be had.
    pub async fn open(
        &self,
        rpc: &MethodDescriptor,
        token: Option<&str>,
        message: Value,
    ) -> Result<Streaming<DynamicMessage>, Refusal> {
        let request = request_of(request_from_json(rpc, message), token);
        let mut client = self.client(rpc).await;
        let opened = client.server_streaming(request, path(rpc), DynamicCodec(rpc.output())).await;
        opened.map(Response::into_inner).map_err(|status| refusal(&status))
    }

    async fn client(&self, rpc: &MethodDescriptor) -> tonic::client::Grpc<Channel> {
        let mut client = tonic::client::Grpc::new(self.channel(rpc)).max_decoding_message_size(8 << 20);
        client.ready().await.unwrap_or_else(|error| panic!("{} can be reached: {error}", rpc.full_name()));
        client
    }
}

fn path(rpc: &MethodDescriptor) -> PathAndQuery {
    let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
    path.parse().expect("names of RPCs are paths")
}

fn request_of(message: DynamicMessage, token: Option<&str>) -> Request<DynamicMessage> {
    let mut request = Request::new(message);
    if let Some(token) = token {
        let bearer = format!("Bearer {token}").parse().expect("a token is plain text");
        request.metadata_mut().insert("authorization", bearer);
    }
    request
}

#[async_trait]
impl Door for Grpc {
    async fn ask(&self, rpc: &MethodDescriptor, token: Option<&str>, message: Value) -> Result<Value, Refusal> {
        if !rpc.is_server_streaming() {
            return self.ask_within(rpc, token, message, TIMEOUT).await;
        }
        let mut rows = Vec::new();
        let mut stream = self.open(rpc, token, message).await?;
        while let Some(row) = stream.message().await.map_err(|status| refusal(&status))? {
            rows.push(answer_as_json(&row));
        }
        Ok(json!({"rows": rows}))
    }
}

/// The request of an RPC from its JSON form.
///
/// # Panics
///
/// When the JSON is not one of this message.
#[must_use]
pub fn request_from_json(rpc: &MethodDescriptor, message: Value) -> DynamicMessage {
    DynamicMessage::deserialize(rpc.input(), message)
        .unwrap_or_else(|error| panic!("{} is asked rightly: {error}", rpc.full_name()))
}

/// An answer in the JSON form that the gateway writes, too: every scalar, also at its default.
///
/// # Panics
///
/// When the answer has no JSON form.
#[must_use]
pub fn answer_as_json(answer: &DynamicMessage) -> Value {
    let options = SerializeOptions::new().skip_default_fields(false);
    answer.serialize_with_options(serde_json::value::Serializer, &options).expect("every answer has a JSON form")
}

/// Reads a status with its details.
fn refusal(status: &Status) -> Refusal {
    let details = status.get_error_details();
    let info = details.error_info();
    let metadata = info.map(|info| info.metadata.clone()).unwrap_or_default();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    Refusal {
        status: code_name(status.code()),
        http: None,
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        metadata: metadata.into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
        violations: violations.into_iter().map(|one| (one.field, one.description)).collect(),
    }
}

/// `NotFound` as the protocol writes it.
#[must_use]
pub fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// Encodes any message, decodes messages of one type.
#[derive(Debug, Clone)]
struct DynamicCodec(MessageDescriptor);

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for DynamicCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for DynamicCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), buffer);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
