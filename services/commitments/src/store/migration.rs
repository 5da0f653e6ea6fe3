//! The tables, version by version. A released migration is never edited: the next change is a migration of its own, named after what it
//! does, and added at the end of [`Migrator::migrations`].

mod m0002_report_drafter;
mod m0003_former_cases;

use pathfinder_kit::migration::{
    date, decimal, flag, id, index, long_number, maybe_date, maybe_flag, maybe_id, maybe_number, maybe_text,
    maybe_time, number, text, time,
};
use sea_orm_migration::prelude::*;

/// Brings the database to the latest version: the kit's tables, then this service's own.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = pathfinder_kit::migration::all();
        all.push(Box::new(Founding));
        all.push(Box::new(m0002_report_drafter::Migration));
        all.push(Box::new(m0003_former_cases::Migration));
        all
    }
}

struct Founding;

impl MigrationName for Founding {
    fn name(&self) -> &'static str {
        "m0001_commitments_founding"
    }
}

const TABLES: [&str; 7] =
    ["partnership", "provider", "standard", "standard_case", "commitment", "commitment_entry", "progress_report"];

#[async_trait::async_trait]
impl MigrationTrait for Founding {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            partnership(),
            provider(),
            standard(),
            standard_case(),
            commitment(),
            commitment_entry(),
            progress_report(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// A table whose first column is its key.
fn table(name: &'static str, key: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(id(key).primary_key());
    for column in columns {
        table.col(column);
    }
    table.to_owned()
}

/// A unique index bears the name of what must be unique; the others serve the lists and the timers.
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("provider_name", "provider", &["partnership_id", "name"]).unique().to_owned(),
        index("standard_code", "standard", &["partnership_id", "code", "number"]).unique().to_owned(),
        index("standard_measured_once", "standard", &["partnership_id", "provider_id", "category_code", "measure"])
            .unique()
            .cond_where(Expr::col("latest").eq(true))
            .to_owned(),
        index("standard_of_provider", "standard", &["partnership_id", "provider_id", "category_code"]),
        index("standard_case_of_standard", "standard_case", &["partnership_id", "standard_id", "issue_id"]),
        index("commitment_of_action", "commitment", &["partnership_id", "action_id"]),
        index("commitment_newest", "commitment", &["partnership_id", "id"]),
        index("commitment_to_look_at", "commitment", &["look_date", "status"]),
        index("commitment_entry_of_commitment", "commitment_entry", &["commitment_id", "id"]),
        index("progress_report_revision", "progress_report", &["commitment_id", "period_end_date", "revision"])
            .unique()
            .to_owned(),
        index("progress_report_newest", "progress_report", &["commitment_id", "id"]),
    ]
}

fn partnership() -> TableCreateStatement {
    table("partnership", "id", vec![text("name"), text("nation"), flag("active"), time("update_time")])
}

fn provider() -> TableCreateStatement {
    table(
        "provider",
        "id",
        vec![
            id("partnership_id"),
            text("name"),
            text("kind"),
            text("responsibilities"),
            text("status"),
            time("create_time"),
            time("update_time"),
            long_number("version"),
            maybe_id("parent_provider_id"),
        ],
    )
}

fn standard() -> TableCreateStatement {
    table(
        "standard",
        "id",
        vec![
            id("partnership_id"),
            text("code"),
            number("number"),
            flag("latest"),
            id("provider_id"),
            text("category_code"),
            text("text"),
            text("measure"),
            decimal("target_value"),
            text("unit"),
            text("pause_reasons"),
            decimal("target_percent"),
            date("effective_from_date"),
            time("create_time"),
            long_number("version"),
            maybe_text("clock_start"),
            maybe_number("pause_cap_days"),
            maybe_id("superseded_by"),
            maybe_date("superseded_from_date"),
        ],
    )
}

fn commitment() -> TableCreateStatement {
    table(
        "commitment",
        "id",
        vec![
            id("partnership_id"),
            id("provider_id"),
            text("text"),
            text("kind"),
            decimal("baseline_value"),
            date("baseline_date"),
            text("baseline_source"),
            decimal("target_value"),
            text("unit"),
            text("direction"),
            date("start_date"),
            date("end_date"),
            text("frequency"),
            number("report_due_working_days"),
            text("owner"),
            text("milestones"),
            text("status"),
            text("computed_rag"),
            text("computed_rag_reason"),
            flag("beyond_calendar"),
            text("reported_periods"),
            date("look_date"),
            time("create_time"),
            time("update_time"),
            long_number("version"),
            maybe_id("action_id"),
            maybe_text("theme"),
            maybe_date("next_period_end_date"),
            maybe_date("next_due_date"),
            maybe_text("latest_report"),
            maybe_text("acceptance"),
            maybe_text("at_risk_reason"),
            maybe_text("verification"),
            maybe_text("closing_reason"),
        ],
    )
}

fn commitment_entry() -> TableCreateStatement {
    table(
        "commitment_entry",
        "id",
        vec![
            id("partnership_id"),
            id("commitment_id"),
            time("entry_time"),
            text("actor_id"),
            text("actor_name"),
            text("kind"),
            text("to_status"),
            maybe_text("from_status"),
            maybe_text("note"),
        ],
    )
}

fn progress_report() -> TableCreateStatement {
    table(
        "progress_report",
        "id",
        vec![
            id("partnership_id"),
            id("commitment_id"),
            id("provider_id"),
            number("revision"),
            flag("latest"),
            date("period_start_date"),
            date("period_end_date"),
            flag("is_final"),
            date("due_date"),
            flag("late"),
            text("content"),
            text("status"),
            time("create_time"),
            long_number("version"),
            maybe_id("superseded_by"),
            maybe_text("query_note"),
            maybe_time("submit_time"),
            maybe_time("accept_time"),
        ],
    )
}

fn standard_case() -> TableCreateStatement {
    table(
        "standard_case",
        "issue_id",
        vec![
            text("issue_reference"),
            id("standard_id"),
            id("partnership_id"),
            text("issue_state"),
            flag("breached"),
            time("update_time"),
            maybe_time("due_time"),
            maybe_time("stop_time"),
            maybe_flag("on_time"),
        ],
    )
}
