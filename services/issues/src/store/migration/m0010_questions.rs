//! What categories ask, what their issues are, and what is answered.

use pathfinder_kit::migration::{flag, text};
use sea_orm_migration::prelude::*;

/// Adds the columns.
pub(super) struct Questions;

impl MigrationName for Questions {
    fn name(&self) -> &'static str {
        "m0010_issues_questions"
    }
}

fn columns() -> [(&'static str, ColumnDef); 9] {
    let empty_list = |name| text(name).default("[]").to_owned();
    let no = |name| flag(name).default(false).to_owned();
    let problem = || text("kind").default("problem").to_owned();
    [
        ("category", problem()),
        ("category", text("theme").default("").to_owned()),
        ("category", no("hazard")),
        ("category", text("default_severity").default("normal").to_owned()),
        ("category", no("moderated")),
        ("category", empty_list("questions")),
        ("category", empty_list("response_templates")),
        ("issue", problem()),
        ("issue", empty_list("answers")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Questions {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns().into_iter().rev() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
