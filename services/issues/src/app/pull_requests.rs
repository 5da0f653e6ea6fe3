//! Hearing what became of issues from councils' systems that have no list of updates: the reports themselves are read, batch by batch, of
//! those issues that were sent there, are still with that council, and are open here and not held back (see `domain/remote_request.rs`).
//!
//! The reading goes round: each time it goes on behind what was asked for last, and begins no question after half a minute, so that it gets to
//! every report, whatever is wrong with some. Where a batch is refused, or fails, its reports are asked for one at a time; so they are, once
//! a day, where some are not shown. What was too long is asked for in shorter batches, and what was asked too often again the next time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::{Begun, Call, Failure, retrying};
use pathfinder_terms::IssueId;

use super::App;
use super::councils::Unread;
use super::pull::Unheard;
use crate::domain::forwarding::Endpoint;
use crate::domain::remote_request::{LastHeard, News, RemoteRequest, Watched};
use crate::error::Error;
use crate::store;

/// That a system has no list of updates is believed for so long.
const BELIEVED_FOR: TimeDelta = TimeDelta::hours(1);
/// So many reports are asked for at once: an address has room for that many ids.
const AT_ONCE: u64 = 50;
/// Each time, questions are begun for so long, and no more than so many.
const LONGEST_ROUND: TimeDelta = TimeDelta::seconds(30);
const MOST_QUESTIONS: usize = 200;
/// After so many questions in a row in vain, it is left alone until the next time.
const MOST_IN_VAIN: usize = 20;
/// That a report is not shown there is logged once in so long.
const LOGGED_EVERY: TimeDelta = TimeDelta::days(1);

/// What is known of systems without a list of updates, by their names.
#[derive(Debug, Default)]
pub(super) struct Plain(Mutex<BTreeMap<String, Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Until when it is believed.
    until: Option<DateTime<Utc>>,
    /// When its reports were last read.
    read_time: Option<DateTime<Utc>>,
    place: Place,
    /// When it was logged of reports that they are not shown, by their ids there.
    logged: BTreeMap<String, DateTime<Utc>>,
}

/// How far the reading has come.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// The last issue that was asked for; none before the first.
    after: Option<IssueId>,
    /// Up to this one they are asked for one at a time.
    alone_until: Option<IssueId>,
    /// So many are asked for at once, where it takes no longer questions.
    most: Option<u64>,
}

impl Place {
    fn at_once(self) -> u64 {
        if self.alone_until.is_some() { 1 } else { self.most.unwrap_or(AT_ONCE) }
    }

    /// Behind a batch that ends with this issue.
    fn behind(self, last: IssueId) -> Self {
        let alone_until = self.alone_until.filter(|until| last < *until);
        Self { after: Some(last), alone_until, ..self }
    }

    /// Before a batch of so many that ends with this issue, which is to be asked for in smaller parts.
    fn before(self, last: IssueId, count: usize, why: &Unread) -> Self {
        match why {
            Unread::TooLong(_) => Self { most: u64::try_from(count / 2).ok().map(|most| most.max(1)), ..self },
            // These very ones are asked for again.
            Unread::NotNow(_) => self,
            Unread::TooMuch | Unread::NotKnown(_) | Unread::NotAnswered(_) => Self { alone_until: Some(last), ..self },
        }
    }
}

impl Plain {
    pub(super) fn is_plain(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> bool {
        let until = self.all().get(&endpoint.name).and_then(|known| known.until);
        !endpoint.tells_updates || until.is_some_and(|until| now < until)
    }

    pub(super) fn note(&self, endpoint: &Endpoint, now: DateTime<Utc>) {
        self.all().entry(endpoint.name.clone()).or_default().until = Some(now + BELIEVED_FOR);
    }

    /// When the reports were last read there.
    pub(super) fn read_time(&self, endpoint: &Endpoint) -> Option<DateTime<Utc>> {
        self.all().get(&endpoint.name).and_then(|known| known.read_time)
    }

    fn note_read(&self, endpoint: &Endpoint, now: DateTime<Utc>) {
        self.all().entry(endpoint.name.clone()).or_default().read_time = Some(now);
    }

    fn place(&self, endpoint: &Endpoint) -> Place {
        self.all().get(&endpoint.name).map(|known| known.place).unwrap_or_default()
    }

    fn go_on_from(&self, endpoint: &Endpoint, place: Place) {
        self.all().entry(endpoint.name.clone()).or_default().place = place;
    }

    /// Those of which it was not logged lately that they are not shown; from now on it was.
    fn unlogged<'a>(&self, endpoint: &Endpoint, mut ids: Vec<&'a str>, now: DateTime<Utc>) -> Vec<&'a str> {
        let mut all = self.all();
        let logged = &mut all.entry(endpoint.name.clone()).or_default().logged;
        logged.retain(|_, time| now - *time < LOGGED_EVERY);
        ids.retain(|id| !logged.contains_key(*id));
        logged.extend(ids.iter().map(|id| ((*id).to_owned(), now)));
        ids
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read at one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Readings {
    /// How many of the reports that were asked for were shown.
    pub shown: usize,
    /// How much of that was new.
    pub taken: usize,
}

/// What came of the questions of one time.
#[derive(Debug, Default)]
struct Round {
    asked: bool,
    read: Readings,
    /// It takes no more of them now.
    is_over: bool,
    /// How many of the last questions were in vain, and why.
    in_vain: usize,
    why: String,
}

impl Round {
    fn note(&mut self, Readings { shown, taken }: Readings) {
        self.read = Readings { shown: self.read.shown + shown, taken: self.read.taken + taken };
        self.in_vain = if shown > 0 { 0 } else { self.in_vain + 1 };
        if shown == 0 {
            "It shows none of the reports that it was asked for.".clone_into(&mut self.why);
        }
    }

    fn note_refusal(&mut self, why: &Unread) {
        self.in_vain += 1;
        self.is_over = matches!(why, Unread::NotNow(_));
        self.why = why.to_string();
    }

    /// A system that shows nothing that it was asked for has not answered, whatever it says.
    fn outcome(self) -> Result<Readings, Unheard> {
        if self.asked && self.read.shown == 0 { Err(Unheard::There(self.why)) } else { Ok(self.read) }
    }
}

impl App {
    /// Reads how the issues stand that were sent to a system.
    pub(super) async fn read_requests(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<Readings, Unheard> {
        let (mut round, begin_time) = (Round::default(), self.host.clock().now());
        for _ in 0..MOST_QUESTIONS {
            if self.host.shutdown().is_cancelled() {
                return Ok(round.read);
            }
            let is_late = self.host.clock().now() - begin_time >= LONGEST_ROUND;
            if is_late || round.is_over || round.in_vain >= MOST_IN_VAIN {
                break;
            }
            let place = self.plain.place(endpoint);
            let batch = self.next_batch(endpoint, place).await?;
            let Some(last) = batch.last() else {
                let from_first = Place { after: None, alone_until: None, ..place };
                self.plain.go_on_from(endpoint, from_first);
                if round.asked || place.after.is_none() {
                    break;
                }
                continue;
            };
            // Whatever comes of it, the next ones have their turn.
            self.plain.go_on_from(endpoint, place.behind(last.issue_id));
            round.asked = true;
            self.read_batch(endpoint, &batch, (place, last.issue_id), now, &mut round).await?;
        }
        let read = round.outcome()?;
        self.plain.note_read(endpoint, now);
        Ok(read)
    }

    /// The issues whose reports are asked for next. One whose id holds a comma goes alone: in a list it would be two.
    async fn next_batch(&self, endpoint: &Endpoint, place: Place) -> Result<Vec<Watched>, Error> {
        let (conn, most) = (self.host.reader(), place.at_once());
        let mut batch = store::forwarding::open_there(conn, endpoint, place.after, most).await?;
        let listed = batch.iter().take_while(|watched| !watched.remote_id.contains(',')).count();
        batch.truncate(listed.max(1));
        Ok(batch)
    }

    /// Asks for a batch, which lies behind a place and ends with an issue. Where several are refused, the place is theirs again.
    async fn read_batch(
        &self,
        endpoint: &Endpoint,
        batch: &[Watched],
        (place, last): (Place, IssueId),
        now: DateTime<Utc>,
        round: &mut Round,
    ) -> Result<(), Error> {
        let ids: BTreeSet<&str> = batch.iter().map(|watched| watched.remote_id.as_str()).collect();
        let asked: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let refused = match self.councils.requests(endpoint, &asked).await {
            Ok(requests) => {
                let (readings, is_in_part) = self.take_requests(endpoint, batch, &requests, now).await?;
                round.note(readings);
                if is_in_part && batch.len() > 1 {
                    self.plain.go_on_from(endpoint, Place { alone_until: Some(last), ..place });
                }
                return Ok(());
            }
            Err(why) => why,
        };
        round.note_refusal(&refused);
        if batch.len() > 1 || round.is_over {
            self.plain.go_on_from(endpoint, place.before(last, batch.len(), &refused));
        } else {
            self.log_unshown(endpoint, ids.into_iter().collect(), &refused.to_string(), now);
        }
        Ok(())
    }

    /// Takes what is new of a batch. Answers how much that is, and whether some are not shown of which that was not known. One that cannot be
    /// taken now holds up no other.
    async fn take_requests(
        &self,
        endpoint: &Endpoint,
        batch: &[Watched],
        requests: &[RemoteRequest],
        now: DateTime<Utc>,
    ) -> Result<(Readings, bool), Error> {
        let issue_ids: Vec<IssueId> = batch.iter().map(|watched| watched.issue_id).collect();
        let came = store::history::came_times(self.host.reader(), endpoint.partnership_id, &issue_ids).await?;
        let mut left: BTreeMap<&str, Vec<&Watched>> = BTreeMap::new();
        for watched in batch {
            left.entry(&watched.remote_id).or_default().push(watched);
        }
        let (mut shown, mut news) = (0, Vec::new());
        for request in requests {
            // Not every system looks at what it is asked for, and some show a report twice.
            let Some(of_it) = left.remove(request.remote_id.as_str()) else { continue };
            shown += 1;
            for watched in of_it {
                let came_time = came.get(&watched.issue_id).copied().unwrap_or(watched.queued_time);
                news.extend(request.news(watched, came_time, now).map(|news| (watched.issue_id, news)));
            }
        }
        let is_in_part = self.log_unshown(endpoint, left.into_keys().collect(), "It does not show them.", now);
        let taken = self.take_news(endpoint, news, now).await?;
        Ok((Readings { shown, taken }, is_in_part))
    }

    async fn take_news(
        &self,
        endpoint: &Endpoint,
        news: Vec<(IssueId, News)>,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let call = self.speaking_for(endpoint);
        let (mut taken, mut heard) = (0, Vec::new());
        for (issue_id, news) in news {
            let Some(update) = news.update else {
                heard.push((issue_id, news.heard));
                continue;
            };
            match self.take_update(&call, endpoint, issue_id, &update, Some(&news.heard), now).await {
                Ok(is_taken) => taken += usize::from(is_taken),
                // It is news again the next time.
                Err(error) => tracing::error!(endpoint = endpoint.name, %issue_id, %error, "news cannot be taken now"),
            }
        }
        if !heard.is_empty() {
            self.keep_heard(endpoint, &heard).await?;
        }
        Ok(taken)
    }

    /// Keeps what was heard that tells nothing.
    async fn keep_heard(&self, endpoint: &Endpoint, heard: &[(IssueId, LastHeard)]) -> Result<(), Error> {
        let call = Call::background(&self.host, "forwarding");
        let write = async || -> Result<(), Failure> {
            let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(()) };
            for (issue_id, heard) in heard {
                let (partnership_id, name) = (endpoint.partnership_id, endpoint.name.as_str());
                store::forwarding::keep_heard(unit.tx(), partnership_id, *issue_id, name, heard).await?;
            }
            unit.commit(()).await
        };
        Ok(retrying(write).await?)
    }

    /// Once a day is enough for what nobody can change. Answers whether there was something to log.
    fn log_unshown(&self, endpoint: &Endpoint, ids: Vec<&str>, why: &str, now: DateTime<Utc>) -> bool {
        let ids = self.plain.unlogged(endpoint, ids, now);
        if !ids.is_empty() {
            tracing::warn!(endpoint = endpoint.name, ?ids, why, "reports are not shown there");
        }
        !ids.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_report_is_not_shown_is_logged_once_a_day() {
        let id = "01900000-0000-7000-8000-000000000001";
        let council = format!(
            r#"{{"name": "council", "partnership_id": "{id}", "provider_id": "{id}", "url": "https://council.example/"}}"#
        );
        let council: Endpoint = serde_json::from_str(&council).unwrap();
        let (plain, start) = (Plain::default(), DateTime::UNIX_EPOCH);
        let logged =
            |ids: &[&'static str], hour: i64| plain.unlogged(&council, ids.to_vec(), start + TimeDelta::hours(hour));
        assert_eq!(logged(&["7", "8"], 0), ["7", "8"]);
        assert_eq!(logged(&["7", "9"], 23), ["9"], "what is not shown still was logged");
        assert_eq!(logged(&["7", "9"], 24), ["7"], "but not for ever, however often it was looked");
    }
}
