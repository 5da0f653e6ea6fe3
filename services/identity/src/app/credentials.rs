//! Keys of systems: made, rotated, revoked, and changed into tokens.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, PrincipalKind, Reason, Violation};
use pathfinder_terms::PersonId;
use uuid::Uuid;

use super::people::own_record;
use super::sessions::USE_NOTED_AFTER;
use super::{App, IssuedToken, principal_of};
use crate::domain::{Counter, Credential, CredentialKind, Digest, Person, Scope};
use crate::error::Error;
use crate::store;

/// What to do about a lost secret.
const ROTATE: &str = "Rotate the key if the secret was lost.";
/// What the token of an Open311 key opens: issues, and boards, where Open311 looks up the partnership.
const API_KEY_OPENS: [&str; 2] = ["issues", "boards"];

/// Asks for a key.
pub(crate) struct CreateCredential {
    pub(crate) person_id: PersonId,
    pub(crate) kind: CredentialKind,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) note: String,
    pub(crate) valid_days: i64,
}

/// Asks for a new secret.
pub(crate) struct RotateCredential {
    pub(crate) person_id: PersonId,
    pub(crate) credential_id: Uuid,
    pub(crate) overlap_hours: i64,
}

/// A key with its secret, which is shown this once.
pub(crate) struct NewCredential {
    pub(crate) credential: Credential,
    pub(crate) secret: String,
}

impl App {
    /// Makes a key. The answer holds a secret, so it is not kept: a repeat is refused, not answered again.
    pub(crate) async fn create_credential(
        &self,
        call: &Call,
        command: &CreateCredential,
    ) -> Result<NewCredential, Error> {
        let scopes = scopes_of(command).map_err(Failure::from)?;
        let mut unit = match self.host.begin::<()>(call).await? {
            Begun::Repeated(()) => return Err(shown_once(ROTATE).into()),
            Begun::Fresh(unit) => unit,
        };
        let found = store::person::find(unit.tx(), self.safe(), command.person_id).await?;
        let person = found.ok_or_else(|| Failure::not_found("person", command.person_id))?;
        if person.kind != PrincipalKind::System {
            return Err(Error::NotASystem);
        }
        let secret = self.host.ids().capability();
        let credential = Credential {
            id: self.host.next_id(call.now),
            person_id: person.id,
            kind: command.kind,
            scopes,
            note: command.note.clone(),
            digest: Digest::of(&secret),
            former_digest: None,
            overlap_end_time: None,
            create_time: call.now,
            expire_time: Credential::expiry(call.now, command.valid_days),
            revoke_time: None,
            use_time: None,
        };
        store::credential::insert(unit.tx(), &credential).await?;
        unit.record_quietly("credential.created", None, credential.id, &state_of(&credential))?;
        unit.commit(()).await?;
        Ok(NewCredential { credential, secret })
    }

    /// A page of a system's keys, newest first, with the token of the next.
    pub(crate) async fn list_credentials(
        &self,
        call: &Call,
        person_id: PersonId,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Credential>, String), Error> {
        call.permit(&own_record(person_id))?;
        let reader = self.host.reader();
        if store::person::find(reader, self.safe(), person_id).await?.is_none() {
            return Err(Failure::not_found("person", person_id).into());
        }
        let keys = store::credential::list(reader, person_id, page.after, page.size + 1).await?;
        Ok(page.close(keys, |key| key.id)?)
    }

    /// Gives a key a new secret; the old one goes on for the overlap.
    pub(crate) async fn rotate_credential(
        &self,
        call: &Call,
        command: &RotateCredential,
    ) -> Result<NewCredential, Error> {
        call.permit(&own_record(command.person_id))?;
        let secret = self.host.ids().capability();
        let change = |credential: &mut Credential| {
            Ok(credential.rotate(Digest::of(&secret), command.overlap_hours, call.now)?)
        };
        let (person_id, id) = (command.person_id, command.credential_id);
        let credential = self.change_credential(call, person_id, id, "credential.rotated", change).await?;
        Ok(NewCredential { credential, secret })
    }

    /// Ends a key at once, both its secrets. Asked again, it changes nothing.
    pub(crate) async fn revoke_credential(
        &self,
        call: &Call,
        person_id: PersonId,
        id: Uuid,
    ) -> Result<Credential, Error> {
        let change = |credential: &mut Credential| {
            credential.revoke_time = credential.revoke_time.or(Some(call.now));
            Ok(())
        };
        self.change_credential(call, person_id, id, "credential.revoked", change).await
    }

    async fn change_credential(
        &self,
        call: &Call,
        person_id: PersonId,
        id: Uuid,
        kind: &str,
        change: impl FnOnce(&mut Credential) -> Result<(), Error> + Send,
    ) -> Result<Credential, Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Err(shown_once(ROTATE).into()) };
        let found = store::credential::find(unit.tx(), id).await?.filter(|key| key.person_id == person_id);
        let mut credential = found.ok_or_else(|| Failure::not_found("key", id))?;
        let before = credential.clone();
        change(&mut credential)?;
        if credential != before {
            store::credential::save(unit.tx(), &credential).await?;
            unit.record_quietly(kind, None, credential.id, &state_of(&credential))?;
            unit.commit(()).await?;
        }
        Ok(credential)
    }

    /// A token for a client id and its secret, good for the services of `scope`; with those services.
    pub(crate) async fn issue_client_token(
        &self,
        call: &Call,
        client_id: &str,
        secret: &str,
        scope: &str,
    ) -> Result<(IssuedToken, Vec<Scope>), Error> {
        let credential = match client_id.parse::<Uuid>() {
            Ok(id) => store::credential::find(self.host.reader(), id).await?,
            Err(_) => None,
        };
        let target = Counter::target("client", client_id);
        let opened = self.opened(call, credential, CredentialKind::ClientSecret, secret).await?;
        let Some((credential, person)) = opened else {
            return self.refuse(call, &target, Error::ClientRefused).await;
        };
        let scopes = credential.scopes_asked(scope)?;
        let audience: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
        Ok((self.client_token(call, &credential, &person, &audience).await?, scopes))
    }

    /// A token for an Open311 key.
    pub(crate) async fn exchange_api_key(&self, call: &Call, key: &str) -> Result<IssuedToken, Error> {
        let digest = Digest::of(key);
        let credential = store::credential::find_by_digest(self.host.reader(), &digest).await?;
        match self.opened(call, credential, CredentialKind::ApiKey, key).await? {
            Some((credential, person)) => self.client_token(call, &credential, &person, &API_KEY_OPENS).await,
            None => self.refuse(call, &Counter::target("key", digest.as_str()), Error::ClientRefused).await,
        }
    }

    /// The key and its system, if this is a secret of it that still holds.
    async fn opened(
        &self,
        call: &Call,
        credential: Option<Credential>,
        kind: CredentialKind,
        secret: &str,
    ) -> Result<Option<(Credential, Person)>, Failure> {
        let opens = |key: &Credential| key.kind == kind && key.opens_with(&Digest::of(secret), call.now);
        let Some(credential) = credential.filter(opens) else { return Ok(None) };
        let person = store::person::find(self.host.reader(), self.safe(), credential.person_id).await?;
        let person = person.filter(|person| person.erase_time.is_none() && person.kind == PrincipalKind::System);
        Ok(person.map(|person| (credential, person)))
    }

    async fn client_token(
        &self,
        call: &Call,
        credential: &Credential,
        person: &Person,
        audience: &[&str],
    ) -> Result<IssuedToken, Error> {
        if credential.use_time.is_none_or(|used| call.now - used >= USE_NOTED_AFTER)
            && let Begun::Fresh(unit) = self.host.begin::<()>(call).await?
        {
            store::credential::note_use(unit.tx(), credential.id, call.now).await?;
            unit.commit(()).await?;
        }
        let principal = principal_of(person, Some(credential.id.to_string()));
        Ok(self.token(principal, audience, call.now, credential.expire_time).await?)
    }
}

/// An API key opens issues and nothing else; another key says what it opens.
fn scopes_of(command: &CreateCredential) -> Result<Vec<Scope>, Violation> {
    match command.kind {
        CredentialKind::ApiKey => Ok(vec![Scope::Issues]),
        CredentialKind::ClientSecret if command.scopes.is_empty() => {
            Err(Violation::new("scopes", "must name at least one of boards, commitments, issues, identity"))
        }
        CredentialKind::ClientSecret => Ok(command.scopes.clone()),
    }
}

/// A key as the audit trail digests it.
fn state_of(key: &Credential) -> impl serde::Serialize {
    (
        key.id,
        key.person_id,
        key.kind,
        key.scopes.clone(),
        key.digest.as_str().to_owned(),
        key.expire_time,
        key.revoke_time,
    )
}

/// Refuses the repeat of a request that was answered with a secret; `remedy` says what to do if that was lost.
pub(super) fn shown_once(remedy: &str) -> Failure {
    let message = format!("This request was carried out before, and a secret is shown only once. {remedy}");
    Failure::new(Reason::RequestIdReused, message)
}
