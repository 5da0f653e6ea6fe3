//! People sign in with a browser, systems with their keys, contractors and residents with their links: over real HTTP, with real
//! letters, against real services.

#![allow(clippy::panic, reason = "a step that is refused on the way fails the test")]

use chrono::TimeDelta;
use http::Method;
use pathfinder_tests::door::Way;
use pathfinder_tests::lookalike::Lookalike;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, merged, text};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

const EMAIL: &str = "manager@example.org";

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    client: Client,
}

async fn scene() -> Scene {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "quayside", "QSD").await;
    scene_of(world, hood)
}

fn scene_of(world: World<Town>, hood: Neighbourhood) -> Scene {
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().expect("an HTTP client can be made");
    Scene { world, hood, client }
}

impl Scene {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.world.house.gateway());
        self.client.request(method, url).header("accept", "text/html")
    }

    /// A form as a page of the gateway's own submits it, in a browser that keeps `session`.
    async fn submit(&self, path: &str, session: &str, form: &[(&str, &str)]) -> Response {
        let request = self.ask(Method::POST, path).header("sec-fetch-site", "same-origin").form(form);
        sent(with_session(request, session)).await
    }

    /// What the JSON API says of who calls.
    async fn caller(&self, session: &str) -> Response {
        sent(with_session(self.ask(Method::GET, "/v1/caller"), session)).await
    }

    /// Gives the manager an address, to which links can go.
    async fn give_address(&self) {
        let address = json!({"person_id": self.hood.manager_id, "email": EMAIL});
        self.world.must(ADMINISTRATOR, "PeopleService/UpdatePerson", address).await;
    }

    /// Asks for a link and takes it out of the letter that comes; letters read before are passed over.
    async fn link(&self, read: &mut Vec<String>) -> String {
        let page = self.submit("/sign-in", "", &[("email", EMAIL)]).await;
        assert_eq!(page.status(), 200, "{}", page.text().await.unwrap_or_default());
        let outbox = self.world.house.database.outbox();
        let link = waiting::until("the letter", PATIENCE, || {
            let letters = std::fs::read_dir(&outbox).into_iter().flatten().flatten().map(|file| file.path());
            let letters = letters.filter_map(|file| std::fs::read_to_string(file).ok());
            let mut links = letters.filter_map(|letter| link_in(&letter)).filter(|link| !read.contains(link));
            std::future::ready(links.next().ok_or_else(|| "no letter".to_owned()))
        });
        let link = link.await;
        read.push(link.clone());
        link
    }

    /// Signs the manager in, in a browser that keeps `before`; the session.
    async fn sign_in(&self, before: &str, read: &mut Vec<String>) -> String {
        let token = self.link(read).await;
        let redeemed = self.submit("/sign-in/link", before, &[("token", &token)]).await;
        assert_eq!((redeemed.status().as_u16(), header(&redeemed, "location").as_str()), (303, "/account"));
        kept(&redeemed).expect("the browser keeps a session")
    }
}

fn link_in(letter: &str) -> Option<String> {
    let (_, rest) = letter.split_once("/sign-in/link?token=")?;
    Some(rest.split(char::is_whitespace).next().unwrap_or_default().to_owned())
}

fn with_session(request: RequestBuilder, session: &str) -> RequestBuilder {
    if session.is_empty() { request } else { request.header("cookie", format!("pathfinder={session}")) }
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.unwrap_or_else(|error| panic!("the gateway answers: {error}"))
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The session that an answer has the browser keep.
fn kept(response: &Response) -> Option<String> {
    let cookies = response.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let values = cookies.filter_map(|cookie| cookie.strip_prefix("pathfinder=")?.split(';').next());
    values.map(str::to_owned).find(|value| !value.is_empty())
}

/// The status of an answer and the reason that it gives.
async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap_or_else(|error| panic!("{status} comes as JSON: {error}"));
    (status, text(&body["error"], "reason"))
}

/// What a form of a page hands back unseen.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("the page has a hidden `{name}`: {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn page(response: Response) -> String {
    let (status, html) = (response.status(), response.text().await.expect("a page"));
    assert_eq!(status, 200, "{html}");
    html
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_a_link_acts_and_signs_out() {
    let scene = scene().await;
    scene.give_address().await;
    let mut read = Vec::new();
    let token = scene.link(&mut read).await;
    for _ in 0..2 {
        let button = page(sent(scene.ask(Method::GET, &format!("/sign-in/link?token={token}"))).await).await;
        assert!(button.contains(&token), "opening the link uses nothing up");
    }
    let redeemed = scene.submit("/sign-in/link", "", &[("token", &token)]).await;
    let session = kept(&redeemed).expect("the browser keeps a session");
    let again = scene.submit("/sign-in/link", "", &[("token", &token)]).await;
    assert_eq!(again.status(), 401, "a link works once");

    let caller: Value = scene.caller(&session).await.json().await.expect("JSON");
    assert_eq!(text(&caller, "subject"), scene.hood.manager_id);
    let account = page(sent(with_session(scene.ask(Method::GET, "/account"), &session)).await).await;
    assert!(account.contains("Neighbourhood manager") && account.contains("This browser"), "{account}");

    let rules = format!("/v1/partnerships/{}/categories", scene.hood.partnership_id);
    let create = |site: &str| {
        let body = json!({"code": format!("fixed-by-{site}"), "name": "Fixed", "description": "Fixed."});
        let request = scene.ask(Method::POST, &rules).header("sec-fetch-site", site).json(&body);
        sent(with_session(request, &session))
    };
    assert_eq!(refusal(create("cross-site").await).await, (403, "CROSS_SITE".to_owned()));
    let created = create("same-origin").await;
    assert_eq!(created.status(), 200, "{}", created.text().await.unwrap_or_default());

    let out = scene.submit("/sign-out", &session, &[]).await;
    assert_eq!((out.status().as_u16(), kept(&out)), (200, None));
    let ended = scene.caller(&session).await;
    assert!(header(&ended, "set-cookie").starts_with("pathfinder=; "), "the browser forgets it");
    assert_eq!(refusal(ended).await, (401, "SESSION_ENDED".to_owned()));
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_another_takes_its_place_or_somebody_ends_it() {
    let scene = scene().await;
    scene.give_address().await;
    let mut read = Vec::new();
    let first = scene.sign_in("", &mut read).await;
    let second = scene.sign_in(&first, &mut read).await;
    assert_ne!(first, second, "the session is a new one");
    assert_eq!(refusal(scene.caller(&first).await).await.1, "SESSION_ENDED");

    let elsewhere = scene.sign_in("", &mut read).await;
    let listed = json!({"person_id": scene.hood.manager_id});
    let sessions = scene.world.must(ADMINISTRATOR, "SignInService/ListSessions", listed.clone()).await;
    let newest = text(&sessions["sessions"][0], "sessionId");
    let revoked = merged(listed, json!({"session_id": newest}));
    scene.world.must(ADMINISTRATOR, "SignInService/RevokeSession", revoked).await;
    assert_eq!(refusal(scene.caller(&elsewhere).await).await.1, "SESSION_ENDED", "at once");

    let third = scene.sign_in("", &mut read).await;
    let account = page(sent(with_session(scene.ask(Method::GET, "/account"), &second)).await).await;
    let (_, after) = account.split_once("name=\"session_id\" value=\"").expect("another session can be ended");
    let other = after.split('"').next().unwrap_or_default();
    let ended = scene.submit("/account/sessions", &second, &[("session_id", other)]).await;
    assert_eq!((ended.status().as_u16(), header(&ended, "location").as_str()), (303, "/account"));
    assert_eq!(refusal(scene.caller(&third).await).await.1, "SESSION_ENDED");
    assert_eq!(scene.caller(&second).await.status(), 200, "one's own goes on");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_gets_tokens_for_its_keys() {
    let scene = scene().await;
    let system = json!({"login": "bridge", "display_name": "Bridge", "kind": "PRINCIPAL_KIND_SYSTEM"});
    let system = text(&scene.world.must(ADMINISTRATOR, "PeopleService/CreatePerson", system).await, "personId");
    let grant = json!({"person_id": system, "grant": scene.hood.grant("SYSTEM")});
    scene.world.must(ADMINISTRATOR, "PeopleService/GrantRole", grant).await;
    let key = |kind: &str| {
        let kind = format!("CREDENTIAL_KIND_{kind}");
        json!({"person_id": system, "kind": kind, "scopes": ["issues"], "note": "bridge"})
    };
    let client = scene.world.must(ADMINISTRATOR, "CredentialService/CreateCredential", key("CLIENT_SECRET")).await;
    let (id, secret) = (text(&client["credential"], "credentialId"), text(&client, "secret"));

    let token = |secret: String| {
        let request = scene.ask(Method::POST, "/oauth2/token").basic_auth(&id, Some(secret));
        sent(request.form(&[("grant_type", "client_credentials"), ("scope", "issues")]))
    };
    let issued: Value = token(secret).await.json().await.expect("JSON");
    assert_eq!((text(&issued, "token_type").as_str(), text(&issued, "scope").as_str()), ("Bearer", "issues"));
    let rules = format!("/v1/partnerships/{}/routingRules", scene.hood.partnership_id);
    let listed = sent(scene.ask(Method::GET, &rules).bearer_auth(text(&issued, "access_token"))).await;
    assert_eq!(listed.status(), 200, "{}", listed.text().await.unwrap_or_default());
    let refused = token("another secret".to_owned()).await;
    assert_eq!((refused.status().as_u16(), header(&refused, "cache-control").as_str()), (401, "no-store"));
    let refused: Value = refused.json().await.expect("JSON");
    assert_eq!(text(&refused, "error"), "invalid_client");

    let key =
        text(&scene.world.must(ADMINISTRATOR, "CredentialService/CreateCredential", key("API_KEY")).await, "secret");
    let report = |key: &str| {
        let form = [
            ("service_code", "fly-tipping"),
            ("lat", "51.5"),
            ("long", "-0.1"),
            ("description", "Mattresses"),
            ("api_key", key),
        ];
        sent(scene.ask(Method::POST, "/open311/v2/requests.json").form(&form))
    };
    let reported = report(&key).await;
    assert_eq!(reported.status(), 200, "{}", reported.text().await.unwrap_or_default());
    assert_eq!(report("no-such-key").await.status(), 403);
    assert_eq!(report("").await.status(), 200, "anybody may report without a key");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contractor_acts_on_one_issue_and_its_reporter_follows_it() {
    let scene = scene().await;
    let reported = scene.world.must(PUBLIC, "IssueService/ReportIssue", scene.hood.report("Mattresses")).await;
    let (issue_id, follow_token) = (text(&reported["issue"], "issueId"), text(&reported, "followToken"));
    let order = json!({"provider_id": scene.hood.provider_id, "issue_id": issue_id, "holder_name": "Carts Ltd"});
    let link = scene.world.must(&scene.hood.manager(), "FormLinkService/CreateFormLink", scene.hood.with(order)).await;
    let path = text(&link, "path");

    let first = page(sent(scene.ask(Method::GET, &path)).await).await;
    assert!(
        first.contains("Carts Ltd") && first.contains("12 Quay Lane") && first.contains("value=\"accept\""),
        "{first}"
    );
    let (request_id, etag) = (hidden(&first, "request_id"), hidden(&first, "etag"));
    let accept = [("action", "accept"), ("request_id", request_id.as_str()), ("etag", etag.as_str())];
    for _ in 0..2 {
        let accepted = scene.submit(&path, "", &accept).await;
        assert_eq!(accepted.status(), 303, "sent twice: {}", accepted.text().await.unwrap_or_default());
    }
    let refuse = [("action", "refuse"), ("reason", "Not ours"), ("etag", etag.as_str())];
    let overtaken = scene.submit(&path, "", &refuse).await;
    assert_eq!(overtaken.status(), 409, "a page from before changes nothing");
    let overtaken = overtaken.text().await.expect("a page");
    assert!(overtaken.contains("Nothing was done") && overtaken.contains("value=\"done\""), "{overtaken}");
    let silent = scene.submit(&path, "", &[("action", "done"), ("work", "")]).await;
    assert_eq!(silent.status(), 400, "what was done has to be said");
    let form = page(sent(scene.ask(Method::GET, &path)).await).await;
    let request_id = hidden(&form, "request_id");
    let finish = [("action", "done"), ("work", "Carted off to the tip."), ("request_id", request_id.as_str())];
    let (first, second) = futures::join!(scene.submit(&path, "", &finish), scene.submit(&path, "", &finish));
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (303, 303), "a double click does it once");
    let ended = page(sent(scene.ask(Method::GET, &path)).await).await;
    assert!(ended.contains("It was reported done.") && !ended.contains("value=\"done\""), "{ended}");

    let follow = format!("/follow/{}/{issue_id}", scene.hood.partnership_id);
    let seen = page(sent(scene.ask(Method::GET, &format!("{follow}?token={follow_token}"))).await).await;
    assert!(seen.contains("Carted off to the tip.") && seen.contains("Yes, it is fixed"), "{seen}");
    let stranger = sent(scene.ask(Method::GET, &format!("{follow}?token=another"))).await;
    assert_eq!(stranger.status(), 403, "only whoever reported it sees what was told");
    let said = scene.submit(&follow, "", &[("token", &follow_token), ("action", "confirm")]).await;
    assert_eq!(said.status(), 303, "{}", said.text().await.unwrap_or_default());

    let revoke = scene.hood.with(json!({"form_link_id": link["formLink"]["formLinkId"]}));
    scene.world.must(&scene.hood.manager(), "FormLinkService/RevokeFormLink", revoke).await;
    let revoked = sent(scene.ask(Method::GET, &path)).await;
    assert_eq!(revoked.status(), 401);
    assert!(revoked.text().await.expect("a page").contains("quote the trace"), "the refusal is a page");
    scene.world.house.stop().await;
}

const DRAFT: &str = "ProgressReportService/DraftProgressReport";
const SUBMIT: &str = "ProgressReportService/SubmitProgressReport";

/// A commitment one of whose periods is over and not reported on, and the path of a link about it.
async fn promised() -> (Scene, Lookalike, String) {
    let mut world = Town::world(Way::Grpc).await;
    let it = Lookalike::found(&world, "AAA").await;
    world.pass_time(TimeDelta::days(20)).await;
    let order = it.with(&["provider_id", "commitment_id"], json!({"holder_name": "Carts Ltd"}));
    let link = world.must(&it.hood.manager(), "FormLinkService/CreateFormLink", order).await;
    let scene = scene_of(world, it.hood.clone());
    (scene, it, text(&link, "path"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contractor_drafts_the_report_on_a_commitment() {
    let (scene, it, path) = promised().await;
    let first = page(sent(scene.ask(Method::GET, &path)).await).await;
    for shown in ["Carts Ltd", "A commitment of Street Scene", "clear on every inspection", "95 percent", "40 percent"]
    {
        assert!(first.contains(shown), "{shown}: {first}");
    }
    assert!(first.contains("value=\"draft\"") && !first.contains("value=\"accept\""), "{first}");
    let (request_id, period_end) = (hidden(&first, "request_id"), hidden(&first, "period_end"));
    let form = async |fields: &[(&str, &str)]| {
        let own = [("action", "draft"), ("request_id", request_id.as_str()), ("period_end", period_end.as_str())];
        scene.submit(&path, "", &[own.as_slice(), fields].concat()).await
    };

    let wrong =
        form(&[("numerator", "26"), ("denominator", "25"), ("rag", "green"), ("narrative", "All <clear>.")]).await;
    assert_eq!(wrong.status(), 400);
    let wrong = wrong.text().await.expect("a page");
    assert!(wrong.contains("href=\"#numerator\"") && wrong.contains("All &#60;clear&#62;."), "{wrong}");

    let good = [("numerator", "24"), ("denominator", "25"), ("rag", "green"), ("narrative", "Nearly clear.")];
    for _ in 0..2 {
        let drafted = form(&good).await;
        assert_eq!(drafted.status(), 303, "sent twice: {}", drafted.text().await.unwrap_or_default());
        let after = page(sent(scene.ask(Method::GET, &header(&drafted, "location"))).await).await;
        assert!(after.contains("was handed to Street Scene") && after.contains("Nearly clear."), "{after}");
    }
    assert_eq!(drafters(&scene, &it).await, ["Carts Ltd (by link)"], "the same form, sent twice, drafts once");
    let mended = [("numerator", "23"), ("denominator", "25"), ("rag", "green"), ("narrative", "Two streets to go.")];
    assert_eq!(form(&mended).await.status(), 303, "the page was gone back to, and what it said was mended");
    assert_eq!(drafters(&scene, &it).await.len(), 2);
    handed_in_by_its_officer(&scene, &it, &period_end).await;

    let late = form(&[good.as_slice(), &[("plan", "None")]].concat()).await;
    assert_eq!(late.status(), 409, "the period has its report");
    let late = late.text().await.expect("a page");
    assert!(late.contains("Nothing was done") && hidden(&late, "period_end") > period_end, "{late}");
    scene.world.house.stop().await;
}

/// Who drafted reports on the commitment, as its officer reads it in the history.
async fn drafters(scene: &Scene, it: &Lookalike) -> Vec<String> {
    let asked = it.with(&["commitment_id"], json!({}));
    let rpc = "CommitmentService/ListCommitmentHistory";
    let entries = scene.world.list(&it.hood.officer(), rpc, asked, "entries").await;
    let drafted = entries.iter().filter(|entry| entry["kind"] == "progress_report.drafted");
    drafted.map(|entry| text(&entry["actor"], "name")).collect()
}

/// The officer finds what was drafted, and hands it in as it stands.
async fn handed_in_by_its_officer(scene: &Scene, it: &Lookalike, period_end: &str) {
    let (world, officer) = (&scene.world, it.hood.officer());
    let asked = it.with(&["commitment_id"], json!({"filter": "status = draft"}));
    let drafts = world.list(&officer, "ProgressReportService/ListProgressReports", asked, "progressReports").await;
    let [draft] = drafts.as_slice() else { panic!("there is one draft: {drafts:?}") };
    assert_eq!(text(&draft["drafter"], "name"), "Carts Ltd (by link)");
    assert_eq!(text(&draft["content"], "narrative"), "Two streets to go.");
    let content = json!({
        "ratio": {"numerator": 23, "denominator": 25}, "narrative": draft["content"]["narrative"], "reported_rag": "RAG_GREEN",
    });
    let report = it.with(&["commitment_id"], json!({"period_end_date": period_end, "content": content}));
    world.refused(&officer, DRAFT, report.clone(), "DRAFT_OF_ANOTHER").await;
    let handed_in = world.must(&officer, SUBMIT, merged(report, json!({"etag": draft["etag"]}))).await;
    let told = (text(&handed_in, "status"), text(&handed_in["drafter"], "name"));
    assert_eq!(told, ("PROGRESS_REPORT_STATUS_SUBMITTED".to_owned(), "Carts Ltd (by link)".to_owned()));
}
