//! What stood in an issue before it was edited, and categories whose issues are still to be blurred.

use pathfinder_kit::migration::{id, index, maybe_time, text, time};
use sea_orm_migration::prelude::*;

/// Adds the columns, the table and the indexes.
pub(super) struct Edits;

impl MigrationName for Edits {
    fn name(&self) -> &'static str {
        "m0019_issues_edits"
    }
}

const EDIT: &str = "issue_edit";
const ISSUE: &str = "issue";
const CATEGORY: &str = "category";

#[async_trait::async_trait]
impl MigrationTrait for Edits {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [(ISSUE, "edit_time"), (CATEGORY, "blur_time")] {
            manager.alter_table(Table::alter().table(table).add_column(maybe_time(column)).to_owned()).await?;
        }
        manager.create_table(edit()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("category_to_blur").table(CATEGORY).to_owned()).await?;
        manager.drop_table(Table::drop().table(EDIT).to_owned()).await?;
        for (table, column) in [(CATEGORY, "blur_time"), (ISSUE, "edit_time")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn edit() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        id("issue_id"),
        time("edit_time"),
        text("actor_id"),
        text("actor_name"),
        text("actor_label"),
        text("reason"),
        text("former"),
        maybe_time("end_time"),
    ];
    let mut table = Table::create();
    table.table(EDIT);
    for column in columns {
        table.col(column);
    }
    table
}

/// Timers look only at what there is for them.
fn indexes() -> [IndexCreateStatement; 3] {
    let there = |name: &'static str, table: &'static str, column: &'static str| {
        index(name, table, &[column]).cond_where(Expr::col(column).is_not_null()).to_owned()
    };
    [
        index("issue_edit_issue", EDIT, &["issue_id", "id"]),
        there("issue_edit_ended", EDIT, "end_time"),
        there("category_to_blur", CATEGORY, "blur_time"),
    ]
}
