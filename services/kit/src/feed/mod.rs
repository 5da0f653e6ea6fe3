//! The change feed: what a service committed, in order, resumable from any cursor, at least once.
//!
//! [`Outbox`] gives each committed event its position, [`watch`](Host::watch) streams positions to whoever asks, and
//! [`follow`] applies another service's feed to tables of this one, exactly once in effect, because the cursor moves in the
//! transaction that applies the event.

mod follow;
mod outbox;
mod watch;

pub use follow::{Follower, follow};
pub(crate) use outbox::Outbox;
pub use watch::{Recorded, Watching};

#[allow(unused_imports, reason = "named in the module's documentation")]
use crate::host::Host;
