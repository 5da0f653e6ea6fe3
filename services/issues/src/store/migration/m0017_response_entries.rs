//! "You said, we did": entries, the issues that they are about, and what they said before.

use pathfinder_kit::migration::{id, index, long_number, maybe_id, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Makes the tables.
pub(super) struct ResponseEntries;

impl MigrationName for ResponseEntries {
    fn name(&self) -> &'static str {
        "m0017_issues_response_entries"
    }
}

const ENTRY: &str = "response_entry";
const ABOUT: &str = "response_entry_issue";
const REVISION: &str = "response_entry_revision";

#[async_trait::async_trait]
impl MigrationTrait for ResponseEntries {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [entry(), about(), revision()] {
            manager.create_table(table).await?;
        }
        manager.create_index(index("response_entry_partnership", ENTRY, &["partnership_id", "id"])).await?;
        manager.create_index(index("response_entry_about", ABOUT, &["issue_id", "entry_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [REVISION, ABOUT, ENTRY] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn entry() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        text("you_said"),
        text("we_did"),
        maybe_id("provider_id"),
        text("provider_name"),
        maybe_id("photo_issue_id"),
        maybe_id("photo_id"),
        time("publish_time"),
        time("update_time"),
        number("revision"),
        maybe_time("withdraw_time"),
        text("withdraw_reason"),
        long_number("version"),
    ];
    of_columns(ENTRY, columns)
}

/// What a filter asks of an entry stands beside each of its issues, so that all of it is asked of the same one.
fn about() -> TableCreateStatement {
    let columns = [
        id("entry_id"),
        id("issue_id"),
        id("partnership_id"),
        number("position"),
        text("category_code"),
        maybe_id("provider_id"),
    ];
    of_columns(ABOUT, columns).primary_key(Index::create().col("entry_id").col("issue_id")).to_owned()
}

fn revision() -> TableCreateStatement {
    let columns = [
        id("entry_id"),
        number("revision"),
        id("partnership_id"),
        text("you_said"),
        text("we_did"),
        maybe_id("provider_id"),
        text("provider_name"),
        maybe_id("photo_issue_id"),
        maybe_id("photo_id"),
        time("replace_time"),
        text("actor_id"),
        text("actor_name"),
    ];
    of_columns(REVISION, columns).primary_key(Index::create().col("entry_id").col("revision")).to_owned()
}

fn of_columns(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}
