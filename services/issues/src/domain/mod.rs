//! What an issue is and which rules hold for it: plain values and functions, with the clock and the ids passed in.
//!
//! Read [`state`] for what can happen to an issue, [`clock`] for how long it may take, [`issue`] for both put together. To add a
//! verb, add its rows to the table in [`state`], its method to [`Issue`], and its words for residents to [`notice`].

pub mod category;
pub mod clock;
pub mod event;
pub mod geography;
pub mod import;
pub mod issue;
pub mod moderation;
pub mod notice;
pub mod reference;
pub mod refusal;
pub mod reporter;
pub mod routing;
pub mod state;
pub mod story;
mod words;

pub use category::Category;
pub use clock::{Clock, OnTime, Pledge};
pub use event::{Event, IssueDigest};
pub use issue::{Issue, Step};
pub use moderation::HeldWords;
pub use notice::{Announcement, Notice};
pub use refusal::Refusal;
pub use reporter::Reporter;
pub use routing::RoutingRule;
pub use state::{IssueState, Move};
pub use words::UnknownWord;
