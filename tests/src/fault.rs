//! A database that fails or stands still, to see what becomes of its service: faults that nobody can make from outside otherwise.

use std::fmt::Write as _;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};

use crate::database::TestDatabase;

/// What becomes of the updates of a table, or of one column of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updates {
    /// They fail.
    Fail,
    /// They find no row, as where another writer was faster.
    Miss,
}

/// Lets the updates of a table go wrong, until [`mend`].
///
/// # Panics
///
/// When the trigger cannot be made.
pub async fn spoil(tables: &DatabaseConnection, table: &str, column: Option<&str>, updates: Updates) {
    let of = column.map(|column| format!("OF {column} ")).unwrap_or_default();
    let (sqlite, postgres) = match updates {
        Updates::Fail => ("RAISE(ABORT, 'spoilt')", "RAISE EXCEPTION 'spoilt'"),
        Updates::Miss => ("RAISE(IGNORE)", "RETURN NULL"),
    };
    let mut sql = String::new();
    let written = match tables.get_database_backend() {
        DbBackend::Sqlite => {
            write!(sql, "CREATE TRIGGER spoilt BEFORE UPDATE {of}ON {table} BEGIN SELECT {sqlite}; END")
        }
        _ => write!(
            sql,
            "CREATE FUNCTION spoilt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {postgres}; END $$;\
             CREATE TRIGGER spoilt BEFORE UPDATE {of}ON {table} FOR EACH ROW EXECUTE FUNCTION spoilt()"
        ),
    };
    written.expect("text can be written");
    run(tables, &sql).await;
}

/// Lets the updates of a table go well again.
///
/// # Panics
///
/// When [`spoil`] did not come before.
pub async fn mend(tables: &DatabaseConnection, table: &str) {
    let sql = match tables.get_database_backend() {
        DbBackend::Sqlite => "DROP TRIGGER spoilt".to_owned(),
        _ => format!("DROP TRIGGER spoilt ON {table}; DROP FUNCTION spoilt()"),
    };
    run(tables, &sql).await;
}

/// Runs statements on the tables of a service.
///
/// # Panics
///
/// When they fail.
pub async fn run(tables: &DatabaseConnection, sql: &str) {
    let done = tables.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("`{sql}` can be run: {error}"));
}

/// Keeps a service from writing events, and so from changing anything, until the transaction ends.
///
/// # Panics
///
/// When the lock cannot be had.
pub async fn hold_writes(database: &TestDatabase, service: &str) -> DatabaseTransaction {
    let tables = database.look(service).await;
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let held = tables.begin_with_options(options).await.expect("the writers' place can be taken");
    if held.get_database_backend() == DbBackend::Postgres {
        let locked = held.execute_unprepared("LOCK TABLE outbox_event IN ACCESS EXCLUSIVE MODE").await;
        locked.unwrap_or_else(|error| panic!("the events of {service} can be locked: {error}"));
    }
    held
}
