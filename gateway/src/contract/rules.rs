//! The validation rules of a field, out of its `buf.validate` options.
//!
//! The gateway does not apply them (the service does, for every kind of caller); it publishes them. To publish one more,
//! add it to [`Rules`] and to `openapi::schema`.

use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, OneofDescriptor, Value};
use regex::Regex;

use super::{ContractError, extension};

/// The numbers of `buf.validate.Ignore` under which a zero value is not checked.
const LENIENT: [i32; 2] = [1, 3];

/// What the contract demands of one field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rules {
    /// It must be set.
    pub(crate) required: bool,
    /// A zero value passes without further checks.
    pub(crate) zero_allowed: bool,
    /// Fewest characters, or bytes.
    pub(crate) min_len: Option<u64>,
    /// Most characters, or bytes.
    pub(crate) max_len: Option<u64>,
    /// A regular expression.
    pub(crate) pattern: Option<String>,
    /// `uuid` or `email`.
    pub(crate) format: Option<&'static str>,
    /// At least this.
    pub(crate) minimum: Option<f64>,
    /// At most this.
    pub(crate) maximum: Option<f64>,
    /// More than this.
    pub(crate) above: Option<f64>,
    /// Less than this.
    pub(crate) below: Option<f64>,
    /// Fewest items.
    pub(crate) min_items: Option<u64>,
    /// Most items.
    pub(crate) max_items: Option<u64>,
    /// Enum numbers that are refused.
    pub(crate) not_in: Vec<i32>,
    /// The rules of each item of a repeated field.
    pub(crate) items: Option<Box<Rules>>,
}

impl Rules {
    /// True if a request that leaves the field out is refused. A field with presence is only looked at when it is set.
    pub(crate) fn demands_value(&self, has_presence: bool) -> bool {
        self.required || (!has_presence && !self.zero_allowed && self.refuses_zero())
    }

    /// True if the zero value breaks a rule.
    fn refuses_zero(&self) -> bool {
        let refused_by_pattern = |pattern: &String| Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(""));
        self.min_len.is_some_and(|least| least > 0)
            || self.min_items.is_some_and(|least| least > 0)
            || self.format.is_some()
            || self.pattern.as_ref().is_some_and(refused_by_pattern)
            || self.minimum.is_some_and(|least| least > 0.0)
            || self.above.is_some_and(|bound| bound >= 0.0)
            || self.maximum.is_some_and(|most| most < 0.0)
            || self.below.is_some_and(|bound| bound <= 0.0)
            || self.not_in.contains(&0)
    }
}

/// Reads the rules of fields.
#[derive(Debug)]
pub(crate) struct RuleReader {
    field: ExtensionDescriptor,
    oneof: ExtensionDescriptor,
}

impl RuleReader {
    pub(super) fn new(pool: &DescriptorPool) -> Result<Self, ContractError> {
        Ok(Self { field: extension(pool, "buf.validate.field")?, oneof: extension(pool, "buf.validate.oneof")? })
    }

    /// The rules of a field; all empty if it has none.
    pub(crate) fn of(&self, field: &FieldDescriptor) -> Rules {
        let options = field.options();
        let value = options.get_extension(&self.field);
        value.as_message().map(read).unwrap_or_default()
    }

    /// True if one of the oneof's fields must be set.
    pub(crate) fn oneof_required(&self, oneof: &OneofDescriptor) -> bool {
        let options = oneof.options();
        let value = options.get_extension(&self.oneof);
        value.as_message().is_some_and(|rules| flag(rules, "required"))
    }
}

fn read(message: &DynamicMessage) -> Rules {
    let ignore = set(message, "ignore").and_then(|value| value.as_enum_number());
    let mut rules = Rules {
        required: flag(message, "required"),
        zero_allowed: ignore.is_some_and(|number| LENIENT.contains(&number)),
        ..Rules::default()
    };
    for kind in ["double", "int32", "int64", "string", "bytes", "enum", "repeated"] {
        let typed = set(message, kind);
        let Some(typed) = typed.as_ref().and_then(Value::as_message) else { continue };
        match kind {
            "string" => read_string(typed, &mut rules),
            "bytes" => (rules.min_len, rules.max_len) = (count(typed, "min_len"), count(typed, "max_len")),
            "enum" => rules.not_in = numbers(typed, "not_in"),
            "repeated" => read_repeated(typed, &mut rules),
            _ => read_bounds(typed, &mut rules),
        }
    }
    rules
}

fn read_string(message: &DynamicMessage, rules: &mut Rules) {
    rules.min_len = count(message, "min_len");
    rules.max_len = count(message, "max_len");
    rules.pattern = set(message, "pattern").and_then(|value| value.as_str().map(str::to_owned));
    rules.format = ["uuid", "email"].into_iter().find(|name| flag(message, name));
}

fn read_repeated(message: &DynamicMessage, rules: &mut Rules) {
    rules.min_items = count(message, "min_items");
    rules.max_items = count(message, "max_items");
    rules.items = set(message, "items").and_then(|value| value.as_message().map(|items| Box::new(read(items))));
}

fn read_bounds(message: &DynamicMessage, rules: &mut Rules) {
    rules.minimum = number(message, "gte");
    rules.maximum = number(message, "lte");
    rules.above = number(message, "gt");
    rules.below = number(message, "lt");
}

fn set(message: &DynamicMessage, field: &str) -> Option<Value> {
    message
        .has_field_by_name(field)
        .then(|| message.get_field_by_name(field).map(std::borrow::Cow::into_owned))
        .flatten()
}

fn flag(message: &DynamicMessage, field: &str) -> bool {
    set(message, field).and_then(|value| value.as_bool()).unwrap_or(false)
}

fn count(message: &DynamicMessage, field: &str) -> Option<u64> {
    set(message, field).and_then(|value| value.as_u64())
}

fn number(message: &DynamicMessage, field: &str) -> Option<f64> {
    match set(message, field)? {
        Value::F64(number) => Some(number),
        Value::I32(number) => Some(f64::from(number)),
        #[expect(clippy::cast_precision_loss, reason = "a published bound; beyond 2^53 it is a rounded hint")]
        Value::I64(number) => Some(number as f64),
        _ => None,
    }
}

fn numbers(message: &DynamicMessage, field: &str) -> Vec<i32> {
    let values = set(message, field);
    let values = values.as_ref().and_then(Value::as_list).unwrap_or_default();
    values.iter().filter_map(Value::as_i32).collect()
}
