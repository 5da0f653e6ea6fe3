//! The use cases: authorise, load, decide, write.

mod event;
mod people;
mod tokens;

use pathfinder_kit::{Call, Failure, Grant, Host, PrincipalKind, Role};

use crate::domain::Person;
use crate::store;
use tokens::Signer;

pub(crate) use people::{CreatePerson, GrantRole};
pub(crate) use tokens::{IssuedToken, token_for};

/// The login that the first start makes, with the administrator's role, so that somebody can make the others.
pub const FIRST_LOGIN: &str = "administrator";

/// Identity's use cases.
pub(crate) struct App {
    pub(crate) host: Host,
    signer: Signer,
}

impl App {
    /// Opens identity: makes the signing key and the first administrator where they are absent.
    pub(crate) async fn open(host: Host) -> Result<Self, Failure> {
        let signer = Signer::open(&host).await?;
        make_first_administrator(&host).await?;
        Ok(Self { host, signer })
    }
}

async fn make_first_administrator(host: &Host) -> Result<(), Failure> {
    if store::person::find_by_login(host.reader(), FIRST_LOGIN).await?.is_some() {
        return Ok(());
    }
    let now = host.clock().now();
    let first = Person {
        id: host.next_id(now).into(),
        login: FIRST_LOGIN.to_owned(),
        display_name: "Administrator".to_owned(),
        kind: PrincipalKind::Person,
        grants: vec![Grant { role: Role::Administrator, partnership_id: None, provider_id: None }],
        create_time: now,
        version: 1,
    };
    people::keep_new(host, &Call::background(host, "first start"), first).await?;
    Ok(())
}
