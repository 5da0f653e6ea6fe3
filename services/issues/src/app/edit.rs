//! Editing what everybody reads of an issue, with what stood there before kept apart.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Unit, rewrite_kept_fields};
use uuid::Uuid;

use super::author::Author;
use super::change::Target;
use super::resident::Following;
use super::{App, IssueView, subject_of};
use crate::domain::edit::{EDITED, FormerWords};
use crate::domain::issue::Rewording;
use crate::domain::recategorising::RECATEGORISED;
use crate::domain::reporter::Part;
use crate::domain::{Edit, Issue, Refusal, Step, notice};
use crate::error::Error;
use crate::store;

/// Reading what stood there before without having written it, as the rules call it.
const FORMER_WORDS: &str = "ReadFormerWords";

impl App {
    /// Changes what everybody reads of an issue.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `ETAG_MISMATCH`, `INVALID_REQUEST`, `REQUEST_ID_REUSED`.
    pub(crate) async fn edit_issue(
        &self,
        call: &Call,
        target: &Target,
        rewording: &Rewording,
        reason: &str,
    ) -> Result<IssueView, Error> {
        let held_words = &self.settings.held_words;
        self.change(call, target, |issue, now| Ok(vec![issue.edit(rewording, reason, held_words, now)?])).await
    }

    /// Takes an issue out of public view.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `ETAG_MISMATCH`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn hide_issue(&self, call: &Call, target: &Target, reason: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.hide(reason, now)?])).await
    }

    /// Puts a hidden issue into public view again.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `ETAG_MISMATCH`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn show_issue(&self, call: &Call, target: &Target) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.show(now)?])).await
    }

    /// A page of what stood in an issue before it was edited, newest first, for whoever reported it and those who may moderate.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `FOLLOW_TOKEN_INVALID`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_issue_edits(
        &self,
        call: &Call,
        following: &Following,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Edit>, String), Error> {
        let issue = self.visible_issue(call, following).await?;
        let moderates = call.may(FORMER_WORDS, &subject_of(&issue));
        let conn = self.host.reader();
        // Anybody may support an issue, and would then have a token.
        if !moderates && self.follower(conn, following).await?.part != Part::Reporter {
            return Err(Refusal::FollowTokenInvalid.into());
        }
        let (partnership_id, issue_id) = (issue.partnership_id, issue.id);
        let page = Page::<Uuid>::open(page_size, page_token, &("ListIssueEdits", partnership_id, issue_id))?;
        let rows = store::edit::list(conn, partnership_id, issue_id, page.after, page.size + 1).await?;
        let (edits, next_page_token) = page.close(rows, |edit| edit.id)?;
        let reads_confided = moderates && call.may("ReadPrivateNotes", &subject_of(&issue));
        let known = |edit: Edit| {
            let edit = if moderates { edit } else { edit.for_reporter() };
            if reads_confided { edit } else { edit.without_confided() }
        };
        Ok((edits.into_iter().map(known).collect(), next_page_token))
    }

    /// Keeps what a change of an issue took out of its words, and takes it out of where it was copied to: notices, and answers that are
    /// kept for a repeat. Nothing is done where no words changed.
    pub(super) async fn keep_former_words(
        &self,
        unit: &Unit,
        author: &Author,
        before: &Issue,
        issue: &Issue,
        reason: String,
    ) -> Result<(), Error> {
        let Some(former) = FormerWords::between(before, issue) else { return Ok(()) };
        let now = unit.call().now;
        rewrite_kept_fields(unit.tx(), issue.id.0, &|field, text| former.replaced(field, text, issue)).await?;
        if former.title.is_some() {
            // Notices name what a resident said by its title; they name it by the new one.
            let retold = |text: &str| notice::retold(text, before, issue);
            store::notice::retell(unit.tx(), issue.partnership_id, issue.id, &retold).await?;
        }
        let edit = Edit {
            id: self.host.next_id(now),
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            time: now,
            actor_id: author.id.clone(),
            actor_name: author.name.clone(),
            actor_label: author.label.clone(),
            reason,
            former,
        };
        let end_time = self.end_of(unit.tx(), issue).await?;
        Ok(store::edit::insert(unit.tx(), &edit, end_time).await?)
    }
}

/// Why the words were changed, as the steps have it.
pub(super) fn reason_of(steps: &[Step]) -> String {
    let changes_words = |step: &&Step| [EDITED, RECATEGORISED, "issue.triaged"].contains(&step.kind.as_str());
    steps.iter().find(changes_words).map(|step| step.note.clone()).unwrap_or_default()
}
