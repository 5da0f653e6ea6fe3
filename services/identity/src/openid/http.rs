//! Requests to providers: with a time limit, a size limit and no redirects, as an address that is redirected to was not configured.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::AsyncHttpClient;

const TIMEOUT: Duration = Duration::from_secs(4);
const MOST_BYTES: usize = 1 << 20;

type Body = Full<Bytes>;

/// Why a provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off or is too large.
    #[error("the provider's answer cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("the provider took longer than {} seconds", TIMEOUT.as_secs())]
    Late,
}

/// Asks providers over HTTP and HTTPS.
pub(super) struct Browser {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl Browser {
    /// Trusts what the machine trusts, or the usual authorities where the machine names none.
    pub(super) fn new() -> Self {
        let connector = match HttpsConnectorBuilder::new().with_native_roots() {
            Ok(connector) => connector,
            Err(error) => {
                tracing::info!(%error, "the machine names no authorities of its own; the usual ones are trusted");
                HttpsConnectorBuilder::new().with_webpki_roots()
            }
        };
        let connector = connector.https_or_http().enable_http1().build();
        Self { client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        tokio::time::timeout(TIMEOUT, self.exchange(request)).await.map_err(|_| Unanswered::Late)?
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, MOST_BYTES).collect().await.map_err(Unanswered::Unreadable)?;
        Ok(Response::from_parts(head, body.to_bytes().to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Browser {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
