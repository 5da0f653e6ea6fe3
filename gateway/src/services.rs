//! The services, asked over typed gRPC for one HTTP request. What knows its calls beforehand goes through here; the JSON API, which
//! learns them from the contracts, through [`crate::json::call`].

use std::future::Future;

use http::request::Parts;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::envelope::Envelope;
use crate::error::ApiError;
use crate::state::App;

/// The way to the services for one request.
#[derive(Clone)]
pub(crate) struct Services<'a> {
    app: &'a App,
    envelope: Envelope,
}

impl<'a> Services<'a> {
    /// For the request with these parts, on behalf of whoever its `authorization` names.
    pub(crate) async fn of(app: &'a App, parts: &Parts) -> Self {
        Self { app, envelope: Envelope::of(app, parts).await }
    }

    /// The same on behalf of the bearer of a token.
    pub(crate) fn bearing(self, token: &str) -> Self {
        Self { envelope: self.envelope.bearing(token), ..self }
    }

    /// Asks the service of a domain.
    pub(crate) async fn call<M, R, C, F>(&self, domain: &'static str, message: M, call: C) -> Result<R, ApiError>
    where
        C: FnOnce(Channel, Request<M>) -> F,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let channel = self.app.backends.calls(domain)?;
        let span = tracing::info_span!("gRPC", otel.kind = "client", rpc.system = "grpc", peer.service = domain);
        let message = span.in_scope(|| self.envelope.wrap(message));
        let answer = call(channel, message).instrument(span).await;
        answer.map(Response::into_inner).map_err(|status| {
            self.app.own.note(status.code());
            ApiError::from_status(&status, domain)
        })
    }
}
