//! The change feeds as others watch them, over HTTP.

use serde_json::Value;

use crate::door::Http;
use crate::waiting::PATIENCE;
use crate::world::{House, World, text};

/// Opens the feed of a service as somebody.
///
/// # Panics
///
/// When the gateway does not answer.
pub async fn open<H: House>(world: &World<H>, who: &str, feed: &str, query: &[(&str, &str)]) -> reqwest::Response {
    let http = Http::at(&world.house.gateway());
    let request = http.request(http::Method::GET, &format!("/v1/{feed}/events:watch")).query(query);
    let request = match world.token(who).await {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap_or_else(|error| panic!("the gateway answers: {error}"))
}

/// Reads events, one a line, until there are `count`.
///
/// # Panics
///
/// When they do not come in time.
pub async fn read(mut response: reqwest::Response, count: usize) -> Vec<Value> {
    assert_eq!(response.status(), 200, "the feed opens");
    let mut bytes = Vec::new();
    let reading = async {
        let mut lines = 0;
        while lines < count {
            let chunk = response.chunk().await.expect("a feed goes on").expect("a feed does not end by itself");
            lines += chunk.iter().filter(|byte| **byte == b'\n').count();
            bytes.extend_from_slice(&chunk);
        }
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(read.is_ok(), "{count} events come within {PATIENCE:?}; these did:\n{text}");
    text.lines().take(count).map(|line| serde_json::from_str(line).expect("an event is a line of JSON")).collect()
}

/// Behind which to go on after an event.
#[must_use]
pub fn cursor(event: &Value) -> String {
    text(&event["meta"], "cursor")
}
