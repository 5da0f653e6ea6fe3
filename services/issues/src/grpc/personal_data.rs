//! `PersonalDataService`.

use pathfinder_kit::{Failure, Violation, retrying};
use pathfinder_proto::issues::v1 as pb;
use pb::personal_data_service_server::PersonalDataService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};
use crate::domain::reporter::comparable;

/// Serves the rights of people over what is held on them.
#[derive(Debug, Clone)]
pub(crate) struct PersonalData {
    app: Shared,
}

impl PersonalData {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl PersonalDataService for PersonalData {
    async fn export_subject(
        &self,
        request: Request<pb::ExportSubjectRequest>,
    ) -> Result<Response<pb::ExportSubjectResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let (email, size, token) = (comparable(&message.email), message.page_size, &message.page_token);
        let export = retrying(|| self.app.export_subject(&call, partnership_id, &email, size, token)).await?;
        Ok(Response::new(convert::subject_export(export)))
    }

    async fn erase_subject(&self, request: Request<pb::EraseSubjectRequest>) -> Result<Response<pb::Erasure>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let email = comparable(&message.email);
        if comparable(&message.reason).contains(&email) {
            let stays = "must not hold the e-mail address: it would stay in the register";
            return Err(Failure::from(Violation::new("reason", stays)).into());
        }
        let erasure = self
            .app
            .host
            .once(&call, || self.app.erase_subject(&call, partnership_id, &email, &message.reason))
            .await?;
        Ok(Response::new(convert::erasure(erasure)))
    }

    async fn anonymise_issue(
        &self,
        request: Request<pb::AnonymiseIssueRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let view = self.app.host.once(&call, || self.app.anonymise_issue(&call, &following, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn list_erasures(
        &self,
        request: Request<pb::ListErasuresRequest>,
    ) -> Result<Response<pb::ListErasuresResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let list = self.app.list_erasures(partnership_id, message.page_size, &message.page_token);
        let (erasures, next_page_token) = list.await.map_err(Failure::from)?;
        let erasures = erasures.into_iter().map(convert::erasure).collect();
        Ok(Response::new(pb::ListErasuresResponse { erasures, next_page_token }))
    }

    async fn revoke_follow_link(
        &self,
        request: Request<pb::RevokeFollowLinkRequest>,
    ) -> Result<Response<pb::RevokeFollowLinkResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let (renew, request_id) = (message.renew, &message.request_id);
        let follow_token = retrying(|| self.app.revoke_follow_link(&call, &following, renew, request_id)).await?;
        Ok(Response::new(pb::RevokeFollowLinkResponse { follow_token }))
    }
}
