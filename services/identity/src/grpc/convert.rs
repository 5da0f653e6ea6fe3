//! Wire types to and from the domain's. What the contract's rules cannot say is checked here, with the field's path.

use pathfinder_kit::token::VerifyingKey;
use pathfinder_kit::{Failure, Grant, Principal, PrincipalKind, Role, Violation, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_terms::PersonId;
use uuid::Uuid;

use crate::app::{CreatePerson, GrantRole, IssuedToken, UpdatePerson};
use crate::domain::{Person, email_of};

impl From<pb::CreatePersonRequest> for CreatePerson {
    fn from(message: pb::CreatePersonRequest) -> Self {
        let kind = match message.kind() {
            pb::PrincipalKind::System => PrincipalKind::System,
            pb::PrincipalKind::Person | pb::PrincipalKind::Unspecified => PrincipalKind::Person,
        };
        let email = email_of(&message.email);
        Self { login: message.login, display_name: message.display_name, kind, email }
    }
}

impl TryFrom<pb::UpdatePersonRequest> for UpdatePerson {
    type Error = Failure;

    fn try_from(message: pb::UpdatePersonRequest) -> Result<Self, Failure> {
        let person_id = wire::id("person_id", &message.person_id)?;
        Ok(Self { person_id, display_name: message.display_name, email: message.email, etag: message.etag })
    }
}

impl TryFrom<pb::GrantRoleRequest> for GrantRole {
    type Error = Failure;

    fn try_from(message: pb::GrantRoleRequest) -> Result<Self, Failure> {
        change(&message.person_id, &message.grant.unwrap_or_default(), message.etag)
    }
}

impl TryFrom<pb::RevokeRoleRequest> for GrantRole {
    type Error = Failure;

    fn try_from(message: pb::RevokeRoleRequest) -> Result<Self, Failure> {
        change(&message.person_id, &message.grant.unwrap_or_default(), message.etag)
    }
}

fn change(person_id: &str, grant: &pb::RoleGrant, etag: String) -> Result<GrantRole, Failure> {
    let person_id: PersonId = wire::id("person_id", person_id)?;
    Ok(GrantRole { person_id, grant: grant_of(grant)?, etag })
}

fn grant_of(grant: &pb::RoleGrant) -> Result<Grant, Violation> {
    let role = match grant.role() {
        pb::Role::Unspecified => return Err(Violation::new("grant.role", "is needed")),
        pb::Role::Administrator => Role::Administrator,
        pb::Role::Manager => Role::Manager,
        pb::Role::Chair => Role::Chair,
        pb::Role::BoardMember => Role::BoardMember,
        pb::Role::AccountableBody => Role::AccountableBody,
        pb::Role::StreetRep => Role::StreetRep,
        pb::Role::ProviderOfficer => Role::ProviderOfficer,
        pb::Role::ProviderSignatory => Role::ProviderSignatory,
        pb::Role::Observer => Role::Observer,
        pb::Role::System => Role::System,
        pb::Role::ProviderContractor => {
            return Err(Violation::new("grant.role", "comes with a form link and is never granted"));
        }
    };
    Ok(Grant {
        role,
        partnership_id: wire::optional_id("grant.partnership_id", &grant.partnership_id)?,
        provider_id: wire::optional_id("grant.provider_id", &grant.provider_id)?,
        object_id: None,
    })
}

impl From<Person> for pb::Person {
    fn from(person: Person) -> Self {
        Self {
            person_id: person.id.to_string(),
            login: person.login,
            display_name: person.display_name,
            kind: match person.kind {
                PrincipalKind::Person => pb::PrincipalKind::Person,
                PrincipalKind::System => pb::PrincipalKind::System,
                PrincipalKind::Service => pb::PrincipalKind::Unspecified,
            }
            .into(),
            grants: person.grants.iter().map(grant_to_wire).collect(),
            create_time: Some(wire::timestamp(person.create_time)),
            etag: pathfinder_kit::etag::of(person.version),
            email: person.email.unwrap_or_default(),
        }
    }
}

fn grant_to_wire(grant: &Grant) -> pb::RoleGrant {
    let role = match grant.role {
        Role::Administrator => pb::Role::Administrator,
        Role::Manager => pb::Role::Manager,
        Role::Chair => pb::Role::Chair,
        Role::BoardMember => pb::Role::BoardMember,
        Role::AccountableBody => pb::Role::AccountableBody,
        Role::StreetRep => pb::Role::StreetRep,
        Role::ProviderOfficer => pb::Role::ProviderOfficer,
        Role::ProviderSignatory => pb::Role::ProviderSignatory,
        Role::Observer => pb::Role::Observer,
        Role::System => pb::Role::System,
        Role::ProviderContractor => pb::Role::ProviderContractor,
        Role::Service => pb::Role::Unspecified,
    };
    pb::RoleGrant {
        role: role.into(),
        partnership_id: grant.partnership_id.map(|id| id.to_string()).unwrap_or_default(),
        provider_id: grant.provider_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// The keys on the wire.
pub(super) fn keys_to_wire(keys: Vec<VerifyingKey>) -> pb::KeySet {
    let key = |key: VerifyingKey| pb::PublicKey {
        key_id: key.key_id,
        x: key.x,
        retire_time: key.retire_time.map(wire::timestamp),
    };
    pb::KeySet { keys: keys.into_iter().map(key).collect() }
}

impl From<IssuedToken> for pb::Token {
    fn from(issued: IssuedToken) -> Self {
        Self { access_token: issued.token, expire_time: Some(wire::timestamp(issued.expire_time)) }
    }
}

/// The caller on the wire.
pub(super) fn caller_to_wire(principal: &Principal) -> pb::CallerIdentity {
    pb::CallerIdentity {
        subject: principal.subject.clone(),
        display_name: principal.name.clone(),
        grants: principal.grants.iter().map(grant_to_wire).collect(),
    }
}

/// The id of a thing that has no type of its own.
pub(super) fn uuid(field: &str, text: &str) -> Result<Uuid, Failure> {
    let wrong = |_| Violation::new(field, "must be an id in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    Uuid::try_parse(text).map_err(wrong).map_err(Failure::from)
}
