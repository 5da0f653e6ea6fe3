//! The whole loop through the gateway, as JSON over HTTP, with a clock moved past the due time.

use pathfinder_tests::door::Way;
use pathfinder_tests::journey;
use pathfinder_tests::town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_goes_round_over_http() {
    let mut world = Town::world(Way::Http).await;
    journey::walk(&mut world).await;
    world.house.stop().await;
}
