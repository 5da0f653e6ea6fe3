//! Issues with photos that wait for staff are found by that. The lists of photos are JSON as it is written without blanks, in which quotation
//! marks of a caption have a backslash before them.

use pathfinder_kit::migration::{flag, index};
use sea_orm_migration::prelude::*;

/// Adds the column and the index.
pub(super) struct PhotosWaiting;

impl MigrationName for PhotosWaiting {
    fn name(&self) -> &'static str {
        "m0025_issues_photos_waiting"
    }
}

const ISSUE: &str = "issue";
const COLUMN: &str = "photos_waiting";
const INDEX: &str = "issue_photos_waiting";
const FILL: &str = r#"UPDATE issue SET photos_waiting = TRUE WHERE photos LIKE '%"held":true%'"#;

#[async_trait::async_trait]
impl MigrationTrait for PhotosWaiting {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let waiting = flag(COLUMN).default(false).to_owned();
        manager.alter_table(Table::alter().table(ISSUE).add_column(waiting).to_owned()).await?;
        manager.get_connection().execute_unprepared(FILL).await?;
        // Led by the column's own value, which no database knows before it is asked.
        manager.create_index(index(INDEX, ISSUE, &["partnership_id", COLUMN, "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(ISSUE).to_owned()).await?;
        manager.alter_table(Table::alter().table(ISSUE).drop_column(COLUMN).to_owned()).await
    }
}
