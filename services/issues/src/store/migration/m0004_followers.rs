//! People who follow an issue by e-mail, and the letters that wait to be sent to them.

use pathfinder_kit::migration::{flag, id, index, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the letters.
pub(super) struct Followers;

impl MigrationName for Followers {
    fn name(&self) -> &'static str {
        "m0004_issues_followers"
    }
}

const REPORTER: &str = "reporter";

#[async_trait::async_trait]
impl MigrationTrait for Followers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in [flag("follower").default(false).to_owned(), maybe_time("confirm_time")] {
            manager.alter_table(Table::alter().table(REPORTER).add_column(column).to_owned()).await?;
        }
        manager.create_table(letter()).await?;
        let followers = index("reporter_follower", REPORTER, &["create_time"]);
        let unconfirmed = Expr::col("follower").eq(true).and(Expr::col("confirm_time").is_null());
        let followers = followers.clone().cond_where(unconfirmed).to_owned();
        let turns = index("letter_turn", "letter", &["next_attempt_time", "id"]);
        for index in [followers, turns, index("letter_reporter", "letter", &["reporter_id"])] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("letter").to_owned()).await?;
        manager.drop_index(Index::drop().name("reporter_follower").table(REPORTER).to_owned()).await?;
        for column in ["confirm_time", "follower"] {
            manager.alter_table(Table::alter().table(REPORTER).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn letter() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        id("reporter_id"),
        text("kind"),
        time("create_time"),
        number("failure_count"),
        time("next_attempt_time"),
    ];
    let mut table = Table::create();
    table.table("letter");
    for column in columns {
        table.col(column);
    }
    table
}
