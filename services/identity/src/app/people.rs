//! Keeping people and their roles.

use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Failure, Grant, Host, Role, Violation, etag};
use pathfinder_terms::PersonId;
use uuid::Uuid;

use super::App;
use super::event::{Event, PersonState};
use crate::domain::{Kind, Person, check_grant};
use crate::error::Error;
use crate::store::{self, Safe};

/// Asks for a new person or system.
pub(crate) struct CreatePerson {
    pub(crate) login: String,
    pub(crate) display_name: String,
    pub(crate) kind: Kind,
    pub(crate) email: Option<String>,
}

/// Asks that a role be given or taken.
pub(crate) struct GrantRole {
    pub(crate) person_id: PersonId,
    pub(crate) grant: Grant,
    pub(crate) etag: String,
}

impl App {
    pub(crate) async fn create_person(&self, call: &Call, command: &CreatePerson) -> Result<Person, Error> {
        let person = Person {
            id: self.host.next_id(call.now).into(),
            login: command.login.clone(),
            display_name: command.display_name.clone(),
            kind: command.kind,
            email: command.email.clone(),
            grants: Vec::new(),
            create_time: call.now,
            version: 1,
            erase_time: None,
        };
        keep_new(&self.host, self.safe(), call, person).await
    }

    pub(crate) async fn get_person(&self, call: &Call, id: PersonId) -> Result<Person, Error> {
        call.permit(&own_record(id))?;
        let found = store::person::find(self.host.reader(), self.safe(), id).await?;
        Ok(found.ok_or_else(|| Failure::not_found("person", id))?)
    }

    /// A page of people, newest first, with the token of the next.
    pub(crate) async fn list_people(&self, filter: &str, page: &Page<Uuid>) -> Result<(Vec<Person>, String), Error> {
        let people = store::person::list(self.host.reader(), self.safe(), filter, page.after, page.size + 1).await?;
        Ok(page.close(people, |person| person.id.0)?)
    }

    pub(crate) async fn grant_role(&self, call: &Call, command: &GrantRole) -> Result<Person, Error> {
        check_grant(&command.grant)?;
        self.change_grants(call, command, |person, grant| {
            let event = Event::RoleGranted { person_id: person.id, grant: grant.clone() };
            Ok(person.grant(grant.clone())?.then_some(event))
        })
        .await
    }

    pub(crate) async fn revoke_role(&self, call: &Call, command: &GrantRole) -> Result<Person, Error> {
        if command.grant.role == Role::Administrator {
            not_of_oneself(call, command.person_id)?;
        }
        self.change_grants(call, command, |person, grant| {
            let event = Event::RoleRevoked { person_id: person.id, grant: grant.clone() };
            Ok(person.revoke(grant).then_some(event))
        })
        .await
    }

    async fn change_grants(
        &self,
        call: &Call,
        command: &GrantRole,
        change: impl FnOnce(&mut Person, &Grant) -> Result<Option<Event>, Error> + Send,
    ) -> Result<Person, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(id) => return answer_again(&self.host, self.safe(), id).await,
            Begun::Fresh(unit) => unit,
        };
        let found = store::person::find(unit.tx(), self.safe(), command.person_id).await?;
        let mut person = found.ok_or_else(|| Failure::not_found("person", command.person_id))?;
        etag::check(&command.etag, person.version)?;
        let read_version = person.version;
        if let Some(event) = change(&mut person, &command.grant)? {
            store::person::save(unit.tx(), self.safe(), &person, read_version).await?;
            unit.record(&event, &PersonState::of(&person))?;
        }
        unit.commit(person.id).await?;
        Ok(person)
    }
}

/// Keeps administrators from leaving the installation without any: what ends one is done by another.
pub(super) fn not_of_oneself(call: &Call, id: PersonId) -> Result<(), Failure> {
    if call.actor().id != id.to_string() {
        return Ok(());
    }
    let fault = "is yourself: another administrator does this, so that one is always left";
    Err(Failure::from(Violation::new("person_id", fault)))
}

/// Somebody's own record, as the rules see it.
pub(super) fn own_record(id: PersonId) -> Subject {
    Subject::within(None).owned_by(Some(id.to_string()))
}

/// Keeps a new person, unless the login or the address is taken.
pub(super) async fn keep_new(host: &Host, safe: Safe<'_>, call: &Call, person: Person) -> Result<Person, Error> {
    let mut unit = match host.begin(call).await? {
        Begun::Repeated(id) => return answer_again(host, safe, id).await,
        Begun::Fresh(unit) => unit,
    };
    if store::person::find_by_login(unit.tx(), safe, &person.login).await?.is_some() {
        return Err(Error::LoginTaken(person.login));
    }
    if store::person::is_email_taken(unit.tx(), safe, &person).await? {
        return Err(Error::EmailTaken);
    }
    store::person::insert(unit.tx(), safe, &person).await?;
    unit.record(&Event::Created { person_id: person.id }, &PersonState::of(&person))?;
    unit.commit(person.id).await?;
    Ok(person)
}

/// The answer to a repeat. Of an answer the id alone is kept, so that no name or address lies there; the record is answered as it stands
/// now.
pub(super) async fn answer_again(host: &Host, safe: Safe<'_>, id: PersonId) -> Result<Person, Error> {
    let found = store::person::find(host.reader(), safe, id).await?;
    Ok(found.ok_or_else(|| Failure::not_found("person", id))?)
}
