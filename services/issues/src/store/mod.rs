//! The tables of this service. Every query starts from a partnership; the rows themselves never leave this module.
//!
//! To add a table: its row in `entity/`, its columns in a new file of `migration/`, its queries in a file here.

pub(crate) mod action;
pub(crate) mod boundary;
pub(crate) mod category;
pub(crate) mod cluster;
pub(crate) mod contact;
pub(crate) mod count;
pub(crate) mod edit;
pub(crate) mod ends;
mod entity;
pub(crate) mod erasure;
pub(crate) mod follower;
pub(crate) mod forwarding;
pub(crate) mod forwarding_update;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod inquiry;
pub(crate) mod issue;
pub(crate) mod known;
pub(crate) mod letter;
mod migration;
pub(crate) mod nearby;
pub(crate) mod news;
pub(crate) mod notice;
pub(crate) mod opinion;
pub(crate) mod picture;
pub(crate) mod picture_link;
pub(crate) mod reference;
pub(crate) mod report_token;
pub(crate) mod reporter;
pub(crate) mod response_entry;
pub(crate) mod routing_rule;
pub(crate) mod search;
pub(crate) mod update;
pub(crate) mod words;

pub(crate) use migration::Migrator;
use sea_orm::sea_query::{Expr, Func};
/// A connection or an open transaction, and its failure: all that the use cases see of the database.
pub(crate) use sea_orm::{ConnectionTrait as Connection, DbErr};

/// A row that this program did not write, or wrote otherwise.
fn unreadable(what: &str, error: impl std::fmt::Display) -> DbErr {
    DbErr::Custom(format!("a stored {what} cannot be read: {error}"))
}

/// A stored word as its value.
fn word<T: std::str::FromStr<Err: std::fmt::Display>>(what: &str, text: &str) -> Result<T, DbErr> {
    text.parse().map_err(|error| unreadable(what, error))
}

/// A stored JSON text as its value.
fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

/// A column that no index is looked at for, so that a database finds a few rows by another.
fn unindexed(column: Expr) -> Expr {
    Func::coalesce([column.clone(), column]).into()
}

/// A value as the JSON text that is stored.
fn to_json(what: &str, value: &impl serde::Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Custom(format!("a {what} cannot be stored: {error}")))
}
