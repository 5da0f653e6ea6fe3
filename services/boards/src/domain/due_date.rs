//! Moves of a due date. It moves only with a reason; the original date stays; moving often or far needs the board.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::DecisionId;
use serde::{Deserialize, Serialize};

use super::constitution::ActionRules;
use super::{Actor, Refusal};

/// One move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDateMove {
    /// The date before.
    pub from: NaiveDate,
    /// The date after.
    pub to: NaiveDate,
    /// Why.
    pub reason: String,
    /// The decision that allowed it.
    pub decision_id: Option<DecisionId>,
    /// Who moved it.
    pub actor: Actor,
    /// When.
    pub move_time: DateTime<Utc>,
}

/// Refuses one more move to `to` that is more than the rules allow without a decision of the board.
pub fn require_allowed(
    rules: &ActionRules,
    moves_before: usize,
    original: NaiveDate,
    to: NaiveDate,
    decided: bool,
) -> Result<(), Refusal> {
    let moves = u32::try_from(moves_before).unwrap_or(u32::MAX).saturating_add(1);
    let days = (to - original).num_days();
    if decided || (moves <= rules.free_move_count && days <= i64::from(rules.free_move_days)) {
        return Ok(());
    }
    Err(Refusal::MoveNeedsDecision { moves, free_moves: rules.free_move_count, days, free_days: rules.free_move_days })
}

#[cfg(test)]
mod tests {
    use super::super::member::tests::day;
    use super::*;

    fn allowed(moves_before: usize, to: NaiveDate, decided: bool) -> bool {
        require_allowed(&ActionRules::default(), moves_before, day(2026, 3, 31), to, decided).is_ok()
    }

    #[test]
    fn two_moves_are_free_and_the_third_needs_a_decision() {
        let to = day(2026, 4, 10);
        assert!(allowed(0, to, false) && allowed(1, to, false));
        assert!(!allowed(2, to, false));
        assert!(allowed(2, to, true));
    }

    #[test]
    fn ninety_days_in_all_are_free_and_ninety_one_need_a_decision() {
        assert!(allowed(0, day(2026, 6, 29), false));
        assert!(!allowed(0, day(2026, 6, 30), false));
        assert!(allowed(0, day(2026, 6, 30), true));
    }

    #[test]
    fn the_refusal_gives_both_numbers() {
        let refusal = require_allowed(&ActionRules::default(), 2, day(2026, 3, 31), day(2026, 7, 9), false);
        let text = refusal.expect_err("the third move").to_string();
        assert!(text.contains("move 3 of 2") && text.contains("100 days of 90"), "{text}");
    }
}
