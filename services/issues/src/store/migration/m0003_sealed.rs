//! Contact details are sealed, found by fingerprint, and erased some time after their issue ended; a register keeps what was erased.
//!
//! Rows that are there stay plain until the service, which has the keys, seals them (`app/sealing.rs`).

use pathfinder_kit::migration::{id, index, maybe_time, number, text, time};
use sea_orm_migration::prelude::*;

/// Adds the columns and the register.
pub(super) struct Sealed;

impl MigrationName for Sealed {
    fn name(&self) -> &'static str {
        "m0003_issues_sealed"
    }
}

const CONTACT: &str = "reporter_contact";

/// When the issue of what is there ended is not known to the second; its last change is never before.
const END_TIMES: &str = "UPDATE reporter_contact SET end_time = (SELECT issue.update_time FROM reporter \
    JOIN issue ON issue.id = reporter.issue_id WHERE reporter.id = reporter_contact.reporter_id AND NOT issue.open)";

#[async_trait::async_trait]
impl MigrationTrait for Sealed {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = ["sealed", "key_id", "email_print"].map(|name| text(name).default("").to_owned());
        // One column a statement: SQLite adds no more at once.
        for column in texts.into_iter().chain([maybe_time("end_time")]) {
            manager.alter_table(Table::alter().table(CONTACT).add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(END_TIMES).await?;
        manager.create_table(erasure()).await?;
        let ended = index("reporter_contact_end", CONTACT, &["end_time"]);
        let ended = ended.clone().cond_where(Expr::col("end_time").is_not_null()).to_owned();
        let found = index("reporter_contact_email", CONTACT, &["partnership_id", "email_print"]);
        for index in [ended, found, index("erasure_partnership", "erasure", &["partnership_id", "id"])] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("erasure").to_owned()).await?;
        for index in ["reporter_contact_email", "reporter_contact_end"] {
            manager.drop_index(Index::drop().name(index).table(CONTACT).to_owned()).await?;
        }
        for column in ["end_time", "email_print", "key_id", "sealed"] {
            manager.alter_table(Table::alter().table(CONTACT).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn erasure() -> TableCreateStatement {
    let columns = [
        id("id").primary_key().to_owned(),
        id("partnership_id"),
        time("erase_time"),
        text("cause"),
        text("actor_id"),
        text("reason"),
        number("contact_count"),
        number("issue_count"),
    ];
    let mut table = Table::create();
    table.table("erasure");
    for column in columns {
        table.col(column);
    }
    table
}
