//! What residents are asked, what they answer, and how satisfied they are with a closing.

use pathfinder_kit::migration::{flag, id, index, maybe_id, maybe_text, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the tables.
pub(super) struct Feedback;

impl MigrationName for Feedback {
    fn name(&self) -> &'static str {
        "m0016_issues_feedback"
    }
}

const ISSUE: &str = "issue";
const QUESTION: &str = "reporter_question";
const OPINION: &str = "closing_opinion";

#[async_trait::async_trait]
impl MigrationTrait for Feedback {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let count = number("question_count").default(0).to_owned();
        let open = [maybe_text("open_question"), maybe_time("question_due_time")];
        // One column a statement: SQLite adds no more at once.
        for column in open.into_iter().chain([count, maybe_text("satisfaction")]) {
            manager.alter_table(Table::alter().table(ISSUE).add_column(column).to_owned()).await?;
        }
        manager.create_table(question()).await?;
        manager.create_table(opinion()).await?;
        let late = index("issue_question_due", ISSUE, &["question_due_time"]);
        let late = late.clone().cond_where(Expr::col("question_due_time").is_not_null()).to_owned();
        manager.create_index(late).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(OPINION).to_owned()).await?;
        manager.drop_table(Table::drop().table(QUESTION).to_owned()).await?;
        manager.drop_index(Index::drop().name("issue_question_due").table(ISSUE).to_owned()).await?;
        for column in ["satisfaction", "question_count", "question_due_time", "open_question"] {
            manager.alter_table(Table::alter().table(ISSUE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn question() -> TableCreateStatement {
    let columns = [
        id("issue_id"),
        number("question_number"),
        id("partnership_id"),
        text("question_text"),
        time("ask_time"),
        time("due_time"),
        flag("clock_paused"),
        text("answer"),
        maybe_time("answer_time"),
        maybe_id("reporter_id"),
        maybe_time("lapse_time"),
    ];
    table(QUESTION, columns, &["issue_id", "question_number"])
}

fn opinion() -> TableCreateStatement {
    let columns = [
        id("issue_id"),
        number("closing"),
        id("reporter_id"),
        id("partnership_id"),
        text("satisfaction"),
        text("comment"),
        flag("changed"),
        time("opinion_time"),
    ];
    table(OPINION, columns, &["issue_id", "closing", "reporter_id"])
}

fn table<const N: usize>(name: &'static str, columns: [ColumnDef; N], key: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary).to_owned()
}
