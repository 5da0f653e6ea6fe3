//! What the board hears of many issues of one category in one place.

use pathfinder_kit::migration::{decimal, id, index, text, time};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_boards_cluster_notices"
    }
}

const TABLE: &str = "cluster_notice";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(cluster_notice()).await?;
        let once = index("cluster_notice_cluster", TABLE, &["partnership_id", "cluster_id"]).unique().to_owned();
        manager.create_index(once).await?;
        manager.create_index(index("cluster_notice_partnership", TABLE, &["partnership_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}

fn cluster_notice() -> TableCreateStatement {
    Table::create()
        .table(TABLE)
        .col(id("id").primary_key())
        .col(id("partnership_id"))
        .col(id("cluster_id"))
        .col(text("category_code"))
        .col(text("category_name"))
        .col(decimal("latitude"))
        .col(decimal("longitude"))
        .col(time("first_report_time"))
        .col(time("last_report_time"))
        .col(time("find_time"))
        .col(text("issue_ids"))
        .to_owned()
}
