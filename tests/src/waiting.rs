//! Waiting for what comes from elsewhere, with a deadline.

use std::time::{Duration, Instant};

/// How long something may take that crosses services by feed or timer.
pub const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(25);

/// Asks until the answer is there; fails the test when it is not there in time, naming `what` and how it stood last.
///
/// `ask` answers the awaited thing, or how it stands.
///
/// # Panics
///
/// When `patience` runs out.
pub async fn until<T, A>(what: &str, patience: Duration, mut ask: impl FnMut() -> A) -> T
where
    A: Future<Output = Result<T, String>>,
{
    let start = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(standing) => {
                assert!(start.elapsed() < patience, "{what} did not come within {patience:?}; it stood at: {standing}");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
