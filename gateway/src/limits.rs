//! Limits on requests: how often, how many at once, for how long, and what becomes of a panic.
//!
//! How often is counted for whoever sends a request ([`Quotas`]); of the places there are, one address gets a quarter
//! ([`Places`]), so that a few slow clients do not keep everybody out. Sizes are limited where they are read ([`crate::body`],
//! [`crate::serve`]). The health checks stand outside these limits: a gateway with too much to do is busy, not dead.

use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use pathfinder_kit::rate::{BURST, RateLimiter};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client::{Client, network};
use crate::config::Rates;
use crate::cookies::Cookies;
use crate::error::ApiError;
use crate::state::{Began, Shared};

/// What guards secrets may be asked so many times less often.
const GUARDED_SHARE: u32 = 10;
/// All callers of one address together may call so many times as often as one of them.
const CROWD: u32 = 4;
/// One address gets one in so many of the places.
const SHARE: usize = 4;

/// Counts what is too often, sheds what is too much and ends what takes too long.
pub(crate) async fn layer(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let client = Client::find(request.extensions(), request.headers(), &app.trusted_proxies);
    if let Err(error) = app.quotas.admit(client, &request, &app.cookies) {
        return error.into_response();
    }
    let _place = match app.requests.take(client) {
        Ok(place) => place,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(Began(Instant::now()));
    let limit = app.time_for(&request);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::deadline_exceeded(limit).into_response(),
    }
}

/// How often callers may call.
///
/// A caller is told by the digest of what it presents. Nothing is verified here: whoever makes up a token for each request gets a
/// bucket for each, and is held by the one that all callers of its address share.
#[derive(Debug)]
pub(crate) struct Quotas {
    addresses: RateLimiter,
    guarded: RateLimiter,
    callers: RateLimiter,
    crowds: RateLimiter,
}

impl Quotas {
    /// Counts by these rates.
    pub(crate) fn new(rates: Rates) -> Self {
        let limiter = |rate: u32| RateLimiter::new(rate, rate.saturating_mul(BURST));
        Self {
            addresses: limiter(rates.per_address),
            guarded: limiter(rates.per_address.div_ceil(GUARDED_SHARE)),
            callers: limiter(rates.per_caller),
            crowds: limiter(rates.per_caller.saturating_mul(CROWD)),
        }
    }

    fn admit(&self, client: Client, request: &Request, cookies: &Cookies) -> Result<(), ApiError> {
        let address = network(client.0).to_string();
        let path = request.uri().path();
        if is_guarded(request.method(), path) {
            self.guarded.check(&address).map_err(|wait| ApiError::rate_limited("address", wait))?;
        }
        match credential(request.headers(), cookies) {
            Some(credential) => {
                self.crowds.check(&address).map_err(|wait| ApiError::rate_limited("address", wait))?;
                self.caller(credential)
            }
            None => self.addresses.check(&address).map_err(|wait| ApiError::rate_limited("address", wait)),
        }
    }

    /// Counts a request of whoever presents `credential`.
    pub(crate) fn caller(&self, credential: &str) -> Result<(), ApiError> {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(credential.as_bytes()));
        self.callers.check(&digest).map_err(|wait| ApiError::rate_limited("caller", wait))
    }
}

fn credential<'h>(headers: &'h HeaderMap, cookies: &Cookies) -> Option<&'h str> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.or_else(|| cookies.session(headers))
}

/// Where a secret is tried: a link, a key, a session, or an address to send a link to.
fn is_guarded(method: &Method, path: &str) -> bool {
    const PREFIXES: [&str; 7] = [
        "/f/",
        "/follow/",
        "/sign-in/openid/",
        "/v1/signIn:",
        "/v1/tokens:",
        "/v1/sessions:exchange",
        "/v1/formLinks:exchange",
    ];
    let submits = *method == Method::POST && ["/sign-in", "/sign-in/link", "/oauth2/token"].contains(&path);
    // Everything that is done with the token of an issue.
    let follows = [
        "followByEmail",
        "confirmFollow",
        "revokeFollowLink",
        "confirmResolution",
        "disputeResolution",
        "withdraw",
        "anonymise",
        "answerQuestion",
    ];
    let verb = path.rsplit_once(':').map_or("", |(_, verb)| verb);
    // Photos are added to what was reported before, by its token.
    let reports = *method == Method::POST && path.starts_with("/partnerships/") && path.ends_with("/report");
    submits || reports || follows.contains(&verb) || PREFIXES.iter().any(|prefix| path.starts_with(prefix))
}

/// Places for what is worked on at once; each address gets its share of them.
#[derive(Debug)]
pub(crate) struct Places {
    what: &'static str,
    all: Arc<Semaphore>,
    shares: Arc<Shares>,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

impl Places {
    /// So many places; `exempt` addresses, which stand for many clients, get as many as they like.
    pub(crate) fn new(what: &'static str, count: usize, exempt: &[IpAddr]) -> Self {
        Self { what, all: Arc::new(Semaphore::new(count)), shares: Shares::of(count, exempt) }
    }

    /// A place for a client.
    pub(crate) fn take(&self, client: Client) -> Result<Place, ApiError> {
        let share = self.shares.take(client.0).ok_or_else(|| ApiError::share_used_up(self.what))?;
        let permit = Arc::clone(&self.all).try_acquire_owned().map_err(|_| ApiError::overloaded(self.what))?;
        Ok(Place { _permit: permit, _share: share })
    }
}

/// How many places each address has taken.
#[derive(Debug)]
pub(crate) struct Shares {
    each: usize,
    exempt: Vec<IpAddr>,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One place of an address's share, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    address: IpAddr,
}

impl Shares {
    /// A quarter of `count` for each address, and at least one.
    pub(crate) fn of(count: usize, exempt: &[IpAddr]) -> Arc<Self> {
        Arc::new(Self { each: count.div_ceil(SHARE), exempt: exempt.to_vec(), taken: Mutex::default() })
    }

    /// One more for the address; none when its share is used up.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let is_exempt = self.exempt.contains(&address.to_canonical());
        let address = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.each && !is_exempt {
            return None;
        }
        *count += 1;
        Some(Share { shares: Arc::clone(self), address })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            taken.remove(&self.address);
        } else {
            taken.insert(self.address, left);
        }
    }
}

/// What a caller is told of a panic: nothing but that it was our fault.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of unknown kind"), "a handler panicked");
    ApiError::internal().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, Operation};

    fn client(address: &str) -> Client {
        Client(address.parse().unwrap())
    }

    #[test]
    fn a_panic_is_a_fault_of_ours_and_says_no_more() {
        for panic in [Box::new("secret") as Box<dyn Any + Send>, Box::new("secret".to_owned()), Box::new(7)] {
            let response = panicked(panic);
            let error = response.extensions().get::<ApiError>().expect("the error for the outermost layer");
            assert_eq!((error.http.as_u16(), error.reason.as_str()), (500, "INTERNAL"));
            assert!(!error.to_json("t").contains("secret"));
        }
    }

    #[test]
    fn one_address_gets_a_quarter_of_the_places_and_gives_them_back() {
        let places = Places::new("requests", 8, &["10.0.0.1".parse().unwrap()]);
        let (one, other) = (client("203.0.113.7"), client("203.0.113.8"));
        let held: Vec<Place> = (0..2).map(|_| places.take(one).unwrap()).collect();
        let error = places.take(one).unwrap_err();
        assert_eq!((error.http.as_u16(), error.reason.as_str()), (429, "OVERLOADED"));
        let others = places.take(other).unwrap();
        let proxied: Vec<Place> = (0..5).map(|_| places.take(client("10.0.0.1")).unwrap()).collect();
        assert!(places.take(client("203.0.113.9")).is_err(), "all places are taken");
        drop((held, others, proxied));
        assert!(places.shares.taken.lock().unwrap().is_empty(), "nothing is kept of who is gone");
        assert!(places.take(one).is_ok());
    }

    #[test]
    fn what_guards_a_secret_is_known_by_its_path() {
        for (method, path, expected) in [
            (Method::GET, "/sign-in", false),
            (Method::POST, "/sign-in", true),
            (Method::POST, "/oauth2/token", true),
            (Method::GET, "/f/abc", true),
            (Method::POST, "/v1/tokens:exchangeApiKey", true),
            (Method::GET, "/v1/partnerships", false),
            (Method::GET, "/partnerships/1/report", false),
            (Method::POST, "/partnerships/1/report", true),
        ] {
            assert_eq!(is_guarded(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn every_verb_that_takes_the_token_of_an_issue_is_guarded() {
        let contract = Contract::read(pathfinder_proto::pool()).unwrap();
        let takes_token =
            |operation: &&Operation| ["follow_token", "confirmation_token"].iter().any(|field| operation.takes(field));
        let verbs = contract.operations.iter().filter(takes_token);
        let verbs: Vec<&str> = verbs.filter_map(|operation| operation.template.verb.as_deref()).collect();
        assert!(verbs.len() >= 7, "{verbs:?}");
        for verb in verbs {
            assert!(is_guarded(&Method::POST, &format!("/v1/partnerships/1/issues/2:{verb}")), "{verb}");
        }
    }
}
