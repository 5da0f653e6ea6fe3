//! The gateway's JSON API, by the routes of the contracts.

use std::time::Duration;

use async_trait::async_trait;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost_reflect::MethodDescriptor;
use serde_json::{Map, Value, json};

use super::{Door, Refusal, in_contract};
use crate::contract;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The gateway at one address.
#[derive(Debug, Clone)]
pub struct Http {
    base: String,
    client: reqwest::Client,
}

impl Http {
    /// The gateway at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Panics
    ///
    /// When no client can be made.
    #[must_use]
    pub fn at(base: &str) -> Self {
        // Where a page sends its reader is for the test to see.
        let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("an HTTP client can be made");
        Self { base: base.to_owned(), client }
    }

    /// A request to a path, for what the contracts do not describe.
    pub fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The request for an RPC: its route filled in, the rest of the message in the body or the query.
    ///
    /// # Panics
    ///
    /// When the RPC has no route.
    pub fn request_for(&self, rpc: &MethodDescriptor, token: Option<&str>, message: &Value) -> reqwest::RequestBuilder {
        let route = contract::route(rpc).unwrap_or_else(|| panic!("{} has an HTTP route", rpc.full_name()));
        let mut rest = message.as_object().cloned().unwrap_or_default();
        let path = fill(&route.path, &mut rest);
        let request = self.request(route.method, &path);
        let request = if route.body.is_empty() { request.query(&pairs(&rest)) } else { request.json(&rest) };
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

#[async_trait]
impl Door for Http {
    async fn ask(&self, rpc: &MethodDescriptor, token: Option<&str>, message: Value) -> Result<Value, Refusal> {
        let request = self.request_for(rpc, token, &message);
        if rpc.is_server_streaming() { rows(rpc.name(), request).await } else { answer(rpc.name(), request).await }
    }
}

/// What the gateway answers to a request, be it an RPC's or not; `what` names it where it is no answer at all.
///
/// # Errors
///
/// When it is refused.
///
/// # Panics
///
/// When the gateway does not answer with JSON.
pub async fn answer(what: &str, request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
    let (status, text) = text_of(what, request).await;
    let answer = read(what, status, &text);
    if status == 200 { Ok(answer) } else { Err(refusal(status, &answer)) }
}

/// The lines that the gateway streams.
async fn rows(what: &str, request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
    let (status, text) = text_of(what, request).await;
    if status != 200 {
        return Err(refusal(status, &read(what, status, &text)));
    }
    let rows: Vec<Value> = text.lines().map(|line| read(what, status, line)).collect();
    assert!(rows.iter().all(|row| row.get("error").is_none()), "{what}: the rows come to their end: {:?}", rows.last());
    Ok(json!({"rows": rows}))
}

async fn text_of(what: &str, request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap_or_else(|error| panic!("{what}: the gateway answers: {error}"));
    let status = response.status().as_u16();
    (status, response.text().await.unwrap_or_else(|error| panic!("{what}: the answer is whole: {error}")))
}

fn read(what: &str, status: u16, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {status} came without JSON: {error}: {text}"))
}

/// Reads the gateway's error form.
///
/// # Panics
///
/// When the error contradicts the HTTP status that it came with.
#[must_use]
pub fn refusal(status: u16, answer: &Value) -> Refusal {
    let error = &answer["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(error["code"], json!(status), "the error repeats the HTTP status: {answer}");
    let violations = error["fieldViolations"].as_array().into_iter().flatten();
    let violation = |one: &Value| {
        let part = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        (in_contract(&part("field")), part("description"))
    };
    Refusal {
        status: text("status"),
        http: Some(status),
        reason: text("reason"),
        message: text("message"),
        metadata: error["metadata"].as_object().cloned().unwrap_or_default(),
        violations: violations.map(violation).collect(),
    }
}

/// Fills the captures of a path from the message, taking them out of it.
fn fill(template: &str, message: &mut Map<String, Value>) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (field, behind) = after.split_once('}').unwrap_or((after, ""));
        let value = message.remove(field).map(|value| plain(&value)).unwrap_or_default();
        path.push_str(before);
        path.push_str(&utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string());
        rest = behind;
    }
    path.push_str(rest);
    path
}

/// The parts of a message within the message are named with a dot.
fn pairs(message: &Map<String, Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in message {
        match value {
            Value::Object(parts) => {
                pairs.extend(self::pairs(parts).into_iter().map(|(part, value)| (format!("{name}.{part}"), value)));
            }
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.clone(), plain(item)))),
            single => pairs.push((name.clone(), plain(single))),
        }
    }
    pairs
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
