//! `/healthz` (this process runs) and `/readyz` (every service behind it serves).

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures::future;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use pathfinder_kit::peer::Peer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tonic::Request;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::state::{App, Shared};

/// How long a service may take to say how it is.
const CHECK_TIME: Duration = Duration::from_secs(2);
/// How long an answer is kept, so that asking often costs the services nothing.
const KEPT: Duration = Duration::from_secs(1);

/// The last readiness report.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Instant, Report)>>,
}

type Report = BTreeMap<&'static str, String>;

/// Answers as long as the process can answer at all.
pub(crate) async fn alive() -> Response {
    answer(StatusCode::OK, &json!({"status": "SERVING"}))
}

/// Names each service and its state; 503 unless every one of them serves.
pub(crate) async fn ready(State(app): State<Shared>) -> Response {
    let services = report(&app).await;
    let draining = app.draining.is_cancelled();
    let serving = !draining && services.values().all(|state| state == "SERVING");
    let status = if serving { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if draining {
        "DRAINING"
    } else if serving {
        "SERVING"
    } else {
        "NOT_SERVING"
    };
    answer(status, &json!({"status": word, "services": services}))
}

async fn report(app: &App) -> Report {
    let mut last = app.readiness.last.lock().await;
    if let Some((asked, report)) = last.as_ref()
        && asked.elapsed() < KEPT
    {
        return report.clone();
    }
    let checks = Peer::ALL.map(|peer| async move { (peer.name(), check(app, peer.name()).await) });
    let report: Report = future::join_all(checks).await.into_iter().collect();
    *last = Some((Instant::now(), report.clone()));
    report
}

/// The state of one service in the words of the gRPC health protocol, or `UNREACHABLE`.
async fn check(app: &App, domain: &str) -> String {
    let Ok(channel) = app.backends.calls(domain) else {
        return "UNREACHABLE".to_owned();
    };
    let mut request = Request::new(HealthCheckRequest::default());
    request.set_timeout(CHECK_TIME);
    match tokio::time::timeout(CHECK_TIME, HealthClient::new(channel).check(request)).await {
        Ok(Ok(answer)) => {
            let status = ServingStatus::try_from(answer.into_inner().status).unwrap_or(ServingStatus::Unknown);
            status.as_str_name().to_owned()
        }
        Ok(Err(status)) => {
            tracing::debug!(domain, message = status.message(), "a health check failed");
            "UNREACHABLE".to_owned()
        }
        Err(_) => "UNREACHABLE".to_owned(),
    }
}

fn answer(status: StatusCode, json: &Value) -> Response {
    let mut response = Response::new(Body::from(json.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Asks the gateway that serves on `address` whether it is alive, as the healthcheck of a container does.
///
/// # Errors
///
/// When nothing answers there in time, or not with 200.
pub(crate) async fn ask_health(address: SocketAddr) -> io::Result<()> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(io::Error::other("the gateway is not alive")) }
    };
    tokio::time::timeout(CHECK_TIME, asking).await.map_err(|_| io::Error::other("the gateway does not answer"))?
}
