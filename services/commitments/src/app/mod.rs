//! The use cases: authorise → load → decide → write, in one visible transaction with its event and audit row.
//!
//! A permission is checked before anything is looked up, so that nobody learns what there is by being refused. Peers are asked before the
//! transaction begins. To add a use case, put it into the file of its aggregate; a new state of something is the domain's to decide.

mod boards;
mod calendar;
mod commitments;
mod event;
mod feeds;
mod progress;
mod providers;
mod standards;

use std::fmt;
use std::sync::Arc;

use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Actor, Begun, Call, Host};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{CommitmentId, PartnershipId};

use crate::domain::Commitment;
use crate::domain::{Moment, Partnership, Rules, Who};
use crate::error::Error;
use crate::store;

pub(crate) use boards::{Boards, DecisionSeen};
pub(crate) use feeds::{BoardsNews, IssueNews};
pub(crate) use progress::{ReportKey, ReportOn};
pub(crate) use providers::UpdateProvider;
pub(crate) use standards::{FindStandard, ReviseStandard};

/// The use cases of this service.
pub(crate) struct App {
    pub(crate) host: Host,
    boards: Arc<dyn Boards>,
    rules: Rules,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// Which commitment is meant, and as which version it was read.
#[derive(Debug, Clone)]
pub(crate) struct CommitmentKey {
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its id.
    pub(crate) id: CommitmentId,
    /// The etag that was read; empty for no check.
    pub(crate) etag: String,
}

impl App {
    /// The use cases over `host`, asking `boards` for what it owns.
    pub(crate) fn new(host: Host, boards: Arc<dyn Boards>) -> Self {
        Self { host, boards, rules: Rules::default() }
    }

    /// Whether the caller may know the people who did something, rather than only that it was done.
    pub(crate) fn sees_people(call: &Call, partnership_id: PartnershipId) -> bool {
        call.may("ReadPeople", &Subject::within(Some(partnership_id)))
    }

    /// What is known of a partnership. Where the feed of boards has not told of it yet, boards is asked.
    async fn partnership(&self, id: PartnershipId) -> Result<Partnership, Error> {
        if let Some(known) = store::partnership::find(self.host.reader(), id).await? {
            return Ok(known);
        }
        let asked = self.boards.find_partnership(id).await?.ok_or_else(|| Error::not_found("partnership", id))?;
        let call = Call::background(&self.host, "learn of a partnership");
        if let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? {
            store::partnership::put_unless_known(unit.tx(), &asked, call.now).await?;
            unit.commit(()).await?;
        }
        Ok(asked)
    }

    fn moment(&self, call: &Call, partnership: &Partnership) -> Moment {
        Moment { now: call.now, calendar: WorkingCalendar::of(partnership.nation), rules: self.rules }
    }
}

/// A commitment, as the policies see it.
fn subject_of(commitment: &Commitment) -> Subject {
    Subject::record(commitment.partnership_id, Some(commitment.provider_id)).with_id(commitment.id.0)
}

fn who(actor: Actor) -> Who {
    Who { id: actor.id, name: actor.name }
}

#[cfg(test)]
mod tests;
