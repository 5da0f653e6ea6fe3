//! What every service clears away: answers kept for repeated requests, after a day.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::failure::Failure;
use crate::host::Host;
use crate::rows::request_record;

const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long the same request id gives the same answer.
const KEPT: TimeDelta = TimeDelta::hours(24);

pub(crate) async fn run(host: Host) -> Result<(), Failure> {
    while host.pause(INTERVAL).await {
        let oldest = host.clock().now() - KEPT;
        let old = request_record::Column::RecordTime.lt(oldest);
        let cleared = request_record::Entity::delete_many().filter(old).exec(host.database().writer()).await;
        match cleared {
            Ok(cleared) => tracing::debug!(count = cleared.rows_affected, "kept answers cleared"),
            Err(error) => tracing::warn!(%error, "kept answers could not be cleared; tried again in an hour"),
        }
    }
    Ok(())
}
