//! Sending issues on to councils' own systems: each once, however often an answer is lost (see `domain/forwarding.rs`).

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit, filter, retrying};
use pathfinder_terms::{ForwardingId, IssueId, PartnershipId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use crate::domain::Issue;
use crate::domain::forwarding::{self, Endpoint, Forwarding, Next, SendState};
use crate::domain::forwarding_update::ForwardingUpdate;
use crate::error::Error;
use crate::store;

/// How many are taken up in one round, for each system.
pub(super) const PER_ROUND: u64 = 20;
/// How many are on their way at once, so that one system that does not answer holds up no other for long.
pub(super) const AT_ONCE: usize = 4;

/// Why one that may be there is not sent again.
const GONE: &str = "Its issue was hidden, ended, or went to somebody else, before it was sent again.";

const FIELDS: &[Field] = &[
    Field::new("issue_id", "issue_id", Kind::Id),
    Field::new("endpoint", "endpoint", Kind::Text),
    Field::new("state", "state", Kind::Word(SendState::WORDS)),
    Field::new("remote_id", "remote_id", Kind::Text),
];

/// An issue on its way to a council, with what that council is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForwardingView {
    /// The issue on its way.
    #[serde(flatten)]
    pub forwarding: Forwarding,
    /// What the council is told since it has taken the issue, in its order. Answers that were kept before there was any hold none.
    #[serde(default)]
    pub updates: Vec<ForwardingUpdate>,
}

/// What came of beginning to send one.
enum Start {
    /// It goes out now.
    Goes(Box<Forwarding>),
    /// It waits, or somebody else sees to it.
    Stays,
    /// It does not go out.
    IsOver,
}

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
        let mut forwarding = Forwarding::new(self.host.next_id(call.now).into(), issue, endpoint, call.now);
        if forwarding::marked_issue(&issue.description).is_some() {
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
            Next::Send => self.send_on(call, endpoint, &forwarding).await,
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

    /// Answers whether it is settled now.
    async fn send_on(&self, call: &Call, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<bool, Error> {
        if let Some(why) = self.unheard_attributes(endpoint, forwarding).await? {
            return self.settle(call, forwarding, |one, now| one.wait_for_attributes(&why, now)).await;
        }
        match retrying(|| self.begin_to_send(call, endpoint, forwarding)).await? {
            Start::Goes(begun) => {
                let heard = self.councils.send(endpoint, &begun).await;
                self.settle(call, &begun, |one, now| one.hear(heard.clone(), now)).await
            }
            Start::Stays => Ok(false),
            Start::IsOver => Ok(true),
        }
    }

    /// Hears what the council asks of those who report such an issue, as nobody waits for a council in a transaction. Why it was not heard,
    /// where that is worth waiting for.
    async fn unheard_attributes(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<Option<String>, Error> {
        if !forwarding.is_to_be_made() {
            return Ok(None);
        }
        let found = store::issue::find(self.host.reader(), forwarding.partnership_id, forwarding.issue_id).await?;
        let is_answered = |issue: &Issue| issue.answers.iter().any(|answer| !answer.confidential);
        let Some(issue) = found.filter(is_answered) else { return Ok(None) };
        let now = self.host.clock().now();
        let learnt = self.councils.learn_attributes(endpoint, &issue.category_code, now).await;
        Ok(learnt.err().filter(|_| forwarding.may_wait_for_attributes()))
    }

    /// Makes what is sent of the issue as it is now, and keeps it before the first byte goes out: whoever finds it so knows that it may have
    /// been taken. The issue is locked first, as edits and erasures lock it, so that none of them falls in between.
    async fn begin_to_send(&self, call: &Call, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<Start, Error> {
        let now = self.host.clock().now();
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(Start::Stays) };
        let (partnership_id, issue_id) = (forwarding.partnership_id, forwarding.issue_id);
        let issue = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        let present = store::forwarding::find_for_update(unit.tx(), partnership_id, forwarding.id).await?;
        let Some(mut present) = present.filter(|present| present == forwarding) else { return Ok(Start::Stays) };
        if !present.may_be_taken() {
            // What happened before it was taken is in what is sent now.
            store::forwarding_update::remove_of(unit.tx(), partnership_id, issue_id, &present.endpoint).await?;
        }
        // What was hidden meanwhile is not told again; what ended is, as long as it may be there.
        let goes_on = |issue: &Issue| present.state != SendState::Queued || is_still_there(endpoint, issue);
        let here = issue.filter(|issue| !issue.held_back && goes_on(issue));
        let start = match here {
            None if !present.may_be_there() => {
                remove(&mut unit, &present).await?;
                unit.commit(()).await?;
                return Ok(Start::IsOver);
            }
            None => {
                present.call_off(GONE, now);
                Start::IsOver
            }
            Some(_) if self.is_worth_waiting(&unit, &present, now).await? => {
                present.wait_for_pictures(now);
                Start::Stays
            }
            Some(issue) => {
                if present.is_to_be_made() {
                    present.form = self.councils.form_of(endpoint, &issue);
                }
                present.begin(now);
                Start::Goes(Box::new(present.clone()))
            }
        };
        keep(&mut unit, &present).await?;
        unit.commit(()).await?;
        Ok(start)
    }

    /// Whether pictures of the issue are to come yet.
    async fn is_worth_waiting(&self, unit: &Unit, forwarding: &Forwarding, now: DateTime<Utc>) -> Result<bool, Error> {
        let (partnership_id, issue_id) = (forwarding.partnership_id, forwarding.issue_id);
        Ok(forwarding.may_wait_for_pictures(now)
            && store::picture_link::is_any_of(unit.tx(), partnership_id, issue_id).await?)
    }

    async fn settle(
        &self,
        call: &Call,
        forwarding: &Forwarding,
        change: impl Fn(&mut Forwarding, DateTime<Utc>) + Sync,
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
            let Some(mut present) = present.filter(|present| present.is_same_try(forwarding)) else { return Ok(None) };
            change(&mut present);
            keep(&mut unit, &present).await?;
            unit.commit(()).await?;
            Ok(Some(present))
        };
        Ok(retrying(write).await?)
    }

    /// Whether a system of its provider has an issue, and knows how it stands: then what they do is heard from there. One that is not told of what
    /// happens here does not know that an issue was opened again.
    pub(super) async fn is_with_its_council(&self, unit: &Unit, issue: &Issue) -> Result<bool, Error> {
        let endpoints = self.councils.kept_endpoints();
        let knows = |one: &&Endpoint| {
            one.partnership_id == issue.partnership_id
                && Some(one.provider_id) == issue.provider_id
                && (one.takes_updates || issue.reopened_count == 0)
        };
        for endpoint in endpoints.iter().filter(knows) {
            let sent = store::forwarding::find_of(unit.tx(), issue.partnership_id, issue.id, &endpoint.name).await?;
            if sent.is_some_and(|sent| sent.was_taken()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A page of a partnership's forwardings, newest first, with what councils are told.
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
    ) -> Result<(Vec<ForwardingView>, String), Error> {
        let condition = filter::condition(filter, store::forwarding::TABLE, FIELDS)?;
        let query = ("ListForwardings", partnership_id, filter);
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        self.partnership(partnership_id).await?;
        let (conn, limit) = (self.host.reader(), page.size + 1);
        let rows = store::forwarding::list(conn, partnership_id, condition, page.after, limit).await?;
        let (forwardings, next_page_token) = page.close(rows, |forwarding| forwarding.id.0)?;
        Ok((with_updates(conn, partnership_id, forwardings).await?, next_page_token))
    }

    /// Has a forwarding sent again that was refused, or that a person had to look at; what its council was told last, too, if
    /// that was refused; of one that was taken, only that.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn retry_forwarding(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: ForwardingId,
    ) -> Result<ForwardingView, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let found = store::forwarding::find_for_update(unit.tx(), partnership_id, id).await?;
        let mut forwarding = found.ok_or_else(|| Failure::not_found("forwarding", id))?;
        let (issue_id, endpoint) = (forwarding.issue_id, forwarding.endpoint.clone());
        let last =
            store::forwarding_update::find_last_for_update(unit.tx(), partnership_id, issue_id, &endpoint).await?;
        let refused = last.filter(ForwardingUpdate::is_refused);
        if refused.is_none() || forwarding.state != SendState::Sent {
            forwarding.check_retry()?;
            forwarding.retry(call.now);
            store::forwarding::update(unit.tx(), &forwarding).await?;
            unit.record_quietly("forwarding.retried", Some(partnership_id), issue_id.0, &endpoint)?;
        }
        if let Some(mut refused) = refused {
            refused.retry(call.now);
            store::forwarding_update::update(unit.tx(), &refused).await?;
            unit.record_quietly(
                "forwarding_update.retried",
                Some(partnership_id),
                issue_id.0,
                &(endpoint, refused.kind),
            )?;
        }
        let mut views = with_updates(unit.tx(), partnership_id, vec![forwarding]).await?;
        let view = views.pop().ok_or_else(|| Failure::internal("a forwarding has no view"))?;
        Ok(unit.commit(view).await?)
    }
}

/// Keeps how far one has come.
async fn keep(unit: &mut Unit, forwarding: &Forwarding) -> Result<(), Error> {
    write(unit, forwarding).await?;
    let state = (&forwarding.endpoint, forwarding.state, &forwarding.remote_id);
    Ok(unit.record_quietly("forwarding.changed", Some(forwarding.partnership_id), forwarding.issue_id.0, &state)?)
}

/// Writes one over its former self. Where it has come to its end untaken, what was to be told of it has, too.
async fn write(unit: &Unit, forwarding: &Forwarding) -> Result<(), Error> {
    store::forwarding::update(unit.tx(), forwarding).await?;
    if forwarding.is_untaken_at_its_end() {
        store::forwarding_update::call_off_of(unit.tx(), forwarding, forwarding.update_time).await?;
    } else if forwarding.state == SendState::Sent {
        // It was taken after all: whoever was in doubt of it called these off.
        store::forwarding_update::take_up_of(unit.tx(), forwarding, forwarding.update_time).await?;
    }
    Ok(())
}

/// Takes one out that does not go out. Where its issue comes back, it is queued again.
async fn remove(unit: &mut Unit, forwarding: &Forwarding) -> Result<(), Error> {
    let (partnership_id, issue_id) = (forwarding.partnership_id, forwarding.issue_id);
    store::forwarding::remove(unit.tx(), partnership_id, forwarding.id).await?;
    Ok(unit.record_quietly("forwarding.called_off", Some(partnership_id), issue_id.0, &forwarding.endpoint)?)
}

/// Forwardings with what their councils are told.
async fn with_updates(
    conn: &impl store::Connection,
    partnership_id: PartnershipId,
    forwardings: Vec<Forwarding>,
) -> Result<Vec<ForwardingView>, Error> {
    let issue_ids = forwardings.iter().map(|forwarding| forwarding.issue_id);
    let all = store::forwarding_update::of_issues(conn, partnership_id, issue_ids).await?;
    let view = |forwarding: Forwarding| {
        let is_of =
            |one: &&ForwardingUpdate| one.issue_id == forwarding.issue_id && one.endpoint == forwarding.endpoint;
        let updates = all.iter().filter(is_of).cloned().collect();
        ForwardingView { forwarding, updates }
    };
    Ok(forwardings.into_iter().map(view).collect())
}

/// Whether an issue that is to be sent is still one of the council's.
fn is_still_there(endpoint: &Endpoint, issue: &Issue) -> bool {
    issue.state.is_open() && !issue.held_back && issue.provider_id == Some(endpoint.provider_id)
}

/// Takes out what was sent of an issue and may have to go out again, where it holds what is not to be told any more. Answers whether there
/// was any.
pub(super) async fn forget_forms(
    unit: &mut Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    why: &str,
    holds: impl Fn(&str) -> bool + Send,
) -> Result<bool, Error> {
    let (mut changed, now) = (false, unit.call().now);
    for mut forwarding in store::forwarding::with_form(unit.tx(), partnership_id, issue_id).await? {
        if !holds(&forwarding.form) {
            continue;
        }
        forwarding.forget_words(why, now);
        write(unit, &forwarding).await?;
        let state = (&forwarding.endpoint, forwarding.state);
        unit.record_quietly("forwarding.redacted", Some(partnership_id), issue_id.0, &state)?;
        changed = true;
    }
    Ok(changed)
}
