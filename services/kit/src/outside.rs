//! Requests to servers that are not ours: with a time limit, a size limit and no redirects, as an address that is redirected to was not
//! configured.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;

/// Why a server did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// There was no connection, so it heard nothing.
    #[error("it cannot be reached")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    /// The connection broke, after it may have heard everything.
    #[error("the connection broke")]
    Broken(#[source] hyper_util::client::legacy::Error),
    /// The answer broke off or is too large.
    #[error("its answer cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("it took longer than {} seconds", .0.as_secs())]
    Late(Duration),
}

impl Unanswered {
    /// Whether it is sure that the server heard nothing.
    #[must_use]
    pub const fn is_unheard(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// A way to servers that are not ours, for requests with bodies of this kind, over connections that `C` opens.
pub type Line<B, C = HttpConnector> = Client<HttpsConnector<C>, B>;

/// A way over HTTP and HTTPS. Without TLS goes only what is sent to an address that begins with `http://`.
#[must_use]
pub fn line<B>() -> Line<B>
where
    B: Body + Send,
    B::Data: Send,
{
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    Client::builder(TokioExecutor::new()).build(secured(connector))
}

/// The same over connections that `connector` opens, a new one for each request.
#[must_use]
pub fn line_through<B, C>(connector: C) -> Line<B, C>
where
    B: Body + Send,
    B::Data: Send,
    HttpsConnector<C>: Connect + Clone,
{
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(secured(connector))
}

/// Trusts what the machine trusts, or the usual authorities where the machine names none.
fn secured<C>(connector: C) -> HttpsConnector<C> {
    let builder = match HttpsConnectorBuilder::new().with_native_roots() {
        Ok(builder) => builder,
        Err(error) => {
            tracing::info!(%error, "the machine names no authorities of its own; the usual ones are trusted");
            HttpsConnectorBuilder::new().with_webpki_roots()
        }
    };
    builder.https_or_http().enable_http1().wrap_connector(connector)
}

/// Asks servers over HTTP and HTTPS.
#[derive(Debug, Clone)]
pub struct Outside {
    line: Line<Full<Bytes>>,
    longest: Duration,
    most_bytes: usize,
}

impl Outside {
    /// Waits so long for an answer of so many bytes.
    #[must_use]
    pub fn new(longest: Duration, most_bytes: usize) -> Self {
        Self { line: line(), longest, most_bytes }
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        let exchange = tokio::time::timeout(self.longest, self.exchange(request));
        exchange.await.map_err(|_| Unanswered::Late(self.longest))?
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let answered = self.line.request(request).await.map_err(|error| {
            if error.is_connect() { Unanswered::Unreachable(error) } else { Unanswered::Broken(error) }
        });
        let (head, body) = answered?.into_parts();
        let body = Limited::new(body, self.most_bytes).collect().await.map_err(Unanswered::Unreadable)?;
        Ok(Response::from_parts(head, body.to_bytes().to_vec()))
    }
}
