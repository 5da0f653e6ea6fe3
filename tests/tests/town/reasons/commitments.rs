//! What standards, commitments and progress reports refuse.

use chrono::TimeDelta;
use pathfinder_tests::fault::{Updates, mend, spoil};
use pathfinder_tests::neighbourhood::{CATEGORY, pledge};
use pathfinder_tests::sitting::carried;
use pathfinder_tests::world::{PUBLIC, merged, text};
use serde_json::{Value, json};

use super::{ABSENT, Outcome, Scene};

const REVISE: &str = "StandardService/ReviseStandard";
const OFFER: &str = "CommitmentService/OfferCommitment";
const ACCEPT: &str = "CommitmentService/AcceptCommitment";
const VERIFY: &str = "CommitmentService/VerifyCommitment";
const SUBMIT: &str = "ProgressReportService/SubmitProgressReport";
const DRAFT: &str = "ProgressReportService/DraftProgressReport";
const CORRECT: &str = "ProgressReportService/CorrectProgressReport";

pub(super) async fn no_standard_is_in_force(scene: &Scene) -> Outcome {
    let asked = json!({"provider_id": scene.hood.provider_id, "category_code": "noise"});
    scene.ask(PUBLIC, "StandardService/FindApplicableStandard", asked).await
}

fn revision(scene: &Scene, from: &str) -> Value {
    json!({"standard_id": scene.hood.standard_id, "terms": pledge(from)})
}

pub(super) async fn a_standard_is_revised_twice(scene: &Scene) -> Outcome {
    let manager = scene.hood.manager();
    scene.must(&manager, REVISE, revision(scene, &scene.world.date_in(1))).await;
    scene.ask(&manager, REVISE, revision(scene, &scene.world.date_in(2))).await
}

pub(super) async fn a_standard_is_revised_for_the_past(scene: &Scene) -> Outcome {
    scene.ask(&scene.hood.manager(), REVISE, revision(scene, &scene.world.date_in(-1))).await
}

pub(super) async fn a_standard_measures_the_same(scene: &Scene) -> Outcome {
    let provider_id = &scene.hood.provider_id;
    let terms = pledge("2020-01-01");
    let same = json!({"code": "another", "provider_id": provider_id, "category_code": CATEGORY, "terms": terms});
    scene.ask(&scene.hood.manager(), "StandardService/CreateStandard", same).await
}

/// Offers a commitment that begins and ends so many days from now.
async fn offer(scene: &Scene, (start, end): (i64, i64), fields: Value) -> Outcome {
    let world = &scene.world;
    let terms = json!({
        "text": "The lane is clear on every inspection.", "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 95.0,
        "unit": "percent", "direction": "DIRECTION_INCREASE", "start_date": world.date_in(start), "end_date": world.date_in(end),
        "baseline": {"value": 40.0, "value_date": world.date_in(start), "source": "Inspections"},
        "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head of Street Scene",
    });
    let offer = json!({"provider_id": scene.hood.provider_id, "terms": terms});
    scene.ask(&scene.hood.officer(), OFFER, merged(offer, fields)).await
}

/// Accepts a commitment by a decision of which `fields` say more.
async fn accept(scene: &Scene, offered: &Value, fields: Value) -> Outcome {
    let decision_id = carried(&scene.world, &scene.hood, fields).await;
    let accepted = json!({"commitment_id": offered["commitmentId"], "decision_id": decision_id});
    scene.ask(&scene.hood.signatory(), ACCEPT, accepted).await
}

/// That a decision is about a commitment.
fn about(commitment: &Value) -> Value {
    json!({"commitment_ids": [commitment["commitmentId"]]})
}

/// A commitment that began and ends so many days from now, and was accepted.
async fn accepted(scene: &Scene, days: (i64, i64), fields: Value) -> Value {
    let offered = offer(scene, days, fields).await.expect("a commitment can be offered");
    accept(scene, &offered, about(&offered)).await.expect("a commitment can be accepted")
}

/// One that began today.
async fn begun(scene: &Scene) -> Value {
    accepted(scene, (0, 80), json!({})).await
}

pub(super) async fn an_inactive_provider_offers(scene: &Scene) -> Outcome {
    let inactive = json!({"provider_id": scene.hood.provider_id, "active": false});
    scene.must(&scene.hood.manager(), "ProviderService/UpdateProvider", inactive).await;
    offer(scene, (0, 80), json!({})).await
}

pub(super) async fn it_answers_no_action(scene: &Scene) -> Outcome {
    offer(scene, (0, 80), json!({"action_id": ABSENT})).await
}

async fn verify(scene: &Scene, who: &str, outcome: &str, evidence: Value) -> Outcome {
    let commitment = begun(scene).await;
    let outcome = format!("VERIFICATION_OUTCOME_{outcome}");
    let found = json!({"outcome": outcome, "note": "Seen on site.", "evidence": evidence});
    scene.ask(who, VERIFY, merged(found, json!({"commitment_id": commitment["commitmentId"]}))).await
}

pub(super) async fn its_provider_verifies_it(scene: &Scene) -> Outcome {
    verify(scene, &scene.hood.insider(), "MET", json!([{"text": "Inspection sheets"}])).await
}

pub(super) async fn it_is_met_without_evidence(scene: &Scene) -> Outcome {
    verify(scene, &scene.hood.manager(), "MET", json!([])).await
}

pub(super) async fn it_is_missed_before_its_end(scene: &Scene) -> Outcome {
    verify(scene, &scene.hood.manager(), "MISSED", json!([])).await
}

/// The timer that ends it at midnight is kept from doing so, as it may be for a moment.
pub(super) async fn it_is_accepted_after_its_end(scene: &mut Scene) -> Outcome {
    let offered = offer(scene, (0, 0), json!({})).await.expect("what ends today can be offered");
    let commitments = scene.world.house.database.look("commitments").await;
    spoil(&commitments, "commitment", None, Updates::Fail).await;
    scene.world.pass_time(TimeDelta::days(1)).await;
    let outcome = accept(scene, &offered, about(&offered)).await;
    mend(&commitments, "commitment").await;
    outcome
}

pub(super) async fn a_decision_is_about_something_else(scene: &Scene) -> Outcome {
    let offered = offer(scene, (0, 80), json!({})).await.expect("a commitment can be offered");
    accept(scene, &offered, json!({})).await
}

pub(super) async fn a_milestone_is_recorded_twice(scene: &Scene) -> Outcome {
    let steps = json!([{"text": "Cameras are up.", "due_date": scene.world.date_in(10)}]);
    let commitment = accepted(scene, (0, 80), json!({"milestones": steps})).await;
    let recorded = json!({
        "commitment_id": commitment["commitmentId"], "milestone_id": commitment["milestones"][0]["milestoneId"],
        "status": "MILESTONE_STATUS_MET",
    });
    scene.must(&scene.hood.officer(), "CommitmentService/RecordMilestone", recorded.clone()).await;
    scene.ask(&scene.hood.officer(), "CommitmentService/RecordMilestone", recorded).await
}

fn content() -> Value {
    json!({"ratio": {"numerator": 24, "denominator": 25}, "narrative": "Clear.", "reported_rag": "RAG_GREEN"})
}

fn report(commitment: &Value, period_end: &str) -> Value {
    json!({"commitment_id": commitment["commitmentId"], "period_end_date": period_end, "content": content()})
}

pub(super) async fn no_period_ends_then(scene: &Scene) -> Outcome {
    let report = report(&begun(scene).await, &scene.world.date_in(3));
    scene.ask(&scene.hood.officer(), SUBMIT, report).await
}

pub(super) async fn a_period_is_not_over(scene: &Scene) -> Outcome {
    let commitment = begun(scene).await;
    let report = report(&commitment, &text(&commitment, "nextReportPeriodEndDate"));
    scene.ask(&scene.hood.officer(), SUBMIT, report).await
}

/// The report on the first period of a commitment that began long enough ago.
async fn report_due(scene: &Scene) -> Value {
    let commitment = accepted(scene, (-40, 80), json!({})).await;
    report(&commitment, &text(&commitment, "nextReportPeriodEndDate"))
}

pub(super) async fn a_period_is_reported_twice(scene: &Scene) -> Outcome {
    let report = report_due(scene).await;
    scene.must(&scene.hood.officer(), SUBMIT, report.clone()).await;
    scene.ask(&scene.hood.officer(), SUBMIT, report).await
}

pub(super) async fn a_report_is_corrected_twice(scene: &Scene) -> Outcome {
    let report = report_due(scene).await;
    let submitted = scene.must(&scene.hood.officer(), SUBMIT, report.clone()).await;
    let correction = json!({
        "commitment_id": report["commitment_id"], "progress_report_id": submitted["progressReportId"], "content": content(),
    });
    scene.must(&scene.hood.officer(), CORRECT, correction.clone()).await;
    scene.ask(&scene.hood.officer(), CORRECT, correction).await
}

pub(super) async fn a_draft_is_replaced_unread(scene: &Scene) -> Outcome {
    let report = report_due(scene).await;
    scene.must(&scene.hood.officer(), DRAFT, report.clone()).await;
    scene.ask(&scene.hood.signatory(), DRAFT, report).await
}
