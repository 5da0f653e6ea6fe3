//! Serves `ProviderService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::provider_service_server::ProviderService;
use tonic::{Request, Response, Status};

use crate::app::{App, UpdateProvider};
use crate::domain::NewProvider;

/// Serves `ProviderService`.
pub(crate) struct Providers {
    app: Arc<App>,
}

impl Providers {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ProviderService for Providers {
    async fn create_provider(
        &self,
        request: Request<pb::CreateProviderRequest>,
    ) -> Result<Response<pb::Provider>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = NewProvider::try_from(message)?;
        let provider = self.app.host.once(&call, || self.app.create_provider(&call, &command)).await?;
        Ok(Response::new(provider.into()))
    }

    async fn get_provider(&self, request: Request<pb::GetProviderRequest>) -> Result<Response<pb::Provider>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let id = wire::id("provider_id", &message.provider_id).map_err(Failure::from)?;
        let provider = self.app.get_provider(partnership_id, id).await.map_err(Failure::from)?;
        Ok(Response::new(provider.into()))
    }

    async fn list_providers(
        &self,
        request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let pb::ListProvidersRequest { partnership_id, page_size, page_token, filter } = message;
        let page = Page::open(page_size, &page_token, &("ListProviders", &partnership_id, &filter))?;
        let partnership_id = wire::id("partnership_id", &partnership_id).map_err(Failure::from)?;
        let listed = self.app.list_providers(partnership_id, &filter, &page).await.map_err(Failure::from)?;
        let providers = listed.0.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListProvidersResponse { providers, next_page_token: listed.1 }))
    }

    async fn update_provider(
        &self,
        request: Request<pb::UpdateProviderRequest>,
    ) -> Result<Response<pb::Provider>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = UpdateProvider::try_from(message)?;
        let provider = self.app.host.once(&call, || self.app.update_provider(&call, &command)).await?;
        Ok(Response::new(provider.into()))
    }
}
