//! The use cases: authorise, load, decide, write, in one visible transaction with its audit row and its events.
//!
//! [`change`] carries every verb on an issue; [`report`], [`resident`], [`inquiries`], [`photos`] and [`import`] are the other ways in. To add a verb
//! on an issue, decide it in `domain/`, and add its method beside the others in [`change`].

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pathfinder_kit::policy::Subject;
use pathfinder_kit::rate::RateLimiter;
use pathfinder_kit::seal::Sealer;
use pathfinder_kit::{Call, DomainEvent, Failure, Host, Reason};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{ActionId, PartnershipId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::Settings;
use crate::domain::known::KnownPartnership;
use crate::domain::{Event, Inquiry, Issue, Opinion, Reporter};
use crate::error::Error;
use crate::pictures::Pictures;
use crate::store;

mod author;
mod boundaries;
mod capability;
pub(crate) mod categories;
pub(crate) mod change;
pub(crate) mod clocks;
pub(crate) mod clusters;
pub(crate) mod councils;
pub(crate) mod due_times;
pub(crate) mod duplicates;
pub(crate) mod edit;
pub(crate) mod export;
pub(crate) mod feeds;
pub(crate) mod follow;
mod forget;
pub(crate) mod forward;
mod hidden;
mod homes;
pub(crate) mod import;
pub(crate) mod import_stream;
pub(crate) mod inquiries;
mod known;
mod left_pictures;
mod letters;
pub(crate) mod list;
pub(crate) mod news;
mod opinions;
mod parts;
pub(crate) mod peers;
pub(crate) mod personal;
pub(crate) mod photos;
pub(crate) mod picture_links;
mod pull;
mod pull_requests;
pub(crate) mod read;
pub(crate) mod recategorise;
pub(crate) mod report;
pub(crate) mod resident;
pub(crate) mod response_entries;
mod retention;
pub(crate) mod routing_rules;
mod sealing;
pub(crate) mod story;
mod tell;
pub(crate) mod updates;
mod write;

pub(crate) use councils::Councils;
use peers::Peers;
pub(crate) use picture_links::PictureSource;

/// From one address somebody may wish for a letter so often, and for so many at once after a quiet time: a library or an office is one.
const WISH_EVERY: Duration = Duration::from_secs(15);
const MOST_WISHES: NonZeroU32 = NonZeroU32::new(60).expect("60 is not zero");

/// The use cases, with what they stand on.
#[derive(Clone)]
pub(crate) struct App {
    /// Name, clock, ids, database, feed.
    pub host: Host,
    peers: Arc<dyn Peers>,
    councils: Arc<dyn Councils>,
    /// Councils' systems that told nothing when they were asked last.
    silent: Arc<pull::Silent>,
    /// Those that have no list of updates.
    plain: Arc<pull_requests::Plain>,
    settings: Arc<Settings>,
    sealer: Sealer,
    boundaries: Arc<boundaries::Kept>,
    /// Where photos lie.
    pictures: Pictures,
    /// Where pictures that are named by their addresses are fetched from.
    picture_source: Arc<dyn PictureSource>,
    /// Wishes for letters, by the address that they come from.
    wishes: Arc<RateLimiter>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("host", &self.host).finish_non_exhaustive()
    }
}

/// An issue as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IssueView {
    /// The issue.
    pub issue: Issue,
    /// The actions that answer it.
    pub action_ids: Vec<ActionId>,
    /// The people whom the reader may see.
    pub reporters: Vec<Reporter>,
    /// The questions to whoever reported it, where they are read with it.
    #[serde(default)]
    pub questions: Vec<Inquiry>,
    /// Whether the reader may answer them.
    #[serde(skip)]
    pub may_answer: bool,
    /// What residents said of its closings, as far as the reader may know, where that is read with it.
    #[serde(default)]
    pub opinions: Vec<Opinion>,
    /// As of when: on time and paused time are worked out for this instant.
    pub now: DateTime<Utc>,
}

impl IssueView {
    /// For a reader who sees no people.
    fn new(issue: Issue, action_ids: Vec<ActionId>, call: &Call) -> Self {
        let (reporters, questions, opinions) = (Vec::new(), Vec::new(), Vec::new());
        Self { issue, action_ids, reporters, questions, may_answer: false, opinions, now: call.now }.told_to(call)
    }

    /// Without the answers that the reader may not know, without photos that wait for staff, and without where exactly a home is.
    fn told_to(mut self, call: &Call) -> Self {
        self.issue = as_placed_for(call, self.issue);
        if self.issue.photos.iter().any(|photo| photo.held) && !call.may("ReadConfided", &subject_of(&self.issue)) {
            self.issue.photos.retain(|photo| !photo.held);
        }
        let holds_secrets = self.issue.answers.iter().any(|answer| answer.confidential);
        if holds_secrets && !call.may("ReadPrivateNotes", &subject_of(&self.issue)) {
            self.issue.answers.retain(|answer| !answer.confidential);
        }
        self
    }
}

/// An issue without where exactly a home is, unless the reader may know.
fn as_placed_for(call: &Call, mut issue: Issue) -> Issue {
    if issue.location.domestic && !call.may("ReadExactPlaces", &subject_of(&issue)) {
        issue.location = issue.location.published();
    }
    issue
}

/// An issue, as the policies see it.
fn subject_of(issue: &Issue) -> Subject {
    Subject::record(issue.partnership_id, issue.provider_id).with_id(issue.id.0)
}

impl App {
    /// The use cases over a host.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` when the host has no keys to seal contact details with.
    pub(crate) fn new(
        host: Host,
        peers: Arc<dyn Peers>,
        councils: Arc<dyn Councils>,
        settings: Settings,
        pictures: Pictures,
        picture_source: Arc<dyn PictureSource>,
    ) -> Result<Self, Failure> {
        let message = "Issues needs keys to seal contact details with: --contact-keys.";
        let sealer = host.contacts().sealer.clone().ok_or_else(|| Failure::new(Reason::InvalidRequest, message))?;
        let wishes = Arc::new(RateLimiter::every(WISH_EVERY, MOST_WISHES));
        Ok(Self {
            host,
            peers,
            councils,
            silent: Arc::default(),
            plain: Arc::default(),
            settings: Arc::new(settings),
            sealer,
            boundaries: Arc::default(),
            pictures,
            picture_source,
            wishes,
        })
    }

    /// The working days of a partnership.
    async fn calendar(&self, partnership_id: PartnershipId) -> Result<WorkingCalendar, Error> {
        Ok(self.calendar_of(&self.partnership(partnership_id).await?))
    }

    fn calendar_of(&self, partnership: &KnownPartnership) -> WorkingCalendar {
        WorkingCalendar::of(partnership.nation).with_overrides(self.settings.working_days.clone())
    }

    /// The issue with what belongs to it, for a reader who sees no people, and without what of other issues they may not know.
    async fn view(&self, conn: &impl store::Connection, mut issue: Issue, call: &Call) -> Result<IssueView, Error> {
        hidden::leave_out_untold(conn, call, issue.partnership_id, std::slice::from_mut(&mut issue)).await?;
        let actions = store::action::of_issues(conn, issue.partnership_id, [issue.id]).await?;
        let action_ids = actions.into_iter().map(|(_, action_id)| action_id).collect();
        Ok(IssueView::new(issue, action_ids, call))
    }
}

impl DomainEvent for Event {
    const KINDS: &'static [&'static str] = Self::KINDS;

    fn kind(&self) -> &'static str {
        self.kind()
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        Some(self.partnership_id())
    }

    fn subject_id(&self) -> Uuid {
        self.subject_id()
    }
}

#[cfg(test)]
mod tests;
