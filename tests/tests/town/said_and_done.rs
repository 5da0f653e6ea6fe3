//! "You said, we did" over the whole suite: an entry is published, told once, and stands in the list, in the feed and on the page; what is
//! hidden later is in none of them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "an answer of an unexpected kind fails the test")]

use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::letters::Letters;
use pathfinder_tests::neighbourhood::{LATITUDE, LONGITUDE, Neighbourhood};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, merged, text};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

const PUBLISH: &str = "ResponseEntryService/PublishResponseEntry";
const LIST: &str = "ResponseEntryService/ListResponseEntries";
const FAY: &str = "fay@example.org";
/// What a feed and a page must bear.
const STRANGE: &str = "Bins <b>&\"'</b> ]]> \u{fc}ber \u{6c34} \u{1F6B2}";

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    http: Http,
}

/// A page as it came.
struct Page {
    status: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let http = Http::at(&world.house.gateway());
        Self { world, hood, http }
    }

    /// An issue that was closed without action; its id.
    async fn ended(&self, title: &str) -> String {
        let reported = self.world.must(PUBLIC, "IssueService/ReportIssue", self.hood.report(title)).await;
        let issue_id = text(&reported["issue"], "issueId");
        let closing = self.hood.with(json!({"issue_id": issue_id, "reason": "Gone when we came."}));
        self.world.must(&self.hood.manager(), "IssueService/CloseIssueWithoutAction", closing).await;
        issue_id
    }

    /// Follows an issue by e-mail.
    async fn follow(&self, issue_id: &str) {
        let letters = Letters::of(&self.world.house);
        let before = letters.count();
        let wish = self.hood.with(json!({"issue_id": issue_id, "email": FAY}));
        self.world.must(PUBLIC, "IssueService/FollowByEmail", wish).await;
        let token = letters.next(before).await.token_behind("/confirm");
        let confirmed = self.hood.with(json!({"issue_id": issue_id, "confirmation_token": token}));
        self.world.must(PUBLIC, "IssueService/ConfirmFollow", confirmed).await;
    }

    fn entry(&self, issue_ids: &[&str]) -> Value {
        self.hood.with(json!({"you_said": STRANGE, "we_did": "Emptied.", "issue_ids": issue_ids}))
    }

    fn path(&self, of: &str) -> String {
        format!("/partnerships/{}/{of}", self.hood.partnership_id)
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let request = self.http.request(Method::GET, path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Page { status, headers, text: answer.text().await.unwrap() }
    }

    async fn feed(&self, query: &str) -> Page {
        let page = self.get(&format!("{}{query}", self.path("feed.atom")), &[]).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        page
    }

    /// Takes an issue out of public view.
    async fn hide(&self, issue_id: &str) {
        let hiding = self.hood.with(json!({"issue_id": issue_id, "reason": "Somebody is named."}));
        self.world.must(&self.hood.manager(), "IssueEditService/HideIssue", hiding).await;
    }
}

/// The texts of all elements of a name, in their order; fails where the document is no XML.
fn texts(document: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    let (mut found, mut open) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == name => open = Some(String::new()),
            Event::Text(text) => {
                if let Some(open) = &mut open {
                    open.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(open) = &mut open {
                    open.push('&');
                    open.push_str(&reference);
                    open.push(';');
                }
            }
            Event::End(end) if end.name().as_ref() == name => found.extend(open.take()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// A text as it stands in XML.
fn plain(text: &str) -> String {
    quick_xml::escape::unescape(text).unwrap().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_told_once_and_stands_in_list_feed_and_page_until_its_issues_are_hidden() {
    let scene = Scene::set().await;
    let (one, other) = (scene.ended("Bins").await, scene.ended("More bins").await);
    for issue_id in [&one, &other] {
        scene.follow(issue_id).await;
    }
    let letters = Letters::of(&scene.world.house);
    let before = letters.count();
    let request_id = "01890a5d-ac96-774b-bcce-000000000077";
    let entry = merged(scene.entry(&[&one, &other]), json!({"request_id": request_id}));
    let first = scene.world.must(&scene.hood.manager(), PUBLISH, entry.clone()).await;
    let again = scene.world.must(&scene.hood.manager(), PUBLISH, entry).await;
    assert_eq!(first, again, "a repeat publishes once");
    let told = letters.next(before).await;
    assert!(told.text().contains("what was done about"), "{}", told.text());

    let listed = scene.world.must(PUBLIC, LIST, scene.hood.with(json!({}))).await;
    assert_eq!(listed["responseEntries"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["responseEntries"][0]["youSaid"], STRANGE);
    assert!(!listed.to_string().contains("Quay Lane"), "nothing of a place: {listed}");

    let feed = scene.feed("").await;
    assert_eq!(feed.headers["content-type"], "application/atom+xml; charset=utf-8");
    let titles: Vec<String> = texts(&feed.text, "title").iter().map(|title| plain(title)).collect();
    assert_eq!(titles.len(), 6, "the feed's, an entry's, two endings and two reports: {titles:?}");
    assert_eq!(titles[1], format!("You said, we did: {STRANGE}"), "strange characters survive");
    assert!(titles[2].starts_with("Closed without action: More bins (NQ-"), "{titles:?}");
    let ids = texts(&feed.text, "id");
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")) && ids.len() == 6, "{ids:?}");
    assert!(texts(&feed.text, "summary").iter().any(|summary| summary == "Gone when we came."));

    let page = scene.get(&scene.path("you-said-we-did"), &[("accept", "text/html")]).await;
    assert!(page.status == 200 && page.text.contains("More bins") && page.text.contains("feed.atom"), "{}", page.text);
    assert!(!page.text.contains("<b>&"), "what people wrote is text: {}", page.text);
    let alone = format!("{}/{}", scene.path("you-said-we-did"), text(&first, "responseEntryId"));
    assert_eq!(scene.get(&alone, &[]).await.status, 200);

    let issue_page = scene.path(&format!("issues/{one}"));
    assert!(feed.text.contains(&issue_page) && page.text.contains(&issue_page), "it leads to the issue: {}", feed.text);
    let shown = scene.get(&issue_page, &[]).await;
    assert!(shown.status == 200 && shown.text.contains("Gone when we came."), "{}", shown.text);
    assert!(!shown.text.contains("<form"), "what has ended is not supported: {}", shown.text);

    scene.hide(&one).await;
    assert_eq!(scene.get(&issue_page, &[]).await.status, 404);
    let page = scene.get(&scene.path("you-said-we-did"), &[]).await;
    let items = page.text.matches("<li>").count();
    assert_eq!(items, 1, "one that is hidden is not named: {}", page.text);
    scene.hide(&other).await;
    let feed = scene.feed("").await;
    assert_eq!(texts(&feed.text, "entry").len(), 0, "nothing is left to tell: {}", feed.text);
    let page = scene.get(&scene.path("you-said-we-did"), &[]).await;
    assert!(page.text.contains("There is nothing here yet"), "{}", page.text);
    assert_eq!(scene.get(&alone, &[]).await.status, 404);
    scene.world.refused(PUBLIC, "ResponseEntryService/GetResponseEntry", named(&scene, &first), "NOT_FOUND").await;
    assert_eq!(letters.count(), before + 1, "Fay follows both, and was told once");
    scene.world.house.stop().await;
}

fn named(scene: &Scene, entry: &Value) -> Value {
    scene.hood.with(json!({"response_entry_id": entry["responseEntryId"]}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_asked_for_what_is_new_where_and_of_what_and_says_all_that_is_wrong() {
    let scene = Scene::set().await;
    for number in 0..26 {
        scene.ended(&format!("Bag {number}")).await;
    }
    let first = scene.feed("").await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    let same = scene.get(&scene.path("feed.atom"), &[("if-none-match", &etag)]).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!(same.headers["etag"].to_str().unwrap(), etag);
    // Staff with a token are told what everybody is.
    let token = scene.world.token(&scene.hood.manager()).await.unwrap();
    let bearer = format!("Bearer {token}");
    assert_eq!(scene.get(&scene.path("feed.atom"), &[("authorization", &bearer)]).await.text, first.text);

    let ids = texts(&first.text, "id");
    assert_eq!(ids.len(), 51, "fifty and the feed's own");
    let next = first.text.split("rel=\"next\"").nth(1).and_then(|rest| rest.split('"').nth(3)).unwrap();
    let next = next.split_once("/partnerships/").map(|(_, rest)| format!("/partnerships/{rest}")).unwrap();
    let rest = scene.get(&plain(&next), &[]).await;
    let others = texts(&rest.text, "id");
    assert_eq!((rest.status, others.len(), &others[0]), (200, 3, &ids[0]), "the same feed goes on: {}", rest.text);
    assert!(others[1..].iter().all(|id| !ids.contains(id)), "each once");

    let near = format!("?near={LATITUDE},{LONGITUDE}&radius_m=500&category=fly-tipping");
    assert_eq!(texts(&scene.feed(&near).await.text, "entry").len(), 50);
    let edges = format!("?box={},{},{},{}", LATITUDE + 0.01, LONGITUDE, LATITUDE + 0.02, LONGITUDE + 0.01);
    assert_eq!(texts(&scene.feed(&edges).await.text, "entry").len(), 0);
    assert_eq!(texts(&scene.feed("?category=noise").await.text, "entry").len(), 0);

    let wrong = "?near=91,0&radius_m=20000&box=1,2,3&category=%22&colour=red&page=x&page=y";
    let refused = scene.get(&format!("{}{wrong}", scene.path("feed.atom")), &[]).await;
    let told: Value = serde_json::from_str(&refused.text).unwrap();
    let fields = told["error"]["fieldViolations"].as_array().unwrap();
    for field in ["near", "radius_m", "box", "category", "colour", "page"] {
        assert!(fields.iter().any(|violation| violation["field"] == field), "{field} is named: {told}");
    }
    assert_eq!(refused.status, 400);
    let broken = scene.get(&format!("{}?page=x", scene.path("feed.atom")), &[]).await;
    assert!(broken.status == 400 && broken.text.contains("PAGE_TOKEN_INVALID"), "{}", broken.text);
    let nowhere = "/partnerships/01890a5d-ac96-774b-bcce-000000000000/feed.atom";
    assert_eq!(scene.get(nowhere, &[]).await.status, 404);
    scene.world.house.stop().await;
}
