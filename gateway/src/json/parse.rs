//! Text to JSON, strictly: a key that stands twice in one object is an error, because either value could be meant.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{ApiError, shortened};

/// Reads one JSON text. Nesting is limited to 128 levels by the parser, so that later walks may recurse.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    let strict: Strict = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    Ok(strict.0)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    // serde_json ends its text with the position, which stands in fields of its own here.
    let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
    ApiError::malformed_json(problem, error.line(), error.column())
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{}\" stands twice in one object", shortened(&key))));
            }
            let Strict(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = br#"{"a": [1, -2, 2.5, "x", true, null, {"b": {}}]}"#;
        assert_eq!(parse(text).unwrap(), json!({"a": [1, -2, 2.5, "x", true, null, {"b": {}}]}));
    }

    #[test]
    fn a_syntax_error_has_its_line_and_column() {
        let error = parse(b"{\n  \"a\": }").unwrap_err();
        assert_eq!(error.reason, "JSON_MALFORMED");
        assert_eq!((error.details.metadata["line"].as_str(), error.details.metadata["column"].as_str()), ("2", "8"));
        assert!(!error.message.contains("at line"), "{}", error.message);
    }

    #[test]
    fn hostile_texts_are_refused() {
        let deep = "[".repeat(100_000);
        let cases: [(&[u8], &str); 6] = [
            (deep.as_bytes(), "recursion limit"),
            (br#"{"a": 1, "a": 2}"#, "stands twice"),
            (b"{\"a\": \"\xff\"}", "unicode"),
            (br#"{"a": 1e999}"#, "out of range"),
            (br#"{"a": "\ud800"}"#, "hex escape"),
            (b"{} {}", "trailing"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(expected), "expected {expected:?} in {:?}", error.message);
        }
    }
}
