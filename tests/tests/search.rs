//! Finding issues by what they are and where: a thousand random questions, each answered as by looking at every issue. The sample of a
//! city's cases lies in the repository; the whole file is used where it lies beside it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;
use pathfinder_tests::chance;
use pathfinder_tests::council::{self, Issues};
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC};
use prost_types::Timestamp;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rust_stemmers::{Algorithm, Stemmer};
use serde_json::json;

const QUESTIONS: usize = 1_000;
/// So many pages of an answer are read and compared.
const PAGES: usize = 3;
/// Metres to a degree of latitude, on a sphere with the earth's mean radius.
const METRES_PER_DEGREE: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0;
/// States that have come to an end, as the contract of `open` lists them.
const ENDED: [pb::IssueState; 5] = [
    pb::IssueState::Resolved,
    pb::IssueState::Closed,
    pb::IssueState::Duplicate,
    pb::IssueState::NoAction,
    pb::IssueState::Withdrawn,
];

type Ring = Vec<(f64, f64)>;

/// Where to look.
#[derive(Debug, Clone)]
enum Where {
    Anywhere,
    Box {
        south: f64,
        west: f64,
        north: f64,
        east: f64,
    },
    Near {
        latitude: f64,
        longitude: f64,
        metres: f64,
    },
    /// Polygons, each an outer ring and its holes, longitude before latitude.
    Area(Vec<Vec<Ring>>),
}

/// What to look for.
#[derive(Debug, Clone)]
enum What {
    Anything,
    Category(String),
    State(pb::IssueState),
    Open(bool),
    ReportedBefore(Timestamp),
    BreachedOf(String),
}

/// A word or phrase to look for.
#[derive(Debug, Clone)]
struct Term {
    text: String,
    unwanted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    TakenIn,
    Reported,
    Due,
    Distance,
}

#[derive(Debug, Clone)]
struct Question {
    place: Where,
    what: What,
    words: Vec<Term>,
    order: Order,
    page_size: i32,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_looking_at_each_issue() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "boston", "BOS").await;
    let token = world.token(&hood.system()).await.expect("a council's machine has a token");
    let mut issues = Issues::at(&world.house.services(), &token, &hood.partnership_id);
    let cases = council::whole_file().unwrap_or_else(council::sample);
    issues.bring_in(&council::rows_of(&cases)).await;
    let all: Vec<pb::Issue> = issues.all().await.into_values().collect();
    assert_eq!(all.len(), cases.len(), "every case is there to be found");
    // Small numbers are for those only who may read what is confided.
    let token = world.token(&hood.manager()).await.expect("a manager has a token");
    let mut counting = Issues::at(&world.house.services(), &token, &hood.partnership_id);
    let mut chance = chance::seeded();
    let (mut found, mut asked_in_vain) = (0, 0);
    for _ in 0..QUESTIONS {
        let question = Question::random(&mut chance, &all);
        let expected = question.answer(&all);
        let answered = question.ask(&mut issues).await;
        let shown = expected.len().min(answered.ids.len());
        assert_eq!(answered.ids, expected[..shown], "{question:?}");
        assert!(answered.more || shown == expected.len(), "{} of {shown} are found: {question:?}", expected.len());
        assert!(!answered.more || expected.len() > shown, "no page is promised that is empty: {question:?}");
        let groupings = some_groupings(&mut chance);
        let counted = question.count(&mut counting, &groupings).await;
        assert_eq!(counted, question.counts(&all, &groupings), "{groupings:?} of {question:?}");
        found += shown;
        asked_in_vain += usize::from(expected.is_empty());
    }
    // In the sample, which is sparse, about half of them are in vain.
    assert!(
        found > QUESTIONS && asked_in_vain < QUESTIONS * 3 / 4,
        "{found} found, {asked_in_vain} in vain: questions tell something"
    );
    world.house.stop().await;
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

/// What issues have in common: the contract's field for each, and the square's south-western corner.
type Common = (i32, String, String, i32, Option<[i64; 2]>);

/// What was answered.
struct Answered {
    ids: Vec<String>,
    /// Whether there is another page.
    more: bool,
}

impl Question {
    fn random(chance: &mut StdRng, all: &[pb::Issue]) -> Self {
        let place = match chance.random_range(0..8) {
            0 => Where::Anywhere,
            1 | 2 => some_box(chance, all),
            3 | 4 => some_circle(chance, all),
            _ => some_area(chance, all),
        };
        let one = all.choose(chance).expect("there are issues");
        let what = match chance.random_range(0..9) {
            0..=2 => What::Anything,
            3 | 4 => What::Category(one.category_code.clone()),
            5 => What::State(one.state()),
            6 => What::Open(chance.random()),
            7 => What::ReportedBefore(one.report_time.expect("it was reported")),
            _ => What::BreachedOf(one.category_code.clone()),
        };
        let order = match chance.random_range(0..4) {
            0 => Order::TakenIn,
            1 => Order::Reported,
            2 => Order::Due,
            _ if matches!(place, Where::Near { .. }) => Order::Distance,
            _ => Order::TakenIn,
        };
        let words = if chance.random_range(0..3) == 0 { some_words(chance, all) } else { Vec::new() };
        Self { place, what, words, order, page_size: chance.random_range(1..=200) }
    }

    async fn ask(&self, issues: &mut Issues) -> Answered {
        let mut answered = Answered { ids: Vec::new(), more: true };
        let mut page_token = String::new();
        for _ in 0..PAGES {
            let page = issues.list(pb::ListIssuesRequest { page_token, ..self.message() }).await;
            answered.ids.extend(page.issues.into_iter().map(|issue| issue.issue_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                answered.more = false;
                break;
            }
        }
        answered
    }

    fn message(&self) -> pb::ListIssuesRequest {
        let message = pb::ListIssuesRequest {
            filter: self.filter(),
            query: self.query(),
            order_by: self.order_by().to_owned(),
            page_size: self.page_size,
            ..Default::default()
        };
        match &self.place {
            Where::Anywhere => message,
            Where::Box { south, west, north, east } => {
                let edges =
                    pb::GeoBox { south: Some(*south), west: Some(*west), north: Some(*north), east: Some(*east) };
                pb::ListIssuesRequest { r#box: Some(edges), ..message }
            }
            Where::Near { latitude, longitude, metres } => {
                let center = Some(LatLng { latitude: *latitude, longitude: *longitude });
                let near = Some(pb::GeoCircle { center, radius_meters: *metres });
                pb::ListIssuesRequest { near, ..message }
            }
            Where::Area(polygons) => {
                let area = match polygons.as_slice() {
                    [one] => json!({"type": "Polygon", "coordinates": one}),
                    several => json!({"type": "MultiPolygon", "coordinates": several}),
                };
                pb::ListIssuesRequest { area_geojson: area.to_string(), ..message }
            }
        }
    }

    async fn count(&self, issues: &mut Issues, groupings: &Groupings) -> BTreeMap<Common, i64> {
        let pb::ListIssuesRequest { filter, r#box, near, area_geojson, query, .. } = self.message();
        let group_by = groupings.by.iter().map(|grouping| *grouping as i32).collect();
        let grid_level = groupings.level;
        let message = pb::AggregateIssuesRequest {
            filter,
            r#box,
            near,
            area_geojson,
            query,
            group_by,
            grid_level,
            ..Default::default()
        };
        let told = issues.count(message).await;
        let total: i64 = told.counts.iter().map(|count| count.count).sum();
        assert_eq!(told.total_count, Some(total), "a manager is told all: {self:?}");
        let common = |count: pb::IssueCount| {
            let corner = count
                .square
                .map(|square| groupings.step(square.south.unwrap_or_default(), square.west.unwrap_or_default()));
            ((count.state, count.category_code, count.provider_id, count.severity, corner), count.count)
        };
        let counts: BTreeMap<Common, i64> = told.counts.into_iter().map(common).collect();
        assert_eq!(counts.values().sum::<i64>(), total, "nothing is counted under two names: {self:?}");
        counts
    }

    /// Found by looking at each issue.
    fn counts(&self, all: &[pb::Issue], groupings: &Groupings) -> BTreeMap<Common, i64> {
        let mut counts = BTreeMap::new();
        for issue in all.iter().filter(|issue| self.is_about(issue)) {
            if let Some(common) = groupings.common(issue) {
                *counts.entry(common).or_default() += 1;
            }
        }
        counts
    }

    fn filter(&self) -> String {
        match &self.what {
            What::Anything => String::new(),
            What::Category(code) => format!("category_code = \"{code}\""),
            What::State(state) => {
                format!("state = \"{}\"", state.as_str_name().trim_start_matches("ISSUE_STATE_").to_lowercase())
            }
            What::Open(open) => format!("open = {open}"),
            What::ReportedBefore(time) => format!("report_time < \"{time}\""),
            What::BreachedOf(code) => format!("breached = true AND category_code = \"{code}\""),
        }
    }

    fn query(&self) -> String {
        let typed = |term: &Term| {
            let mark = if term.unwanted { "-" } else { "" };
            if term.text.contains(' ') { format!("{mark}\"{}\"", term.text) } else { format!("{mark}{}", term.text) }
        };
        self.words.iter().map(typed).collect::<Vec<_>>().join(" ")
    }

    fn order_by(&self) -> &'static str {
        match self.order {
            Order::TakenIn => "",
            Order::Reported => "report_time desc",
            Order::Due => "due_time",
            Order::Distance => "distance",
        }
    }

    /// The ids of the issues that it is about, in its order, found by looking at each.
    fn answer(&self, all: &[pb::Issue]) -> Vec<String> {
        let is_listed = |issue: &&pb::Issue| self.order != Order::Due || due_time(issue).is_some();
        let mut found: Vec<&pb::Issue> = all.iter().filter(is_listed).filter(|issue| self.is_about(issue)).collect();
        found.sort_by(|one, other| self.compare(one, other));
        found.into_iter().map(|issue| issue.issue_id.clone()).collect()
    }

    fn is_about(&self, issue: &pb::Issue) -> bool {
        let breached = issue.clock.as_ref().is_some_and(|clock| clock.breached);
        let is_it = match &self.what {
            What::Anything => true,
            What::Category(code) => issue.category_code == *code,
            What::State(state) => issue.state() == *state,
            What::Open(open) => ENDED.contains(&issue.state()) != *open,
            What::ReportedBefore(time) => seconds(issue.report_time.as_ref()) < seconds(Some(time)),
            What::BreachedOf(code) => breached && issue.category_code == *code,
        };
        is_it && self.place.holds(issue) && self.words.iter().all(|term| term.is_in(issue) != term.unwanted)
    }

    fn compare(&self, one: &pb::Issue, other: &pb::Issue) -> Ordering {
        let (first, second) = (&one.issue_id, &other.issue_id);
        match self.order {
            Order::TakenIn => second.cmp(first),
            Order::Reported => {
                let times = seconds(other.report_time.as_ref()).cmp(&seconds(one.report_time.as_ref()));
                times.then_with(|| second.cmp(first))
            }
            Order::Due => seconds(due_time(one)).cmp(&seconds(due_time(other))).then_with(|| first.cmp(second)),
            Order::Distance => {
                let nearer = self.place.squared_distance(one).total_cmp(&self.place.squared_distance(other));
                nearer.then_with(|| first.cmp(second))
            }
        }
    }
}

/// What to count by.
#[derive(Debug)]
struct Groupings {
    by: Vec<pb::IssueGrouping>,
    level: i32,
}

fn some_groupings(chance: &mut StdRng) -> Groupings {
    use pb::IssueGrouping::{Category, Provider, Severity, Square, State};
    let count = chance.random_range(0..=2);
    let by = [State, Category, Provider, Severity, Square].choose_multiple(chance, count).copied().collect();
    Groupings { by, level: chance.random_range(0..=14) }
}

impl Groupings {
    /// None for what is in no square where squares are counted by.
    fn common(&self, issue: &pb::Issue) -> Option<Common> {
        let mut common: Common = (0, String::new(), String::new(), 0, None);
        for grouping in &self.by {
            match grouping {
                pb::IssueGrouping::Unspecified => {}
                pb::IssueGrouping::State => common.0 = issue.state,
                pb::IssueGrouping::Category => common.1.clone_from(&issue.category_code),
                pb::IssueGrouping::Provider => common.2.clone_from(&issue.provider_id),
                pb::IssueGrouping::Severity => common.3 = issue.severity,
                pb::IssueGrouping::Square => {
                    let (latitude, longitude) = point_of(issue)?;
                    common.4 = Some(self.step(latitude, longitude));
                }
            }
        }
        Some(common)
    }

    /// How many steps of the grid a place lies north of the south pole and east of the 180th meridian.
    #[expect(clippy::cast_possible_truncation, reason = "a grid has far fewer steps")]
    fn step(&self, latitude: f64, longitude: f64) -> [i64; 2] {
        let steps = f64::from(1 << self.level);
        // A square's own corner must not fall into its neighbour for a last digit.
        [(latitude + 90.0) / 180.0, (longitude + 180.0) / 360.0].map(|part| (part * steps + 1e-9).floor() as i64)
    }
}

impl Term {
    /// Whether one of the issue's texts holds its words behind one another.
    fn is_in(&self, issue: &pb::Issue) -> bool {
        let wanted = stems(&self.text);
        texts_of(issue).iter().any(|text| stems(text).windows(wanted.len()).any(|words| words == wanted))
    }
}

fn texts_of(issue: &pb::Issue) -> [String; 5] {
    let place = issue.location.clone().unwrap_or_default();
    let issue = issue.clone();
    [issue.title, issue.description, issue.category_name, place.address, place.location_text]
}

/// The words of a text of plain letters, without their endings.
fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| stemmer.stem(&word.to_ascii_lowercase()).into_owned()).collect()
}

/// A word or a phrase of an issue, at times with another, and at times without those that have a third.
fn some_words(chance: &mut StdRng, all: &[pb::Issue]) -> Vec<Term> {
    let one = texts_of(all.choose(chance).expect("there are issues"));
    let mut terms = vec![Term { text: some_phrase(chance, &one), unwanted: false }];
    if chance.random() {
        terms.push(Term { text: some_phrase(chance, &one), unwanted: false });
    }
    if chance.random() {
        let other = texts_of(all.choose(chance).expect("there are issues"));
        terms.push(Term { text: some_phrase(chance, &other), unwanted: true });
    }
    terms
}

/// One to three words that stand behind one another in a text.
fn some_phrase(chance: &mut StdRng, texts: &[String; 5]) -> String {
    let is_word = |letter: char| !letter.is_ascii_alphanumeric();
    let texts: Vec<Vec<&str>> =
        texts.iter().map(|text| text.split(is_word).filter(|word| !word.is_empty()).collect()).collect();
    let texts: Vec<&Vec<&str>> = texts.iter().filter(|words| !words.is_empty()).collect();
    let words = texts.choose(chance).expect("an issue has a text");
    let start = chance.random_range(0..words.len());
    let end = (start + chance.random_range(1..=3)).min(words.len());
    words[start..end].join(" ")
}

fn due_time(issue: &pb::Issue) -> Option<&Timestamp> {
    issue.clock.as_ref()?.due_time.as_ref()
}

fn seconds(time: Option<&Timestamp>) -> (i64, i32) {
    time.map_or((0, 0), |time| (time.seconds, time.nanos))
}

fn point_of(issue: &pb::Issue) -> Option<(f64, f64)> {
    let point = issue.location.as_ref()?.point.as_ref()?;
    Some((point.latitude, point.longitude))
}

impl Where {
    fn holds(&self, issue: &pb::Issue) -> bool {
        if matches!(self, Self::Anywhere) {
            return true;
        }
        let Some((latitude, longitude)) = point_of(issue) else { return false };
        match self {
            Self::Anywhere => true,
            Self::Box { south, west, north, east } => {
                (*south..=*north).contains(&latitude) && (*west..=*east).contains(&longitude)
            }
            Self::Near { metres, .. } => self.squared_distance(issue) <= metres * metres,
            Self::Area(polygons) => polygons.iter().any(|rings| {
                let (outer, holes) = rings.split_first().expect("a polygon has a ring");
                is_inside(outer, latitude, longitude) && !holes.iter().any(|hole| is_inside(hole, latitude, longitude))
            }),
        }
    }

    /// In the plane whose scale is that of the centre's parallel.
    fn squared_distance(&self, issue: &pb::Issue) -> f64 {
        let Self::Near { latitude, longitude, .. } = self else { return 0.0 };
        let Some((y, x)) = point_of(issue) else { return f64::INFINITY };
        let north = (y - latitude) * METRES_PER_DEGREE;
        // Points that are equally far must not differ here by how they are reckoned.
        let east = (x - longitude) * (METRES_PER_DEGREE * latitude.to_radians().cos());
        north * north + east * east
    }
}

/// Whether a ring winds around a point: its edges to the east of the point go up as often as down, or not.
fn is_inside(ring: &Ring, latitude: f64, longitude: f64) -> bool {
    let mut winding = 0;
    for pair in ring.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let side = (x2 - x1) * (latitude - y1) - (longitude - x1) * (y2 - y1);
        if y1 <= latitude && y2 > latitude && side > 0.0 {
            winding += 1;
        } else if y1 > latitude && y2 <= latitude && side < 0.0 {
            winding -= 1;
        }
    }
    winding != 0
}

/// A point at or near an issue.
fn some_point(chance: &mut StdRng, all: &[pb::Issue]) -> (f64, f64) {
    let near = std::iter::repeat_with(|| all.choose(chance).and_then(point_of)).flatten().next();
    let (latitude, longitude) = near.expect("an issue has a point");
    if chance.random() {
        (latitude, longitude)
    } else {
        (latitude + chance.random_range(-0.01..0.01), longitude + chance.random_range(-0.01..0.01))
    }
}

/// From some metres to some kilometres, small ones as often as great ones, in degrees of latitude.
fn some_size(chance: &mut StdRng) -> f64 {
    chance.random_range(1.3_f64..4.0).exp2().powi(3) / METRES_PER_DEGREE
}

/// Often with issues on its edges: at the corners stand issues.
fn some_box(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let (one, other) = (some_point(chance, all), some_point(chance, all));
    Where::Box {
        south: one.0.min(other.0),
        west: one.1.min(other.1),
        north: one.0.max(other.0),
        east: one.1.max(other.1),
    }
}

fn some_circle(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let (latitude, longitude) = some_point(chance, all);
    Where::Near { latitude, longitude, metres: some_size(chance) * METRES_PER_DEGREE }
}

/// One or two stars around issues, some with a hole.
fn some_area(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let count = chance.random_range(1..=2);
    let polygons = (0..count).map(|_| {
        let (center, size) = (some_point(chance, all), some_size(chance));
        let outer = star(chance, center, size, 0.3..1.0);
        let hole = chance.random::<bool>().then(|| star(chance, center, size * 0.3, 0.5..0.9));
        std::iter::once(outer).chain(hole).collect()
    });
    Where::Area(polygons.collect())
}

fn star(chance: &mut StdRng, (latitude, longitude): (f64, f64), size: f64, reach: std::ops::Range<f64>) -> Ring {
    let corners = chance.random_range(3..12);
    let mut ring: Ring = (0..corners)
        .map(|corner| {
            let angle = f64::from(corner) / f64::from(corners) * std::f64::consts::TAU;
            let length = size * chance.random_range(reach.clone());
            (longitude + length * angle.cos(), latitude + length * angle.sin())
        })
        .collect();
    ring.push(ring[0]);
    ring
}
