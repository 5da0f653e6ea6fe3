//! Logs and traces.
//!
//! Every process writes logs to standard error and, where a collector is configured, spans over OTLP. Only spans of our
//! own crates are exported: the exporter itself speaks gRPC, and its own spans would feed on themselves.

use std::io::IsTerminal as _;

use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Keeps telemetry running; [`Telemetry::flush`] it on every way out.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Starts logs and traces for the process `name`. Without `collector`, spans carry trace ids but are not exported.
///
/// # Errors
///
/// When the collector's address cannot be used. A second start in one process keeps the first one's logs.
pub fn start(
    name: &str,
    collector: Option<&str>,
    format: LogFormat,
) -> Result<Telemetry, opentelemetry_otlp::ExporterBuildError> {
    let resource = Resource::builder().with_service_name(name.to_owned()).build();
    let mut provider = SdkTracerProvider::builder().with_resource(resource);
    if let Some(address) = collector {
        let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(address).build()?;
        provider = provider.with_batch_exporter(exporter);
    }
    let provider = provider.build();
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("pathfinder"))
        .with_filter(LevelFilter::INFO)
        .with_filter(FilterFn::new(|metadata| metadata.target().starts_with("pathfinder")));
    let wanted =
        EnvFilter::try_from_env("PATHFINDER_LOG").unwrap_or_else(|_| EnvFilter::new("warn,sqlx=error,pathfinder=info"));
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let logs = match format {
        LogFormat::Text => logs.with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    // A process that is started twice, as in tests, keeps its first subscriber.
    let kept = tracing_subscriber::registry().with(traces).with(logs.with_filter(wanted)).try_init();
    if kept.is_err() {
        tracing::debug!("telemetry runs already");
    }
    Ok(Telemetry { provider })
}

impl Telemetry {
    /// Sends what is still here.
    pub fn flush(self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(%error, "the last spans may be lost");
        }
    }
}

struct Headers<'a>(&'a http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// Makes `span` a child of the trace that the headers name, if they name one.
pub fn adopt_parent(span: &Span, headers: &http::HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    if parent.span().span_context().is_valid() && span.set_parent(parent).is_err() {
        tracing::debug!("the caller's trace could not be joined");
    }
}

/// The W3C trace context of the current span, to hand on; empty outside of every trace.
#[must_use]
pub fn current_traceparent() -> String {
    traceparent_of(&Span::current())
}

/// The W3C trace context of `span`; empty when it belongs to no trace.
#[must_use]
pub fn traceparent_of(span: &Span) -> String {
    let context = span.context();
    format_traceparent(context.span().span_context())
}

fn format_traceparent(context: &SpanContext) -> String {
    if !context.is_valid() {
        return String::new();
    }
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8())
}

/// The trace id within a W3C trace context, or nothing.
#[must_use]
pub fn trace_id_of(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or_default()
}
