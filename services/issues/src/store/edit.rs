//! What stood in issues before they were edited: kept until its issue's reporter is erased, or its time is over.

use chrono::{DateTime, Utc};
use pathfinder_kit::seal::overwrite_what_is_deleted;
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::edit::edit_row::{ActiveModel, Column, Entity, Model};
use super::{ends, from_json, to_json};
use crate::domain::Edit;

/// Keeps an edit; `end_time` is when its issue ended, if it has.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    edit: &Edit,
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let row = ActiveModel { end_time: Set(end_time), ..row_of(edit)? };
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// A page of an issue's edits, newest first.
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
) -> Result<Vec<Edit>, DbErr> {
    let mut query = Entity::find().filter(Column::IssueId.eq(issue_id.0));
    query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(conn).await?;
    rows.into_iter().map(edit_of).collect()
}

/// Writes an edit over its former self: only for taking a person out.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn rewrite(conn: &impl ConnectionTrait, edit: &Edit) -> Result<(), DbErr> {
    let row = ActiveModel { id: NotSet, ..row_of(edit)? };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(edit.id));
    update.filter(Column::PartnershipId.eq(edit.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Edits whose issue ended at `end_time` or before, each by its id with its issue, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ended_by(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    end_time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(Uuid, IssueId)>, DbErr> {
    let rows = ends::ended_by::<Entity>(conn, partnership_id, end_time, limit).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.issue_id.into())).collect())
}

/// Erases edits.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: Vec<Uuid>,
) -> Result<(), DbErr> {
    overwrite_what_is_deleted(conn).await?;
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    delete.filter(Column::Id.is_in(ids)).exec(conn).await.map(|_| ())
}

/// Erases all edits of an issue. Answers whether there were any.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<bool, DbErr> {
    overwrite_what_is_deleted(conn).await?;
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    let deleted = delete.filter(Column::IssueId.eq(issue_id.0)).exec(conn).await?;
    Ok(deleted.rows_affected > 0)
}

/// `end_time` is written apart.
fn row_of(edit: &Edit) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(edit.id),
        partnership_id: Set(edit.partnership_id.0),
        issue_id: Set(edit.issue_id.0),
        edit_time: Set(edit.time),
        actor_id: Set(edit.actor_id.clone()),
        actor_name: Set(edit.actor_name.clone()),
        actor_label: Set(edit.actor_label.clone()),
        reason: Set(edit.reason.clone()),
        former: Set(to_json("former text", &edit.former)?),
        end_time: NotSet,
    })
}

fn edit_of(row: Model) -> Result<Edit, DbErr> {
    Ok(Edit {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        time: row.edit_time,
        actor_id: row.actor_id,
        actor_name: row.actor_name,
        actor_label: row.actor_label,
        reason: row.reason,
        former: from_json("former text", &row.former)?,
    })
}
