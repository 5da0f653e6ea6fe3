//! Chains of invented entries, and every way of meddling with them. On SQLite, or in a schema of its own on the PostgreSQL server that
//! `PATHFINDER_TEST_POSTGRES` names.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
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
        self.write_at(number, chain, now()).await;
    }

    async fn write_at(&self, number: u128, chain: Uuid, time: DateTime<Utc>) {
        let name = if number.is_multiple_of(2) { "Bob" } else { "Ann" };
        let row = audit_entry::ActiveModel {
            event_id: Set(Uuid::from_u128(100 + number)),
            entry_time: Set(time),
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
        self.report_at(now(), &[]).await
    }

    /// The report of a later time, compared with heads that were kept.
    async fn report_at(&self, time: DateTime<Utc>, kept: &[Head]) -> Report {
        verify(&self.database, time, kept, &|_, _| ()).await.expect("a report")
    }

    /// What is wrong, and where.
    async fn faults(&self) -> Vec<(i64, Wrong)> {
        faults(&self.report().await)
    }
}

fn faults(report: &Report) -> Vec<(i64, Wrong)> {
    report.faults.iter().map(|fault| (fault.position, fault.wrong.clone())).collect()
}

/// How many chains and entries there are, when nothing is wrong.
fn counts(report: &Report) -> (u64, u64) {
    assert!(report.is_clean() && report.waiting == 0, "nothing is wrong: {report:?}");
    (report.chains, report.entries)
}

#[tokio::test]
async fn entries_are_chained_in_their_order_and_know_what_was_before() {
    let trail = Trail::of_ten().await;
    trail.write(11, Uuid::nil()).await;
    trail.chain().await;
    trail.chain().await;
    assert_eq!(counts(&trail.report().await), (2, 12), "eleven, and that a chain began");
    let rows = audit_entry::Entity::find().all(trail.database.reader()).await.expect("rows");
    let at = |position: i64| {
        let found = rows.iter().find(|row| row.chain == CHAIN && row.position == Some(position));
        found.expect("an entry at every position")
    };
    assert_eq!(at(1).prior_hash, "");
    assert_eq!(at(2).before_digest, "", "the second thing is new, too");
    assert_eq!(at(9).prior_hash, at(8).hash);
    assert_eq!(at(9).before_digest, at(7).after_digest);
    let begun = rows.iter().find(|row| row.kind == "chain.begun").expect("the begin is noted");
    assert_eq!((begun.chain, begun.position), (Uuid::nil(), Some(1)), "in the turn in which the chain began");
    assert_eq!((begun.subject_id, &begun.after_digest), (CHAIN, &at(1).hash));
}

#[tokio::test]
async fn whatever_is_done_to_entries_is_found_and_named() {
    let cases: &[(&str, &[(i64, Wrong)])] = &[
        ("UPDATE audit_entry SET actor_id = 'eve' WHERE chain = #7 AND position = 4", &[(4, Wrong::Altered)]),
        (
            "UPDATE audit_entry SET entry_time = '2026-06-02T09:00:00+00:00' WHERE chain = #7 AND position = 4",
            &[(4, Wrong::Altered)],
        ),
        ("UPDATE audit_entry SET partnership_id = NULL WHERE chain = #7 AND position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET hash = 'x' WHERE chain = #7 AND position = 4", &[(4, Wrong::Altered)]),
        ("UPDATE audit_entry SET actor_name = 'Eve' WHERE chain = #7 AND position = 4", &[(4, Wrong::NameAltered)]),
        ("UPDATE audit_entry SET actor_name = '' WHERE chain = #7 AND position = 4", &[(4, Wrong::NameAltered)]),
        ("DELETE FROM audit_entry WHERE chain = #7 AND position IN (4, 5)", &[(4, Wrong::Missing { last: 5 })]),
        ("DELETE FROM audit_entry WHERE chain = #7 AND position = 1", &[(1, Wrong::Missing { last: 1 })]),
        ("DELETE FROM audit_entry WHERE chain = #7 AND position > 8", &[(9, Wrong::CutOff { last: 10 })]),
        ("DELETE FROM audit_entry WHERE chain = #7", &[(1, Wrong::CutOff { last: 10 })]),
        (
            "UPDATE audit_entry SET position = -3 WHERE chain = #7 AND position = 3; UPDATE audit_entry SET position = 3 WHERE chain = #7 AND position = 6; \
             UPDATE audit_entry SET position = 6 WHERE chain = #7 AND position = -3",
            &[(3, Wrong::Moved { from: 6 }), (6, Wrong::Moved { from: 3 })],
        ),
        (
            "DELETE FROM audit_entry WHERE chain = #7 AND position = 9; UPDATE audit_entry SET position = 9 WHERE chain = #7 AND position = 10",
            &[(9, Wrong::Moved { from: 10 }), (10, Wrong::CutOff { last: 10 })],
        ),
        (
            "DROP INDEX audit_entry_place; INSERT INTO audit_entry SELECT #1, entry_time, partnership_id, subject_id, kind, \
             actor_id, actor_name, method, trace_id, via, credential_id, before_digest, after_digest, name_salt, name_digest, \
             prior_hash, hash, chain, position FROM audit_entry WHERE chain = #7 AND position = 4",
            &[(4, Wrong::Repeated), (4, Wrong::Altered)],
        ),
        ("UPDATE audit_head SET position = 9 WHERE chain = #7", &[(10, Wrong::BehindHead)]),
        ("UPDATE audit_head SET hash = 'x' WHERE chain = #7", &[(10, Wrong::HeadDiffers)]),
        ("DELETE FROM audit_head WHERE chain = #7", &[(10, Wrong::HeadMissing)]),
        ("DELETE FROM audit_entry WHERE chain = #7; DELETE FROM audit_head WHERE chain = #7", &[(0, Wrong::Gone)]),
        (
            "DELETE FROM audit_entry WHERE chain = #7; UPDATE audit_head SET position = 0, hash = '' WHERE chain = #7",
            &[(0, Wrong::Gone)],
        ),
        (
            "DELETE FROM audit_entry WHERE chain <> #7; DELETE FROM audit_head WHERE chain <> #7",
            &[(0, Wrong::BeginMissing)],
        ),
        (
            "UPDATE audit_entry SET subject_id = #9 WHERE chain <> #7",
            &[(1, Wrong::Altered), (0, Wrong::BeginMissing), (0, Wrong::Gone)],
        ),
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
async fn a_chain_that_is_removed_and_begun_anew_is_told_from_the_first() {
    let trail = Trail::of_ten().await;
    trail.meddle("DELETE FROM audit_entry WHERE chain = #7; DELETE FROM audit_head WHERE chain = #7").await;
    trail.write(11, CHAIN).await;
    trail.chain().await;
    assert_eq!(trail.faults().await, [(0, Wrong::BegunAgain)]);
    // Somebody who puts the first begin right leaves a gap where the second stood, and the other way round.
    trail.meddle("DELETE FROM audit_entry WHERE chain <> #7 AND position = 1").await;
    assert_eq!(trail.faults().await, [(1, Wrong::Missing { last: 1 })]);
}

#[tokio::test]
async fn what_no_chain_can_show_is_found_by_heads_that_were_kept() {
    let back_to = |position: i64| {
        format!(
            "UPDATE audit_head SET position = {position}, hash = (SELECT hash FROM audit_entry WHERE chain = #7 \
             AND position = {position}) WHERE chain = #7"
        )
    };
    let trail = Trail::of_ten().await;
    let early = trail.report().await.heads;
    assert_eq!(early.iter().map(|head| head.position).collect::<Vec<_>>(), [1, 10]);
    trail.write(11, CHAIN).await;
    trail.chain().await;
    let late = trail.report().await.heads;
    let both = [early.clone(), late.clone()].concat();
    assert_eq!(faults(&trail.report_at(now(), &both).await), [], "the chain went on, as chains do");

    trail.meddle(&format!("DELETE FROM audit_entry WHERE chain = #7 AND position = 11; {}", back_to(10))).await;
    assert_eq!(trail.faults().await, [], "the end is cut off with its head");
    assert_eq!(faults(&trail.report_at(now(), &early).await), [], "the first heads were before that");
    assert_eq!(faults(&trail.report_at(now(), &late).await), [(11, Wrong::KeptMissing)]);

    let forge = "UPDATE audit_entry SET actor_id = 'eve', position = NULL WHERE chain = #7 AND position = 10";
    trail.meddle(&format!("{forge}; {}", back_to(9))).await;
    trail.chain().await;
    assert_eq!(trail.faults().await, [], "the forgery was chained like any other entry");
    assert_eq!(faults(&trail.report_at(now(), &early).await), [(10, Wrong::KeptDiffers)]);

    trail.meddle("DELETE FROM audit_entry; DELETE FROM audit_head").await;
    let nothing = trail.report_at(now(), &early).await;
    assert_eq!(
        faults(&nothing),
        [(1, Wrong::KeptMissing), (10, Wrong::KeptMissing)],
        "where all is gone, heads are left"
    );
    assert_eq!((nothing.chains, nothing.entries, nothing.heads), (0, 0, Vec::new()));
}

#[tokio::test]
async fn an_entry_whose_place_was_taken_away_does_not_pass_for_one_that_waits() {
    let trail = Trail::of_ten().await;
    trail.write_at(11, Uuid::nil(), now() + TimeDelta::minutes(5)).await;
    trail.chain().await;
    let later = now() + TimeDelta::minutes(10);
    trail.write_at(12, CHAIN, now() + TimeDelta::minutes(6)).await;
    let stopped = trail.report_at(later, &[]).await;
    assert_eq!(
        (faults(&stopped), stopped.waiting),
        (Vec::new(), 1),
        "one waits, as when the service stops: {stopped:?}"
    );
    trail
        .meddle(
            "UPDATE audit_entry SET actor_id = 'eve', position = NULL WHERE chain = #7 AND position = 10; \
             UPDATE audit_head SET position = 9, hash = (SELECT hash FROM audit_entry WHERE chain = #7 AND position = 9) \
             WHERE chain = #7",
        )
        .await;
    let found = trail.report_at(later, &[]).await;
    assert_eq!((faults(&found), found.waiting), (vec![(0, Wrong::LeftBehind)], 1), "{found:?}");
    assert_eq!(found.faults[0].event_id, Some(Uuid::from_u128(110)));
}

#[tokio::test]
async fn a_name_that_was_to_be_erased_is_no_fault_and_leaves_nothing_to_guess_by() {
    let trail = Trail::of_ten().await;
    assert_eq!(erase_name(trail.database.writer(), "ann").await.expect("erased"), 5);
    let mut report = trail.report().await;
    assert_eq!(counts(&report), (2, 11));
    let first = Blanked { entries: 5, partnership_id: Some(CHAIN.into()), position: 1, event_id: Uuid::from_u128(101) };
    assert_eq!((report.blanked_entries(), report.blanked.get("ann")), (5, Some(&first)));
    let rows = audit_entry::Entity::find().all(trail.database.reader()).await.expect("rows");
    for row in rows {
        assert_eq!(row.actor_name.is_empty() && row.name_salt.is_empty(), row.actor_id == "ann");
    }
    report.expect_erased(&BTreeSet::from(["ann".to_owned()]));
    assert!(report.is_clean(), "ann was to be erased: {report:?}");
    report.expect_erased(&BTreeSet::from(["bob".to_owned()]));
    assert_eq!(faults(&report), [(1, Wrong::NameErased { actor_id: "ann".to_owned(), entries: 5 })]);
}

#[tokio::test]
async fn a_chain_that_was_meddled_with_does_not_hold_up_the_others() {
    let trail = Trail::of_ten().await;
    trail.meddle("DELETE FROM audit_head WHERE chain = #7").await;
    trail.write(11, CHAIN).await;
    trail.write(12, Uuid::nil()).await;
    trail.chain().await;
    let report = trail.report_at(now() + TimeDelta::minutes(2), &[]).await;
    assert_eq!((report.chains, report.entries, report.waiting), (2, 12, 1), "the eleventh waits: {report:?}");
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
    assert_eq!(counts(&trail.report().await), (2, 3), "the two, and that a chain began");
}

#[tokio::test]
async fn of_chains_from_before_begins_were_noted_it_is_noted_later() {
    let trail = Trail::of_ten().await;
    trail.meddle("DELETE FROM audit_entry WHERE chain <> #7; DELETE FROM audit_head WHERE chain <> #7").await;
    trail.meddle("DELETE FROM seaql_migrations WHERE version = 'm0004_kit_chain_begins'").await;
    let early = verify(&trail.database, now(), &[], &|_, _| ()).await;
    assert!(early.is_err(), "the service must run once before: {early:?}");
    New::up(trail.database.writer(), None).await.expect("the tables are brought up to date");
    trail.chain().await;
    assert_eq!(counts(&trail.report().await), (2, 11));
}
