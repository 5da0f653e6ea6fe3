//! How far the issues of the demonstration get, and how many of each: two hundred in all, at every stage.

/// How long ago an issue was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Within the last day, so that every pledge is ahead.
    Fresh,
    /// Five to nine weeks ago: long enough for every pledge to have passed if nothing was done.
    Old,
}

/// How an issue goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journey {
    /// Waits for its provider's answer.
    Routed,
    /// Taken by its provider.
    Accepted,
    /// At work.
    AtWork,
    /// Waiting for parts, the clock paused.
    OnHold,
    /// Fixed in time, says its provider.
    Resolved,
    /// Fixed late, says its provider.
    ResolvedLate,
    /// Fixed and closed by the manager.
    Closed,
    /// Fixed late and closed by the manager.
    ClosedLate,
    /// Fixed, and the resident says so, too.
    Confirmed,
    /// Said to be fixed, and disputed: back at its provider.
    Disputed,
    /// Disputed, and the closing upheld.
    Upheld,
    /// Refused by its provider, who named another.
    Rerouted,
    /// Refused by its provider: on the manager's list.
    Refused,
    /// Nobody is answerable: on the manager's list.
    Triaged,
    /// Held back for a person to read.
    Held,
    /// Held back, read, and let through in other words.
    Released,
    /// The same as the loop's issue.
    Duplicate,
    /// Ended without action.
    NoAction,
    /// Ended without action, and disputed with nobody answerable.
    Reopened,
    /// Taken back by its reporter.
    Withdrawn,
}

use Journey::{
    Accepted, AtWork, Closed, ClosedLate, Confirmed, Disputed, Duplicate, Held, NoAction, OnHold, Refused, Released,
    Reopened, Rerouted, Resolved, ResolvedLate, Routed, Triaged, Upheld, Withdrawn,
};

/// Every journey, how long ago it began, and how many take it. The loop's own issue comes on top.
pub(super) const JOURNEYS: &[(Journey, Age, usize)] = &[
    (Routed, Age::Fresh, 12),
    (Routed, Age::Old, 5),
    (Accepted, Age::Fresh, 9),
    (Accepted, Age::Old, 4),
    (AtWork, Age::Fresh, 8),
    (AtWork, Age::Old, 5),
    (OnHold, Age::Fresh, 5),
    (Resolved, Age::Old, 11),
    (ResolvedLate, Age::Old, 4),
    (Closed, Age::Old, 16),
    (ClosedLate, Age::Old, 6),
    (Confirmed, Age::Old, 18),
    (Disputed, Age::Old, 4),
    (Upheld, Age::Old, 2),
    (Rerouted, Age::Fresh, 3),
    (Refused, Age::Fresh, 3),
    (Triaged, Age::Fresh, 5),
    (Held, Age::Fresh, 2),
    (Released, Age::Fresh, 1),
    (Duplicate, Age::Fresh, 3),
    (NoAction, Age::Old, 4),
    (Reopened, Age::Old, 1),
    (Withdrawn, Age::Fresh, 2),
];

/// How a case that is brought in from the council's own system stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Former {
    /// Closed by its target date.
    InTime,
    /// Closed after it.
    Late,
    /// Closed, and that system had no target for it.
    WithoutTarget,
    /// Open, its target date ahead.
    Open,
    /// Open, its target date past.
    Overdue,
}

/// The cases that are brought in, and how many of each.
pub(super) const FORMER: &[(Former, usize)] =
    &[(Former::InTime, 34), (Former::Late, 14), (Former::WithoutTarget, 4), (Former::Open, 6), (Former::Overdue, 8)];

/// Every issue that is reported, one by one, in order.
pub(super) fn reported() -> impl Iterator<Item = (usize, Journey, Age)> {
    let each = JOURNEYS.iter().flat_map(|(journey, age, count)| std::iter::repeat_n((*journey, *age), *count));
    each.enumerate().map(|(place, (journey, age))| (place, journey, age))
}

/// Every case that is brought in, one by one, in order.
pub(super) fn brought_in() -> impl Iterator<Item = (usize, Former)> {
    FORMER.iter().flat_map(|(former, count)| std::iter::repeat_n(*former, *count)).enumerate()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_the_loop_there_are_two_hundred_issues() {
        assert_eq!((reported().count(), brought_in().count()), (133, 66));
        assert_eq!(reported().count() + brought_in().count() + 1, 200);
    }
}
