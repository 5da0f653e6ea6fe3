//! Serves partnerships and constitutions.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::partnership_service_server::PartnershipService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use super::convert::{to_partnership, to_policies};
use crate::app::App;
use crate::app::partnerships::{AdoptConstitution, CreatePartnership, UpdatePartnership};
use crate::app::policies::SetPolicies;

/// Serves `PartnershipService`.
pub(crate) struct Partnerships {
    app: Arc<App>,
}

impl Partnerships {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl PartnershipService for Partnerships {
    async fn create_partnership(
        &self,
        request: Request<pb::CreatePartnershipRequest>,
    ) -> Result<Response<pb::Partnership>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreatePartnership::try_from(message)?;
        let partnership = self.app.host.once(&call, || self.app.create_partnership(&call, &command)).await?;
        Ok(Response::new(to_partnership(partnership, true)))
    }

    async fn get_partnership(
        &self,
        request: Request<pb::GetPartnershipRequest>,
    ) -> Result<Response<pb::Partnership>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let id = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let partnership = self.app.get_partnership(id).await.map_err(Failure::from)?;
        Ok(Response::new(to_partnership(partnership, true)))
    }

    async fn list_partnerships(
        &self,
        request: Request<pb::ListPartnershipsRequest>,
    ) -> Result<Response<pb::ListPartnershipsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListPartnerships", &message.filter))?;
        let listed = self.app.list_partnerships(&message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let partnerships = rows.into_iter().map(|row| to_partnership(row, false)).collect();
        Ok(Response::new(pb::ListPartnershipsResponse { partnerships, next_page_token }))
    }

    async fn update_partnership(
        &self,
        request: Request<pb::UpdatePartnershipRequest>,
    ) -> Result<Response<pb::Partnership>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = UpdatePartnership::try_from(message)?;
        let partnership = self.app.host.once(&call, || self.app.update_partnership(&call, &command)).await?;
        Ok(Response::new(to_partnership(partnership, true)))
    }

    async fn adopt_constitution(
        &self,
        request: Request<pb::AdoptConstitutionRequest>,
    ) -> Result<Response<pb::Constitution>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = AdoptConstitution::try_from(message)?;
        let constitution = self.app.host.once(&call, || self.app.adopt_constitution(&call, &command)).await?;
        Ok(Response::new(constitution.into()))
    }

    async fn get_constitution(
        &self,
        request: Request<pb::GetConstitutionRequest>,
    ) -> Result<Response<pb::Constitution>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let on = super::convert::maybe_date("on_date", &message.on_date).map_err(Failure::from)?;
        let constitution = self.app.get_constitution(&call, id, on).await.map_err(Failure::from)?;
        Ok(Response::new(constitution.into()))
    }

    async fn list_constitutions(
        &self,
        request: Request<pb::ListConstitutionsRequest>,
    ) -> Result<Response<pb::ListConstitutionsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListConstitutions", id))?;
        let (rows, next_page_token) = self.app.list_constitutions(id, &page).await.map_err(Failure::from)?;
        let constitutions = rows.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListConstitutionsResponse { constitutions, next_page_token }))
    }

    async fn set_policies(&self, request: Request<pb::SetPoliciesRequest>) -> Result<Response<pb::Policies>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = SetPolicies::try_from(message)?;
        let set = self.app.host.once(&call, || self.app.set_policies(&call, &command)).await?;
        Ok(Response::new(to_policies(command.partnership_id, Some(set))))
    }

    async fn get_policies(&self, request: Request<pb::GetPoliciesRequest>) -> Result<Response<pb::Policies>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let id = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let set = self.app.find_policies(id).await.map_err(Failure::from)?;
        Ok(Response::new(to_policies(id, set)))
    }
}
