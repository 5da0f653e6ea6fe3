//! Following another service's feed.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt as _};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait as _, QuerySelect as _};
use tonic::{Code, Status};

use crate::call::Call;
use crate::failure::{Failure, Reason};
use crate::host::Host;
use crate::rows::feed_cursor;
use crate::unit::{Begun, Unit, retrying};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Events applied in one transaction at the most.
const BATCH: usize = 128;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Applies one peer's feed to tables of this service.
#[async_trait]
pub trait Follower: Send + Sync + 'static {
    /// The peer's event message.
    type Item: Clone + Send + Sync + 'static;

    /// The name of the feed, such as `boards`; its cursor is kept under this name.
    fn feed(&self) -> &'static str;

    /// Opens the peer's feed behind `after`, as this service itself.
    ///
    /// # Errors
    ///
    /// What the peer answers.
    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Self::Item, Status>>, Status>;

    /// The cursor of an event.
    fn cursor<'a>(&self, item: &'a Self::Item) -> &'a str;

    /// Applies one event, in the transaction that also moves the cursor. An event that does not concern this service
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// What keeps the event from being applied; it is tried again, and nothing behind it is read before.
    async fn apply(&self, unit: &mut Unit, item: Self::Item) -> Result<(), Failure>;
}

/// Follows a feed until the service stops, reconnecting with a growing pause.
pub async fn follow(host: Host, follower: impl Follower) {
    let mut pause = FIRST_PAUSE;
    loop {
        let outcome = tokio::select! {
            () = host.shutdown().cancelled() => return,
            outcome = follow_once(&host, &follower, &mut pause) => outcome,
        };
        if let Err(failure) = outcome {
            report(follower.feed(), &failure, pause);
        }
        if !host.pause(pause).await {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A peer that is away is nothing to write home about; an event that cannot be applied holds up all behind it.
fn report(feed: &str, failure: &Failure, pause: Duration) {
    let pause_ms = pause.as_millis();
    if failure.reason() == Reason::PeerUnavailable {
        tracing::debug!(feed, error = %failure, pause_ms, "the feed broke off; it is resumed");
    } else {
        let cause = std::error::Error::source(failure).map(ToString::to_string).unwrap_or_default();
        tracing::error!(feed, error = %failure, cause, pause_ms, "an event cannot be applied; the feed waits at it");
    }
}

async fn follow_once(host: &Host, follower: &impl Follower, pause: &mut Duration) -> Result<(), Failure> {
    let mut cursor = read_cursor(host.reader(), follower.feed(), false).await?;
    let events = follower.open(cursor.clone()).await.map_err(|status| broken_off(follower.feed(), status))?;
    // What has already arrived is applied together: one transaction for a burst, at once for a single event.
    let mut batches = events.ready_chunks(BATCH);
    while let Some(arrived) = batches.next().await {
        let mut items = Vec::with_capacity(arrived.len());
        let mut broken = None;
        for item in arrived {
            match item {
                Ok(item) => items.push(item),
                Err(status) => broken = Some(broken_off(follower.feed(), status)),
            }
        }
        if let Some(last) = items.last() {
            apply_in_order(host, follower, &items, &cursor).await?;
            follower.cursor(last).clone_into(&mut cursor);
        }
        if let Some(failure) = broken {
            return Err(failure);
        }
        *pause = FIRST_PAUSE;
    }
    Ok(())
}

fn broken_off(feed: &str, status: Status) -> Failure {
    if status.code() == Code::InvalidArgument {
        tracing::error!(feed, error = %status.message(), "the feed refuses the cursor or the kinds of its follower");
    }
    Failure::new(Reason::PeerUnavailable, "A feed broke off.").with("peer", feed).because(status)
}

/// Applies a burst in one transaction; if that fails, one by one, so that what can be applied is.
async fn apply_in_order<F: Follower>(host: &Host, follower: &F, items: &[F::Item], from: &str) -> Result<(), Failure> {
    let Err(failure) = retrying(|| apply(host, follower, items, from)).await else { return Ok(()) };
    if items.len() == 1 {
        return Err(failure);
    }
    let mut from = from.to_owned();
    for item in items {
        retrying(|| apply(host, follower, std::slice::from_ref(item), &from)).await?;
        follower.cursor(item).clone_into(&mut from);
    }
    Ok(())
}

async fn apply<F: Follower>(host: &Host, follower: &F, items: &[F::Item], from: &str) -> Result<(), Failure> {
    let Some(last) = items.last() else { return Ok(()) };
    let call = Call::background(host, &format!("follow {}", follower.feed()));
    let Begun::Fresh(mut unit) = host.begin::<()>(&call).await? else { return Ok(()) };
    // Another process of this service may follow the same feed: whoever comes second starts again from the other's cursor.
    if read_cursor(unit.tx(), follower.feed(), true).await? != from {
        return Err(overtaken());
    }
    for item in items {
        follower.apply(&mut unit, item.clone()).await?;
    }
    move_cursor(&unit, follower.feed(), from, follower.cursor(last)).await?;
    unit.commit(()).await
}

fn overtaken() -> Failure {
    Failure::new(Reason::PeerUnavailable, "Another process has moved on in this feed.")
}

async fn move_cursor(unit: &Unit, feed: &str, from: &str, cursor: &str) -> Result<(), Failure> {
    let row = feed_cursor::ActiveModel {
        feed: Set(feed.to_owned()),
        cursor: Set(cursor.to_owned()),
        update_time: Set(unit.call().now),
    };
    if from.is_empty() {
        // The first cursor of this feed: there was no row to lock, so the second of two at once must fail here.
        let first = feed_cursor::Entity::insert(row).exec_without_returning(unit.tx()).await;
        return first.map(|_| ()).map_err(|error| overtaken().because(error));
    }
    let moved = OnConflict::column(feed_cursor::Column::Feed)
        .update_columns([feed_cursor::Column::Cursor, feed_cursor::Column::UpdateTime])
        .to_owned();
    feed_cursor::Entity::insert(row).on_conflict(moved).exec_without_returning(unit.tx()).await?;
    Ok(())
}

async fn read_cursor(connection: &impl ConnectionTrait, feed: &str, locked: bool) -> Result<String, Failure> {
    let mut find = feed_cursor::Entity::find_by_id(feed.to_owned());
    if locked && connection.get_database_backend() == DbBackend::Postgres {
        find = find.lock_exclusive();
    }
    Ok(find.one(connection).await?.map(|row| row.cursor).unwrap_or_default())
}
