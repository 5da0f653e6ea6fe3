//! What a council's own system is told of what happens here to an issue that it has taken.
//!
//! [`update_of`] looks at each move. It finds what the council could not know: that the issue is open again, that it is needed no more, or
//! that somebody else deals with it. What is told are sentences of ours, the same for every issue, which name nobody. They are told in their
//! order; each is sent under one id until it was taken or refused. To tell of another move, add its kind with its sentence, and say in
//! [`update_of`] which move it is.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{ForwardingUpdateId, IssueId, PartnershipId, ProviderId, words};
use serde::{Deserialize, Serialize};

use super::backoff::next_attempt_time;
use super::forwarding::{Forwarding, Heard};
use super::issue::Issue;
use super::state::IssueState;
use super::update::UpdateStatus;

words! {
    /// What a council is told.
    pub(crate) enum ForwardingUpdateKind {
        /// The issue had ended, and is open again.
        Reopened = "reopened",
        /// It was with somebody else, or with nobody, and is with the council again.
        Returned = "returned",
        /// Whoever reported it took it back.
        Withdrawn = "withdrawn",
        /// It repeats another.
        Duplicate = "duplicate",
        /// Nothing is to be done.
        NoAction = "no_action",
        /// It was open again, and its closing was right after all.
        Upheld = "upheld",
        /// Somebody else deals with it.
        Elsewhere = "elsewhere",
    }
}

words! {
    /// How far it has come.
    pub(crate) enum ForwardingUpdateState {
        /// It waits for its turn.
        Waiting = "waiting",
        /// It was sent, and may have been taken: there is no answer.
        InDoubt = "in_doubt",
        /// It was taken.
        Sent = "sent",
        /// It was not taken.
        Refused = "refused",
    }
}

/// Why nothing is told of an issue to a council that may not have it.
pub(crate) const UNTAKEN: &str = "Nobody knows whether the council has the issue.";
/// So many of the last that a council was told of an issue are shown.
pub(crate) const MOST_SHOWN: i32 = 20;
/// The clocks of two systems differ a little, and what lies in the future is refused: nothing is told before so long has passed.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// A sender that was cut off is taken for gone after so long.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// After so many times, which takes two days, it counts as refused.
const MOST_ATTEMPTS: i32 = 60;

impl ForwardingUpdateKind {
    /// Whether it says that the issue is open; else that it is closed.
    #[must_use]
    pub(crate) const fn is_of_open(self) -> bool {
        match self {
            Self::Reopened | Self::Returned => true,
            Self::Withdrawn | Self::Duplicate | Self::NoAction | Self::Upheld | Self::Elsewhere => false,
        }
    }

    /// How the issue stands, in the words of Open311. Another Pathfinder moves nothing for OPEN, and opens again for REOPEN.
    #[must_use]
    pub(crate) const fn status(self, is_pathfinder: bool) -> UpdateStatus {
        match (self.is_of_open(), is_pathfinder) {
            (false, _) => UpdateStatus::Closed,
            (true, true) => UpdateStatus::Reopen,
            (true, false) => UpdateStatus::Open,
        }
    }

    /// What is said of it.
    #[must_use]
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Reopened => "This was opened again: there is still something to do.",
            Self::Returned => "This is with you again.",
            Self::Withdrawn => "This is not needed any more: whoever reported it took it back.",
            Self::Duplicate => "This is not needed any more: it is the same as another report.",
            Self::NoAction => "This is not needed any more: it was closed without action.",
            Self::Upheld => "This is not needed any more: it was closed rightly, as it was found.",
            Self::Elsewhere => "This is handled by somebody else now.",
        }
    }

    /// Whether words are those of an update: a council that shows what it was told shows us our own.
    #[must_use]
    pub(crate) fn is_one_said(words: &str) -> bool {
        Self::ALL.iter().any(|kind| kind.said() == words.trim())
    }
}

/// Whether an issue stands elsewhere than before, or with somebody else: nothing else is told.
#[must_use]
pub(crate) fn has_moved(before: &Issue, after: &Issue) -> bool {
    (before.state, before.provider_id) != (after.state, after.provider_id)
}

/// What a move tells the council that is this provider; none for what it knows, or need not know.
#[must_use]
pub(crate) fn update_of(before: &Issue, after: &Issue, council: ProviderId) -> Option<ForwardingUpdateKind> {
    use IssueState as S;
    let was_elsewhere = before.provider_id.is_some_and(|provider_id| provider_id != council);
    if !has_moved(before, after) || (was_elsewhere && after.provider_id != Some(council)) {
        return None;
    }
    match after.state {
        S::Withdrawn => Some(ForwardingUpdateKind::Withdrawn),
        S::Duplicate => Some(ForwardingUpdateKind::Duplicate),
        S::NoAction => Some(ForwardingUpdateKind::NoAction),
        // What was resolved is closed by the way. What is still open is closed because a closing was right.
        S::Closed => before.state.is_open().then_some(ForwardingUpdateKind::Upheld),
        // It is the council that resolves what is with it.
        S::Resolved => None,
        S::Reported
        | S::AwaitingModeration
        | S::Triaged
        | S::Routed
        | S::Accepted
        | S::InProgress
        | S::OnHold
        | S::NotResponsible
        | S::Reopened => of_open(before, after, council),
    }
}

/// The same of an issue that is open after its move.
fn of_open(before: &Issue, after: &Issue, council: ProviderId) -> Option<ForwardingUpdateKind> {
    let is_with_it = after.provider_id? == council;
    let was_with_it = before.provider_id == Some(council);
    match (was_with_it, is_with_it) {
        (_, false) => Some(ForwardingUpdateKind::Elsewhere),
        (false, true) => Some(ForwardingUpdateKind::Returned),
        (true, true) => (!before.state.is_open()).then_some(ForwardingUpdateKind::Reopened),
    }
}

/// Something that a council's own system is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForwardingUpdate {
    /// By which it is known there when it comes again.
    pub id: ForwardingUpdateId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Who is told.
    pub endpoint: String,
    /// Its place among what that council is told of the issue, from 1 on.
    pub number: i32,
    /// What it tells.
    pub kind: ForwardingUpdateKind,
    /// When that happened; not before what was told before it.
    pub happened_time: DateTime<Utc>,
    /// How far it has come.
    pub state: ForwardingUpdateState,
    /// How often it was sent.
    pub attempt_count: i32,
    /// When its turn comes; none when it is settled.
    pub next_attempt_time: Option<DateTime<Utc>>,
    /// What was last heard of it; may be empty.
    pub note: String,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
}

impl ForwardingUpdate {
    /// What comes after the `last` that was told of the issue there; none where that closed it for the same reason.
    #[must_use]
    pub(crate) fn after(
        last: Option<&Self>,
        id: ForwardingUpdateId,
        kind: ForwardingUpdateKind,
        forwarding: &Forwarding,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let says_so = |last: &Self| last.kind == kind && last.state != ForwardingUpdateState::Refused;
        if !kind.is_of_open() && last.is_some_and(says_so) {
            return None;
        }
        let mut update = Self {
            id,
            partnership_id: forwarding.partnership_id,
            issue_id: forwarding.issue_id,
            endpoint: forwarding.endpoint.clone(),
            number: last.map_or(1, |last| last.number.saturating_add(1)),
            kind,
            happened_time: last.map_or(now, |last| last.happened_time.max(now)),
            state: ForwardingUpdateState::Waiting,
            attempt_count: 0,
            next_attempt_time: Some(now + PAUSE),
            note: String::new(),
            update_time: now,
        };
        if forwarding.is_untaken_at_its_end() {
            update.call_off(UNTAKEN, now);
        }
        Some(update)
    }

    /// Notes that it goes out now. To be kept before it does.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.state = ForwardingUpdateState::InDoubt;
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.next_attempt_time = Some(now + LEASE);
        self.update_time = now;
    }

    /// Notes what was heard of it. There is no id to hear of: whatever says that it was taken will do.
    pub(crate) fn hear(&mut self, heard: Heard, now: DateTime<Utc>) {
        match heard {
            Heard::Taken(_) | Heard::Token(_) => self.settle(ForwardingUpdateState::Sent, String::new(), now),
            Heard::Refused(why) | Heard::Mistaken(why) => self.settle(ForwardingUpdateState::Refused, why, now),
            Heard::Later(why) => self.wait(ForwardingUpdateState::Waiting, why, now),
            Heard::Nothing(why) => self.wait(ForwardingUpdateState::InDoubt, why, now),
        }
    }

    /// Whether it still says how the issue stands. That it has ended is told in any case, since what comes after it says more.
    #[must_use]
    pub(crate) fn is_still_so(&self, issue: &Issue, council: ProviderId) -> bool {
        !self.kind.is_of_open() || (issue.state.is_open() && issue.provider_id == Some(council))
    }

    /// Notes that it is not to go out, or not again.
    pub(crate) fn call_off(&mut self, why: &str, now: DateTime<Utc>) {
        self.settle(ForwardingUpdateState::Refused, why.to_owned(), now);
    }

    /// Whether a person may have it sent again, if nothing was told after it.
    #[must_use]
    pub(crate) fn is_refused(&self) -> bool {
        self.state == ForwardingUpdateState::Refused
    }

    /// Lets it have another try.
    pub(crate) const fn retry(&mut self, now: DateTime<Utc>) {
        self.state = ForwardingUpdateState::Waiting;
        self.attempt_count = 0;
        self.next_attempt_time = Some(now);
        self.update_time = now;
    }

    fn wait(&mut self, state: ForwardingUpdateState, why: String, now: DateTime<Utc>) {
        if self.attempt_count >= MOST_ATTEMPTS {
            return self.settle(ForwardingUpdateState::Refused, why, now);
        }
        self.state = state;
        self.note = why;
        self.next_attempt_time = Some(next_attempt_time(now, u32::try_from(self.attempt_count).unwrap_or(1)));
        self.update_time = now;
    }

    fn settle(&mut self, state: ForwardingUpdateState, note: String, now: DateTime<Utc>) {
        self.state = state;
        self.note = note;
        self.next_attempt_time = None;
        self.update_time = now;
    }
}

#[cfg(test)]
mod tests;
