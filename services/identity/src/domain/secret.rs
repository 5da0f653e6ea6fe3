//! What is kept of a secret.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::{Builder, Uuid, Variant, Version};

/// The SHA-256 of a secret, as 64 hexadecimal digits: what is kept in its place, and by which it is looked up.
///
/// A slow hash with a salt protects what people think up, because that can be guessed. Every secret here is 32 random bytes: there is
/// nothing to guess and no second person with the same one, so it would cost each call time and buy nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// The digest of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        Self(hex::encode(Sha256::digest(secret)))
    }

    /// A digest as it was kept.
    pub(crate) const fn kept(hexadecimal: String) -> Self {
        Self(hexadecimal)
    }

    /// The 64 digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// An id made of it, a UUID of version 8, for what has none of its own.
    pub(crate) fn id(&self) -> Uuid {
        let first_half = self.0.get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or_default();
        Builder::from_u128(first_half).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid()
    }

    /// Whether both are of the same secret; takes as long whether they are or not.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_secrets_apart_and_does_not_hold_them() {
        let digest = Digest::of("open sesame");
        assert!(digest.matches(&Digest::of("open sesame")) && !digest.matches(&Digest::of("open sesamE")));
        assert_eq!(digest.as_str().len(), 64);
        assert!(!format!("{digest:?}").contains("sesame"));
        assert_eq!(digest.id(), Digest::of("open sesame").id());
        assert_ne!(digest.id(), Digest::of("open sesamE").id());
    }
}
