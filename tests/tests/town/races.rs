//! Writers at once: each write takes effect once, none is lost, and what must be unique stays so.

use std::collections::BTreeSet;

use futures::future::join_all;
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, text};
use serde_json::json;

const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn reports_at_once_get_references_of_their_own() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reports = (0..AT_ONCE).map(|_| world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")));
    let answers = join_all(reports).await;
    let references: BTreeSet<String> = answers.iter().map(|answer| text(&answer["issue"], "reference")).collect();
    assert_eq!(references.len(), AT_ONCE, "no two issues have one reference: {references:?}");
    let manager = hood.manager();
    let actions = (0..AT_ONCE).map(|number| {
        let action = json!({
            "title": format!("Walk {number}"), "origin": "ACTION_ORIGIN_WALKABOUT", "owner_organisation": "Us",
            "due_date": "2026-09-01",
        });
        world.ask(&manager, "ActionService/RaiseAction", hood.with(action))
    });
    let answers = join_all(actions).await;
    let references: BTreeSet<String> =
        answers.iter().map(|answer| text(answer.as_ref().expect("an action is raised"), "reference")).collect();
    assert_eq!(references.len(), AT_ONCE, "no two actions have one reference: {references:?}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_move_one_issue_at_once_one_does() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
    let officer = hood.officer();
    let moves = (0..AT_ONCE).map(|_| world.ask(&officer, "IssueService/AcceptIssue", issue.clone()));
    let (moved, refused): (Vec<_>, Vec<_>) = join_all(moves).await.into_iter().partition(Result::is_ok);
    assert_eq!(moved.len(), 1, "one of {AT_ONCE} accepts it: {refused:?}");
    for refusal in refused.into_iter().filter_map(Result::err) {
        let told = ["STATE_FORBIDS", "CONFLICT"].contains(&refusal.reason.as_str());
        assert!(told, "the others are told that it moved: {refusal:?}");
    }
    let history = world.list(PUBLIC, "IssueService/ListIssueHistory", issue.clone(), "entries").await;
    let accepted = history.iter().filter(|entry| entry["kind"] == "issue.accepted").count();
    assert_eq!(accepted, 1, "the history holds one move: {history:?}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_support_at_once_each_is_counted() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
    let supports = (0..AT_ONCE).map(|_| world.must(PUBLIC, "IssueService/SupportIssue", issue.clone()));
    let answers = join_all(supports).await;
    let tokens: BTreeSet<String> = answers.iter().map(|answer| text(answer, "followToken")).collect();
    assert_eq!(tokens.len(), AT_ONCE, "each supporter has a token of their own");
    let read = world.must(PUBLIC, "IssueService/GetIssue", issue).await;
    assert_eq!(read["supporterCount"], json!(AT_ONCE), "each supporter is counted: {read}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_give_each_row_once_whatever_happens_meanwhile() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let mut before = BTreeSet::new();
    for number in 0..9 {
        world.house.tick();
        let report = hood.report(&format!("Bag {number}"));
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", report).await;
        before.insert(text(&reported["issue"], "issueId"));
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = hood.with(json!({"page_size": 2, "page_token": page_token}));
        let page = world.must(PUBLIC, "IssueService/ListIssues", asked).await;
        let rows = page["issues"].as_array().expect("a page has rows");
        assert!(rows.len() <= 2, "a page holds no more than was asked for: {page}");
        seen.extend(rows.iter().map(|issue| text(issue, "issueId")));
        // Between two pages somebody reports another, and another changes.
        world.house.tick();
        world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Meanwhile")).await;
        let oldest = before.iter().next().expect("nine were reported");
        world.must(PUBLIC, "IssueService/SupportIssue", hood.with(json!({"issue_id": oldest}))).await;
        page_token = text(&page, "nextPageToken");
        if page_token.is_empty() {
            break;
        }
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "no row comes twice: {seen:?}");
    assert_eq!(once, before, "every row that was there comes");
    world.house.stop().await;
}
