//! `ResponseEntryService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::response_entry_service_server::ResponseEntryService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves "you said, we did" entries.
#[derive(Debug, Clone)]
pub(crate) struct ResponseEntries {
    app: Shared,
}

impl ResponseEntries {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ResponseEntryService for ResponseEntries {
    async fn publish_response_entry(
        &self,
        request: Request<pb::PublishResponseEntryRequest>,
    ) -> Result<Response<pb::ResponseEntry>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::publish_entry(message)?;
        let view = self.app.host.once(&call, || self.app.publish_response_entry(&call, &command)).await?;
        Ok(Response::new(convert::response_entry(view)))
    }

    async fn update_response_entry(
        &self,
        request: Request<pb::UpdateResponseEntryRequest>,
    ) -> Result<Response<pb::ResponseEntry>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let (target, command) = convert::update_entry(message)?;
        let view = self.app.host.once(&call, || self.app.update_response_entry(&call, &target, &command)).await?;
        Ok(Response::new(convert::response_entry(view)))
    }

    async fn withdraw_response_entry(
        &self,
        request: Request<pb::WithdrawResponseEntryRequest>,
    ) -> Result<Response<pb::ResponseEntry>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::entry_target(&message.partnership_id, &message.response_entry_id, &message.etag)?;
        let view =
            self.app.host.once(&call, || self.app.withdraw_response_entry(&call, &target, &message.reason)).await?;
        Ok(Response::new(convert::response_entry(view)))
    }

    async fn get_response_entry(
        &self,
        request: Request<pb::GetResponseEntryRequest>,
    ) -> Result<Response<pb::ResponseEntry>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let id = convert::id("response_entry_id", &message.response_entry_id)?;
        let view = self.app.get_response_entry(&call, partnership_id, id).await.map_err(Failure::from)?;
        Ok(Response::new(convert::response_entry(view)))
    }

    async fn list_response_entries(
        &self,
        request: Request<pb::ListResponseEntriesRequest>,
    ) -> Result<Response<pb::ListResponseEntriesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let (page_size, page_token, filter) = (message.page_size, &message.page_token, &message.filter);
        let list = self.app.list_response_entries(&call, partnership_id, page_size, page_token, filter);
        let (views, next_page_token) = list.await.map_err(Failure::from)?;
        let response_entries = views.into_iter().map(convert::response_entry).collect();
        Ok(Response::new(pb::ListResponseEntriesResponse { response_entries, next_page_token }))
    }

    async fn list_response_entry_revisions(
        &self,
        request: Request<pb::ListResponseEntryRevisionsRequest>,
    ) -> Result<Response<pb::ListResponseEntryRevisionsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let id = convert::id("response_entry_id", &message.response_entry_id)?;
        let (page_size, page_token) = (message.page_size, &message.page_token);
        let list = self.app.list_response_entry_revisions(partnership_id, id, page_size, page_token);
        let (revisions, next_page_token) = list.await.map_err(Failure::from)?;
        let revisions = revisions.into_iter().map(convert::revision).collect();
        Ok(Response::new(pb::ListResponseEntryRevisionsResponse { revisions, next_page_token }))
    }
}
