//! "You said, we did": what residents said and what was done about it, published for everyone, and the issues that it is about.
//!
//! An entry names its issues and nothing of their places. It is published of issues that have ended; what becomes of them later changes
//! nothing in it, but that one that is held back from the public is not named any more. Updates replace what it says and keep what it said.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, PhotoId, ProviderId, ReporterId, ResponseEntryId};
use serde::{Deserialize, Serialize};

use super::anonymity::Traces;
use super::issue::Issue;
use super::moderation::{Heading, HeldWords};
use super::notice::Announcement;
use super::photo::Photo;
use super::refusal::Refusal;
use super::state::IssueState;

/// The kind of the notice and of the letter that tell of an entry.
pub(crate) const PUBLISHED: &str = "response_entry.published";

/// What an entry takes beside its texts and issues, and what each issue does beside its name, in bytes.
const REST: usize = 1_500;
const ISSUE: usize = 300;

/// A photo of one of the issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pictured {
    /// The issue that it is of.
    pub issue_id: IssueId,
    /// The photo.
    pub photo_id: PhotoId,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// What residents said.
    pub you_said: String,
    /// What was done about it.
    pub we_did: String,
    /// Who did it.
    pub provider_id: Option<ProviderId>,
    /// Their name; empty where nobody is named.
    pub provider_name: String,
    /// A photo that shows it.
    pub pictured: Option<Pictured>,
}

/// An entry that was taken from the public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Withdrawal {
    /// When.
    pub time: DateTime<Utc>,
    /// Why, for staff.
    pub reason: String,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResponseEntry {
    /// The id.
    pub id: ResponseEntryId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What it says.
    pub said: Said,
    /// The issues that it is about, in the order in which they were named.
    pub issue_ids: Vec<IssueId>,
    /// When it was published.
    pub publish_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// Counts what it said.
    pub revision: i32,
    /// Whether it is not public any more.
    pub withdrawal: Option<Withdrawal>,
    /// Counts the writes.
    pub version: i64,
}

/// What an entry said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The entry.
    pub entry_id: ResponseEntryId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Which one it was.
    pub revision: i32,
    /// What it said.
    pub said: Said,
    /// When it was replaced.
    pub replace_time: DateTime<Utc>,
    /// Who replaced it: the id.
    pub actor_id: String,
    /// Who replaced it: the name.
    pub actor_name: String,
}

/// What is to be said instead; absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rephrasing {
    /// What residents said.
    pub you_said: Option<String>,
    /// What was done about it.
    pub we_did: Option<String>,
    /// Who did it, with their name; none within names nobody.
    pub provider: Option<Option<(ProviderId, String)>>,
    /// The photo; none within shows none.
    pub pictured: Option<Option<Pictured>>,
}

/// A field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Its path.
    pub path: String,
    /// What is wrong with it.
    pub text: String,
}

impl Flaw {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// What others are told of an entry: no words of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryDigest {
    /// The entry.
    pub entry_id: ResponseEntryId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issues that it is about.
    pub issue_ids: Vec<IssueId>,
    /// Who did it.
    pub provider_id: Option<ProviderId>,
    /// When it was published.
    pub publish_time: DateTime<Utc>,
    /// Counts what it said.
    pub revision: i32,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

/// An issue, as far as an entry names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedIssue {
    /// The issue.
    pub id: IssueId,
    /// The reference to quote.
    pub reference: String,
    /// What it is about, in a few words.
    pub name: String,
    /// The code of its category.
    pub category_code: String,
    /// Where it stands.
    pub state: IssueState,
    /// Whether everyone may know of it.
    pub public: bool,
}

impl NamedIssue {
    /// The name of an issue: its title, or its category.
    #[must_use]
    pub(crate) fn name_of(title: String, category_name: String) -> String {
        if title.is_empty() { category_name } else { title }
    }

    /// As an entry names the issue.
    #[must_use]
    pub(crate) fn of(issue: &Issue) -> Self {
        Self {
            id: issue.id,
            reference: issue.reference.clone(),
            name: Self::name_of(issue.title.clone(), issue.category_name.clone()),
            category_code: issue.category_code.clone(),
            state: issue.state,
            public: issue.is_public(),
        }
    }
}

/// An entry as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryView {
    /// The entry.
    pub entry: ResponseEntry,
    /// Its issues, as far as the reader may know of them.
    pub issues: Vec<NamedIssue>,
    /// Its photo, if it is still there, with the issue that it is of.
    pub photo: Option<(IssueId, Photo)>,
}

impl EntryView {
    /// About how many bytes it takes in an answer, at the most.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        let issues = self.issues.iter().map(|issue| ISSUE + issue.name.len());
        let withdrawn = self.entry.withdrawal.as_ref().map_or(0, |withdrawal| withdrawal.reason.len());
        let caption = self.photo.as_ref().map_or(0, |(_, photo)| photo.caption.len());
        self.entry.said.bytes() + withdrawn + caption + issues.sum::<usize>()
    }

    /// As a reader may see the entry: whoever deals with what is held back sees all of it. Everyone else sees nothing that was withdrawn, no
    /// issue or photo that is held back, nor an entry of which no issue is left: its words may speak of what is kept from them.
    #[must_use]
    pub(crate) fn of(
        entry: ResponseEntry,
        issues: &HashMap<IssueId, NamedIssue>,
        photos: &HashMap<IssueId, Vec<Photo>>,
        sees_all: bool,
    ) -> Option<Self> {
        let known = entry.issue_ids.iter().filter_map(|id| issues.get(id));
        let issues: Vec<NamedIssue> = known.filter(|issue| sees_all || issue.public).cloned().collect();
        if !sees_all && (entry.withdrawal.is_some() || issues.is_empty()) {
            return None;
        }
        let pictured = entry.said.pictured.filter(|pictured| issues.iter().any(|issue| issue.id == pictured.issue_id));
        let photo = pictured.and_then(|Pictured { issue_id, photo_id }| {
            let photo = photos.get(&issue_id)?.iter().find(|photo| photo.id == photo_id)?;
            (sees_all || !photo.held).then(|| (issue_id, photo.clone()))
        });
        Some(Self { entry, issues, photo })
    }
}

impl ResponseEntry {
    /// Publishes an entry about these issues, which are in the order in which they were named; one that was named twice stands twice.
    ///
    /// # Errors
    ///
    /// Everything that does not fit.
    pub(crate) fn publish(
        (id, partnership_id): (ResponseEntryId, PartnershipId),
        said: Said,
        issues: &[&Issue],
        held: &HeldWords,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<Flaw>> {
        let mut flaws = unfit_words(&said, held);
        flaws.extend(unfit_issues(issues));
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let issue_ids = issues.iter().map(|issue| issue.id).collect();
        let (publish_time, update_time) = (now, now);
        Ok(Self {
            id,
            partnership_id,
            said,
            issue_ids,
            publish_time,
            update_time,
            revision: 1,
            withdrawal: None,
            version: 1,
        })
    }

    /// Refuses what cannot be done to an entry that was withdrawn.
    ///
    /// # Errors
    ///
    /// [`Refusal::EntryWithdrawn`].
    pub(crate) fn check_stands(&self) -> Result<(), Refusal> {
        if self.withdrawal.is_some() { Err(Refusal::EntryWithdrawn) } else { Ok(()) }
    }

    /// Says something else. Answers what it said before; none where that is the same.
    ///
    /// # Errors
    ///
    /// Everything that does not fit.
    pub(crate) fn rephrase(
        &mut self,
        rephrasing: Rephrasing,
        held: &HeldWords,
        now: DateTime<Utc>,
    ) -> Result<Option<(i32, Said)>, Vec<Flaw>> {
        let before = self.said.clone();
        let mut said = before.clone();
        said.you_said = rephrasing.you_said.unwrap_or(said.you_said);
        said.we_did = rephrasing.we_did.unwrap_or(said.we_did);
        if let Some(provider) = rephrasing.provider {
            (said.provider_id, said.provider_name) = provider.map(|(id, name)| (Some(id), name)).unwrap_or_default();
        }
        said.pictured = rephrasing.pictured.unwrap_or(said.pictured);
        let flaws = unfit_words(&said, held);
        if !flaws.is_empty() {
            return Err(flaws);
        }
        if said == before {
            return Ok(None);
        }
        let former = (self.revision, before);
        self.said = said;
        self.revision = self.revision.saturating_add(1);
        self.written(now);
        Ok(Some(former))
    }

    /// Takes it from the public.
    ///
    /// # Errors
    ///
    /// [`Refusal::EntryWithdrawn`].
    pub(crate) fn withdraw(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_stands()?;
        self.withdrawal = Some(Withdrawal { time: now, reason: reason.to_owned() });
        self.written(now);
        Ok(())
    }

    /// Takes people out of its words. Answers whether there was anything of them.
    pub(crate) fn anonymise(&mut self, traces: &Traces, now: DateTime<Utc>) -> bool {
        let mut changed = self.said.anonymise(traces);
        if let Some(withdrawal) = &mut self.withdrawal {
            changed |= traces.remove_from(&mut withdrawal.reason);
        }
        if changed {
            self.written(now);
        }
        changed
    }

    fn written(&mut self, now: DateTime<Utc>) {
        self.update_time = now;
        self.version += 1;
    }

    /// What others are told of it.
    #[must_use]
    pub(crate) fn digest(&self) -> EntryDigest {
        EntryDigest {
            entry_id: self.id,
            partnership_id: self.partnership_id,
            issue_ids: self.issue_ids.clone(),
            provider_id: self.said.provider_id,
            publish_time: self.publish_time,
            revision: self.revision,
            withdrawn: self.withdrawal.is_some(),
        }
    }

    /// What it has residents told: where it stands, and none of its words, which may be changed or withdrawn one day.
    #[must_use]
    pub(crate) fn announcement(&self) -> Announcement {
        let page = format!("/partnerships/{}/you-said-we-did/{}", self.partnership_id, self.id);
        let text = format!("It is published what was said and what was done about it: {page}");
        Announcement { kind: PUBLISHED.to_owned(), text, action_id: None }
    }
}

impl Said {
    /// About how many bytes it takes in an answer, at the most.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        REST + self.you_said.len() + self.we_did.len() + self.provider_name.len()
    }

    /// Takes people out of its words. Answers whether there was anything of them.
    pub(crate) fn anonymise(&mut self, traces: &Traces) -> bool {
        traces.remove_from(&mut self.you_said) | traces.remove_from(&mut self.we_did)
    }
}

/// The photo among those of some issues. One that waits to be released is not public, and is no more there than one that was never added.
///
/// # Errors
///
/// [`Refusal::PhotoUnknown`].
pub(crate) fn pictured<'a>(
    issues: impl IntoIterator<Item = &'a Issue>,
    photo_id: PhotoId,
) -> Result<Pictured, Refusal> {
    let mut issues = issues.into_iter();
    let is_shown = |issue: &&Issue| issue.photo(photo_id).is_ok_and(|photo| !photo.held);
    let of = issues.find(is_shown).ok_or(Refusal::PhotoUnknown { photo_id })?;
    Ok(Pictured { issue_id: of.id, photo_id })
}

fn unfit_words(said: &Said, held: &HeldWords) -> Vec<Flaw> {
    let words = [("you_said", &said.you_said), ("we_did", &said.we_did)];
    let unfit = words.into_iter().filter_map(|(path, text)| Some((path, held.find(&[text.as_str()])?)));
    unfit.map(|(path, heading)| Flaw::new(path, unfit_text(heading))).collect()
}

/// Why words that hold a report back are not published.
const fn unfit_text(heading: Heading) -> &'static str {
    match heading {
        Heading::Emergency => {
            "speaks of danger and cannot be published. If someone is in danger now, call 999. Say it in other words"
        }
        Heading::Child => "seems to name a child and cannot be published. Say it without them",
        Heading::Medical => "seems to speak of somebody's health and cannot be published. Say it without that",
        Heading::Other => "holds words that cannot be published. Say it in other words",
    }
}

fn unfit_issues(issues: &[&Issue]) -> Vec<Flaw> {
    let mut named: HashMap<IssueId, usize> = HashMap::new();
    let mut flaws = Vec::new();
    for (index, issue) in issues.iter().enumerate() {
        let path = format!("issue_ids[{index}]");
        let reference = &issue.reference;
        if let Some(first) = named.get(&issue.id) {
            flaws.push(Flaw::new(path, format!("names {reference} again, which stands in issue_ids[{first}]")));
            continue;
        }
        named.insert(issue.id, index);
        if !issue.is_public() {
            flaws.push(Flaw::new(path, format!("must be public; {reference} is held back")));
        } else if !has_ended(issue.state) {
            let state = issue.state.spoken();
            let text = format!("must be resolved, closed, or closed without action; {reference} is {state}");
            flaws.push(Flaw::new(path, text));
        }
    }
    flaws
}

/// Whether something was done about an issue in this state, or it was said why nothing was. What was taken back ended by its reporter, and of a
/// duplicate its original tells.
const fn has_ended(state: IssueState) -> bool {
    match state {
        IssueState::Resolved | IssueState::Closed | IssueState::NoAction => true,
        IssueState::Reported
        | IssueState::AwaitingModeration
        | IssueState::Triaged
        | IssueState::Routed
        | IssueState::Accepted
        | IssueState::InProgress
        | IssueState::OnHold
        | IssueState::Duplicate
        | IssueState::NotResponsible
        | IssueState::Withdrawn
        | IssueState::Reopened => false,
    }
}

/// Somebody who is to be told of an issue, or of an entry because of one of its issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Concerned {
    /// The person, as they have to do with that issue.
    pub id: ReporterId,
    /// The issue that it is about for them.
    pub issue_id: IssueId,
    /// Whether they are told by letter, too.
    pub by_letter: bool,
    /// What is the same for one e-mail address and tells nobody which it is; none for whoever left none.
    pub mark: Option<String>,
}

/// Each record once, and each address by one letter.
#[must_use]
pub(crate) fn once_each(mut people: Vec<Concerned>) -> Vec<Concerned> {
    people.sort_by_key(|person| person.id);
    people.dedup_by_key(|person| person.id);
    write_once(&mut people);
    people
}

/// Each address by one letter: to whoever stands first. Only addresses that letters go to are confirmed: by one that anybody may have typed, nobody
/// is kept from being told.
pub(crate) fn write_once(people: &mut [Concerned]) {
    let mut written_to: HashSet<String> = HashSet::new();
    for person in people.iter_mut().filter(|person| person.by_letter) {
        person.by_letter = person.mark.as_ref().is_none_or(|mark| written_to.insert(mark.clone()));
    }
}

#[cfg(test)]
mod tests;
