//! Many issues of one category in one place: found after each report, told once, listed.
//!
//! A report only leaves a mark that it is to be looked around it. A timer does so once the report is committed, so that of several at once
//! the last sees all; what it finds it writes behind the partnership's lock, so that two timers find no cluster twice.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Unit, retrying};
use pathfinder_terms::{ClusterId, IssueId, PartnershipId};
use uuid::Uuid;

use super::App;
use super::author::Author;
use crate::domain::cluster::{self, MOST_ISSUES};
use crate::domain::geography::Point;
use crate::domain::{Cluster, Event, Issue};
use crate::error::Error;
use crate::store;
use crate::store::issue::Waiting;
use crate::store::nearby::{Nearby, Which};

/// Around how many issues it is looked at once.
const PER_ROUND: u64 = 100;

/// What lies around an issue.
struct Surroundings {
    /// Issues like it, itself among them.
    issues: Vec<Issue>,
    /// The cluster that they belong to.
    cluster: Option<Cluster>,
}

impl App {
    /// Looks around the issues that were reported since, and tells of the clusters that they make. Answers how many were found or grew. An
    /// issue that fails is logged and passed over.
    ///
    /// # Errors
    ///
    /// When the issues cannot be listed.
    pub(crate) async fn find_clusters(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "finder of clusters");
        let mut found = 0;
        let mut after = None;
        while !self.host.shutdown().is_cancelled() {
            let all = store::issue::to_look_around(self.host.reader(), call.now, after, PER_ROUND).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.issue_id);
            let mut quiet = Vec::new();
            for waiting in all {
                let outcome = match self.is_quiet_around(&call, waiting).await {
                    Ok(true) => {
                        quiet.push(waiting.issue_id);
                        continue;
                    }
                    Ok(false) => retrying(|| self.tell_of_cluster(&call, waiting)).await.map_err(Error::from),
                    Err(error) => Err(error),
                };
                match outcome {
                    Ok(told) => found += usize::from(told),
                    Err(error) => self.pass_over(&call, waiting, &error).await?,
                }
            }
            self.keep_quiet(&call, &quiet).await?;
        }
        Ok(found)
    }

    /// A page of the clusters of a partnership, found last first.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_clusters(
        &self,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Cluster>, String), Error> {
        let page = Page::<Uuid>::open(page_size, page_token, &("ListClusters", partnership_id))?;
        self.partnership(partnership_id).await?;
        let rows = store::cluster::list(self.host.reader(), partnership_id, page.after, page.size + 1).await?;
        Ok(page.close(rows, |cluster| cluster.id.0)?)
    }

    /// Whether there is nothing to tell around an issue: most have too few like them.
    async fn is_quiet_around(&self, call: &Call, waiting: Waiting) -> Result<bool, Error> {
        let conn = self.host.reader();
        let Some((issue, point)) = placed(conn, waiting).await? else { return Ok(true) };
        let Surroundings { issues, cluster } = self.surroundings(conn, call, &issue, point).await?;
        let enough = u32::try_from(issues.len()).is_ok_and(|count| count >= self.settings.cluster.count);
        Ok(cluster.is_none() && !enough)
    }

    async fn surroundings(
        &self,
        conn: &impl store::Connection,
        call: &Call,
        issue: &Issue,
        point: Point,
    ) -> Result<Surroundings, Error> {
        let rule = self.settings.cluster;
        let since = rule.since(call.now);
        let (partnership_id, category_code) = (issue.partnership_id, issue.category_code.as_str());
        let nearby = Nearby { partnership_id, category_code, circle: rule.around(point), since, which: Which::Genuine };
        let most = u64::try_from(MOST_ISSUES).unwrap_or(u64::MAX);
        let issues = store::nearby::list(conn, &nearby, most).await?;
        let lasting = store::cluster::lasting(conn, partnership_id, category_code, since).await?;
        let cluster = lasting.into_iter().find(|cluster| cluster.is_theirs(&issues, point, rule));
        Ok(Surroundings { issues, cluster })
    }

    /// Writes the cluster around an issue: a new one, which the others are told of, or one that grows. Answers whether there was one to write.
    async fn tell_of_cluster(&self, call: &Call, waiting: Waiting) -> Result<bool, Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        store::known::lock_partnership(unit.tx(), waiting.partnership_id).await?;
        let mut told = false;
        if let Some((issue, point)) = placed(unit.tx(), waiting).await? {
            let around = self.surroundings(unit.tx(), call, &issue, point).await?;
            told = self.write_cluster(&mut unit, around).await?;
        }
        store::issue::looked_around(unit.tx(), &[waiting.issue_id]).await?;
        unit.commit(()).await?;
        Ok(told)
    }

    async fn write_cluster(&self, unit: &mut Unit, around: Surroundings) -> Result<bool, Error> {
        let Surroundings { issues, cluster } = around;
        let now = unit.call().now;
        if let Some(mut cluster) = cluster {
            if !cluster.grow(&issues) {
                return Ok(false);
            }
            store::cluster::update(unit.tx(), &cluster).await?;
            unit.record_quietly("cluster.grown", Some(cluster.partnership_id), cluster.id.0, &cluster)?;
            return Ok(true);
        }
        let id = ClusterId(self.host.next_id(now));
        let Some(cluster) = Cluster::found(id, &issues, self.settings.cluster, now) else { return Ok(false) };
        store::cluster::insert(unit.tx(), &cluster).await?;
        let event = Event::ClusterFound(Box::new(cluster.clone()));
        unit.record_as(&event, &cluster, Author::rule().actor())?;
        Ok(true)
    }

    async fn keep_quiet(&self, call: &Call, ids: &[IssueId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::issue::looked_around(unit.tx(), ids).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }
}

/// The issue with its place, if it counts towards clusters (still).
async fn placed(conn: &impl store::Connection, waiting: Waiting) -> Result<Option<(Issue, Point)>, Error> {
    let found = store::issue::find(conn, waiting.partnership_id, waiting.issue_id).await?;
    Ok(found.and_then(|issue| cluster::place_of(&issue).map(|point| (issue, point))))
}
