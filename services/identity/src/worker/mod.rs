//! What is done beside the calls: letters are sent, what is over is cleared away, and what an older key sealed is sealed anew.

use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Requested};

const BETWEEN_CLEARINGS: Duration = Duration::from_secs(60 * 60);
/// How long a letter stays in its folder beyond its time, at the most.
const LETTERS_PAUSE: Duration = Duration::from_secs(2);

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
    while app.host.pause(BETWEEN_CLEARINGS).await {
        if let Err(failure) = app.clear_away().await {
            tracing::warn!(%failure, "what is over could not be cleared away; tried again in an hour");
        }
    }
}

/// Removes letters whose links have ended from the folder into which they were written.
pub(crate) async fn clear_letters(app: Arc<App>) {
    while app.host.pause(LETTERS_PAUSE).await {
        if let Err(failure) = app.clear_letters().await {
            tracing::warn!(%failure, "letters whose links have ended could not be removed");
        }
    }
}

/// Seals what is plain or sealed with an older key.
pub(crate) async fn seal_again(app: Arc<App>) {
    app.host.keep_sealed("addresses and signing keys", || app.seal_again()).await;
}
