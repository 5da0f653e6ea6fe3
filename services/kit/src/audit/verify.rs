//! Reads every chain from its beginning and says what does not hold.
//!
//! Each entry is hashed anew and compared with the hash that it carries, with the entry before it, and with the place where it stands; the
//! last one with the chain's head; the chains with those that the installation's chain says began; and all with heads that were kept
//! elsewhere. All is read as it was at one moment, so the services may go on writing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    AccessMode, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    IsolationLevel, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Statement,
    TransactionTrait as _,
};
use uuid::Uuid;

use super::chain::{BEGUN, INSTALLATION, insertion};
use super::report::{Fault, Head, Report, Wrong};
use super::walk::{Expected, FAULTS_TOLD, Walk, partnership_of};
use crate::database::Database;
use crate::migration::CHAIN_BEGINS;
use crate::rows::audit_entry::Column::{AfterDigest, Chain, EntryTime, EventId, Kind, Position, SubjectId};
use crate::rows::{audit_entry, audit_head};

/// Entries read at once.
const PAGE: u64 = 1000;
/// An entry has its place within a second or so; one that has none for longer is worth a word.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

/// Verifies every chain of a service's database, and changes nothing. `now` is the time by the service's clock; `kept` are heads from
/// earlier verifications; `told` hears how many entries of how many were read.
///
/// # Errors
///
/// When the database cannot be read, or was not served since it is noted which chains began.
pub async fn verify(
    database: &Database,
    now: DateTime<Utc>,
    kept: &[Head],
    told: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, DbErr> {
    let tx = one_moment(database).await?;
    must_note_begins(&tx).await?;
    let all = audit_entry::Entity::find().filter(Position.is_not_null()).count(&tx).await?;
    let mut report = Report::default();
    for (chain, expected) in chains(&tx, kept).await? {
        verify_chain(&tx, chain, expected, &mut report, &|entries| told(entries, all)).await?;
    }
    verify_waiting(&tx, now, &mut report).await?;
    tx.rollback().await?;
    Ok(report)
}

/// What the entries of a kind are about.
///
/// # Errors
///
/// When the database cannot be read.
pub async fn subjects_of(database: &Database, kind: &str) -> Result<BTreeSet<Uuid>, DbErr> {
    let subjects = audit_entry::Entity::find().select_only().column(SubjectId).distinct().filter(Kind.eq(kind));
    let subjects: Vec<Uuid> = subjects.into_tuple().all(database.reader()).await?;
    Ok(subjects.into_iter().collect())
}

/// A transaction that sees the database as it is now, whatever is written meanwhile.
async fn one_moment(database: &Database) -> Result<DatabaseTransaction, DbErr> {
    let reader = database.reader();
    match reader.get_database_backend() {
        DbBackend::Postgres => {
            reader.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
        }
        _ => reader.begin().await,
    }
}

/// Where begins were never noted, none is missing.
async fn must_note_begins(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql = "SELECT version FROM seaql_migrations WHERE version = $1";
    let noted = Statement::from_sql_and_values(tx.get_database_backend(), sql, [CHAIN_BEGINS.into()]);
    match tx.query_one_raw(noted).await? {
        Some(_) => Ok(()),
        None => Err(DbErr::Custom("which chains began was not noted yet".to_owned())),
    }
}

/// The chains that there are or ought to be.
async fn chains(tx: &impl ConnectionTrait, kept: &[Head]) -> Result<BTreeMap<Uuid, Expected>, DbErr> {
    let placed = audit_entry::Entity::find().select_only().column(Chain).distinct().filter(Position.is_not_null());
    let mut chains: BTreeSet<Uuid> = placed.into_tuple::<Uuid>().all(tx).await?.into_iter().collect();
    chains.extend(audit_head::Entity::find().all(tx).await?.into_iter().map(|head| head.chain));
    let mut begun = begins(tx).await?;
    chains.extend(begun.keys());
    let mut kept = by_chain(kept);
    chains.extend(kept.keys());
    let mut expected = |chain| Expected {
        begun: begun.remove(&chain).unwrap_or_default(),
        kept: kept.remove(&chain).unwrap_or_default(),
    };
    Ok(chains.into_iter().map(|chain| (chain, expected(chain))).collect())
}

/// With which entries the chains began.
async fn begins(tx: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, Vec<String>>, DbErr> {
    let noted: Vec<(Uuid, String)> = audit_entry::Entity::find()
        .select_only()
        .columns([SubjectId, AfterDigest])
        .filter(Chain.eq(INSTALLATION))
        .filter(Kind.eq(BEGUN))
        .into_tuple()
        .all(tx)
        .await?;
    let mut begins: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (chain, hash) in noted {
        begins.entry(chain).or_default().push(hash);
    }
    Ok(begins)
}

fn by_chain(kept: &[Head]) -> BTreeMap<Uuid, Vec<Head>> {
    let mut chains: BTreeMap<Uuid, Vec<Head>> = BTreeMap::new();
    for head in kept {
        chains.entry(head.partnership_id.map_or(INSTALLATION, Uuid::from)).or_default().push(head.clone());
    }
    chains.values_mut().for_each(|heads| heads.sort_by_key(|head| head.position));
    chains
}

async fn verify_chain(
    tx: &impl ConnectionTrait,
    chain: Uuid,
    expected: Expected,
    report: &mut Report,
    told: &(dyn Fn(u64) + Sync),
) -> Result<(), DbErr> {
    let head = audit_head::Entity::find_by_id(chain).one(tx).await?;
    let mut walk = Walk::along(chain, expected);
    loop {
        let entries = next_entries(tx, &walk).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            walk.step(entry);
            report.entries += 1;
        }
        walk.tell_blanked(report);
        told(report.entries);
    }
    walk.finish(head, report);
    Ok(())
}

/// The next page. Entries that share a position, which no index would let them any more, are all read.
async fn next_entries(tx: &impl ConnectionTrait, walk: &Walk) -> Result<Vec<audit_entry::Model>, DbErr> {
    let (position, event_id) = walk.read_to.unwrap_or((i64::MIN, Uuid::nil()));
    let beside = Condition::all().add(Position.eq(position)).add(EventId.gt(event_id));
    audit_entry::Entity::find()
        .filter(Chain.eq(walk.chain))
        .filter(Position.is_not_null())
        .filter(Position.gte(position))
        .filter(Condition::any().add(Position.gt(position)).add(beside))
        .order_by_asc(Position)
        .order_by_asc(EventId)
        .limit(PAGE)
        .all(tx)
        .await
}

/// Counts the entries that have waited for long, and names those that were left behind: places are given in the order of insertion, so
/// somebody took theirs away.
async fn verify_waiting(tx: &impl ConnectionTrait, now: DateTime<Utc>, report: &mut Report) -> Result<(), DbErr> {
    let waiting = audit_entry::Entity::find().filter(Position.is_null());
    let overdue = waiting.clone().filter(EntryTime.lt(now - PATIENCE)).count(tx).await?;
    report.waiting = overdue;
    let Some((last_inserted, last_time)) = last_placed(tx).await? else { return Ok(()) };
    if overdue == 0 {
        return Ok(());
    }
    let inserted = insertion(tx.get_database_backend());
    let left = waiting
        .filter(EntryTime.lt(now - PATIENCE))
        .filter(EntryTime.lte(last_time - PATIENCE))
        .filter(Expr::col(inserted).lt(last_inserted));
    let count = left.clone().count(tx).await?;
    let told = tell_left(tx, left.order_by(Expr::col(inserted), Order::Asc), report).await?;
    report.waiting = overdue.saturating_sub(count);
    report.untold += count.saturating_sub(told);
    Ok(())
}

async fn tell_left(
    tx: &impl ConnectionTrait,
    left: Select<audit_entry::Entity>,
    report: &mut Report,
) -> Result<u64, DbErr> {
    let told = left.limit(u64::try_from(FAULTS_TOLD).unwrap_or(PAGE)).all(tx).await?;
    let fault = |entry: &audit_entry::Model| Fault {
        partnership_id: partnership_of(entry.chain),
        position: 0,
        event_id: Some(entry.event_id),
        wrong: Wrong::LeftBehind,
    };
    report.faults.extend(told.iter().map(fault));
    Ok(u64::try_from(told.len()).unwrap_or(u64::MAX))
}

/// The place in the order of insertion, and the time, of the entry that was inserted last among those that have their place.
async fn last_placed(tx: &impl ConnectionTrait) -> Result<Option<(i64, DateTime<Utc>)>, DbErr> {
    let inserted = insertion(tx.get_database_backend());
    audit_entry::Entity::find()
        .select_only()
        .column_as(Expr::col(inserted), "inserted")
        .column(EntryTime)
        .filter(Position.is_not_null())
        .order_by(Expr::col(inserted), Order::Desc)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await
}
