//! What is done beside the calls: letters are sent, what is over is cleared away, and what an older key sealed is sealed anew.

use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Requested};

const BETWEEN_CLEARINGS: Duration = Duration::from_secs(60 * 60);
/// How long a letter stays in its folder beyond its time, at the most.
const LETTERS_PAUSE: Duration = Duration::from_secs(2);
/// How often it is looked for what is not sealed with the first key.
const SEAL_PAUSE: Duration = Duration::from_secs(60 * 60);
/// After sealing failed, it is tried again so soon.
const SEAL_AGAIN: Duration = Duration::from_secs(1);

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
    while pause(&app, BETWEEN_CLEARINGS).await {
        if let Err(failure) = app.clear_away().await {
            tracing::warn!(%failure, "what is over could not be cleared away; tried again in an hour");
        }
    }
}

/// Removes letters whose links have ended from the folder into which they were written.
pub(crate) async fn clear_letters(app: Arc<App>) {
    while pause(&app, LETTERS_PAUSE).await {
        if let Err(failure) = app.clear_letters().await {
            tracing::warn!(%failure, "letters whose links have ended could not be removed");
        }
    }
}

/// Seals what is plain or sealed with an older key: at the start, and again every hour, as another process of this service may go on with
/// the older key for a while.
pub(crate) async fn seal_again(app: Arc<App>) {
    loop {
        let next = match app.seal_again().await {
            Ok(0) => SEAL_PAUSE,
            Ok(count) => {
                tracing::info!(count, "addresses and signing keys were sealed with the first key");
                SEAL_PAUSE
            }
            Err(failure) => {
                tracing::warn!(%failure, "sealing failed; tried again in a moment");
                SEAL_AGAIN
            }
        };
        if !pause(&app, next).await {
            return;
        }
    }
}

/// Waits; false when the service stops.
async fn pause(app: &App, pause: Duration) -> bool {
    tokio::select! {
        () = app.host.shutdown().cancelled() => false,
        () = tokio::time::sleep(pause) => true,
    }
}
