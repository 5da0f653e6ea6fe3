//! Partnerships that are not there, and partnerships that are archived: the first have no lists, and nothing in the second changes.

#![allow(clippy::panic, reason = "a call that nobody may make fails the test")]

use pathfinder_tests::authorisation::{self, Cell, Row};
use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};

const ABSENT: &str = "01890a5d-ac96-774b-bcce-000000000000";

/// The RPCs of boards and commitments that are about a partnership.
fn rpcs() -> impl Iterator<Item = MethodDescriptor> {
    let ours = |rpc: &MethodDescriptor| ["boards", "commitments"].contains(&contract::domain(rpc).as_str());
    let about_one = |rpc: &MethodDescriptor| {
        contract::route(rpc).is_some_and(|route| route.path.starts_with("/v1/partnerships/{partnership_id}"))
    };
    // What happened in a partnership stays to be read whatever became of it; the trail knows no partnerships.
    let on_trail = |rpc: &MethodDescriptor| rpc.parent_service().name().ends_with("AuditService");
    contract::rpcs().filter(move |rpc| ours(rpc) && about_one(rpc) && !on_trail(rpc))
}

/// A message with an id of nothing wherever one is needed.
fn message_to(rpc: &MethodDescriptor) -> Value {
    let asked = rpc.input();
    let needed = asked.fields().filter(|field| {
        let rules = contract::rules(field);
        rules.part("string").flag("uuid") && !rules.has("ignore")
    });
    needed.map(|field| (field.name().to_owned(), json!(ABSENT))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partnership_that_is_not_there_has_no_lists() {
    let world = Town::world(Way::Grpc).await;
    let lists: Vec<MethodDescriptor> = rpcs().filter(|rpc| rpc.name().starts_with("List")).collect();
    assert!(lists.len() > 12, "boards and commitments have lists");
    for rpc in &lists {
        let refusal = world.refused(ADMINISTRATOR, &short_name(rpc), message_to(rpc), "NOT_FOUND").await;
        let named = (refusal.variable("kind"), refusal.variable("id"));
        assert_eq!(named, ("partnership", ABSENT), "{}: {refusal:?}", rpc.full_name());
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partnership_that_was_just_founded_has_its_lists_at_once() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    for rpc in ["ProviderService/ListProviders", "StandardService/ListStandards", "CommitmentService/ListCommitments"] {
        world.must(PUBLIC, rpc, hood.with(json!({}))).await;
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_an_archived_partnership_changes() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    archive(&world, &hood).await;
    let writes: Vec<MethodDescriptor> =
        rpcs().filter(|rpc| contract::route(rpc).is_some_and(|route| route.body == "*")).collect();
    assert!(writes.len() > 45, "boards and commitments have many calls that write");
    let table = authorisation::table();
    for rpc in &writes {
        let name = short_name(rpc);
        let fields = FIELDS.iter().find(|(known, _)| *known == name).map_or("{}", |(_, fields)| *fields);
        let fields: Value = serde_json::from_str(fields).expect("the fields are JSON");
        let message = hood.with(merged(message_to(rpc), fields));
        let who = whoever_may(&hood, &table[&name]);
        world.refused(&who, &name, message, "PARTNERSHIP_ARCHIVED").await;
        assert!(contract::Commented::comment(rpc).contains("PARTNERSHIP_ARCHIVED"), "{name} says so");
    }
    let providers = world.list(PUBLIC, "ProviderService/ListProviders", hood.with(json!({})), "providers").await;
    let seats = world.list(PUBLIC, "MemberService/ListSeats", hood.with(json!({})), "seats").await;
    assert_eq!((providers.len(), seats.len()), (1, 6), "what there was can be read");
    world.house.stop().await;
}

/// The login of somebody who may make a call.
fn whoever_may(hood: &Neighbourhood, row: &Row) -> String {
    let logins = [
        ("administrator", ADMINISTRATOR.to_owned()),
        ("manager", hood.manager()),
        ("chair", hood.chair()),
        ("provider_signatory", hood.signatory()),
        ("accountable_body", hood.login("accountable")),
    ];
    let may = logins.into_iter().find(|(role, _)| row.cell(role) != Cell::No);
    may.unwrap_or_else(|| panic!("somebody may do this: {row:?}")).1
}

/// Archives a partnership, and waits until commitments has heard of it.
async fn archive(world: &World<Town>, hood: &Neighbourhood) {
    world.must(ADMINISTRATOR, "PartnershipService/UpdatePartnership", hood.with(json!({"archive": true}))).await;
    let renamed = hood.with(json!({"provider_id": hood.provider_id, "name": "Renamed"}));
    waiting::until("the end of the partnership at commitments", PATIENCE, || async {
        match world.ask(&hood.manager(), "ProviderService/UpdateProvider", renamed.clone()).await {
            Err(refusal) if refusal.reason == "PARTNERSHIP_ARCHIVED" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// What a call needs beside ids.
const FIELDS: &[(&str, &str)] = &[
    ("PartnershipService/UpdatePartnership", r#"{"name": "Renamed"}"#),
    ("PartnershipService/AdoptConstitution", r#"{"effective_from_date": "2026-07-01", "rules": {}}"#),
    ("MemberService/CreateSeat", r#"{"category": "SEAT_CATEGORY_FAITH", "name": "Faith groups"}"#),
    (
        "MemberService/AppointMember",
        r#"{"name": "Ann", "substitute_for_member_id": "01890a5d-ac96-774b-bcce-000000000000"}"#,
    ),
    ("MemberService/EndMembership", r#"{"reason": "Moved away."}"#),
    ("MeetingService/CreateMeeting", r#"{"title": "Board", "start_time": "2026-07-01T18:00:00Z"}"#),
    ("MeetingService/RecordAttendance", r#"{"attendee_name": "Ann", "status": "ATTENDANCE_STATUS_PRESENT"}"#),
    ("MeetingService/DeclareInterest", r#"{"kind": "INTEREST_KIND_PERSONAL", "nature": "A neighbour"}"#),
    ("MeetingService/AdjournMeeting", r#"{"reason": "The hall closes."}"#),
    ("MeetingService/CancelMeeting", r#"{"reason": "Nothing to decide."}"#),
    ("DecisionService/RecordDecision", r#"{"text": "We do.", "by_consensus": true}"#),
    ("DecisionService/ReferDecisionBack", r#"{"reason": "There is no money."}"#),
    (
        "ActionService/RaiseAction",
        r#"{"title": "Walk", "origin": "ACTION_ORIGIN_WALKABOUT", "owner_organisation": "Us", "due_date": "2026-09-01"}"#,
    ),
    ("ActionService/BlockAction", r#"{"reason": "No lorry."}"#),
    ("ActionService/SuspendAction", r#"{"reason": "No money."}"#),
    ("ActionService/MoveActionDueDate", r#"{"due_date": "2026-09-01", "reason": "No lorry."}"#),
    ("ActionService/ReportActionProgress", r#"{"rag": "RAG_GREEN", "narrative": "It goes on."}"#),
    ("ActionService/SubmitActionForVerification", r#"{"closing_note": "Done."}"#),
    ("ActionService/VerifyAction", r#"{"accepted": true, "feedback_note": "It is clear."}"#),
    ("ActionService/CancelAction", r#"{"reason": "Not needed."}"#),
    ("ProviderService/CreateProvider", r#"{"name": "Police", "kind": "PROVIDER_KIND_POLICE"}"#),
    ("StandardService/CreateStandard", CREATE_STANDARD),
    ("StandardService/ReviseStandard", REVISE_STANDARD),
    ("CommitmentService/OfferCommitment", OFFER),
    ("CommitmentService/FlagCommitmentAtRisk", r#"{"reason": "No staff."}"#),
    ("CommitmentService/RecoverCommitment", r#"{"note": "Staff is back."}"#),
    ("CommitmentService/RecordMilestone", r#"{"status": "MILESTONE_STATUS_MET"}"#),
    ("CommitmentService/WithdrawCommitment", r#"{"reason": "The land was sold."}"#),
    (
        "CommitmentService/VerifyCommitment",
        r#"{"outcome": "VERIFICATION_OUTCOME_MET", "note": "Seen.", "evidence": [{"text": "Photo"}]}"#,
    ),
    ("ProgressReportService/DraftProgressReport", REPORT),
    ("ProgressReportService/SubmitProgressReport", REPORT),
    ("ProgressReportService/QueryProgressReport", r#"{"note": "Why?"}"#),
    ("ProgressReportService/CorrectProgressReport", CORRECTION),
];

const CREATE_STANDARD: &str = r#"{"code": "visit", "category_code": "fly-tipping", "terms": {"text": "A visit in a day",
    "measure": "STANDARD_MEASURE_RESPONSE_TIME", "target_value": 1.0, "unit": "STANDARD_UNIT_WORKING_DAYS",
    "target_percent": 90.0, "effective_from_date": "2026-07-01"}}"#;
const REVISE_STANDARD: &str = r#"{"terms": {"text": "Gone in a day", "measure": "STANDARD_MEASURE_RESOLUTION_TIME",
    "target_value": 1.0, "unit": "STANDARD_UNIT_WORKING_DAYS", "target_percent": 90.0, "effective_from_date": "2026-07-01"}}"#;
const OFFER: &str = r#"{"terms": {"text": "Clear.", "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 9.0, "unit": "lanes",
    "baseline": {"value": 1.0, "value_date": "2026-06-01", "source": "Survey"}, "direction": "DIRECTION_INCREASE",
    "start_date": "2026-06-01", "end_date": "2026-12-31", "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head"}}"#;
const REPORT: &str = r#"{"period_end_date": "2026-06-30", "content": {"measured_value": 2.0, "narrative": "Two lanes.",
    "reported_rag": "RAG_GREEN"}}"#;
const CORRECTION: &str =
    r#"{"content": {"measured_value": 3.0, "narrative": "Three lanes.", "reported_rag": "RAG_GREEN"}}"#;
