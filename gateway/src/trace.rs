//! One request is one trace: W3C trace context comes in, or is made here, and goes along with every call and every answer.
//!
//! The layer below is the outermost of the gateway. It opens the `HTTP` span, knows the trace id whether or not a collector
//! listens, writes errors out with it, and stamps the headers that every answer carries.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tonic::metadata::{MetadataMap, MetadataValue};
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::error::ApiError;
use crate::open311;
use crate::pages;
use crate::state::Shared;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CLOCK_OFFSET: HeaderName = HeaderName::from_static("pathfinder-clock-offset");
const NOSNIFF: (HeaderName, HeaderValue) = (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
/// For a year, browsers that once came by TLS come by nothing else.
const ONLY_BY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// Longest `tracestate` that is passed on, as the recommendation asks of everyone.
const MAX_TRACESTATE: usize = 512;

/// The trace of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    trace: TraceId,
    span: SpanId,
    flags: TraceFlags,
    state: Option<HeaderValue>,
}

impl Trace {
    /// The trace that the layer left on the request; a new one if it did not run, as in a test of a handler alone.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_else(Self::fresh)
    }

    /// The id that leads to everything about this request, 32 hexadecimal digits.
    pub(crate) fn trace_id(&self) -> String {
        self.trace.to_string()
    }

    /// Puts the trace on a gRPC call, the span that is open now as the parent.
    pub(crate) fn inject(&self, metadata: &mut MetadataMap) {
        let here = Self {
            state: None,
            ..recorded(&Span::current()).filter(|here| here.trace == self.trace).unwrap_or_else(|| self.clone())
        };
        if let Ok(value) = MetadataValue::try_from(here.traceparent()) {
            metadata.insert("traceparent", value);
        }
        let state = self.state.as_ref().and_then(|state| MetadataValue::try_from(state.as_bytes()).ok());
        if let Some(state) = state {
            metadata.insert("tracestate", state);
        }
    }

    fn fresh() -> Self {
        let (trace, span) = (TraceId::from(rand::random::<u128>() | 1), SpanId::from(rand::random::<u64>() | 1));
        Self { trace, span, flags: TraceFlags::SAMPLED, state: None }
    }

    /// Reads `traceparent`; a malformed one counts as none, as the recommendation says.
    fn incoming(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(TRACEPARENT).iter();
        let text = given.next()?.to_str().ok()?;
        let several = given.next().is_some();
        let parts: Vec<&str> = text.split('-').collect();
        let &[version, trace, span, flags, ..] = parts.as_slice() else { return None };
        let lengths = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
        let hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let well_formed = !several && lengths && [version, trace, span, flags].into_iter().all(hex);
        if !well_formed || version == "ff" || (version == "00" && parts.len() > 4) {
            return None;
        }
        let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
        let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
        let state = headers.get(TRACESTATE).filter(|state| state.len() <= MAX_TRACESTATE).cloned();
        (trace != TraceId::INVALID && span != SpanId::INVALID).then_some(Self { trace, span, flags, state })
    }

    /// The trace of a request whose span is `span`: what a collector records if there is one, else what came in, else a new one.
    fn begin(span: &Span, incoming: Option<Self>) -> Self {
        let state = incoming.as_ref().and_then(|incoming| incoming.state.clone());
        match (recorded(span), incoming) {
            (Some(recorded), _) => Self { state, ..recorded },
            (None, Some(incoming)) => Self { span: Self::fresh().span, ..incoming },
            (None, None) => Self::fresh(),
        }
    }

    fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.trace, self.span, self.flags.to_u8())
    }

    fn as_parent(&self) -> opentelemetry::Context {
        let remote = SpanContext::new(self.trace, self.span, self.flags, true, TraceState::default());
        opentelemetry::Context::new().with_remote_span_context(remote)
    }
}

/// What the telemetry layer, if one is installed, made of a span.
fn recorded(span: &Span) -> Option<Trace> {
    let context = span.context();
    let recorded = context.span().span_context().clone();
    let (trace, span) = (recorded.trace_id(), recorded.span_id());
    recorded.is_valid().then(|| Trace { trace, span, flags: recorded.trace_flags(), state: None })
}

/// The outermost layer.
pub(crate) async fn layer(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let incoming = Trace::incoming(request.headers());
    let wants_page = pages::wants_page(request.uri().path(), request.headers());
    let open311_form = open311::form_of_refusals(request.uri().path(), request.headers());
    let span = tracing::info_span!(
        "HTTP",
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        url.path = shown(request.uri().path()),
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        otel.status_code = field::Empty,
        trace_id = field::Empty,
    );
    if let Some(parent) = &incoming
        && let Err(error) = span.set_parent(parent.as_parent())
    {
        tracing::trace!(%error, "the span keeps its own trace");
    }
    let trace = Trace::begin(&span, incoming);
    span.record("trace_id", trace.trace_id());
    request.extensions_mut().insert(trace.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let as_page = || pages::error(&error, &trace.trace_id(), app.shown_offset());
        let written = match open311_form {
            Some(form) => open311::refused(error, form),
            None => wants_page.then(as_page).flatten().unwrap_or_else(|| error.render(&trace.trace_id())),
        };
        response = keep_headers(written, &response);
    }
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    span.in_scope(|| tracing::debug!(status, "answered"));
    stamp(response.headers_mut(), &trace, app.clock_offset.as_ref());
    if app.public_url.is_secure() {
        response.headers_mut().insert(http::header::STRICT_TRANSPORT_SECURITY, ONLY_BY_TLS);
    }
    response
}

/// A path without the secret in it: who has the address of a form link can use it.
fn shown(path: &str) -> String {
    if path.starts_with("/f/") { "/f/…".to_owned() } else { crate::error::shortened(path) }
}

/// Keeps the headers that other layers set on what is now written out.
fn keep_headers(mut response: Response, placeholder: &Response) -> Response {
    for (name, value) in placeholder.headers() {
        let rewritten = [http::header::CONTENT_LENGTH, http::header::CONTENT_TYPE].contains(name);
        if !rewritten && !response.headers().contains_key(name) {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}

fn stamp(headers: &mut HeaderMap, trace: &Trace, clock_offset: Option<&HeaderValue>) {
    if let Ok(value) = HeaderValue::from_str(&trace.traceparent()) {
        headers.insert(TRACEPARENT, value);
    }
    headers.insert(NOSNIFF.0, NOSNIFF.1);
    if let Some(offset) = clock_offset {
        headers.insert(CLOCK_OFFSET, offset.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(traceparent: &str) -> HeaderMap {
        [(TRACEPARENT, traceparent.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn a_given_trace_goes_on_and_its_state_with_it() {
        let mut given = headers(GIVEN);
        given.insert(TRACESTATE, HeaderValue::from_static("vendor=1"));
        let trace = Trace::begin(&Span::none(), Trace::incoming(&given));
        assert_eq!(trace.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_ne!(trace.span.to_string(), "b7ad6b7169203331");

        let mut metadata = MetadataMap::new();
        trace.inject(&mut metadata);
        assert!(
            metadata.get("traceparent").unwrap().to_str().unwrap().starts_with("00-0af7651916cd43dd8448eb211c80319c-")
        );
        assert_eq!(metadata.get("tracestate").unwrap(), "vendor=1");
    }

    #[test]
    fn a_malformed_trace_counts_as_none() {
        let zero_trace = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        let zero_span = "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01";
        let upper = GIVEN.to_uppercase();
        let longer = format!("{GIVEN}-00");
        let forbidden = GIVEN.replacen("00", "ff", 1);
        for text in ["", "x", zero_trace, zero_span, &upper, &longer, &forbidden, "00-é-1-1", &GIVEN[..54]] {
            let given =
                HeaderValue::from_bytes(text.as_bytes()).map(|value| [(TRACEPARENT, value)].into_iter().collect());
            assert_eq!(Trace::incoming(&given.unwrap()), None, "{text:?}");
        }
        assert!(Trace::incoming(&headers(&longer.replacen("00", "01", 1))).is_some(), "a later version may be longer");
    }

    #[test]
    fn two_requests_without_a_trace_get_two() {
        assert_ne!(Trace::begin(&Span::none(), None).trace_id(), Trace::begin(&Span::none(), None).trace_id());
    }
}
