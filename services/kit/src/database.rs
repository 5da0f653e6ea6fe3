//! The service's own database: SQLite by default, PostgreSQL in production, behind one type.
//!
//! SQLite runs in WAL mode with `synchronous=FULL`: a report that was acknowledged survives a power cut. All writes go
//! through one connection, so that writers queue in the process and never meet `SQLITE_BUSY`; reads have connections of
//! their own. On PostgreSQL each service has a schema of its own, so one server can hold them all and no table is shared.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database as SeaOrm, DatabaseConnection, DbErr};

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;

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
        if let Some(folder) = path.parent() {
            make_private(folder)
                .map_err(|error| DbErr::Custom(format!("the folder {} cannot be made: {error}", folder.display())))?;
        }
        let options = |connections: u32| {
            let path = path.clone();
            let mut options = ConnectOptions::new("sqlite::memory:");
            options
                .max_connections(connections)
                .min_connections(1)
                .acquire_timeout(ACQUIRE_TIMEOUT)
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
                });
            options
        };
        // The writer first: it makes the file and turns WAL on.
        let writer = SeaOrm::connect(options(1)).await?;
        let reader = SeaOrm::connect(options(READERS)).await?;
        keep_private(&path)
            .map_err(|error| DbErr::Custom(format!("{} cannot be kept private: {error}", path.display())))?;
        Ok(Self { reader, writer })
    }

    async fn open_postgres(address: &str, name: &str) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(address.to_owned());
        options
            .max_connections(POSTGRES_CONNECTIONS)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .statement_timeout(STATEMENT_TIMEOUT)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .set_application_name(format!("pathfinder-{name}"))
            .set_schema_search_path(name.to_owned());
        let pool = SeaOrm::connect(options).await?;
        pool.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {name}")).await?;
        Ok(Self { reader: pool.clone(), writer: pool })
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
