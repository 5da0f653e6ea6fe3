//! Quorum: how many voting members must be there for one decision, and whether they are.
//!
//! Reckoned per decision, on the voting members present less those withdrawn for an interest in the item:
//! `max(minimum, ⌈filled voting seats ÷ one_in⌉)`, with so many residents among them.

use serde::{Deserialize, Serialize};

use super::constitution::QuorumRule;

/// The quorum as it stood at one moment for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// Voting seats of the electorate with someone in them.
    pub filled_seat_count: u32,
    /// Voting members needed.
    pub needed_count: u32,
    /// Voting members present, without those withdrawn.
    pub present_count: u32,
    /// Voting members present but withdrawn.
    pub withdrawn_count: u32,
    /// Residents needed among those present.
    pub needed_resident_count: u32,
    /// Residents among those present.
    pub resident_count: u32,
}

/// Who is there, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadCount {
    /// Voting seats of the electorate with someone in them.
    pub filled_seats: u32,
    /// Voting members present, without those withdrawn.
    pub present: u32,
    /// Residents among those present.
    pub residents: u32,
    /// Voting members present but withdrawn.
    pub withdrawn: u32,
}

impl Quorum {
    /// The quorum under a rule.
    #[must_use]
    pub fn reckon(rule: QuorumRule, count: HeadCount) -> Self {
        let share = count.filled_seats.div_ceil(rule.one_in.max(1));
        Self {
            filled_seat_count: count.filled_seats,
            needed_count: share.max(rule.minimum_count),
            present_count: count.present,
            withdrawn_count: count.withdrawn,
            needed_resident_count: rule.minimum_resident_count,
            resident_count: count.residents,
        }
    }

    /// Whether it is met.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        self.present_count >= self.needed_count && self.resident_count >= self.needed_resident_count
    }

    /// What is missing, such as `6 of the 7 voting members needed are present (1 withdrew for a conflict of interest)`.
    #[must_use]
    pub fn explanation(&self) -> String {
        let mut parts = Vec::new();
        if self.present_count < self.needed_count {
            let (here, needed) = (self.present_count, self.needed_count);
            parts.push(format!("{here} of the {needed} voting members needed {} present", are(here)));
        }
        if self.resident_count < self.needed_resident_count {
            let (here, needed) = (self.resident_count, self.needed_resident_count);
            parts.push(format!("{here} of the {needed} residents needed {} present", are(here)));
        }
        let missing = parts.join(" and ");
        match self.withdrawn_count {
            0 => missing,
            count => format!("{missing} ({count} withdrew for a conflict of interest)"),
        }
    }
}

const fn are(count: u32) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum(filled_seats: u32, present: u32, residents: u32, withdrawn: u32) -> Quorum {
        Quorum::reckon(QuorumRule::default(), HeadCount { filled_seats, present, residents, withdrawn })
    }

    #[test]
    fn twenty_one_filled_seats_need_seven() {
        assert_eq!(quorum(21, 0, 0, 0).needed_count, 7);
    }

    #[test]
    fn a_third_is_rounded_up_and_never_under_four() {
        let needed: Vec<u32> =
            [0, 3, 11, 12, 13, 15, 16, 22].map(|filled| quorum(filled, 0, 0, 0).needed_count).to_vec();
        assert_eq!(needed, [4, 4, 4, 4, 5, 5, 6, 8]);
    }

    #[test]
    fn seven_of_twenty_one_with_a_resident_are_quorate_and_six_are_not() {
        assert!(quorum(21, 7, 1, 0).is_met());
        assert!(!quorum(21, 6, 6, 1).is_met());
    }

    #[test]
    fn no_resident_no_quorum() {
        assert!(!quorum(21, 20, 0, 0).is_met());
    }

    #[test]
    fn another_constitution_has_other_numbers() {
        let rule = QuorumRule { minimum_count: 3, one_in: 2, minimum_resident_count: 2 };
        let quorum = Quorum::reckon(rule, HeadCount { filled_seats: 9, present: 5, residents: 1, withdrawn: 0 });
        assert_eq!(quorum.needed_count, 5);
        assert!(!quorum.is_met(), "5 are there, but only 1 of 2 residents");
    }

    #[test]
    fn the_explanation_says_what_is_missing() {
        assert_eq!(
            quorum(21, 6, 3, 1).explanation(),
            "6 of the 7 voting members needed are present (1 withdrew for a conflict of interest)"
        );
        assert_eq!(quorum(21, 8, 0, 0).explanation(), "0 of the 1 residents needed are present");
    }
}
