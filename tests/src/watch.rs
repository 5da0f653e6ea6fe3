//! Opens what an RPC streams by either way in, only to see whether it opens. What a feed tells is read with [`crate::events`].

use prost_reflect::MethodDescriptor;
use serde_json::Value;

use crate::door::{Grpc, Http, Refusal, Way, refusal};
use crate::world::{House, World};

/// Opens what an RPC streams, with a token of one's own making.
///
/// # Errors
///
/// When it is refused.
pub async fn open<H: House>(
    world: &World<H>,
    rpc: &MethodDescriptor,
    token: Option<&str>,
    message: &Value,
) -> Result<(), Refusal> {
    match world.way() {
        Way::Http => over_http(world, rpc, token, message).await,
        Way::Grpc => Grpc::at(&world.house.services()).open(rpc, token, message.clone()).await.map(drop),
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
