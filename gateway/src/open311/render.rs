//! Records and problems as JSON and XML.
//!
//! Both forms come from one list of named fields, so they cannot differ. A field without a value is `null` in JSON and an empty
//! element in XML, as in the specification's examples.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::format::Format;
use crate::error::ApiError;

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    /// Text; an empty one is no value.
    Text(String),
    /// A number.
    Number(f64),
    /// The code of a problem.
    Code(u16),
    /// True or false.
    Flag(bool),
    /// No value.
    Nothing,
}

impl Field {
    /// Text that may be empty, which is no value.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Number(number) => Value::from(*number),
            Self::Code(code) => Value::from(*code),
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Nothing => Value::Null,
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Text(text) => legal_in_xml(text),
            Self::Number(number) => number.to_string(),
            Self::Code(code) => code.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

/// XML 1.0 has no way to write most control characters, not even escaped.
fn legal_in_xml(text: &str) -> String {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().map(|c| if legal(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// One thing in an answer: its fields in order.
pub(crate) type Record = Vec<(&'static str, Field)>;

/// Writes a record as a JSON object in the order of its fields.
struct Ordered<'a>(&'a Record);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, field.json())))
    }
}

/// A list of records with the names of its XML elements.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The element around all: `service_requests`.
    pub(crate) list: &'static str,
    /// The element around each: `request`.
    pub(crate) item: &'static str,
    /// What there is.
    pub(crate) records: Vec<Record>,
}

impl Answer {
    /// The response in a form.
    pub(crate) fn render(&self, format: Format) -> Response {
        self.render_as(StatusCode::OK, format)
    }

    fn render_as(&self, status: StatusCode, format: Format) -> Response {
        let (content_type, text) = match format {
            Format::Json => ("application/json; charset=utf-8", self.json()),
            Format::Xml => ("text/xml; charset=utf-8", self.xml()),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn json(&self) -> String {
        let records: Vec<Ordered<'_>> = self.records.iter().map(Ordered).collect();
        // Texts, numbers and flags always have a JSON form.
        serde_json::to_string(&records).unwrap_or_default()
    }

    fn xml(&self) -> String {
        let mut writer = Writer::new(Vec::new());
        let written = self.write(&mut writer);
        if let Err(error) = written {
            // Writing to memory does not fail.
            tracing::error!(%error, "an answer cannot be written as XML");
        }
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        writer.create_element(self.list).write_inner_content(|writer| {
            self.records.iter().try_for_each(|record| {
                writer.create_element(self.item).write_inner_content(|writer| write_fields(writer, record)).map(|_| ())
            })
        })?;
        Ok(())
    }
}

fn write_fields(writer: &mut Writer<Vec<u8>>, record: &Record) -> std::io::Result<()> {
    for (name, field) in record {
        writer.create_element(*name).write_text_content(BytesText::new(&field.plain()))?;
    }
    Ok(())
}

/// Something that is wrong, with the code that the specification gives it: 404 unknown, 403 not allowed, 400 otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    code: u16,
    description: String,
}

impl Problem {
    /// A problem with a code.
    pub(crate) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }
}

/// Everything that is wrong with a request.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    headers: http::HeaderMap,
}

impl Problems {
    /// Notes a problem.
    pub(crate) fn add(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// These problems and others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.found.extend(others.found);
        self.headers.extend(others.headers);
        self
    }

    /// `value`, if nothing is wrong.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.found.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds a header to the answer.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The response: its status is the code of the first problem of the gravest kind, so 5xx before 4xx, 404 before 400.
    pub(crate) fn render(self, format: Format) -> Response {
        let status = self.found.iter().map(|problem| problem.code).max().unwrap_or(400);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let record = |problem: Problem| {
            vec![("code", Field::Code(problem.code)), ("description", Field::Text(problem.description))]
        };
        let answer = Answer { list: "errors", item: "error", records: self.found.into_iter().map(record).collect() };
        let mut response = answer.render_as(status, format);
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { found: vec![problem], ..Self::default() }
    }
}

/// What a service refused, field by field, in the words of Open311.
impl From<ApiError> for Problems {
    fn from(error: ApiError) -> Self {
        let mut problems = Self::default();
        error.add_headers(&mut problems.headers);
        let code = match error.http.as_u16() {
            401 | 403 => 403,
            409 | 412 | 422 => 400,
            other => other,
        };
        if error.details.violations.is_empty() {
            problems.add(Problem::new(code, error.message));
        }
        for violation in error.details.violations {
            let problem = format!("{} {}", super::convert::parameter(&violation.field), violation.description);
            problems.add(Problem::new(code, problem));
        }
        problems
    }
}
