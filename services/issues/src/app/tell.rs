//! Tells councils' own systems what happens here to issues that they have taken (see `domain/forwarding_update.rs`). It is kept with the move, in
//! its transaction; what is told of an issue is sent in its order, each under its own id until it was taken or refused.

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use pathfinder_kit::{Begun, Call, Caller, PrincipalKind, Unit, retrying};

use super::App;
use super::forward::{AT_ONCE, PER_ROUND};
use super::write::Writing;
use crate::domain::Issue;
use crate::domain::forwarding::{Endpoint, Forwarding};
use crate::domain::forwarding_update::{ForwardingUpdate, ForwardingUpdateKind, has_moved, update_of};
use crate::error::Error;
use crate::store;

impl Writing<'_> {
    /// Keeps what a move tells the councils that have taken the issue. What a council's own machine does is not told to it.
    pub(super) async fn keep_updates(&self, unit: &mut Unit, before: &Issue, issue: &Issue) -> Result<(), Error> {
        if !has_moved(before, issue) {
            return Ok(());
        }
        let endpoints = self.councils.kept_endpoints();
        for endpoint in endpoints.iter() {
            let is_told = endpoint.takes_updates && endpoint.partnership_id == issue.partnership_id;
            if !is_told || is_machine_of(&self.call.caller, endpoint) {
                continue;
            }
            if let Some(kind) = update_of(before, issue, endpoint.provider_id) {
                self.keep_update(unit, issue, endpoint, kind).await?;
            }
        }
        Ok(())
    }

    async fn keep_update(
        &self,
        unit: &mut Unit,
        issue: &Issue,
        endpoint: &Endpoint,
        kind: ForwardingUpdateKind,
    ) -> Result<(), Error> {
        let (partnership_id, name, now) = (issue.partnership_id, endpoint.name.as_str(), self.call.now);
        let found = store::forwarding::find_of_for_update(unit.tx(), partnership_id, issue.id, name).await?;
        let Some(forwarding) = found.filter(Forwarding::may_be_taken) else { return Ok(()) };
        let last = store::forwarding_update::find_last_for_update(unit.tx(), partnership_id, issue.id, name).await?;
        let id = self.host.next_id(now).into();
        let Some(update) = ForwardingUpdate::after(last.as_ref(), id, kind, &forwarding, now) else { return Ok(()) };
        store::forwarding_update::insert(unit.tx(), &update).await?;
        Ok(unit.record_quietly("forwarding_update.queued", Some(partnership_id), issue.id.0, &(name, kind))?)
    }
}

/// Whether a machine calls that speaks for the council.
fn is_machine_of(caller: &Caller, endpoint: &Endpoint) -> bool {
    let is_machine = matches!(caller, Caller::Known(principal) if principal.kind == PrincipalKind::System);
    is_machine && caller.answers_for(endpoint.partnership_id, endpoint.provider_id)
}

impl App {
    /// Tells councils what has its turn. Answers how much was settled.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn tell_councils(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "forwarding");
        let endpoints = self.councils.endpoints().await;
        let mut due = Vec::new();
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.takes_updates) {
            let some = store::forwarding_update::due(self.host.reader(), endpoint, call.now, PER_ROUND).await?;
            due.extend(some.into_iter().map(|update| (endpoint.clone(), update)));
        }
        let call = &call;
        let told = stream::iter(due)
            .map(|(endpoint, update)| async move { self.tell_council(call, &endpoint, &update).await });
        let told: Vec<Result<bool, Error>> = told.buffer_unordered(AT_ONCE).collect().await;
        told.into_iter().try_fold(0, |settled, one| Ok(settled + usize::from(one?)))
    }

    /// Answers whether it is settled now. That it goes out is kept before it does, so that nobody else sends it, or what comes after it,
    /// meanwhile.
    async fn tell_council(&self, call: &Call, endpoint: &Endpoint, update: &ForwardingUpdate) -> Result<bool, Error> {
        if self.host.shutdown().is_cancelled() {
            return Ok(false);
        }
        let (conn, issue_id) = (self.host.reader(), update.issue_id);
        let found = store::forwarding::find_of(conn, update.partnership_id, issue_id, &endpoint.name).await?;
        let Some(Forwarding { remote_id, .. }) = found else { return Ok(false) };
        let issue = store::issue::find(conn, update.partnership_id, issue_id).await?;
        if !issue.is_some_and(|issue| update.is_still_so(&issue, endpoint.provider_id)) {
            let why = "The issue is not open with this council any more.";
            return Ok(self.note_update(call, update, |one, now| one.call_off(why, now)).await?.is_some());
        }
        let Some(begun) = self.note_update(call, update, ForwardingUpdate::begin).await? else { return Ok(false) };
        let heard = self.councils.tell(endpoint, &begun, &remote_id).await;
        let heard = self.note_update(call, &begun, |one, now| one.hear(heard.clone(), now)).await?;
        if let Some(refused) = heard.as_ref().filter(|one| one.is_refused()) {
            let (kind, note) = (refused.kind.word(), &refused.note);
            tracing::warn!(%issue_id, endpoint = endpoint.name, kind, note, "a council did not take what it was told");
        }
        Ok(heard.is_some_and(|one| one.next_attempt_time.is_none()))
    }

    /// Changes an update, unless somebody else has meanwhile.
    async fn note_update(
        &self,
        call: &Call,
        update: &ForwardingUpdate,
        change: impl Fn(&mut ForwardingUpdate, DateTime<Utc>) + Sync,
    ) -> Result<Option<ForwardingUpdate>, Error> {
        let now = self.host.clock().now();
        let write = async || -> Result<Option<ForwardingUpdate>, Error> {
            let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(None) };
            let present =
                store::forwarding_update::find_for_update(unit.tx(), update.partnership_id, update.id).await?;
            let Some(mut present) = present.filter(|present| present == update) else { return Ok(None) };
            change(&mut present, now);
            store::forwarding_update::update(unit.tx(), &present).await?;
            let state = (&present.endpoint, present.kind, present.state);
            unit.record_quietly("forwarding_update.changed", Some(present.partnership_id), present.issue_id.0, &state)?;
            unit.commit(()).await?;
            Ok(Some(present))
        };
        Ok(retrying(write).await?)
    }
}
