//! Whose a place is, by every door; and that nobody learns from a public answer where exactly somebody's home is.

use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::{CATEGORY, LATITUDE, LONGITUDE, Neighbourhood};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use serde_json::{Value, json};

const LOCATE: &str = "LocationService/LocatePartnerships";
const REPORT: &str = "IssueService/ReportIssue";
/// Far from every neighbourhood of these tests.
const NOWHERE: f64 = 52.5;
/// A home, and what of it no public answer may hold: digits of its point, its address and its number.
const HOME: (f64, f64) = (51.504_321_7, -0.108_765_4);
const TRACES: [&str; 5] = ["51.50432", "0.108765", "Zebra", "100023456789", "third floor"];

fn at(latitude: f64, longitude: f64) -> Value {
    json!({"latitude": latitude, "longitude": longitude})
}

/// Two neighbourhoods, the second a tenth of a degree to the north, once issues has heard of both boundaries.
async fn scene(way: Way) -> (World<Town>, [Neighbourhood; 2]) {
    let world = Town::world(way).await;
    let south = Neighbourhood::found(&world, "south-quay", "SQ").await;
    let north = Neighbourhood::found_around(&world, "north-quay", "NQ", (LATITUDE + 0.1, LONGITUDE)).await;
    for (hood, latitude) in [(&south, LATITUDE), (&north, LATITUDE + 0.1)] {
        let asked = json!({"point": at(latitude, LONGITUDE)});
        let here = |told: &Value| (told["partnerships"][0]["partnershipId"] == hood.partnership_id).then_some(());
        world.until("the boundary at issues", PUBLIC, LOCATE, asked, here).await;
    }
    (world, [south, north])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_has_its_partnership_or_none() {
    for way in [Way::Http, Way::Grpc] {
        let (world, [south, _]) = scene(way).await;
        let told = world.must(PUBLIC, LOCATE, json!({"point": at(LATITUDE, LONGITUDE)})).await;
        let here =
            json!({"partnershipId": south.partnership_id, "name": "Partnership south-quay", "slug": "south-quay"});
        assert_eq!(told["partnerships"], json!([here]));
        assert_eq!(text(&told, "advice"), "");
        let told = world.must(PUBLIC, LOCATE, json!({"point": at(NOWHERE, LONGITUDE)})).await;
        assert!(told["partnerships"].as_array().is_none_or(Vec::is_empty), "{told}");
        assert!(text(&told, "advice").contains("council") && !told.to_string().contains("quay"), "{told}");
        let refusal = world.refused(PUBLIC, LOCATE, json!({"point": at(91.0, LONGITUDE)}), "INVALID_REQUEST").await;
        assert_eq!(refusal.violations.len(), 1, "{refusal:?}");
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_from_elsewhere_is_told_whose_it_is() {
    let (world, [south, _]) = scene(Way::Http).await;
    let report = |latitude: f64| {
        let mut report = south.report("Mattresses");
        report["location"] = json!({"point": at(latitude, LONGITUDE)});
        report
    };
    let refusal = world.refused(PUBLIC, REPORT, report(LATITUDE + 0.1), "INVALID_REQUEST").await;
    assert!(refusal.message.contains("Partnership north-quay"), "{refusal:?}");
    let refusal = world.refused(PUBLIC, REPORT, report(NOWHERE), "INVALID_REQUEST").await;
    assert!(refusal.message.contains("the council is the one to tell"), "{refusal:?}");
    world.must(&south.system(), REPORT, report(NOWHERE)).await;
    world.must(PUBLIC, REPORT, report(LATITUDE)).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open311_finds_the_jurisdiction_by_the_place() {
    let (world, [_, north]) = scene(Way::Http).await;
    let http = Http::at(&world.house.gateway());
    let report = async |latitude: f64| {
        let form = [
            ("service_code", CATEGORY.to_owned()),
            ("description", "Mattresses".to_owned()),
            ("lat", latitude.to_string()),
            ("long", LONGITUDE.to_string()),
        ];
        let answer = http.request(Method::POST, "/open311/v2/requests.json").form(&form).send().await;
        let answer = answer.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let (status, receipt) = report(LATITUDE + 0.1).await;
    assert_eq!(status, 200, "{receipt}");
    let issue = north.with(json!({"issue_id": receipt[0]["service_request_id"]}));
    world.must(PUBLIC, "IssueService/GetIssue", issue).await;
    let (status, problems) = report(NOWHERE).await;
    let told = text(&problems[0], "description");
    assert_eq!(status, 400, "{problems}");
    assert!(told.starts_with("lat and long are outside") && !told.contains("quay"), "{told}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_public_answer_says_where_exactly_a_home_is() {
    let (world, [south, _]) = scene(Way::Http).await;
    let category = south.with(json!({"code": "damp", "name": "Damp", "domestic": true}));
    world.must(&south.manager(), "CategoryService/CreateCategory", category).await;
    let mut report = south.report("Black mould");
    report["category_code"] = json!("damp");
    report["location"] = json!({"point": at(HOME.0, HOME.1), "address": "9 Zebra Court", "uprn": "100023456789",
        "location_text": "third floor, on the left"});
    let reported = world.must(PUBLIC, REPORT, report).await;
    let (issue_id, follow_token) = (text(&reported["issue"], "issueId"), text(&reported, "followToken"));
    let is_exact = |issue: &Value| {
        assert!(text(&issue["location"], "address").contains("Zebra"), "{issue}");
        assert_eq!(issue["location"]["point"], at(HOME.0, HOME.1));
        assert_eq!(issue["location"]["blurred"], false, "{issue}");
    };
    is_exact(&reported["issue"]);
    let asked = south.with(json!({"issue_id": issue_id}));
    is_exact(&world.must(&south.manager(), "IssueService/GetIssue", asked.clone()).await);
    is_exact(&world.must(&south.system(), "IssueService/GetIssue", asked).await);
    let own = south.with(json!({"issue_id": issue_id, "follow_token": follow_token}));
    is_exact(&world.must(PUBLIC, "IssueService/GetIssue", own).await);
    let public = south.with(json!({"issue_id": issue_id}));
    let public = world.must(PUBLIC, "IssueService/GetIssue", public).await;
    assert_eq!(public["location"]["blurred"], true, "{public}");

    let http = Http::at(&world.house.gateway());
    let page = format!("/partnerships/{}/issues/{issue_id}", south.partnership_id);
    let page = http.request(Method::GET, &page).send().await.expect("an answer").text().await.expect("a text");
    assert!(page.contains(", to some 100 m"), "it is not told as if it were exact: {page}");
    let issues = format!("/v1/partnerships/{}/issues", south.partnership_id);
    let whole = "box.south=51.4&box.west=-0.3&box.north=51.6&box.east=0.1";
    let near = "near.center.latitude=51.504&near.center.longitude=-0.109&near.radius_meters=900";
    let reads = [
        format!("{issues}/{issue_id}"),
        format!("{issues}/{issue_id}/history"),
        format!("{issues}/{issue_id}/story"),
        issues.clone(),
        format!("{issues}?{whole}"),
        format!("{issues}?{near}&order_by=distance&page_size=1"),
        format!("{issues}?query=mould"),
        format!("{issues}:export"),
        format!("{issues}:export?alt=csv"),
        format!("{issues}:export?alt=geojson&{near}"),
        format!("/open311/v2/requests/{issue_id}.json?jurisdiction_id=south-quay"),
        format!("/open311/v2/requests/{issue_id}.xml?jurisdiction_id=south-quay"),
        "/open311/v2/requests.json?jurisdiction_id=south-quay".to_owned(),
    ];
    for path in reads {
        let answer = http.request(Method::GET, &path).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let told = answer.text().await.expect("a text");
        assert!(told.contains(&issue_id) || path.ends_with("history"), "{path} tells of the issue: {told}");
        let found = TRACES.iter().find(|trace| told.contains(**trace));
        assert_eq!(found, None, "{path} does not say where the home is: {told}");
    }
    for words in ["zebra", "%22third%20floor%22"] {
        let told = http.request(Method::GET, &format!("{issues}?query={words}")).send().await.expect("an answer");
        let told = told.text().await.expect("a text");
        assert!(!told.contains(&issue_id), "it is not found by the words of its address: {told}");
    }
    world.house.stop().await;
}
