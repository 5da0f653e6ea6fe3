//! Pictures that are to be deleted where photos lie: those that no issue names any more, and those that none names yet. What is kept here
//! says only where they lie.

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::picture::{ActiveModel, Column, Entity};
use crate::domain::photo::LeftPictures;

/// Notes that pictures are to be deleted, at this time or later.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    object_ids: &[Uuid],
    turn: DateTime<Utc>,
) -> Result<(), DbErr> {
    if object_ids.is_empty() {
        return Ok(());
    }
    let row = |object_id: &Uuid| ActiveModel {
        object_id: Set(*object_id),
        partnership_id: Set(partnership_id.0),
        failure_count: Set(0),
        next_attempt_time: Set(turn),
    };
    Entity::insert_many(object_ids.iter().map(row)).exec_without_returning(conn).await.map(|_| ())
}

/// Those of any partnership whose turn has come, those that have waited longest for it first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<LeftPictures>, DbErr> {
    let query = Entity::find().filter(Column::NextAttemptTime.lte(now));
    let query = query.order_by_asc(Column::NextAttemptTime).order_by_asc(Column::ObjectId);
    let rows = query.limit(limit).all(conn).await?;
    let left = rows.into_iter().map(|row| LeftPictures {
        partnership_id: row.partnership_id.into(),
        object_id: row.object_id,
        failure_count: u32::try_from(row.failure_count).unwrap_or_default(),
    });
    Ok(left.collect())
}

/// Notes that they are not to be deleted (any more); answers whether they were to be.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    object_id: Uuid,
) -> Result<bool, DbErr> {
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    let deleted = delete.filter(Column::ObjectId.eq(object_id)).exec(conn).await?;
    Ok(deleted.rows_affected > 0)
}

/// Keeps that they could not be deleted, and when their turn comes again.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_off(
    conn: &impl ConnectionTrait,
    failed: &LeftPictures,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        failure_count: Set(i32::try_from(failed.failure_count).unwrap_or(i32::MAX)),
        next_attempt_time: Set(until),
        ..ActiveModel::default()
    };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(failed.partnership_id.0));
    update.filter(Column::ObjectId.eq(failed.object_id)).exec(conn).await.map(|_| ())
}
