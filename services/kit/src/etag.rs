//! Etags: opaque to callers, made from the row's version, so that a stale write is refused.

use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, Reason};

/// The etag of a thing at `version`.
#[must_use]
pub fn of(version: i64) -> String {
    let digest = Sha256::digest(format!("pathfinder etag {version}"));
    hex::encode(digest).chars().take(16).collect()
}

/// Refuses a write that was made from another version. An empty etag checks nothing.
///
/// # Errors
///
/// `ETAG_MISMATCH` when the thing has changed since `given` was read.
pub fn check(given: &str, version: i64) -> Result<(), Failure> {
    let present = of(version);
    if given.is_empty() || given == present {
        return Ok(());
    }
    let message = "This changed since you read it; nothing was written. Read it again and repeat the change.";
    Err(Failure::new(Reason::EtagMismatch, message).with("etag", present))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_present_etag_or_none_passes() {
        assert!(check("", 3).is_ok());
        assert!(check(&of(3), 3).is_ok());
        assert_eq!(check(&of(2), 3).expect_err("stale").reason(), Reason::EtagMismatch);
    }
}
