//! Updates by Open311, both ways: a report comes in, its provider's machine says what becomes of it, twice and out of order, and
//! everybody reads it back.

use chrono::{SecondsFormat, TimeDelta};
use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use serde_json::{Value, json};

const UPDATES: &str = "/open311/v2/servicerequestupdates";

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

    /// A machine with a role, and its key.
    async fn key(&self, login: &str, role: &str) -> String {
        self.world.machine((login, "A machine"), self.hood.grant(role)).await
    }

    async fn posted(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.http.request(Method::POST, path).form(form);
        let answer = request.send().await.expect("the gateway answers");
        (answer.status().as_u16(), answer.json().await.expect("an answer in JSON"))
    }

    async fn report(&self) -> String {
        let form = [("service_code", "fly-tipping"), ("lat", "51.5"), ("long", "-0.1"), ("description", "Mattresses")];
        let (status, receipt) = self.posted("/open311/v2/requests.json", &form).await;
        assert_eq!(status, 200, "{receipt}");
        text(&receipt[0], "service_request_id")
    }

    async fn push(&self, key: &str, id: &str, update_id: &str, status: &str, hours_ago: i64) -> (u16, Value) {
        let at = (self.world.now() - TimeDelta::hours(hours_ago)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let words = format!("They say {status}.");
        let form = [
            ("api_key", key),
            ("service_request_id", id),
            ("update_id", update_id),
            ("status", status),
            ("updated_datetime", at.as_str()),
            ("description", words.as_str()),
        ];
        self.posted(&format!("{UPDATES}.json"), &form).await
    }

    async fn read(&self, format: &str, query: &str) -> String {
        let request = self.http.request(Method::GET, &format!("{UPDATES}.{format}?{query}"));
        let answer = request.send().await.expect("the gateway answers");
        assert_eq!(answer.status(), 200, "{query}");
        answer.text().await.expect("a text")
    }

    async fn told(&self, query: &str) -> Vec<Value> {
        serde_json::from_str(&self.read("json", query).await).expect("a list in JSON")
    }

    async fn state(&self, id: &str) -> String {
        let asked = self.hood.with(json!({"issue_id": id}));
        text(&self.world.must(PUBLIC, "IssueService/GetIssue", asked).await, "state")
    }
}

/// The texts of one field of the rows, in their order.
fn column<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[field].as_str().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_providers_machine_says_is_taken_once_and_read_by_everybody() {
    let mut scene = Scene::set().await;
    let id = scene.report().await;
    scene.world.pass_time(TimeDelta::hours(5)).await;
    let key = scene.key("street-scene", "PROVIDER_OFFICER").await;

    let (status, first) = scene.push(&key, &id, "u-9", "FIXED", 2).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(scene.state(&id).await, "ISSUE_STATE_RESOLVED");
    let again = scene.push(&key, &id, "u-9", "FIXED", 2).await;
    assert_eq!(again, (200, first.clone()), "the same again is answered as before");
    let older = scene.push(&key, &id, "u-8", "IN_PROGRESS", 3).await;
    assert_eq!(older.0, 200, "{older:?}");
    assert_ne!(older.1, first);
    assert_eq!(scene.state(&id).await, "ISSUE_STATE_RESOLVED", "what is older moves nothing");

    let told = scene.told(&format!("service_request_id={id}")).await;
    assert_eq!(column(&told, "status"), ["OPEN", "FIXED", "FIXED"], "{told:?}");
    assert_eq!(
        column(&told, "description"),
        ["Sent to Street Scene.", "They say FIXED.", "They say IN_PROGRESS."],
        "what lies on the way is not told"
    );
    assert_eq!(told[1]["update_id"], first[0]["update_id"], "it comes back under the id that the answer named");
    assert!(text(&told[1], "customer_reference").starts_with("NQ-"), "{told:?}");
    let xml = scene.read("xml", &format!("service_request_id={id}")).await;
    for row in &told {
        let place = xml.find(&format!("<update_id>{}</update_id>", text(row, "update_id")));
        assert!(place.is_some(), "XML has it, too: {row} in {xml}");
    }
    assert_eq!(xml.matches("<status>FIXED</status>").count(), 2, "{xml}");

    let moved = scene.http.request(Method::GET, &format!("/open311/v2/requests/{id}.json"));
    let moved: Value = moved.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!((&moved[0]["status"], &moved[0]["status_notes"]), (&json!("closed"), &json!("They say FIXED.")));
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_may_not_do_is_kept_as_words_and_nothing_without_a_key() {
    let scene = Scene::set().await;
    let id = scene.report().await;
    let (manager, mine) = (scene.hood.manager(), scene.hood.with(json!({"issue_id": id})));
    let other = scene.hood.add_provider(&scene.world, "Parks").await;
    let grant = scene.hood.with(json!({"role": "ROLE_PROVIDER_OFFICER", "provider_id": other}));
    let key = scene.world.machine(("parks", "Parks' machine"), grant).await;

    let (status, kept) = scene.push(&key, &id, "p-1", "FIXED", 0).await;
    assert_eq!((status, scene.state(&id).await.as_str()), (403, "ISSUE_STATE_ROUTED"), "{kept}");
    let council = scene.key("council", "SYSTEM").await;
    for (number, word) in ["NOT_COUNCILS_RESPONSIBILITY", "DUPLICATE", "NO_FURTHER_ACTION"].into_iter().enumerate() {
        let (status, kept) = scene.push(&council, &id, &format!("c-{number}"), word, 0).await;
        assert_eq!((status, scene.state(&id).await.as_str()), (200, "ISSUE_STATE_ROUTED"), "{word}: {kept}");
    }
    let entries = scene.world.list(&manager, "IssueService/ListIssueHistory", mine, "entries").await;
    let confided = column(&entries, "note").join("\n");
    assert!(confided.contains("Sent as NOT_RESPONSIBLE") && confided.contains("Sent as DUPLICATE"), "{confided}");

    let before = scene.told("").await.len();
    assert_eq!(scene.push("", &id, "x-1", "FIXED", 0).await.0, 403);
    assert_eq!(scene.push("no-such-key", &id, "x-1", "FIXED", 0).await.0, 403);
    assert_eq!(scene.push(&council, "NQ-ISS-2026-99999", "x-1", "FIXED", 0).await.0, 404);
    assert_eq!(scene.push(&council, &id, "x-1", "FIXED", -1).await.0, 400, "a time in the future");
    assert_eq!(scene.told("").await.len(), before, "nothing was written");
    scene.world.house.stop().await;
}
