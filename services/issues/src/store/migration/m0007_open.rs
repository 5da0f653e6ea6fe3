//! What is open is listed by when it is due, of all categories or of one: the list that people work by.

use pathfinder_kit::migration::index;
use sea_orm_migration::prelude::*;

/// Adds the indexes.
pub(super) struct Open;

impl MigrationName for Open {
    fn name(&self) -> &'static str {
        "m0007_issues_open"
    }
}

const ISSUE: &str = "issue";
const INDEXES: [(&str, &[&str]); 2] = [
    ("issue_open_due", &["partnership_id", "open", "due_time", "id"]),
    ("issue_category_due", &["partnership_id", "category_code", "open", "due_time", "id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Open {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns) in INDEXES {
            manager.create_index(index(name, ISSUE, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.drop_index(Index::drop().name(name).table(ISSUE).to_owned()).await?;
        }
        Ok(())
    }
}
