//! Which address is meant and in which form it is answered: by the suffix of the path, else by `Accept`.

use http::HeaderMap;
use http::header::ACCEPT;
use percent_encoding::percent_decode_str;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `.json`, and the form where none is asked for.
    Json,
    /// `.xml`.
    Xml,
}

/// An address below `/open311/v2`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The parts of the path, decoded, without the suffix.
    pub(crate) segments: Vec<String>,
    /// The form of the answer.
    pub(crate) format: Format,
}

impl Target {
    /// Reads a path.
    pub(crate) fn of(path: &str, headers: &HeaderMap) -> Self {
        let rest = path.strip_prefix("/open311/v2/").unwrap_or_default();
        let (rest, format) = match rest.rsplit_once('.') {
            Some((rest, "json")) => (rest, Format::Json),
            Some((rest, "xml")) => (rest, Format::Xml),
            _ => (rest, accepted(headers)),
        };
        let segments = rest.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
        Self { segments, format }
    }
}

/// The first of the two forms that `Accept` names.
fn accepted(headers: &HeaderMap) -> Format {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = accept.split(',').find(|kind| kind.contains("xml") || kind.contains("json"));
    // A browser lists XHTML before everything; it is served JSON like everyone else without a wish.
    let wants_xml = first.is_some_and(|kind| kind.contains("xml") && !kind.contains("xhtml"));
    if wants_xml { Format::Xml } else { Format::Json }
}
