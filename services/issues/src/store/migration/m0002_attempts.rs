//! What failed for an issue alone is tried again later and later: how often it failed, and when its turn comes.

use pathfinder_kit::migration::{maybe_time, number};
use sea_orm_migration::prelude::*;

/// Adds the columns.
pub(super) struct Attempts;

impl MigrationName for Attempts {
    fn name(&self) -> &'static str {
        "m0002_issues_attempts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Attempts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in [number("failure_count").default(0).to_owned(), maybe_time("next_attempt_time")] {
            manager.alter_table(Table::alter().table("issue").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["next_attempt_time", "failure_count"] {
            manager.alter_table(Table::alter().table("issue").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
