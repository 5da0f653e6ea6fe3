//! Why identity refuses.

use pathfinder_kit::{Failure, Reason};

use crate::domain::{CredentialEnded, GrantIncomplete, Scope, ScopeRefused};

// Whoever could not prove who they are is not told what was wrong, only what to do.
const SIGN_IN_REFUSED: &str =
    "Nobody can sign in with this here, or not any more: a link holds for 15 minutes and once. Ask for a new one.";
const CLIENT_REFUSED: &str =
    "The client id, secret or key opens nothing here, or not any more; ask who runs the installation.";
const LINK_REFUSED: &str = "This link opens nothing, or not any more; ask whoever sent it for a new one.";

/// Why identity refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The login belongs to somebody.
    #[error("the login {0} is taken")]
    LoginTaken(String),
    /// The address belongs to somebody.
    #[error("the address is taken")]
    EmailTaken,
    /// A role without its place, or with one it cannot have.
    #[error(transparent)]
    GrantIncomplete(#[from] GrantIncomplete),
    /// A service came with another secret.
    #[error("the service secret is wrong")]
    ServiceSecretWrong,
    /// A link, a flow or an address with which nobody signs in.
    #[error("nobody signs in with that")]
    SignInRefused,
    /// A session that does not go on.
    #[error("the session has ended")]
    SessionEnded,
    /// A client id, secret or key that opens nothing.
    #[error("the client is refused")]
    ClientRefused,
    /// A scope that the key does not have.
    #[error(transparent)]
    ScopeRefused(#[from] ScopeRefused),
    /// A key that has ended.
    #[error(transparent)]
    CredentialEnded(#[from] CredentialEnded),
    /// A person, where only systems have keys.
    #[error("only systems have keys")]
    NotASystem,
    /// A form link that opens nothing.
    #[error("the form link is refused")]
    LinkRefused,
    /// Too many failures; so many seconds are left to wait.
    #[error("too many attempts failed")]
    TooManyAttempts(i64),
    /// What the kit refuses.
    #[error(transparent)]
    Kit(#[from] Failure),
    /// The database.
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::LoginTaken(login) => {
                Self::new(Reason::AlreadyExists, format!("The login {login} is taken; choose another."))
                    .with("login", login)
            }
            Error::EmailTaken => {
                Self::new(Reason::AlreadyExists, "Somebody else signs in with this address; give another.")
                    .with("field", "email")
            }
            Error::GrantIncomplete(GrantIncomplete(why)) => Self::new(Reason::GrantIncomplete, why),
            Error::ServiceSecretWrong => {
                let message =
                    "The service secret is not the one of this installation; all services must be given the same.";
                Self::new(Reason::ServiceSecretWrong, message)
            }
            Error::ScopeRefused(ScopeRefused { asked, allowed }) => scope_refused(&asked, &allowed),
            Error::CredentialEnded(CredentialEnded) => {
                Self::new(Reason::CredentialEnded, "The key has expired or was revoked; make a new one.")
            }
            Error::NotASystem => Self::new(
                Reason::NotASystem,
                "Only systems have keys; people sign in. Register the system as one of kind `system`.",
            ),
            Error::SignInRefused => Self::new(Reason::SignInRefused, SIGN_IN_REFUSED),
            Error::SessionEnded => Self::new(Reason::SessionEnded, "The session has ended; sign in again."),
            Error::ClientRefused => Self::new(Reason::ClientRefused, CLIENT_REFUSED),
            Error::LinkRefused => Self::new(Reason::LinkRefused, LINK_REFUSED),
            Error::TooManyAttempts(seconds) => {
                let message = format!("Too many attempts failed; try again in {seconds} seconds.");
                Self::new(Reason::TooManyAttempts, message).with("retry_after_seconds", seconds)
            }
            Error::Kit(failure) => failure,
            Error::Database(error) => error.into(),
        }
    }
}

fn scope_refused(asked: &str, allowed: &[Scope]) -> Failure {
    let words: Vec<&str> = allowed.iter().map(|scope| scope.word()).collect();
    let allowed = words.join(", ");
    Failure::new(Reason::ScopeRefused, format!("The key does not have the scope {asked}; it has: {allowed}."))
        .with("scope", asked)
        .with("allowed", allowed)
}
