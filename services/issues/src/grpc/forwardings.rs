//! `ForwardingService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::forwarding_service_server::ForwardingService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves what is known of issues on their way to councils.
#[derive(Debug, Clone)]
pub(crate) struct Forwardings {
    app: Shared,
}

impl Forwardings {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ForwardingService for Forwardings {
    async fn list_forwardings(
        &self,
        request: Request<pb::ListForwardingsRequest>,
    ) -> Result<Response<pb::ListForwardingsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let (page_size, page_token, filter) = (message.page_size, &message.page_token, &message.filter);
        let list = self.app.list_forwardings(partnership_id, page_size, page_token, filter);
        let (forwardings, next_page_token) = list.await.map_err(Failure::from)?;
        let forwardings = forwardings.into_iter().map(convert::forwarding).collect();
        Ok(Response::new(pb::ListForwardingsResponse { forwardings, next_page_token }))
    }

    async fn retry_forwarding(
        &self,
        request: Request<pb::RetryForwardingRequest>,
    ) -> Result<Response<pb::Forwarding>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let id = convert::id("forwarding_id", &message.forwarding_id)?;
        let forwarding = self.app.host.once(&call, || self.app.retry_forwarding(&call, partnership_id, id)).await?;
        Ok(Response::new(convert::forwarding(forwarding)))
    }
}
