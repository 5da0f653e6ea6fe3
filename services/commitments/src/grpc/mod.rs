//! The contract's side: convert, call, convert. Wire types stop here.
//!
//! To add a call, add it to the contract, its conversion to `convert`, and a handler of the same few lines to the file of its service.

mod audit;
mod commitments;
mod convert;
mod events;
mod feeds;
mod peers;
mod progress;
mod providers;
mod standards;

pub(crate) use audit::AuditTrail;
pub(crate) use commitments::CommitmentsOf;
pub(crate) use events::Events;
pub(crate) use feeds::{open_boards, open_issues};
pub(crate) use peers::BoardsPeer;
pub(crate) use progress::ProgressReports;
pub(crate) use providers::Providers;
pub(crate) use standards::Standards;
