//! Issues are found by where they are, and listed by when they were reported and by when they are due.

use pathfinder_kit::migration::{index, maybe_long_number};
use sea_orm::{ConnectionTrait as _, Statement};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use crate::domain::cell;
use crate::domain::geography::Point;

/// Adds the column and the indexes, and numbers what is there.
pub(super) struct Places;

impl MigrationName for Places {
    fn name(&self) -> &'static str {
        "m0005_issues_places"
    }
}

const ISSUE: &str = "issue";
/// How many issues are numbered at once.
const BATCH: usize = 1_000;
const UNNUMBERED: &str = "SELECT id, latitude, longitude FROM issue \
    WHERE cell IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL LIMIT 1000";

#[async_trait::async_trait]
impl MigrationTrait for Places {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(ISSUE).add_column(maybe_long_number("cell")).to_owned()).await?;
        while number_some(manager).await? == BATCH {}
        manager.drop_index(Index::drop().name("issue_report_time").table(ISSUE).to_owned()).await?;
        let due = index("issue_due", ISSUE, &["partnership_id", "due_time", "id"]);
        let due = due.clone().cond_where(Expr::col("due_time").is_not_null()).to_owned();
        let place = index("issue_place", ISSUE, &["partnership_id", "cell", "id"]);
        for index in [index("issue_reported", ISSUE, &["partnership_id", "report_time", "id"]), due, place] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["issue_place", "issue_due", "issue_reported"] {
            manager.drop_index(Index::drop().name(index).table(ISSUE).to_owned()).await?;
        }
        manager.create_index(index("issue_report_time", ISSUE, &["partnership_id", "report_time"])).await?;
        manager.alter_table(Table::alter().table(ISSUE).drop_column("cell").to_owned()).await
    }
}

/// Numbers the places of a batch of issues; answers how many.
async fn number_some(manager: &SchemaManager<'_>) -> Result<usize, DbErr> {
    let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
    let rows = connection.query_all_raw(Statement::from_string(backend, UNNUMBERED)).await?;
    for row in &rows {
        let id: Uuid = row.try_get("", "id")?;
        let point = Point { latitude: row.try_get("", "latitude")?, longitude: row.try_get("", "longitude")? };
        let numbered = [cell::number_of(point).into(), id.into()];
        let update = "UPDATE issue SET cell = $1 WHERE id = $2";
        connection.execute_raw(Statement::from_sql_and_values(backend, update, numbered)).await?;
    }
    Ok(rows.len())
}
