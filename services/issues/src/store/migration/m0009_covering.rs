//! The indexes by which places are looked through hold what is mostly asked of an issue, so that the rows are read only of a page.

use pathfinder_kit::migration::index;
use sea_orm_migration::prelude::*;

/// Widens the indexes.
pub(super) struct Covering;

impl MigrationName for Covering {
    fn name(&self) -> &'static str {
        "m0009_issues_covering"
    }
}

const ISSUE: &str = "issue";
/// Each with what it leads by, and with what it holds besides.
const INDEXES: [(&str, &[&str], &[&str]); 3] = [
    (
        "issue_partnership",
        &["partnership_id", "id"],
        &["latitude", "longitude", "state", "open", "held_back", "category_code"],
    ),
    (
        "issue_state",
        &["partnership_id", "state", "id"],
        &["latitude", "longitude", "open", "held_back", "category_code"],
    ),
    (
        "issue_place",
        &["partnership_id", "cell", "id"],
        &["latitude", "longitude", "state", "open", "held_back", "category_code", "report_time", "due_time"],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Covering {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, leading, besides) in INDEXES {
            let columns: Vec<&str> = leading.iter().chain(besides).copied().collect();
            make_anew(manager, name, &columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, leading, _) in INDEXES {
            make_anew(manager, name, leading).await?;
        }
        Ok(())
    }
}

async fn make_anew(manager: &SchemaManager<'_>, name: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(name).table(ISSUE).to_owned()).await?;
    manager.create_index(index(name, ISSUE, columns)).await
}
