//! Pictures that are to be deleted where photos lie, and what finds the issues that are to be sent on.

use pathfinder_kit::migration::{id, index, number, time};
use sea_orm_migration::prelude::*;

/// Makes the table and the index.
pub(super) struct LeftPictures;

impl MigrationName for LeftPictures {
    fn name(&self) -> &'static str {
        "m0020_issues_left_pictures"
    }
}

const PICTURE: &str = "picture_to_delete";
const ISSUE: &str = "issue";
const TO_FORWARD: &str = "issue_to_forward";

#[async_trait::async_trait]
impl MigrationTrait for LeftPictures {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(picture()).await?;
        manager.create_index(index("picture_to_delete_turn", PICTURE, &["next_attempt_time", "object_id"])).await?;
        // Issues stay in this state for a few days; all others cost this index nothing.
        let routed = index(TO_FORWARD, ISSUE, &["partnership_id", "provider_id", "state", "id"]);
        let routed = routed.clone().cond_where(Expr::col("state").eq("routed")).to_owned();
        manager.create_index(routed).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(TO_FORWARD).table(ISSUE).to_owned()).await?;
        manager.drop_table(Table::drop().table(PICTURE).to_owned()).await
    }
}

fn picture() -> TableCreateStatement {
    Table::create()
        .table(PICTURE)
        .col(id("object_id").primary_key())
        .col(id("partnership_id"))
        .col(number("failure_count"))
        .col(time("next_attempt_time"))
        .to_owned()
}
