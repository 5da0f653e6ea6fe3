//! The change feed: what a service committed, in order, resumable from any cursor, at least once.
//!
//! The outbox gives each committed event its position, [`Host::watch`](crate::Host::watch) streams positions to whoever asks, and
//! [`follow`] applies another service's feed to tables of this one, exactly once in effect, because the cursor moves in the
//! transaction that applies the event.

mod follow;
mod outbox;
mod told;
mod watch;

pub use follow::{Follower, follow};
pub(crate) use outbox::Outbox;
pub use told::Told;
pub use watch::{Recorded, Watching};
