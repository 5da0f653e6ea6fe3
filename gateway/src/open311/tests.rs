//! Open311 over HTTP, in front of services that know one or two partnerships and some issues.

use std::sync::{Arc, Mutex};

use futures::future::FutureExt;
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::identity::v1::Token;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;
use prost_reflect::DynamicMessage;
use prost_types::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::testing::{self, Answers, Fixture, refusal};

mod held;
mod questions;
mod updates;

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
/// What a report that is held back is answered with, and another that was let go.
const TOKEN: &str = "k3xYh0w6vD1bq8Zt_2Jm-c";
const LET_GO: &str = "let-go";
const NASTY: &str = "Paint <b>&\"'</b> ]]> \u{1}\u{7f} über";

/// What the services were asked.
#[derive(Default)]
struct Heard {
    reports: Vec<pb::ReportIssueRequest>,
    filters: Vec<String>,
    windows: Vec<pb::ListIssueUpdatesRequest>,
    pushes: Vec<pb::PushIssueUpdateRequest>,
}

fn issue(number: usize) -> pb::Issue {
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    pb::Issue {
        issue_id: if number == 0 { ID.to_owned() } else { format!("0190163d-8694-739b-aea5-{number:012}") },
        category_code: "graffiti-removal".to_owned(),
        category_name: "Graffiti removal".to_owned(),
        description: if number == 0 { NASTY.to_owned() } else { format!("Issue {number}") },
        state: if number == 0 { pb::IssueState::Resolved } else { pb::IssueState::OnHold }.into(),
        provider_name: "Street Cleansing".to_owned(),
        standard_text: "Removed within 1 working day".to_owned(),
        location: Some(pb::Location {
            point: Some(LatLng::at(51.5, -0.125)),
            address: "1 High Street".to_owned(),
            ..Default::default()
        }),
        clock: Some(pb::IssueClock { due_time: at(1_777_593_599), ..Default::default() }),
        report_time: at(1_777_500_000),
        resolution: (number == 0).then(|| pb::Resolution { reason: "Scrubbed off".to_owned(), ..Default::default() }),
        ..Default::default()
    }
}

fn list_issues(request: &pb::ListIssuesRequest) -> pb::ListIssuesResponse {
    let from: usize = request.page_token.parse().unwrap_or_default();
    let to = from + request.page_size as usize;
    let total = if request.filter.contains("reference") { 1 } else { 450 };
    let next_page_token = if to < total { to.to_string() } else { String::new() };
    pb::ListIssuesResponse { issues: (from..to.min(total)).map(issue).collect(), next_page_token }
}

fn partnerships(count: usize, filter: &str) -> boards::ListPartnershipsResponse {
    let known = ["brook-wharf", "hill-end"].into_iter().take(count);
    let named = known.filter(|slug| !filter.starts_with("slug") || filter.contains(slug));
    let partnership =
        |slug: &str| boards::Partnership { partnership_id: ID.to_owned(), slug: slug.to_owned(), ..Default::default() };
    boards::ListPartnershipsResponse { partnerships: named.map(partnership).collect(), next_page_token: String::new() }
}

/// North of 52° lies one partnership, south of 51° two meet, and between them is none.
fn located(request: &pb::LocatePartnershipsRequest) -> pb::LocatePartnershipsResponse {
    let latitude = request.point.map_or(0.0, |point| point.latitude());
    let slugs: &[&str] = match latitude {
        52.0.. => &["brook-wharf"],
        ..51.0 => &["brook-wharf", "hill-end"],
        _ => &[],
    };
    let located = |slug: &&str| pb::LocatedPartnership {
        partnership_id: ID.to_owned(),
        slug: (*slug).to_owned(),
        ..Default::default()
    };
    pb::LocatePartnershipsResponse { partnerships: slugs.iter().map(located).collect(), ..Default::default() }
}

fn report(request: &pb::ReportIssueRequest) -> Result<pb::ReportIssueResponse, Status> {
    match request.category_code.as_str() {
        "unknown" => Err(refusal(Code::NotFound, "NOT_FOUND", &[])),
        "refused" => {
            let fields = ["reporter.email", "location.point.latitude", "media_urls[1]"];
            Err(refusal(Code::InvalidArgument, "INVALID_REQUEST", &fields))
        }
        "held" => Ok(pb::ReportIssueResponse {
            issue: Some(issue(0)),
            report_token: TOKEN.to_owned(),
            advice: "If someone is in danger now, call 999.".to_owned(),
            ..Default::default()
        }),
        _ => Ok(pb::ReportIssueResponse {
            issue: Some(issue(0)),
            follow_token: "secret".to_owned(),
            ..Default::default()
        }),
    }
}

fn redeemed(request: pb::GetReportTokenRequest) -> Result<pb::ReportToken, Status> {
    let pb::GetReportTokenRequest { partnership_id, report_token } = request;
    let issue_id = match report_token.as_str() {
        TOKEN => String::new(),
        LET_GO => ID.to_owned(),
        _ => return Err(refusal(Code::NotFound, "NOT_FOUND", &[])),
    };
    Ok(pb::ReportToken { partnership_id, report_token, issue_id })
}

fn services(count: usize, heard: Arc<Mutex<Heard>>) -> Answers {
    Arc::new(move |rpc, request| {
        let message = request.into_inner();
        let mut answer = DynamicMessage::new(rpc.output());
        let mut heard = heard.lock().unwrap();
        let outcome = match rpc.name() {
            "ListPartnerships" => {
                let request: boards::ListPartnershipsRequest = message.transcode_to().unwrap();
                answer
                    .transcode_from(&partnerships(count, &request.filter))
                    .map_err(|error| Status::internal(error.to_string()))
            }
            "ListCategories" => {
                let category = pb::Category {
                    code: "graffiti-removal".to_owned(),
                    name: "Graffiti".to_owned(),
                    keywords: vec!["tag".into(), "paint".into()],
                    ..Default::default()
                };
                let answered =
                    pb::ListCategoriesResponse { categories: vec![category], next_page_token: String::new() };
                answer.transcode_from(&answered).map_err(|error| Status::internal(error.to_string()))
            }
            "ListIssues" => {
                let request: pb::ListIssuesRequest = message.transcode_to().unwrap();
                heard.filters.push(request.filter.clone());
                answer.transcode_from(&list_issues(&request)).map_err(|error| Status::internal(error.to_string()))
            }
            "GetIssue" => match message.get_field_by_name("issue_id").unwrap().as_str() {
                Some(ID) => answer.transcode_from(&issue(0)).map_err(|error| Status::internal(error.to_string())),
                _ => Err(refusal(Code::NotFound, "NOT_FOUND", &[])),
            },
            "LocatePartnerships" => {
                let request: pb::LocatePartnershipsRequest = message.transcode_to().unwrap();
                answer.transcode_from(&located(&request)).map_err(|error| Status::internal(error.to_string()))
            }
            "IssueServiceToken" | "ExchangeApiKey" => {
                let token = Token { access_token: "token".to_owned(), ..Default::default() };
                answer.transcode_from(&token).map_err(|error| Status::internal(error.to_string()))
            }
            "ReportIssue" => {
                let request: pb::ReportIssueRequest = message.transcode_to().unwrap();
                heard.reports.push(request.clone());
                report(&request).map(|reported| answer.transcode_from(&reported).unwrap())
            }
            "GetReportToken" => {
                let request: pb::GetReportTokenRequest = message.transcode_to().unwrap();
                redeemed(request).map(|token| answer.transcode_from(&token).unwrap())
            }
            "ListIssueUpdates" => {
                let request: pb::ListIssueUpdatesRequest = message.transcode_to().unwrap();
                let page = updates::page(&request);
                heard.windows.push(request);
                answer.transcode_from(&page).map_err(|error| Status::internal(error.to_string()))
            }
            "PushIssueUpdate" => {
                let request: pb::PushIssueUpdateRequest = message.transcode_to().unwrap();
                heard.pushes.push(request.clone());
                updates::push(&request).map(|pushed| answer.transcode_from(&pushed).unwrap())
            }
            other => panic!("{other} is not expected"),
        };
        async move { outcome.map(|()| answer) }.boxed()
    })
}

struct Open311 {
    fixture: Fixture,
    heard: Arc<Mutex<Heard>>,
}

async fn start(partnerships: usize) -> Open311 {
    let heard = Arc::<Mutex<Heard>>::default();
    let shutdown = CancellationToken::new();
    let (listener, address) = testing::listen().await;
    let pool = pathfinder_proto::pool();
    tokio::spawn(testing::serve_double(
        listener,
        pool.clone(),
        services(partnerships, Arc::clone(&heard)),
        shutdown.clone(),
    ));
    Open311 { fixture: Fixture::serve(testing::config(address), pool, shutdown).await, heard }
}

impl Open311 {
    fn get(&self, path: &str) -> RequestBuilder {
        Client::new().get(self.fixture.url(&format!("/open311/v2/{path}")))
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        Client::new().post(self.fixture.url(&format!("/open311/v2/{path}"))).form(form)
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        json_of(self.get(path)).await
    }
}

async fn json_of(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    assert!(response.headers().contains_key("traceparent"));
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

fn descriptions(problems: &Value) -> Vec<&str> {
    problems.as_array().unwrap().iter().map(|one| one["description"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn services_are_the_categories_in_either_form() {
    let open311 = start(1).await;
    let expected = json!([{"service_code": "graffiti-removal", "service_name": "Graffiti", "description": null, "metadata": false,
        "type": "realtime", "keywords": "tag,paint", "group": null}]);
    assert_eq!(open311.json("services.json?jurisdiction_id=brook-wharf").await, (200, expected.clone()));
    assert_eq!(open311.json("services").await, (200, expected));
    let xml = open311.get("services.xml").send().await.unwrap();
    assert_eq!(xml.headers()["content-type"], "text/xml; charset=utf-8");
    let xml = xml.text().await.unwrap();
    assert!(
        xml.starts_with(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service><service_code>graffiti-removal</service_code>"
        ),
        "{xml}"
    );
    let accepted =
        open311.get("services").header("accept", "application/xml").send().await.unwrap().text().await.unwrap();
    assert_eq!(accepted, xml);
    let text = open311.get("services.json").send().await.unwrap().text().await.unwrap();
    assert!(
        text.starts_with(r#"[{"service_code":"graffiti-removal","service_name":"Graffiti","description":null"#),
        "{text}"
    );
}

#[tokio::test]
async fn a_request_shows_clock_standard_and_provider_and_survives_hostile_text() {
    let open311 = start(1).await;
    let (status, found) = open311.json(&format!("requests/{ID}.json")).await;
    let request = &found[0];
    assert_eq!((status, &request["service_request_id"], &request["status"]), (200, &json!(ID), &json!("closed")));
    assert_eq!((&request["description"], &request["status_notes"]), (&json!(NASTY), &json!("Scrubbed off")));
    assert_eq!(
        (&request["expected_datetime"], &request["agency_responsible"]),
        (&json!("2026-04-30T23:59:59Z"), &json!("Street Cleansing"))
    );
    assert_eq!(
        (&request["service_notice"], &request["lat"], &request["media_url"]),
        (&json!("Removed within 1 working day"), &json!(51.5), &Value::Null)
    );

    let xml = open311.get(&format!("requests/{ID}.xml")).send().await.unwrap().text().await.unwrap();
    assert!(xml.contains("Paint &lt;b&gt;&amp;&quot;&apos;&lt;/b&gt; ]]&gt; \u{FFFD}\u{7f} über"), "{xml}");
    let mut reader = quick_xml::Reader::from_str(&xml);
    while !matches!(reader.read_event().expect("well-formed XML"), quick_xml::events::Event::Eof) {}

    assert_eq!(
        open311.json("requests/BWS-ISS-2026-00042.json").await.0,
        200,
        "the reference that people quote does as well"
    );
    for unknown in
        ["requests/0190163d-8694-739b-aea5-000000000000.json", "requests/x%22%20OR%20open%3Dtrue.json", "requests/%ff"]
    {
        assert_eq!(open311.json(unknown).await.0, 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_report_reaches_issues_as_the_contract_has_it() {
    let open311 = start(1).await;
    let form = [
        ("jurisdiction_id", "brook-wharf"),
        ("service_code", "graffiti-removal"),
        ("lat", "51.5"),
        ("long", "-0.125"),
        ("description", NASTY),
        ("email", "a@example.org"),
        ("first_name", "Ada"),
        ("last_name", "L"),
        ("api_key", "x"),
        ("attribute[WHEN][]", "a"),
        ("attribute[WHEN][]", "b"),
    ];
    let (status, receipt) = json_of(open311.post("requests.json", &form).header("idempotency-key", ID)).await;
    assert_eq!(status, 200);
    assert_eq!(
        receipt,
        json!([{"service_request_id": ID, "service_notice": "Removed within 1 working day", "account_id": null, "follow_token": "secret"}])
    );
    let mut told = form.to_vec();
    told.extend([("phone", "020.7946/0000 ext. 5"), ("address_id", "#NOTPINPOINTED#")]);
    assert_eq!(json_of(open311.post("requests.json", &told)).await.0, 200);
    {
        let odd = open311.heard.lock().unwrap().reports.remove(1);
        let (phone, uprn) = (odd.reporter.unwrap().phone, odd.location.unwrap().uprn);
        assert_eq!((phone.as_str(), uprn.as_str()), ("020 7946 0000", ""), "what cannot be kept is left out");
    }
    let report = open311.heard.lock().unwrap().reports.remove(0);
    let reporter = report.reporter.clone().unwrap();
    assert_eq!((reporter.name.as_str(), reporter.email.as_str()), ("Ada L", "a@example.org"));
    assert_eq!(
        (report.partnership_id.as_str(), report.request_id.as_str(), report.description.as_str()),
        (ID, ID, NASTY)
    );
    assert_eq!(
        (report.source(), report.location.unwrap().point.unwrap().longitude()),
        (pb::IssueSource::Open311, -0.125)
    );

    let xml = open311.post("requests.xml", &form[..5]).send().await.unwrap().text().await.unwrap();
    assert!(
        xml.contains(&format!("<service_requests><request><service_request_id>{ID}</service_request_id>")),
        "{xml}"
    );
}

#[tokio::test]
async fn every_problem_of_a_report_is_named_at_once() {
    let open311 = start(2).await;
    let (status, problems) = json_of(open311.post("requests.json", &[("lat", "north"), ("description", " ")])).await;
    assert_eq!(status, 400);
    let expected = [
        "service_code is needed.",
        "lat must be a number, not \"north\".",
        "lat and long must be given together.",
        "jurisdiction_id is needed, because there are several partnerships: give a partnership's slug.",
    ];
    assert_eq!(descriptions(&problems), expected);

    let form = |code: &'static str| {
        [("jurisdiction_id", "hill-end"), ("service_code", code), ("address_string", "here"), ("description", "d")]
    };
    let (status, problems) = json_of(open311.post("requests.json", &form("refused"))).await;
    assert_eq!((status, descriptions(&problems)), (400, vec!["email is wrong", "lat is wrong", "media_url is wrong"]));
    let (status, problems) = json_of(open311.post("requests.json", &form("unknown"))).await;
    assert_eq!((status, &problems[0]["code"]), (404, &json!(404)));
    let xml = open311.post("requests.xml", &[("jurisdiction_id", "nowhere")]).send().await.unwrap();
    assert_eq!(xml.status(), 404);
    let xml = xml.text().await.unwrap();
    assert!(
        xml.contains("<errors><error><code>400</code><description>service_code is needed.</description></error>"),
        "{xml}"
    );
    assert!(
        xml.contains("<code>404</code><description>jurisdiction_id &quot;nowhere&quot; is not known.</description>"),
        "{xml}"
    );
}

#[tokio::test]
async fn a_report_without_a_jurisdiction_goes_where_it_lies() {
    let open311 = start(2).await;
    let report = async |latitude: &str| {
        let form = [("service_code", "graffiti-removal"), ("description", "d"), ("lat", latitude), ("long", "-0.1")];
        json_of(open311.post("requests.json", &form)).await
    };
    let (status, receipt) = report("53.5").await;
    assert_eq!((status, &receipt[0]["service_request_id"]), (200, &json!(ID)));
    assert_eq!(open311.heard.lock().unwrap().reports.remove(0).partnership_id, ID);

    let (status, problems) = report("51.5").await;
    let nobody = "lat and long are outside every partnership here; the council of the place is the one to tell.";
    assert_eq!((status, descriptions(&problems)), (400, vec![nobody]));
    let (status, problems) = report("50.5").await;
    let several = "jurisdiction_id is needed, because several partnerships cover the place at lat and long: brook-wharf, hill-end.";
    assert_eq!((status, descriptions(&problems)), (400, vec![several]));
    let (status, problems) = json_of(
        open311.post("requests.json", &[("service_code", "x"), ("description", "d"), ("address_string", "here")]),
    )
    .await;
    assert_eq!(status, 400);
    assert!(descriptions(&problems)[0].starts_with("jurisdiction_id is needed"), "{problems}");
    assert!(open311.heard.lock().unwrap().reports.is_empty(), "none of these reached issues");
}

#[tokio::test]
async fn a_search_is_a_filter_and_its_pages_are_cut_from_those_of_the_contract() {
    let open311 = start(1).await;
    let (status, all) = open311.json("requests.json").await;
    assert_eq!((status, all.as_array().unwrap().len()), (200, 450));
    let (_, page) = open311.json("requests.json?page=3&page_size=199&status=open&service_code=graffiti-removal&start_date=2026-04-01T00:00:00%2B01:00").await;
    let rows = page.as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["description"]), (52, &json!("Issue 398")));
    {
        let heard = open311.heard.lock().unwrap();
        assert_eq!(heard.filters[0], "report_time >= \"2026-01-31T12:00:00Z\"");
        let last = "report_time >= \"2026-03-31T23:00:00Z\" AND report_time < \"2026-06-29T23:00:01Z\" AND open = true \
            AND (category_code = \"graffiti-removal\")";
        assert_eq!(heard.filters.last().unwrap(), last);
    }
    let (status, listed) = open311
        .json(&format!("requests.json?service_request_id={ID},0190163d-8694-739b-aea5-000000000000&status=nonsense"))
        .await;
    assert_eq!((status, listed.as_array().map(Vec::len)), (200, Some(1)), "ids override all else: {listed}");
}

#[tokio::test]
async fn a_wrong_search_names_everything_and_asks_nobody() {
    let open311 = start(1).await;
    let query = "requests.json?start_date=yesterday&end_date=2026-05-01T00:00:00Z&status=open,lost&page=0&page_size=5000&page=1";
    let (status, problems) = open311.json(query).await;
    assert_eq!((status, descriptions(&problems)), (400, vec!["page is given more than once."]));
    let (_, problems) = open311.json(&query.replace("&page=1", "")).await;
    let expected = [
        "start_date must be a time such as 2026-05-01T09:30:00Z, not \"yesterday\".",
        "status must be open or closed, not \"lost\".",
        "page_size must be a whole number from 1 to 1000, not \"5000\".",
        "page must be a whole number from 1 to 5000, not \"0\".",
    ];
    assert_eq!(descriptions(&problems), expected);
    let wide = "requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-05-01T00:00:00Z";
    assert_eq!(descriptions(&open311.json(wide).await.1), ["start_date and end_date must be at most 90 days apart."]);
    assert_eq!(open311.json("requests.json?page=6&page_size=1000").await.0, 400);
    assert_eq!(open311.json("requests.json?service_code=x%22)%20OR%20(open%3Dtrue").await.0, 404);
    assert!(open311.heard.lock().unwrap().filters.is_empty());
}

#[tokio::test]
async fn other_addresses_methods_and_bodies_are_refused_in_the_form_asked_for() {
    let open311 = start(1).await;
    assert_eq!(open311.json("nothing.json").await.0, 404);
    for bare in ["/open311", "/open311/v2", "/open311/v2/"] {
        let (status, problems) = json_of(Client::new().get(open311.fixture.url(bare))).await;
        assert_eq!((status, &problems[0]["code"]), (404, &json!(404)), "{bare}: {problems}");
    }
    let wrong = open311.post("services.xml", &[]).send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), &wrong.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
    assert!(wrong.text().await.unwrap().contains("<errors><error><code>405</code>"));
    let url = open311.fixture.url("/open311/v2/requests.json");
    let json = Client::new().post(&url).header("content-type", "application/json").body("{}");
    assert_eq!(json_of(json).await.0, 415);
    let long = Client::new().post(&url).header("content-type", crate::form::MEDIA_TYPE).body(vec![b'a'; 2 << 20]);
    assert_eq!(json_of(long).await.0, 413);
    let broken =
        Client::new().post(&url).header("content-type", crate::form::MEDIA_TYPE).body("description=%ff&lat=%zz");
    let (status, problems) = json_of(broken).await;
    assert_eq!((status, descriptions(&problems)), (400, vec!["description must be valid UTF-8."]));
}
