//! Erasing people (on request here, by age in [`super::retention`]): their contact details, if they left any, their words, and where their
//! home is. What they reported stays, without them.

use std::collections::BTreeMap;

use pathfinder_kit::seal::overwrite_what_is_deleted;
use pathfinder_kit::{Begun, Call, Caller, Failure, Unit, Violation, rewrite_kept_answers, rewrite_kept_values};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use serde_json::Value;
use url::form_urlencoded;
use uuid::Uuid;

use super::forward::forget_forms;
use super::resident::Following;
use super::response_entries::without_people;
use super::write::nameless;
use super::{App, IssueView, subject_of};
use crate::domain::anonymity::Traces;
use crate::domain::erasure::Cause;
use crate::domain::history::Entry;
use crate::domain::issue::Location;
use crate::domain::reporter::{Contact, Part};
use crate::domain::{Erasure, Issue, Photo, Refusal, inquiry, opinion};
use crate::error::Error;
use crate::store::contact::Kept;
use crate::store::reporter::Holder;
use crate::store::{self, DbErr};

/// How many people are erased at once.
const PER_ROUND: u64 = 100;
/// How much history of an issue is read at once.
const ENTRIES: u64 = 500;
/// Taking its reporter off an issue without a follow token, as the rules call it.
const WITHOUT_TOKEN: &str = "AnonymiseWithoutToken";
/// What residents do about an issue: whoever is named as the one who did it is a resident.
const DEEDS_OF_RESIDENTS: [&str; 8] = [
    "issue.reported",
    "issue.supported",
    "issue.confirmed",
    "issue.disputed",
    "issue.withdrawn",
    "issue.photo_added",
    inquiry::ANSWERED,
    opinion::SAID,
];

/// Those who leave an issue.
#[derive(Default)]
struct Leaving {
    people: Vec<ReporterId>,
    contacts: Vec<Contact>,
    /// Whether its reporter is among them.
    reporter: bool,
    /// What becomes of the photos that they added.
    photos: OwnPhotos,
}

/// What becomes of the photos of those who leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum OwnPhotos {
    /// They go, too.
    #[default]
    Go,
    /// They stay, as nobody's.
    Stay,
}

impl App {
    /// Erases the contact details of whoever left that e-mail address in the partnership, and takes them out of the words of their
    /// issues, and the photos that they added with them.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `REQUEST_ID_REUSED`.
    pub(crate) async fn erase_subject(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        email: &str,
        reason: &str,
    ) -> Result<Erasure, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(erasure) => return Ok(erasure),
            Begun::Fresh(unit) => unit,
        };
        let mut erasure = self.new_erasure(call, partnership_id, Cause::Requested);
        reason.clone_into(&mut erasure.reason);
        let mut photos = Vec::new();
        loop {
            let people =
                store::contact::by_email(unit.tx(), self.safe(), partnership_id, email, None, PER_ROUND).await?;
            if people.is_empty() {
                break;
            }
            let ids: Vec<ReporterId> = people.iter().map(|kept| kept.reporter_id).collect();
            photos.extend(self.forget(&mut unit, &mut erasure, &ids, &people, OwnPhotos::Go).await?);
        }
        self.register(&mut unit, &erasure).await?;
        let erasure = unit.commit(erasure).await?;
        self.delete_pictures(partnership_id, &photos).await;
        Ok(erasure)
    }

    /// Takes people off one issue for good: whoever holds the follow token, or, for those who may without one, its reporter.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `FOLLOW_TOKEN_INVALID`, `ROLE_MISSING`, `INVALID_REQUEST`, `REQUEST_ID_REUSED`.
    pub(crate) async fn anonymise_issue(
        &self,
        call: &Call,
        following: &Following,
        reason: &str,
    ) -> Result<IssueView, Error> {
        let seen = self.visible_issue(call, following).await?;
        let holder = self.who_leaves(call, following, &seen).await?;
        let (partnership_id, issue_id) = (seen.partnership_id, seen.id);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let (ids, people) = self.leave_together(&unit, &seen, holder).await?;
        let contacts: Vec<Contact> = people.iter().filter_map(|kept| self.open_to_forget(kept)).collect();
        if Traces::of(&contacts).remove(reason).is_some() {
            let stays = "must not name the person: it would stay in the register";
            return Err(Failure::from(Violation::new("reason", stays)).into());
        }
        let mut erasure = self.new_erasure(call, partnership_id, Cause::Requested);
        reason.clone_into(&mut erasure.reason);
        self.forget(&mut unit, &mut erasure, &ids, &people, OwnPhotos::Stay).await?;
        // What was brought in from another system has no reporter here, and may stand at a home all the same.
        if ids.is_empty() && forget_home(&mut unit, partnership_id, issue_id).await? {
            erasure.issue_count += 1;
        }
        if !erasure.is_empty() {
            self.register(&mut unit, &erasure).await?;
        }
        let found = store::issue::find(unit.tx(), partnership_id, issue_id).await?;
        let issue = found.ok_or_else(|| Failure::not_found("issue", issue_id))?;
        let view = self.view(unit.tx(), issue, call).await?;
        Ok(unit.commit(view).await?)
    }

    /// Who holds the token and is to leave; none where the rules let the caller take the reporter off without one.
    async fn who_leaves(&self, call: &Call, following: &Following, issue: &Issue) -> Result<Option<Holder>, Error> {
        if following.follow_token.is_empty() && call.caller != Caller::Anonymous {
            call.permit_act(WITHOUT_TOKEN, &subject_of(issue))?;
            return Ok(None);
        }
        let holder = self.follower(self.host.reader(), following).await?;
        // Whoever only follows ends that by its own call, which ends the letters, too.
        if holder.part.may_judge() { Ok(Some(holder)) } else { Err(Refusal::FollowTokenInvalid.into()) }
    }

    /// Those who leave an issue, and how to reach those of them who left word of that. Whoever reported it leaves with all that they are to it
    /// under the same e-mail address, as one who follows it, too. A supporter leaves alone: anybody may support an issue, under any address. With
    /// them goes an address that was asked whether letters are to go there, and has not answered.
    async fn leave_together(
        &self,
        unit: &Unit,
        issue: &Issue,
        holder: Option<Holder>,
    ) -> Result<(Vec<ReporterId>, Vec<Kept>), Error> {
        let partnership_id = issue.partnership_id;
        let ids = match holder {
            Some(holder) => vec![holder.id.0],
            None => store::reporter::ids_of_reporters(unit.tx(), partnership_id, issue.id).await?,
        };
        let mut people = store::contact::of_reporters(unit.tx(), partnership_id, ids.iter().copied()).await?;
        let mut ids: Vec<ReporterId> = ids.into_iter().map(ReporterId).collect();
        let takes_all = holder.is_none_or(|holder| holder.part == Part::Reporter);
        let contacts = people.iter().filter_map(|kept| self.open_to_forget(kept));
        let emails: Vec<String> = contacts.filter_map(|contact| contact.known_by()).collect();
        for kept in store::contact::at_emails(unit.tx(), self.safe(), partnership_id, issue.id, &emails).await? {
            if !ids.contains(&kept.reporter_id) && (takes_all || is_unconfirmed(unit, &kept).await?) {
                ids.push(kept.reporter_id);
                people.push(kept);
            }
        }
        Ok((ids, people))
    }

    pub(super) fn new_erasure(&self, call: &Call, partnership_id: PartnershipId, cause: Cause) -> Erasure {
        Erasure {
            id: self.host.next_id(call.now),
            partnership_id,
            time: call.now,
            cause,
            actor_id: call.actor().id,
            reason: String::new(),
            contact_count: 0,
            issue_count: 0,
        }
    }

    pub(super) async fn register(&self, unit: &mut Unit, erasure: &Erasure) -> Result<(), Error> {
        store::erasure::put(unit.tx(), erasure).await?;
        Ok(unit.record_quietly("personal_data.erased", Some(erasure.partnership_id), erasure.id, erasure)?)
    }

    /// Takes people out: of their contact details, and of the words of their issues. `people` has the contact details of those who left any;
    /// those that cannot be opened go all the same. Answers the photos that they added, whose pictures are to be deleted once this is committed.
    pub(super) async fn forget(
        &self,
        unit: &mut Unit,
        erasure: &mut Erasure,
        ids: &[ReporterId],
        people: &[Kept],
        own_photos: OwnPhotos,
    ) -> Result<Vec<Photo>, Error> {
        overwrite_what_is_deleted(unit.tx()).await?;
        let partnership_id = erasure.partnership_id;
        let mut issues: BTreeMap<Uuid, Leaving> = BTreeMap::new();
        for (reporter_id, issue_id, joined) in store::reporter::parts_of(unit.tx(), partnership_id, ids).await? {
            let leaving = issues.entry(issue_id.0).or_default();
            leaving.reporter |= !joined;
            leaving.photos = own_photos;
            leaving.people.push(reporter_id);
            let kept = people.iter().find(|kept| kept.reporter_id == reporter_id);
            leaving.contacts.extend(kept.and_then(|kept| self.open_to_forget(kept)));
        }
        let mut photos = Vec::new();
        for (issue_id, leaving) in issues {
            let changed = self.take_out(unit, partnership_id, IssueId(issue_id), &leaving, &mut photos).await?;
            erasure.issue_count += i32::from(changed);
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        erasure.contact_count += i32::try_from(people.len()).unwrap_or(i32::MAX);
        store::reporter::make_anonymous(unit.tx(), partnership_id, ids.clone()).await?;
        store::contact::erase(unit.tx(), partnership_id, ids.clone()).await?;
        store::picture_link::remove_of(unit.tx(), partnership_id, &ids).await?;
        // Who follows by e-mail and has no address any more follows nothing.
        for id in ids {
            if store::follower::find(unit.tx(), partnership_id, id.into()).await?.is_some() {
                self.end_following(unit, partnership_id, id.into()).await?;
            }
        }
        Ok(photos)
    }

    fn open_to_forget(&self, kept: &Kept) -> Option<Contact> {
        let opened = self.safe().open(kept);
        opened
            .inspect_err(|error| {
                let reporter_id = kept.reporter_id;
                tracing::error!(%reporter_id, %error, "contact details that cannot be opened are erased; words may stay");
            })
            .ok()
    }

    /// Takes people out of the words of an issue, of its history, of what was told of it, of what is to be sent of it, and of answers that
    /// are kept for a repeat; and the photos that they added, into `photos`. Answers whether there was anything of them.
    async fn take_out(
        &self,
        unit: &mut Unit,
        partnership_id: PartnershipId,
        issue_id: IssueId,
        leaving: &Leaving,
        photos: &mut Vec<Photo>,
    ) -> Result<bool, Error> {
        let traces = Traces::of(&leaving.contacts);
        let gone = rewrite_issue(unit, partnership_id, issue_id, &traces, leaving).await?;
        let mut changed = gone.is_some();
        photos.extend(gone.unwrap_or_default());
        changed |= rewrite_history(unit, partnership_id, issue_id, &traces, leaving.reporter).await?;
        changed |= rewrite_feedback(unit, partnership_id, issue_id, &traces, leaving).await?;
        changed |= store::notice::retell(unit.tx(), partnership_id, issue_id, &|text| traces.remove(text)).await?;
        changed |= rewrite_edits(unit, partnership_id, issue_id, &traces, leaving.reporter).await?;
        changed |= without_people(unit, partnership_id, issue_id, &traces).await?;
        changed |= rewrite_forms(unit, partnership_id, issue_id, &traces).await?;
        rewrite_kept_answers(unit.tx(), issue_id.0, &|text| traces.remove(text)).await?;
        Ok(changed)
    }
}

/// Whether it is the address of somebody who was asked whether letters are to go there, and has not answered.
async fn is_unconfirmed(unit: &Unit, kept: &Kept) -> Result<bool, Error> {
    let found = store::follower::find(unit.tx(), kept.partnership_id, kept.reporter_id).await?;
    Ok(found.is_some_and(|follower| !follower.confirmed))
}

/// Answers the photos that go with those who leave; none where nothing was changed.
async fn rewrite_issue(
    unit: &mut Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
    leaving: &Leaving,
) -> Result<Option<Vec<Photo>>, Error> {
    let Some(mut issue) = find_readable(unit, partnership_id, issue_id).await? else { return Ok(None) };
    let before = issue.clone();
    let mut changed = issue.anonymise(traces);
    let had_home = leaving.reporter && issue.location.forget_home();
    if leaving.reporter && !issue.reporter_name.is_empty() {
        issue.reporter_name.clear();
        changed = true;
    }
    let photos = match leaving.photos {
        OwnPhotos::Go => issue.take_out_photos_of(&leaving.people),
        OwnPhotos::Stay => Vec::new(),
    };
    changed |= had_home || !photos.is_empty();
    if changed {
        write_anonymised(unit, &before, &mut issue).await?;
    }
    if had_home {
        forget_copies_of_home(unit, partnership_id, issue_id).await?;
    }
    Ok(changed.then_some(photos))
}

/// Keeps no more of where a home is than everybody may know; answers whether there was more.
pub(super) async fn forget_home(
    unit: &mut Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<bool, Error> {
    let Some(mut issue) = find_readable(unit, partnership_id, issue_id).await? else { return Ok(false) };
    let before = issue.clone();
    if !issue.location.forget_home() {
        return Ok(false);
    }
    write_anonymised(unit, &before, &mut issue).await?;
    forget_copies_of_home(unit, partnership_id, issue_id).await?;
    Ok(true)
}

/// The issue, kept from other writers. One that cannot be read is logged and passed over: it keeps nobody's contact details from being erased.
async fn find_readable(unit: &Unit, partnership_id: PartnershipId, issue_id: IssueId) -> Result<Option<Issue>, Error> {
    match store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await {
        Ok(found) => Ok(found),
        Err(DbErr::Custom(error)) => {
            tracing::error!(%issue_id, error, "an issue that cannot be read keeps its words while its people are erased");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn write_anonymised(unit: &mut Unit, before: &Issue, issue: &mut Issue) -> Result<(), Error> {
    let now = unit.call().now;
    issue.version += 1;
    issue.update_time = now;
    store::issue::update(unit.tx(), before, issue, now).await?;
    let partnership_id = Some(issue.partnership_id);
    Ok(unit.record_quietly("issue.anonymised", partnership_id, issue.id.0, &nameless(issue))?)
}

/// Takes out where a home is of what was copied of its issue: of answers that are kept for a repeat, and of what was sent to councils and may
/// have to go out again.
async fn forget_copies_of_home(unit: &mut Unit, partnership_id: PartnershipId, issue_id: IssueId) -> Result<(), Error> {
    let id = issue_id.to_string();
    rewrite_kept_values(unit.tx(), issue_id.0, &|_, value| without_home(value, &id)).await?;
    store::edit::erase_of(unit.tx(), partnership_id, issue_id).await?;
    forget_forms(unit, partnership_id, issue_id, "where somebody's home is was taken out", |_| true).await?;
    Ok(())
}

/// The issue with that id, as an answer has it, without where exactly a home is; none for everything else.
fn without_home(value: &Value, id: &str) -> Option<Value> {
    let issue = value.as_object().filter(|fields| fields.get("id").and_then(Value::as_str) == Some(id))?;
    let mut location: Location = serde_json::from_value(issue.get("location")?.clone()).ok()?;
    // It may be an answer from before anybody knew.
    location.domestic = true;
    if !location.forget_home() {
        return None;
    }
    let mut without = issue.clone();
    without.insert("location".to_owned(), serde_json::to_value(location).ok()?);
    Some(Value::Object(without))
}

async fn rewrite_history(
    unit: &Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
    reporter_leaves: bool,
) -> Result<bool, Error> {
    let (mut changed, mut after) = (false, None);
    loop {
        let entries = store::history::list(unit.tx(), partnership_id, issue_id, after, ENTRIES).await?;
        let Some(last) = entries.last() else { return Ok(changed) };
        after = Some(last.id);
        for mut entry in entries {
            if without(&mut entry, traces, reporter_leaves) {
                store::history::rewrite(unit.tx(), entry).await?;
                changed = true;
            }
        }
    }
}

/// Takes people out of an entry, and what whoever reported the issue answered if it is they who leave; answers whether there was anything of
/// them.
fn without(entry: &mut Entry, traces: &Traces, reporter_leaves: bool) -> bool {
    let answered = reporter_leaves && entry.kind == inquiry::ANSWERED && !entry.private_note.is_empty();
    if answered {
        entry.private_note.clear();
    }
    let said = traces.remove_from(&mut entry.note) | traces.remove_from(&mut entry.private_note);
    let named = DEEDS_OF_RESIDENTS.contains(&entry.kind.as_str()) && traces.remove(&entry.actor_name).is_some();
    if named {
        entry.actor_name.clone_from(&entry.actor_label);
        "anonymous".clone_into(&mut entry.actor_id);
    }
    said | named | answered
}

/// Takes people out of the questions about an issue and of what was said of its closings; answers whether there was anything of them.
async fn rewrite_feedback(
    unit: &Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
    leaving: &Leaving,
) -> Result<bool, Error> {
    let mut changed = false;
    for mut inquiry in store::inquiry::list(unit.tx(), partnership_id, issue_id).await? {
        if inquiry.forget(traces, leaving.reporter) {
            store::inquiry::update(unit.tx(), &inquiry).await?;
            changed = true;
        }
    }
    for mut opinion in store::opinion::list(unit.tx(), partnership_id, issue_id).await? {
        if opinion.forget(traces, &leaving.people) {
            store::opinion::rewrite(unit.tx(), &opinion).await?;
            changed = true;
        }
    }
    Ok(changed)
}

/// What stood in the issue before it was edited goes with its reporter, whose words they were; others are taken out of it.
async fn rewrite_edits(
    unit: &Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
    reporter_leaves: bool,
) -> Result<bool, Error> {
    if reporter_leaves {
        return Ok(store::edit::erase_of(unit.tx(), partnership_id, issue_id).await?);
    }
    let (mut changed, mut before) = (false, None);
    loop {
        let edits = store::edit::list(unit.tx(), partnership_id, issue_id, before, ENTRIES).await?;
        let Some(oldest) = edits.last() else { return Ok(changed) };
        before = Some(oldest.id);
        for mut edit in edits {
            if edit.former.anonymise(traces) | traces.remove_from(&mut edit.reason) {
                store::edit::rewrite(unit.tx(), &edit).await?;
                changed = true;
            }
        }
    }
}

/// Takes out what was sent of the issue to councils and may have to go out again, where it names those who leave.
async fn rewrite_forms(
    unit: &mut Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    traces: &Traces,
) -> Result<bool, Error> {
    let names_them =
        |form: &str| form_urlencoded::parse(form.as_bytes()).any(|(_, text)| traces.remove(&text).is_some());
    let why = "somebody whom it named was erased";
    forget_forms(unit, partnership_id, issue_id, why, names_them).await
}
