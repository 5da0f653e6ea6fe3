//! What was answered to a category's questions goes on with the issue: to a council that goes by the letter of GeoReport v2 and takes nothing
//! without its own attributes, and to another Pathfinder. What becomes of the issue is heard from that council, too, which has no list of
//! updates.

use std::time::Duration;

use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::plain_council::{PlainCouncil, SERVICE, UNANSWERED};
use pathfinder_tests::processes::Processes;
use pathfinder_tests::waiting;
use pathfinder_tests::world::{House as _, PUBLIC, World, merged, text};
use serde_json::{Value, json};

const CATEGORY: &str = "white-goods";
const PATIENCE: Duration = Duration::from_secs(120);

/// A question of the category.
fn question(code: &str, form: &str, choices: &[&str]) -> Value {
    let choice = |code: &&str| json!({"code": code, "label": format!("It is {code}")});
    let choices: Vec<Value> = choices.iter().map(choice).collect();
    json!({"code": code, "label": format!("What {code}?"), "type": format!("QUESTION_TYPE_{form}"), "choices": choices})
}

/// How big it is, which must be said, and what it is.
fn size_and_waste() -> Vec<Value> {
    let size = merged(question("size", "SINGLE_CHOICE", &["car", "van"]), json!({"required": true}));
    vec![size, question("waste", "MULTIPLE_CHOICE", &["fridge", "cooker", "tyres"])]
}

/// The category, which asks these and goes to the provider.
async fn add_category(world: &World<Processes>, hood: &Neighbourhood, questions: &[Value]) {
    let category = hood.with(json!({"code": CATEGORY, "name": "White goods", "questions": questions}));
    world.must(&hood.manager(), "CategoryService/CreateCategory", category).await;
    let rule = hood.with(json!({"position": 20, "category_code": CATEGORY, "provider_id": hood.provider_id}));
    world.must(&hood.manager(), "RoutingRuleService/CreateRoutingRule", rule).await;
}

/// An issue with answers to everything, of such a size; its id, and the token of whoever reported it.
async fn report(world: &World<Processes>, hood: &Neighbourhood, size: &str) -> (String, String) {
    let answers = json!([
        {"question_code": "size", "values": [size]},
        {"question_code": "waste", "values": ["fridge", "tyres"]},
        {"question_code": "gate", "values": ["The blue one"]},
        {"question_code": "plate", "values": ["AB12 CDE"]},
    ]);
    let report = merged(hood.report("Dumped"), json!({"category_code": CATEGORY, "answers": answers}));
    let answer = world.must(PUBLIC, "IssueService/ReportIssue", report).await;
    (text(&answer["issue"], "issueId"), text(&answer, "followToken"))
}

/// The forwarding of an issue, once it has come so far.
async fn forwarded(world: &World<Processes>, hood: &Neighbourhood, issue_id: &str, state: &str) -> Value {
    waiting::until(&format!("{issue_id} is {state}"), PATIENCE, || async {
        let asked = hood.with(json!({"filter": format!("issue_id = \"{issue_id}\"")}));
        let listed = world.list(&hood.manager(), "ForwardingService/ListForwardings", asked, "forwardings").await;
        match listed.first() {
            Some(one) if one["state"] == state => Ok(one.clone()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

/// What everybody reads in the history of an issue, of one kind.
async fn notes(world: &World<Processes>, hood: &Neighbourhood, issue_id: &str, kind: &str) -> Vec<String> {
    let asked = hood.with(json!({"issue_id": issue_id}));
    let history = world.list(PUBLIC, "IssueService/ListIssueHistory", asked, "entries").await;
    history.iter().filter(|entry| entry["kind"] == kind).map(|entry| text(entry, "note")).collect()
}

/// Waits until history tells so much of that kind of an issue; it is this.
async fn heard(world: &World<Processes>, hood: &Neighbourhood, issue_id: &str, (kind, words): (&str, &[&str])) {
    let told = waiting::until(&format!("{words:?} is heard of"), PATIENCE, || async {
        let told = notes(world, hood, issue_id, kind).await;
        if told.len() < words.len() { Err(format!("{told:?}")) } else { Ok(told) }
    })
    .await;
    assert_eq!(told, words);
}

/// Waits until all that the council shows now was read.
async fn all_read(council: &PlainCouncil) {
    let before = council.readings();
    waiting::until("the council is asked how its reports stand", PATIENCE, || async {
        // What the first answer holds was taken before the second question.
        let readings = council.readings() - before;
        if readings >= 2 { Ok(()) } else { Err(format!("{readings}")) }
    })
    .await;
}

/// Ends issues and starts it again.
async fn start_again(world: &mut World<Processes>) {
    world.house.stop_one("issues").await;
    world.house.start_one("issues").await;
    world.enter_again();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_council_that_needs_an_attribute_gets_it_and_is_heard_by_its_reports() {
    let mut world = Processes::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "hill-end", "HIL").await;
    let plate = merged(question("plate", "TEXT", &[]), json!({"confidential": true}));
    let questions = [size_and_waste(), vec![question("gate", "TEXT", &[]), plate]].concat();
    add_category(&world, &hood, &questions).await;
    let council = PlainCouncil::start_strict().await;
    let endpoint = json!([{
        "name": "strict", "partnership_id": hood.partnership_id, "provider_id": hood.provider_id, "url": council.url(),
        "service_codes": {CATEGORY: SERVICE}, "pull_seconds": 1, "wait_seconds": 1,
        "attributes": {CATEGORY: {"size": {"code": "SIZE", "values": {"van": "2"}}, "waste": {"code": "WASTE"}}},
    }]);
    std::fs::write(world.house.open311_endpoints(), endpoint.to_string()).expect("a file can be written");

    let (issue_id, follow_token) = report(&world, &hood, "van").await;
    start_again(&mut world).await;
    forwarded(&world, &hood, &issue_id, "SEND_STATE_SENT").await;
    let taken = council.taken();
    assert_eq!(taken.len(), 1, "once: {taken:?}");
    let answers = json!({"attribute[SIZE]": ["2"], "attribute[WASTE][]": ["fridge", "tyres"]});
    assert_eq!(json!(taken[0].answers), answers, "by the codes of the council");
    let description = &taken[0].description;
    assert!(description.contains("What gate? The blue one"), "what has no attribute is told: {description}");
    for untold in ["What size?", "What waste?", "What plate?", "AB12"] {
        assert!(!description.contains(untold), "{untold} is in {description}");
    }

    // A size that the council does not have is told in words, which is not enough for it.
    let (unfit, _) = report(&world, &hood, "car").await;
    let refused = forwarded(&world, &hood, &unfit, "SEND_STATE_REFUSED").await;
    assert!(text(&refused, "note").contains(UNANSWERED), "in the words of the council: {refused}");

    council.say_of_all("A van was sent.");
    heard(&world, &hood, &issue_id, ("issue.update", &["A van was sent."])).await;
    council.close_all();
    heard(&world, &hood, &issue_id, ("issue.resolved", &["Collected."])).await;

    // It is open here and closed there: neither a touch nor a new start of ours undoes the dispute.
    let said = json!({"issue_id": issue_id, "follow_token": follow_token, "reason": "It is still there."});
    world.must(PUBLIC, "IssueService/DisputeResolution", hood.with(said)).await;
    start_again(&mut world).await;
    council.touch_all();
    all_read(&council).await;
    assert_eq!(notes(&world, &hood, &issue_id, "issue.resolved").await, ["Collected."], "it was only touched");
    council.reopen_all();
    all_read(&council).await;
    council.close_all();
    heard(&world, &hood, &issue_id, ("issue.resolved", &["Collected.", "Collected."])).await;
    assert_eq!(notes(&world, &hood, &issue_id, "issue.update").await, ["A van was sent."], "once, before and after");
    assert_eq!(council.taken().len(), 1, "nothing is sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_arrive_as_answers_in_another_suite() {
    let (mut sender, receiver) = (Processes::world(Way::Grpc).await, Processes::world(Way::Grpc).await);
    let here = Neighbourhood::found(&sender, "hill-end", "HIL").await;
    let there = Neighbourhood::found(&receiver, "brook-wharf", "BRW").await;
    let plate = merged(question("plate", "TEXT", &[]), json!({"confidential": true}));
    let questions = [size_and_waste(), vec![question("gate", "TEXT", &[]), plate.clone()]].concat();
    add_category(&sender, &here, &questions).await;
    // There the gate is not asked for.
    add_category(&receiver, &there, &[size_and_waste(), vec![plate]].concat()).await;
    let key = receiver.machine(("neighbour", "Neighbours' suite"), there.grant("SYSTEM")).await;
    let endpoint = json!([{
        "name": "brook-wharf", "partnership_id": here.partnership_id, "provider_id": here.provider_id,
        "url": format!("{}/open311/v2/", receiver.house.gateway()), "jurisdiction_id": "brook-wharf", "api_key": key,
        "knows_repeats": true, "takes_updates": true, "pull_seconds": 1, "wait_seconds": 1,
    }]);
    std::fs::write(sender.house.open311_endpoints(), endpoint.to_string()).expect("a file can be written");

    let (issue_id, _) = report(&sender, &here, "van").await;
    start_again(&mut sender).await;
    let sent = forwarded(&sender, &here, &issue_id, "SEND_STATE_SENT").await;
    let issues = receiver.list(&there.manager(), "IssueService/ListIssues", there.with(json!({})), "issues").await;
    assert_eq!(issues.len(), 1, "once: {issues:?}");
    let asked = there.with(json!({"issue_id": sent["remoteId"]}));
    let issue = receiver.must(&there.manager(), "IssueService/GetIssue", asked).await;
    let answers: Vec<(String, Value)> = issue["answers"]
        .as_array()
        .unwrap_or_else(|| panic!("it has answers: {issue}"))
        .iter()
        .map(|answer| (text(answer, "questionCode"), answer["values"].clone()))
        .collect();
    let expected = [("size", json!(["van"])), ("waste", json!(["fridge", "tyres"]))];
    assert_eq!(answers, expected.map(|(code, values)| (code.to_owned(), values)), "what was confided stays");
    let description = text(&issue, "description");
    assert!(description.contains("What gate? The blue one"), "{description}");
    assert!(!description.contains("What size?") && !description.contains("AB12"), "{description}");
}
