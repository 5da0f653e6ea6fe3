//! `IssueEditService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::issue_edit_service_server::IssueEditService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves edits of issues.
#[derive(Debug, Clone)]
pub(crate) struct IssueEdits {
    app: Shared,
}

impl IssueEdits {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl IssueEditService for IssueEdits {
    async fn edit_issue(&self, request: Request<pb::EditIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let (rewording, reason) = convert::edit(message);
        let view = self.app.host.once(&call, || self.app.edit_issue(&call, &target, &rewording, &reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn hide_issue(&self, request: Request<pb::HideIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.hide_issue(&call, &target, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn show_issue(&self, request: Request<pb::ShowIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.show_issue(&call, &target)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn list_issue_edits(
        &self,
        request: Request<pb::ListIssueEditsRequest>,
    ) -> Result<Response<pb::ListIssueEditsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let list = self.app.list_issue_edits(&call, &following, message.page_size, &message.page_token);
        let (edits, next_page_token) = list.await.map_err(Failure::from)?;
        let edits = edits.into_iter().map(convert::issue_edit).collect();
        Ok(Response::new(pb::ListIssueEditsResponse { edits, next_page_token }))
    }
}
