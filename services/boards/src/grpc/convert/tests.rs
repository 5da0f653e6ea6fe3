//! What the contract cannot say and the conversions refuse; what they fill in; and that nothing is lost on the way.

use pathfinder_proto::boards::v1 as pb;
use pathfinder_terms::Rag;

use super::action::verdict;
use super::*;
use crate::app::actions::ActionView;
use crate::app::decisions::RecordDecision;
use crate::app::meetings::{CreateMeeting, RecordAttendance};
use crate::app::members::AppointMember;
use crate::app::partnerships::{AdoptConstitution, CreatePartnership};
use crate::domain::action::Report;
use crate::domain::action::tests::{action, report};
use crate::domain::action_rag::Standing;
use crate::domain::constitution::Rules;
use crate::domain::due_date::DueDateMove;
use crate::store::action::HistoryEntry;

const ID: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f190";

fn fields(failure: &Failure) -> Vec<&str> {
    failure.violations().iter().map(|violation| violation.field.as_str()).collect()
}

fn founding(boundary: &str) -> Result<CreatePartnership, Failure> {
    CreatePartnership::try_from(pb::CreatePartnershipRequest { boundary: boundary.to_owned(), ..Default::default() })
}

#[test]
fn only_areas_are_boundaries() {
    let square = r#"{"type":"Polygon","coordinates":[[[-1.5,53.0],[-1.4,53.0],[-1.4,53.1],[-1.5,53.0]]]}"#;
    let read = founding(square).expect("a closed ring");
    assert_eq!(partnership::to_boundary(&read.boundary), square, "it is written as it was read");
    let refused = [
        "",
        "no JSON",
        r#"{"type":"Point","coordinates":[-1.5,53.0]}"#,
        r#"{"type":"Feature","geometry":null}"#,
        r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[[-1.5,53.0],[-1.4,53.0]]}}"#,
        r#"{"type":"Feature"}"#,
        r#"{"type":"FeatureCollection","features":[]}"#,
        r#"{"type":"FeatureCollection","features":null}"#,
        r#"{"type":"FeatureCollection"}"#,
        "[]",
        "7",
        r#"{"type":"Polygon","coordinates":[]}"#,
        r#"{"type":"Polygon","coordinates":[[[-1.5],[-1.4],[-1.4],[-1.5]]]}"#,
    ];
    for text in refused {
        let failure = founding(text).expect_err(text);
        assert_eq!(fields(&failure), ["boundary"], "{text}");
    }
}

#[test]
fn what_gis_tools_export_bounds_as_its_geometries_do() {
    let ring = |west: f64| format!("[[{west:?},53.0],[{:?},53.0],[{:?},53.1],[{west:?},53.0]]", west + 0.5, west + 0.5);
    let polygon = |west: f64| format!(r#"{{"type":"Polygon","coordinates":[{}]}}"#, ring(west));
    let feature = |geometry: &str| {
        format!(
            r#"{{"type":"Feature","id":7,"bbox":[1],"properties":{{"type":"ward","name":"Quay"}},"geometry":{geometry}}}"#
        )
    };
    let collection = |features: &[String]| {
        format!(r#"{{"type":"FeatureCollection","name":"wards","crs":{{}},"features":[{}]}}"#, features.join(","))
    };
    let read = |text: &str| founding(text).map(|read| partnership::to_boundary(&read.boundary));
    assert_eq!(read(&feature(&polygon(-1.5))).unwrap(), polygon(-1.5));
    let two = format!(r#"{{"type":"MultiPolygon","coordinates":[[{}],[{}]]}}"#, ring(-3.0), ring(-4.5));
    let both = collection(&[feature(&polygon(-1.5)), feature(&two)]);
    let merged =
        format!(r#"{{"type":"MultiPolygon","coordinates":[[{}],[{}],[{}]]}}"#, ring(-1.5), ring(-3.0), ring(-4.5));
    assert_eq!(read(&both).unwrap(), merged, "one after the other");

    let path = r#"{"type":"LineString","coordinates":[[-1.5,53.0],[-1.4,53.0]]}"#;
    for other in [feature(path), feature("null"), polygon(-3.0)] {
        let failure = read(&collection(&[feature(&polygon(-1.5)), other])).expect_err("not only areas");
        let told = &failure.violations()[0].description;
        assert_eq!(told, "has a feature 2 that is no Polygon or MultiPolygon");
    }
}

#[test]
fn unset_rules_are_the_defaults() {
    let message = pb::AdoptConstitutionRequest {
        partnership_id: ID.to_owned(),
        effective_from_date: "2026-04-01".to_owned(),
        ..Default::default()
    };
    let command = AdoptConstitution::try_from(message).expect("a date is enough");
    assert_eq!(command.rules, Rules::default());
}

#[test]
fn an_appointment_names_a_seat_or_a_substitute_and_real_dates() {
    let message = pb::AppointMemberRequest {
        partnership_id: ID.to_owned(),
        term_start_date: "2026-02-30".to_owned(),
        ..Default::default()
    };
    let failure = AppointMember::try_from(message).expect_err("two fields are wrong");
    assert_eq!(fields(&failure), ["term_start_date", "seat_id"]);
}

#[test]
fn confidentiality_and_exemption_go_together() {
    let item = |number: &str, confidential, reason: &str| pb::AgendaItemDraft {
        number: number.to_owned(),
        confidential,
        exemption_reason: reason.to_owned(),
        ..Default::default()
    };
    let message = pb::CreateMeetingRequest {
        partnership_id: ID.to_owned(),
        agenda_items: vec![item("1", true, " "), item("2", false, "Names a person"), item("3", true, "Names a person")],
        ..Default::default()
    };
    let failure = CreateMeeting::try_from(message).expect_err("three fields are wrong");
    assert_eq!(
        fields(&failure),
        ["start_time", "agenda_items[0].exemption_reason", "agenda_items[1].exemption_reason"]
    );
}

#[test]
fn attendance_is_a_members_or_somebody_named() {
    let attendance = |member: &str, name: &str| {
        RecordAttendance::try_from(pb::RecordAttendanceRequest {
            partnership_id: ID.to_owned(),
            meeting_id: ID.to_owned(),
            member_id: member.to_owned(),
            attendee_name: name.to_owned(),
            status: pb::AttendanceStatus::Present.into(),
            ..Default::default()
        })
    };
    assert!(attendance(ID, "").is_ok() && attendance("", "A guest").is_ok());
    assert_eq!(fields(&attendance("", " ").expect_err("nobody")), ["member_id"]);
    assert_eq!(fields(&attendance(ID, "A guest").expect_err("both")), ["attendee_name"]);
}

#[test]
fn a_consensus_that_is_denied_is_no_method() {
    let message = pb::RecordDecisionRequest {
        partnership_id: ID.to_owned(),
        meeting_id: ID.to_owned(),
        agenda_item_id: ID.to_owned(),
        method: Some(pb::record_decision_request::Method::ByConsensus(false)),
        ..Default::default()
    };
    let failure = RecordDecision::try_from(message).expect_err("no method");
    assert_eq!(fields(&failure), ["by_consensus"]);
}

#[test]
fn a_verdict_says_what_residents_are_told_or_what_is_left() {
    let judge = |accepted, note: &str, reason: &str| verdict(accepted, note.to_owned(), reason.to_owned());
    assert!(judge(true, "You said, we did", "").is_ok() && judge(false, "", "Half is left").is_ok());
    assert_eq!(fields(&judge(true, " ", "Half").expect_err("no note")), ["feedback_note", "reason"]);
    assert_eq!(fields(&judge(false, "Done", "").expect_err("no reason")), ["reason", "feedback_note"]);
}

#[test]
fn a_count_too_large_for_the_wire_is_shown_as_the_most() {
    assert_eq!((count(7_u32), count(i64::MAX)), (7, i32::MAX));
}

/// An action with a person in every place that can name one.
fn peopled_action() -> ActionView {
    let person = || Actor { id: "staff-id".to_owned(), name: "Staff Name".to_owned() };
    let mut action = action();
    action.owner.person_id = Some(ID.parse().expect("an id"));
    action.owner.person_name = person().name;
    action.due_date_moves.push(DueDateMove {
        from: action.due_date,
        to: action.due_date,
        reason: "Rain".to_owned(),
        decision_id: None,
        actor: person(),
        move_time: action.create_time,
    });
    action.report = Some(Report { reporter: person(), ..report(Rag::Green, None) });
    (action.submitter, action.verifier) = (Some(person()), Some(person()));
    let standing = Standing::of(&action, action.start_date, &Rules::default().actions, &[]);
    ActionView { action, commitments: Vec::new(), standing }
}

#[test]
fn the_public_reads_an_action_without_its_people() {
    let shown = format!("{:?}", to_action(peopled_action(), false));
    for word in ["Staff Name", "staff-id", ID] {
        assert!(!shown.contains(word), "`{word}` is shown to the public: {shown}");
    }
    let full = to_action(peopled_action(), true);
    assert_eq!((full.owner_person_id.as_str(), full.owner_person_name.as_str()), (ID, "Staff Name"));
    assert_eq!(full.verifier.map(|verifier| verifier.name), Some("Staff Name".to_owned()));
}

#[test]
fn the_public_reads_the_steps_of_an_action_without_who_took_them() {
    let entry = || HistoryEntry {
        id: uuid::Uuid::nil(),
        time: DateTime::UNIX_EPOCH,
        actor: Actor { id: "staff-id".to_owned(), name: "Staff Name".to_owned() },
        taken: action().raised(),
    };
    assert_eq!(history_entry(entry(), false).actor, Some(types::Actor::default()));
    assert_eq!(history_entry(entry(), true).actor.map(|actor| actor.name), Some("Staff Name".to_owned()));
}
