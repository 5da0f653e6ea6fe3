//! What an issue is and which rules hold for it: plain values and functions, with the clock and the ids passed in.
//!
//! Read [`state`] for what can happen to an issue, [`clock`] for how long it may take, [`issue`] for both put together; [`place`],
//! [`words`] and [`listing`] for how issues are found, [`boundaries`] for whose a place is, [`inquiry`] and [`opinion`] for what residents are asked.
//! To add a verb, add its rows to the table in [`state`], its method to [`Issue`], and its words for residents to [`notice`].

pub(crate) mod anonymity;
pub(crate) mod attribute;
pub(crate) mod backoff;
pub(crate) mod boundaries;
pub(crate) mod category;
pub(crate) mod cell;
pub(crate) mod clock;
pub(crate) mod cluster;
pub(crate) mod counts;
pub(crate) mod duplicate;
pub(crate) mod edit;
pub(crate) mod erasure;
pub(crate) mod event;
#[cfg(test)]
mod fixture;
pub(crate) mod forwarding;
pub(crate) mod forwarding_update;
pub(crate) mod geography;
pub(crate) mod hiding;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod inquiry;
pub(crate) mod issue;
pub(crate) mod known;
pub(crate) mod letter;
pub(crate) mod listing;
pub(crate) mod moderation;
pub(crate) mod news;
pub(crate) mod notice;
pub(crate) mod opinion;
pub(crate) mod photo;
pub(crate) mod picture_link;
pub(crate) mod place;
pub(crate) mod question;
pub(crate) mod recategorising;
pub(crate) mod reference;
pub(crate) mod refusal;
pub(crate) mod remote_request;
pub(crate) mod reporter;
pub(crate) mod response_entry;
pub(crate) mod routing;
pub(crate) mod state;
pub(crate) mod story;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod times;
pub(crate) mod update;
pub(crate) mod words;

pub(crate) use category::Category;
pub(crate) use clock::{Clock, OnTime, Pledge};
pub(crate) use cluster::Cluster;
pub(crate) use edit::Edit;
pub(crate) use erasure::Erasure;
pub(crate) use event::{Event, IssueDigest};
pub(crate) use inquiry::Inquiry;
pub(crate) use issue::{Issue, Step};
pub(crate) use letter::Letter;
pub(crate) use moderation::HeldWords;
pub(crate) use notice::Notice;
pub(crate) use opinion::Opinion;
pub(crate) use photo::Photo;
pub(crate) use refusal::Refusal;
pub(crate) use reporter::Reporter;
pub(crate) use response_entry::ResponseEntry;
pub(crate) use routing::RoutingRule;
pub(crate) use state::{IssueState, Move};
