//! The timer that asks the calendar about each open commitment once a day.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// How often to look whether a new day has begun. Looking costs one read of an index; a trial may move the clock at any moment.
const INTERVAL: Duration = Duration::from_secs(1);

/// Asks the calendar until the service stops.
pub(crate) async fn watch_calendar(app: Arc<App>) {
    loop {
        let pause = match app.look_at_calendar().await {
            Ok(0) => INTERVAL,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(%error, "the calendar could not be asked; tried again");
                INTERVAL
            }
        };
        if !app.host.pause(pause).await {
            return;
        }
    }
}
