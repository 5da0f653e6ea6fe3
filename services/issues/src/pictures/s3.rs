//! Buckets that speak S3. Requests go over the HTTP client and the TLS that this installation has anyhow: what `object_store` would bring
//! along is a second of each.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use pathfinder_kit::outside::{self, Line};
use pathfinder_kit::{Failure, Reason};

/// Until an answer is there, whole; a call to this service may take ten seconds in all.
const TIMEOUT: Duration = Duration::from_secs(6);
/// How often, and from the first request on how long, a request is made again that was not answered, or for now with an error.
const RETRIES: usize = 3;
const RETRIED_FOR: Duration = Duration::from_secs(2);
/// The longest wait between two requests.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The bucket of this name, with the keys, the region and the endpoint that the environment names.
///
/// # Errors
///
/// `INVALID_REQUEST` where the environment contradicts itself.
pub(super) fn open(bucket: &str) -> Result<AmazonS3, Failure> {
    let backoff = BackoffConfig { max_backoff: LONGEST_WAIT, ..BackoffConfig::default() };
    let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRIED_FOR };
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_http_connector(Connector).with_retry(retry);
    builder.build().map_err(|error| {
        let message = format!("Photos cannot be kept in the bucket {bucket}: {error}");
        Failure::new(Reason::InvalidRequest, message)
    })
}

#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(BucketLine { line: outside::line(), timeout: TIMEOUT }))
    }
}

#[derive(Debug)]
struct BucketLine {
    line: Line<HttpRequestBody>,
    timeout: Duration,
}

#[async_trait]
impl HttpService for BucketLine {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let exchange = async {
            let answer = self.line.request(request).await.map_err(|error| {
                let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
                HttpError::new(kind, error)
            })?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
            Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
        };
        let late = |error| Err(HttpError::new(HttpErrorKind::Timeout, error));
        tokio::time::timeout(self.timeout, exchange).await.unwrap_or_else(late)
    }
}

#[cfg(test)]
mod tests {
    use object_store::client::HttpRequestBody;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// No bucket is asked: that the program can be told of one, and has the means to sign and to speak TLS, is tried.
    #[tokio::test]
    async fn a_bucket_can_be_named() {
        assert!(open("photos-of-residents").is_ok());
    }

    /// What a store that says this and no more is heard to answer, within a fifth of a second.
    async fn heard(answer: &'static str) -> Result<HttpResponse, HttpErrorKind> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let _ = connection.read(&mut [0; 1_024]).await.unwrap();
            connection.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        let line = BucketLine { line: outside::line(), timeout: Duration::from_millis(200) };
        let request = http::Request::delete(format!("http://{address}/")).body(HttpRequestBody::empty()).unwrap();
        let heard = line.call(request).await.map_err(|error| error.kind());
        store.abort();
        heard
    }

    #[tokio::test]
    async fn a_store_that_begins_an_answer_and_does_not_end_it_is_not_waited_for() {
        let whole = heard("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK").await.unwrap();
        assert_eq!(whole.into_body().bytes().await.unwrap(), "OK");
        let half = heard("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nOK").await;
        assert_eq!(half.map(|_| ()), Err(HttpErrorKind::Timeout));
    }
}
