//! An issue has a case under each standard that it is held to or missed before, and no longer one alone. No database gives a table another
//! key in the same words as the other, so the table is made anew.

use pathfinder_kit::migration::{flag, id, index, maybe_flag, maybe_time, text, time};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_commitments_former_cases"
    }
}

const TABLE: &str = "standard_case";
const MADE: &str = "standard_case_made";
const COLUMNS: &str = "issue_id, standard_id, issue_reference, partnership_id, issue_state, breached, update_time, due_time, \
    stop_time, on_time";
/// What is left where an issue can have one case alone; the feed tells of the right one with the next change.
const ONE_EACH: &str = "WHERE NOT EXISTS (SELECT 1 FROM standard_case AS other WHERE other.issue_id = standard_case.issue_id \
    AND other.standard_id > standard_case.standard_id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_anew(manager, &["issue_id", "standard_id"], "").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_anew(manager, &["issue_id"], ONE_EACH).await
    }
}

async fn make_anew(manager: &SchemaManager<'_>, key: &[&'static str], which: &str) -> Result<(), DbErr> {
    manager.create_table(made(key)).await?;
    let filled = format!("INSERT INTO {MADE} ({COLUMNS}) SELECT {COLUMNS} FROM {TABLE} {which}");
    manager.get_connection().execute_unprepared(&filled).await?;
    manager.drop_table(Table::drop().table(TABLE).to_owned()).await?;
    manager.rename_table(Table::rename().table(MADE, TABLE).to_owned()).await?;
    let of_standard = index("standard_case_of_standard", TABLE, &["partnership_id", "standard_id", "issue_id"]);
    manager.create_index(of_standard).await
}

fn made(key: &[&'static str]) -> TableCreateStatement {
    let columns = [
        id("issue_id"),
        id("standard_id"),
        text("issue_reference"),
        id("partnership_id"),
        text("issue_state"),
        flag("breached"),
        time("update_time"),
        maybe_time("due_time"),
        maybe_time("stop_time"),
        maybe_flag("on_time"),
    ];
    let mut primary_key = Index::create();
    for column in key {
        primary_key.col(*column);
    }
    let mut table = Table::create();
    table.table(MADE).primary_key(&mut primary_key);
    for column in columns {
        table.col(column);
    }
    table
}
