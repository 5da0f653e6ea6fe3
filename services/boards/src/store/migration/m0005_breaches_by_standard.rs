//! An issue that was moved from one standard to another may have missed both: the board has a notice for each. What has no standard counts as
//! one, which a unique index does not see.

use pathfinder_kit::migration::index;
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_boards_breaches_by_standard"
    }
}

const TABLE: &str = "breach_notice";
const OF_ISSUE: &str = "breach_notice_issue";
const OF_STANDARD: &str = "breach_notice_standard";
const OF_NONE: &str = "breach_notice_no_standard";
/// Where an issue can have one notice alone, the first one stays.
const ONE_EACH: &str = "DELETE FROM breach_notice WHERE EXISTS (SELECT 1 FROM breach_notice AS earlier \
    WHERE earlier.partnership_id = breach_notice.partnership_id AND earlier.issue_id = breach_notice.issue_id \
    AND earlier.id < breach_notice.id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(OF_ISSUE).table(TABLE).to_owned()).await?;
        let of_standard = index(OF_STANDARD, TABLE, &["partnership_id", "issue_id", "standard_id"]).unique().to_owned();
        manager.create_index(of_standard).await?;
        let without = Expr::col("standard_id").is_null();
        let of_none = index(OF_NONE, TABLE, &["partnership_id", "issue_id"]).unique().cond_where(without).to_owned();
        manager.create_index(of_none).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [OF_NONE, OF_STANDARD] {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(ONE_EACH).await?;
        let of_issue = index(OF_ISSUE, TABLE, &["partnership_id", "issue_id"]).unique().to_owned();
        manager.create_index(of_issue).await
    }
}
