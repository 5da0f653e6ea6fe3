//! Serves `StandardService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::standard_service_server::StandardService;
use tonic::{Request, Response, Status};

use crate::app::{App, FindStandard, ReviseStandard};
use crate::domain::NewStandard;

/// Serves `StandardService`.
pub(crate) struct Standards {
    app: Arc<App>,
}

impl Standards {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl StandardService for Standards {
    async fn create_standard(
        &self,
        request: Request<pb::CreateStandardRequest>,
    ) -> Result<Response<pb::Standard>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = NewStandard::try_from(message)?;
        let standard = self.app.host.once(&call, || self.app.create_standard(&call, &command)).await?;
        Ok(Response::new(standard.into()))
    }

    async fn revise_standard(
        &self,
        request: Request<pb::ReviseStandardRequest>,
    ) -> Result<Response<pb::Standard>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = ReviseStandard::try_from(message)?;
        let standard = self.app.host.once(&call, || self.app.revise_standard(&call, &command)).await?;
        Ok(Response::new(standard.into()))
    }

    async fn get_standard(&self, request: Request<pb::GetStandardRequest>) -> Result<Response<pb::Standard>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let id = wire::id("standard_id", &message.standard_id).map_err(Failure::from)?;
        let standard = self.app.get_standard(partnership_id, id).await.map_err(Failure::from)?;
        Ok(Response::new(standard.into()))
    }

    async fn list_standards(
        &self,
        request: Request<pb::ListStandardsRequest>,
    ) -> Result<Response<pb::ListStandardsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let pb::ListStandardsRequest { partnership_id, page_size, page_token, filter } = message;
        let page = Page::open(page_size, &page_token, &("ListStandards", &partnership_id, &filter))?;
        let partnership_id = wire::id("partnership_id", &partnership_id).map_err(Failure::from)?;
        let listed = self.app.list_standards(partnership_id, &filter, &page).await.map_err(Failure::from)?;
        let standards = listed.0.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListStandardsResponse { standards, next_page_token: listed.1 }))
    }

    async fn find_applicable_standard(
        &self,
        request: Request<pb::FindApplicableStandardRequest>,
    ) -> Result<Response<pb::Standard>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let query = FindStandard::try_from(message)?;
        let standard = self.app.find_applicable_standard(&call, &query).await.map_err(Failure::from)?;
        Ok(Response::new(standard.into()))
    }

    async fn list_standard_cases(
        &self,
        request: Request<pb::ListStandardCasesRequest>,
    ) -> Result<Response<pb::ListStandardCasesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let pb::ListStandardCasesRequest { partnership_id, standard_id, page_size, page_token, filter } = message;
        let query = ("ListStandardCases", &partnership_id, &standard_id, &filter);
        let page = Page::open(page_size, &page_token, &query)?;
        let partnership_id = wire::id("partnership_id", &partnership_id).map_err(Failure::from)?;
        let id = wire::id("standard_id", &standard_id).map_err(Failure::from)?;
        let listed = self.app.list_standard_cases(partnership_id, id, &filter, &page).await.map_err(Failure::from)?;
        let cases = listed.0.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListStandardCasesResponse { cases, next_page_token: listed.1 }))
    }
}
