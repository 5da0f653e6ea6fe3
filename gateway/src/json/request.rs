//! Builds the request message of an RPC out of a path, a query, two headers and a body, and names every problem of all of them
//! in one answer.
//!
//! All sources are laid into one JSON object, which is then checked against the descriptor ([`super::check`]) and read by the
//! canonical reader. A value that two sources give must be the same in both. To feed one more header into a field, add a row
//! to [`HEADER_FIELDS`].

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value as ProtoValue};
use serde_json::{Map, Value};

use super::check::{self, Violations};
use super::names::in_json;
use super::routes::{Found, InvalidText};
use crate::contract::Operation;
use crate::contract::template::json_path;
use crate::error::{ApiError, Violation};

/// Most steps in a dotted query name; bounds the nesting that a query can build.
const MAX_STEPS: usize = 8;
/// Most query parameters that are read.
const MAX_PARAMETERS: usize = 500;

/// Headers that are fields under another name: the header, the field, and what the call lacks if it has no such field.
pub(crate) const HEADER_FIELDS: [(&str, &str, &str); 2] = [
    ("idempotency-key", "request_id", "cannot be honoured: this call is not one that can be repeated under a key"),
    ("if-match", "etag", "cannot be honoured: this call does not check an etag"),
];

/// The parts of an HTTP request that become a message.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a Method,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Sent,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Sent {
    /// There was none.
    Nothing,
    /// JSON.
    Json(Value),
    /// The bytes of a field; the other fields come from the query.
    Bytes(FieldDescriptor, Bytes),
}

/// Builds the request message, or says everything that is wrong with it.
pub(crate) fn message(found: &Found<'_>, parts: Parts<'_>) -> Result<DynamicMessage, ApiError> {
    let mut gathering = gather(found, parts);
    if !gathering.out.is_empty() {
        gathering.rules_on_the_rest();
    }
    gathering.finish()
}

pub(super) fn gather(found: &Found<'_>, parts: Parts<'_>) -> Gathering {
    let operation = found.operation;
    let input = operation.rpc.input();
    let mut gathering = Gathering { input: input.clone(), root: Map::new(), raw: None, out: Violations::default() };
    gathering.body(operation, parts.body);
    gathering.query(operation, parts.query.unwrap_or_default());
    // The body is checked as the caller sent it, before anything else is laid over it.
    check::object(&input, &gathering.root, "", &mut gathering.out);
    gathering.path(operation, &found.captured);
    gathering.headers(operation, parts.method, parts.headers);
    gathering
}

/// `*` is "any version", which is no check at all.
pub(crate) fn names_an_etag(headers: &HeaderMap) -> bool {
    headers.get("if-match").is_some_and(|value| value.as_bytes().trim_ascii() != b"*")
}

pub(super) struct Gathering {
    input: MessageDescriptor,
    root: Map<String, Value>,
    /// The field for which the body stands as it is.
    raw: Option<(FieldDescriptor, Bytes)>,
    out: Violations,
}

impl Gathering {
    fn body(&mut self, operation: &Operation, body: Sent) {
        match body {
            Sent::Nothing => {}
            Sent::Bytes(field, bytes) => self.raw = Some((field, bytes)),
            Sent::Json(Value::Object(fields)) if operation.body => self.root = fields,
            Sent::Json(_) if operation.body => self.out.add("", "must be a JSON object"),
            Sent::Json(_) => self.out.add("", "must be empty: this call takes its fields from the path and the query"),
        }
    }

    fn query(&mut self, operation: &Operation, query: &str) {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for (index, pair) in pairs.enumerate() {
            if index == MAX_PARAMETERS {
                return self.out.add("", format!("must not have more than {MAX_PARAMETERS} query parameters"));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (form_decode(name), form_decode(value)) {
                (Ok(name), Ok(_)) if operation.body && self.raw.is_none() => self.out.add(name, BODY_ONLY),
                (Ok(name), Ok(value)) => self.query_parameter(operation, &name, value),
                (Ok(name), Err(InvalidText)) => self.out.add(name, "must be valid UTF-8"),
                (Err(InvalidText), _) => self.out.add("", "must have query parameters whose names are valid UTF-8"),
            }
        }
    }

    fn query_parameter(&mut self, operation: &Operation, name: &str, value: String) {
        let fields = match self.resolve(name) {
            Ok(fields) => fields,
            Err(problem) => return self.out.add(crate::error::shortened(name), problem),
        };
        if fields.first().is_some_and(|first| operation.template.sets(first)) {
            return self.out.add(name, "is given by the path and must not stand in the query");
        }
        if self.raw.as_ref().is_some_and(|(raw, _)| fields.first() == Some(raw)) {
            return self.out.add(name, "is given by the body and must not stand in the query");
        }
        let Some(leaf) = fields.last() else { return };
        let value = from_text(leaf, value);
        match slot(&mut self.root, &fields) {
            Slot::Free(place) if leaf.is_list() => *place = Value::Array(vec![value]),
            Slot::Free(place) => *place = value,
            Slot::Taken(Value::Array(items)) if leaf.is_list() => items.push(value),
            Slot::Taken(_) | Slot::Blocked => self.out.add(name, "is given more than once"),
        }
    }

    /// The fields that a dotted query name steps through.
    fn resolve(&self, name: &str) -> Result<Vec<FieldDescriptor>, String> {
        let mut message = self.input.clone();
        let mut fields: Vec<FieldDescriptor> = Vec::new();
        for step in name.split('.') {
            if fields.len() == MAX_STEPS {
                return Err("steps too deep".to_owned());
            }
            if let Some(last) = fields.last() {
                let kind = last.kind();
                message = match kind.as_message() {
                    Some(next) if !last.is_list() && check::well_known_form(next).is_none() => next.clone(),
                    _ => return Err(format!("is not a query parameter: \"{}\" has no parts", last.json_name())),
                };
            }
            let unknown = || format!("is not a query parameter of this call{}", check::suggestion(&message, step));
            fields.push(check::field_named(&message, step).ok_or_else(unknown)?);
        }
        match fields.last() {
            Some(leaf) if !fits_in_a_query(leaf) => {
                Err("cannot be given in the query; name one of its parts".to_owned())
            }
            _ => Ok(fields),
        }
    }

    fn path(&mut self, operation: &Operation, captured: &[Result<String, InvalidText>]) {
        let captures: Vec<Vec<FieldDescriptor>> = operation.template.captures().map(<[_]>::to_vec).collect();
        for (fields, text) in captures.iter().zip(captured) {
            match text {
                Ok(text) => self.fixed(fields, text.clone(), "the path"),
                Err(InvalidText) => self.out.add(json_path(fields), "must be valid UTF-8"),
            }
        }
    }

    fn headers(&mut self, operation: &Operation, method: &Method, headers: &HeaderMap) {
        let changes_nothing = method == Method::GET || method == Method::HEAD;
        for (header, field, lacking) in HEADER_FIELDS {
            let mut values = headers.get_all(header).iter();
            let Some(value) = values.next() else { continue };
            if changes_nothing {
                continue;
            }
            let text = value.to_str().ok().and_then(unquoted).filter(|text| !text.is_empty());
            match (text, self.input.get_field_by_name(field)) {
                _ if values.next().is_some() => self.out.add(header_name(header), "is given more than once"),
                (_, Some(_)) if !names_an_etag(headers) && header == "if-match" => {}
                (Some(text), Some(found)) if operation.takes(field) => {
                    self.fixed(&[found], text.to_owned(), header_name(header));
                }
                (None, Some(_)) => self.out.add(header_name(header), "must be one value in printable ASCII"),
                _ => self.out.add(header_name(header), lacking),
            }
        }
    }

    /// Sets a field that the path or a header gives; the body may repeat it, with the same value.
    fn fixed(&mut self, fields: &[FieldDescriptor], text: String, source: &str) {
        let Some(leaf) = fields.last() else { return };
        let name = json_path(fields);
        let value = from_text(leaf, text);
        let mut alone = Map::new();
        alone.insert(leaf.json_name().to_owned(), value.clone());
        check::object(leaf.parent_message(), &alone, "", &mut self.out);
        match slot(&mut self.root, fields) {
            Slot::Free(place) => *place = value,
            Slot::Taken(other) if same(other, &value) => {}
            Slot::Taken(_) | Slot::Blocked => self.out.add(name, format!("is given by {source} with another value")),
        }
    }

    pub(super) fn finish(self) -> Result<DynamicMessage, ApiError> {
        if !self.out.is_empty() {
            return Err(ApiError::invalid(self.out.into_vec()));
        }
        let read = DynamicMessage::deserialize(self.input.clone(), Value::Object(self.root)).map_err(|error| {
            // The check above should have found it; the reader's own words are still true.
            tracing::warn!(message = self.input.full_name(), %error, "the canonical reader refused what the check let pass");
            ApiError::invalid(vec![Violation::new("", error.to_string())])
        });
        let mut message = read?;
        if let Some((field, bytes)) = self.raw {
            message.set_field(&field, ProtoValue::Bytes(bytes));
        }
        Ok(message)
    }
}

impl Gathering {
    /// What the contract's rules say of the fields that can be read, so that a caller learns of everything at once. The service
    /// checks the same rules by itself; here they only complete a refusal.
    fn rules_on_the_rest(&mut self) {
        let mut readable = DynamicMessage::new(self.input.clone());
        let mut unreadable = Vec::new();
        for (key, value) in &self.root {
            let Some(field) = check::field_named(&self.input, key) else { continue };
            let alone = Map::from_iter([(key.clone(), value.clone())]);
            match DynamicMessage::deserialize(self.input.clone(), Value::Object(alone)) {
                Ok(part) => readable.set_field(&field, part.get_field(&field).into_owned()),
                Err(_) => unreadable.push(field.name().to_owned()),
            }
        }
        if let Some((field, bytes)) = &self.raw {
            readable.set_field(field, ProtoValue::Bytes(bytes.clone()));
        }
        for wrong in pathfinder_kit::contract_violations(&readable) {
            let first = wrong.field.split(['.', '[']).next().unwrap_or_default();
            if !unreadable.iter().any(|name| name == first) {
                self.out.add(in_json(&self.input, &wrong.field), wrong.description);
            }
        }
    }
}

const BODY_ONLY: &str = "is not a query parameter: this call takes its fields from the JSON body";

/// The spelling of a header that a person would use.
fn header_name(header: &str) -> &'static str {
    if header == "if-match" { "If-Match" } else { "Idempotency-Key" }
}

/// A header value without the quotes of a structured string or an entity tag; `None` if the quotes do not match.
fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim();
    let value = value.strip_prefix("W/").unwrap_or(value);
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|inner| !inner.contains('"')),
        None => (!value.contains('"')).then_some(value),
    }
}

fn fits_in_a_query(leaf: &FieldDescriptor) -> bool {
    match leaf.kind() {
        Kind::Message(message) => {
            let form = check::well_known_form(&message);
            form.is_some()
                && !leaf.is_map()
                && !matches!(message.name(), "Struct" | "Any" | "ListValue" | "Value" | "Empty")
        }
        _ => true,
    }
}

/// A text from a path, query or header as JSON: numbers may stay strings, the canonical form allows it.
fn from_text(field: &FieldDescriptor, text: String) -> Value {
    let kind = match field.kind() {
        Kind::Message(message) if message.full_name() == "google.protobuf.BoolValue" => Kind::Bool,
        kind => kind,
    };
    match (kind, text.as_str()) {
        (Kind::Bool, "true") => Value::Bool(true),
        (Kind::Bool, "false") => Value::Bool(false),
        (Kind::Enum(_), number) => number.parse::<i32>().map_or(Value::String(text), Value::from),
        _ => Value::String(text),
    }
}

enum Slot<'a> {
    Free(&'a mut Value),
    Taken(&'a mut Value),
    /// Something on the way is not an object.
    Blocked,
}

/// The place of a nested field in the object, whichever of its two names the caller used.
fn slot<'a>(root: &'a mut Map<String, Value>, fields: &[FieldDescriptor]) -> Slot<'a> {
    let Some((leaf, parents)) = fields.split_last() else { return Slot::Blocked };
    let mut object = root;
    for parent in parents {
        let key = key_in_use(object, parent);
        let next = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if next.is_null() {
            *next = Value::Object(Map::new());
        }
        let Value::Object(inner) = next else { return Slot::Blocked };
        object = inner;
    }
    let place = object.entry(key_in_use(object, leaf)).or_insert(Value::Null);
    // In proto3 an empty string is a string that was not given.
    if place.is_null() || place.as_str() == Some("") { Slot::Free(place) } else { Slot::Taken(place) }
}

fn key_in_use(object: &Map<String, Value>, field: &FieldDescriptor) -> String {
    let by_contract = !object.contains_key(field.json_name()) && object.contains_key(field.name());
    if by_contract { field.name().to_owned() } else { field.json_name().to_owned() }
}

/// True if two scalars are the same value, whether written as a number or as a string.
fn same(left: &Value, right: &Value) -> bool {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    plain(left) == plain(right)
}

/// A name or value of a query as it is meant.
pub(super) fn form_decode(text: &str) -> Result<String, InvalidText> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().map_err(|_| InvalidText)?;
    Ok(decoded.into_owned())
}
