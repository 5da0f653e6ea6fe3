//! What councils' services ask of those who report, as their definitions say it, kept for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::attribute::{Attribute, AttributeForm};
use crate::domain::forwarding::Endpoint;

/// A definition is not asked for again for so long.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);
/// The longest that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// Definitions by the name of the system and the code of the service.
#[derive(Debug, Default)]
pub(super) struct Definitions(Mutex<All>);

type All = BTreeMap<(String, String), Kept>;

#[derive(Debug)]
struct Kept {
    until: DateTime<Utc>,
    attributes: Arc<Vec<Attribute>>,
}

impl Definitions {
    /// Whether a service was asked lately.
    pub(super) fn is_fresh(&self, endpoint: &Endpoint, service_code: &str, now: DateTime<Utc>) -> bool {
        self.all().get(&key(endpoint, service_code)).is_some_and(|kept| now < kept.until)
    }

    pub(super) fn keep(&self, endpoint: &Endpoint, service_code: &str, attributes: Vec<Attribute>, now: DateTime<Utc>) {
        let kept = Kept { until: now + KEPT_FOR, attributes: Arc::new(attributes) };
        self.all().insert(key(endpoint, service_code), kept);
    }

    /// What a service asked when it was last heard; nothing where it never was.
    pub(super) fn of(&self, endpoint: &Endpoint, service_code: &str) -> Arc<Vec<Attribute>> {
        self.all().get(&key(endpoint, service_code)).map(|kept| Arc::clone(&kept.attributes)).unwrap_or_default()
    }

    /// Has a system asked again: it refused what its definitions had let expect it to take.
    pub(super) fn forget(&self, endpoint: &Endpoint) {
        self.all().retain(|(name, _), _| *name != endpoint.name);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(endpoint: &Endpoint, service_code: &str) -> (String, String) {
    (endpoint.name.clone(), service_code.to_owned())
}

/// An attribute as it is written, in either form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    variable: String,
    code: String,
    datatype: String,
    values: WrittenValues,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WrittenValues {
    value: Vec<WrittenValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WrittenValue {
    key: String,
}

/// A definition in XML.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Definition {
    attributes: WrittenAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WrittenAttributes {
    attribute: Vec<Written>,
}

/// The attributes in the definition of a service that are to be answered; none where it cannot be read, or is too long.
pub(super) fn attributes(body: &[u8]) -> Vec<Attribute> {
    let text = Some(body).filter(|body| body.len() <= LONGEST).and_then(|body| std::str::from_utf8(body).ok());
    let text = text.unwrap_or_default();
    let written = if text.trim_start().starts_with('<') { in_xml(text) } else { in_json(text) };
    written.unwrap_or_default().into_iter().filter_map(attribute).collect()
}

/// One that is to be answered: the others only say something.
fn attribute(written: Written) -> Option<Attribute> {
    let code = written.code.trim().to_owned();
    if code.is_empty() || written.variable.trim().eq_ignore_ascii_case("false") {
        return None;
    }
    let keys = written.values.value.into_iter().map(|value| value.key.trim().to_owned()).collect();
    Some(Attribute { code, form: AttributeForm::of(&written.datatype), keys })
}

fn in_xml(text: &str) -> Option<Vec<Written>> {
    let definition: Definition = quick_xml::de::from_str(text).ok()?;
    Some(definition.attributes.attribute)
}

fn in_json(text: &str) -> Option<Vec<Written>> {
    let value: Value = serde_json::from_str(text).ok()?;
    // Some servers answer a list of one.
    let definition = value.get(0).unwrap_or(&value);
    let written = |attribute: &Value| Written {
        variable: said(&attribute["variable"]),
        code: said(&attribute["code"]),
        datatype: said(&attribute["datatype"]),
        values: WrittenValues { value: keys(&attribute["values"]) },
    };
    Some(definition["attributes"].as_array()?.iter().map(written).collect())
}

fn keys(values: &Value) -> Vec<WrittenValue> {
    let all = values.as_array().into_iter().flatten();
    all.map(|value| WrittenValue { key: said(&value["key"]) }).collect()
}

/// A plain value as text: servers write codes as numbers, and flags as texts.
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_define_the_same() {
        let json = br#"{"service_code": "FT01", "attributes": [
            {"variable": false, "code": "ADVICE", "datatype": "text", "description": "Ring us."},
            {"variable": true, "code": "SIZE", "datatype": "singlevaluelist", "required": true, "order": 1,
                "values": [{"key": 1, "name": "Small"}, {"key": "2", "name": "Large"}]},
            {"variable": "true", "code": "WHAT", "datatype": "multivaluelist", "values": [{"key": "a", "name": "A"}]},
            {"code": "NOTE", "datatype": "string", "values": null}]}"#;
        let xml = br#"<?xml version="1.0" encoding="utf-8"?><service_definition><service_code>FT01</service_code><attributes>
            <attribute><variable>false</variable><code>ADVICE</code><datatype>text</datatype></attribute>
            <attribute><variable>true</variable><code>SIZE</code><datatype>singlevaluelist</datatype><required>true</required>
                <values><value><key>1</key><name>Small</name></value><value><key>2</key><name>Large</name></value></values></attribute>
            <attribute><variable>true</variable><code>WHAT</code><datatype>multivaluelist</datatype>
                <values><value><key>a</key><name>A</name></value></values></attribute>
            <attribute><code>NOTE</code><datatype>string</datatype><values/></attribute></attributes></service_definition>"#;
        let read = attributes(json);
        let told: Vec<(&str, AttributeForm, Vec<&str>)> = read
            .iter()
            .map(|one| (one.code.as_str(), one.form, one.keys.iter().map(String::as_str).collect()))
            .collect();
        let expected = [
            ("SIZE", AttributeForm::One, vec!["1", "2"]),
            ("WHAT", AttributeForm::Several, vec!["a"]),
            ("NOTE", AttributeForm::Text, vec![]),
        ];
        assert_eq!(told, expected);
        assert_eq!(attributes(xml), read);
        let listed = [b"[".as_slice(), json, b"]"].concat();
        assert_eq!(attributes(&listed), read, "a list of one is the same");
    }

    #[test]
    fn what_is_no_definition_asks_nothing() {
        for body in [&b""[..], b"OK", b"[]", b"{}", b"<a", b"<a/>", b"\xff", b"{\"attributes\": 4}"] {
            assert_eq!(attributes(body), Vec::new(), "{body:?}");
        }
    }
}
