//! What goes wrong with the services themselves.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::{Deps, Ids};
use pathfinder_tests::contract;
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::{Door as _, Grpc, answer};
use pathfinder_tests::events;
use pathfinder_tests::fault::{Updates, hold_writes, mend, run, spoil};
use pathfinder_tests::ledger::{self, Ledger};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Outcome, Scene};

/// More than a service has connections to its database.
const MANY: usize = 16;

pub(super) async fn others_are_always_faster(scene: &Scene) -> Outcome {
    let boards = scene.world.house.database.look("boards").await;
    spoil(&boards, "partnership", None, Updates::Miss).await;
    let renamed = json!({"name": "Renamed"});
    let outcome = scene.ask(&scene.hood.manager(), "PartnershipService/UpdatePartnership", renamed).await;
    mend(&boards, "partnership").await;
    outcome
}

pub(super) async fn too_many_streams_are_open(scene: &Scene) -> Outcome {
    let mut streams = Vec::new();
    for _ in 0..1000 {
        let stream = events::open(&scene.world, ADMINISTRATOR, "boards", &[]).await;
        if stream.status() != 200 {
            let token = scene.world.token(ADMINISTRATOR).await.expect("an administrator has a token");
            let request = scene.http().request(http::Method::GET, "/v1/boards/events:watch");
            return answer("one stream more", request.bearer_auth(token)).await;
        }
        streams.push(stream);
    }
    Ok(json!({"streams": streams.len()}))
}

fn seat(scene: &Scene) -> Value {
    scene.hood.with(json!({"category": "SEAT_CATEGORY_FAITH", "name": "Faith groups"}))
}

pub(super) async fn a_call_waits_past_its_deadline(scene: &Scene) -> Outcome {
    let held = hold_writes(&scene.world.house.database, "boards").await;
    let token = scene.world.token(&scene.hood.manager()).await;
    let rpc = contract::rpc("MemberService/CreateSeat");
    let outcome = scene.grpc().ask_within(&rpc, token.as_deref(), seat(scene), Duration::from_secs(4)).await;
    held.rollback().await.expect("the writers get their place back");
    outcome
}

pub(super) async fn a_call_waits_for_a_connection_in_vain(scene: &Scene) -> Outcome {
    let held = hold_writes(&scene.world.house.database, "boards").await;
    let manager = scene.hood.manager();
    let ask = || scene.world.ask(&manager, "MemberService/CreateSeat", seat(scene));
    let mut asked: FuturesUnordered<_> = (0..MANY).map(|_| ask()).collect();
    let first = asked.next().await.expect("somebody is answered");
    held.rollback().await.expect("the writers get their place back");
    while asked.next().await.is_some() {}
    first
}

/// A service whose identity is away cannot know whose a token is.
pub(super) async fn tokens_cannot_be_checked(scene: &Scene) -> Outcome {
    let database = TestDatabase::fresh().await;
    let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
    let shutdown = CancellationToken::new();
    let alone = ledger::start::<Ledger>(&database, &deps, shutdown.clone()).await;
    let address: http::Uri = format!("http://{}", alone.address).parse().expect("an address");
    let (boards, commitments, issues) = (address.clone(), address.clone(), address.clone());
    let door = Grpc::at(&PeerAddresses { boards, commitments, issues, identity: address, tls: None });
    let token = scene.world.token(&scene.hood.manager()).await;
    let outcome = door.ask(&contract::rpc("MemberService/CreateSeat"), token.as_deref(), seat(scene)).await;
    shutdown.cancel();
    alone.finished().await.expect("it stops in peace");
    outcome
}

pub(super) async fn a_table_is_missing(scene: &Scene) -> Outcome {
    let boards = scene.world.house.database.look("boards").await;
    run(&boards, "ALTER TABLE seat RENAME TO put_away").await;
    let outcome = scene.ask(PUBLIC, "MemberService/ListSeats", json!({})).await;
    run(&boards, "ALTER TABLE put_away RENAME TO seat").await;
    if let Err(refusal) = &outcome {
        let inside =
            ["seat", "table", "relation", "sql"].iter().find(|word| refusal.message.to_lowercase().contains(*word));
        assert_eq!(inside, None, "what the database said stays inside: {refusal:?}");
    }
    outcome
}
