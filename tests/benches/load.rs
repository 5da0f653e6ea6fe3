//! How long calls take among a million issues.
//!
//! `cargo bench -p pathfinder-tests --bench load` on SQLite; on PostgreSQL with `PATHFINDER_TEST_POSTGRES` (a superuser's address) and
//! `PATHFINDER_TEST_POSTGRES_LOG` (the path of that server's log) for the shares of `pgbench`. It takes about an hour. What is measured lies in
//! memory: before each kind of call an SQLite file is read once, or the tables of PostgreSQL are, by its `pg_prewarm` into its buffers (8 GB of
//! `shared_buffers` hold a million issues). It ends with a failure where a read takes more than 20 ms at the 99th percentile, or the median of full
//! pages is longer by more than half than among 10,000.

#![allow(clippy::print_stdout, reason = "the figures are printed")]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pathfinder_tests::load::{self, Row, Scale};

/// The longest that 99 of 100 reads may take.
const LONGEST: Duration = Duration::from_millis(20);
/// The most that a read may be slower among many issues than among few.
const SLOWER: f64 = 1.5;

/// Measures calls among few issues and among many.
#[derive(Debug, Parser)]
struct Flags {
    /// How many issues there are in one installation.
    #[arg(long, default_value_t = 1_000_000)]
    issues: usize,
    /// How many there are in the other, with which it is compared.
    #[arg(long, default_value_t = 10_000)]
    few: usize,
    /// In how many neighbourhoods they lie; a fourth of them in the first.
    #[arg(long, default_value_t = 20)]
    neighbourhoods: usize,
    /// How often each call is made.
    #[arg(long, default_value_t = 1_000)]
    rounds: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Flags { issues, few, neighbourhoods, rounds, .. } = Flags::parse();
    let scale = Scale { issues: [few, issues], neighbourhoods, rounds, seconds: 10, in_memory: true };
    let report = load::run(scale).await;
    println!("{report}");
    let reads = report.rows.iter().filter(|row| row.kind.is_read());
    let missed: Vec<String> =
        reads.filter_map(what_is_missed).chain(report.rows.iter().filter_map(aim_missed)).collect();
    missed.iter().for_each(|missed| println!("{missed}"));
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn what_is_missed(row: &Row) -> Option<String> {
    let [_, many] = &row.measured;
    let is_slower = load::slower(&row.measured).is_none_or(|times| times > SLOWER);
    let wrong = match (many.timing.nearly_all() > LONGEST, is_slower) {
        (false, false) => return None,
        (true, _) => "takes more than 20 ms at the 99th percentile",
        (false, true) => "is slower by more than half, or has no full page",
    };
    Some(format!("{} {wrong}", row.kind.name()))
}

fn aim_missed(row: &Row) -> Option<String> {
    let (share, aim) = row.share.zip(row.kind.aim()).filter(|(share, aim)| share < aim)?;
    Some(format!("{} reaches {:.0} % of pgbench, less than {:.0} %", row.kind.name(), share * 100.0, aim * 100.0))
}
