//! Finding issues by where they are, also those that were there before they could be found so.

use super::*;
use crate::domain::geography::Point;
use crate::domain::place::{Bounds, Place};

fn at(latitude: f64, longitude: f64) -> ReportIssue {
    let location = Location { point: Point::new(latitude, longitude), ..Location::default() };
    ReportIssue { location, ..report() }
}

fn in_box(south: f64, west: f64, north: f64, east: f64) -> ListIssues {
    ListIssues { place: Some(Place::Within(Bounds::new(south, west, north, east).unwrap())), ..all_of(HERE) }
}

#[tokio::test]
async fn issues_from_before_are_found_by_where_they_are() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    for (latitude, longitude) in [(51.5, -0.1), (51.6, -0.1)] {
        app.report_issue(&nobody, &at(latitude, longitude)).await.unwrap();
    }
    app.report_issue(&nobody, &report()).await.unwrap();
    let conn = app.host.reader();
    store::Migrator::down(conn, Some(1)).await.unwrap();
    store::Migrator::up(conn, None).await.unwrap();
    let found = app.list_issues(&nobody, &in_box(51.5, -0.2, 51.55, 0.0)).await.unwrap().0;
    assert_eq!(found.len(), 1, "one of two, and none without a point: {found:?}");
    assert_eq!(found[0].issue.location.point, Point::new(51.5, -0.1));
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
