//! The audit trail, which gets its order after the writes that it tells of.

use pathfinder::audit::SERVICES;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::database::TestDatabase;
use crate::waiting::{self, PATIENCE};

/// Waits until every entry has its place, without which no list shows it.
///
/// # Panics
///
/// When that does not come about in time.
pub async fn in_order(database: &TestDatabase) {
    let sql = "SELECT kind FROM audit_entry WHERE position IS NULL";
    for service in SERVICES {
        let tables = &database.look(service).await;
        waiting::until("every audit entry in its place", PATIENCE, || async move {
            let waiting = tables.query_all_raw(Statement::from_string(tables.get_database_backend(), sql)).await;
            match waiting.unwrap_or_else(|error| panic!("`{sql}` can be read: {error}")).len() {
                0 => Ok(()),
                waiting => Err(format!("{waiting} of {service} wait")),
            }
        })
        .await;
    }
}
