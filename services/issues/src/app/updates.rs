//! What happens to issues, as other systems read it and tell it.

use chrono::{DateTime, SubsecRound as _, Utc};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit};
use pathfinder_terms::{IssueId, PartnershipId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::author::Author;
use super::picture_links::Links;
use super::read::deals_with;
use super::write::Writing;
use super::{App, IssueView, subject_of};
use crate::domain::hiding::without_references;
use crate::domain::history::Entry;
use crate::domain::issue::Source;
use crate::domain::remote_request::LastHeard;
use crate::domain::update::{Ended, Sender, Sought, Update, UpdateStatus};
use crate::domain::{Issue, Move};
use crate::error::Error;
use crate::store;
use crate::store::update::{Kept, Key};

/// The moves that an update can make, and the call by which each is made otherwise: whoever may not make that call does not make the
/// move by an update.
const CALLS: [(Move, &str); 6] = [
    (Move::Accept, "AcceptIssue"),
    (Move::Refuse, "RefuseIssue"),
    (Move::StartWork, "StartIssueWork"),
    (Move::Resume, "ResumeIssue"),
    (Move::Resolve, "ResolveIssue"),
    (Move::Dispute, "DisputeResolution"),
];

/// Which issue an update is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// By its id.
    Here(IssueId),
    /// By its id in the system that it came from.
    There(String),
}

/// What another system says of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushUpdate {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue: Named,
    /// The id of the update there.
    pub external_update_id: String,
    /// How it stands there.
    pub status: UpdateStatus,
    /// When it happened.
    pub happened_time: DateTime<Utc>,
    /// What is said of it; may be empty.
    pub description: String,
    /// Where pictures of it are.
    pub media_urls: Vec<String>,
    /// The system of a council from which it was read; none where it was pushed.
    pub endpoint: Option<String>,
    /// What to know the report there by from now on, where it was read off that.
    pub heard: Option<LastHeard>,
}

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pushed {
    /// The issue as it is now.
    pub view: IssueView,
    /// The entry of the history that it became.
    pub update_id: Uuid,
    /// Whether it moved the issue.
    pub applied: bool,
    /// Why it did not.
    pub note: String,
}

/// Which updates to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListUpdates {
    /// What is looked for.
    pub sought: Sought,
    /// How many to a page, as asked.
    pub page_size: i32,
    /// Where to go on; may be empty.
    pub page_token: String,
}

impl App {
    /// A page of what happened to public issues, in the order of its recording, each with the reference of its issue.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_issue_updates(&self, wish: &ListUpdates) -> Result<(Vec<(Entry, String)>, String), Error> {
        let Sought { partnership_id, start_time, end_time, issue_ids } = &wish.sought;
        let query = ("ListIssueUpdates", partnership_id, start_time, end_time, issue_ids);
        let page = Page::<Uuid>::open(wish.page_size, &wish.page_token, &query)?;
        self.partnership(*partnership_id).await?;
        let rows = store::update::list(self.host.reader(), &wish.sought, page.after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |(entry, _)| entry.id)?;
        let notes = rows.iter().map(|(entry, _)| entry.note.as_str()).collect();
        let untold = self.untold(None, *partnership_id, notes).await?;
        let told = |(entry, reference): (Entry, String)| {
            let note = without_references(&entry.note, &untold, &reference);
            (Entry { note, ..entry }, reference)
        };
        Ok((rows.into_iter().map(told).collect(), next_page_token))
    }

    /// Takes in what another system says of an issue. The same again is answered as the first time.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `INVALID_REQUEST` (an address of a picture), `REQUEST_ID_REUSED`.
    pub(crate) async fn push_issue_update(&self, call: &Call, command: &PushUpdate) -> Result<Pushed, Error> {
        let mut links = self.read_links(&command.media_urls).map_err(Failure::invalid)?;
        links.held = self.settings.held_words.find(&[&command.description]).is_some();
        let calendar = self.calendar(command.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(pushed) => return Ok(pushed),
            Begun::Fresh(unit) => unit,
        };
        let before = self.issue_named(&unit, call, command).await?;
        let key = Key {
            partnership_id: command.partnership_id,
            issue_id: before.id,
            subject: call.actor().id,
            external_update_id: command.external_update_id.clone(),
        };
        let there = store::update::find(unit.tx(), &key).await?;
        let (issue, kept) = match there {
            Some(kept) => (before, kept),
            None => {
                call.permit(&subject_of(&before))?;
                let author = Author::of(call, &before);
                let writing = self.writing(call, &calendar, author);
                self.take_in(&mut unit, &writing, command, links, key, before).await?
            }
        };
        let view = self.view(unit.tx(), issue, call).await?;
        let Kept { update_id, applied, note, .. } = kept;
        Ok(unit.commit(Pushed { view, update_id, applied, note }).await?)
    }

    /// The issue that is named, kept from other writers, if the caller may know of it.
    async fn issue_named(&self, unit: &Unit, call: &Call, command: &PushUpdate) -> Result<Issue, Error> {
        let partnership_id = command.partnership_id;
        let (id, named) = match &command.issue {
            Named::Here(id) => (Some(*id), id.to_string()),
            Named::There(external_id) => {
                let asked = vec![external_id.clone()];
                let known = store::issue::known_external_ids(unit.tx(), partnership_id, asked).await?;
                (known.first().map(|(_, id)| *id), external_id.clone())
            }
        };
        let found = match id {
            Some(id) => store::issue::find_for_update(unit.tx(), partnership_id, id).await?,
            None => None,
        };
        let known = found.filter(|issue| deals_with(call, issue));
        Ok(known.ok_or_else(|| Failure::not_found("issue", named))?)
    }

    /// Writes what an update comes to, and what is needed to know it again.
    async fn take_in(
        &self,
        unit: &mut Unit,
        writing: &Writing<'_>,
        command: &PushUpdate,
        links: Links,
        key: Key,
        before: Issue,
    ) -> Result<(Issue, Kept), Error> {
        let call = writing.call;
        let update = Update {
            status: command.status,
            happened_time: command.happened_time,
            description: command.description.clone(),
            held: links.held,
        };
        let (mut issue, mut missed) = (before.clone(), Vec::new());
        if update.status == UpdateStatus::NotResponsible {
            // What was missed by now was missed by the provider that is about to lose it.
            issue.find_breach(writing.calendar, call.now, &mut missed);
        }
        let (sender, ended) = known_of(unit, call, &before, &key, command).await?;
        let mut taken = issue.take_update(&update, sender, ended, |by| may_move(call, by, &before), call.now)?;
        if let Some(own) = taken.steps.get_mut(taken.own) {
            self.let_templates_speak(unit, &issue, writing.calendar, std::slice::from_mut(own)).await?;
        }
        // Who may tell of the issue may add photos to it.
        let mut steps = self.keep_links(unit, &before, None, links, call.now).await?;
        steps.append(&mut missed);
        let own = steps.len() + taken.own;
        steps.append(&mut taken.steps);
        let ids = writing.update(unit, &before, &mut issue, steps).await?;
        let update_id = ids.get(own).copied().ok_or_else(|| Failure::internal("an update left no step"))?;
        let kept = Kept {
            update_id,
            happened_time: command.happened_time,
            applied: taken.applied,
            in_step: taken.in_step,
            note: taken.note,
        };
        store::update::insert(unit.tx(), key, &kept, call.now).await?;
        if let (Some(endpoint), Some(heard)) = (&command.endpoint, &command.heard) {
            store::forwarding::keep_heard(unit.tx(), issue.partnership_id, issue.id, endpoint, heard).await?;
        }
        Ok((issue, kept))
    }
}

/// What is known of whoever says something of an issue, and of its end: no more is looked up than such a status needs.
async fn known_of(
    unit: &Unit,
    call: &Call,
    issue: &Issue,
    key: &Key,
    command: &PushUpdate,
) -> Result<(Sender, Ended), Error> {
    let status = command.status;
    let reopens = status == UpdateStatus::Reopen && !issue.state.is_open();
    let speaks_for = |provider_id| call.caller.answers_for(issue.partnership_id, provider_id);
    let sender = Sender {
        latest: store::update::latest_in_step(unit.tx(), key)
            .await?
            .max(opened_again_time(unit, call, issue, command).await?),
        handed_over: (reopens || status == UpdateStatus::Closed) && is_handed_over_by(unit, call, issue).await?,
        is_provider: issue.provider_id.is_some_and(speaks_for),
    };
    if !(reopens && sender.handed_over) {
        return Ok((sender, Ended::default()));
    }
    let ended = Ended {
        recorded_time: store::history::last_end(unit.tx(), issue.partnership_id, issue.id).await?,
        provider_active: has_active_provider(unit, issue).await?,
    };
    Ok((sender, ended))
}

/// When an issue that was opened again came back to its provider, or the council from whose system it was read was told of it, if that was the
/// last that it was told: what it says of the time before moves nothing.
async fn opened_again_time(
    unit: &Unit,
    call: &Call,
    issue: &Issue,
    command: &PushUpdate,
) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(endpoint) = &command.endpoint else { return Ok(None) };
    let last = store::forwarding_update::find_last(unit.tx(), issue.partnership_id, issue.id, endpoint).await?;
    let told = last.filter(|last| last.kind.is_of_open()).map(|last| last.happened_time);
    let mut came = None;
    if issue.reopened_count > 0 {
        // Systems tell whole seconds.
        let came_times = store::history::came_times(unit.tx(), issue.partnership_id, &[issue.id]).await?;
        came = came_times.get(&issue.id).map(|time| time.trunc_subsecs(0));
    }
    // A clock may have been ahead for a while.
    Ok(told.max(came).map(|time| time.min(call.now)))
}

/// Whether the caller itself reported the issue, as its history has it. What was brought in as an existing case is nobody's report.
async fn is_handed_over_by(unit: &Unit, call: &Call, issue: &Issue) -> Result<bool, Error> {
    if issue.source == Source::Import {
        return Ok(false);
    }
    let first = store::history::list(unit.tx(), issue.partnership_id, issue.id, None, 1).await?;
    Ok(first.first().is_some_and(|entry| entry.actor_id == call.actor().id))
}

/// Whether its provider takes an issue back; also where it has none.
async fn has_active_provider(unit: &Unit, issue: &Issue) -> Result<bool, Error> {
    let Some(provider_id) = issue.provider_id else { return Ok(true) };
    let known = store::known::find_provider(unit.tx(), issue.partnership_id, provider_id).await?;
    Ok(known.is_none_or(|provider| provider.active))
}

/// Whether the caller may make this move on the issue by a call of its own.
fn may_move(call: &Call, by: Move, issue: &Issue) -> bool {
    CALLS.iter().any(|(made, act)| *made == by && call.may(act, &subject_of(issue)))
}
