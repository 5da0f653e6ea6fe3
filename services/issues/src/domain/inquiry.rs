//! Questions to whoever reported an issue, for as long as somebody waits for the answer.
//!
//! A question is no state of an issue: an issue that was sent to a provider, or accepted, waits where it stands; one in progress is put on
//! hold by the same move as by hand. The clock stands still only for a reason that the standard lists. Whoever makes the next move waits no
//! longer ([`Issue::wait_no_longer`], which every move comes through); so a question waits only where [`ASKED_IN`] says. What was asked and
//! answered is kept apart ([`Inquiry`]), since answers may hold personal data: they are shown to few, and erased with the person.

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::{WorkingCalendar, end_of_day, local_date};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use serde::{Deserialize, Serialize};

use super::anonymity::Traces;
use super::issue::{Issue, Step};
use super::refusal::Refusal;
use super::state::{IssueState, Move};

/// The kind of the step with which a question is asked.
pub(crate) const ASKED: &str = "issue.question_asked";
/// The kind of the step with which one is answered: the answer is what it confides.
pub(crate) const ANSWERED: &str = "issue.question_answered";
/// The kind of the step with which one lapses.
pub(crate) const LAPSED: &str = "issue.question_lapsed";
/// The reason by which the clock pauses where none is named.
pub(crate) const PAUSE_REASON: &str = "awaiting_reporter";
/// The most questions about one issue.
pub(crate) const MOST_QUESTIONS: i32 = 20;

/// Where an issue stands when somebody works on it, and may ask.
const ASKED_IN: [IssueState; 4] =
    [IssueState::Routed, IssueState::Accepted, IssueState::InProgress, IssueState::OnHold];

/// A question that waits, as its issue knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenQuestion {
    /// Its number.
    pub number: i32,
    /// By when it is to be answered.
    pub due_time: DateTime<Utc>,
    /// Whether the clock stands still because of it, and of nothing else.
    pub pauses_clock: bool,
    /// Whether the work is on hold because of it.
    pub holds_work: bool,
    /// By when the provider was to say yes or no to the issue when it was asked; none where that was said, or was moved by a question before.
    pub answer_due_time: Option<DateTime<Utc>>,
}

/// A question to whoever reported an issue, with its answer, which is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inquiry {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Its number: the questions of an issue count from 1.
    pub number: i32,
    /// What is asked, for everyone.
    pub text: String,
    /// When it was asked.
    pub ask_time: DateTime<Utc>,
    /// By when it is to be answered.
    pub due_time: DateTime<Utc>,
    /// Whether the clock stood still when it was asked.
    pub clock_paused: bool,
    /// What was answered, for staff, the provider and whoever reported the issue.
    pub answer: String,
    /// When; none while it is not answered.
    pub answer_time: Option<DateTime<Utc>>,
    /// Whoever answered it; none where staff did.
    pub reporter_id: Option<ReporterId>,
    /// When it lapsed without an answer.
    pub lapse_time: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { issue_id, number, .. } = self;
        f.debug_struct("Inquiry").field("issue_id", issue_id).field("number", number).finish_non_exhaustive()
    }
}

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits.
    Waiting,
    /// It was answered.
    Answered,
    /// Nobody answered in time.
    Lapsed,
    /// The work went on without the answer.
    Overtaken,
}

impl Inquiry {
    /// How it stands; `open` is the question for which its issue waits.
    #[must_use]
    pub(crate) fn standing(&self, open: Option<&OpenQuestion>) -> Standing {
        match (self.answer_time, self.lapse_time) {
            (Some(_), _) => Standing::Answered,
            (None, Some(_)) => Standing::Lapsed,
            (None, None) if open.is_some_and(|open| open.number == self.number) => Standing::Waiting,
            (None, None) => Standing::Overtaken,
        }
    }

    /// Takes people out of its words, and the answer altogether if it is the reporter who leaves; answers whether there was anything.
    pub(crate) fn forget(&mut self, traces: &Traces, reporter_leaves: bool) -> bool {
        let mut found = traces.remove_from(&mut self.text);
        if reporter_leaves {
            found |= !self.answer.is_empty();
            self.answer.clear();
        } else {
            found |= traces.remove_from(&mut self.answer);
        }
        found
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// What, for everyone.
    pub text: &'a str,
    /// The standard's word for why the clock may pause; empty for [`PAUSE_REASON`].
    pub pause_reason: &'a str,
    /// Within how many working days it is to be answered.
    pub within: u32,
}

/// An answer, and who gave it. It is never printed.
#[derive(Clone, Copy)]
pub(crate) struct Reply<'a> {
    /// What was answered.
    pub text: &'a str,
    /// Who answered; none for staff.
    pub reporter_id: Option<ReporterId>,
}

/// The end of the `count`-th working day after the day of an instant.
fn end_after(calendar: &WorkingCalendar, from: DateTime<Utc>, count: u32) -> DateTime<Utc> {
    end_of_day(calendar.add_working_days(local_date(from), count).date)
}

impl Issue {
    /// Asks whoever reported it, and waits.
    ///
    /// # Errors
    ///
    /// [`Refusal::NobodyAsks`] unless somebody works on it; [`Refusal::QuestionWaits`]; [`Refusal::TooManyQuestions`].
    pub(crate) fn ask_reporter(
        &mut self,
        asking: &Asking<'_>,
        calendar: &WorkingCalendar,
        now: DateTime<Utc>,
    ) -> Result<(Inquiry, Step), Refusal> {
        if !ASKED_IN.contains(&self.state) || self.provider_id.is_none() {
            return Err(Refusal::NobodyAsks { state: self.state });
        }
        if let Some(open) = &self.open_question {
            return Err(Refusal::QuestionWaits { state: self.state, number: open.number });
        }
        if self.question_count >= MOST_QUESTIONS {
            return Err(Refusal::TooManyQuestions { state: self.state });
        }
        let holds_work = self.state == IssueState::InProgress;
        let step =
            if holds_work { self.pass(Move::Hold, ASKED, now)? } else { self.step(ASKED, Some(self.state), now) };
        let due_time = end_after(calendar, now, asking.within);
        let pauses_clock = self.pause_for_question(asking.pause_reason, now);
        self.question_count += 1;
        let number = self.question_count;
        // However long the first waits, the provider has a working day left for its own answer; with more questions it wins no more time.
        let answer_due_time = self.answer_due_time.filter(|_| !self.answer_due_moved);
        if let Some(due) = answer_due_time {
            self.answer_due_time = Some(due.max(end_after(calendar, due_time, 1)));
            self.answer_due_moved = true;
        }
        self.open_question = Some(OpenQuestion { number, due_time, pauses_clock, holds_work, answer_due_time });
        let inquiry = Inquiry {
            partnership_id: self.partnership_id,
            issue_id: self.id,
            number,
            text: asking.text.to_owned(),
            ask_time: now,
            due_time,
            clock_paused: self.clock.stands_still(now),
            answer: String::new(),
            answer_time: None,
            reporter_id: None,
            lapse_time: None,
        };
        Ok((inquiry, step.saying(format!("A question to whoever reported it: {}", asking.text))))
    }

    /// Answers whether the clock stands still from now on, and did not before. Where the standard does not list the reason, or there is
    /// nothing left to measure, it does as it did.
    fn pause_for_question(&mut self, reason: &str, now: DateTime<Utc>) -> bool {
        let reason = if reason.is_empty() { PAUSE_REASON } else { reason };
        let runs = !self.clock.is_paused() && self.clock.stopped_time().is_none();
        runs && self.clock.pause(reason, now).is_ok()
    }

    /// Whoever reported it answers. If it waits for that, it goes on; a late answer is kept and moves nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::QuestionAnswered`]; [`Refusal::AnswerTooLate`] when the issue has ended.
    pub(crate) fn answer_question(
        &mut self,
        inquiry: &mut Inquiry,
        reply: Reply<'_>,
        calendar: &WorkingCalendar,
        now: DateTime<Utc>,
    ) -> Result<Step, Refusal> {
        if inquiry.answer_time.is_some() {
            return Err(Refusal::QuestionAnswered { state: self.state, number: inquiry.number });
        }
        if !self.state.is_open() {
            return Err(Refusal::AnswerTooLate { state: self.state });
        }
        let waits = self.open_question.as_ref().is_some_and(|open| open.number == inquiry.number);
        let (step, note) = if waits {
            (self.go_on(ANSWERED, calendar, now)?, "Whoever reported it has answered the question.")
        } else {
            let note = "Whoever reported it has answered a question for which nobody waited any more.";
            (self.step(ANSWERED, Some(self.state), now), note)
        };
        reply.text.clone_into(&mut inquiry.answer);
        inquiry.answer_time = Some(now);
        inquiry.reporter_id = reply.reporter_id;
        Ok(step.saying(note).confiding(reply.text))
    }

    /// Nobody answered in time: it goes on without. Answers the number of the question; nothing where there is (still) time, or nothing to
    /// wait for.
    ///
    /// # Errors
    ///
    /// Never in practice: what a question holds can be resumed.
    pub(crate) fn lapse_question(
        &mut self,
        calendar: &WorkingCalendar,
        now: DateTime<Utc>,
    ) -> Result<Option<(i32, Step)>, Refusal> {
        let late = self.open_question.as_ref().filter(|open| open.due_time < now);
        let Some(number) = late.map(|open| open.number) else { return Ok(None) };
        let step = self.go_on(LAPSED, calendar, now)?.by_rule();
        Ok(Some((number, step.saying("Nobody answered the question in time; it goes on without an answer."))))
    }

    /// Goes on after a question, from where it stood.
    fn go_on(&mut self, kind: &str, calendar: &WorkingCalendar, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let open = self.stop_waiting(now);
        if self.state == IssueState::Routed {
            let before = open.as_ref().and_then(|open| open.answer_due_time);
            self.answer_due_time = before.map(|due| due.max(end_after(calendar, now, 1))).or(self.answer_due_time);
        }
        if open.is_some_and(|open| open.holds_work) {
            self.pass(Move::Resume, kind, now)
        } else {
            Ok(self.step(kind, Some(self.state), now))
        }
    }

    /// Nobody waits for an answer any more, and the clock goes on if it stood still for that: from the end of the time to answer, however late
    /// that is noticed.
    fn stop_waiting(&mut self, now: DateTime<Utc>) -> Option<OpenQuestion> {
        let open = self.open_question.take()?;
        if open.pauses_clock {
            self.clock.run_on(now.min(open.due_time));
        }
        Some(open)
    }

    /// After every move: whoever goes on does not wait, but who accepts an issue may still want to know. What has ended has its clock stopped at
    /// its own time, by whoever ends it.
    pub(super) fn wait_no_longer(&mut self, by: Move, now: DateTime<Utc>) {
        if by == Move::Accept {
            return;
        }
        if self.state.is_open() {
            self.stop_waiting(now);
        } else {
            self.open_question = None;
        }
    }
}

#[cfg(test)]
mod tests;
