//! The JSON API: every RPC that carries `google.api.http`, served from its descriptor alone.
//!
//! ```text
//! routes   method + path            → operation, captured values
//! parse    body                     → JSON, strictly
//! request  path + query + body + …  → request message, or every problem at once (check)
//! call     message                  → gRPC
//! answer   message as it came       → JSON (wire)
//! stream   messages                 → NDJSON, server-sent events, or a file (table)
//! raw      bodies                   → bytes as they are, where a contract has a field for them
//! ```
//!
//! Nothing here names a service. To add an operation, add an RPC with its HTTP rule to a contract.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod names;
pub(crate) mod parse;
pub(crate) mod raw;
pub(crate) mod request;
#[cfg(test)]
mod request_tests;
pub(crate) mod routes;
pub(crate) mod stream;
pub(crate) mod table;
pub(crate) mod wire;
#[cfg(test)]
mod wire_tests;

use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, HeaderMap};
use http::request::Parts;
use prost_reflect::{DynamicMessage, Value as ProtoValue};
use serde_json::Value;

use self::raw::Form;
use self::request::Sent;
use self::routes::Found;
use self::stream::{Framing, StreamContext};
use crate::body;
use crate::client::Client;
use crate::envelope::Envelope;
use crate::error::{ApiError, Violation};
use crate::session;
use crate::state::{App, Began, Shared};
use crate::trace::Trace;

/// Serves one request of the JSON API; the fallback of the router, so it also answers unknown addresses.
pub(crate) async fn serve(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let found = app.routes.find(&parts.method, parts.uri.path())?;
    tracing::Span::current().record("http.route", found.operation.template.openapi_path());
    session::enter(&app, &mut parts).await?;
    let raw = match raw::body_of(found.operation, &parts.headers, !body.is_end_stream()) {
        Ok(raw) => raw,
        Err(refusal) => {
            body::throw_away(&parts.headers, body).await;
            return Err(refusal);
        }
    };
    // Held until the answer: as long as the bytes are.
    let _place = raw.map(|_| app.uploads.take(Client::of(&parts.extensions))).transpose()?;
    let bytes = body::read(&parts.headers, body, raw.map_or(app.limits.body_bytes, |raw| raw.most_bytes)).await?;
    if raw.is_some() {
        // Bytes may take their time to come; the service then has as long as always.
        parts.extensions.insert(Began(Instant::now()));
    }
    let sent = match raw {
        Some(raw) => Sent::Bytes(raw.field.clone(), bytes),
        None if bytes.is_empty() => Sent::Nothing,
        None => Sent::Json(json_body(&parts.headers, &bytes)?),
    };
    let mut source =
        request::Parts { method: &parts.method, query: parts.uri.query(), headers: &parts.headers, body: sent };
    if found.operation.rpc.is_server_streaming() {
        let (framing, query) = Framing::asked(found.operation, source.query, &parts.headers);
        source.query = query.as_deref();
        let (framing, message) = both(framing, request::message(&found, source))?;
        return stream(&app, &found, message, &parts, framing).await;
    }
    let (form, query) = raw::form(found.operation, source.query);
    source.query = query.as_deref();
    let (form, message) = both(form, request::message(&found, source))?;
    unary(&app, &found, message, &parts, form).await
}

/// What was asked for by `alt`, and the message; or everything that is wrong with either.
fn both<T>(
    asked: Result<T, Violation>,
    message: Result<DynamicMessage, ApiError>,
) -> Result<(T, DynamicMessage), ApiError> {
    match (asked, message) {
        (Ok(asked), message) => Ok((asked, message?)),
        (Err(wrong), Ok(_)) => Err(ApiError::invalid(vec![wrong])),
        (Err(wrong), Err(error)) => Err(error.beside(wrong)),
    }
}

async fn unary(
    app: &App,
    found: &Found<'_>,
    message: DynamicMessage,
    parts: &Parts,
    form: Form<'_>,
) -> Result<Response, ApiError> {
    let operation = found.operation;
    let channel = app.backends.calls(operation.domain())?;
    let envelope = Envelope::of(app, parts).await;
    let answer = call::unary(channel, operation, message, &envelope).await;
    let answer = answer.map_err(|status| refusal(app, found, &status, &parts.headers))?;
    match form {
        Form::Json => answer::unary(&operation.answer, &answer),
        Form::Bytes(media) => {
            let message = answer::message(&operation.answer, &answer)?;
            Ok(raw::answer(&message, media, parts.headers.contains_key(AUTHORIZATION)))
        }
    }
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
        row: operation.answer.clone(),
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
    match raw::media_type(headers) {
        Some(media) if !raw::is_json(Some(&media)) => Err(ApiError::media_type_unsupported(&media, "application/json")),
        _ => parse::parse(bytes),
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
