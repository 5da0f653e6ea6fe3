//! Sealing: personal data that lies encrypted in a database, bound to its record, under keys that can be changed.
//!
//! A sealed text reads `key id.nonce.ciphertext`, the last two in base64url: XChaCha20-Poly1305 with a nonce of 24 random bytes, and
//! the record's table and ids as associated data, so that a text moved to another record does not open. The first key seals, all open. To
//! change keys, put a new one in front; once everything is sealed anew, the old one can go.
//!
//! A [fingerprint](Sealer::fingerprint) finds a text again without storing it: HMAC-SHA-256 under a key of its own, made from the same
//! secret. Without the secret it cannot be guessed from a list of addresses. While keys change, look under
//! [all of them](Sealer::fingerprints).

mod again;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use chrono::TimeDelta;
use clap::Args;
use hmac::{Hmac, Mac as _};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sha2::Sha256;

use crate::config::{Problems, read_offset};
use crate::ids::Ids;

pub use again::Round;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const MOST_KEYS: usize = 16;
const KEYS: &str = "--contact-keys";
const RETENTION: &str = "--contact-retention";
/// How long contact details are kept after an issue ended, where nothing else is told.
const DEFAULT_RETENTION: TimeDelta = TimeDelta::days(365);

/// What is told about contact details, unchecked.
#[derive(Clone, Default, Args)]
pub struct ContactFlags {
    /// Keys that seal contact details, people's addresses and the keys that sign tokens: ID:KEY, 32 random bytes in base64url each; the
    /// first seals, all open.
    #[arg(long, env = "PATHFINDER_CONTACT_KEYS", hide_env_values = true, value_name = "ID:KEY,…", global = true)]
    pub contact_keys: Option<String>,
    /// How long contact details are kept after an issue ended, as an ISO 8601 duration of at least a day [default: P365D].
    #[arg(long, env = "PATHFINDER_CONTACT_RETENTION", value_name = "DURATION", global = true)]
    pub contact_retention: Option<String>,
}

impl fmt::Debug for ContactFlags {
    /// Leaves out the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactFlags").field("contact_retention", &self.contact_retention).finish_non_exhaustive()
    }
}

impl ContactFlags {
    /// Checks them; each problem is added to `problems`.
    pub fn check(&self, problems: &mut Problems) -> Option<Contacts> {
        let sealer = problems.take(self.contact_keys.as_deref().map(|text| Sealer::read(KEYS, text)).transpose());
        let retention = problems.take(read_retention(self.contact_retention.as_deref()));
        Some(Contacts { sealer: sealer?, retention: retention? })
    }

    /// Demands the keys of a service that cannot work without; their absence is added to `problems`.
    pub fn demand_keys(&self, problems: &mut Problems) {
        if self.contact_keys.is_none() {
            problems.0.push(format!(
                "{KEYS} is missing; contact details are stored sealed, with ID:KEY, such as 2026a:$(openssl rand -base64 32 | tr '+/' '-_' | tr -d =)"
            ));
        }
    }
}

fn read_retention(text: Option<&str>) -> Result<TimeDelta, String> {
    let Some(text) = text else { return Ok(DEFAULT_RETENTION) };
    let retention = read_offset(RETENTION, Some(text))?;
    if retention < TimeDelta::days(1) {
        return Err(format!("{RETENTION} is `{text}`; contact details are kept for a day at least, as P1D"));
    }
    Ok(retention)
}

/// What is told about contact details, checked.
#[derive(Debug, Clone)]
pub struct Contacts {
    /// What seals them; none where none are kept.
    pub sealer: Option<Sealer>,
    /// How long they are kept after an issue ended.
    pub retention: TimeDelta,
}

impl Default for Contacts {
    fn default() -> Self {
        Self { sealer: None, retention: DEFAULT_RETENTION }
    }
}

/// Why a text was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is not a sealed text.
    #[error("it is not a sealed text")]
    Malformed,
    /// Its key is not among those at hand.
    #[error("it is sealed with the key `{0}`, which is not among those that were told")]
    UnknownKey(String),
    /// It was altered, or belongs to another record.
    #[error("it was altered, or belongs to another record")]
    Forged,
    /// It cannot be sealed.
    #[error("it cannot be sealed")]
    Unsealable,
}

/// Seals and opens. Cheap to clone; never printed.
#[derive(Clone)]
pub struct Sealer(Arc<[Key]>);

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    printer: Hmac<Sha256>,
}

impl fmt::Debug for Sealer {
    /// Names the keys, and leaves them out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl Sealer {
    /// Reads keys: `id:key,id2:key2`, where an id is 1 to 32 letters, digits, `-` and `_`, and a key is 32 bytes in base64url. At most
    /// sixteen.
    ///
    /// # Errors
    ///
    /// The problem, naming the flag and the place in the list; never a key.
    pub fn read(flag: &str, text: &str) -> Result<Self, String> {
        let mut keys = Vec::new();
        let mut ids = BTreeSet::new();
        for (place, entry) in text.split(',').map(str::trim).enumerate() {
            let key = Key::read(entry).map_err(|problem| format!("{flag}: key {} {problem}", place + 1))?;
            if !ids.insert(key.id.clone()) {
                return Err(format!("{flag}: the id `{}` is there twice", key.id));
            }
            keys.push(key);
        }
        if keys.len() > MOST_KEYS {
            return Err(format!("{flag} holds {} keys; at most {MOST_KEYS} are taken", keys.len()));
        }
        Ok(Self(keys.into()))
    }

    /// A new key, as it is told: `id:key`.
    #[must_use]
    pub fn new_key(ids: &Ids) -> String {
        let id: String = ids.capability().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        format!("{id}:{}", URL_SAFE_NO_PAD.encode(ids.bytes::<KEY_BYTES>()))
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.first().id
    }

    /// The id of the key that a text is sealed with; none for what is no sealed text.
    #[must_use]
    pub fn key_id_of(sealed: &str) -> Option<&str> {
        sealed.split_once('.').map(|(key_id, _)| key_id)
    }

    /// Whether a key of that id is at hand.
    #[must_use]
    pub fn knows(&self, key_id: &str) -> bool {
        self.key(key_id).is_some()
    }

    /// Seals a text for the record `record`.
    ///
    /// # Errors
    ///
    /// [`SealError::Unsealable`]: a text of more than 256 GiB.
    pub fn seal(&self, ids: &Ids, record: &str, text: &str) -> Result<String, SealError> {
        let key = self.first();
        let nonce = ids.bytes::<NONCE_BYTES>();
        let payload = Payload { msg: text.as_bytes(), aad: record.as_bytes() };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Unsealable)?;
        Ok(format!("{}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what was sealed for the record `record`.
    ///
    /// # Errors
    ///
    /// [`SealError::Malformed`], [`SealError::UnknownKey`], [`SealError::Forged`].
    pub fn open(&self, record: &str, sealed: &str) -> Result<String, SealError> {
        let mut parts = sealed.split('.');
        let (Some(key_id), Some(nonce), Some(text), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError::Malformed);
        };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| SealError::Malformed);
        let (nonce, text) = (bytes(nonce)?, bytes(text)?);
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| SealError::Malformed)?;
        let key = self.key(key_id).ok_or_else(|| SealError::UnknownKey(key_id.to_owned()))?;
        let payload = Payload { msg: &text, aad: record.as_bytes() };
        let opened = key.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Forged)?;
        String::from_utf8(opened).map_err(|_| SealError::Malformed)
    }

    /// What a text is found by within `context`, under the key that seals. The same text has another fingerprint in another context.
    #[must_use]
    pub fn fingerprint(&self, context: &str, text: &str) -> String {
        self.first().print(context, text)
    }

    /// What a text may be found by within `context`, under each key.
    #[must_use]
    pub fn fingerprints(&self, context: &str, text: &str) -> Vec<String> {
        self.0.iter().map(|key| key.print(context, text)).collect()
    }

    /// There is always one: `read` makes no other.
    fn first(&self) -> &Key {
        &self.0[0]
    }

    fn key(&self, key_id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == key_id)
    }
}

impl Key {
    fn read(entry: &str) -> Result<Self, &'static str> {
        let (id, secret) = entry.split_once(':').ok_or("has no id; write ID:KEY")?;
        let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if id.is_empty() || id.len() > 32 || !id.chars().all(fit) {
            return Err("has an id that is not 1 to 32 letters, digits, - and _");
        }
        let secret = URL_SAFE_NO_PAD.decode(secret.trim_end_matches('=')).map_err(|_| "is not base64url")?;
        if secret.len() != KEY_BYTES {
            return Err("is not 32 bytes in base64url");
        }
        let cipher = XChaCha20Poly1305::new(&derived(&secret, "seal").finalize().into_bytes());
        let printer = keyed(&derived(&secret, "fingerprint").finalize().into_bytes());
        Ok(Self { id: id.to_owned(), cipher, printer })
    }

    fn print(&self, context: &str, text: &str) -> String {
        let mut printer = self.printer.clone();
        for part in [context, text] {
            printer.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            printer.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(printer.finalize().into_bytes())
    }
}

/// Has SQLite overwrite what it deletes from now on; it leaves that in the file otherwise, until the place is used again.
///
/// # Errors
///
/// When the database fails.
pub async fn overwrite_what_is_deleted(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Sqlite {
        conn.execute_unprepared("PRAGMA secure_delete = ON").await?;
    }
    Ok(())
}

/// One secret makes several keys, each for one purpose.
fn derived(secret: &[u8], purpose: &str) -> Hmac<Sha256> {
    let mut mac = keyed(secret);
    mac.update(b"pathfinder contact details: ");
    mac.update(purpose.as_bytes());
    mac
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(numbers: &[u64]) -> Sealer {
        let told: Vec<String> = numbers.iter().map(|number| Sealer::new_key(&Ids::seeded(*number))).collect();
        Sealer::read(KEYS, &told.join(",")).expect("keys")
    }

    #[test]
    fn what_is_sealed_opens_for_its_record_alone() {
        let (sealer, ids) = (keys(&[1]), Ids::seeded(9));
        let sealed = sealer.seal(&ids, "record 1", "ada@example.org").expect("sealed");
        assert!(!sealed.contains("ada"), "{sealed}");
        assert!(sealed.starts_with(&format!("{}.", sealer.key_id())), "{sealed}");
        assert_eq!(sealer.open("record 1", &sealed), Ok("ada@example.org".to_owned()));
        assert_eq!(sealer.open("record 2", &sealed), Err(SealError::Forged));
        let again = sealer.seal(&ids, "record 1", "ada@example.org").expect("sealed");
        assert_ne!(sealed, again, "the same text is sealed otherwise each time");
    }

    #[test]
    fn what_was_altered_does_not_open() {
        let sealer = keys(&[1]);
        let sealed = sealer.seal(&Ids::seeded(9), "r", "ada").expect("sealed");
        for at in sealed.find('.').expect("a dot") + 1..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("text");
            assert!(sealer.open("r", &altered).is_err(), "{altered}");
        }
        for wrong in ["", "ada", "a.b", "a.b.c.d", &sealed[..sealed.len() - 4]] {
            assert!(sealer.open("r", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
        let (old, both, new) = (keys(&[1]), keys(&[2, 1]), keys(&[2]));
        let sealed = old.seal(&Ids::seeded(9), "r", "ada").expect("sealed");
        assert_eq!(both.open("r", &sealed), Ok("ada".to_owned()));
        assert_eq!(new.open("r", &sealed), Err(SealError::UnknownKey(old.key_id().to_owned())));
        assert_eq!(both.key_id(), new.key_id());
        assert!(both.knows(old.key_id()) && !new.knows(old.key_id()));
        assert_eq!(both.fingerprints("p", "ada"), [new.fingerprint("p", "ada"), old.fingerprint("p", "ada")]);
    }

    #[test]
    fn fingerprints_differ_by_context_and_by_text() {
        let sealer = keys(&[1]);
        let prints = [("a", "bc"), ("ab", "c"), ("b", "bc"), ("a", "bd")].map(|(c, text)| sealer.fingerprint(c, text));
        assert_eq!(BTreeSet::from(prints.clone()).len(), prints.len());
        assert_eq!(sealer.fingerprint("a", "bc"), prints[0]);
    }

    #[test]
    fn keys_are_read_or_refused_and_never_shown() {
        let good = Sealer::new_key(&Ids::seeded(1));
        let secret = good.split_once(':').expect("id and key").1.to_owned();
        let twice = format!("{good},{good}");
        let odd = format!("a b:{secret}");
        for wrong in ["", "secret", "a:short", "a:", ":x", &secret, &twice, &odd, &format!("{good},")] {
            let problem = Sealer::read(KEYS, wrong).expect_err(wrong);
            assert!(problem.starts_with(KEYS) && !problem.contains(&secret), "{problem}");
        }
        let sealer = Sealer::read(KEYS, &format!("{good}=")).expect("padding does no harm");
        assert!(!format!("{sealer:?}").contains(&secret), "{sealer:?}");
        let flags = ContactFlags { contact_keys: Some(good), ..ContactFlags::default() };
        assert!(!format!("{flags:?}").contains(&secret), "{flags:?}");
    }

    #[test]
    fn every_problem_is_told() {
        let mut problems = Problems::default();
        let flags = ContactFlags { contact_keys: Some("x".into()), contact_retention: Some("PT1H".into()) };
        assert!(flags.check(&mut problems).is_none());
        ContactFlags::default().demand_keys(&mut problems);
        assert_eq!(problems.0.len(), 3, "{problems}");
        let contacts = ContactFlags::default().check(&mut Problems::default()).expect("the defaults are right");
        assert_eq!(contacts.retention, TimeDelta::days(365));
    }
}
