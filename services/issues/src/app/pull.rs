//! Hearing from councils' own systems what becomes of the issues that were sent there. What they tell is read again and again, over the
//! same time, because they may show it late; each update is taken once.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::{Begun, Call, Caller, Failure, Grant, Principal, PrincipalKind, Reason, Role, retrying};
use pathfinder_terms::IssueId;

use super::App;
use super::updates::{Named, PushUpdate};
use crate::domain::forwarding::{Endpoint, RemoteUpdate};
use crate::error::Error;
use crate::store;
use crate::store::update::Key;

/// So much of what was read is read again.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far back the first reading goes, and any: systems answer for no longer time at once.
const LONGEST: TimeDelta = TimeDelta::days(89);
/// The longest description that an update takes, in characters.
const LONGEST_DESCRIPTION: usize = 5_000;

impl App {
    /// Reads what systems tell of the issues that were sent there. Answers how many updates were new. A system that does not answer is
    /// asked again in the next round.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn pull_updates(&self) -> Result<usize, Error> {
        let mut taken = 0;
        for endpoint in self.councils.endpoints().await.iter().filter(|endpoint| endpoint.pull_seconds > 0) {
            let now = self.host.clock().now();
            let read_until = store::forwarding::read_until(self.host.reader(), endpoint).await?;
            let is_due = |read: DateTime<Utc>| now - read >= TimeDelta::seconds(endpoint.pull_seconds.into());
            if !read_until.is_none_or(is_due) {
                continue;
            }
            let since =
                self.to_read_from(endpoint, read_until).await?.map_or(now - LONGEST, |from| from.max(now - LONGEST));
            match self.councils.updates(endpoint, since, now).await {
                Ok(updates) => match self.take_updates(endpoint, updates, now).await {
                    Ok(count) => {
                        taken += count;
                        self.has_read_until(endpoint, now).await?;
                    }
                    // It is read again from where it was; the other systems are heard all the same.
                    Err(error) => tracing::error!(endpoint = endpoint.name, %error, "updates cannot be taken now"),
                },
                Err(why) => tracing::warn!(endpoint = endpoint.name, why, "a council's system tells no updates"),
            }
        }
        Ok(taken)
    }

    /// From when on to read again: where an id there became known only lately, what was told of it before is still unheard.
    async fn to_read_from(
        &self,
        endpoint: &Endpoint,
        read_until: Option<DateTime<Utc>>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(read_until) = read_until else { return Ok(None) };
        let from = read_until - OVERLAP;
        let queued = store::forwarding::queued_of_those_known_since(self.host.reader(), endpoint, from).await?;
        Ok(Some(queued.map_or(from, |queued| queued.min(from))))
    }

    async fn take_updates(
        &self,
        endpoint: &Endpoint,
        mut updates: Vec<RemoteUpdate>,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
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
                    taken += usize::from(self.take_update(&call, endpoint, *issue_id, &update, now).await?);
                }
            }
        }
        Ok(taken)
    }

    /// Answers whether it was taken; one that cannot be is logged, and does not hold up the others.
    async fn take_update(
        &self,
        call: &Call,
        endpoint: &Endpoint,
        issue_id: IssueId,
        update: &RemoteUpdate,
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
    fn speaking_for(&self, endpoint: &Endpoint) -> Call {
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
