//! One gRPC call with messages that are known only by their descriptors. Answers stay as they came ([`super::wire`]).

use bytes::{Buf, Bytes};
use http::uri::PathAndQuery;
use prost::Message;
use prost_reflect::DynamicMessage;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming};
use tonic::transport::Channel;
use tonic::{Response, Status};
use tracing::Instrument;

use crate::contract::Operation;
use crate::envelope::Envelope;

/// Largest answer that is read from a service.
pub(crate) const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Calls a unary RPC.
pub(crate) async fn unary(
    channel: Channel,
    operation: &Operation,
    message: DynamicMessage,
    envelope: &Envelope,
) -> Result<Bytes, Status> {
    let span = client_span(operation);
    let (mut grpc, path, codec) = prepare(channel, operation)?;
    async move {
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let answer: Response<Bytes> = grpc.unary(envelope.wrap(message), path, codec).await?;
        Ok(answer.into_inner())
    }
    .instrument(span)
    .await
}

/// Calls a server-streaming RPC.
pub(crate) async fn server_streaming(
    channel: Channel,
    operation: &Operation,
    message: DynamicMessage,
    envelope: &Envelope,
) -> Result<Streaming<Bytes>, Status> {
    let span = client_span(operation);
    let (mut grpc, path, codec) = prepare(channel, operation)?;
    async move {
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(grpc.server_streaming(envelope.wrap(message), path, codec).await?.into_inner())
    }
    .instrument(span)
    .await
}

fn prepare(channel: Channel, operation: &Operation) -> Result<(Grpc<Channel>, PathAndQuery, AsItCame), Status> {
    let path = PathAndQuery::try_from(operation.grpc_path()).map_err(|error| Status::internal(error.to_string()))?;
    let grpc = Grpc::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES);
    Ok((grpc, path, AsItCame))
}

fn client_span(operation: &Operation) -> tracing::Span {
    tracing::info_span!(
        "gRPC",
        otel.name = operation.grpc_path().trim_start_matches('/'),
        otel.kind = "client",
        rpc.system = "grpc",
        rpc.service = operation.rpc.parent_service().full_name(),
        rpc.method = operation.rpc.name(),
    )
}

/// Encodes any dynamic message, and hands answers on as the bytes that they are.
#[derive(Debug, Clone)]
pub(crate) struct AsItCame;

impl Codec for AsItCame {
    type Encode = DynamicMessage;
    type Decode = Bytes;
    type Encoder = DynamicEncoder;
    type Decoder = Self;

    fn encoder(&mut self) -> DynamicEncoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

/// Writes a dynamic message in the protobuf format.
#[derive(Debug)]
pub(crate) struct DynamicEncoder;

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for AsItCame {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
