//! "You said, we did": publishing entries, updating and withdrawing them, and reading them.

use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit, Violation, etag, filter};
use pathfinder_terms::{IssueId, NoticeId, PartnershipId, PhotoId, ProviderId, ResponseEntryId};
use uuid::Uuid;

use super::App;
use super::list::may_read_held_back;
use super::write::letter_about;
use crate::domain::anonymity::Traces;
use crate::domain::listing;
use crate::domain::response_entry::{EntryView, Flaw, Pictured, Rephrasing, Revision, Said, once_each, pictured};
use crate::domain::{Event, Issue, Letter, Notice, ResponseEntry};
use crate::error::Error;
use crate::store::response_entry::Wanted;
use crate::store::{self, Connection};

const FIELDS: &[Field] = &[
    Field::new("issue_id", "issue_id", Kind::Id),
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("provider_id", "provider_id", Kind::Id),
];

/// So many revisions are read at once to take a person out of them.
const REVISIONS: u64 = 200;

/// A new entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishEntry {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What residents said.
    pub you_said: String,
    /// What was done about it.
    pub we_did: String,
    /// The issues that it is about.
    pub issue_ids: Vec<IssueId>,
    /// Who did it.
    pub provider_id: Option<ProviderId>,
    /// A photo of one of the issues.
    pub photo_id: Option<PhotoId>,
}

/// Which entry, and which version of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryTarget {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The entry.
    pub entry_id: ResponseEntryId,
    /// The version that was read; empty for any.
    pub etag: String,
}

/// What an entry is to say instead; absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UpdateEntry {
    /// What residents said.
    pub you_said: Option<String>,
    /// What was done about it.
    pub we_did: Option<String>,
    /// Who did it; none within names nobody.
    pub provider_id: Option<Option<ProviderId>>,
    /// A photo of one of its issues; none within shows none.
    pub photo_id: Option<Option<PhotoId>>,
}

impl App {
    /// Publishes an entry, and tells everyone whom it concerns.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `INVALID_REQUEST` (words and issues), `NOT_FOUND` (issues, photo or provider), `PARTNERSHIP_ARCHIVED`,
    /// `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn publish_response_entry(&self, call: &Call, command: &PublishEntry) -> Result<EntryView, Error> {
        let partnership_id = command.partnership_id;
        self.partnership(partnership_id).await?.check_open()?;
        let (provider_id, provider_name) = self.named_provider(partnership_id, command.provider_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let held = store::issue::of_ids_for_update(unit.tx(), partnership_id, &command.issue_ids).await?;
        let issues = in_order(&command.issue_ids, &held)?;
        let said = Said {
            you_said: command.you_said.clone(),
            we_did: command.we_did.clone(),
            provider_id,
            provider_name,
            pictured: command.photo_id.map(|photo_id| pictured(&held, photo_id)).transpose()?,
        };
        let ids = (ResponseEntryId(self.host.next_id(call.now)), partnership_id);
        let published = ResponseEntry::publish(ids, said, &issues, &self.settings.held_words, call.now);
        let entry = published.map_err(|flaws| refused(&flaws))?;
        store::response_entry::insert(unit.tx(), &entry, &issues).await?;
        self.tell_of_entry(call, &unit, &entry).await?;
        unit.record(&Event::ResponseEntryPublished(Box::new(entry.digest())), &entry)?;
        let view = self.whole_view(unit.tx(), entry).await?;
        Ok(unit.commit(view).await?)
    }

    /// Has an entry say something else.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `INVALID_REQUEST` (words), `NOT_FOUND` (entry, photo or provider), `STATE_FORBIDS`, `ETAG_MISMATCH`,
    /// `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn update_response_entry(
        &self,
        call: &Call,
        target: &EntryTarget,
        command: &UpdateEntry,
    ) -> Result<EntryView, Error> {
        let provider = match command.provider_id {
            Some(Some(id)) => {
                let (_, name) = self.named_provider(target.partnership_id, Some(id)).await?;
                Some(Some((id, name)))
            }
            Some(None) => Some(None),
            None => None,
        };
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let mut entry = held_entry(&unit, target).await?;
        entry.check_stands()?;
        let rephrasing = Rephrasing {
            you_said: command.you_said.clone(),
            we_did: command.we_did.clone(),
            provider,
            pictured: photo_of(&unit, &entry, command.photo_id).await?,
        };
        let rephrased = entry.rephrase(rephrasing, &self.settings.held_words, call.now);
        let Some((revision, said)) = rephrased.map_err(|flaws| refused(&flaws))? else {
            let view = self.whole_view(unit.tx(), entry).await?;
            return Ok(unit.commit(view).await?);
        };
        let actor = call.actor();
        let former = Revision {
            entry_id: entry.id,
            partnership_id: entry.partnership_id,
            revision,
            said,
            replace_time: call.now,
            actor_id: actor.id,
            actor_name: actor.name,
        };
        store::response_entry::add_revision(unit.tx(), &former).await?;
        let view = self.write_entry(&mut unit, entry).await?;
        Ok(unit.commit(view).await?)
    }

    /// Takes an entry from the public.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`.
    pub(crate) async fn withdraw_response_entry(
        &self,
        call: &Call,
        target: &EntryTarget,
        reason: &str,
    ) -> Result<EntryView, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let mut entry = held_entry(&unit, target).await?;
        entry.withdraw(reason, call.now)?;
        let view = self.write_entry(&mut unit, entry).await?;
        Ok(unit.commit(view).await?)
    }

    /// One entry.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, also for one that the reader may not see.
    pub(crate) async fn get_response_entry(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: ResponseEntryId,
    ) -> Result<EntryView, Error> {
        let found = store::response_entry::find(self.host.reader(), partnership_id, id).await?;
        let entries = found.into_iter().collect();
        let sees_all = may_read_held_back(call, partnership_id);
        let mut views = self.entry_views(self.host.reader(), partnership_id, entries, sees_all).await?;
        Ok(views.pop().ok_or_else(|| absent(id))?)
    }

    /// A page of entries, newest first.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_response_entries(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
        filter: &str,
    ) -> Result<(Vec<EntryView>, String), Error> {
        let condition = filter::condition(filter, store::response_entry::TABLE, FIELDS)?;
        let with_hidden = may_read_held_back(call, partnership_id);
        let query = ("ListResponseEntries", partnership_id, filter, with_hidden);
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        self.partnership(partnership_id).await?;
        let (conn, wanted) = (self.host.reader(), Wanted { partnership_id, condition, with_hidden });
        let mut entries = store::response_entry::list(conn, wanted, page.after, page.size + 1).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let is_full = entries.len() > size;
        entries.truncate(size);
        let broken_off = entries.last().filter(|_| is_full).map(|entry| entry.id.0);
        let views = self.entry_views(conn, partnership_id, entries, with_hidden).await?;
        let key_of = |view: &EntryView| view.entry.id.0;
        let (views, broken_off) = listing::fitting(views, broken_off, EntryView::bytes, key_of);
        Ok(page.close_at(views, key_of, broken_off)?)
    }

    /// A page of what an entry said before, last said first.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_response_entry_revisions(
        &self,
        partnership_id: PartnershipId,
        id: ResponseEntryId,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Revision>, String), Error> {
        let page = Page::<i32>::open(page_size, page_token, &("ListResponseEntryRevisions", partnership_id, id))?;
        let conn = self.host.reader();
        store::response_entry::find(conn, partnership_id, id).await?.ok_or_else(|| absent(id))?;
        let rows = store::response_entry::revisions(conn, partnership_id, id, page.after, page.size + 1).await?;
        let key_of = |revision: &Revision| revision.revision;
        let (rows, broken_off) = listing::fitting(rows, None, |revision| revision.said.bytes(), key_of);
        Ok(page.close_at(rows, key_of, broken_off)?)
    }

    /// Entries as a reader may see them; those that the reader may not see at all are left out.
    pub(super) async fn entry_views(
        &self,
        conn: &impl Connection,
        partnership_id: PartnershipId,
        entries: Vec<ResponseEntry>,
        sees_all: bool,
    ) -> Result<Vec<EntryView>, Error> {
        let mut ids: Vec<IssueId> = entries.iter().flat_map(|entry| entry.issue_ids.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let of_photos = entries.iter().filter_map(|entry| entry.said.pictured);
        let of_photos: Vec<IssueId> = of_photos.map(|pictured| pictured.issue_id).collect();
        let issues = store::response_entry::named(conn, partnership_id, &ids).await?;
        let photos = store::response_entry::photos_of(conn, partnership_id, &of_photos).await?;
        let views = entries.into_iter().filter_map(|entry| EntryView::of(entry, &issues, &photos, sees_all));
        Ok(views.collect())
    }

    /// An entry as whoever wrote it sees it.
    async fn whole_view(&self, conn: &impl Connection, entry: ResponseEntry) -> Result<EntryView, Error> {
        let id = entry.id;
        let mut views = self.entry_views(conn, entry.partnership_id, vec![entry], true).await?;
        Ok(views.pop().ok_or_else(|| absent(id))?)
    }

    /// Who did what an entry tells, if anybody is named.
    async fn named_provider(
        &self,
        partnership_id: PartnershipId,
        id: Option<ProviderId>,
    ) -> Result<(Option<ProviderId>, String), Error> {
        let Some(id) = id else { return Ok((None, String::new())) };
        Ok((Some(id), self.provider(partnership_id, id).await?.name))
    }

    async fn write_entry(&self, unit: &mut Unit, entry: ResponseEntry) -> Result<EntryView, Error> {
        store::response_entry::update(unit.tx(), &entry).await?;
        unit.record(&Event::ResponseEntryChanged(Box::new(entry.digest())), &entry)?;
        self.whole_view(unit.tx(), entry).await
    }

    /// Tells each person once who reported, supports or follows one of the issues, or one that repeats it.
    async fn tell_of_entry(&self, call: &Call, unit: &Unit, entry: &ResponseEntry) -> Result<(), Error> {
        let said = entry.announcement();
        let announcement_id = self.host.next_id(call.now);
        let (mut notices, mut letters): (Vec<Notice>, Vec<Letter>) = (Vec::new(), Vec::new());
        let concerned = store::news::concerned(unit.tx(), entry.partnership_id, &entry.issue_ids).await?;
        for person in once_each(concerned) {
            let notice = Notice {
                id: NoticeId(self.host.next_id(call.now)),
                announcement_id,
                partnership_id: entry.partnership_id,
                issue_id: person.issue_id,
                reporter_id: person.id,
                kind: said.kind.clone(),
                text: said.text.clone(),
                action_id: None,
                time: call.now,
            };
            letters.extend(person.by_letter.then(|| letter_about(&notice)));
            notices.push(notice);
        }
        store::notice::insert_many(unit.tx(), &notices).await?;
        Ok(store::letter::insert_many(unit.tx(), &letters).await?)
    }
}

fn absent(id: ResponseEntryId) -> Failure {
    Failure::not_found("response entry", id)
}

fn refused(flaws: &[Flaw]) -> Failure {
    Failure::invalid(flaws.iter().map(|flaw| Violation::new(flaw.path.as_str(), flaw.text.as_str())).collect())
}

/// The issues in the order in which they were named; all that are not there are refused together.
fn in_order<'a>(ids: &[IssueId], found: &'a [Issue]) -> Result<Vec<&'a Issue>, Failure> {
    let (mut issues, mut absent): (Vec<&Issue>, Vec<String>) = (Vec::new(), Vec::new());
    for id in ids {
        match found.iter().find(|issue| issue.id == *id) {
            Some(issue) => issues.push(issue),
            None => absent.push(id.to_string()),
        }
    }
    if absent.is_empty() { Ok(issues) } else { Err(Failure::not_found("issue", absent.join(", "))) }
}

/// The entry, kept from other writers until the transaction ends, if it is at the version that was read.
async fn held_entry(unit: &Unit, target: &EntryTarget) -> Result<ResponseEntry, Error> {
    let EntryTarget { partnership_id, entry_id, etag } = target;
    let found = store::response_entry::find_for_update(unit.tx(), *partnership_id, *entry_id).await?;
    let entry = found.ok_or_else(|| absent(*entry_id))?;
    etag::check(etag, entry.version)?;
    Ok(entry)
}

/// Which photo an entry is to show, if that is to change.
async fn photo_of(
    unit: &Unit,
    entry: &ResponseEntry,
    wanted: Option<Option<PhotoId>>,
) -> Result<Option<Option<Pictured>>, Error> {
    let Some(Some(photo_id)) = wanted else { return Ok(wanted.map(|_| None)) };
    let issues = store::issue::of_ids_for_update(unit.tx(), entry.partnership_id, &entry.issue_ids).await?;
    Ok(Some(Some(pictured(&issues, photo_id)?)))
}

/// Takes people out of the words of all entries about an issue, or about the one that it repeats. Answers whether there was anything of them.
pub(super) async fn without_people(
    unit: &mut Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
) -> Result<bool, Error> {
    let mut changed = false;
    for mut entry in store::response_entry::about_for_update(unit.tx(), partnership_id, issue_id).await? {
        changed |= rewrite_revisions(unit, &entry, traces).await?;
        if entry.anonymise(traces, unit.call().now) {
            store::response_entry::update(unit.tx(), &entry).await?;
            unit.record_quietly("response_entry.anonymised", Some(partnership_id), entry.id.0, &entry)?;
            changed = true;
        }
    }
    Ok(changed)
}

async fn rewrite_revisions(unit: &Unit, entry: &ResponseEntry, traces: &Traces) -> Result<bool, Error> {
    let (mut changed, mut after) = (false, None);
    loop {
        let conn = unit.tx();
        let page = store::response_entry::revisions(conn, entry.partnership_id, entry.id, after, REVISIONS).await?;
        let Some(last) = page.last() else { return Ok(changed) };
        after = Some(last.revision);
        for mut revision in page {
            if revision.said.anonymise(traces) {
                store::response_entry::rewrite_revision(conn, &revision).await?;
                changed = true;
            }
        }
    }
}
