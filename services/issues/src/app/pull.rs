//! Hearing from councils' own systems what becomes of the issues that were sent there. What they tell is read again and again, over the
//! same time, because they may show it late; each update is taken once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt as _};
use pathfinder_kit::{Begun, Call, Caller, Failure, Grant, Principal, PrincipalKind, Reason, Role, retrying};
use pathfinder_terms::IssueId;

use super::App;
use super::councils::Unread;
use super::forward::AT_ONCE;
use super::updates::{Named, PushUpdate};
use crate::domain::backoff::next_attempt_time;
use crate::domain::forwarding::{Endpoint, RemoteUpdate};
use crate::domain::forwarding_update::ForwardingUpdateKind;
use crate::domain::remote_request::LastHeard;
use crate::error::Error;
use crate::store;
use crate::store::update::Key;

/// So much of what was read is read again.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far back any reading goes: systems answer for no longer time at once.
const LONGEST: TimeDelta = TimeDelta::days(89);
/// No shorter time is read at once.
const SHORTEST: TimeDelta = TimeDelta::seconds(2);
/// So many parts that hold too much are passed over each time.
const MOST_PASSED_OVER: u32 = 3;
/// The longest description that an update takes, in characters.
const LONGEST_DESCRIPTION: usize = 5_000;

/// Systems that told nothing when they were asked last, by their names: how often in a row, and until when they are left alone.
#[derive(Debug, Default)]
pub(super) struct Silent(Mutex<Rests>);

type Rests = BTreeMap<String, (u32, DateTime<Utc>)>;

impl Silent {
    fn is_left_alone(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> bool {
        self.all().get(&endpoint.name).is_some_and(|(_, until)| now < *until)
    }

    /// It is asked again after its usual time, and later each time.
    fn note(&self, endpoint: &Endpoint, now: DateTime<Utc>) {
        let mut silent = self.all();
        let (failures, until) = silent.entry(endpoint.name.clone()).or_insert((0, now));
        *failures = failures.saturating_add(1);
        *until = next_attempt_time(now, *failures).max(now + TimeDelta::seconds(endpoint.pull_seconds.into()));
    }

    fn all(&self) -> MutexGuard<'_, Rests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, endpoint: &Endpoint) {
        self.all().remove(&endpoint.name);
    }
}

/// Why it was not heard what a system tells.
pub(super) enum Unheard {
    /// It has no list of updates.
    Nowhere(String),
    /// For what is wrong there.
    There(String),
    /// For what is wrong here.
    Here(Error),
}

impl From<Error> for Unheard {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

impl App {
    /// Reads what systems tell of the issues that were sent there. Answers how many updates were new. A system that does not answer is
    /// asked again after its time.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn pull_updates(&self) -> Result<usize, Error> {
        let endpoints = self.councils.endpoints().await;
        let asked: Vec<Endpoint> = endpoints.iter().filter(|endpoint| endpoint.pull_seconds > 0).cloned().collect();
        let heard = stream::iter(asked).map(|endpoint| async move { self.pull_from(&endpoint).await });
        let heard: Vec<Result<usize, Error>> = heard.buffer_unordered(AT_ONCE).collect().await;
        heard.into_iter().try_fold(0, |taken, one| Ok(taken + one?))
    }

    async fn pull_from(&self, endpoint: &Endpoint) -> Result<usize, Error> {
        let now = self.host.clock().now();
        let conn = self.host.reader();
        let read_until = store::forwarding::read_until(conn, endpoint).await?;
        let read_list = read_until.filter(|_| !self.plain.is_plain(endpoint, now));
        let last = read_list.max(self.plain.read_time(endpoint));
        let is_due = |read: DateTime<Utc>| now - read >= TimeDelta::seconds(endpoint.pull_seconds.into());
        if self.silent.is_left_alone(endpoint, now) || !last.is_none_or(is_due) {
            return Ok(0);
        }
        let from = match read_until {
            Some(read_until) => Some(self.to_read_from(endpoint, read_until).await?),
            None => store::forwarding::first_queued(conn, endpoint).await?,
        };
        // Nothing is told of where nothing was sent.
        let Some(from) = from else { return Ok(0) };
        match self.read_anyhow(endpoint, from.max(now - LONGEST), now, read_until).await {
            Ok(taken) => {
                self.silent.forget(endpoint);
                return Ok(taken);
            }
            Err(Unheard::There(why) | Unheard::Nowhere(why)) => {
                tracing::warn!(endpoint = endpoint.name, why, "a council's system tells no updates");
            }
            // It is read again from where it was; the other systems are heard all the same.
            Err(Unheard::Here(error)) => {
                tracing::error!(endpoint = endpoint.name, %error, "updates cannot be taken now");
            }
        }
        self.silent.note(endpoint, now);
        Ok(0)
    }

    /// Reads the list of updates, or where there is none, the reports. Another Pathfinder has one, and says otherwise only by mistake.
    async fn read_anyhow(
        &self,
        endpoint: &Endpoint,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        read_until: Option<DateTime<Utc>>,
    ) -> Result<usize, Unheard> {
        if self.plain.is_plain(endpoint, now) {
            return Ok(self.read_requests(endpoint, now).await?.taken);
        }
        match self.read_on(endpoint, since, now, read_until).await {
            Err(Unheard::Nowhere(why)) if !endpoint.knows_repeats => {
                let read = self.read_requests(endpoint, now).await?;
                // A page that says the same of everything, while the system is being mended, is not believed.
                if read.shown > 0 {
                    tracing::info!(endpoint = endpoint.name, why, "a council's system has no list of updates");
                    self.plain.note(endpoint, now);
                }
                Ok(read.taken)
            }
            heard => heard,
        }
    }

    /// Reads a time in parts as short as they must be, and keeps after each how far it came. Answers how many updates were new.
    async fn read_on(
        &self,
        endpoint: &Endpoint,
        mut since: DateTime<Utc>,
        now: DateTime<Utc>,
        read_until: Option<DateTime<Utc>>,
    ) -> Result<usize, Unheard> {
        let (mut taken, mut until, mut passed_over) = (0, now, 0);
        while !self.host.shutdown().is_cancelled() {
            let span = until - since;
            match self.councils.updates(endpoint, since, until).await {
                Ok(updates) => taken += self.take_updates(endpoint, updates, now).await?,
                Err(Unread::TooMuch) if span > SHORTEST => {
                    until = since + span / 2;
                    continue;
                }
                // What they changed all at once is not heard of; all that comes after it is.
                Err(why @ Unread::TooMuch) if passed_over < MOST_PASSED_OVER => {
                    tracing::error!(endpoint = endpoint.name, %since, %until, %why, "updates are passed over");
                    passed_over += 1;
                }
                // So much at so many instants: it does not go by the times that it is asked for.
                Err(why @ Unread::TooMuch) => return Err(Unheard::There(why.to_string())),
                Err(Unread::NotKnown(why)) => return Err(Unheard::Nowhere(why)),
                Err(Unread::NotAnswered(why) | Unread::TooLong(why) | Unread::NotNow(why)) => {
                    return Err(Unheard::There(why));
                }
            }
            // What was read before is not read anew only because this came less far.
            if read_until.is_none_or(|read| read < until) {
                self.has_read_until(endpoint, until).await?;
            }
            if until >= now {
                break;
            }
            (since, until) = (until, (until + span * 2).min(now));
        }
        Ok(taken)
    }

    /// From when on to read again: where an id there became known only lately, what was told of it before is still unheard.
    async fn to_read_from(&self, endpoint: &Endpoint, read_until: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        let from = read_until - OVERLAP;
        let queued = store::forwarding::queued_of_those_known_since(self.host.reader(), endpoint, from).await?;
        Ok(queued.map_or(from, |queued| queued.min(from)))
    }

    async fn take_updates(
        &self,
        endpoint: &Endpoint,
        mut updates: Vec<RemoteUpdate>,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        // What it was told by us is no news here.
        updates.retain(|update| !ForwardingUpdateKind::is_one_said(&update.description));
        updates.sort_by(|one, other| (one.time, &one.update_id).cmp(&(other.time, &other.update_id)));
        let ids: BTreeSet<String> = updates.iter().map(|update| update.remote_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let issues = store::forwarding::issues_there(self.host.reader(), endpoint, &ids).await?;
        let call = self.speaking_for(endpoint);
        let mut taken = 0;
        for update in updates {
            for (_, issue_id) in issues.iter().filter(|(remote_id, _)| *remote_id == update.remote_id) {
                let key = Key {
                    partnership_id: endpoint.partnership_id,
                    issue_id: *issue_id,
                    subject: call.actor().id,
                    external_update_id: update.update_id.clone(),
                };
                if store::update::find(self.host.reader(), &key).await?.is_none() {
                    taken += usize::from(self.take_update(&call, endpoint, *issue_id, &update, None, now).await?);
                }
            }
        }
        Ok(taken)
    }

    /// Answers whether it was taken; one that cannot be is logged, and does not hold up the others. With it is kept what was `heard` of the
    /// report, where it was read off that.
    pub(super) async fn take_update(
        &self,
        call: &Call,
        endpoint: &Endpoint,
        issue_id: IssueId,
        update: &RemoteUpdate,
        heard: Option<&LastHeard>,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let Some(status) = update.status() else {
            tracing::warn!(%issue_id, status = update.status, "a council's system tells a status that nobody knows");
            return Ok(false);
        };
        let push = PushUpdate {
            partnership_id: endpoint.partnership_id,
            issue: Named::Here(issue_id),
            external_update_id: update.update_id.clone(),
            status,
            happened_time: update.time.min(now),
            description: update.description.chars().take(LONGEST_DESCRIPTION).collect(),
            media_urls: Vec::new(),
            endpoint: Some(endpoint.name.clone()),
            heard: heard.cloned(),
        };
        match retrying(|| self.push_issue_update(call, &push)).await {
            Ok(_) => Ok(true),
            Err(failure)
                if !matches!(failure.reason(), Reason::NotFound | Reason::InvalidRequest | Reason::RoleMissing) =>
            {
                Err(failure.into())
            }
            Err(failure) => {
                tracing::warn!(%issue_id, %failure, "what a council's system tells cannot be taken");
                Ok(false)
            }
        }
    }

    /// A call in the name of the system, which speaks for its provider alone.
    pub(super) fn speaking_for(&self, endpoint: &Endpoint) -> Call {
        let grant = Grant::for_provider(Role::ProviderOfficer, endpoint.partnership_id, endpoint.provider_id);
        let mut call = Call::background(&self.host, "IssueUpdateService/PushIssueUpdate");
        call.caller = Caller::Known(Principal {
            subject: format!("open311/{}", endpoint.name),
            name: endpoint.name.clone(),
            kind: PrincipalKind::System,
            grants: vec![grant],
            credential: None,
        });
        call
    }

    async fn has_read_until(&self, endpoint: &Endpoint, until: DateTime<Utc>) -> Result<(), Error> {
        let call = Call::background(&self.host, "forwarding");
        let write = async || -> Result<(), Failure> {
            let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(()) };
            store::forwarding::keep_read_until(unit.tx(), endpoint, until).await?;
            unit.commit(()).await
        };
        Ok(retrying(write).await?)
    }
}
