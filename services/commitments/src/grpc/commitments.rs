//! Serves `CommitmentService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure, wire};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::commitment_service_server::CommitmentService;
use tonic::{Request, Response, Status};

use super::convert::{self, CommitmentPath, Milestone};
use crate::app::App;
use crate::domain::{Commitment, CommitmentChange, Finding, Offer};

/// Serves `CommitmentService`.
pub(crate) struct CommitmentsOf {
    app: Arc<App>,
}

impl CommitmentsOf {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// The answer with a commitment, with or without the people in it, as the caller may know them.
fn answer(call: &Call, commitment: Commitment) -> Response<pb::Commitment> {
    let with_people = App::sees_people(call, commitment.partnership_id);
    Response::new(convert::commitment_to_wire(commitment, with_people))
}

#[tonic::async_trait]
impl CommitmentService for CommitmentsOf {
    async fn offer_commitment(
        &self,
        request: Request<pb::OfferCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let offer = Offer::try_from(message)?;
        let commitment = self.app.host.once(&call, || self.app.offer_commitment(&call, &offer)).await?;
        Ok(answer(&call, commitment))
    }

    async fn get_commitment(
        &self,
        request: Request<pb::GetCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, "").key()?;
        let commitment = self.app.get_commitment(key.partnership_id, key.id).await.map_err(Failure::from)?;
        Ok(answer(&call, commitment))
    }

    async fn list_commitments(
        &self,
        request: Request<pb::ListCommitmentsRequest>,
    ) -> Result<Response<pb::ListCommitmentsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let pb::ListCommitmentsRequest { partnership_id, page_size, page_token, filter } = message;
        let page = Page::open(page_size, &page_token, &("ListCommitments", &partnership_id, &filter))?;
        let partnership_id = wire::id("partnership_id", &partnership_id).map_err(Failure::from)?;
        let listed = self.app.list_commitments(partnership_id, &filter, &page).await.map_err(Failure::from)?;
        let with_people = App::sees_people(&call, partnership_id);
        let to_wire = |commitment| convert::commitment_to_wire(commitment, with_people);
        let commitments = listed.0.into_iter().map(to_wire).collect();
        Ok(Response::new(pb::ListCommitmentsResponse { commitments, next_page_token: listed.1 }))
    }

    async fn update_commitment(
        &self,
        request: Request<pb::UpdateCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let change = CommitmentChange::try_from(message)?;
        let commitment = self.app.host.once(&call, || self.app.update_commitment(&call, &key, &change)).await?;
        Ok(answer(&call, commitment))
    }

    async fn negotiate_commitment(
        &self,
        request: Request<pb::NegotiateCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let note = convert::maybe_said(&message.note);
        let commitment = self.app.host.once(&call, || self.app.negotiate_commitment(&call, &key, note.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn accept_commitment(
        &self,
        request: Request<pb::AcceptCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let decision_id = wire::id("decision_id", &message.decision_id).map_err(Failure::from)?;
        let note = convert::maybe_said(&message.note);
        let commitment =
            self.app.host.once(&call, || self.app.accept_commitment(&call, &key, decision_id, note.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn flag_commitment_at_risk(
        &self,
        request: Request<pb::FlagCommitmentAtRiskRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let reason = convert::said("reason", &message.reason).map_err(Failure::from)?;
        let commitment =
            self.app.host.once(&call, || self.app.flag_commitment_at_risk(&call, &key, reason.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn recover_commitment(
        &self,
        request: Request<pb::RecoverCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let note = convert::said("note", &message.note).map_err(Failure::from)?;
        let commitment = self.app.host.once(&call, || self.app.recover_commitment(&call, &key, note.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn record_milestone(
        &self,
        request: Request<pb::RecordMilestoneRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let Milestone { id, status, note } = Milestone::try_from(message)?;
        let commitment =
            self.app.host.once(&call, || self.app.record_milestone(&call, &key, id, status, note.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn withdraw_commitment(
        &self,
        request: Request<pb::WithdrawCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let reason = convert::said("reason", &message.reason).map_err(Failure::from)?;
        let commitment =
            self.app.host.once(&call, || self.app.withdraw_commitment(&call, &key, reason.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn verify_commitment(
        &self,
        request: Request<pb::VerifyCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, &message.etag).key()?;
        let finding = Finding::try_from(message)?;
        let commitment = self.app.host.once(&call, || self.app.verify_commitment(&call, &key, finding.clone())).await?;
        Ok(answer(&call, commitment))
    }

    async fn list_commitment_history(
        &self,
        request: Request<pb::ListCommitmentHistoryRequest>,
    ) -> Result<Response<pb::ListCommitmentHistoryResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let query = ("ListCommitmentHistory", &message.partnership_id, &message.commitment_id);
        let page = Page::open(message.page_size, &message.page_token, &query)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, "").key()?;
        let listed =
            self.app.list_commitment_history(&call, key.partnership_id, key.id, &page).await.map_err(Failure::from)?;
        let with_people = App::sees_people(&call, key.partnership_id);
        let entries = listed.0.into_iter().map(|entry| convert::entry_to_wire(entry, with_people)).collect();
        Ok(Response::new(pb::ListCommitmentHistoryResponse { entries, next_page_token: listed.1 }))
    }
}
