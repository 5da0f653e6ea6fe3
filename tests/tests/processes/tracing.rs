//! One request is one trace: a request with a `traceparent` shows spans of the gateway, issues and commitments under its trace id
//! in an OTLP collector, and the answer and every error name that id.

use std::collections::BTreeSet;
use std::time::Duration;

use fake_opentelemetry_collector::{ExportedSpan, FakeCollectorServer};
use pathfinder_tests::contract;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::world::{House as _, World};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_every_service_that_a_request_touches_arrive_under_its_trace() {
    let collector = FakeCollectorServer::start().await.expect("a collector can be started");
    let house = Processes::start(Some(collector.endpoint())).await;
    let mut world = World::new(house, Way::Http);
    let ended = CancellationToken::new();
    let gathering = tokio::spawn(gather(collector, ended.clone()));
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let http = Http::at(&world.house.gateway());

    // Reporting an issue asks commitments which standard applies.
    let rpc = contract::rpc("IssueService/ReportIssue");
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let report = http.request_for(&rpc, None, &hood.report("Mattresses")).header("traceparent", &traceparent);
    let answer = report.send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "the report is taken in");
    let returned =
        answer.headers().get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert!(returned.contains(TRACE), "the answer goes on with the caller's trace, not `{returned}`");
    an_error_names_the_trace(&http, &hood, &traceparent).await;

    // What the processes still hold they send when they are told to end.
    world.house.halt().await;
    ended.cancel();
    let spans = gathering.await.expect("the collector goes on until the end");
    must_hang_together(&spans);
}

async fn an_error_names_the_trace(http: &Http, hood: &Neighbourhood, traceparent: &str) {
    let rpc = contract::rpc("IssueService/GetIssue");
    let absent = hood.with(json!({"issue_id": hood.partnership_id}));
    let refused =
        http.request_for(&rpc, None, &absent).header("traceparent", traceparent).send().await.expect("an answer");
    assert_eq!(refused.status(), 404);
    let refused: Value = refused.json().await.expect("errors are JSON");
    assert_eq!(refused["error"]["traceId"], TRACE, "an error names the trace: {refused}");
    // Without a trace of the caller's, the gateway begins one.
    let own = http.request_for(&rpc, None, &absent).send().await.expect("an answer");
    let own: Value = own.json().await.expect("errors are JSON");
    let own = own["error"]["traceId"].as_str().unwrap_or_default();
    assert!(own.len() == 32 && own != TRACE, "a request without a trace gets one of its own, not `{own}`");
}

/// Gathers the spans of the trace until the processes have ended and nothing comes any more; the others are thrown away.
async fn gather(mut collector: FakeCollectorServer, ended: CancellationToken) -> Vec<ExportedSpan> {
    let mut spans: Vec<ExportedSpan> = Vec::new();
    loop {
        let last = ended.is_cancelled();
        let arrived = collector.exported_spans(1, Duration::from_millis(200)).await;
        if last && arrived.is_empty() {
            return spans;
        }
        spans.extend(arrived.into_iter().filter(|span| span.trace_id == TRACE));
    }
}

fn complete(spans: &[ExportedSpan]) -> bool {
    let services = services(spans);
    services.contains("issues") && services.contains("commitments") && spans.iter().any(is_of_the_gateway)
}

fn services(spans: &[ExportedSpan]) -> BTreeSet<String> {
    spans.iter().filter_map(|span| attribute(span, "service")).collect()
}

/// The gateway's span is the one that the caller's own span is the parent of.
fn is_of_the_gateway(span: &ExportedSpan) -> bool {
    span.parent_span_id == CALLER
}

fn attribute(span: &ExportedSpan, name: &str) -> Option<String> {
    // The collector shows values in their debugging form.
    let value = span.attributes.get(name)?;
    ["gateway", "boards", "commitments", "issues", "identity"]
        .into_iter()
        .find(|service| value.contains(service))
        .map(str::to_owned)
}

fn must_hang_together(spans: &[ExportedSpan]) {
    let seen: Vec<String> =
        spans.iter().map(|span| format!("{} {} {:?}", span.name, span.kind, span.attributes)).collect();
    assert!(complete(spans), "spans of gateway, issues and commitments arrive under the trace; these did: {seen:#?}");
    let ids: BTreeSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let asked = spans.iter().filter(|span| attribute(span, "service").as_deref() == Some("commitments"));
    for span in asked {
        assert!(
            ids.contains(span.parent_span_id.as_str()),
            "commitments' span hangs on the span that asked: {}, of {seen:#?}",
            span.name
        );
    }
}
