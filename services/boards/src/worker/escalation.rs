//! Puts before the board the agreed actions that their owners did not accept in time.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// How often to look. The rule counts days; this only bounds how late the first look of a day is.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How many to escalate in one round.
const BATCH: u64 = 100;

/// Escalates, until the service stops.
pub(crate) async fn escalate_unaccepted(app: Arc<App>) {
    while app.host.pause(LOOK_INTERVAL).await {
        if let Err(failure) = app.escalate_unaccepted(BATCH).await {
            tracing::warn!(error = %failure, "escalating actions failed; it is tried again");
        }
    }
}
