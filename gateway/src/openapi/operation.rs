//! One RPC at one HTTP address, described: for the OpenAPI document and for the reference page alike.

use http::Method;
use prost_reflect::{FieldDescriptor, Kind};
use serde_json::{Map, Value, json};

use super::example;
use super::schema::Schemas;
use crate::contract::Operation;
use crate::contract::comments::first_sentence;
use crate::contract::template::json_path;
use crate::json::check::well_known_form;
use crate::json::raw::MEDIA;
use crate::json::stream::ALT;
use crate::json::table::Format;

/// How deep query parameters reach into messages.
const QUERY_DEPTH: usize = 3;

/// A parameter in the path or the query.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: &'static str,
    pub(crate) required: bool,
    pub(crate) description: String,
    pub(crate) schema: Value,
}

/// Everything that there is to say about an operation.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) comment: String,
    pub(crate) public: bool,
    pub(crate) streaming: bool,
    /// As what files its stream is handed out.
    pub(crate) formats: &'static [Format],
    /// Whether a body may be bytes instead of JSON.
    pub(crate) takes_bytes: bool,
    /// Whether its answer is handed out as bytes, too.
    pub(crate) answers_bytes: bool,
    pub(crate) takes_key: bool,
    pub(crate) takes_etag: bool,
    pub(crate) answers_etag: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The schema of the body, if it takes one.
    pub(crate) body: Option<Value>,
    pub(crate) response: Value,
    /// A request that could be sent: path with query, and body.
    pub(crate) example: example::Example,
}

impl Description {
    /// Describes an operation, registering the schemas it needs.
    pub(crate) fn of(operation: &Operation, schemas: &mut Schemas<'_>) -> Self {
        let rpc = &operation.rpc;
        let comment = schemas.contract.comments.on(rpc).to_owned();
        let changes = operation.method != Method::GET;
        let body = operation.body.then(|| schemas.object(&rpc.input(), |field| !operation.template.sets(field)));
        let formats = Format::offered_by(operation);
        let mut parameters = parameters(operation, schemas);
        parameters.extend(file_parameter(formats));
        parameters.extend(operation.media.is_some().then(media_parameter));
        Self {
            id: operation.id.clone(),
            service: rpc.parent_service().name().to_owned(),
            method: operation.method.to_string(),
            path: operation.template.openapi_path(),
            summary: summary(rpc.name(), &comment),
            public: operation.public,
            streaming: rpc.is_server_streaming(),
            takes_key: changes && operation.takes("request_id"),
            takes_etag: changes && operation.takes("etag"),
            answers_etag: rpc.output().get_field_by_name("etag").is_some(),
            formats,
            takes_bytes: operation.raw.is_some(),
            answers_bytes: operation.media.is_some(),
            parameters,
            response: schemas.message(&rpc.output()),
            example: example::Example::of(operation, schemas.contract),
            body,
            comment,
        }
    }

    /// The OpenAPI operation object.
    pub(crate) fn to_openapi(&self) -> Value {
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.service],
            "summary": self.summary,
            "description": self.comment,
            "parameters": self.openapi_parameters(),
            "responses": {
                "200": self.success(),
                "4XX": {"$ref": "#/components/responses/Error"},
                "5XX": {"$ref": "#/components/responses/Error"},
            },
            "security": if self.public { json!([{}, {"bearer": []}]) } else { json!([{"bearer": []}]) },
        });
        if let Some(body) = &self.body {
            let mut content = json!({"schema": body});
            if let Some(example) = &self.example.body {
                content["example"] = example.clone();
            }
            operation["requestBody"] = json!({"required": true, "content": {"application/json": content}});
            if self.takes_bytes {
                operation["requestBody"]["description"] = json!(BYTES_INSTEAD);
                operation["requestBody"]["content"]["application/octet-stream"] = json!({"schema": {}});
            }
        }
        operation
    }

    fn openapi_parameters(&self) -> Vec<Value> {
        let shared = [("IdempotencyKey", self.takes_key), ("IfMatch", self.takes_etag), ("Traceparent", true)];
        let shared = shared.into_iter().filter(|(_, applies)| *applies);
        let shared = shared.map(|(name, _)| json!({"$ref": format!("#/components/parameters/{name}")}));
        self.parameters.iter().map(Parameter::to_openapi).chain(shared).collect()
    }

    fn success(&self) -> Value {
        let mut headers = json!({"traceparent": {"$ref": "#/components/headers/traceparent"}});
        if self.answers_etag {
            headers["ETag"] = json!({"$ref": "#/components/headers/ETag"});
        }
        let (description, kinds): (&str, &[&str]) = match (self.streaming, self.formats) {
            (false, _) => ("The answer.", &["application/json"]),
            (true, []) => (
                "Messages as they come: one JSON object a line, or server-sent events.",
                &["application/x-ndjson", "text/event-stream"],
            ),
            (true, _) => ("Rows: one JSON object a line, or a file.", &["application/x-ndjson"]),
        };
        let mut content: Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": self.response}))).collect();
        if self.answers_bytes {
            content.insert("*/*".to_owned(), json!({"schema": {}}));
        }
        for format in self.formats {
            content.insert(format.content_type().to_owned(), json!({"schema": format.schema()}));
        }
        json!({"description": description, "headers": headers, "content": content})
    }
}

impl Parameter {
    fn to_openapi(&self) -> Value {
        let mut schema = self.schema.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
        }
        json!({"name": self.name, "in": self.place, "required": self.required, "description": self.description, "schema": schema})
    }
}

/// Header parameters that stand once in the document.
pub(crate) fn shared_parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "format": "uuid"},
            "description": "A UUID that makes the call safe to repeat: the same key with the same body gives the same answer, with another body \
                an error. The same as the field `requestId`.",
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": false, "schema": {"type": "string", "minLength": 1},
            "description": "The `ETag` that was read; a newer version answers 412. The same as the field `etag`, which answers 409.",
        },
        "Traceparent": {
            "name": "traceparent", "in": "header", "required": false, "schema": {"type": "string"},
            "description": "The W3C trace context that the call belongs to. One is made where it is absent.",
        },
    })
}

fn parameters(operation: &Operation, schemas: &mut Schemas<'_>) -> Vec<Parameter> {
    let captures: Vec<Vec<FieldDescriptor>> = operation.template.captures().map(<[_]>::to_vec).collect();
    let mut parameters: Vec<Parameter> = captures.iter().filter_map(|path| parameter(path, "path", schemas)).collect();
    if operation.body && operation.raw.is_none() {
        return parameters;
    }
    let mut asked = Vec::new();
    let bytes = operation.raw.as_ref().map(|raw| &raw.field);
    for field in operation.rpc.input().fields().filter(|field| Some(field) != bytes) {
        if !operation.template.sets(&field) {
            query_parameters(&mut vec![field], schemas, &mut asked);
        }
    }
    if operation.raw.is_some() {
        for parameter in &mut asked {
            parameter.required = false;
            parameter.description = format!("{} Only beside a body of bytes.", parameter.description);
        }
    }
    parameters.extend(asked);
    parameters
}

/// What is said of a body that may be bytes.
const BYTES_INSTEAD: &str = "JSON; or the bytes themselves, sent as any media type but those of forms and texts, with the other fields in \
    the query.";

/// The parameter that asks for the bytes of an answer.
fn media_parameter() -> Parameter {
    Parameter {
        name: ALT.to_owned(),
        place: "query",
        required: false,
        description: "The bytes themselves instead of JSON.".to_owned(),
        schema: json!({"type": "string", "enum": [MEDIA]}),
    }
}

/// The parameter that asks for a file instead of lines.
fn file_parameter(formats: &[Format]) -> Option<Parameter> {
    let words: Vec<&str> = formats.iter().map(|format| format.word()).collect();
    (!words.is_empty()).then(|| Parameter {
        name: ALT.to_owned(),
        place: "query",
        required: false,
        description: "A file instead of lines of JSON.".to_owned(),
        schema: json!({"type": "string", "enum": words}),
    })
}

fn query_parameters(path: &mut Vec<FieldDescriptor>, schemas: &mut Schemas<'_>, parameters: &mut Vec<Parameter>) {
    let Some(leaf) = path.last().cloned() else { return };
    match leaf.kind() {
        Kind::Message(message) if well_known_form(&message).is_none() => {
            if leaf.is_list() || leaf.is_map() || path.len() >= QUERY_DEPTH {
                return;
            }
            for field in message.fields() {
                path.push(field);
                query_parameters(path, schemas, parameters);
                path.pop();
            }
        }
        _ => parameters.extend(parameter(path, "query", schemas)),
    }
}

fn parameter(path: &[FieldDescriptor], place: &'static str, schemas: &mut Schemas<'_>) -> Option<Parameter> {
    let leaf = path.last()?;
    let demanded = schemas.contract.rules.of(leaf).demands_value(leaf.supports_presence());
    Some(Parameter {
        name: json_path(path),
        place,
        required: place == "path" || (path.len() == 1 && demanded),
        description: schemas.contract.comments.on(leaf).to_owned(),
        schema: schemas.field(leaf),
    })
}

/// The first sentence of the comment, without the identifier that it begins with: `Raises an action`.
fn summary(rpc: &str, comment: &str) -> String {
    let sentence = first_sentence(comment);
    let rest = sentence.strip_prefix(rpc).map_or(sentence.as_str(), str::trim_start);
    let mut letters = rest.chars();
    letters.next().map_or_else(|| rpc.to_owned(), |first| first.to_uppercase().chain(letters).collect())
}
