//! Serves actions.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::action_service_server::ActionService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use super::convert::{action_target, evidence, history_entry, report_progress, to_action, verdict};
use crate::app::App;
use crate::app::actions::{ActionView, RaiseAction};
use crate::domain::action_steps::ActionChanges;

fn shown(call: &Call, view: ActionView) -> pb::Action {
    let in_full = App::is_involved(call, view.action.partnership_id);
    to_action(view, in_full)
}

/// Serves `ActionService`.
pub(crate) struct Actions {
    app: Arc<App>,
}

impl Actions {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ActionService for Actions {
    async fn raise_action(&self, request: Request<pb::RaiseActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = RaiseAction::try_from(message)?;
        let action = self.app.host.once(&call, || self.app.raise_action(&call, &command)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn get_action(&self, request: Request<pb::GetActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, String::new())?;
        let action =
            self.app.get_action(&call, target.partnership_id, target.action_id).await.map_err(Failure::from)?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn list_actions(
        &self,
        request: Request<pb::ListActionsRequest>,
    ) -> Result<Response<pb::ListActionsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let issue = wire::optional_id("issue_id", &message.issue_id).map_err(Failure::from)?;
        let query = ("ListActions", id, &message.filter, &message.issue_id);
        let page = Page::open(message.page_size, &message.page_token, &query)?;
        let listed = self.app.list_actions(&call, id, issue, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let actions = rows.into_iter().map(|action| shown(&call, action)).collect();
        Ok(Response::new(pb::ListActionsResponse { actions, next_page_token }))
    }

    async fn update_action(&self, request: Request<pb::UpdateActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag.clone())?;
        let changes = ActionChanges::try_from(message)?;
        let action = self.app.host.once(&call, || self.app.update_action(&call, &target, &changes)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn agree_action(&self, request: Request<pb::AgreeActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let decision = wire::optional_id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action = self.app.host.once(&call, || self.app.agree_action(&call, &target, decision)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn accept_action(&self, request: Request<pb::AcceptActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action = self.app.host.once(&call, || self.app.accept_action(&call, &target)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn start_action(&self, request: Request<pb::StartActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action = self.app.host.once(&call, || self.app.start_action(&call, &target)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn block_action(&self, request: Request<pb::BlockActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action = self.app.host.once(&call, || self.app.block_action(&call, &target, &message.reason)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn suspend_action(&self, request: Request<pb::SuspendActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let decision = wire::optional_id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action =
            self.app.host.once(&call, || self.app.suspend_action(&call, &target, &message.reason, decision)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn resume_action(&self, request: Request<pb::ResumeActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action = self.app.host.once(&call, || self.app.resume_action(&call, &target)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn move_action_due_date(
        &self,
        request: Request<pb::MoveActionDueDateRequest>,
    ) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let decision = wire::optional_id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let to = wire::date("due_date", &message.due_date).map_err(Failure::from)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let reason = message.reason;
        let action =
            self.app.host.once(&call, || self.app.move_action_due_date(&call, &target, to, &reason, decision)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn report_action_progress(
        &self,
        request: Request<pb::ReportActionProgressRequest>,
    ) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = report_progress(message)?;
        let action = self.app.host.once(&call, || self.app.report_action_progress(&call, &command)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn submit_action_for_verification(
        &self,
        request: Request<pb::SubmitActionForVerificationRequest>,
    ) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let evidence = evidence(message.evidence);
        let action = self
            .app
            .host
            .once(&call, || self.app.submit_action(&call, &target, &message.closing_note, &evidence))
            .await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn verify_action(&self, request: Request<pb::VerifyActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let verdict = verdict(message.accepted, message.feedback_note, message.reason)?;
        let action = self.app.host.once(&call, || self.app.verify_action(&call, &target, &verdict)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn cancel_action(&self, request: Request<pb::CancelActionRequest>) -> Result<Response<pb::Action>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let decision = wire::id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let target = action_target(&message.partnership_id, &message.action_id, message.etag)?;
        let action =
            self.app.host.once(&call, || self.app.cancel_action(&call, &target, decision, &message.reason)).await?;
        Ok(Response::new(shown(&call, action)))
    }

    async fn list_action_history(
        &self,
        request: Request<pb::ListActionHistoryRequest>,
    ) -> Result<Response<pb::ListActionHistoryResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = action_target(&message.partnership_id, &message.action_id, String::new())?;
        let query = ("ListActionHistory", target.partnership_id, target.action_id);
        let page = Page::open(message.page_size, &message.page_token, &query)?;
        let listed = self.app.list_action_history(target.partnership_id, target.action_id, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let in_full = App::is_involved(&call, target.partnership_id);
        let entries = rows.into_iter().map(|entry| history_entry(entry, in_full)).collect();
        Ok(Response::new(pb::ListActionHistoryResponse { entries, next_page_token }))
    }
}
