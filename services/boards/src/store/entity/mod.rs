//! The rows. Private to the store: outside, there are only domain types.
//!
//! Nested lists are JSON text: they are read and written whole, with the thing they belong to.

pub(super) mod action;
pub(super) mod action_commitment;
pub(super) mod action_history;
pub(super) mod action_issue;
pub(super) mod breach_notice;
pub(super) mod cluster_notice;
pub(super) mod constitution;
pub(super) mod decision;
pub(super) mod decision_review;
pub(super) mod meeting;
pub(super) mod member;
pub(super) mod partnership;
pub(super) mod reference_counter;
pub(super) mod seat;
