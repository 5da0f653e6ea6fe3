//! The use cases: authorise, load, decide, write.
//!
//! | to … | see |
//! |---|---|
//! | keep people and their roles | [`people`], [`personal`] |
//! | let a person in | [`sign_in`], [`openid`], [`sessions`] |
//! | let a system in | [`credentials`] |
//! | let in whoever has a form link | [`form_links`] |
//! | sign, and change the key that signs | [`tokens`] |
//! | send letters for the other services | [`letters`] |
//! | slow guessing down | [`attempts`] |
//! | change the keys that seal addresses and signing keys | [`sealing`] |

mod attempts;
mod credentials;
mod event;
mod form_links;
mod letters;
mod openid;
mod people;
mod personal;
mod sealing;
mod sessions;
mod sign_in;
mod tokens;

use std::sync::Arc;

use pathfinder_kit::seal::Sealer;
use pathfinder_kit::{Call, Caller, Failure, Grant, Host, Principal, PrincipalKind, Reason, Role};
use tokio::sync::{Mutex, mpsc};

use crate::config::Settings;
use crate::domain::Person;
use crate::mail::{self, Mailer};
use crate::openid::Connector;
use crate::store::{self, Safe};

pub(crate) use credentials::{CreateCredential, NewCredential, RotateCredential};
pub(crate) use form_links::{CreateFormLink, NewFormLink};
pub(crate) use letters::SendLetter;
pub(crate) use openid::{BeginOpenId, CompleteOpenId};
pub(crate) use people::{CreatePerson, GrantRole};
pub(crate) use personal::{Export, UpdatePerson};
pub(crate) use sessions::NewSession;
pub(crate) use tokens::{IssuedToken, token_for};

/// The login that the first start makes, with the administrator's role, so that somebody can make the others.
pub const FIRST_LOGIN: &str = "administrator";
/// How many people may wait for their letter.
const LETTERS_WAITING: usize = 256;

/// Addresses that asked for a link, on their way to whoever writes the letters.
pub(crate) type Requested = mpsc::Receiver<String>;

/// Identity's use cases.
pub(crate) struct App {
    pub(crate) host: Host,
    settings: Settings,
    sealer: Sealer,
    mailer: Arc<dyn Mailer>,
    connector: Connector,
    requested: mpsc::Sender<String>,
    /// Held while a letter for another service is sent.
    letter_turn: Mutex<()>,
}

impl App {
    /// Opens identity: makes the signing key and the first administrator where they are absent.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` where the keys that seal are not told, or not all of them; when the database fails.
    pub(crate) async fn open(host: Host, settings: Settings) -> Result<(Self, Requested), Failure> {
        let message = "Identity needs keys to seal addresses and signing keys with: --contact-keys.";
        let sealer = host.contacts().sealer.clone().ok_or_else(|| Failure::new(Reason::InvalidRequest, message))?;
        let safe = Safe { sealer: &sealer, ids: host.ids() };
        sealing::check_keys(&host, safe).await?;
        // Before the first call: a key that has retired is not to verify anything any more.
        sign_in::clear_away(&host).await?;
        tokens::make_first_key(&host, safe).await?;
        make_first_administrator(&host, safe).await?;
        let mailer = mail::open(&settings)?;
        let connector = Connector::new(settings.providers.clone());
        let (requested, letters) = mpsc::channel(LETTERS_WAITING);
        Ok((Self { host, settings, sealer, mailer, connector, requested, letter_turn: Mutex::default() }, letters))
    }

    /// What seals addresses and signing keys.
    fn safe(&self) -> Safe<'_> {
        Safe { sealer: &self.sealer, ids: self.host.ids() }
    }

    /// Clears away what is over: links, sessions, flows, failures and keys that verify nothing any more.
    pub(crate) async fn clear_away(&self) -> Result<(), Failure> {
        sign_in::clear_away(&self.host).await
    }
}

async fn make_first_administrator(host: &Host, safe: Safe<'_>) -> Result<(), Failure> {
    if store::person::find_by_login(host.reader(), safe, FIRST_LOGIN).await?.is_some() {
        return Ok(());
    }
    let now = host.clock().now();
    let first = Person {
        id: host.next_id(now).into(),
        login: FIRST_LOGIN.to_owned(),
        display_name: "Administrator".to_owned(),
        kind: PrincipalKind::Person,
        email: None,
        grants: vec![Grant::everywhere(Role::Administrator)],
        create_time: now,
        version: 1,
        erase_time: None,
    };
    people::keep_new(host, safe, &Call::background(host, "first start"), first).await?;
    Ok(())
}

/// What a token says of a person or system that proved itself by `credential`.
fn principal_of(person: &Person, credential: Option<String>) -> Principal {
    Principal {
        subject: person.id.to_string(),
        name: person.display_name.clone(),
        kind: person.kind,
        grants: person.grants.clone(),
        credential,
    }
}

/// The same call, now that it is known who makes it: for the audit trail.
fn made_by(call: &Call, person: &Person, credential: String) -> Call {
    let mut call = call.clone();
    call.caller = Caller::Known(principal_of(person, Some(credential)));
    call
}
