//! `/reference`: every operation and every type on one page, made once when the gateway starts.
//!
//! It is built from the same [`Description`]s and schemas as the OpenAPI document. It needs no JavaScript; headings, lists and
//! tables carry its structure, so a screen reader can walk it.

use askama::Template;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::Value;

use super::operation::{Description, Parameter};
use super::schema::{Schemas, message_of};
use crate::contract::{Contract, domain_of};

/// The page.
#[derive(Template)]
#[template(path = "reference.html")]
pub(crate) struct Reference<'a> {
    clock_offset: Option<&'a str>,
    services: Vec<Service>,
    types: Vec<Type>,
}

struct Service {
    name: String,
    domain: String,
    about: String,
    operations: Vec<Shown>,
}

struct Shown {
    id: String,
    method: String,
    path: String,
    summary: String,
    paragraphs: Vec<String>,
    public: bool,
    streaming: bool,
    inputs: Vec<Row>,
    answer: TypeName,
    curl: String,
}

/// A line of a table: a parameter or a field.
struct Row {
    name: String,
    place: String,
    kind: TypeName,
    required: bool,
    rules: String,
    about: String,
}

struct TypeName {
    text: String,
    /// The anchor of the type on the page, empty if it has none.
    anchor: String,
}

struct Type {
    name: String,
    anchor: String,
    paragraphs: Vec<String>,
    fields: Vec<Row>,
    words: Vec<(String, String)>,
}

impl<'a> Reference<'a> {
    /// Lays the page out; its examples call `address`.
    pub(crate) fn of(contract: &Contract, address: &str, clock_offset: Option<&'a str>) -> Self {
        let mut schemas = Schemas::new(contract);
        let mut services: Vec<Service> = Vec::new();
        for operation in &contract.operations {
            let service = operation.rpc.parent_service();
            let shown = shown(&Description::of(operation, &mut schemas), &operation.rpc.input(), address);
            match services.last_mut().filter(|last| last.name == service.name()) {
                Some(last) => last.operations.push(shown),
                None => services.push(Service {
                    name: service.name().to_owned(),
                    domain: domain_of(service.package_name()).to_owned(),
                    about: contract.comments.on(service).to_owned(),
                    operations: vec![shown],
                }),
            }
        }
        let pool = contract.operations.first().map(|operation| operation.rpc.parent_pool().clone()).unwrap_or_default();
        let types = schemas.finish().into_iter().map(|(name, schema)| shown_type(&name, &schema, &pool)).collect();
        Self { clock_offset, services, types }
    }
}

fn shown(described: &Description, input: &MessageDescriptor, address: &str) -> Shown {
    let mut inputs: Vec<Row> = described.parameters.iter().map(parameter_row).collect();
    if let Some(body) = &described.body {
        inputs.extend(field_rows(body, "body", Some(input)));
    }
    Shown {
        id: described.id.clone(),
        method: described.method.clone(),
        path: described.path.clone(),
        summary: described.summary.clone(),
        paragraphs: paragraphs(&described.comment),
        public: described.public,
        streaming: described.streaming,
        inputs,
        answer: type_name(&described.response),
        curl: curl(described, address),
    }
}

fn shown_type(name: &str, schema: &Value, pool: &DescriptorPool) -> Type {
    let message = message_of(pool, name);
    let description = schema["description"].as_str().unwrap_or_default();
    let is_enum = schema.get("enum").is_some();
    let (about, list) =
        if is_enum { description.split_once("\n\n- ").unwrap_or((description, "")) } else { (description, "") };
    let words = list.split("\n- ").filter_map(|line| line.trim_start_matches("- ").split_once(": "));
    let words = words.map(|(word, about)| (word.trim_matches('`').to_owned(), about.to_owned())).collect();
    Type {
        name: name.to_owned(),
        anchor: anchor(name),
        paragraphs: paragraphs(about),
        fields: field_rows(schema, "", message.as_ref()),
        words,
    }
}

fn parameter_row(parameter: &Parameter) -> Row {
    Row {
        name: parameter.name.clone(),
        place: parameter.place.to_owned(),
        kind: type_name(&parameter.schema),
        required: parameter.required,
        rules: rules(&parameter.schema),
        about: parameter.description.clone(),
    }
}

/// The fields of an object in the order of the contract; JSON itself knows none.
fn field_rows(schema: &Value, place: &str, message: Option<&MessageDescriptor>) -> Vec<Row> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let row = |field: prost_reflect::FieldDescriptor| {
        let name = field.json_name();
        let described = schema["properties"].get(name)?;
        Some(Row {
            name: name.to_owned(),
            place: place.to_owned(),
            kind: type_name(described),
            required: required(name),
            rules: rules(described),
            about: described["description"].as_str().unwrap_or_default().to_owned(),
        })
    };
    message.into_iter().flat_map(|message| message.fields().filter_map(row).collect::<Vec<_>>()).collect()
}

fn type_name(schema: &Value) -> TypeName {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return TypeName { text: name.to_owned(), anchor: anchor(name) };
    }
    let plain = schema["type"].as_str().unwrap_or("any");
    if plain == "array" {
        let item = type_name(&schema["items"]);
        return TypeName { text: format!("list of {}", item.text), anchor: item.anchor };
    }
    let text = match schema["format"].as_str() {
        Some("date-time") => "point in time".to_owned(),
        Some(format @ ("uuid" | "int64" | "uint64")) => format!("{plain} ({format})"),
        _ => plain.to_owned(),
    };
    TypeName { text, anchor: String::new() }
}

/// The validation rules in a few words.
fn rules(schema: &Value) -> String {
    let known = [
        ("minLength", "at least", "characters"),
        ("maxLength", "at most", "characters"),
        ("minimum", "at least", ""),
        ("maximum", "at most", ""),
        ("exclusiveMinimum", "more than", ""),
        ("exclusiveMaximum", "less than", ""),
        ("minItems", "at least", "items"),
        ("maxItems", "at most", "items"),
        ("pattern", "matches", ""),
    ];
    let words = |(name, before, after): &(&str, &str, &str)| {
        let value = schema.get(name)?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(format!("{before} {value} {after}").trim_end().to_owned())
    };
    known.iter().filter_map(words).collect::<Vec<_>>().join(", ")
}

fn curl(described: &Description, address: &str) -> String {
    let mut lines = vec![format!("curl -X {} '{address}{}'", described.method, described.example.path)];
    if described.method == "GET" {
        let silent = if described.streaming { "curl -N" } else { "curl" };
        lines = vec![format!("{silent} '{address}{}'", described.example.path)];
    }
    if !described.public {
        lines.push("-H \"authorization: Bearer $TOKEN\"".to_owned());
    }
    if described.takes_key {
        lines.push("-H \"idempotency-key: $(cat /proc/sys/kernel/random/uuid)\"".to_owned());
    }
    if let Some(body) = &described.example.body {
        lines.push("-H 'content-type: application/json'".to_owned());
        lines.push(format!("-d '{body}'"));
    }
    lines.join(" \\\n  ")
}

fn anchor(name: &str) -> String {
    format!("type-{}", name.replace('.', "-"))
}

fn paragraphs(comment: &str) -> Vec<String> {
    comment.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(str::to_owned).collect()
}
