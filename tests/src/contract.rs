//! The contracts as data: RPCs by their short names, HTTP routes, comments and validation rules.

use std::sync::LazyLock;

use pathfinder_proto::pool;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, EnumValueDescriptor, ExtensionDescriptor, FieldDescriptor, FileDescriptor,
    MessageDescriptor, MethodDescriptor, ServiceDescriptor, Value,
};

static HTTP: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("google.api.http"));
static ACCESS: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("pathfinder.options.v1.access"));
static RULES: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("buf.validate.field"));

fn extension(name: &str) -> ExtensionDescriptor {
    pool().get_extension_by_name(name).unwrap_or_else(|| panic!("the contracts declare the option {name}"))
}

/// The RPC with a short name such as `IssueService/ReportIssue`.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn rpc(name: &str) -> MethodDescriptor {
    rpcs().find(|rpc| short_name(rpc) == name).unwrap_or_else(|| panic!("the contracts have an RPC {name}"))
}

/// Every RPC of our own services.
pub fn rpcs() -> impl Iterator<Item = MethodDescriptor> {
    pool()
        .services()
        .filter(|service| is_ours(service.full_name()))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
}

/// Every message of our own packages, nested ones too.
pub fn messages() -> impl Iterator<Item = MessageDescriptor> {
    pool().all_messages().filter(|message| is_ours(message.full_name()))
}

/// Every enum of our own packages.
pub fn enums() -> impl Iterator<Item = EnumDescriptor> {
    pool().all_enums().filter(|words| is_ours(words.full_name()))
}

fn is_ours(full_name: &str) -> bool {
    full_name.starts_with("pathfinder.")
}

/// `IssueService/ReportIssue`.
#[must_use]
pub fn short_name(rpc: &MethodDescriptor) -> String {
    format!("{}/{}", rpc.parent_service().name(), rpc.name())
}

/// The service that answers an RPC: `issues` of `pathfinder.issues.v1`.
#[must_use]
pub fn domain(rpc: &MethodDescriptor) -> String {
    rpc.parent_service().package_name().split('.').nth(1).unwrap_or_default().to_owned()
}

/// Whether an RPC streams what happens, until the caller leaves.
#[must_use]
pub fn is_feed(rpc: &MethodDescriptor) -> bool {
    rpc.is_server_streaming() && rpc.input().get_field_by_name("after").is_some()
}

/// Whether an RPC may be called without a token.
#[must_use]
pub fn is_public(rpc: &MethodDescriptor) -> bool {
    rpc.options().get_extension(&ACCESS).as_enum_number() == Some(1)
}

/// How an RPC is offered over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: http::Method,
    /// The path with `{field}` captures.
    pub path: String,
    /// The field that the body fills: `*`, or empty for none.
    pub body: String,
}

/// The route of an RPC, if it has one.
#[must_use]
pub fn route(rpc: &MethodDescriptor) -> Option<Route> {
    let options = rpc.options();
    let rule = options.get_extension(&HTTP);
    let rule = rule.as_message()?;
    let words = [
        ("get", http::Method::GET),
        ("put", http::Method::PUT),
        ("post", http::Method::POST),
        ("delete", http::Method::DELETE),
        ("patch", http::Method::PATCH),
    ];
    let (word, method) = words.into_iter().find(|(word, _)| rule.has_field_by_name(word))?;
    Some(Route { method, path: text(rule, word), body: text(rule, "body") })
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The validation rules of a field; empty where it has none.
#[must_use]
pub fn rules(field: &FieldDescriptor) -> Rules {
    Rules(field.options().get_extension(&RULES).as_message().cloned())
}

/// A part of a field's validation rules.
#[derive(Debug, Clone)]
pub struct Rules(Option<DynamicMessage>);

impl Rules {
    /// The part below `name`, empty where it is not set.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self(self.value(name).and_then(|value| value.as_message().cloned()))
    }

    /// Whether `name` is set at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The number at `name`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::I32(number) => Some(i64::from(number)),
            Value::I64(number) => Some(number),
            Value::U64(number) => i64::try_from(number).ok(),
            _ => None,
        }
    }

    /// The text at `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).and_then(|value| value.as_str().map(str::to_owned))
    }

    /// The flag at `name`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.value(name).and_then(|value| value.as_bool()).unwrap_or(false)
    }

    fn value(&self, name: &str) -> Option<Value> {
        let message = self.0.as_ref().filter(|message| message.has_field_by_name(name))?;
        message.get_field_by_name(name).map(std::borrow::Cow::into_owned)
    }
}

/// Something that can carry a comment.
pub trait Commented {
    /// The comment in front of it, empty for none.
    fn comment(&self) -> String;
}

macro_rules! commented {
    ($($descriptor:ty),+ $(,)?) => {$(
        impl Commented for $descriptor {
            fn comment(&self) -> String {
                comment_at(&self.parent_file(), self.path())
            }
        }
    )+};
}

commented!(
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MessageDescriptor,
    MethodDescriptor,
    ServiceDescriptor
);

fn comment_at(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
    location.map(|location| location.leading_comments().trim().to_owned()).unwrap_or_default()
}
