//! Gives audit entries their places, after the commit of the writes that they belong to.
//!
//! One process at a time does this, in the turn of the [outbox](crate::feed). Entries are taken in the order in which they were inserted.
//! A write inserts its entries last, when it holds the rows that it changes; so two changes of one thing stand in the order in which
//! they were made.
//!
//! The first entry of a partnership's chain is noted in the chain of the installation, in the same transaction: so a chain that is
//! removed whole, with its head, is missed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement, TransactionTrait as _, Value,
};
use uuid::Uuid;

use super::entry::{Place, hash_at, id_of_begin, name_digest};
use crate::rows::{audit_entry, audit_head};

/// Entries of one chain that get their places at once; few enough that a writer of SQLite hardly waits for them.
const BATCH: u64 = 500;
/// The chain of what belongs to the whole installation.
pub(super) const INSTALLATION: Uuid = Uuid::nil();
/// The kind of the entries that say which chains began.
pub(super) const BEGUN: &str = "chain.begun";

/// Whether an entry waits for its place.
pub(crate) async fn anything_waits(reader: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let sql = "SELECT event_id FROM audit_entry WHERE position IS NULL LIMIT 1";
    Ok(reader.query_one_raw(Statement::from_string(reader.get_database_backend(), sql)).await?.is_some())
}

/// Gives waiting entries their places, a batch for each chain; answers whether more may wait. A chain that cannot be extended, because
/// somebody meddled with it, does not hold up the others.
pub(crate) async fn chain_waiting(tx: &DatabaseTransaction) -> Result<bool, DbErr> {
    let mut more = false;
    let partnerships = waiting_chains(tx).await?.into_iter().filter(|chain| *chain != INSTALLATION);
    // The installation's comes last: it takes up which of the others began in this turn.
    for chain in partnerships.chain([INSTALLATION]) {
        more |= try_to_extend(tx, chain).await?;
    }
    Ok(more)
}

/// Extends a chain, or says in the log why not; answers whether more of it may wait.
async fn try_to_extend(tx: &DatabaseTransaction, chain: Uuid) -> Result<bool, DbErr> {
    let attempt = tx.begin().await?;
    match extend(&attempt, chain).await {
        Ok(chained) => {
            attempt.commit().await?;
            Ok(chained == BATCH)
        }
        Err(error) => {
            attempt.rollback().await?;
            tracing::error!(%error, %chain, "audit entries wait: their chain cannot be extended; run `pathfinder audit verify`");
            Ok(false)
        }
    }
}

async fn waiting_chains(tx: &impl ConnectionTrait) -> Result<Vec<Uuid>, DbErr> {
    audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Chain)
        .distinct()
        .filter(audit_entry::Column::Position.is_null())
        .order_by_asc(audit_entry::Column::Chain)
        .into_tuple()
        .all(tx)
        .await
}

async fn extend(tx: &impl ConnectionTrait, chain: Uuid) -> Result<u64, DbErr> {
    let entries = waiting_entries(tx, chain).await?;
    let Some(first) = entries.first() else { return Ok(0) };
    let head = audit_head::Entity::find_by_id(chain).one(tx).await?;
    let begins = head.is_none() && chain != INSTALLATION;
    let head = head.unwrap_or_else(|| audit_head::Model { chain, position: 0, hash: String::new() });
    let mut digests = former_digests(tx, chain, &entries).await?;
    let (head, links) = link(head, &entries, &mut digests);
    if let (true, Some(Link { hash, .. })) = (begins, links.first()) {
        let begin = Begin { chain, first: first.event_id, time: first.entry_time, hash: hash.clone() };
        record_begin(tx, begin).await?;
    }
    write_links(tx, links).await?;
    write_head(tx, head).await?;
    Ok(entries.len().try_into().unwrap_or(BATCH))
}

async fn waiting_entries(tx: &impl ConnectionTrait, chain: Uuid) -> Result<Vec<audit_entry::Model>, DbErr> {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Chain.eq(chain))
        .filter(audit_entry::Column::Position.is_null())
        .order_by(Expr::col(insertion(tx.get_database_backend())), Order::Asc)
        .limit(BATCH)
        .all(tx)
        .await
}

/// What tells the order of insertion: a column of SQLite's own, or one of PostgreSQL that counts.
pub(super) fn insertion(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { "insertion" } else { "rowid" }
}

/// With what a chain began.
struct Begin {
    chain: Uuid,
    first: Uuid,
    time: DateTime<Utc>,
    hash: String,
}

/// Notes in the installation's chain that another one began, and the hash of its first entry. It gets its place like any other entry.
async fn record_begin(tx: &impl ConnectionTrait, begin: Begin) -> Result<(), DbErr> {
    let sql = "INSERT INTO audit_entry (event_id, entry_time, chain, subject_id, kind, actor_id, actor_name, method, trace_id, \
               after_digest, name_salt, name_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let event_id = id_of_begin(begin.first);
    let (actor_name, name_salt) = ("Pathfinder", event_id.to_string());
    let digest = name_digest(&name_salt, actor_name);
    let values: [Value; 12] = [
        event_id.into(),
        begin.time.into(),
        INSTALLATION.into(),
        begin.chain.into(),
        BEGUN.into(),
        "sequencer".into(),
        actor_name.into(),
        "begin a chain".into(),
        "".into(),
        begin.hash.into(),
        name_salt.into(),
        digest.into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Notes of every chain that there is that it began: of those from before this was done.
pub(crate) async fn record_begins(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql = "SELECT chain, event_id, entry_time, hash FROM audit_entry WHERE position = 1 AND chain <> $1";
    let firsts = Statement::from_sql_and_values(tx.get_database_backend(), sql, [INSTALLATION.into()]);
    for row in tx.query_all_raw(firsts).await? {
        let begin = Begin {
            chain: row.try_get("", "chain")?,
            first: row.try_get("", "event_id")?,
            time: row.try_get("", "entry_time")?,
            hash: row.try_get("", "hash")?,
        };
        record_begin(tx, begin).await?;
    }
    Ok(())
}

/// The digest after the former change, of each thing that the entries are about.
async fn former_digests(
    tx: &impl ConnectionTrait,
    chain: Uuid,
    entries: &[audit_entry::Model],
) -> Result<HashMap<Uuid, String>, DbErr> {
    use audit_entry::Column::{AfterDigest, Chain, Position, SubjectId};
    let mut subjects: Vec<Uuid> = entries.iter().map(|entry| entry.subject_id).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let latest: Vec<Option<i64>> = audit_entry::Entity::find()
        .select_only()
        .column_as(Position.max(), "latest")
        .filter(Chain.eq(chain))
        .filter(SubjectId.is_in(subjects))
        .filter(Position.is_not_null())
        .group_by(SubjectId)
        .into_tuple()
        .all(tx)
        .await?;
    if latest.is_empty() {
        return Ok(HashMap::new());
    }
    let digests: Vec<(Uuid, String)> = audit_entry::Entity::find()
        .select_only()
        .columns([SubjectId, AfterDigest])
        .filter(Chain.eq(chain))
        .filter(Position.is_in(latest.into_iter().flatten()))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(digests.into_iter().collect())
}

/// What an entry gets.
struct Link {
    event_id: Uuid,
    position: i64,
    prior_hash: String,
    before_digest: String,
    hash: String,
}

impl Link {
    fn values(self) -> [Value; 5] {
        let Self { event_id, position, prior_hash, before_digest, hash } = self;
        [event_id.into(), position.into(), prior_hash.into(), before_digest.into(), hash.into()]
    }
}

fn link(
    mut head: audit_head::Model,
    entries: &[audit_entry::Model],
    digests: &mut HashMap<Uuid, String>,
) -> (audit_head::Model, Vec<Link>) {
    let mut links = Vec::with_capacity(entries.len());
    for entry in entries {
        let before_digest = digests.insert(entry.subject_id, entry.after_digest.clone()).unwrap_or_default();
        let position = head.position + 1;
        let place = Place { chain: head.chain, position, prior_hash: &head.hash, before_digest: &before_digest };
        let hash = hash_at(entry, place);
        let prior_hash = std::mem::replace(&mut head.hash, hash.clone());
        head.position = position;
        links.push(Link { event_id: entry.event_id, position, prior_hash, before_digest, hash });
    }
    (head, links)
}

async fn write_links(tx: &impl ConnectionTrait, links: Vec<Link>) -> Result<(), DbErr> {
    if links.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = (0..links.len()).map(|row| placeholders(row * 5)).collect();
    let sql = format!(
        "UPDATE audit_entry SET position = link.column2, prior_hash = link.column3, before_digest = link.column4, \
         hash = link.column5 FROM (VALUES {}) AS link WHERE audit_entry.event_id = link.column1",
        rows.join(", ")
    );
    let values = links.into_iter().flat_map(Link::values);
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

fn placeholders(before: usize) -> String {
    let [id, position, prior, digest, hash] = [1, 2, 3, 4, 5].map(|number| before + number);
    format!("(${id}, ${position}, ${prior}, ${digest}, ${hash})")
}

async fn write_head(tx: &impl ConnectionTrait, head: audit_head::Model) -> Result<(), DbErr> {
    let moved = OnConflict::column(audit_head::Column::Chain)
        .update_columns([audit_head::Column::Position, audit_head::Column::Hash])
        .to_owned();
    let row = audit_head::ActiveModel { chain: Set(head.chain), position: Set(head.position), hash: Set(head.hash) };
    audit_head::Entity::insert(row).on_conflict(moved).exec_without_returning(tx).await?;
    Ok(())
}
