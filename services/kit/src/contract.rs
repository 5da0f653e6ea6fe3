//! The rules that stand in the contract, checked from one place: every violation of a message, with the field's path.
//!
//! The rules are the part of `buf.validate` that `proto/buf/validate/validate.proto` declares. To support another rule,
//! declare it there and check it in [`Checker`].

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use pathfinder_proto::pool;
use pathfinder_terms::PartnershipId;
use prost::{Message, Name};
use prost_reflect::{
    DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MethodDescriptor, ReflectMessage, Value,
};
use regex::Regex;

use crate::failure::{Failure, Reason, Violation};

/// A call of the contract, found by its gRPC path.
#[derive(Debug, Clone)]
pub struct Method {
    /// Whether it may be called without a token.
    pub is_public: bool,
    /// Whether the answer is a stream, which has no deadline of its own.
    pub is_streaming: bool,
    /// Whether that stream never ends by itself, and can be gone on with from any place.
    pub is_feed: bool,
    /// Whether what is asked is a stream, too, that goes on while it is answered.
    pub is_upload: bool,
    /// Whether its message holds bytes: a file, which may be long and come slowly.
    pub takes_bytes: bool,
    /// `ActionService/RaiseAction`: how the call is named in spans, audit rows and idempotency records.
    pub name: String,
}

/// Every call of the contracts by gRPC path, such as `/pathfinder.boards.v1.ActionService/RaiseAction`.
pub static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let access = pool().get_extension_by_name("pathfinder.options.v1.access");
    let methods = pool().services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.map(|method| (path_of(&method), describe(&method, access.as_ref()))).collect()
});

fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn describe(method: &MethodDescriptor, access: Option<&ExtensionDescriptor>) -> Method {
    let stated = access.and_then(|access| method.options().get_extension(access).as_enum_number());
    Method {
        is_public: stated == Some(1),
        is_streaming: method.is_server_streaming(),
        is_feed: method.is_server_streaming() && method.input().get_field_by_name("after").is_some(),
        is_upload: method.is_client_streaming(),
        takes_bytes: method.input().fields().any(|field| matches!(field.kind(), prost_reflect::Kind::Bytes)),
        name: format!("{}/{}", method.parent_service().name(), method.name()),
    }
}

/// So many violations are listed at the most: they travel in a header, and clients take headers of some KiB only.
const MOST_VIOLATIONS: usize = 64;

/// The pattern of texts that must say something: blanks and invisible characters alone do not.
const VISIBLE: &str = r"[\p{L}\p{N}\p{P}\p{S}]";

/// The pattern of e-mail addresses, as the HTML standard has it for its forms.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
    (?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// The pattern by which the contracts say that an address may be left empty to take it away: [`EMAIL`], or nothing.
const EMAIL_OR_NONE: &str = "^([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
    (\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)?$";

const AN_EMAIL: &str = "must be an e-mail address, such as name@example.org";

/// A message that was checked, as data.
pub(crate) struct Checked {
    /// The value of `request_id`, where the message has one and it is set.
    pub(crate) request_id: Option<String>,
    /// The partnership that the message names.
    pub(crate) partnership_id: Option<PartnershipId>,
    /// The wire form, for the fingerprint of the request.
    pub(crate) encoded: Vec<u8>,
}

/// Every violation of the rules of its contract that `message` holds; none when it is right.
#[must_use]
pub fn contract_violations(message: &DynamicMessage) -> Vec<Violation> {
    let mut checker = Checker { violations: Vec::new() };
    checker.message(message, "");
    if checker.is_full() {
        let text = format!("and perhaps more: only the first {MOST_VIOLATIONS} wrong fields are listed");
        checker.violations.push(Violation::new("", text));
    }
    checker.violations
}

/// Every violation of the rules of its contract that a message of a stream holds, or a part of one; none when it is right. What comes in a
/// stream was not checked by [`Host::admit_stream`](crate::Host::admit_stream).
///
/// # Errors
///
/// `INTERNAL` when the contract does not know the message.
pub fn violations_of<M: Message + Name>(message: &M) -> Result<Vec<Violation>, Failure> {
    let (dynamic, _) = as_data(message)?;
    Ok(contract_violations(&dynamic))
}

/// A message as data, and its wire form.
fn as_data<M: Message + Name>(message: &M) -> Result<(DynamicMessage, Vec<u8>), Failure> {
    let encoded = message.encode_to_vec();
    let descriptor = pool()
        .get_message_by_name(&M::full_name())
        .ok_or_else(|| Failure::new(Reason::Internal, "The contract does not know this message."))?;
    let dynamic = DynamicMessage::decode(descriptor, encoded.as_slice()).map_err(Failure::internal)?;
    Ok((dynamic, encoded))
}

/// Checks `message` against the rules of its contract.
///
/// # Errors
///
/// `INVALID_REQUEST` with every violation.
pub(crate) fn check<M: Message + Name>(message: &M) -> Result<Checked, Failure> {
    let (dynamic, encoded) = as_data(message)?;
    let violations = contract_violations(&dynamic);
    if !violations.is_empty() {
        return Err(Failure::invalid(violations));
    }
    let text = |field: &str| dynamic.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned));
    let request_id = text("request_id").filter(|id| !id.is_empty());
    let partnership_id = text("partnership_id").and_then(|id| id.parse().ok());
    Ok(Checked { request_id, partnership_id, encoded })
}

static FIELD_RULES: LazyLock<Option<ExtensionDescriptor>> =
    LazyLock::new(|| pool().get_extension_by_name("buf.validate.field"));
static ONEOF_RULES: LazyLock<Option<ExtensionDescriptor>> =
    LazyLock::new(|| pool().get_extension_by_name("buf.validate.oneof"));

struct Checker {
    violations: Vec<Violation>,
}

impl Checker {
    fn is_full(&self) -> bool {
        self.violations.len() >= MOST_VIOLATIONS
    }

    fn report(&mut self, path: &str, description: impl Into<String>) {
        if self.is_full() {
            return;
        }
        self.violations.push(Violation::new(path, description));
    }

    fn message(&mut self, message: &DynamicMessage, path: &str) {
        for oneof in message.descriptor().oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let rules = ONEOF_RULES.as_ref().map(|rules| oneof.options().get_extension(rules).into_owned());
            let required = rules.as_ref().and_then(Value::as_message).is_some_and(|rules| flag(rules, "required"));
            if required && !oneof.fields().any(|field| message.has_field(&field)) {
                let choices: Vec<String> = oneof.fields().map(|field| field.name().to_owned()).collect();
                self.report(&join(path, oneof.name()), format!("is needed: one of {}", choices.join(", ")));
            }
        }
        for field in message.descriptor().fields() {
            self.field(message, &field, &join(path, field.name()));
        }
    }

    fn field(&mut self, message: &DynamicMessage, field: &FieldDescriptor, path: &str) {
        let present = message.has_field(field);
        if !present && matches!(field.kind(), Kind::Message(_)) && !field.is_list() {
            self.absent_message(field, path);
            return;
        }
        let value = message.get_field(field);
        let options = FIELD_RULES.as_ref().map(|rules| field.options().get_extension(rules).into_owned());
        if let Some(rules) = options.as_ref().and_then(Value::as_message) {
            if flag(rules, "required") && !present {
                self.report(path, "is needed");
                return;
            }
            let unset = field.supports_presence() && !present;
            let ignored = number(rules, "ignore") == Some(1) && !present;
            if !unset && !ignored {
                self.rules(rules, &value, &field.kind(), path);
            }
        }
        self.content(&value, path);
    }

    fn absent_message(&mut self, field: &FieldDescriptor, path: &str) {
        let options = FIELD_RULES.as_ref().map(|rules| field.options().get_extension(rules).into_owned());
        if options.as_ref().and_then(Value::as_message).is_some_and(|rules| flag(rules, "required")) {
            self.report(path, "is needed");
        }
    }

    /// What holds for every value, whatever its rules say.
    fn content(&mut self, value: &Value, path: &str) {
        match value {
            Value::Message(inner) => self.message(inner, path),
            Value::String(text) if text.contains(is_barred) => {
                self.report(path, "must not hold control characters but tabs and line breaks");
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    self.content(item, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn rules(&mut self, rules: &DynamicMessage, value: &Value, kind: &Kind, path: &str) {
        match value {
            Value::String(text) => self.string(rules, text, path),
            Value::Bytes(bytes) => self.bytes(rules, bytes.len() as u64, path),
            Value::I32(n) => self.range(rules, "int32", f64::from(*n), path),
            #[expect(clippy::cast_precision_loss, reason = "bounds in the contracts are far below 2^53")]
            Value::I64(n) => self.range(rules, "int64", *n as f64, path),
            Value::F64(n) => self.range(rules, "double", *n, path),
            Value::EnumNumber(n) => self.enumeration(rules, *n, kind, path),
            Value::List(items) => self.repeated(rules, items, kind, path),
            _ => {}
        }
    }

    fn string(&mut self, rules: &DynamicMessage, text: &str, path: &str) {
        let Some(rules) = part(rules, "string") else { return };
        let length = text.chars().count() as u64;
        if let Some(min) = size(&rules, "min_len").filter(|min| length < *min) {
            let what = if length == 0 {
                "is needed".to_owned()
            } else {
                format!("must have at least {min} characters, has {length}")
            };
            self.report(path, what);
            return;
        }
        if let Some(max) = size(&rules, "max_len").filter(|max| length > *max) {
            self.report(path, format!("must have at most {max} characters, has {length}"));
        }
        if flag(&rules, "uuid") && (text.len() != 36 || uuid::Uuid::try_parse(text).is_err()) {
            let what = if text.is_empty() {
                "is needed: a UUID"
            } else {
                "must be a UUID, such as 01890a5d-ac96-774b-bcce-b302099a8057"
            };
            self.report(path, what);
        }
        if flag(&rules, "email") && !matches_pattern(EMAIL, text) {
            self.report(path, AN_EMAIL);
        }
        if let Some(pattern) =
            rules.get_field_by_name("pattern").and_then(|p| p.as_str().map(str::to_owned)).filter(|p| !p.is_empty())
            && !matches_pattern(&pattern, text)
        {
            let what = match pattern.as_str() {
                VISIBLE => "must hold something that can be seen".to_owned(),
                EMAIL_OR_NONE => AN_EMAIL.to_owned(),
                pattern => format!("must match {pattern}"),
            };
            self.report(path, what);
        }
    }

    fn bytes(&mut self, rules: &DynamicMessage, length: u64, path: &str) {
        let Some(rules) = part(rules, "bytes") else { return };
        if let Some(min) = size(&rules, "min_len").filter(|min| length < *min) {
            let what = if length == 0 {
                "is needed".to_owned()
            } else {
                format!("must have at least {min} bytes, has {length}")
            };
            self.report(path, what);
        }
        if let Some(max) = size(&rules, "max_len").filter(|max| length > *max) {
            self.report(path, format!("must have at most {max} bytes, has {length}"));
        }
    }

    fn range(&mut self, rules: &DynamicMessage, kind: &str, n: f64, path: &str) {
        let Some(rules) = part(rules, kind) else { return };
        let bound = |name: &str| {
            rules.has_field_by_name(name).then(|| rules.get_field_by_name(name).and_then(|v| as_f64(&v))).flatten()
        };
        if let Some(least) = bound("gte").filter(|least| n.is_nan() || n < *least) {
            self.report(path, format!("must be at least {least}, is {n}"));
        }
        if let Some(below) = bound("gt").filter(|below| n.is_nan() || n <= *below) {
            self.report(path, format!("must be more than {below}, is {n}"));
        }
        if let Some(most) = bound("lte").filter(|most| n.is_nan() || n > *most) {
            self.report(path, format!("must be at most {most}, is {n}"));
        }
        if let Some(above) = bound("lt").filter(|above| n.is_nan() || n >= *above) {
            self.report(path, format!("must be less than {above}, is {n}"));
        }
    }

    fn enumeration(&mut self, rules: &DynamicMessage, n: i32, kind: &Kind, path: &str) {
        let Some(rules) = part(rules, "enum") else { return };
        let Kind::Enum(words) = kind else { return };
        let barred: Vec<i32> = rules
            .get_field_by_name("not_in")
            .and_then(|list| list.as_list().map(|list| list.iter().filter_map(Value::as_i32).collect()))
            .unwrap_or_default();
        let unknown = flag(&rules, "defined_only") && words.get_value(n).is_none();
        if unknown || barred.contains(&n) {
            let allowed: Vec<String> = words
                .values()
                .filter(|word| !barred.contains(&word.number()))
                .map(|word| word.name().to_owned())
                .collect();
            self.report(path, format!("must be one of {}", allowed.join(", ")));
        }
    }

    fn repeated(&mut self, rules: &DynamicMessage, items: &[Value], kind: &Kind, path: &str) {
        let Some(rules) = part(rules, "repeated") else { return };
        let count = items.len() as u64;
        if let Some(min) = size(&rules, "min_items").filter(|min| count < *min) {
            self.report(path, format!("must have at least {min} items, has {count}"));
        }
        if let Some(max) = size(&rules, "max_items").filter(|max| count > *max) {
            self.report(path, format!("must have at most {max} items, has {count}"));
            return;
        }
        if let Some(each) = part(&rules, "items") {
            for (index, item) in items.iter().enumerate() {
                self.rules(&each, item, kind, &format!("{path}[{index}]"));
            }
        }
    }
}

/// Control characters have no place in what people write, and PostgreSQL cannot keep the first of them.
fn is_barred(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn flag(rules: &DynamicMessage, name: &str) -> bool {
    rules.get_field_by_name(name).and_then(|value| value.as_bool()).unwrap_or(false)
}

fn number(rules: &DynamicMessage, name: &str) -> Option<i32> {
    rules.get_field_by_name(name).and_then(|value| value.as_enum_number())
}

fn size(rules: &DynamicMessage, name: &str) -> Option<u64> {
    rules.has_field_by_name(name).then(|| rules.get_field_by_name(name).and_then(|value| value.as_u64())).flatten()
}

fn part(rules: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    rules
        .has_field_by_name(name)
        .then(|| rules.get_field_by_name(name).and_then(|value| value.as_message().cloned()))
        .flatten()
}

#[expect(clippy::cast_precision_loss, reason = "bounds in the contracts are far below 2^53")]
fn as_f64(value: &Value) -> Option<f64> {
    match value {
        Value::F64(n) => Some(*n),
        Value::I32(n) => Some(f64::from(*n)),
        Value::I64(n) => Some(*n as f64),
        _ => None,
    }
}

fn matches_pattern(pattern: &str, text: &str) -> bool {
    static PATTERNS: LazyLock<RwLock<HashMap<String, Option<Regex>>>> = LazyLock::new(RwLock::default);
    if let Some(known) = PATTERNS.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(pattern) {
        return known.as_ref().is_some_and(|regex| regex.is_match(text));
    }
    let regex = Regex::new(pattern).ok();
    let matched = regex.as_ref().is_some_and(|regex| regex.is_match(text));
    PATTERNS.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(pattern.to_owned(), regex);
    matched
}

#[cfg(test)]
mod tests {
    use pathfinder_proto::identity::v1::{CreatePersonRequest, GrantRoleRequest, RoleGrant};

    use super::*;

    #[test]
    fn every_violation_is_listed_with_its_path() {
        let wrong = CreatePersonRequest { login: "No Spaces!".into(), request_id: "7".into(), ..Default::default() };
        let failure = check(&wrong).err().expect("refused");
        let fields: Vec<&str> = failure.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["login", "display_name", "kind", "request_id"]);
    }

    #[test]
    fn bytes_are_counted() {
        use pathfinder_proto::issues::v1::AddPhotoRequest;
        let nil = uuid::Uuid::nil().to_string();
        let told = |content: Vec<u8>| {
            let photo =
                AddPhotoRequest { partnership_id: nil.clone(), issue_id: nil.clone(), content, ..Default::default() };
            check(&photo).err().map(|failure| failure.violations().to_vec()).unwrap_or_default()
        };
        assert_eq!(told(vec![0]), []);
        assert_eq!(told(Vec::new()), [Violation::new("content", "is needed")]);
        let much = told(vec![0; (15 << 20) + 1]);
        assert_eq!(much, [Violation::new("content", "must have at most 15728640 bytes, has 15728641")]);
    }

    #[test]
    fn the_calls_that_take_files_are_known() {
        let taking: Vec<&str> =
            METHODS.values().filter(|method| method.takes_bytes).map(|method| method.name.as_str()).collect();
        assert!(taking.contains(&"PhotoService/AddPhoto"), "{taking:?}");
        assert!(!taking.contains(&"PhotoService/GetPhoto") && !taking.contains(&"IssueService/ReportIssue"));
    }

    #[test]
    fn control_characters_are_refused_wherever_they_stand() {
        let wrong = CreatePersonRequest {
            login: "amina".into(),
            display_name: "A\u{0}B".into(),
            kind: 1,
            ..CreatePersonRequest::default()
        };
        let failure = check(&wrong).err().expect("refused");
        assert_eq!(failure.violations().len(), 1, "{:?}", failure.violations());
        assert!(check(&CreatePersonRequest { display_name: "A\nB".into(), ..wrong }).is_ok());
    }

    #[test]
    fn nested_messages_are_checked() {
        let grant = RoleGrant { role: 99, partnership_id: "x".into(), provider_id: String::new() };
        let wrong =
            GrantRoleRequest { person_id: uuid::Uuid::nil().to_string(), grant: Some(grant), ..Default::default() };
        let failure = check(&wrong).err().expect("refused");
        let fields: Vec<&str> = failure.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["grant.role", "grant.partnership_id"]);
    }

    #[test]
    fn a_text_that_must_say_something_holds_more_than_blanks() {
        use pathfinder_proto::types::v1::Evidence;
        let violations = |text: &str| {
            let checked = check(&Evidence { text: text.to_owned(), url: String::new() });
            checked.err().map(|failure| failure.violations().to_vec()).unwrap_or_default()
        };
        for blank in [" ", "\n\t", "\u{a0}", "\u{200b}\u{feff}", " \u{2060} "] {
            let told = violations(blank);
            assert_eq!(told.len(), 1, "{blank:?}: {told:?}");
            assert_eq!(
                (told[0].field.as_str(), told[0].description.as_str()),
                ("text", "must hold something that can be seen")
            );
        }
        for text in ["x", "?", "7", "\u{1f600}", " ŷ "] {
            assert_eq!(violations(text), [], "{text}");
        }
    }

    #[test]
    fn every_pattern_of_the_contracts_compiles() {
        let fields = pool().all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
        for field in fields {
            let Some(rules) = FIELD_RULES.as_ref() else { panic!("the contracts know validation rules") };
            let options = field.options();
            let rules = options.get_extension(rules);
            let pattern = rules.as_message().and_then(|rules| part(rules, "string"));
            let pattern = pattern
                .and_then(|rules| rules.get_field_by_name("pattern").and_then(|p| p.as_str().map(str::to_owned)));
            if let Some(pattern) = pattern {
                assert!(Regex::new(&pattern).is_ok(), "{}: {pattern}", field.full_name());
            }
        }
    }
}
