//! The states of a commitment and the moves between them, in one table.
//!
//! To allow another move, add its row; the test beside it lists every pair of states that may follow one another and fails until it
//! lists the new one.

use super::super::Refusal;
use pathfinder_terms::words;

words! {
    /// Where a commitment stands in its life.
    pub(crate) enum CommitmentStatus {
        /// The provider has offered it.
        Offered = "offered",
        /// Its terms are being negotiated.
        Negotiating = "negotiating",
        /// Signatory and board have accepted it; its start lies ahead.
        Accepted = "accepted",
        /// It runs.
        Active = "active",
        /// It runs, and its target is in danger.
        AtRisk = "at_risk",
        /// Verified: the target was reached.
        Met = "met",
        /// Verified: the target was reached in part.
        PartlyMet = "partly_met",
        /// The target was not reached.
        Missed = "missed",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Its end passed before it was accepted.
        Expired = "expired",
    }
}

/// What moves a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// Negotiation is taken up.
    Negotiate,
    /// A signatory and a decision of the board accept it.
    Accept,
    /// Its first day comes.
    Activate,
    /// Its target is in danger.
    FlagAtRisk,
    /// The danger has passed.
    Recover,
    /// A verifier finds it met.
    FindMet,
    /// A verifier finds it partly met.
    FindPartlyMet,
    /// A verifier finds it missed.
    FindMissed,
    /// Its end passed and no final report came.
    RunOut,
    /// It is taken back.
    Withdraw,
    /// Its end passed before it was accepted.
    Expire,
}

use CommitmentStatus::{Accepted, Active, AtRisk, Expired, Met, Missed, Negotiating, Offered, PartlyMet, Withdrawn};

/// Every allowed move. All others are refused.
const MOVES: &[(CommitmentStatus, Move, CommitmentStatus)] = &[
    (Offered, Move::Negotiate, Negotiating),
    (Offered, Move::Accept, Accepted),
    (Offered, Move::Withdraw, Withdrawn),
    (Offered, Move::Expire, Expired),
    (Negotiating, Move::Accept, Accepted),
    (Negotiating, Move::Withdraw, Withdrawn),
    (Negotiating, Move::Expire, Expired),
    (Accepted, Move::Activate, Active),
    (Accepted, Move::Withdraw, Withdrawn),
    (Active, Move::FlagAtRisk, AtRisk),
    (Active, Move::FindMet, Met),
    (Active, Move::FindPartlyMet, PartlyMet),
    (Active, Move::FindMissed, Missed),
    (Active, Move::RunOut, Missed),
    (Active, Move::Withdraw, Withdrawn),
    (AtRisk, Move::Recover, Active),
    (AtRisk, Move::FindMet, Met),
    (AtRisk, Move::FindPartlyMet, PartlyMet),
    (AtRisk, Move::FindMissed, Missed),
    (AtRisk, Move::RunOut, Missed),
    (AtRisk, Move::Withdraw, Withdrawn),
];

impl Move {
    /// The move in the passive, for a sentence.
    const fn passive(self) -> &'static str {
        match self {
            Self::Negotiate => "negotiated",
            Self::Accept => "accepted",
            Self::Activate => "activated",
            Self::FlagAtRisk => "flagged at risk",
            Self::Recover => "recovered",
            Self::FindMet => "found met",
            Self::FindPartlyMet => "found partly met",
            Self::FindMissed => "found missed",
            Self::RunOut => "run out",
            Self::Withdraw => "withdrawn",
            Self::Expire => "expired",
        }
    }

    /// Whether a person makes the move, rather than the calendar.
    const fn by_a_person(self) -> bool {
        !matches!(self, Self::Activate | Self::RunOut | Self::Expire)
    }
}

impl CommitmentStatus {
    /// Whether it runs: its provider reports on it.
    #[must_use]
    pub(crate) const fn runs(self) -> bool {
        matches!(self, Self::Active | Self::AtRisk)
    }

    /// Whether its terms may still be changed.
    #[must_use]
    pub(crate) const fn is_open_to_terms(self) -> bool {
        matches!(self, Self::Offered | Self::Negotiating)
    }

    /// Whether it has come to its end: nothing moves it any more.
    #[must_use]
    pub(crate) fn is_final(self) -> bool {
        !MOVES.iter().any(|(from, _, _)| *from == self)
    }

    /// The state after a move.
    pub(super) fn after(self, step: Move) -> Result<Self, Refusal> {
        let row = MOVES.iter().find(|(from, by, _)| *from == self && *by == step);
        row.map(|(_, _, to)| *to).ok_or_else(|| self.forbids(step.passive()))
    }

    /// The refusal of something that this state does not allow.
    pub(super) fn forbids(self, verb: &'static str) -> Refusal {
        let possible = MOVES.iter().filter(|(from, by, _)| *from == self && by.by_a_person());
        Refusal::StateForbids {
            thing: "commitment",
            verb,
            state: self.word(),
            allowed: possible.map(|(_, by, _)| by.passive()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each state with those that may follow it in one move.
    const FOLLOWS: &[(CommitmentStatus, &[CommitmentStatus])] = &[
        (Offered, &[Negotiating, Accepted, Withdrawn, Expired]),
        (Negotiating, &[Accepted, Withdrawn, Expired]),
        (Accepted, &[Active, Withdrawn]),
        (Active, &[AtRisk, Met, PartlyMet, Missed, Withdrawn]),
        (AtRisk, &[Active, Met, PartlyMet, Missed, Withdrawn]),
        (Met, &[]),
        (PartlyMet, &[]),
        (Missed, &[]),
        (Withdrawn, &[]),
        (Expired, &[]),
    ];

    #[test]
    fn every_pair_of_states_is_allowed_or_refused_as_the_domain_says() {
        assert_eq!(FOLLOWS.len(), CommitmentStatus::ALL.len());
        for (from, allowed) in FOLLOWS {
            for to in CommitmentStatus::ALL {
                let possible = MOVES.iter().any(|(a, _, b)| a == from && b == to);
                assert_eq!(possible, allowed.contains(to), "{from} → {to}");
            }
            assert_eq!(from.is_final(), allowed.is_empty(), "{from}");
        }
    }

    #[test]
    fn a_move_has_one_outcome_in_each_state() {
        for (index, (from, by, _)) in MOVES.iter().enumerate() {
            let again = MOVES[index + 1..].iter().any(|(a, b, _)| a == from && b == by);
            assert!(!again, "two rows for {from} and {by:?}");
        }
    }

    #[test]
    fn a_refusal_names_what_is_possible() {
        let refused = AtRisk.after(Move::Accept).expect_err("a refusal");
        let allowed = vec!["recovered", "found met", "found partly met", "found missed", "withdrawn"];
        assert_eq!(refused, Refusal::StateForbids { thing: "commitment", verb: "accepted", state: "at_risk", allowed });
    }
}
