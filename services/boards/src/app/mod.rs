//! The use cases of boards. Each reads the same way: authorise → load → decide (in [`crate::domain`]) → write, in one
//! transaction with its event and audit row.
//!
//! To add one: a method on [`App`] in the file of its aggregate, which opens its work (`…_work`), lets the domain decide, and
//! finishes it.

pub(crate) mod actions;
pub(crate) mod breach_notices;
pub(crate) mod decisions;
mod event;
mod issues;
pub(crate) mod meetings;
pub(crate) mod members;
pub(crate) mod news;
pub(crate) mod partnerships;
pub(crate) mod policies;

use std::sync::Arc;

use chrono::NaiveDate;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, Host};
use pathfinder_terms::{DecisionId, PartnershipId};

pub(crate) use issues::Issues;

use crate::domain::constitution::Constitution;
use crate::domain::{Actor, Refusal};
use crate::error::Error;
use crate::store;

/// The use cases of boards.
pub(crate) struct App {
    /// What the service stands on.
    pub(crate) host: Host,
    issues: Arc<dyn Issues>,
}

/// Work that was begun, or the answer given to the same request before.
enum Opened<W, A> {
    Work(W),
    Answered(A),
}

/// A page of a list with the token of the next.
pub(crate) type Listed<T> = Result<(Vec<T>, String), Error>;

impl App {
    /// The use cases over a host, with issues to ask.
    pub(crate) fn new(host: Host, issues: Arc<dyn Issues>) -> Self {
        Self { host, issues }
    }

    /// Whether the caller reads drafts and what is confidential.
    pub(crate) fn is_insider(call: &Call, partnership_id: PartnershipId) -> bool {
        call.may("ReadConfidential", &Subject::within(Some(partnership_id)))
    }

    /// Whether the caller reads who the people behind the names are.
    pub(crate) fn is_involved(call: &Call, partnership_id: PartnershipId) -> bool {
        call.may("ReadPeople", &Subject::within(Some(partnership_id)))
    }

    /// Fails where there is no such partnership.
    async fn require_partnership(&self, id: PartnershipId) -> Result<(), Failure> {
        store::partnership::get(self.host.reader(), id).await.map(|_| ())
    }
}

fn actor(call: &Call) -> Actor {
    let pathfinder_kit::Actor { id, name } = call.actor();
    Actor { id, name }
}

/// The constitution in force on a day, without which a board decides nothing.
async fn constitution_on(
    connection: &impl store::Connection,
    partnership_id: PartnershipId,
    date: NaiveDate,
) -> Result<Constitution, Error> {
    let found = store::constitution::find_in_force(connection, partnership_id, date).await?;
    Ok(found.ok_or(Refusal::NoConstitution { date })?)
}

/// Refuses a decision that is not of the partnership, was not carried, was corrected, or waits for the board; none is no decision to
/// check.
async fn require_carried(
    connection: &impl store::Connection,
    partnership_id: PartnershipId,
    decision_id: Option<DecisionId>,
) -> Result<(), Error> {
    if let Some(id) = decision_id {
        store::review::get(connection, partnership_id, id).await?.require_effective()?;
    }
    Ok(())
}
