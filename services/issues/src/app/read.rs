//! Reading issues and their history, as far as the reader may.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure};
use pathfinder_terms::{IssueId, PartnershipId};
use uuid::Uuid;

use super::resident::Following;
use super::subject_of;
use super::{App, IssueView};
use crate::domain::Issue;
use crate::domain::hiding::without_references;
use crate::domain::history::Entry;
use crate::domain::reporter::{Part, Visibility};
use crate::domain::template::{self, ResponseTemplate};
use crate::error::Error;
use crate::store;
use crate::store::reporter::Holder;

impl App {
    /// One issue, with the people whom the reader may see.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, also for an issue that is held back from this reader.
    pub(crate) async fn get_issue(&self, call: &Call, following: &Following) -> Result<IssueView, Error> {
        let issue = self.visible_issue(call, following).await?;
        let holder = self.holder(&issue, following).await?;
        let conn = self.host.reader();
        let (partnership_id, id, visible) = (issue.partnership_id, issue.id, visible_people(call, &issue));
        let reporters = async {
            match visible {
                [] => Ok(Vec::new()),
                _ => Ok(store::reporter::of_issue(conn, self.safe(), partnership_id, id, visible).await?),
            }
        };
        let (reporters, view) = tokio::try_join!(reporters, self.view_for(conn, issue, call, holder))?;
        self.with_feedback(call, IssueView { reporters, ..view }, holder).await
    }

    /// The issue with what belongs to it, for whoever holds a token: whoever reported it knows where it is and what was added to show it.
    pub(super) async fn view_for(
        &self,
        conn: &impl store::Connection,
        issue: Issue,
        call: &Call,
        holder: Option<Holder>,
    ) -> Result<IssueView, Error> {
        let is_own = holder.is_some_and(|holder| holder.part == Part::Reporter);
        let own = is_own.then(|| (issue.location.clone(), issue.photos.clone()));
        let mut view = self.view(conn, issue, call).await?;
        if let Some((location, photos)) = own {
            (view.issue.location, view.issue.photos) = (location, photos);
        }
        Ok(view)
    }

    /// Who reads an issue with a token, where that makes a difference; nobody where the token opens nothing.
    async fn holder(&self, issue: &Issue, following: &Following) -> Result<Option<Holder>, Error> {
        let hides = issue.location.domestic || issue.photos.iter().any(|photo| photo.held);
        let was_asked = issue.question_count > 0 || issue.satisfaction.is_some();
        if hides || was_asked { self.token_holder(following).await } else { Ok(None) }
    }

    /// Whether the reader reported it.
    pub(super) async fn is_reporter(&self, following: &Following) -> Result<bool, Error> {
        Ok(self.token_holder(following).await?.is_some_and(|holder| holder.part == Part::Reporter))
    }

    async fn token_holder(&self, following: &Following) -> Result<Option<Holder>, Error> {
        if following.follow_token.is_empty() {
            return Ok(None);
        }
        match self.follower(self.host.reader(), following).await {
            Ok(holder) => Ok(Some(holder)),
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The issue with the questions about it and what was said of its closings, as far as the reader may know: those who deal with it know
    /// all, whoever reported it the answers, and everybody what they said themselves.
    async fn with_feedback(&self, call: &Call, view: IssueView, holder: Option<Holder>) -> Result<IssueView, Error> {
        let conn = self.host.reader();
        let deals_with_it = call.may("ReadPrivateNotes", &subject_of(&view.issue));
        let may_answer = match &holder {
            Some(holder) if view.issue.question_count > 0 => self.may_answer(&view.issue, holder).await?,
            _ => false,
        };
        let questions = self.questions_of(conn, &view.issue, deals_with_it || may_answer).await?;
        let mut opinions = self.opinions_of(conn, &view.issue).await?;
        if !deals_with_it {
            opinions.retain(|opinion| holder.is_some_and(|holder| holder.id == opinion.reporter_id));
        }
        Ok(IssueView { questions, may_answer, opinions, ..view })
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
        let notes = entries.iter().map(|entry| entry.note.as_str()).collect();
        let untold = self.untold(Some(call), partnership_id, notes).await?;
        let told = |entry: Entry| Entry { note: without_references(&entry.note, &untold, &issue.reference), ..entry };
        let entries = entries.into_iter().map(|entry| as_known_to(call, &issue, told(entry))).collect();
        Ok((entries, next_page_token))
    }

    /// What may be said of an issue when it comes into a state that it may come into next.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`.
    pub(crate) async fn suggest_responses(
        &self,
        call: &Call,
        following: &Following,
    ) -> Result<Vec<ResponseTemplate>, Error> {
        let issue = self.visible_issue(call, following).await?;
        call.permit(&subject_of(&issue))?;
        let conn = self.host.reader();
        let found = store::category::find_by_code(conn, issue.partnership_id, &issue.category_code).await?;
        let templates = found.map(|category| category.response_templates).unwrap_or_default();
        Ok(template::suggested(templates, &issue))
    }

    /// The issue, if the reader may see it.
    pub(super) async fn visible_issue(&self, call: &Call, following: &Following) -> Result<Issue, Error> {
        let absent = || Failure::not_found("issue", following.issue_id);
        let found = store::issue::find(self.host.reader(), following.partnership_id, following.issue_id).await?;
        let issue = found.ok_or_else(absent)?;
        if deals_with(call, &issue) {
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

/// Whether the caller may know of an issue without a token. Whoever answers for it deals with it also while nobody else is to see it.
pub(super) fn deals_with(call: &Call, issue: &Issue) -> bool {
    let subject = subject_of(issue);
    let answers_for_it = issue.is_hidden() && call.may("ReadHidden", &subject);
    issue.is_public() || answers_for_it || call.may("ReadConfided", &subject)
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
