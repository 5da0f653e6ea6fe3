//! What councils' own systems are told of the issues that they have taken.

use pathfinder_kit::migration::{id, index, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Makes the table.
pub(super) struct ForwardingUpdates;

impl MigrationName for ForwardingUpdates {
    fn name(&self) -> &'static str {
        "m0024_issues_forwarding_updates"
    }
}

const FORWARDING_UPDATE: &str = "forwarding_update";

#[async_trait::async_trait]
impl MigrationTrait for ForwardingUpdates {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(update()).await?;
        let order = index("forwarding_update_order", FORWARDING_UPDATE, &["issue_id", "endpoint", "number"])
            .unique()
            .to_owned();
        let turn = index("forwarding_update_turn", FORWARDING_UPDATE, &["next_attempt_time", "id"]);
        let turn = turn.clone().cond_where(Expr::col("next_attempt_time").is_not_null()).to_owned();
        manager.create_index(order).await?;
        manager.create_index(turn).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(FORWARDING_UPDATE).to_owned()).await
    }
}

fn update() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        id("issue_id"),
        text("endpoint"),
        number("number"),
        text("kind"),
        time("happened_time"),
        text("state"),
        number("attempt_count"),
        maybe_time("next_attempt_time"),
        text("note"),
        time("update_time"),
    ];
    let mut table = Table::create();
    table.table(FORWARDING_UPDATE);
    for column in columns {
        table.col(column);
    }
    table
}
