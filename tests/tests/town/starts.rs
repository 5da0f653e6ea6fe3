//! Several processes at once on one database, and what a stop leaves behind.

use std::sync::Arc;

use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::{Database, DatabaseUrl, Deps, Ids};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::ledger::{self, Ledger, Tables};
use tokio_util::sync::CancellationToken;

const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_take_turns_or_are_told_who_holds_the_file() {
    let database = TestDatabase::fresh().await;
    let url = database.url("ledger");
    let opening = (0..AT_ONCE).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Database::open_to_serve::<Tables>(&url, "ledger").await })
    });
    let mut opened = Vec::new();
    for one in opening.collect::<Vec<_>>() {
        opened.push(one.await.expect("no opening panics"));
    }
    let expected = match url {
        DatabaseUrl::Postgres(_) => AT_ONCE,
        DatabaseUrl::Sqlite(_) => 1,
    };
    assert_eq!(opened.iter().filter(|one| one.is_ok()).count(), expected, "who may serve at once: {opened:?}");
    for refused in opened.iter().filter_map(|one| one.as_ref().err()) {
        assert!(refused.to_string().contains("in use by another running process"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_nothing_but_the_database_itself() {
    let database = TestDatabase::fresh().await;
    let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
    let shutdown = CancellationToken::new();
    let running = ledger::start::<Ledger>(&database, &deps, shutdown.clone()).await;
    shutdown.cancel();
    running.finished().await.expect("it stops well");
    let left = std::fs::read_dir(database.folder()).expect("the folder can be read");
    let names = left.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
    let unfinished: Vec<String> = names.filter(|name| name.contains("-wal") || name.contains("-shm")).collect();
    assert_eq!(unfinished, Vec::<String>::new(), "everything is in the one file, so that it can be copied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named_as_that() {
    let nowhere = DatabaseUrl::Postgres("postgres://nobody@127.0.0.1:1/none".to_owned());
    let refused = Database::open(&nowhere, "ledger").await.expect_err("nobody listens there").to_string();
    assert!(refused.contains("cannot be reached") && refused.contains("refused"), "the cause is told: {refused}");
}
