//! Issues that are sent on to councils' own systems.

use pathfinder_kit::migration::{flag, id, index, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Makes the table.
pub(super) struct Forwardings;

impl MigrationName for Forwardings {
    fn name(&self) -> &'static str {
        "m0015_issues_forwardings"
    }
}

const FORWARDING: &str = "forwarding";
const READING: &str = "council_reading";

#[async_trait::async_trait]
impl MigrationTrait for Forwardings {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(forwarding()).await?;
        manager.create_table(reading()).await?;
        let once = index("forwarding_once", FORWARDING, &["issue_id", "endpoint"]).unique().to_owned();
        let turn = index("forwarding_turn", FORWARDING, &["next_attempt_time", "id"]);
        let turn = turn.clone().cond_where(Expr::col("next_attempt_time").is_not_null()).to_owned();
        let listed = index("forwarding_partnership", FORWARDING, &["partnership_id", "id"]);
        let remote = index("forwarding_remote", FORWARDING, &["endpoint", "remote_id"]);
        for index in [once, turn, listed, remote] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(READING).to_owned()).await?;
        manager.drop_table(Table::drop().table(FORWARDING).to_owned()).await
    }
}

fn reading() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(READING).col(id("partnership_id")).col(text("endpoint")).col(time("read_until"));
    table.primary_key(Index::create().col("partnership_id").col("endpoint")).to_owned()
}

fn forwarding() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        id("issue_id"),
        text("endpoint"),
        text("form"),
        text("state"),
        flag("is_in_doubt"),
        number("attempt_count"),
        number("failure_count"),
        number("search_count"),
        maybe_time("begin_time"),
        maybe_time("next_attempt_time"),
        text("remote_id"),
        text("token"),
        text("note"),
        time("create_time"),
        time("update_time"),
    ];
    let mut table = Table::create();
    table.table(FORWARDING);
    for column in columns {
        table.col(column);
    }
    table
}
