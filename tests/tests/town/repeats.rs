//! The same request id with the same body is answered as the first time and writes once; with another body it is refused. For
//! creations and verbs of every service, over both ways in, and for many at once.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use futures::future::join_all;
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text};
use serde_json::{Value, json};

/// A call that writes: who makes it, the RPC, its message, a text field to change for another body, the list that shows the writes.
struct Case {
    who: String,
    rpc: &'static str,
    message: Value,
    field: &'static str,
    list: (&'static str, &'static str, Value),
}

fn cases(hood: &Neighbourhood) -> Vec<Case> {
    let walk = json!({
        "title": "Walk round", "origin": "ACTION_ORIGIN_WALKABOUT", "owner_organisation": "Us", "due_date": "2026-09-01",
    });
    let person = json!({"login": "newcomer", "display_name": "New Comer", "kind": "PRINCIPAL_KIND_PERSON"});
    let here = |who: String, rpc, message: Value, field, list: &'static str, rows| Case {
        who,
        rpc,
        message: hood.with(message),
        field,
        list: (list, rows, hood.with(json!({}))),
    };
    let (noise, police) =
        (json!({"code": "noise", "name": "Noise"}), json!({"name": "Police", "kind": "PROVIDER_KIND_POLICE"}));
    let seat = json!({"category": "SEAT_CATEGORY_FAITH", "name": "Faith groups"});
    let (public, manager) = (PUBLIC.to_owned(), || hood.manager());
    vec![
        here(public, "IssueService/ReportIssue", hood.report("Bags"), "title", "IssueService/ListIssues", "issues"),
        here(
            manager(),
            "CategoryService/CreateCategory",
            noise,
            "name",
            "CategoryService/ListCategories",
            "categories",
        ),
        here(manager(), "ProviderService/CreateProvider", police, "name", "ProviderService/ListProviders", "providers"),
        here(manager(), "MemberService/CreateSeat", seat, "name", "MemberService/ListSeats", "seats"),
        here(manager(), "ActionService/RaiseAction", walk, "title", "ActionService/ListActions", "actions"),
        Case {
            who: ADMINISTRATOR.to_owned(),
            rpc: "PeopleService/CreatePerson",
            message: person,
            field: "display_name",
            list: ("PeopleService/ListPeople", "people", json!({})),
        },
    ]
}

async fn count(world: &World<Town>, hood: &Neighbourhood, case: &Case) -> usize {
    let (rpc, rows, message) = &case.list;
    let who = if rpc.starts_with("People") { ADMINISTRATOR.to_owned() } else { hood.manager() };
    world.list(&who, rpc, message.clone(), rows).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_repeat_writes_once() {
    repeats(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_a_repeat_writes_once() {
    repeats(Way::Grpc).await;
}

async fn repeats(way: Way) {
    let world = Town::world(way).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    for (index, case) in cases(&hood).iter().enumerate() {
        let before = count(&world, &hood, case).await;
        let mut message = case.message.clone();
        message["request_id"] = json!(format!("01890a5d-ac96-774b-bcce-{index:012}"));
        // Several at once, as an impatient client sends them, then one more.
        let at_once = join_all((0..4).map(|_| world.must(&case.who, case.rpc, message.clone()))).await;
        let later = world.must(&case.who, case.rpc, message.clone()).await;
        for answer in &at_once {
            assert_eq!(identity(answer), identity(&later), "{}: each repeat is answered with the same thing", case.rpc);
        }
        let mut other = message.clone();
        other[case.field] = json!("Something else");
        let refusal = world.refused(&case.who, case.rpc, other, "REQUEST_ID_REUSED").await;
        assert_eq!(refusal.status, "ALREADY_EXISTS", "{refusal:?}");
        assert_eq!(count(&world, &hood, case).await, before + 1, "{}: five requests under one id wrote once", case.rpc);
    }
    a_repeated_verb_moves_once(&world, &hood).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_since_does_not_refuse_a_repeat() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let water = hood.add_provider(&world, "Water").await;
    hood.add_category(&world, "drains", "Drains", &hood.provider_id).await;
    let manager = hood.manager();
    let report = hood.report("Bags");
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", numbered(1, report.clone())).await;
    let about = |fields: Value| merged(hood.with(json!({"issue_id": reported["issue"]["issueId"]})), fields);
    let calls = [
        (PUBLIC, "IssueService/ReportIssue", report, "CATEGORY_RETIRED"),
        (manager.as_str(), "IssueService/RouteIssue", about(json!({"provider_id": water})), "PROVIDER_INACTIVE"),
        (
            manager.as_str(),
            "IssueService/RecategoriseIssue",
            about(json!({"category_code": "drains", "reason": "It is blocked."})),
            "CATEGORY_RETIRED",
        ),
        (
            manager.as_str(),
            "RoutingRuleService/CreateRoutingRule",
            hood.with(json!({"position": 90, "provider_id": water})),
            "PROVIDER_INACTIVE",
        ),
    ];
    let mut first = Vec::new();
    for (number, (who, rpc, message, _)) in (1..).zip(&calls) {
        first.push(world.must(who, rpc, numbered(number, message.clone())).await);
    }
    for category in world.list(&manager, "CategoryService/ListCategories", hood.with(json!({})), "categories").await {
        let retired = hood.with(json!({"category_id": category["categoryId"], "retired": true}));
        world.must(&manager, "CategoryService/UpdateCategory", retired).await;
    }
    let inactive = hood.with(json!({"provider_id": water, "active": false}));
    world.must(&manager, "ProviderService/UpdateProvider", inactive).await;
    let route = about(json!({"provider_id": water, "etag": "stale"}));
    waiting::until("the end of the provider at issues", PATIENCE, || async {
        match world.ask(&manager, "IssueService/RouteIssue", route.clone()).await {
            Err(refusal) if refusal.reason == "PROVIDER_INACTIVE" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    for ((number, (who, rpc, message, reason)), first) in (1..).zip(calls).zip(first) {
        let again = world.must(who, rpc, numbered(number, message.clone())).await;
        assert_eq!(again, first, "{rpc}: it is answered as the first time");
        world.refused(who, rpc, numbered(number + 10, message), reason).await;
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_answered_after_its_partnership_was_archived() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let manager = hood.manager();
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Bags")).await;
    let issue_id = text(&reported["issue"], "issueId");
    let closing = hood.with(json!({"issue_id": issue_id, "reason": "Gone when we came."}));
    world.must(&manager, "IssueService/CloseIssueWithoutAction", closing).await;
    let publish = "ResponseEntryService/PublishResponseEntry";
    let entry = hood.with(json!({"you_said": "Bags.", "we_did": "We took them.", "issue_ids": [issue_id]}));
    let published = world.must(&manager, publish, numbered(1, entry.clone())).await;
    world.must(ADMINISTRATOR, "PartnershipService/UpdatePartnership", hood.with(json!({"archive": true}))).await;
    let report = hood.report("More bags");
    waiting::until("the end of the partnership at issues", PATIENCE, || async {
        match world.ask(PUBLIC, "IssueService/ReportIssue", report.clone()).await {
            Err(refusal) if refusal.reason == "PARTNERSHIP_ARCHIVED" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!(world.must(&manager, publish, numbered(1, entry.clone())).await, published);
    world.refused(&manager, publish, numbered(2, entry.clone()), "PARTNERSHIP_ARCHIVED").await;
    // Nor does what is in the way hide that an id is another request's.
    let other = merged(entry, json!({"we_did": "We took some."}));
    world.refused(&manager, publish, numbered(1, other), "REQUEST_ID_REUSED").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_under_a_token_that_was_ended_since_is_refused() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Bags")).await;
    let followed = |token: &Value| hood.with(json!({"issue_id": reported["issue"]["issueId"], "follow_token": token}));
    let (withdraw, renew) = ("IssueService/WithdrawIssue", "PersonalDataService/RevokeFollowLink");
    let withdrawal = numbered(1, followed(&reported["followToken"]));
    let withdrawn = world.must(PUBLIC, withdraw, withdrawal.clone()).await;
    assert_eq!(world.must(PUBLIC, withdraw, withdrawal.clone()).await, withdrawn);
    let renewal = merged(followed(&reported["followToken"]), json!({"renew": true}));
    let renewed = world.must(PUBLIC, renew, numbered(2, renewal.clone())).await;
    assert_eq!(world.must(PUBLIC, renew, numbered(2, renewal)).await, renewed);
    world.refused(PUBLIC, withdraw, withdrawal, "FOLLOW_TOKEN_INVALID").await;
    world.house.stop().await;
}

/// The message under a request id of its own.
fn numbered(number: u32, message: Value) -> Value {
    merged(message, json!({"request_id": format!("01890a5d-ac96-774b-bcce-{number:012}")}))
}

/// What was made: the first id of the answer.
fn identity(answer: &Value) -> String {
    let thing = if answer["issue"].is_object() { &answer["issue"] } else { answer };
    let ids = ["issueId", "actionId", "seatId", "personId", "categoryId", "providerId"];
    ids.iter()
        .map(|id| text(thing, id))
        .find(|id| !id.is_empty())
        .unwrap_or_else(|| panic!("an answer has an id: {answer}"))
}

async fn a_repeated_verb_moves_once(world: &World<Town>, hood: &Neighbourhood) {
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("A fridge")).await;
    let request_id = "01890a5d-ac96-774b-bcce-aaaaaaaaaaaa";
    let message =
        hood.with(json!({"issue_id": reported["issue"]["issueId"], "note": "Ours.", "request_id": request_id}));
    let first = world.must(&hood.officer(), "IssueService/AcceptIssue", message.clone()).await;
    let again = world.must(&hood.officer(), "IssueService/AcceptIssue", message.clone()).await;
    assert_eq!(first["etag"], again["etag"], "a repeated verb moves nothing: {again}");
    // Without an id, or under another, it is a new request, which the state refuses.
    let mut bare = message.clone();
    bare["request_id"] = json!("");
    world.refused(&hood.officer(), "IssueService/AcceptIssue", bare, "STATE_FORBIDS").await;
    // Request ids are each caller's own: the same id of somebody else is no repeat.
    world.refused(&hood.manager(), "IssueService/AcceptIssue", message.clone(), "STATE_FORBIDS").await;
    // And under one id another call is another request.
    let start = hood.with(json!({"issue_id": reported["issue"]["issueId"], "note": "Ours.", "request_id": request_id}));
    world.refused(&hood.officer(), "IssueService/StartIssueWork", start, "REQUEST_ID_REUSED").await;
    let history = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
    let entries = world.list(PUBLIC, "IssueService/ListIssueHistory", history, "entries").await;
    let accepted = entries.iter().filter(|entry| entry["kind"] == "issue.accepted").count();
    assert_eq!(accepted, 1, "the history holds the move once: {entries:?}");
}
