//! Reading a request body up to its limit.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};

use crate::error::ApiError;

/// How much of a body that is too long is read and thrown away. A client that is still sending when the answer comes often
/// sees a broken connection instead of the answer, so the gateway swallows a moderate excess first.
const SWALLOWED_BYTES: usize = 32 * 1024 * 1024;
/// How long the swallowing may take, where nothing comes back but an error.
const SWALLOW_TIME: Duration = Duration::from_secs(5);

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let declared = declared(headers);
    let mut chunks = body.into_data_stream();
    if declared.is_some_and(|length| length > limit) {
        // Who sent `Expect: 100-continue` waits for our word before sending, and this is it.
        if !headers.contains_key(EXPECT) {
            swallow_for_a_while(&mut chunks).await;
        }
        return Err(ApiError::body_too_large(limit));
    }
    let (whole, is_all) = take(&mut chunks, declared, limit).await?;
    if !is_all {
        swallow_for_a_while(&mut chunks).await;
        return Err(ApiError::body_too_large(limit));
    }
    Ok(whole)
}

/// Reads a body whose beginning counts, too: its first `limit` bytes, and whether they are all. As much of the rest as is swallowed may take
/// as long as the request may, since a page is to come back.
pub(crate) async fn read_beginning(headers: &HeaderMap, body: Body, limit: usize) -> Result<(Bytes, bool), ApiError> {
    let declared = declared(headers);
    if declared.is_some_and(|length| length > limit) && headers.contains_key(EXPECT) {
        return Err(ApiError::body_too_large(limit));
    }
    let mut chunks = body.into_data_stream();
    let (beginning, is_all) = take(&mut chunks, declared, limit).await?;
    if !is_all {
        swallow(&mut chunks).await;
    }
    Ok((beginning, is_all))
}

/// Throws away a body that is refused for its headers alone, as far as one that is too long is.
pub(crate) async fn throw_away(headers: &HeaderMap, body: Body) {
    if !headers.contains_key(EXPECT) {
        swallow_for_a_while(&mut body.into_data_stream()).await;
    }
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// The first `limit` bytes, and whether nothing comes after them.
async fn take(chunks: &mut BodyDataStream, declared: Option<usize>, limit: usize) -> Result<(Bytes, bool), ApiError> {
    let mut taken = BytesMut::with_capacity(declared.unwrap_or_default().min(limit));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::body_unreadable())?;
        let room = limit - taken.len();
        taken.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((taken.freeze(), false));
        }
    }
    Ok((taken.freeze(), true))
}

async fn swallow(chunks: &mut BodyDataStream) {
    let mut swallowed = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        swallowed += chunk.len();
        if swallowed > SWALLOWED_BYTES {
            break;
        }
    }
}

async fn swallow_for_a_while(chunks: &mut BodyDataStream) {
    if tokio::time::timeout(SWALLOW_TIME, swallow(chunks)).await.is_err() {
        tracing::debug!("a body that is too large was not read to its end in time");
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use http::HeaderValue;

    use super::*;

    #[tokio::test]
    async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
        let read_of = |length: usize| async move { read(&HeaderMap::new(), Body::from(vec![b'x'; length]), 10).await };
        assert_eq!(read_of(10).await.unwrap().len(), 10);
        assert_eq!(read_of(11).await.unwrap_err().http, 413);
    }

    #[tokio::test]
    async fn of_a_body_that_is_too_long_the_beginning_may_count() {
        let chunks = |count: usize| Body::from_stream(stream::iter(vec![Ok::<_, Infallible>(&b"four"[..]); count]));
        let read_of = |count: usize| async move { read_beginning(&HeaderMap::new(), chunks(count), 10).await.unwrap() };
        assert_eq!(read_of(2).await, (Bytes::from_static(b"fourfour"), true));
        assert_eq!(read_of(3).await, (Bytes::from_static(b"fourfourfo"), false));
        let endless = Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(vec![b'x'; 1 << 20])));
        let (beginning, is_all) = read_beginning(&HeaderMap::new(), endless, 10).await.unwrap();
        assert_eq!((beginning.len(), is_all), (10, false), "it is not read for ever");
        let waits: HeaderMap = [(CONTENT_LENGTH, "11"), (EXPECT, "100-continue")]
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .into_iter()
            .collect();
        let unread = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(read_beginning(&waits, unread, 10).await.unwrap_err().http, 413, "it is told before it is sent");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_named_so() {
        let chunks = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
        let error = read(&HeaderMap::new(), Body::from_stream(stream::iter(chunks)), 10).await.unwrap_err();
        assert_eq!((error.http.as_u16(), error.reason.as_str()), (400, "BODY_UNREADABLE"));
    }

    #[tokio::test]
    async fn a_declared_length_is_refused_before_anything_is_kept() {
        let headers: HeaderMap = [(CONTENT_LENGTH, "10485760".parse().unwrap())].into_iter().collect();
        let error = read(&headers, Body::from("short"), 10).await.unwrap_err();
        assert_eq!((error.http.as_u16(), error.details.metadata["limit_bytes"].as_str()), (413, "10"));
    }
}
