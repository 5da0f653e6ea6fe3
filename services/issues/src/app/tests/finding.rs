//! Finding issues by where they are and by their words, also those that were there before they could be found so.

use super::*;
use crate::domain::cell::Covered;
use crate::domain::geography::{Area, Point};
use crate::domain::issue::Rewording;
use crate::domain::place::{Bounds, Circle, Outline, Place};
use crate::domain::words::Query;
use crate::store::search::{FEW_NEAREST, Located, locate_within};

fn at(latitude: f64, longitude: f64) -> ReportIssue {
    let location = Location { point: Point::new(latitude, longitude), ..Location::default() };
    ReportIssue { location, ..report() }
}

pub(super) fn in_box(south: f64, west: f64, north: f64, east: f64) -> ListIssues {
    at_place(Place::Within(Bounds::new(south, west, north, east).unwrap()))
}

pub(super) fn at_place(place: Place) -> ListIssues {
    let all = all_of(HERE);
    ListIssues { sought: Sought { place: Some(place), ..all.sought }, ..all }
}

pub(super) fn with_words(text: &str) -> ListIssues {
    let all = all_of(HERE);
    ListIssues { sought: Sought { words: Some(Query::read(text).unwrap()), ..all.sought }, ..all }
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
    store::Migrator::down(conn, Some(24)).await.unwrap();
    let placed = Statement::from_string(conn.get_database_backend(), "SELECT cell FROM issue");
    assert!(conn.query_all_raw(placed).await.is_err(), "back to when places had no numbers");
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
    assert!(fixture.is_listed("zebede").await, "what was written is listed");
    let rewording = Rewording { description: Some("Somebody is dangerous".to_owned()), ..Rewording::default() };
    let triage = fixture.call_to("TriageIssue", Some(Role::Manager));
    app.triage_issue(&triage, &target(&held), &rewording, "").await.unwrap();
    assert_eq!((found(&manager, "zebedee").await, found(&nobody, "dangerous somebody").await), (0, 1));
    assert!(fixture.is_listed("danger").await && !fixture.is_listed("zebede").await, "nor is it listed");
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
    let count = CountIssues { sought: around.sought.clone(), groupings: Vec::new() };
    assert_eq!(app.count_issues(&nobody, &count).await.unwrap().total, Some(0), "nor counted");
    assert_eq!(app.count_issues(&manager, &count).await.unwrap().total, Some(1));
    assert!(fixture.exported(None, &around.sought).await.is_empty(), "nor exported");
    assert_eq!(fixture.exported(Some(Role::Manager), &around.sought).await.len(), 1);
}

#[tokio::test]
async fn an_export_goes_on_from_batch_to_batch_as_long_as_its_reader_may_read() {
    let fixture = Fixture::new().await;
    let all = many(&fixture, 2_100).await;
    let everything = all_of(HERE).sought;
    let mut wanted: Vec<IssueId> = all.iter().map(|issue| issue.id).collect();
    wanted.sort_by_key(|id| std::cmp::Reverse(id.0));
    assert_eq!(fixture.exported(None, &everything).await, wanted, "in several batches");

    let mut holder = fixture.exporter(Some(Role::Manager));
    holder.token_end = Some(start() + chrono::TimeDelta::minutes(5));
    let mut rows = fixture.export(holder, &everything).await;
    assert!(rows.next().await.unwrap().is_ok());
    fixture.clock.advance(chrono::TimeDelta::minutes(6));
    let rest: Vec<_> = rows.collect().await;
    let (last, before) = rest.split_last().unwrap();
    assert!(before.len() < all.len() - 1 && before.iter().all(Result::is_ok), "what was read is handed out");
    assert_eq!(last.as_ref().unwrap_err().reason(), Reason::TokenInvalid);

    let mut rows = fixture.export(fixture.exporter(None), &everything).await;
    assert!(rows.next().await.unwrap().is_ok());
    fixture.app.host.shutdown().cancel();
    assert_eq!(rows.collect::<Vec<_>>().await.pop().unwrap().unwrap_err().reason(), Reason::PeerUnavailable);
}

/// So many, in two columns close together.
pub(super) async fn many(fixture: &Fixture, count: u32) -> Vec<Issue> {
    let first = fixture.report(&fixture.nobody(), at(51.5, -0.1)).await.view.issue;
    let copy = |number: u32| {
        let mut issue = first.clone();
        issue.id = IssueId(fixture.app.host.next_id(first.report_time));
        issue.reference = format!("COPY-{number}");
        issue.report_time -= chrono::TimeDelta::minutes(i64::from(number % 50));
        issue.location.point =
            Point::new(51.5 + f64::from(number) / f64::from(count) * 2.1e-3, -0.1 + f64::from(number % 2) * 1e-3);
        issue
    };
    let copies: Vec<Issue> = (1..count).map(copy).collect();
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::issue::insert_many(unit.tx(), &copies, first.report_time).await.unwrap();
    unit.commit(()).await.unwrap();
    copies.into_iter().chain([first]).collect()
}

#[tokio::test]
async fn a_place_of_many_issues_is_walked_through_in_every_order() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let all = many(&fixture, 11_000).await;
    let bounds = Bounds::new(51.4999, -0.1001, 51.503, -0.0995).unwrap();
    let circle = Circle { center: Point::new(51.501, -0.1).unwrap(), radius: 90.0 };
    let ring = "[[-0.1001,51.4999],[-0.0985,51.4999],[-0.1001,51.503],[-0.1001,51.4999]]";
    let area: Area = serde_json::from_str(&format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}")).unwrap();
    let outline = Outline::of(&area).unwrap();
    let in_area = outline.clone();
    type Holds = Box<dyn Fn(Point) -> bool>;
    let places: [(Place, Holds); 3] = [
        (Place::Within(bounds), Box::new(move |point| point.longitude < bounds.east && point.latitude < bounds.north)),
        (Place::Near(circle), Box::new(move |point| circle.squared_distance(point) <= 8_100.0)),
        (Place::In(outline), Box::new(move |point| in_area.contains(point))),
    ];
    for (place, holds) in places {
        let expected: Vec<&Issue> = all.iter().filter(|issue| issue.location.point.is_some_and(&holds)).collect();
        assert!(expected.len() > 50 && expected.len() < all.len(), "{place:?} holds some: {}", expected.len());
        for order in [Order::TakenIn, Order::Reported, Order::Distance(circle)] {
            let mut wish = ListIssues { order, page_size: 200, ..at_place(place.clone()) };
            let mut found: Vec<Uuid> = Vec::new();
            loop {
                let (page, next) = app.list_issues(&nobody, &wish).await.unwrap();
                found.extend(page.iter().map(|view| view.issue.id.0));
                wish.page_token = next;
                if wish.page_token.is_empty() {
                    break;
                }
            }
            let mut wanted = expected.clone();
            let distance = |issue: &Issue| issue.location.point.map_or(0.0, |point| circle.squared_distance(point));
            wanted.sort_by(|one, other| match order {
                Order::Reported => (other.report_time, other.id.0).cmp(&(one.report_time, one.id.0)),
                Order::Distance(_) => distance(one).total_cmp(&distance(other)).then(one.id.0.cmp(&other.id.0)),
                Order::TakenIn | Order::Due => other.id.0.cmp(&one.id.0),
            });
            let wanted: Vec<Uuid> = wanted.iter().map(|issue| issue.id.0).collect();
            assert_eq!(found, wanted, "{order:?} in {place:?}");
        }
    }
}

#[tokio::test]
async fn of_circles_those_that_hold_many_are_taken_and_one_that_does_not() {
    let fixture = Fixture::new().await;
    many(&fixture, 11_000).await;
    let taken = async |latitude: f64, radii: &[f64]| {
        let center = Point::new(latitude, -0.1).unwrap();
        let nested = radii.iter().map(|radius| Covered::of(Place::Near(Circle { center, radius: *radius }))).collect();
        let located = locate_within(fixture.app.host.reader(), HERE, nested, FEW_NEAREST).await.unwrap();
        let told = |located: Located| match located.place {
            Place::Near(circle) => (circle.radius, located.is_few),
            Place::Within(_) | Place::In(_) => unreachable!(),
        };
        located.into_iter().map(told).collect::<Vec<_>>()
    };
    let (many, few) = (false, true);
    let middle = 51.501;
    assert_eq!(
        taken(middle, &[80.0, 40.0, 20.0, 5.0, 2.0]).await,
        [(5.0, few), (20.0, many), (40.0, many), (80.0, many)]
    );
    assert_eq!(taken(middle, &[80.0, 40.0, 20.0]).await, [(20.0, many), (40.0, many), (80.0, many)]);
    assert_eq!(taken(52.0, &[80.0, 40.0]).await, [(80.0, few)]);
    assert_eq!(taken(middle, &[]).await, []);
}

#[tokio::test]
async fn whatever_is_written_can_be_kept_and_looked_for() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let longest = "a".repeat(5_000);
    for text in [
        longest.as_str(),
        &"\u{6c34}".repeat(1_500),
        "\u{1f17f} 'quoted' back\\slash 1:2 a&b !c <-> d",
        "\u{3bb}\u{3cc}\u{3b3}\u{3bf}\u{3c2}",
    ] {
        app.report_issue(&nobody, &ReportIssue { description: text.to_owned(), ..report() }).await.unwrap();
        let typed: String = text.chars().take(200).collect();
        let found = app.list_issues(&nobody, &with_words(&format!("\"{typed}\""))).await.unwrap().0;
        assert_eq!(found.len(), 1, "{typed}: {found:?}");
    }
    let wide = with_words(&"\u{3316}".repeat(200));
    assert!(app.list_issues(&nobody, &wide).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn points_next_to_greenwich_can_be_looked_around() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    app.report_issue(&nobody, &at(51.5, 1e-200)).await.unwrap();
    let around = |longitude| {
        let circle = Circle { center: Point::new(51.5, longitude).unwrap(), radius: 10.0 };
        ListIssues { order: Order::Distance(circle), ..at_place(Place::Near(circle)) }
    };
    for longitude in [0.0, 1e-200, -1e-13] {
        assert_eq!(app.list_issues(&nobody, &around(longitude)).await.unwrap().0.len(), 1, "{longitude}");
    }
}

#[tokio::test]
async fn the_lists_of_an_unknown_partnership_are_not_there() {
    let fixture = Fixture::new().await;
    let (app, manager) = (&fixture.app, fixture.manager());
    assert_eq!(reason(app.list_issues(&fixture.nobody(), &all_of(NOWHERE)).await), Reason::NotFound);
    let broken = Sought { filter: "broken".to_owned(), ..all_of(NOWHERE).sought };
    let broken = ListIssues { sought: broken, ..all_of(NOWHERE) };
    assert_eq!(reason(app.list_issues(&fixture.nobody(), &broken).await), Reason::NotFound);
    assert_eq!(reason(app.list_categories(NOWHERE, 0, "", "").await), Reason::NotFound);
    assert_eq!(reason(app.list_routing_rules(NOWHERE, 0, "", "").await), Reason::NotFound);
    let new = PartnershipId(Uuid::from_u128(405));
    assert!(app.list_issues(&manager, &all_of(new)).await.unwrap().0.is_empty(), "its feed has not told of it yet");
}
