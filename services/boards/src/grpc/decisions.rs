//! Serves decisions.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::decision_service_server::DecisionService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use super::convert::to_decision;
use crate::app::App;
use crate::app::decisions::{RecordDecision, ReviewDecision};
use crate::domain::review::ReviewedDecision;

fn shown(call: &Call, reviewed: ReviewedDecision) -> pb::Decision {
    let in_full = App::is_involved(call, reviewed.decision.partnership_id);
    to_decision(reviewed, in_full)
}

/// Serves `DecisionService`.
pub(crate) struct Decisions {
    app: Arc<App>,
}

impl Decisions {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl DecisionService for Decisions {
    async fn record_decision(
        &self,
        request: Request<pb::RecordDecisionRequest>,
    ) -> Result<Response<pb::Decision>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = RecordDecision::try_from(message)?;
        let decision = self.app.host.once(&call, || self.app.record_decision(&call, &command)).await?;
        Ok(Response::new(shown(&call, decision)))
    }

    async fn endorse_decision(
        &self,
        request: Request<pb::EndorseDecisionRequest>,
    ) -> Result<Response<pb::Decision>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = ReviewDecision::try_from(message)?;
        let decision = self.app.host.once(&call, || self.app.review_decision(&call, &command)).await?;
        Ok(Response::new(shown(&call, decision)))
    }

    async fn refer_decision_back(
        &self,
        request: Request<pb::ReferDecisionBackRequest>,
    ) -> Result<Response<pb::Decision>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = ReviewDecision::try_from(message)?;
        let decision = self.app.host.once(&call, || self.app.review_decision(&call, &command)).await?;
        Ok(Response::new(shown(&call, decision)))
    }

    async fn get_decision(&self, request: Request<pb::GetDecisionRequest>) -> Result<Response<pb::Decision>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let decision_id = wire::id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let decision = self.app.get_decision(&call, id, decision_id).await.map_err(Failure::from)?;
        Ok(Response::new(shown(&call, decision)))
    }

    async fn list_decisions(
        &self,
        request: Request<pb::ListDecisionsRequest>,
    ) -> Result<Response<pb::ListDecisionsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListDecisions", id, &message.filter))?;
        let listed = self.app.list_decisions(&call, id, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let decisions = rows.into_iter().map(|decision| shown(&call, decision)).collect();
        Ok(Response::new(pb::ListDecisionsResponse { decisions, next_page_token }))
    }
}
