//! Finding issues by what they are and where: a thousand random questions, each answered as by looking at every issue. Of the sample of a
//! city's cases, which lies in the repository, every page of every answer is compared, and an export besides. Where
//! [`WHOLE_FILE`](council::WHOLE_FILE) names the whole file, three pages of each answer are, and an export of each tenth: an answer there has
//! up to sixteen thousand rows, and may be asked for row by row, which a thousand times over would take hours.
//!
//! To ask for something else, add it to [`what`], and, where it is not to be taken from the answers, to [`known`].

mod counts;
mod known;
mod place;
mod question;
mod what;
mod words;

use std::collections::BTreeMap;

use pathfinder_proto::issues::v1 as pb;
use pathfinder_tests::chance;
use pathfinder_tests::council::{self, Case, Issues};
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::sample::PHOTO;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World};
use prost_types::Timestamp;
use serde_json::{Value, json};

use self::counts::{Groupings, some_groupings};
use self::known::{Cases, File};
use self::place::point_of;
use self::question::{Question, due_time};
use self::what::What;

const QUESTIONS: usize = 1_000;
/// So many cases at the most have a photo that waits for staff.
const WITH_PHOTOS: usize = 5;

/// How much of each answer is looked at.
#[derive(Debug, Clone, Copy)]
struct Depth {
    /// So many pages are read and compared at the most.
    pages: usize,
    /// Of so many questions, one is answered by an export, too.
    one_export_in: usize,
}

/// All pages of the sample, if each has one of its 500 rows.
const ALL: Depth = Depth { pages: 501, one_export_in: 1 };
const PART: Depth = Depth { pages: 3, one_export_in: 10 };

/// The cases in a partnership, and who asks for them.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    /// As the council's machine.
    machine: Issues,
    /// As the manager: small numbers and photos that wait are for those only who may read what is confided.
    manager: Issues,
    cases: Cases,
}

impl Scene {
    async fn set(cases: &[Case]) -> Self {
        let world = Town::world(Way::Grpc).await;
        let hood = Neighbourhood::found(&world, "boston", "BOS").await;
        let file = File::prepare(&world, &hood, cases).await;
        let mut machine = issues_as(&world, &hood, &hood.system()).await;
        let mut manager = issues_as(&world, &hood, &hood.manager()).await;
        machine.bring_in(file.rows()).await;
        let all = machine.all().await;
        file.sort_categories(&world, &hood).await;
        add_photos_that_wait(&world, &hood, &all.values().cloned().collect::<Vec<_>>()).await;
        file.work(&world, &hood, &all).await;
        let cases = file.cases(manager.all().await);
        Self { world, hood, machine, manager, cases }
    }

    /// The answer to a question is what is found by looking at each issue. Answers how many of them were compared.
    async fn check(&mut self, question: &Question, pages: usize, exported: bool) -> usize {
        let expected = question.answer(&self.cases);
        let asking = if question.is_for_staff() { &mut self.manager } else { &mut self.machine };
        let answered = question.ask(asking, pages).await;
        let shown = expected.len().min(answered.ids.len());
        assert_eq!(answered.ids, expected[..shown], "{question:?}");
        assert!(answered.more || shown == expected.len(), "{} of {shown} are found: {question:?}", expected.len());
        assert!(!answered.more || expected.len() > shown, "no page is promised that is empty: {question:?}");
        if exported {
            assert_eq!(question.export(&mut self.manager).await, question.rows(&self.cases), "{question:?}");
        }
        shown
    }

    async fn check_counts(&mut self, question: &Question, groupings: &Groupings) {
        let counted = question.count(&mut self.manager, groupings).await;
        assert_eq!(counted, question.counts(&self.cases, groupings), "{groupings:?} of {question:?}");
    }
}

async fn issues_as(world: &World<Town>, hood: &Neighbourhood, who: &str) -> Issues {
    let token = world.token(who).await.expect("whoever is somebody has a token");
    Issues::at(&world.house.services(), &token, &hood.partnership_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_looking_at_each_issue() {
    let mut chance = chance::seeded();
    let (cases, depth) = match council::whole_file() {
        Some(cases) => (cases, PART),
        None => (council::sample(), ALL),
    };
    let mut scene = Scene::set(&cases).await;
    for what in What::telling(&scene.cases) {
        let found = scene.check(&Question::plain(what.clone()), ALL.pages, true).await;
        assert!(0 < found && found < cases.len(), "some are such and some are not: {found} are {what:?}");
    }
    let (mut found, mut asked_in_vain) = (0, 0);
    for number in 0..QUESTIONS {
        let question = Question::random(&mut chance, &scene.cases);
        let shown = scene.check(&question, depth.pages, number % depth.one_export_in == 0).await;
        scene.check_counts(&question, &some_groupings(&mut chance)).await;
        found += shown;
        asked_in_vain += usize::from(shown == 0);
    }
    files_hold_what_there_is(&scene.world, &scene.hood, &scene.cases.issues).await;
    // In the sample, which is sparse, about half of them are in vain.
    assert!(
        found > QUESTIONS && asked_in_vain < QUESTIONS * 3 / 4,
        "{found} found, {asked_in_vain} in vain: questions tell something"
    );
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_and_orders_that_are_none_are_refused_with_every_reason() {
    for way in [Way::Grpc, Way::Http] {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "mill", "MIL").await;
        let near = json!({"center": {"latitude": 53.8, "longitude": -1.5}, "radius_meters": 100});
        let square = r#"{"type":"Polygon","coordinates":[[[-2,53],[-1,53],[-1,54],[-2,54],[-2,53]]]}"#;
        let many: Vec<String> = (0..1_001).map(|step| format!("[-2,{}]", 53.0 + f64::from(step) / 1e4)).collect();
        let many = format!(r#"{{"type":"Polygon","coordinates":[[{},[-2,53]]]}}"#, many.join(","));
        let box_of = |south: f64, north: f64| json!({"south": south, "west": -2, "north": north, "east": -1});
        for (asked, fields) in [
            (json!({"box": box_of(54.0, 53.0)}), vec!["box"]),
            (json!({"box": box_of(53.0, 91.0)}), vec!["box.north"]),
            (json!({"near": {"radius_meters": 100}}), vec!["near.center"]),
            (json!({"near": {"center": {"latitude": 53.8}, "radius_meters": 100}}), vec!["near.center.longitude"]),
            (
                json!({"near": {"center": {"latitude": 53.8, "longitude": -181}, "radius_meters": 0}}),
                vec!["near.center.longitude", "near.radius_meters"],
            ),
            (
                json!({"near": {"center": {"latitude": 53.8, "longitude": -1.5}, "radius_meters": 10001}}),
                vec!["near.radius_meters"],
            ),
            (json!({"near": near, "area_geojson": square}), vec!["area_geojson"]),
            (json!({"box": {"south": -1, "west": -1}}), vec!["box.north", "box.east"]),
            (json!({"area_geojson": "{}"}), vec!["area_geojson"]),
            (json!({"area_geojson": many}), vec!["area_geojson"]),
            (json!({"order_by": "title"}), vec!["order_by"]),
            (json!({"query": "-bins ?"}), vec!["query"]),
            (json!({"query": "a b c d e f g h i j k l m n o p q"}), vec!["query"]),
            (json!({"query": "b".repeat(201)}), vec!["query"]),
            (json!({"order_by": "distance", "box": box_of(54.0, 53.0)}), vec!["order_by", "box"]),
        ] {
            let refusal =
                world.refused(PUBLIC, "IssueService/ListIssues", hood.with(asked.clone()), "INVALID_REQUEST").await;
            let named: Vec<&str> = refusal.violations.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(named, fields, "{asked}: {refusal:?}");
        }
        let page = world
            .must(PUBLIC, "IssueService/ListIssues", hood.with(json!({"near": near, "order_by": "distance"})))
            .await;
        assert!(page["issues"].as_array().is_none_or(Vec::is_empty), "{page}");
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_order_is_no_beginning_for_another() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "mill", "MIL").await;
    for what in ["a sofa", "a fridge"] {
        world.must(PUBLIC, "IssueService/ReportIssue", hood.report(what)).await;
    }
    let first = hood.with(json!({"page_size": 1, "order_by": "report_time desc"}));
    let page = world.must(PUBLIC, "IssueService/ListIssues", first).await;
    for order_by in ["", "due_time"] {
        let next = hood.with(json!({"page_size": 1, "order_by": order_by, "page_token": page["nextPageToken"]}));
        world.refused(PUBLIC, "IssueService/ListIssues", next, "PAGE_TOKEN_INVALID").await;
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_no_small_numbers() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "mill", "MIL").await;
    for number in 0..4 {
        world.must(PUBLIC, "IssueService/ReportIssue", hood.report(&format!("sofa {number}"))).await;
    }
    let asked = hood.with(json!({"group_by": ["ISSUE_GROUPING_CATEGORY"]}));
    let rpc = "IssueService/AggregateIssues";
    let told = world.must(PUBLIC, rpc, asked.clone()).await;
    assert!(told["counts"].as_array().is_none_or(Vec::is_empty) && told.get("totalCount").is_none(), "{told}");
    let told = world.must(&hood.manager(), rpc, asked.clone()).await;
    assert_eq!((&told["counts"][0]["count"], &told["totalCount"]), (&json!("4"), &json!("4")), "{told}");
    world.must(PUBLIC, "IssueService/ReportIssue", hood.report("one sofa more")).await;
    let told = world.must(PUBLIC, rpc, asked).await;
    assert_eq!((&told["counts"][0]["count"], &told["totalCount"]), (&json!("5"), &json!("5")), "{told}");
    let twice = hood.with(json!({"group_by": ["ISSUE_GROUPING_STATE", "ISSUE_GROUPING_STATE"], "grid_level": 21}));
    let refusal = world.refused(PUBLIC, rpc, twice, "INVALID_REQUEST").await;
    assert_eq!(refusal.violations.len(), 1, "the level before all: {refusal:?}");
    world.house.stop().await;
}

/// Photos of some cases, of a category in which a person looks first, added by a machine.
async fn add_photos_that_wait(world: &World<Town>, hood: &Neighbourhood, all: &[pb::Issue]) {
    let code = &all.first().expect("there are issues").category_code;
    let sought = hood.with(json!({"filter": format!("code = \"{code}\"")}));
    let found = world.must(&hood.manager(), "CategoryService/ListCategories", sought).await;
    let moderated = json!({"category_id": found["categories"][0]["categoryId"], "moderated": true});
    world.must(&hood.manager(), "CategoryService/UpdateCategory", hood.with(moderated)).await;
    for issue in all.iter().filter(|issue| issue.category_code == *code).take(WITH_PHOTOS) {
        let photo = json!({"issue_id": issue.issue_id, "content": PHOTO});
        let added = world.must(&hood.system(), "PhotoService/AddPhoto", hood.with(photo)).await;
        assert_eq!(added["held"], true, "it waits: {added}");
    }
}

/// Everything as CSV and as GeoJSON, by the addresses that everybody may use: the same rows with the same words, places and times.
async fn files_hold_what_there_is(world: &World<Town>, hood: &Neighbourhood, all: &[pb::Issue]) {
    let http = Http::at(&world.house.gateway());
    let path = |alt: &str| format!("/v1/partnerships/{}/issues:export?alt={alt}", hood.partnership_id);
    let file = async |alt: &str| http.request(http::Method::GET, &path(alt)).send().await.expect("a file").text().await;
    let wanted: BTreeMap<String, [String; 7]> =
        all.iter().map(|issue| (issue.issue_id.clone(), cells(issue))).collect();

    let csv = file("csv").await.expect("the whole file");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().expect("a line of names").clone();
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        let cell = |name: &str| {
            let column = names.iter().position(|known| known == name);
            row[column.expect("the column is there")].to_owned()
        };
        (cell("issue_id"), COLUMNS.map(cell))
    });
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), wanted, "the CSV file holds what there is");

    let geojson: Value = serde_json::from_str(&file("geojson").await.expect("the whole file")).expect("JSON");
    let features = geojson["features"].as_array().expect("features").iter().map(|feature| {
        let properties = &feature["properties"];
        let degrees = |index: usize| feature["geometry"]["coordinates"].get(index).map(ToString::to_string);
        let cell = |name: &str| match name {
            "latitude" => degrees(1).unwrap_or_default(),
            "longitude" => degrees(0).unwrap_or_default(),
            name => properties[name].as_str().unwrap_or_default().to_owned(),
        };
        (properties["issue_id"].as_str().unwrap_or_default().to_owned(), COLUMNS.map(cell))
    });
    assert_eq!(features.collect::<BTreeMap<_, _>>(), wanted, "the GeoJSON file holds what there is");
}

/// The columns of files that are compared.
const COLUMNS: [&str; 7] = ["reference", "title", "latitude", "longitude", "state", "report_time", "due_time"];

/// What stands in them.
fn cells(issue: &pb::Issue) -> [String; 7] {
    let degrees = point_of(issue).map(|(latitude, longitude)| (latitude.to_string(), longitude.to_string()));
    let (latitude, longitude) = degrees.unwrap_or_default();
    let state = issue.state().as_str_name().trim_start_matches("ISSUE_STATE_").to_lowercase();
    let time = |time: Option<&Timestamp>| time.map(ToString::to_string).unwrap_or_default();
    let (report_time, due_time) = (time(issue.report_time.as_ref()), time(due_time(issue)));
    [issue.reference.clone(), issue.title.clone(), latitude, longitude, state, report_time, due_time]
}
