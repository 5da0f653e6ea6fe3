//! The register of what was erased.

use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::people::erasure_row::{ActiveModel, Column, Entity, Model};
use super::word;
use crate::domain::Erasure;

/// Writes an entry, or the larger counts of one that is there.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(conn: &impl ConnectionTrait, erasure: &Erasure) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(erasure.id),
        partnership_id: Set(erasure.partnership_id.0),
        erase_time: Set(erasure.time),
        cause: Set(erasure.cause.word().to_owned()),
        actor_id: Set(erasure.actor_id.clone()),
        reason: Set(erasure.reason.clone()),
        contact_count: Set(erasure.contact_count),
        issue_count: Set(erasure.issue_count),
    };
    let counts = OnConflict::column(Column::Id).update_columns([Column::ContactCount, Column::IssueCount]).to_owned();
    Entity::insert(row).on_conflict(counts).exec_without_returning(conn).await.map(|_| ())
}

/// A page of a partnership's register, newest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Erasure>, DbErr> {
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(conn).await?;
    rows.into_iter().map(erasure_of).collect()
}

fn erasure_of(row: Model) -> Result<Erasure, DbErr> {
    Ok(Erasure {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        time: row.erase_time,
        cause: word("cause", &row.cause)?,
        actor_id: row.actor_id,
        reason: row.reason,
        contact_count: row.contact_count,
        issue_count: row.issue_count,
    })
}
