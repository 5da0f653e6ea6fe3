//! What happens in the room: opening, coming and going, interests, breaking off and going on.

use chrono::{DateTime, Utc};
use pathfinder_kit::Call;
use pathfinder_kit::policy::Subject;
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{AgendaItemId, MemberId};

use super::super::members::is_person;
use super::super::{App, Opened};
use super::{MeetingTarget, MeetingWork};
use crate::domain::meeting::{AttendanceStatus, Attendee, Interest, InterestKind, Meeting};
use crate::domain::member::MemberRole;
use crate::domain::voting::Board;
use crate::error::Error;
use crate::store;

/// Someone's coming, going or absence.
#[derive(Debug, Clone)]
pub(crate) struct RecordAttendance {
    pub(crate) target: MeetingTarget,
    pub(crate) who: Attending,
    pub(crate) status: AttendanceStatus,
    pub(crate) at: Option<DateTime<Utc>>,
}

/// Who came or went.
#[derive(Debug, Clone)]
pub(crate) enum Attending {
    /// A member.
    Member(MemberId),
    /// Anyone else, by name.
    Other(String),
}

/// An interest to declare.
#[derive(Debug, Clone)]
pub(crate) struct DeclareInterest {
    pub(crate) target: MeetingTarget,
    pub(crate) member_id: MemberId,
    pub(crate) agenda_item_id: AgendaItemId,
    pub(crate) kind: InterestKind,
    pub(crate) nature: String,
    pub(crate) withdrawn: bool,
}

impl App {
    /// Opens a meeting, under the member named or the chair of the board.
    pub(crate) async fn open_meeting(
        &self,
        call: &Call,
        target: &MeetingTarget,
        presiding: Option<MemberId>,
    ) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let presiding = match presiding {
            Some(id) => Some(work.serving(id).await?.id),
            None => chair_of(&work).await?,
        };
        work.meeting.open(presiding, call.now)?;
        work.finish().await
    }

    /// Records that someone came, left, sent apologies or is absent.
    pub(crate) async fn record_attendance(&self, call: &Call, command: &RecordAttendance) -> Result<Meeting, Error> {
        let mut work = match self.meeting_work(call, &command.target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let attendee = match &command.who {
            Attending::Member(id) => {
                let member = work.serving(*id).await?;
                Attendee { member_id: Some(member.id), name: member.name }
            }
            Attending::Other(name) => Attendee { member_id: None, name: name.clone() },
        };
        work.meeting.attend(attendee, command.status, command.at.unwrap_or(call.now), call.now)?;
        work.finish().await
    }

    /// Records a member's interest in an item.
    pub(crate) async fn declare_interest(&self, call: &Call, command: &DeclareInterest) -> Result<Meeting, Error> {
        let partnership_id = command.target.partnership_id;
        let mut work = match self.meeting_work(call, &command.target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        let member = work.serving(command.member_id).await?;
        if !is_person(call, member.person_id) {
            call.permit_act("DeclareInterestOfOthers", &Subject::within(Some(partnership_id)))?;
        }
        work.meeting.declare_interest(Interest {
            member_id: member.id,
            name: member.name,
            agenda_item_id: command.agenda_item_id,
            kind: command.kind,
            nature: command.nature.clone(),
            withdrawn: command.withdrawn,
            declare_time: call.now,
        })?;
        work.finish().await
    }

    /// Breaks a meeting off.
    pub(crate) async fn adjourn_meeting(
        &self,
        call: &Call,
        target: &MeetingTarget,
        reason: &str,
    ) -> Result<Meeting, Error> {
        self.change_meeting(call, target, |meeting| meeting.adjourn(reason.to_owned())).await
    }

    /// Goes on with a meeting.
    pub(crate) async fn resume_meeting(&self, call: &Call, target: &MeetingTarget) -> Result<Meeting, Error> {
        self.change_meeting(call, target, Meeting::resume).await
    }
}

/// The member who is chair today.
async fn chair_of(work: &MeetingWork) -> Result<Option<MemberId>, Error> {
    let Board { members, .. } = store::board::load(work.unit.tx(), work.partnership.id).await?;
    let today = local_date(work.now);
    let chair = members.into_iter().find(|member| member.role == MemberRole::Chair && member.serves_on(today));
    Ok(chair.map(|member| member.id))
}
