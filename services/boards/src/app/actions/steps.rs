//! What is done to an action after it was raised, and who may do it.

use chrono::NaiveDate;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Caller, Failure, Reason, retrying};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{ActionId, DecisionId, PartnershipId, Rag};

use super::super::members::is_person;
use super::super::{App, Opened, actor, require_carried};
use super::{ActionView, ActionWork};
use crate::domain::Refusal;
use crate::domain::action::{Action, Evidence, Report};
use crate::domain::action_state::ActionStatus;
use crate::domain::action_steps::{ActionChanges, Taken, Verdict};
use crate::domain::due_date::DueDateMove;
use crate::error::Error;
use crate::store;

/// Which action to change, and from which version.
#[derive(Debug, Clone)]
pub(crate) struct ActionTarget {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) action_id: ActionId,
    pub(crate) etag: String,
}

/// An owner's report.
#[derive(Debug, Clone)]
pub(crate) struct ReportProgress {
    pub(crate) target: ActionTarget,
    pub(crate) rag: Rag,
    pub(crate) narrative: String,
    pub(crate) cause: String,
    pub(crate) consequence: String,
    pub(crate) get_well_date: Option<NaiveDate>,
    pub(crate) forecast_date: Option<NaiveDate>,
    pub(crate) evidence: Vec<Evidence>,
}

/// Begins the work on an action, or answers as before.
macro_rules! begin {
    ($app:expr, $call:expr, $target:expr) => {
        match $app.action_work($call, $target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        }
    };
}

impl App {
    /// Changes words or people of an action.
    pub(crate) async fn update_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        changes: &ActionChanges,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        if let Some(theme) = &changes.theme {
            work.partnership.require_theme(theme)?;
        }
        let taken = work.action.update(changes.clone())?;
        work.finish(self, call, taken).await
    }

    /// Agrees an action by a decision, or by the manager under delegation.
    pub(crate) async fn agree_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        decision: Option<DecisionId>,
    ) -> Result<ActionView, Error> {
        if decision.is_none() {
            call.permit_act("AgreeActionByDelegation", &Subject::within(Some(target.partnership_id)))?;
        }
        let mut work = begin!(self, call, target);
        let rules = work.require_constitution().await?;
        require_carried(work.unit.tx(), target.partnership_id, decision).await?;
        let taken = work.action.agree(decision, &work.partnership.calendar(), &rules, call.now)?;
        work.finish(self, call, taken).await
    }

    /// The owner takes an action on. Where the owner is not a provider, the manager may say so for them.
    pub(crate) async fn accept_action(&self, call: &Call, target: &ActionTarget) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        let subject = subject_of(&work.action);
        if work.action.owner.provider_id.is_some() {
            // Whoever answers for it in the provider's name takes it on for the provider only with a role there.
            or_not_the_owner(call, &work.action, &subject.owned_by(None))?;
        } else if !call.may("AcceptUnownedAction", &subject) {
            require_owner(call, &work.action)?;
        }
        let taken = work.action.accept(call.now)?;
        work.finish(self, call, taken).await
    }

    /// Begins the work.
    pub(crate) async fn start_action(&self, call: &Call, target: &ActionTarget) -> Result<ActionView, Error> {
        self.as_owner(call, target, |work| work.action.start(&work.rules, work.now)).await
    }

    /// Says what holds an action up.
    pub(crate) async fn block_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        reason: &str,
    ) -> Result<ActionView, Error> {
        self.as_owner(call, target, |work| work.action.block(reason.to_owned())).await
    }

    /// Lays an action aside, with the approval of a decision or of the caller.
    pub(crate) async fn suspend_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        reason: &str,
        decision: Option<DecisionId>,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        require_carried(work.unit.tx(), target.partnership_id, decision).await?;
        let taken = work.action.suspend(reason.to_owned())?;
        work.finish(self, call, taken).await
    }

    /// Goes on with an action: its owner after a block, those who approved it after a suspension.
    pub(crate) async fn resume_action(&self, call: &Call, target: &ActionTarget) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        if work.action.status == ActionStatus::Suspended {
            call.permit_act("ResumeSuspendedAction", &subject_of(&work.action))?;
        } else {
            require_owner(call, &work.action)?;
        }
        let taken = work.action.resume(&work.rules, call.now)?;
        work.finish(self, call, taken).await
    }

    /// Moves the due date.
    pub(crate) async fn move_action_due_date(
        &self,
        call: &Call,
        target: &ActionTarget,
        to: NaiveDate,
        reason: &str,
        decision_id: Option<DecisionId>,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        require_owner(call, &work.action)?;
        require_carried(work.unit.tx(), target.partnership_id, decision_id).await?;
        let entry = DueDateMove {
            from: work.action.due_date,
            to,
            reason: reason.to_owned(),
            decision_id,
            actor: actor(call),
            move_time: call.now,
        };
        let taken = work.action.move_due_date(entry, &work.rules)?;
        work.finish(self, call, taken).await
    }

    /// The owner's report.
    pub(crate) async fn report_action_progress(
        &self,
        call: &Call,
        command: &ReportProgress,
    ) -> Result<ActionView, Error> {
        let report = Report {
            rag: command.rag,
            narrative: command.narrative.clone(),
            cause: command.cause.clone(),
            consequence: command.consequence.clone(),
            get_well_date: command.get_well_date,
            forecast_date: command.forecast_date,
            reporter: actor(call),
            report_time: call.now,
        };
        let evidence = command.evidence.clone();
        self.as_owner(call, &command.target, |work| work.action.report_progress(report, evidence, &work.rules)).await
    }

    /// The owner says that an action is done.
    pub(crate) async fn submit_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        closing_note: &str,
        evidence: &[Evidence],
    ) -> Result<ActionView, Error> {
        let submitter = actor(call);
        let submit =
            |work: &mut ActionWork| work.action.submit(closing_note.to_owned(), evidence.to_vec(), submitter, work.now);
        self.as_owner(call, target, submit).await
    }

    /// The word of someone other than the owner and whoever submitted it for them.
    pub(crate) async fn verify_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        verdict: &Verdict,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        if owns(call, &work.action) {
            return Err(Refusal::VerifierIsOwner { owner: work.action.owner.organisation }.into());
        }
        let taken = work.action.verify(verdict.clone(), actor(call), &work.rules, call.now)?;
        work.finish(self, call, taken).await
    }

    /// Drops an action, by a carried decision.
    pub(crate) async fn cancel_action(
        &self,
        call: &Call,
        target: &ActionTarget,
        decision: DecisionId,
        reason: &str,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        require_carried(work.unit.tx(), target.partnership_id, Some(decision)).await?;
        let taken = work.action.cancel(decision, reason.to_owned())?;
        work.finish(self, call, taken).await
    }

    /// Puts before the board the actions whose owners let the time to accept pass, so many in one query. One that fails is logged and
    /// keeps back no other; the timer finds it again.
    pub(crate) async fn escalate_unaccepted(&self, batch: u64) -> Result<(), Failure> {
        let today = local_date(self.host.clock().now());
        let mut last = None;
        loop {
            let waiting = store::action::list_unaccepted(self.host.reader(), today, last, batch).await?;
            let Some((_, action_id)) = waiting.last() else { return Ok(()) };
            last = Some(*action_id);
            for (partnership_id, action_id) in waiting {
                self.escalate_or_log(ActionTarget { partnership_id, action_id, etag: String::new() }).await;
            }
        }
    }

    async fn escalate_or_log(&self, target: ActionTarget) {
        let call = Call::background(&self.host, "escalation timer");
        if let Err(failure) = retrying(|| self.escalate_action(&call, &target)).await {
            let (partnership_id, action_id) = (target.partnership_id, target.action_id);
            tracing::error!(%partnership_id, %action_id, %failure, "an action was not escalated; it is tried again");
        }
    }

    /// Nothing is written if the owner accepted meanwhile, or another process was faster.
    async fn escalate_action(&self, call: &Call, target: &ActionTarget) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        if !work.action.is_to_escalate(local_date(call.now)) {
            return Ok(work.view());
        }
        let taken = work.action.escalate(call.now)?;
        work.finish(self, call, taken).await
    }

    /// A step of the owner, or of the manager for them.
    async fn as_owner(
        &self,
        call: &Call,
        target: &ActionTarget,
        step: impl FnOnce(&mut ActionWork) -> Result<Taken, Refusal>,
    ) -> Result<ActionView, Error> {
        let mut work = begin!(self, call, target);
        require_owner(call, &work.action)?;
        let taken = step(&mut work)?;
        work.finish(self, call, taken).await
    }
}

/// Whether the caller owns an action: works for the provider that does, or is the person who answers for it.
fn owns(call: &Call, action: &Action) -> bool {
    let provider = action.owner.provider_id;
    let for_provider = provider.is_some_and(|provider| call.caller.answers_for(action.partnership_id, provider));
    for_provider || is_person(call, action.owner.person_id)
}

/// An action, as the policies see it.
fn subject_of(action: &Action) -> Subject {
    let owner = action.owner.person_id.map(|person| person.to_string());
    Subject::record(action.partnership_id, action.owner.provider_id).with_id(action.id.0).owned_by(owner)
}

/// Refuses those who neither own the action nor may act for the owner.
fn require_owner(call: &Call, action: &Action) -> Result<(), Error> {
    or_not_the_owner(call, action, &subject_of(action))
}

/// Refuses with the owner's name whom the policies do not let do this to the subject.
fn or_not_the_owner(call: &Call, action: &Action, subject: &Subject) -> Result<(), Error> {
    match call.permit(subject) {
        Err(failure) if call.caller == Caller::Anonymous || failure.reason() == Reason::PartnershipForbids => {
            Err(failure.into())
        }
        Err(_) => Err(Refusal::NotTheOwner { owner: action.owner.organisation.clone() }.into()),
        Ok(()) => Ok(()),
    }
}
