//! Opens a change feed by either way in, only to see whether it opens. What a feed tells is read with [`crate::events`].

use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::issues::v1 as issues;
use prost_reflect::MethodDescriptor;
use serde_json::Value;
use tonic::transport::Endpoint;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::contract;
use crate::door::{Http, Refusal, Way, code_name, refusal};
use crate::world::{House, World, text};

/// Opens the feed that an RPC streams, with a token of one's own making.
///
/// # Errors
///
/// When it is refused.
///
/// # Panics
///
/// When the RPC is no feed.
pub async fn open<H: House>(
    world: &World<H>,
    rpc: &MethodDescriptor,
    token: Option<&str>,
    message: &Value,
) -> Result<(), Refusal> {
    match world.way() {
        Way::Http => over_http(world, rpc, token, message).await,
        Way::Grpc => over_grpc(world, rpc, token, message).await.map_err(|status| told(&status)),
    }
}

async fn over_http<H: House>(
    world: &World<H>,
    rpc: &MethodDescriptor,
    token: Option<&str>,
    message: &Value,
) -> Result<(), Refusal> {
    let request = Http::at(&world.house.gateway()).request_for(rpc, token, message);
    let response = request.send().await.unwrap_or_else(|error| panic!("{}: {error}", rpc.full_name()));
    let status = response.status().as_u16();
    if status == 200 {
        return Ok(());
    }
    let body: Value = response.json().await.unwrap_or_else(|error| panic!("{}: {error}", rpc.full_name()));
    Err(refusal(status, &body))
}

async fn over_grpc<H: House>(
    world: &World<H>,
    rpc: &MethodDescriptor,
    token: Option<&str>,
    message: &Value,
) -> Result<(), Status> {
    let (services, partnership_id) = (world.house.services(), text(message, "partnership_id"));
    macro_rules! opened {
        ($address:expr, $client:ty, $call:ident, $($request:ident)::+) => {{
            let message = $($request)::+ { partnership_id, ..Default::default() };
            let mut client = <$client>::new(Endpoint::from($address).connect_lazy());
            client.$call(with_token(message, token)).await.map(drop)
        }};
    }
    match contract::domain(rpc).as_str() {
        "boards" => opened!(
            services.boards,
            boards::boards_event_service_client::BoardsEventServiceClient<_>,
            watch_boards_events,
            boards::WatchBoardsEventsRequest
        ),
        "commitments" => opened!(
            services.commitments,
            commitments::commitments_event_service_client::CommitmentsEventServiceClient<_>,
            watch_commitments_events,
            commitments::WatchCommitmentsEventsRequest
        ),
        "issues" => opened!(
            services.issues,
            issues::issues_event_service_client::IssuesEventServiceClient<_>,
            watch_issues_events,
            issues::WatchIssuesEventsRequest
        ),
        other => panic!("{other} has a feed that is opened here"),
    }
}

fn with_token<M>(message: M, token: Option<&str>) -> Request<M> {
    let mut request = Request::new(message);
    if let Some(token) = token {
        let bearer = format!("Bearer {token}").parse().unwrap_or_else(|_| panic!("a token is plain text"));
        request.metadata_mut().insert("authorization", bearer);
    }
    request
}

fn told(status: &Status) -> Refusal {
    let details = status.get_error_details();
    let info = details.error_info();
    let metadata = info.map(|info| info.metadata.clone()).unwrap_or_default();
    Refusal {
        status: code_name(status.code()),
        http: None,
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        metadata: metadata.into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
        violations: Vec::new(),
    }
}
