//! The tables that every service has: the outbox with the head of its feed, the cursors of the feeds it follows, the
//! audit trail, the answers kept for repeated requests, and the own policies of partnerships.
//!
//! A service's migrator lists [`all()`] before its own. A released migration is never edited: add another. Its columns come from the
//! functions at the foot of this file: `text("title")` must hold something, `maybe_text("note")` may be empty.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use crate::audit;

/// The kit's migrations, oldest first.
#[must_use]
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Founding), Box::new(AuditChain), Box::new(PartnershipPolicies), Box::new(ChainBegins)]
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

/// `position` is the event's place in the feed. It is empty until the transaction that wrote the event has committed and
/// the sequencer has found it; so a reader of positions never skips an event of a slow transaction.
fn outbox_event() -> TableCreateStatement {
    Table::create()
        .table("outbox_event")
        .col(ColumnDef::new("seq").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("position").big_integer().unique_key())
        .col(id("event_id"))
        .col(text("kind"))
        .col(time("event_time"))
        .col(maybe_id("partnership_id"))
        .col(id("subject_id"))
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
        .col(text("feed").primary_key())
        .col(text("cursor"))
        .col(time("update_time"))
        .to_owned()
}

fn audit_entry() -> TableCreateStatement {
    Table::create()
        .table("audit_entry")
        .col(id("event_id").primary_key())
        .col(time("entry_time"))
        .col(maybe_id("partnership_id"))
        .col(id("subject_id"))
        .col(text("kind"))
        .col(text("actor_id"))
        .col(text("actor_name"))
        .col(text("method"))
        .col(text("trace_id"))
        .to_owned()
}

fn audit_by_partnership() -> IndexCreateStatement {
    index("audit_entry_partnership", "audit_entry", &["partnership_id", "event_id"])
}

fn request_record() -> TableCreateStatement {
    Table::create()
        .table("request_record")
        .col(text("caller_id"))
        .col(id("request_id"))
        .col(text("method"))
        .col(text("digest"))
        .col(text("answer"))
        .col(time("record_time"))
        .primary_key(Index::create().col("caller_id").col("request_id"))
        .to_owned()
}

fn request_by_age() -> IndexCreateStatement {
    index("request_record_age", "request_record", &["record_time"])
}

struct AuditChain;

impl MigrationName for AuditChain {
    fn name(&self) -> &'static str {
        "m0002_kit_audit_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AuditChain {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in chain_columns(manager.get_database_backend()) {
            manager.alter_table(Table::alter().table("audit_entry").add_column(column).to_owned()).await?;
        }
        name_chains(manager).await?;
        manager.create_table(audit_head()).await?;
        for index in chain_indexes() {
            manager.create_index(index).await?;
        }
        manager.drop_index(Index::drop().name("audit_entry_partnership").table("audit_entry").to_owned()).await
    }
}

/// `chain` is the partnership, or the nil id. `position` is the entry's place in the chain, empty until the sequencer has given it one;
/// so are `prior_hash`, `before_digest` and `hash`. `insertion` counts rows as they come; SQLite counts them by itself.
fn chain_columns(backend: DbBackend) -> Vec<ColumnDef> {
    let texts =
        ["via", "credential_id", "before_digest", "after_digest", "name_salt", "name_digest", "prior_hash", "hash"];
    let mut columns: Vec<ColumnDef> = texts.into_iter().map(|name| text(name).default("").to_owned()).collect();
    columns.push(id("chain").default(Uuid::nil().to_string()).to_owned());
    columns.push(maybe_long_number("position"));
    if backend == DbBackend::Postgres {
        columns.push(long_number("insertion").auto_increment().to_owned());
    }
    columns
}

async fn name_chains(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = "UPDATE audit_entry SET chain = COALESCE(partnership_id, $1)";
    let statement = Statement::from_sql_and_values(manager.get_database_backend(), sql, [Uuid::nil().into()]);
    manager.get_connection().execute_raw(statement).await.map(|_| ())
}

fn audit_head() -> TableCreateStatement {
    Table::create()
        .table("audit_head")
        .col(id("chain").primary_key())
        .col(long_number("position"))
        .col(text("hash"))
        .to_owned()
}

/// The first holds only what waits for its place, the next two only what has one; the last holds all, to find what somebody did. So a
/// write pays for two.
fn chain_indexes() -> [IndexCreateStatement; 4] {
    let waiting =
        index("audit_entry_waiting", "audit_entry", &["chain"]).cond_where(Expr::col("position").is_null()).to_owned();
    let placed = || Expr::col("position").is_not_null();
    let place =
        index("audit_entry_place", "audit_entry", &["chain", "position"]).unique().cond_where(placed()).to_owned();
    let subject = ["chain", "subject_id", "position"];
    let subject = index("audit_entry_subject", "audit_entry", &subject).cond_where(placed()).to_owned();
    let actor = index("audit_entry_actor", "audit_entry", &["actor_id"]);
    [waiting, place, subject, actor]
}

struct PartnershipPolicies;

impl MigrationName for PartnershipPolicies {
    fn name(&self) -> &'static str {
        "m0003_kit_own_policies"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for PartnershipPolicies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(own_policies()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("own_policies").to_owned()).await
    }
}

fn own_policies() -> TableCreateStatement {
    Table::create()
        .table("own_policies")
        .col(id("partnership_id").primary_key())
        .col(text("text"))
        .col(long_number("version"))
        .col(time("set_time"))
        .to_owned()
}

/// Since which migration it is noted which audit chains began.
pub(crate) const CHAIN_BEGINS: &str = "m0004_kit_chain_begins";

struct ChainBegins;

impl MigrationName for ChainBegins {
    fn name(&self) -> &'static str {
        CHAIN_BEGINS
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ChainBegins {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        audit::record_begins(manager.get_connection()).await
    }
}

/// Two functions for each kind of column: one that must hold something, one that may be empty.
macro_rules! columns {
    ($($(#[$doc:meta])* $needed:ident, $maybe:ident => $kind:ident;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $needed(name: &'static str) -> ColumnDef {
            $maybe(name).not_null().to_owned()
        }

        $(#[$doc])*
        /// It may be empty.
        #[must_use]
        pub fn $maybe(name: &'static str) -> ColumnDef {
            ColumnDef::new(name).$kind().to_owned()
        }
    )+};
}

columns! {
    /// A column of identifiers.
    id, maybe_id => uuid;
    /// A column of text: words, prose, nested values as JSON.
    text, maybe_text => text;
    /// A column of instants.
    time, maybe_time => timestamp_with_time_zone;
    /// A column of local dates.
    date, maybe_date => date;
    /// A column of truth values.
    flag, maybe_flag => boolean;
    /// A column of whole numbers of 32 bits.
    number, maybe_number => integer;
    /// A column of whole numbers of 64 bits, such as a version.
    long_number, maybe_long_number => big_integer;
    /// A column of numbers with a fraction.
    decimal, maybe_decimal => double;
}

/// An index over columns of a table, in their order.
#[must_use]
pub fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
