//! Why identity refuses.

use pathfinder_kit::{Failure, Reason};

use crate::domain::GrantIncomplete;

/// Why identity refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The login belongs to somebody.
    #[error("the login {0} is taken")]
    LoginTaken(String),
    /// A role without its place, or with one it cannot have.
    #[error(transparent)]
    GrantIncomplete(#[from] GrantIncomplete),
    /// A service came with another secret.
    #[error("the service secret is wrong")]
    ServiceSecretWrong,
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
            Error::GrantIncomplete(GrantIncomplete(why)) => Self::new(Reason::GrantIncomplete, why),
            Error::ServiceSecretWrong => {
                let message =
                    "The service secret is not the one of this installation; all services must be given the same.";
                Self::new(Reason::ServiceSecretWrong, message)
            }
            Error::Kit(failure) => failure,
            Error::Database(error) => error.into(),
        }
    }
}
