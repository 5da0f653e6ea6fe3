//! The JSON API: every RPC that carries `google.api.http`, served from its descriptor alone.
//!
//! ```text
//! routes   method + path            → operation, captured values
//! parse    body                     → JSON, strictly
//! request  path + query + body + …  → request message, or every problem at once (check)
//! call     message                  → gRPC
//! answer   message                  → JSON
//! stream   messages                 → NDJSON, server-sent events, or a file (table)
//! ```
//!
//! Nothing here names a service. To add an operation, add an RPC with its HTTP rule to a contract.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod names;
pub(crate) mod parse;
pub(crate) mod request;
#[cfg(test)]
mod request_tests;
pub(crate) mod routes;
pub(crate) mod stream;
pub(crate) mod table;

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use prost_reflect::{DynamicMessage, Value as ProtoValue};
use serde_json::Value;

use self::routes::Found;
use self::stream::{Framing, StreamContext};
use crate::body;
use crate::client::Client;
use crate::envelope::Envelope;
use crate::error::ApiError;
use crate::session;
use crate::state::{App, Shared};
use crate::trace::Trace;

/// Serves one request of the JSON API; the fallback of the router, so it also answers unknown addresses.
pub(crate) async fn serve(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let found = app.routes.find(&parts.method, parts.uri.path())?;
    tracing::Span::current().record("http.route", found.operation.template.openapi_path());
    session::enter(&app, &mut parts).await?;
    let bytes = body::read(&parts.headers, body, app.limits.body_bytes).await?;
    let json = if bytes.is_empty() { None } else { Some(json_body(&parts.headers, &bytes)?) };
    let mut source =
        request::Parts { method: &parts.method, query: parts.uri.query(), headers: &parts.headers, body: json };
    if found.operation.rpc.is_server_streaming() {
        let (framing, query) = Framing::asked(found.operation, source.query, &parts.headers);
        source.query = query.as_deref();
        let (framing, message) = match (framing, request::message(&found, source)) {
            (Ok(framing), message) => (framing, message?),
            (Err(wrong), Ok(_)) => return Err(ApiError::invalid(vec![wrong])),
            (Err(wrong), Err(error)) => return Err(error.beside(wrong)),
        };
        return stream(&app, &found, message, &parts, framing).await;
    }
    let message = request::message(&found, source)?;
    unary(&app, &found, message, &parts).await
}

async fn unary(app: &App, found: &Found<'_>, message: DynamicMessage, parts: &Parts) -> Result<Response, ApiError> {
    let operation = found.operation;
    let channel = app.backends.calls(operation.domain())?;
    let envelope = Envelope::of(app, parts).await;
    let answer = call::unary(channel, operation, message, &envelope).await;
    let answer = answer.map_err(|status| refusal(app, found, &status, &parts.headers))?;
    answer::unary(&answer)
}

async fn stream(
    app: &App,
    found: &Found<'_>,
    mut message: DynamicMessage,
    parts: &Parts,
    framing: Framing,
) -> Result<Response, ApiError> {
    let (operation, trace) = (found.operation, Trace::of(&parts.extensions));
    let (places, channel) = if operation.is_feed() {
        (&app.streams, app.backends.streams(operation.domain())?)
    } else {
        (&app.exports, app.backends.of_its_own(operation.domain())?)
    };
    let place = places.take(Client::of(&parts.extensions))?;
    resume(&mut message, &parts.headers);
    let envelope = Envelope::of(app, parts).await.without_deadline();
    let opened = call::server_streaming(channel, operation, message, &envelope).await;
    let messages = opened.map_err(|status| refusal(app, found, &status, &parts.headers))?;
    let context = StreamContext {
        framing,
        row: operation.rpc.output(),
        name: operation.template.last_literal().to_owned(),
        is_feed: operation.is_feed(),
        peer: operation.domain().to_owned(),
        trace_id: trace.trace_id(),
        ends: tokio::time::Instant::now() + app.limits.stream_age,
        draining: app.draining.clone(),
        _place: place,
    };
    Ok(stream::streaming(messages, context))
}

/// An event source that reconnects names the last event it saw; that is the feed's `after`.
fn resume(message: &mut DynamicMessage, headers: &HeaderMap) {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let unset = message.get_field_by_name("after").is_some_and(|after| after.as_str() == Some(""));
    if let (Some(last), true) = (last, unset) {
        message.set_field_by_name("after", ProtoValue::String(last.to_owned()));
    }
}

fn json_body(headers: &HeaderMap, bytes: &[u8]) -> Result<Value, ApiError> {
    let given = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"));
    match given.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()) {
        None => parse::parse(bytes),
        Some(media) if media == "application/json" || media.ends_with("+json") => parse::parse(bytes),
        Some(media) => Err(ApiError::media_type_unsupported(&media, "application/json")),
    }
}

/// A service's refusal in the caller's terms: fields by their JSON names, a stale `If-Match` as 412.
fn refusal(app: &App, found: &Found<'_>, status: &tonic::Status, headers: &HeaderMap) -> ApiError {
    app.own.note(status.code());
    let input = found.operation.rpc.input();
    let error =
        ApiError::from_status(status, found.operation.domain()).rename_fields(|path| names::in_json(&input, path));
    if request::names_an_etag(headers) { error.after_if_match() } else { error }
}
