//! What a meeting of the board refuses.

use chrono::TimeDelta;
use pathfinder_tests::sitting::Sitting;
use serde_json::json;

use super::{Outcome, Scene};

async fn opened<'a>(scene: &'a Scene, members: usize) -> Sitting<'a, pathfinder_tests::town::Town> {
    Sitting::opened(&scene.world, &scene.hood, members).await
}

pub(super) async fn papers_go_out_late(scene: &Scene) -> Outcome {
    let sitting = Sitting::prepared(&scene.world, &scene.hood, TimeDelta::days(1)).await;
    sitting.ask(&scene.hood.manager(), "MeetingService/PublishAgenda", json!({})).await
}

pub(super) async fn an_agenda_has_no_items(scene: &Scene) -> Outcome {
    let sitting = Sitting::prepared(&scene.world, &scene.hood, TimeDelta::days(30)).await;
    let manager = scene.hood.manager();
    sitting.must(&manager, "MeetingService/UpdateMeeting", json!({"agenda": {"items": []}})).await;
    sitting.ask(&manager, "MeetingService/PublishAgenda", json!({})).await
}

pub(super) async fn a_meeting_opens_too_soon(scene: &Scene) -> Outcome {
    let sitting = Sitting::prepared(&scene.world, &scene.hood, TimeDelta::days(30)).await;
    sitting.must(&scene.hood.manager(), "MeetingService/PublishAgenda", json!({})).await;
    sitting.ask(&scene.hood.chair(), "MeetingService/OpenMeeting", json!({})).await
}

pub(super) async fn someone_leaves_who_never_came(scene: &Scene) -> Outcome {
    let leaving = json!({"member_id": scene.hood.member_ids[0], "status": "ATTENDANCE_STATUS_LEFT"});
    let sitting = opened(scene, 0).await;
    sitting.ask(&scene.hood.manager(), "MeetingService/RecordAttendance", leaving).await
}

pub(super) async fn an_item_has_no_outcome(scene: &Scene) -> Outcome {
    let sitting = opened(scene, 0).await;
    sitting.must(&scene.hood.chair(), "MeetingService/CloseMeeting", json!({})).await;
    sitting.ask(&scene.hood.manager(), "MeetingService/DraftMinutes", json!({"items": []})).await
}

pub(super) async fn a_meeting_approves_its_own_minutes(scene: &Scene) -> Outcome {
    let sitting = opened(scene, 0).await;
    sitting.must(&scene.hood.chair(), "MeetingService/CloseMeeting", json!({})).await;
    let minute = json!([{"agenda_item_id": sitting.item_id, "outcome": "ITEM_OUTCOME_INFORMATION", "text": "Noted."}]);
    sitting.must(&scene.hood.manager(), "MeetingService/DraftMinutes", json!({"items": minute})).await;
    let itself = json!({"approving_meeting_id": sitting.with(json!({}))["meeting_id"]});
    sitting.ask(&scene.hood.chair(), "MeetingService/ApproveMinutes", itself).await
}

pub(super) async fn three_are_too_few(scene: &Scene) -> Outcome {
    opened(scene, 3).await.decide(json!({})).await
}

pub(super) async fn nine_vote_where_four_are(scene: &Scene) -> Outcome {
    opened(scene, 4).await.decide(json!({"votes": {"for_count": 9}})).await
}

pub(super) async fn a_casting_vote_comes_without_a_tie(scene: &Scene) -> Outcome {
    opened(scene, 4).await.decide(json!({"casting_vote": "CASTING_VOTE_FOR"})).await
}

pub(super) async fn an_absent_member_proposes(scene: &Scene) -> Outcome {
    opened(scene, 4).await.decide(json!({"proposer_member_id": scene.hood.member_ids[5]})).await
}

pub(super) async fn a_class_of_decision_is_unknown(scene: &Scene) -> Outcome {
    opened(scene, 4).await.decide(json!({"class_code": "by_acclamation"})).await
}
