//! Serving the feed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use pathfinder_proto::events::v1::EventMeta;
use pathfinder_terms::PartnershipId;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::outbox::{head_of, read_behind};
use crate::call::Call;
use crate::failure::{Failure, Reason, Violation};
use crate::host::Host;
use crate::policy::Subject;
use crate::rows::outbox_event;
use crate::unit::DomainEvent;

const BATCH: u64 = 256;
/// How often to look although no news came: another process may number the events.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// One event as the feed holds it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// What stands on every event.
    pub meta: EventMeta,
    /// The domain event, as JSON.
    pub payload: String,
}

/// A running watch.
pub type Watching = BoxStream<'static, Result<Recorded, Failure>>;

struct Watch {
    host: Host,
    call: Call,
    position: i64,
    kinds: Arc<[String]>,
    partnership_id: Option<PartnershipId>,
    buffer: VecDeque<outbox_event::Model>,
    head: watch::Receiver<i64>,
    shutdown: CancellationToken,
    /// When the caller's token ends, and with it the leave to watch.
    end: Option<Instant>,
}

impl Host {
    /// Streams the events behind the cursor `after` (empty: from the start), then those that come, until the caller or the
    /// service stops, or the caller's token ends (`TOKEN_INVALID`). `kinds` empty means all kinds; no partnership means all, which
    /// only services and administrators may see.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` for kinds that are none of `E`'s, with those that are; `CURSOR_INVALID` for a cursor that is not of this feed;
    /// `ROLE_MISSING` where the caller may not watch.
    pub async fn watch<E: DomainEvent>(
        &self,
        call: &Call,
        after: &str,
        kinds: Vec<String>,
        partnership_id: Option<PartnershipId>,
    ) -> Result<Watching, Failure> {
        call.permit(&Subject::within(partnership_id))?;
        require_known(&kinds, E::KINDS)?;
        let position = self.read_cursor(after).await?;
        let watch = Watch {
            host: self.clone(),
            call: call.clone(),
            position,
            kinds: kinds.into(),
            partnership_id,
            buffer: VecDeque::new(),
            head: self.outbox().subscribe(),
            shutdown: self.shutdown().clone(),
            end: call.token_end.map(|end| Instant::now() + (end - call.now).to_std().unwrap_or_default()),
        };
        Ok(stream::unfold(watch, Watch::next).boxed())
    }

    async fn read_cursor(&self, after: &str) -> Result<i64, Failure> {
        if after.is_empty() {
            return Ok(0);
        }
        let refused = |why: &str| {
            Failure::new(Reason::CursorInvalid, format!("The cursor {why}; begin again without one."))
                .with("after", after)
        };
        let position = after.strip_prefix(self.name()).and_then(|rest| rest.strip_prefix('-')?.parse::<i64>().ok());
        let position = position.filter(|position| *position >= 0).ok_or_else(|| refused("is not one of this feed"))?;
        let head = head_of(self.database().reader()).await?;
        if position > head {
            return Err(refused("lies ahead of the feed, so it stems from another database"));
        }
        Ok(position)
    }
}

/// Refuses kinds that this feed does not have: nobody should wait for what never comes.
fn require_known(kinds: &[String], known: &[&str]) -> Result<(), Failure> {
    let unknown = kinds.iter().enumerate().filter(|(_, kind)| !known.contains(&kind.as_str()));
    let description = format!("must be one of {}", known.join(", "));
    let violations: Vec<Violation> =
        unknown.map(|(index, _)| Violation::new(format!("kinds[{index}]"), description.as_str())).collect();
    if violations.is_empty() { Ok(()) } else { Err(Failure::invalid(violations)) }
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Recorded, Failure>, Self)> {
        loop {
            if self.end.is_some_and(|end| end <= Instant::now()) {
                let message = "The token has expired; watch on from the last cursor with a new one.";
                return Some((Err(Failure::new(Reason::TokenInvalid, message)), self));
            }
            while let Some(row) = self.buffer.pop_front() {
                self.position = row.position.unwrap_or(self.position);
                if self.wants(&row) {
                    if let Err(failure) = self.still_may() {
                        return Some((Err(failure), self));
                    }
                    let recorded = recorded(self.host.name(), row);
                    return Some((Ok(recorded), self));
                }
            }
            let head = *self.head.borrow_and_update();
            match read_behind(self.host.database(), self.position, BATCH).await {
                Ok(rows) if rows.is_empty() => {
                    if !self.wait(head).await {
                        return None;
                    }
                }
                Ok(rows) => self.buffer = rows.into(),
                Err(error) => return Some((Err(error.into()), self)),
            }
        }
    }

    /// A partnership may forbid its feed, by policies of its own, while somebody watches it.
    fn still_may(&self) -> Result<(), Failure> {
        self.partnership_id.map_or(Ok(()), |id| self.call.permit(&Subject::within(Some(id))))
    }

    fn wants(&self, row: &outbox_event::Model) -> bool {
        let of_kind = self.kinds.is_empty() || self.kinds.contains(&row.kind);
        let of_partnership = self.partnership_id.is_none_or(|own| row.partnership_id == Some(own.0));
        of_kind && of_partnership
    }

    /// Waits for news of the head; false when the service stops.
    async fn wait(&mut self, seen: i64) -> bool {
        let mut head = self.head.clone();
        tokio::select! {
            () = self.shutdown.cancelled() => false,
            changed = head.wait_for(|now| *now > seen) => changed.is_ok(),
            () = tokio::time::sleep(LOOK_INTERVAL) => true,
        }
    }
}

fn recorded(feed: &str, row: outbox_event::Model) -> Recorded {
    let meta = EventMeta {
        event_id: row.event_id.to_string(),
        cursor: format!("{feed}-{}", row.position.unwrap_or_default()),
        kind: row.kind,
        event_time: Some(crate::wire::timestamp(row.event_time)),
        partnership_id: row.partnership_id.map(|id| id.to_string()).unwrap_or_default(),
        subject_id: row.subject_id.to_string(),
        actor_id: row.actor_id,
        traceparent: row.traceparent,
    };
    Recorded { meta, payload: row.payload }
}
