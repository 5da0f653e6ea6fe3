//! What is done beside the calls: letters are sent, and what is over is cleared away.

use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Requested};

const BETWEEN_CLEARINGS: Duration = Duration::from_secs(60 * 60);

/// Sends a link to each address that asked for one; those that asked before the service stops, too.
pub(crate) async fn send_links(app: Arc<App>, mut requested: Requested) {
    let shutdown = app.host.shutdown().clone();
    loop {
        let email = tokio::select! {
            email = requested.recv() => email,
            () = shutdown.cancelled() => {
                requested.close();
                requested.recv().await
            }
        };
        let Some(email) = email else { break };
        if let Err(failure) = app.send_link(&email).await {
            tracing::warn!(reason = failure.reason().as_str_name(), %failure, "a letter with a link was not sent");
        }
    }
    shutdown.cancelled().await;
}

/// Clears away what is over, every hour.
pub(crate) async fn clear_away(app: Arc<App>) {
    let shutdown = app.host.shutdown().clone();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(BETWEEN_CLEARINGS) => {}
        }
        if let Err(failure) = app.clear_away().await {
            tracing::warn!(%failure, "what is over could not be cleared away; tried again in an hour");
        }
    }
}
