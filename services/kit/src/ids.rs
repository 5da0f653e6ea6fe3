//! Identifiers as an argument: UUIDv7, made from the service's clock and randomness, so that they sort by time.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::{Builder, Uuid};

/// Makes identifiers.
pub struct Ids {
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    last_millis: u64,
    counter: u16,
}

impl Ids {
    /// Identifiers that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        Self::with(StdRng::from_os_rng())
    }

    /// The same identifiers in each run, for demonstrations and tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::with(StdRng::seed_from_u64(seed))
    }

    const fn with(rng: StdRng) -> Self {
        Self { state: Mutex::new(State { rng, last_millis: 0, counter: 0 }) }
    }

    /// The next identifier. Within one process identifiers rise, also within one millisecond: the twelve bits behind
    /// the time count, and run into the next millisecond when they are used up.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> Uuid {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        if millis > state.last_millis {
            state.last_millis = millis;
            state.counter = 0;
        } else if state.counter < 0x0fff {
            state.counter += 1;
        } else {
            state.last_millis += 1;
            state.counter = 0;
        }
        let mut random = [0_u8; 10];
        state.rng.fill_bytes(&mut random);
        let [high, low] = state.counter.to_be_bytes();
        random[0] = high;
        random[1] = low;
        Builder::from_unix_timestamp_millis(state.last_millis, &random).into_uuid()
    }

    /// Thirty-two random bytes in base64url: a capability that nobody can guess.
    #[must_use]
    pub fn capability(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// Random bytes, for keys and nonces.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).rng.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_within_one_millisecond_and_are_version_7() {
        let ids = Ids::seeded(1);
        let now = DateTime::from_timestamp_millis(1_770_000_000_000).expect("a valid instant");
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.next(now)).collect();
        assert!(made.is_sorted(), "identifiers must rise");
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
