//! The tables that every service has: the outbox with the head of its feed, the cursors of the feeds it follows, the
//! audit trail, and the answers kept for repeated requests.
//!
//! A service's migrator lists [`all()`] before its own. A released migration is never edited: add another.

use sea_orm_migration::prelude::*;

/// The kit's migrations, oldest first.
#[must_use]
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Founding)]
}

struct Founding;

impl MigrationName for Founding {
    fn name(&self) -> &'static str {
        "m0001_kit_founding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Founding {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox_event()).await?;
        manager.create_index(waiting_events()).await?;
        manager.create_table(feed_cursor()).await?;
        manager.create_table(audit_entry()).await?;
        manager.create_index(audit_by_partnership()).await?;
        manager.create_table(request_record()).await?;
        manager.create_index(request_by_age()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["request_record", "audit_entry", "feed_cursor", "outbox_event"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().to_owned()
}

/// `position` is the event's place in the feed. It is empty until the transaction that wrote the event has committed and
/// the sequencer has found it; so a reader of positions never skips an event of a slow transaction.
fn outbox_event() -> TableCreateStatement {
    Table::create()
        .table("outbox_event")
        .col(ColumnDef::new("seq").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("position").big_integer().unique_key())
        .col(ColumnDef::new("event_id").uuid().not_null())
        .col(text("kind"))
        .col(time("event_time"))
        .col(ColumnDef::new("partnership_id").uuid())
        .col(ColumnDef::new("subject_id").uuid().not_null())
        .col(text("actor_id"))
        .col(text("traceparent"))
        .col(text("payload"))
        .to_owned()
}

/// Holds only what waits for a position, so it stays small.
fn waiting_events() -> IndexCreateStatement {
    Index::create()
        .name("outbox_event_waiting")
        .table("outbox_event")
        .col("seq")
        .cond_where(Expr::col("position").is_null())
        .to_owned()
}

fn feed_cursor() -> TableCreateStatement {
    Table::create()
        .table("feed_cursor")
        .col(ColumnDef::new("feed").text().not_null().primary_key())
        .col(text("cursor"))
        .col(time("update_time"))
        .to_owned()
}

fn audit_entry() -> TableCreateStatement {
    Table::create()
        .table("audit_entry")
        .col(ColumnDef::new("event_id").uuid().not_null().primary_key())
        .col(time("entry_time"))
        .col(ColumnDef::new("partnership_id").uuid())
        .col(ColumnDef::new("subject_id").uuid().not_null())
        .col(text("kind"))
        .col(text("actor_id"))
        .col(text("actor_name"))
        .col(text("method"))
        .col(text("trace_id"))
        .to_owned()
}

fn audit_by_partnership() -> IndexCreateStatement {
    Index::create()
        .name("audit_entry_partnership")
        .table("audit_entry")
        .col("partnership_id")
        .col("event_id")
        .to_owned()
}

fn request_record() -> TableCreateStatement {
    Table::create()
        .table("request_record")
        .col(text("caller_id"))
        .col(ColumnDef::new("request_id").uuid().not_null())
        .col(text("method"))
        .col(text("digest"))
        .col(text("answer"))
        .col(time("record_time"))
        .primary_key(Index::create().col("caller_id").col("request_id"))
        .to_owned()
}

fn request_by_age() -> IndexCreateStatement {
    Index::create().name("request_record_age").table("request_record").col("record_time").to_owned()
}
