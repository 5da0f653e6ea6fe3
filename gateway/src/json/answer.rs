//! What a service answered, as HTTP: one JSON object, or a stream of them.
//!
//! The canonical proto3 JSON form with one choice of ours: a scalar, list or enum that holds its default is written out, so
//! that a client sees every field that exists (`"nextPageToken": ""`). Sub-messages and `optional` fields that are not set
//! are left out, which is how a client tells "not set" from zero.
//!
//! A stream is NDJSON (one message a line) or, if `Accept` asks for `text/event-stream`, server-sent events, whose `id` is the
//! feed's cursor: a browser that reconnects goes on where it stood. A line `{"error": …}`, or an event named `error`, ends a
//! stream that failed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue};
use prost_reflect::{DynamicMessage, SerializeOptions, Value};
use tokio::time::Instant;
use tonic::codec::Streaming;
use tonic::{Code, Status};

use crate::error::ApiError;
use crate::limits::Place;

/// How often a stream of events shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// One message as canonical JSON.
pub(crate) fn json(message: &DynamicMessage) -> Result<Vec<u8>, ApiError> {
    let mut serializer = serde_json::Serializer::new(Vec::new());
    message.serialize_with_options(&mut serializer, &OPTIONS).map_err(|error| {
        tracing::error!(message = message_name(message), %error, "an answer cannot be written as JSON");
        ApiError::internal()
    })?;
    Ok(serializer.into_inner())
}

fn message_name(message: &DynamicMessage) -> String {
    prost_reflect::ReflectMessage::descriptor(message).full_name().to_owned()
}

/// The answer of a unary call; the etag of a resource is also the `ETag` header.
pub(crate) fn unary(message: &DynamicMessage) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::from(json(message)?));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let etag = message.get_field_by_name("etag");
    let etag = etag.as_deref().and_then(Value::as_str).filter(|etag| !etag.is_empty());
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&format!("\"{etag}\"")).ok()) {
        headers.insert(ETAG, etag);
    }
    Ok(response)
}

/// How a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One JSON object a line.
    Lines,
    /// Server-sent events.
    Events,
}

impl Framing {
    /// What the caller accepts; NDJSON unless events are asked for.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(http::header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        if values.any(|value| value.contains("text/event-stream")) { Self::Events } else { Self::Lines }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Lines => "application/x-ndjson",
            Self::Events => "text/event-stream",
        }
    }

    fn message(self, message: &DynamicMessage) -> Result<Bytes, ApiError> {
        let json = json(message)?;
        let mut frame = Vec::with_capacity(json.len() + 64);
        if self == Self::Lines {
            frame.extend_from_slice(&json);
            frame.push(b'\n');
            return Ok(frame.into());
        }
        if let Some(cursor) = cursor(message) {
            frame.extend_from_slice(format!("id: {cursor}\n").as_bytes());
        }
        frame.extend_from_slice(b"data: ");
        frame.extend_from_slice(&json);
        frame.extend_from_slice(b"\n\n");
        Ok(frame.into())
    }

    fn error(self, error: &ApiError, trace_id: &str) -> Bytes {
        let json = error.to_json(trace_id);
        match self {
            Self::Lines => format!("{json}\n").into(),
            Self::Events => format!("event: error\ndata: {json}\n\n").into(),
        }
    }
}

/// Where an event stands in its feed: `meta.cursor`, if it has one that fits on a line.
fn cursor(message: &DynamicMessage) -> Option<String> {
    let meta = message.get_field_by_name("meta")?;
    let cursor = meta.as_message()?.get_field_by_name("cursor")?;
    let cursor = cursor.as_str()?;
    (!cursor.is_empty() && cursor.chars().all(|c| c.is_ascii_graphic())).then(|| cursor.to_owned())
}

/// What a stream needs besides its messages.
#[derive(Debug)]
pub(crate) struct StreamContext {
    pub(crate) framing: Framing,
    pub(crate) peer: String,
    pub(crate) trace_id: String,
    /// When the stream is ended, so that a forgotten one does not live for ever.
    pub(crate) ends: Instant,
    /// Cancelled when the gateway drains.
    pub(crate) draining: tokio_util::sync::CancellationToken,
    /// Held as long as the stream lives.
    pub(crate) _place: Place,
}

/// The answer of a server-streaming call.
pub(crate) fn streaming(messages: Streaming<DynamicMessage>, context: StreamContext) -> Response {
    let content_type = HeaderValue::from_static(context.framing.content_type());
    let frames = frames(messages, Arc::new(context));
    let mut response = Response::new(Body::from_stream(frames));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn frames<S>(
    messages: S,
    context: Arc<StreamContext>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send
where
    S: Stream<Item = Result<DynamicMessage, Status>> + Send + Unpin + 'static,
{
    stream::unfold(Some(messages), move |messages| {
        let context = Arc::clone(&context);
        async move {
            let mut messages = messages?;
            let (frame, goes_on) = next_frame(&mut messages, &context).await?;
            Some((Ok(frame), goes_on.then_some(messages)))
        }
    })
}

/// The next frame and whether another follows; `None` at the end.
async fn next_frame<S>(messages: &mut S, context: &StreamContext) -> Option<(Bytes, bool)>
where
    S: Stream<Item = Result<DynamicMessage, Status>> + Unpin,
{
    let framing = context.framing;
    loop {
        let next = tokio::select! {
            next = messages.next() => next?,
            () = context.draining.cancelled() => return None,
            () = tokio::time::sleep_until(context.ends) => return None,
            () = tokio::time::sleep(KEEP_ALIVE) => {
                match framing {
                    Framing::Events => return Some((Bytes::from_static(b": alive\n\n"), true)),
                    Framing::Lines => continue,
                }
            }
        };
        let frame = next.map_err(|status| failed(&status, &context.peer)).and_then(|message| framing.message(&message));
        return Some(match frame {
            Ok(frame) => (frame, true),
            Err(error) => (framing.error(&error, &context.trace_id), false),
        });
    }
}

fn failed(status: &Status, peer: &str) -> ApiError {
    if status.code() == Code::Unknown {
        return ApiError::from_status(&Status::unavailable(status.message()), peer);
    }
    ApiError::from_status(status, peer)
}
