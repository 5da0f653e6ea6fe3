//! Following another service's feed.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt as _};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use tokio_util::sync::CancellationToken;
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

/// Follows a feed until `shutdown`, reconnecting with a growing pause.
pub async fn follow(host: Host, follower: impl Follower, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        let outcome = tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = follow_once(&host, &follower, &mut pause) => outcome,
        };
        if let Err(failure) = outcome {
            let feed = follower.feed();
            tracing::debug!(feed, error = %failure, pause_ms = pause.as_millis(), "the feed broke off; it is resumed");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn follow_once(host: &Host, follower: &impl Follower, pause: &mut Duration) -> Result<(), Failure> {
    let after = read_cursor(host, follower.feed()).await?;
    let events = follower.open(after).await.map_err(|status| broken_off(follower.feed(), status))?;
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
        retrying(|| apply(host, follower, &items)).await?;
        if let Some(failure) = broken {
            return Err(failure);
        }
        *pause = FIRST_PAUSE;
    }
    Ok(())
}

fn broken_off(feed: &str, status: Status) -> Failure {
    if status.code() == Code::InvalidArgument {
        tracing::error!(feed, error = %status.message(), "the feed refuses its own cursor");
    }
    Failure::new(Reason::PeerUnavailable, "A feed broke off.").with("peer", feed).because(status)
}

async fn apply<F: Follower>(host: &Host, follower: &F, items: &[F::Item]) -> Result<(), Failure> {
    let Some(last) = items.last() else { return Ok(()) };
    let call = Call::background(host, &format!("follow {}", follower.feed()));
    let Begun::Fresh(mut unit) = host.begin::<()>(&call).await? else { return Ok(()) };
    for item in items {
        follower.apply(&mut unit, item.clone()).await?;
    }
    let row = feed_cursor::ActiveModel {
        feed: Set(follower.feed().to_owned()),
        cursor: Set(follower.cursor(last).to_owned()),
        update_time: Set(call.now),
    };
    let moved = OnConflict::column(feed_cursor::Column::Feed)
        .update_columns([feed_cursor::Column::Cursor, feed_cursor::Column::UpdateTime])
        .to_owned();
    feed_cursor::Entity::insert(row).on_conflict(moved).exec_without_returning(unit.tx()).await?;
    unit.commit(()).await
}

async fn read_cursor(host: &Host, feed: &str) -> Result<String, Failure> {
    let row = feed_cursor::Entity::find_by_id(feed.to_owned()).one(host.database().reader()).await?;
    Ok(row.map(|row| row.cursor).unwrap_or_default())
}
