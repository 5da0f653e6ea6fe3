//! A meeting: prepared, published, opened, closed, minuted. Each step asks the table of [`super::meeting_state`] first.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::calendar::{Reckoned, local_date};
use pathfinder_terms::{AgendaItemId, MeetingId, MemberId, PartnershipId, words};
use serde::{Deserialize, Serialize};

use super::agenda::{AgendaItem, ItemNumber, ItemOutcome, ItemText, exemption};
use super::meeting_state::{MeetingStatus, MeetingStep};
use super::notice::Notice;
use super::{Actor, Refusal};

words! {
    /// Whether someone is at a meeting.
    pub enum AttendanceStatus {
        /// In the room.
        Present = "present",
        /// Was in the room and left.
        Left = "left",
        /// Sent apologies.
        Apologies = "apologies",
        /// Neither came nor sent apologies.
        Absent = "absent",
    }
}

words! {
    /// How far an interest reaches.
    pub enum InterestKind {
        /// Declared; the member stays.
        Personal = "personal",
        /// The member withdraws.
        Prejudicial = "prejudicial",
    }
}

/// Who someone at a meeting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The member; none for anyone else in the room.
    pub member_id: Option<MemberId>,
    /// The name.
    pub name: String,
}

impl Attendee {
    /// Whether it is a member, whose name everyone may read.
    #[must_use]
    pub const fn is_member(&self) -> bool {
        self.member_id.is_some()
    }

    fn is(&self, other: &Self) -> bool {
        match (self.member_id, other.member_id) {
            (None, None) => self.name == other.name,
            (mine, theirs) => mine == theirs,
        }
    }
}

/// One stay at a meeting, or one absence from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Who.
    pub attendee: Attendee,
    /// Whether they are there.
    pub status: AttendanceStatus,
    /// When they came in.
    pub arrive_time: Option<DateTime<Utc>>,
    /// When they left.
    pub leave_time: Option<DateTime<Utc>>,
}

/// A member's interest in an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// The member.
    pub member_id: MemberId,
    /// The member's name.
    pub name: String,
    /// The item.
    pub agenda_item_id: AgendaItemId,
    /// How far it reaches.
    pub kind: InterestKind,
    /// What it is.
    pub nature: String,
    /// Whether the member withdrew for the item.
    pub withdrawn: bool,
    /// When it was declared.
    pub declare_time: DateTime<Utc>,
}

/// How the papers went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// When.
    pub time: DateTime<Utc>,
    /// Whether later than the constitution asks for.
    pub late: bool,
    /// The chair's reason for that.
    pub urgent_reason: String,
}

/// The minutes beside what stands on the items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// By when a draft is due; none until the meeting is closed.
    pub due: Option<Reckoned>,
    /// When the first draft was written.
    pub draft_time: Option<DateTime<Utc>>,
    /// What they say beside the items.
    pub text: String,
    /// The later meeting that approved them.
    pub approving_meeting_id: Option<MeetingId>,
    /// When it did.
    pub approve_time: Option<DateTime<Utc>>,
}

/// What the minutes say of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemMinute {
    /// The item.
    pub agenda_item_id: AgendaItemId,
    /// What came of it.
    pub outcome: ItemOutcome,
    /// The minute.
    pub text: String,
}

/// What to change of a meeting; none = unchanged.
#[derive(Debug, Clone, Default)]
pub struct MeetingChanges {
    /// The title.
    pub title: Option<String>,
    /// Where it is.
    pub place: Option<String>,
    /// When it begins.
    pub start_time: Option<DateTime<Utc>>,
    /// The whole agenda.
    pub items: Option<Vec<AgendaItem>>,
}

/// A meeting of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// The id.
    pub id: MeetingId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The title.
    pub title: String,
    /// When it begins.
    pub start_time: DateTime<Utc>,
    /// Where it is.
    pub place: String,
    /// Where it stands.
    pub status: MeetingStatus,
    /// The agenda, in the order of its numbers.
    pub items: Vec<AgendaItem>,
    /// The notice it has to have; none while no constitution is in force on its day.
    pub notice: Option<Notice>,
    /// How the papers went out; none before.
    pub publication: Option<Publication>,
    /// The member who presides.
    pub presiding_member_id: Option<MemberId>,
    /// When it was opened.
    pub open_time: Option<DateTime<Utc>>,
    /// When it was closed.
    pub close_time: Option<DateTime<Utc>>,
    /// Who is there, was there, or is not, in the order recorded.
    pub attendances: Vec<Attendance>,
    /// Interests declared.
    pub interests: Vec<Interest>,
    /// The minutes.
    pub minutes: Minutes,
    /// Why it was adjourned or cancelled.
    pub reason: String,
    /// Who prepared it.
    pub creator: Actor,
    /// When it was created.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// Counts its changes, for the etag.
    pub version: i64,
}

impl Meeting {
    /// The local date on which it begins.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        local_date(self.start_time)
    }

    /// Whether everyone may see it: its papers went out.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.publication.is_some()
    }

    /// The item with this id.
    #[must_use]
    pub fn item(&self, id: AgendaItemId) -> Option<&AgendaItem> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The item with this id, or a refusal of the field that named it.
    pub fn require_item(&self, field: &str, id: AgendaItemId) -> Result<&AgendaItem, Refusal> {
        self.item(id).ok_or_else(|| Refusal::invalid(field, "is not an item of this meeting's agenda"))
    }

    /// The exemption that an item of this agenda relies on, be it its own or that of an item above it; none = public.
    #[must_use]
    pub fn exemption(&self, item: &AgendaItem) -> Option<&str> {
        exemption(&self.items, &item.written.number)
    }

    /// Whether an item of this agenda is taken without the public.
    #[must_use]
    pub fn is_confidential(&self, item: &AgendaItem) -> bool {
        self.exemption(item).is_some()
    }

    /// How many items are taken without the public.
    #[must_use]
    pub fn confidential_item_count(&self) -> usize {
        self.items.iter().filter(|item| self.is_confidential(item)).count()
    }

    /// How many who are not members are or were in the room.
    #[must_use]
    pub fn other_attendee_count(&self) -> usize {
        let others = self.attendances.iter().filter(|stay| stay.arrive_time.is_some() && !stay.attendee.is_member());
        others.map(|stay| stay.attendee.name.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// The meeting as everyone may read it: without confidential items and what was said in them, and without the names of those who
    /// are not members.
    #[must_use]
    pub fn public_view(mut self) -> Self {
        let hidden: Vec<AgendaItemId> =
            self.items.iter().filter(|item| self.is_confidential(item)).map(|item| item.id).collect();
        self.items.retain(|item| !hidden.contains(&item.id));
        self.interests.retain(|interest| !hidden.contains(&interest.agenda_item_id));
        self.attendances.retain(|stay| stay.attendee.is_member());
        self
    }

    /// Changes what is given: agenda and time only while it is a draft.
    pub fn change(&mut self, changes: MeetingChanges) -> Result<(), Refusal> {
        let revises = changes.start_time.is_some() || changes.items.is_some();
        self.take(if revises { MeetingStep::Revise } else { MeetingStep::Describe })?;
        self.title = changes.title.unwrap_or_else(|| std::mem::take(&mut self.title));
        self.place = changes.place.unwrap_or_else(|| std::mem::take(&mut self.place));
        self.start_time = changes.start_time.unwrap_or(self.start_time);
        if let Some(mut items) = changes.items {
            items.sort_by(|one, other| one.written.number.cmp(&other.written.number));
            self.items = items;
        }
        Ok(())
    }

    /// Publishes the papers. Late papers need the chair's urgent reason.
    pub fn publish_agenda(&mut self, notice: Notice, urgent_reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.take(MeetingStep::PublishAgenda)?;
        if self.items.is_empty() {
            return Err(Refusal::AgendaEmpty);
        }
        let late = notice.is_late(local_date(now), &urgent_reason)?;
        self.notice = Some(notice);
        self.publication = Some(Publication { time: now, late, urgent_reason });
        Ok(())
    }

    /// Opens it under the member who presides.
    pub fn open(&mut self, presiding: Option<MemberId>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.take(MeetingStep::Open)?;
        // Else the notice that was given would be worth nothing.
        if local_date(now) < self.date() {
            return Err(Refusal::MeetingBeforeItsDay { day: self.date() });
        }
        self.presiding_member_id = Some(presiding.ok_or(Refusal::NoPresidingMember)?);
        self.open_time = Some(now);
        Ok(())
    }

    /// Records that someone came, left, sent apologies or is absent.
    pub fn attend(
        &mut self,
        attendee: Attendee,
        status: AttendanceStatus,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.take(MeetingStep::RecordAttendance)?;
        let refused = |why| Err(Refusal::AttendanceOutOfOrder { name: attendee.name.clone(), why });
        if at > now {
            return refused("cannot come or go in the future");
        }
        let latest = self.attendances.iter_mut().rev().find(|there| there.attendee.is(&attendee));
        match (status, latest) {
            (AttendanceStatus::Present, Some(stay)) if stay.status == AttendanceStatus::Present => {
                return refused("is there already");
            }
            (AttendanceStatus::Present, Some(stay)) if stay.leave_time.is_some_and(|left| at < left) => {
                return refused("left later than that");
            }
            (AttendanceStatus::Left, Some(stay)) if stay.status == AttendanceStatus::Present => {
                if stay.arrive_time.is_some_and(|arrived| at < arrived) {
                    return refused("came later than that");
                }
                (stay.status, stay.leave_time) = (AttendanceStatus::Left, Some(at));
                return Ok(());
            }
            (AttendanceStatus::Left, _) => return refused("is not there"),
            (AttendanceStatus::Apologies | AttendanceStatus::Absent, Some(stay)) if stay.arrive_time.is_some() => {
                return refused("came to the meeting");
            }
            (AttendanceStatus::Present | AttendanceStatus::Apologies | AttendanceStatus::Absent, _) => {}
        }
        self.attendances.retain(|there| there.arrive_time.is_some() || !there.attendee.is(&attendee));
        let arrive_time = (status == AttendanceStatus::Present).then_some(at);
        self.attendances.push(Attendance { attendee, status, arrive_time, leave_time: None });
        Ok(())
    }

    /// Whether a member is in the room.
    #[must_use]
    pub fn has_present(&self, member_id: MemberId) -> bool {
        let here = |there: &Attendance| {
            there.attendee.member_id == Some(member_id) && there.status == AttendanceStatus::Present
        };
        self.attendances.iter().any(here)
    }

    /// Records an interest, in place of an earlier one of the same member in the same item. A prejudicial one withdraws the member.
    pub fn declare_interest(&mut self, mut interest: Interest) -> Result<(), Refusal> {
        self.take(MeetingStep::DeclareInterest)?;
        self.require_item("agenda_item_id", interest.agenda_item_id)?;
        interest.withdrawn |= interest.kind == InterestKind::Prejudicial;
        let same =
            |there: &Interest| (there.member_id, there.agenda_item_id) == (interest.member_id, interest.agenda_item_id);
        self.interests.retain(|there| !same(there));
        self.interests.push(interest);
        Ok(())
    }

    /// Notes that the board decided on an item.
    pub fn note_decision(&mut self, item_id: AgendaItemId) -> Result<(), Refusal> {
        self.take(MeetingStep::RecordDecision)?;
        self.require_item("agenda_item_id", item_id)?;
        for item in self.items.iter_mut().filter(|item| item.id == item_id) {
            item.outcome = Some(ItemOutcome::Decision);
        }
        Ok(())
    }

    /// Breaks it off, to go on later.
    pub fn adjourn(&mut self, reason: String) -> Result<(), Refusal> {
        self.take(MeetingStep::Adjourn)?;
        self.reason = reason;
        Ok(())
    }

    /// Goes on.
    pub fn resume(&mut self) -> Result<(), Refusal> {
        self.take(MeetingStep::Resume)
    }

    /// Closes it: everyone leaves, and the items named were not finished.
    pub fn close(
        &mut self,
        unfinished: &[AgendaItemId],
        minutes_due: Reckoned,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.take(MeetingStep::Close)?;
        for (index, id) in unfinished.iter().enumerate() {
            let item = self.require_item(&format!("unfinished_item_ids[{index}]"), *id)?;
            if item.outcome == Some(ItemOutcome::Decision) {
                return Err(Refusal::invalid(
                    format!("unfinished_item_ids[{index}]"),
                    "was decided on, so it is finished",
                ));
            }
        }
        for item in self.items.iter_mut().filter(|item| unfinished.contains(&item.id)) {
            item.outcome = Some(ItemOutcome::Unfinished);
        }
        for stay in self.attendances.iter_mut().filter(|stay| stay.status == AttendanceStatus::Present) {
            (stay.status, stay.leave_time) = (AttendanceStatus::Left, Some(now));
        }
        self.minutes.due = Some(minutes_due);
        self.close_time = Some(now);
        Ok(())
    }

    /// The items that were not finished, each with the exemption that it relies on here: on the agenda where it goes on, nothing
    /// stands above it.
    pub fn unfinished_items(&self) -> impl Iterator<Item = AgendaItem> {
        self.items.iter().filter(|item| item.outcome == Some(ItemOutcome::Unfinished)).map(|item| {
            let exemption_reason = self.exemption(item).map(str::to_owned);
            AgendaItem { written: ItemText { exemption_reason, ..item.written.clone() }, ..item.clone() }
        })
    }

    /// Puts items that an earlier meeting did not finish at the end of this draft's agenda.
    pub fn carry_over(&mut self, unfinished: Vec<(AgendaItemId, AgendaItem)>) -> Result<(), Refusal> {
        self.take(MeetingStep::Revise)?;
        let last = self.items.iter().map(|item| item.written.number.first()).max().unwrap_or_default();
        for (offset, (id, mut item)) in (1_u8..).zip(unfinished) {
            let number = last.saturating_add(offset);
            if number > 99 {
                return Err(Refusal::invalid(
                    "next_meeting_id",
                    "names a meeting whose agenda has no room: its numbers end at 99",
                ));
            }
            item.written.number = ItemNumber::top(number);
            self.items.push(AgendaItem { carried_from: Some(item.id), ..AgendaItem::new(id, item.written) });
        }
        Ok(())
    }

    /// Calls it off.
    pub fn cancel(&mut self, reason: String) -> Result<(), Refusal> {
        self.take(MeetingStep::Cancel)?;
        self.reason = reason;
        Ok(())
    }

    /// Writes the minutes: every item has an outcome then.
    pub fn draft_minutes(&mut self, minutes: Vec<ItemMinute>, text: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.take(MeetingStep::DraftMinutes)?;
        for (index, minute) in minutes.into_iter().enumerate() {
            let field = format!("items[{index}]");
            let item = self.items.iter_mut().find(|item| item.id == minute.agenda_item_id);
            let item = item.ok_or_else(|| {
                Refusal::invalid(format!("{field}.agenda_item_id"), "is not an item of this meeting's agenda")
            })?;
            let decided = item.outcome == Some(ItemOutcome::Decision);
            if decided != (minute.outcome == ItemOutcome::Decision) {
                let description = if decided {
                    "must be DECISION: the board decided on the item"
                } else {
                    "must not be DECISION: none was recorded"
                };
                return Err(Refusal::invalid(format!("{field}.outcome"), description));
            }
            (item.outcome, item.minute_text) = (Some(minute.outcome), minute.text);
        }
        let open = self.items.iter().filter(|item| item.outcome.is_none());
        let items: Vec<String> = open.map(|item| item.written.number.to_string()).collect();
        if !items.is_empty() {
            return Err(Refusal::MinutesIncomplete { items });
        }
        self.minutes.text = text;
        self.minutes.draft_time.get_or_insert(now);
        Ok(())
    }

    /// Signs the minutes in a later meeting.
    pub fn approve_minutes(&mut self, in_meeting: &Self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.take(MeetingStep::ApproveMinutes)?;
        if in_meeting.id == self.id || in_meeting.start_time <= self.start_time {
            return Err(Refusal::MinutesNeedLaterMeeting { why: "the approving meeting is not a later one" });
        }
        if in_meeting.status != MeetingStatus::InSession {
            return Err(Refusal::MinutesNeedLaterMeeting { why: "the approving meeting is not in session" });
        }
        self.minutes.approving_meeting_id = Some(in_meeting.id);
        self.minutes.approve_time = Some(now);
        Ok(())
    }

    /// Takes a step that the table of states allows.
    fn take(&mut self, step: MeetingStep) -> Result<(), Refusal> {
        self.status = self.status.after(step)?;
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
