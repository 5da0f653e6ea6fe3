//! What a partnership's constitution says. Numbers are its own; a default stands for each that it leaves out.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{ConstitutionId, DecisionId, PartnershipId, words};
use serde::{Deserialize, Serialize};

use super::member::SeatCategory;
use super::{Fault, Refusal};

/// How many seats of a kind there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatAllocation {
    /// The kind.
    pub category: SeatCategory,
    /// How many.
    pub seat_count: u32,
}

/// How many voting members a decision needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumRule {
    /// Never fewer.
    pub minimum_count: u32,
    /// One in so many of the filled voting seats, rounded up.
    pub one_in: u32,
    /// So many residents among them.
    pub minimum_resident_count: u32,
}

impl Default for QuorumRule {
    fn default() -> Self {
        Self { minimum_count: 4, one_in: 3, minimum_resident_count: 1 }
    }
}

words! {
    /// What a declared interest does to a member's vote on the item.
    pub enum ConflictRule {
        /// A prejudicial interest takes the member out, a personal one does not.
        PrejudicialWithdraws = "prejudicial_withdraws",
        /// Any declared interest takes the member out.
        AnyInterestWithdraws = "any_interest_withdraws",
    }
}

/// A kind of decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionClass {
    /// The code that decisions name.
    pub code: String,
    /// The name to show.
    pub name: String,
    /// The kinds of seat that vote on it; empty = every voting seat.
    pub electorate: Vec<SeatCategory>,
}

impl DecisionClass {
    /// Whether seats of the kind vote on it.
    #[must_use]
    pub fn includes(&self, category: SeatCategory) -> bool {
        self.electorate.is_empty() || self.electorate.contains(&category)
    }
}

/// The numbers that govern actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRules {
    /// Working days that an owner has to accept an agreed action.
    pub acceptance_working_days: u32,
    /// Days between two progress reports.
    pub update_interval_days: u32,
    /// Slip in days up to which an action is amber.
    pub amber_slip_days: u32,
    /// Moves of a due date that need no decision.
    pub free_move_count: u32,
    /// Days past the original due date that need no decision.
    pub free_move_days: u32,
}

impl Default for ActionRules {
    fn default() -> Self {
        Self {
            acceptance_working_days: 10,
            update_interval_days: 28,
            amber_slip_days: 30,
            free_move_count: 2,
            free_move_days: 90,
        }
    }
}

/// The rules of a constitution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How many seats of each kind; empty = not limited.
    pub seat_allocations: Vec<SeatAllocation>,
    /// The quorum.
    pub quorum: QuorumRule,
    /// Whether the presiding member has a second vote on a tie.
    pub casting_vote: bool,
    /// What a declared interest does.
    pub conflict_rule: ConflictRule,
    /// Clear working days between papers and meeting.
    pub notice_working_days: u32,
    /// Working days within which draft minutes are due.
    pub draft_minutes_working_days: u32,
    /// Months of a term.
    pub term_months: u32,
    /// The kinds of decision, at least one.
    pub decision_classes: Vec<DecisionClass>,
    /// The numbers that govern actions.
    pub actions: ActionRules,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            seat_allocations: Vec::new(),
            quorum: QuorumRule::default(),
            casting_vote: false,
            conflict_rule: ConflictRule::PrejudicialWithdraws,
            notice_working_days: 5,
            draft_minutes_working_days: 10,
            term_months: 36,
            decision_classes: vec![DecisionClass {
                code: "ordinary".to_owned(),
                name: "Ordinary decision".to_owned(),
                electorate: Vec::new(),
            }],
            actions: ActionRules::default(),
        }
    }
}

impl Rules {
    /// What makes the rules contradict each other: kinds and codes named twice, and electorates that could never be quorate.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, allocation) in self.seat_allocations.iter().enumerate() {
            if self.seat_allocations[..index].iter().any(|earlier| earlier.category == allocation.category) {
                faults.push(Fault::new(format!("rules.seat_allocations[{index}].category"), "is named twice"));
            }
        }
        for (index, class) in self.decision_classes.iter().enumerate() {
            if self.decision_classes[..index].iter().any(|earlier| earlier.code == class.code) {
                faults.push(Fault::new(format!("rules.decision_classes[{index}].code"), "is named twice"));
            }
            if self.quorum.minimum_resident_count > 0 && !class.includes(SeatCategory::Resident) {
                let description =
                    "leaves out residents, whom the quorum asks for: such a decision could never be taken";
                faults.push(Fault::new(format!("rules.decision_classes[{index}].electorate"), description));
            }
        }
        faults
    }

    /// How many seats of a kind there may be; none = not limited.
    #[must_use]
    pub fn seats_allowed(&self, category: SeatCategory) -> Option<u32> {
        if self.seat_allocations.is_empty() {
            return None;
        }
        let allocation = self.seat_allocations.iter().find(|allocation| allocation.category == category);
        Some(allocation.map_or(0, |allocation| allocation.seat_count))
    }

    /// The class with this code; the first one for an empty code.
    #[must_use]
    pub fn decision_class(&self, code: &str) -> Option<&DecisionClass> {
        if code.is_empty() {
            return self.decision_classes.first();
        }
        self.decision_classes.iter().find(|class| class.code == code)
    }
}

/// One version of a constitution. Never edited: a change is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constitution {
    /// The id.
    pub id: ConstitutionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The local date from which it is in force, until the next version's.
    pub effective_from_date: NaiveDate,
    /// The rules.
    pub rules: Rules,
    /// The decision that adopted it.
    pub decision_id: Option<DecisionId>,
    /// When it was adopted.
    pub create_time: DateTime<Utc>,
}

impl Constitution {
    /// Refuses to replace it, as long as it is in force, without a decision: only the board changes its rules.
    ///
    /// # Errors
    ///
    /// [`Refusal::ConstitutionNeedsDecision`].
    pub const fn require_decision(&self, decision_id: Option<DecisionId>) -> Result<(), Refusal> {
        match decision_id {
            Some(_) => Ok(()),
            None => Err(Refusal::ConstitutionNeedsDecision { since: self.effective_from_date }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_domain_document() {
        let rules = Rules::default();
        assert_eq!(rules.quorum, QuorumRule { minimum_count: 4, one_in: 3, minimum_resident_count: 1 });
        assert_eq!((rules.notice_working_days, rules.draft_minutes_working_days), (5, 10));
        assert_eq!((rules.actions.acceptance_working_days, rules.actions.amber_slip_days), (10, 30));
        assert_eq!((rules.actions.free_move_count, rules.actions.free_move_days), (2, 90));
        assert_eq!(rules.faults(), []);
    }

    #[test]
    fn every_contradiction_is_named() {
        let class = |code: &str, electorate: &[SeatCategory]| DecisionClass {
            code: code.to_owned(),
            name: code.to_owned(),
            electorate: electorate.to_vec(),
        };
        let allocation = SeatAllocation { category: SeatCategory::Police, seat_count: 1 };
        let rules = Rules {
            seat_allocations: vec![allocation, allocation],
            decision_classes: vec![class("spend", &[]), class("spend", &[SeatCategory::Police])],
            ..Rules::default()
        };
        let fields: Vec<String> = rules.faults().into_iter().map(|fault| fault.field).collect();
        assert_eq!(
            fields,
            [
                "rules.seat_allocations[1].category",
                "rules.decision_classes[1].code",
                "rules.decision_classes[1].electorate"
            ]
        );
    }

    #[test]
    fn a_kind_without_allocation_has_no_seats_once_any_kind_has() {
        let mut rules = Rules::default();
        assert_eq!(rules.seats_allowed(SeatCategory::Faith), None);
        rules.seat_allocations.push(SeatAllocation { category: SeatCategory::Police, seat_count: 2 });
        assert_eq!(rules.seats_allowed(SeatCategory::Police), Some(2));
        assert_eq!(rules.seats_allowed(SeatCategory::Faith), Some(0));
    }
}
