//! `IssueUpdateService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::issue_update_service_server::IssueUpdateService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves updates of issues.
#[derive(Debug, Clone)]
pub(crate) struct IssueUpdates {
    app: Shared,
}

impl IssueUpdates {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl IssueUpdateService for IssueUpdates {
    async fn list_issue_updates(
        &self,
        request: Request<pb::ListIssueUpdatesRequest>,
    ) -> Result<Response<pb::ListIssueUpdatesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let wish = convert::list_issue_updates(message)?;
        let (rows, next_page_token) = self.app.list_issue_updates(&wish).await.map_err(Failure::from)?;
        let issue_updates = rows.into_iter().map(convert::issue_update).collect();
        Ok(Response::new(pb::ListIssueUpdatesResponse { issue_updates, next_page_token }))
    }

    async fn push_issue_update(
        &self,
        request: Request<pb::PushIssueUpdateRequest>,
    ) -> Result<Response<pb::PushIssueUpdateResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::push_issue_update(message, call.now)?;
        let pushed = self.app.host.once(&call, || self.app.push_issue_update(&call, &command)).await?;
        Ok(Response::new(convert::pushed(pushed)))
    }
}
