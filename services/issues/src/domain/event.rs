//! What the issues service tells the others, as it is stored in the outbox.
//!
//! Published kinds only ever gain optional fields. To add one, add it here, to `events.proto` and to `grpc/events.rs`.

use chrono::{DateTime, Utc};
use pathfinder_terms::{CategoryId, IssueId, PartnershipId, ProviderId, StandardId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::{FormerBreach, OnTime, ResponseTime};
use super::cluster::Cluster;
use super::issue::{Confirmation, Issue};
use super::response_entry::{EntryDigest, PUBLISHED};
use super::state::IssueState;

/// The public state of an issue, without its words or its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssueDigest {
    /// The issue.
    pub issue_id: IssueId,
    /// Its partnership.
    pub partnership_id: PartnershipId,
    /// Its reference.
    pub reference: String,
    /// Its category's code.
    pub category_code: String,
    /// Its category's name.
    pub category_name: String,
    /// Where it stands.
    pub state: IssueState,
    /// Who answers for it.
    pub provider_id: Option<ProviderId>,
    /// Their name.
    pub provider_name: String,
    /// The standard version it is measured against.
    pub standard_id: Option<StandardId>,
    /// When it was reported.
    pub report_time: DateTime<Utc>,
    /// When its clock started.
    pub start_time: Option<DateTime<Utc>>,
    /// By when it is due.
    pub due_time: Option<DateTime<Utc>>,
    /// When its clock stopped.
    pub stopped_time: Option<DateTime<Utc>>,
    /// How long the clock stood still, in seconds.
    pub paused_seconds: i64,
    /// Whether the due time passed first.
    pub breached: bool,
    /// Who had it when it was found that it did; none where it did not, and where that is not known.
    #[serde(default)]
    pub breach_provider_id: Option<ProviderId>,
    /// What was missed under other standards. Events that were kept before that was told have none.
    #[serde(default)]
    pub former_breaches: Vec<FormerBreach>,
    /// The response time that is measured beside; none where none is, and in events that were kept before one was.
    #[serde(default)]
    pub response: Option<ResponseTime>,
    /// Whether it was dealt with in time.
    pub on_time: OnTime,
    /// What residents say about the closing.
    pub confirmation: Confirmation,
    /// How many times a closing was disputed.
    pub reopened_count: i32,
    /// How many support it.
    pub supporter_count: i32,
    /// The issue that it repeats.
    pub duplicate_of: Option<IssueId>,
    /// Its id in the system that it came from.
    pub external_id: Option<String>,
}

impl IssueDigest {
    /// The digest of an issue as of `now`.
    #[must_use]
    pub(crate) fn of(issue: &Issue, now: DateTime<Utc>) -> Self {
        Self {
            issue_id: issue.id,
            partnership_id: issue.partnership_id,
            reference: issue.reference.clone(),
            category_code: issue.category_code.clone(),
            category_name: issue.category_name.clone(),
            state: issue.state,
            provider_id: issue.provider_id,
            provider_name: issue.provider_name.clone(),
            standard_id: issue.clock.pledge().map(|pledge| pledge.standard_id),
            report_time: issue.report_time,
            start_time: issue.clock.start_time(),
            due_time: issue.clock.due_time(),
            stopped_time: issue.clock.stopped_time(),
            paused_seconds: issue.clock.paused_time(now).num_seconds(),
            breached: issue.clock.breach_time.is_some(),
            breach_provider_id: issue.clock.breach_time.and(issue.clock.breach_provider_id),
            former_breaches: issue.clock.missed_before().cloned().collect(),
            response: issue.clock.response_time(now),
            on_time: issue.clock.on_time(now),
            confirmation: issue.confirmation,
            reopened_count: issue.reopened_count,
            supporter_count: issue.supporter_count,
            duplicate_of: issue.duplicate_of,
            external_id: issue.external_id.clone(),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A category was created, changed or retired.
    CategoryChanged {
        /// The partnership.
        partnership_id: PartnershipId,
        /// The category.
        category_id: CategoryId,
        /// Its code.
        code: String,
        /// Its name.
        name: String,
        /// Whether it is no longer offered.
        retired: bool,
    },
    /// An issue was reported or imported.
    IssueReported(Box<IssueDigest>),
    /// An issue moved to another state, provider or category.
    IssueStateChanged {
        /// The issue after the move.
        issue: Box<IssueDigest>,
        /// The state before.
        from_state: IssueState,
    },
    /// A clock was attached, paused, ran on, stopped or resumed.
    IssueClockChanged {
        /// The issue after the change.
        issue: Box<IssueDigest>,
        /// Whether a breach that was told is taken back.
        breach_withdrawn: bool,
    },
    /// An issue passed its due time, or the one to answer.
    IssueBreached(Box<IssueDigest>),
    /// A resident said whether an issue is fixed.
    IssueConfirmed(Box<IssueDigest>),
    /// The due time of an issue comes near.
    IssueDueSoon(Box<IssueDigest>),
    /// Many issues of a category were reported in one place.
    ClusterFound(Box<Cluster>),
    /// A "you said, we did" entry was published.
    ResponseEntryPublished(Box<EntryDigest>),
    /// A "you said, we did" entry says something else, or was withdrawn.
    ResponseEntryChanged(Box<EntryDigest>),
}

impl Event {
    /// Every kind that there is.
    pub(crate) const KINDS: &'static [&'static str] = &[
        "category.changed",
        "issue.reported",
        "issue.state_changed",
        "issue.clock_changed",
        "issue.breached",
        "issue.confirmed",
        "issue.due_soon",
        "cluster.found",
        PUBLISHED,
        "response_entry.changed",
    ];

    /// The kind by which the feed names it.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::CategoryChanged { .. } => "category.changed",
            Self::IssueReported(_) => "issue.reported",
            Self::IssueStateChanged { .. } => "issue.state_changed",
            Self::IssueClockChanged { .. } => "issue.clock_changed",
            Self::IssueBreached(_) => "issue.breached",
            Self::IssueConfirmed(_) => "issue.confirmed",
            Self::IssueDueSoon(_) => "issue.due_soon",
            Self::ClusterFound(_) => "cluster.found",
            Self::ResponseEntryPublished(_) => PUBLISHED,
            Self::ResponseEntryChanged(_) => "response_entry.changed",
        }
    }

    /// The partnership it belongs to.
    #[must_use]
    pub(crate) fn partnership_id(&self) -> PartnershipId {
        match self {
            Self::CategoryChanged { partnership_id, .. } => *partnership_id,
            Self::IssueReported(issue)
            | Self::IssueStateChanged { issue, .. }
            | Self::IssueClockChanged { issue, .. }
            | Self::IssueBreached(issue)
            | Self::IssueConfirmed(issue)
            | Self::IssueDueSoon(issue) => issue.partnership_id,
            Self::ClusterFound(cluster) => cluster.partnership_id,
            Self::ResponseEntryPublished(entry) | Self::ResponseEntryChanged(entry) => entry.partnership_id,
        }
    }

    /// The thing that changed.
    #[must_use]
    pub(crate) fn subject_id(&self) -> Uuid {
        match self {
            Self::CategoryChanged { category_id, .. } => category_id.0,
            Self::IssueReported(issue)
            | Self::IssueStateChanged { issue, .. }
            | Self::IssueClockChanged { issue, .. }
            | Self::IssueBreached(issue)
            | Self::IssueConfirmed(issue)
            | Self::IssueDueSoon(issue) => issue.issue_id.0,
            Self::ClusterFound(cluster) => cluster.id.0,
            Self::ResponseEntryPublished(entry) | Self::ResponseEntryChanged(entry) => entry.entry_id.0,
        }
    }

    /// What the change from one version of an issue to the next has others told.
    #[must_use]
    pub(crate) fn between(before: &Issue, after: &Issue, now: DateTime<Utc>) -> Vec<Self> {
        let digest = || Box::new(IssueDigest::of(after, now));
        let mut events = Vec::new();
        let place = |issue: &Issue| (issue.state, issue.provider_id, issue.category_code.clone());
        if place(before) != place(after) {
            events.push(Self::IssueStateChanged { issue: digest(), from_state: before.state });
        }
        let is_breached = present_breaches(after).any(|standard_id| !is_told(before, standard_id));
        let (stood, standing) = (standing_breaches(before), standing_breaches(after));
        let breach_withdrawn = stood.iter().any(|breach| !standing.contains(breach));
        // What stands again was told as a breach once, and is not told so again.
        let stands_again = !is_breached && stood != standing;
        if breach_withdrawn || stands_again || clock_facts(before, now) != clock_facts(after, now) {
            events.push(Self::IssueClockChanged { issue: digest(), breach_withdrawn });
        }
        if is_breached {
            events.push(Self::IssueBreached(digest()));
        }
        let warned = after.clock.warned_due_time;
        if warned.is_some() && warned != before.clock.warned_due_time {
            events.push(Self::IssueDueSoon(digest()));
        }
        if before.confirmation != after.confirmation && after.confirmation != Confirmation::None {
            events.push(Self::IssueConfirmed(digest()));
        }
        events
    }
}

/// Under which standards an issue missed its time, as it now stands.
fn standing_breaches(issue: &Issue) -> Vec<Option<StandardId>> {
    issue.clock.missed_before().map(|former| former.standard_id).chain(present_breaches(issue)).collect()
}

/// Under which of the standards that it is held to it missed its time: to put it right, to answer.
fn present_breaches(issue: &Issue) -> impl Iterator<Item = Option<StandardId>> {
    let clock = &issue.clock;
    let own = clock.breach_time.map(|_| clock.basis.standard_id());
    let missed = clock.response.as_ref().filter(|response| response.breach_time.is_some());
    own.into_iter().chain(missed.map(|response| Some(response.pledge.standard_id)))
}

/// Whether a breach was told under the standard: once, however often the issue comes back to it.
fn is_told(issue: &Issue, standard_id: Option<StandardId>) -> bool {
    let is_present = present_breaches(issue).any(|present| present == standard_id);
    is_present || issue.clock.former_breaches.iter().any(|former| former.standard_id == standard_id)
}

/// What others see of a clock.
fn clock_facts(issue: &Issue, now: DateTime<Utc>) -> impl PartialEq + use<> {
    let clock = &issue.clock;
    let standard_id = clock.pledge().map(|pledge| pledge.standard_id);
    let counted = matches!(clock.on_time(now), OnTime::NotMeasured);
    let response = clock.response_time(now).map(|told| (told.standard_id, told.due_time, told.stopped_time));
    (standard_id, clock.start_time(), clock.due_time(), clock.stopped_time(), clock.is_paused(), counted, response)
}
