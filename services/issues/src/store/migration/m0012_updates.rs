//! What happens to issues is read by when it was recorded, and what other systems told of it is known again.

use pathfinder_kit::migration::{flag, id, index, text, time};
use sea_orm_migration::prelude::*;

/// Adds the table and the index.
pub(super) struct Updates;

impl MigrationName for Updates {
    fn name(&self) -> &'static str {
        "m0012_issues_updates"
    }
}

const BY_RECORDING: &str = "issue_history_recorded";
const HISTORY: &str = "issue_history";

#[async_trait::async_trait]
impl MigrationTrait for Updates {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(issue_update()).await?;
        manager.create_index(index(BY_RECORDING, HISTORY, &["partnership_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(BY_RECORDING).table(HISTORY).to_owned()).await?;
        manager.drop_table(Table::drop().table("issue_update").to_owned()).await
    }
}

/// The key is what makes an update of a system known again, whoever else has one of the same id.
fn issue_update() -> TableCreateStatement {
    let columns = [
        id("partnership_id"),
        id("issue_id"),
        text("subject"),
        text("external_update_id"),
        id("update_id"),
        time("happened_time"),
        flag("applied"),
        flag("in_step"),
        text("note"),
        time("create_time"),
    ];
    let mut table = Table::create();
    table.table("issue_update");
    for column in columns {
        table.col(column);
    }
    table.primary_key(Index::create().col("issue_id").col("subject").col("external_update_id"));
    table
}
