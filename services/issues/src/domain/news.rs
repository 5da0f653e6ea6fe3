//! What is news in a neighbourhood: what was reported, what has ended and why, and what was done about it.
//!
//! News goes in the order of its recording: the ids of steps and of entries begin with their time.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::hiding::without_references;
use super::history::Entry;
use super::issue::Issue;
use super::response_entry::{EntryView, NamedIssue};
use super::state::IssueState;

/// What a piece of news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewsKind {
    /// An issue was reported.
    Reported,
    /// An issue has ended, and it is said why.
    Ended,
    /// A "you said, we did" entry was published.
    Response,
}

/// The kind of the step by which a report comes to the public: at once, or when a person has read it. Cases that are brought in from other systems,
/// which happened long before, take no such step.
const TRIAGED: &str = "issue.triaged";
/// The kinds of steps that are news; an ending only where the issue moved. To tell of another kind, add it here.
pub(crate) const STEPS: [&str; 6] =
    [TRIAGED, "issue.resolved", "issue.closed", "issue.no_action", "issue.confirmed", "issue.closing_upheld"];

/// What a piece of news takes beside its texts, in bytes.
const REST: usize = 600;

/// What a piece of news is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// An issue: its name and where it stood then, the name of its category, and what is said of it.
    Issue(NamedIssue, String, String),
    /// An entry.
    Entry(Box<EntryView>),
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// The id.
    pub id: Uuid,
    /// What it is.
    pub kind: NewsKind,
    /// What it is about.
    pub subject: Subject,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// When what it tells last changed.
    pub update_time: DateTime<Utc>,
}

impl News {
    /// What a step of a public issue is as news; none for what is none.
    #[must_use]
    pub(crate) fn of_step(step: &Entry, issue: &Issue) -> Option<Self> {
        let reason = || issue.resolution.as_ref().map(|resolution| resolution.reason.clone()).unwrap_or_default();
        let (kind, text) = if step.kind == TRIAGED {
            if !is_first_triage(step, issue) {
                return None;
            }
            (NewsKind::Reported, issue.description.clone())
        } else if STEPS.contains(&step.kind.as_str()) && step.from_state != step.to_state && !came_in_ended(step) {
            (NewsKind::Ended, if step.note.is_empty() { reason() } else { step.note.clone() })
        } else {
            return None;
        };
        let named = NamedIssue { state: step.state().unwrap_or(issue.state), ..NamedIssue::of(issue) };
        let subject = Subject::Issue(named, issue.category_name.clone(), text);
        Some(Self { id: step.id, kind, subject, time: step.time, update_time: issue.update_time.max(step.time) })
    }

    /// An entry as news.
    #[must_use]
    pub(crate) fn of_entry(view: EntryView) -> Self {
        let (time, update_time) = (view.entry.publish_time, view.entry.update_time);
        let (id, subject) = (view.entry.id.0, Subject::Entry(Box::new(view)));
        Self { id, kind: NewsKind::Response, subject, time, update_time }
    }

    /// What is said of its issue; none where it is an entry.
    #[must_use]
    pub(crate) fn said_of_issue(&self) -> Option<&str> {
        match &self.subject {
            Subject::Issue(_, _, text) => Some(text),
            Subject::Entry(_) => None,
        }
    }

    /// Leaves the references of other issues out of what is said of one.
    pub(crate) fn leave_out(&mut self, untold: &BTreeSet<String>) {
        if let Subject::Issue(named, _, text) = &mut self.subject {
            *text = without_references(text, untold, &named.reference);
        }
    }

    /// About how many bytes it takes in an answer, at the most.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        match &self.subject {
            Subject::Issue(named, category_name, text) => REST + named.name.len() + category_name.len() + text.len(),
            Subject::Entry(view) => REST + view.bytes(),
        }
    }
}

/// Whether the issue was new by this triage: one that was hidden, and reopened meanwhile, is triaged again. Databases keep times less exactly than we
/// reckon with them.
fn is_first_triage(step: &Entry, issue: &Issue) -> bool {
    issue.clock.triaged.is_none_or(|first| (step.time - first).abs() < TimeDelta::seconds(1))
}

/// Whether the issue was brought in from another system when it had ended there: any other goes on from its report at once.
fn came_in_ended(step: &Entry) -> bool {
    step.former_state() == Some(IssueState::Reported)
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::{IssueId, PartnershipId};

    use super::*;
    use crate::domain::fixture;
    use crate::domain::issue::Report;

    fn now() -> DateTime<Utc> {
        "2026-06-10T12:00:00Z".parse().unwrap()
    }

    fn issue() -> Issue {
        let report = Report {
            category_code: "graffiti".to_owned(),
            category_name: "Graffiti".to_owned(),
            title: "A tag".to_owned(),
            description: "On the wall".to_owned(),
            report_time: now(),
            ..fixture::report()
        };
        Issue::report(report, None, None, now()).unwrap().0
    }

    fn step(kind: &str, from_state: &str, to_state: &str, note: &str) -> Entry {
        Entry {
            id: Uuid::from_u128(2),
            partnership_id: PartnershipId(Uuid::nil()),
            issue_id: IssueId(Uuid::from_u128(1)),
            time: now(),
            actor_id: "ada".to_owned(),
            actor_name: "Ada".to_owned(),
            actor_label: "A resident".to_owned(),
            kind: kind.to_owned(),
            from_state: from_state.to_owned(),
            to_state: to_state.to_owned(),
            note: note.to_owned(),
            private_note: "Her neighbour did it.".to_owned(),
        }
    }

    fn told(step: &Entry) -> Option<(NewsKind, String)> {
        let news = News::of_step(step, &issue())?;
        let Subject::Issue(named, category, text) = news.subject else { return None };
        assert_eq!((named.name.as_str(), category.as_str()), ("A tag", "Graffiti"));
        Some((news.kind, text))
    }

    #[test]
    fn reports_and_endings_are_news_and_other_steps_are_not() {
        let reported = told(&step("issue.triaged", "reported", "triaged", ""));
        assert_eq!(reported, Some((NewsKind::Reported, "On the wall".to_owned())));
        let released = told(&step("issue.triaged", "awaiting_moderation", "triaged", "Fit now."));
        assert_eq!(released, reported, "one that was held back is new when it is released");
        let again =
            Entry { time: now() + TimeDelta::days(3), ..step("issue.triaged", "awaiting_moderation", "triaged", "") };
        assert_eq!(told(&again), None, "it was new before");
        assert_eq!(told(&step("issue.reported", "", "reported", "")), None, "nobody has read it");
        assert_eq!(told(&step("issue.closed", "reported", "closed", "Long ago.")), None, "it came in closed");
        let closed = told(&step("issue.closed", "resolved", "closed", "Scrubbed off."));
        assert_eq!(closed, Some((NewsKind::Ended, "Scrubbed off.".to_owned())), "what is private stays so");
        assert_eq!(told(&step("issue.confirmed", "closed", "closed", "It is.")), None, "nothing ended by that");
        assert_eq!(told(&step("issue.routed", "triaged", "routed", "")), None);
    }
}
