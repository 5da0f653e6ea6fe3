//! One-time links: asked for, sent, redeemed.

use chrono::TimeDelta;
use pathfinder_kit::{Begun, Call, Failure, Host, PrincipalKind, Reason, retrying};
use serde::Serialize;
use tokio::sync::mpsc::error::TrySendError;
use uuid::Uuid;

use super::attempts::link_counter_of;
use super::{App, NewSession};
use crate::domain::{Counter, Digest, LINK_LIFE, Person, SignInLink, email_of};
use crate::error::Error;
use crate::mail::Letter;
use crate::store;

/// How long ended links and flows are kept, to tell a replay from a guess.
const LINKS_KEPT: TimeDelta = TimeDelta::days(1);
/// How long ended sessions are kept, for subject access.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

impl App {
    /// Takes the wish for a link. Whether anybody has the address is found out later, by whoever writes the letter: so the answer and
    /// the time it takes are the same. Wishes are counted by address of e-mail, so that nobody's box is filled, and by network, so that no
    /// client fills the queue; they are not recorded, as nothing has come of them yet.
    pub(crate) async fn request_link(&self, call: &Call, email: &str) -> Result<(), Error> {
        let Some(email) = email_of(email) else { return Ok(()) };
        let target = Counter::target("letter", &email);
        let network = link_counter_of(call.client());
        let counters: Vec<&Counter> = std::iter::once(&target).chain(&network).collect();
        for counter in &counters {
            self.let_through_counter(call, counter).await?;
        }
        let counted: Vec<_> = counters.into_iter().map(|counter| (counter, None)).collect();
        self.count(call, &counted).await?;
        self.requested.try_send(email).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Closed(_) => {
                Failure::new(Reason::Overloaded, "Too many letters wait to be sent; ask again in a minute.")
            }
        })?;
        Ok(())
    }

    /// Sends a link to whoever has the address, if anybody has.
    pub(crate) async fn send_link(&self, email: &str) -> Result<(), Failure> {
        let found = store::person::find_by_email(self.host.reader(), self.safe(), email).await?;
        let Some(person) = found.filter(|person| person.kind == PrincipalKind::Person) else {
            tracing::debug!("a link was asked for that nobody is to have");
            return Ok(());
        };
        let token = self.host.ids().capability();
        let link = retrying(|| self.keep_link(&person, &token)).await?;
        let letter = Letter {
            id: link.id,
            to_address: email.to_owned(),
            to_name: person.display_name.clone(),
            subject: "Your link to sign in to Pathfinder".to_owned(),
            text: letter_text(&self.settings.public_url, &token),
            time: link.create_time,
            expire_time: Some(link.expire_time),
        };
        retrying(|| self.mailer.send(&letter)).await
    }

    async fn keep_link(&self, person: &Person, token: &str) -> Result<SignInLink, Failure> {
        let call = Call::background(&self.host, "sign-in link");
        let link = SignInLink {
            id: self.host.next_id(call.now),
            person_id: person.id,
            create_time: call.now,
            expire_time: call.now + LINK_LIFE,
            use_time: None,
        };
        if let Begun::Fresh(mut unit) = self.host.begin::<()>(&call).await? {
            store::session::insert_link(unit.tx(), &link, &Digest::of(token)).await?;
            unit.record_quietly("sign_in_link.sent", None, person.id.0, &link.id)?;
            unit.commit(()).await?;
        }
        Ok(link)
    }

    /// Begins a session with a link.
    pub(crate) async fn redeem_link(&self, call: &Call, token: &str) -> Result<NewSession, Error> {
        let digest = Digest::of(token);
        if let Some(begun) = self.session_by_link(call, &digest).await? {
            return Ok(begun);
        }
        self.refuse(call, &Counter::target("link", digest.as_str()), Error::SignInRefused).await
    }

    async fn session_by_link(&self, call: &Call, digest: &Digest) -> Result<Option<NewSession>, Error> {
        let found = store::session::find_link(self.host.reader(), digest).await?;
        let Some(link) = found.filter(|link| link.holds(call.now)) else { return Ok(None) };
        let person = store::person::find(self.host.reader(), self.safe(), link.person_id).await?;
        let Some(person) = person.filter(|person| person.erase_time.is_none()) else { return Ok(None) };
        let begun = self.begin_session(call, person, "link".to_owned(), Some(link.id)).await?;
        self.discard_letters(&[link.id]).await;
        Ok(begun)
    }

    /// Removes letters whose links are used up. Where that fails, they go with the others of their time.
    pub(super) async fn discard_letters(&self, links: &[Uuid]) {
        if let Err(failure) = self.mailer.discard(links).await {
            tracing::warn!(%failure, "letters whose links are used up could not be removed yet");
        }
    }

    /// Removes the letters whose links have ended.
    pub(crate) async fn clear_letters(&self) -> Result<(), Failure> {
        self.mailer.clear(self.host.clock().now()).await
    }
}

fn letter_text(public_url: &str, token: &str) -> String {
    let minutes = LINK_LIFE.num_minutes();
    format!(
        "Hello,\n\nto sign in to Pathfinder, open this link:\n\n{public_url}/sign-in/link?token={token}\n\n\
         It holds for {minutes} minutes and works once. If you did not ask for it, you need do nothing.\n"
    )
}

/// Clears away what is over. A round in which something went leaves an entry in the audit trail; failures that no longer count are none.
pub(super) async fn clear_away(host: &Host) -> Result<(), Failure> {
    let call = Call::background(host, "clearing away");
    let Begun::Fresh(mut unit) = host.begin::<()>(&call).await? else { return Ok(()) };
    let now = call.now;
    store::attempt::clear(unit.tx(), now).await?;
    let cleared = Cleared {
        flows: store::flow::clear(unit.tx(), now - LINKS_KEPT).await?,
        links: store::session::clear_links(unit.tx(), now - LINKS_KEPT).await?,
        sessions: store::session::clear(unit.tx(), now - SESSIONS_KEPT).await?,
        signing_keys: store::key::destroy_retired(unit.tx(), now).await?,
    };
    if cleared != Cleared::default() {
        tracing::info!(?cleared, "what was over was cleared away");
        unit.record_quietly("sign_in.cleared", None, host.next_id(now), &cleared)?;
    }
    unit.commit(()).await
}

/// How much was cleared away.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Cleared {
    flows: u64,
    links: u64,
    sessions: u64,
    signing_keys: u64,
}
