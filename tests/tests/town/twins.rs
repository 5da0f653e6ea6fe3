//! Issues that are the same, and many in one place, through the whole suite: suggested before a report, made one and parted again with
//! everyone told; a cluster that reaches the board by the feed; a provider who does not answer.

use chrono::TimeDelta;
use futures::future::join_all;
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::{CATEGORY, LATITUDE, LONGITUDE, Neighbourhood};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use serde_json::{Value, json};

const REPORT: &str = "IssueService/ReportIssue";
const GET: &str = "IssueService/GetIssue";
const MARK: &str = "IssueService/MarkIssueDuplicate";
const UNMARK: &str = "DuplicateService/UnmarkIssueDuplicate";

/// Somebody's report, and what they follow it with.
struct Reported {
    issue_id: String,
    follow_token: String,
}

async fn report(world: &World<Town>, hood: &Neighbourhood, title: &str) -> Reported {
    let answer = world.must(PUBLIC, REPORT, hood.report(title)).await;
    Reported { issue_id: text(&answer["issue"], "issueId"), follow_token: text(&answer, "followToken") }
}

impl Reported {
    fn about(&self, hood: &Neighbourhood, fields: Value) -> Value {
        merged(hood.with(json!({"issue_id": self.issue_id})), fields)
    }

    async fn read(&self, world: &World<Town>, hood: &Neighbourhood) -> Value {
        world.must(PUBLIC, GET, self.about(hood, json!({}))).await
    }

    /// What its reporter was told, newest first.
    async fn told(&self, world: &World<Town>, hood: &Neighbourhood) -> Vec<String> {
        let asked = self.about(hood, json!({"follow_token": self.follow_token}));
        let notices = world.list(PUBLIC, "IssueService/ListNotices", asked, "notices").await;
        notices.iter().map(|notice| text(notice, "kind")).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_duplicate_is_suggested_made_one_with_the_first_and_parted_again() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let first = report(&world, &hood, "Mattresses").await;
    let sketch = hood.with(json!({
        "category_code": CATEGORY, "point": {"latitude": LATITUDE, "longitude": LONGITUDE}, "text": "two mattresses",
    }));
    let suggested = world.must(PUBLIC, "DuplicateService/SuggestDuplicates", sketch.clone()).await;
    assert_eq!(suggested["suggestions"][0]["issue"]["issueId"], json!(first.issue_id), "{suggested}");
    assert_eq!(suggested["suggestions"][0]["sharedWordCount"], 2, "{suggested}");
    let elsewhere = merged(sketch, json!({"point": {"latitude": LATITUDE + 0.01, "longitude": LONGITUDE}}));
    let suggested = world.must(PUBLIC, "DuplicateService/SuggestDuplicates", elsewhere).await;
    assert_eq!(suggested["suggestions"].as_array().map_or(0, Vec::len), 0, "a kilometre away: {suggested}");

    let second = report(&world, &hood, "A mattress").await;
    let manager = hood.manager();
    let marking = second.about(&hood, json!({"duplicate_of": first.issue_id}));
    let marked = world.must(&manager, MARK, marking).await;
    assert_eq!(marked["state"], "ISSUE_STATE_DUPLICATE", "{marked}");
    assert_eq!(first.read(&world, &hood).await["supporterCount"], 1, "the second reporter supports the first");
    let officer = hood.officer();
    for rpc in ["IssueService/AcceptIssue", "IssueService/StartIssueWork"] {
        world.must(&officer, rpc, first.about(&hood, json!({}))).await;
    }
    let fix = first.about(&hood, json!({"reason": "Taken away."}));
    world.must(&officer, "IssueService/ResolveIssue", fix).await;
    assert_eq!(first.told(&world, &hood).await, ["issue.resolved", "issue.joined"]);
    assert_eq!(second.told(&world, &hood).await, ["issue.resolved", "issue.duplicate"]);

    let unmarked = world.must(&manager, UNMARK, second.about(&hood, json!({"reason": "Another mattress."}))).await;
    assert_eq!(
        (&unmarked["state"], &unmarked["reopenedCount"]),
        (&json!("ISSUE_STATE_ROUTED"), &json!(0)),
        "{unmarked}"
    );
    assert_eq!(unmarked["clock"]["startTime"], unmarked["reportTime"], "the clock goes on: {unmarked}");
    assert_eq!(first.read(&world, &hood).await["supporterCount"], 0, "and its reporter leaves the first");
    assert_eq!(first.told(&world, &hood).await[0], "issue.parted");
    assert_eq!(second.told(&world, &hood).await[0], "issue.unmarked");
    world.refused(&manager, UNMARK, second.about(&hood, json!({})), "STATE_FORBIDS").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_merges_at_once_each_is_counted_and_no_two_issues_repeat_one_another() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let first = report(&world, &hood, "Mattresses").await;
    let others = join_all((0..6).map(|_| report(&world, &hood, "A mattress"))).await;
    let manager = hood.manager();
    let marks = others
        .iter()
        .map(|other| world.must(&manager, MARK, other.about(&hood, json!({"duplicate_of": first.issue_id}))));
    join_all(marks).await;
    assert_eq!(first.read(&world, &hood).await["supporterCount"], 6, "each is counted");

    let (one, other) = (report(&world, &hood, "A fridge").await, report(&world, &hood, "A fridge").await);
    let mark = |from: &Reported, to: &Reported| {
        let marking = from.about(&hood, json!({"duplicate_of": to.issue_id}));
        world.ask(&manager, MARK, marking)
    };
    let (there, back) = tokio::join!(mark(&one, &other), mark(&other, &one));
    let reasons: Vec<String> = [there, back].into_iter().filter_map(Result::err).map(|told| told.reason).collect();
    assert_eq!(reasons, ["DUPLICATE_OF_ITSELF"], "one of them holds, and the other is told");
    let (one, other) = (one.read(&world, &hood).await, other.read(&world, &hood).await);
    let counts = [&one, &other].map(|issue| issue["supporterCount"].as_i64());
    assert_eq!(counts.into_iter().flatten().sum::<i64>(), 1, "{one} {other}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_reports_in_one_place_reach_the_board_once() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    join_all((0..5).map(|_| report(&world, &hood, "Mattresses"))).await;
    let first = |page: &Value| page["clusterNotices"].get(0).cloned();
    let rpc = "BreachNoticeService/ListClusterNotices";
    let notice = world.until("the board's notice", &hood.chair(), rpc, hood.with(json!({})), first).await;
    assert_eq!((&notice["issueCount"], &notice["answered"]), (&json!(5), &json!(false)), "{notice}");
    assert_eq!(notice["categoryCode"], CATEGORY, "{notice}");
    assert_eq!(notice["issueIds"].as_array().map(Vec::len), Some(5), "{notice}");

    report(&world, &hood, "More of them").await;
    let larger = |page: &Value| page["clusters"].get(0).filter(|cluster| cluster["issueCount"] == 6).cloned();
    let rpc = "DuplicateService/ListClusters";
    let cluster = world.until("the larger cluster", &hood.chair(), rpc, hood.with(json!({})), larger).await;
    assert_eq!(cluster["clusterId"], notice["clusterId"], "it is the same one: {cluster}");
    let action = hood.with(json!({
        "title": "Watch the quay", "origin": "ACTION_ORIGIN_ISSUE_CLUSTER", "owner_organisation": "Us",
        "due_date": world.date_in(60), "issue_ids": [notice["issueIds"][0]],
    }));
    let action = world.must(&hood.manager(), "ActionService/RaiseAction", action).await;
    let rpc = "BreachNoticeService/ListClusterNotices";
    let notices = world.list(&hood.chair(), rpc, hood.with(json!({})), "clusterNotices").await;
    assert_eq!(notices.len(), 1, "the board is prompted once: {notices:?}");
    assert_eq!(notices[0]["actionIds"], json!([action["actionId"]]), "an action answers it: {notices:?}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_in_time_loses_the_issue_to_the_manager() {
    let mut world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let issue = report(&world, &hood, "Mattresses").await;
    let due_time = issue.read(&world, &hood).await["clock"]["dueTime"].clone();
    world.pass_time(TimeDelta::days(15)).await;
    let lapsed = |issue: &Value| (issue["state"] == "ISSUE_STATE_NOT_RESPONSIBLE").then(|| issue.clone());
    let lapsed = world.until("the lapse", PUBLIC, GET, issue.about(&hood, json!({})), lapsed).await;
    assert_eq!(lapsed["refusalCount"], 1, "it counts as a refusal: {lapsed}");
    assert_eq!(lapsed["clock"]["dueTime"], due_time, "and wins no time: {lapsed}");
    let asked = issue.about(&hood, json!({}));
    let history = world.list(PUBLIC, "IssueService/ListIssueHistory", asked, "entries").await;
    assert_eq!(history.iter().filter(|entry| entry["kind"] == "issue.lapsed").count(), 1, "once: {history:?}");
    world.house.stop().await;
}
