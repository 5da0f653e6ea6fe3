//! Sealing what is plain, from before there were keys, and sealing anew what an older key sealed.

use std::time::Duration;

use super::Sealer;
use crate::failure::{Failure, Reason, causes_of};
use crate::host::Host;
use crate::unit::retrying;

/// How often it is looked for what is not sealed with the first key: another process of the service may go on with an older one.
const PAUSE: Duration = Duration::from_secs(60 * 60);
/// After sealing failed, it is tried again so soon.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What became of the rows that one transaction took on.
#[derive(Debug, Clone, Copy)]
pub struct Round<K> {
    /// The key of the last row, where the next round goes on; none when there was no row left.
    pub last: Option<K>,
    /// How many were sealed.
    pub sealed: usize,
    /// How many could not be opened, and stay as they are.
    pub failed: usize,
}

impl<K> Default for Round<K> {
    fn default() -> Self {
        Self { last: None, sealed: 0, failed: 0 }
    }
}

impl Sealer {
    /// Demands that every key is at hand with which something is sealed. `what` says in one word or more what that is.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` naming the keys that are missing.
    pub fn demand_keys(&self, what: &str, used: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        let missing: Vec<String> = used.into_iter().filter(|key_id| !self.knows(key_id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        let message = format!(
            "{what} are sealed with keys that were not told: {missing}. Add them to --contact-keys, behind the first."
        );
        Err(Failure::new(Reason::InvalidRequest, message))
    }
}

impl Host {
    /// Seals round by round, each given where the one before ended, until nothing is left or the service stops. Answers how much was
    /// sealed; that something could not be opened is logged.
    ///
    /// # Errors
    ///
    /// The failure of a round.
    pub async fn seal_in_rounds<K, E, W>(
        &self,
        what: &'static str,
        round: impl Fn(Option<K>) -> W,
    ) -> Result<usize, Failure>
    where
        K: Copy,
        E: Into<Failure>,
        W: Future<Output = Result<Round<K>, E>>,
    {
        let mut all = Round::default();
        while !self.shutdown().is_cancelled() {
            let done = retrying(|| round(all.last)).await?;
            all = Round { last: done.last, sealed: all.sealed + done.sealed, failed: all.failed + done.failed };
            if all.last.is_none() {
                break;
            }
        }
        if all.failed > 0 {
            tracing::error!(what, count = all.failed, "some could not be opened, and were not sealed anew");
        }
        Ok(all.sealed)
    }

    /// Seals at the start and every hour, until the service stops.
    pub async fn keep_sealed<E, W>(&self, what: &'static str, seal: impl Fn() -> W)
    where
        E: Into<Failure>,
        W: Future<Output = Result<usize, E>>,
    {
        loop {
            let next = match seal().await.map_err(Into::into) {
                Ok(count) => {
                    if count > 0 {
                        tracing::info!(what, count, "sealed with the first key");
                    }
                    PAUSE
                }
                Err(failure) => {
                    let chain = causes_of(&failure).join(": ");
                    tracing::warn!(what, %failure, chain, "sealing failed; tried again in a moment");
                    PAUSE_AFTER_FAILURE
                }
            };
            if !self.pause(next).await {
                return;
            }
        }
    }
}
