//! Serves `CredentialService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, Violation, retrying, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::credential_service_server::CredentialService;
use pathfinder_terms::PersonId;
use tonic::{Request, Response, Status};

use super::convert::uuid;
use crate::app::{App, CreateCredential, NewCredential, RotateCredential};
use crate::domain::{Credential, CredentialKind, Scope};

/// Serves `CredentialService`.
pub(crate) struct Credentials {
    app: Arc<App>,
}

impl Credentials {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl CredentialService for Credentials {
    async fn create_credential(
        &self,
        request: Request<pb::CreateCredentialRequest>,
    ) -> Result<Response<pb::NewCredential>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreateCredential::try_from(message)?;
        let made = retrying(|| self.app.create_credential(&call, &command)).await?;
        Ok(Response::new(made.into()))
    }

    async fn list_credentials(
        &self,
        request: Request<pb::ListCredentialsRequest>,
    ) -> Result<Response<pb::ListCredentialsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let person_id: PersonId = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListCredentials", person_id))?;
        let (keys, next_page_token) =
            self.app.list_credentials(&call, person_id, &page).await.map_err(Failure::from)?;
        let credentials = keys.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListCredentialsResponse { credentials, next_page_token }))
    }

    async fn rotate_credential(
        &self,
        request: Request<pb::RotateCredentialRequest>,
    ) -> Result<Response<pb::NewCredential>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = RotateCredential {
            person_id: wire::id("person_id", &message.person_id).map_err(Failure::from)?,
            credential_id: uuid("credential_id", &message.credential_id)?,
            overlap_hours: message.overlap_hours.into(),
        };
        let rotated = retrying(|| self.app.rotate_credential(&call, &command)).await?;
        Ok(Response::new(rotated.into()))
    }

    async fn revoke_credential(
        &self,
        request: Request<pb::RevokeCredentialRequest>,
    ) -> Result<Response<pb::Credential>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let person_id: PersonId = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let id = uuid("credential_id", &message.credential_id)?;
        let revoked = retrying(|| self.app.revoke_credential(&call, person_id, id)).await?;
        Ok(Response::new(revoked.into()))
    }

    async fn issue_client_token(
        &self,
        request: Request<pb::IssueClientTokenRequest>,
    ) -> Result<Response<pb::ClientToken>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let pb::IssueClientTokenRequest { client: client_id, client_secret, scope } = message;
        let (token, scopes) =
            retrying(|| self.app.issue_client_token(&call, &client_id, &client_secret, &scope)).await?;
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
        Ok(Response::new(pb::ClientToken { token: Some(token.into()), scope: scopes.join(" ") }))
    }

    async fn exchange_api_key(
        &self,
        request: Request<pb::ExchangeApiKeyRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let issued = retrying(|| self.app.exchange_api_key(&call, &message.api_key)).await?;
        Ok(Response::new(issued.into()))
    }
}

impl TryFrom<pb::CreateCredentialRequest> for CreateCredential {
    type Error = Failure;

    fn try_from(message: pb::CreateCredentialRequest) -> Result<Self, Failure> {
        let kind = match message.kind() {
            pb::CredentialKind::Unspecified => return Err(Violation::new("kind", "is needed").into()),
            pb::CredentialKind::ClientSecret => CredentialKind::ClientSecret,
            pb::CredentialKind::ApiKey => CredentialKind::ApiKey,
        };
        let mut scopes: Vec<Scope> = Vec::new();
        for word in &message.scopes {
            let scope = word.parse().map_err(|_| Violation::new("scopes", "holds a word that is no scope"))?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        Ok(Self {
            person_id: wire::id("person_id", &message.person_id)?,
            kind,
            scopes,
            note: message.note,
            valid_days: message.valid_days.into(),
        })
    }
}

impl From<Credential> for pb::Credential {
    fn from(key: Credential) -> Self {
        Self {
            credential_id: key.id.to_string(),
            person_id: key.person_id.to_string(),
            kind: match key.kind {
                CredentialKind::ClientSecret => pb::CredentialKind::ClientSecret,
                CredentialKind::ApiKey => pb::CredentialKind::ApiKey,
            }
            .into(),
            scopes: key.scopes.iter().map(|scope| scope.word().to_owned()).collect(),
            note: key.note,
            create_time: Some(wire::timestamp(key.create_time)),
            expire_time: Some(wire::timestamp(key.expire_time)),
            revoke_time: key.revoke_time.map(wire::timestamp),
            overlap_end_time: key.overlap_end_time.map(wire::timestamp),
            use_time: key.use_time.map(wire::timestamp),
        }
    }
}

impl From<NewCredential> for pb::NewCredential {
    fn from(made: NewCredential) -> Self {
        Self { credential: Some(made.credential.into()), secret: made.secret }
    }
}
