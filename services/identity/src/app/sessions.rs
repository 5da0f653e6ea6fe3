//! Sessions: begun, used, ended.

use chrono::TimeDelta;
use pathfinder_kit::page::Page;
use pathfinder_kit::token::SERVICES;
use pathfinder_kit::{Begun, Call, Failure};
use pathfinder_terms::PersonId;
use uuid::Uuid;

use super::people::own_record;
use super::{App, IssuedToken, made_by, principal_of};
use crate::domain::{Counter, Digest, Person, Session};
use crate::error::Error;
use crate::store;

/// Uses within so much time are noted as one.
pub(super) const USE_NOTED_AFTER: TimeDelta = TimeDelta::minutes(1);

/// A session that has begun, with its secret.
pub(crate) struct NewSession {
    pub(crate) session: Session,
    pub(crate) token: String,
    pub(crate) person: Person,
}

impl App {
    /// Begins a session of `person`, with a one-time link if one is named; none when somebody else used the link meanwhile.
    pub(super) async fn begin_session(
        &self,
        call: &Call,
        person: Person,
        method: String,
        link: Option<Uuid>,
    ) -> Result<Option<NewSession>, Error> {
        let session = Session::begin(self.host.next_id(call.now), person.id, method, call.now);
        let token = self.host.ids().capability();
        let call = made_by(call, &person, session.id.to_string());
        let Begun::Fresh(mut unit) = self.host.begin::<()>(&call).await? else { return Ok(None) };
        if let Some(link) = link
            && !store::session::use_link(unit.tx(), link, call.now).await?
        {
            return Ok(None);
        }
        store::session::insert(unit.tx(), &session, &Digest::of(&token)).await?;
        unit.record_quietly("session.begun", None, session.id, &session.method)?;
        unit.commit(()).await?;
        Ok(Some(NewSession { session, token, person }))
    }

    /// A token for a session that goes on. Who brings a session that has ended is not counted: a browser left open does that.
    pub(crate) async fn exchange_session(&self, call: &Call, secret: &str) -> Result<IssuedToken, Error> {
        let digest = Digest::of(secret);
        let Some(mut session) = store::session::find_by_digest(self.host.reader(), &digest).await? else {
            return self.refuse(call, &Counter::target("session", digest.as_str()), Error::SessionEnded).await;
        };
        let person = store::person::find(self.host.reader(), self.safe(), session.person_id).await?;
        let person = person.filter(|person| person.erase_time.is_none() && session.goes_on(call.now));
        let person = person.ok_or(Error::SessionEnded)?;
        if call.now - session.use_time >= USE_NOTED_AFTER {
            session.use_time = call.now;
            self.note_use(call, session.id).await?;
        }
        let principal = principal_of(&person, Some(session.id.to_string()));
        Ok(self.token(principal, &SERVICES, call.now, session.expire_time()).await?)
    }

    async fn note_use(&self, call: &Call, id: Uuid) -> Result<(), Failure> {
        if let Begun::Fresh(unit) = self.host.begin::<()>(call).await? {
            store::session::note_use(unit.tx(), id, call.now).await?;
            unit.commit(()).await?;
        }
        Ok(())
    }

    /// Ends the session with this secret, if there is one.
    pub(crate) async fn end_session(&self, call: &Call, secret: &str) -> Result<(), Error> {
        let Some(session) = store::session::find_by_digest(self.host.reader(), &Digest::of(secret)).await? else {
            return Ok(());
        };
        let Some(person) = store::person::find(self.host.reader(), self.safe(), session.person_id).await? else {
            return Ok(());
        };
        let call = made_by(call, &person, session.id.to_string());
        Ok(self.end(&call, &session, "session.ended").await?)
    }

    /// A page of a person's sessions that go on, newest first, with the token of the next.
    pub(crate) async fn list_sessions(
        &self,
        call: &Call,
        person_id: PersonId,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Session>, String), Error> {
        call.permit(&own_record(person_id))?;
        let reader = self.host.reader();
        if store::person::find(reader, self.safe(), person_id).await?.is_none() {
            return Err(Failure::not_found("person", person_id).into());
        }
        let sessions = store::session::list_going_on(reader, person_id, call.now, page.after, page.size + 1).await?;
        Ok(page.close(sessions, |session| session.id)?)
    }

    /// Ends one of a person's sessions at once.
    pub(crate) async fn revoke_session(&self, call: &Call, person_id: PersonId, id: Uuid) -> Result<Session, Error> {
        call.permit(&own_record(person_id))?;
        let found = store::session::find(self.host.reader(), person_id, id).await?;
        let session = found.ok_or_else(|| Failure::not_found("session", id))?;
        self.end(call, &session, "session.revoked").await?;
        Ok(Session { end_time: session.end_time.or(Some(call.now)), ..session })
    }

    async fn end(&self, call: &Call, session: &Session, kind: &str) -> Result<(), Failure> {
        if let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await?
            && store::session::end(unit.tx(), session.id, call.now).await?
        {
            unit.record_quietly(kind, None, session.id, &session.method)?;
            unit.commit(()).await?;
        }
        Ok(())
    }
}
