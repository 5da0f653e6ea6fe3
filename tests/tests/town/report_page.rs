//! A resident reports an issue on the pages, without a script: from the category to the reference, with photos, mistakes and all.

#![allow(clippy::panic, clippy::unwrap_used, reason = "an answer of an unexpected kind fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::{CATEGORY, LATITUDE, LONGITUDE, Neighbourhood};
use pathfinder_tests::sample::PHOTO;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, text};
use serde_json::{Value, json};

/// What an iPhone sends unless told otherwise, as far as its first bytes go.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic-and-then-some-more-bytes-of-it";
const BOUNDARY: &str = "----a-boundary-of-the-tests";

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    http: Http,
    path: String,
}

/// A page as it was answered.
struct Page {
    status: u16,
    html: String,
}

impl Page {
    fn shows(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.html.contains(text), "the page shows {text:?}: {} {}", self.status, self.html);
        }
        self
    }

    /// The value of the first field of that name.
    fn value(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&begin).unwrap_or_else(|| panic!("there is a {name}: {}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let point = json!({"point": {"latitude": LATITUDE, "longitude": LONGITUDE}});
        let known = |told: &Value| (told["partnerships"][0]["partnershipId"] == hood.partnership_id).then_some(());
        world.until("the boundary at issues", PUBLIC, "LocationService/LocatePartnerships", point, known).await;
        let kinds = json!([{"code": "car", "label": "A car"}, {"code": "van", "label": "A van"}]);
        let questions = json!([
            {"code": "kind", "label": "What is it?", "type": "QUESTION_TYPE_SINGLE_CHOICE", "required": true, "choices": kinds},
            {"code": "plate", "label": "Which plate?", "type": "QUESTION_TYPE_TEXT", "required": true,
             "asked_when": {"question_code": "kind", "choice_codes": ["van"]}},
        ]);
        let category = json!({"code": "vehicle", "name": "Abandoned vehicle", "group_name": "Streets > Vehicles", "questions": questions});
        world.must(&hood.manager(), "CategoryService/CreateCategory", hood.with(category)).await;
        let http = Http::at(&world.house.gateway());
        let path = format!("/partnerships/{}/report", hood.partnership_id);
        Self { world, hood, http, path }
    }

    async fn asked(&self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.header("accept", "text/html").send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        Page { status, html: answer.text().await.unwrap() }
    }

    async fn opened(&self, query: &str) -> Page {
        self.asked(self.http.request(Method::GET, &format!("{}{query}", self.path))).await
    }

    fn posting(&self) -> reqwest::RequestBuilder {
        self.http.request(Method::POST, &self.path).header("sec-fetch-site", "same-origin")
    }

    async fn typed(&self, form: &[(&str, &str)]) -> Page {
        self.asked(self.posting().form(form)).await
    }

    async fn sent(&self, form: &[(&str, &str)], files: &[&[u8]]) -> Page {
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.asked(self.posting().header("content-type", media_type).body(multipart(form, files))).await
    }

    /// The issues that there are, as the manager sees them.
    async fn issues(&self) -> Vec<Value> {
        let listed = self.world.must(&self.hood.manager(), "IssueService/ListIssues", self.hood.with(json!({}))).await;
        listed["issues"].as_array().cloned().unwrap_or_default()
    }
}

fn multipart(form: &[(&str, &str)], files: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in form {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for file in files {
        let head =
            "Content-Disposition: form-data; name=\"photos\"; filename=\"a photo.jpg\"\r\nContent-Type: image/jpeg";
        body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_reports_with_photos_and_comes_to_the_link() {
    let scene = Scene::set().await;
    scene.opened("").await.shows(&["Streets: Vehicles", "value=\"vehicle\"", "call 999"]);
    let missed = scene.opened("?step=kind").await;
    assert_eq!(missed.shows(&["href=\"#category\"", "Choose what it is about"]).status, 400);
    let blank = scene.opened("?category=vehicle").await;
    blank.shows(&["name=\"answer.kind\""]);
    assert!(!blank.html.contains("answer.plate"), "it is not asked yet");

    let empty = scene.typed(&[("step", "details"), ("category", "vehicle"), ("shown", "kind"), ("uprn", "x")]).await;
    empty.shows(&["href=\"#answer.kind\"", "href=\"#description\"", "href=\"#uprn\"", "value=\"x\""]);
    assert_eq!(empty.status, 400);
    let words = "It <leaks> & smells";
    let mut form = vec![
        ("step", "details"),
        ("category", "vehicle"),
        ("shown", "kind"),
        ("answer.kind", "van"),
        ("description", words),
        ("address", "12 Quay Lane"),
    ];
    let more = scene.typed(&form).await;
    more.shows(&["more questions", "name=\"answer.plate\"", "It &#60;leaks&#62; &#38; smells"]);
    assert_eq!((more.status, more.value("shown").as_str()), (200, "kind,plate"));
    form.extend([("answer.plate", "AB12 CDE")]);
    form[2] = ("shown", "kind,plate");
    let check = scene.typed(&form).await;
    check.shows(&["Check your report", "A van", "AB12 CDE", "12 Quay Lane"]);

    let request_id = check.value("request_id");
    form[0] = ("step", "send");
    form.push(("request_id", request_id.as_str()));
    let wrong: Vec<(&str, &str)> = form.iter().copied().chain([("email", "ada"), ("name", "Ada")]).collect();
    let wrong = scene.sent(&wrong, &[HEIC]).await;
    wrong.shows(&["href=\"#email\"", "choose them again", "value=\"Ada\"", "AB12 CDE"]);
    assert_eq!((wrong.status, scene.issues().await.len()), (400, 0), "nothing was sent");

    let png = STANDARD.decode(PHOTO).unwrap();
    for _ in 0..2 {
        let done = scene.sent(&form, &[png.as_slice(), HEIC]).await;
        done.shows(&["Your report was taken in: NQ-", "Photo 2: HEIC photos cannot be read here", "1 photo was added"]);
        assert!(!done.html.contains("A letter goes"), "no address was left: {}", done.html);
        assert_eq!(done.status, 200);
        let issues = scene.issues().await;
        assert_eq!((issues.len(), issues[0]["photos"].as_array().unwrap().len()), (1, 1), "sent twice is sent once");
        assert_eq!((&issues[0]["description"], &issues[0]["source"]), (&json!(words), &json!("ISSUE_SOURCE_WEB")));
        let (issue_id, token) = (done.value("issue_id"), done.value("token"));
        let follow = format!("/follow/{}/{issue_id}?token={token}", scene.hood.partnership_id);
        assert!(done.html.contains(&follow), "the link stands on the page");
        assert_eq!(scene.asked(scene.http.request(Method::GET, &follow)).await.status, 200);
    }
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_reported_before_is_shown_and_supported_and_danger_is_answered() {
    let scene = Scene::set().await;
    let first = scene.world.must(PUBLIC, "IssueService/ReportIssue", scene.hood.report("Mattresses")).await;
    let reference = text(&first["issue"], "reference");
    let (latitude, longitude) = (LATITUDE.to_string(), LONGITUDE.to_string());
    let mut form = vec![
        ("step", "details"),
        ("category", CATEGORY),
        ("shown", ""),
        ("description", "Mattresses again"),
        ("latitude", latitude.as_str()),
        ("longitude", longitude.as_str()),
    ];
    let check = scene.typed(&form).await;
    let page = format!("/partnerships/{}/issues/{}", scene.hood.partnership_id, text(&first["issue"], "issueId"));
    check.shows(&["Is it one of these?", reference.as_str(), page.as_str()]);
    let page = scene.asked(scene.http.request(Method::GET, &page)).await;
    page.shows(&["Mattresses", reference.as_str(), "Support and follow it", "What happened", &scene.path]);
    let request_id = check.value("request_id");
    let issue_id = text(&first["issue"], "issueId");
    let support = [("step", "support"), ("issue_id", issue_id.as_str()), ("request_id", request_id.as_str())];
    for _ in 0..2 {
        let supported = scene.typed(&support).await;
        supported.shows(&[format!("You support {reference}").as_str(), "It is due by"]);
        assert!(!supported.html.contains("name=\"photos\""), "a supporter's token adds none");
    }
    let named = scene.hood.with(json!({"issue_id": issue_id}));
    let read = scene.world.must(PUBLIC, "IssueService/GetIssue", named).await;
    assert_eq!(read["supporterCount"], json!(1));

    form[0] = ("step", "send");
    form[3] = ("description", "There is a gun in it, call 999");
    form.push(("request_id", request_id.as_str()));
    let held = scene.sent(&form, &[STANDARD.decode(PHOTO).unwrap().as_slice()]).await;
    let waits = "1 photo was added. It waits for a person to look";
    held.shows(&["If someone is in danger now, call 999.", "A person reads it first", waits]);
    form[4] = ("latitude", "10");
    let outside = scene.sent(&form, &[]).await;
    assert_eq!(outside.shows(&["href=\"#latitude\"", "choose them again", "There is a gun"]).status, 400);
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_partnership_says_so_before_anything_is_typed() {
    let scene = Scene::set().await;
    let archiving = scene.hood.with(json!({"archive": true}));
    scene.world.must(ADMINISTRATOR, "PartnershipService/UpdatePartnership", archiving).await;
    for query in ["", "?category=vehicle"] {
        let page = scene.opened(query).await;
        page.shows(&["is archived: it takes no new reports"]);
        assert!(!page.html.contains("<form"), "there is nothing to fill in: {}", page.html);
    }
    let typed = scene.typed(&[("step", "details"), ("category", "vehicle"), ("shown", "kind")]).await;
    assert_eq!(typed.shows(&["is archived"]).status, 409);
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_photos_that_are_too_large_comes_back_with_its_words() {
    let scene = Scene::set().await;
    let large = vec![0_u8; 25 << 20];
    let mut form = vec![
        ("step", "send"),
        ("category", CATEGORY),
        ("description", "It <leaks>"),
        ("address", "12 Quay Lane"),
        ("email", "ada@example.org"),
        ("request_id", "page-1"),
    ];
    let much = scene.sent(&form, &[large.as_slice()]).await;
    much.shows(&["href=\"#photos\"", "The photos come to more than 24 MB in all", "choose them again"]);
    much.shows(&["It &#60;leaks&#62;", "12 Quay Lane", "value=\"ada@example.org\""]);
    assert_eq!((much.status, scene.issues().await.len()), (413, 0), "nothing was sent");
    let files = much.html.find("type=\"file\"").unwrap();
    for before in ["name=\"step\" value=\"send\"", "name=\"email\"", "name=\"named\""] {
        assert!(much.html.find(before).is_some_and(|place| place < files), "{before} goes out before the files");
    }

    let request_id = much.value("request_id");
    form[5] = ("request_id", request_id.as_str());
    let done = scene.sent(&form, &[]).await;
    assert_eq!(done.shows(&["Your report was taken in", "A letter goes to the e-mail address"]).status, 200);
    let values = ["issue_id", "token", "request_id"].map(|name| (name, done.value(name)));
    let mut adding: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    adding.push(("step", "photos"));
    let much = scene.sent(&adding, &[large.as_slice()]).await;
    much.shows(&["The photos come to more than 24 MB in all", "Nothing was added", "name=\"photos\""]);
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_forms_are_refused_and_report_nothing() {
    let scene = Scene::set().await;
    let as_media = |media_type: &'static str, body: Vec<u8>| {
        scene.asked(scene.posting().header("content-type", media_type).body(body))
    };
    let known = "multipart/form-data; boundary=----a-boundary-of-the-tests";
    let names: Vec<String> = (0..10_000).map(|number| format!("n{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let long = "x".repeat(100_000);
    let nameless = format!("--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n");
    let cases: [(&str, Vec<u8>, u16); 8] = [
        ("multipart/form-data", multipart(&[("step", "send")], &[]), 400),
        (known, multipart(&many, &[]), 400),
        (known, multipart(&[("step", "send"), ("description", long.as_str())], &[]), 400),
        (known, nameless.into_bytes(), 400),
        (known, multipart(&[("step", "send")], &[])[..40].to_vec(), 400),
        (known, multipart(&[("step", "fly")], &[]), 400),
        (known, multipart(&[("step", "send")], &[vec![0_u8; 25 << 20].as_slice()]), 413),
        ("text/plain", b"step=details".to_vec(), 415),
    ];
    for (media_type, body, expected) in cases {
        let length = body.len();
        assert_eq!(as_media(media_type, body).await.status, expected, "{media_type}, {length} bytes");
    }
    let foreign = scene.http.request(Method::POST, &scene.path).form(&[("step", "details")]);
    assert_eq!(scene.asked(foreign).await.status, 403, "only our own pages send forms");
    let five = [HEIC; 5];
    let place = [("step", "send"), ("category", CATEGORY), ("description", "x"), ("address", "y"), ("request_id", "z")];
    let much = scene.sent(&place, &five).await;
    assert_eq!(much.shows(&["Choose at most 4 photos"]).status, 400);
    let absent = scene.asked(scene.http.request(Method::GET, "/partnerships/nowhere/report")).await;
    assert_eq!((absent.status, scene.issues().await.len()), (404, 0));
    scene.world.house.stop().await;
}
