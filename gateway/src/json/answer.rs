//! What a service answered, as one JSON object.
//!
//! The canonical proto3 JSON form with one choice of ours: a scalar, list or enum that holds its default is written out, so
//! that a client sees every field that exists (`"nextPageToken": ""`). Sub-messages and `optional` fields that are not set
//! are left out, which is how a client tells "not set" from zero.

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use prost_reflect::{DynamicMessage, SerializeOptions, Value};

use crate::error::ApiError;

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
