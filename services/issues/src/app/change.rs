//! Every verb of staff and providers on an issue.
//!
//! [`App::change`] is the frame: who may, load and lock, is the etag current, decide, write. A verb adds who may and what is
//! decided. What must be asked of another service is asked before the transaction begins.

use chrono::{DateTime, Utc};
use pathfinder_kit::{Begun, Call, Failure, Reason, Unit, etag};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{IssueId, PartnershipId, ProviderId};

use super::author::Author;
use super::edit::reason_of;
use super::parts::parts;
use super::subject_of;
use super::{App, IssueView};
use crate::domain::issue::{Evidence, Rewording};
use crate::domain::{Issue, IssueState, Refusal, Step, template};
use crate::error::Error;
use crate::store;

/// Which issue, and which version of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// The version that was read; empty for any.
    pub etag: String,
}

/// What was done about an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fix {
    /// What, in words that a resident can read.
    pub reason: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// When; none for now.
    pub time: Option<DateTime<Utc>>,
}

impl App {
    pub(super) async fn change(
        &self,
        call: &Call,
        target: &Target,
        decide: impl FnOnce(&mut Issue, DateTime<Utc>) -> Result<Vec<Step>, Refusal> + Send,
    ) -> Result<IssueView, Error> {
        self.change_from(call, target, None, decide).await
    }

    /// As [`App::change`], for what may give the issue to somebody else, or measure it against something else. `asked_of` is the issue for which
    /// the others were asked who that is: of another category by now, it is to be asked anew. What was missed and nobody found yet is found
    /// before, while it is theirs who missed it.
    pub(super) async fn change_sorting(
        &self,
        call: &Call,
        target: &Target,
        asked_of: &Issue,
        decide: impl FnOnce(&mut Issue, DateTime<Utc>) -> Result<Vec<Step>, Refusal> + Send,
    ) -> Result<IssueView, Error> {
        self.change_from(call, target, Some(asked_of), decide).await
    }

    async fn change_from(
        &self,
        call: &Call,
        target: &Target,
        asked_of: Option<&Issue>,
        decide: impl FnOnce(&mut Issue, DateTime<Utc>) -> Result<Vec<Step>, Refusal> + Send,
    ) -> Result<IssueView, Error> {
        let calendar = self.calendar(target.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let found = store::issue::find_for_update(unit.tx(), target.partnership_id, target.issue_id).await?;
        let before = found.ok_or_else(|| Failure::not_found("issue", target.issue_id))?;
        call.permit(&subject_of(&before))?;
        etag::check(&target.etag, before.version)?;
        let (mut issue, mut found) = (before.clone(), Vec::new());
        if let Some(asked_of) = asked_of {
            check_same_category(asked_of, &before)?;
            issue.find_breach(&calendar, call.now, &mut found);
        }
        let mut steps = decide(&mut issue, call.now)?;
        if issue.state != before.state && matches!(issue.state, IssueState::Closed | IssueState::NoAction) {
            before.check_parts(&parts(unit.tx(), &before).await?)?;
        }
        self.let_templates_speak(&unit, &issue, &calendar, &mut steps).await?;
        let author = Author::of(call, &before);
        let writing = self.writing(call, &calendar, author);
        let reason = reason_of(&steps);
        found.extend(steps);
        writing.update(&mut unit, &before, &mut issue, found).await?;
        self.keep_former_words(&unit, &writing.author, &before, &issue, reason).await?;
        let view = self.view(unit.tx(), issue, call).await?;
        Ok(unit.commit(view).await?)
    }

    /// Where nothing is said of a step, its category may have something to say.
    pub(super) async fn let_templates_speak(
        &self,
        unit: &Unit,
        issue: &Issue,
        calendar: &WorkingCalendar,
        steps: &mut [Step],
    ) -> Result<(), Error> {
        if !steps.iter().any(template::says_nothing) {
            return Ok(());
        }
        let found = store::category::find_by_code(unit.tx(), issue.partnership_id, &issue.category_code).await?;
        let templates = found.map(|category| category.response_templates).unwrap_or_default();
        template::speak(&templates, issue, calendar, steps);
        Ok(())
    }

    /// Reads an issue before its change, for what must be asked of others about it.
    pub(super) async fn peek(&self, target: &Target) -> Result<Issue, Error> {
        let found = store::issue::find(self.host.reader(), target.partnership_id, target.issue_id).await?;
        Ok(found.ok_or_else(|| Failure::not_found("issue", target.issue_id))?)
    }

    /// Lets an issue that was held back go on, and routes it.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn triage_issue(
        &self,
        call: &Call,
        target: &Target,
        rewording: &Rewording,
        note: &str,
    ) -> Result<IssueView, Error> {
        let peeked = self.peek(target).await?;
        let routing = self.routing_by_rule(call, &peeked).await?;
        self.change_sorting(call, target, &peeked, |issue, now| issue.triage(rewording, note, routing.as_ref(), now))
            .await
    }

    /// Makes a provider answerable.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`, `PROVIDER_INACTIVE`, `PEER_UNAVAILABLE`.
    pub(crate) async fn route_issue(
        &self,
        call: &Call,
        target: &Target,
        provider_id: ProviderId,
        note: &str,
    ) -> Result<IssueView, Error> {
        let peeked = self.peek(target).await?;
        let provider = self.provider(target.partnership_id, provider_id).await?;
        provider.check_active()?;
        let routing = self.routing_to(call, &peeked, provider).await;
        self.change_sorting(call, target, &peeked, |issue, now| Ok(vec![issue.route(&routing, note, now)?])).await
    }

    /// The provider takes it.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn accept_issue(&self, call: &Call, target: &Target, note: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.accept(note, now)?])).await
    }

    /// The provider refuses it, and names who is answerable or why it is not. A provider that is inactive is as good as none.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`, `PEER_UNAVAILABLE`.
    pub(crate) async fn refuse_issue(
        &self,
        call: &Call,
        target: &Target,
        reason: &str,
        named: Option<ProviderId>,
    ) -> Result<IssueView, Error> {
        let peeked = self.peek(target).await?;
        let routing = match named {
            Some(provider_id) => Some(self.provider(target.partnership_id, provider_id).await?),
            None => None,
        };
        let routing = match routing.filter(|provider| provider.active) {
            Some(provider) => Some(self.routing_to(call, &peeked, provider).await),
            None => None,
        };
        self.change_sorting(call, target, &peeked, |issue, now| issue.refuse(reason, routing.as_ref(), now)).await
    }

    /// Work begins.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn start_issue_work(&self, call: &Call, target: &Target, note: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.start_work(note, now)?])).await
    }

    /// Work waits.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `PAUSE_NOT_ALLOWED`, `ETAG_MISMATCH`.
    pub(crate) async fn hold_issue(
        &self,
        call: &Call,
        target: &Target,
        reason: &str,
        pause_reason: &str,
    ) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.hold(reason, pause_reason, now)?])).await
    }

    /// Work goes on.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn resume_issue(&self, call: &Call, target: &Target, note: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| Ok(vec![issue.resume(note, now)?])).await
    }

    /// It is fixed.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`, `INVALID_REQUEST`.
    pub(crate) async fn resolve_issue(&self, call: &Call, target: &Target, fix: &Fix) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| {
            Ok(vec![issue.resolve(&fix.reason, fix.evidence.clone(), fix.time.unwrap_or(now), now)?])
        })
        .await
    }

    /// A resolved issue is finished.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `SELF_VERIFICATION`, `ETAG_MISMATCH`.
    pub(crate) async fn close_issue(&self, call: &Call, target: &Target, reason: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| {
            not_by_its_provider(call, issue)?;
            Ok(vec![issue.close(reason, now)?])
        })
        .await
    }

    /// Nothing will be done.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `SELF_VERIFICATION`, `ETAG_MISMATCH`.
    pub(crate) async fn close_issue_without_action(
        &self,
        call: &Call,
        target: &Target,
        reason: &str,
    ) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| {
            not_by_its_provider(call, issue)?;
            Ok(vec![issue.close_without_action(reason, now)?])
        })
        .await
    }

    /// A closing that was disputed was right after all.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `SELF_VERIFICATION`, `CLOSING_NOT_DISPUTED`, `ETAG_MISMATCH`.
    pub(crate) async fn uphold_closing(&self, call: &Call, target: &Target, reason: &str) -> Result<IssueView, Error> {
        self.change(call, target, |issue, now| {
            not_by_its_provider(call, issue)?;
            Ok(vec![issue.uphold_closing(reason, now)?])
        })
        .await
    }
}

/// Refuses to write what was asked of an issue that was moved to another category meanwhile; tried again, it is asked of that one.
fn check_same_category(asked_of: &Issue, present: &Issue) -> Result<(), Failure> {
    if asked_of.category_code == present.category_code {
        return Ok(());
    }
    let message = "The issue was moved to another category at the same moment; nothing was changed. Try again.";
    Err(Failure::new(Reason::Conflict, message).transient())
}

/// Refuses a word about the outcome from whoever works for the provider that answers for the issue.
pub(super) fn not_by_its_provider(call: &Call, issue: &Issue) -> Result<(), Refusal> {
    let own = issue.provider_id.is_some_and(|provider| call.caller.answers_for(issue.partnership_id, provider));
    if own { Err(Refusal::SelfVerification { provider: issue.provider_name.clone() }) } else { Ok(()) }
}
