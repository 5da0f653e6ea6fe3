//! Chance that can be had again.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The variable that names the seed of a run to be had again.
pub const SEED: &str = "PATHFINDER_TEST_SEED";
/// The variable that says how often to do what is done by chance.
pub const ROUNDS: &str = "PATHFINDER_TEST_ROUNDS";

/// Chance from the seed that [`SEED`] names, else from a new one; a test that fails shows it.
///
/// # Panics
///
/// When [`SEED`] is no number.
#[must_use]
#[expect(clippy::print_stderr, reason = "the failing test's reader wants the seed")]
pub fn seeded() -> StdRng {
    let seed = number(SEED).unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    eprintln!("the same again: {SEED}={seed}");
    StdRng::seed_from_u64(seed)
}

/// How often: what [`ROUNDS`] says, else `few`.
///
/// # Panics
///
/// When [`ROUNDS`] is no number.
#[must_use]
pub fn rounds(few: usize) -> usize {
    number(ROUNDS).map_or(few, |rounds| usize::try_from(rounds).expect("a number of rounds"))
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable} is `{text}`, and must be a number: {error}")))
}
