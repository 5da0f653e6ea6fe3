//! What the accountable body says of a decision: that it endorses it, or that it refers it back to the board.
//! Decisions are append-only, so each word is a record of its own beside the decision.
//!
//! A decision that was referred back waits for the board, as a recommendation does: nothing new rests on it until a later decision
//! that carried, and so had a quorum, ratifies or corrects it. What was done before stands.

use chrono::{DateTime, Utc};
use pathfinder_terms::{DecisionId, words};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decision::{Decision, DecisionOutcome};
use super::{Actor, Refusal};

words! {
    /// What the accountable body says.
    pub enum ReviewKind {
        /// It endorses the decision.
        Endorsed = "endorsed",
        /// It refers the decision back to the board.
        ReferredBack = "referred_back",
    }
}

impl ReviewKind {
    const fn step(self) -> &'static str {
        match self {
            Self::Endorsed => "endorse",
            Self::ReferredBack => "refer_back",
        }
    }
}

/// One word of the accountable body on a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The id.
    pub id: Uuid,
    /// What it says.
    pub kind: ReviewKind,
    /// Why, or what it remarks; may be empty.
    pub note: String,
    /// Who says it.
    pub reviewer: Actor,
    /// When.
    pub review_time: DateTime<Utc>,
    /// The later decision that answers a referral.
    pub answered_by: Option<DecisionId>,
}

impl Review {
    /// Whether it is a referral that the board has not answered.
    #[must_use]
    pub fn is_open_referral(&self) -> bool {
        self.kind == ReviewKind::ReferredBack && self.answered_by.is_none()
    }
}

/// The later decision that corrects another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Its id.
    pub id: DecisionId,
    /// Its reference.
    pub reference: String,
}

/// A decision with all that later came to it. Kept as JSON with answers to repeated requests, so it reads what was a plain decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedDecision {
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// What the accountable body said of it, in order. Only the last can be an open referral.
    #[serde(default)]
    pub reviews: Vec<Review>,
    /// What corrects it.
    #[serde(default)]
    pub corrected_by: Option<Correction>,
}

impl ReviewedDecision {
    /// A decision that was taken just now.
    #[must_use]
    pub const fn fresh(decision: Decision) -> Self {
        Self { decision, reviews: Vec::new(), corrected_by: None }
    }

    /// The referral that waits for the board.
    #[must_use]
    pub fn open_referral(&self) -> Option<&Review> {
        self.reviews.last().filter(|review| review.is_open_referral())
    }

    /// Refuses to let anything new rest on a decision that was not carried, was corrected, or waits for the board.
    ///
    /// # Errors
    ///
    /// [`Refusal::DecisionNotCarried`]; [`Refusal::DecisionCorrected`]; [`Refusal::DecisionReferredBack`].
    pub fn require_effective(&self) -> Result<(), Refusal> {
        self.decision.require_carried()?;
        self.require_uncorrected()?;
        match self.open_referral() {
            None => Ok(()),
            Some(referral) => Err(Refusal::DecisionReferredBack {
                reference: self.decision.reference.clone(),
                why: referral.note.clone(),
            }),
        }
    }

    /// Takes a word of the accountable body. One referral is open at a time, and what is endorsed is not endorsed again.
    ///
    /// # Errors
    ///
    /// [`Refusal::DecisionCorrected`]; [`Refusal::DecisionNotCarried`] for an endorsement; [`Refusal::StateForbids`].
    pub fn review(&mut self, review: Review) -> Result<(), Refusal> {
        self.require_uncorrected()?;
        if review.kind == ReviewKind::Endorsed {
            self.decision.require_carried()?;
        }
        let (state, allowed): (_, &[&str]) = match self.reviews.last() {
            Some(last) if last.is_open_referral() => (last.kind, &["ratify", "correct"]),
            Some(last) if last.kind == ReviewKind::Endorsed && review.kind == last.kind => (last.kind, &["refer_back"]),
            Some(_) | None => {
                self.reviews.push(review);
                return Ok(());
            }
        };
        Err(Refusal::StateForbids {
            thing: "decision",
            step: review.kind.step().to_owned(),
            state: state.word().to_owned(),
            allowed: allowed.iter().map(|step| (*step).to_owned()).collect(),
        })
    }

    /// Takes a later decision that carried, and ratifies or corrects this one, as the board's answer. Answers the referral that it
    /// closes, if one was open.
    pub fn answer(&mut self, later: &Decision) -> Option<Review> {
        let about_this = [later.ratifies, later.corrects].contains(&Some(self.decision.id));
        if !about_this || later.outcome != DecisionOutcome::Carried {
            return None;
        }
        if later.corrects == Some(self.decision.id) {
            self.corrected_by = Some(Correction { id: later.id, reference: later.reference.clone() });
        }
        let referral = self.reviews.last_mut().filter(|review| review.is_open_referral())?;
        referral.answered_by = Some(later.id);
        Some(referral.clone())
    }

    fn require_uncorrected(&self) -> Result<(), Refusal> {
        match &self.corrected_by {
            None => Ok(()),
            Some(later) => Err(Refusal::DecisionCorrected {
                reference: self.decision.reference.clone(),
                later: later.reference.clone(),
                later_id: later.id,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decision::tests::{carried, fallen, recommended};
    use super::*;

    fn word(kind: ReviewKind) -> Review {
        Review {
            id: Uuid::from_u128(1),
            kind,
            note: "There is no money for it.".to_owned(),
            reviewer: Actor { id: "council".to_owned(), name: "Council Finance".to_owned() },
            review_time: DateTime::UNIX_EPOCH,
            answered_by: None,
        }
    }

    fn referred_back() -> ReviewedDecision {
        let mut reviewed = ReviewedDecision::fresh(carried(1));
        reviewed.review(word(ReviewKind::ReferredBack)).expect("a referral");
        reviewed
    }

    fn ratifying(later: Decision, earlier: &ReviewedDecision) -> Decision {
        Decision { ratifies: Some(earlier.decision.id), ..later }
    }

    #[test]
    fn what_is_referred_back_waits_until_the_board_answers() {
        let mut reviewed = referred_back();
        let refusal = reviewed.require_effective().expect_err("it waits");
        assert!(matches!(&refusal, Refusal::DecisionReferredBack { why, .. } if why == "There is no money for it."));
        for later in [fallen(2), recommended(3)] {
            assert_eq!(reviewed.answer(&ratifying(later, &referred_back())), None, "that is no answer");
        }
        assert_eq!(reviewed.answer(&carried(4)), None, "a decision on something else is no answer");
        assert!(reviewed.require_effective().is_err());
        let closed = reviewed.answer(&ratifying(carried(5), &referred_back())).expect("an answer");
        assert_eq!(closed.answered_by, Some(carried(5).id));
        assert_eq!(reviewed.require_effective(), Ok(()));
        assert_eq!(reviewed.answer(&ratifying(carried(6), &referred_back())), None, "it was answered before");
    }

    #[test]
    fn what_is_corrected_makes_room_for_what_corrects_it() {
        let mut reviewed = referred_back();
        let later = Decision { corrects: Some(reviewed.decision.id), ..carried(2) };
        assert!(reviewed.answer(&later).is_some(), "a correction answers, too");
        assert!(
            matches!(reviewed.require_effective(), Err(Refusal::DecisionCorrected { later_id, .. }) if later_id == later.id)
        );
        let again = reviewed.review(word(ReviewKind::ReferredBack));
        assert!(matches!(again, Err(Refusal::DecisionCorrected { .. })), "{again:?}");
        assert_eq!(ReviewedDecision::fresh(later).require_effective(), Ok(()));
    }

    #[test]
    fn a_correction_that_does_not_carry_corrects_nothing() {
        let mut reviewed = ReviewedDecision::fresh(carried(1));
        for later in [fallen(2), recommended(3)] {
            assert_eq!(reviewed.answer(&Decision { corrects: Some(reviewed.decision.id), ..later }), None);
        }
        assert_eq!(reviewed.require_effective(), Ok(()));
    }

    #[test]
    fn every_word_follows_the_one_before_it_or_is_refused() {
        use ReviewKind::{Endorsed, ReferredBack};
        let state = |refused: Result<(), Refusal>| match refused {
            Err(Refusal::StateForbids { state, .. }) => state,
            other => format!("{other:?}"),
        };
        let mut endorsed = ReviewedDecision::fresh(carried(1));
        assert_eq!(endorsed.review(word(Endorsed)), Ok(()));
        assert_eq!(endorsed.require_effective(), Ok(()), "an endorsement changes nothing else");
        assert_eq!(state(endorsed.review(word(Endorsed))), "endorsed");
        assert_eq!(endorsed.review(word(ReferredBack)), Ok(()), "the accountable body may think again as well");
        for kind in [Endorsed, ReferredBack] {
            assert_eq!(state(endorsed.review(word(kind))), "referred_back", "one referral is open at a time");
        }
        let answer = ratifying(carried(2), &endorsed);
        assert!(endorsed.answer(&answer).is_some());
        assert_eq!(endorsed.review(word(Endorsed)), Ok(()), "what was answered can be endorsed");
        assert_eq!(endorsed.review(word(ReferredBack)), Ok(()), "and referred back anew");
        assert_eq!(endorsed.reviews.len(), 4, "every word is kept");
    }

    #[test]
    fn only_what_carried_is_endorsed() {
        for decision in [fallen(1), recommended(2)] {
            let refused = ReviewedDecision::fresh(decision).review(word(ReviewKind::Endorsed));
            assert!(matches!(refused, Err(Refusal::DecisionNotCarried { .. })), "{refused:?}");
        }
        let recommendation = ReviewedDecision::fresh(recommended(2)).review(word(ReviewKind::ReferredBack));
        assert_eq!(recommendation, Ok(()), "what awaits the board anyway can be referred back with a reason");
    }

    #[test]
    fn an_answer_that_was_kept_as_a_plain_decision_can_be_read() {
        let kept = serde_json::to_string(&carried(1)).expect("JSON");
        let read: ReviewedDecision = serde_json::from_str(&kept).expect("a decision");
        assert_eq!(read, ReviewedDecision::fresh(carried(1)));
        let kept = serde_json::to_string(&referred_back()).expect("JSON");
        assert_eq!(serde_json::from_str::<ReviewedDecision>(&kept).expect("a decision"), referred_back());
    }
}
