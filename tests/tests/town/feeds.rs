//! The change feeds: no event is lost to transactions that commit out of order, none is applied twice by a follower that is killed
//! at random, and a replay from the start changes nothing.

#![allow(clippy::panic, reason = "what cannot be looked at fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::{Deps, Host, Ids, feed, retrying};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::Way;
use pathfinder_tests::journey;
use pathfinder_tests::ledger::{self, Copyist, Entry, Fate, Ledger, LedgerFollower};
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting;
use pathfinder_tests::world::World;
use rand::Rng as _;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, FromQueryResult as _, JsonValue, Statement};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const WRITERS: usize = 8;
const ENTRIES: i64 = 40;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_killed_at_random_ends_with_every_committed_event_once_and_in_order() {
    let database = TestDatabase::fresh().await;
    let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
    let shutdown = CancellationToken::new();
    let ledger = ledger::start::<Ledger>(&database, &deps, shutdown.clone()).await;
    let copyist = ledger::start::<Copyist>(&database, &deps, shutdown.clone()).await;

    let writers: Vec<_> = (0..WRITERS).map(|_| tokio::spawn(write_many(ledger.host.clone()))).collect();
    let kills =
        follow_and_be_killed(&ledger.host, &copyist.host, || writers.iter().all(tokio::task::JoinHandle::is_finished))
            .await;
    let mut committed = Vec::new();
    for writer in writers {
        committed.extend(writer.await.expect("a writer ends by itself"));
    }
    assert!(kills > 5, "the follower must be killed often for this to show anything; it was killed {kills} times");

    let following = follow(&ledger.host, &copyist.host);
    let copied = all_copied(&copyist.host, committed.len()).await;
    assert_eq!(
        ledger::by_subject(&copied),
        ledger::by_subject(&committed),
        "every committed entry once, each subject in its order"
    );

    // A follower that starts at its cursor finds nothing to do again.
    following.abort();
    let again = follow(&ledger.host, &copyist.host);
    ledger::write(&ledger.host, Entry { subject_id: Uuid::nil(), number: 0 }, Duration::ZERO, Fate::Commit)
        .await
        .expect("written");
    let copied = all_copied(&copyist.host, committed.len() + 1).await;
    assert_eq!(
        copied.last().map(|entry| entry.subject_id),
        Some(Uuid::nil()),
        "only what is new comes behind what was copied"
    );
    again.abort();
    shutdown.cancel();
    ledger.finished().await.expect("the ledger stops well");
    copyist.finished().await.expect("the copyist stops well");
}

/// Writes entries of one subject in transactions of random length, some of them dropped; answers those committed, in their order.
async fn write_many(host: Host) -> Vec<Entry> {
    let subject_id = host.next_id(host.clock().now());
    let mut committed = Vec::new();
    for number in 0..ENTRIES {
        let entry = Entry { subject_id, number };
        let (held, fate) = {
            let mut random = rand::rng();
            let fate = if random.random_bool(0.15) { Fate::Drop } else { Fate::Commit };
            (Duration::from_millis(random.random_range(0..8)), fate)
        };
        retrying(|| ledger::write(&host, entry, held, fate)).await.expect("an entry is written");
        if fate == Fate::Commit {
            committed.push(entry);
        }
    }
    committed
}

fn follow(ledger: &Host, copyist: &Host) -> tokio::task::JoinHandle<()> {
    let follower = LedgerFollower { ledger: ledger.clone() };
    tokio::spawn(feed::follow(copyist.clone(), follower))
}

/// Starts a follower and kills it at a random moment, again and again, until `done`; answers how often.
async fn follow_and_be_killed(ledger: &Host, copyist: &Host, done: impl Fn() -> bool) -> usize {
    let mut kills = 0;
    while !done() {
        let following = follow(ledger, copyist);
        let life = rand::rng().random_range(2..60);
        tokio::time::sleep(Duration::from_millis(life)).await;
        following.abort();
        kills += 1;
    }
    kills
}

async fn all_copied(copyist: &Host, count: usize) -> Vec<Entry> {
    let what = format!("the copy of {count} entries");
    waiting::until(&what, PATIENCE, || async {
        let copied = ledger::entries(copyist.reader()).await;
        if copied.len() >= count { Ok(copied) } else { Err(format!("{} copied", copied.len())) }
    })
    .await
}

const FOLLOWERS: [&str; 3] = ["boards", "commitments", "issues"];
/// How long nothing may move for the feeds to count as quiet.
const QUIET: Duration = Duration::from_secs(2);

/// The cursors are what is forgotten, and the trail tells that the replay wrote what was there before.
const NOT_COMPARED: [&str; 3] = ["feed_cursor", "audit_entry", "audit_head"];

/// By follower: the cursor of each feed that it reads, and how many events it told itself.
type Standing = BTreeMap<&'static str, (BTreeMap<String, String>, i64)>;
/// By table: its rows, sorted.
type Tables = BTreeMap<String, Vec<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_from_the_start_changes_nothing() {
    let mut world = Town::world(Way::Grpc).await;
    journey::walk(&mut world).await;
    let read_before = quiet(&world).await;

    let mut before = BTreeMap::new();
    let forget = async |database: &TestDatabase| {
        for service in FOLLOWERS {
            let tables = database.look(service).await;
            before.insert(service, tables_of(&tables).await);
            let forgotten =
                tables.execute_unprepared("DELETE FROM feed_cursor").await.expect("cursors can be forgotten");
            assert!(forgotten.rows_affected() > 0, "{service} keeps a cursor for each feed that it follows");
        }
    };
    world.house.restart(forget).await;
    waiting::until("the replay of every feed", PATIENCE, || async {
        let standing = standing(&world).await;
        if standing == read_before { Ok(()) } else { Err(format!("{standing:?} of {read_before:?}")) }
    })
    .await;
    let mut findings = Vec::new();
    let compare = async |database: &TestDatabase| {
        for service in FOLLOWERS {
            let after = tables_of(&database.look(service).await).await;
            findings.extend(differences(service, &before[service], &after));
        }
    };
    world.house.restart(compare).await;
    assert!(findings.is_empty(), "a replay leaves every row as it was, but:\n{}", findings.join("\n"));
    world.house.stop().await;
}

/// The rows that are not what they were, and tables that are there no longer.
fn differences(service: &str, before: &Tables, after: &Tables) -> Vec<String> {
    let names: Vec<&String> = before.keys().collect();
    assert!(before.len() > 6, "{service} has tables of its own beside the kit's: {names:?}");
    assert!(before["outbox_event"].len() > 3, "{service} told of what happened, or the loop was not walked");
    assert_eq!(names, after.keys().collect::<Vec<_>>(), "{service} keeps its tables");
    let mut findings = Vec::new();
    for (table, rows) in before {
        let (was, is) = (without(rows, &after[table]), without(&after[table], rows));
        if !was.is_empty() || !is.is_empty() || rows.len() != after[table].len() {
            findings.push(format!("{service}: {table} was\n  {was:#?}\nand is\n  {is:#?}"));
        }
    }
    findings
}

fn without<'a>(rows: &'a [String], others: &[String]) -> Vec<&'a String> {
    rows.iter().filter(|row| !others.contains(row)).collect()
}

/// Waits until no feed has moved for a while; answers where the followers stand then.
async fn quiet(world: &World<Town>) -> Standing {
    let mut last = standing(world).await;
    let mut since = std::time::Instant::now();
    let start = since;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = standing(world).await;
        if now != last {
            (last, since) = (now, std::time::Instant::now());
        } else if since.elapsed() > QUIET {
            return last;
        }
        assert!(start.elapsed() < PATIENCE, "the feeds come to rest within {PATIENCE:?}; they stand at {last:?}");
    }
}

async fn standing(world: &World<Town>) -> Standing {
    let mut standing = Standing::new();
    for service in FOLLOWERS {
        let tables = world.house.database.look(service).await;
        let told = tables.query_one_raw(statement(&tables, "SELECT COUNT(*) FROM outbox_event")).await;
        let told = told.expect("events can be counted").expect("a count").try_get_by_index(0).expect("a number");
        let rows =
            tables.query_all_raw(statement(&tables, "SELECT feed, cursor FROM feed_cursor")).await.expect("cursors");
        let cursor = |row: &sea_orm::QueryResult| {
            (row.try_get("", "feed").expect("a feed"), row.try_get("", "cursor").expect("a cursor"))
        };
        standing.insert(service, (rows.iter().map(cursor).collect(), told));
    }
    standing
}

/// Every row of every table but the cursors', which say when they were last moved.
async fn tables_of(connection: &DatabaseConnection) -> Tables {
    let names = match connection.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        _ => "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()",
    };
    let names = connection.query_all_raw(statement(connection, names)).await.expect("tables can be listed");
    let mut tables = Tables::new();
    for row in &names {
        let name: String = row.try_get("", "name").expect("a name");
        if NOT_COMPARED.contains(&name.as_str()) {
            continue;
        }
        let rows = statement(connection, &format!("SELECT * FROM \"{name}\""));
        let rows = JsonValue::find_by_statement(rows).all(connection).await;
        let rows = rows.unwrap_or_else(|error| panic!("the rows of {name} can be read: {error}"));
        let mut rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
        rows.sort_unstable();
        tables.insert(name, rows);
    }
    tables
}

fn statement(connection: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(connection.get_database_backend(), sql)
}
