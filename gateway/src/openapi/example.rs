//! A request that could be sent, made up from the rules of its fields: what is required, and nothing else. And what fields may hold, for those
//! whose form says it.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::contract::rules::Rules;
use crate::contract::template::Segment;
use crate::contract::{Contract, Operation};

/// An id in the form that ids have; it is nobody's.
const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
const EMAIL: &str = "resident@example.org";
/// A point in time, and a length of it.
pub(super) const TIME: &str = "2026-05-01T09:30:00Z";
pub(super) const DURATION: &str = "3600s";
/// What fits where any word does.
const ANY: &str = "example";
/// How deep an example reaches into messages that require messages.
const DEPTH: usize = 4;

/// A request.
#[derive(Debug)]
pub(crate) struct Example {
    /// The path, captures filled in.
    pub(crate) path: String,
    /// The body, if the operation takes one.
    pub(crate) body: Option<Value>,
}

impl Example {
    /// Makes one up.
    pub(crate) fn of(operation: &Operation, contract: &Contract) -> Self {
        let template = &operation.template;
        let mut path = String::new();
        for segment in &template.segments {
            path.push('/');
            match segment {
                Segment::Literal(text) => path.push_str(text),
                Segment::Capture(fields) => {
                    path.push_str(&fields.last().map_or_else(String::new, |leaf| word(leaf, contract)));
                }
            }
        }
        if let Some(verb) = &template.verb {
            path.push(':');
            path.push_str(verb);
        }
        let input = operation.rpc.input();
        let body = operation.body.then(|| object(&input, contract, DEPTH, |field| !template.sets(field)));
        Self { path, body }
    }
}

fn word(field: &FieldDescriptor, contract: &Contract) -> String {
    let value = scalar(&field.kind(), &contract.rules.of(field));
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn object(
    message: &MessageDescriptor,
    contract: &Contract,
    depth: usize,
    keep: impl Fn(&FieldDescriptor) -> bool,
) -> Value {
    let mut object = Map::new();
    for field in message.fields().filter(|field| keep(field)) {
        let rules = contract.rules.of(&field);
        if rules.demands_value(field.supports_presence()) && depth > 0 {
            object.insert(field.json_name().to_owned(), value(&field, &rules, contract, depth - 1));
        }
    }
    Value::Object(object)
}

fn value(field: &FieldDescriptor, rules: &Rules, contract: &Contract, depth: usize) -> Value {
    let nothing = Rules::default();
    let item_rules = if field.is_list() { rules.items.as_deref().unwrap_or(&nothing) } else { rules };
    let one = match field.kind() {
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => json!(TIME),
            "google.protobuf.Duration" => json!(DURATION),
            _ => object(&message, contract, depth, |_| true),
        },
        kind => scalar(&kind, item_rules),
    };
    if field.is_list() { json!([one]) } else { one }
}

fn scalar(kind: &Kind, rules: &Rules) -> Value {
    match kind {
        Kind::Enum(words) => {
            let word = words.values().find(|word| word.number() != 0 && !rules.not_in.contains(&word.number()));
            word.map_or(Value::Null, |word| json!(word.name()))
        }
        Kind::Bool => json!(true),
        Kind::String | Kind::Bytes => json!(text(rules)),
        Kind::Double | Kind::Float => json!(rules.minimum.or(rules.above.map(|bound| bound + 1.0)).unwrap_or(1.0)),
        #[expect(clippy::cast_possible_truncation, reason = "the bound of an integer field is an integer")]
        _ => json!(rules.minimum.or(rules.above.map(|bound| bound + 1.0)).unwrap_or(1.0) as i64),
    }
}

fn text(rules: &Rules) -> String {
    let known = formed(rules).or_else(|| rules.pattern.as_deref().and_then(matching));
    known.unwrap_or("text").to_owned()
}

/// A text of the form that is asked for; none where any word does, or no form is known here.
pub(super) fn formed(rules: &Rules) -> Option<&'static str> {
    match (rules.format, &rules.pattern) {
        (Some("email"), _) => Some(EMAIL),
        (Some(_), _) => Some(ID),
        // What asks for letters of any language asks for words.
        (None, Some(pattern)) if !pattern.contains(r"\p{") => matching(pattern).filter(|form| *form != ANY),
        (None, _) => None,
    }
}

/// Of the forms that the contracts ask for the first that matches.
fn matching(pattern: &str) -> Option<&'static str> {
    let pattern = Regex::new(pattern).ok()?;
    let words = [ANY, "example-one", "ABC", "boards", "https://example.org/", EMAIL, ID];
    let numbers = ["020 7946 0000", "1", "2026-05-01", "12:00", "E05000001"];
    words.into_iter().chain(numbers).find(|form| pattern.is_match(form))
}

/// The filter that the comment on a field gives as one, such as `open = true`.
pub(super) fn filter_in(comment: &str) -> Option<&str> {
    let (_, behind) = comment.split_once("such as `")?;
    behind.split('`').next().filter(|filter| filter.contains('='))
}
