//! The whole suite in this process: real services, real gRPC, a real database, and a clock that the test moves.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pathfinder::Suite;
use pathfinder::config::{Config, Entry, PhotoPlace, Rates};
use pathfinder_identity::config::SignInFlags;
use pathfinder_kit::clock::{Clock as _, ManualClock};
use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::seal::{Contacts, Sealer};
use pathfinder_kit::telemetry::LogFormat;
use pathfinder_kit::{Deps, Failure, Ids};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::database::TestDatabase;
use crate::door::Way;
use crate::waiting::PATIENCE;
use crate::world::{House, World};

/// Monday morning, three weeks before midsummer, no bank holiday near.
pub const START: &str = "2026-06-01T09:00:00Z";

/// The file in the folder of its data that names a town's OpenID Connect providers, if a test wrote one before it started or while it was
/// stopped.
pub const PROVIDERS_FILE: &str = "providers.json";

/// A running suite. It stops when dropped; [`Town::stop`] also sees to it that it stopped well.
pub struct Town {
    running: Running,
    entry: Entry,
    deps: Deps,
    clock: Arc<ManualClock>,
    /// Where its data is.
    pub database: TestDatabase,
}

struct Running {
    gateway: String,
    services: PeerAddresses,
    shutdown: CancellationToken,
    finished: JoinHandle<Result<(), Failure>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Town {
    /// Starts a suite on an empty database and free ports.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start() -> Self {
        // A test is one address, and asks more often than any person.
        Self::entered(Entry { rates: Rates::NONE, ..Entry::default() }).await
    }

    /// As [`Town::start`], entered as `entry` says.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn entered(entry: Entry) -> Self {
        let database = TestDatabase::fresh().await;
        let clock = Arc::new(ManualClock::at(START.parse().expect("the start is an instant")));
        let deps = Deps { clock: clock.clone(), ids: Arc::new(Ids::random()) };
        let running = run(&entry, &database, &deps).await;
        Self { running, entry, deps, clock, database }
    }

    /// A suite, entered by `way`.
    pub async fn world(way: Way) -> World<Self> {
        World::new(Self::start().await, way)
    }

    /// Stops the suite and lets `meanwhile` look at its data, then starts it again on the same data.
    ///
    /// # Panics
    ///
    /// When it does not stop or start.
    pub async fn restart(&mut self, meanwhile: impl AsyncFnOnce(&TestDatabase)) {
        self.halt().await;
        meanwhile(&self.database).await;
        self.running = run(&self.entry, &self.database, &self.deps).await;
    }

    /// Stops the suite.
    ///
    /// # Panics
    ///
    /// When a service or the gateway failed, or work is left over.
    pub async fn stop(mut self) {
        self.halt().await;
    }

    async fn halt(&mut self) {
        self.running.shutdown.cancel();
        let finished = tokio::time::timeout(PATIENCE, &mut self.running.finished).await;
        let finished = finished.unwrap_or_else(|_| panic!("the suite stops within {PATIENCE:?}"));
        let finished = finished.expect("the task of the suite ends by itself");
        finished.unwrap_or_else(|failure| panic!("the suite stops without a failure, but: {failure:?}"));
    }
}

/// The keys that seal contact details, addresses and signing keys in every town.
///
/// # Panics
///
/// When they cannot be read.
#[must_use]
pub fn contact_keys() -> Sealer {
    let keys = format!("tests:{}", "A".repeat(43));
    Sealer::read("the tests' keys", &keys).unwrap_or_else(|problem| panic!("the tests' keys can be read: {problem}"))
}

async fn run(entry: &Entry, database: &TestDatabase, deps: &Deps) -> Running {
    let any = "127.0.0.1:0".parse().expect("an address");
    let config = Config {
        listen: any,
        entry: entry.clone(),
        store: database.store(),
        demo: false,
        grpc: [any; 4],
        clock_offset: None,
        otlp_endpoint: None,
        log_format: LogFormat::Text,
        contacts: Contacts { sealer: Some(contact_keys()), ..Contacts::default() },
        photos: Some(PhotoPlace::Folder(database.photos())),
        sign_in: SignInFlags {
            outbox_folder: Some(database.outbox()),
            openid_file: Some(database.folder().join(PROVIDERS_FILE)).filter(|file| file.exists()),
            ..SignInFlags::default()
        },
        tls: None,
    };
    let shutdown = CancellationToken::new();
    let suite = Suite::start(&config, deps, shutdown.clone()).await;
    let suite = suite.unwrap_or_else(|failure| panic!("the suite starts, but: {failure:?}"));
    let (gateway, services) = (format!("http://{}", suite.http), suite.peers.clone());
    Running { gateway, services, shutdown, finished: tokio::spawn(suite.finished()) }
}

#[async_trait]
impl House for Town {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    async fn pass_time(&mut self, by: TimeDelta) {
        self.clock.advance(by);
    }

    fn tick(&self) {
        self.clock.advance(TimeDelta::minutes(1));
    }

    fn gateway(&self) -> String {
        self.running.gateway.clone()
    }

    fn services(&self) -> PeerAddresses {
        self.running.services.clone()
    }

    async fn token(&self, login: &str) -> String {
        let (url, keys) = (self.database.url("identity"), contact_keys());
        let token = pathfinder_identity::token_for(&url, &self.deps, &keys, login).await;
        token.unwrap_or_else(|failure| panic!("there is a token for {login}, but: {failure:?}"))
    }
}
