//! Preparing, holding and minuting meetings. What happens in the room stands in [`session`].

mod session;

use chrono::{DateTime, Utc};
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Failure, Unit, etag};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{AgendaItemId, MeetingId, MemberId, PartnershipId};
use uuid::Uuid;

pub(crate) use session::{Attending, DeclareInterest, RecordAttendance};

use super::{App, Listed, Opened, actor, constitution_on};
use crate::domain::Refusal;
use crate::domain::agenda::{AgendaItem, ItemText, tree_faults};
use crate::domain::event::Event;
use crate::domain::meeting::{ItemMinute, Meeting, MeetingChanges, Minutes};
use crate::domain::meeting_state::MeetingStatus;
use crate::domain::notice::Notice;
use crate::domain::partnership::Partnership;
use crate::error::Error;
use crate::store::{self, Query};

/// An item to put on an agenda: an item that is there to keep, or a new one.
#[derive(Debug, Clone)]
pub(crate) struct ItemDraft {
    pub(crate) keeps: Option<AgendaItemId>,
    pub(crate) written: ItemText,
}

/// A meeting to prepare.
#[derive(Debug, Clone)]
pub(crate) struct CreateMeeting {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) title: String,
    pub(crate) start_time: DateTime<Utc>,
    pub(crate) place: String,
    pub(crate) items: Vec<ItemDraft>,
}

/// Which meeting to change, and from which version.
#[derive(Debug, Clone)]
pub(crate) struct MeetingTarget {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) meeting_id: MeetingId,
    pub(crate) etag: String,
}

/// What to change of a meeting; none = unchanged.
#[derive(Debug, Clone)]
pub(crate) struct UpdateMeeting {
    pub(crate) target: MeetingTarget,
    pub(crate) title: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) start_time: Option<DateTime<Utc>>,
    pub(crate) items: Option<Vec<ItemDraft>>,
}

/// A meeting to close.
#[derive(Debug, Clone)]
pub(crate) struct CloseMeeting {
    pub(crate) target: MeetingTarget,
    pub(crate) unfinished: Vec<AgendaItemId>,
    pub(crate) next_meeting: Option<MeetingId>,
}

/// Minutes to write.
#[derive(Debug, Clone)]
pub(crate) struct DraftMinutes {
    pub(crate) target: MeetingTarget,
    pub(crate) items: Vec<ItemMinute>,
    pub(crate) text: String,
}

/// A change of one meeting in the making.
struct MeetingWork {
    unit: Unit,
    partnership: Partnership,
    meeting: Meeting,
    now: DateTime<Utc>,
}

impl App {
    /// Prepares a meeting.
    pub(crate) async fn create_meeting(&self, call: &Call, command: &CreateMeeting) -> Result<Meeting, Error> {
        let partnership_id = command.partnership_id;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let partnership = store::partnership::get(unit.tx(), partnership_id).await?;
        partnership.require_active()?;
        let mut items = self.agenda_of(call, "agenda_items", &command.items, &[])?;
        items.sort_by(|one, other| one.written.number.cmp(&other.written.number));
        let meeting = Meeting {
            id: self.host.next_id(call.now).into(),
            partnership_id,
            title: command.title.clone(),
            start_time: command.start_time,
            place: command.place.clone(),
            status: MeetingStatus::Draft,
            items,
            notice: notice_of(&unit, &partnership, command.start_time).await?,
            publication: None,
            presiding_member_id: None,
            open_time: None,
            close_time: None,
            attendances: Vec::new(),
            interests: Vec::new(),
            minutes: Minutes::default(),
            reason: String::new(),
            creator: actor(call),
            create_time: call.now,
            update_time: call.now,
            version: 1,
        };
        store::meeting::insert(unit.tx(), &meeting).await?;
        unit.record(&Event::from(&meeting), &meeting)?;
        Ok(unit.commit(meeting).await?)
    }

    /// Reads a meeting; a draft is not there for outsiders.
    pub(crate) async fn get_meeting(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: MeetingId,
    ) -> Result<Meeting, Error> {
        let meeting = store::meeting::get(self.host.reader(), partnership_id, id).await?;
        if !meeting.is_public() && !Self::is_insider(call, partnership_id) {
            return Err(Failure::not_found("meeting", id).into());
        }
        Ok(meeting)
    }

    /// Lists meetings.
    pub(crate) async fn list_meetings(
        &self,
        call: &Call,
        id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<Meeting> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::meeting::list(self.host.reader(), id, !Self::is_insider(call, id), query).await?;
        Ok(page.close(rows, |meeting| meeting.id.0)?)
    }

    /// Changes a meeting before it is opened.
    pub(crate) async fn update_meeting(&self, call: &Call, command: &UpdateMeeting) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, &command.target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let items =
            command.items.as_ref().map(|items| self.agenda_of(call, "agenda.items", items, &work.meeting.items));
        work.meeting.change(MeetingChanges {
            title: command.title.clone(),
            place: command.place.clone(),
            start_time: command.start_time,
            items: items.transpose()?,
        })?;
        if command.start_time.is_some() {
            work.meeting.notice = notice_of(&work.unit, &work.partnership, work.meeting.start_time).await?;
        }
        work.finish().await
    }

    /// Publishes the papers. After the notice date that is for the chair alone.
    pub(crate) async fn publish_agenda(
        &self,
        call: &Call,
        target: &MeetingTarget,
        urgent_reason: &str,
    ) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let date = work.meeting.date();
        let constitution = constitution_on(work.unit.tx(), target.partnership_id, date).await?;
        let notice = Notice::of(&work.partnership.calendar(), date, constitution.rules.notice_working_days);
        work.meeting.publish_agenda(notice, urgent_reason.to_owned(), call.now)?;
        if work.meeting.publication.as_ref().is_some_and(|publication| publication.late) {
            call.permit_act("PublishAgendaLate", &Subject::within(Some(target.partnership_id)))?;
        }
        work.finish().await
    }

    /// Closes a meeting and sends unfinished items to the next.
    pub(crate) async fn close_meeting(&self, call: &Call, command: &CloseMeeting) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, &command.target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let today = local_date(call.now);
        let constitution = constitution_on(work.unit.tx(), command.target.partnership_id, today).await?;
        let minutes_due =
            work.partnership.calendar().add_working_days(today, constitution.rules.draft_minutes_working_days);
        work.meeting.close(&command.unfinished, minutes_due, call.now)?;
        if let Some(next) = command.next_meeting {
            self.carry_over(call, &mut work, next).await?;
        }
        work.finish().await
    }

    async fn carry_over(&self, call: &Call, work: &mut MeetingWork, next: MeetingId) -> Result<(), Error> {
        let mut next = store::meeting::get(work.unit.tx(), work.partnership.id, next).await?;
        let unfinished = work.meeting.unfinished_items();
        let items = unfinished.map(|item| (self.host.next_id(call.now).into(), item)).collect();
        next.carry_over(items)?;
        next.update_time = call.now;
        store::meeting::update(work.unit.tx(), &mut next).await?;
        Ok(work.unit.record(&Event::from(&next), &next)?)
    }

    /// Writes the minutes.
    pub(crate) async fn draft_minutes(&self, call: &Call, command: &DraftMinutes) -> Result<Meeting, Error> {
        let draft =
            |meeting: &mut Meeting| meeting.draft_minutes(command.items.clone(), command.text.clone(), call.now);
        self.change_meeting(call, &command.target, draft).await
    }

    /// Signs the minutes in a later meeting.
    pub(crate) async fn approve_minutes(
        &self,
        call: &Call,
        target: &MeetingTarget,
        in_meeting: MeetingId,
    ) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let later = store::meeting::get(work.unit.tx(), target.partnership_id, in_meeting).await?;
        work.meeting.approve_minutes(&later, call.now)?;
        work.finish().await
    }

    /// Calls a meeting off.
    pub(crate) async fn cancel_meeting(
        &self,
        call: &Call,
        target: &MeetingTarget,
        reason: &str,
    ) -> Result<Meeting, Error> {
        self.change_meeting(call, target, |meeting| meeting.cancel(reason.to_owned())).await
    }

    /// A change that needs nothing but the meeting itself.
    async fn change_meeting(
        &self,
        call: &Call,
        target: &MeetingTarget,
        change: impl FnOnce(&mut Meeting) -> Result<(), Refusal>,
    ) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        change(&mut work.meeting)?;
        work.finish().await
    }

    async fn meeting_work(&self, call: &Call, target: &MeetingTarget) -> Result<Opened<MeetingWork, Meeting>, Error> {
        let unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(Opened::Answered(answer)),
            Begun::Fresh(unit) => unit,
        };
        let partnership = store::partnership::get(unit.tx(), target.partnership_id).await?;
        partnership.require_active()?;
        let meeting = store::meeting::get(unit.tx(), target.partnership_id, target.meeting_id).await?;
        etag::check(&target.etag, meeting.version)?;
        Ok(Opened::Work(MeetingWork { unit, partnership, meeting, now: call.now }))
    }

    /// The items of an agenda: those that are kept with what came of them, and new ones.
    fn agenda_of(
        &self,
        call: &Call,
        field: &str,
        drafts: &[ItemDraft],
        there: &[AgendaItem],
    ) -> Result<Vec<AgendaItem>, Refusal> {
        let numbers: Vec<_> = drafts.iter().map(|draft| &draft.written.number).collect();
        let mut faults = tree_faults(field, &numbers);
        let mut items = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.iter().enumerate() {
            let kept = draft.keeps.map(|id| there.iter().find(|item| item.id == id).ok_or(id));
            let twice = draft.keeps.is_some() && drafts[..index].iter().any(|earlier| earlier.keeps == draft.keeps);
            match kept {
                Some(Ok(item)) if !twice => items.push(AgendaItem { written: draft.written.clone(), ..item.clone() }),
                None => items.push(AgendaItem::new(self.host.next_id(call.now).into(), draft.written.clone())),
                Some(Ok(_) | Err(_)) => {
                    let description = "must be an item of this meeting's agenda, named once, or empty for a new one";
                    faults.push(crate::domain::Fault::new(format!("{field}[{index}].agenda_item_id"), description));
                }
            }
        }
        if faults.is_empty() { Ok(items) } else { Err(Refusal::Invalid(faults)) }
    }
}

impl MeetingWork {
    /// The member who serves on the day of this work.
    async fn serving(&self, id: MemberId) -> Result<crate::domain::member::Member, Error> {
        let member = store::board::get_member(self.unit.tx(), self.partnership.id, id).await?;
        let today = local_date(self.now);
        if member.serves_on(today) {
            Ok(member)
        } else {
            Err(Refusal::NotACurrentMember { name: member.name, on: today }.into())
        }
    }

    /// Keeps the meeting, and tells of it.
    async fn finish(mut self) -> Result<Meeting, Error> {
        self.meeting.update_time = self.now;
        store::meeting::update(self.unit.tx(), &mut self.meeting).await?;
        self.unit.record(&Event::from(&self.meeting), &self.meeting)?;
        Ok(self.unit.commit(self.meeting).await?)
    }
}

/// The notice that a meeting has to have, as far as a constitution says so already.
async fn notice_of(unit: &Unit, partnership: &Partnership, start_time: DateTime<Utc>) -> Result<Option<Notice>, Error> {
    let date = local_date(start_time);
    let constitution = store::constitution::find_in_force(unit.tx(), partnership.id, date).await?;
    Ok(constitution
        .map(|constitution| Notice::of(&partnership.calendar(), date, constitution.rules.notice_working_days)))
}
