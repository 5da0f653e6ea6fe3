//! Meetings.

use chrono::{DateTime, Utc};
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation, etag};
use pathfinder_proto::boards::v1 as pb;

use super::words::Read as _;
use super::{count, ids, number, sound, text, texts, time, to_actor};
use crate::app::meetings::{
    Attending, CloseMeeting, CreateMeeting, DeclareInterest, DraftMinutes, ItemDraft, MeetingTarget, RecordAttendance,
    UpdateMeeting,
};
use crate::domain::agenda::{AgendaItem, ItemNumber, ItemOutcome, ItemText, Paper};
use crate::domain::meeting::{Attendance, AttendanceStatus, Interest, InterestKind, ItemMinute, Meeting};

/// Which meeting to change.
pub(in crate::grpc) fn meeting_target(
    partnership_id: &str,
    meeting_id: &str,
    etag: String,
) -> Result<MeetingTarget, Failure> {
    let partnership_id = wire::id("partnership_id", partnership_id)?;
    Ok(MeetingTarget { partnership_id, meeting_id: wire::id("meeting_id", meeting_id)?, etag })
}

fn start_time(timestamp: Option<prost_types::Timestamp>) -> Result<DateTime<Utc>, Violation> {
    timestamp.map_or_else(|| Err(Violation::new("start_time", "is needed")), |given| wire::time("start_time", &given))
}

impl TryFrom<pb::CreateMeetingRequest> for CreateMeeting {
    type Error = Failure;

    fn try_from(message: pb::CreateMeetingRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let start_time = gather.take(start_time(message.start_time));
        let items = items(&mut gather, "agenda_items", message.agenda_items);
        gather.finish()?;
        Ok(Self {
            partnership_id: sound(partnership_id)?,
            title: message.title,
            start_time: sound(start_time)?,
            place: message.place,
            items,
        })
    }
}

impl TryFrom<pb::UpdateMeetingRequest> for UpdateMeeting {
    type Error = Failure;

    fn try_from(message: pb::UpdateMeetingRequest) -> Result<Self, Failure> {
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let mut gather = Gather::default();
        let start_time = gather.take(message.start_time.map(|given| wire::time("start_time", &given)).transpose());
        let items = message.agenda.map(|agenda| items(&mut gather, "agenda.items", agenda.items));
        gather.finish()?;
        Ok(Self { target, title: message.title, place: message.place, start_time: sound(start_time)?, items })
    }
}

/// The sound items of a list; the violations of the others are gathered.
fn items(gather: &mut Gather, field: &str, list: Vec<pb::AgendaItemDraft>) -> Vec<ItemDraft> {
    let items =
        list.into_iter().enumerate().filter_map(|(index, draft)| item(gather, &format!("{field}[{index}]"), draft));
    items.collect()
}

fn item(gather: &mut Gather, path: &str, draft: pb::AgendaItemDraft) -> Option<ItemDraft> {
    let keeps = gather.take(wire::optional_id(&format!("{path}.agenda_item_id"), &draft.agenda_item_id));
    let number_given = ItemNumber::parse(&draft.number);
    let number_given =
        number_given.ok_or_else(|| Violation::new(format!("{path}.number"), "must be such as 3 or 3.1.2"));
    let agenda_number = gather.take(number_given);
    let issue_ids = ids(gather, &format!("{path}.issue_ids"), &draft.issue_ids);
    let action_ids = ids(gather, &format!("{path}.action_ids"), &draft.action_ids);
    let commitment_ids = ids(gather, &format!("{path}.commitment_ids"), &draft.commitment_ids);
    let reason = draft.exemption_reason.trim();
    match (draft.confidential, reason.is_empty()) {
        (true, true) => gather.report(format!("{path}.exemption_reason"), "is needed for a confidential item"),
        (false, false) => gather.report(format!("{path}.exemption_reason"), "goes only with a confidential item"),
        (true, false) | (false, true) => {}
    }
    let written = ItemText {
        number: agenda_number?,
        title: draft.title,
        text: draft.text,
        presenter: draft.presenter,
        duration_minutes: number(draft.duration_minutes),
        papers: draft.papers.into_iter().map(|paper| Paper { title: paper.title, url: paper.url }).collect(),
        issue_ids,
        action_ids,
        commitment_ids,
        exemption_reason: draft.confidential.then(|| reason.to_owned()),
    };
    Some(ItemDraft { keeps: keeps?, written })
}

impl TryFrom<pb::RecordAttendanceRequest> for RecordAttendance {
    type Error = Failure;

    fn try_from(message: pb::RecordAttendanceRequest) -> Result<Self, Failure> {
        let status = message.status().read().unwrap_or(AttendanceStatus::Present);
        let mut gather = Gather::default();
        let at = gather.take(message.at_time.map(|given| wire::time("at_time", &given)).transpose());
        let name = message.attendee_name.trim();
        match (message.member_id.is_empty(), name.is_empty()) {
            (true, true) => gather.report("member_id", "is needed, or the name of someone who is not a member"),
            (false, false) => gather.report("attendee_name", "must be empty for a member"),
            (true, false) | (false, true) => {}
        }
        gather.finish()?;
        let who = match wire::optional_id("member_id", &message.member_id)? {
            Some(member) => Attending::Member(member),
            None => Attending::Other(name.to_owned()),
        };
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        Ok(Self { target, who, status, at: sound(at)? })
    }
}

impl TryFrom<pb::DeclareInterestRequest> for DeclareInterest {
    type Error = Failure;

    fn try_from(message: pb::DeclareInterestRequest) -> Result<Self, Failure> {
        let kind = message.kind().read().unwrap_or(InterestKind::Prejudicial);
        Ok(Self {
            target: meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?,
            member_id: wire::id("member_id", &message.member_id)?,
            agenda_item_id: wire::id("agenda_item_id", &message.agenda_item_id)?,
            kind,
            nature: message.nature,
            withdrawn: message.withdrawn,
        })
    }
}

impl TryFrom<pb::CloseMeetingRequest> for CloseMeeting {
    type Error = Failure;

    fn try_from(message: pb::CloseMeetingRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let unfinished = ids(&mut gather, "unfinished_item_ids", &message.unfinished_item_ids);
        let next_meeting = gather.take(wire::optional_id("next_meeting_id", &message.next_meeting_id));
        gather.finish()?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        Ok(Self { target, unfinished, next_meeting: sound(next_meeting)? })
    }
}

impl TryFrom<pb::DraftMinutesRequest> for DraftMinutes {
    type Error = Failure;

    fn try_from(message: pb::DraftMinutesRequest) -> Result<Self, Failure> {
        let minute = |minute: pb::ItemMinute| -> Result<ItemMinute, Violation> {
            Ok(ItemMinute {
                agenda_item_id: wire::id("items.agenda_item_id", &minute.agenda_item_id)?,
                outcome: minute.outcome().read().unwrap_or(ItemOutcome::Information),
                text: minute.text,
            })
        };
        Ok(Self {
            target: meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?,
            items: message.items.into_iter().map(minute).collect::<Result<_, _>>()?,
            text: message.text,
        })
    }
}

/// A meeting on the wire: for outsiders without confidential items, the ids of people, and the names of those who are not members.
pub(in crate::grpc) fn to_meeting(meeting: Meeting, in_full: bool) -> pb::Meeting {
    let confidential_item_count = count(meeting.confidential_item_count());
    let other_attendee_count = count(meeting.other_attendee_count());
    let meeting = if in_full { meeting } else { meeting.public_view() };
    let agenda_items = meeting.items.iter().map(|item| to_item(item.clone(), meeting.exemption(item))).collect();
    let (publish_time, published_late, urgent_reason) =
        meeting.publication.map_or((None, false, String::new()), |published| {
            (Some(published.time), published.late, published.urgent_reason)
        });
    let uncertain = |beyond: Option<bool>| beyond.unwrap_or_default();
    pb::Meeting {
        meeting_id: meeting.id.to_string(),
        partnership_id: meeting.partnership_id.to_string(),
        title: meeting.title,
        start_time: Some(wire::timestamp(meeting.start_time)),
        place: meeting.place,
        status: pb::MeetingStatus::from(meeting.status).into(),
        agenda_items,
        confidential_item_count,
        notice_date: text(meeting.notice.map(|notice| notice.date)),
        publish_time: time(publish_time),
        published_late,
        urgent_reason,
        presiding_member_id: text(meeting.presiding_member_id),
        open_time: time(meeting.open_time),
        close_time: time(meeting.close_time),
        attendances: meeting.attendances.into_iter().map(to_attendance).collect(),
        interests: meeting.interests.into_iter().map(to_interest).collect(),
        minutes_due_date: text(meeting.minutes.due.map(|due| due.date)),
        minutes_draft_time: time(meeting.minutes.draft_time),
        minutes_text: meeting.minutes.text,
        approving_meeting_id: text(meeting.minutes.approving_meeting_id),
        minutes_approve_time: time(meeting.minutes.approve_time),
        reason: meeting.reason,
        calendar_uncertain: uncertain(meeting.notice.map(|notice| notice.beyond_calendar))
            || uncertain(meeting.minutes.due.map(|due| due.beyond_calendar)),
        creator: Some(to_actor(meeting.creator, in_full)),
        create_time: Some(wire::timestamp(meeting.create_time)),
        update_time: Some(wire::timestamp(meeting.update_time)),
        etag: etag::of(meeting.version),
        other_attendee_count,
    }
}

fn to_item(item: AgendaItem, exemption: Option<&str>) -> pb::AgendaItem {
    let written = item.written;
    pb::AgendaItem {
        agenda_item_id: item.id.to_string(),
        number: written.number.to_string(),
        title: written.title,
        text: written.text,
        presenter: written.presenter,
        duration_minutes: count(written.duration_minutes),
        papers: written.papers.into_iter().map(|paper| pb::Paper { title: paper.title, url: paper.url }).collect(),
        issue_ids: texts(&written.issue_ids),
        action_ids: texts(&written.action_ids),
        commitment_ids: texts(&written.commitment_ids),
        confidential: exemption.is_some(),
        exemption_reason: text(exemption),
        outcome: item.outcome.map_or(pb::ItemOutcome::Unspecified, Into::into).into(),
        minute_text: item.minute_text,
        carried_from_item_id: text(item.carried_from),
    }
}

fn to_attendance(attendance: Attendance) -> pb::Attendance {
    pb::Attendance {
        member_id: text(attendance.attendee.member_id),
        name: attendance.attendee.name,
        status: pb::AttendanceStatus::from(attendance.status).into(),
        arrive_time: time(attendance.arrive_time),
        leave_time: time(attendance.leave_time),
    }
}

fn to_interest(interest: Interest) -> pb::DeclaredInterest {
    pb::DeclaredInterest {
        member_id: interest.member_id.to_string(),
        name: interest.name,
        agenda_item_id: interest.agenda_item_id.to_string(),
        kind: pb::InterestKind::from(interest.kind).into(),
        nature: interest.nature,
        withdrawn: interest.withdrawn,
        declare_time: Some(wire::timestamp(interest.declare_time)),
    }
}
