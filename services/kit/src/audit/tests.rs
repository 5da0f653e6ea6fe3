//! Chains of invented entries, and every way of meddling with them. On SQLite, or in a schema of its own on the PostgreSQL server that
//! `PATHFINDER_TEST_POSTGRES` names.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait as _, DbBackend, TransactionTrait as _};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tempfile::TempDir;

use super::*;
use crate::database::{Database, DatabaseUrl};
use crate::rows::audit_head;

struct Old;

impl MigratorTrait for Old {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::migration::all().into_iter().take(1).collect()
    }
}

struct New;

impl MigratorTrait for New {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::migration::all()
    }
}

const CHAIN: Uuid = Uuid::from_u128(7);

fn now() -> DateTime<Utc> {
    "2026-06-01T09:00:00.123456Z".parse().expect("an instant")
}

struct Trail {
    _folder: TempDir,
    database: Database,
}

impl Trail {
    /// An empty one, with its tables as `M` has them.
    async fn empty<M: MigratorTrait>() -> Self {
        let folder = TempDir::new().expect("a folder");
        let (url, name) = match std::env::var("PATHFINDER_TEST_POSTGRES") {
            Ok(server) if !server.is_empty() => {
                (DatabaseUrl::Postgres(server), format!("trail_{}", Ids::random().next(now()).simple()))
            }
            _ => (DatabaseUrl::Sqlite(folder.path().join("trail.db")), "trail".to_owned()),
        };
        let database = Database::open_to_serve::<M>(&url, &name).await.expect("a database");
        Self { _folder: folder, database }
    }

    /// One with ten entries: of two things by turns, by ann and bob by turns.
    async fn of_ten() -> Self {
        let trail = Self::empty::<New>().await;
        for number in 1..=10 {
            trail.write(number, CHAIN).await;
        }
        trail.chain().await;
        trail
    }

    async fn write(&self, number: u128, chain: Uuid) {
        let name = if number.is_multiple_of(2) { "Bob" } else { "Ann" };
        let row = audit_entry::ActiveModel {
            event_id: Set(Uuid::from_u128(100 + number)),
            entry_time: Set(now()),
            partnership_id: Set((!chain.is_nil()).then_some(chain)),
            chain: Set(chain),
            subject_id: Set(Uuid::from_u128(number % 2)),
            kind: Set("thing.changed".to_owned()),
            actor_id: Set(name.to_lowercase()),
            actor_name: Set(name.to_owned()),
            method: Set("ThingService/ChangeThing".to_owned()),
            trace_id: Set(String::new()),
            after_digest: Set(digest_of(&number).expect("a digest")),
            name_salt: Set("salt".to_owned()),
            name_digest: Set(entry::name_digest("salt", name)),
            ..Default::default()
        };
        row.insert(self.database.writer()).await.expect("an entry");
    }

    async fn chain(&self) {
        let tx = self.database.writer().begin().await.expect("a transaction");
        chain_waiting(&tx).await.expect("entries get their places");
        tx.commit().await.expect("a commit");
    }

    /// Changes the tables behind the services' backs; an id is written as `#7`.
    async fn meddle(&self, sql: &str) {
        let writer = self.database.writer();
        let id = |number: u128| match writer.get_database_backend() {
            DbBackend::Postgres => format!("'{}'::uuid", Uuid::from_u128(number)),
            _ => format!("x'{number:032x}'"),
        };
        let sql = [1, 2, 7, 9]
            .into_iter()
            .fold(sql.to_owned(), |sql, number| sql.replace(&format!("#{number}"), &id(number)));
        writer.execute_unprepared(&sql).await.expect("meddling");
    }

    async fn report(&self) -> Report {
        verify(&self.database, now(), &|_, _| ()).await.expect("a report")
    }

    /// What is wrong, and where.
    async fn faults(&self) -> Vec<(i64, Wrong)> {
        let told = self.report().await.faults.into_iter();
        told.map(|fault| (fault.position, fault.wrong)).collect()
    }
}

#[tokio::test]
async fn entries_are_chained_in_their_order_and_know_what_was_before() {
    let trail = Trail::of_ten().await;
    trail.write(11, Uuid::nil()).await;
    trail.chain().await;
    trail.chain().await;
    let report = trail.report().await;
    assert_eq!(report, Report { chains: 2, entries: 11, ..Report::default() });
    let rows = audit_entry::Entity::find().all(trail.database.reader()).await.expect("rows");
    let at = |position: i64| {
        let found = rows.iter().find(|row| row.chain == CHAIN && row.position == Some(position));
        found.expect("an entry at every position")
    };
    assert_eq!(at(1).prior_hash, "");
    assert_eq!(at(2).before_digest, "", "the second thing is new, too");
    assert_eq!(at(9).prior_hash, at(8).hash);
    assert_eq!(at(9).before_digest, at(7).after_digest);
}

#[tokio::test]
async fn whatever_is_done_to_entries_is_found_and_named() {
    let cases: &[(&str, &[(i64, Wrong)])] = &[
        ("UPDATE audit_entry SET actor_id = 'eve' WHERE position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET entry_time = '2026-06-02T09:00:00+00:00' WHERE position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET partnership_id = NULL WHERE position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET hash = 'x' WHERE position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET actor_name = 'Eve' WHERE position = 4", &[(4, Wrong::NameAltered)]),
        ("UPDATE audit_entry SET actor_name = '' WHERE position = 4", &[(4, Wrong::NameAltered)]),
        ("DELETE FROM audit_entry WHERE position IN (4, 5)", &[(4, Wrong::Missing { last: 5 })]),
        ("DELETE FROM audit_entry WHERE position = 1", &[(1, Wrong::Missing { last: 1 })]),
        ("DELETE FROM audit_entry WHERE position > 8", &[(9, Wrong::CutOff { last: 10 })]),
        ("DELETE FROM audit_entry", &[(1, Wrong::CutOff { last: 10 })]),
        (
            "UPDATE audit_entry SET position = -3 WHERE position = 3; UPDATE audit_entry SET position = 3 WHERE position = 6; \
             UPDATE audit_entry SET position = 6 WHERE position = -3",
            &[(3, Wrong::Moved { from: 6 }), (6, Wrong::Moved { from: 3 })],
        ),
        (
            "DELETE FROM audit_entry WHERE position = 9; UPDATE audit_entry SET position = 9 WHERE position = 10",
            &[(9, Wrong::Moved { from: 10 }), (10, Wrong::CutOff { last: 10 })],
        ),
        (
            "DROP INDEX audit_entry_place; INSERT INTO audit_entry SELECT #1, entry_time, partnership_id, subject_id, kind, \
             actor_id, actor_name, method, trace_id, via, credential_id, before_digest, after_digest, name_salt, name_digest, \
             prior_hash, hash, chain, position FROM audit_entry WHERE position = 4",
            &[(4, Wrong::Repeated), (4, Wrong::Altered)],
        ),
        ("UPDATE audit_head SET position = 9", &[(10, Wrong::BehindHead)]),
        ("UPDATE audit_head SET hash = 'x'", &[(10, Wrong::HeadDiffers)]),
        ("DELETE FROM audit_head", &[(10, Wrong::HeadMissing)]),
    ];
    for (sql, expected) in cases {
        let trail = Trail::of_ten().await;
        assert_eq!(trail.faults().await, [], "nothing is wrong before");
        trail.meddle(sql).await;
        assert_eq!(trail.faults().await, *expected, "after {sql}");
    }
}

#[tokio::test]
async fn an_entry_that_was_made_anew_with_its_hash_does_not_fit_the_next() {
    let trail = Trail::of_ten().await;
    let at_four = audit_entry::Entity::find().filter(audit_entry::Column::Position.eq(4));
    let found = at_four.one(trail.database.reader()).await.expect("a row").expect("the fourth");
    let forged = audit_entry::Model { actor_id: "eve".to_owned(), ..found };
    let place = entry::Place {
        chain: CHAIN,
        position: 4,
        prior_hash: &forged.prior_hash,
        before_digest: &forged.before_digest,
    };
    let hash = entry::hash_at(&forged, place);
    trail.meddle(&format!("UPDATE audit_entry SET actor_id = 'eve', hash = '{hash}' WHERE position = 4")).await;
    assert_eq!(trail.faults().await, [(5, Wrong::LinkBroken)]);
}

#[tokio::test]
async fn an_erased_name_is_no_fault_and_leaves_nothing_to_guess_by() {
    let trail = Trail::of_ten().await;
    assert_eq!(erase_name(trail.database.writer(), "ann").await.expect("erased"), 5);
    assert_eq!(trail.report().await, Report { chains: 1, entries: 10, ..Report::default() });
    let rows = audit_entry::Entity::find().all(trail.database.reader()).await.expect("rows");
    for row in rows {
        assert_eq!(row.actor_name.is_empty() && row.name_salt.is_empty(), row.actor_id == "ann");
    }
}

#[tokio::test]
async fn a_chain_that_was_meddled_with_does_not_hold_up_the_others() {
    let trail = Trail::of_ten().await;
    trail.meddle("DELETE FROM audit_head").await;
    trail.write(11, CHAIN).await;
    trail.write(12, Uuid::nil()).await;
    trail.chain().await;
    let later = now() + chrono::TimeDelta::minutes(2);
    let report = verify(&trail.database, later, &|_, _| ()).await.expect("a report");
    assert_eq!((report.chains, report.entries, report.waiting), (2, 11, 1), "the eleventh waits: {report:?}");
    let heads = audit_head::Entity::find().all(trail.database.reader()).await.expect("heads");
    assert_eq!(heads.iter().map(|head| head.chain).collect::<Vec<_>>(), [Uuid::nil()]);
}

#[tokio::test]
async fn entries_from_before_the_chain_are_chained_too() {
    let trail = Trail::empty::<Old>().await;
    for (id, partnership) in [("#1", "#7"), ("#2", "NULL")] {
        let time = "'2026-01-01T00:00:00.123456789+00:00'";
        let rest = "'thing.made', 'ann', 'Ann', 'ThingService/MakeThing', ''";
        trail.meddle(&format!("INSERT INTO audit_entry VALUES ({id}, {time}, {partnership}, #9, {rest})")).await;
    }
    New::up(trail.database.writer(), None).await.expect("the tables are brought up to date");
    assert_eq!(trail.report().await.waiting, 2);
    trail.chain().await;
    assert_eq!(trail.report().await, Report { chains: 2, entries: 2, ..Report::default() });
}
