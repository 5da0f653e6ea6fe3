//! People sign in with a browser, systems with their keys, contractors and residents with their links: over real HTTP, with real
//! letters, against real services.

#![allow(clippy::panic, reason = "a step that is refused on the way fails the test")]

use http::Method;
use pathfinder_tests::door::Way;
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
    let accepted = scene.submit(&path, "", &[("action", "accept")]).await;
    assert_eq!(accepted.status(), 303, "{}", accepted.text().await.unwrap_or_default());
    let silent = scene.submit(&path, "", &[("action", "done"), ("work", "")]).await;
    assert_eq!(silent.status(), 400, "what was done has to be said");
    let done = scene.submit(&path, "", &[("action", "done"), ("work", "Carted off to the tip.")]).await;
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap_or_default());

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
