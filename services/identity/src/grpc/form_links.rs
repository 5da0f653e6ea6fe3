//! Serves `FormLinkService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, Violation, retrying, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::create_form_link_request::Target;
use pathfinder_proto::identity::v1::form_link_service_server::FormLinkService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use super::convert::uuid;
use crate::app::{App, CreateFormLink, NewFormLink};
use crate::domain::{FormLink, FormTarget};

/// Serves `FormLinkService`.
pub(crate) struct FormLinks {
    app: Arc<App>,
}

impl FormLinks {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl FormLinkService for FormLinks {
    async fn create_form_link(
        &self,
        request: Request<pb::CreateFormLinkRequest>,
    ) -> Result<Response<pb::NewFormLink>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreateFormLink::try_from(message)?;
        let made = retrying(|| self.app.create_form_link(&call, &command)).await?;
        Ok(Response::new(made.into()))
    }

    async fn list_form_links(
        &self,
        request: Request<pb::ListFormLinksRequest>,
    ) -> Result<Response<pb::ListFormLinksResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id: PartnershipId =
            wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListFormLinks", partnership_id))?;
        let (links, next_page_token) =
            self.app.list_form_links(&call, partnership_id, &page).await.map_err(Failure::from)?;
        let form_links = links.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListFormLinksResponse { form_links, next_page_token }))
    }

    async fn revoke_form_link(
        &self,
        request: Request<pb::RevokeFormLinkRequest>,
    ) -> Result<Response<pb::FormLink>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id: PartnershipId =
            wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let id = uuid("form_link_id", &message.form_link_id)?;
        let revoked = retrying(|| self.app.revoke_form_link(&call, partnership_id, id)).await?;
        Ok(Response::new(revoked.into()))
    }

    async fn exchange_form_link(
        &self,
        request: Request<pb::ExchangeFormLinkRequest>,
    ) -> Result<Response<pb::FormLinkToken>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let (token, link) = retrying(|| self.app.exchange_form_link(&call, &message.link_token)).await?;
        Ok(Response::new(pb::FormLinkToken { token: Some(token.into()), form_link: Some(link.into()) }))
    }
}

impl TryFrom<pb::CreateFormLinkRequest> for CreateFormLink {
    type Error = Failure;

    fn try_from(message: pb::CreateFormLinkRequest) -> Result<Self, Failure> {
        let target = match &message.target {
            Some(Target::IssueId(id)) => FormTarget::Issue(uuid("issue_id", id)?),
            Some(Target::CommitmentId(id)) => FormTarget::Commitment(uuid("commitment_id", id)?),
            None => return Err(Violation::new("target", "must be an issue or a commitment").into()),
        };
        Ok(Self {
            partnership_id: wire::id("partnership_id", &message.partnership_id)?,
            provider_id: wire::id("provider_id", &message.provider_id)?,
            target,
            holder_name: message.holder_name,
            valid_days: message.valid_days.into(),
        })
    }
}

impl From<FormLink> for pb::FormLink {
    fn from(link: FormLink) -> Self {
        let (issue_id, commitment_id) = match link.target {
            FormTarget::Issue(id) => (id.to_string(), String::new()),
            FormTarget::Commitment(id) => (String::new(), id.to_string()),
        };
        Self {
            form_link_id: link.id.to_string(),
            partnership_id: link.partnership_id.to_string(),
            provider_id: link.provider_id.to_string(),
            issue_id,
            commitment_id,
            holder_name: link.holder_name,
            create_time: Some(wire::timestamp(link.create_time)),
            expire_time: Some(wire::timestamp(link.expire_time)),
            revoke_time: link.revoke_time.map(wire::timestamp),
        }
    }
}

impl From<NewFormLink> for pb::NewFormLink {
    fn from(made: NewFormLink) -> Self {
        Self { form_link: Some(made.form_link.into()), path: format!("/f/{}", made.token) }
    }
}
