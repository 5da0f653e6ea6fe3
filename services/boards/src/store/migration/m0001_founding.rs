//! The founding tables of boards. Released: never edited; a change is another migration.

use pathfinder_kit::migration::{
    date, flag, id, index, long_number, maybe_date, maybe_id, maybe_text, maybe_time, number, text, time,
};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_boards_founding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

const TABLES: &[&str] = &[
    "partnership",
    "constitution",
    "seat",
    "member",
    "meeting",
    "decision",
    "action",
    "action_issue",
    "action_commitment",
    "action_history",
    "breach_notice",
    "reference_counter",
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        partnership(),
        constitution(),
        seat(),
        member(),
        meeting(),
        decision(),
        action(),
        action_issue(),
        action_commitment(),
        action_history(),
        breach_notice(),
        reference_counter(),
    ]
}

fn create(table: &'static str, columns: Vec<ColumnDef>, key: &[&'static str]) -> TableCreateStatement {
    let mut primary_key = Index::create();
    for column in key {
        primary_key.col(*column);
    }
    let mut create = Table::create();
    create.table(table).primary_key(&mut primary_key);
    for column in columns {
        create.col(column);
    }
    create
}

fn partnership() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        text("name"),
        text("slug").unique_key().to_owned(),
        text("nation"),
        text("boundary"),
        text("ward_codes"),
        text("accountable_body"),
        text("themes"),
        text("reference_prefix").unique_key().to_owned(),
        text("status"),
        maybe_id("successor_id"),
        flag("demonstration"),
        time("create_time"),
        time("update_time"),
        long_number("version"),
    ];
    create("partnership", columns, &["id"])
}

fn constitution() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        date("effective_from_date"),
        text("rules"),
        maybe_id("decision_id"),
        time("create_time"),
    ];
    create("constitution", columns, &["id"])
}

fn seat() -> TableCreateStatement {
    let columns =
        vec![id("id"), id("partnership_id"), text("category"), text("name"), flag("voting"), time("create_time")];
    create("seat", columns, &["id"])
}

fn member() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        id("seat_id"),
        text("name"),
        maybe_id("person_id"),
        text("role"),
        maybe_id("substitute_for"),
        date("term_start_date"),
        date("term_end_date"),
        maybe_text("ending"),
        text("registered_interests"),
        time("create_time"),
        long_number("version"),
    ];
    create("member", columns, &["id"])
}

fn meeting() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        text("title"),
        time("start_time"),
        text("place"),
        text("status"),
        text("items"),
        maybe_text("notice"),
        maybe_time("publish_time"),
        maybe_text("publication"),
        maybe_id("presiding_member_id"),
        maybe_time("open_time"),
        maybe_time("close_time"),
        text("attendances"),
        text("interests"),
        text("minutes"),
        text("reason"),
        text("creator"),
        time("create_time"),
        time("update_time"),
        long_number("version"),
    ];
    create("meeting", columns, &["id"])
}

fn decision() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        text("reference"),
        id("meeting_id"),
        id("agenda_item_id"),
        text("class_code"),
        text("text"),
        maybe_id("proposer_id"),
        maybe_id("seconder_id"),
        text("method"),
        maybe_text("casting_vote"),
        text("quorum"),
        text("withdrawals"),
        text("outcome"),
        flag("confidential"),
        maybe_id("ratifies_id"),
        maybe_id("corrects_id"),
        id("constitution_id"),
        time("decide_time"),
    ];
    create("decision", columns, &["id"])
}

fn action() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        text("reference"),
        text("title"),
        text("text"),
        text("theme"),
        text("origin"),
        text("issue_ids"),
        maybe_id("decision_id"),
        maybe_id("owner_provider_id"),
        text("owner_organisation"),
        maybe_id("owner_person_id"),
        text("owner_person_name"),
        text("supporting_organisations"),
        text("priority"),
        date("start_date"),
        date("original_due_date"),
        date("due_date"),
        text("due_date_moves"),
        text("status"),
        maybe_text("report"),
        maybe_date("next_update_due_date"),
        maybe_text("agreement"),
        maybe_date("acceptance_due_date"),
        maybe_time("accept_time"),
        maybe_time("escalate_time"),
        text("status_reason"),
        text("evidence"),
        text("closing_note"),
        maybe_time("submit_time"),
        maybe_text("submitter"),
        text("feedback_note"),
        maybe_text("verifier"),
        maybe_time("complete_time"),
        maybe_id("cancel_decision_id"),
        time("create_time"),
        time("update_time"),
        long_number("version"),
    ];
    create("action", columns, &["id"])
}

fn action_issue() -> TableCreateStatement {
    let columns = vec![id("action_id"), id("issue_id"), id("partnership_id")];
    create("action_issue", columns, &["action_id", "issue_id"])
}

fn action_commitment() -> TableCreateStatement {
    let columns = vec![
        id("commitment_id"),
        id("partnership_id"),
        id("action_id"),
        id("provider_id"),
        text("status"),
        text("rag"),
    ];
    create("action_commitment", columns, &["commitment_id"])
}

fn action_history() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        id("action_id"),
        time("entry_time"),
        text("actor_id"),
        text("actor_name"),
        text("kind"),
        text("from_state"),
        text("to_state"),
        text("note"),
    ];
    create("action_history", columns, &["id"])
}

fn breach_notice() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        id("partnership_id"),
        id("issue_id"),
        text("issue_reference"),
        maybe_id("provider_id"),
        maybe_id("standard_id"),
        maybe_time("due_time"),
        time("breach_time"),
    ];
    create("breach_notice", columns, &["id"])
}

fn reference_counter() -> TableCreateStatement {
    let columns = vec![id("partnership_id"), text("kind"), number("year"), long_number("last")];
    create("reference_counter", columns, &["partnership_id", "kind", "year"])
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("constitution_effective", "constitution", &["partnership_id", "effective_from_date"]).unique().to_owned(),
        index("seat_partnership", "seat", &["partnership_id", "id"]),
        index("member_partnership", "member", &["partnership_id", "id"]),
        index("meeting_partnership", "meeting", &["partnership_id", "id"]),
        index("decision_partnership", "decision", &["partnership_id", "id"]),
        index("decision_reference", "decision", &["partnership_id", "reference"]).unique().to_owned(),
        index("action_partnership", "action", &["partnership_id", "id"]),
        index("action_reference", "action", &["partnership_id", "reference"]).unique().to_owned(),
        index("action_acceptance", "action", &["status", "acceptance_due_date"]),
        index("action_issue_issue", "action_issue", &["partnership_id", "issue_id"]),
        index("action_commitment_action", "action_commitment", &["action_id"]),
        index("action_history_action", "action_history", &["action_id", "id"]),
        index("breach_notice_issue", "breach_notice", &["partnership_id", "issue_id"]).unique().to_owned(),
        index("breach_notice_partnership", "breach_notice", &["partnership_id", "id"]),
    ]
}
