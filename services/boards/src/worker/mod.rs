//! What boards does of its own accord: following the feeds of commitments and issues, and the timer that escalates.
//!
//! Each is idempotent and ends when the service stops. To follow another feed, implement `Follower` beside these two and add
//! it in `crate::Boards::build`.

mod commitments;
mod escalation;
mod issues;

pub(crate) use commitments::CommitmentsFollower;
pub(crate) use escalation::escalate_unaccepted;
pub(crate) use issues::IssuesFollower;
