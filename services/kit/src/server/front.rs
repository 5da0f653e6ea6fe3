//! What every call passes before its handler: a span on the caller's trace, a place among the calls in work, the token,
//! and the deadline. In this order, so that a refused call still has a trace id, and an unknown caller costs little.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::Frame;
use pathfinder_terms::PrincipalKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::body::Body;
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use crate::call::{Arrival, Door};
use crate::caller::Caller;
use crate::contract::{METHODS, Method};
use crate::failure::{Failure, Reason};
use crate::host::Host;
use crate::peer::{ACTOR_HEADER, CLIENT_HEADER, GATEWAY};
use crate::rate::{self, BURST, RateLimiter, Rates};

/// Puts the front before all services of a server.
#[derive(Clone)]
pub(super) struct FrontLayer {
    shared: Arc<Shared>,
}

struct Shared {
    host: Host,
    calls: Arc<Semaphore>,
    feeds: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    imports: Arc<Semaphore>,
    addresses: RateLimiter,
    callers: RateLimiter,
}

impl FrontLayer {
    pub(super) fn new(host: Host) -> Self {
        let limits = host.limits();
        let calls = Arc::new(Semaphore::new(limits.calls));
        let feeds = Arc::new(Semaphore::new(limits.feeds));
        let exports = Arc::new(Semaphore::new(limits.exports));
        let uploads = Arc::new(Semaphore::new(limits.uploads));
        let imports = Arc::new(Semaphore::new(limits.exports));
        let limiter = |rate: u32| RateLimiter::new(rate, rate.saturating_mul(BURST));
        let Rates { per_address, per_caller } = limits.rates;
        let (addresses, callers) = (limiter(per_address), limiter(per_caller));
        Self { shared: Arc::new(Shared { host, calls, feeds, exports, uploads, imports, addresses, callers }) }
    }
}

impl<S> Layer<S> for FrontLayer {
    type Service = Front<S>;

    fn layer(&self, inner: S) -> Front<S> {
        Front { shared: Arc::clone(&self.shared), inner }
    }
}

/// The front before one service.
#[derive(Clone)]
pub(super) struct Front<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S> Service<Request<Body>> for Front<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        // The service that was polled ready goes with the call; its clone waits for the next.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let path = request.uri().path();
        let Some(method) = METHODS.get(path).cloned() else {
            return Box::pin(pass_unknown(inner, request));
        };
        let service = shared.host.name();
        let span = tracing::info_span!("grpc", otel.name = %method.name, otel.kind = "server", rpc.system = "grpc", service, rpc.grpc.status_code = tracing::field::Empty);
        crate::telemetry::adopt_parent(&span, request.headers());
        Box::pin(async move { Ok(shared.answer(inner, request, method).await) }.instrument(span))
    }
}

/// Health, reflection and unknown paths need no token; the router answers UNIMPLEMENTED to the unknown.
async fn pass_unknown<S>(mut inner: S, request: Request<Body>) -> Result<Response<Body>, Infallible>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    inner.call(request).await.map(explained)
}

/// Gives a refusal of the library its reason: what cannot be decoded, is too large, or is no call of ours.
fn explained(response: Response<Body>) -> Response<Body> {
    let head = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    if response.headers().contains_key("grpc-status-details-bin") {
        return response;
    }
    let code = head("grpc-status").and_then(|code| code.parse::<i32>().ok()).map(Code::from_i32);
    let text = head("grpc-message").unwrap_or_default();
    let failure = match code {
        Some(Code::Internal) if text.contains("decode") || text.contains("UTF-8") || text.contains("EOS") => {
            Failure::new(Reason::InvalidRequest, "The message cannot be read as the contract has it.")
        }
        Some(Code::OutOfRange | Code::ResourceExhausted) => {
            Failure::new(Reason::TooLarge, format!("The message is larger than this call takes: {text}"))
        }
        Some(Code::Unimplemented) => {
            Failure::new(Reason::NoSuchCall, "There is no such call; reflection lists those that there are.")
        }
        _ => return response,
    };
    Status::from(failure).into_http()
}

impl Shared {
    async fn answer<S>(&self, inner: S, request: Request<Body>, method: Method) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let response = match self.admitted(inner, request, method).await {
            Ok(response) => explained(response),
            Err(failure) => Status::from(failure).into_http(),
        };
        // A refusal stands in the head of the answer; what a handler answered well has its status at the end.
        let code = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0");
        Span::current().record("rpc.grpc.status_code", code);
        response
    }

    async fn admitted<S>(
        &self,
        mut inner: S,
        mut request: Request<Body>,
        method: Method,
    ) -> Result<Response<Body>, Failure>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let place = self.place(&method)?;
        let deadline = deadline(&request, Duration::from_secs(self.host.limits().call_seconds));
        let late = |_| {
            let message = "The call took longer than its deadline; whether it was carried out is uncertain. Repeat it with the same request id.";
            Failure::new(Reason::DeadlineExceeded, message)
        };
        let began = tokio::time::Instant::now();
        let identified = tokio::time::timeout(deadline, self.identify(request.headers(), &method)).await;
        let Identified { caller, token, token_end, via } =
            identified.map_err(late)?.or_else(|failure| self.count_stranger(&request).and(Err(failure)))?;
        let client = client_of(&request, via.as_deref());
        self.count(&caller, via.as_deref(), &client)?;
        let is_streaming = method.is_streaming;
        let door = Door::of(request.headers());
        // What is sent to us as a stream gives its place back when it is over, though its last answers were never taken.
        let (place, own) =
            if is_streaming && method.is_upload { (None, Some(Arc::new(place))) } else { (Some(place), None) };
        request.extensions_mut().insert(Arrival { caller, via, client, door, token, token_end, method, place: own });
        let answering = inner.call(request);
        if is_streaming {
            let Ok(response) = answering.await;
            return Ok(response.map(|body| Body::new(Held { body, span: Span::current(), _place: place })));
        }
        // The place is given back when the answer is made, so that a slow reader does not keep others out.
        let Ok(response) = tokio::time::timeout_at(began + deadline, answering).await.map_err(late)?;
        Ok(response)
    }

    /// Counts a call against its caller's share. What comes by way of another service was counted where it came in, and the services'
    /// own calls are bounded by what they do.
    fn count(&self, caller: &Caller, via: Option<&str>, client: &str) -> Result<(), Failure> {
        let counted = match caller {
            _ if via.is_some() => return Ok(()),
            Caller::Known(principal) if principal.kind == PrincipalKind::Service => return Ok(()),
            Caller::Known(principal) => {
                self.callers.check(principal.credential.as_deref().unwrap_or(&principal.subject))
            }
            Caller::Anonymous => self.addresses.check(client),
        };
        counted.map_err(|wait| rate::refuse("You made more calls than your share", wait))
    }

    /// Counts a call with a token that is none against the address at the other end: guessing is not for nothing.
    fn count_stranger(&self, request: &Request<Body>) -> Result<(), Failure> {
        self.count(&Caller::Anonymous, None, &client_of(request, None))
    }

    fn place(&self, method: &Method) -> Result<OwnedSemaphorePermit, Failure> {
        let places = match (method.is_streaming, method.is_feed) {
            // Files come slowly, or are meant to: whoever sends them must not keep all others out.
            (false, _) if method.takes_bytes => &self.uploads,
            (false, _) => &self.calls,
            (true, true) => &self.feeds,
            // As many as exports, and apart from them: who brings something in does not wait for those who read.
            (true, false) if method.is_upload => &self.imports,
            // Anybody may export: the services' feeds among themselves must not wait for that.
            (true, false) => &self.exports,
        };
        let full = |_| {
            let message = "The service has as many calls in work as it takes; nothing was done. Try again in a second.";
            Failure::new(Reason::Overloaded, message)
        };
        Arc::clone(places).try_acquire_owned().map_err(full)
    }

    /// Who calls, with which token, and which service calls on its behalf. A token that is meant for another service is good only when
    /// that service brings it, with its own token for this one. Nothing is meant for the gateway, so it brings only what is meant for us.
    async fn identify(&self, headers: &http::HeaderMap, method: &Method) -> Result<Identified, Failure> {
        let verifier = self.host.verifier();
        let via = match bearer(headers, ACTOR_HEADER)? {
            None => None,
            Some(token) => {
                let actor = verifier.verify(token).await?;
                let is_service = actor.principal.kind == PrincipalKind::Service;
                Some(actor.principal.subject).filter(|_| actor.is_for_us && is_service)
            }
        };
        let Some(token) = bearer(headers, AUTHORIZATION.as_str())? else {
            if method.is_public {
                return Ok(Identified { caller: Caller::Anonymous, token: None, token_end: None, via });
            }
            let message = "This call needs a token; send it as `authorization: Bearer …`.";
            return Err(Failure::new(Reason::TokenRequired, message));
        };
        let verified = verifier.verify(token).await?;
        let brought_by = via.as_deref().filter(|via| *via != GATEWAY);
        if !verified.is_for_us && !brought_by.is_some_and(|via| verified.is_for(via)) {
            return Err(verifier.meant_for_others());
        }
        let (token, token_end) = (Some(token.to_owned()), Some(verified.end));
        Ok(Identified { caller: Caller::Known(verified.principal), token, token_end, via })
    }
}

/// What the headers of a call tell of who makes it.
struct Identified {
    caller: Caller,
    token: Option<String>,
    token_end: Option<DateTime<Utc>>,
    via: Option<String>,
}

/// Where a call comes from. Only the gateway is believed when it names its client.
fn client_of(request: &Request<Body>, via: Option<&str>) -> String {
    let named = request.headers().get(CLIENT_HEADER).and_then(|value| value.to_str().ok());
    if let Some(client) = named.filter(|_| via == Some(GATEWAY)) {
        return client.to_owned();
    }
    let connection = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    connection.map(|address| address.ip().to_string()).unwrap_or_default()
}

/// The token in a header that reads `Bearer …`, if there is such a header.
fn bearer<'a>(headers: &'a http::HeaderMap, name: &str) -> Result<Option<&'a str>, Failure> {
    let Some(header) = headers.get(name) else { return Ok(None) };
    let text = header.to_str().unwrap_or_default();
    let token =
        text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let malformed = || Failure::new(Reason::TokenInvalid, format!("The {name} header must read `Bearer` and a token."));
    token.filter(|token| !token.is_empty()).map(Some).ok_or_else(malformed)
}

/// The caller's `grpc-timeout`, where it is shorter than `most`.
fn deadline(request: &Request<Body>, most: Duration) -> Duration {
    let told = request.headers().get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(read_timeout);
    // A little sooner than the caller gives up, and than tonic's own timer, so that it is told why.
    let soon = |told: Duration| told.saturating_sub(told / 20);
    told.map_or(most, |told| soon(told).min(most))
}

fn read_timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    match unit {
        "H" => number.checked_mul(3600).map(Duration::from_secs),
        "M" => number.checked_mul(60).map(Duration::from_secs),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// A stream that keeps its place among the streams, unless its call does, and its span open, until it ends.
struct Held {
    body: Body,
    span: Span,
    _place: Option<OwnedSemaphorePermit>,
}

impl http_body::Body for Held {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let span = self.span.clone();
        let _entered = span.enter();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_in_every_unit() {
        assert_eq!(read_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read_timeout("3S"), Some(Duration::from_secs(3)));
        for wrong in ["", "S", "1", "1x", "-1S", "é"] {
            assert_eq!(read_timeout(wrong), None, "{wrong}");
        }
    }
}
