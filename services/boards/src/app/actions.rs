//! Raising actions and reading them. What is done to an action later stands in [`steps`].

mod steps;

use chrono::{DateTime, Datelike as _, Utc};
use futures::future::try_join_all;
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit, etag};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{ActionId, IssueId, PartnershipId, Rag};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use steps::{ActionTarget, ReportProgress};

use super::{App, Listed, Opened, actor, constitution_on, require_carried};
use crate::domain::Refusal;
use crate::domain::action::{Action, LinkedCommitment, Proposal, check_proposal};
use crate::domain::action_rag::Standing;
use crate::domain::action_steps::Taken;
use crate::domain::constitution::ActionRules;
use crate::domain::event::{ActionChanged, Event};
use crate::domain::partnership::Partnership;
use crate::domain::reference::{ReferenceKind, reference};
use crate::error::Error;
use crate::store::action::HistoryEntry;
use crate::store::{self, Query};

/// An action with the commitments that answer it, and how it stands today.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ActionView {
    pub(crate) action: Action,
    pub(crate) commitments: Vec<LinkedCommitment>,
    pub(crate) standing: Standing,
}

/// An action to put forward.
#[derive(Debug, Clone)]
pub(crate) struct RaiseAction {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) proposal: Proposal,
}

/// A change of one action in the making.
struct ActionWork {
    unit: Unit,
    partnership: Partnership,
    rules: ActionRules,
    action: Action,
    commitments: Vec<LinkedCommitment>,
    now: DateTime<Utc>,
}

impl App {
    /// Puts an action forward. Issues is asked first whether each issue is one of the partnership's; if it does not answer,
    /// nothing is written.
    pub(crate) async fn raise_action(&self, call: &Call, command: &RaiseAction) -> Result<ActionView, Error> {
        let partnership_id = command.partnership_id;
        let proposal = command.proposal.clone();
        check_proposal(&proposal, proposal.start_date.unwrap_or_else(|| local_date(call.now)))?;
        self.require_partnership(partnership_id).await?;
        self.require_issues(call, partnership_id, &proposal.issue_ids).await?;
        let unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let partnership = store::partnership::get(unit.tx(), partnership_id).await?;
        partnership.require_active()?;
        partnership.require_theme(&proposal.theme)?;
        require_carried(unit.tx(), partnership_id, proposal.decision_id).await?;
        let year = local_date(call.now).year();
        let number = store::reference::take_number(unit.tx(), partnership_id, ReferenceKind::Action, year).await?;
        let reference = reference(&partnership.reference_prefix, ReferenceKind::Action, year, number);
        let action = Action::raise(self.host.next_id(call.now).into(), partnership_id, reference, call.now, proposal)?;
        store::action::insert(unit.tx(), &action).await?;
        let rules = rules_today(&unit, partnership_id, call).await?;
        let work = ActionWork { unit, partnership, rules, action, commitments: Vec::new(), now: call.now };
        work.finish_raised(self, call).await
    }

    /// Reads an action.
    pub(crate) async fn get_action(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: ActionId,
    ) -> Result<ActionView, Error> {
        let action = store::action::get(self.host.reader(), partnership_id, id).await?;
        let mut views = self.view(call, partnership_id, vec![action]).await?;
        Ok(views.pop().ok_or_else(|| Failure::not_found("action", id))?)
    }

    /// Lists actions; only those that answer `issue` where it is given.
    pub(crate) async fn list_actions(
        &self,
        call: &Call,
        id: PartnershipId,
        issue: Option<IssueId>,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<ActionView> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::action::list(self.host.reader(), id, issue, query).await?;
        let (actions, next) = page.close(rows, |action| action.id.0)?;
        Ok((self.view(call, id, actions).await?, next))
    }

    /// Lists every step of an action.
    pub(crate) async fn list_action_history(
        &self,
        partnership_id: PartnershipId,
        id: ActionId,
        page: &Page<Uuid>,
    ) -> Listed<HistoryEntry> {
        self.require_partnership(partnership_id).await?;
        store::action::get(self.host.reader(), partnership_id, id).await?;
        let query = Query { filter: "", after: page.after, limit: page.size + 1 };
        let rows = store::action::list_history(self.host.reader(), partnership_id, id, query).await?;
        Ok(page.close(rows, |entry| entry.id)?)
    }

    /// Actions as they stand today.
    async fn view(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        actions: Vec<Action>,
    ) -> Result<Vec<ActionView>, Error> {
        let today = local_date(call.now);
        let constitution = store::constitution::find_in_force(self.host.reader(), partnership_id, today).await?;
        let rules = constitution.map(|constitution| constitution.rules.actions).unwrap_or_default();
        let ids: Vec<ActionId> = actions.iter().map(|action| action.id).collect();
        let mut commitments = store::action::commitments_of(self.host.reader(), partnership_id, &ids).await?;
        let view = |action: Action| {
            let commitments = commitments.remove(&action.id).unwrap_or_default();
            let standing = Standing::of(&action, today, &rules, &rags(&commitments));
            ActionView { action, commitments, standing }
        };
        Ok(actions.into_iter().map(view).collect())
    }

    /// Asks issues, on behalf of the caller, whether every issue is one of the partnership's.
    async fn require_issues(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issues: &[IssueId],
    ) -> Result<(), Error> {
        let asked = issues.iter().map(|issue| self.issues.has_issue(call, partnership_id, *issue));
        let found = try_join_all(asked).await?;
        match issues.iter().zip(found).find(|(_, found)| !found) {
            Some((issue, _)) => Err(Refusal::IssueUnknown { issue_id: issue.0 }.into()),
            None => Ok(()),
        }
    }

    async fn action_work(&self, call: &Call, target: &ActionTarget) -> Result<Opened<ActionWork, ActionView>, Error> {
        let unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(Opened::Answered(answer)),
            Begun::Fresh(unit) => unit,
        };
        let partnership = store::partnership::get(unit.tx(), target.partnership_id).await?;
        partnership.require_active()?;
        let action = store::action::get(unit.tx(), target.partnership_id, target.action_id).await?;
        etag::check(&target.etag, action.version)?;
        let mut commitments = store::action::commitments_of(unit.tx(), target.partnership_id, &[action.id]).await?;
        let commitments = commitments.remove(&action.id).unwrap_or_default();
        let rules = rules_today(&unit, target.partnership_id, call).await?;
        Ok(Opened::Work(ActionWork { unit, partnership, rules, action, commitments, now: call.now }))
    }
}

impl ActionWork {
    /// Keeps the step that was taken, and tells of it.
    async fn finish(mut self, app: &App, call: &Call, taken: Taken) -> Result<ActionView, Error> {
        self.action.update_time = self.now;
        store::action::update(self.unit.tx(), &mut self.action).await?;
        let step = taken.step;
        self.keep_history(app, call, taken).await?;
        let view = self.view();
        self.unit.record(&ActionChanged::event(&view.action, step, &view.standing), &view.action)?;
        Ok(self.unit.commit(view).await?)
    }

    async fn finish_raised(mut self, app: &App, call: &Call) -> Result<ActionView, Error> {
        self.keep_history(app, call, self.action.raised()).await?;
        let view = self.view();
        self.unit.record(&Event::from(&view.action), &view.action)?;
        Ok(self.unit.commit(view).await?)
    }

    async fn keep_history(&self, app: &App, call: &Call, taken: Taken) -> Result<(), Failure> {
        let entry = HistoryEntry { id: app.host.next_id(self.now), time: self.now, actor: actor(call), taken };
        store::action::insert_history(self.unit.tx(), &self.action, entry).await
    }

    fn view(&self) -> ActionView {
        let standing = Standing::of(&self.action, local_date(self.now), &self.rules, &rags(&self.commitments));
        ActionView { action: self.action.clone(), commitments: self.commitments.clone(), standing }
    }

    /// The numbers of the constitution in force, without which nothing is agreed.
    async fn require_constitution(&self) -> Result<ActionRules, Error> {
        let constitution = constitution_on(self.unit.tx(), self.partnership.id, local_date(self.now)).await?;
        Ok(constitution.rules.actions)
    }
}

fn rags(commitments: &[LinkedCommitment]) -> Vec<Rag> {
    commitments.iter().map(|commitment| commitment.rag).collect()
}

/// The numbers that govern actions today; the defaults while no constitution is in force.
async fn rules_today(unit: &Unit, partnership_id: PartnershipId, call: &Call) -> Result<ActionRules, Failure> {
    let constitution = store::constitution::find_in_force(unit.tx(), partnership_id, local_date(call.now)).await?;
    Ok(constitution.map(|constitution| constitution.rules.actions).unwrap_or_default())
}

#[cfg(test)]
mod tests;
