//! Database errors as failures.

use sea_orm::DbErr;

use super::{Failure, Reason};

impl From<DbErr> for Failure {
    /// Sorts a database error by its SQLSTATE (PostgreSQL) or result code (SQLite); the driver's text goes to the log only.
    fn from(error: DbErr) -> Self {
        match kind_of(&error) {
            DatabaseFault::Unique => {
                Self::new(Reason::AlreadyExists, "Something with the same unique value is there already.")
                    .because(error)
            }
            DatabaseFault::Contention => {
                Self::new(Reason::Conflict, "Two writers met; nothing was written. Try again.")
                    .because(error)
                    .transient()
            }
            DatabaseFault::Unavailable => {
                Self::new(Reason::DatabaseUnavailable, "The database does not answer; nothing was written.")
                    .because(error)
            }
            DatabaseFault::Other => Self::internal(error),
        }
    }
}

enum DatabaseFault {
    Unique,
    Contention,
    Unavailable,
    Other,
}

fn kind_of(error: &DbErr) -> DatabaseFault {
    use sea_orm::sqlx::Error as Sqlx;
    let sqlx = match error {
        DbErr::ConnectionAcquire(_) => return DatabaseFault::Unavailable,
        DbErr::Exec(sea_orm::RuntimeErr::SqlxError(sqlx))
        | DbErr::Query(sea_orm::RuntimeErr::SqlxError(sqlx))
        | DbErr::Conn(sea_orm::RuntimeErr::SqlxError(sqlx)) => sqlx,
        _ => return DatabaseFault::Other,
    };
    match sqlx.as_ref() {
        Sqlx::Io(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed => DatabaseFault::Unavailable,
        Sqlx::Database(fault) if fault.is_unique_violation() => DatabaseFault::Unique,
        Sqlx::Database(fault) => match fault.code().as_deref() {
            // PostgreSQL: serialization failure, deadlock, lock timeout. SQLite: busy and its kinds, locked.
            Some("40001" | "40P01" | "55P03" | "5" | "261" | "517" | "773" | "6" | "262") => DatabaseFault::Contention,
            // PostgreSQL: too many connections, statement too slow, shutting down, crashed, starting.
            Some("53300" | "57014" | "57P01" | "57P02" | "57P03") => DatabaseFault::Unavailable,
            _ => DatabaseFault::Other,
        },
        _ => DatabaseFault::Other,
    }
}
