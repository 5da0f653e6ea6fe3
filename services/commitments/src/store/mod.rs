//! The tables of this service, each read and written in one place, every query scoped to a partnership.
//!
//! Rows are private to this module: outside it there are only domain types. To add an aggregate, add its table to `migration`, its row
//! to `entity`, and a file here that converts between row and domain type.

mod entity;
mod migration;

pub(crate) mod case;
pub(crate) mod commitment;
pub(crate) mod history;
pub(crate) mod partnership;
pub(crate) mod progress;
pub(crate) mod provider;
pub(crate) mod standard;

pub(crate) use migration::Migrator;

use std::str::FromStr;

use pathfinder_kit::{Failure, Reason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Which rows of a list to fetch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'a> {
    /// The filter that the caller gave, in the contract's words.
    pub(crate) filter: &'a str,
    /// The id of the last row of the page before.
    pub(crate) after: Option<Uuid>,
    /// How many rows at the most.
    pub(crate) limit: u64,
}

/// The value that a stored word stands for.
fn from_word<T>(word: &str) -> Result<T, Failure>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    word.parse().map_err(Failure::internal)
}

/// A nested value as the text of a column.
fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

/// The nested value in the text of a column.
fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    Ok(serde_json::from_str(text)?)
}

/// A count as the number of a column.
fn to_column(count: u32) -> Result<i32, Failure> {
    i32::try_from(count).map_err(Failure::internal)
}

/// The count in the number of a column.
fn from_column(number: i32) -> Result<u32, Failure> {
    u32::try_from(number).map_err(Failure::internal)
}

/// Says that two writers met, unless the one row that was to be changed was still as it had been read.
fn require_moved(rows_affected: u64) -> Result<(), Failure> {
    if rows_affected == 1 {
        return Ok(());
    }
    Err(Failure::new(Reason::Conflict, "Two writers met; nothing was written. Try again.").transient())
}
