//! Wire types to and from the domain's, aggregate by aggregate. What the contract's rules cannot say is checked here, with the path of
//! the field, all of it at once.

mod commitments;
mod events;
mod progress;
mod providers;
mod standards;
mod words;

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::types::v1 as types;

use crate::app::{CommitmentKey, ReportKey};
use crate::domain::{Evidence, Who};

pub(super) use commitments::{Milestone, commitment_to_wire, entry_to_wire};
pub(super) use progress::{content, report_to_wire};
pub(super) use words::nation_from_wire;

/// The path of a commitment, as a request names it: partnership, commitment, etag.
pub(super) struct CommitmentPath<'a>(pub(super) &'a str, pub(super) &'a str, pub(super) &'a str);

impl CommitmentPath<'_> {
    /// The commitment that is meant.
    pub(super) fn key(&self) -> Result<CommitmentKey, Failure> {
        let partnership_id = wire::id("partnership_id", self.0)?;
        Ok(CommitmentKey { partnership_id, id: wire::id("commitment_id", self.1)?, etag: self.2.to_owned() })
    }
}

/// The path of a revision of a report, as a request names it: partnership, commitment, report, etag.
pub(super) struct ReportPath<'a>(pub(super) &'a str, pub(super) &'a str, pub(super) &'a str, pub(super) &'a str);

impl ReportPath<'_> {
    /// The revision that is meant.
    pub(super) fn key(&self) -> Result<ReportKey, Failure> {
        let partnership_id = wire::id("partnership_id", self.0)?;
        let commitment_id = wire::id("commitment_id", self.1)?;
        Ok(ReportKey {
            partnership_id,
            commitment_id,
            id: wire::id("progress_report_id", self.2)?,
            etag: self.3.to_owned(),
        })
    }
}

/// A text that must say something, without the blanks around it.
pub(super) fn said(field: &str, text: &str) -> Result<String, Violation> {
    maybe_said(text).ok_or_else(|| Violation::new(field, "must say something"))
}

/// A text that may be empty, without the blanks around it; nothing where nothing is left.
pub(super) fn maybe_said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What was gathered, as a refusal, where a value is missing.
fn refusal(gather: Gather) -> Failure {
    gather.finish().err().unwrap_or_else(|| Failure::internal("a value is missing and no violation says so"))
}

fn evidence(gather: &mut Gather, path: &str, shown: Vec<types::Evidence>) -> Vec<Evidence> {
    let mut read = Vec::with_capacity(shown.len());
    for (index, item) in shown.into_iter().enumerate() {
        let text = gather.take(said(&format!("{path}[{index}].text"), &item.text));
        read.extend(text.map(|text| Evidence { text, url: maybe_said(&item.url) }));
    }
    read
}

fn evidence_to_wire(evidence: Vec<Evidence>) -> Vec<types::Evidence> {
    let item = |shown: Evidence| types::Evidence { text: shown.text, url: shown.url.unwrap_or_default() };
    evidence.into_iter().map(item).collect()
}

/// Who did something; empty where the reader may not know.
fn actor_to_wire(who: Who, with_people: bool) -> types::Actor {
    if with_people { types::Actor { actor_id: who.id, name: who.name } } else { types::Actor::default() }
}

fn id_to_wire(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
