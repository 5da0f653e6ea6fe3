//! Reading a request body up to its limit.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};

use crate::error::ApiError;

/// How much of a body that is too long is read and thrown away. A client that is still sending when the answer comes often
/// sees a broken connection instead of the answer, so the gateway swallows a moderate excess first.
const SWALLOWED_BYTES: usize = 32 * 1024 * 1024;
/// How long the swallowing may take.
const SWALLOW_TIME: Duration = Duration::from_secs(5);

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut chunks = body.into_data_stream();
    if declared.is_some_and(|length| length > limit) {
        // Who sent `Expect: 100-continue` waits for our word before sending, and this is it.
        if !headers.contains_key(EXPECT) {
            swallow(&mut chunks).await;
        }
        return Err(ApiError::body_too_large(limit));
    }
    let mut whole = BytesMut::with_capacity(declared.unwrap_or_default());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::body_unreadable())?;
        if whole.len() + chunk.len() > limit {
            swallow(&mut chunks).await;
            return Err(ApiError::body_too_large(limit));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

async fn swallow(chunks: &mut axum::body::BodyDataStream) {
    let reading = async {
        let mut swallowed = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            swallowed += chunk.len();
            if swallowed > SWALLOWED_BYTES {
                break;
            }
        }
    };
    if tokio::time::timeout(SWALLOW_TIME, reading).await.is_err() {
        tracing::debug!("a body that is too large was not read to its end in time");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
        let read_of = |length: usize| async move { read(&HeaderMap::new(), Body::from(vec![b'x'; length]), 10).await };
        assert_eq!(read_of(10).await.unwrap().len(), 10);
        assert_eq!(read_of(11).await.unwrap_err().http, 413);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_named_so() {
        let chunks = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
        let error = read(&HeaderMap::new(), Body::from_stream(futures::stream::iter(chunks)), 10).await.unwrap_err();
        assert_eq!((error.http.as_u16(), error.reason.as_str()), (400, "BODY_UNREADABLE"));
    }

    #[tokio::test]
    async fn a_declared_length_is_refused_before_anything_is_kept() {
        let headers: HeaderMap = [(CONTENT_LENGTH, "10485760".parse().unwrap())].into_iter().collect();
        let error = read(&headers, Body::from("short"), 10).await.unwrap_err();
        assert_eq!((error.http.as_u16(), error.details.metadata["limit_bytes"].as_str()), (413, "10"));
    }
}
