//! The time within which a provider pledges to answer, measured beside the time within which it pledges to put an issue right.
//!
//! It has a due time and a breach of its own, and takes its facts from the one clock: the same start events, the first answer, and such
//! pauses as its own pledge has a reason for. Where nothing but an answer is pledged, that pledge is the clock's own, and nothing stands here.

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{ProviderId, StandardId};
use serde::{Deserialize, Serialize};

use super::reckon::{self, Due};
use super::{Clock, FormerBreach, Measure, OnTime, Pause, Pledge, earliest, has_passed};

/// A pledge to answer, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResponseClock {
    /// What is pledged.
    pub pledge: Pledge,
    /// The due time, worked out by [`Clock::reckon`].
    pub due: Option<Due>,
    /// The due time that was found to have passed; taken back when the facts no longer bear it out.
    pub breach_time: Option<DateTime<Utc>>,
    /// Who had the issue when that was first found; stays when the breach is taken back. None where nobody had it.
    pub breach_provider_id: Option<ProviderId>,
}

/// How a response time stands, as others are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResponseTime {
    /// The version of the standard.
    pub standard_id: StandardId,
    /// By when an answer is due; none before its clock starts.
    pub due_time: Option<DateTime<Utc>>,
    /// When somebody answered.
    pub stopped_time: Option<DateTime<Utc>>,
    /// Whether that was in time.
    pub on_time: OnTime,
    /// Whether the due time was found to have passed first.
    pub breached: bool,
    /// Who had the issue then; none unless it is breached, and where nobody had it.
    pub breach_provider_id: Option<ProviderId>,
}

impl ResponseClock {
    /// One that was never found to be missed.
    const fn new(pledge: Pledge) -> Self {
        Self { pledge, due: None, breach_time: None, breach_provider_id: None }
    }

    /// By when an answer is due.
    #[must_use]
    pub(crate) fn due_time(&self) -> Option<DateTime<Utc>> {
        self.due.as_ref().map(|due| due.time)
    }

    /// Those pauses of the clock for which this pledge has a reason.
    fn pauses<'a>(&'a self, all: &'a [Pause]) -> impl Iterator<Item = &'a Pause> {
        all.iter().filter(move |pause| self.pledge.pause_reasons.contains(&pause.reason))
    }

    /// The pause in which it stands still, until its cap is reached.
    fn open_pause<'a>(&'a self, all: &'a [Pause]) -> Option<&'a Pause> {
        self.pauses(all).last().filter(|pause| pause.to.is_none())
    }
}

impl Clock {
    /// When somebody answered: the provider by taking it, or whoever ended it, which may be told after it was put right.
    #[must_use]
    pub(crate) fn answer_time(&self) -> Option<DateTime<Utc>> {
        earliest(self.answered, self.ended)
    }

    /// How the response time stands, where one is measured beside the resolution time.
    #[must_use]
    pub(crate) fn response_time(&self, now: DateTime<Utc>) -> Option<ResponseTime> {
        let own = self.response.as_ref()?;
        Some(ResponseTime {
            standard_id: own.pledge.standard_id,
            due_time: own.due_time(),
            stopped_time: self.answer_time(),
            on_time: self.response_on_time(now),
            breached: own.breach_time.is_some(),
            breach_provider_id: own.breach_time.and(own.breach_provider_id),
        })
    }

    /// Whether the time to answer passed before anybody did. As with [`Clock::has_breached`], a clock that stands still passes nothing.
    #[must_use]
    pub(crate) fn has_missed_response(&self, now: DateTime<Utc>) -> bool {
        let Some(own) = self.response.as_ref().filter(|_| !self.excluded) else { return false };
        let Some(due) = own.due_time() else { return false };
        has_passed(due, self.answer_time(), own.open_pause(&self.pauses), own.pledge.terms().pause_cap(), now)
    }

    fn response_on_time(&self, now: DateTime<Utc>) -> OnTime {
        match (self.excluded, self.has_missed_response(now), self.answer_time()) {
            (true, _, _) => OnTime::NotMeasured,
            (false, true, _) => OnTime::Late,
            (false, false, Some(_)) => OnTime::Met,
            (false, false, None) => OnTime::Running,
        }
    }

    /// Works out by when an answer is due.
    pub(super) fn reckon_response(&mut self, calendar: &WorkingCalendar) {
        let Some(own) = &self.response else { return };
        let pauses = own.pauses(&self.pauses).map(Pause::span);
        let start = self.start_of(&own.pledge);
        let due = start.map(|start| reckon::due(start, own.pledge.terms(), pauses, calendar));
        if let Some(own) = &mut self.response {
            own.due = due;
        }
    }

    /// When to look again whether the time to answer has passed; none when there is nothing to find.
    pub(super) fn next_look_for_response(&self) -> Option<DateTime<Utc>> {
        let own = self.response.as_ref()?;
        let paused_for_good = own.open_pause(&self.pauses).is_some() && own.pledge.terms().pause_cap().is_none();
        let settled = own.breach_time.is_some() || self.excluded || self.answer_time().is_some();
        own.due_time().filter(|_| !settled && !paused_for_good)
    }

    /// Is measured against this pledge to answer no more, unless `next` is the same version of the standard. What was missed stays with
    /// whoever missed it.
    pub(super) fn leave_response(&mut self, next: Option<&Pledge>, holder: Option<ProviderId>, now: DateTime<Utc>) {
        let is_left = |own: &mut ResponseClock| next.is_none_or(|next| next.standard_id != own.pledge.standard_id);
        let Some(left) = self.response.take_if(is_left) else { return };
        if let Some((due_time, provider_id)) = left.breach_time.zip(left.breach_provider_id.or(holder)) {
            let standard_id = Some(left.pledge.standard_id);
            let measure = Measure::Response;
            self.former_breaches.push(FormerBreach { standard_id, provider_id, measure, due_time, leave_time: now });
        }
    }

    /// Is measured against this pledge to answer from now on, from the same start. What was missed of it before comes back with it.
    pub(super) fn take_up_response(&mut self, next: Option<Pledge>) {
        let Some(pledge) = next else { return };
        if let Some(own) = &mut self.response {
            own.pledge = pledge;
            return;
        }
        let missed = self.recall(pledge.standard_id);
        let mut own = ResponseClock::new(pledge);
        if let Some(missed) = missed {
            own.breach_time = Some(missed.due_time);
            own.breach_provider_id = Some(missed.provider_id);
        }
        self.response = Some(own);
    }
}

#[cfg(test)]
mod tests;
