//! Where partnerships are, and which issues are at somebody's home. Of issues that there are, none counts as such: what was public of
//! them stays so.

use pathfinder_kit::migration::{flag, id, index, long_number, maybe_decimal, text};
use sea_orm_migration::prelude::*;

/// Adds the table and the columns.
pub(super) struct Boundaries;

impl MigrationName for Boundaries {
    fn name(&self) -> &'static str {
        "m0013_issues_boundaries"
    }
}

const BOUNDARY: &str = "known_boundary";

fn columns() -> [(&'static str, ColumnDef); 5] {
    [
        ("known_partnership", text("slug").default("").to_owned()),
        ("category", flag("domestic").default(false).to_owned()),
        ("issue", flag("domestic").default(false).to_owned()),
        ("issue", maybe_decimal("exact_latitude")),
        ("issue", maybe_decimal("exact_longitude")),
    ]
}

/// `version` counts the changes of all boundaries together.
fn boundary() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(BOUNDARY);
    for column in [id("partnership_id").primary_key().to_owned(), long_number("version"), text("boundary")] {
        table.col(column);
    }
    table
}

#[async_trait::async_trait]
impl MigrationTrait for Boundaries {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        manager.create_table(boundary()).await?;
        let by_version = index("known_boundary_version", BOUNDARY, &["version"]).unique().to_owned();
        manager.create_index(by_version).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(BOUNDARY).to_owned()).await?;
        for (table, column) in columns().into_iter().rev() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
