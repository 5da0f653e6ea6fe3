//! The contract's side: convert, call, convert. To add a call, add it to the contract, its conversion to `convert`, and a
//! handler of the same three lines here.

mod audit;
mod convert;
mod credentials;
mod form_links;
mod mail;
mod sign_in;

pub(crate) use audit::AuditTrail;
pub(crate) use credentials::Credentials;
pub(crate) use form_links::FormLinks;
pub(crate) use mail::Mail;
pub(crate) use sign_in::SignIn;

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Failure, retrying, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::people_service_server::PeopleService;
use pathfinder_proto::identity::v1::token_service_server::TokenService;
use tonic::{Request, Response, Status};

use crate::app::{App, CreatePerson, Export, GrantRole, UpdatePerson};

/// Serves `PeopleService`.
pub(crate) struct People {
    app: Arc<App>,
}

impl People {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl PeopleService for People {
    async fn create_person(&self, request: Request<pb::CreatePersonRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreatePerson::from(message);
        let person = retrying(|| self.app.create_person(&call, &command)).await?;
        Ok(Response::new(person.into()))
    }

    async fn get_person(&self, request: Request<pb::GetPersonRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let person = self.app.get_person(&call, id).await.map_err(Failure::from)?;
        Ok(Response::new(person.into()))
    }

    async fn list_people(
        &self,
        request: Request<pb::ListPeopleRequest>,
    ) -> Result<Response<pb::ListPeopleResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListPeople", &message.filter))?;
        let (people, next_page_token) = self.app.list_people(&message.filter, &page).await.map_err(Failure::from)?;
        let people = people.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListPeopleResponse { people, next_page_token }))
    }

    async fn grant_role(&self, request: Request<pb::GrantRoleRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = GrantRole::try_from(message)?;
        let person = retrying(|| self.app.grant_role(&call, &command)).await?;
        Ok(Response::new(person.into()))
    }

    async fn revoke_role(&self, request: Request<pb::RevokeRoleRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = GrantRole::try_from(message)?;
        let person = retrying(|| self.app.revoke_role(&call, &command)).await?;
        Ok(Response::new(person.into()))
    }

    async fn update_person(&self, request: Request<pb::UpdatePersonRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = UpdatePerson::try_from(message)?;
        let person = retrying(|| self.app.update_person(&call, &command)).await?;
        Ok(Response::new(person.into()))
    }

    async fn export_person(
        &self,
        request: Request<pb::ExportPersonRequest>,
    ) -> Result<Response<pb::PersonExport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let Export { person, document } = self.app.export_person(&call, id).await.map_err(Failure::from)?;
        Ok(Response::new(pb::PersonExport { person: Some(person.into()), document }))
    }

    async fn erase_person(&self, request: Request<pb::ErasePersonRequest>) -> Result<Response<pb::Person>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id = wire::id("person_id", &message.person_id).map_err(Failure::from)?;
        let person = retrying(|| self.app.erase_person(&call, id, &message.reason)).await?;
        Ok(Response::new(person.into()))
    }
}

/// Serves `TokenService`.
pub(crate) struct Tokens {
    app: Arc<App>,
}

impl Tokens {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn get_key_set(&self, request: Request<pb::GetKeySetRequest>) -> Result<Response<pb::KeySet>, Status> {
        let (call, _) = self.app.host.admit(request)?;
        let keys = self.app.key_set(call.now).await.map_err(Failure::from)?;
        Ok(Response::new(convert::keys_to_wire(keys)))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<pb::RotateSigningKeyRequest>,
    ) -> Result<Response<pb::KeySet>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let keys = retrying(|| self.app.rotate_signing_key(&call, message.at_once)).await?;
        Ok(Response::new(convert::keys_to_wire(keys)))
    }

    async fn issue_service_token(
        &self,
        request: Request<pb::IssueServiceTokenRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let pb::IssueServiceTokenRequest { service, secret, without_roles } = &message;
        let issued = retrying(|| self.app.issue_service_token(&call, service, secret, *without_roles)).await?;
        Ok(Response::new(issued.into()))
    }

    async fn get_caller(&self, request: Request<pb::GetCallerRequest>) -> Result<Response<pb::CallerIdentity>, Status> {
        let (call, _) = self.app.host.admit(request)?;
        let principal = self.app.caller(&call).map_err(Failure::from)?;
        Ok(Response::new(convert::caller_to_wire(principal)))
    }
}
