//! When the issues ended of which something was answered or said in confidence, and whether a provider's time to say yes or no was put off.
//! Nothing is filled in: the tables are as new as this, and so are questions.

use pathfinder_kit::migration::{flag, index, maybe_time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the indexes.
pub(super) struct Confided;

impl MigrationName for Confided {
    fn name(&self) -> &'static str {
        "m0021_issues_confided"
    }
}

const ISSUE: &str = "issue";
const MOVED: &str = "answer_due_moved";
const END: &str = "end_time";
/// The tables, each with the name of its index.
const TABLES: [(&str, &str); 2] =
    [("reporter_question", "reporter_question_ended"), ("closing_opinion", "closing_opinion_ended")];

#[async_trait::async_trait]
impl MigrationTrait for Confided {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let moved = flag(MOVED).default(false).to_owned();
        manager.alter_table(Table::alter().table(ISSUE).add_column(moved).to_owned()).await?;
        for (table, ended) in TABLES {
            manager.alter_table(Table::alter().table(table).add_column(maybe_time(END)).to_owned()).await?;
            let there = Expr::col(END).is_not_null();
            manager.create_index(index(ended, table, &[END]).cond_where(there).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, ended) in TABLES {
            manager.drop_index(Index::drop().name(ended).table(table).to_owned()).await?;
            manager.alter_table(Table::alter().table(table).drop_column(END).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table(ISSUE).drop_column(MOVED).to_owned()).await
    }
}
