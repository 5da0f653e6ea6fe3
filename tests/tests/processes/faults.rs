//! What becomes of the others when a service is down: an issue is always taken in and its clock attached later, from the original
//! start; what cannot be done without the missing service is refused and writes nothing; what is left out is named.

use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::world::{PUBLIC, World, text};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_is_done_without_or_named() {
    let mut world = Processes::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let clocked = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Before")).await;
    assert_eq!(clocked["issue"]["clock"]["pending"], false, "the pledge is attached at once: {clocked}");

    world.house.stop_one("commitments").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Meanwhile")).await;
    let issue = &reported["issue"];
    assert_eq!(issue["state"], "ISSUE_STATE_ROUTED", "an issue is taken in and routed all the same: {issue}");
    assert_eq!(issue["clock"]["pending"], true, "its clock waits: {issue}");
    let asked = hood.with(json!({"issue_id": issue["issueId"]}));
    let refusal =
        world.refused(PUBLIC, "ProviderService/ListProviders", hood.with(json!({})), "PEER_UNAVAILABLE").await;
    assert_eq!(
        (refusal.http, refusal.variable("peer")),
        (Some(503), "commitments"),
        "the gateway names it: {refusal:?}"
    );
    a_missing_board_refuses_what_needs_it(&mut world, &hood, &asked).await;

    world.house.start_one("commitments").await;
    let attached = |issue: &Value| (issue["clock"]["pending"] == false).then(|| issue.clone());
    let later = world.until("the clock", PUBLIC, "IssueService/GetIssue", asked.clone(), attached).await;
    assert_eq!(
        later["standardId"],
        json!(hood.standard_id),
        "the pledge is attached when the service answers again: {later}"
    );
    let start = text(&later["clock"], "startTime");
    assert_eq!(
        start,
        text(&later, "reportTime"),
        "the clock runs from the report, not from when it was attached: {later}"
    );
    let story = world.must(PUBLIC, "IssueService/GetIssueStory", asked).await;
    assert_eq!(story["incompleteSources"], json!([]), "every service answers again: {story}");
    world.house.halt().await;
}

async fn a_missing_board_refuses_what_needs_it(world: &mut World<Processes>, hood: &Neighbourhood, issue: &Value) {
    world.house.stop_one("boards").await;
    let story = world.must(PUBLIC, "IssueService/GetIssueStory", issue.clone()).await;
    let missing = story["incompleteSources"].as_array().is_some_and(|names| names.contains(&json!("boards")));
    assert!(missing, "what is left out of the story is named: {story}");
    assert!(!text(&story["issue"], "issueId").is_empty(), "the rest of the story is shown: {story}");
    world.house.start_one("boards").await;

    world.house.stop_one("issues").await;
    let action = json!({
        "title": "Clear the lane", "origin": "ACTION_ORIGIN_BREACH", "issue_ids": [issue["issue_id"]],
        "owner_organisation": "Us", "due_date": world.date_in(30),
    });
    let manager = hood.manager();
    let refusal = world.refused(&manager, "ActionService/RaiseAction", hood.with(action), "PEER_UNAVAILABLE").await;
    assert_eq!(refusal.variable("peer"), "issues", "who does not answer is named: {refusal:?}");
    let actions = world.list(&manager, "ActionService/ListActions", hood.with(json!({})), "actions").await;
    assert_eq!(actions.len(), 0, "nothing was written: {actions:?}");
    world.house.start_one("issues").await;
}
