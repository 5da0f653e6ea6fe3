//! What every service of Pathfinder is built from: start and stop, telemetry, errors, paging, idempotency, clock, events
//! and the caller's identity. No business rule stands here.
//!
//! | to … | see |
//! |---|---|
//! | start a service | [`program`] |
//! | read a request, and who makes it | [`Host::admit`], [`Host::admit_stream`], [`Call`], [`Caller`] |
//! | write with audit row, event and idempotency | [`Host::begin`], [`Unit`] |
//! | show or check who did what | [`audit`] |
//! | serve or follow a change feed | [`Host::watch`], [`feed`] |
//! | answer a list | [`page::Page`], [`filter`] |
//! | decide who may | [`policy`] |
//! | refuse | [`Failure`], [`etag`] |
//! | call another service | [`peer`] |
//! | keep one caller from taking all | [`rate`] |
//! | store personal data sealed | [`seal`] |
//! | let in and call only those with a certificate | [`tls`] |

pub mod audit;
mod call;
mod caller;
pub mod clock;
pub mod config;
mod contract;
mod database;
pub mod etag;
mod failure;
pub mod feed;
pub mod filter;
mod host;
mod housekeeping;
mod ids;
mod kept_answers;
pub mod migration;
pub mod outside;
pub mod page;
pub mod peer;
pub mod policy;
pub mod program;
pub mod rate;
mod rows;
pub mod seal;
mod server;
pub mod telemetry;
pub mod tls;
pub mod token;
mod unit;
pub mod wire;

pub use call::{Call, Door};
pub use caller::{Actor, Caller, Principal};
pub use contract::{METHODS, Method, contract_violations, violations_of};
pub use database::{Database, DatabaseUrl};
pub use failure::{ERROR_DOMAIN, ErrorCode, Failure, Reason, Violation, causes_of, code_of};
pub use host::{Deps, Host};
pub use ids::Ids;
pub use kept_answers::{rewrite_kept_answers, rewrite_kept_fields, rewrite_kept_values};
pub use pathfinder_terms::{Grant, PrincipalKind, Role};
pub use server::{Service, Worker};
pub use unit::{Begun, DomainEvent, Unit, retrying};
