//! `servicerequestupdates`, both ways.

use super::*;

const UPDATES: usize = 250;

/// Every issue has as many updates; some of them are told of each state.
pub(super) fn page(request: &pb::ListIssueUpdatesRequest) -> pb::ListIssueUpdatesResponse {
    let from: usize = request.page_token.parse().unwrap_or_default();
    let to = (from + request.page_size as usize).min(UPDATES);
    let next_page_token = if to < UPDATES { to.to_string() } else { String::new() };
    pb::ListIssueUpdatesResponse { issue_updates: (from..to).map(update).collect(), next_page_token }
}

fn update(number: usize) -> pb::IssueUpdate {
    let states = [pb::IssueState::Routed, pb::IssueState::OnHold, pb::IssueState::Resolved, pb::IssueState::Closed];
    let state = states[number % states.len()];
    pb::IssueUpdate {
        update_id: format!("0190163d-8694-739b-aea5-{number:012}"),
        issue_id: ID.to_owned(),
        reference: "BWS-ISS-2026-00042".to_owned(),
        from_state: pb::IssueState::Resolved.into(),
        state: state.into(),
        kind: "issue.some".to_owned(),
        description: if number == 0 { NASTY.to_owned() } else { format!("Update {number}") },
        update_time: Some(Timestamp { seconds: 1_777_500_000, nanos: 7_000_000 }),
    }
}

pub(super) fn push(request: &pb::PushIssueUpdateRequest) -> Result<pb::PushIssueUpdateResponse, Status> {
    match request.external_update_id.as_str() {
        "unknown" => Err(refusal(Code::NotFound, "NOT_FOUND", &[])),
        "late" => Err(refusal(Code::InvalidArgument, "INVALID_REQUEST", &["happened_time"])),
        _ => Ok(pb::PushIssueUpdateResponse {
            update_id: format!("here-{}", request.external_update_id),
            ..Default::default()
        }),
    }
}

const PUSHED: [(&str, &str); 6] = [
    ("api_key", "x"),
    ("update_id", "7"),
    ("service_request_id", ID),
    ("status", "Fixed"),
    ("updated_datetime", "2026-05-01T09:30:00+01:00"),
    ("description", NASTY),
];

/// The same form with other values; an empty one takes the field out.
fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = PUSHED.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

#[tokio::test]
async fn what_happened_is_read_in_either_form_with_the_words_of_the_extension() {
    let open311 = start(1).await;
    let (status, told) = open311.json("servicerequestupdates.json").await;
    let told = told.as_array().unwrap();
    assert_eq!((status, told.len()), (200, UPDATES));
    let expected = json!({"update_id": "0190163d-8694-739b-aea5-000000000000", "service_request_id": ID, "status": "OPEN",
        "updated_datetime": "2026-04-29T22:00:00Z", "description": NASTY, "media_url": null,
        "external_status_code": "routed", "customer_reference": "BWS-ISS-2026-00042"});
    assert_eq!(told[0], expected);
    let statuses: Vec<&str> = told[..4].iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["OPEN", "IN_PROGRESS", "FIXED", "FIXED"]);
    let xml = open311.get("servicerequestupdates.xml").send().await.unwrap().text().await.unwrap();
    let begin = "<?xml version=\"1.0\" encoding=\"utf-8\"?><service_request_updates><request_update>\
        <update_id>0190163d-8694-739b-aea5-000000000000</update_id><service_request_id>";
    assert!(xml.starts_with(begin), "{xml}");

    let (_, page) = open311.json("servicerequestupdates.json?page=3&page_size=120").await;
    let rows = page.as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["description"]), (10, &json!("Update 240")));
}

#[tokio::test]
async fn the_window_is_a_day_unless_dates_or_requests_are_given() {
    let open311 = start(1).await;
    let at = |text: &str| Some(pathfinder_kit::wire::timestamp(text.parse().unwrap()));
    for (query, start, end) in [
        ("", at("2026-04-30T12:00:00Z"), None),
        (
            "?start_date=2026-04-01T00:00:00Z&end_date=2026-04-01T02:00:00%2B00:00",
            at("2026-04-01T00:00:00Z"),
            at("2026-04-01T02:00:00.999999Z"),
        ),
        ("?end_date=2026-04-02T00:00:00Z", at("2026-04-01T00:00:00Z"), at("2026-04-02T00:00:00.999999Z")),
        ("?service_request_id=0190163D-8694-739B-AEA5-966C26F8AD91,%20BWS-ISS-2026-00042,x%22", None, None),
    ] {
        let (status, told) = open311.json(&format!("servicerequestupdates.json{query}")).await;
        assert_eq!(status, 200, "{query}: {told}");
        let asked = open311.heard.lock().unwrap().windows.drain(..).next_back().unwrap();
        assert_eq!((asked.start_time, asked.end_time), (start, end), "{query}");
        let ids: &[&str] = if query.contains("request_id") { &[ID] } else { &[] };
        assert_eq!(asked.issue_ids, ids, "{query}: each once, by its id");
    }
    for (query, expected) in [
        ("start_date=2026-04-01", "start_date must be a time such as 2026-05-01T09:30:00Z, not \"2026-04-01\"."),
        (
            "start_date=2026-01-01T00:00:00Z&end_date=2026-05-01T00:00:00Z",
            "start_date and end_date must be at most 90 days apart.",
        ),
    ] {
        let (status, problems) = open311.json(&format!("servicerequestupdates.json?{query}")).await;
        assert_eq!((status, descriptions(&problems)), (400, vec![expected]));
    }
}

#[tokio::test]
async fn an_update_reaches_issues_as_the_contract_has_it() {
    let open311 = start(1).await;
    let aside = with(&[("email", "a@example.org"), ("last_name", "-"), ("title", "Ms"), ("attribute[x]", "y")]);
    let mut aside = aside;
    aside.extend([("media_url", "https://one.example/1.jpg"), ("media_url", "https://one.example/2.jpg")]);
    let (status, answer) = json_of(open311.post("servicerequestupdates.json", &aside)).await;
    assert_eq!((status, answer), (200, json!([{"update_id": "here-7"}])));
    let pushed = open311.heard.lock().unwrap().pushes.remove(0);
    let target = pb::push_issue_update_request::Target::IssueId(ID.to_owned());
    assert_eq!((pushed.target.as_ref(), pushed.partnership_id.as_str()), (Some(&target), ID));
    assert_eq!((pushed.status(), pushed.description.as_str()), (pb::IssueUpdateStatus::Fixed, NASTY));
    assert_eq!(pushed.happened_time, Some(pathfinder_kit::wire::timestamp("2026-05-01T08:30:00Z".parse().unwrap())));

    let xml = open311.post("servicerequestupdates.xml", &with(&[("update_id", ""), ("update_id_ext", "b7")]));
    let xml = xml.send().await.unwrap().text().await.unwrap();
    let expected = "<service_request_updates><request_update><update_id>here-b7</update_id></request_update>\
        </service_request_updates>";
    assert!(xml.ends_with(expected), "{xml}");

    let named = |named: &str| pb::push_issue_update_request::Target::ExternalId(named.to_owned());
    for (changes, expected) in [
        (vec![("service_request_id", ""), ("service_request_id_ext", "4711")], named("4711")),
        (vec![("service_request_id", "a b/c")], named("a b/c")),
        (vec![("service_request_id", "BWS-ISS-2026-00042")], target),
    ] {
        open311.heard.lock().unwrap().pushes.clear();
        assert_eq!(json_of(open311.post("servicerequestupdates.json", &with(&changes))).await.0, 200);
        assert_eq!(open311.heard.lock().unwrap().pushes[0].target, Some(expected), "{changes:?}");
    }
    let words = super::super::updates::WORDS;
    for (word, status) in words {
        open311.heard.lock().unwrap().pushes.clear();
        assert_eq!(
            json_of(open311.post("servicerequestupdates.json", &with(&[("status", word)]))).await.0,
            200,
            "{word}"
        );
        assert_eq!(open311.heard.lock().unwrap().pushes[0].status(), status, "{word}");
    }
}

#[tokio::test]
async fn a_wrong_update_names_everything_and_reaches_nobody() {
    let open311 = start(2).await;
    let (status, problems) = json_of(open311.post("servicerequestupdates.json", &with(&[("api_key", "")]))).await;
    assert_eq!((status, problems[0]["code"].as_u64()), (403, Some(403)), "{problems}");
    let (status, problems) =
        json_of(open311.post("servicerequestupdates.json", &[("api_key", "x"), ("status", "lost")])).await;
    assert_eq!(status, 400);
    let told = descriptions(&problems);
    for (index, begin) in
        ["update_id is", "service_request_id is", "updated_datetime is", "status must", "jurisdiction_id is"]
            .into_iter()
            .enumerate()
    {
        assert!(told.get(index).is_some_and(|told| told.starts_with(begin)), "{begin} comes next in {told:?}");
    }
    let here = ("jurisdiction_id", "hill-end");
    let wrong = with(&[here, ("updated_datetime", "2026-05-01")]);
    assert_eq!(json_of(open311.post("servicerequestupdates.json", &wrong)).await.0, 400);
    assert!(open311.heard.lock().unwrap().pushes.is_empty(), "nothing was sent on");
    let (status, problems) =
        json_of(open311.post("servicerequestupdates.json", &with(&[here, ("update_id", "unknown")]))).await;
    let unknown = format!("service_request_id \"{ID}\" is not known.");
    assert_eq!((status, descriptions(&problems)), (404, vec![unknown.as_str()]));
    let (status, problems) =
        json_of(open311.post("servicerequestupdates.json", &with(&[here, ("update_id", "late")]))).await;
    assert_eq!((status, descriptions(&problems)), (400, vec!["updated_datetime is wrong"]));
    let wrong =
        Client::new().delete(open311.fixture.url("/open311/v2/servicerequestupdates.json")).send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), &wrong.headers()["allow"]), (405, &"GET, HEAD, POST".parse().unwrap()));
}
