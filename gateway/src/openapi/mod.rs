//! The API described from the contracts: `/openapi.json` (3.1) and, in [`reference`], the page for people.
//!
//! [`operation`] describes one RPC at one address, [`schema`] the messages. What is said comes from the comments, the HTTP
//! rules, the validation rules and the access option, so the description cannot fall behind the contracts.

pub(crate) mod example;
pub(crate) mod operation;
pub(crate) mod reference;
pub(crate) mod schema;

use prost_reflect::EnumDescriptor;
use serde_json::{Map, Value, json};

use self::operation::Description;
use self::schema::Schemas;
use crate::contract::Contract;

const ABOUT: &str = "The JSON API of Pathfinder: residents' issues, the providers that answer for them, and the boards that see to it.\n\n\
    Field names are camelCase; the names of the contracts (snake_case) are accepted as well. Unset scalars are written out, unset \
    objects and optional fields are left out. 64-bit integers are strings. Every answer carries `traceparent`; every error names its \
    trace in `traceId`. The same service speaks gRPC, with the same names, and Open311 GeoReport v2 under `/open311/v2`. News of a \
    neighbourhood is an Atom feed, too: `/partnerships/{partnership_id}/feed.atom`, narrowed by `category`, by `near` (latitude,longitude) \
    with `radius_m`, or by `box` (south,west,north,east).";

/// The OpenAPI document.
pub(crate) fn document(contract: &Contract) -> Value {
    let mut schemas = Schemas::new(contract);
    let mut paths: Map<String, Value> = Map::new();
    for operation in &contract.operations {
        let described = Description::of(operation, &mut schemas);
        let item = paths.entry(described.path.clone()).or_insert_with(|| json!({}));
        item[described.method.to_lowercase()] = described.to_openapi();
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Pathfinder", "version": "v1", "description": ABOUT, "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": tags(contract),
        "paths": paths,
        "components": {
            "schemas": with_error(schemas.finish(), contract),
            "parameters": operation::shared_parameters(),
            "responses": {"Error": {
                "description": "The call was refused or failed. The reason says why, the trace id leads to it in the log.",
                "headers": {"traceparent": {"$ref": "#/components/headers/traceparent"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }},
            "headers": {
                "traceparent": {"description": "The W3C trace context of the request.", "schema": {"type": "string"}},
                "ETag": {"description": "The version of what was read; send it back as `If-Match`.", "schema": {"type": "string"}},
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token from the identity service."}},
        },
    })
}

fn tags(contract: &Contract) -> Vec<Value> {
    let mut services: Vec<_> =
        contract.operations.iter().map(|operation| operation.rpc.parent_service().clone()).collect();
    services.dedup();
    let tag = |service: &prost_reflect::ServiceDescriptor| json!({"name": service.name(), "description": contract.comments.on(service)});
    services.iter().map(tag).collect()
}

/// Adds the form of an error, which is the gateway's own.
fn with_error(mut schemas: Map<String, Value>, contract: &Contract) -> Map<String, Value> {
    let reasons = contract
        .operations
        .first()
        .and_then(|operation| operation.rpc.parent_pool().get_enum_by_name("pathfinder.errors.v1.ErrorReason"));
    let reasons = reasons.map(|reasons| reason_list(&reasons, contract)).unwrap_or_default();
    let text = |description: &str| json!({"type": "string", "description": description});
    let violation = json!({
        "type": "object",
        "required": ["field", "description"],
        "properties": {"field": text("The path of the field, `agenda[2].title`."), "description": text("What is wrong with it.")},
    });
    let error = json!({
        "type": "object",
        "required": ["code", "status", "reason", "message", "metadata", "fieldViolations", "traceId"],
        "properties": {
            "code": {"type": "integer", "description": "The HTTP status."},
            "status": text("The gRPC code, `NOT_FOUND`."),
            "reason": text(&format!("Why, as a word that a program can act on. New ones may come.\n\n{reasons}")),
            "message": text("Why, for a person."),
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}, "description": "What the message speaks of, by name."},
            "fieldViolations": {"type": "array", "items": violation, "description": "Every field that is wrong, at most 100."},
            "traceId": text("Leads to this request in the log."),
        },
    });
    let whole = json!({"type": "object", "required": ["error"], "properties": {"error": error}, "description": "Why a call failed."});
    schemas.insert("Error".to_owned(), whole);
    schemas
}

fn reason_list(reasons: &EnumDescriptor, contract: &Contract) -> String {
    let line = |value: &prost_reflect::EnumValueDescriptor| {
        let word = value.name().trim_start_matches("ERROR_REASON_");
        format!("- `{word}`: {}", contract.comments.on(value).replace('\n', " "))
    };
    let known = reasons.values().filter(|value| value.number() != 0);
    known.map(|value| line(&value)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
