//! Handing out all issues that are looked for, as a stream.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, StreamExt as _};
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, Reason};

use super::hidden::leave_out_untold;
use super::list::{Sought, is_found, may_read_held_back};
use super::{App, as_placed_for};
use crate::domain::Issue;
use crate::domain::listing::Order;
use crate::error::Error;
use crate::store;
use crate::store::search::{Search, Slice};

/// So many issues are read at once.
const BATCH: u64 = 500;

/// An export on its way.
struct Export {
    app: Arc<App>,
    call: Call,
    search: Search,
    /// What to read next; none when all has been read.
    next: Option<Slice>,
}

/// An issue as it is handed out, and the time by which its clock is judged.
pub(crate) type Exported = (Issue, DateTime<Utc>);

impl App {
    /// Every issue that is looked for, newest first, read as fast as it is taken.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PEER_UNAVAILABLE`; on the way, when the caller may no longer read, the database
    /// fails or the service stops.
    pub(crate) async fn export_issues(
        self: Arc<Self>,
        call: Call,
        sought: &Sought,
    ) -> Result<BoxStream<'static, Result<Exported, Failure>>, Error> {
        self.partnership(sought.partnership_id).await?;
        let search = self.search(&call, sought).await?;
        let next = Some(Slice { order: Order::TakenIn, after: None, limit: BATCH });
        let export = Export { app: self, call, search, next };
        let batches = stream::unfold(export, Export::batch);
        Ok(batches.flat_map(stream::iter).boxed())
    }
}

impl Export {
    async fn batch(mut self) -> Option<(Vec<Result<Exported, Failure>>, Self)> {
        let slice = self.next.take()?;
        let read = self.read(slice).await;
        Some(match read {
            Ok(issues) => {
                let told = issues.into_iter().map(|issue| Ok((as_placed_for(&self.call, issue), self.call.now)));
                (told.collect(), self)
            }
            Err(failure) => (vec![Err(failure)], self),
        })
    }

    async fn read(&mut self, slice: Slice) -> Result<Vec<Issue>, Failure> {
        self.go_on()?;
        let mut issues = store::search::list(self.app.host.reader(), &self.search, slice).await?;
        let is_full = u64::try_from(issues.len()).unwrap_or(u64::MAX) >= slice.limit;
        let last = issues.last().filter(|_| is_full);
        self.next = last.map(|issue| Slice { after: Some(slice.order.last(issue)), ..slice });
        issues.retain(|issue| is_found(&self.search, issue));
        leave_out_untold(self.app.host.reader(), &self.call, self.search.partnership_id, &mut issues).await?;
        Ok(issues)
    }

    /// An export may take long: what holds now, at each batch, is what counts.
    fn go_on(&mut self) -> Result<(), Failure> {
        let (host, partnership_id) = (&self.app.host, self.search.partnership_id);
        if host.shutdown().is_cancelled() {
            return Err(Failure::new(Reason::PeerUnavailable, "The service is stopping; export again."));
        }
        if self.call.has_expired(host.clock().now()) {
            let message = "The token expired before all was exported; export again with a new one, or look for less.";
            return Err(Failure::new(Reason::TokenInvalid, message));
        }
        self.call.permit(&Subject::within(Some(partnership_id)))?;
        self.search.with_held_back = may_read_held_back(&self.call, partnership_id);
        Ok(())
    }
}
