//! What this service asks of councils' own systems, in its own words. `open311` answers it over HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::Issue;
use crate::domain::forwarding::{Endpoint, Forwarding, Found, Heard, RemoteUpdate};
use crate::domain::forwarding_update::ForwardingUpdate;
use crate::domain::remote_request::RemoteRequest;

/// Why it was not read what a system tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is more than is read at once.
    TooMuch,
    /// The question is longer than it takes. Why.
    TooLong(String),
    /// It was asked too often of late. Why.
    NotNow(String),
    /// There is nothing of the kind. Why.
    NotKnown(String),
    /// There was no answer that can be read. Why.
    NotAnswered(String),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMuch => f.write_str("There is more than is read at once."),
            Self::TooLong(why) | Self::NotNow(why) | Self::NotKnown(why) | Self::NotAnswered(why) => f.write_str(why),
        }
    }
}

/// Councils' own systems.
#[async_trait]
pub(crate) trait Councils: Send + Sync + 'static {
    /// Those that issues are sent to, as they are configured now: looks whether that has changed.
    async fn endpoints(&self) -> Arc<Vec<Endpoint>>;

    /// The same, as they were when it was last looked. Waits for nothing, so that it may be asked in a transaction.
    fn kept_endpoints(&self) -> Arc<Vec<Endpoint>>;

    /// Hears what a system asks of those who report such an issue, unless that was heard lately: [`Self::form_of`] goes by it. A system that
    /// answers without saying so asks nothing.
    ///
    /// # Errors
    ///
    /// Why it did not answer.
    async fn learn_attributes(
        &self,
        endpoint: &Endpoint,
        category_code: &str,
        now: DateTime<Utc>,
    ) -> Result<(), String>;

    /// What is sent of an issue, without what says who sends it.
    fn form_of(&self, endpoint: &Endpoint, issue: &Issue) -> String;

    /// Sends an issue.
    async fn send(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Heard;

    /// Tells what happened here to an issue that has this id there.
    async fn tell(&self, endpoint: &Endpoint, update: &ForwardingUpdate, remote_id: &str) -> Heard;

    /// Asks for the id of one that was taken.
    async fn ask_for_id(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Heard;

    /// What became of issues there in a time; [`Unread::NotKnown`] where there is no such list.
    async fn updates(
        &self,
        endpoint: &Endpoint,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<RemoteUpdate>, Unread>;

    /// How these of its reports stand there. Where they are several, none of their ids holds a comma. [`Unread::NotKnown`] may be said for one
    /// of them, and [`Unread::TooLong`] for there being so many.
    async fn requests(&self, endpoint: &Endpoint, remote_ids: &[String]) -> Result<Vec<RemoteRequest>, Unread>;

    /// Looks for one that may have been taken.
    async fn find(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Found;
}
