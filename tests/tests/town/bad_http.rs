//! What can be wrong with a request over HTTP alone: its JSON, its size, its media type, its path, its conditions.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use pathfinder_tests::contract;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use serde_json::{Value, json};

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    http: Http,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let http = Http::at(&world.house.gateway());
        Self { world, hood, http }
    }

    fn issues(&self) -> String {
        format!("/v1/partnerships/{}/issues", self.hood.partnership_id)
    }

    /// Posts a body as it is to the issues; it must be refused.
    async fn refused(&self, body: impl Into<reqwest::Body>, status: u16, reason: &str) -> Value {
        let request = self.http.request(http::Method::POST, &self.issues());
        must_refuse(request.header("content-type", "application/json").body(body), status, reason).await
    }

    async fn no_issue_is_there(&self) {
        let issues = self.world.list(PUBLIC, "IssueService/ListIssues", self.hood.with(json!({})), "issues").await;
        assert_eq!(issues.len(), 0, "refused requests write nothing: {issues:?}");
    }
}

async fn must_refuse(request: reqwest::RequestBuilder, status: u16, reason: &str) -> Value {
    let response =
        request.send().await.unwrap_or_else(|error| panic!("the gateway answers {status} {reason}, not: {error}"));
    let found = response.status().as_u16();
    let answer: Value = response.json().await.unwrap_or_else(|error| panic!("{found} comes as JSON: {error}"));
    let error = &answer["error"];
    assert_eq!((found, error["reason"].as_str().unwrap_or_default()), (status, reason), "{answer}");
    let trace = error["traceId"].as_str().unwrap_or_default();
    assert!(
        trace.len() == 32 && trace.chars().all(|digit| digit.is_ascii_hexdigit()),
        "every error names its trace: {answer}"
    );
    error.clone()
}

fn fields(error: &Value) -> Vec<String> {
    error["fieldViolations"].as_array().into_iter().flatten().map(|one| text(one, "field")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_where_it_goes_wrong() {
    let scene = Scene::set().await;
    let error = scene.refused("{\"title\": \"x\",\n \"description\" \"y\"}", 400, "JSON_MALFORMED").await;
    assert_eq!(
        (&error["metadata"]["line"], error["status"].as_str()),
        (&json!("2"), Some("INVALID_ARGUMENT")),
        "the place is named: {error}"
    );
    scene.refused("{\"title\": \"x\", \"title\": \"y\"}", 400, "JSON_MALFORMED").await;
    scene.refused("[1, 2]", 400, "INVALID_REQUEST").await;
    let huge = format!("{{\"description\": \"{}\"}}", "x".repeat(10 << 20));
    let error = scene.refused(huge, 413, "TOO_LARGE").await;
    assert_eq!(error["metadata"]["limit_bytes"], "1048576", "the limit is named: {error}");
    let form = scene.http.request(http::Method::POST, &scene.issues()).form(&[("title", "x")]);
    let error = must_refuse(form, 415, "MEDIA_TYPE_UNSUPPORTED").await;
    assert_eq!(error["metadata"]["wanted"], "application/json", "{error}");
    scene.no_issue_is_there().await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_the_contract_does_not_know_are_all_named() {
    let scene = Scene::set().await;
    let body = json!({
        "categoryCode": "fly-tipping", "descripton": "A near miss.", "source": "ISSUE_SOURCE_PIGEON", "hazard": "perhaps",
        "location": {"point": {"lat": 51.5}}, "reporter": {"visibility": "SEEN_BY_ALL"}, "reportTime": "yesterday",
    });
    let error = scene.refused(body.to_string(), 400, "INVALID_REQUEST").await;
    let mut wrong = fields(&error);
    wrong.sort_unstable();
    let expected =
        ["description", "descripton", "hazard", "location.point.lat", "reportTime", "reporter.visibility", "source"];
    assert_eq!(wrong, expected, "every wrong field in one answer: {error}");
    let told = error["fieldViolations"].to_string();
    assert!(told.contains("description"), "a near miss is pointed out: {told}");
    assert!(told.contains("ISSUE_SOURCE_WEB"), "the words that would do are listed: {told}");
    let report = scene.hood.report("Mattresses");
    let mut twice = report.clone();
    twice["partnership_id"] = json!("01890a5d-ac96-774b-bcce-000000000000");
    let error = scene.refused(twice.to_string(), 400, "INVALID_REQUEST").await;
    assert_eq!(fields(&error).len(), 1, "path and body must not contradict each other: {error}");
    scene.no_issue_is_there().await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_methods_and_conditions_are_checked() {
    let scene = Scene::set().await;
    must_refuse(scene.http.request(http::Method::GET, "/v1/no-such-thing"), 404, "ROUTE_NOT_FOUND").await;
    let error = must_refuse(scene.http.request(http::Method::DELETE, &scene.issues()), 405, "METHOD_NOT_ALLOWED").await;
    assert!(text(&error["metadata"], "allowed").contains("POST"), "what is allowed is named: {error}");
    let bad = scene.http.request(http::Method::GET, "/v1/partnerships/seven/issues");
    let error = must_refuse(bad, 400, "INVALID_REQUEST").await;
    assert_eq!(fields(&error), ["partnershipId"], "{error}");

    let token = scene.world.token(&scene.hood.manager()).await.expect("a manager has a token");
    let rpc = contract::rpc("ProviderService/UpdateProvider");
    let renamed = scene.hood.with(json!({"provider_id": scene.hood.provider_id, "name": "Renamed"}));
    let stale = scene.http.request_for(&rpc, Some(&token), &renamed).header("if-match", "\"stale\"");
    must_refuse(stale, 412, "ETAG_MISMATCH").await;
    let reading = contract::rpc("ProviderService/GetProvider");
    let asked = scene.hood.with(json!({"provider_id": scene.hood.provider_id}));
    let read = scene.http.request_for(&reading, None, &asked).send().await.expect("an answer");
    let etag = read.headers().get("etag").cloned().expect("a resource with an etag comes with the header");
    let fresh =
        scene.http.request_for(&rpc, Some(&token), &renamed).header("if-match", etag).send().await.expect("an answer");
    assert_eq!(fresh.status(), 200, "the etag that was read lets the change through");
    scene.no_issue_is_there().await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_repeats_a_call_safely() {
    let scene = Scene::set().await;
    let rpc = contract::rpc("IssueService/ReportIssue");
    let send = |title: &'static str| {
        let key = "01890a5d-ac96-774b-bcce-b302099a8057";
        scene.http.request_for(&rpc, None, &scene.hood.report(title)).header("idempotency-key", key)
    };
    let first: Value = send("Once").send().await.expect("an answer").json().await.expect("JSON");
    let again: Value = send("Once").send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(first["issue"]["issueId"], again["issue"]["issueId"], "the same request is answered as the first time");
    must_refuse(send("Twice"), 409, "REQUEST_ID_REUSED").await;
    let issues = scene.world.list(PUBLIC, "IssueService/ListIssues", scene.hood.with(json!({})), "issues").await;
    assert_eq!(issues.len(), 1, "one key, one issue: {issues:?}");
    scene.world.house.stop().await;
}
