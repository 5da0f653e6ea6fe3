//! The board at work: two meetings that were held, one to come, one being prepared, one called off, and what was decided.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::record_decision_request::Method;

use super::founding::rules;
use super::sittings::{CONSTITUTION, FIRST, ItemPart, Motion, Outcome, SECOND, Sitting};
use super::world::{World, key};
use crate::client::{Desk, Refused, ask, within};

/// Decisions by key.
pub(super) type Decisions = BTreeMap<&'static str, String>;

/// The id of a decision.
pub(super) fn decided(decisions: &Decisions, key: &str) -> String {
    decisions.get(key).cloned().unwrap_or_default()
}

/// How long a meeting takes, for who leaves when.
const EVENING: (NaiveTime, NaiveTime, NaiveTime) = (hour(18, 30), hour(20, 0), hour(20, 30));
const LATE_NOTICE: &str = "Held before the partnership came to this system; entered from the paper record.";
/// The longer notice is in force from so many days on.
const LONGER_NOTICE_FROM: i64 = 30;
const LONGER_NOTICE: i32 = 7;

const fn hour(hour: u32, minute: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, minute, 0) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

/// What an item of an agenda is about, so that one can go from the meeting to the things.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// The place of the item on the agenda.
    pub(super) item: usize,
    /// Issues.
    pub(super) issue_ids: Vec<String>,
    /// Actions.
    pub(super) action_ids: Vec<String>,
    /// Commitments.
    pub(super) commitment_ids: Vec<String>,
}

/// Holds the first meeting up to its draft minutes; answers its id and what was decided.
pub(super) async fn first_meeting(world: &World<'_>, about: &[About]) -> Result<(String, Decisions), Refused> {
    let meeting = convene(world, &FIRST, about).await?;
    let decisions = sit(world, &FIRST, &meeting, None).await?;
    close(world, &FIRST, &meeting, "").await?;
    world.progress.add(1);
    Ok((meeting.meeting_id, decisions))
}

/// Holds the second meeting, which approves the minutes of the first; then prepares those to come.
pub(super) async fn second_meeting(world: &World<'_>, about: &[About], first_id: &str) -> Result<Decisions, Refused> {
    let next_id = prepare(world, "next", "Board meeting (demonstration), third of the year", 42).await?;
    let meeting = convene(world, &SECOND, about).await?;
    let decisions = sit(world, &SECOND, &meeting, Some(first_id)).await?;
    close(world, &SECOND, &meeting, &next_id).await?;
    let publish = boards::PublishAgendaRequest {
        partnership_id: world.partnership(),
        meeting_id: next_id,
        request_id: key("publish next"),
        ..Default::default()
    };
    ask("publish the next agenda", world.desk("manager").meetings().publish_agenda(within(publish))).await?;
    prepare(world, "later", "Board meeting (demonstration), fourth of the year", 105).await?;
    call_off(world).await?;
    world.progress.add(4);
    Ok(decisions)
}

/// Adopts the longer notice that the first meeting decided on.
pub(super) async fn longer_notice(world: &World<'_>, decisions: &Decisions) -> Result<(), Refused> {
    let request = boards::AdoptConstitutionRequest {
        partnership_id: world.partnership(),
        effective_from_date: world.days.date(LONGER_NOTICE_FROM),
        rules: Some(boards::ConstitutionRules { notice_working_days: Some(LONGER_NOTICE), ..rules() }),
        decision_id: decided(decisions, CONSTITUTION),
        request_id: key("constitution, longer notice"),
    };
    ask("adopt the longer notice", world.desk("chair").partnerships().adopt_constitution(within(request)))
        .await
        .map(|_| ())
}

async fn prepare(world: &World<'_>, name: &str, title: &str, day: i64) -> Result<String, Refused> {
    let item = |(number, title): (&str, &str)| boards::AgendaItemDraft {
        number: number.to_owned(),
        title: title.to_owned(),
        ..Default::default()
    };
    let request = boards::CreateMeetingRequest {
        partnership_id: world.partnership(),
        title: title.to_owned(),
        start_time: Some(world.days.at(day, EVENING.0)),
        place: "Brackenside Community Centre".to_owned(),
        agenda_items: [
            ("1", "Welcome and apologies"),
            ("2", "Minutes of the last meeting"),
            ("3", "Issues that missed their time"),
        ]
        .map(item)
        .to_vec(),
        request_id: key(format!("meeting {name}")),
    };
    let meeting =
        ask(format!("prepare {title}"), world.desk("manager").meetings().create_meeting(within(request))).await?;
    Ok(meeting.meeting_id)
}

async fn call_off(world: &World<'_>) -> Result<(), Refused> {
    let meeting_id = prepare(world, "called off", "Extra meeting (demonstration)", 14).await?;
    let request = boards::CancelMeetingRequest {
        partnership_id: world.partnership(),
        meeting_id,
        reason: "The drain was cleared, so there is nothing left to decide.".to_owned(),
        request_id: key("call off"),
        ..Default::default()
    };
    ask("call a meeting off", world.desk("chair").meetings().cancel_meeting(within(request))).await.map(|_| ())
}

/// Prepares, publishes and opens a meeting that was held before.
async fn convene(world: &World<'_>, sitting: &Sitting, about: &[About]) -> Result<boards::Meeting, Refused> {
    let create = boards::CreateMeetingRequest {
        partnership_id: world.partnership(),
        title: sitting.title.to_owned(),
        start_time: Some(world.days.at(sitting.day, EVENING.0)),
        place: "Brackenside Community Centre".to_owned(),
        agenda_items: sitting.items.iter().enumerate().map(|(place, item)| draft(place, item, about)).collect(),
        request_id: key(format!("meeting {}", sitting.key)),
    };
    let meeting =
        ask(format!("prepare {}", sitting.title), world.desk("manager").meetings().create_meeting(within(create)))
            .await?;
    let publish = boards::PublishAgendaRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        urgent_reason: LATE_NOTICE.to_owned(),
        etag: String::new(),
        request_id: key(format!("publish {}", sitting.key)),
    };
    let chair = world.desk("chair");
    ask(format!("publish {}", sitting.title), chair.meetings().publish_agenda(within(publish))).await?;
    let open = boards::OpenMeetingRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        request_id: key(format!("open {}", sitting.key)),
        ..Default::default()
    };
    ask(format!("open {}", sitting.title), chair.meetings().open_meeting(within(open))).await?;
    Ok(meeting)
}

fn draft(place: usize, item: &ItemPart, about: &[About]) -> boards::AgendaItemDraft {
    let about = about.iter().find(|about| about.item == place).cloned().unwrap_or_default();
    boards::AgendaItemDraft {
        number: (place + 1).to_string(),
        title: item.title.to_owned(),
        presenter: item.presenter.to_owned(),
        duration_minutes: 15,
        issue_ids: about.issue_ids,
        action_ids: about.action_ids,
        commitment_ids: about.commitment_ids,
        confidential: item.exemption.is_some(),
        exemption_reason: item.exemption.unwrap_or_default().to_owned(),
        ..Default::default()
    }
}

/// The meeting itself: who comes, who withdraws, what is decided, who goes early.
async fn sit(
    world: &World<'_>,
    sitting: &Sitting,
    meeting: &boards::Meeting,
    approves: Option<&str>,
) -> Result<Decisions, Refused> {
    use boards::AttendanceStatus::{Apologies, Left, Present};
    for seat in sitting.present {
        attend(world, sitting, meeting, *seat, Present).await?;
    }
    for seat in sitting.apologies {
        attend(world, sitting, meeting, *seat, Apologies).await?;
    }
    declare_interest(world, sitting, meeting).await?;
    if let Some(earlier) = approves {
        approve_minutes(world, earlier, &meeting.meeting_id).await?;
    }
    let (mut decisions, mut many_left) = (Decisions::new(), false);
    for (place, item) in sitting.items.iter().enumerate() {
        let Outcome::Decision(motion) = item.outcome else { continue };
        if motion.after_many_left && !many_left {
            for seat in sitting.leaves_early {
                attend(world, sitting, meeting, *seat, Left).await?;
            }
            many_left = true;
        }
        decisions.insert(motion.key, decide(world, meeting, place, &motion).await?);
    }
    for seat in sitting.present.iter().filter(|seat| !sitting.leaves_early.contains(seat)) {
        attend(world, sitting, meeting, *seat, Left).await?;
    }
    Ok(decisions)
}

async fn attend(
    world: &World<'_>,
    sitting: &Sitting,
    meeting: &boards::Meeting,
    seat: usize,
    status: boards::AttendanceStatus,
) -> Result<(), Refused> {
    let early = sitting.leaves_early.contains(&seat);
    let time = match status {
        boards::AttendanceStatus::Left if early => EVENING.1,
        boards::AttendanceStatus::Left => EVENING.2,
        _ => EVENING.0,
    };
    let request = boards::RecordAttendanceRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        member_id: world.member_id(seat),
        status: status.into(),
        at_time: Some(world.days.at(sitting.day, time)),
        request_id: key(format!("attendance {} {seat} {status:?}", sitting.key)),
        ..Default::default()
    };
    ask("record who came", world.desk("manager").meetings().record_attendance(within(request))).await.map(|_| ())
}

async fn declare_interest(world: &World<'_>, sitting: &Sitting, meeting: &boards::Meeting) -> Result<(), Refused> {
    let Some((seat, place, nature)) = sitting.interest else { return Ok(()) };
    let request = boards::DeclareInterestRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        member_id: world.member_id(seat),
        agenda_item_id: item_id(meeting, place),
        kind: boards::InterestKind::Prejudicial.into(),
        nature: nature.to_owned(),
        request_id: key(format!("interest {}", sitting.key)),
        ..Default::default()
    };
    ask("declare an interest", world.desk("manager").meetings().declare_interest(within(request))).await.map(|_| ())
}

async fn approve_minutes(world: &World<'_>, earlier: &str, in_meeting: &str) -> Result<(), Refused> {
    let request = boards::ApproveMinutesRequest {
        partnership_id: world.partnership(),
        meeting_id: earlier.to_owned(),
        approving_meeting_id: in_meeting.to_owned(),
        etag: String::new(),
        request_id: key("approve minutes"),
    };
    ask("approve the minutes", world.desk("chair").meetings().approve_minutes(within(request))).await.map(|_| ())
}

async fn decide(
    world: &World<'_>,
    meeting: &boards::Meeting,
    place: usize,
    motion: &Motion,
) -> Result<String, Refused> {
    let counted = |(for_count, against_count, abstain_count)| {
        Method::Votes(boards::Votes { for_count, against_count, abstain_count })
    };
    let request = boards::RecordDecisionRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        agenda_item_id: item_id(meeting, place),
        class_code: motion.class.to_owned(),
        text: motion.text.to_owned(),
        proposer_member_id: world.member_id(motion.movers.0),
        seconder_member_id: world.member_id(motion.movers.1),
        method: Some(motion.votes.map_or(Method::ByConsensus(true), counted)),
        recommend_without_quorum: motion.after_many_left,
        request_id: key(format!("decision {}", motion.key)),
        ..Default::default()
    };
    let desk: &Desk = world.desk("manager");
    Ok(ask(format!("decide on {}", motion.key), desk.decisions().record_decision(within(request))).await?.decision_id)
}

/// Closes the meeting and drafts its minutes.
async fn close(
    world: &World<'_>,
    sitting: &Sitting,
    meeting: &boards::Meeting,
    next_meeting_id: &str,
) -> Result<(), Refused> {
    let is_unfinished = |(_, item): &(usize, &ItemPart)| item.outcome == Outcome::Unfinished;
    let unfinished = sitting.items.iter().enumerate().filter(is_unfinished);
    let close = boards::CloseMeetingRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        unfinished_item_ids: unfinished.map(|(place, _)| item_id(meeting, place)).collect(),
        next_meeting_id: next_meeting_id.to_owned(),
        etag: String::new(),
        request_id: key(format!("close {}", sitting.key)),
    };
    ask(format!("close {}", sitting.title), world.desk("chair").meetings().close_meeting(within(close))).await?;
    let minutes = boards::DraftMinutesRequest {
        partnership_id: world.partnership(),
        meeting_id: meeting.meeting_id.clone(),
        items: sitting.items.iter().enumerate().map(|(place, item)| minute(meeting, place, item)).collect(),
        text: "Minutes of an invented meeting, for demonstration.".to_owned(),
        etag: String::new(),
        request_id: key(format!("minutes {}", sitting.key)),
    };
    ask(format!("minute {}", sitting.title), world.desk("manager").meetings().draft_minutes(within(minutes)))
        .await
        .map(|_| ())
}

fn minute(meeting: &boards::Meeting, place: usize, item: &ItemPart) -> boards::ItemMinute {
    let outcome = match item.outcome {
        Outcome::Information => boards::ItemOutcome::Information,
        Outcome::Action => boards::ItemOutcome::Action,
        Outcome::Decision(_) => boards::ItemOutcome::Decision,
        Outcome::Unfinished => boards::ItemOutcome::Unfinished,
    };
    boards::ItemMinute {
        agenda_item_id: item_id(meeting, place),
        outcome: outcome.into(),
        text: item.minute.to_owned(),
    }
}

/// The id of the item at a place: items come in the order of their numbers.
fn item_id(meeting: &boards::Meeting, place: usize) -> String {
    let number = (place + 1).to_string();
    let item = meeting.agenda_items.iter().find(|item| item.number == number);
    item.map(|item| item.agenda_item_id.clone()).unwrap_or_default()
}
