//! Messages, enums and fields as JSON Schema (2020-12), in the form that their JSON takes.
//!
//! A message that callers send is closed (`additionalProperties: false`) and requires what its rules demand; one that is only
//! ever answered stays open, so that a field can be added, and requires the scalars that are always written out.
//! To publish one more validation rule, read it in `contract::rules` and add it to [`add_rules`].

use std::collections::{BTreeMap, HashSet};

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};
use serde_json::{Map, Value, json};

use super::example;
use crate::contract::Contract;
use crate::contract::rules::Rules;

/// The field of lists that says which ones, in a language of its own.
const FILTER: &str = "filter";

/// Collects the schemas that operations refer to.
#[derive(Debug)]
pub(crate) struct Schemas<'a> {
    pub(crate) contract: &'a Contract,
    components: BTreeMap<String, Value>,
    /// The full names of messages that callers send.
    sent: HashSet<String>,
}

impl<'a> Schemas<'a> {
    /// No schemas yet; knows which messages callers send.
    pub(crate) fn new(contract: &'a Contract) -> Self {
        let mut sent = HashSet::new();
        for operation in &contract.operations {
            collect(&operation.rpc.input(), &mut sent);
        }
        Self { contract, components: BTreeMap::new(), sent }
    }

    /// Every schema that was referred to.
    pub(crate) fn finish(self) -> Map<String, Value> {
        self.components.into_iter().collect()
    }

    /// A reference to a message's schema, or the schema itself for a well-known type.
    pub(crate) fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = well_known(message) {
            return known;
        }
        let name = component_name(message.full_name());
        if !self.components.contains_key(&name) {
            // Entered first, so that a message that contains itself ends here.
            self.components.insert(name.clone(), Value::Null);
            let schema = self.object(message, |_| true);
            self.components.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn enumeration(&mut self, words: &EnumDescriptor) -> Value {
        let name = component_name(words.full_name());
        if !self.components.contains_key(&name) {
            let comments = &self.contract.comments;
            let line = |word: prost_reflect::EnumValueDescriptor| {
                format!("- `{}`: {}", word.name(), comments.on(&word).replace('\n', " "))
            };
            let lines: Vec<String> = words.values().map(line).collect();
            let description = format!("{}\n\n{}", comments.on(words), lines.join("\n"));
            let names: Vec<String> = words.values().map(|word| word.name().to_owned()).collect();
            self.components.insert(name.clone(), json!({"type": "string", "enum": names, "description": description}));
        }
        reference(&name)
    }

    /// The schema of an object with those fields of a message that `keep` wants.
    pub(crate) fn object(&mut self, message: &MessageDescriptor, keep: impl Fn(&FieldDescriptor) -> bool) -> Value {
        let sent = self.sent.contains(message.full_name());
        let fields: Vec<FieldDescriptor> = message.fields().filter(|field| keep(field)).collect();
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in &fields {
            properties.insert(field.json_name().to_owned(), self.field(field));
            if self.is_required(field, sent) {
                required.push(field.json_name().to_owned());
            }
        }
        let mut schema = json!({"type": "object", "properties": properties});
        set_text(&mut schema, "description", self.contract.comments.on(message));
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if sent {
            schema["additionalProperties"] = json!(false);
        }
        let choices: Vec<Value> =
            message.oneofs().filter(|oneof| !oneof.is_synthetic()).map(|oneof| self.choice(&oneof, sent)).collect();
        if !choices.is_empty() {
            schema["allOf"] = json!(choices);
        }
        schema
    }

    fn is_required(&self, field: &FieldDescriptor, sent: bool) -> bool {
        if sent {
            return self.contract.rules.of(field).demands_value(field.supports_presence());
        }
        !field.supports_presence()
    }

    /// At most one of a oneof's fields; exactly one if the contract demands it.
    fn choice(&self, oneof: &OneofDescriptor, sent: bool) -> Value {
        let one = |field: FieldDescriptor| json!({"required": [field.json_name()]});
        let mut cases: Vec<Value> = oneof.fields().map(one).collect();
        if !(sent && self.contract.rules.oneof_required(oneof)) {
            cases.push(json!({"not": {"anyOf": cases.clone()}}));
        }
        json!({"oneOf": cases})
    }

    /// The schema of a field with its comment and its rules.
    pub(crate) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let rules = self.contract.rules.of(field);
        let mut schema = if field.is_map() {
            self.map(field)
        } else if field.is_list() {
            let mut items = self.kind(&field.kind());
            add_rules(&mut items, rules.items.as_deref().unwrap_or(&Rules::default()), &field.kind());
            json!({"type": "array", "items": items})
        } else {
            self.kind(&field.kind())
        };
        if field.is_list() {
            set_count(&mut schema, "minItems", rules.min_items);
            set_count(&mut schema, "maxItems", rules.max_items);
        } else if !field.is_map() {
            add_rules(&mut schema, &rules, &field.kind());
        }
        let comment = self.contract.comments.on(field);
        set_text(&mut schema, "description", comment);
        if field.name() == FILTER {
            set_example(&mut schema, example::filter_in(comment));
        }
        if comment.to_lowercase().contains("output only") {
            schema["readOnly"] = json!(true);
        }
        schema
    }

    fn map(&mut self, field: &FieldDescriptor) -> Value {
        let kind = field.kind();
        let values =
            kind.as_message().map_or(Value::Bool(true), |entry| self.kind(&entry.map_entry_value_field().kind()));
        json!({"type": "object", "additionalProperties": values})
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.message(message),
            Kind::Enum(words) => self.enumeration(words),
            Kind::String => json!({"type": "string"}),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
            Kind::Double | Kind::Float => json!({"type": "number", "format": "double"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"})
            }
            Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64", "pattern": "^[0-9]+$"}),
        }
    }
}

/// Lays validation rules over the schema of one value.
fn add_rules(schema: &mut Value, rules: &Rules, kind: &Kind) {
    if let Kind::Enum(words) = kind {
        let refused = rules.not_in.iter().filter_map(|number| words.get_value(*number));
        let refused: Vec<String> = refused.map(|word| word.name().to_owned()).collect();
        if !refused.is_empty() {
            schema["not"] = json!({"enum": refused});
        }
    }
    if *kind == Kind::String {
        return add_string_rules(schema, rules);
    }
    if *kind == Kind::Bytes {
        // Four characters for each three bytes that were begun.
        set_count(schema, "minLength", rules.min_len.map(|least| least.div_ceil(3) * 4));
        set_count(schema, "maxLength", rules.max_len.map(|most| most.div_ceil(3) * 4));
    }
    // 64-bit integers are strings in JSON, where bounds mean nothing; their comments state them.
    let is_number = schema["type"] == "integer" || schema["type"] == "number";
    if is_number {
        let whole = schema["type"] == "integer";
        let bounds = [
            ("minimum", rules.minimum),
            ("maximum", rules.maximum),
            ("exclusiveMinimum", rules.above),
            ("exclusiveMaximum", rules.below),
        ];
        for (name, bound) in bounds {
            if let Some(bound) = bound {
                #[expect(clippy::cast_possible_truncation, reason = "the bound of an integer field is an integer")]
                let bound = if whole { json!(bound as i64) } else { json!(bound) };
                schema[name] = bound;
            }
        }
    }
}

fn add_string_rules(schema: &mut Value, rules: &Rules) {
    let mut form = json!({});
    set_count(&mut form, "minLength", rules.min_len);
    if let Some(pattern) = &rules.pattern {
        form["pattern"] = json!(pattern);
    }
    if let Some(format) = rules.format {
        form["format"] = json!(format);
    }
    let nothing_demanded = form.as_object().is_none_or(Map::is_empty);
    if rules.zero_allowed && !nothing_demanded {
        schema["anyOf"] = json!([{"maxLength": 0}, form]);
    } else if let (Some(schema), Value::Object(form)) = (schema.as_object_mut(), form) {
        schema.extend(form);
    }
    set_count(schema, "maxLength", rules.max_len);
    set_example(schema, example::formed(rules));
}

fn collect(message: &MessageDescriptor, sent: &mut HashSet<String>) {
    if !sent.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if let Kind::Message(inner) = field.kind() {
            collect(&inner, sent);
        }
    }
}

fn well_known(message: &MessageDescriptor) -> Option<Value> {
    Some(match message.full_name().strip_prefix("google.protobuf.")? {
        "Timestamp" => json!({"type": "string", "format": "date-time", "examples": [example::TIME]}),
        "Duration" => {
            json!({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": [example::DURATION]})
        }
        "FieldMask" | "StringValue" => json!({"type": "string"}),
        "BytesValue" => json!({"type": "string", "contentEncoding": "base64"}),
        "Struct" | "Any" | "Empty" => json!({"type": "object"}),
        "ListValue" => json!({"type": "array"}),
        "BoolValue" => json!({"type": "boolean"}),
        "Int32Value" | "UInt32Value" => json!({"type": "integer"}),
        "Int64Value" | "UInt64Value" => json!({"type": "string", "format": "int64"}),
        "FloatValue" | "DoubleValue" => json!({"type": "number"}),
        "Value" => json!({}),
        _ => return None,
    })
}

/// `boards.v1.Action` for `pathfinder.boards.v1.Action`.
pub(crate) fn component_name(full_name: &str) -> String {
    full_name.strip_prefix("pathfinder.").unwrap_or(full_name).to_owned()
}

/// The message behind a component's name.
pub(crate) fn message_of(pool: &DescriptorPool, component: &str) -> Option<MessageDescriptor> {
    pool.get_message_by_name(&format!("pathfinder.{component}")).or_else(|| pool.get_message_by_name(component))
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn set_text(schema: &mut Value, name: &str, text: &str) {
    if !text.is_empty() {
        schema[name] = json!(text);
    }
}

fn set_example(schema: &mut Value, example: Option<&str>) {
    if let Some(example) = example {
        schema["examples"] = json!([example]);
    }
}

fn set_count(schema: &mut Value, name: &str, count: Option<u64>) {
    if let Some(count) = count {
        schema[name] = json!(count);
    }
}
