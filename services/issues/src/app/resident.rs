//! What the holder of a follow token may do: confirm, dispute, withdraw, and read what they were told.

use chrono::{DateTime, Utc};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use uuid::Uuid;

use super::author::Author;
use super::change::not_by_its_provider;
use super::duplicates::{leave, lock_with_original};
use super::{App, IssueView, capability};
use crate::domain::opinion::{self, Said};
use crate::domain::reporter::Part;
use crate::domain::{Issue, Notice, Refusal, Step};
use crate::error::Error;
use crate::store;
use crate::store::reporter::Holder;

/// Which issue, and by which secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Following {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// The secret.
    pub follow_token: String,
}

impl App {
    /// Whoever reported it says that it is fixed. Said again, nothing is written but another satisfaction.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, also for a supporter's; `STATE_FORBIDS`, `SELF_VERIFICATION`, `REQUEST_ID_REUSED`.
    pub(crate) async fn confirm_resolution(
        &self,
        call: &Call,
        following: &Following,
        note: &str,
        said: Option<&Said>,
    ) -> Result<IssueView, Error> {
        // Anybody may support an issue, so that a supporter's word closes nothing.
        self.change_as_follower(call, following, true, said, |issue, now| {
            not_by_its_provider(call, issue)?;
            issue.confirm(note, now)
        })
        .await
    }

    /// A resident says that it is not fixed.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn dispute_resolution(
        &self,
        call: &Call,
        following: &Following,
        reason: &str,
        said: Option<&Said>,
    ) -> Result<IssueView, Error> {
        let found = store::issue::find(self.host.reader(), following.partnership_id, following.issue_id).await?;
        let provider_active = match found.and_then(|issue| issue.provider_id) {
            Some(provider_id) => self.is_active(following.partnership_id, provider_id).await?,
            None => true,
        };
        let dispute = |issue: &mut Issue, now| issue.dispute(reason, provider_active, now);
        self.change_as_follower(call, following, false, said, dispute).await
    }

    /// The reporter takes it back.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, also for a supporter's; `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn withdraw_issue(
        &self,
        call: &Call,
        following: &Following,
        reason: &str,
    ) -> Result<IssueView, Error> {
        self.change_as_follower(call, following, true, None, |issue, now| Ok(vec![issue.withdraw(reason, now)?])).await
    }

    /// What the holder of the token was told, newest first, and whether they only follow.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, `PAGE_TOKEN_INVALID`; `NOT_FOUND` for whoever only follows, while the issue is held back.
    pub(crate) async fn list_notices(
        &self,
        following: &Following,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Notice>, String, bool), Error> {
        let holder = self.follower(self.host.reader(), following).await?;
        if holder.part == Part::Follower {
            // What they were told names an issue that they may not be shown any more.
            let conn = self.host.reader();
            let found = store::issue::find(conn, following.partnership_id, following.issue_id).await?;
            if !found.is_some_and(|issue| issue.is_public()) {
                return Err(Failure::not_found("issue", following.issue_id).into());
            }
        }
        let reporter_id = holder.id;
        let query = ("ListNotices", following.issue_id, reporter_id);
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        let conn = self.host.reader();
        let rows = store::notice::list(conn, following.partnership_id, reporter_id, page.after, page.size + 1).await?;
        let (notices, next_page_token) = page.close(rows, |notice| notice.id.0)?;
        let notices = self.told_still(following.partnership_id, following.issue_id, notices).await?;
        Ok((notices, next_page_token, holder.part == Part::Follower))
    }

    /// Ends a follow token, and answers another in its place if `renew` asks for one, else nothing. With that of a follower by e-mail,
    /// their letters end, too, or go on with the new one.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, `REQUEST_ID_REUSED`.
    pub(crate) async fn revoke_follow_link(
        &self,
        call: &Call,
        following: &Following,
        renew: bool,
        request_id: &str,
    ) -> Result<String, Error> {
        let partnership_id = following.partnership_id;
        let mut unit = match self.host.begin::<Option<ReporterId>>(call).await? {
            Begun::Repeated(None) => return Ok(String::new()),
            Begun::Repeated(Some(id)) => return self.token_again(partnership_id, id, request_id).await,
            Begun::Fresh(unit) => unit,
        };
        let holder = self.follower(unit.tx(), following).await?;
        // Where none is wished for, nobody is ever told the one that is set.
        let (follow_token, trace) = capability::mint(self.host.ids(), if renew { request_id } else { "" });
        match (holder.part, renew) {
            (Part::Follower, false) => self.end_following(&unit, partnership_id, holder.id).await?,
            (Part::Follower, true) => {
                store::reporter::set_token(unit.tx(), partnership_id, holder.id, &trace).await?;
                let safe = self.safe();
                store::follower::set_secret(unit.tx(), safe, partnership_id, holder.id, &follow_token).await?;
            }
            (Part::Reporter | Part::Supporter, _) => {
                store::reporter::set_token(unit.tx(), partnership_id, holder.id, &trace).await?;
            }
        }
        unit.record_quietly("follow_link.revoked", Some(partnership_id), holder.id.0, &())?;
        unit.commit(renew.then_some(holder.id)).await?;
        Ok(if renew { follow_token } else { String::new() })
    }

    /// Who holds the token. A guess is told in the log, with its trace; the limits on addresses slow it down, and 256 random bits make it
    /// hopeless.
    pub(super) async fn follower(&self, conn: &impl store::Connection, following: &Following) -> Result<Holder, Error> {
        let hash = capability::hash(&following.follow_token);
        let found = store::reporter::find_by_token(conn, following.partnership_id, following.issue_id, &hash).await?;
        if found.is_none() && !following.follow_token.is_empty() {
            tracing::warn!(issue_id = %following.issue_id, "a follow token opens nothing");
        }
        Ok(found.ok_or(Refusal::FollowTokenInvalid)?)
    }

    async fn change_as_follower(
        &self,
        call: &Call,
        following: &Following,
        reporter_only: bool,
        said: Option<&Said>,
        decide: impl FnOnce(&mut Issue, DateTime<Utc>) -> Result<Vec<Step>, Refusal> + Send,
    ) -> Result<IssueView, Error> {
        let holder = self.follower(self.host.reader(), following).await?;
        if !holder.part.may_judge() || (reporter_only && holder.part != Part::Reporter) {
            return Err(Refusal::FollowTokenInvalid.into());
        }
        let calendar = self.calendar(following.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let (before, original) = lock_with_original(&unit, following.partnership_id, following.issue_id).await?;
        let mut issue = before.clone();
        let mut steps = decide(&mut issue, call.now)?;
        if !self.keep_opinion(call, &unit, (&before, &mut issue), &holder, said).await? {
            steps.retain(|step| step.kind != opinion::SAID);
        }
        if steps.is_empty() {
            let view = self.view_for(unit.tx(), before, call, Some(holder)).await?;
            return Ok(unit.commit(view).await?);
        }
        let author = Author::resident(call, &before, holder.visibility);
        let author = Author { label: "A resident".to_owned(), ..author };
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        if issue.duplicate_of != before.duplicate_of {
            leave(&writing, &mut unit, &issue, original).await?;
        }
        let view = self.view_for(unit.tx(), issue, call, Some(holder)).await?;
        Ok(unit.commit(view).await?)
    }
}
