//! Rows as a file: CSV, or GeoJSON where they have a place.
//!
//! A message is a row if nothing is inside of it: no message but instants, no list. Its columns are its fields, by their names and in the
//! order of the contract. What is absent is empty (CSV) or null (GeoJSON); a value of an enumeration is the word that filters know it
//! by, `in_progress`. In CSV a text that a spreadsheet would take for a formula gets an apostrophe before it. In GeoJSON, `latitude` and
//! `longitude` are the feature's point instead of properties.

use bytes::Bytes;
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::{Map, Value as Json, json};

use crate::contract::Operation;
use crate::error::ApiError;

/// What a text begins with that a spreadsheet would take for a formula; the last four are the wide forms of the first.
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
const PLACE: [&str; 2] = ["latitude", "longitude"];

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values: UTF-8, as RFC 4180 has them, with a line of names.
    Csv,
    /// A feature collection, as RFC 7946 has it.
    GeoJson,
}

impl Format {
    /// The kinds of file as which what an operation answers is handed out: none but of streams of rows that come to an end.
    pub(crate) fn offered_by(operation: &Operation) -> &'static [Self] {
        let (rpc, row) = (&operation.rpc, operation.rpc.output());
        if !rpc.is_server_streaming() || operation.is_feed() || !row.fields().all(|field| is_column(&field)) {
            return &[];
        }
        let has_place = PLACE.iter().all(|name| row.get_field_by_name(name).is_some());
        if has_place { &[Self::Csv, Self::GeoJson] } else { &[Self::Csv] }
    }

    /// The word by which a caller asks for it, which is also the ending of a file's name.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::GeoJson => "geojson",
        }
    }

    /// Its media type.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::GeoJson => "application/geo+json",
        }
    }

    /// What a file of it is, as JSON schema has it.
    pub(crate) fn schema(self) -> Json {
        let point =
            json!({"type": "object", "properties": {"type": {"const": "Point"}, "coordinates": {"type": "array"}}});
        match self {
            Self::Csv => json!({"type": "string"}),
            Self::GeoJson => json!({
                "type": "object",
                "required": ["type", "features"],
                "properties": {
                    "type": {"const": "FeatureCollection"},
                    "features": {"type": "array", "items": {
                        "type": "object",
                        "required": ["type", "geometry", "properties"],
                        "properties": {
                            "type": {"const": "Feature"},
                            "geometry": {"anyOf": [point, {"type": "null"}]},
                            "properties": {"type": "object"},
                        },
                    }},
                },
            }),
        }
    }

    /// What stands before the first row.
    pub(crate) fn head(self, row: &MessageDescriptor) -> Result<Bytes, ApiError> {
        match self {
            Self::Csv => line(row.fields().map(|field| field.name().to_owned())),
            Self::GeoJson => Ok(Bytes::from_static(b"{\"type\":\"FeatureCollection\",\"features\":[")),
        }
    }

    /// A row.
    pub(crate) fn row(self, row: &DynamicMessage, is_first: bool) -> Result<Bytes, ApiError> {
        match self {
            Self::Csv => {
                let cells = columns(row).map(|(_, cell)| match cell {
                    Json::Null => String::new(),
                    Json::String(text) if text.starts_with(FORMULAS) => format!("'{text}"),
                    Json::String(text) => text,
                    other => other.to_string(),
                });
                line(cells)
            }
            Self::GeoJson => {
                let before = if is_first { "\n" } else { ",\n" };
                Ok(format!("{before}{}", feature(row)).into())
            }
        }
    }

    /// What stands behind the last row.
    pub(crate) const fn foot(self) -> Bytes {
        match self {
            Self::Csv => Bytes::new(),
            Self::GeoJson => Bytes::from_static(b"\n]}\n"),
        }
    }
}

fn is_column(field: &FieldDescriptor) -> bool {
    let is_single = !field.is_list() && !field.is_map();
    is_single
        && match field.kind() {
            Kind::Message(message) => message.full_name() == "google.protobuf.Timestamp",
            Kind::Bytes => false,
            _ => true,
        }
}

/// The names and values of a row; null for what is absent.
fn columns(row: &DynamicMessage) -> impl Iterator<Item = (String, Json)> {
    let descriptor = prost_reflect::ReflectMessage::descriptor(row);
    let fields: Vec<FieldDescriptor> = descriptor.fields().collect();
    fields.into_iter().map(|field| {
        let is_absent = field.supports_presence() && !row.has_field(&field);
        let value = if is_absent { Json::Null } else { cell(&field.kind(), &row.get_field(&field)) };
        (field.name().to_owned(), value)
    })
}

fn cell(kind: &Kind, value: &Value) -> Json {
    match (value, kind) {
        (Value::Bool(value), _) => json!(value),
        (Value::I32(value), _) => json!(value),
        (Value::I64(value), _) => json!(value),
        (Value::U32(value), _) => json!(value),
        (Value::U64(value), _) => json!(value),
        (Value::F32(value), _) => json!(value),
        (Value::F64(value), _) => json!(value),
        (Value::String(value), _) => json!(value),
        (Value::EnumNumber(number), Kind::Enum(descriptor)) => json!(word_of(descriptor, *number)),
        // An instant, as nothing else is inside of a row.
        (Value::Message(instant), _) => serde_json::to_value(instant).unwrap_or_default(),
        _ => Json::Null,
    }
}

/// `in_progress` of `ISSUE_STATE_IN_PROGRESS`: what all of an enumeration's names begin with is that of the first, `…_UNSPECIFIED`.
fn word_of(descriptor: &EnumDescriptor, number: i32) -> String {
    let Some(value) = descriptor.get_value(number) else { return number.to_string() };
    let first = descriptor.default_value();
    let shared = first.name().strip_suffix("UNSPECIFIED").unwrap_or_default();
    if value.number() == first.number() {
        return String::new();
    }
    value.name().strip_prefix(shared).unwrap_or(value.name()).to_lowercase()
}

fn line(cells: impl Iterator<Item = String>) -> Result<Bytes, ApiError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let written = writer.write_record(cells.map(String::into_bytes));
    let line = written
        .map_err(|error| error.to_string())
        .and_then(|()| writer.into_inner().map_err(|error| error.to_string()));
    line.map(Bytes::from).map_err(|error| {
        tracing::error!(error, "a row cannot be written as CSV");
        ApiError::internal()
    })
}

fn feature(row: &DynamicMessage) -> Json {
    let (place, properties): (Vec<_>, Vec<_>) = columns(row).partition(|(name, _)| PLACE.contains(&name.as_str()));
    let geometry = match place.as_slice() {
        [(_, latitude), (_, longitude)] if !latitude.is_null() && !longitude.is_null() => {
            json!({"type": "Point", "coordinates": [longitude, latitude]})
        }
        _ => Json::Null,
    };
    json!({"type": "Feature", "geometry": geometry, "properties": Map::from_iter(properties)})
}
