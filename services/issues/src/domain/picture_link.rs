//! Addresses of pictures that came with a report or an update. Each is fetched afterwards, and becomes a photo of the issue.
//!
//! Whoever reports names any address, so what is asked there, how often and for how long is bounded, and an address is kept no longer
//! than it is needed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use url::Url;
use uuid::Uuid;

use super::backoff::next_attempt_time;
use super::issue::{Issue, Step};

/// How often a picture is asked for: over about half an hour.
const MOST_ATTEMPTS: i32 = 7;
/// The first pause is as long as any other pause is after so many more failures, half a minute: nobody is pestered.
const PATIENCE: u32 = 4;
/// Whoever fetches a picture and is cut off is taken for gone after so long.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// So many wait in a partnership at the most; what is named beyond is not taken.
pub(crate) const MOST_WAITING: u64 = 1_000;
/// From one host so many are fetched in one round: nobody has us ask a server of others without end, or keeps us from asking others.
const MOST_OF_HOST: usize = 2;

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
    /// The address. It may tell who somebody is, and goes with the rest once it is settled.
    pub address: String,
    /// Whether it came with words that wait for staff, so that the photo does, too.
    pub held: bool,
    /// How often it was asked for.
    pub attempt_count: i32,
    /// When its turn comes.
    pub next_attempt_time: DateTime<Utc>,
    /// Why it could not be had, the last time.
    pub note: String,
    /// When it came.
    pub create_time: DateTime<Utc>,
}

impl PictureLink {
    /// A picture that is to be fetched.
    #[must_use]
    pub(crate) fn new(id: Uuid, origin: LinkOrigin, address: String, held: bool, now: DateTime<Utc>) -> Self {
        Self {
            id,
            origin,
            address,
            held,
            attempt_count: 0,
            next_attempt_time: now,
            note: String::new(),
            create_time: now,
        }
    }

    /// Notes that it is fetched now. To be kept before it is: a picture on which the program breaks off comes to its end, too.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.next_attempt_time = now.checked_add_signed(LEASE).unwrap_or(now);
    }

    /// Whether each of its turns broke off.
    #[must_use]
    pub(crate) const fn is_worn_out(&self) -> bool {
        self.attempt_count > MOST_ATTEMPTS
    }

    /// Notes that it could not be had; `for_good` where another time would not help. Answers whether it is given up.
    pub(crate) fn miss(&mut self, why: &str, for_good: bool, now: DateTime<Utc>) -> bool {
        why.clone_into(&mut self.note);
        let failures = u32::try_from(self.attempt_count).unwrap_or(1).saturating_add(PATIENCE);
        self.next_attempt_time = next_attempt_time(now, failures);
        for_good || self.attempt_count >= MOST_ATTEMPTS
    }
}

/// Of those whose turn it is, the first ones, and few of each host.
#[must_use]
pub(crate) fn spread(due: Vec<PictureLink>, most: usize) -> Vec<PictureLink> {
    let mut of_host: BTreeMap<String, usize> = BTreeMap::new();
    let mut has_room = |link: &PictureLink| {
        let count = of_host.entry(host_of(&link.address)).or_default();
        *count += 1;
        *count <= MOST_OF_HOST
    };
    due.into_iter().filter(|link| has_room(link)).take(most).collect()
}

fn host_of(address: &str) -> String {
    let url = Url::parse(address).ok();
    url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned()
}

impl Issue {
    /// Notes for staff that a picture could not be had. Of its address only the server is told, for the rest may tell who somebody is.
    #[must_use]
    pub(crate) fn miss_picture(&self, address: &str, why: &str, now: DateTime<Utc>) -> Step {
        let told = format!("A picture on the server \"{}\" was not taken: {why}", host_of(address));
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
        PictureLink::new(Uuid::from_u128(3), origin, "https://a.example/1.jpg".to_owned(), false, now())
    }

    #[test]
    fn a_picture_is_asked_for_some_times_and_then_no_more() {
        let (mut link, mut asked) = (link(), 0);
        let at = loop {
            let at = link.next_attempt_time;
            link.begin(at);
            asked += 1;
            assert!(!link.is_worn_out(), "it is asked for in each of its turns");
            assert_eq!(link.next_attempt_time, at + LEASE, "nobody else asks meanwhile");
            if link.miss("it is down", false, at) {
                break at;
            }
        };
        assert_eq!((asked, link.note.as_str()), (MOST_ATTEMPTS, "it is down"));
        let minutes = (at - now()).num_minutes();
        assert!((20..60).contains(&minutes), "{minutes}");
    }

    #[test]
    fn what_cannot_be_helped_is_given_up_at_once_and_so_is_what_always_breaks_off() {
        let mut gone = link();
        gone.begin(now());
        assert!(gone.miss("404", true, now()));
        let mut cut_off = link();
        for _ in 0..=MOST_ATTEMPTS {
            cut_off.begin(now());
        }
        assert!(cut_off.is_worn_out());
    }

    #[test]
    fn of_one_server_few_are_asked_for_at_once_and_others_do_not_wait() {
        let many = (0..50).map(|number| format!("https://a.example/{number}"));
        let others = (0..3).map(|number| format!("https://b{number}.example/"));
        let due: Vec<PictureLink> = many.chain(others).map(|address| PictureLink { address, ..link() }).collect();
        let hosts: Vec<String> = spread(due, 4).iter().map(|link| host_of(&link.address)).collect();
        assert_eq!(hosts, ["a.example", "a.example", "b0.example", "b1.example"]);
    }
}
