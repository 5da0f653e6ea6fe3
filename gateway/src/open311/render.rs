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

use super::format::Format;
use crate::error::ApiError;
use crate::xml;

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
    /// Things in it, with the name of the element around each.
    Things(&'static str, Vec<Record>),
    /// Texts in it, with the name of the element around each.
    Texts(&'static str, Vec<String>),
    /// No value.
    Nothing,
}

impl Field {
    /// Text that may be empty, which is no value.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    fn write(&self, name: &'static str, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let element = |writer: &mut Writer<Vec<u8>>, text: &str| {
            writer.create_element(name).write_text_content(BytesText::new(&xml::legal(text))).map(|_| ())
        };
        match self {
            Self::Text(text) => element(writer, text),
            Self::Number(number) => element(writer, &number.to_string()),
            Self::Code(code) => element(writer, &code.to_string()),
            Self::Flag(flag) => element(writer, &flag.to_string()),
            Self::Nothing => element(writer, ""),
            Self::Things(item, records) => write_list(writer, name, item, records),
            Self::Texts(item, texts) => {
                let write = |writer: &mut Writer<Vec<u8>>| {
                    texts.iter().try_for_each(|text| {
                        let text = xml::legal(text);
                        writer.create_element(*item).write_text_content(BytesText::new(&text)).map(|_| ())
                    })
                };
                writer.create_element(name).write_inner_content(write).map(|_| ())
            }
        }
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Code(code) => serializer.serialize_u16(*code),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Things(_, records) => serializer.collect_seq(records.iter().map(Ordered)),
            Self::Texts(_, texts) => serializer.collect_seq(texts),
            Self::Nothing => serializer.serialize_none(),
        }
    }
}

/// One thing in an answer: its fields in order.
pub(crate) type Record = Vec<(&'static str, Field)>;

/// Writes a record as a JSON object in the order of its fields.
struct Ordered<'a>(&'a Record);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, field)))
    }
}

/// What is answered, with the names of its XML elements.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Some things of a kind; in JSON always a list, even of one.
    Many {
        /// The element around all: `service_requests`.
        list: &'static str,
        /// The element around each: `request`.
        item: &'static str,
        /// What there is.
        records: Vec<Record>,
    },
    /// One thing, and the element around it: `service_definition`.
    One(&'static str, Record),
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
        let text = match self {
            Self::Many { records, .. } => serde_json::to_string(&records.iter().map(Ordered).collect::<Vec<_>>()),
            Self::One(_, record) => serde_json::to_string(&Ordered(record)),
        };
        // Texts, numbers and flags always have a JSON form.
        text.unwrap_or_default()
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
        match self {
            Self::Many { list, item, records } => write_list(writer, list, item, records),
            Self::One(name, record) => write_record(writer, name, record),
        }
    }
}

fn write_list(
    writer: &mut Writer<Vec<u8>>,
    list: &'static str,
    item: &'static str,
    records: &[Record],
) -> std::io::Result<()> {
    let write = |writer: &mut Writer<Vec<u8>>| records.iter().try_for_each(|record| write_record(writer, item, record));
    writer.create_element(list).write_inner_content(write).map(|_| ())
}

fn write_record(writer: &mut Writer<Vec<u8>>, name: &'static str, record: &Record) -> std::io::Result<()> {
    let write = |writer: &mut Writer<Vec<u8>>| record.iter().try_for_each(|(name, field)| field.write(name, writer));
    writer.create_element(name).write_inner_content(write).map(|_| ())
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

    /// What was found, or nothing, with what is wrong noted.
    pub(crate) fn take<T>(&mut self, found: Result<T, Self>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(others) => {
                self.found.extend(others.found);
                self.headers.extend(others.headers);
                None
            }
        }
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
        let records = self.found.into_iter().map(record).collect();
        let answer = Answer::Many { list: "errors", item: "error", records };
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
