//! A report as a council's system shows it, where that system has no list of updates: what became of it is read off the report itself.
//!
//! Open311 gives a report a status, which is `open` or `closed`, notes of it, and when it was changed last. It is read again and again, so
//! that only what is other than before is news. What was last heard is kept for that: whether it is open, and a digest of status and notes,
//! as the notes themselves may name somebody who is erased later. They are taken out of what is kept here, and unchanged notes do not bring
//! them back; notes that are changed are new words, in which a council may name them again, as in any others.
//!
//! A report that was over and is over still ends nothing here, whatever is changed about it: the issue was opened again meanwhile, and
//! the council has to open its own or to be asked. So it is with what was so before the issue came back to the council's provider, and with
//! what is seen when the report is read for the first time since, of which somebody here is told: a report may be touched for whatever
//! reason, so that the time of a change does not tell when it was over.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, words};
use sha2::{Digest as _, Sha256};

use super::forwarding::{RemoteUpdate, status_of};
use super::forwarding_update::ForwardingUpdateKind;
use super::update::UpdateStatus;

/// What is said of an end that ends nothing here, where the council says nothing of it.
const SHOWN_AS_CLOSED: &str = "It is shown as closed there.";

words! {
    /// Whether a report has come to an end that ends its issue here.
    pub(crate) enum Standing {
        /// It has not.
        Open = "open",
        /// It has.
        Closed = "closed",
    }
}

impl Standing {
    /// By a status; none by one that is an end there, and here words alone: then it stands as before.
    const fn of(status: UpdateStatus) -> Option<Self> {
        match status {
            UpdateStatus::Open
            | UpdateStatus::Investigating
            | UpdateStatus::InProgress
            | UpdateStatus::ActionScheduled
            | UpdateStatus::Planned
            | UpdateStatus::InternalReferral
            | UpdateStatus::ForTriage
            | UpdateStatus::Reopen => Some(Self::Open),
            UpdateStatus::Fixed | UpdateStatus::Closed | UpdateStatus::NotResponsible => Some(Self::Closed),
            UpdateStatus::Duplicate | UpdateStatus::NoFurtherAction | UpdateStatus::Cancelled => None,
        }
    }
}

/// What was last heard of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastHeard {
    /// How it stood.
    pub standing: Standing,
    /// By which the same is known again.
    pub digest: String,
    /// When that was heard first; or first since the issue came back.
    pub time: DateTime<Utc>,
}

/// An issue that a council has, and whose report there is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    /// The issue.
    pub issue_id: IssueId,
    /// Its id there.
    pub remote_id: String,
    /// Since when it was to be sent there.
    pub queued_time: DateTime<Utc>,
    /// What was last heard of it; none before the first time.
    pub heard: Option<LastHeard>,
}

impl Watched {
    /// Whether the last that was heard of it may be from before the issue came back to the council's provider.
    fn is_unheard_since(&self, came_time: DateTime<Utc>) -> bool {
        self.queued_time < came_time && self.heard.as_ref().is_none_or(|last| last.time < came_time)
    }
}

/// A report there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteRequest {
    /// Its id there.
    pub remote_id: String,
    /// How it stands, in the words of that system.
    pub status: String,
    /// What is said of that; may be empty.
    pub notes: String,
    /// When it was changed last; none where that is not said.
    pub update_time: Option<DateTime<Utc>>,
}

/// What is new about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// What to know it by from now on.
    pub heard: LastHeard,
    /// What it tells; none where nothing is said, and nothing moves.
    pub update: Option<RemoteUpdate>,
}

impl RemoteRequest {
    /// What is new since it was last heard, of an issue that came to the council's provider at `came_time`; none where nothing is.
    #[must_use]
    pub(crate) fn news(&self, watched: &Watched, came_time: DateTime<Utc>, now: DateTime<Utc>) -> Option<News> {
        // A word of its own is no ending.
        let (status, words) = (status_of(&self.status).unwrap_or(UpdateStatus::Open), self.words());
        let digest = digest(&[&self.remote_id, status.word(), words]);
        let before = watched.heard.as_ref().map_or(Standing::Open, |last| last.standing);
        let heard = LastHeard { standing: Standing::of(status).unwrap_or(before), digest, time: now };
        if watched.heard.as_ref().is_some_and(|last| last.digest == heard.digest) {
            return watched.is_unheard_since(came_time).then_some(News { heard, update: None });
        }
        let is_over_still = heard.standing == Standing::Closed && before == Standing::Closed;
        let moves = status != UpdateStatus::Open && !is_over_still && !self.is_older(watched, came_time);
        let told = if moves { status } else { UpdateStatus::Open };
        // Somebody here has to know of an end that ends nothing.
        let is_over_now = heard.standing == Standing::Closed && before == Standing::Open;
        let words = if is_over_now && !moves && words.is_empty() { SHOWN_AS_CLOSED } else { words };
        let update = RemoteUpdate {
            update_id: update_id(watched, &heard),
            remote_id: self.remote_id.clone(),
            status: told.word().to_owned(),
            description: words.to_owned(),
            time: self.update_time.unwrap_or(now),
        };
        let tells = moves || !words.is_empty();
        Some(News { heard, update: tells.then_some(update) })
    }

    /// What is said of it. A system that shows what it was told shows our own sentence there, which is no word of the council's.
    fn words(&self) -> &str {
        if ForwardingUpdateKind::is_one_said(&self.notes) { "" } else { &self.notes }
    }

    /// Whether it may have been so before the issue came to the council's provider, for all that is known. Times are told in whole seconds.
    fn is_older(&self, watched: &Watched, came_time: DateTime<Utc>) -> bool {
        let is_said = self.update_time.is_some_and(|update_time| update_time.timestamp() < came_time.timestamp());
        is_said || watched.is_unheard_since(came_time)
    }
}

/// The id of an update: what is heard a second time, after something else, is another one.
fn update_id(watched: &Watched, heard: &LastHeard) -> String {
    let before = watched.heard.as_ref().map(|last| last.time.timestamp_micros().to_string()).unwrap_or_default();
    digest(&[&watched.remote_id, &before, &heard.digest])
}

/// Texts as one short one. None of them holds a zero.
fn digest(texts: &[&str]) -> String {
    hex::encode(Sha256::digest(texts.join("\0")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{hours, start};

    fn request(status: &str, notes: &str, update_time: Option<DateTime<Utc>>) -> RemoteRequest {
        RemoteRequest { remote_id: "7".to_owned(), status: status.to_owned(), notes: notes.to_owned(), update_time }
    }

    fn watched(heard: Option<LastHeard>) -> Watched {
        let issue_id = IssueId(uuid::Uuid::nil());
        Watched { issue_id, remote_id: "7".to_owned(), queued_time: start(), heard }
    }

    /// What is new each hour, as far as it is told: the status and the words.
    fn told(requests: &[RemoteRequest], came_time: DateTime<Utc>) -> Vec<Option<(String, String)>> {
        let mut watched = watched(None);
        let mut told = Vec::new();
        for (hour, request) in (1..).zip(requests) {
            let news = request.news(&watched, came_time, hours(hour));
            told.push(news.as_ref().and_then(|news| news.update.clone()).map(|one| (one.status, one.description)));
            watched.heard = news.map(|news| news.heard).or(watched.heard);
        }
        told
    }

    fn said(status: &str, words: &str) -> Option<(String, String)> {
        Some((status.to_owned(), words.to_owned()))
    }

    #[test]
    fn a_closed_report_is_an_update_and_an_open_one_only_with_words() {
        let alone =
            |status: &str, notes: &str, update_time| told(&[request(status, notes, update_time)], start()).remove(0);
        assert_eq!(alone("closed", "", Some(start())), said("closed", ""));
        assert_eq!(alone(" Closed ", "Gone.", None), said("closed", "Gone."));
        assert_eq!(alone("open", "Two men were sent.", Some(start())), said("open", "Two men were sent."));
        assert_eq!(alone("open", "Two men were sent.", None), said("open", "Two men were sent."));
        assert_eq!(alone("pondering", "Hm.", Some(start())), said("open", "Hm."));
        assert_eq!(alone("in_progress", "", Some(start())), said("in_progress", ""));
        assert_eq!(alone("open", "", Some(start())), None);
    }

    #[test]
    fn what_was_over_and_is_over_still_moves_nothing_until_it_was_open() {
        let requests = [
            request("closed", "Gone.", None),
            request("CLOSED", "Gone.", Some(hours(1))),
            request("closed", "Gone, really.", Some(hours(2))),
            request("fixed", "", Some(hours(3))),
            request("open", "", Some(hours(4))),
            request("closed", "Gone.", None),
        ];
        let expected =
            [said("closed", "Gone."), None, said("open", "Gone, really."), None, None, said("closed", "Gone.")];
        assert_eq!(told(&requests, start()), expected);
    }

    #[test]
    fn what_ends_there_and_not_here_leaves_it_as_it_stood() {
        let ended = ["no_further_action", "duplicate", "cancelled"];
        for other in ended {
            let closed = request("closed", "Gone.", None);
            let first = [request(other, "", None), closed.clone()];
            assert_eq!(told(&first, start()), [said(other, ""), said("closed", "Gone.")], "it was not over here");
            let between = [closed.clone(), request(other, "", None), closed];
            assert_eq!(told(&between, start()), [said("closed", "Gone."), None, said("open", "Gone.")], "it was");
        }
    }

    #[test]
    fn a_report_that_was_touched_since_the_issue_came_back_does_not_end_it_by_being_closed() {
        let back = hours(1);
        let closed = request("closed", "Gone.", Some(hours(2)));
        let open = LastHeard { standing: Standing::Open, digest: String::new(), time: start() };
        for (heard, notes, words) in [(None, "Gone.", "Gone."), (Some(open.clone()), "", SHOWN_AS_CLOSED)] {
            let closed = request("closed", notes, Some(hours(2)));
            let news = closed.news(&Watched { heard, ..watched(None) }, back, hours(3)).unwrap();
            let update = news.update.unwrap();
            assert_eq!(
                (update.status.as_str(), update.description.as_str()),
                ("open", words),
                "it may have been before"
            );
            assert_eq!(news.heard.standing, Standing::Closed);
        }
        let since = LastHeard { time: hours(2), ..open };
        let news = closed.news(&watched(Some(since)), back, hours(3)).unwrap();
        assert_eq!(news.update.unwrap().status, "closed", "it was seen to be open since");
    }

    #[test]
    fn what_is_heard_a_second_time_is_another_update_and_its_id_is_short() {
        let closed = request("closed", &"Gone. ".repeat(1_000), None);
        let id = |watched: &Watched| closed.news(watched, start(), hours(9)).unwrap().update.unwrap().update_id;
        let open = |time| LastHeard { standing: Standing::Open, digest: String::new(), time };
        let (first, second) = (watched(Some(open(hours(1)))), watched(Some(open(hours(2)))));
        assert_eq!(id(&first), id(&first));
        assert_ne!(id(&first), id(&second));
        assert_eq!(id(&watched(None)).len(), 64);
    }

    #[test]
    fn our_own_sentence_is_no_word_of_the_councils() {
        let ours = ForwardingUpdateKind::Reopened.said();
        let requests = [request("open", ours, Some(hours(1))), request("closed", ours, Some(hours(2)))];
        assert_eq!(told(&requests, start()), [None, said("closed", "")], "it is closed all the same");
    }

    #[test]
    fn what_was_so_before_the_issue_came_back_moves_nothing() {
        let back = start() + chrono::TimeDelta::minutes(90);
        let dated = [request("closed", "Not ours.", Some(hours(1))), request("closed", "Not ours.", Some(hours(2)))];
        assert_eq!(told(&dated, back), [said("open", "Not ours."), None]);
        // Open as it was, then closed: after it came back, for it was seen to be open since.
        let open = request("open", "", None);
        let undated = [open.clone(), open.clone(), request("closed", "Gone.", None)];
        assert_eq!(told(&undated, back)[2], said("closed", "Gone."));
        let undated = [open, request("closed", "Not ours.", None)];
        assert_eq!(told(&undated, back)[1], said("open", "Not ours."), "nobody knows when it was closed");
    }
}
