//! What time does to issues by itself: pledges that are attached late, due times that come near and pass, and answers that never come.

use pathfinder_kit::{Begun, Call, causes_of, retrying};
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use super::author::Author;
use crate::domain::backoff::next_attempt_time;
use crate::domain::issue::PledgeFound;
use crate::domain::{Issue, Step};
use crate::error::Error;
use crate::store;
use crate::store::issue::Waiting;

/// How many issues are read at once.
pub(super) const PER_ROUND: u64 = 100;

/// What became of an issue whose pledge is still to be asked for.
enum Attachment {
    /// It has its pledge, or is known to have none.
    Attached,
    /// It waits on, alone.
    Waits,
    /// Commitments is out of reach: all that wait, wait on.
    PeerSilent,
}

impl App {
    /// Asks for the pledges that are still to be attached, and attaches them from the original start. Answers how many. Ends
    /// early when commitments does not answer: it is asked again in the next round. An issue that fails is logged and passed over.
    ///
    /// # Errors
    ///
    /// When the issues that wait cannot be listed.
    pub(crate) async fn attach_pending_clocks(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "clock attacher");
        let mut attached = 0;
        let mut after = None;
        while !self.host.shutdown().is_cancelled() {
            let all = store::issue::with_pending_clock(self.host.reader(), call.now, after, PER_ROUND).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.issue_id);
            for waiting in all {
                match self.attach_clock(&call, waiting).await {
                    Ok(Attachment::Attached) => attached += 1,
                    Ok(Attachment::Waits) => self.put_off(&call, waiting).await?,
                    Ok(Attachment::PeerSilent) => return Ok(attached),
                    Err(error) => self.pass_over(&call, waiting, &error).await?,
                }
            }
        }
        Ok(attached)
    }

    async fn attach_clock(&self, call: &Call, waiting: Waiting) -> Result<Attachment, Error> {
        let Waiting { partnership_id, issue_id, .. } = waiting;
        let found = store::issue::find(self.host.reader(), partnership_id, issue_id).await?;
        let Some((issue, provider_id)) = found.and_then(|issue| issue.provider_id.map(|id| (issue, id))) else {
            return Ok(Attachment::Waits);
        };
        let pledge = self.pledge_for(call, &issue, provider_id).await;
        match pledge {
            PledgeFound::NotAnswered => return Ok(Attachment::PeerSilent),
            PledgeFound::Refused => return Ok(Attachment::Waits),
            PledgeFound::Found(_) | PledgeFound::FoundBoth { .. } | PledgeFound::NothingPledged => {}
        }
        let decide = |present: &mut Issue| {
            let step = present.attach_as_asked(&issue, &pledge, call.now);
            step.into_iter().collect()
        };
        retrying(|| self.touch(call, partnership_id, issue_id, decide)).await?;
        Ok(Attachment::Attached)
    }

    /// Finds the issues whose due time is near or has passed, and says so in their history and to the others. Answers how many. An issue that
    /// fails is logged and passed over.
    ///
    /// # Errors
    ///
    /// When the issues that are due cannot be listed.
    pub(crate) async fn tell_of_due_times(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "timer of due times");
        let mut declared = 0;
        let mut after = None;
        while !self.host.shutdown().is_cancelled() {
            let all = store::issue::due_before(self.host.reader(), call.now, after, PER_ROUND).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.issue_id);
            for due in all {
                match retrying(|| self.touch(&call, due.partnership_id, due.issue_id, |_| Vec::new())).await {
                    Ok(()) => declared += 1,
                    Err(failure) => self.pass_over(&call, due, &failure.into()).await?,
                }
            }
        }
        Ok(declared)
    }

    /// Takes issues back from providers who did not answer in time, and puts them on the manager's list. Answers how many. An issue that fails
    /// is logged and passed over.
    ///
    /// # Errors
    ///
    /// When the issues that are not answered cannot be listed.
    pub(crate) async fn lapse_unanswered(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "timer of answers");
        let mut lapsed = 0;
        let mut after = None;
        while !self.host.shutdown().is_cancelled() {
            let all = store::issue::unanswered_before(self.host.reader(), call.now, after, PER_ROUND).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.issue_id);
            for unanswered in all {
                match retrying(|| self.lapse(&call, unanswered)).await {
                    Ok(done) => lapsed += usize::from(done),
                    Err(failure) => self.pass_over(&call, unanswered, &failure.into()).await?,
                }
            }
        }
        Ok(lapsed)
    }

    /// Answers whether the provider had not answered in the meantime.
    async fn lapse(&self, call: &Call, unanswered: Waiting) -> Result<bool, Error> {
        let Waiting { partnership_id, issue_id, .. } = unanswered;
        let calendar = self.calendar(partnership_id).await?;
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let found = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        let Some(before) = found else { return Ok(false) };
        let (mut issue, mut steps) = (before.clone(), Vec::new());
        if issue.is_unanswered(call.now) && self.is_with_its_council(&unit, &issue).await? {
            issue.await_no_answer();
            store::issue::update(unit.tx(), &before, &issue, call.now).await?;
            unit.commit(()).await?;
            return Ok(false);
        }
        // Both times may be the same: what was missed by then was missed by the provider who is about to lose it.
        issue.find_breach(&calendar, call.now, &mut steps);
        let Some(lapsed) = issue.lapse(call.now)? else { return Ok(false) };
        steps.push(lapsed);
        let writing = self.writing(call, &calendar, Author::rule());
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        unit.commit(()).await?;
        Ok(true)
    }

    /// Lets a rule of the service work on an issue; settling it finds what its due time calls for.
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
        let writing = self.writing(call, &calendar, Author::rule());
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        Ok(unit.commit(()).await?)
    }

    /// One issue that fails does not keep the others waiting; its turn comes again, later each time that it fails.
    pub(super) async fn pass_over(&self, call: &Call, waiting: Waiting, error: &Error) -> Result<(), Error> {
        let chain = causes_of(error).join(": ");
        let Waiting { issue_id, failure_count, .. } = waiting;
        tracing::error!(%issue_id, failure_count, %error, chain, "a timer passed over an issue; its turn comes again");
        self.put_off(call, waiting).await
    }

    async fn put_off(&self, call: &Call, waiting: Waiting) -> Result<(), Error> {
        let failed = Waiting { failure_count: waiting.failure_count.saturating_add(1), ..waiting };
        let until = next_attempt_time(call.now, failed.failure_count);
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::issue::put_off(unit.tx(), failed, until).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }
}
