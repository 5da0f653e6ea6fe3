//! Decisions name the commitments that they are about. Those taken before name none.

use pathfinder_kit::migration::text;
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_boards_decision_commitments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let named = text("commitment_ids").default("[]").to_owned();
        manager.alter_table(Table::alter().table("decision").add_column(named).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("decision").drop_column("commitment_ids").to_owned()).await
    }
}
