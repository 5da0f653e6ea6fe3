//! The rules: pure, with the clock and the ids passed in.

mod attempt;
mod credential;
mod form_link;
mod person;
mod secret;
mod session;
mod signing_key;

pub(crate) use attempt::{Counter, LONGEST_WINDOW};
pub(crate) use credential::{Credential, CredentialEnded, CredentialKind, Scope, ScopeRefused};
pub(crate) use form_link::{FormLink, FormTarget};
pub(crate) use person::{GrantIncomplete, Kind, Person, check_grant, email_of};
pub(crate) use secret::Digest;
pub(crate) use session::{LINK_LIFE, Session, SignInLink};
pub(crate) use signing_key::{LEAD_TIME, LONGEST_TOKEN_LIFE, SigningKey, in_order};
