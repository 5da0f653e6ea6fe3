//! Bodies that are bytes and no JSON: a request whose media type says so, and an answer for `alt=media`.
//!
//! Which fields they stand for, the contracts say ([`crate::contract::raw`]). Nothing here looks at the bytes: what they are, the service
//! decides.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, X_CONTENT_TYPE_OPTIONS,
};
use prost_reflect::DynamicMessage;

use super::stream::{ALT, take_alt};
use crate::contract::Operation;
use crate::contract::raw::{Media, RawBody};
use crate::error::{ApiError, Violation};

/// The word by which a caller asks for the bytes of an answer.
pub(crate) const MEDIA: &str = "media";
/// What a body may be sent as where it may be bytes.
const WANTED: &str =
    "application/json, or the bytes themselves with their media type, such as image/jpeg, image/png or image/webp";
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// As long as a picture may be shown without being asked for again: what was redacted or removed is to vanish soon.
const SHORTLY: HeaderValue = HeaderValue::from_static("private, max-age=60");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");

/// The media type that a body is sent as, without its parameters; none where nothing is said.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"))?;
    Some(given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Whether a media type is one of JSON; so is none.
pub(crate) fn is_json(media_type: Option<&str>) -> bool {
    media_type.is_none_or(|media| media == "application/json" || media.ends_with("+json"))
}

/// The field for which the body of a request stands; none where that is JSON.
///
/// What a form of any page sends is refused: forms and plain texts need no leave of the browser to go to another site. So is a body that
/// does not say what it is, before it is read: it may be either.
pub(crate) fn body_of<'o>(
    operation: &'o Operation,
    headers: &HeaderMap,
    has_body: bool,
) -> Result<Option<&'o RawBody>, ApiError> {
    let Some(raw) = &operation.raw else { return Ok(None) };
    let Some(media) = media_type(headers) else {
        return if has_body { Err(ApiError::media_type_missing(WANTED)) } else { Ok(None) };
    };
    if is_json(Some(&media)) {
        return Ok(None);
    }
    let is_form = media == "application/x-www-form-urlencoded" || !media.contains('/');
    if is_form || ["multipart/", "text/"].iter().any(|kind| media.starts_with(kind)) {
        return Err(ApiError::media_type_unsupported(&media, WANTED));
    }
    Ok(Some(raw))
}

/// In which form an answer is wished for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'o> {
    /// JSON.
    Json,
    /// The bytes of these fields.
    Bytes(&'o Media),
}

/// What the caller asks for, and the rest of the query. Where an answer is JSON alone, `alt` is left to be refused with the rest.
pub(crate) fn form<'o, 'q>(
    operation: &'o Operation,
    query: Option<&'q str>,
) -> (Result<Form<'o>, Violation>, Option<Cow<'q, str>>) {
    let Some(media) = &operation.media else { return (Ok(Form::Json), query.map(Cow::Borrowed)) };
    let (asked, rest) = take_alt(query);
    let form = match asked.as_slice() {
        [] => Ok(Form::Json),
        [word] if word == MEDIA => Ok(Form::Bytes(media)),
        [_] => Err(Violation::new(ALT, format!("must be one of {MEDIA}"))),
        _ => Err(Violation::new(ALT, "is given more than once")),
    };
    (form, Some(Cow::Owned(rest)))
}

/// The bytes of an answer, with the media type that stands beside them. They are shown and never run: no script, no style and nothing from
/// elsewhere is loaded by them. What was told to whoever showed a token is not kept.
pub(crate) fn answer(message: &DynamicMessage, media: &Media, was_known: bool) -> Response {
    let content = message.get_field(&media.content);
    let bytes = content.as_bytes().cloned().unwrap_or_default();
    let content_type = message.get_field(&media.content_type);
    let content_type = content_type.as_str().filter(|text| !text.is_empty());
    let content_type = content_type.and_then(|text| HeaderValue::from_str(text).ok()).unwrap_or(UNKNOWN);
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    headers.insert(CACHE_CONTROL, if was_known { NOT_AT_ALL } else { SHORTLY });
    response
}
