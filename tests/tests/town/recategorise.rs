//! Moving an issue to another category through the whole suite: to whoever answers for that, with what was missed before kept by the standard
//! that was missed, and by the board.

use chrono::TimeDelta;
use pathfinder_tests::door::Way;
use pathfinder_tests::missed::{missed, noticed};
use pathfinder_tests::neighbourhood::{CATEGORY, Neighbourhood, pledge};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use serde_json::{Value, json};

const RECATEGORISE: &str = "IssueService/RecategoriseIssue";
const DRAINS: &str = "drains";

/// A category of another provider's, with sixty working days.
struct Drains {
    provider_id: String,
    standard_id: String,
}

async fn drains(world: &World<Town>, hood: &Neighbourhood) -> Drains {
    let provider_id = hood.add_provider(world, "Water").await;
    hood.add_category(world, DRAINS, "Drains", &provider_id).await;
    let terms =
        merged(pledge("2020-01-01"), json!({"text": "Drains run within 60 working days.", "target_value": 60.0}));
    let standard = hood.with(json!({
        "code": "drains-run", "provider_id": provider_id, "category_code": DRAINS, "terms": terms,
    }));
    let standard = world.must(&hood.manager(), "StandardService/CreateStandard", standard).await;
    Drains { provider_id, standard_id: text(&standard, "standardId") }
}

async fn moved(world: &World<Town>, hood: &Neighbourhood, issue_id: &str, code: &str) -> Value {
    let to = hood.with(json!({"issue_id": issue_id, "category_code": code, "reason": "So it is."}));
    world.must(&hood.manager(), RECATEGORISE, to).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_stays_with_its_standard_wherever_the_issue_goes() {
    let mut world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let drains = drains(&world, &hood).await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue_id = text(&reported["issue"], "issueId");
    let about = |fields: Value| merged(hood.with(json!({"issue_id": issue_id})), fields);
    world.must(&hood.officer(), "IssueService/AcceptIssue", about(json!({}))).await;
    world.pass_time(TimeDelta::days(10)).await;
    let found = |history: &Value| {
        let mut entries = history["entries"].as_array().into_iter().flatten();
        entries.any(|entry| entry["kind"] == "issue.breached").then_some(())
    };
    world.until("the breach", PUBLIC, "IssueService/ListIssueHistory", about(json!({})), found).await;
    assert_eq!(missed(&world, &hood, &hood.standard_id).await, std::slice::from_ref(&issue_id));
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&hood.standard_id));

    let there = moved(&world, &hood, &issue_id, DRAINS).await;
    let place = (&there["state"], &there["providerId"], &there["categoryCode"]);
    assert_eq!(place, (&json!("ISSUE_STATE_ROUTED"), &json!(drains.provider_id), &json!(DRAINS)), "{there}");
    let clock = &there["clock"];
    assert_eq!(
        (&clock["standardId"], &clock["startTime"]),
        (&json!(drains.standard_id), &there["reportTime"]),
        "{there}"
    );
    let former = &clock["formerBreaches"][0];
    assert_eq!((&former["standardId"], &former["providerId"]), (&json!(hood.standard_id), &json!(hood.provider_id)));
    assert_eq!(
        missed(&world, &hood, &hood.standard_id).await,
        std::slice::from_ref(&issue_id),
        "nobody wins by passing it on"
    );
    assert!(missed(&world, &hood, &drains.standard_id).await.is_empty());
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&hood.standard_id), "and the board has its notice");

    // As a duplicate it was late for nobody; parted again, it was.
    let other = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("A fridge")).await;
    let marking = about(json!({"duplicate_of": other["issue"]["issueId"]}));
    world.must(&hood.manager(), "IssueService/MarkIssueDuplicate", marking).await;
    assert!(missed(&world, &hood, &hood.standard_id).await.is_empty() && noticed(&world, &hood).await.is_empty());
    world.must(&hood.manager(), "DuplicateService/UnmarkIssueDuplicate", about(json!({}))).await;
    assert_eq!(missed(&world, &hood, &hood.standard_id).await, std::slice::from_ref(&issue_id));
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&hood.standard_id));

    let back = moved(&world, &hood, &issue_id, CATEGORY).await;
    let clock = &back["clock"];
    assert_eq!((&clock["standardId"], &clock["breached"]), (&json!(hood.standard_id), &json!(true)), "{back}");
    assert_eq!(missed(&world, &hood, &hood.standard_id).await, std::slice::from_ref(&issue_id), "once");
    let asked = hood.with(json!({"standard_id": drains.standard_id}));
    let left = world.list(PUBLIC, "StandardService/ListStandardCases", asked, "cases").await;
    assert!(left.is_empty(), "what was in time there leaves nothing: {left:?}");
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&hood.standard_id));
    let history = world.list(PUBLIC, "IssueService/ListIssueHistory", about(json!({})), "entries").await;
    assert_eq!(history.iter().filter(|entry| entry["kind"] == "issue.breached").count(), 1, "{history:?}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_both_ways_it_is_moved_once_and_everybody_reads_why() {
    for way in [Way::Grpc, Way::Http] {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let drains = drains(&world, &hood).await;
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Water")).await;
        let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
        let move_it = merged(
            issue.clone(),
            json!({
                "category_code": DRAINS, "reason": "It is a drain.", "etag": reported["issue"]["etag"],
                "request_id": "01890a5d-ac96-774b-bcce-bbbbbbbbbbbb",
            }),
        );
        world.refused(PUBLIC, RECATEGORISE, move_it.clone(), "TOKEN_REQUIRED").await;
        for who in [hood.officer(), hood.system(), hood.chair()] {
            world.refused(&who, RECATEGORISE, move_it.clone(), "ROLE_MISSING").await;
        }
        let first = world.must(&hood.manager(), RECATEGORISE, move_it.clone()).await;
        let again = world.must(&hood.manager(), RECATEGORISE, move_it.clone()).await;
        assert_eq!((&first["etag"], &first["providerId"]), (&again["etag"], &json!(drains.provider_id)), "{first}");
        let otherwise = merged(move_it.clone(), json!({"reason": "It is not."}));
        world.refused(&hood.manager(), RECATEGORISE, otherwise, "REQUEST_ID_REUSED").await;
        let stale = merged(move_it, json!({"category_code": CATEGORY, "request_id": ""}));
        world.refused(&hood.manager(), RECATEGORISE, stale, "ETAG_MISMATCH").await;
        let same = merged(issue.clone(), json!({"category_code": DRAINS, "reason": "Again."}));
        let refusal = world.refused(&hood.manager(), RECATEGORISE, same, "INVALID_REQUEST").await;
        assert_eq!(refusal.fields(), ["category_code"], "{refusal:?}");

        let history = world.list(PUBLIC, "IssueService/ListIssueHistory", issue.clone(), "entries").await;
        let told = history.iter().filter(|entry| entry["kind"] == "issue.recategorised");
        let told: Vec<String> = told.map(|entry| text(entry, "note")).collect();
        assert_eq!(told, ["Moved from Fly-tipping to Drains: It is a drain."]);
        let notices = merged(issue.clone(), json!({"follow_token": reported["followToken"]}));
        let notices = world.list(PUBLIC, "IssueService/ListNotices", notices, "notices").await;
        assert_eq!(text(&notices[0], "kind"), "issue.recategorised", "{notices:?}");
        let edits = world.list(&hood.manager(), "IssueEditService/ListIssueEdits", issue, "edits").await;
        assert_eq!(edits[0]["formerCategoryCode"], CATEGORY, "{edits:?}");
        world.house.stop().await;
    }
}
