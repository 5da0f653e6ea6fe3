//! Issues that are the same, parts of one another, or many in one place; and by when a provider is to answer.

use pathfinder_kit::migration::{decimal, flag, id, index, maybe_id, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the clusters. Issues that were sent to a provider before there was a time to answer in get none until they are sent
/// anew.
pub(super) struct Twins;

impl MigrationName for Twins {
    fn name(&self) -> &'static str {
        "m0014_issues_twins"
    }
}

const ISSUE: &str = "issue";
const CLUSTER: &str = "issue_cluster";

#[async_trait::async_trait]
impl MigrationTrait for Twins {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        let look = flag("cluster_look").default(false).to_owned();
        for column in [maybe_id("parent_issue_id"), maybe_time("answer_due_time"), look] {
            manager.alter_table(Table::alter().table(ISSUE).add_column(column).to_owned()).await?;
        }
        manager.create_table(cluster()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CLUSTER).to_owned()).await?;
        for name in ["issue_look_around", "issue_unanswered", "issue_part", "issue_duplicate"] {
            manager.drop_index(Index::drop().name(name).table(ISSUE).to_owned()).await?;
        }
        for column in ["cluster_look", "answer_due_time", "parent_issue_id"] {
            manager.alter_table(Table::alter().table(ISSUE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn cluster() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        text("category_code"),
        text("category_name"),
        decimal("latitude"),
        decimal("longitude"),
        number("issue_count"),
        text("issue_ids"),
        time("first_report_time"),
        time("last_report_time"),
        time("find_time"),
    ];
    let mut table = Table::create();
    table.table(CLUSTER);
    for column in columns {
        table.col(column);
    }
    table
}

/// Timers and the duplicates and parts of an issue look only at what there is of them.
fn indexes() -> [IndexCreateStatement; 6] {
    let there = |name: &'static str, column: &'static str| {
        index(name, ISSUE, &[column]).cond_where(Expr::col(column).is_not_null()).to_owned()
    };
    let look = index("issue_look_around", ISSUE, &["id"]).cond_where(Expr::col("cluster_look").eq(true)).to_owned();
    [
        there("issue_duplicate", "duplicate_of"),
        there("issue_part", "parent_issue_id"),
        there("issue_unanswered", "answer_due_time"),
        look,
        index("issue_cluster_partnership", CLUSTER, &["partnership_id", "id"]),
        index("issue_cluster_category", CLUSTER, &["partnership_id", "category_code", "last_report_time"]),
    ]
}
