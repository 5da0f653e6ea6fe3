//! What lies sealed: addresses of e-mail and the seeds of signing keys, each bound to its table and row.

use pathfinder_kit::seal::{SealError, Sealer};
use pathfinder_kit::{Failure, Ids};

/// What seals, and where its nonces come from.
#[derive(Clone, Copy)]
pub(crate) struct Safe<'a> {
    /// The keys.
    pub(crate) sealer: &'a Sealer,
    /// Randomness.
    pub(crate) ids: &'a Ids,
}

impl Safe<'_> {
    /// Seals a text for a row.
    pub(crate) fn seal(self, table: &str, row: &str, text: &str) -> Result<String, Failure> {
        self.sealer.seal(self.ids, &record(table, row), text).map_err(Failure::internal)
    }

    /// Opens what was sealed for a row.
    pub(crate) fn open(self, table: &str, row: &str, sealed: &str) -> Result<String, SealError> {
        self.sealer.open(&record(table, row), sealed)
    }
}

/// What a sealed text is bound to.
fn record(table: &str, row: &str) -> String {
    format!("{table} {row}")
}
