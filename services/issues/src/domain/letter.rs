//! What those who follow an issue by e-mail are written.
//!
//! A letter names the issue by its reference and says what happened in words of ours; whatever anybody wrote stands on the page that
//! it links to. So words that are taken out one day are taken out everywhere, and letters are plain ASCII, in which links stay whole. To
//! announce another kind of step by letter, add its words to [`said`].

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use uuid::Uuid;

use super::inquiry;
use super::recategorising::RECATEGORISED;
use super::response_entry::PUBLISHED;

/// The kind of letter that asks whether an address is that of whoever wishes to follow.
pub(crate) const ASKED: &str = "follow.asked";
/// The kind of letter that reminds an address that it follows already.
pub(crate) const REMINDED: &str = "follow.reminded";
/// A letter that could not be sent for so long is not sent any more: it would be no news.
pub(crate) const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);
/// What the sender of letters puts the address of the installation for.
const PUBLIC_URL: &str = "{public_url}";

/// A letter that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The id, by which it is sent once: that of the notice, where it is about one.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Whom it goes to.
    pub reporter_id: ReporterId,
    /// [`ASKED`], [`REMINDED`], or the kind of the notice.
    pub kind: String,
    /// Since when it waits.
    pub create_time: DateTime<Utc>,
    /// How often it could not be sent.
    pub failure_count: u32,
}

impl Letter {
    /// Whether it goes to an address that is not confirmed.
    #[must_use]
    pub(crate) fn asks(&self) -> bool {
        self.kind == ASKED
    }

    /// Whether it has waited too long.
    #[must_use]
    pub(crate) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now >= self.create_time + LONGEST_WAIT
    }
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wording {
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// What a letter says about an issue, to the holder of `secret`: a confirmation where it asks for one, else a follow token.
#[must_use]
pub(crate) fn wording(letter: &Letter, issue_id: IssueId, reference: &str, secret: &str) -> Wording {
    let page = format!("{PUBLIC_URL}/follow/{}/{issue_id}", letter.partnership_id);
    if letter.asks() {
        let text = format!(
            "Hello,\n\nsomebody, perhaps you, wishes to be told at this address what becomes of {reference}.\n\
             If it was you, open this link:\n\n{page}/confirm?token={secret}\n\n\
             It holds for 24 hours and works once. If it was not you, you need do nothing: no letters will come.\n"
        );
        return Wording { subject: format!("Follow {reference}?"), text };
    }
    let text = format!(
        "Hello,\n\n{}\n\nWhat was done and said stands here:\n\n{page}?token={secret}\n\n\
         To get no more of these letters, open this link:\n\n{page}/stop?token={secret}\n",
        said(&letter.kind, reference)
    );
    Wording { subject: format!("News of {reference}"), text }
}

/// What happened, in a sentence or two.
fn said(kind: &str, reference: &str) -> String {
    match kind {
        REMINDED => {
            format!("you follow {reference} at this address already; somebody, perhaps you, asked for it again.")
        }
        "issue.resolved" => format!(
            "{reference} is resolved: whoever answers for it says that it is fixed. Is it really fixed? If you reported it, \
             say so, or that it is not, by the link that you were given with your report."
        ),
        inquiry::ASKED => format!(
            "there is a question to whoever reported {reference}. If that was you, please answer it: by the link below, if you left \
             this address with your report, or else by the link that you were given with it."
        ),
        inquiry::LAPSED => format!(
            "a question to whoever reported {reference} was not answered in time; work on it goes on without the answer."
        ),
        RECATEGORISED => {
            format!("{reference} was put into another category; whoever deals with that deals with it now.")
        }
        "issue.routed" => format!("it was settled who deals with {reference}."),
        "issue.accepted" => format!("whoever answers for {reference} has accepted it."),
        "issue.refused" => format!("whoever was to deal with {reference} says that it is not theirs."),
        "issue.work_started" => format!("work on {reference} has begun."),
        "issue.held" => format!("work on {reference} waits for something."),
        "issue.resumed" => format!("work on {reference} goes on."),
        "issue.closed" => format!("{reference} is closed."),
        "issue.confirmed" => format!("{reference} is closed: a resident says that it is fixed."),
        "issue.no_action" => format!("{reference} was closed without action."),
        "issue.duplicate" => format!("{reference} was reported before, and is closed as the same thing."),
        "issue.unmarked" => format!("{reference} is open again: it is not what was reported before."),
        "issue.joined" => format!("others have reported the same as {reference}."),
        "issue.parted" => format!("a report that was taken for the same as {reference} is another matter."),
        "issue.withdrawn" => format!("{reference} was taken back by the person who reported it."),
        "issue.disputed" => format!("{reference} is open again: there is still something to do."),
        "issue.closing_upheld" => format!("{reference} stays closed. The neighbourhood manager looked at it again."),
        "action.completed" => format!("the board has completed an action that answers {reference}."),
        PUBLISHED => format!("it is published what was done about {reference}."),
        _ => format!("there is news of {reference}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(kind: &str) -> Letter {
        Letter {
            id: Uuid::nil(),
            partnership_id: PartnershipId(Uuid::from_u128(1)),
            reporter_id: ReporterId(Uuid::from_u128(2)),
            kind: kind.to_owned(),
            create_time: "2026-01-12T10:00:00Z".parse().unwrap(),
            failure_count: 0,
        }
    }

    #[test]
    fn a_letter_is_plain_and_its_links_stand_in_lines_of_their_own() {
        let issue_id = IssueId(Uuid::from_u128(3));
        for kind in [
            ASKED,
            REMINDED,
            "issue.resolved",
            inquiry::ASKED,
            inquiry::LAPSED,
            RECATEGORISED,
            "issue.accepted",
            "issue.held",
            "issue.disputed",
            "action.completed",
            PUBLISHED,
            "issue.unheard_of",
        ] {
            let Wording { subject, text } = wording(&letter(kind), issue_id, "BWS-ISS-2026-00042", "secret");
            let plain = |text: &str| text.is_ascii() && text.lines().all(|line| line.len() <= 500);
            assert!(plain(&subject) && plain(&text) && text.contains("BWS-ISS-2026-00042"), "{subject}\n{text}");
            let links: Vec<&str> = text.lines().filter(|line| line.starts_with(PUBLIC_URL)).collect();
            assert_eq!(links.len(), if kind == ASKED { 1 } else { 2 }, "{text}");
            assert!(links.iter().all(|link| link.ends_with("?token=secret")), "{text}");
        }
    }

    #[test]
    fn a_letter_waits_for_a_week() {
        let letter = letter("issue.resolved");
        assert!(!letter.is_stale(letter.create_time + TimeDelta::days(6)));
        assert!(letter.is_stale(letter.create_time + TimeDelta::days(7)));
    }
}
