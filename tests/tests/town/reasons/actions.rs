//! What an action of the board refuses.

use pathfinder_tests::sitting::{Sitting, carried};
use pathfinder_tests::world::{merged, text};
use serde_json::{Value, json};

use super::{ABSENT, Outcome, Scene};

/// Days from now until the action is due.
const DUE: i64 = 30;

async fn raise(scene: &Scene, fields: Value) -> Outcome {
    let action = json!({
        "title": "Clear the lane", "origin": "ACTION_ORIGIN_WALKABOUT", "owner_provider_id": scene.hood.provider_id,
        "owner_organisation": "Street Scene", "due_date": scene.world.date_in(DUE),
    });
    scene.ask(&scene.hood.manager(), "ActionService/RaiseAction", merged(action, fields)).await
}

/// Raises an action of the provider's; answers what names it.
async fn raised(scene: &Scene) -> Value {
    let action = raise(scene, json!({})).await;
    json!({"action_id": text(&action.expect("an action can be raised"), "actionId")})
}

/// Raises an action, which the manager agrees.
async fn agreed(scene: &Scene) -> Value {
    let action = raised(scene).await;
    scene.must(&scene.hood.manager(), "ActionService/AgreeAction", action.clone()).await;
    action
}

pub(super) async fn a_fallen_decision_agrees_it(scene: &Scene) -> Outcome {
    let sitting = Sitting::opened(&scene.world, &scene.hood, 4).await;
    let fallen = sitting.decide(json!({"votes": {"for_count": 1, "against_count": 3}})).await;
    let decision_id = text(&fallen.expect("four may decide against it"), "decisionId");
    agree_by(scene, &decision_id).await
}

async fn agree_by(scene: &Scene, decision_id: &str) -> Outcome {
    let action = merged(raised(scene).await, json!({"decision_id": decision_id}));
    scene.ask(&scene.hood.manager(), "ActionService/AgreeAction", action).await
}

pub(super) async fn a_decision_that_was_referred_back_agrees_it(scene: &Scene) -> Outcome {
    let decision_id = carried(&scene.world, &scene.hood, json!({})).await;
    let referral = json!({"decision_id": decision_id, "reason": "There is no money for it."});
    scene.must(&scene.hood.login("accountable"), "DecisionService/ReferDecisionBack", referral).await;
    agree_by(scene, &decision_id).await
}

pub(super) async fn a_corrected_decision_agrees_it(scene: &Scene) -> Outcome {
    let decision_id = carried(&scene.world, &scene.hood, json!({})).await;
    carried(&scene.world, &scene.hood, json!({"corrects_decision_id": decision_id})).await;
    agree_by(scene, &decision_id).await
}

pub(super) async fn it_answers_no_issue(scene: &Scene) -> Outcome {
    raise(scene, json!({"issue_ids": [ABSENT]})).await
}

pub(super) async fn another_accepts_it(scene: &Scene) -> Outcome {
    let action = agreed(scene).await;
    scene.ask(&scene.hood.observer(), "ActionService/AcceptAction", action).await
}

pub(super) async fn it_is_accepted_twice(scene: &Scene) -> Outcome {
    let action = agreed(scene).await;
    scene.must(&scene.hood.officer(), "ActionService/AcceptAction", action.clone()).await;
    scene.ask(&scene.hood.officer(), "ActionService/AcceptAction", action).await
}

pub(super) async fn it_starts_unaccepted(scene: &Scene) -> Outcome {
    let action = agreed(scene).await;
    scene.ask(&scene.hood.officer(), "ActionService/StartAction", action).await
}

pub(super) async fn its_date_moves_too_far(scene: &Scene) -> Outcome {
    let moved = json!({"due_date": scene.world.date_in(DUE + 91), "reason": "The lorry broke down."});
    let action = merged(agreed(scene).await, moved);
    scene.ask(&scene.hood.officer(), "ActionService/MoveActionDueDate", action).await
}

pub(super) async fn its_owner_verifies_it(scene: &Scene) -> Outcome {
    let action = agreed(scene).await;
    let officer = scene.hood.officer();
    for rpc in ["ActionService/AcceptAction", "ActionService/StartAction"] {
        scene.must(&officer, rpc, action.clone()).await;
    }
    let submitted = merged(action.clone(), json!({"closing_note": "It is done."}));
    scene.must(&officer, "ActionService/SubmitActionForVerification", submitted).await;
    let verified = merged(action, json!({"accepted": true, "feedback_note": "The lane is clear."}));
    scene.ask(&scene.hood.insider(), "ActionService/VerifyAction", verified).await
}
