//! Sending an issue on to a council's own system, once.
//!
//! Whoever loses the answer to a report does not know whether it was taken. A system that knows repeats by their key (another
//! Pathfinder) is sent the same bytes under the same key until it answers. Any other is never sent a report again by itself: each
//! report ends with a line by which it is looked for there, and what is not found waits for a person. So a forwarding is kept before its
//! first byte goes out, and its form is made when it is, and not made anew while it may have been taken.
//!
//! By the same line a report is known that came from another system that sends issues on, and goes no farther. It counts as the last line
//! alone, and only where a system that is known here handed the report over: what others say is quoted before it could stand there.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{ForwardingId, IssueId, PartnershipId, ProviderId, words};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Issue;
use super::attribute::{AttributeNames, Told};
use super::backoff::next_attempt_time;
use super::refusal::Refusal;
use super::update::UpdateStatus;

words! {
    /// How far a forwarding has come.
    pub(crate) enum SendState {
        /// It waits for its turn.
        Queued = "queued",
        /// It is on its way. One that stays so was cut off, and is uncertain.
        Sending = "sending",
        /// It may have been taken: there was no answer.
        Uncertain = "uncertain",
        /// It was taken; its id there is still to come.
        AwaitingId = "awaiting_id",
        /// It was taken.
        Sent = "sent",
        /// It was not taken, for what is wrong with it.
        Refused = "refused",
        /// A person has to look whether it was taken.
        NeedsPerson = "needs_person",
    }
}

/// How the line begins by which an issue is found.
const MARK: &str = "Ref. ";
/// The longest description that Open311 takes, in characters.
const LONGEST_DESCRIPTION: usize = 4_000;
/// A sender that was cut off is taken for gone after so long.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long after a search that found nothing it is looked for again: servers may show late what they took.
const SEARCHES: [TimeDelta; 4] =
    [TimeDelta::seconds(10), TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(15)];
/// A system that knows repeats is relied on to know one for so long; Pathfinder knows them for a day.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(20);
/// What has not come to its end for so long is for a person to look at.
const LONGEST: TimeDelta = TimeDelta::days(2);
/// An issue waits for pictures that are to be fetched for so long, and it is looked for them so often.
const LONGEST_FOR_PICTURES: TimeDelta = TimeDelta::minutes(5);
const LOOK_FOR_PICTURES: TimeDelta = TimeDelta::seconds(20);
/// So often in a row a council is asked in vain what its service wants to know, before an issue is sent without that.
const MOST_ASKED: i32 = 5;
/// What was taken for sure and is held back there is waited for so long: people read it, and to send it again would make two of it.
const LONGEST_FOR_ID: TimeDelta = TimeDelta::days(60);

/// A council's own system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    /// What it is called here; never changes, and stands with each forwarding.
    pub name: String,
    /// Whose issues are sent there,
    pub partnership_id: PartnershipId,
    /// when this provider becomes answerable.
    pub provider_id: ProviderId,
    /// The address that ends before `requests`, such as `https://council.example/open311/v2/`.
    pub url: String,
    /// Its name for us; empty where it needs none.
    #[serde(default)]
    pub jurisdiction_id: String,
    /// The key that it gave us; empty where it needs none.
    #[serde(default)]
    pub api_key: Secret,
    /// Whether it knows repeats by the header `Idempotency-Key`, as Pathfinder does.
    #[serde(default)]
    pub knows_repeats: bool,
    /// How often it is asked what became of issues, in seconds; 0 for never.
    #[serde(default = "a_minute")]
    pub pull_seconds: u32,
    /// How long an issue waits before it is sent, in seconds, so that photos that are added after it go along.
    #[serde(default = "a_minute")]
    pub wait_seconds: u32,
    /// Whether it is told what happens here to the issues that it has taken.
    #[serde(default)]
    pub takes_updates: bool,
    /// Whether it has a list of updates; else its reports are read. Nothing but a guess: one that turns out to have none is read so, too.
    #[serde(default = "by_default")]
    pub tells_updates: bool,
    /// Its service codes for our categories, where they differ.
    #[serde(default)]
    pub service_codes: BTreeMap<String, String>,
    /// What it calls the questions of our categories, by the categories' codes, where that differs or its services do not say it.
    #[serde(default)]
    pub attributes: BTreeMap<String, AttributeNames>,
}

const fn a_minute() -> u32 {
    60
}

const fn by_default() -> bool {
    true
}

impl Endpoint {
    /// Its code for a category of ours.
    #[must_use]
    pub(crate) fn service_code<'a>(&'a self, category_code: &'a str) -> &'a str {
        self.service_codes.get(category_code).map_or(category_code, String::as_str)
    }
}

/// What became of an issue there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteUpdate {
    /// The issue's id there.
    pub remote_id: String,
    /// The update's id there.
    pub update_id: String,
    /// How it stands, in the words of Open311.
    pub status: String,
    /// What is said of it; may be empty.
    pub description: String,
    /// When it happened.
    pub time: DateTime<Utc>,
}

impl RemoteUpdate {
    /// How it stands; none for a word that nobody knows.
    #[must_use]
    pub(crate) fn status(&self) -> Option<UpdateStatus> {
        status_of(&self.status)
    }
}

/// What a word of Open311 means; none for one that nobody knows.
#[must_use]
pub(crate) fn status_of(word: &str) -> Option<UpdateStatus> {
    match word.trim().to_lowercase().as_str() {
        "not_councils_responsibility" => Some(UpdateStatus::NotResponsible),
        other => other.parse().ok(),
    }
}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// An issue on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forwarding {
    /// By which it is sent once.
    pub id: ForwardingId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Where to.
    pub endpoint: String,
    /// What is sent, without the key; empty unless it may have been taken: what was not is made when it is sent. Not kept with an
    /// answer for a repeat, where nobody could take words out of it.
    #[serde(skip)]
    pub form: String,
    /// How far it has come.
    pub state: SendState,
    /// Whether an answer was lost and it is not known since.
    pub is_in_doubt: bool,
    /// How often it was sent.
    pub attempt_count: i32,
    /// How often in a row there was no answer.
    pub failure_count: i32,
    /// How often since the last try it was looked for, and not found.
    pub search_count: i32,
    /// When it was first sent.
    pub begin_time: Option<DateTime<Utc>>,
    /// When its turn comes; none when it is settled.
    pub next_attempt_time: Option<DateTime<Utc>>,
    /// Its id there.
    pub remote_id: String,
    /// What to ask there for its id.
    pub token: String,
    /// What was last heard of it.
    pub note: String,
    /// When it was queued.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
}

/// What to do with a forwarding whose turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send it.
    Send,
    /// Look whether it is there.
    Find,
    /// Ask for its id.
    AskForId,
    /// Nothing: it is settled.
    Rest,
}

/// What was heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It was taken, under this id.
    Taken(String),
    /// It was taken; this token leads to its id.
    Token(String),
    /// It was certainly not taken; it may be later.
    Later(String),
    /// It was not taken, and will not be.
    Refused(String),
    /// What has this key is another report: a person has to look.
    Mistaken(String),
    /// Nothing that tells.
    Nothing(String),
}

/// What was found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// These, the earliest first; none is an answer, too.
    Ids(Vec<String>),
    /// There was no answer.
    NotAnswered(String),
}

impl Forwarding {
    /// An issue that is to be sent.
    #[must_use]
    pub(crate) fn new(id: ForwardingId, issue: &Issue, endpoint: &Endpoint, now: DateTime<Utc>) -> Self {
        let wait = TimeDelta::seconds(endpoint.wait_seconds.into());
        Self {
            id,
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            endpoint: endpoint.name.clone(),
            form: String::new(),
            state: SendState::Queued,
            is_in_doubt: false,
            attempt_count: 0,
            failure_count: 0,
            search_count: 0,
            begin_time: None,
            next_attempt_time: Some(now.checked_add_signed(wait).unwrap_or(now)),
            remote_id: String::new(),
            token: String::new(),
            note: String::new(),
            create_time: now,
            update_time: now,
        }
    }

    /// Whether pictures of its issue that are still to be fetched are worth waiting for.
    #[must_use]
    pub(crate) fn may_wait_for_pictures(&self, now: DateTime<Utc>) -> bool {
        self.attempt_count == 0 && !self.may_be_there() && now - self.create_time < LONGEST_FOR_PICTURES
    }

    /// Whether it is still the one that was sent as `begun`, though words may have been taken out meanwhile: what is heard of it counts.
    #[must_use]
    pub(crate) fn is_same_try(&self, begun: &Self) -> bool {
        let was_stopped = self.state == SendState::NeedsPerson && begun.state == SendState::Sending;
        self == begun || (was_stopped && self.form.is_empty() && self.attempt_count == begun.attempt_count)
    }

    /// Notes that it waits for pictures of its issue.
    pub(crate) fn wait_for_pictures(&mut self, now: DateTime<Utc>) {
        self.wait_until(now + LOOK_FOR_PICTURES, now);
    }

    /// Whether it is worth waiting to hear what the council's service wants to know: not once anything may be there.
    #[must_use]
    pub(crate) fn may_wait_for_attributes(&self) -> bool {
        self.state == SendState::Queued && !self.is_in_doubt && self.failure_count < MOST_ASKED
    }

    /// Notes that it waits to hear that.
    pub(crate) fn wait_for_attributes(&mut self, why: &str, now: DateTime<Utc>) {
        self.wait(&format!("It is not known yet what the council asks: {why}"), now);
    }

    /// Whether what is sent is made when it is sent, of the issue as it is then.
    #[must_use]
    pub(crate) fn is_to_be_made(&self) -> bool {
        self.form.is_empty() || !self.may_be_there()
    }

    /// What its turn is for.
    #[must_use]
    pub(crate) fn next(&self, knows_repeats: bool, now: DateTime<Utc>) -> Next {
        let is_known_still = knows_repeats && self.begin_time.is_none_or(|begun| now - begun < KNOWN_FOR);
        match self.state {
            SendState::Queued => Next::Send,
            SendState::Sending | SendState::Uncertain if is_known_still => Next::Send,
            SendState::Sending | SendState::Uncertain => Next::Find,
            SendState::AwaitingId => Next::AskForId,
            SendState::Sent | SendState::Refused | SendState::NeedsPerson => Next::Rest,
        }
    }

    /// Notes that it is not to go out, or not again: what may have been taken is for a person to look at.
    pub(crate) fn call_off(&mut self, why: &str, now: DateTime<Utc>) {
        let state = if self.may_be_there() { SendState::NeedsPerson } else { SendState::Refused };
        self.settle(state, String::new(), why, now);
    }

    /// Notes that it goes out now. To be kept before it does.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.is_in_doubt |= self.state == SendState::Sending;
        self.state = SendState::Sending;
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.begin_time.get_or_insert(now);
        self.wait_until(now + LEASE, now);
    }

    /// Notes what was heard of it.
    pub(crate) fn hear(&mut self, heard: Heard, now: DateTime<Utc>) {
        let was_taken = matches!(heard, Heard::Taken(_) | Heard::Token(_));
        if self.state == SendState::NeedsPerson && !was_taken {
            return;
        }
        match heard {
            Heard::Taken(id) => self.settle(SendState::Sent, id, "", now),
            Heard::Token(token) => {
                self.token = token;
                self.state = SendState::AwaitingId;
                self.wait("It was taken; its id is still to come.", now);
            }
            Heard::Later(why) => {
                let doubtful = self.is_in_doubt;
                self.state = match self.state {
                    SendState::AwaitingId => SendState::AwaitingId,
                    _ if doubtful => SendState::Uncertain,
                    _ => SendState::Queued,
                };
                self.wait(&why, now);
            }
            Heard::Refused(why) if !self.is_in_doubt => self.settle(SendState::Refused, String::new(), &why, now),
            Heard::Refused(why) | Heard::Mistaken(why) => {
                self.settle(SendState::NeedsPerson, String::new(), &why, now);
            }
            Heard::Nothing(why) => {
                if self.state != SendState::AwaitingId {
                    self.state = SendState::Uncertain;
                    self.is_in_doubt = true;
                }
                self.wait(&why, now);
            }
        }
        self.drop_form();
    }

    /// Words of people are kept no longer than they are needed: what was not taken is made anew.
    fn drop_form(&mut self) {
        if !self.may_be_there() {
            self.form.clear();
        }
    }

    /// Notes what was found of it in a system that does not know repeats.
    pub(crate) fn find(&mut self, found: Found, now: DateTime<Utc>) {
        self.state = SendState::Uncertain;
        self.is_in_doubt = true;
        match found {
            Found::NotAnswered(why) => self.wait(&why, now),
            Found::Ids(mut ids) if !ids.is_empty() => {
                let others = ids.split_off(1);
                let note = if others.is_empty() {
                    "Found there after an answer was lost.".to_owned()
                } else {
                    format!("It is there more than once: {} as well.", others.join(", "))
                };
                self.settle(SendState::Sent, ids.remove(0), &note, now);
            }
            Found::Ids(_) => self.find_nothing(now),
        }
    }

    fn find_nothing(&mut self, now: DateTime<Utc>) {
        let pause = usize::try_from(self.search_count).ok().and_then(|done| SEARCHES.get(done));
        self.search_count = self.search_count.saturating_add(1);
        self.failure_count = 0;
        "It is not there (yet).".clone_into(&mut self.note);
        match pause {
            Some(pause) => self.wait_until(now + *pause, now),
            // It may be held back there, or come later: who sends it again knows more than this does.
            None => {
                self.settle(SendState::NeedsPerson, String::new(), "It was sent, and is not to be found there.", now);
            }
        }
    }

    /// Whether it is sure that it was taken.
    #[must_use]
    pub(crate) fn was_taken(&self) -> bool {
        matches!(self.state, SendState::Sent | SendState::AwaitingId)
    }

    /// Whether a person may have it sent again.
    ///
    /// # Errors
    ///
    /// [`Refusal::ForwardingGoesOn`].
    pub(crate) fn check_retry(&self) -> Result<(), Refusal> {
        match self.state {
            SendState::Refused | SendState::NeedsPerson => Ok(()),
            SendState::Queued | SendState::Sending | SendState::Uncertain | SendState::AwaitingId | SendState::Sent => {
                Err(Refusal::ForwardingGoesOn { state: self.state })
            }
        }
    }

    /// Lets a person have another try at what was refused or is in doubt: what was taken and has no id yet is asked for it again, and all
    /// else is sent again: in the same bytes where it may have been taken, which stays in doubt.
    pub(crate) fn retry(&mut self, now: DateTime<Utc>) {
        let was_taken = !self.token.is_empty();
        self.state = if was_taken { SendState::AwaitingId } else { SendState::Queued };
        self.is_in_doubt &= !was_taken;
        self.begin_time = was_taken.then_some(now);
        (self.attempt_count, self.failure_count, self.search_count) = (0, 0, 0);
        self.wait_until(now, now);
    }

    /// Whether it may have been taken, so that nobody knows whether to send it again.
    #[must_use]
    pub(crate) fn may_be_there(&self) -> bool {
        match self.state {
            SendState::Queued | SendState::NeedsPerson => self.is_in_doubt,
            SendState::Sending | SendState::Uncertain => true,
            SendState::AwaitingId | SendState::Sent | SendState::Refused => false,
        }
    }

    /// Whether it was taken, or may have been: what happens from then on concerns the council.
    #[must_use]
    pub(crate) fn may_be_taken(&self) -> bool {
        let was_taken = matches!(self.state, SendState::AwaitingId | SendState::Sent) || !self.token.is_empty();
        was_taken || self.may_be_there()
    }

    /// Whether it has come to its end without having been taken, so far as anybody knows.
    #[must_use]
    pub(crate) fn is_untaken_at_its_end(&self) -> bool {
        matches!(self.state, SendState::Refused | SendState::NeedsPerson) && self.token.is_empty()
    }

    /// Takes out what is not to be told any more. What may have been taken cannot go out in the same words any more, and waits for a person.
    pub(crate) fn forget_words(&mut self, why: &str, now: DateTime<Utc>) {
        if self.may_be_there() {
            self.is_in_doubt = true;
            let note = format!("It was sent and not answered, and {why} since. Look whether it is there.");
            self.settle(SendState::NeedsPerson, String::new(), &note, now);
        }
        self.form.clear();
        // Whoever is about to send it finds that it has changed.
        self.update_time = now;
    }

    fn settle(&mut self, state: SendState, remote_id: String, note: &str, now: DateTime<Utc>) {
        self.state = state;
        self.remote_id = remote_id;
        self.drop_form();
        note.clone_into(&mut self.note);
        self.failure_count = 0;
        self.next_attempt_time = None;
        self.update_time = now;
    }

    fn wait(&mut self, why: &str, now: DateTime<Utc>) {
        why.clone_into(&mut self.note);
        self.failure_count = self.failure_count.saturating_add(1);
        let longest = if self.state == SendState::AwaitingId { LONGEST_FOR_ID } else { LONGEST };
        let is_stuck = self.state != SendState::Queued && self.begin_time.is_some_and(|begun| now - begun > longest);
        if is_stuck {
            return self.settle(SendState::NeedsPerson, String::new(), why, now);
        }
        let until = next_attempt_time(now, u32::try_from(self.failure_count).unwrap_or(1));
        self.wait_until(until, now);
    }

    const fn wait_until(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) {
        self.next_attempt_time = Some(until);
        self.update_time = now;
    }
}

/// The line by which an issue is found in a system that does not know repeats. What is sent on ends with it.
#[must_use]
pub(crate) fn mark_of(issue_id: IssueId, reference: &str) -> String {
    format!("{MARK}{reference} {issue_id}")
}

/// The issue whose line words end with: they were sent on. None where their last line is no such line; what stands before it may be
/// anybody's, who quotes what they read.
#[must_use]
pub(crate) fn marked_issue(words: &str) -> Option<IssueId> {
    let last = words.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let id = last.strip_prefix(MARK)?.rsplit(' ').next()?;
    Uuid::try_parse(id).ok().map(IssueId)
}

/// The words of a report that somebody typed. They were not sent on, whatever they end with.
#[must_use]
pub(crate) fn typed(words: &str) -> String {
    if marked_issue(words).is_some() { quoted(words) } else { words.to_owned() }
}

/// Words without a line that could be taken for that of an issue, wherever they are cut off on the way, and whatever breaks a line there.
fn quoted(words: &str) -> String {
    let is_break = |letter: char| (letter.is_control() && letter != '\t') || ['\u{2028}', '\u{2029}'].contains(&letter);
    let is_like = |line: &str| line.trim_start().starts_with(MARK.trim_end());
    let line = |line: &str| if is_like(line) { format!("> {line}") } else { line.to_owned() };
    words.split_inclusive(is_break).map(line).collect()
}

/// What is said of an issue there: its words with the answers that are not `told` as attributes, shortened where they are too long, and at
/// the end the line by which it is found.
#[must_use]
pub(crate) fn description_of(issue: &Issue, told: &[Told]) -> String {
    let mark = mark_of(issue.id, &issue.reference);
    let is_told = |code: &str| told.iter().any(|one| one.question_code == code);
    let answers = issue.answers.iter().filter(|answer| !answer.confidential && !is_told(&answer.question_code));
    let answers = answers.map(|answer| format!("{} {}", answer.question, answer.texts.join(", ")));
    let place = issue.location.clone().published().location_text;
    let words = [issue.title.clone(), issue.description.clone(), place];
    let words: Vec<String> = words.into_iter().chain(answers).filter(|text| !text.is_empty()).collect();
    let words = quoted(&words.join("\n"));
    let room = LONGEST_DESCRIPTION.saturating_sub(mark.chars().count() + 2);
    if words.chars().count() <= room {
        return format!("{words}\n\n{mark}");
    }
    let kept: String = words.chars().take(room.saturating_sub(2)).collect();
    format!("{kept} …\n\n{mark}")
}

#[cfg(test)]
mod tests;
