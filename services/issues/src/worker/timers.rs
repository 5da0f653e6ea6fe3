//! Timers. They compare with the host's clock, which a trial or a test moves, so they look often and cheaply: an index on what waits.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::error::Error;

/// How long a breach stays unnoticed, at the most.
const BREACH_PAUSE: Duration = Duration::from_millis(500);
/// How often the commitments service is asked again for pledges that it did not answer for.
const ATTACH_PAUSE: Duration = Duration::from_secs(1);

/// Finds issues whose due time has passed, until the host stops.
pub(crate) async fn declare_breaches(app: Arc<App>) {
    while pause(&app, BREACH_PAUSE).await {
        match app.declare_breaches().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issues passed their due time"),
            Err(error) => report(&error, "breach timer"),
        }
    }
}

/// Attaches pledges that are still to be asked for, until the host stops.
pub(crate) async fn attach_clocks(app: Arc<App>) {
    while pause(&app, ATTACH_PAUSE).await {
        match app.attach_pending_clocks().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "clocks were attached"),
            Err(error) => report(&error, "clock attacher"),
        }
    }
}

/// Waits; false when the host stops.
async fn pause(app: &App, pause: Duration) -> bool {
    tokio::select! {
        () = app.host.shutdown().cancelled() => false,
        () = tokio::time::sleep(pause) => true,
    }
}

/// A round that failed is logged; the next one does its work.
fn report(error: &Error, timer: &'static str) {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::warn!(timer, %error, source, "a round of a timer failed; the next one does its work");
}
