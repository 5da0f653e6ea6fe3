//! Pictures that reports name by their addresses, and tokens of reports that are held back.

use pathfinder_kit::migration::{id, index, maybe_id, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Makes the tables.
pub(super) struct PictureLinks;

impl MigrationName for PictureLinks {
    fn name(&self) -> &'static str {
        "m0018_issues_picture_links"
    }
}

const LINK: &str = "picture_link";
const TOKEN: &str = "report_token";

#[async_trait::async_trait]
impl MigrationTrait for PictureLinks {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(link()).await?;
        manager.create_table(token()).await?;
        let turn = index("picture_link_turn", LINK, &["next_attempt_time", "id"]);
        let turn = turn.clone().cond_where(Expr::col("next_attempt_time").is_not_null()).to_owned();
        let person = index("picture_link_reporter", LINK, &["reporter_id"]);
        for index in [turn, person] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TOKEN).to_owned()).await?;
        manager.drop_table(Table::drop().table(LINK).to_owned()).await
    }
}

fn token() -> TableCreateStatement {
    let token = text("token").primary_key().to_owned();
    let mut table = Table::create();
    table.table(TOKEN).col(token).col(id("partnership_id")).col(id("issue_id")).col(time("create_time"));
    table
}

fn link() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        id("issue_id"),
        maybe_id("reporter_id"),
        text("address"),
        text("state"),
        number("attempt_count"),
        maybe_time("next_attempt_time"),
        text("note"),
        time("create_time"),
    ];
    let mut table = Table::create();
    table.table(LINK);
    for column in columns {
        table.col(column);
    }
    table
}
