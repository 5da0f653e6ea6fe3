//! The contracts as the gateway reads them: which RPC stands at which HTTP address, who may call it, what its comments say
//! and which rules its fields follow.
//!
//! Everything here comes out of a descriptor pool, so a new RPC, field or rule in a `.proto` file reaches the routes, the
//! OpenAPI document and the reference page without a line of Rust. To read one more option, add a method that looks up its
//! extension, as [`Contract::read`] does.

pub(crate) mod comments;
pub(crate) mod raw;
pub(crate) mod rules;
pub(crate) mod shape;
pub(crate) mod template;

use http::Method;
use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, MethodDescriptor, Value};

use self::comments::Comments;
use self::raw::{Media, RawBody, RawReader};
use self::rules::RuleReader;
use self::shape::AnswerType;
use self::template::Template;

/// The number of `pathfinder.options.v1.ACCESS_PUBLIC`.
const ACCESS_PUBLIC: i32 = 1;

/// Why the contracts cannot be served over HTTP. Found when the gateway starts, never in a request.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The descriptor set lacks an option that the gateway reads.
    #[error("the descriptor set has no extension {0}")]
    NoExtension(&'static str),
    /// The HTTP rule of an RPC asks for something the gateway does not do.
    #[error("{rpc}: {problem}")]
    Rule {
        /// The full name of the RPC.
        rpc: String,
        /// What is wrong with its rule.
        problem: String,
    },
}

/// One RPC at one HTTP address.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The RPC.
    pub(crate) rpc: MethodDescriptor,
    /// The HTTP method.
    pub(crate) method: Method,
    /// The path.
    pub(crate) template: Template,
    /// True if all fields but those of the path come from a JSON body; otherwise they come from the query.
    pub(crate) body: bool,
    /// True if a caller without a token may call it.
    pub(crate) public: bool,
    /// The field for which a body of bytes may stand; none where a body is JSON alone.
    pub(crate) raw: Option<RawBody>,
    /// The fields of the answer that may be handed out as bytes; none where it is JSON alone.
    pub(crate) media: Option<Media>,
    /// What it answers, or each time of a stream.
    pub(crate) answer: AnswerType,
    /// `ActionService_RaiseAction`; a further binding of the same RPC adds its number, `_2`.
    pub(crate) id: String,
}

impl Operation {
    /// The domain whose service answers: `boards` for `pathfinder.boards.v1`.
    pub(crate) fn domain(&self) -> &str {
        domain_of(self.rpc.parent_service().package_name())
    }

    /// The path of the gRPC call, `/package.Service/Method`.
    pub(crate) fn grpc_path(&self) -> String {
        format!("/{}/{}", self.rpc.parent_service().full_name(), self.rpc.name())
    }

    /// True for a stream that never ends by itself: whoever is cut off goes on from the last cursor.
    pub(crate) fn is_feed(&self) -> bool {
        self.rpc.is_server_streaming() && self.takes("after")
    }

    /// True if the request has a singular string field of this name.
    pub(crate) fn takes(&self, field: &str) -> bool {
        let field = self.rpc.input().get_field_by_name(field);
        field.is_some_and(|field| field.kind() == prost_reflect::Kind::String && !field.is_list())
    }
}

/// The domain in a package name, its second part: `boards` of `pathfinder.boards.v1`.
pub(crate) fn domain_of(package: &str) -> &str {
    package.split('.').nth(1).unwrap_or(package)
}

/// The contracts, read.
#[derive(Debug)]
pub(crate) struct Contract {
    /// Every RPC that has an HTTP rule, in the order of the files.
    pub(crate) operations: Vec<Operation>,
    /// The comments.
    pub(crate) comments: Comments,
    /// Reads the validation rules of fields.
    pub(crate) rules: RuleReader,
}

impl Contract {
    /// Reads every service of the pool.
    pub(crate) fn read(pool: &DescriptorPool) -> Result<Self, ContractError> {
        let http = extension(pool, "google.api.http")?;
        let access = extension(pool, "pathfinder.options.v1.access")?;
        let (raw, rules) = (RawReader::new(pool)?, RuleReader::new(pool)?);
        let mut operations = Vec::new();
        for rpc in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let refuse = |problem| ContractError::Rule { rpc: rpc.full_name().to_owned(), problem };
            for mut operation in operations_of(&rpc, &http, &access)? {
                (operation.raw, operation.media) = raw.of(&operation, &rules).map_err(refuse)?;
                operations.push(operation);
            }
        }
        Ok(Self { operations, comments: Comments::read(pool), rules })
    }
}

/// Looks an option up in the pool.
pub(crate) fn extension(pool: &DescriptorPool, name: &'static str) -> Result<ExtensionDescriptor, ContractError> {
    pool.get_extension_by_name(name).ok_or(ContractError::NoExtension(name))
}

fn operations_of(
    rpc: &MethodDescriptor,
    http: &ExtensionDescriptor,
    access: &ExtensionDescriptor,
) -> Result<Vec<Operation>, ContractError> {
    let options = rpc.options();
    if !options.has_extension(http) {
        return Ok(Vec::new());
    }
    let refuse = |problem: String| ContractError::Rule { rpc: rpc.full_name().to_owned(), problem };
    if rpc.is_client_streaming() {
        return Err(refuse("a client stream has no HTTP form".to_owned()));
    }
    let rule = options.get_extension(http);
    let rule = rule.as_message().ok_or_else(|| refuse("the rule is not a message".to_owned()))?;
    let public = options.get_extension(access).as_enum_number() == Some(ACCESS_PUBLIC);

    let further = rule.get_field_by_name("additional_bindings");
    let further = further.as_deref().and_then(Value::as_list).unwrap_or_default();
    let rules = std::iter::once(rule).chain(further.iter().filter_map(Value::as_message));
    rules.enumerate().map(|(index, rule)| operation(rpc, rule, public, index).map_err(refuse)).collect()
}

fn operation(rpc: &MethodDescriptor, rule: &DynamicMessage, public: bool, index: usize) -> Result<Operation, String> {
    let (method, path) = method_and_path(rule)?;
    let template = Template::parse(&path, &rpc.input())?;
    let body = match text(rule, "body").as_str() {
        "" => false,
        "*" => true,
        other => return Err(format!("body must be \"*\" or absent, not {other:?}")),
    };
    if !text(rule, "response_body").is_empty() {
        return Err("response_body is not supported".to_owned());
    }
    let suffix = if index == 0 { String::new() } else { format!("_{}", index + 1) };
    let id = format!("{}_{}{suffix}", rpc.parent_service().name(), rpc.name());
    let answer = AnswerType::of(&rpc.output());
    Ok(Operation { rpc: rpc.clone(), method, template, body, public, raw: None, media: None, answer, id })
}

fn method_and_path(rule: &DynamicMessage) -> Result<(Method, String), String> {
    let known = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ];
    let found = known.into_iter().find(|(name, _)| rule.has_field_by_name(name));
    let (name, method) = found.ok_or("the rule names no method and path")?;
    Ok((method, text(rule, name)))
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.as_deref().and_then(Value::as_str).unwrap_or_default().to_owned()
}
