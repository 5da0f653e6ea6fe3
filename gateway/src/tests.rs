//! The gateway over HTTP, in front of a service that speaks the test contract.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing_subscriber::layer::SubscriberExt;

use crate::testing::{self, Fixture};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    assert!(response.headers().contains_key("traceparent"), "every answer names its trace");
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

fn post(fixture: &Fixture, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    Client::new().post(fixture.url(path)).header("content-type", "application/json").body(body)
}

#[tokio::test]
async fn an_answer_shows_every_scalar_and_its_etag() {
    let fixture = Fixture::start().await;
    let body = json!({"title": "T", "shop": "s", "binding": "BINDING_CLOTH"}).to_string();
    let (status, book) = answer(post(&fixture, "/v1/shelves/s/books", body)).await;
    assert_eq!(status, 200);
    let expected = json!({
        "bookId": "", "title": "T", "binding": "BINDING_CLOTH", "pageCount": 0, "soldCount": "0", "chapters": [], "etag": "", "labels": {},
        "shelfId": "s",
    });
    assert_eq!(book, expected, "scalars are written out, unset messages and optional fields are not");

    let lent = post(&fixture, "/v1/shelves/s/books/b:lend", r#"{"etag":"e7"}"#).send().await.unwrap();
    assert_eq!(lent.headers()["etag"], "\"e7\"");
    assert_eq!(lent.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn only_allowed_headers_reach_the_service_and_the_trace_goes_along() {
    let fixture = Fixture::start().await;
    let request = Client::new()
        .get(fixture.url("/v1/shelves/s/books/b"))
        .header("authorization", "Bearer abc")
        .header("traceparent", TRACEPARENT)
        .header("tracestate", "vendor=1")
        .header("x-internal-role", "admin")
        .header("x-pathfinder-door", "grpc")
        .header("cookie", "session=1")
        .header("grpc-timeout", "1n");
    let (status, book) = answer(request).await;
    assert_eq!(status, 200);
    let seen = book["title"].as_str().unwrap();
    for expected in [
        "authorization: Bearer abc",
        "x-pathfinder-door: http",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-",
        "tracestate: vendor=1",
        "grpc-timeout: ",
    ] {
        assert!(seen.contains(expected), "{expected} in\n{seen}");
    }
    for kept_back in ["x-internal-role", "x-pathfinder-door: grpc", "cookie", "grpc-timeout: 1n", "b7ad6b7169203331"] {
        assert!(!seen.contains(kept_back), "{kept_back} in\n{seen}");
    }
}

/// With telemetry running, the service sees the gateway's own call as its parent, in the caller's trace.
#[tokio::test]
async fn one_request_is_one_trace_with_telemetry() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // With a second subscriber alive, a span that another test's thread meets first is not taken for one that nobody wants.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    // The runtime of a test has one thread, so this holds for every task of it.
    let _kept = tracing::subscriber::set_default(tracing_subscriber::registry().with(traces));
    let fixture = Fixture::start().await;
    let request = Client::new().get(fixture.url("/v1/shelves/s/books/b")).header("traceparent", TRACEPARENT);
    let response = request.send().await.unwrap();
    let answered = response.headers()["traceparent"].to_str().unwrap().to_owned();
    let book: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let passed =
        book["title"].as_str().unwrap().lines().find_map(|line| line.strip_prefix("traceparent: ")).unwrap().to_owned();
    for context in [&answered, &passed] {
        assert!(context.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{context}");
    }
    assert_ne!(answered, passed, "the call is a span of its own below the request's");
    assert_ne!(answered, TRACEPARENT);
}

#[tokio::test]
async fn a_refusal_of_the_service_keeps_its_reason_and_names_the_trace() {
    let fixture = Fixture::start().await;
    let request = Client::new().get(fixture.url("/v1/shelves/s/books/missing")).header("traceparent", TRACEPARENT);
    let (status, body) = answer(request).await;
    let error = &body["error"];
    assert_eq!(status, 404);
    assert_eq!(
        (&error["code"], &error["status"], &error["reason"]),
        (&json!(404), &json!("NOT_FOUND"), &json!("NOT_FOUND"))
    );
    assert_eq!(error["traceId"], "0af7651916cd43dd8448eb211c80319c");

    let (status, body) = answer(post(&fixture, "/v1/shelves/s/books", r#"{"title":"taken"}"#)).await;
    assert_eq!(status, 400);
    let fields: Vec<&str> =
        body["error"]["fieldViolations"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["pageCount", "chapters[0].firstPage"]);

    let bare = answer(Client::new().get(fixture.url("/v1/shelves/s/books/bare"))).await;
    assert_eq!(bare.0, 500);
    assert!(!bare.1.to_string().contains("secret"), "{}", bare.1);
    let closed = Client::new().get(fixture.url("/v1/shelves/s/books/closed")).send().await.unwrap();
    assert_eq!((closed.status().as_u16(), &closed.headers()["www-authenticate"]), (401, &"Bearer".parse().unwrap()));
}

#[tokio::test]
async fn a_stale_etag_is_412_for_if_match_and_409_for_the_field() {
    let fixture = Fixture::start().await;
    let path = "/v1/shelves/s/books/b:lend";
    assert_eq!(answer(post(&fixture, path, r#"{"etag":"stale"}"#)).await.0, 409);
    assert_eq!(answer(post(&fixture, path, "").header("if-match", "\"stale\"")).await.0, 412);
    let (status, book) = answer(post(&fixture, path, "").header("idempotency-key", "k")).await;
    assert_eq!((status.as_u16(), &book["title"]), (200, &json!("k")), "the key arrives as request_id");
}

#[tokio::test]
async fn bad_input_has_its_own_clear_answer() {
    let fixture = Fixture::start().await;
    let books = "/v1/shelves/s/books";
    let cases: [(RequestBuilder, u16, &str); 9] = [
        (post(&fixture, books, "{\"title\": }"), 400, "JSON_MALFORMED"),
        (post(&fixture, books, "[".repeat(200_000)), 400, "JSON_MALFORMED"),
        (post(&fixture, books, &b"{\"title\": \"\xff\"}"[..]), 400, "JSON_MALFORMED"),
        (post(&fixture, books, r#"{"pageCount": 1e400}"#), 400, "JSON_MALFORMED"),
        (post(&fixture, books, r#"{"titel": 1, "pageCount": 99999999999999999999999}"#), 400, "INVALID_REQUEST"),
        (
            Client::new().post(fixture.url(books)).header("content-type", "text/xml").body("<a/>"),
            415,
            "MEDIA_TYPE_UNSUPPORTED",
        ),
        (post(&fixture, books, vec![b' '; 10 << 20]), 413, "TOO_LARGE"),
        (Client::new().request(Method::DELETE, fixture.url(books)), 405, "METHOD_NOT_ALLOWED"),
        (Client::new().get(fixture.url("/v1/nothing")), 404, "ROUTE_NOT_FOUND"),
    ];
    for (request, expected, reason) in cases {
        let (status, body) = answer(request).await;
        assert_eq!((status.as_u16(), body["error"]["reason"].as_str()), (expected, Some(reason)), "{body}");
        assert_eq!(body["error"]["traceId"].as_str().map(str::len), Some(32));
    }
    let wrong = Client::new().post(fixture.url("/healthz")).send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), &wrong.headers()["allow"]), (405, &"GET,HEAD".parse().unwrap()));
}

#[tokio::test]
async fn a_body_without_a_declared_length_is_limited_too() {
    let fixture = Fixture::start().await;
    let chunks = futures::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024])));
    let (status, _) = answer(post(&fixture, "/v1/shelves/s/books", reqwest::Body::wrap_stream(chunks))).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_stream_is_lines_or_events() {
    let fixture = Fixture::start().await;
    let watch = |query: &str| Client::new().get(fixture.url(&format!("/v1/books:watch{query}")));
    let lines = watch("").send().await.unwrap();
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    let lines = lines.text().await.unwrap();
    let cursors: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["meta"]["cursor"].clone()).collect();
    assert_eq!(cursors, ["c1", "c2"]);

    let events = watch("").header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert!(events.text().await.unwrap().starts_with("id: c1\ndata: {"));
    let resumed = watch("").header("accept", "text/event-stream").header("last-event-id", "c1").send().await.unwrap();
    assert!(resumed.text().await.unwrap().starts_with("id: c2\n"));

    let failed = watch("?after=fail").send().await.unwrap().text().await.unwrap();
    let last: Value = serde_json::from_str(failed.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["reason"], "DATABASE_UNAVAILABLE");
}

#[tokio::test]
async fn rows_are_lines_or_a_file() {
    let fixture = Fixture::start().await;
    let export = |query: &str| Client::new().get(fixture.url(&format!("/v1/shelves/s/books:export{query}")));
    let lines = export("").send().await.unwrap();
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    assert_eq!(lines.text().await.unwrap().lines().count(), 3);

    let csv = export("?alt=csv").send().await.unwrap();
    assert_eq!(csv.headers()["content-type"], "text/csv");
    assert_eq!(csv.headers()["content-disposition"], "attachment; filename=\"books.csv\"");
    let expected = "title,binding,sold_count,latitude,longitude,publish_time,lent\r\n\
        \"Bees, \"\"and\"\" wasps\",cloth,9007199254740993,42.36,-71.06,2026-03-01T09:30:00Z,true\r\n\
        '=1+1,,0,,,,false\r\n\
        \"Two\nlines\",,0,,,,false\r\n";
    assert_eq!(csv.text().await.unwrap(), expected);
    let written_otherwise = export("?%61lt=%63sv").send().await.unwrap();
    assert_eq!(written_otherwise.text().await.unwrap(), expected);

    let geojson = export("?alt=geojson").send().await.unwrap();
    assert_eq!(geojson.headers()["content-type"], "application/geo+json");
    let geojson: Value = geojson.json().await.unwrap();
    assert_eq!((&geojson["type"], geojson["features"].as_array().unwrap().len()), (&json!("FeatureCollection"), 3));
    assert_eq!(
        geojson["features"][0],
        json!({
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-71.06, 42.36]},
            "properties": {
                "title": "Bees, \"and\" wasps", "binding": "cloth", "sold_count": 9_007_199_254_740_993_i64,
                "publish_time": "2026-03-01T09:30:00Z", "lent": true,
            },
        })
    );
    assert_eq!(geojson["features"][1]["geometry"], Value::Null);
    let empty = |alt: &str| Client::new().get(fixture.url(&format!("/v1/shelves/empty/books:export?alt={alt}"))).send();
    assert_eq!(empty("csv").await.unwrap().text().await.unwrap().lines().count(), 1);
    assert_eq!(empty("geojson").await.unwrap().json::<Value>().await.unwrap()["features"], json!([]));

    for wrong in ["?alt=xlsx", "?alt=csv&alt=csv", "?alt"] {
        let (status, body) = answer(export(wrong)).await;
        assert_eq!((status.as_u16(), &body["error"]["fieldViolations"][0]["field"]), (400, &json!("alt")), "{wrong}");
    }
    let (_, body) = answer(export("?alt=xlsx&colour=red")).await;
    let fields: Vec<&Value> =
        body["error"]["fieldViolations"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(fields, ["colour", "alt"], "everything that is wrong, at once");
    let events = export("").header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(events.headers()["content-type"], "application/x-ndjson", "rows are no events");
    let (status, _) = answer(Client::new().get(fixture.url("/v1/books:watch?alt=csv"))).await;
    assert_eq!(status, 400, "what is no row is no file");
}

#[tokio::test]
async fn a_file_that_is_not_whole_does_not_look_whole() {
    let fixture = Fixture::with(|config| config.limits.stream_age = Duration::from_millis(300)).await;
    for shelf in ["broken", "endless"] {
        let export = |query: &str| Client::new().get(fixture.url(&format!("/v1/shelves/{shelf}/books:export{query}")));
        for file in ["?alt=csv", "?alt=geojson"] {
            let whole = async { export(file).send().await?.bytes().await };
            assert!(whole.await.is_err(), "{shelf}: the connection is cut");
        }
        let lines = export("").send().await.unwrap().text().await.unwrap();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!(last["error"]["status"], "UNAVAILABLE", "{shelf}: {last}");
    }
}

#[tokio::test]
async fn a_service_that_is_slow_or_gone_is_named() {
    let fixture = Fixture::with(|config| config.limits.request_time = Duration::from_millis(400)).await;
    let (status, body) = answer(Client::new().get(fixture.url("/v1/shelves/s/books/slow"))).await;
    assert_eq!((status.as_u16(), body["error"]["reason"].as_str()), (504, Some("DEADLINE_EXCEEDED")));

    let (listener, address) = testing::listen().await;
    drop(listener);
    let alone =
        Fixture::serve(testing::config(address), &testing::pool(), tokio_util::sync::CancellationToken::new()).await;
    let (status, body) = answer(Client::new().get(alone.url("/v1/shelves/s/books/b"))).await;
    assert_eq!((status.as_u16(), body["error"]["reason"].as_str()), (503, Some("PEER_UNAVAILABLE")));
    assert_eq!(body["error"]["metadata"]["peer"], "boards");
    let (status, body) = answer(Client::new().get(alone.url("/readyz"))).await;
    assert_eq!((status.as_u16(), &body["services"]["issues"]), (503, &json!("UNREACHABLE")));
    assert_eq!(answer(Client::new().get(alone.url("/healthz"))).await.0, 200);
}

#[tokio::test]
async fn readiness_names_every_service() {
    let fixture = Fixture::start().await;
    let (status, body) = answer(Client::new().get(fixture.url("/readyz"))).await;
    assert_eq!(status, 200);
    let serving = json!({"boards": "SERVING", "commitments": "SERVING", "issues": "SERVING", "identity": "SERVING"});
    assert_eq!(body, json!({"status": "SERVING", "services": serving}));
}

#[tokio::test]
async fn too_much_at_once_is_shed_with_a_time_to_come_back() {
    let fixture = Fixture::with(|config| {
        config.limits.requests = 1;
        config.limits.streams = 1;
        config.limits.request_time = Duration::from_secs(2);
    })
    .await;
    let open = Client::new().get(fixture.url("/v1/books:watch?after=wait")).send().await.unwrap();
    let shed = Client::new().get(fixture.url("/v1/books:watch?after=wait")).send().await.unwrap();
    assert_eq!((shed.status().as_u16(), &shed.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    drop(open);

    let slow = tokio::spawn(Client::new().get(fixture.url("/v1/shelves/s/books/slow")).send());
    let shed = loop {
        let response = Client::new().get(fixture.url("/v1/shelves/s/books/b")).send().await.unwrap();
        if response.status() != 200 {
            break response;
        }
    };
    assert_eq!(shed.status(), 429);
    assert!(shed.text().await.unwrap().contains("OVERLOADED"));
    assert_eq!(Client::new().get(fixture.url("/healthz")).send().await.unwrap().status(), 200, "busy is not dead");
    slow.abort();
}

#[tokio::test]
async fn stopping_ends_streams_and_lets_requests_finish() {
    let mut fixture = Fixture::with(|config| config.limits.request_time = Duration::from_millis(500)).await;
    let stream = Client::new().get(fixture.url("/v1/books:watch?after=wait")).send().await.unwrap();
    let slow = tokio::spawn(Client::new().get(fixture.url("/v1/shelves/s/books/slow")).send());
    let streamed = tokio::spawn(stream.text());
    while Client::new().get(fixture.url("/healthz")).send().await.unwrap().status() != 200 {}
    fixture.shutdown.cancel();
    (&mut fixture.ended).await.unwrap().unwrap();
    assert_eq!(streamed.await.unwrap().unwrap().lines().count(), 2, "the stream ended in order");
    if let Ok(response) = slow.await.unwrap() {
        assert!([503, 504].contains(&response.status().as_u16()));
    }
    assert!(Client::new().get(fixture.url("/healthz")).send().await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_request_that_outlives_the_drain_time_is_cut() {
    let mut fixture = Fixture::with(|config| {
        config.limits.request_time = Duration::from_secs(60);
        config.limits.drain_time = Duration::from_millis(200);
    })
    .await;
    let slow = tokio::spawn(Client::new().get(fixture.url("/v1/shelves/s/books/slow")).send());
    let mut half = TcpStream::connect(fixture.address).await.unwrap();
    half.write_all(
        b"POST /v1/shelves/s/books HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    )
    .await
    .unwrap();
    assert_eq!(Client::new().get(fixture.url("/readyz")).send().await.unwrap().status(), 200);
    fixture.shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), &mut fixture.ended).await.expect("the drain has an end");
    ended.unwrap().unwrap();
    assert!(slow.await.unwrap().is_err(), "the connection was cut");
}

#[tokio::test]
async fn a_moved_clock_is_marked_on_every_answer_and_page() {
    let fixture = Fixture::with(|config| config.clock_offset = Some("P3D".to_owned())).await;
    for path in ["/", "/reference", "/openapi.json", "/healthz", "/v1/nothing", "/v1/shelves/s/books/b"] {
        let response = Client::new().get(fixture.url(path)).send().await.unwrap();
        assert_eq!(response.headers()["pathfinder-clock-offset"], "P3D", "{path}");
        let is_page = response.headers()["content-type"].to_str().unwrap().starts_with("text/html");
        let text = response.text().await.unwrap();
        assert!(!is_page || text.contains("moved by P3D"), "{path} has no banner");
    }
}

/// What comes back for bytes that are hardly HTTP.
async fn raw(fixture: &Fixture, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(fixture.address).await.unwrap();
    // The gateway may close before it has read all of it.
    drop(stream.write_all(bytes).await);
    drop(stream.shutdown().await);
    let mut answer = Vec::new();
    drop(
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .expect("the gateway answers or hangs up"),
    );
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn hostile_bytes_are_refused_and_the_gateway_lives_on() {
    let fixture = Fixture::with(|config| config.limits.head_time = Duration::from_millis(300)).await;
    let long_header = format!("GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "b".repeat(64 * 1024));
    let many_headers = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(500));
    let deep_query =
        format!("GET /v1/shelves/s/books?{}=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "within.".repeat(900));
    assert!(raw(&fixture, long_header.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&fixture, many_headers.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&fixture, deep_query.as_bytes()).await.starts_with("HTTP/1.1 400"));
    assert!(raw(&fixture, b"\x00\x01\x02\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    let odd_path =
        b"GET /v1/shelves/%00%ff%2e%2e/books/%F0%9F%92%A9%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(raw(&fixture, odd_path).await.starts_with("HTTP/1.1 400"));
    let broken_off = b"POST /v1/shelves/s/books HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    assert!(!raw(&fixture, broken_off).await.contains("200 OK"));

    let mut idle = TcpStream::connect(fixture.address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), idle.read_to_end(&mut rest))
        .await
        .expect("a half head is not waited for")
        .unwrap();
    assert_eq!(answer(Client::new().get(fixture.url("/healthz"))).await.0, 200);
}
