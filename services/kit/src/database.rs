//! The service's own database: SQLite by default, PostgreSQL in production, behind one type.
//!
//! SQLite runs in WAL mode with `synchronous=FULL`: a report that was acknowledged survives a power cut. All writes go
//! through one connection, so that writers queue in the process and never meet `SQLITE_BUSY`; reads have connections of
//! their own. On PostgreSQL each service has a schema of its own, so one server can hold them all and no table is shared.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, PgConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database as SeaOrm, DatabaseConnection, DatabaseTransaction, DbErr,
    TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// 64 GiB: a million issues are some six. SQLite itself is built to allow so much (`.cargo/config.toml`). A disk that fails under a mapped page
/// ends the process, where it would be an error of one call.
const MAPPED_BYTES: &str = "68719476736";
const POSTGRES_CONNECTIONS: u32 = 10;
/// A connection that was not used for so long is tried before it is: the server may have gone meanwhile.
const IDLE: Duration = Duration::from_secs(1);
/// Taken by whoever makes or changes tables on a PostgreSQL server, so that two processes that start at once take turns.
const TAKE_TURNS: &str = "SET LOCAL statement_timeout = '5min'; SELECT pg_advisory_xact_lock(7307182509)";

/// Where a service keeps its data.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server, as `postgres://user:password@host:port/database`; each service uses the schema that bears its name.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    /// Leaves out what may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite {}", path.display()),
            Self::Postgres(_) => f.write_str("postgres (address withheld)"),
        }
    }
}

/// Open connections to the service's own database.
#[derive(Debug, Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    lock: Option<Arc<File>>,
}

/// Makes a folder that its owner alone can enter: identity's database holds the key that signs tokens.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Lets nobody but its owner read a database file, also in a folder that was there before.
fn keep_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn make_folder_of(file: &Path) -> Result<(), DbErr> {
    let Some(folder) = file.parent() else { return Ok(()) };
    make_private(folder)
        .map_err(|error| DbErr::Custom(format!("the folder {} cannot be made: {error}", folder.display())))
}

/// Locks an SQLite database for the life of this process; the system lets go of it however the process ends.
fn lock_file(path: &Path) -> Result<File, DbErr> {
    make_folder_of(path)?;
    let name = path.with_extension("lock");
    let cannot = |error: &dyn fmt::Display| DbErr::Custom(format!("{} cannot be locked: {error}", name.display()));
    let file = File::options().create(true).append(true).open(&name).map_err(|error| cannot(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(DbErr::Custom(format!("{} is in use by another running process", path.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(cannot(&error)),
    }
}

/// Waits for this process's turn to change tables; the turn ends with the transaction.
async fn take_turn(pool: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let turn = pool.begin().await?;
    turn.execute_unprepared(TAKE_TURNS).await?;
    Ok(turn)
}

/// What the server says to one plain connection: a pool only tells that its time ran out.
async fn why_unreachable(address: &str) -> Option<DbErr> {
    let tried = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect(address)).await;
    match tried {
        Ok(Err(error)) => Some(DbErr::Custom(format!("the PostgreSQL server cannot be reached: {error}"))),
        _ => None,
    }
}

impl Database {
    /// Opens the database of the service `name`, making file or schema where absent.
    ///
    /// # Errors
    ///
    /// When the file or server cannot be reached.
    pub async fn open(url: &DatabaseUrl, name: &str) -> Result<Self, DbErr> {
        match url {
            DatabaseUrl::Sqlite(path) => Self::open_sqlite(path.clone()).await,
            DatabaseUrl::Postgres(address) => Self::open_postgres(address, name).await,
        }
    }

    async fn open_sqlite(path: PathBuf) -> Result<Self, DbErr> {
        make_folder_of(&path)?;
        let options = |connections: u32| {
            let path = path.clone();
            let mut options = ConnectOptions::new("sqlite::memory:");
            options
                .max_connections(connections)
                .min_connections(1)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                // A file does not go away.
                .test_before_acquire(false)
                .sqlx_logging(false)
                .record_stmt_in_spans(false)
                .map_sqlx_sqlite_opts(move |sqlite| {
                    sqlite
                        .in_memory(false)
                        .shared_cache(false)
                        .filename(&path)
                        .create_if_missing(true)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full)
                        .foreign_keys(true)
                        .busy_timeout(ACQUIRE_TIMEOUT)
                        // As PostgreSQL compares, so that a filter means the same on both.
                        .pragma("case_sensitive_like", "ON")
                        // Pages are read where the system keeps them, not copied; what is beyond this is read as before.
                        .pragma("mmap_size", MAPPED_BYTES)
                        // What is erased must not stand in a page that is free now.
                        .pragma("secure_delete", "ON")
                });
            options
        };
        // The writer first: it makes the file and turns WAL on.
        let writer = SeaOrm::connect(options(1)).await?;
        let reader = SeaOrm::connect(options(READERS)).await?;
        keep_private(&path)
            .map_err(|error| DbErr::Custom(format!("{} cannot be kept private: {error}", path.display())))?;
        Ok(Self { reader, writer, lock: None })
    }

    async fn open_postgres(address: &str, name: &str) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(address.to_owned());
        options
            .max_connections(POSTGRES_CONNECTIONS)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .statement_timeout(STATEMENT_TIMEOUT)
            .test_before_acquire_if_idle_for(IDLE)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .set_application_name(format!("pathfinder-{name}"))
            .set_schema_search_path(name.to_owned());
        let pool = match SeaOrm::connect(options).await {
            Ok(pool) => pool,
            Err(error) => return Err(why_unreachable(address).await.unwrap_or(error)),
        };
        let turn = take_turn(&pool).await?;
        turn.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {name}")).await?;
        turn.commit().await?;
        Ok(Self { reader: pool.clone(), writer: pool, lock: None })
    }

    /// Opens the database of the service `name` to serve it: brings its tables up to date while no other process does, and keeps
    /// a second process from serving the same file.
    ///
    /// # Errors
    ///
    /// When the file or server cannot be reached, another process serves the file, or a migration fails.
    pub async fn open_to_serve<M: MigratorTrait>(url: &DatabaseUrl, name: &str) -> Result<Self, DbErr> {
        if let DatabaseUrl::Sqlite(path) = url {
            let lock = lock_file(path)?;
            let mut database = Self::open(url, name).await?;
            M::up(&database.writer, None).await?;
            database.lock = Some(Arc::new(lock));
            return Ok(database);
        }
        let database = Self::open(url, name).await?;
        let turn = take_turn(&database.writer).await?;
        M::up(&database.writer, None).await?;
        turn.commit().await?;
        Ok(database)
    }

    /// Opens the database of the service `name` for reading alone: neither made nor migrated nor locked, and it may be in use.
    ///
    /// # Errors
    ///
    /// When there is no such file, or the server cannot be reached.
    pub async fn open_to_read(url: &DatabaseUrl, name: &str) -> Result<Self, DbErr> {
        let mut options = match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                let mut options = ConnectOptions::new("sqlite::memory:");
                options.map_sqlx_sqlite_opts(move |sqlite| {
                    let sqlite = sqlite.in_memory(false).shared_cache(false).filename(&path);
                    sqlite.read_only(true).busy_timeout(ACQUIRE_TIMEOUT)
                });
                options
            }
            DatabaseUrl::Postgres(address) => {
                let mut options = ConnectOptions::new(address.clone());
                options.set_application_name(format!("pathfinder-{name}")).set_schema_search_path(name.to_owned());
                options
            }
        };
        options.max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_timeout(ACQUIRE_TIMEOUT);
        options.sqlx_logging(false).record_stmt_in_spans(false);
        let reader = SeaOrm::connect(options).await?;
        Ok(Self { writer: reader.clone(), reader, lock: None })
    }

    /// Closes all connections; of an SQLite database nothing but its one file is left, so that it can be copied.
    ///
    /// # Errors
    ///
    /// When the database does not let itself be closed.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await
    }

    /// For reads outside a transaction.
    #[must_use]
    pub const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For transactions that write.
    #[must_use]
    pub(crate) const fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sqlite_is_built_to_map_so_much_and_to_share_no_memory() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("mapped.db"));
        let database = Database::open(&url, "mapped").await.expect("a database");
        for connection in [database.reader(), database.writer()] {
            let mapped = connection.query_one_raw(said("PRAGMA mmap_size")).await.expect("it is answered");
            let mapped: i64 = mapped.expect("a row").try_get_by_index(0).expect("a number");
            assert_eq!(mapped.to_string(), MAPPED_BYTES);
        }
        let options = database.reader().query_all_raw(said("PRAGMA compile_options")).await.expect("it is answered");
        let options: Vec<String> = options.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect();
        assert!(options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()), "{options:?}");
        assert!(!options.contains(&"ENABLE_MEMORY_MANAGEMENT".to_owned()), "{options:?}");
    }

    fn said(pragma: &str) -> sea_orm::Statement {
        sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, pragma)
    }
}
