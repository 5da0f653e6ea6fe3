//! The change feeds as others watch them, over HTTP: from the start, on from a cursor, of some kinds, of one partnership; and who may.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::time::Duration;

use pathfinder_tests::door::Way;
use pathfinder_tests::events::{cursor, open, read};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC};
use serde_json::{Value, json};

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

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_kind_that_there_is_not_is_told_which_there_are() {
    let world = Town::world(Way::Http).await;
    let feeds =
        [("boards", "action.raised"), ("commitments", "progress_report.changed"), ("issues", "issue.clock_changed")];
    for (feed, kind) in feeds {
        let response = open(&world, ADMINISTRATOR, feed, &[("kinds", kind), ("kinds", "pigeon.landed")]).await;
        assert_eq!(response.status(), 400, "{feed} has no pigeons");
        let answer = response.json::<Value>().await.expect("JSON").to_string();
        for told in ["INVALID_REQUEST", "kinds[1]", kind] {
            assert!(answer.contains(told), "{feed}: `{told}` is told: {answer}");
        }
        assert!(!answer.contains("kinds[0]"), "{feed} has {kind}: {answer}");
    }
    world.house.stop().await;
}
