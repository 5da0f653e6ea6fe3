//! The rules of a neighbourhood board: those that its constitution sets, and those that hold for every board.
//!
//! Everything here is pure: the time, new ids and what the database holds come in as arguments. Where a rule stands:
//!
//! | rule | file |
//! |---|---|
//! | what a constitution says, and its defaults | [`constitution`] |
//! | who fills seats, who votes when | [`member`], [`voting`] |
//! | quorum | [`quorum`] |
//! | notice of a meeting | [`notice`] |
//! | the states of a meeting | [`meeting_state`] |
//! | agenda, attendance, interests, minutes | [`agenda`], [`meeting`] |
//! | the outcome of a vote | [`decision`] |
//! | what the accountable body may say of a decision, and when nothing new rests on it | [`review`] |
//! | the states of an action | [`action_state`] |
//! | moves of a due date | [`due_date`] |
//! | both RAG ratings | [`action_rag`] |
//!
//! To add a rule, put it with the thing it governs, refuse with a variant of [`Refusal`], and test its numbers beside it.

pub mod action;
pub mod action_rag;
pub mod action_state;
pub mod action_steps;
pub mod agenda;
pub mod breach_notice;
pub mod cluster_notice;
pub mod constitution;
pub mod decision;
pub mod due_date;
pub mod event;
pub mod meeting;
pub mod meeting_state;
pub mod member;
pub mod notice;
pub mod partnership;
pub mod quorum;
pub mod reference;
mod refusal;
pub mod review;
mod ring;
mod steps;
pub mod voting;

pub use refusal::{Fault, Refusal};

/// Who did something: the id of a person, system or service, and the name to show.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    /// The id; `anonymous` for a caller without a token.
    pub id: String,
    /// The name to show.
    pub name: String,
}
