//! The change feeds as others watch them, over HTTP: from the start, on from a cursor, of some kinds, of one partnership; and who may.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::time::Duration;

use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::PATIENCE;
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, text};
use serde_json::{Value, json};

/// Opens a feed as somebody.
async fn open(world: &World<Town>, who: &str, feed: &str, query: &[(&str, &str)]) -> reqwest::Response {
    let http = Http::at(&world.house.gateway());
    let request = http.request(http::Method::GET, &format!("/v1/{feed}/events:watch")).query(query);
    let request = match world.token(who).await {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap_or_else(|error| panic!("the gateway answers: {error}"))
}

/// Reads events, one a line, until there are `count`.
async fn read(mut response: reqwest::Response, count: usize) -> Vec<Value> {
    assert_eq!(response.status(), 200, "the feed opens");
    let mut text = String::new();
    let reading = async {
        while text.lines().count() < count || !text.ends_with('\n') {
            let chunk = response.chunk().await.expect("a feed goes on").expect("a feed does not end by itself");
            text.push_str(std::str::from_utf8(&chunk).expect("events are text"));
        }
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    assert!(read.is_ok(), "{count} events come within {PATIENCE:?}; these did:\n{text}");
    text.lines().take(count).map(|line| serde_json::from_str(line).expect("an event is a line of JSON")).collect()
}

fn cursor(event: &Value) -> String {
    text(&event["meta"], "cursor")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_can_be_watched_from_any_cursor_and_goes_on_as_things_happen() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
    for (hood, title) in [(&hood, "One"), (&other, "Elsewhere"), (&hood, "Two"), (&hood, "Three")] {
        world.must(PUBLIC, "IssueService/ReportIssue", hood.report(title)).await;
    }
    let kinds = ("kinds", "issue.reported");
    let here = ("partnership_id", hood.partnership_id.as_str());
    let events = read(open(&world, &hood.system(), "issues", &[kinds, here]).await, 3).await;
    for event in &events {
        assert_eq!(event["meta"]["kind"], "issue.reported", "only the kind asked for: {event}");
        assert_eq!(
            event["meta"]["partnershipId"],
            json!(hood.partnership_id),
            "only the partnership asked for: {event}"
        );
        assert_eq!(event["meta"]["actorId"], "anonymous", "who did it: {event}");
        assert!(!event.to_string().contains("mattresses"), "an event holds no words of the report: {event}");
    }
    let after = cursor(&events[0]);
    let rest = read(open(&world, &hood.system(), "issues", &[kinds, here, ("after", &after)]).await, 2).await;
    assert_eq!(rest, events[1..], "a cursor leads on behind its event, and the same events come again the same");

    // A watcher that has read everything hears what happens next.
    let waiting = open(&world, &hood.system(), "issues", &[kinds, here, ("after", &cursor(&events[2]))]).await;
    world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Four")).await;
    let next = read(waiting, 1).await;
    assert_ne!(next[0]["meta"]["eventId"], events[2]["meta"]["eventId"], "what is new comes, and nothing twice");
    // The whole feed is the administrator's and the services' own.
    let all = read(open(&world, ADMINISTRATOR, "issues", &[kinds]).await, 5).await;
    assert_eq!(all.len(), 5);
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_closed_to_those_who_may_not_watch_it() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
    let here = ("partnership_id", hood.partnership_id.as_str());
    let manager = hood.manager();
    let (stranger, observer) = (other.manager(), hood.observer());
    let cases = [
        (PUBLIC, vec![here], 401, "TOKEN_REQUIRED"),
        (manager.as_str(), vec![], 403, "ROLE_MISSING"),
        (stranger.as_str(), vec![here], 403, "ROLE_MISSING"),
        (observer.as_str(), vec![here], 403, "ROLE_MISSING"),
        (manager.as_str(), vec![here, ("after", "issues-999999")], 400, "CURSOR_INVALID"),
    ];
    for (who, query, status, reason) in cases {
        let response = open(&world, who, "issues", &query).await;
        let found = response.status().as_u16();
        let answer = tokio::time::timeout(Duration::from_secs(5), response.json::<Value>()).await;
        let answer =
            answer.unwrap_or_else(|_| panic!("`{who}` with {query:?} is refused, not left waiting")).expect("JSON");
        let told = answer["error"]["reason"].as_str().unwrap_or_default();
        assert_eq!((found, told), (status, reason), "`{who}` with {query:?}: {answer}");
    }
    world.house.stop().await;
}
