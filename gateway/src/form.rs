//! Forms as browsers and Open311 clients send them, `application/x-www-form-urlencoded`.

use std::collections::BTreeMap;

use axum::extract::Request;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use crate::body;
use crate::error::{ApiError, Violation, shortened};

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";
/// Most fields that are read; no form of ours comes near it.
const MAX_FIELDS: usize = 100;

/// What is written otherwise in an address.
const WRITTEN_OTHERWISE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b',');

/// The fields of a form, or of a query: each once.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: BTreeMap<String, String>,
}

impl Fields {
    /// Reads what was submitted.
    pub(crate) async fn submitted(request: Request, limit: usize) -> Result<(Parts, Self), ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(&parts.headers, body, limit).await?;
        if !bytes.is_empty() && !is_form(&parts.headers) {
            let given = parts.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("unreadable"));
            return Err(ApiError::media_type_unsupported(given, MEDIA_TYPE));
        }
        let fields = Self::read(&bytes)?;
        Ok((parts, fields))
    }

    /// Reads the query of an address.
    pub(crate) fn queried(parts: &Parts) -> Result<Self, ApiError> {
        Self::read(parts.uri.query().unwrap_or_default().as_bytes())
    }

    /// Reads fields; one that stands twice or is no text is refused.
    pub(crate) fn read(text: &[u8]) -> Result<Self, ApiError> {
        Self::gather(pairs(text))
    }

    /// Gathers names and values; of one whose value is no text, the name.
    pub(crate) fn gather(pairs: impl Iterator<Item = Result<(String, String), String>>) -> Result<Self, ApiError> {
        let mut values = BTreeMap::new();
        let wrong = |field: &str, problem: &str| ApiError::invalid(vec![Violation::new(shortened(field), problem)]);
        for (index, pair) in pairs.enumerate() {
            let (name, value) = pair.map_err(|name| wrong(&name, "must be valid UTF-8"))?;
            if index == MAX_FIELDS {
                return Err(wrong(&name, "is one field too many"));
            }
            if values.contains_key(&name) {
                return Err(wrong(&name, "is given more than once"));
            }
            // Browsers send two characters for the end of a line, and count it as one.
            values.insert(name, value.replace("\r\n", "\n"));
        }
        Ok(Self { values })
    }

    /// A field without blanks around it; empty if it was not given.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// All fields in the order of their names, without blanks around their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }
}

/// Whether a body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// The names and values in a form or a query, decoded; the name, as it stands, of one that is not UTF-8.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = Result<(String, String), String>> {
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        decode(name).zip(decode(value)).ok_or_else(|| String::from_utf8_lossy(name).into_owned())
    })
}

/// A name and its value as they stand in the query of an address.
pub(crate) fn encoded(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, WRITTEN_OTHERWISE))
}

/// Text that is percent-encoded, with plus signs for blanks.
pub(crate) fn decode(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_stand_once() {
        let fields = Fields::read(b"a=b+c%26&empty=&%C3%BC=1").unwrap();
        assert_eq!(
            (fields.get("a"), fields.get("empty"), fields.get("\u{fc}"), fields.get("x")),
            ("b c&", "", "1", "")
        );
        let lines = Fields::read(b"a=one%0D%0Atwo%0Athree").unwrap();
        assert_eq!(lines.get("a"), "one\ntwo\nthree", "an end of a line counts as one character");
        for wrong in [&b"a=1&a=2"[..], b"a=%ff"] {
            let error = Fields::read(wrong).unwrap_err();
            assert_eq!((error.http.as_u16(), error.details.violations[0].field.as_str()), (400, "a"));
        }
    }
}
