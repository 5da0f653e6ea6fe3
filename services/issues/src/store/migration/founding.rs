//! The founding tables.

use pathfinder_kit::migration::{
    flag, id, index, long_number, maybe_decimal, maybe_id, maybe_text, maybe_time, number, text, time,
};
use sea_orm_migration::prelude::*;

/// Makes the founding tables.
pub(super) struct Founding;

impl MigrationName for Founding {
    fn name(&self) -> &'static str {
        "m0001_issues_founding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Founding {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            issue(),
            issue_history(),
            reference_counter(),
            issue_action(),
            reporter(),
            reporter_contact(),
            notice(),
            category(),
            routing_rule(),
            known_partnership(),
            known_provider(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for index in issue_indexes().into_iter().chain(other_indexes()) {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "issue",
            "issue_history",
            "reference_counter",
            "issue_action",
            "reporter",
            "reporter_contact",
            "notice",
            "category",
            "routing_rule",
            "known_partnership",
            "known_provider",
        ];
        for table in tables {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn key(name: &'static str) -> ColumnDef {
    id(name).primary_key().to_owned()
}

fn version() -> ColumnDef {
    long_number("version")
}

fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}

fn issue() -> TableCreateStatement {
    table(
        "issue",
        [
            key("id"),
            id("partnership_id"),
            text("reference"),
            text("category_code"),
            text("category_name"),
            text("title"),
            text("description"),
            maybe_decimal("latitude"),
            maybe_decimal("longitude"),
            text("address"),
            text("uprn"),
            text("location_text"),
            text("land_type"),
            text("state"),
            flag("open"),
            flag("held_back"),
            text("source"),
            text("severity"),
            flag("hazard"),
            maybe_id("provider_id"),
            text("provider_name"),
            maybe_id("routing_rule_id"),
            maybe_id("standard_id"),
            text("clock"),
            flag("clock_pending"),
            maybe_time("due_time"),
            maybe_time("stopped_time"),
            flag("breached"),
            flag("overdue"),
            maybe_time("next_look_time"),
            maybe_text("external_id"),
            number("supporter_count"),
            number("reopened_count"),
            number("refusal_count"),
            maybe_id("duplicate_of"),
            maybe_text("resolution"),
            text("confirmation"),
            text("reporter_name"),
            time("report_time"),
            time("update_time"),
            version(),
        ],
    )
}

/// Lists are by partnership, newest first; timers look only at what waits for them.
fn issue_indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("issue_partnership", "issue", &["partnership_id", "id"]),
        index("issue_state", "issue", &["partnership_id", "state", "id"]),
        index("issue_category", "issue", &["partnership_id", "category_code", "id"]),
        index("issue_provider", "issue", &["partnership_id", "provider_id", "id"]),
        index("issue_report_time", "issue", &["partnership_id", "report_time"]),
        unique("issue_reference", "issue", &["partnership_id", "reference"]),
        unique("issue_external_id", "issue", &["partnership_id", "external_id"]),
        index("issue_next_look", "issue", &["next_look_time"])
            .cond_where(Expr::col("next_look_time").is_not_null())
            .to_owned(),
        index("issue_clock_pending", "issue", &["id"]).cond_where(Expr::col("clock_pending").eq(true)).to_owned(),
    ]
}

fn other_indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("issue_history_issue", "issue_history", &["issue_id", "id"]),
        index("issue_action_action", "issue_action", &["action_id"]),
        index("reporter_issue", "reporter", &["issue_id", "id"]),
        unique("reporter_token", "reporter", &["token_hash"]),
        index("notice_reporter", "notice", &["reporter_id", "id"]),
        index("notice_issue", "notice", &["issue_id", "id"]),
        unique("category_code", "category", &["partnership_id", "code"]),
        index("routing_rule_position", "routing_rule", &["partnership_id", "position", "id"]),
        index("known_provider_partnership", "known_provider", &["partnership_id"]),
    ]
}

fn issue_history() -> TableCreateStatement {
    table(
        "issue_history",
        [
            key("id"),
            id("partnership_id"),
            id("issue_id"),
            time("entry_time"),
            text("actor_id"),
            text("actor_name"),
            text("actor_label"),
            text("kind"),
            text("from_state"),
            text("to_state"),
            text("note"),
            text("private_note"),
        ],
    )
}

fn reference_counter() -> TableCreateStatement {
    table("reference_counter", [id("partnership_id"), number("year"), long_number("last_number")])
        .primary_key(Index::create().col("partnership_id").col("year"))
        .to_owned()
}

fn issue_action() -> TableCreateStatement {
    let columns = [
        id("issue_id"),
        id("action_id"),
        id("partnership_id"),
        text("reference"),
        text("title"),
        text("status"),
        flag("told"),
    ];
    table("issue_action", columns).primary_key(Index::create().col("issue_id").col("action_id")).to_owned()
}

fn reporter() -> TableCreateStatement {
    table(
        "reporter",
        [
            key("id"),
            id("partnership_id"),
            id("issue_id"),
            flag("supporter"),
            text("visibility"),
            text("token_hash"),
            maybe_text("token_salt"),
            time("create_time"),
        ],
    )
}

fn reporter_contact() -> TableCreateStatement {
    table("reporter_contact", [key("reporter_id"), id("partnership_id"), text("name"), text("email"), text("phone")])
}

fn notice() -> TableCreateStatement {
    table(
        "notice",
        [
            key("id"),
            id("announcement_id"),
            id("partnership_id"),
            id("issue_id"),
            id("reporter_id"),
            text("kind"),
            text("text"),
            maybe_id("action_id"),
            time("notice_time"),
        ],
    )
}

fn category() -> TableCreateStatement {
    table(
        "category",
        [
            key("id"),
            id("partnership_id"),
            text("code"),
            text("name"),
            text("description"),
            text("group_name"),
            text("keywords"),
            flag("retired"),
            time("create_time"),
            time("update_time"),
            version(),
        ],
    )
}

fn routing_rule() -> TableCreateStatement {
    table(
        "routing_rule",
        [
            key("id"),
            id("partnership_id"),
            number("position"),
            maybe_text("category_code"),
            maybe_text("area"),
            maybe_text("land_type"),
            id("provider_id"),
            text("provider_name"),
            text("note"),
            time("create_time"),
        ],
    )
}

fn known_partnership() -> TableCreateStatement {
    table("known_partnership", [key("id"), text("name"), text("nation"), text("reference_prefix"), flag("archived")])
}

fn known_provider() -> TableCreateStatement {
    table("known_provider", [key("id"), id("partnership_id"), text("name"), flag("active")])
}
