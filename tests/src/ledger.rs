//! The kit's feed without any business rule: a service that writes numbered entries, and one that copies them by following the
//! first one's feed. Both stand on the kit as every service does, each with a database and one table of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::config::{Limits, PeerAddresses, Secret, Settings};
use pathfinder_kit::feed::{Follower, Recorded};
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::{Program, Running, bind, launch};
use pathfinder_kit::telemetry::LogFormat;
use pathfinder_kit::tls::Tls;
use pathfinder_kit::{Begun, Call, Deps, DomainEvent, Failure, Host, Service, Unit};
use pathfinder_terms::PartnershipId;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::prelude::*;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use crate::database::TestDatabase;

/// One entry: the `number`-th of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// What it is about.
    pub subject_id: Uuid,
    /// Which one it is, from 0.
    pub number: i64,
}

impl DomainEvent for Entry {
    const KINDS: &'static [&'static str] = &["entry.written"];

    fn kind(&self) -> &'static str {
        "entry.written"
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        None
    }

    fn subject_id(&self) -> Uuid {
        self.subject_id
    }
}

/// The service that writes.
#[derive(Debug)]
pub struct Ledger;

/// The service that copies.
#[derive(Debug)]
pub struct Copyist;

impl Program for Ledger {
    const NAME: &'static str = "ledger";
    type Migrator = Tables;
    // It has no calls, so nobody needs leave.
    const POLICY: Policy = Policy::Rules { schema: "", rules: "" };

    async fn build(_host: Host) -> Result<Service, Failure> {
        Ok(Service::default())
    }
}

impl Program for Copyist {
    const NAME: &'static str = "copyist";
    type Migrator = Tables;
    // It has no calls, so nobody needs leave.
    const POLICY: Policy = Policy::Rules { schema: "", rules: "" };

    async fn build(_host: Host) -> Result<Service, Failure> {
        Ok(Service::default())
    }
}

/// The one table of both. Nothing in it is unique but its place, so an entry applied twice would show.
#[derive(Debug)]
pub struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = pathfinder_kit::migration::all();
        all.push(Box::new(Founding));
        all
    }
}

struct Founding;

impl MigrationName for Founding {
    fn name(&self) -> &'static str {
        "m0001_ledger_founding"
    }
}

#[async_trait]
impl MigrationTrait for Founding {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("entry")
            .col(ColumnDef::new("place").big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new("subject_id").text().not_null())
            .col(ColumnDef::new("number").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await
    }
}

/// Starts one of the two.
///
/// # Panics
///
/// When it does not start.
pub async fn start<P: Program>(database: &TestDatabase, deps: &Deps, shutdown: CancellationToken) -> Running {
    start_within::<P>(database, deps, shutdown, Limits::default()).await
}

/// Starts a service within limits of the test's own.
///
/// # Panics
///
/// When it does not start.
pub async fn start_within<P: Program>(
    database: &TestDatabase,
    deps: &Deps,
    shutdown: CancellationToken,
    limits: Limits,
) -> Running {
    start_secured::<P>(database, deps, shutdown, limits, None).await
}

/// As [`start_within`], over TLS if it is given.
///
/// # Panics
///
/// When it does not start.
pub async fn start_secured<P: Program>(
    database: &TestDatabase,
    deps: &Deps,
    shutdown: CancellationToken,
    limits: Limits,
    tls: Option<Tls>,
) -> Running {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let nobody: http::Uri = "http://127.0.0.1:9".parse().expect("an address where nobody is");
    let settings = Settings {
        listen,
        database: database.url(P::NAME),
        peers: PeerAddresses {
            boards: nobody.clone(),
            commitments: nobody.clone(),
            issues: nobody.clone(),
            identity: nobody,
            tls,
        },
        service_secret: Secret::new("shared by nobody else".to_owned()),
        otlp_endpoint: None,
        log_format: LogFormat::Text,
        clock_offset: chrono::TimeDelta::zero(),
        limits,
        contacts: Default::default(),
        own: Default::default(),
    };
    let listener = bind(listen).await.expect("a free port");
    launch::<P>(&settings, deps.clone(), listener, shutdown)
        .await
        .unwrap_or_else(|failure| panic!("{} starts: {failure:?}", P::NAME))
}

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is committed.
    Commit,
    /// It is dropped before it is committed.
    Drop,
}

/// Writes an entry and its event in one transaction that stays open for `held`.
///
/// # Errors
///
/// Database failures; then nothing was written.
pub async fn write(host: &Host, entry: Entry, held: Duration, fate: Fate) -> Result<(), Failure> {
    let call = Call::background(host, "write an entry");
    let Begun::Fresh(mut unit) = host.begin::<()>(&call).await? else { return Ok(()) };
    insert(&unit, entry).await?;
    unit.record(&entry, &entry)?;
    tokio::time::sleep(held).await;
    match fate {
        Fate::Commit => unit.commit(()).await,
        Fate::Drop => Ok(()),
    }
}

async fn insert(unit: &Unit, entry: Entry) -> Result<(), Failure> {
    let values = [entry.subject_id.to_string().into(), entry.number.into()];
    let sql = "INSERT INTO entry (subject_id, number) VALUES ($1, $2)";
    unit.tx().execute_raw(Statement::from_sql_and_values(unit.tx().get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Every entry in a table, in the order in which it came there.
///
/// # Panics
///
/// When the table cannot be read.
pub async fn entries(connection: &DatabaseConnection) -> Vec<Entry> {
    let sql = "SELECT subject_id, number FROM entry ORDER BY place";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("the entries can be read: {error}"));
    let read = |row: &sea_orm::QueryResult| {
        let subject: String = row.try_get("", "subject_id").expect("a subject");
        Entry { subject_id: subject.parse().expect("an id"), number: row.try_get("", "number").expect("a number") }
    };
    rows.iter().map(read).collect()
}

/// The entries of each subject, in the order in which they came.
#[must_use]
pub fn by_subject(entries: &[Entry]) -> BTreeMap<Uuid, Vec<i64>> {
    let mut subjects: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for entry in entries {
        subjects.entry(entry.subject_id).or_default().push(entry.number);
    }
    subjects
}

/// Copies the ledger's entries.
#[derive(Debug)]
pub struct LedgerFollower {
    /// The service that writes them.
    pub ledger: Host,
}

#[async_trait]
impl Follower for LedgerFollower {
    type Item = Recorded;

    fn feed(&self) -> &'static str {
        "ledger"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Recorded, Status>>, Status> {
        let call = Call::background(&self.ledger, "follow the ledger");
        let watching = self.ledger.watch::<Entry>(&call, &after, Vec::new(), None).await?;
        Ok(watching.map(|recorded| recorded.map_err(Status::from)).boxed())
    }

    fn cursor<'a>(&self, item: &'a Recorded) -> &'a str {
        &item.meta.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Recorded) -> Result<(), Failure> {
        let entry: Entry = serde_json::from_str(&item.payload)?;
        insert(unit, entry).await
    }
}
