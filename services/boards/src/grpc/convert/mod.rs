//! Between the contract's messages and the domain's types.
//!
//! The contract's own rules were checked when the call was admitted; here stands only what it cannot say: that a date exists, and
//! that fields go together. Every violation is gathered before any is answered.

mod action;
mod decision;
mod event;
mod geojson;
mod meeting;
mod member;
mod partnership;
mod words;

pub(super) use action::{action_target, history_entry, report_progress, to_action, verdict};
pub(super) use decision::to_decision;
pub(super) use event::to_event;
pub(super) use meeting::{meeting_target, to_meeting};
pub(super) use member::{member_target, to_member};
pub(super) use partnership::{to_partnership, to_policies};
pub(super) use words::rag;

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::InvalidId;

use crate::domain::Actor;
use crate::domain::action::Evidence;

/// The value, where everything was sound: after `gather.finish()?` nothing can be missing, and if it is, that is our fault.
fn sound<T>(value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::internal("a conversion lost a value without a violation"))
}

/// An optional date: an empty text is none.
pub(super) fn maybe_date(field: &str, text: &str) -> Result<Option<NaiveDate>, Violation> {
    if text.is_empty() { Ok(None) } else { wire::date(field, text).map(Some) }
}

fn time(time: Option<DateTime<Utc>>) -> Option<prost_types::Timestamp> {
    time.map(wire::timestamp)
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// The sound ids of a list; the violations of the others are gathered.
fn ids<T: FromStr<Err = InvalidId>>(gather: &mut Gather, field: &str, list: &[String]) -> Vec<T> {
    let read = list.iter().enumerate().map(|(index, text)| wire::id(&format!("{field}[{index}]"), text));
    read.filter_map(|id| gather.take(id)).collect()
}

/// A count on the wire; more than fits is shown as the most.
fn count(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

/// A number from the wire that the contract keeps from being negative.
fn number(value: i32) -> u32 {
    u32::try_from(value).unwrap_or_default()
}

/// Who did something, for those who may know it; the public learns what was done, not who of the staff did it.
fn to_actor(actor: Actor, in_full: bool) -> types::Actor {
    if in_full { types::Actor { actor_id: actor.id, name: actor.name } } else { types::Actor::default() }
}

fn to_evidence(evidence: Evidence) -> types::Evidence {
    types::Evidence { text: evidence.text, url: evidence.url }
}

pub(super) fn evidence(list: Vec<types::Evidence>) -> Vec<Evidence> {
    list.into_iter().map(|evidence| Evidence { text: evidence.text, url: evidence.url }).collect()
}

#[cfg(test)]
mod tests;
