//! What was last heard of the reports that councils have, where these have no list of updates: the same is no news. The reports that are to
//! be read are found by where they are.

use pathfinder_kit::migration::{index, maybe_text, maybe_time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the index.
pub(super) struct Heard;

impl MigrationName for Heard {
    fn name(&self) -> &'static str {
        "m0028_issues_heard"
    }
}

const FORWARDING: &str = "forwarding";
const STANDING: &str = "heard_standing";
const DIGEST: &str = "heard_digest";
const TIME: &str = "heard_time";
const INDEX: &str = "forwarding_there";

#[async_trait::async_trait]
impl MigrationTrait for Heard {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in [maybe_text(STANDING), maybe_text(DIGEST), maybe_time(TIME)] {
            manager.alter_table(Table::alter().table(FORWARDING).add_column(column).to_owned()).await?;
        }
        manager.create_index(index(INDEX, FORWARDING, &["endpoint", "state", "issue_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(FORWARDING).to_owned()).await?;
        for column in [TIME, DIGEST, STANDING] {
            manager.alter_table(Table::alter().table(FORWARDING).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
