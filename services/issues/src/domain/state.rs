//! Where an issue stands, and every move that it can make.
//!
//! [`TABLE`] is the whole state machine: a move that is not a row of it is refused. To add one, add its row, name it in [`Move`]
//! if it is new, and say in the test what the domain now allows.

use super::refusal::Refusal;
use pathfinder_terms::words;

words! {
    /// Where an issue stands.
    pub(crate) enum IssueState {
        /// Received and not yet looked at.
        Reported = "reported",
        /// Held back for a person to read.
        AwaitingModeration = "awaiting_moderation",
        /// Fit to act on, with nobody answerable yet: on the manager's list.
        Triaged = "triaged",
        /// A provider is answerable, and has not said yes or no.
        Routed = "routed",
        /// The provider says that it is theirs.
        Accepted = "accepted",
        /// The provider is at work on it.
        InProgress = "in_progress",
        /// Work waits for something.
        OnHold = "on_hold",
        /// The provider says that it is fixed.
        Resolved = "resolved",
        /// Finished.
        Closed = "closed",
        /// The same thing as another issue.
        Duplicate = "duplicate",
        /// Refused by a provider, with nobody else answerable yet: on the manager's list.
        NotResponsible = "not_responsible",
        /// Ended without action.
        NoAction = "no_action",
        /// Taken back by its reporter.
        Withdrawn = "withdrawn",
        /// Disputed by a resident, or parted from what it seemed to repeat, with nobody answerable: on the manager's list.
        Reopened = "reopened",
    }
}

words! {
    /// What moves an issue.
    pub(crate) enum Move {
        /// Its words hold it back.
        HoldBack = "hold_back",
        /// It is fit to act on.
        Triage = "triage",
        /// A provider becomes answerable.
        Route = "route",
        /// The provider takes it.
        Accept = "accept",
        /// The provider refuses it.
        Refuse = "refuse",
        /// Work begins.
        StartWork = "start_work",
        /// Work waits.
        Hold = "hold",
        /// Work goes on.
        Resume = "resume",
        /// It is fixed.
        Resolve = "resolve",
        /// It is finished.
        Close = "close",
        /// Nothing will be done.
        CloseWithoutAction = "close_without_action",
        /// It repeats another.
        MarkDuplicate = "mark_duplicate",
        /// The reporter takes it back.
        Withdraw = "withdraw",
        /// A resident disputes the closing.
        Dispute = "dispute",
        /// It does not repeat the other after all.
        UnmarkDuplicate = "unmark_duplicate",
        /// The manager upholds a closing that was disputed.
        Uphold = "uphold",
        /// It is found to be of another category, for which somebody else may be answerable.
        Recategorise = "recategorise",
    }
}

use IssueState as S;
use Move as M;

/// Every allowed move: from, by, to.
#[rustfmt::skip]
pub(crate) const TABLE: &[(IssueState, Move, IssueState)] = &[
    (S::Reported,           M::HoldBack,           S::AwaitingModeration),
    (S::Reported,           M::Triage,             S::Triaged),
    (S::AwaitingModeration, M::Triage,             S::Triaged),
    (S::Reopened,           M::HoldBack,           S::AwaitingModeration),

    (S::Triaged,            M::Route,              S::Routed),
    (S::Routed,             M::Route,              S::Routed),
    (S::Accepted,           M::Route,              S::Routed),
    (S::NotResponsible,     M::Route,              S::Routed),
    (S::Reopened,           M::Route,              S::Routed),

    (S::Routed,             M::Accept,             S::Accepted),
    (S::Routed,             M::Refuse,             S::NotResponsible),
    (S::Accepted,           M::Refuse,             S::NotResponsible),

    (S::Accepted,           M::StartWork,          S::InProgress),
    (S::InProgress,         M::Hold,               S::OnHold),
    (S::OnHold,             M::Resume,             S::InProgress),
    (S::InProgress,         M::Resolve,            S::Resolved),
    (S::Resolved,           M::Close,              S::Closed),

    (S::AwaitingModeration, M::CloseWithoutAction, S::NoAction),
    (S::Triaged,            M::CloseWithoutAction, S::NoAction),
    (S::Routed,             M::CloseWithoutAction, S::NoAction),
    (S::Accepted,           M::CloseWithoutAction, S::NoAction),
    (S::InProgress,         M::CloseWithoutAction, S::NoAction),
    (S::OnHold,             M::CloseWithoutAction, S::NoAction),
    (S::NotResponsible,     M::CloseWithoutAction, S::NoAction),
    (S::Reopened,           M::CloseWithoutAction, S::NoAction),

    (S::AwaitingModeration, M::MarkDuplicate,      S::Duplicate),
    (S::Triaged,            M::MarkDuplicate,      S::Duplicate),
    (S::Routed,             M::MarkDuplicate,      S::Duplicate),
    (S::Accepted,           M::MarkDuplicate,      S::Duplicate),
    (S::InProgress,         M::MarkDuplicate,      S::Duplicate),
    (S::OnHold,             M::MarkDuplicate,      S::Duplicate),
    (S::NotResponsible,     M::MarkDuplicate,      S::Duplicate),
    (S::Reopened,           M::MarkDuplicate,      S::Duplicate),

    (S::AwaitingModeration, M::Withdraw,           S::Withdrawn),
    (S::Triaged,            M::Withdraw,           S::Withdrawn),
    (S::Routed,             M::Withdraw,           S::Withdrawn),
    (S::Accepted,           M::Withdraw,           S::Withdrawn),
    (S::InProgress,         M::Withdraw,           S::Withdrawn),
    (S::OnHold,             M::Withdraw,           S::Withdrawn),
    (S::NotResponsible,     M::Withdraw,           S::Withdrawn),
    (S::Reopened,           M::Withdraw,           S::Withdrawn),

    (S::Resolved,           M::Dispute,            S::Reopened),
    (S::Closed,             M::Dispute,            S::Reopened),
    (S::NoAction,           M::Dispute,            S::Reopened),
    (S::Duplicate,          M::Dispute,            S::Reopened),
    (S::Duplicate,          M::UnmarkDuplicate,    S::Reopened),

    (S::Reopened,           M::Uphold,             S::Closed),
    (S::Routed,             M::Uphold,             S::Closed),
    (S::Accepted,           M::Uphold,             S::Closed),
    (S::InProgress,         M::Uphold,             S::Closed),
    (S::OnHold,             M::Uphold,             S::Closed),

    // Where the same provider is answerable for the new category, or nobody still, it stays where it stands.
    (S::AwaitingModeration, M::Recategorise,       S::AwaitingModeration),
    (S::Triaged,            M::Recategorise,       S::Triaged),
    (S::Routed,             M::Recategorise,       S::Triaged),
    (S::Accepted,           M::Recategorise,       S::Triaged),
    (S::InProgress,         M::Recategorise,       S::Triaged),
    (S::OnHold,             M::Recategorise,       S::Triaged),
    (S::NotResponsible,     M::Recategorise,       S::Triaged),
    (S::Reopened,           M::Recategorise,       S::Triaged),
];

impl Move {
    /// What happens to the issue, behind "it can".
    #[must_use]
    pub(crate) const fn spoken(self) -> &'static str {
        match self {
            Self::HoldBack => "be held back",
            Self::Triage => "be triaged",
            Self::Route => "be sent to a provider",
            Self::Accept => "be accepted",
            Self::Refuse => "be refused",
            Self::StartWork => "be worked on",
            Self::Hold => "be put on hold",
            Self::Resume => "be resumed",
            Self::Resolve => "be resolved",
            Self::Close => "be closed",
            Self::CloseWithoutAction => "be closed without action",
            Self::MarkDuplicate => "be marked as a duplicate",
            Self::Withdraw => "be taken back",
            Self::Dispute => "be disputed",
            Self::UnmarkDuplicate => "be parted from what it repeats",
            Self::Uphold => "have its closing upheld",
            Self::Recategorise => "be moved to another category",
        }
    }

    /// The states from which the table allows it.
    pub(crate) fn states(self) -> impl Iterator<Item = IssueState> {
        TABLE.iter().filter(move |(_, by, _)| *by == self).map(|(from, _, _)| *from)
    }
}

impl IssueState {
    /// The state, behind "it is".
    #[must_use]
    pub(crate) const fn spoken(self) -> &'static str {
        match self {
            Self::Reported => "just reported",
            Self::AwaitingModeration => "waiting to be read",
            Self::Triaged => "triaged",
            Self::Routed => "sent to a provider",
            Self::Accepted => "accepted",
            Self::InProgress => "in progress",
            Self::OnHold => "on hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Duplicate => "a duplicate",
            Self::NotResponsible => "refused by its provider",
            Self::NoAction => "closed without action",
            Self::Withdrawn => "taken back",
            Self::Reopened => "reopened",
        }
    }

    /// The state after a move.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] when the table has no such row.
    pub(crate) fn after(self, by: Move) -> Result<Self, Refusal> {
        let row = TABLE.iter().find(|(from, with, _)| *from == self && *with == by);
        row.map(|(_, _, to)| *to).ok_or(Refusal::StateForbids { state: self, wanted: by })
    }

    /// The moves that the table allows from here.
    pub(crate) fn moves(self) -> impl Iterator<Item = Move> {
        TABLE.iter().filter(move |(from, _, _)| *from == self).map(|(_, by, _)| *by)
    }

    /// Whether there is still something to do: the family that Open311 calls open.
    #[must_use]
    pub(crate) const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed | Self::Duplicate | Self::NoAction | Self::Withdrawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State by state, where an issue can go from each in one move.
    #[rustfmt::skip]
    fn reachable(from: IssueState) -> &'static [IssueState] {
        match from {
            S::Reported => &[S::AwaitingModeration, S::Triaged],
            S::AwaitingModeration => &[S::AwaitingModeration, S::Triaged, S::NoAction, S::Duplicate, S::Withdrawn],
            S::Triaged => &[S::Triaged, S::Routed, S::NoAction, S::Duplicate, S::Withdrawn],
            S::Routed => &[S::Triaged, S::Routed, S::Accepted, S::NotResponsible, S::NoAction, S::Duplicate, S::Withdrawn, S::Closed],
            S::Accepted => &[S::Triaged, S::Routed, S::NotResponsible, S::InProgress, S::NoAction, S::Duplicate, S::Withdrawn, S::Closed],
            S::InProgress => &[S::Triaged, S::OnHold, S::Resolved, S::NoAction, S::Duplicate, S::Withdrawn, S::Closed],
            S::OnHold => &[S::Triaged, S::InProgress, S::NoAction, S::Duplicate, S::Withdrawn, S::Closed],
            S::Resolved => &[S::Closed, S::Reopened],
            S::Closed | S::NoAction | S::Duplicate => &[S::Reopened],
            S::NotResponsible => &[S::Triaged, S::Routed, S::NoAction, S::Duplicate, S::Withdrawn],
            S::Withdrawn => &[],
            S::Reopened => &[S::AwaitingModeration, S::Triaged, S::Routed, S::NoAction, S::Duplicate, S::Withdrawn, S::Closed],
        }
    }

    #[test]
    fn every_pair_of_states_is_as_the_domain_says() {
        for from in IssueState::ALL {
            for to in IssueState::ALL {
                let allowed = TABLE.iter().any(|(a, _, b)| a == from && b == to);
                assert_eq!(allowed, reachable(*from).contains(to), "{} to {}", from.word(), to.word());
            }
        }
    }

    #[test]
    fn every_state_and_move_has_at_most_one_outcome() {
        for from in IssueState::ALL {
            for by in Move::ALL {
                let rows = TABLE.iter().filter(|(a, m, _)| a == from && m == by).count();
                assert!(rows <= 1, "{} by {} has {rows} outcomes", from.word(), by.word());
                let refused = Refusal::StateForbids { state: *from, wanted: *by };
                assert_eq!(from.after(*by).err(), (rows == 0).then_some(refused));
            }
        }
    }

    #[test]
    fn an_issue_gets_another_category_as_long_as_somebody_is_to_deal_with_it() {
        for state in IssueState::ALL {
            // What is just reported is never kept so.
            let expected = state.is_open() && *state != S::Reported;
            assert_eq!(state.after(M::Recategorise).is_ok(), expected, "{}", state.word());
        }
    }

    #[test]
    fn closed_states_leave_only_by_a_dispute_and_duplicates_by_a_mistake_put_right() {
        for (from, by, _) in TABLE.iter().filter(|(from, _, _)| !from.is_open()) {
            let put_right = (*from, *by) == (S::Duplicate, M::UnmarkDuplicate);
            assert!(put_right || matches!(by, M::Dispute | M::Close), "{} leaves by {}", from.word(), by.word());
        }
    }
}
