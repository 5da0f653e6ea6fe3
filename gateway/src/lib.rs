//! The HTTP front door of Pathfinder.
//!
//! | address | what | where |
//! |---|---|---|
//! | `/v1/…` | the JSON API, out of the contracts | [`json`] |
//! | `/openapi.json`, `/reference`, `/` | the same as a document and as pages | [`openapi`], [`pages`] |
//! | `/open311/v2/…` | Open311 GeoReport v2 | [`open311`] |
//! | `/sign-in`, `/account`, `/f/…`, `/follow/…`, `/partnerships/…/report` | pages on which people sign in and act | [`browser`] |
//! | `/partnerships/…/feed.atom` | what is new in a neighbourhood, as Atom | [`feed`] |
//! | `/partnerships/…/you-said-we-did` | what was said and done there, as pages | [`browser`] |
//! | `/partnerships/…/issues/…` | a public issue, as a page | [`browser`] |
//! | `/oauth2/token` | tokens for systems | [`oauth`] |
//! | `/healthz`, `/readyz` | is it alive, can it work | [`health`] |
//!
//! A request passes, from the outside in: [`trace`] (its trace, its errors written out) → panic to 500 → [`limits`] → nothing that
//! another site's page sends in somebody's name ([`session`]) → a handler.
//! To add an address that is not an RPC, add it to [`Gateway::router`].

#![expect(rustdoc::private_intra_doc_links, reason = "the overview is for those who read the source")]

mod body;
mod browser;
mod client;
pub mod config;
mod contract;
mod cookies;
mod entry;
mod envelope;
mod error;
#[cfg(test)]
mod error_tests;
mod family;
mod feed;
mod form;
mod health;
mod json;
mod limits;
mod multipart;
mod oauth;
mod open311;
mod openapi;
mod pages;
pub mod program;
#[cfg(test)]
mod raw_tests;
mod serve;
mod services;
mod session;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod xml;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use http::HeaderValue;
use pathfinder_kit::Ids;
use pathfinder_kit::clock::{Clock, SystemClock};
use pathfinder_kit::config::read_offset;
use pathfinder_kit::peer::{GATEWAY, OwnIdentity};
use prost_reflect::DescriptorPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

pub use config::{Config, Entry, EntryFlags, Flags, Limits, PublicUrl, Rates, Settings};
pub use contract::ContractError;
pub use error::{ApiError, Violation, code_name, http_status};

use crate::contract::Contract;
use crate::cookies::Cookies;
use crate::health::Readiness;
use crate::json::routes::Routes;
use crate::limits::{Places, Quotas};
use crate::state::{App, Backends, Pages, Shared};

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The contracts cannot be served over HTTP.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A page cannot be made.
    #[error("a page cannot be made")]
    Page(#[from] askama::Error),
    /// The clock offset is not a duration.
    #[error("{0}")]
    ClockOffset(String),
    /// The clock offset holds characters that no header can carry.
    #[error("the clock offset cannot be shown in a header")]
    Header(#[from] http::header::InvalidHeaderValue),
}

/// The gateway, wired and ready to serve.
#[derive(Clone)]
pub struct Gateway {
    app: Shared,
}

/// Wires the gateway for the contracts in `pool` (`pathfinder_proto::pool()`), on the machine's clock moved by the configured
/// offset; connects to nothing yet.
///
/// # Errors
///
/// When a contract asks for something that the gateway does not do, or the clock offset cannot be read.
pub fn build(config: &Config, pool: &DescriptorPool) -> Result<Gateway, BuildError> {
    let offset = read_offset("clock_offset", config.clock_offset.as_deref()).map_err(BuildError::ClockOffset)?;
    build_with_clock(config, pool, Arc::new(SystemClock::ahead_by(offset)))
}

/// As [`build`], on a clock of the caller's. The clock gives Open311 its default window.
///
/// # Errors
///
/// As [`build`].
pub fn build_with_clock(config: &Config, pool: &DescriptorPool, clock: Arc<dyn Clock>) -> Result<Gateway, BuildError> {
    let contract = Contract::read(pool)?;
    let pages = Pages::make(&contract, config)?;
    let (backends, limits) = (Backends::new(&config.services), &config.limits);
    let secret = config.service_secret.reveal().to_owned();
    let own = Arc::new(OwnIdentity::new(GATEWAY, secret, backends.identity(), clock.clone()));
    let app = App {
        routes: Routes::build(contract.operations)?,
        backends,
        own,
        clock,
        ids: Ids::random(),
        public_url: config.public_url.clone(),
        cookies: Cookies::of(&config.public_url),
        outbox_folder: config.outbox_folder.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        pages,
        clock_offset: config.clock_offset.as_deref().map(HeaderValue::from_str).transpose()?,
        readiness: Readiness::default(),
        draining: CancellationToken::new(),
        quotas: Quotas::new(config.rates),
        requests: Places::new("requests", limits.requests, &config.trusted_proxies),
        streams: Places::new("event streams", limits.streams, &config.trusted_proxies),
        exports: Places::new("exports", limits.exports, &config.trusted_proxies),
        uploads: Places::new("uploads", limits.uploads, &config.trusted_proxies),
        limits: limits.clone(),
    };
    Ok(Gateway { app: Arc::new(app) })
}

impl Gateway {
    /// The whole HTTP surface as one service.
    pub fn router(&self) -> Router {
        let limited = Router::new()
            .route("/", get(pages::front))
            .route("/reference", get(pages::reference))
            .route("/openapi.json", get(pages::openapi))
            .route("/assets/pathfinder.css", get(pages::stylesheet))
            .route("/oauth2/token", post(oauth::token))
            .merge(open311::router())
            .merge(feed::router())
            .merge(browser::router(&self.app))
            .fallback(json::serve)
            .layer(from_fn_with_state(Arc::clone(&self.app), session::refuse_cross_site))
            .layer(from_fn_with_state(Arc::clone(&self.app), limits::layer));
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .merge(limited)
            .layer(from_fn(pages::wrong_method))
            .layer(CatchPanicLayer::custom(limits::panicked))
            .layer(from_fn_with_state(Arc::clone(&self.app), trace::layer))
            .with_state(Arc::clone(&self.app))
    }

    /// Serves until `shutdown` resolves, then drains: no new connections, streams end, requests may finish.
    ///
    /// # Errors
    ///
    /// When the listener cannot be used.
    pub async fn run(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let app = &self.app;
        serve::run(listener, self.router(), &app.limits, &app.trusted_proxies, app.draining.clone(), shutdown).await
    }
}
