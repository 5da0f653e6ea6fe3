//! Walks a JSON value beside the descriptor of the message it should be, and names everything that is wrong with it.
//!
//! A deserialiser stops at the first problem; a person filling in a form wants all of them. What passes here is accepted by
//! prost-reflect's canonical reader, which then builds the message; the leaf forms (timestamps, durations, bytes) are tried
//! with that very reader, so the two cannot disagree.

use std::collections::HashMap;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use crate::error::{Violation, shortened};

/// Most problems that are listed in one answer.
const MAX_VIOLATIONS: usize = 100;
/// Longest unknown name for which a near one is looked for.
const LONGEST_GUESS: usize = 64;

/// The problems found so far, at most 100.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    found: Vec<Violation>,
    left_out: usize,
}

impl Violations {
    /// Notes a problem.
    pub(crate) fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.is_full() {
            self.left_out += 1;
        } else {
            self.found.push(Violation::new(field, description));
        }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes that something was left unchecked because the list is full.
    fn leave_out(&mut self) {
        self.left_out += 1;
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MAX_VIOLATIONS
    }

    /// Everything that was noted; says so if more was wrong than is listed.
    pub(crate) fn into_vec(mut self) -> Vec<Violation> {
        if self.left_out > 0 {
            self.found.push(Violation::new("", "has more problems than these; only the first 100 are listed"));
        }
        self.found
    }
}

/// Finds the field that a JSON key names: its JSON name or its name in the contract.
pub(crate) fn field_named(message: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
}

/// `; did you mean "title"?`, or nothing when no field's name is near.
pub(crate) fn suggestion(message: &MessageDescriptor, key: &str) -> String {
    if key.len() > LONGEST_GUESS {
        return String::new();
    }
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let wanted = plain(key);
    let distance = |field: &FieldDescriptor| {
        let name = plain(field.json_name());
        let begun = wanted.len() > 1 && name.starts_with(&wanted);
        if begun { 1 } else { strsim::damerau_levenshtein(&name, &wanted) }
    };
    let nearest = message.fields().map(|field| (distance(&field), field)).min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, field)) if distance <= (wanted.len() / 3).max(1) => {
            format!("; did you mean \"{}\"?", field.json_name())
        }
        _ => String::new(),
    }
}

/// Checks an object against a message that is not a well-known type.
pub(crate) fn object(message: &MessageDescriptor, object: &Map<String, Value>, path: &str, out: &mut Violations) {
    let mut seen: HashMap<u32, &str> = HashMap::new();
    let mut oneofs: HashMap<String, String> = HashMap::new();
    for (key, value) in object {
        if out.is_full() {
            return out.leave_out();
        }
        let here = join(path, key);
        let Some(field) = field_named(message, key) else {
            out.add(here, format!("is not a field of {}{}", message.name(), suggestion(message, key)));
            continue;
        };
        if let Some(other) = seen.insert(field.number(), key) {
            out.add(&here, format!("is given twice, as \"{other}\" and as \"{key}\""));
        }
        if value.is_null() {
            continue;
        }
        if let Some(oneof) = field.containing_oneof()
            && let Some(other) = oneofs.insert(oneof.name().to_owned(), key.clone())
        {
            out.add(&here, format!("cannot be given together with \"{other}\""));
        }
        self::field(&field, value, &here, out);
    }
}

/// Checks the value of one field.
fn field(field: &FieldDescriptor, value: &Value, path: &str, out: &mut Violations) {
    if field.is_map() {
        return map(field, value, path, out);
    }
    if !field.is_list() {
        return single(&field.kind(), value, path, out);
    }
    let Value::Array(items) = value else {
        return out.add(path, format!("must be a list, not {}", kind_of(value)));
    };
    for (index, item) in items.iter().enumerate() {
        if out.is_full() {
            return out.leave_out();
        }
        single(&field.kind(), item, &format!("{path}[{index}]"), out);
    }
}

fn map(field: &FieldDescriptor, value: &Value, path: &str, out: &mut Violations) {
    let Value::Object(entries) = value else {
        return out.add(path, format!("must be an object, not {}", kind_of(value)));
    };
    let kind = field.kind();
    let Some(entry) = kind.as_message() else { return };
    let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    for (key, item) in entries {
        let here = join(path, key);
        let key_fits = match key_kind {
            Kind::String => true,
            Kind::Bool => key.parse::<bool>().is_ok(),
            _ => integer_fits(&key_kind, &Value::String(key.clone())),
        };
        if !key_fits {
            out.add(&here, "has a key of the wrong type");
        }
        single(&value_kind, item, &here, out);
    }
}

fn single(kind: &Kind, value: &Value, path: &str, out: &mut Violations) {
    let wrong = |wanted: &str| format!("must be {wanted}, not {}", kind_of(value));
    match kind {
        Kind::Message(message) => nested(message, value, path, out),
        Kind::Enum(words) => enum_word(words, value, path, out),
        Kind::String if !value.is_string() => out.add(path, wrong("a string")),
        Kind::Bool if !value.is_boolean() => out.add(path, wrong("true or false")),
        Kind::Bytes if !value.as_str().is_some_and(is_base64) => out.add(path, "must be a string in base64"),
        Kind::Float | Kind::Double if !finite(value) => out.add(path, wrong_number(value)),
        Kind::String | Kind::Bool | Kind::Bytes | Kind::Float | Kind::Double => {}
        whole if !integer_fits(whole, value) => out.add(path, wrong_integer(whole, value)),
        _ => {}
    }
}

fn nested(message: &MessageDescriptor, value: &Value, path: &str, out: &mut Violations) {
    if let Some(form) = well_known_form(message) {
        if DynamicMessage::deserialize(message.clone(), value).is_err() {
            out.add(path, format!("must be {form}"));
        }
        return;
    }
    match value {
        Value::Object(fields) => object(message, fields, path, out),
        other => out.add(path, format!("must be an object, not {}", kind_of(other))),
    }
}

/// How a well-known type is written in JSON; `None` for any other message.
pub(crate) fn well_known_form(message: &MessageDescriptor) -> Option<&'static str> {
    Some(match message.full_name().strip_prefix("google.protobuf.")? {
        "Timestamp" => "a point in time such as \"2026-05-01T09:30:00Z\"",
        "Duration" => "a duration in seconds such as \"3600s\"",
        "FieldMask" => "a list of field names in one string, parted by commas",
        "Struct" | "Any" => "an object",
        "ListValue" => "a list",
        "Value" => "any value",
        "Empty" => "an empty object",
        "BoolValue" => "true or false",
        "StringValue" => "a string",
        "BytesValue" => "a string in base64",
        "Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value" => "a whole number",
        "FloatValue" | "DoubleValue" => "a number",
        _ => return None,
    })
}

fn enum_word(words: &EnumDescriptor, value: &Value, path: &str, out: &mut Violations) {
    let known = match value {
        Value::String(word) => words.get_value_by_name(word).is_some(),
        Value::Number(number) => {
            let number = number.as_i64().and_then(|number| i32::try_from(number).ok());
            number.is_some_and(|number| words.get_value(number).is_some())
        }
        _ => false,
    };
    if known {
        return;
    }
    let allowed = words.values().filter(|word| word.number() != 0).map(|word| word.name().to_owned());
    let allowed = allowed.collect::<Vec<_>>().join(", ");
    let is_word = |text: &str| text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
    let not = match value {
        Value::String(text) if is_word(text) => format!("; not \"{}\"", shortened(text)),
        // What is no word at all may be anything, somebody's address too, and is not said back.
        Value::String(_) => String::new(),
        other => format!("; not {}", kind_of(other)),
    };
    out.add(path, format!("must be one of {allowed}{not}"));
}

/// Whole numbers may come as a number or, so that 64 bits survive every client, as a string.
fn integer_fits(kind: &Kind, value: &Value) -> bool {
    let (least, most) = integer_range(kind);
    let number = match value {
        Value::String(text) => text.parse::<i128>().ok(),
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| number.as_f64().and_then(whole)),
        _ => None,
    };
    number.is_some_and(|number| (least..=most).contains(&number))
}

/// A float that is a whole number exactly, `1e3`.
fn whole(number: f64) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "within 2^53 and without a fraction, so the cast is exact")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i128)
}

fn integer_range(kind: &Kind) -> (i128, i128) {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => (i32::MIN.into(), i32::MAX.into()),
        Kind::Uint32 | Kind::Fixed32 => (0, u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => (0, u64::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

fn wrong_integer(kind: &Kind, value: &Value) -> String {
    let (least, most) = integer_range(kind);
    let given = match value {
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::Number(number) => shortened(&number.to_string()),
        other => kind_of(other).to_owned(),
    };
    format!("must be a whole number from {least} to {most}, not {given}")
}

/// Infinite numbers, and what is none by name (`NaN`), come as strings in JSON.
fn wrong_number(value: &Value) -> String {
    let is_number = value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
    if is_number { "must be a finite number".to_owned() } else { format!("must be a number, not {}", kind_of(value)) }
}

fn finite(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

/// Either alphabet, padded or not, as the canonical form allows.
fn is_base64(text: &str) -> bool {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .any(|letters| GeneralPurpose::new(letters, LENIENT).decode(text).is_ok())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn join(path: &str, key: &str) -> String {
    let key = shortened(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
