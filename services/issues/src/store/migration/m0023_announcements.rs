//! What was told about an issue is found by announcement: each was told to many.

use pathfinder_kit::migration::index;
use sea_orm_migration::prelude::*;

/// Makes the index.
pub(super) struct Announcements;

impl MigrationName for Announcements {
    fn name(&self) -> &'static str {
        "m0023_issues_announcements"
    }
}

const INDEX: &str = "notice_announcement";
const NOTICE: &str = "notice";

#[async_trait::async_trait]
impl MigrationTrait for Announcements {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index(INDEX, NOTICE, &["issue_id", "announcement_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(NOTICE).to_owned()).await
    }
}
