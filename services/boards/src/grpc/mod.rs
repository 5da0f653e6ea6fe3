//! The contract's side: convert, call, convert. Protobuf types stop here.
//!
//! To add a call: add it to the contract, its conversions below [`convert`], and a handler of the same few lines in the file of its
//! service.

mod actions;
mod audit;
mod breach_notices;
mod convert;
mod decisions;
mod events;
pub(crate) mod feeds;
mod meetings;
mod members;
mod partnerships;
mod peers;

pub(crate) use actions::Actions;
pub(crate) use audit::AuditTrail;
pub(crate) use breach_notices::BreachNotices;
pub(crate) use decisions::Decisions;
pub(crate) use events::Events;
pub(crate) use meetings::Meetings;
pub(crate) use members::Members;
pub(crate) use partnerships::Partnerships;
pub(crate) use peers::PeerIssues;
