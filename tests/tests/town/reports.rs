//! What a report becomes: by which door it came in, which words hold it back however they are written, and what a resident is told
//! who would confirm too early.

use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, text};
use serde_json::{Value, json};

async fn scene(way: Way) -> (World<Town>, Neighbourhood) {
    let world = Town::world(way).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    (world, hood)
}

async fn reported(world: &World<Town>, report: Value) -> Value {
    world.must(PUBLIC, "IssueService/ReportIssue", report).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_does_not_say_how_it_came_in_came_by_its_door() {
    for (way, source) in [(Way::Http, "ISSUE_SOURCE_WEB"), (Way::Grpc, "ISSUE_SOURCE_GRPC")] {
        let (world, hood) = scene(way).await;
        let mut report = hood.report("Mattresses");
        report.as_object_mut().expect("a report is an object").remove("source");
        let answer = reported(&world, report.clone()).await;
        assert_eq!(answer["issue"]["source"], source, "by {way:?}");
        report["source"] = json!("ISSUE_SOURCE_PHONE");
        let answer = reported(&world, report).await;
        assert_eq!(answer["issue"]["source"], "ISSUE_SOURCE_PHONE", "by {way:?}, what is said stands");
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn held_words_hold_a_report_back_wherever_they_stand_and_however_they_are_written() {
    let (world, hood) = scene(Way::Http).await;
    let named = json!({"name": "Mum of a bo\u{2060}y called Sam", "visibility": "REPORTER_VISIBILITY_NAMED"});
    let told = [
        ("title", json!("ＡＭＢＵＬＡＮＣＥ, please")),
        ("description", json!("A man with de\u{00AD}men\u{200B}tia lives there.")),
        ("location", json!({"address": "Where the bo\u{0301}y called Sam lives"})),
        ("reporter", named),
    ];
    let mut last = Value::Null;
    for (field, value) in told {
        let mut report = hood.report("Mattresses");
        report[field] = value;
        last = reported(&world, report).await["issue"].take();
        assert_eq!(last["state"], "ISSUE_STATE_AWAITING_MODERATION", "held words in `{field}` hold it back: {last}");
    }
    let triage = hood.with(json!({"issue_id": last["issueId"], "reporter_name": ""}));
    let public = world.must(&hood.manager(), "IssueService/TriageIssue", triage).await;
    assert_eq!((&public["state"], text(&public, "reporterName")), (&json!("ISSUE_STATE_ROUTED"), String::new()));
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_too_early_is_explained() {
    let (world, hood) = scene(Way::Grpc).await;
    let answer = reported(&world, hood.report("Mattresses")).await;
    let confirm = hood.with(json!({"issue_id": answer["issue"]["issueId"], "follow_token": answer["followToken"]}));
    let refusal = world.refused(PUBLIC, "IssueService/ConfirmResolution", confirm, "STATE_FORBIDS").await;
    assert_eq!(refusal.status, "FAILED_PRECONDITION", "{refusal:?}");
    assert!(refusal.message.starts_with("There is nothing to confirm yet"), "{refusal:?}");
    assert!(refusal.message.contains("resolved or closed"), "the states that allow it are named: {refusal:?}");
    assert_eq!(refusal.variable("state"), "routed", "{refusal:?}");
    world.house.stop().await;
}
