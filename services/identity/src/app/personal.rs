//! What a person may ask about their own record: to change it, to be told all of it, to be forgotten.

use pathfinder_kit::{Begun, Call, Failure, Unit, audit, etag};
use pathfinder_terms::PersonId;
use serde_json::{Value, json};

use super::App;
use super::event::{Event, PersonState};
use super::people::{answer_again, not_of_oneself, own_record};
use crate::domain::{Credential, FormLink, FormTarget, Person, Session};
use crate::error::Error;
use crate::store;
use crate::store::attempt::TrailLine;
use crate::store::open_id::Account;

/// Most rows of a kind that an export holds; more than one person ever has.
const MOST_ROWS: u64 = 10_000;

/// Asks for changes to a person.
pub(crate) struct UpdatePerson {
    pub(crate) person_id: PersonId,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) etag: String,
}

/// Everything that is held on a person.
pub(crate) struct Export {
    pub(crate) person: Person,
    pub(crate) document: String,
}

impl App {
    pub(crate) async fn update_person(&self, call: &Call, command: &UpdatePerson) -> Result<Person, Error> {
        call.permit(&own_record(command.person_id))?;
        if command.email.is_some() {
            call.permit_act("ChangeEmail", &own_record(command.person_id))?;
        }
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(id) => return answer_again(&self.host, self.safe(), id).await,
            Begun::Fresh(unit) => unit,
        };
        let found = store::person::find(unit.tx(), self.safe(), command.person_id).await?;
        let mut person = found.ok_or_else(|| Failure::not_found("person", command.person_id))?;
        etag::check(&command.etag, person.version)?;
        let read_version = person.version;
        let is_changed =
            person.erase_time.is_none() && person.update(command.display_name.as_deref(), command.email.as_deref());
        if is_changed {
            if store::person::is_email_taken(unit.tx(), self.safe(), &person).await? {
                return Err(Error::EmailTaken);
            }
            store::person::save(unit.tx(), self.safe(), &person, read_version).await?;
        }
        let mut links = Vec::new();
        let mut voided = 0;
        if command.email.is_some() {
            links = store::session::list_links(unit.tx(), person.id).await?;
            voided = void_ways_in(&unit, person.id).await?;
        }
        if is_changed || voided > 0 {
            unit.record(&Event::Changed { person_id: person.id }, &PersonState::of(&person))?;
        }
        unit.commit(person.id).await?;
        self.discard_letters(&links).await;
        Ok(person)
    }

    pub(crate) async fn export_person(&self, call: &Call, id: PersonId) -> Result<Export, Error> {
        call.permit(&own_record(id))?;
        let reader = self.host.reader();
        let found = store::person::find(reader, self.safe(), id).await?;
        let person = found.ok_or_else(|| Failure::not_found("person", id))?;
        let sessions = store::session::list_all(reader, id, MOST_ROWS).await?;
        let credentials = store::credential::list(reader, id, None, MOST_ROWS).await?;
        let form_links = store::form_link::list_made_by(reader, &id.to_string(), MOST_ROWS).await?;
        let accounts = store::open_id::list(reader, id).await?;
        let trail = store::attempt::list_trail(reader, id, MOST_ROWS).await?;
        let document = json!({
            "person": &person,
            "sessions": sessions.iter().map(session_json).collect::<Vec<_>>(),
            "open_id_accounts": accounts.iter().map(account_json).collect::<Vec<_>>(),
            "credentials": credentials.iter().map(credential_json).collect::<Vec<_>>(),
            "form_links": form_links.iter().map(form_link_json).collect::<Vec<_>>(),
            "audit_entries": trail.iter().map(trail_json).collect::<Vec<_>>(),
        });
        Ok(Export { person, document: document.to_string() })
    }

    /// Forgets a person. Asked again, it changes nothing.
    pub(crate) async fn erase_person(&self, call: &Call, id: PersonId, reason: &str) -> Result<Person, Error> {
        not_of_oneself(call, id)?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(id) => return answer_again(&self.host, self.safe(), id).await,
            Begun::Fresh(unit) => unit,
        };
        let found = store::person::find(unit.tx(), self.safe(), id).await?;
        let mut person = found.ok_or_else(|| Failure::not_found("person", id))?;
        let read_version = person.version;
        let links = store::session::list_links(unit.tx(), id).await?;
        if person.erase(call.now) {
            store::person::save(unit.tx(), self.safe(), &person, read_version).await?;
            store::session::end_all(unit.tx(), id, call.now).await?;
            store::open_id::forget(unit.tx(), id).await?;
            store::credential::revoke_all(unit.tx(), id, call.now).await?;
            audit::erase_name(unit.tx(), &id.to_string()).await?;
            let event = Event::Erased { person_id: id, reason: reason.to_owned() };
            unit.record(&event, &PersonState::of(&person))?;
        }
        unit.commit(id).await?;
        self.discard_letters(&links).await;
        Ok(person)
    }
}

/// What came by the former address holds no more: the links that were sent there, and the accounts that providers vouched for it with.
/// Answers how much there was.
async fn void_ways_in(unit: &Unit, person_id: PersonId) -> Result<u64, Error> {
    let links = store::session::destroy_links(unit.tx(), person_id).await?;
    Ok(links + store::open_id::forget(unit.tx(), person_id).await?)
}

fn session_json(session: &Session) -> Value {
    json!({
        "session_id": session.id,
        "method": session.method,
        "create_time": session.create_time,
        "use_time": session.use_time,
        "end_time": session.end_time,
    })
}

fn account_json(account: &Account) -> Value {
    json!({
        "issuer": account.issuer,
        "subject_sha256": account.subject.as_str(),
        "create_time": account.create_time,
    })
}

fn credential_json(key: &Credential) -> Value {
    json!({
        "credential_id": key.id,
        "kind": key.kind,
        "scopes": key.scopes,
        "note": key.note,
        "create_time": key.create_time,
        "expire_time": key.expire_time,
        "revoke_time": key.revoke_time,
        "use_time": key.use_time,
    })
}

fn form_link_json(link: &FormLink) -> Value {
    let (about, id) = match link.target {
        FormTarget::Issue(id) => ("issue_id", id),
        FormTarget::Commitment(id) => ("commitment_id", id),
    };
    json!({
        "form_link_id": link.id,
        "partnership_id": link.partnership_id,
        "provider_id": link.provider_id,
        about: id,
        "create_time": link.create_time,
        "expire_time": link.expire_time,
        "revoke_time": link.revoke_time,
    })
}

fn trail_json(line: &TrailLine) -> Value {
    json!({
        "entry_time": line.entry_time,
        "kind": line.kind,
        "method": line.method,
        "partnership_id": line.partnership_id,
        "subject_id": line.subject_id,
    })
}
