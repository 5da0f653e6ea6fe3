//! The whole loop through the gateway, with every service and the gateway as a process of its own. The due time is passed by starting
//! them again with `--clock-offset`, so every link of the loop also survives restarts.

use pathfinder_tests::door::Way;
use pathfinder_tests::journey;
use pathfinder_tests::processes::Processes;

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_goes_round_among_separate_processes() {
    let mut world = Processes::world(Way::Http).await;
    journey::walk(&mut world).await;
    world.house.halt().await;
}
