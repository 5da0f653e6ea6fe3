//! What is asked of a feed, and the document, without services.

use prost_types::Timestamp;

use super::asked::Asked;
use super::atom::Feed;
use super::*;

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

fn fields(query: &str) -> Vec<String> {
    let error = Asked::read(ID, query).unwrap_err();
    error.details.violations.iter().map(|violation| violation.field.clone()).collect()
}

/// So many seconds into 1970.
fn at(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

fn document(asked: &Asked, items: Vec<pb::NewsItem>, next: &str) -> String {
    let update_time = Some(at(60));
    let partnership = boards::Partnership { name: "Brook & Wharf".to_owned(), update_time, ..Default::default() };
    let page = pb::ListNewsResponse { news_items: items, next_page_token: next.to_owned() };
    let feed = Feed { origin: "https://here.example", partnership: &partnership, asked, page: &page };
    String::from_utf8(feed.write().unwrap()).unwrap()
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    assert_eq!(fields("near=91,0&radius_m=0&colour=red&category=a%20b"), ["colour", "category", "near", "radius_m"]);
    assert_eq!(fields("near=51,0"), ["radius_m"]);
    assert_eq!(fields("radius_m=5"), ["near"]);
    assert_eq!(fields("box=2,0,1,1"), ["box"]);
    assert_eq!(fields("box=1,2,x,3&page=a&page=b"), ["page", "box"]);
    assert_eq!(fields("near=1,1&radius_m=5&box=0,0,1,1"), ["box"]);
    assert_eq!(fields("near=NaN,inf&radius_m=5"), ["near"]);
}

#[test]
fn what_is_asked_stands_in_the_addresses_of_its_pages() {
    let asked = Asked::read(ID, "category=fly-tipping&near=51.5,-0.1&radius_m=500&page=abc").unwrap();
    let shape = "category=fly-tipping&near=51.5,-0.1&radius_m=500";
    assert_eq!(asked.address(""), format!("/partnerships/{ID}/feed.atom?{shape}"));
    assert_eq!(asked.address("x&y"), format!("/partnerships/{ID}/feed.atom?{shape}&page=x%26y"));
    let message = asked.message(PAGE);
    assert_eq!((message.filter.as_str(), message.page_token.as_str()), ("category_code = \"fly-tipping\"", "abc"));
    assert_eq!(message.near.map(|near| near.radius_meters), Some(500.0));
    assert_eq!(Asked::read(ID, "").unwrap().address(""), format!("/partnerships/{ID}/feed.atom"));
}

#[test]
fn the_document_escapes_what_people_wrote_and_has_an_id_of_its_own() {
    let item = pb::NewsItem {
        news_item_id: ID.to_owned(),
        kind: pb::NewsKind::Reported.into(),
        issue: Some(pb::ResponseEntryIssue { name: "A <b>bin</b> \u{1}".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let all = Asked::read(ID, "").unwrap();
    let told = document(&all, vec![item], "more");
    assert!(told.contains("Reported: A &lt;b&gt;bin&lt;/b&gt; \u{FFFD}"), "{told}");
    assert!(told.contains("<name>Brook &amp; Wharf</name>"), "{told}");
    assert!(told.contains(&format!("href=\"https://here.example/partnerships/{ID}/feed.atom?page=more\"")), "{told}");
    assert!(told.contains(&format!("<id>urn:uuid:{ID}</id>")), "{told}");
    let id = |document: &str| document.split("<id>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let some = Asked::read(ID, "category=noise").unwrap();
    assert_ne!(id(&told), id(&document(&some, Vec::new(), "")));
    assert_eq!(id(&told), id(&document(&Asked::read(ID, "page=more").unwrap(), Vec::new(), "")), "pages have one");
    assert_eq!((id(&told).len(), id(&told).get(23..24)), (45, Some("8")), "{}", id(&told));
}

#[test]
fn a_feed_was_updated_with_the_last_of_its_entries_whoever_asks_when() {
    let reported = |time: i64, changed: i64| pb::NewsItem {
        kind: pb::NewsKind::Reported.into(),
        issue: Some(pb::ResponseEntryIssue::default()),
        news_time: Some(at(time)),
        update_time: Some(at(changed)),
        ..Default::default()
    };
    let entry = |time: i64, changed: i64| pb::NewsItem {
        kind: pb::NewsKind::Response.into(),
        response_entry: Some(pb::ResponseEntry { update_time: Some(at(changed)), ..Default::default() }),
        news_time: Some(at(time)),
        update_time: Some(at(changed)),
        ..Default::default()
    };
    let all = Asked::read(ID, "").unwrap();
    let updated = |items: Vec<pb::NewsItem>| -> Vec<String> {
        let told = document(&all, items, "");
        told.split("<updated>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    let written = |seconds: u8| format!("1970-01-01T00:00:{seconds:02}Z");
    let issues = updated(vec![reported(30, 90), reported(20, 50)]);
    assert_eq!(issues, [written(30), written(30), written(20)], "what becomes of an issue is no news of its report");
    let mixed = updated(vec![reported(30, 30), entry(10, 40)]);
    assert_eq!(mixed, [written(40), written(30), written(40)]);
    assert_eq!(updated(Vec::new()), ["1970-01-01T00:01:00Z"], "that of the partnership, and not of the question");
}
