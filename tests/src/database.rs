//! An empty database for one test: a folder of SQLite files, or a database of its own on the PostgreSQL server that
//! `PATHFINDER_TEST_POSTGRES` names (`postgres://user@host:port/postgres`). Both are gone when it is dropped.

use pathfinder::config::Store;
use pathfinder_kit::{DatabaseUrl, Ids};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use tempfile::TempDir;

use crate::waiting::PATIENCE;

/// The variable that names the server.
pub const SERVER: &str = "PATHFINDER_TEST_POSTGRES";

/// Reads all tables and indexes of the schema that is looked at into the server's buffers.
const PREWARM: &str = "CREATE EXTENSION IF NOT EXISTS pg_prewarm; SELECT pg_prewarm(oid::regclass) FROM pg_class \
                       WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i')";

/// A database that belongs to one test.
#[derive(Debug)]
pub struct TestDatabase {
    folder: TempDir,
    server: Option<Server>,
}

#[derive(Debug, Clone)]
struct Server {
    entrance: String,
    name: String,
}

impl TestDatabase {
    /// A new, empty one.
    ///
    /// # Panics
    ///
    /// When the server that is named cannot be used.
    pub async fn fresh() -> Self {
        let folder = TempDir::with_prefix("pathfinder-test-").expect("a temporary folder can be made");
        let server = match std::env::var(SERVER) {
            Ok(entrance) if !entrance.is_empty() => Some(Server::make_database(entrance).await),
            _ => None,
        };
        Self { folder, server }
    }

    /// The folder that belongs to the test, whichever database it uses.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Where the suite writes its mail.
    #[must_use]
    pub fn outbox(&self) -> std::path::PathBuf {
        self.folder.path().join("outbox")
    }

    /// Where the suite keeps photos.
    #[must_use]
    pub fn photos(&self) -> std::path::PathBuf {
        self.folder.path().join("photos")
    }

    /// Where the suite keeps its data.
    #[must_use]
    pub fn store(&self) -> Store {
        match &self.server {
            Some(server) => Store::Server(DatabaseUrl::Postgres(server.address())),
            None => Store::Folder(self.folder.path().to_owned()),
        }
    }

    /// Where the service `name` keeps its data.
    #[must_use]
    pub fn url(&self, name: &str) -> DatabaseUrl {
        self.store().of(name)
    }

    /// What a process is told as `--database-url` for the service `name`.
    #[must_use]
    pub fn flag(&self, name: &str) -> String {
        match self.url(name) {
            DatabaseUrl::Sqlite(path) => path.display().to_string(),
            DatabaseUrl::Postgres(address) => address,
        }
    }

    /// Whether it is on a server.
    #[must_use]
    pub const fn is_server(&self) -> bool {
        self.server.is_some()
    }

    /// The address of the tables of the service `name` on the server, for PostgreSQL's own programs; none without a server.
    #[must_use]
    pub fn schema_address(&self, name: &str) -> Option<String> {
        self.server.as_ref().map(|server| format!("{}?options=-csearch_path%3D{name}", server.address()))
    }

    /// Has PostgreSQL count what the service `name` holds, as it does by itself some time after a change.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub async fn analyze(&self, name: &str) {
        if self.is_server() {
            let done = self.look(name).await.execute_unprepared("VACUUM ANALYZE").await;
            done.unwrap_or_else(|error| panic!("the tables of {name} are analysed: {error}"));
        }
    }

    /// Has what the service `name` holds lie in memory, as on a server that has had it for some time: a system may let go of what was not
    /// read for some seconds.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub async fn warm(&self, name: &str) {
        if let DatabaseUrl::Sqlite(path) = self.url(name) {
            let mut file = tokio::fs::File::open(&path).await.expect("a database can be opened");
            tokio::io::copy(&mut file, &mut tokio::io::sink()).await.expect("a database can be read");
            return;
        }
        let done = self.look(name).await.execute_unprepared(PREWARM).await;
        done.unwrap_or_else(|error| panic!("the tables of {name} are read: {error}"));
    }

    /// A connection to the tables of the service `name`, to look at them from outside.
    ///
    /// # Panics
    ///
    /// When it cannot be had.
    pub async fn look(&self, name: &str) -> DatabaseConnection {
        let mut options = match self.url(name) {
            DatabaseUrl::Sqlite(path) => ConnectOptions::new(format!("sqlite://{}", path.display())),
            DatabaseUrl::Postgres(address) => {
                let mut options = ConnectOptions::new(address);
                options.set_schema_search_path(name.to_owned());
                options
            }
        };
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options)
            .await
            .unwrap_or_else(|error| panic!("the tables of {name} can be looked at: {error}"))
    }
}

impl Server {
    async fn make_database(entrance: String) -> Self {
        let name = format!("pathfinder_test_{}", Ids::random().capability().to_lowercase().replace('-', "_"));
        let server = Self { entrance, name };
        server.run(&format!("CREATE DATABASE {}", server.name)).await;
        server
    }

    fn address(&self) -> String {
        let (server, _) = self.entrance.rsplit_once('/').unwrap_or((&self.entrance, ""));
        format!("{server}/{}", self.name)
    }

    async fn run(&self, statement: &str) {
        let mut options = ConnectOptions::new(self.entrance.clone());
        options.max_connections(1).connect_timeout(PATIENCE).sqlx_logging(false);
        let done = async {
            let connection = Database::connect(options).await?;
            connection.execute_unprepared(statement).await?;
            connection.close().await
        };
        done.await.unwrap_or_else(|error| panic!("the server that {SERVER} names does `{statement}`: {error}"));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else { return };
        // A thread of its own, because a test's runtime cannot be waited for from inside it.
        let dropping = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
            runtime.block_on(server.run(&format!("DROP DATABASE {} WITH (FORCE)", server.name)));
        });
        let dropped = dropping.join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the test's database is dropped");
    }
}
