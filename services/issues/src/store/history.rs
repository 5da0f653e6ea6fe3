//! What happened to issues: rows that are only ever added.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::issue::history_row::{ActiveModel, Column, Entity, Model};
use crate::domain::history::{Entry, ROUTED};
use crate::domain::state::IssueState;

const ROWS_PER_INSERT: usize = 1_000;

/// Adds entries.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert_many(conn: &impl ConnectionTrait, entries: Vec<Entry>) -> Result<(), DbErr> {
    let mut rows: Vec<ActiveModel> = entries.into_iter().map(row_of).collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_INSERT));
        Entity::insert_many(rows).exec_without_returning(conn).await?;
        rows = rest;
    }
    Ok(())
}

/// A page of an issue's history, oldest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Entry>, DbErr> {
    let mut query = Entity::find().filter(Column::IssueId.eq(issue_id.0));
    query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    let rows = query.order_by_asc(Column::Id).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(entry_of).collect())
}

/// When it was last recorded that an open issue ended; none where it never did.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn last_end(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let (open, ended): (Vec<IssueState>, Vec<IssueState>) =
        IssueState::ALL.iter().copied().partition(|state| state.is_open());
    let query = Entity::find().filter(Column::IssueId.eq(issue_id.0));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::FromState.is_in(open.into_iter().map(IssueState::word)));
    let query = query.filter(Column::ToState.is_in(ended.into_iter().map(IssueState::word)));
    let row = query.order_by_desc(Column::Id).limit(1).one(conn).await?;
    Ok(row.map(|row| entry_of(row).recorded_time()))
}

/// When each of the issues last came, or came back, to a provider; those that never did are left out.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn came_times(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
) -> Result<BTreeMap<IssueId, DateTime<Utc>>, DbErr> {
    let query = Entity::find().select_only().columns([Column::IssueId, Column::EntryTime]);
    let query = query.filter(Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Kind.eq(ROUTED));
    // The last of each stands.
    let rows: Vec<(Uuid, DateTime<Utc>)> = query.order_by_asc(Column::Id).into_tuple().all(conn).await?;
    Ok(rows.into_iter().map(|(id, time)| (IssueId(id), time)).collect())
}

/// Writes what was said, and who said it, over what stood there: only for taking a person out.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn rewrite(conn: &impl ConnectionTrait, entry: Entry) -> Result<(), DbErr> {
    let (id, partnership_id) = (entry.id, entry.partnership_id.0);
    let update = Entity::update_many().set(ActiveModel { id: NotSet, ..row_of(entry) }).filter(Column::Id.eq(id));
    update.filter(Column::PartnershipId.eq(partnership_id)).exec(conn).await.map(|_| ())
}

/// Erases what was confided with the entries of that kind.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase_private_notes(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &BTreeSet<IssueId>,
    kind: &str,
) -> Result<(), DbErr> {
    let row = ActiveModel { private_note: Set(String::new()), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    let update = update.filter(Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)));
    update.filter(Column::Kind.eq(kind)).exec(conn).await.map(|_| ())
}

/// When one of the issues last came to stand elsewhere; none where nothing is known of that.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn last_move_time(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let moved = Expr::col((Entity, Column::FromState)).not_equals((Entity, Column::ToState));
    let query = Entity::find().select_only().column(Column::EntryTime).filter(moved);
    let query = query.filter(Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).order_by_desc(Column::EntryTime);
    query.limit(1).into_tuple().one(conn).await
}

fn row_of(entry: Entry) -> ActiveModel {
    ActiveModel {
        id: Set(entry.id),
        partnership_id: Set(entry.partnership_id.0),
        issue_id: Set(entry.issue_id.0),
        entry_time: Set(entry.time),
        actor_id: Set(entry.actor_id),
        actor_name: Set(entry.actor_name),
        actor_label: Set(entry.actor_label),
        kind: Set(entry.kind),
        from_state: Set(entry.from_state),
        to_state: Set(entry.to_state),
        note: Set(entry.note),
        private_note: Set(entry.private_note),
    }
}

pub(super) fn entry_of(row: Model) -> Entry {
    Entry {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        time: row.entry_time,
        actor_id: row.actor_id,
        actor_name: row.actor_name,
        actor_label: row.actor_label,
        kind: row.kind,
        from_state: row.from_state,
        to_state: row.to_state,
        note: row.note,
        private_note: row.private_note,
    }
}
