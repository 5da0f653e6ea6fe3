//! A stream of messages, as HTTP: lines, events, or a file.
//!
//! NDJSON (one message a line), or server-sent events if `Accept` asks for `text/event-stream`, whose `id` is the feed's cursor: a browser
//! that reconnects goes on where it stood. Rows are a file ([`super::table`]) where `alt` asks for one. A line `{"error": …}`,
//! or an event named `error`, ends a stream that failed; a file has no place for that, so its connection is cut.

use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use prost_reflect::DynamicMessage;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::codec::Streaming;
use tonic::{Code, Status};

use super::answer::{json, message};
use super::request::form_decode;
use super::table::Format;
use crate::contract::Operation;
use crate::contract::shape::AnswerType;
use crate::error::{ApiError, Violation};
use crate::limits::Place;

/// How often a stream of events shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// An export whose reader takes nothing for so long is cut off.
const STALLED: Duration = Duration::from_secs(30);
/// So many frames of an export are made ahead of its reader.
const FRAMES_AHEAD: usize = 64;
/// The query parameter that asks for a file.
pub(crate) const ALT: &str = "alt";

/// How a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One JSON object a line.
    Lines,
    /// Server-sent events.
    Events,
    /// A file.
    File(Format),
}

impl Framing {
    /// What the caller asks for, and the rest of the query: of a feed lines or events, of rows lines or a file.
    pub(crate) fn asked(
        operation: &Operation,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> (Result<Self, Violation>, Option<String>) {
        let formats = Format::offered_by(operation);
        if formats.is_empty() {
            return (Ok(Self::accepted(headers)), query.map(str::to_owned));
        }
        let (asked, rest) = take_alt(query);
        let framing = match asked.as_slice() {
            [] => Ok(Self::Lines),
            [word] => format_of(word, formats).map(Self::File),
            _ => Err(Violation::new(ALT, "is given more than once")),
        };
        (framing, Some(rest))
    }

    fn accepted(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        if values.any(|value| value.contains("text/event-stream")) { Self::Events } else { Self::Lines }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Lines => "application/x-ndjson",
            Self::Events => "text/event-stream",
            Self::File(format) => format.content_type(),
        }
    }

    fn frame(self, answer: &AnswerType, wire: &Bytes, is_first: bool) -> Result<Bytes, ApiError> {
        match self {
            Self::Lines => {
                let mut line = json(answer, wire)?;
                line.push(b'\n');
                Ok(line.into())
            }
            Self::Events => {
                let id = cursor(&message(answer, wire)?).map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
                Ok([id.as_bytes(), b"data: ", &json(answer, wire)?, b"\n\n"].concat().into())
            }
            Self::File(format) => format.row(&message(answer, wire)?, is_first),
        }
    }

    fn error(self, error: &ApiError, trace_id: &str) -> io::Result<Bytes> {
        let json = error.to_json(trace_id);
        match self {
            Self::Lines => Ok(format!("{json}\n").into()),
            Self::Events => Ok(format!("event: error\ndata: {json}\n\n").into()),
            Self::File(_) => Err(io::Error::other(json)),
        }
    }
}

/// What a query says of `alt`, each time that it does, and the rest of the query.
pub(super) fn take_alt(query: Option<&str>) -> (Vec<String>, String) {
    let is_alt = |pair: &&str| form_decode(pair.split('=').next().unwrap_or_default()).is_ok_and(|name| name == ALT);
    let (asked, rest): (Vec<&str>, Vec<&str>) = query.unwrap_or_default().split('&').partition(is_alt);
    let word = |pair: &str| form_decode(pair.split_once('=').map_or("", |(_, word)| word)).unwrap_or_default();
    (asked.into_iter().map(word).collect(), rest.join("&"))
}

/// The kind of file that the word `csv` asks for.
fn format_of(word: &str, formats: &[Format]) -> Result<Format, Violation> {
    let words: Vec<&str> = formats.iter().map(|format| format.word()).collect();
    let wrong = || Violation::new(ALT, format!("must be one of {}", words.join(", ")));
    formats.iter().find(|format| format.word() == word).copied().ok_or_else(wrong)
}

/// Where an event stands in its feed: `meta.cursor`, if it has one that fits on a line.
fn cursor(message: &DynamicMessage) -> Option<String> {
    let meta = message.get_field_by_name("meta")?;
    let cursor = meta.as_message()?.get_field_by_name("cursor")?;
    let cursor = cursor.as_str()?;
    (!cursor.is_empty() && cursor.chars().all(|c| c.is_ascii_graphic())).then(|| cursor.to_owned())
}

/// What a stream needs besides its messages.
#[derive(Debug)]
pub(crate) struct StreamContext {
    pub(crate) framing: Framing,
    /// What the stream's messages are.
    pub(crate) row: AnswerType,
    /// What a file of it is called, without its ending.
    pub(crate) name: String,
    /// Whether it never ends by itself: whoever is cut off goes on from the last cursor.
    pub(crate) is_feed: bool,
    pub(crate) peer: String,
    pub(crate) trace_id: String,
    /// When the stream is ended, so that a forgotten one does not live for ever.
    pub(crate) ends: Instant,
    /// Cancelled when the gateway drains.
    pub(crate) draining: CancellationToken,
    /// Held as long as the stream lives.
    pub(crate) _place: Place,
}

/// The answer of a server-streaming call.
pub(crate) fn streaming(messages: Streaming<Bytes>, context: StreamContext) -> Response {
    let framing = context.framing;
    let file = match framing {
        Framing::File(format) => Some(format!("attachment; filename=\"{}.{}\"", context.name, format.word())),
        Framing::Lines | Framing::Events => None,
    };
    let is_feed = context.is_feed;
    let frames = stream::unfold(Running { messages, context, next: Part::Head }, Running::frame);
    let body = if is_feed { Body::from_stream(frames) } else { Body::from_stream(hurried(frames, STALLED)) };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(framing.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Some(file) = file.and_then(|file| HeaderValue::from_str(&file).ok()) {
        headers.insert(CONTENT_DISPOSITION, file);
    }
    response
}

/// The same frames, as long as their reader takes them: who stops reading is cut off, and holds nothing up any longer.
fn hurried(
    frames: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    patience: Duration,
) -> impl Stream<Item = io::Result<Bytes>> {
    let (ahead, taken) = mpsc::channel(FRAMES_AHEAD);
    tokio::spawn(async move {
        let mut frames = pin!(frames);
        while let Some(frame) = frames.next().await {
            if ahead.send_timeout(Some(frame), patience).await.is_err() {
                return;
            }
        }
        drop(ahead.send_timeout(None, patience).await);
    });
    stream::unfold(Some(taken), async |taken| {
        let mut taken = taken?;
        match taken.recv().await {
            Some(Some(frame)) => Some((frame, Some(taken))),
            Some(None) => None,
            // Cut off before the end.
            None => Some((Err(io::Error::other("the reader stood still")), None)),
        }
    })
}

/// A stream on its way.
struct Running<S> {
    messages: S,
    context: StreamContext,
    next: Part,
}

/// A part of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    First,
    Further,
    Over,
}

impl<S> Running<S>
where
    S: Stream<Item = Result<Bytes, Status>> + Unpin,
{
    /// The next piece of the body.
    async fn frame(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let framing = self.context.framing;
        let frame = match (self.next, framing) {
            (Part::Over, _) => return None,
            (Part::Head, Framing::File(format)) => {
                self.next = Part::First;
                Some(format.head(&self.context.row.descriptor))
            }
            _ => self.message().await,
        };
        let frame = match (frame, framing) {
            (Some(Ok(frame)), _) => Ok(frame),
            (Some(Err(error)), _) => {
                self.next = Part::Over;
                framing.error(&error, &self.context.trace_id)
            }
            (None, Framing::File(format)) => {
                self.next = Part::Over;
                Ok(format.foot())
            }
            (None, Framing::Lines | Framing::Events) => return None,
        };
        Some((frame, self))
    }

    /// The next message, or none at the end.
    async fn message(&mut self) -> Option<Result<Bytes, ApiError>> {
        let context = &self.context;
        loop {
            let next = tokio::select! {
                next = self.messages.next() => next?,
                () = context.draining.cancelled() => return self.cut(),
                () = tokio::time::sleep_until(context.ends) => return self.cut(),
                () = tokio::time::sleep(KEEP_ALIVE) => {
                    if context.framing == Framing::Events {
                        return Some(Ok(Bytes::from_static(b": alive\n\n")));
                    }
                    continue;
                }
            };
            let is_first = self.next != Part::Further;
            self.next = Part::Further;
            let frame = next.map_err(|status| failed(&status, &context.peer));
            return Some(frame.and_then(|wire| context.framing.frame(&context.row, &wire, is_first)));
        }
    }

    /// The gateway ends a stream that did not end by itself.
    fn cut(&self) -> Option<Result<Bytes, ApiError>> {
        let unfinished = Status::unavailable("the gateway ended the stream");
        (!self.context.is_feed).then(|| Err(ApiError::from_status(&unfinished, "gateway")))
    }
}

fn failed(status: &Status, peer: &str) -> ApiError {
    if status.code() == Code::Unknown {
        return ApiError::from_status(&Status::unavailable(status.message()), peer);
    }
    ApiError::from_status(status, peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: usize = 3 * FRAMES_AHEAD;

    fn frames() -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::iter((0..FRAMES).map(|_| Ok(Bytes::from_static(b"row"))))
    }

    #[tokio::test]
    async fn who_reads_an_export_gets_it_whole() {
        let read: Vec<io::Result<Bytes>> = hurried(frames(), STALLED).collect().await;
        assert!(read.len() == FRAMES && read.iter().all(Result::is_ok), "{} frames", read.len());
    }

    #[tokio::test]
    async fn who_stops_reading_an_export_is_cut_off() {
        let patience = Duration::from_millis(20);
        let mut body = pin!(hurried(frames(), patience));
        assert!(body.next().await.is_some_and(|frame| frame.is_ok()));
        tokio::time::sleep(patience * 20).await;
        let rest: Vec<io::Result<Bytes>> = body.collect().await;
        assert!(rest.len() < FRAMES - 1 && rest.last().is_some_and(Result::is_err), "{} frames", rest.len());
    }
}
