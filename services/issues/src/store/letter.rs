//! Letters that wait to be sent. One that was sent is gone from here.

use chrono::{DateTime, Utc};
use pathfinder_terms::{PartnershipId, ReporterId};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::people::letter_row::{ActiveModel, Column, Entity, Model};
use crate::domain::Letter;

const ROWS_PER_INSERT: usize = 1_000;

/// Writes letters, whose turn is at once.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert_many(conn: &impl ConnectionTrait, letters: &[Letter]) -> Result<(), DbErr> {
    for chunk in letters.chunks(ROWS_PER_INSERT) {
        Entity::insert_many(chunk.iter().map(row_of)).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Letters of any partnership whose turn has come, those that have waited longest for it first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due(conn: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Letter>, DbErr> {
    let query = Entity::find().filter(Column::NextAttemptTime.lte(now));
    let query = query.order_by_asc(Column::NextAttemptTime).order_by_asc(Column::Id);
    Ok(query.limit(limit).all(conn).await?.into_iter().map(letter_of).collect())
}

/// Takes a letter out: it was sent, or is not to be sent any more.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(conn: &impl ConnectionTrait, letter: &Letter) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(letter.partnership_id.0));
    delete.filter(Column::Id.eq(letter.id)).exec(conn).await.map(|_| ())
}

/// Takes out all letters of a kind to one person; of every kind, where none is named.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove_to(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    reporter_id: ReporterId,
    kind: Option<&str>,
) -> Result<(), DbErr> {
    let mut delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    delete = delete.filter(Column::ReporterId.eq(reporter_id.0));
    if let Some(kind) = kind {
        delete = delete.filter(Column::Kind.eq(kind));
    }
    delete.exec(conn).await.map(|_| ())
}

/// Keeps that a letter could not be sent, and when its turn comes again.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_off(conn: &impl ConnectionTrait, failed: &Letter, until: DateTime<Utc>) -> Result<(), DbErr> {
    let row = ActiveModel {
        failure_count: Set(i32::try_from(failed.failure_count).unwrap_or(i32::MAX)),
        next_attempt_time: Set(until),
        ..ActiveModel::default()
    };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(failed.partnership_id.0));
    update.filter(Column::Id.eq(failed.id)).exec(conn).await.map(|_| ())
}

fn row_of(letter: &Letter) -> ActiveModel {
    ActiveModel {
        id: Set(letter.id),
        partnership_id: Set(letter.partnership_id.0),
        reporter_id: Set(letter.reporter_id.0),
        kind: Set(letter.kind.clone()),
        create_time: Set(letter.create_time),
        failure_count: Set(i32::try_from(letter.failure_count).unwrap_or(i32::MAX)),
        next_attempt_time: Set(letter.create_time),
    }
}

fn letter_of(row: Model) -> Letter {
    Letter {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        reporter_id: row.reporter_id.into(),
        kind: row.kind,
        create_time: row.create_time,
        failure_count: u32::try_from(row.failure_count).unwrap_or(0),
    }
}
