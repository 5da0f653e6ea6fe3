//! How long calls take.

use std::time::{Duration, Instant};

/// How long each of many calls of one kind took.
#[derive(Debug, Clone)]
pub struct Timing {
    /// The shortest first.
    sorted: Vec<Duration>,
}

impl Timing {
    /// Of calls that took so long.
    ///
    /// # Panics
    ///
    /// When there were none.
    #[must_use]
    pub fn of(mut taken: Vec<Duration>) -> Self {
        assert!(!taken.is_empty(), "something was called");
        taken.sort_unstable();
        Self { sorted: taken }
    }

    /// Half of them took no longer.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.sorted[(self.sorted.len() - 1) / 2]
    }

    /// 99 of 100 took no longer.
    #[must_use]
    pub fn nearly_all(&self) -> Duration {
        self.sorted[(self.sorted.len() * 99).div_ceil(100) - 1]
    }

    /// So many a second, one after the other.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are some thousands")]
    pub fn rate(&self) -> f64 {
        self.sorted.len() as f64 / self.sorted.iter().sum::<Duration>().as_secs_f64()
    }
}

/// Measures what is done.
pub async fn timed<T>(call: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let answer = call.await;
    (answer, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_may_take_longer() {
        let timing = Timing::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!((timing.median(), timing.nearly_all()), (Duration::from_millis(100), Duration::from_millis(198)));
        let one = Timing::of(vec![Duration::from_millis(500)]);
        assert_eq!((one.nearly_all(), one.rate()), (Duration::from_millis(500), 2.0));
    }
}
