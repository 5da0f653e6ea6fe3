//! How satisfied residents are with how an issue was closed: said once of each closing by each of them, and changed once. Whoever disputes the
//! closing may say it of that closing once more.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId, words};
use serde::{Deserialize, Serialize};

use super::anonymity::Traces;
use super::issue::{Issue, Step};
use super::refusal::Refusal;

/// The kind of the step with which nothing but that is said.
pub(crate) const SAID: &str = "issue.satisfaction_said";

words! {
    /// How satisfied somebody is.
    pub(crate) enum Satisfaction {
        /// Very satisfied.
        VerySatisfied = "very_satisfied",
        /// Satisfied.
        Satisfied = "satisfied",
        /// Neither satisfied nor dissatisfied.
        Neither = "neither",
        /// Dissatisfied.
        Dissatisfied = "dissatisfied",
        /// Very dissatisfied.
        VeryDissatisfied = "very_dissatisfied",
    }
}

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// How satisfied they are.
    pub satisfaction: Satisfaction,
    /// What they say to it, for staff and the provider; may be empty.
    pub comment: String,
}

/// What a resident said of one closing of an issue. Their words are never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opinion {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Which closing: they count from 1.
    pub closing: i32,
    /// Who said it.
    pub reporter_id: ReporterId,
    /// How satisfied they are.
    pub satisfaction: Satisfaction,
    /// What they say to it.
    pub comment: String,
    /// Whether they changed it.
    pub changed: bool,
    /// When they said it last.
    pub time: DateTime<Utc>,
}

impl std::fmt::Debug for Opinion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { issue_id, closing, .. } = self;
        f.debug_struct("Opinion").field("issue_id", issue_id).field("closing", closing).finish_non_exhaustive()
    }
}

impl Issue {
    /// The number of the closing that it had last: each dispute is followed by another.
    #[must_use]
    pub(crate) const fn closing(&self) -> i32 {
        self.reopened_count.saturating_add(1)
    }

    /// A resident says how satisfied they are with a closing that was confirmed before. That is no news.
    pub(crate) fn say_satisfaction(&self, note: &str, now: DateTime<Utc>) -> Step {
        let said = self.step(SAID, Some(self.state), now).saying("A resident says how satisfied they are.");
        said.confiding(note)
    }
}

impl Opinion {
    /// What somebody says of the closing that an issue had last, in place of what they said of it before, if anything. The same again changes
    /// nothing. `disputes` is whether they dispute that closing, which is over with that.
    ///
    /// # Errors
    ///
    /// [`Refusal::OpinionChanged`] when they changed it before, unless they dispute.
    pub(crate) fn of(
        issue: &Issue,
        reporter_id: ReporterId,
        said: &Said,
        before: Option<Self>,
        disputes: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let changed = match before {
            Some(before) if before.satisfaction == said.satisfaction && before.comment == said.comment => {
                return Ok(before);
            }
            Some(before) if before.changed && !disputes => return Err(Refusal::OpinionChanged { state: issue.state }),
            before => before.is_some(),
        };
        Ok(Self {
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            closing: issue.closing(),
            reporter_id,
            satisfaction: said.satisfaction,
            comment: said.comment.clone(),
            changed,
            time: now,
        })
    }

    /// Takes people out of its words, which go altogether with whoever said it: how satisfied somebody was stays as a number. Answers whether there
    /// was anything.
    pub(crate) fn forget(&mut self, traces: &Traces, leaving: &[ReporterId]) -> bool {
        if !leaving.contains(&self.reporter_id) {
            return traces.remove_from(&mut self.comment);
        }
        let found = !self.comment.is_empty();
        self.comment.clear();
        found
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::fixture::{report, start};
    use crate::domain::reporter::Contact;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn issue() -> Issue {
        Issue::received(report(), start())
    }

    const ADA: ReporterId = ReporterId(Uuid::from_u128(3));

    fn said(satisfaction: Satisfaction, comment: &str) -> Said {
        Said { satisfaction, comment: comment.to_owned() }
    }

    #[test]
    fn it_is_said_once_of_each_closing_and_changed_once() {
        let (issue, now) = (issue(), at("2026-01-20T10:00:00Z"));
        let first = Opinion::of(&issue, ADA, &said(Satisfaction::Neither, "Slow."), None, false, now).unwrap();
        assert_eq!((first.closing, first.changed), (1, false));
        let later = at("2026-01-21T10:00:00Z");
        let same =
            Opinion::of(&issue, ADA, &said(Satisfaction::Neither, "Slow."), Some(first.clone()), false, later).unwrap();
        assert_eq!(same, first, "the same again is no change");
        let second = Opinion::of(&issue, ADA, &said(Satisfaction::Satisfied, ""), Some(first), false, later).unwrap();
        assert_eq!((second.satisfaction, second.changed, second.time), (Satisfaction::Satisfied, true, later));
        let third = Opinion::of(&issue, ADA, &said(Satisfaction::Neither, ""), Some(second.clone()), false, later);
        assert_eq!(third, Err(Refusal::OpinionChanged { state: issue.state }));
        let disputing = Opinion::of(&issue, ADA, &said(Satisfaction::Neither, ""), Some(second), true, later).unwrap();
        assert_eq!((disputing.satisfaction, disputing.closing), (Satisfaction::Neither, 1), "once more");
        let reopened = Issue { reopened_count: 1, ..issue };
        let next = Opinion::of(&reopened, ADA, &said(Satisfaction::Dissatisfied, ""), None, false, later).unwrap();
        assert_eq!((next.closing, next.changed), (2, false), "each closing for itself");
    }

    #[test]
    fn the_words_go_with_the_person_and_the_number_stays() {
        let (issue, now) = (issue(), at("2026-01-20T10:00:00Z"));
        let opinion =
            Opinion::of(&issue, ADA, &said(Satisfaction::Satisfied, "Ask Rose Ash."), None, false, now).unwrap();
        let rose = Contact { name: "Rose Ash".to_owned(), ..Contact::default() };
        let mut other = opinion.clone();
        assert!(other.forget(&Traces::of([&rose]), &[]), "somebody else is taken out of it");
        assert_eq!(other.comment, "Ask a resident.");
        let mut own = opinion;
        assert!(own.forget(&Traces::default(), &[ADA]));
        assert_eq!((own.comment.as_str(), own.satisfaction), ("", Satisfaction::Satisfied));
        assert!(!own.forget(&Traces::default(), &[ADA]), "once");
    }
}
