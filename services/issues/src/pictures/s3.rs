//! Buckets that speak S3. Requests go over the HTTP client and the TLS that this installation has anyhow: what `object_store` would bring
//! along is a second of each.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::TokioExecutor;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use pathfinder_kit::{Failure, Reason};

/// Until an answer begins; a call to this service may take ten seconds in all.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The bucket of this name, with the keys, the region and the endpoint that the environment names.
///
/// # Errors
///
/// `INVALID_REQUEST` where the environment contradicts itself.
pub(super) fn open(bucket: &str) -> Result<AmazonS3, Failure> {
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_http_connector(Connector);
    builder.build().map_err(|error| {
        let message = format!("Photos cannot be kept in the bucket {bucket}: {error}");
        Failure::new(Reason::InvalidRequest, message)
    })
}

#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    /// Trusts what the machine trusts, or the usual authorities where the machine names none. Without TLS goes only what an endpoint
    /// that begins with `http://` asks for.
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let connector = match HttpsConnectorBuilder::new().with_native_roots() {
            Ok(connector) => connector,
            Err(error) => {
                tracing::info!(%error, "the machine names no authorities of its own; the usual ones are trusted");
                HttpsConnectorBuilder::new().with_webpki_roots()
            }
        };
        let connector = connector.https_or_http().enable_http1().build();
        Ok(HttpClient::new(Line(Client::builder(TokioExecutor::new()).build(connector))))
    }
}

#[derive(Debug)]
struct Line(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

#[async_trait]
impl HttpService for Line {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answered = tokio::time::timeout(TIMEOUT, self.0.request(request)).await;
        let late = |error| HttpError::new(HttpErrorKind::Timeout, error);
        let answer = answered.map_err(late)?.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
            HttpError::new(kind, error)
        })?;
        let broken = |error| HttpError::new(HttpErrorKind::Interrupted, error);
        Ok(answer.map(|body| HttpResponseBody::new(body.map_err(broken))))
    }
}

#[cfg(test)]
mod tests {
    /// No bucket is asked: that the program can be told of one, and has the means to sign and to speak TLS, is tried.
    #[tokio::test]
    async fn a_bucket_can_be_named() {
        assert!(super::open("photos-of-residents").is_ok());
    }
}
