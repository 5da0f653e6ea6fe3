//! Request ids made from names, so that a load that was interrupted repeats itself harmlessly.

use sha2::{Digest as _, Sha256};
use uuid::Builder;

/// Changes whenever the demonstration's wording changes in a way that an older, half-loaded one could not be resumed with.
const EDITION: &str = "pathfinder demonstration, edition 1";

/// The request id of what `name` names: the same in every run, another for every name.
pub(super) fn request_id(name: &str) -> String {
    let digest = Sha256::new().chain_update(EDITION).chain_update([0]).chain_update(name).finalize();
    let mut bytes = [0_u8; 16];
    for (byte, of_digest) in bytes.iter_mut().zip(digest) {
        *byte = of_digest;
    }
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_id_and_another_name_another() {
        assert_eq!(request_id("seat 1"), request_id("seat 1"));
        assert_ne!(request_id("seat 1"), request_id("seat 2"));
        assert_eq!(uuid::Uuid::try_parse(&request_id("seat 1")).expect("a UUID").get_version_num(), 8);
    }
}
