//! How values that are no plain columns are written: words of closed lists, and nested values as JSON text.

use std::fmt::Display;
use std::str::FromStr;

use pathfinder_kit::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A nested value as text.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

/// A nested value that may be absent, as text.
pub(super) fn maybe_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, Failure> {
    value.map(json).transpose()
}

/// A nested value from text.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    Ok(serde_json::from_str(text)?)
}

/// A nested value that may be absent, from text.
pub(super) fn maybe_from_json<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(from_json).transpose()
}

/// A word of a closed list.
pub(super) fn word<T: FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| Failure::internal(error.to_string()))
}
