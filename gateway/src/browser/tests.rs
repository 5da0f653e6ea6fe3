//! Signing in, sessions, keys and links over HTTP, in front of an identity that knows one session, one key and one link.

mod double;
mod links;

use std::sync::{Arc, Mutex};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::double::services;
use crate::config::{Config, PublicUrl, Rates};
use crate::testing::{self, Fixture, PUBLIC_URL};

const PLACE: &str = "0190163d-8694-739b-aea5-000000000001";
const ISSUE: &str = "0190163d-8694-739b-aea5-000000000002";
/// The payload reads `{"sid":"s-1"}`.
const ACCESS: &str = "e30.eyJzaWQiOiJzLTEifQ.c2ln";

/// What the services were asked, and as whom.
#[derive(Default)]
struct Heard {
    calls: Vec<(String, Option<String>)>,
    clients: Vec<String>,
    state: i32,
}

struct House {
    fixture: Fixture,
    heard: Arc<Mutex<Heard>>,
    client: Client,
}

async fn start(change: impl FnOnce(&mut Config)) -> House {
    let heard = Arc::<Mutex<Heard>>::default();
    let shutdown = CancellationToken::new();
    let (listener, address) = testing::listen().await;
    let pool = pathfinder_proto::pool();
    tokio::spawn(testing::serve_double(listener, pool.clone(), services(Arc::clone(&heard)), shutdown.clone()));
    let mut config = testing::config(address);
    change(&mut config);
    let fixture = Fixture::serve(config, pool, shutdown).await;
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    House { fixture, heard, client }
}

impl House {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.fixture.url(path)).header("accept", "text/html,*/*")
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    /// A form sent by a page of our own.
    fn submit(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.ask(Method::POST, path).header("origin", PUBLIC_URL).form(form)
    }

    fn calls(&self) -> Vec<String> {
        self.heard.lock().unwrap().calls.iter().map(|(rpc, _)| rpc.clone()).collect()
    }

    /// As whom an RPC was last asked.
    fn bearer_of(&self, rpc: &str) -> Option<String> {
        let heard = self.heard.lock().unwrap();
        heard.calls.iter().rev().find(|(name, _)| name == rpc).and_then(|(_, bearer)| bearer.clone())
    }
}

fn header(response: &Response, name: &str) -> String {
    let values = response.headers().get_all(name).iter().map(|value| value.to_str().unwrap());
    values.collect::<Vec<_>>().join("\n")
}

fn status(response: &Response) -> u16 {
    response.status().as_u16()
}

#[tokio::test]
async fn a_link_by_email_begins_a_session_and_ends_the_one_before() {
    let house = start(|_| {}).await;
    let form = house.get("/sign-in").await;
    assert_eq!((status(&form), header(&form, "cache-control").as_str()), (200, "no-store"));
    assert!(header(&form, "content-security-policy").contains("form-action 'self'"));
    assert!(form.text().await.unwrap().contains("/sign-in/openid/council"));

    let sent = house.submit("/sign-in", &[("email", "ann@example.org")]).send().await.unwrap();
    assert_eq!(status(&sent), 200);
    assert!(sent.text().await.unwrap().contains("data/outbox"));
    let wrong = house.submit("/sign-in", &[("email", "<ann>")]).send().await.unwrap();
    assert_eq!(status(&wrong), 400);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("value=\"&#60;ann&#62;\"") && wrong.contains("aria-invalid=\"true\""), "{wrong}");

    let button = house.get("/sign-in/link?token=good-link").await;
    assert!(button.text().await.unwrap().contains("value=\"good-link\""));
    assert!(!house.calls().contains(&"RedeemSignInLink".to_owned()), "opening a link does not use it up");
    let redeemed = house.submit("/sign-in/link", &[("token", "good-link")]).header("cookie", "pathfinder=old");
    let redeemed = redeemed.send().await.unwrap();
    assert_eq!((status(&redeemed), header(&redeemed, "location").as_str()), (303, "/account"));
    assert!(header(&redeemed, "set-cookie").contains("pathfinder=new-session; Path=/"), "{redeemed:?}");
    assert!(house.calls().contains(&"EndSession".to_owned()), "the session before ends");

    let refused =
        house.submit("/sign-in/link", &[("token", "used")]).header("traceparent", TRACE).send().await.unwrap();
    assert_eq!((status(&refused), header(&refused, "content-type").as_str()), (401, "text/html; charset=utf-8"));
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("0af7651916cd43dd8448eb211c80319c"), "the page names its trace");
    assert!(
        refused.contains("<h1>You could not be signed in</h1>") && refused.contains("was used before"),
        "{refused}"
    );
    assert!(house.heard.lock().unwrap().clients.iter().all(|client| client == "127.0.0.1"));
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_provider_is_gone_to_and_come_back_from_in_one_browser() {
    let house = start(|_| {}).await;
    let gone = house.get("/sign-in/openid/council").await;
    assert_eq!(status(&gone), 303);
    let back = format!("back={PUBLIC_URL}/sign-in/openid/council/return");
    assert!(header(&gone, "location").ends_with(&back), "{gone:?}");
    assert!(header(&gone, "set-cookie").starts_with("pathfinder-flow=flow; Path=/; Max-Age=600; HttpOnly"));

    let path = "/sign-in/openid/council/return?state=s&code=";
    let elsewhere = house.get(&format!("{path}good-code")).await;
    assert_eq!(status(&elsewhere), 401, "another browser cannot come back");
    let returned = |query: &str| house.ask(Method::GET, query).header("cookie", "pathfinder-flow=flow").send();
    let done = returned(&format!("{path}good-code")).await.unwrap();
    assert_eq!((status(&done), header(&done, "location").as_str()), (303, "/account"));
    assert!(header(&done, "set-cookie").contains("pathfinder=new-session"));
    let astray = path.replace("council", "another");
    for wrong in [
        format!("{path}bad"),
        format!("{astray}good-code"),
        "/sign-in/openid/council/return?error=access_denied&state=s".to_owned(),
    ] {
        let refused = returned(&wrong).await.unwrap();
        assert_eq!(status(&refused), 401, "{wrong}");
        assert!(header(&refused, "set-cookie").contains("pathfinder-flow=; "), "the flow is over");
    }
}

#[tokio::test]
async fn behind_tls_cookies_are_secret_and_of_this_host() {
    let secure = |config: &mut Config| {
        config.public_url = PublicUrl::read("--public-url", "https://pathfinder.test").unwrap();
    };
    let house = start(secure).await;
    let redeem = house.ask(Method::POST, "/sign-in/link").header("origin", "https://pathfinder.test");
    let redeemed = redeem.form(&[("token", "good-link")]).send().await.unwrap();
    let cookie = header(&redeemed, "set-cookie");
    assert!(cookie.starts_with("__Host-pathfinder=new-session; Path=/; ") && cookie.contains("; Secure"), "{cookie}");
    assert_eq!(header(&redeemed, "strict-transport-security"), "max-age=31536000");
    let plain = start(|_| {}).await.get("/sign-in").await;
    assert_eq!(header(&plain, "strict-transport-security"), "", "where there is no TLS, it would shut people out");
}

#[tokio::test]
async fn the_account_shows_roles_and_sessions_and_signs_out() {
    let house = start(|_| {}).await;
    let nobody = house.get("/account").await;
    assert_eq!((status(&nobody), header(&nobody, "location").as_str()), (303, "/sign-in"));

    let ended = house.ask(Method::GET, "/account").header("cookie", "pathfinder=ended").send().await.unwrap();
    assert_eq!((status(&ended), header(&ended, "location").as_str()), (303, "/sign-in?ended=yes"));
    assert!(house.get("/sign-in?ended=yes").await.text().await.unwrap().contains("the session has ended"));

    let with = |request: RequestBuilder| request.header("cookie", "pathfinder=good-session").send();
    let page = with(house.ask(Method::GET, "/account")).await.unwrap().text().await.unwrap();
    assert!(page.contains("Ann &#60;Manager&#62;") && page.contains("Neighbourhood manager"), "{page}");
    assert!(
        page.contains("This browser") && page.contains("value=\"s-2\"") && !page.contains("value=\"s-1\""),
        "{page}"
    );
    assert_eq!(house.bearer_of("ListSessions"), Some(format!("Bearer {ACCESS}")));

    let ended = with(house.submit("/account/sessions", &[("session_id", "s-2")])).await.unwrap();
    assert_eq!((status(&ended), house.calls().last().map(String::as_str)), (303, Some("RevokeSession")));
    let out = with(house.submit("/sign-out", &[])).await.unwrap();
    assert_eq!((status(&out), house.calls().last().map(String::as_str)), (200, Some("EndSession")));
    assert!(header(&out, "set-cookie").starts_with("pathfinder=; Path=/; Max-Age=0"));
}

#[tokio::test]
async fn a_session_carries_a_token_to_the_services_until_it_ends() {
    let house = start(|_| {}).await;
    let caller = |cookie: &str| {
        house.client.get(house.fixture.url("/v1/caller")).header("cookie", format!("pathfinder={cookie}"))
    };
    let known = caller("good-session").send().await.unwrap();
    assert_eq!(status(&known), 200);
    assert_eq!(house.bearer_of("GetCaller"), Some(format!("Bearer {ACCESS}")));
    for gone in ["ended", "not%20a%20token"] {
        let refused = caller(gone).send().await.unwrap();
        assert!(header(&refused, "set-cookie").starts_with("pathfinder=; "), "the browser forgets it");
        assert_eq!(status(&refused), 401);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["error"]["reason"], "SESSION_ENDED");
    }
    let own = caller("ended").header("authorization", "Bearer own").send().await.unwrap();
    assert_eq!(
        (status(&own), house.bearer_of("GetCaller").as_deref()),
        (200, Some("Bearer own")),
        "a token goes first"
    );
}

#[tokio::test]
async fn what_another_site_sends_in_somebodys_name_is_refused() {
    let house = start(|_| {}).await;
    let accept = format!("/v1/partnerships/{PLACE}/issues/{ISSUE}:accept");
    let write = |headers: &[(&'static str, &'static str)]| {
        let request = house.client.post(house.fixture.url(&accept)).header("content-type", "application/json");
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body("{}")
    };
    let cookie = ("cookie", "pathfinder=good-session");
    for (headers, expected) in [
        (vec![cookie, ("sec-fetch-site", "cross-site")], 403),
        (vec![cookie, ("sec-fetch-site", "same-site")], 403),
        (vec![cookie, ("origin", "https://evil.example")], 403),
        (vec![cookie], 403),
        (vec![cookie, ("sec-fetch-site", "same-origin")], 200),
        (vec![cookie, ("origin", PUBLIC_URL)], 200),
        (vec![("origin", "https://other.example"), ("authorization", "Bearer own")], 200),
    ] {
        let answer = write(&headers).send().await.unwrap();
        assert_eq!(status(&answer), expected, "{headers:?}");
        if expected == 403 {
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error"]["reason"], "CROSS_SITE");
        }
    }
    for path in ["/sign-in", "/sign-in/link", "/sign-out", "/account/sessions", "/f/good-form"] {
        let foreign = house.ask(Method::POST, path).header("origin", "https://evil.example");
        let refused = foreign.form(&[("token", "good-link")]).send().await.unwrap();
        assert_eq!(status(&refused), 403, "{path}");
        assert!(refused.text().await.unwrap().contains("<h1>This is not allowed</h1>"));
    }
}

#[tokio::test]
async fn a_system_gets_its_token_in_the_words_of_the_standard() {
    let house = start(|_| {}).await;
    let url = house.fixture.url("/oauth2/token");
    let form = [("grant_type", "client_credentials"), ("client_id", "c"), ("client_secret", "good-secret")];
    let issued = house.client.post(&url).form(&form).send().await.unwrap();
    assert_eq!((status(&issued), header(&issued, "cache-control").as_str()), (200, "no-store"));
    let body: Value = issued.json().await.unwrap();
    assert_eq!(body, json!({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 900, "scope": "issues"}));
    let basic = house.client.post(&url).basic_auth("c", Some("good-secret")).form(&form[..1]).send().await.unwrap();
    assert_eq!((status(&basic), house.bearer_of("IssueClientToken")), (200, None), "the header is no token");

    for (form, expected, error) in [
        (vec![], 400, "invalid_request"),
        (vec![("grant_type", "password")], 400, "unsupported_grant_type"),
        (vec![form[0]], 401, "invalid_client"),
        (vec![form[0], form[1], ("client_secret", "wrong")], 401, "invalid_client"),
        (vec![form[0], form[1], form[2], ("scope", "everything")], 400, "invalid_scope"),
        (vec![form[0], form[0]], 400, "invalid_request"),
    ] {
        let refused = house.client.post(&url).form(&form).send().await.unwrap();
        assert_eq!(status(&refused), expected, "{form:?}");
        assert_eq!(header(&refused, "www-authenticate").starts_with("Basic"), expected == 401);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["error"], error, "{form:?}: {body}");
    }
    let twice = house.client.post(&url).basic_auth("c", Some("good-secret")).form(&form).send().await.unwrap();
    assert_eq!(status(&twice), 400, "one way of showing who one is");
    let silent = house.client.post(&url).basic_auth("c", Some("")).form(&form[..1]).send().await.unwrap();
    assert_eq!(status(&silent), 401, "a client without its secret");
    let silent = house.client.post(&url).basic_auth("c", Some("")).form(&form[..1]).send().await.unwrap();
    assert_eq!(status(&silent), 401, "a client without its secret");
    assert_eq!(status(&house.client.get(&url).send().await.unwrap()), 405);
}

#[tokio::test]
async fn an_open311_key_is_its_systems_and_a_wrong_one_is_refused() {
    let house = start(|_| {}).await;
    let services = |key: &str| {
        let path = format!("/open311/v2/services.json?api_key={key}");
        house.ask(Method::GET, &path).header("accept", "*/*").send()
    };
    let refused = services("bad-key").await.unwrap();
    assert_eq!(status(&refused), 403);
    let problems: Value = refused.json().await.unwrap();
    assert_eq!(problems[0]["code"], 403, "in the form of Open311: {problems}");
    assert_eq!(status(&services("good-key").await.unwrap()), 404, "the double knows no partnership");
    assert_eq!(house.bearer_of("ListPartnerships"), Some(format!("Bearer {ACCESS}")));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let house = start(|config| config.rates = Rates { per_address: 2, per_caller: 3 }).await;
    let plain = || house.client.get(house.fixture.url("/"));
    for _ in 0..8 {
        assert_eq!(status(&plain().send().await.unwrap()), 200);
    }
    let refused = loop {
        let answer = plain().send().await.unwrap();
        if status(&answer) != 200 {
            break answer;
        }
    };
    assert_eq!((status(&refused), header(&refused, "retry-after").as_str()), (429, "1"));
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["reason"], "RATE_LIMITED");
    let keyed = plain().header("authorization", "Bearer own").send().await.unwrap();
    assert_eq!(status(&keyed), 200, "a caller of its own has a quota of its own");
    assert_eq!(status(&house.client.get(house.fixture.url("/healthz")).send().await.unwrap()), 200);

    let link = || house.get("/f/good-form");
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(status(&link().await));
    }
    assert!(answers.contains(&429), "what guards a secret is slower: {answers:?}");
}
