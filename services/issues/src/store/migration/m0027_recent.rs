//! After each report it is looked around for others of its category: few of them are recent, but in one street there may be thousands.

use pathfinder_kit::migration::index;
use sea_orm_migration::prelude::*;

/// Adds the index.
pub(super) struct Recent;

impl MigrationName for Recent {
    fn name(&self) -> &'static str {
        "m0027_issues_recent"
    }
}

const ISSUE: &str = "issue";
const INDEX: &str = "issue_recent";
/// What it leads by, and what it holds besides.
const COLUMNS: [&str; 9] =
    ["partnership_id", "category_code", "report_time", "id", "latitude", "longitude", "state", "open", "held_back"];

#[async_trait::async_trait]
impl MigrationTrait for Recent {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index(INDEX, ISSUE, &COLUMNS)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(ISSUE).to_owned()).await
    }
}
