//! Positions in the feed, and the turn in which audit entries get theirs.
//!
//! A sequence number is handed out before its transaction commits, so numbers become visible out of order, and a reader
//! that asks for "greater than the last I saw" would skip the late ones. Therefore numbers are not positions: after the
//! commit, one sequencer at a time (a row lock sees to that on PostgreSQL, the single writer on SQLite) finds the events
//! that have no position yet and numbers them from the head on, without gaps. Readers go by position only.
//!
//! In the same turn audit entries get their places in their chains; see [`crate::audit`]. Trouble there does not hold up the events.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, QueryOrder as _, QuerySelect as _,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::audit;
use crate::database::Database;
use crate::rows::outbox_event;

/// How often to look for what another process committed.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// So long it is gathered what is committed behind a turn, before the next: each turn is a transaction, after which everyone who follows the
/// feed reads.
const GATHERING: Duration = Duration::from_millis(50);
const BATCH: i64 = 1000;
/// Held while numbering, so that two processes on one PostgreSQL never number at once. The key is arbitrary but fixed.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.outbox_event'))";

/// The outbox's numbering, and the news of its head.
#[derive(Debug)]
pub(crate) struct Outbox {
    committed: Notify,
    head: watch::Sender<i64>,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self { committed: Notify::new(), head: watch::Sender::new(0) }
    }

    /// Says that events or audit entries were committed.
    pub(crate) fn wake(&self) {
        self.committed.notify_one();
    }

    /// News of the head of the feed.
    pub(crate) fn subscribe(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Numbers committed events until `shutdown`.
    pub(crate) async fn run(&self, database: &Database, shutdown: &CancellationToken) {
        loop {
            match number_waiting(database).await {
                Ok(Numbered { head, found, more }) => {
                    self.head.send_if_modified(|known| std::mem::replace(known, head) != head);
                    if more {
                        continue;
                    }
                    if found {
                        tokio::time::timeout(GATHERING, shutdown.cancelled()).await.ok();
                    }
                }
                Err(error) => tracing::warn!(%error, "events wait: the outbox could not be numbered"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.committed.notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
        }
    }
}

struct Numbered {
    head: i64,
    /// Whether there was anything to do.
    found: bool,
    /// Whether there is more of it.
    more: bool,
}

async fn number_waiting(database: &Database) -> Result<Numbered, DbErr> {
    let reader = database.reader();
    let (events, entries) = (anything_waits(reader).await?, audit::anything_waits(reader).await?);
    if !events && !entries {
        return Ok(Numbered { head: head_of(reader).await?, found: false, more: false });
    }
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let tx = database.writer().begin_with_options(options).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(LOCK).await?;
    }
    let before = head_of(&tx).await?;
    let numbered = number_batch(&tx, before).await?;
    let more_entries = audit::chain_waiting(&tx).await?;
    tx.commit().await?;
    Ok(Numbered { head: before + numbered, found: true, more: numbered == BATCH || more_entries })
}

async fn anything_waits(reader: &impl sea_orm::ConnectionTrait) -> Result<bool, DbErr> {
    let statement = Statement::from_string(
        reader.get_database_backend(),
        "SELECT seq FROM outbox_event WHERE position IS NULL LIMIT 1",
    );
    Ok(reader.query_one_raw(statement).await?.is_some())
}

/// The last position given, 0 for none.
pub(super) async fn head_of(connection: &impl sea_orm::ConnectionTrait) -> Result<i64, DbErr> {
    use sea_orm::sea_query::{Expr, ExprTrait as _};
    let head: Option<Option<i64>> = outbox_event::Entity::find()
        .select_only()
        .column_as(Expr::col(outbox_event::Column::Position).max(), "head")
        .into_tuple()
        .one(connection)
        .await?;
    Ok(head.flatten().unwrap_or(0))
}

async fn number_batch(tx: &DatabaseTransaction, before: i64) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE outbox_event SET position = waiting.place + $1 \
         FROM (SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS place FROM outbox_event \
               WHERE position IS NULL ORDER BY seq LIMIT $2) AS waiting \
         WHERE outbox_event.seq = waiting.seq",
        [before.into(), BATCH.into()],
    );
    let numbered = tx.execute_raw(statement).await?.rows_affected();
    Ok(i64::try_from(numbered).unwrap_or(BATCH))
}

/// The events behind `after`, oldest first.
pub(super) async fn read_behind(
    database: &Database,
    after: i64,
    limit: u64,
) -> Result<Vec<outbox_event::Model>, DbErr> {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    outbox_event::Entity::find()
        .filter(outbox_event::Column::Position.gt(after))
        .order_by_asc(outbox_event::Column::Position)
        .limit(limit)
        .all(database.reader())
        .await
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
    use sea_orm_migration::{MigrationTrait, MigratorTrait};
    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;
    use crate::database::DatabaseUrl;

    struct Tables;

    impl MigratorTrait for Tables {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            crate::migration::all()
        }
    }

    async fn commit(database: &Database, number: u8) {
        let event = outbox_event::ActiveModel {
            event_id: Set(Uuid::from_u128(number.into())),
            kind: Set("thing.done".to_owned()),
            event_time: Set("2026-06-01T09:00:00Z".parse().unwrap()),
            subject_id: Set(Uuid::nil()),
            actor_id: Set(String::new()),
            traceparent: Set(String::new()),
            payload: Set("{}".to_owned()),
            ..Default::default()
        };
        event.insert(database.writer()).await.unwrap();
    }

    #[tokio::test]
    async fn what_comes_behind_a_turn_is_gathered() {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("outbox.db"));
        let database = Database::open_to_serve::<Tables>(&url, "outbox").await.unwrap();
        let (outbox, shutdown) = (Outbox::new(), CancellationToken::new());
        let mut head = outbox.subscribe();
        let numbers = 1..=6_u8;
        let one_by_one = async {
            let begun = Instant::now();
            for number in numbers.clone() {
                commit(&database, number).await;
                outbox.wake();
                head.wait_for(|head| *head == i64::from(number)).await.unwrap();
            }
            shutdown.cancel();
            begun.elapsed()
        };
        let ((), took) = tokio::join!(outbox.run(&database, &shutdown), one_by_one);
        assert!(took >= GATHERING * 5, "six turns with five pauses between them: {took:?}");
    }
}
