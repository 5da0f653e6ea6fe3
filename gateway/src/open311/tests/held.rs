//! Reports that are held back, and pictures that reports name.

use super::*;
use crate::open311::convert::service;
use crate::open311::render::Field;

fn form(code: &str) -> Vec<(&str, &str)> {
    vec![("service_code", code), ("lat", "51.5"), ("long", "-0.125"), ("description", "d")]
}

#[tokio::test]
async fn a_report_that_is_held_back_is_answered_with_a_token_alone() {
    let open311 = start(1).await;
    let answer = open311.post("requests.json", &form("held")).send().await.unwrap().text().await.unwrap();
    assert!(!answer.contains(ID), "its id is nobody's to know yet: {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let notice = "If someone is in danger now, call 999.";
    let expected = json!([{"token": TOKEN, "service_notice": notice, "account_id": null, "follow_token": null}]);
    assert_eq!(answer, expected);
    let xml = open311.post("requests.xml", &form("held")).send().await.unwrap().text().await.unwrap();
    assert!(xml.contains(&format!("<service_requests><request><token>{TOKEN}</token>")), "{xml}");
    assert!(!xml.contains("service_request_id"), "never both: {xml}");
}

#[tokio::test]
async fn a_token_gives_no_id_then_the_id_and_an_unknown_one_is_404() {
    let open311 = start(1).await;
    let waits = open311.json(&format!("tokens/{TOKEN}.json")).await;
    assert_eq!(waits, (200, json!([{"service_request_id": null, "token": TOKEN}])));
    let there = open311.json(&format!("tokens/{LET_GO}.json")).await;
    assert_eq!(there, (200, json!([{"service_request_id": ID, "token": LET_GO}])));
    let xml = open311.get(&format!("tokens/{LET_GO}.xml")).send().await.unwrap().text().await.unwrap();
    let expected = format!(
        "<service_requests><request><service_request_id>{ID}</service_request_id><token>{LET_GO}</token></request></service_requests>"
    );
    assert!(xml.ends_with(&expected), "{xml}");
    for unknown in ["tokens/other.json", "tokens/x%22.json", "tokens/.json"] {
        let (status, problems) = open311.json(unknown).await;
        assert_eq!((status, &problems[0]["code"]), (404, &json!(404)), "{unknown}");
        assert!(descriptions(&problems)[0].starts_with("token \""), "{unknown}: {problems}");
    }
    let wrong = open311.post(&format!("tokens/{TOKEN}.json"), &[]).send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), &wrong.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
}

#[tokio::test]
async fn every_picture_is_handed_on_once() {
    let open311 = start(1).await;
    let (one, other) = ("https://a.example/1.jpg", "https://a.example/2.jpg");
    let named = [("media_url", one), ("media_url", ""), ("media_url", other), ("media_url", one)];
    let report = [form("graffiti-removal"), named.to_vec()].concat();
    assert_eq!(json_of(open311.post("requests.json", &report)).await.0, 200);
    assert_eq!(open311.heard.lock().unwrap().reports.remove(0).media_urls, [one, other]);
}

#[test]
fn what_a_person_reads_first_is_no_realtime_service() {
    for (moderated, expected) in [(false, "realtime"), (true, "batch")] {
        let record = service(pb::Category { moderated, ..Default::default() });
        let found = record.into_iter().find(|(name, _)| *name == "type").map(|(_, field)| field);
        assert_eq!(found, Some(Field::Text(expected.to_owned())));
    }
}
