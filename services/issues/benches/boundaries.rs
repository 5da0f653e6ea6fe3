//! How long it takes to find the partnerships of a place among 10,000 boundaries.
//!
//! `cargo bench -p pathfinder-issues --bench boundaries` makes them up (stars of 50 to 500 corners, some with holes, some of several
//! parts), and prints how long the index took to make, and the median and the 99th percentile of a lookup. It judges nothing.

#![allow(clippy::print_stdout, reason = "the figures are printed")]
#![allow(dead_code, reason = "of the modules that are measured, not everything is used here")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use pathfinder_terms::PartnershipId;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use uuid::Uuid;

use self::domain::boundaries::Boundaries;
use self::domain::geography::Point;

mod made_up;

/// What is measured is private to the service, so it is compiled into the benchmark.
#[path = "../src/domain"]
mod domain {
    pub(crate) mod boundaries;
    pub(crate) mod geography;
}

/// Boundaries.
const COUNT: u32 = 10_000;
/// Lookups.
const LOOKUPS: usize = 100_000;

fn main() {
    let mut chance = StdRng::seed_from_u64(13);
    let areas = made_up::country(&mut chance, COUNT);
    let areas = (1_u128..).zip(areas).map(|(number, area)| (PartnershipId(Uuid::from_u128(number)), Some(area)));
    let started = Instant::now();
    let index = Boundaries::default().with(areas);
    println!("{COUNT} boundaries: the index is made in {:.1?}", started.elapsed());

    let mut times = Vec::with_capacity(LOOKUPS);
    let mut inside = 0_usize;
    for _ in 0..LOOKUPS {
        let (longitude, latitude) = made_up::somewhere(&mut chance, COUNT);
        let Some(point) = Point::new(latitude, longitude) else { continue };
        let started = Instant::now();
        let found = black_box(index.holding(black_box(point)));
        times.push(started.elapsed());
        inside += usize::from(!found.is_empty());
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or(Duration::ZERO);
    println!("a lookup: median {:.1?}, 99th percentile {:.1?}, longest {:.1?}", at(50), at(99), at(100));
    println!("{inside} of {} places lie in a boundary", times.len());
}
