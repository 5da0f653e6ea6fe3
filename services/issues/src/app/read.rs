//! Reading issues and their history, as far as the reader may.

use std::collections::HashMap;

use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, filter};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};
use uuid::Uuid;

use super::resident::Following;
use super::subject_of;
use super::{App, IssueView};
use crate::domain::history::Entry;
use crate::domain::issue::{Confirmation, Severity, Source};
use crate::domain::reporter::Visibility;
use crate::domain::{Issue, IssueState};
use crate::error::Error;
use crate::store;
use crate::store::issue::Listing;

const FIELDS: &[Field] = &[
    Field::new("issue_id", "id", Kind::Id),
    Field::new("reference", "reference", Kind::Text),
    Field::new("external_id", "external_id", Kind::Text),
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("standard_id", "standard_id", Kind::Id),
    Field::new("routing_rule_id", "routing_rule_id", Kind::Id),
    Field::new("duplicate_of", "duplicate_of", Kind::Id),
    Field::new("state", "state", Kind::Word(IssueState::WORDS)),
    Field::new("source", "source", Kind::Word(Source::WORDS)),
    Field::new("severity", "severity", Kind::Word(Severity::WORDS)),
    Field::new("confirmation", "confirmation", Kind::Word(Confirmation::WORDS)),
    Field::new("hazard", "hazard", Kind::Flag),
    Field::new("breached", "breached", Kind::Flag),
    Field::new("clock_pending", "clock_pending", Kind::Flag),
    Field::new("open", "open", Kind::Flag),
    Field::new("overdue", "overdue", Kind::Flag),
    Field::new("report_time", "report_time", Kind::Time),
    Field::new("due_time", "due_time", Kind::Time),
    Field::new("stopped_time", "stopped_time", Kind::Time),
    Field::new("update_time", "update_time", Kind::Time),
    Field::new("supporter_count", "supporter_count", Kind::Number),
    Field::new("reopened_count", "reopened_count", Kind::Number),
];

impl App {
    /// One issue, with the people whom the reader may see.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, also for an issue that is held back from this reader.
    pub(crate) async fn get_issue(&self, call: &Call, following: &Following) -> Result<IssueView, Error> {
        let issue = self.visible_issue(call, following).await?;
        let reporters = match visible_people(call, &issue) {
            [] => Vec::new(),
            visible => {
                let conn = self.host.reader();
                store::reporter::of_issue(conn, self.safe(), issue.partnership_id, issue.id, visible).await?
            }
        };
        let view = self.view(self.host.reader(), issue, call).await?;
        Ok(IssueView { reporters, ..view })
    }

    /// A page of issues, newest first.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_issues(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
        filter: &str,
    ) -> Result<(Vec<IssueView>, String), Error> {
        let condition = filter::condition(filter, store::issue::TABLE, FIELDS)?;
        let with_held_back = call.may("ReadConfided", &Subject::within(Some(partnership_id)));
        let query = ("ListIssues", partnership_id, filter, with_held_back);
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        let listing = Listing { condition, with_held_back, after: page.after, limit: page.size + 1 };
        self.partnership(partnership_id).await?;
        let rows = store::issue::list(self.host.reader(), partnership_id, listing).await?;
        let (issues, next_page_token) = page.close(rows, |issue| issue.id.0)?;
        let mut actions: HashMap<IssueId, Vec<ActionId>> = HashMap::new();
        let ids = issues.iter().map(|issue| issue.id);
        for (issue_id, action_id) in store::action::of_issues(self.host.reader(), partnership_id, ids).await? {
            actions.entry(issue_id).or_default().push(action_id);
        }
        let views = issues.into_iter().map(|issue| {
            let action_ids = actions.remove(&issue.id).unwrap_or_default();
            IssueView { issue, action_ids, reporters: Vec::new(), now: call.now }
        });
        Ok((views.collect(), next_page_token))
    }

    /// A page of an issue's history, oldest first, as the reader may know it.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_issue_history(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Entry>, String), Error> {
        let following = Following { partnership_id, issue_id, follow_token: String::new() };
        let issue = self.visible_issue(call, &following).await?;
        let page = Page::<Uuid>::open(page_size, page_token, &("ListIssueHistory", partnership_id, issue_id))?;
        let conn = self.host.reader();
        let rows = store::history::list(conn, partnership_id, issue_id, page.after, page.size + 1).await?;
        let (entries, next_page_token) = page.close(rows, |entry| entry.id)?;
        let entries = entries.into_iter().map(|entry| as_known_to(call, &issue, entry)).collect();
        Ok((entries, next_page_token))
    }

    /// The issue, if the reader may see it.
    pub(super) async fn visible_issue(&self, call: &Call, following: &Following) -> Result<Issue, Error> {
        let absent = || Failure::not_found("issue", following.issue_id);
        let found = store::issue::find(self.host.reader(), following.partnership_id, following.issue_id).await?;
        let issue = found.ok_or_else(absent)?;
        if issue.is_public() || call.may("ReadConfided", &subject_of(&issue)) {
            return Ok(issue);
        }
        match self.follower(self.host.reader(), following).await {
            // Whoever follows by e-mail was never shown more than the public.
            Ok(holder) if holder.part.may_judge() => Ok(issue),
            Ok(_) | Err(Error::Refused(_)) => Err(absent().into()),
            Err(error) => Err(error),
        }
    }
}

/// Whom the reader may see: the manager all who left something, the answerable provider those who chose to be named.
fn visible_people(call: &Call, issue: &Issue) -> &'static [Visibility] {
    let subject = subject_of(issue);
    match (call.may("ReadConfidentialReporters", &subject), call.may("ReadNamedReporters", &subject)) {
        (true, _) => &[Visibility::Confidential, Visibility::Named],
        (false, true) => &[Visibility::Named],
        (false, false) => &[],
    }
}

/// An entry without what the reader may not know: the public sees roles for names, and nothing that was confided.
pub(super) fn as_known_to(call: &Call, issue: &Issue, mut entry: Entry) -> Entry {
    let subject = subject_of(issue);
    if !call.may("ReadPeople", &subject) {
        entry.actor_id.clear();
        entry.actor_name.clone_from(&entry.actor_label);
    }
    if !call.may("ReadPrivateNotes", &subject) {
        entry.private_note.clear();
    }
    entry
}
