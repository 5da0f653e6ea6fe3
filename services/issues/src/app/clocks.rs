//! What time does to issues by itself: pledges that are attached late, and due times that pass.

use pathfinder_kit::{Begun, Call, retrying};
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use super::author::Author;
use super::write::Writing;
use crate::domain::issue::PledgeFound;
use crate::domain::{Issue, Step};
use crate::error::Error;
use crate::store;

/// How many issues are looked at in one round.
const PER_ROUND: u64 = 100;

impl App {
    /// Asks for the pledges that are still to be attached, and attaches them from the original start. Answers how many. Ends
    /// early when commitments does not answer: it is asked again in the next round.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn attach_pending_clocks(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "clock attacher");
        let mut attached = 0;
        let mut after = None;
        loop {
            let waiting = store::issue::with_pending_clock(self.host.reader(), after, PER_ROUND).await?;
            let Some(last) = waiting.last() else { return Ok(attached) };
            after = Some(last.id);
            for issue in &waiting {
                let Some(provider_id) = issue.provider_id else { continue };
                let pledge = self.pledge_for(&call, issue, provider_id).await;
                if pledge == PledgeFound::NotAnswered {
                    return Ok(attached);
                }
                let decide = |present: &mut Issue| {
                    let same = present.provider_id == Some(provider_id);
                    present.attach(&pledge, call.now).filter(|_| same).into_iter().collect()
                };
                retrying(|| self.touch(&call, issue.partnership_id, issue.id, decide)).await?;
                attached += 1;
            }
        }
    }

    /// Finds the issues whose due time has passed, and says so in their history and to the others. Answers how many.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn declare_breaches(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "breach timer");
        let due = store::issue::due_before(self.host.reader(), call.now, PER_ROUND).await?;
        for (partnership_id, issue_id) in &due {
            retrying(|| self.touch(&call, *partnership_id, *issue_id, |_| Vec::new())).await?;
        }
        Ok(due.len())
    }

    /// Lets a rule of the service work on an issue; settling it finds a breach.
    async fn touch(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
        decide: impl FnOnce(&mut Issue) -> Vec<Step> + Send,
    ) -> Result<(), Error> {
        let calendar = self.calendar(partnership_id).await?;
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
        let found = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        let Some(before) = found else { return Ok(()) };
        let mut issue = before.clone();
        let steps = decide(&mut issue);
        let writing = Writing { call, host: &self.host, calendar: &calendar, author: Author::rule() };
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        Ok(unit.commit(()).await?)
    }
}
