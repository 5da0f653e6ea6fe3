//! Addresses of pictures are kept only while they wait, and some lead to photos that wait for staff.

use pathfinder_kit::migration::{flag, index, text};
use sea_orm_migration::prelude::*;

/// Changes the table.
pub(super) struct WaitingLinks;

impl MigrationName for WaitingLinks {
    fn name(&self) -> &'static str {
        "m0022_issues_waiting_links"
    }
}

const LINK: &str = "picture_link";
const ISSUE: &str = "picture_link_issue";

#[async_trait::async_trait]
impl MigrationTrait for WaitingLinks {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DELETE FROM picture_link WHERE state <> 'waiting'").await?;
        // One column a statement: SQLite changes no more at once.
        manager.alter_table(Table::alter().table(LINK).drop_column("state").to_owned()).await?;
        let held = flag("held").default(false).to_owned();
        manager.alter_table(Table::alter().table(LINK).add_column(held).to_owned()).await?;
        manager.create_index(index(ISSUE, LINK, &["partnership_id", "issue_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(ISSUE).table(LINK).to_owned()).await?;
        manager.alter_table(Table::alter().table(LINK).drop_column("held").to_owned()).await?;
        let state = text("state").default("waiting").to_owned();
        manager.alter_table(Table::alter().table(LINK).add_column(state).to_owned()).await
    }
}
