//! Addresses of pictures that came with a report or an update. Each is fetched afterwards, and becomes a photo of the issue.
//!
//! Whoever reports names any address, so what is asked there, how often and for how long is bounded, and an address is kept no longer
//! than it is needed.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId, words};
use uuid::Uuid;

use super::backoff::next_attempt_time;
use super::issue::{Issue, Step};

words! {
    /// How far a picture has come.
    pub(crate) enum LinkState {
        /// It waits for its turn.
        Waiting = "waiting",
        /// It is a photo of the issue.
        Taken = "taken",
        /// It could not be had, and is not asked for any more.
        GivenUp = "given_up",
    }
}

/// How often a picture is asked for: over about half an hour.
const MOST_ATTEMPTS: i32 = 7;
/// The first pause is as long as any other pause is after so many more failures, half a minute: nobody is pestered.
const PATIENCE: u32 = 4;
/// Whoever fetches a picture and is cut off is taken for gone after so long.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// So much of an address is told to staff, in characters.
const LONGEST_TOLD: usize = 300;

/// What a picture came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkOrigin {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Who reported it, so that the photo goes when they are erased; none where a system told it.
    pub reporter_id: Option<ReporterId>,
}

/// The address of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureLink {
    /// The id.
    pub id: Uuid,
    /// What it came with.
    pub origin: LinkOrigin,
    /// The address; empty once it is settled.
    pub address: String,
    /// How far it has come.
    pub state: LinkState,
    /// How often it was asked for.
    pub attempt_count: i32,
    /// When its turn comes; none when it is settled.
    pub next_attempt_time: Option<DateTime<Utc>>,
    /// Why it could not be had, the last time.
    pub note: String,
    /// When it came.
    pub create_time: DateTime<Utc>,
}

impl PictureLink {
    /// A picture that is to be fetched.
    #[must_use]
    pub(crate) fn new(id: Uuid, origin: LinkOrigin, address: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            origin,
            address,
            state: LinkState::Waiting,
            attempt_count: 0,
            next_attempt_time: Some(now),
            note: String::new(),
            create_time: now,
        }
    }

    /// Notes that it is fetched now. To be kept before it is: a picture on which the program breaks off comes to its end, too.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.next_attempt_time = Some(now.checked_add_signed(LEASE).unwrap_or(now));
    }

    /// Whether each of its turns broke off.
    #[must_use]
    pub(crate) const fn is_worn_out(&self) -> bool {
        self.attempt_count > MOST_ATTEMPTS
    }

    /// Notes that it became a photo.
    pub(crate) fn take(&mut self) {
        self.settle(LinkState::Taken);
    }

    /// Notes that it could not be had; `for_good` where another time would not help. Answers whether it is given up.
    pub(crate) fn miss(&mut self, why: &str, for_good: bool, now: DateTime<Utc>) -> bool {
        why.clone_into(&mut self.note);
        let is_over = for_good || self.attempt_count >= MOST_ATTEMPTS;
        if is_over {
            self.settle(LinkState::GivenUp);
        } else {
            let failures = u32::try_from(self.attempt_count).unwrap_or(1).saturating_add(PATIENCE);
            self.next_attempt_time = Some(next_attempt_time(now, failures));
        }
        is_over
    }

    fn settle(&mut self, state: LinkState) {
        self.state = state;
        // An address may tell who somebody is.
        self.address.clear();
        self.next_attempt_time = None;
    }
}

impl Issue {
    /// Notes for staff that a picture could not be had.
    #[must_use]
    pub(crate) fn miss_picture(&self, address: &str, why: &str, now: DateTime<Utc>) -> Step {
        let address: String = address.chars().take(LONGEST_TOLD).collect();
        let told = format!("The picture at {address} was not taken: {why}");
        self.step("issue.photo_missed", Some(self.state), now).by_rule().confiding(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-01-12T10:00:00Z".parse().unwrap()
    }

    fn link() -> PictureLink {
        let origin = LinkOrigin {
            partnership_id: PartnershipId(Uuid::from_u128(1)),
            issue_id: IssueId(Uuid::from_u128(2)),
            reporter_id: None,
        };
        PictureLink::new(Uuid::from_u128(3), origin, "https://a.example/1.jpg".to_owned(), now())
    }

    #[test]
    fn a_picture_is_asked_for_some_times_and_then_no_more() {
        let (mut link, mut at) = (link(), now());
        let mut asked = 0;
        while let Some(turn) = link.next_attempt_time {
            at = turn;
            link.begin(at);
            asked += 1;
            assert!(!link.is_worn_out(), "it is asked for in each of its turns");
            assert_eq!(link.next_attempt_time, Some(at + LEASE), "nobody else asks meanwhile");
            link.miss("it is down", false, at);
        }
        assert_eq!((asked, link.state, link.address.as_str()), (MOST_ATTEMPTS, LinkState::GivenUp, ""));
        let minutes = (at - now()).num_minutes();
        assert!((20..60).contains(&minutes), "{minutes}");
    }

    #[test]
    fn what_cannot_be_helped_is_given_up_at_once_and_so_is_what_always_breaks_off() {
        let mut gone = link();
        gone.begin(now());
        assert!(gone.miss("404", true, now()));
        assert_eq!((gone.state, gone.next_attempt_time, gone.note.as_str()), (LinkState::GivenUp, None, "404"));
        let mut cut_off = link();
        for _ in 0..=MOST_ATTEMPTS {
            cut_off.begin(now());
        }
        assert!(cut_off.is_worn_out());
        let mut taken = link();
        taken.take();
        assert_eq!((taken.state, taken.next_attempt_time, taken.address.as_str()), (LinkState::Taken, None, ""));
    }
}
