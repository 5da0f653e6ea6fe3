//! What a board's constitution and membership refuse.

use pathfinder_tests::sitting::{Sitting, carried};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, text};
use serde_json::{Value, json};

use super::{Outcome, Scene};

const APPOINT: &str = "MemberService/AppointMember";
const CREATE_SEAT: &str = "MemberService/CreateSeat";

fn seat() -> Value {
    json!({"category": "SEAT_CATEGORY_FAITH", "name": "Faith groups"})
}

/// Ends the membership of the chair.
async fn end_chair(scene: &Scene) -> Outcome {
    let end = json!({"member_id": scene.hood.member_ids[0], "reason": "Moved away."});
    scene.ask(&scene.hood.manager(), "MemberService/EndMembership", end).await
}

async fn must_end_chair(scene: &Scene) {
    let ended = end_chair(scene).await;
    assert!(ended.is_ok(), "a membership can be ended: {ended:?}");
}

pub(super) async fn nothing_was_in_force_then(scene: &Scene) -> Outcome {
    scene.ask(PUBLIC, "PartnershipService/GetConstitution", json!({"on_date": "2019-12-31"})).await
}

pub(super) async fn a_constitution_is_changed_without_the_board(scene: &Scene) -> Outcome {
    let adopted = json!({"effective_from_date": scene.world.date_in(30), "rules": {}});
    scene.ask(&scene.hood.manager(), "PartnershipService/AdoptConstitution", adopted).await
}

pub(super) async fn a_partnership_is_archived(scene: &Scene) -> Outcome {
    scene.must(ADMINISTRATOR, "PartnershipService/UpdatePartnership", json!({"archive": true})).await;
    scene.ask(&scene.hood.manager(), CREATE_SEAT, seat()).await
}

pub(super) async fn a_kind_of_seat_is_used_up(scene: &Scene) -> Outcome {
    let allocation = json!([{"category": "SEAT_CATEGORY_POLICE", "seat_count": 1}]);
    let rules = json!({"seat_allocations": allocation});
    let decision_id = carried(&scene.world, &scene.hood, json!({})).await;
    let adopted = json!({"effective_from_date": scene.world.date_in(0), "rules": rules, "decision_id": decision_id});
    scene.must(&scene.hood.manager(), "PartnershipService/AdoptConstitution", adopted).await;
    scene.ask(&scene.hood.manager(), CREATE_SEAT, seat()).await
}

pub(super) async fn a_seat_is_taken(scene: &Scene) -> Outcome {
    let seats = scene.must(PUBLIC, "MemberService/ListSeats", json!({})).await;
    let appointed = json!({"seat_id": seats["seats"][0]["seatId"], "name": "Another"});
    scene.ask(&scene.hood.manager(), APPOINT, appointed).await
}

pub(super) async fn there_is_a_chair(scene: &Scene) -> Outcome {
    let seat = scene.must(&scene.hood.manager(), CREATE_SEAT, seat()).await;
    let appointed = json!({"seat_id": text(&seat, "seatId"), "name": "Another", "role": "MEMBER_ROLE_CHAIR"});
    scene.ask(&scene.hood.manager(), APPOINT, appointed).await
}

pub(super) async fn a_substitute_is_to_be_chair(scene: &Scene) -> Outcome {
    let principal = &scene.hood.member_ids[1];
    let appointed = json!({"substitute_for_member_id": principal, "name": "Another", "role": "MEMBER_ROLE_CHAIR"});
    scene.ask(&scene.hood.manager(), APPOINT, appointed).await
}

pub(super) async fn a_membership_ends_twice(scene: &Scene) -> Outcome {
    must_end_chair(scene).await;
    end_chair(scene).await
}

pub(super) async fn a_former_member_comes(scene: &Scene) -> Outcome {
    let sitting = Sitting::opened(&scene.world, &scene.hood, 0).await;
    must_end_chair(scene).await;
    let arrival = json!({"member_id": scene.hood.member_ids[0], "status": "ATTENDANCE_STATUS_PRESENT"});
    sitting.ask(&scene.hood.manager(), "MeetingService/RecordAttendance", arrival).await
}

pub(super) async fn nobody_presides(scene: &Scene) -> Outcome {
    let sitting = Sitting::published(&scene.world, &scene.hood).await;
    must_end_chair(scene).await;
    sitting.ask(&scene.hood.chair(), "MeetingService/OpenMeeting", json!({})).await
}

pub(super) async fn a_partnership_forbids_it(scene: &Scene) -> Outcome {
    let text = r#"forbid (principal, action == Action::"CreateSeat", resource);"#;
    scene.must(&scene.hood.chair(), "PartnershipService/SetPolicies", json!({"text": text})).await;
    scene.ask(&scene.hood.manager(), CREATE_SEAT, seat()).await
}
