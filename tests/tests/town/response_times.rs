//! A response time beside a resolution time, through the whole suite: each is measured, and each is missed, by itself.

use chrono::TimeDelta;
use pathfinder_tests::door::Way;
use pathfinder_tests::missed::{missed, noticed};
use pathfinder_tests::neighbourhood::{CATEGORY, Neighbourhood, pledge};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use serde_json::{Value, json};

/// The provider of the neighbourhood pledges to answer within 24 hours, too: that standard.
async fn response_time(world: &World<Town>, hood: &Neighbourhood) -> String {
    let terms = json!({
        "text": "Fly-tips are looked at within 24 hours.", "measure": "STANDARD_MEASURE_RESPONSE_TIME",
        "target_value": 24.0, "unit": "STANDARD_UNIT_CALENDAR_HOURS",
    });
    let standard = hood.with(json!({
        "code": "fly-tip-visit", "provider_id": hood.provider_id, "category_code": CATEGORY,
        "terms": merged(pledge("2020-01-01"), terms),
    }));
    text(&world.must(&hood.manager(), "StandardService/CreateStandard", standard).await, "standardId")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_late_is_missed_by_itself_and_stays_with_its_provider() {
    let mut world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let to_answer = response_time(&world, &hood).await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue_id = text(&reported["issue"], "issueId");
    let about = |fields: Value| merged(hood.with(json!({"issue_id": issue_id})), fields);
    let clock = &reported["issue"]["clock"];
    let measured = (&clock["standardId"], &clock["response"]["standardId"]);
    assert_eq!(measured, (&json!(hood.standard_id), &json!(to_answer)), "{reported}");
    assert_eq!(clock["response"]["standardText"], "Fly-tips are looked at within 24 hours.", "{reported}");

    world.pass_time(TimeDelta::hours(25)).await;
    let breaches = |history: &Value| {
        let entries = history["entries"].as_array().into_iter().flatten();
        entries.filter(|entry| entry["kind"] == "issue.response_breached").count()
    };
    let found = |history: &Value| (breaches(history) > 0).then_some(());
    world.until("the breach", PUBLIC, "IssueService/ListIssueHistory", about(json!({})), found).await;
    assert_eq!(missed(&world, &hood, &to_answer).await, std::slice::from_ref(&issue_id));
    assert!(missed(&world, &hood, &hood.standard_id).await.is_empty(), "there is time to put it right");
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&to_answer));

    let accepted = world.must(&hood.officer(), "IssueService/AcceptIssue", about(json!({}))).await;
    let clock = &accepted["clock"];
    let on_time = (&clock["onTime"], &clock["response"]["onTime"]);
    assert_eq!(on_time, (&json!("ON_TIME_RUNNING"), &json!("ON_TIME_LATE")), "{accepted}");

    let other = hood.add_provider(&world, "Water").await;
    let moving = about(json!({"provider_id": other}));
    let moved = world.must(&hood.manager(), "IssueService/RouteIssue", moving).await;
    let former = &moved["clock"]["formerBreaches"][0];
    let missed_by = (&former["standardId"], &former["providerId"]);
    assert_eq!(missed_by, (&json!(to_answer), &json!(hood.provider_id)), "{moved}");
    assert_eq!(missed(&world, &hood, &to_answer).await, std::slice::from_ref(&issue_id), "nobody wins by that");
    assert_eq!(noticed(&world, &hood).await, std::slice::from_ref(&to_answer));
    let history = world.must(PUBLIC, "IssueService/ListIssueHistory", about(json!({}))).await;
    assert_eq!(breaches(&history), 1, "{history}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_both_ways_either_time_can_be_asked_for() {
    for way in [Way::Grpc, Way::Http] {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let rpc = "StandardService/FindApplicableStandard";
        let asked = |fields: Value| {
            merged(hood.with(json!({"provider_id": hood.provider_id, "category_code": CATEGORY})), fields)
        };
        let of_response = || asked(json!({"measure": "STANDARD_MEASURE_RESPONSE_TIME"}));
        world.refused(PUBLIC, rpc, of_response(), "NO_STANDARD").await;
        let to_answer = response_time(&world, &hood).await;
        let found = world.must(PUBLIC, rpc, of_response()).await;
        assert_eq!(found["standardId"], json!(to_answer), "{found}");
        for fields in [json!({}), json!({"measure": "STANDARD_MEASURE_RESOLUTION_TIME"})] {
            let found = world.must(PUBLIC, rpc, asked(fields)).await;
            assert_eq!(found["standardId"], json!(hood.standard_id), "{found}");
        }
        let no_time = asked(json!({"measure": "STANDARD_MEASURE_FREQUENCY"}));
        let refusal = world.refused(PUBLIC, rpc, no_time, "INVALID_REQUEST").await;
        assert_eq!(refusal.fields(), ["measure"], "{refusal:?}");
        world.house.stop().await;
    }
}
