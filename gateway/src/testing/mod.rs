//! A small contract and a service that speaks it, for tests of the gateway without any of the real services.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, StreamExt};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::service_fn;

use pathfinder_kit::clock::ManualClock;
use pathfinder_kit::config::Secret;

use crate::config::{Config, Limits, PublicUrl, Rates};
use crate::contract::Contract;
use crate::json::call::AsItCame;

/// When it is.
pub(crate) const NOW: &str = "2026-05-01T12:00:00Z";

/// Where people reach the gateway, as it is told.
pub(crate) const PUBLIC_URL: &str = "http://pathfinder.test";

/// The descriptors of the test contract.
pub(crate) fn pool() -> DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    let compile = || {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut compiler = protox::Compiler::new([format!("{root}/src/testing"), format!("{root}/../proto")]).unwrap();
        compiler.include_imports(true).include_source_info(true);
        compiler.open_file("library.proto").unwrap();
        DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
    };
    POOL.get_or_init(compile).clone()
}

/// The test contract, read.
pub(crate) fn contract() -> Contract {
    Contract::read(&pool()).unwrap()
}

/// A gateway in front of the test service, both listening; they stop when this is dropped.
pub(crate) struct Fixture {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Fixture {
    /// Starts with the default limits.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts with changes to the configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let shutdown = CancellationToken::new();
        let (listener, service) = listen().await;
        tokio::spawn(serve_double(listener, pool(), library(), shutdown.clone()));
        let mut config = config(service);
        change(&mut config);
        Self::serve(config, &pool(), shutdown).await
    }

    /// Starts a gateway for the contracts in `pool`.
    pub(crate) async fn serve(config: Config, pool: &DescriptorPool, shutdown: CancellationToken) -> Self {
        let gateway = crate::build_with_clock(&config, pool, Arc::new(ManualClock::at(NOW.parse().unwrap()))).unwrap();
        let (listener, address) = listen().await;
        let stop = shutdown.clone();
        let ended = tokio::spawn(async move { gateway.run(listener, stop.cancelled()).await });
        Self { address, shutdown, ended }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A configuration whose services all answer at one address.
pub(crate) fn config(service: SocketAddr) -> Config {
    let uri: http::Uri = format!("http://{service}").parse().unwrap();
    let services = pathfinder_kit::config::PeerAddresses {
        boards: uri.clone(),
        commitments: uri.clone(),
        issues: uri.clone(),
        identity: uri,
        tls: None,
    };
    Config {
        services,
        service_secret: Secret::new("a secret of the tests".to_owned()),
        public_url: PublicUrl::read("--public-url", PUBLIC_URL).unwrap(),
        rates: Rates::NONE,
        trusted_proxies: Vec::new(),
        outbox_folder: Some("data/outbox".into()),
        clock_offset: None,
        limits: Limits { request_time: Duration::from_secs(5), ..Limits::default() },
    }
}

/// A free port of this machine.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A service of any contract: what it answers to a unary call.
pub(crate) type Answers = Arc<
    dyn Fn(MethodDescriptor, tonic::Request<DynamicMessage>) -> BoxFuture<'static, Result<DynamicMessage, Status>>
        + Send
        + Sync,
>;

#[derive(Clone)]
struct Double {
    pool: DescriptorPool,
    answers: Answers,
}

/// Serves every RPC of `pool` with `answers`, and health.
pub(crate) async fn serve_double(
    listener: TcpListener,
    pool: DescriptorPool,
    answers: Answers,
    shutdown: CancellationToken,
) {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let double = Double { pool, answers };
    let router =
        Router::new().route_service("/grpc.health.v1.Health/{*method}", health).fallback(answer).with_state(double);
    crate::serve::run(listener, router, &Limits::default(), &[], CancellationToken::new(), shutdown.cancelled_owned())
        .await
        .unwrap();
}

async fn answer(State(double): State<Double>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut methods = double.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let found = methods.find(|rpc| path == format!("/{}/{}", rpc.parent_service().full_name(), rpc.name()));
    // A contract without identity gives the gateway no token of its own.
    let Some(rpc) = found else { return Status::unimplemented("not in this contract").into_http() };
    let mut grpc = tonic::server::Grpc::new(AsItCame);
    let response = if rpc.is_server_streaming() {
        let service = service_fn(move |request: tonic::Request<Bytes>| {
            let rpc = rpc.clone();
            async move {
                let request = read(&rpc, request)?;
                let message = request.get_ref();
                let events = if rpc.name() == "ExportBooks" { export(&rpc, message) } else { watch(&rpc, message) };
                Ok::<_, Status>(tonic::Response::new(events))
            }
        });
        grpc.server_streaming(service, request).await
    } else {
        let service = service_fn(move |request: tonic::Request<Bytes>| {
            let answer = read(&rpc, request).map(|request| (double.answers)(rpc.clone(), request));
            async move { answer?.await.map(tonic::Response::new) }
        });
        grpc.unary(service, request).await
    };
    response.map(Body::new)
}

/// The request as a message of the call's input.
fn read(rpc: &MethodDescriptor, request: tonic::Request<Bytes>) -> Result<tonic::Request<DynamicMessage>, Status> {
    let (metadata, extensions, wire) = request.into_parts();
    let message = DynamicMessage::decode(rpc.input(), wire).map_err(|error| Status::internal(error.to_string()))?;
    Ok(tonic::Request::from_parts(metadata, extensions, message))
}

fn library() -> Answers {
    Arc::new(|rpc, request| async move { unary(&rpc, &request).await }.boxed())
}

async fn unary(rpc: &MethodDescriptor, request: &tonic::Request<DynamicMessage>) -> Result<DynamicMessage, Status> {
    let message = request.get_ref();
    match (
        rpc.name(),
        text(message, "book_id").as_str(),
        text(message, "title").as_str(),
        text(message, "etag").as_str(),
    ) {
        ("GetBook", "missing", ..) => return Err(refusal(Code::NotFound, "NOT_FOUND", &[])),
        ("GetBook", "bare", ..) => return Err(Status::internal("secret of the database")),
        ("GetBook", "slow", ..) => tokio::time::sleep(Duration::from_secs(60)).await,
        ("GetBook", "closed", ..) => return Err(refusal(Code::Unauthenticated, "TOKEN_REQUIRED", &[])),
        ("CreateBook", _, "taken", _) => {
            return Err(refusal(Code::InvalidArgument, "INVALID_REQUEST", &["page_count", "chapters[0].first_page"]));
        }
        ("LendBook", _, _, "stale") => return Err(refusal(Code::Aborted, "ETAG_MISMATCH", &[])),
        _ => {}
    }
    let mut answer = DynamicMessage::new(rpc.output());
    for (field, value) in message.fields() {
        if let Some(same) = rpc.output().get_field_by_name(field.name()).filter(|same| same.kind() == field.kind()) {
            answer.set_field(&same, value.clone());
        }
    }
    if rpc.name() == "GetBook" {
        answer.set_field_by_name("title", Value::String(seen(request.metadata())));
    }
    if rpc.name() == "AddCover" {
        let length = message.get_field_by_name("content").and_then(|content| content.as_bytes().map(bytes::Bytes::len));
        let length = i32::try_from(length.unwrap_or_default()).unwrap();
        answer.set_field_by_name("page_count", Value::I32(length));
    }
    if rpc.name() == "GetCover" {
        answer.set_field_by_name("content_type", Value::String("image/x-test".to_owned()));
        answer.set_field_by_name("content", Value::Bytes((&b"\xff<script>\0"[..]).into()));
    }
    if rpc.name() == "LendBook" {
        answer.set_field_by_name("title", Value::String(text(message, "request_id")));
    }
    Ok(answer)
}

/// Three rows; of the shelf `broken` only the first.
fn export(rpc: &MethodDescriptor, message: &DynamicMessage) -> BoxStream<'static, Result<DynamicMessage, Status>> {
    let row = |json: serde_json::Value| Ok(DynamicMessage::deserialize(rpc.output(), json).unwrap());
    let found = row(serde_json::json!({
        "title": "Bees, \"and\" wasps", "binding": "BINDING_CLOTH", "soldCount": "9007199254740993",
        "latitude": 42.36, "longitude": -71.06, "publishTime": "2026-03-01T09:30:00Z", "lent": true,
    }));
    let rest = [row(serde_json::json!({"title": "=1+1"})), row(serde_json::json!({"title": "Two\nlines"}))];
    match text(message, "shelf_id").as_str() {
        "broken" => stream::iter([found, Err(refusal(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]))]).boxed(),
        "endless" => stream::iter([found]).chain(stream::pending()).boxed(),
        "empty" => stream::empty().boxed(),
        _ => stream::iter(std::iter::once(found).chain(rest)).boxed(),
    }
}

fn watch(rpc: &MethodDescriptor, message: &DynamicMessage) -> BoxStream<'static, Result<DynamicMessage, Status>> {
    let event = |number: u32| {
        let mut event = DynamicMessage::new(rpc.output());
        let field = rpc.output().get_field_by_name("meta").unwrap();
        let meta = event.get_field_mut(&field).as_message_mut().unwrap();
        meta.set_field_by_name("cursor", Value::String(format!("c{number}")));
        Ok(event)
    };
    let events = stream::iter([event(1), event(2)]);
    match text(message, "after").as_str() {
        "fail" => events.chain(stream::iter([Err(refusal(Code::Unavailable, "DATABASE_UNAVAILABLE", &[]))])).boxed(),
        "wait" => events.chain(stream::pending()).boxed(),
        "c1" => stream::iter([event(2)]).boxed(),
        _ => events.boxed(),
    }
}

/// A refusal as a service of ours writes it.
pub(crate) fn refusal(code: Code, reason: &str, fields: &[&str]) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, "pathfinder", []);
    for field in fields {
        details.add_bad_request_violation(*field, "is wrong");
    }
    Status::with_error_details(code, "Refused for a test.", details)
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn seen(metadata: &MetadataMap) -> String {
    let line = |entry: KeyAndValueRef<'_>| match entry {
        KeyAndValueRef::Ascii(key, value) => format!("{key}: {}", value.to_str().unwrap_or("?")),
        KeyAndValueRef::Binary(key, _) => format!("{key}: …"),
    };
    metadata.iter().map(line).collect::<Vec<_>>().join("\n")
}
