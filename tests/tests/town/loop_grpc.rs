//! The whole loop through the services themselves, over gRPC, with a clock moved past the due time.

use pathfinder_tests::door::Way;
use pathfinder_tests::journey;
use pathfinder_tests::town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_goes_round_over_grpc() {
    let mut world = Town::world(Way::Grpc).await;
    journey::walk(&mut world).await;
    world.house.stop().await;
}
