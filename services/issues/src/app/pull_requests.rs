//! Hearing what became of issues from councils' systems that have no list of updates: the reports themselves are read, batch by batch, of
//! those issues that were sent there and are open here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::IssueId;

use super::App;
use super::councils::Unread;
use super::pull::Unheard;
use crate::domain::forwarding::{Endpoint, RemoteUpdate};
use crate::domain::remote_request::RemoteRequest;
use crate::domain::update::UpdateStatus;
use crate::error::Error;
use crate::store;
use crate::store::update::Key;

/// That a system has no list of updates is believed for so long.
const BELIEVED_FOR: TimeDelta = TimeDelta::hours(1);
/// So many reports are asked for at once: an address has room for that many ids.
const AT_ONCE: u64 = 50;
/// So many questions are asked for one batch, where it is divided.
const MOST_QUESTIONS: usize = 30;
/// So many batches are read each time; the next time goes on behind them.
const MOST_BATCHES: usize = 20;

/// What is known of systems without a list of updates, by their names.
#[derive(Debug, Default)]
pub(super) struct Plain(Mutex<BTreeMap<String, Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Until when it is believed.
    until: Option<DateTime<Utc>>,
    /// The last issue that was asked for; none before the first.
    after: Option<IssueId>,
}

impl Plain {
    pub(super) fn is_plain(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> bool {
        let until = self.all().get(&endpoint.name).and_then(|known| known.until);
        !endpoint.tells_updates || until.is_some_and(|until| now < until)
    }

    pub(super) fn note(&self, endpoint: &Endpoint, now: DateTime<Utc>) {
        self.all().entry(endpoint.name.clone()).or_default().until = Some(now + BELIEVED_FOR);
    }

    fn place(&self, endpoint: &Endpoint) -> Option<IssueId> {
        self.all().get(&endpoint.name).and_then(|known| known.after)
    }

    fn go_on_after(&self, endpoint: &Endpoint, after: Option<IssueId>) {
        self.all().entry(endpoint.name.clone()).or_default().after = after;
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Reads how the issues stand that were sent to a system. Answers how much of it was new.
    pub(super) async fn read_requests(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<usize, Unheard> {
        let mut taken = 0;
        for _ in 0..MOST_BATCHES {
            if self.host.shutdown().is_cancelled() {
                return Ok(taken);
            }
            let after = self.plain.place(endpoint);
            let batch = store::forwarding::open_there(self.host.reader(), endpoint, after, AT_ONCE);
            let batch = batch.await.map_err(Error::from)?;
            let requests = self.requests_of(endpoint, &batch).await?;
            taken += self.take_requests(endpoint, &batch, requests, now).await?;
            let is_last = u64::try_from(batch.len()).is_ok_and(|count| count < AT_ONCE);
            self.plain.go_on_after(endpoint, batch.last().map(|(issue_id, _)| *issue_id).filter(|_| !is_last));
            if is_last {
                break;
            }
        }
        self.has_read_until(endpoint, now).await?;
        Ok(taken)
    }

    /// A batch of reports. Where one that is not known there spoils the others, they are asked for in smaller parts, but not for ever: what is
    /// left then is asked for with the next turn of its batch.
    async fn requests_of(
        &self,
        endpoint: &Endpoint,
        batch: &[(IssueId, String)],
    ) -> Result<Vec<RemoteRequest>, Unheard> {
        let ids: Vec<String> = batch.iter().map(|(_, remote_id)| remote_id.clone()).collect();
        let mut parts = if ids.is_empty() { Vec::new() } else { vec![ids.as_slice()] };
        let mut all = Vec::new();
        for _ in 0..MOST_QUESTIONS {
            let Some(part) = parts.pop() else { break };
            match self.councils.requests(endpoint, part).await {
                Ok(requests) => all.extend(requests),
                Err(Unread::NotKnown(_)) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([first, second]);
                }
                Err(Unread::NotKnown(why)) => {
                    tracing::warn!(endpoint = endpoint.name, ids = ?part, why, "a report is not known there any more");
                }
                Err(why @ (Unread::NotAnswered(_) | Unread::TooMuch)) => return Err(Unheard::There(why.to_string())),
            }
        }
        Ok(all)
    }

    async fn take_requests(
        &self,
        endpoint: &Endpoint,
        batch: &[(IssueId, String)],
        requests: Vec<RemoteRequest>,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        // Not every system looks at what it is asked for.
        let asked: BTreeMap<&str, IssueId> = batch.iter().map(|(issue, id)| (id.as_str(), *issue)).collect();
        let mut known = BTreeSet::new();
        let mut news = Vec::new();
        for update in requests.into_iter().filter_map(|request| request.update(now)) {
            let Some(issue_id) = asked.get(update.remote_id.as_str()) else { continue };
            if known.insert(update.update_id.clone()) && !self.was_said_last(endpoint, *issue_id, &update).await? {
                news.push(update);
            }
        }
        self.take_updates(endpoint, news, now).await
    }

    /// Whether an update that moves nothing repeats what the system said last: a report may be touched there without a new word.
    async fn was_said_last(
        &self,
        endpoint: &Endpoint,
        issue_id: IssueId,
        update: &RemoteUpdate,
    ) -> Result<bool, Error> {
        if update.status() != Some(UpdateStatus::Open) {
            return Ok(false);
        }
        let key = Key {
            partnership_id: endpoint.partnership_id,
            issue_id,
            subject: self.speaking_for(endpoint).actor().id,
            external_update_id: update.update_id.clone(),
        };
        let last = store::update::last_entry(self.host.reader(), &key).await?;
        // Words that are held back stand at the end of what is confided.
        let held = format!("\n{}", update.description);
        Ok(last.is_some_and(|last| last.note == update.description || last.private_note.ends_with(&held)))
    }
}
