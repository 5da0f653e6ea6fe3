//! Whether who asks has the document already.

use axum::body::Body;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

const ATOM: &str = "application/atom+xml; charset=utf-8";
/// Kept for a minute, so that what is taken out is soon gone from caches, too.
const A_MINUTE: &str = "public, max-age=60";

/// The document, or 304 for whoever has it.
pub(super) fn answer(asked: &HeaderMap, document: Vec<u8>, changed: DateTime<Utc>) -> Response {
    let etag = etag_of(&document);
    let last_modified = changed.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let is_same = has_it(asked, &etag);
    let mut response = Response::new(if is_same { Body::empty() } else { Body::from(document) });
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(A_MINUTE));
    for (name, value) in [(ETAG, etag), (LAST_MODIFIED, last_modified)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if is_same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(ATOM));
    }
    response
}

/// By the etag alone: a document can lose what it held and keep the time of what is left.
fn has_it(asked: &HeaderMap, etag: &str) -> bool {
    let said = asked.get_all(IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let known = said.flat_map(|line| line.split(',')).map(str::trim);
    let mut known = known.map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
    known.any(|tag| tag == etag || tag == "*")
}

fn etag_of(document: &[u8]) -> String {
    let digest = Sha256::digest(document);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use http::header::IF_MODIFIED_SINCE;

    use super::*;

    fn status(name: HeaderName, value: &str, document: &str) -> u16 {
        let asked = [(name, value.parse().unwrap())].into_iter().collect();
        let changed = "2026-06-10T12:00:00Z".parse().unwrap();
        answer(&asked, document.as_bytes().to_vec(), changed).status().as_u16()
    }

    #[test]
    fn whoever_has_the_document_is_told_so() {
        let etag = etag_of(b"a");
        assert_eq!(status(IF_NONE_MATCH, &etag, "a"), 304);
        assert_eq!(status(IF_NONE_MATCH, &format!("\"other\", W/{etag}"), "a"), 304);
        assert_eq!(status(IF_NONE_MATCH, "*", "a"), 304);
        assert_eq!(status(IF_NONE_MATCH, &etag, "b"), 200);
        let changed = "Wed, 10 Jun 2026 12:00:00 GMT";
        assert_eq!(status(IF_MODIFIED_SINCE, changed, "a"), 200, "something older may have been taken out");
    }
}
