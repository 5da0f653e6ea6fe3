//! What became of the updates of other systems, so that each is known again; and what is told of issues as updates.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::issue::{history_row, issue_row, update_row};
use super::history::entry_of;
use crate::domain::history::{BACK, Entry, RULE, TOLD, first_id, last_id};
use crate::domain::update::{SAID, Sought};

/// An update of a system, as it is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Whose it is.
    pub subject: String,
    /// Its id there.
    pub external_update_id: String,
}

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The entry of the history that it became.
    pub update_id: Uuid,
    /// When it happened.
    pub happened_time: DateTime<Utc>,
    /// Whether it moved the issue.
    pub applied: bool,
    /// Whether the issue stood where it says, afterwards.
    pub in_step: bool,
    /// Why it moved nothing.
    pub note: String,
}

/// What became of the update, if it came before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(conn: &impl ConnectionTrait, key: &Key) -> Result<Option<Kept>, DbErr> {
    let id = (key.issue_id.0, key.subject.clone(), key.external_update_id.clone());
    let query = update_row::Entity::find_by_id(id).filter(update_row::Column::PartnershipId.eq(key.partnership_id.0));
    let row = query.one(conn).await?;
    Ok(row.map(|row| Kept {
        update_id: row.update_id,
        happened_time: row.happened_time,
        applied: row.applied,
        in_step: row.in_step,
        note: row.note,
    }))
}

/// When the newest of a system's updates happened with which the issue came in step.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn latest_in_step(conn: &impl ConnectionTrait, key: &Key) -> Result<Option<DateTime<Utc>>, DbErr> {
    use update_row::Column;
    let query = update_row::Entity::find()
        .filter(Column::PartnershipId.eq(key.partnership_id.0))
        .filter(Column::IssueId.eq(key.issue_id.0))
        .filter(Column::Subject.eq(key.subject.as_str()))
        .filter(Column::InStep.eq(true));
    let row = query.order_by_desc(Column::HappenedTime).limit(1).one(conn).await?;
    Ok(row.map(|row| row.happened_time))
}

/// Keeps what became of an update.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    key: Key,
    kept: &Kept,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = update_row::ActiveModel {
        partnership_id: Set(key.partnership_id.0),
        issue_id: Set(key.issue_id.0),
        subject: Set(key.subject),
        external_update_id: Set(key.external_update_id),
        update_id: Set(kept.update_id),
        happened_time: Set(kept.happened_time),
        applied: Set(kept.applied),
        in_step: Set(kept.in_step),
        note: Set(kept.note.clone()),
        create_time: Set(now),
    };
    update_row::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// A page of what is told of public issues, in the order of its recording, each with the reference of its issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    sought: &Sought,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(Entry, String)>, DbErr> {
    use history_row::Column;
    let issue = history_row::Entity::belongs_to(issue_row::Entity).from(Column::IssueId).to(issue_row::Column::Id);
    let mut query = history_row::Entity::find()
        .join(JoinType::InnerJoin, issue.into())
        .filter(Column::PartnershipId.eq(sought.partnership_id.0))
        .filter(issue_row::Column::HeldBack.eq(false))
        .filter(tells());
    let start = sought.start_time.map(first_id).map(|first| Column::Id.gte(first));
    let end = sought.end_time.map(last_id).map(|last| Column::Id.lte(last));
    let after = after.map(|after| Column::Id.gt(after));
    for bound in [start, end, after].into_iter().flatten() {
        query = query.filter(bound);
    }
    if !sought.issue_ids.is_empty() {
        query = query.filter(Column::IssueId.is_in(sought.issue_ids.iter().map(|id| id.0)));
    }
    // Of some issues, their own entries are looked up; of all, the order of recording is gone along.
    let order = Expr::col((history_row::Entity, Column::Id));
    let order = if sought.issue_ids.is_empty() { order } else { Func::coalesce([order.clone(), order]).into() };
    let rows = query.order_by_asc(order).limit(limit).all(conn).await?;
    let references = references(conn, sought.partnership_id, rows.iter().map(|row| row.issue_id)).await?;
    let with_reference = |row: history_row::Model| {
        let reference = references.get(&row.issue_id).cloned().unwrap_or_default();
        (entry_of(row), reference)
    };
    Ok(rows.into_iter().map(with_reference).collect())
}

/// Entries that tell a reader something: what is merely said must say it, and so must what a rule did.
fn tells() -> Condition {
    use history_row::Column;
    let moved_by_somebody = Condition::all().add(Column::Kind.ne(SAID)).add(Column::ActorId.ne(RULE));
    let speaks = Condition::any().add(Column::Note.ne("")).add(moved_by_somebody);
    let leads_back = Condition::all().add(Column::ActorId.eq(RULE)).add(Column::Note.starts_with(BACK));
    Condition::all().add(Column::Kind.is_in(TOLD)).add(speaks).add(leads_back.not())
}

async fn references(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, DbErr> {
    use issue_row::{Column, Entity};
    let query = Entity::find().select_only().column(Column::Id).column(Column::Reference);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Id.is_in(ids));
    let rows: Vec<(Uuid, String)> = query.into_tuple().all(conn).await?;
    Ok(rows.into_iter().collect())
}
