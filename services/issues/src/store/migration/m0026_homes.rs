//! When issues at homes ended: where exactly these are is kept for so long and no longer.

use pathfinder_kit::migration::{index, maybe_time};
use sea_orm_migration::prelude::*;

/// Adds the column and the index.
pub(super) struct Homes;

impl MigrationName for Homes {
    fn name(&self) -> &'static str {
        "m0026_issues_homes"
    }
}

const ISSUE: &str = "issue";
const COLUMN: &str = "home_end_time";
const INDEX: &str = "issue_home_ended";
/// Their last change stands for their end, which is no later. A repeat of what is open has not ended.
const FILL: &str = r#"UPDATE issue SET home_end_time = update_time WHERE domestic = TRUE AND "open" = FALSE
    AND NOT EXISTS (SELECT 1 FROM issue AS original WHERE original.id = issue.duplicate_of AND original."open" = TRUE)"#;

#[async_trait::async_trait]
impl MigrationTrait for Homes {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(ISSUE).add_column(maybe_time(COLUMN)).to_owned()).await?;
        manager.get_connection().execute_unprepared(FILL).await?;
        let there = Expr::col(COLUMN).is_not_null();
        manager.create_index(index(INDEX, ISSUE, &[COLUMN]).cond_where(there).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(ISSUE).to_owned()).await?;
        manager.alter_table(Table::alter().table(ISSUE).drop_column(COLUMN).to_owned()).await
    }
}
