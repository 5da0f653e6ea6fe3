//! A large issue and its parts: one level deep.

use pathfinder_kit::{Begun, Call, Failure, etag};
use pathfinder_terms::IssueId;

use super::author::Author;
use super::change::Target;
use super::duplicates::lock_both;
use super::{App, IssueView, subject_of};
use crate::domain::Issue;
use crate::domain::issue::MOST_PARTS;
use crate::error::Error;
use crate::store;

impl App {
    /// Makes an issue a part of a larger one, or of none any more. Of two calls at once, each with both issues the other way round, one waits
    /// for the other and is refused.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `INVALID_REQUEST`, `ETAG_MISMATCH`.
    pub(crate) async fn set_parent_issue(
        &self,
        call: &Call,
        target: &Target,
        parent_id: Option<IssueId>,
    ) -> Result<IssueView, Error> {
        let partnership_id = target.partnership_id;
        let calendar = self.calendar(partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let (found, parent) = match parent_id {
            Some(parent_id) => lock_both(unit.tx(), partnership_id, target.issue_id, parent_id).await?,
            None => (store::issue::find_for_update(unit.tx(), partnership_id, target.issue_id).await?, None),
        };
        let before = found.ok_or_else(|| Failure::not_found("issue", target.issue_id))?;
        if let (Some(parent_id), None) = (parent_id, &parent) {
            return Err(Failure::not_found("issue", parent_id).into());
        }
        call.permit(&subject_of(&before))?;
        etag::check(&target.etag, before.version)?;
        let has_parts = !parts(unit.tx(), &before).await?.is_empty();
        let siblings = match &parent {
            Some(parent) => parts(unit.tx(), parent).await?.len(),
            None => 0,
        };
        let mut issue = before.clone();
        if let Some(step) = issue.set_parent(parent.as_ref(), has_parts, siblings, call.now)? {
            let author = Author::of(call, &before);
            let writing = self.writing(call, &calendar, author);
            writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        }
        let view = self.view(unit.tx(), issue, call).await?;
        Ok(unit.commit(view).await?)
    }
}

/// The parts of an issue: as many as it may have.
pub(super) async fn parts(conn: &impl store::Connection, issue: &Issue) -> Result<Vec<Issue>, Error> {
    let most = u64::try_from(MOST_PARTS).unwrap_or(u64::MAX);
    Ok(store::issue::parts_of(conn, issue.partnership_id, issue.id, most).await?)
}
