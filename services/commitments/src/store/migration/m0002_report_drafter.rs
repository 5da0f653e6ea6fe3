//! Reports say who drafted them. Of those written before, nobody knows.

use pathfinder_kit::migration::maybe_text;
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_commitments_report_drafter"
    }
}

const TABLE: &str = "progress_report";
const COLUMNS: [&str; 2] = ["drafter_id", "drafter_name"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in COLUMNS {
            manager.alter_table(Table::alter().table(TABLE).add_column(maybe_text(column)).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
