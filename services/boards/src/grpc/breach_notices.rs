//! Serves breach notices, and notices of clusters beside them.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::breach_notice_service_server::BreachNoticeService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use crate::app::App;

/// Serves `BreachNoticeService`.
pub(crate) struct BreachNotices {
    app: Arc<App>,
}

impl BreachNotices {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl BreachNoticeService for BreachNotices {
    async fn list_breach_notices(
        &self,
        request: Request<pb::ListBreachNoticesRequest>,
    ) -> Result<Response<pb::ListBreachNoticesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListBreachNotices", id, &message.filter))?;
        let listed = self.app.list_breach_notices(id, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let breach_notices = rows.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListBreachNoticesResponse { breach_notices, next_page_token }))
    }

    async fn list_cluster_notices(
        &self,
        request: Request<pb::ListClusterNoticesRequest>,
    ) -> Result<Response<pb::ListClusterNoticesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListClusterNotices", id))?;
        let (rows, next_page_token) = self.app.list_cluster_notices(id, &page).await.map_err(Failure::from)?;
        let cluster_notices = rows.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListClusterNoticesResponse { cluster_notices, next_page_token }))
    }
}
