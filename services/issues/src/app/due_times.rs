//! By when pledges would be due, for those who check their own clocks or try a standard before it is set.

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;

use super::App;
use crate::domain::clock::Due;
use crate::domain::clock::reckon::{self, Span, Terms};
use crate::error::Error;

/// What to reckon, in whose calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReckonDueTimes {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Each for itself.
    pub reckonings: Vec<Reckoning>,
}

/// A clock with its pledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reckoning {
    /// When it started.
    pub start: DateTime<Utc>,
    /// What is pledged.
    pub terms: Terms,
    /// When it stood still: in order, and none before another has ended.
    pub pauses: Vec<Span>,
}

impl App {
    /// By when each pledge is due, in the order in which they were asked.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `PEER_UNAVAILABLE`.
    pub(crate) async fn reckon_due_times(&self, wish: &ReckonDueTimes) -> Result<Vec<Due>, Error> {
        let calendar = self.calendar(wish.partnership_id).await?;
        let mut due_times = Vec::with_capacity(wish.reckonings.len());
        for Reckoning { start, terms, pauses } in &wish.reckonings {
            due_times.push(reckon::due(*start, *terms, pauses.iter().copied(), &calendar));
            // One takes well under a millisecond; hundreds of them let others have their turn in between.
            tokio::task::yield_now().await;
        }
        Ok(due_times)
    }
}
