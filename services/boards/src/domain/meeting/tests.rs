//! A meeting from the draft to the approved minutes.

use chrono::TimeDelta;
use pathfinder_terms::Nation;
use pathfinder_terms::calendar::WorkingCalendar;
use uuid::Uuid;

use super::super::agenda::ItemText;
use super::*;

fn at(minute: i64) -> DateTime<Utc> {
    let opening = DateTime::parse_from_rfc3339("2026-11-11T18:00:00Z").expect("a time of the test");
    opening.to_utc() + TimeDelta::minutes(minute)
}

fn item_id(number: u128) -> AgendaItemId {
    AgendaItemId(Uuid::from_u128(number))
}

fn item(number: u8, exemption_reason: Option<&str>) -> AgendaItem {
    let written = ItemText {
        number: ItemNumber::top(number),
        title: format!("Item {number}"),
        text: String::new(),
        presenter: String::new(),
        duration_minutes: 0,
        papers: Vec::new(),
        issue_ids: Vec::new(),
        action_ids: Vec::new(),
        commitment_ids: Vec::new(),
        exemption_reason: exemption_reason.map(str::to_owned),
    };
    AgendaItem::new(item_id(u128::from(number)), written)
}

/// A draft for Wed 11 Nov 2026, 18:00, with items 1, 2 and the confidential 3.
pub(in crate::domain) fn draft() -> Meeting {
    Meeting {
        id: MeetingId(Uuid::from_u128(100)),
        partnership_id: PartnershipId(Uuid::nil()),
        title: "Board meeting".to_owned(),
        start_time: at(0),
        place: "Community hall".to_owned(),
        status: MeetingStatus::Draft,
        items: vec![item(1, None), item(2, None), item(3, Some("Personal data"))],
        notice: None,
        publication: None,
        presiding_member_id: None,
        open_time: None,
        close_time: None,
        attendances: Vec::new(),
        interests: Vec::new(),
        minutes: Minutes::default(),
        reason: String::new(),
        creator: Actor { id: "p".to_owned(), name: "Manager".to_owned() },
        create_time: at(-50_000),
        update_time: at(-50_000),
        version: 1,
    }
}

/// The same meeting in session, presided over by member 1.
pub(in crate::domain) fn in_session() -> Meeting {
    let mut meeting = draft();
    let notice = Notice::of(&WorkingCalendar::of(Nation::EnglandAndWales), meeting.date(), 5);
    meeting.publish_agenda(notice, String::new(), at(-20_000)).expect("in time");
    meeting.open(Some(member_id(1)), at(0)).expect("published");
    meeting
}

#[test]
fn a_meeting_is_not_opened_before_its_day() {
    let mut meeting = draft();
    let notice = Notice::of(&WorkingCalendar::of(Nation::EnglandAndWales), meeting.date(), 5);
    meeting.publish_agenda(notice, String::new(), at(-20_000)).expect("in time");
    let early = meeting.clone().open(Some(member_id(1)), at(-20_000)).expect_err("two weeks early");
    assert!(matches!(early, Refusal::MeetingBeforeItsDay { .. }), "{early}");
    assert!(meeting.open(Some(member_id(1)), at(0)).is_ok());
}

fn member_id(number: u128) -> MemberId {
    MemberId(Uuid::from_u128(number))
}

fn attendee(number: u128) -> Attendee {
    Attendee { member_id: Some(member_id(number)), name: format!("Member {number}") }
}

fn due() -> Reckoned {
    Reckoned { date: local_date(at(0)), beyond_calendar: false }
}

#[test]
fn coming_and_going_is_timed_and_in_order() {
    let mut meeting = in_session();
    let mut record =
        |status, minute| meeting.attend(attendee(1), status, at(minute), at(60)).map_err(|refusal| refusal.to_string());
    assert_eq!(record(AttendanceStatus::Apologies, 0), Ok(()));
    assert_eq!(record(AttendanceStatus::Present, 5), Ok(()), "someone who sent apologies may come after all");
    assert!(record(AttendanceStatus::Present, 6).is_err_and(|text| text.contains("is there already")));
    assert!(record(AttendanceStatus::Absent, 6).is_err_and(|text| text.contains("came to the meeting")));
    assert!(record(AttendanceStatus::Left, 4).is_err_and(|text| text.contains("came later than that")));
    assert_eq!(record(AttendanceStatus::Left, 10), Ok(()));
    assert!(record(AttendanceStatus::Left, 11).is_err_and(|text| text.contains("is not there")));
    assert!(record(AttendanceStatus::Present, 9).is_err_and(|text| text.contains("left later than that")));
    assert!(record(AttendanceStatus::Present, 61).is_err_and(|text| text.contains("in the future")));
    assert_eq!(record(AttendanceStatus::Present, 20), Ok(()));
    assert_eq!(meeting.attendances.len(), 2, "two stays, and the apologies are gone");
    meeting.close(&[], due(), at(90)).expect("in session");
    assert_eq!(meeting.attendances[1].leave_time, Some(at(90)));
}

#[test]
fn a_prejudicial_interest_always_withdraws() {
    let mut meeting = in_session();
    let interest = |kind, item| Interest {
        member_id: member_id(1),
        name: "Member 1".to_owned(),
        agenda_item_id: item_id(item),
        kind,
        nature: "Owns the land".to_owned(),
        withdrawn: false,
        declare_time: at(1),
    };
    meeting.declare_interest(interest(InterestKind::Personal, 1)).expect("in session");
    assert!(!meeting.interests[0].withdrawn);
    meeting.declare_interest(interest(InterestKind::Prejudicial, 1)).expect("in session");
    assert_eq!(meeting.interests.len(), 1, "the later declaration stands");
    assert!(meeting.interests[0].withdrawn);
    assert!(meeting.declare_interest(interest(InterestKind::Personal, 77)).is_err());
}

#[test]
fn the_public_sees_that_there_are_confidential_items_but_not_what_they_are() {
    let mut meeting = in_session();
    let interest = Interest {
        member_id: member_id(1),
        name: "Member 1".to_owned(),
        agenda_item_id: item_id(3),
        kind: InterestKind::Personal,
        nature: "A neighbour".to_owned(),
        withdrawn: false,
        declare_time: at(1),
    };
    meeting.declare_interest(interest).expect("in session");
    let view = meeting.public_view();
    assert_eq!(view.items.len(), 2);
    assert!(view.interests.is_empty());
}

/// An item at a number such as `3.1`, with this id.
fn item_at(id: u128, number: &str, exemption_reason: Option<&str>) -> AgendaItem {
    let AgendaItem { written, .. } = item(1, exemption_reason);
    let number = ItemNumber::parse(number).expect("a number of the test");
    AgendaItem::new(item_id(id), ItemText { number, ..written })
}

/// In session, with items below the public 1 and the confidential 3.
pub(in crate::domain) fn in_session_with_lower_items() -> Meeting {
    let mut meeting = in_session();
    meeting.items.extend([
        item_at(11, "1.1", None),
        item_at(12, "1.2", Some("Legal advice")),
        item_at(31, "3.1", None),
        item_at(32, "3.1.1", None),
        item_at(33, "3.2", Some("Legal advice")),
    ]);
    meeting
}

#[test]
fn what_stands_below_a_confidential_item_is_confidential() {
    let mut meeting = in_session_with_lower_items();
    let exemption = |id| meeting.exemption(meeting.item(item_id(id)).expect("an item"));
    let exemptions = [1, 2, 3, 11, 12, 31, 32, 33].map(exemption);
    let (data, advice) = (Some("Personal data"), Some("Legal advice"));
    assert_eq!(exemptions, [None, None, data, None, advice, data, data, advice]);
    assert_eq!(meeting.confidential_item_count(), 5);
    let interest = Interest {
        member_id: member_id(1),
        name: "Member 1".to_owned(),
        agenda_item_id: item_id(32),
        kind: InterestKind::Personal,
        nature: "A neighbour".to_owned(),
        withdrawn: false,
        declare_time: at(1),
    };
    meeting.declare_interest(interest).expect("in session");
    let view = meeting.public_view();
    assert_eq!(view.items.iter().map(|item| item.id).collect::<Vec<_>>(), [1, 2, 11].map(item_id));
    assert!(view.interests.is_empty());
}

#[test]
fn the_public_reads_the_names_of_members_and_how_many_others_were_there() {
    let mut meeting = in_session();
    let guest = |name: &str| Attendee { member_id: None, name: name.to_owned() };
    let comings = [
        (attendee(1), AttendanceStatus::Present, 1),
        (guest("Pat Lane"), AttendanceStatus::Present, 2),
        (guest("Pat Lane"), AttendanceStatus::Left, 3),
        (guest("Pat Lane"), AttendanceStatus::Present, 4),
        (guest("Sam Reed"), AttendanceStatus::Present, 5),
        (guest("Lee Moss"), AttendanceStatus::Apologies, 6),
    ];
    for (who, status, minute) in comings {
        meeting.attend(who, status, at(minute), at(60)).expect("in order");
    }
    assert_eq!(meeting.other_attendee_count(), 2, "one came twice, one did not come");
    let shown: Vec<String> =
        meeting.public_view().attendances.into_iter().map(|attendance| attendance.attendee.name).collect();
    assert_eq!(shown, ["Member 1"]);
}

#[test]
fn an_unfinished_item_stays_confidential_where_nothing_stands_above_it() {
    let mut meeting = in_session_with_lower_items();
    meeting.close(&[11, 32].map(item_id), due(), at(60)).expect("in session");
    let mut next = draft();
    let carried = (50..).map(item_id).zip(meeting.unfinished_items()).collect();
    next.carry_over(carried).expect("a draft");
    let exemptions = [50, 51].map(|id| next.exemption(next.item(item_id(id)).expect("carried over")));
    assert_eq!(exemptions, [None, Some("Personal data")]);
}

#[test]
fn unfinished_items_go_on_in_the_next_meeting() {
    let mut meeting = in_session();
    meeting.note_decision(item_id(1)).expect("in session");
    assert!(meeting.clone().close(&[item_id(1)], due(), at(60)).is_err(), "a decided item is finished");
    meeting.close(&[item_id(2)], due(), at(60)).expect("in session");
    let mut next = draft();
    let carried = meeting.unfinished_items().map(|item| (item_id(50), item)).collect();
    next.carry_over(carried).expect("a draft");
    let last = next.items.last().expect("an item");
    assert_eq!((last.written.number.to_string().as_str(), last.carried_from), ("4", Some(item_id(2))));
    assert_eq!(last.outcome, None);
}

#[test]
fn minutes_need_an_outcome_for_every_item_and_a_later_meeting() {
    let mut meeting = in_session();
    meeting.note_decision(item_id(1)).expect("in session");
    meeting.close(&[item_id(3)], due(), at(60)).expect("in session");
    let incomplete = meeting.clone().draft_minutes(Vec::new(), String::new(), at(70));
    assert_eq!(incomplete, Err(Refusal::MinutesIncomplete { items: vec!["2".to_owned()] }));
    let minute = |outcome| ItemMinute { agenda_item_id: item_id(2), outcome, text: "Noted.".to_owned() };
    let invented = meeting.clone().draft_minutes(vec![minute(ItemOutcome::Decision)], String::new(), at(70));
    assert!(invented.is_err(), "minutes do not make decisions");
    meeting.draft_minutes(vec![minute(ItemOutcome::Information)], String::new(), at(70)).expect("complete");

    let same = in_session();
    assert!(matches!(meeting.clone().approve_minutes(&same, at(80)), Err(Refusal::MinutesNeedLaterMeeting { .. })));
    let mut later = Meeting { id: MeetingId(Uuid::from_u128(101)), start_time: at(40_000), ..in_session() };
    meeting.clone().approve_minutes(&later, at(40_001)).expect("a later meeting in session");
    later.status = MeetingStatus::AgendaPublished;
    assert!(matches!(meeting.approve_minutes(&later, at(40_001)), Err(Refusal::MinutesNeedLaterMeeting { .. })));
}

#[test]
fn an_agenda_without_items_is_not_published() {
    let mut meeting = draft();
    meeting.items.clear();
    let notice = Notice::of(&WorkingCalendar::of(Nation::EnglandAndWales), meeting.date(), 5);
    assert_eq!(meeting.publish_agenda(notice, String::new(), at(-20_000)), Err(Refusal::AgendaEmpty));
}

#[test]
fn late_papers_need_a_reason_and_are_flagged() {
    let notice = Notice::of(&WorkingCalendar::of(Nation::EnglandAndWales), draft().date(), 5);
    let mut meeting = draft();
    assert!(matches!(meeting.publish_agenda(notice, String::new(), at(-60)), Err(Refusal::NoticeTooShort { .. })));
    let mut meeting = draft();
    meeting.publish_agenda(notice, "A burst main".to_owned(), at(-60)).expect("a reason is given");
    assert!(meeting.publication.is_some_and(|publication| publication.late));
}
