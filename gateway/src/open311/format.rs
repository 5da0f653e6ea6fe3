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

/// The one of the two forms that `Accept` gives the greater weight; of equals the first.
fn accepted(headers: &HeaderMap) -> Format {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best: Option<(Format, f32)> = None;
    for (format, weight) in accept.split(',').filter_map(wished) {
        if best.is_none_or(|(_, heaviest)| weight > heaviest) {
            best = Some((format, weight));
        }
    }
    best.map_or(Format::Json, |(format, _)| format)
}

/// The form that a part of `Accept` names, with its weight; none for other forms, and for what is not wanted.
fn wished(part: &str) -> Option<(Format, f32)> {
    let mut parts = part.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next()?;
    // A browser lists XHTML before everything; it is served JSON like everyone else without a wish.
    let format = match kind.as_str() {
        kind if kind.contains("json") || kind.contains("xhtml") => Format::Json,
        kind if kind.contains("xml") => Format::Xml,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()));
    let weight = weight.unwrap_or(1.0);
    (weight > 0.0).then_some((format, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_weight_decides_and_then_the_first() {
        for (accept, expected) in [
            ("application/xml", Format::Xml),
            ("text/xml, application/json", Format::Xml),
            ("application/json, text/xml", Format::Json),
            ("application/xml;q=0.1, application/json", Format::Json),
            ("application/json;q=0.1, application/xml; q=0.9", Format::Xml),
            ("application/xml;q=0, */*", Format::Json),
            ("text/xml;q=NaN", Format::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Json),
            ("*/*", Format::Json),
            ("", Format::Json),
        ] {
            let headers = [(ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(accepted(&headers), expected, "{accept}");
        }
    }
}
