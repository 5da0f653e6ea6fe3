//! Writing an issue with all that goes with it: history, notices, events.

use pathfinder_kit::{Call, Host, Unit};
use pathfinder_terms::NoticeId;
use pathfinder_terms::calendar::WorkingCalendar;
use uuid::Uuid;

use super::App;
use super::author::Author;
use super::councils::Councils;
use super::forward::forget_forms;
use crate::config::Settings;
use crate::domain::edit::takes_out;
use crate::domain::history::Entry;
use crate::domain::notice::{self, Announcement};
use crate::domain::response_entry::{Concerned, write_once};
use crate::domain::{Event, Issue, IssueDigest, Letter, Notice, Step};
use crate::error::Error;
use crate::store;

/// One write: the steps that were taken, by whom, by which settings and calendar.
pub(super) struct Writing<'a> {
    pub(super) call: &'a Call,
    pub(super) host: &'a Host,
    pub(super) settings: &'a Settings,
    pub(super) councils: &'a dyn Councils,
    pub(super) calendar: &'a WorkingCalendar,
    pub(super) author: Author,
}

impl App {
    /// One write.
    pub(super) fn writing<'a>(&'a self, call: &'a Call, calendar: &'a WorkingCalendar, author: Author) -> Writing<'a> {
        let councils = self.councils.as_ref();
        Writing { call, host: &self.host, settings: &self.settings, councils, calendar, author }
    }
}

impl Writing<'_> {
    /// Writes a new issue.
    pub(super) async fn insert(&self, unit: &mut Unit, issue: &mut Issue, mut steps: Vec<Step>) -> Result<(), Error> {
        let now = self.call.now;
        issue.await_answer(&steps, self.settings.answer_within, self.calendar, now);
        issue.settle(self.calendar, now, &mut steps);
        store::issue::insert_many(unit.tx(), std::slice::from_ref(issue), now).await?;
        store::history::insert_many(unit.tx(), self.entries(issue, &steps)).await?;
        for event in events_of_new(issue, now) {
            unit.record_as(&event, &nameless(issue), self.author.actor())?;
        }
        Ok(())
    }

    /// Writes an issue over its former self. Everyone who reported or supports it is told what concerns them, and so are councils that have
    /// taken it. Answers the ids of the steps in the history, in their order.
    pub(super) async fn update(
        &self,
        unit: &mut Unit,
        before: &Issue,
        issue: &mut Issue,
        mut steps: Vec<Step>,
    ) -> Result<Vec<Uuid>, Error> {
        let taken = steps.len();
        let now = self.call.now;
        issue.await_answer(&steps, self.settings.answer_within, self.calendar, now);
        issue.settle(self.calendar, now, &mut steps);
        issue.version = before.version + 1;
        store::issue::update(unit.tx(), before, issue, now).await?;
        if takes_out(before, issue) {
            forget_forms(unit, issue.partnership_id, issue.id, "its words or its place were changed", |_| true).await?;
        }
        let is_open = issue.state.is_open();
        if issue.state != before.state && !(is_open && before.state.is_open()) {
            let end_time = (!is_open).then_some(now);
            let same = store::issue::with_duplicates(unit.tx(), issue.partnership_id, issue.id).await?;
            store::ends::set_end_time(unit.tx(), issue.partnership_id, &same, end_time).await?;
        }
        self.keep_updates(unit, before, issue).await?;
        let entries = self.entries(issue, &steps);
        let ids = entries.iter().take(taken).map(|entry| entry.id).collect();
        store::history::insert_many(unit.tx(), entries).await?;
        for announcement in steps.iter().filter_map(|step| notice::announce(issue, step)) {
            self.tell(unit, issue, &announcement).await?;
        }
        let events = Event::between(before, issue, now);
        if events.is_empty() {
            let kind = steps.first().map_or("issue.settled", |step| step.kind.as_str());
            unit.record_quietly(kind, Some(issue.partnership_id), issue.id.0, &nameless(issue))?;
        }
        for event in events {
            unit.record_as(&event, &nameless(issue), self.author.actor())?;
        }
        Ok(ids)
    }

    /// Tells everyone who reported, supports or follows the issue, or one that repeats it; letters go to those who follow by e-mail, one to each
    /// address. Of an issue that is held back only those hear who reported or support it: the others are not shown it.
    pub(super) async fn tell(&self, unit: &Unit, issue: &Issue, said: &Announcement) -> Result<(), Error> {
        let now = self.call.now;
        let same = match issue.is_public() {
            true => store::issue::with_duplicates(unit.tx(), issue.partnership_id, issue.id).await?,
            false => vec![issue.id],
        };
        let mut readers = store::news::readers_of(unit.tx(), issue.partnership_id, &same).await?;
        readers.retain(|reader| issue.is_public() || !reader.by_letter);
        // Who follows a repeat of it, too, has the letter with the link that opens this one.
        readers.sort_by_key(|reader| (reader.issue_id != issue.id, reader.id));
        write_once(&mut readers);
        let announcement_id = self.host.next_id(now);
        let notice_to = |reader: &Concerned| Notice {
            id: NoticeId(self.host.next_id(now)),
            announcement_id,
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            reporter_id: reader.id,
            kind: said.kind.clone(),
            text: said.text.clone(),
            action_id: said.action_id,
            time: now,
        };
        let notices: Vec<Notice> = readers.iter().map(notice_to).collect();
        store::notice::insert_many(unit.tx(), &notices).await?;
        let by_letter = readers.iter().zip(&notices).filter(|(reader, _)| reader.by_letter);
        let letters: Vec<Letter> = by_letter.map(|(_, notice)| letter_about(notice)).collect();
        Ok(store::letter::insert_many(unit.tx(), &letters).await?)
    }

    /// The history rows of the steps: a rule's steps are the service's own.
    pub(super) fn entries(&self, issue: &Issue, steps: &[Step]) -> Vec<Entry> {
        steps.iter().map(|step| self.entry(issue, step)).collect()
    }

    fn entry(&self, issue: &Issue, step: &Step) -> Entry {
        let author = if step.automatic { Author::rule() } else { self.author.clone() };
        Entry {
            id: self.host.next_id(self.call.now),
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            time: step.time,
            actor_id: author.id,
            actor_name: author.name,
            actor_label: author.label,
            kind: step.kind.clone(),
            from_state: step.from.map(|state| state.word().to_owned()).unwrap_or_default(),
            to_state: step.to.word().to_owned(),
            note: step.note.clone(),
            private_note: step.private_note.clone(),
        }
    }
}

/// The letter that tells of a notice.
pub(super) fn letter_about(notice: &Notice) -> Letter {
    Letter {
        id: notice.id.0,
        partnership_id: notice.partnership_id,
        reporter_id: notice.reporter_id,
        kind: notice.kind.clone(),
        create_time: notice.time,
        failure_count: 0,
    }
}

/// An issue as the audit trail digests it: without the name of its reporter and where exactly a home is, because a digest cannot be erased, and
/// names and addresses can be guessed.
pub(super) fn nameless(issue: &Issue) -> Issue {
    Issue { reporter_name: String::new(), location: issue.location.clone().published(), ..issue.clone() }
}

/// What others are told of a new issue. One that is overdue already, or that nobody answered in time, is told as breached, too, and one whose due
/// time is near as that; one that came in closed is history.
pub(super) fn events_of_new(issue: &Issue, now: chrono::DateTime<chrono::Utc>) -> Vec<Event> {
    let digest = || Box::new(IssueDigest::of(issue, now));
    let mut events = vec![Event::IssueReported(digest())];
    let has_missed_response = issue.clock.response.as_ref().is_some_and(|response| response.breach_time.is_some());
    if issue.is_overdue(now) || has_missed_response {
        events.push(Event::IssueBreached(digest()));
    }
    if issue.clock.warned_due_time.is_some() {
        events.push(Event::IssueDueSoon(digest()));
    }
    events
}
