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
/// Some issues with a point, in the order of their ids.
const SOME: &str = "SELECT id, latitude, longitude FROM issue \
    WHERE id > $1 AND latitude IS NOT NULL AND longitude IS NOT NULL ORDER BY id LIMIT 1000";
/// What is next to nothing is nothing: see [`Point::new`].
const NEXT_TO_NOTHING: [&str; 2] = [
    "UPDATE issue SET latitude = 0 WHERE latitude > -1e-12 AND latitude < 1e-12 AND latitude <> 0",
    "UPDATE issue SET longitude = 0 WHERE longitude > -1e-12 AND longitude < 1e-12 AND longitude <> 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Places {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(ISSUE).add_column(maybe_long_number("cell")).to_owned()).await?;
        for sql in NEXT_TO_NOTHING {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        let mut last = Some(Uuid::nil());
        while let Some(after) = last {
            last = number_some(manager, after).await?;
        }
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

/// Numbers the places of some issues; answers the last of them, unless there are no more.
async fn number_some(manager: &SchemaManager<'_>, after: Uuid) -> Result<Option<Uuid>, DbErr> {
    let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
    let mut last = None;
    for row in connection.query_all_raw(Statement::from_sql_and_values(backend, SOME, [after.into()])).await? {
        let id: Uuid = row.try_get("", "id")?;
        let point = Point { latitude: row.try_get("", "latitude")?, longitude: row.try_get("", "longitude")? };
        let numbered = [cell::number_of(point).into(), id.into()];
        let update = "UPDATE issue SET cell = $1 WHERE id = $2";
        connection.execute_raw(Statement::from_sql_and_values(backend, update, numbered)).await?;
        last = Some(id);
    }
    Ok(last)
}
