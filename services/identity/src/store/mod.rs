//! The tables. Rows stay in here; what leaves are the domain's types.

pub(crate) mod attempt;
pub(crate) mod credential;
mod entity;
pub(crate) mod flow;
pub(crate) mod form_link;
pub(crate) mod key;
mod migration;
pub(crate) mod open_id;
pub(crate) mod person;
mod safe;
pub(crate) mod session;

pub(crate) use key::OwnKeys;
pub(crate) use migration::Migrator;
pub(crate) use safe::Safe;
