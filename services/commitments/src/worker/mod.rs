//! What runs by itself, beside the calls. Each is harmless when repeated, and stops between two steps when the service stops.
//!
//! To follow another feed, open it in `grpc/feeds.rs`, apply it in `app/feeds.rs`, and bind the two here.

mod calendar;
mod followers;

pub(crate) use calendar::watch_calendar;
pub(crate) use followers::{BoardsFollower, IssuesFollower};
