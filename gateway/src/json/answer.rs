//! What a service answered, as one JSON object.
//!
//! The canonical proto3 JSON form with one choice of ours: a scalar, list or enum that holds its default is written out, so
//! that a client sees every field that exists (`"nextPageToken": ""`). Sub-messages and `optional` fields that are not set
//! are left out, which is how a client tells "not set" from zero.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use pathfinder_kit::causes_of;
use prost_reflect::DynamicMessage;

use super::wire::{self, Unwritable};
use crate::contract::shape::AnswerType;
use crate::error::ApiError;

/// One message as canonical JSON.
pub(crate) fn json(answer: &AnswerType, wire: &Bytes) -> Result<Vec<u8>, ApiError> {
    wire::json(answer, wire).map_err(|error| failed(answer, &error))
}

/// The message that came.
pub(crate) fn message(answer: &AnswerType, wire: &Bytes) -> Result<DynamicMessage, ApiError> {
    wire::message(answer, wire).map_err(|error| failed(answer, &error))
}

fn failed(answer: &AnswerType, error: &Unwritable) -> ApiError {
    let chain = causes_of(error).join(": ");
    tracing::error!(answer = answer.descriptor.full_name(), chain, "an answer cannot be written");
    ApiError::internal()
}

/// The answer of a unary call; the etag of a resource is also the `ETag` header.
pub(crate) fn unary(answer: &AnswerType, wire: &Bytes) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::from(json(answer, wire)?));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(etag) = etag(answer, wire)? {
        headers.insert(ETAG, etag);
    }
    Ok(response)
}

/// The version of a resource; none of what has no version.
fn etag(answer: &AnswerType, wire: &Bytes) -> Result<Option<HeaderValue>, ApiError> {
    let Some(field) = answer.descriptor.get_field_by_name("etag") else { return Ok(None) };
    let etag = wire::text(answer, &field, wire).map_err(|error| failed(answer, &error))?;
    Ok(Some(etag).filter(|etag| !etag.is_empty()).and_then(|etag| HeaderValue::from_str(&format!("\"{etag}\"")).ok()))
}
