//! Forms with files as browsers send them, `multipart/form-data`. How they are written is read by `multer`; how much of them is taken, and
//! what is a fault, is decided here.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::header::{CONTENT_TYPE, HeaderMap};
use multer::{Constraints, Multipart, SizeLimit};

use crate::body;
use crate::error::{ApiError, Violation, shortened};
use crate::form::Fields;

/// The media type.
const MEDIA_TYPE: &str = "multipart/form-data";
/// Most parts that are read; no form of ours comes near it.
const MOST_PARTS: usize = 120;
/// The longest text of a part that is no file.
const TEXT_BYTES: u64 = 64 * 1024;

/// How much is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Of the whole body.
    pub(crate) whole_bytes: usize,
    /// The name of the parts that are files.
    pub(crate) files: &'static str,
    /// How many files.
    pub(crate) file_count: usize,
}

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The texts.
    pub(crate) fields: Fields,
    /// The files, without those that are empty, as a field is in which nobody chose one.
    pub(crate) files: Vec<Bytes>,
    /// Whether there were more files than are taken.
    pub(crate) has_too_many: bool,
    /// Whether it was larger than is taken. Then there are no files, and of the texts those that came before the limit.
    pub(crate) is_too_large: bool,
}

/// Whether a body is such a form.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Reads such a form. Of one that is too large, the texts at its beginning are kept: on pages of ours files come last, so that these are all.
pub(crate) async fn read(headers: &HeaderMap, body: Body, bounds: &Bounds) -> Result<Sent, ApiError> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(given).map_err(|error| unreadable(&error))?;
    if boundary.is_empty() {
        return Err(unreadable(&multer::Error::NoBoundary));
    }
    let (bytes, is_all) = body::read_beginning(headers, body, bounds.whole_bytes).await?;
    let mut sent = Sent { is_too_large: !is_all, ..Sent::default() };
    let mut texts = Vec::new();
    for (name, content) in parts_of(bytes, is_all, boundary, bounds).await? {
        let is_kept = is_all && !content.is_empty();
        if name != bounds.files {
            let text = String::from_utf8(content.to_vec());
            texts.push((name.clone(), text.map_err(|_| wrong(&shortened(&name), "must be valid UTF-8"))?));
        } else if is_kept && sent.files.len() == bounds.file_count {
            sent.has_too_many = true;
        } else if is_kept {
            sent.files.push(content);
        }
    }
    sent.fields = Fields::gather(texts.into_iter().map(Ok))?;
    Ok(sent)
}

/// The parts of a form, each by its name; of a form that is not all there, those that are whole.
async fn parts_of(
    bytes: Bytes,
    is_all: bool,
    boundary: String,
    bounds: &Bounds,
) -> Result<Vec<(String, Bytes)>, ApiError> {
    let whole = u64::try_from(bounds.whole_bytes).unwrap_or(u64::MAX);
    let limit = SizeLimit::new().whole_stream(whole).per_field(TEXT_BYTES).for_field(bounds.files, whole);
    let chunks = stream::iter([Ok::<Bytes, Infallible>(bytes)]);
    let mut form = Multipart::with_constraints(chunks, boundary, Constraints::new().size_limit(limit));
    let mut parts = Vec::new();
    loop {
        let (name, content) = match next_part(&mut form).await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(parts),
            Err(error) if !is_all && is_cut_off(&error) => return Ok(parts),
            Err(error) => return Err(unreadable(&error)),
        };
        if parts.len() == MOST_PARTS {
            return Err(wrong("body", "has more parts than a form of this site"));
        }
        parts.push((name.ok_or_else(|| wrong("body", "has a part without a name"))?, content));
    }
}

async fn next_part(form: &mut Multipart<'_>) -> Result<Option<(Option<String>, Bytes)>, multer::Error> {
    let Some(part) = form.next_field().await? else { return Ok(None) };
    let name = part.name().map(str::to_owned);
    Ok(Some((name, part.bytes().await?)))
}

/// Whether a form ends before its end.
fn is_cut_off(error: &multer::Error) -> bool {
    matches!(error, multer::Error::IncompleteFieldData { .. } | multer::Error::IncompleteStream)
}

fn wrong(field: &str, problem: &str) -> ApiError {
    ApiError::invalid(vec![Violation::new(field, problem)])
}

/// What the parser says is for the log: it may repeat what was sent.
fn unreadable(error: &multer::Error) -> ApiError {
    match error {
        multer::Error::FieldSizeExceeded { field_name, .. } => {
            let name = field_name.as_deref().map_or_else(|| "body".to_owned(), shortened);
            wrong(&name, &format!("must have at most {TEXT_BYTES} bytes"))
        }
        other => {
            tracing::debug!(error = %other, "a form cannot be read");
            wrong("body", "is no whole form of the kind multipart/form-data")
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const BOUNDS: Bounds = Bounds { whole_bytes: 300_000, files: "photos", file_count: 2 };

    fn part(head: &str, content: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data{head}\r\n\r\n{content}\r\n")
    }

    fn text(name: &str, content: &str) -> String {
        part(&format!("; name=\"{name}\""), content)
    }

    async fn sent_as(media_type: &'static str, parts: &str) -> Result<Sent, ApiError> {
        let headers: HeaderMap = [(CONTENT_TYPE, HeaderValue::from_static(media_type))].into_iter().collect();
        read(&headers, Body::from(parts.to_owned()), &BOUNDS).await
    }

    async fn sent(parts: &str) -> Result<Sent, ApiError> {
        sent_as("multipart/form-data; boundary=x", &format!("{parts}--x--\r\n")).await
    }

    fn fault(sent: Result<Sent, ApiError>) -> (u16, String) {
        let error = sent.unwrap_err();
        let field = error.details.violations.first().map(|one| one.field.clone()).unwrap_or_default();
        (error.http.as_u16(), field)
    }

    #[tokio::test]
    async fn texts_and_files_are_told_apart() {
        let file = |content: &str| part("; name=\"photos\"; filename=\"a.jpg\"", content);
        let form = [text("what", " a lamp "), file("one"), file(""), file("two")].concat();
        let found = sent(&form).await.unwrap();
        assert_eq!((found.fields.get("what"), found.files.len(), found.has_too_many), ("a lamp", 2, false));
        let found = sent(&[file("one"), file("two"), file("three")].concat()).await.unwrap();
        assert_eq!((found.files.len(), found.has_too_many), (2, true));
    }

    #[tokio::test]
    async fn of_a_form_that_is_too_large_the_words_before_the_limit_are_kept() {
        let file = |length: usize| part("; name=\"photos\"; filename=\"a.jpg\"", &"x".repeat(length));
        for files in [file(300_000), [file(200_000), file(200_000)].concat(), [file(299_800), file(90)].concat()] {
            let found = sent(&[text("what", "a lamp"), text("where", "12 Quay Lane"), files].concat()).await.unwrap();
            assert!(found.is_too_large && !found.has_too_many && found.files.is_empty());
            assert_eq!((found.fields.get("what"), found.fields.get("where")), ("a lamp", "12 Quay Lane"));
        }
        let whole = sent(&[text("what", "a lamp"), file(200_000)].concat()).await.unwrap();
        assert_eq!((whole.is_too_large, whole.files.len()), (false, 1));
        let long = [text("what", &"x".repeat(70_000)), file(300_000)].concat();
        assert_eq!(fault(sent(&long).await), (400, "what".to_owned()), "words have a limit of their own");
    }

    #[tokio::test]
    async fn hostile_forms_are_refused() {
        let many: String = (0..2_000).map(|number| text(&format!("n{number}"), "")).collect();
        for (form, field) in [
            (many.as_str(), "body"),
            (text("what", &"x".repeat(70_000)).as_str(), "what"),
            (part("", "nameless").as_str(), "body"),
            ([text("a", "1"), text("a", "2")].concat().as_str(), "a"),
            ("--x\r\nContent-Disposition: form-data; name=\"a\"", "body"),
        ] {
            assert_eq!(fault(sent(form).await), (400, field.to_owned()), "{}", shortened(form));
        }
        for media_type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary"] {
            assert_eq!(fault(sent_as(media_type, "--x--\r\n").await).0, 400, "{media_type}");
        }
        assert_eq!(fault(sent_as("multipart/form-data; boundary=x", &text("a", "1")).await).0, 400, "it breaks off");
    }
}
