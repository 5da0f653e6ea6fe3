//! Whose a place is, and who may know where somebody's home is.

use chrono::TimeDelta;

use super::finding::{at_place, in_box, with_words};
use super::*;
use crate::domain::counts::Grouping;
use crate::domain::erasure::Cause;
use crate::domain::geography::{Area, Point};
use crate::domain::place::{Circle, Outline, Place};

/// A home's point.
const HOME: (f64, f64) = (51.512_345_6, -0.123_456_7);
const ELSEWHERE: PartnershipId = PartnershipId(Uuid::from_u128(7));

fn at(latitude: f64, longitude: f64) -> ReportIssue {
    ReportIssue {
        location: Location { point: Point::new(latitude, longitude), ..Location::default() },
        ..super::report()
    }
}

fn square(west: f64) -> String {
    let east = west + 1.0;
    format!(
        r#"{{"type":"Polygon","coordinates":[[[{west},51.0],[{east},51.0],[{east},52.0],[{west},52.0],[{west},51.0]]]}}"#
    )
}

impl Fixture {
    /// Boards tells of a partnership with a boundary, and this process looks.
    async fn hear_of(&self, id: PartnershipId, name: &str, boundary: &str) {
        let told = KnownPartnership { name: name.to_owned(), ..partnership(id) };
        let news = feeds::News::Partnership(ToldPartnership { partnership: told, boundary: boundary.to_owned() });
        let Begun::Fresh(mut unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        self.app.learn(&mut unit, &news).await.unwrap();
        unit.commit(()).await.unwrap();
    }

    async fn names_at(&self, latitude: f64, longitude: f64) -> Vec<String> {
        let found = self.app.locate_partnerships(Point::new(latitude, longitude).unwrap()).await.unwrap();
        found.into_iter().map(|found| found.name).collect()
    }

    /// A report of damp in somebody's home.
    async fn report_home(&self) -> Followed {
        let rest = CategoryChange { domestic: Some(true), ..CategoryChange::default() };
        let (code, name) = ("damp".to_owned(), "Damp".to_owned());
        let category = CreateCategory { partnership_id: HERE, code: code.clone(), name, rest };
        self.app.create_category(&self.manager(), &category).await.unwrap();
        let location = Location {
            point: Point::new(HOME.0, HOME.1),
            address: "Flat 3, 12 Zebra Court".to_owned(),
            uprn: "100012345".to_owned(),
            location_text: "second floor, door 1234".to_owned(),
            ..Location::default()
        };
        let report = ReportIssue { category_code: code, location, ..super::report() };
        self.report(&self.nobody(), report).await
    }
}

#[tokio::test]
async fn a_place_is_its_partnerships_as_long_as_they_are_active() {
    let fixture = Fixture::new().await;
    fixture.hear_of(HERE, "Wharf", &square(-1.0)).await;
    fixture.hear_of(ELSEWHERE, "Hill", &square(0.0)).await;
    assert!(fixture.names_at(51.5, -0.5).await.is_empty(), "nobody has looked yet");
    assert_eq!(fixture.app.look_at_boundaries().await.unwrap(), 2);
    assert_eq!(fixture.app.look_at_boundaries().await.unwrap(), 0, "what was seen is not read again");
    assert_eq!(fixture.names_at(51.5, -0.5).await, ["Wharf"]);
    assert_eq!(fixture.names_at(51.5, 0.0).await, ["Wharf", "Hill"], "by their names in addresses");
    assert!(fixture.names_at(53.0, 0.5).await.is_empty());

    fixture.hear_of(HERE, "Wharf and Station", &square(-1.0)).await;
    assert_eq!(fixture.app.look_at_boundaries().await.unwrap(), 0, "the boundary is the same");
    assert_eq!(fixture.names_at(51.5, -0.5).await, ["Wharf and Station"], "names are read when they are asked");
    fixture.hear_of(HERE, "Wharf and Station", &square(-3.0)).await;
    fixture.hear_of(ARCHIVED, "Old", &square(0.0)).await;
    fixture.hear_of(ELSEWHERE, "Hill", "no GeoJSON").await;
    assert_eq!(fixture.app.look_at_boundaries().await.unwrap(), 3);
    assert_eq!(fixture.names_at(51.5, -2.5).await, ["Wharf and Station"]);
    assert!(fixture.names_at(51.5, 0.5).await.is_empty(), "one is archived, and the other has no boundary any more");
}

#[tokio::test]
async fn boundaries_from_before_are_asked_for() {
    let fixture = Fixture::new().await;
    let app = &fixture.app;
    assert!(fixture.names_at(51.5, -0.1).await.is_empty(), "what was asked of boards for a category is no boundary");
    assert_eq!(app.ask_for_boundaries().await.unwrap(), 1);
    assert_eq!(app.ask_for_boundaries().await.unwrap(), 0, "once");
    app.look_at_boundaries().await.unwrap();
    assert_eq!(fixture.names_at(51.5, -0.1).await, ["Brook Wharf"]);

    let Begun::Fresh(unit) = app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::boundary::put_unless_known(unit.tx(), HERE, &square(5.0)).await.unwrap();
    store::known::put_partnership(unit.tx(), &partnership(NOWHERE)).await.unwrap();
    unit.commit(()).await.unwrap();
    assert_eq!(app.look_at_boundaries().await.unwrap(), 0, "an answer does not overwrite what was told");
    assert_eq!((app.ask_for_boundaries().await.unwrap(), app.ask_for_boundaries().await.unwrap()), (1, 0));
}

#[tokio::test]
async fn a_report_lies_within_its_boundary_unless_it_is_relayed() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    app.report_issue(&nobody, &at(53.0, 5.5)).await.unwrap();
    fixture.hear_of(HERE, "Wharf", &square(-1.0)).await;
    fixture.hear_of(ELSEWHERE, "Hill", &square(0.0)).await;
    app.look_at_boundaries().await.unwrap();
    app.report_issue(&nobody, &at(51.5, -0.5)).await.unwrap();
    app.report_issue(&nobody, &super::report()).await.unwrap();

    let refusal = async |report: &ReportIssue| Failure::from(app.report_issue(&nobody, report).await.unwrap_err());
    let told = refusal(&at(51.5, 0.5)).await;
    assert_eq!(told.reason(), Reason::InvalidRequest);
    assert!(told.to_string().contains("boundary of Wharf; this place is covered by Hill"), "{told}");
    let told = refusal(&at(53.0, 0.5)).await.to_string();
    assert!(told.contains("no partnership here covers this place") && !told.contains("Hill"), "{told}");

    app.report_issue(&fixture.manager(), &at(51.5, 0.5)).await.unwrap();
    let row = ImportRow {
        external_id: "case-1".to_owned(),
        category_code: "graffiti".to_owned(),
        report_time: Some(start()),
        latitude: Some(53.0),
        longitude: Some(0.5),
        ..ImportRow::default()
    };
    let report = app.batch_import_issues(&fixture.manager(), HERE, &[row]).await.unwrap();
    assert!(matches!(report.outcomes[0].2, RowOutcome::Created(..)), "{report:?}");
}

#[tokio::test]
async fn where_a_home_is_stays_with_those_who_deal_with_it() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let followed = fixture.report_home().await;
    let issue = &followed.view.issue;
    assert_eq!(issue.location.point, Point::new(HOME.0, HOME.1), "whoever reports it knows");
    assert_eq!(fixture.read(issue).await.location, issue.location, "all of it is kept");

    let no_token = Following { follow_token: String::new(), ..following(&followed) };
    let seen = async |call: &Call, asked: &Following| app.get_issue(call, asked).await.unwrap().issue.location;
    let public = seen(&nobody, &no_token).await;
    assert!(public.is_blurred() && !issue.location.is_blurred());
    let point = public.point.unwrap();
    let off = Circle { center: Point::new(HOME.0, HOME.1).unwrap(), radius: 1.0 }.squared_distance(point).sqrt();
    assert!(off > 1.0 && off < 75.0, "in the square around it, {off} m away");
    let rest = (public.address.as_str(), public.uprn.as_str(), public.location_text.as_str(), public.domestic);
    assert_eq!(rest, ("", "", "", true));
    assert_eq!(seen(&nobody, &following(&followed)).await, issue.location, "the reporter");
    assert_eq!(seen(&fixture.manager(), &no_token).await, issue.location);
    for role in [Role::BoardMember, Role::StreetRep, Role::Observer] {
        assert_eq!(seen(&fixture.call(Some(role)), &no_token).await, public, "{role:?}");
    }

    let support = support_of(issue.id, Person::default());
    let supported = app.support_issue(&nobody, &support).await.unwrap();
    assert_eq!(supported.view.issue.location, public, "anybody may support it");
    assert_eq!(seen(&nobody, &following(&supported)).await, public);
    let listed = app.list_issues(&nobody, &all_of(HERE)).await.unwrap().0;
    let story = app.get_issue_story(&nobody, HERE, issue.id).await.unwrap();
    let exported: Vec<_> = fixture.export(fixture.exporter(None), &all_of(HERE).sought).await.collect().await;
    let exported: Vec<Issue> = exported.into_iter().map(|row| row.unwrap().0).collect();
    let told = format!("{listed:?} {story:?} {exported:?} {:?}", app.get_issue(&nobody, &no_token).await.unwrap());
    for trace in ["51.51234", "-0.12345", "Zebra", "100012345", "door 1234"] {
        assert!(!told.contains(trace), "{trace}: {told}");
    }
    assert_eq!(exported[0].location, public);
}

#[tokio::test]
async fn a_home_is_not_found_by_looking_closer_and_closer() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let issue = fixture.report_home().await.view.issue;
    let middle = issue.location.public_point().unwrap();
    let home = Point::new(HOME.0, HOME.1).unwrap();
    let boxed = |point: Point| {
        let (south, west) = (point.latitude - 1e-5, point.longitude - 1e-5);
        in_box(south, west, point.latitude + 1e-5, point.longitude + 1e-5)
    };
    let around = |center: Point| {
        let circle = Circle { center, radius: 1.0 };
        ListIssues { order: Order::Distance(circle), ..at_place(Place::Near(circle)) }
    };
    let ring = |point: Point| {
        let (x, y) = (point.longitude, point.latitude);
        let corners = [[x - 1e-5, y - 1e-5], [x + 1e-5, y - 1e-5], [x, y + 1e-5], [x - 1e-5, y - 1e-5]];
        let area = Area::Polygon(vec![corners.map(|corner| corner.to_vec()).to_vec()]);
        at_place(Place::In(Outline::of(&area).unwrap()))
    };
    for reader in [&nobody, &fixture.manager()] {
        let found = async |wish: &ListIssues| app.list_issues(reader, wish).await.unwrap().0.len();
        for wish in [boxed(home), around(home), ring(home)] {
            assert_eq!(found(&wish).await, 0, "{wish:?}");
        }
        for wish in [boxed(middle), around(middle), ring(middle)] {
            assert_eq!(found(&wish).await, 1, "{wish:?}");
        }
        assert_eq!((found(&with_words("zebra")).await, found(&with_words("wall")).await), (0, 1));
    }
    let count = CountIssues { sought: all_of(HERE).sought, groupings: vec![Grouping::Square(24)] };
    let counted = app.count_issues(&fixture.manager(), &count).await.unwrap().counts;
    let blurred = Grouping::Square(24).of(&issue);
    assert_eq!(counted[0].shared.first().cloned(), blurred, "the finest square is that of the middle");
}

#[tokio::test]
async fn a_home_is_known_by_its_land_or_by_what_its_reporter_says() {
    let fixture = Fixture::new().await;
    let report = async |location: Location| {
        let report = ReportIssue { location, ..at(51.5, -0.1) };
        fixture.report(&fixture.nobody(), report).await.view.issue.location.domestic
    };
    let here = at(51.5, -0.1).location;
    assert!(report(Location { land_type: "housing".to_owned(), ..here.clone() }).await);
    assert!(report(Location { domestic: true, ..here.clone() }).await);
    assert!(!report(Location { land_type: "highway".to_owned(), uprn: "1".to_owned(), ..here }).await);
}

fn without_token(issue: &Issue) -> Following {
    Following { partnership_id: HERE, issue_id: issue.id, follow_token: String::new() }
}

#[tokio::test]
async fn where_a_home_is_goes_with_whoever_reported_it() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let followed = fixture.report_home().await;
    let issue = &followed.view.issue;
    let public = issue.location.clone().published();
    fixture.keep_for_repeat(&followed.view).await;
    let support = support_of(issue.id, Person::default());
    let supported = app.support_issue(&nobody, &support).await.unwrap();
    app.anonymise_issue(&nobody, &following(&supported), "").await.unwrap();
    assert_eq!(fixture.read(issue).await.location, issue.location, "it is nobody's home who supports it");

    let left = app.anonymise_issue(&nobody, &following(&followed), "").await.unwrap().issue;
    assert_eq!(left.location, public);
    let seen = async |call: &Call, asked: &Following| app.get_issue(call, asked).await.unwrap().issue.location;
    assert_eq!(seen(&fixture.manager(), &without_token(issue)).await, public, "not even staff");
    assert_eq!(seen(&nobody, &following(&followed)).await, public);
    let copies = [("issue", "address || uprn || location_text"), ("request_record", "answer")];
    for (table, columns) in copies {
        for trace in ["zebra", "100012345", "door 1234", "51.51234"] {
            assert!(!fixture.stands_in(table, columns, trace).await, "{trace} in {table}");
        }
    }
    let around = Circle { center: public.point.unwrap(), radius: 1.0 };
    let found = app.list_issues(&nobody, &at_place(Place::Near(around))).await.unwrap().0;
    assert_eq!(found.len(), 1, "it is found where it was");
    app.anonymise_issue(&nobody, &following(&followed), "").await.unwrap();
    let register = app.list_erasures(HERE, 0, "").await.unwrap().0;
    assert_eq!(register.iter().map(|erasure| erasure.issue_count).collect::<Vec<_>>(), [1], "once");
}

#[tokio::test]
async fn where_a_home_is_goes_with_an_erasure_and_with_contact_details() {
    let fixture = Fixture::new().await;
    let home = Location { address: "12 Zebra Court".to_owned(), domestic: true, ..at(HOME.0, HOME.1).location };
    let reported = ReportIssue { location: home, reporter: person(Visibility::Confidential), ..super::report() };
    let issue = fixture.report(&fixture.nobody(), reported.clone()).await.view.issue;
    fixture.erase_ada().await;
    assert_eq!(fixture.read(&issue).await.location, issue.location.clone().published());

    let issue = fixture.report(&fixture.nobody(), reported).await.view.issue;
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    fixture.app.close_issue_without_action(&closing, &target(&issue), "It is dry.").await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(365));
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 1, "the address that was asked and did not answer");
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 1);
    assert_eq!(fixture.read(&issue).await.location, issue.location.clone().published());
}

#[tokio::test]
async fn where_a_home_is_goes_by_age_also_of_those_who_left_nothing() {
    let fixture = Fixture::new().await;
    let app = &fixture.app;
    let issue = fixture.report_home().await.view.issue;
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    app.close_issue_without_action(&closing, &target(&issue), "It is dry.").await.unwrap();
    let conn = app.host.reader();
    store::Migrator::down(conn, Some(1)).await.unwrap();
    store::Migrator::up(conn, None).await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(365) - TimeDelta::seconds(1));
    assert_eq!(app.erase_words_by_age().await.unwrap(), 0, "a second is left, also of what ended before that was kept");
    assert_eq!(fixture.read(&issue).await.location, issue.location);
    fixture.clock.set(start() + TimeDelta::days(365));
    assert_eq!(app.erase_words_by_age().await.unwrap(), 1);
    assert_eq!(fixture.read(&issue).await.location, issue.location.clone().published());
    let register = app.list_erasures(HERE, 0, "").await.unwrap().0;
    let kept: Vec<_> = register.iter().map(|erasure| (erasure.cause, erasure.issue_count)).collect();
    assert_eq!(kept, [(Cause::Retention, 1)]);
    assert_eq!(app.erase_words_by_age().await.unwrap(), 0, "once");
}

#[tokio::test]
async fn where_a_home_is_goes_from_a_case_of_another_system_too() {
    let fixture = Fixture::new().await;
    fixture.report_home().await;
    let row = ImportRow {
        external_id: "case-1".to_owned(),
        category_code: "damp".to_owned(),
        report_time: Some(start()),
        address: "12 Zebra Court".to_owned(),
        ..ImportRow::default()
    };
    let report = fixture.app.batch_import_issues(&fixture.manager(), HERE, &[row]).await.unwrap();
    let RowOutcome::Created(issue_id, _) = &report.outcomes[0].2 else { panic!("a case: {report:?}") };
    let asked = Following { partnership_id: HERE, issue_id: *issue_id, follow_token: String::new() };
    let seen = fixture.app.get_issue(&fixture.manager(), &asked).await.unwrap().issue.location;
    assert_eq!((seen.address.as_str(), seen.domestic), ("12 Zebra Court", true));
    let staff = fixture.call_to("PersonalDataService/AnonymiseIssue", Some(Role::Manager));
    for _ in 0..2 {
        let left = fixture.app.anonymise_issue(&staff, &asked, "They rang.").await.unwrap().issue;
        assert_eq!(left.location, seen.clone().published());
    }
    assert_eq!(fixture.app.list_erasures(HERE, 0, "").await.unwrap().0.len(), 1, "once");
}
