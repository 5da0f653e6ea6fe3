//! What every request shares: the route table, the lines to the services, the limits, the pages.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use bytes::Bytes;
use http::{Extensions, HeaderValue};
use pathfinder_kit::Ids;
use pathfinder_kit::clock::Clock;
use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::peer::{OwnIdentity, Peer};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::browser;
use crate::config::{Limits, PublicUrl};
use crate::cookies::Cookies;
use crate::error::ApiError;
use crate::health::Readiness;
use crate::json::raw;
use crate::json::routes::Routes;
use crate::limits::{Places, Quotas};

/// The state as handlers receive it.
pub(crate) type Shared = Arc<App>;

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) routes: Routes,
    pub(crate) backends: Backends,
    /// The gateway itself, as the services know it.
    pub(crate) own: Arc<OwnIdentity>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) public_url: PublicUrl,
    pub(crate) cookies: Cookies,
    pub(crate) outbox_folder: Option<PathBuf>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) limits: Limits,
    pub(crate) pages: Pages,
    pub(crate) clock_offset: Option<HeaderValue>,
    pub(crate) readiness: Readiness,
    /// Cancelled when the gateway stops; ends event streams.
    pub(crate) draining: CancellationToken,
    pub(crate) quotas: Quotas,
    pub(crate) requests: Places,
    pub(crate) streams: Places,
    pub(crate) exports: Places,
    pub(crate) uploads: Places,
}

impl App {
    /// How far the clock is moved, for the banner of a page.
    pub(crate) fn shown_offset(&self) -> Option<&str> {
        self.clock_offset.as_ref().and_then(|offset| offset.to_str().ok())
    }

    /// How long a request may take in all: longer where its body is bytes of a field, which may be many and come slowly.
    pub(crate) fn time_for(&self, request: &Request) -> Duration {
        let is_json = raw::is_json(raw::media_type(request.headers()).as_deref());
        let found = (!is_json).then(|| self.routes.find(request.method(), request.uri().path()));
        let takes_bytes = found.is_some_and(|found| found.is_ok_and(|found| found.operation.raw.is_some()));
        let takes_bytes = takes_bytes || browser::takes_files(request);
        self.limits.request_time + if takes_bytes { self.limits.upload_time } else { Duration::ZERO }
    }

    /// Until when a service may take: a little less than the request has, so that its answer still gets through.
    pub(crate) fn deadline(&self, extensions: &Extensions) -> Option<Instant> {
        let began = extensions.get::<Began>().map_or_else(Instant::now, |began| began.0);
        Some(began + self.limits.request_time.mul_f64(0.95))
    }
}

/// When work on a request began; left on the request by the limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(pub(crate) Instant);

/// Pages that are made once, when the gateway starts.
#[derive(Debug)]
pub(crate) struct Pages {
    pub(crate) front: Bytes,
    pub(crate) reference: Bytes,
    pub(crate) openapi: Bytes,
}

/// The lines to the services, by domain (`boards`).
#[derive(Debug, Clone)]
pub(crate) struct Backends {
    lines: HashMap<&'static str, Line>,
    services: PeerAddresses,
    identity: Channel,
}

/// The connections to one service. Event streams have one of their own: a connection carries only so many unfinished requests,
/// and streams that stay open must not take the places of calls. So has each export, as whoever does not read one holds up all that
/// comes by the same connection.
#[derive(Debug, Clone)]
struct Line {
    peer: Peer,
    calls: Channel,
    streams: Channel,
}

impl Backends {
    /// Lines that connect when first used, and again when they broke.
    pub(crate) fn new(services: &PeerAddresses) -> Self {
        let line = |peer: Peer| {
            let open = || services.open(peer);
            (peer.name(), Line { peer, calls: open(), streams: open() })
        };
        let identity = services.open(Peer::Identity);
        Self { lines: Peer::ALL.into_iter().map(line).collect(), services: services.clone(), identity }
    }

    /// The connection for calls to a domain's service.
    pub(crate) fn calls(&self, domain: &str) -> Result<Channel, ApiError> {
        self.line(domain).map(|line| line.calls.clone())
    }

    /// The connection for streams of a domain's service.
    pub(crate) fn streams(&self, domain: &str) -> Result<Channel, ApiError> {
        self.line(domain).map(|line| line.streams.clone())
    }

    /// A new connection to a domain's service.
    pub(crate) fn of_its_own(&self, domain: &str) -> Result<Channel, ApiError> {
        self.line(domain).map(|line| self.services.open(line.peer))
    }

    /// The connection to identity, which also tells the gateway who it is itself.
    pub(crate) fn identity(&self) -> Channel {
        self.identity.clone()
    }

    fn line(&self, domain: &str) -> Result<&Line, ApiError> {
        self.lines.get(domain).ok_or_else(|| {
            tracing::error!(domain, "an operation belongs to a domain without a service");
            ApiError::internal()
        })
    }
}
