//! Calls to other services: connections with every limit set, the caller's identity or the service's own, and the trace.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use pathfinder_proto::identity::v1::token_service_client::TokenServiceClient;
use pathfinder_proto::identity::v1::{GetKeySetRequest, IssueServiceTokenRequest, PublicKey};
use tokio::sync::Mutex;
use tonic::body::Body;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Status};
use tower::Service;

use crate::call::Call;
use crate::clock::Clock;
use crate::config::Settings;
use crate::failure::{Failure, Reason, Violation};
use crate::tls::Tls;
use crate::token::{KeySource, VerifyingKey};

/// How long a call to a peer may take, unless it states a shorter time itself.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CALLS_AT_ONCE: usize = 64;
/// Carries the token of the service that calls on behalf of the caller in `authorization`.
pub const ACTOR_HEADER: &str = "x-pathfinder-actor";
/// In which the gateway names the address of its client.
pub const CLIENT_HEADER: &str = "x-pathfinder-client";
/// The gateway's name among the services.
pub const GATEWAY: &str = "gateway";
/// After identity did not give a token, it is left alone for so long.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);
/// After identity gave a token, it is taken to be good for so long, whatever is refused.
const DOUBT_PAUSE: Duration = Duration::from_secs(5);
/// So long a call waits for a token that it can do without.
const LONGEST_WAIT: Duration = Duration::from_millis(300);
/// The reason of a peer that counts what is asked of it.
const TOO_OFTEN: &str = "TOO_MANY_ATTEMPTS";
/// A service's own token is renewed this long before it ends.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);

/// The services that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Partnerships, meetings, decisions, actions.
    Boards,
    /// Providers, standards, commitments.
    Commitments,
    /// Resident issues.
    Issues,
    /// People, roles, tokens.
    Identity,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Boards, Self::Commitments, Self::Issues, Self::Identity];

    /// The service's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boards => "boards",
            Self::Commitments => "commitments",
            Self::Issues => "issues",
            Self::Identity => "identity",
        }
    }
}

/// A connection that adds credentials and the trace to every call.
pub type Carrier = InterceptedService<Noted, Credentials>;

/// Opens a connection with every limit set, over TLS if it is given. It connects when first used, and again when it was lost.
#[must_use]
pub fn channel(address: Uri, tls: Option<&Tls>) -> Channel {
    match tls {
        None => limited(address).connect_lazy(),
        Some(tls) => limited(address).connect_with_connector_lazy(tls.clone().connector(None)),
    }
}

/// Opens a connection of a process to the service that runs on its own settings. The address that it serves on, such as `0.0.0.0`, need
/// not stand in its certificate, so the name is taken from there.
pub(crate) fn channel_to_self(listen: SocketAddr, tls: Option<&Tls>) -> Result<Channel, http::uri::InvalidUri> {
    let Some(tls) = tls else { return Ok(channel(format!("http://{listen}").parse()?, None)) };
    let host = if listen.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { listen.ip() };
    let name = tls.own_name().unwrap_or_else(|| host.into());
    let connector = tls.clone().connector(Some(name));
    Ok(limited(format!("https://{listen}").parse()?).connect_with_connector_lazy(connector))
}

fn limited(address: Uri) -> Endpoint {
    Endpoint::from(address)
        .connect_timeout(CONNECT_TIMEOUT)
        .concurrency_limit(CALLS_AT_ONCE)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
}

/// What a service or the gateway shows of itself: tokens from identity, against the secret of the installation. With one it acts; the other
/// has no roles and is shown beside a caller's token, so that whoever receives it cannot act as this service.
pub struct OwnIdentity {
    name: &'static str,
    secret: String,
    identity: Channel,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

/// The tokens at hand, and when identity last gave none.
#[derive(Default)]
struct Kept {
    tokens: Option<OwnTokens>,
    refused: Option<Instant>,
}

impl Kept {
    /// The tokens at hand, if they need not be renewed.
    fn fresh(&self, now: DateTime<Utc>) -> Option<OwnTokens> {
        self.holding(now, RENEW_BEFORE).filter(|tokens| !tokens.is_doubted)
    }

    /// The tokens at hand, if they hold for so long yet.
    fn holding(&self, now: DateTime<Utc>, longer_than: TimeDelta) -> Option<OwnTokens> {
        self.tokens.clone().filter(|tokens| tokens.expire_time - longer_than > now)
    }
}

#[derive(Clone)]
struct OwnTokens {
    /// To act with.
    acting: AsciiMetadataValue,
    /// To show.
    shown: AsciiMetadataValue,
    expire_time: DateTime<Utc>,
    given: Instant,
    is_doubted: bool,
}

impl std::fmt::Debug for OwnIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnIdentity").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OwnIdentity {
    /// The service `name`, without a token yet.
    #[must_use]
    pub fn new(name: &'static str, secret: String, identity: Channel, clock: Arc<dyn Clock>) -> Self {
        Self { name, secret, identity, clock, kept: Mutex::default() }
    }

    /// The service's tokens; asked of identity when there are none, or they end soon. Where identity gives none, it is not asked again at
    /// once, and tokens that still hold go on.
    ///
    /// # Errors
    ///
    /// What identity answers, when it gives none and there are none that hold.
    async fn tokens(&self) -> Result<OwnTokens, Status> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(tokens) = kept.fresh(now) {
            return Ok(tokens);
        }
        if kept.refused.is_some_and(|refused| refused.elapsed() < REFUSED_PAUSE) {
            let unanswered = || Status::unavailable("Identity gave no token a moment ago.");
            return kept.holding(now, TimeDelta::zero()).ok_or_else(unanswered);
        }
        match self.ask().await {
            Ok(tokens) => {
                *kept = Kept { tokens: Some(tokens.clone()), refused: None };
                Ok(tokens)
            }
            Err(status) => {
                tracing::warn!(code = ?status.code(), "identity gives no token; calls go on with the one at hand, or without");
                kept.refused = Some(Instant::now());
                kept.holding(now, TimeDelta::zero()).ok_or(status)
            }
        }
    }

    /// The value of the header by which the service is known when it calls for somebody; none when identity gives no token soon, and the
    /// call goes on without.
    pub async fn shown_if_any(self: &Arc<Self>) -> Option<AsciiMetadataValue> {
        if let Ok(kept) = self.kept.try_lock()
            && let Some(tokens) = kept.fresh(self.clock.now())
        {
            return Some(tokens.shown);
        }
        // A task of its own: a caller that does not wait for the answer does not break off the question.
        let own = Arc::clone(self);
        let asking = tokio::spawn(async move { own.tokens().await });
        tokio::time::timeout(LONGEST_WAIT, asking).await.ok()?.ok()?.ok().map(|tokens| tokens.shown)
    }

    /// Takes note that somebody was not believed who it is: perhaps it was us, because the key that signed our tokens has been retired at
    /// once. They are renewed with the next call, unless they were given a moment ago.
    pub fn note(&self, code: Code) {
        if code == Code::Unauthenticated
            && let Ok(mut kept) = self.kept.try_lock()
            && let Some(tokens) = &mut kept.tokens
        {
            tokens.is_doubted = tokens.given.elapsed() > DOUBT_PAUSE;
        }
    }

    async fn ask(&self) -> Result<OwnTokens, Status> {
        let ((acting, one_end), (shown, other_end)) = tokio::try_join!(self.ask_for(false), self.ask_for(true))?;
        let expire_time = one_end.min(other_end);
        Ok(OwnTokens { acting, shown, expire_time, given: Instant::now(), is_doubted: false })
    }

    async fn ask_for(&self, without_roles: bool) -> Result<(AsciiMetadataValue, DateTime<Utc>), Status> {
        let (service, secret) = (self.name.to_owned(), self.secret.clone());
        let message = IssueServiceTokenRequest { service, secret, without_roles };
        let carrier = InterceptedService::new(self.identity.clone(), Credentials::none());
        let token = TokenServiceClient::new(carrier).issue_service_token(request(message)).await?.into_inner();
        let expire_time = token.expire_time.as_ref().and_then(|time| crate::wire::time("expire_time", time).ok());
        Ok((bearer(&token.access_token)?, expire_time.unwrap_or_default()))
    }
}

/// The lines to all peers.
pub(crate) struct Peers {
    channels: [Channel; 4],
    own: Arc<OwnIdentity>,
}

impl Peers {
    pub(crate) fn new(own_name: &'static str, settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let channels = Peer::ALL.map(|peer| settings.peers.open(peer));
        let [_, _, _, identity] = &channels;
        let secret = settings.service_secret.reveal().to_owned();
        Self { own: Arc::new(OwnIdentity::new(own_name, secret, identity.clone(), clock)), channels }
    }

    pub(crate) fn secret(&self) -> &str {
        &self.own.secret
    }

    pub(crate) fn line(&self, peer: Peer) -> Line<'_> {
        Line { peers: self, peer }
    }

    fn channel(&self, peer: Peer) -> Channel {
        let [boards, commitments, issues, identity] = &self.channels;
        match peer {
            Peer::Boards => boards,
            Peer::Commitments => commitments,
            Peer::Issues => issues,
            Peer::Identity => identity,
        }
        .clone()
    }
}

/// The line to one peer.
pub struct Line<'a> {
    peers: &'a Peers,
    peer: Peer,
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Line").field(&self.peer).finish()
    }
}

impl Line<'_> {
    /// Calls as the caller of `call`, on its behalf: the peer sees its token, or an anonymous caller, and beside it one that says which
    /// service this is. Background work calls as itself.
    ///
    /// # Errors
    ///
    /// When background work cannot get its own token.
    pub async fn on_behalf(&self, call: &Call) -> Result<Carrier, Status> {
        if call.is_background() {
            return self.as_self().await;
        }
        let bearer = call.token.as_deref().map(bearer).transpose()?;
        let actor = self.peers.own.shown_if_any().await;
        let credentials = Credentials { bearer, actor, traceparent: call.traceparent.clone() };
        Ok(self.carrier(credentials))
    }

    /// Calls as this service itself.
    ///
    /// # Errors
    ///
    /// When identity does not answer or refuses the secret.
    pub async fn as_self(&self) -> Result<Carrier, Status> {
        let bearer = Some(self.peers.own.tokens().await?.acting);
        let credentials = Credentials { bearer, actor: None, traceparent: String::new() };
        Ok(self.carrier(credentials))
    }

    /// Calls as nobody, for health checks and public reads.
    #[must_use]
    pub fn anonymous(&self) -> Carrier {
        self.carrier(Credentials::none())
    }

    fn carrier(&self, credentials: Credentials) -> Carrier {
        let noted = Noted { channel: self.peers.channel(self.peer), own: Arc::clone(&self.peers.own) };
        InterceptedService::new(noted, credentials)
    }
}

/// A connection whose refusals are [noted](OwnIdentity::note).
#[derive(Debug, Clone)]
pub struct Noted {
    channel: Channel,
    own: Arc<OwnIdentity>,
}

impl Service<http::Request<Body>> for Noted {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (answering, own) = (self.channel.call(request), Arc::clone(&self.own));
        Box::pin(async move {
            let answer = answering.await?;
            // A refusal stands in the head of the answer.
            if let Some(status) = answer.headers().get("grpc-status") {
                own.note(Code::from_bytes(status.as_bytes()));
            }
            Ok(answer)
        })
    }
}

fn bearer(token: &str) -> Result<AsciiMetadataValue, Status> {
    format!("Bearer {token}")
        .parse()
        .map_err(|_| Status::unauthenticated("The token holds characters that no token has."))
}

/// What a carrier adds to every call.
#[derive(Debug, Clone)]
pub struct Credentials {
    bearer: Option<AsciiMetadataValue>,
    actor: Option<AsciiMetadataValue>,
    traceparent: String,
}

impl Credentials {
    const fn none() -> Self {
        Self { bearer: None, actor: None, traceparent: String::new() }
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        for (header, bearer) in [("authorization", &self.bearer), (ACTOR_HEADER, &self.actor)] {
            if let Some(mut bearer) = bearer.clone() {
                bearer.set_sensitive(true);
                request.metadata_mut().insert(header, bearer);
            }
        }
        let current = crate::telemetry::current_traceparent();
        let traceparent = if current.is_empty() { &self.traceparent } else { &current };
        if let Ok(value) = traceparent.parse::<AsciiMetadataValue>()
            && !traceparent.is_empty()
        {
            request.metadata_mut().insert("traceparent", value);
        }
        Ok(request)
    }
}

/// A request to a peer with the standard deadline.
#[must_use]
pub fn request<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    request
}

/// What a peer's refusal means to our caller: a peer that does not answer is named; any other refusal is passed on.
#[must_use]
pub fn refusal(peer: Peer, status: Status) -> Failure {
    use tonic_types::StatusExt as _;
    let unanswered = matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted | Code::Unknown
    );
    // What was asked too often concerns the one question, and not the peer.
    let counted = status.get_details_error_info().is_some_and(|info| info.reason == TOO_OFTEN);
    if unanswered && !counted {
        let message = format!("The {} service does not answer; nothing was written. Try again.", peer.name());
        return Failure::new(Reason::PeerUnavailable, message).with("peer", peer.name()).because(status);
    }
    let Some(info) = status.get_details_error_info() else {
        return Failure::internal(status);
    };
    let reason = Reason::from_str_name(&format!("ERROR_REASON_{}", info.reason)).unwrap_or(Reason::Internal);
    let refused = match status.get_details_bad_request() {
        Some(bad) => {
            let listed = bad.field_violations.into_iter().map(|wrong| Violation::new(wrong.field, wrong.description));
            Failure::invalid(listed.collect())
        }
        None => Failure::new(reason, status.message().to_owned()),
    };
    info.metadata.iter().fold(refused, |failure, (key, value)| failure.with(key, value)).because(status)
}

/// Token keys, asked of identity.
pub(crate) struct PeerKeys {
    identity: Channel,
}

impl PeerKeys {
    pub(crate) fn new(peers: &Peers) -> Self {
        Self { identity: peers.channel(Peer::Identity) }
    }
}

#[async_trait]
impl KeySource for PeerKeys {
    async fn fetch(&self) -> Result<Vec<VerifyingKey>, Failure> {
        let carrier = InterceptedService::new(self.identity.clone(), Credentials::none());
        let answer = TokenServiceClient::new(carrier).get_key_set(request(GetKeySetRequest {})).await;
        let keys = answer.map_err(|status| refusal(Peer::Identity, status))?.into_inner().keys;
        Ok(keys.into_iter().map(verifying).collect::<Result<_, Violation>>()?)
    }
}

fn verifying(key: PublicKey) -> Result<VerifyingKey, Violation> {
    let retire_time = key.retire_time.as_ref().map(|time| crate::wire::time("retire_time", time)).transpose()?;
    Ok(VerifyingKey { key_id: key.key_id, x: key.x, retire_time })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn an_identity_that_says_nothing_holds_up_no_call_for_long() {
        // Connections are taken by the system, and nobody ever reads from them.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", silent.local_addr().expect("an address")).parse().expect("an address");
        let clock = Arc::new(SystemClock::default());
        let own = Arc::new(OwnIdentity::new("boards", "a secret".to_owned(), channel(address, None), clock));
        let began = Instant::now();
        let bearers = futures::future::join_all((0..10).map(|_| own.shown_if_any())).await;
        assert!(bearers.iter().all(Option::is_none), "there is no token to be had");
        assert!(began.elapsed() < CALL_TIMEOUT / 2, "ten calls waited for {:?}", began.elapsed());
    }
}
