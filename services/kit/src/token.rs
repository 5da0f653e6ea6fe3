//! Tokens: signed by identity, verified here without asking anybody.
//!
//! A token is a JWT with an Ed25519 signature. The keys come from identity once and are kept; a token that names an
//! unknown key makes the service fetch them again, at most every few seconds, and so does every token some minutes after the
//! last time. When identity is away, the keys at hand go on verifying, each until it retires: when that is, comes with the key, and is
//! compared with the service's own clock. A key that is retired at once, because it leaked, is refused by a service as soon as that has
//! asked again: with the first token of the new key that it meets, or some minutes after the last time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use pathfinder_terms::{Grant, PrincipalKind};
use serde::{Deserialize, Serialize};

use crate::caller::Principal;
use crate::clock::Clock;
use crate::failure::{Failure, Reason};

/// Who issues tokens.
pub const ISSUER: &str = "pathfinder-identity";
/// The services that a token may be meant for.
pub const SERVICES: [&str; 4] = ["boards", "commitments", "issues", "identity"];
/// How far ahead the clock of whoever signed may run.
const LEEWAY_SECONDS: i64 = 60;
/// Between two questions for keys, once there are some.
const REFETCH_PAUSE: Duration = Duration::from_secs(5);
/// After so long the keys at hand are asked for again, though they verify: one may have been retired early.
const REFRESH_AFTER: Duration = Duration::from_mins(5);
/// So many tokens whose signatures are good are remembered; then it begins anew.
const MOST_SIGNED: usize = 4_096;
/// Between two questions while there are none yet.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// [`ISSUER`].
    pub iss: String,
    /// The services that it is meant for, by name.
    pub aud: Vec<String>,
    /// The id of the person or system, or the service's name.
    pub sub: String,
    /// The name to show.
    pub name: String,
    /// What the subject is.
    pub kind: PrincipalKind,
    /// What the subject may do, where.
    pub grants: Vec<Grant>,
    /// The session, key or link by which the subject proved itself to identity, for the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Holds from, in seconds since 1970.
    pub nbf: i64,
    /// Ends at, in seconds since 1970.
    pub exp: i64,
}

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    /// The id that tokens name in their header.
    pub key_id: String,
    /// The 32 bytes, base64url without padding.
    pub x: String,
    /// Until when it verifies; none as long as no other is to follow it.
    pub retire_time: Option<DateTime<Utc>>,
}

/// Where the keys come from.
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// The keys that are good at present.
    ///
    /// # Errors
    ///
    /// When they cannot be had now.
    async fn fetch(&self) -> Result<Vec<VerifyingKey>, Failure>;
}

/// What a token that was verified says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who its subject is.
    pub principal: Principal,
    /// Whether it is meant for this service.
    pub is_for_us: bool,
    /// Until when it holds.
    pub end: DateTime<Utc>,
    audience: Vec<String>,
}

impl Verified {
    /// Whether it is meant for the service of this name.
    #[must_use]
    pub fn is_for(&self, service: &str) -> bool {
        self.audience.iter().any(|meant| meant == service)
    }
}

/// Verifies tokens offline.
pub struct Verifier {
    own_name: &'static str,
    keys: Arc<Keys>,
    signed: Signed,
    clock: Arc<dyn Clock>,
}

/// The keys at hand, and where more come from.
struct Keys {
    known: ArcSwap<Vec<VerifyingKey>>,
    source: Arc<dyn KeySource>,
    last_fetch: tokio::sync::Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys.known.load().len()).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier of the service `own_name`, without keys yet; it fetches them when first needed.
    #[must_use]
    pub fn new(own_name: &'static str, source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        let keys = Keys { known: ArcSwap::default(), source, last_fetch: tokio::sync::Mutex::new(None) };
        Self { own_name, keys: Arc::new(keys), signed: Signed::default(), clock }
    }

    /// Who a token says the caller is, and whether it is meant for this service.
    ///
    /// # Errors
    ///
    /// `TOKEN_INVALID` when it is malformed, expired, not valid yet or not signed by a known key; `PEER_UNAVAILABLE` when no key
    /// is at hand and identity does not answer.
    pub async fn verify(&self, token: &str) -> Result<Verified, Failure> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| refused("is malformed").because(error))?;
        if header.alg != Algorithm::EdDSA {
            return Err(refused("is not signed with Ed25519"));
        }
        let key = self.key_for(&header).await?;
        if key.retire_time.is_some_and(|end| end <= self.clock.now()) {
            return Err(refused("is signed with a key that has retired"));
        }
        let claims = self.signed.claims(token, &key)?;
        self.check_times(&claims)?;
        let is_for_us = claims.aud.iter().any(|service| service == self.own_name);
        let end = DateTime::from_timestamp(claims.exp, 0).ok_or_else(|| refused("ends at no time that there is"))?;
        let Claims { sub: subject, name, kind, grants, sid: credential, aud: audience, .. } = claims;
        let principal = Principal { subject, name, kind, grants, credential };
        Ok(Verified { principal, is_for_us, end, audience })
    }

    async fn key_for(&self, header: &Header) -> Result<VerifyingKey, Failure> {
        let wanted = header.kid.as_deref().ok_or_else(|| refused("names no key"))?;
        if let Some(key) = self.keys.find(wanted) {
            self.keys.refresh();
            return Ok(key);
        }
        // A task of its own: a caller that gives up does not break off the question that others wait for.
        let keys = Arc::clone(&self.keys);
        tokio::spawn(async move { keys.refetch().await }).await.map_err(Failure::internal)??;
        self.keys.find(wanted).ok_or_else(|| {
            if self.keys.known.load().is_empty() {
                let message = "Tokens cannot be checked yet, because identity does not answer. Try again.";
                return Failure::new(Reason::PeerUnavailable, message).with("peer", "identity");
            }
            refused("is signed with a key that is not known here")
        })
    }

    /// What is said of a token that is good, but meant for other services.
    #[must_use]
    pub fn meant_for_others(&self) -> Failure {
        Failure::new(
            Reason::TokenInvalid,
            format!("The token is meant for other services than {}; get one for it.", self.own_name),
        )
    }

    fn check_times(&self, claims: &Claims) -> Result<(), Failure> {
        let now = self.clock.now().timestamp();
        if claims.exp <= now {
            return Err(refused("has expired"));
        }
        if claims.iat.max(claims.nbf) > now + LEEWAY_SECONDS {
            return Err(refused("is not valid yet"));
        }
        Ok(())
    }
}

impl Keys {
    fn find(&self, key_id: &str) -> Option<VerifyingKey> {
        self.known.load().iter().find(|key| key.key_id == key_id).cloned()
    }

    /// Has the keys asked for again if they were not for long; nobody waits for the answer.
    fn refresh(self: &Arc<Self>) {
        let is_due = self.last_fetch.try_lock().is_ok_and(|last| last.is_some_and(|at| at.elapsed() > REFRESH_AFTER));
        if is_due {
            let keys = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(failure) = keys.refetch().await {
                    tracing::warn!(reason = ?failure.reason(), "token keys could not be asked for again; those at hand go on");
                }
            });
        }
    }

    /// Asks for the keys again, unless somebody did a moment ago. One asks, the others wait for the answer.
    async fn refetch(&self) -> Result<(), Failure> {
        let mut last = self.last_fetch.lock().await;
        let pause = if self.known.load().is_empty() { FIRST_PAUSE } else { REFETCH_PAUSE };
        if last.is_some_and(|last| last.elapsed() < pause) {
            return Ok(());
        }
        let fetched = self.source.fetch().await;
        // Noted whatever came of it: while identity is away, unknown keys cost one question in a while, not one each.
        *last = Some(Instant::now());
        self.known.store(Arc::new(fetched?));
        Ok(())
    }
}

/// What tokens say whose signatures were found good: a caller shows the same one with every call, and to verify it costs more than all
/// else about it. Whether key and token still hold is looked at each time.
#[derive(Default)]
struct Signed(Mutex<HashMap<String, (VerifyingKey, Claims)>>);

impl Signed {
    fn claims(&self, token: &str, key: &VerifyingKey) -> Result<Claims, Failure> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((by, claims)) = seen.get(token)
            && by == key
        {
            return Ok(claims.clone());
        }
        drop(seen);
        let claims = signed_claims(token, key)?;
        seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_SIGNED {
            seen.clear();
        }
        seen.insert(token.to_owned(), (key.clone(), claims.clone()));
        Ok(claims)
    }
}

fn signed_claims(token: &str, key: &VerifyingKey) -> Result<Claims, Failure> {
    let decoding = DecodingKey::from_ed_components(&key.x).map_err(Failure::internal)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    // For whom it is meant is looked at by whoever knows who brings it. Times are checked against the service's own clock, which a
    // trial may have moved.
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["iss", "aud", "sub"]);
    let decoded = jsonwebtoken::decode::<Claims>(token, &decoding, &validation);
    Ok(decoded.map_err(|error| refused("is not one of ours").because(error))?.claims)
}

fn refused(why: &str) -> Failure {
    Failure::new(Reason::TokenInvalid, format!("The token {why}; get a new one."))
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;
    use crate::clock::{ManualClock, SystemClock};

    /// Answers when told to.
    #[derive(Default)]
    struct Slow {
        asked: Notify,
        answer: Notify,
    }

    #[async_trait]
    impl KeySource for Slow {
        async fn fetch(&self) -> Result<Vec<VerifyingKey>, Failure> {
            self.asked.notify_one();
            self.answer.notified().await;
            Ok(vec![VerifyingKey { key_id: "one".to_owned(), x: "x".to_owned(), retire_time: None }])
        }
    }

    /// Answers with one key that retires in a minute.
    struct Retiring;

    #[async_trait]
    impl KeySource for Retiring {
        async fn fetch(&self) -> Result<Vec<VerifyingKey>, Failure> {
            let key = VerifyingKey { key_id: "one".to_owned(), x: "x".to_owned(), retire_time: Some(START + MINUTE) };
            Ok(vec![key])
        }
    }

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const MINUTE: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

    #[tokio::test]
    async fn a_key_is_refused_from_its_retirement_on_without_asking_anybody() {
        let clock = Arc::new(ManualClock::at(START));
        let verifier = Verifier::new("boards", Arc::new(Retiring), Arc::<ManualClock>::clone(&clock));
        // A head that names the key, and nothing that the key could have signed.
        let token = "eyJhbGciOiJFZERTQSIsImtpZCI6Im9uZSJ9.e30.AAAA";
        let why = async || verifier.verify(token).await.expect_err("nobody signed it").to_string();
        assert!(!why().await.contains("retired"), "{}", why().await);
        clock.advance(MINUTE);
        assert!(why().await.contains("retired"), "{}", why().await);
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_does_not_cost_the_next_one_its_key() {
        let source = Arc::new(Slow::default());
        let keys = Arc::<Slow>::clone(&source);
        let verifier =
            Arc::new(Verifier::new("boards", keys, Arc::new(SystemClock::ahead_by(chrono::TimeDelta::zero()))));
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some("one".to_owned());
        let (impatient, named) = (Arc::clone(&verifier), header.clone());
        let first = tokio::spawn(async move { impatient.key_for(&named).await.map(|_| ()) });
        source.asked.notified().await;
        first.abort();
        assert!(first.await.is_err_and(|error| error.is_cancelled()), "the first caller gave up");
        source.answer.notify_one();
        let found = verifier.key_for(&header).await.expect("the key that the first one asked for");
        assert_eq!(found.key_id, "one");
    }
}
