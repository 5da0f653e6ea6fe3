//! Buckets that speak S3. Requests go over the HTTP client and the TLS that this installation has anyhow: what `object_store` would bring
//! along is a second of each.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use pathfinder_kit::outside::{self, Line};
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
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(BucketLine(outside::line())))
    }
}

#[derive(Debug)]
struct BucketLine(Line<HttpRequestBody>);

#[async_trait]
impl HttpService for BucketLine {
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
