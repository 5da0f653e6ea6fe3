//! The tables. Rows stay in here; what leaves are the domain's types.

mod entity;
mod key;
mod migration;
pub(crate) mod person;

pub(crate) use key::{OwnKeys, SigningKeyRow, find_signing_key, insert_signing_key, list_verifying_keys};
pub(crate) use migration::Migrator;
