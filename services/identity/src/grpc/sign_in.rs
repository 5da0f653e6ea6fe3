//! Serves `SignInService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, retrying, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::sign_in_service_server::SignInService;
use pathfinder_terms::PersonId;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::uuid;
use crate::app::{App, BeginOpenId, CompleteOpenId, NewSession};
use crate::domain::Session;

/// Serves `SignInService`.
pub(crate) struct SignIn {
    app: Arc<App>,
}

impl SignIn {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SignInService for SignIn {
    async fn request_sign_in_link(
        &self,
        request: Request<pb::RequestSignInLinkRequest>,
    ) -> Result<Response<pb::RequestSignInLinkResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        retrying(|| self.app.request_link(&call, &message.email)).await?;
        Ok(Response::new(pb::RequestSignInLinkResponse {}))
    }

    async fn redeem_sign_in_link(
        &self,
        request: Request<pb::RedeemSignInLinkRequest>,
    ) -> Result<Response<pb::NewSession>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let begun = retrying(|| self.app.redeem_link(&call, &message.link_token)).await?;
        Ok(Response::new(begun.into()))
    }

    async fn list_sign_in_providers(
        &self,
        request: Request<pb::ListSignInProvidersRequest>,
    ) -> Result<Response<pb::ListSignInProvidersResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let page = Page::<String>::open(message.page_size, &message.page_token, &"ListSignInProviders")?;
        let (providers, next_page_token) = self.app.providers(&page).map_err(Failure::from)?;
        let providers = providers.into_iter().map(|(name, display_name)| pb::SignInProvider { name, display_name });
        Ok(Response::new(pb::ListSignInProvidersResponse { providers: providers.collect(), next_page_token }))
    }

    async fn begin_open_id_sign_in(
        &self,
        request: Request<pb::BeginOpenIdSignInRequest>,
    ) -> Result<Response<pb::OpenIdSignIn>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = BeginOpenId { provider: message.provider, redirect_uri: message.redirect_uri };
        let begun = retrying(|| self.app.begin_open_id(&call, &command)).await?;
        let (authorization_url, flow_token) = (begun.authorization_url, begun.flow_token);
        Ok(Response::new(pb::OpenIdSignIn { authorization_url, flow_token }))
    }

    async fn complete_open_id_sign_in(
        &self,
        request: Request<pb::CompleteOpenIdSignInRequest>,
    ) -> Result<Response<pb::NewSession>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let pb::CompleteOpenIdSignInRequest { flow_token, code, state, provider } = message;
        let command = CompleteOpenId { provider, flow_token, code, state };
        let begun = retrying(|| self.app.complete_open_id(&call, &command)).await?;
        Ok(Response::new(begun.into()))
    }

    async fn exchange_session(
        &self,
        request: Request<pb::ExchangeSessionRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let issued = retrying(|| self.app.exchange_session(&call, &message.session_token)).await?;
        Ok(Response::new(issued.into()))
    }

    async fn end_session(
        &self,
        request: Request<pb::EndSessionRequest>,
    ) -> Result<Response<pb::EndSessionResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        retrying(|| self.app.end_session(&call, &message.session_token)).await?;
        Ok(Response::new(pb::EndSessionResponse {}))
    }

    async fn list_sessions(
        &self,
        request: Request<pb::ListSessionsRequest>,
    ) -> Result<Response<pb::ListSessionsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let person_id: PersonId = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListSessions", person_id))?;
        let (sessions, next_page_token) =
            self.app.list_sessions(&call, person_id, &page).await.map_err(Failure::from)?;
        let sessions = sessions.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListSessionsResponse { sessions, next_page_token }))
    }

    async fn revoke_session(
        &self,
        request: Request<pb::RevokeSessionRequest>,
    ) -> Result<Response<pb::Session>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let person_id: PersonId = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let id: Uuid = uuid("session_id", &message.session_id)?;
        let session = retrying(|| self.app.revoke_session(&call, person_id, id)).await?;
        Ok(Response::new(session.into()))
    }
}

impl From<Session> for pb::Session {
    fn from(session: Session) -> Self {
        let expire_time = session.expire_time();
        Self {
            session_id: session.id.to_string(),
            person_id: session.person_id.to_string(),
            method: session.method,
            create_time: Some(wire::timestamp(session.create_time)),
            use_time: Some(wire::timestamp(session.use_time)),
            expire_time: Some(wire::timestamp(expire_time)),
            end_time: session.end_time.map(wire::timestamp),
        }
    }
}

impl From<NewSession> for pb::NewSession {
    fn from(begun: NewSession) -> Self {
        Self { session: Some(begun.session.into()), session_token: begun.token, person: Some(begun.person.into()) }
    }
}
