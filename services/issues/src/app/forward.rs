//! Sending issues on to councils' own systems: each once, however often an answer is lost (see `domain/forwarding.rs`).

use futures::stream::{self, StreamExt as _};
use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, filter, retrying};
use pathfinder_terms::{ForwardingId, PartnershipId};
use uuid::Uuid;

use super::App;
use crate::domain::Issue;
use crate::domain::forwarding::{self, Endpoint, Forwarding, Next, SendState};
use crate::error::Error;
use crate::store;

/// How many are taken up in one round, for each system.
const PER_ROUND: u64 = 20;
/// How many are on their way at once, so that one system that does not answer holds up no other for long.
const AT_ONCE: usize = 4;

const FIELDS: &[Field] = &[
    Field::new("issue_id", "issue_id", Kind::Id),
    Field::new("endpoint", "endpoint", Kind::Text),
    Field::new("state", "state", Kind::Word(SendState::WORDS)),
    Field::new("remote_id", "remote_id", Kind::Text),
];

impl App {
    /// Queues what was routed to a council with a system of its own, and sends what has its turn. Answers how many were settled.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn forward_issues(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "forwarding");
        let endpoints = self.councils.endpoints().await;
        for endpoint in endpoints.iter() {
            for issue in store::forwarding::to_queue(self.host.reader(), endpoint, PER_ROUND).await? {
                retrying(|| self.queue(&call, endpoint, &issue)).await?;
            }
        }
        let mut due = Vec::new();
        for endpoint in endpoints.iter() {
            let some = store::forwarding::due(self.host.reader(), endpoint, call.now, PER_ROUND).await?;
            due.extend(some.into_iter().map(|forwarding| (endpoint.clone(), forwarding)));
        }
        let call = &call;
        let sent = stream::iter(due)
            .map(|(endpoint, forwarding)| async move { self.go_on(call, &endpoint, forwarding).await });
        let sent: Vec<Result<bool, Error>> = sent.buffer_unordered(AT_ONCE).collect().await;
        sent.into_iter().try_fold(0, |settled, one| Ok(settled + usize::from(one?)))
    }

    async fn queue(&self, call: &Call, endpoint: &Endpoint, issue: &Issue) -> Result<(), Failure> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
        let form = self.councils.form_of(endpoint, issue);
        let mut forwarding = Forwarding::new(self.host.next_id(call.now).into(), issue, endpoint, form, call.now);
        if forwarding::is_marked(&issue.description) {
            // Two systems that name each other would send it to and fro for ever.
            forwarding.call_off("It came from a system that sends issues on.", call.now);
        }
        store::forwarding::insert(unit.tx(), &forwarding).await?;
        unit.record_quietly("forwarding.queued", Some(issue.partnership_id), issue.id.0, &forwarding.endpoint)?;
        unit.commit(()).await
    }

    /// Answers whether it is settled now.
    async fn go_on(&self, call: &Call, endpoint: &Endpoint, forwarding: Forwarding) -> Result<bool, Error> {
        if self.host.shutdown().is_cancelled() {
            return Ok(false);
        }
        let councils = &self.councils;
        match forwarding.next(endpoint.knows_repeats, self.host.clock().now()) {
            Next::Rest => Ok(false),
            Next::Send if forwarding.state == SendState::Queued && self.has_left(endpoint, &forwarding).await? => {
                let why = "It ended, or went to somebody else, before it was sent.";
                self.settle(call, &forwarding, |one, now| one.call_off(why, now)).await
            }
            Next::Send => {
                let Some(form) = self.form_to_send(endpoint, &forwarding).await? else {
                    return self.settle(call, &forwarding, |one, now| one.call_off("Its issue is gone.", now)).await;
                };
                let now = self.host.clock().now();
                // Kept before the first byte goes out: whoever finds it so knows that it may have been taken.
                let begin = |one: &mut Forwarding| {
                    one.form.clone_from(&form);
                    one.begin(now);
                };
                let Some(begun) = self.note(call, &forwarding, begin).await? else { return Ok(false) };
                let heard = councils.send(endpoint, &begun).await;
                self.settle(call, &begun, |one, now| one.hear(heard.clone(), now)).await
            }
            Next::AskForId => {
                let heard = councils.ask_for_id(endpoint, &forwarding).await;
                self.settle(call, &forwarding, |one, now| one.hear(heard.clone(), now)).await
            }
            Next::Find => {
                let found = councils.find(endpoint, &forwarding).await;
                self.settle(call, &forwarding, |one, now| one.find(found.clone(), now)).await
            }
        }
    }

    /// Whether the issue ended, was held back or went to somebody else meanwhile.
    async fn has_left(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<bool, Error> {
        let found = store::issue::find(self.host.reader(), forwarding.partnership_id, forwarding.issue_id).await?;
        let is_there_still =
            |issue: Issue| issue.state.is_open() && !issue.held_back && issue.provider_id == Some(endpoint.provider_id);
        Ok(!found.is_some_and(is_there_still))
    }

    /// What is to be sent: what was made of it, or what is made of it now where that was taken out with somebody's words.
    async fn form_to_send(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<Option<String>, Error> {
        if !forwarding.form.is_empty() {
            return Ok(Some(forwarding.form.clone()));
        }
        let found = store::issue::find(self.host.reader(), forwarding.partnership_id, forwarding.issue_id).await?;
        Ok(found.map(|issue| self.councils.form_of(endpoint, &issue)))
    }

    async fn settle(
        &self,
        call: &Call,
        forwarding: &Forwarding,
        change: impl Fn(&mut Forwarding, chrono::DateTime<chrono::Utc>) + Sync,
    ) -> Result<bool, Error> {
        let now = self.host.clock().now();
        let changed = self.note(call, forwarding, |one| change(one, now)).await?;
        Ok(changed.is_some_and(|one| one.next_attempt_time.is_none()))
    }

    /// Changes a forwarding, unless somebody else has meanwhile.
    async fn note(
        &self,
        call: &Call,
        forwarding: &Forwarding,
        change: impl Fn(&mut Forwarding) + Sync,
    ) -> Result<Option<Forwarding>, Error> {
        let write = async || -> Result<Option<Forwarding>, Error> {
            let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(None) };
            let (partnership_id, id) = (forwarding.partnership_id, forwarding.id);
            let present = store::forwarding::find_for_update(unit.tx(), partnership_id, id).await?;
            let Some(mut present) = present.filter(|present| present == forwarding) else { return Ok(None) };
            change(&mut present);
            store::forwarding::update(unit.tx(), &present).await?;
            let state = (&present.endpoint, present.state, &present.remote_id);
            unit.record_quietly("forwarding.changed", Some(partnership_id), present.issue_id.0, &state)?;
            unit.commit(()).await?;
            Ok(Some(present))
        };
        Ok(retrying(write).await?)
    }

    /// A page of a partnership's forwardings, newest first.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_forwardings(
        &self,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
        filter: &str,
    ) -> Result<(Vec<Forwarding>, String), Error> {
        let condition = filter::condition(filter, store::forwarding::TABLE, FIELDS)?;
        let query = ("ListForwardings", partnership_id, filter);
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        self.partnership(partnership_id).await?;
        let (conn, limit) = (self.host.reader(), page.size + 1);
        let rows = store::forwarding::list(conn, partnership_id, condition, page.after, limit).await?;
        Ok(page.close(rows, |forwarding| forwarding.id.0)?)
    }

    /// Has a forwarding sent again that was refused, or that a person had to look at.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn retry_forwarding(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: ForwardingId,
    ) -> Result<Forwarding, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(forwarding) => return Ok(forwarding),
            Begun::Fresh(unit) => unit,
        };
        let found = store::forwarding::find_for_update(unit.tx(), partnership_id, id).await?;
        let mut forwarding = found.ok_or_else(|| Failure::not_found("forwarding", id))?;
        forwarding.check_retry()?;
        if forwarding.state == SendState::Refused {
            let endpoints = self.councils.endpoints().await;
            let endpoint = endpoints
                .iter()
                .find(|endpoint| (&endpoint.name, endpoint.partnership_id) == (&forwarding.endpoint, partnership_id));
            let issue = store::issue::find(unit.tx(), partnership_id, forwarding.issue_id).await?;
            if let (Some(endpoint), Some(issue)) = (endpoint, issue) {
                // It was not taken, so it goes out as it is now, and as it is named there now.
                forwarding.form = self.councils.form_of(endpoint, &issue);
            }
        }
        forwarding.retry(call.now);
        store::forwarding::update(unit.tx(), &forwarding).await?;
        unit.record_quietly("forwarding.retried", Some(partnership_id), forwarding.issue_id.0, &forwarding.endpoint)?;
        Ok(unit.commit(forwarding).await?)
    }
}
