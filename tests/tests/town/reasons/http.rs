//! What can be wrong over HTTP alone.

use http::Method;
use pathfinder::config::{Entry, Rates};
use pathfinder_tests::door::{Http, answer, refusal};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::House as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Outcome, Scene};

fn issues(scene: &Scene) -> String {
    format!("/v1/partnerships/{}/issues", scene.hood.partnership_id)
}

pub(super) async fn a_path_leads_nowhere(scene: &Scene) -> Outcome {
    answer("no path", scene.http().request(Method::GET, "/v1/no-such-thing")).await
}

pub(super) async fn a_path_has_no_such_method(scene: &Scene) -> Outcome {
    answer("no method", scene.http().request(Method::DELETE, &issues(scene))).await
}

pub(super) async fn a_body_is_no_json(scene: &Scene) -> Outcome {
    let request = scene.http().request(Method::POST, &issues(scene)).header("content-type", "application/json");
    answer("no JSON", request.body("{\"title\"")).await
}

pub(super) async fn a_body_is_a_form(scene: &Scene) -> Outcome {
    answer("a form", scene.http().request(Method::POST, &issues(scene)).form(&[("title", "x")])).await
}

/// Sends a body whose second chunk has no length, which no library does.
pub(super) async fn a_body_breaks_off(scene: &Scene) -> Outcome {
    let address = scene.world.house.gateway().replace("http://", "");
    let mut connection = TcpStream::connect(&address).await.expect("the gateway can be reached");
    let head = format!("POST {} HTTP/1.1\r\nhost: {address}\r\nconnection: close", issues(scene));
    let body = "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\nno length\r\n";
    connection.write_all(format!("{head}\r\n{body}").as_bytes()).await.expect("the request can be sent");
    let mut text = String::new();
    connection.read_to_string(&mut text).await.expect("the answer can be read");
    let json = text.split_once("\r\n\r\n").map_or("", |(_, json)| json);
    let json = serde_json::from_str(json).unwrap_or_else(|error| panic!("the answer is JSON ({error}): {text}"));
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Err(refusal(status.expect("an answer begins with its status"), &json))
}

/// Sends what a page of another site has a browser send to whoever is signed in.
pub(super) async fn another_site_sends_it(scene: &Scene) -> Outcome {
    let request = scene.http().request(Method::POST, &issues(scene)).header("sec-fetch-site", "cross-site");
    answer("another site", request.header("cookie", "pathfinder=any").json(&scene.hood.report("Mattresses"))).await
}

pub(super) async fn a_session_is_none(scene: &Scene) -> Outcome {
    answer("no session", scene.http().request(Method::GET, "/v1/caller").header("cookie", "pathfinder=any")).await
}

/// Asks a suite that lets one address ask once a second until it has had enough.
pub(super) async fn one_address_asks_too_often(_: &Scene) -> Outcome {
    let rates = Rates { per_address: 1, ..Rates::NONE };
    let town = Town::entered(Entry { rates, ..Entry::default() }).await;
    let http = Http::at(&town.gateway());
    let mut outcome = Ok(serde_json::Value::Null);
    while outcome.is_ok() {
        outcome = answer("too often", http.request(Method::GET, "/v1/partnerships")).await;
    }
    town.stop().await;
    outcome
}
