//! Follow tokens: secrets that let their holder follow one issue.
//!
//! Only the hash is stored. A request that can be repeated must be answered the same way again, so its token is derived from a
//! random salt, which is stored, and the request's own id, which its sender alone knows to send again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pathfinder_kit::Ids;
use sha2::{Digest as _, Sha256};

use crate::store::reporter::TokenTrace;

/// A new token, and what is kept of it.
pub(super) fn mint(ids: &Ids, request_id: &str) -> (String, TokenTrace) {
    let random = ids.capability();
    let (token, salt) =
        if request_id.is_empty() { (random, None) } else { (derive(&random, request_id), Some(random)) };
    let trace = TokenTrace { hash: hash(&token), salt };
    (token, trace)
}

/// The token that the request was answered with before.
pub(super) fn derive(salt: &str, request_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{salt} {request_id}")))
}

/// What is stored of a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_request_gets_its_token_again_and_others_do_not() {
        let ids = Ids::seeded(7);
        let (token, trace) = mint(&ids, "018f-a");
        assert_eq!(derive(trace.salt.as_deref().unwrap(), "018f-a"), token);
        assert_ne!(derive(trace.salt.as_deref().unwrap(), "018f-b"), token);
        assert_eq!(trace.hash, hash(&token));
        let (other, trace) = mint(&ids, "");
        assert_eq!(trace.salt, None, "without a request id nothing is kept that could make the token again");
        assert_ne!(other, token);
    }
}
