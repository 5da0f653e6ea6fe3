//! `DuplicateService`.

use pathfinder_kit::{Failure, wire};
use pathfinder_proto::issues::v1 as pb;
use pb::duplicate_service_server::DuplicateService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};
use crate::domain::text::or_empty;

/// Serves issues that belong together.
#[derive(Debug, Clone)]
pub(crate) struct Duplicates {
    app: Shared,
}

impl Duplicates {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl DuplicateService for Duplicates {
    async fn suggest_duplicates(
        &self,
        request: Request<pb::SuggestDuplicatesRequest>,
    ) -> Result<Response<pb::SuggestDuplicatesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let wish = convert::suggest_duplicates(message)?;
        let suggestions = self.app.suggest_duplicates(&call, &wish).await.map_err(Failure::from)?;
        Ok(Response::new(convert::suggested(suggestions)))
    }

    async fn unmark_issue_duplicate(
        &self,
        request: Request<pb::UnmarkIssueDuplicateRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let reason = or_empty(message.reason);
        let view = self.app.host.once(&call, || self.app.unmark_issue_duplicate(&call, &target, &reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn set_parent_issue(
        &self,
        request: Request<pb::SetParentIssueRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let parent = wire::optional_id("parent_issue_id", &message.parent_issue_id).map_err(Failure::from)?;
        let view = self.app.host.once(&call, || self.app.set_parent_issue(&call, &target, parent)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn list_clusters(
        &self,
        request: Request<pb::ListClustersRequest>,
    ) -> Result<Response<pb::ListClustersResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let list = self.app.list_clusters(partnership_id, message.page_size, &message.page_token);
        let (clusters, next_page_token) = list.await.map_err(Failure::from)?;
        let clusters = clusters.into_iter().map(convert::cluster).collect();
        Ok(Response::new(pb::ListClustersResponse { clusters, next_page_token }))
    }
}
