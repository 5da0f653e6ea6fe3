//! The benchmark of a million issues, short: that it measures every call, on this database.

use pathfinder_tests::database::SERVER;
use pathfinder_tests::load::{self, Kind, Scale};

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_measured_among_few_issues_and_among_more() {
    // Who may read a server's tables into its buffers, nobody but the benchmark asks.
    let on_server = std::env::var(SERVER).is_ok_and(|server| !server.is_empty());
    let scale = Scale { issues: [400, 1_200], neighbourhoods: 2, rounds: 20, seconds: 1, in_memory: !on_server };
    let report = load::run(scale).await;
    let kinds: Vec<Kind> = report.rows.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for row in &report.rows {
        let most = row.kind.most();
        for measured in &row.measured {
            assert!(measured.found <= f64::from(most), "no more than {most} are found: {row:?}");
            assert!(most > 1 || measured.full.is_some(), "each call finds the one that it asks for: {row:?}");
        }
        assert!(row.share.is_none_or(|share| share > 0.0 && share < 2.0), "no faster than its own SQL: {row:?}");
    }
}
