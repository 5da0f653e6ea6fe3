//! Photos of issues.

use pathfinder_kit::migration::text;
use sea_orm_migration::prelude::*;

/// Adds the column.
pub(super) struct Photos;

impl MigrationName for Photos {
    fn name(&self) -> &'static str {
        "m0011_issues_photos"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Photos {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let photos = text("photos").default("[]").to_owned();
        manager.alter_table(Table::alter().table("issue").add_column(photos).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("issue").drop_column("photos").to_owned()).await
    }
}
