//! Finding issues by where they are and by their words, also those that were there before they could be found so.

use super::*;
use crate::domain::geography::Point;
use crate::domain::issue::Rewording;
use crate::domain::place::{Bounds, Place};
use crate::domain::words::Query;

fn at(latitude: f64, longitude: f64) -> ReportIssue {
    let location = Location { point: Point::new(latitude, longitude), ..Location::default() };
    ReportIssue { location, ..report() }
}

fn in_box(south: f64, west: f64, north: f64, east: f64) -> ListIssues {
    ListIssues { place: Some(Place::Within(Bounds::new(south, west, north, east).unwrap())), ..all_of(HERE) }
}

fn with_words(text: &str) -> ListIssues {
    ListIssues { words: Some(Query::read(text).unwrap()), ..all_of(HERE) }
}

#[tokio::test]
async fn issues_from_before_are_found() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    for (latitude, longitude) in [(51.5, -0.1), (51.6, -0.1)] {
        app.report_issue(&nobody, &at(latitude, longitude)).await.unwrap();
    }
    app.report_issue(&nobody, &report()).await.unwrap();
    let conn = app.host.reader();
    store::Migrator::down(conn, Some(2)).await.unwrap();
    store::Migrator::up(conn, None).await.unwrap();
    let found = app.list_issues(&nobody, &in_box(51.5, -0.2, 51.55, 0.0)).await.unwrap().0;
    assert_eq!(found.len(), 1, "one of two, and none without a point: {found:?}");
    assert_eq!(found[0].issue.location.point, Point::new(51.5, -0.1));
    let found = app.list_issues(&nobody, &with_words("walls \"high street\"")).await.unwrap().0;
    assert_eq!(found.len(), 1, "the one with an address: {found:?}");
}

#[tokio::test]
async fn words_that_were_taken_out_find_nothing_and_stand_nowhere() {
    let fixture = Fixture::new().await;
    let (app, nobody, manager) = (&fixture.app, fixture.nobody(), fixture.manager());
    let held = ReportIssue { description: "Zebedee has a gun".to_owned(), ..report() };
    let held = app.report_issue(&nobody, &held).await.unwrap().view.issue;
    let found = async |call: &Call, text: &str| app.list_issues(call, &with_words(text)).await.unwrap().0.len();
    assert_eq!((found(&nobody, "zebedee").await, found(&manager, "zebedee").await), (0, 1), "held back from residents");
    let rewording = Rewording { description: Some("Somebody is dangerous".to_owned()), ..Rewording::default() };
    let triage = fixture.call_to("TriageIssue", Some(Role::Manager));
    app.triage_issue(&triage, &target(&held), &rewording, "").await.unwrap();
    assert_eq!((found(&manager, "zebedee").await, found(&nobody, "dangerous somebody").await), (0, 1));
    if let Some(kept) = fixture.index_of_words().await {
        let holds = |word: &[u8]| kept.windows(word.len()).any(|bytes| bytes == word);
        assert!(holds(b"danger") && !holds(b"zebede"), "nor in the index");
    }
}

#[tokio::test]
async fn what_is_held_back_is_found_nowhere() {
    let fixture = Fixture::new().await;
    let (app, nobody, manager) = (&fixture.app, fixture.nobody(), fixture.manager());
    let held = ReportIssue { description: "Somebody has a gun".to_owned(), ..at(51.5, -0.1) };
    app.report_issue(&nobody, &held).await.unwrap();
    let around = in_box(51.4, -0.2, 51.6, 0.0);
    assert!(app.list_issues(&nobody, &around).await.unwrap().0.is_empty(), "not by residents");
    assert_eq!(app.list_issues(&manager, &around).await.unwrap().0.len(), 1, "but by the manager");
}
