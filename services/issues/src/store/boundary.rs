//! The boundaries of partnerships, as boards tells of them. Each change has a number behind all that there were, which is unique; so
//! whoever has seen all up to a number reads no more than what came after it.

use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::entity::known::boundary_row::{ActiveModel, Column, Entity, Model};
use super::entity::known::partnership_row;

/// A boundary as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptBoundary {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The number of its last change.
    pub version: i64,
    /// GeoJSON; empty where boards, when it was asked, knew of none.
    pub text: String,
}

/// Some boundaries that changed after a change, in the order in which they did.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn changed_after(
    conn: &impl ConnectionTrait,
    version: i64,
    limit: u64,
) -> Result<Vec<KeptBoundary>, DbErr> {
    let query = Entity::find().filter(Column::Version.gt(version)).order_by_asc(Column::Version).limit(limit);
    let kept = |row: Model| KeptBoundary {
        partnership_id: row.partnership_id.into(),
        version: row.version,
        text: row.boundary,
    };
    Ok(query.all(conn).await?.into_iter().map(kept).collect())
}

/// Some of the partnerships whose boundary was never told.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn missing(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<PartnershipId>, DbErr> {
    let told = Entity::find().select_only().column(Column::PartnershipId).into_query();
    let untold = partnership_row::Column::Id.not_in_subquery(told);
    let query = partnership_row::Entity::find().select_only().column(partnership_row::Column::Id).filter(untold);
    let ids: Vec<Uuid> = query.order_by_asc(partnership_row::Column::Id).limit(limit).into_tuple().all(conn).await?;
    Ok(ids.into_iter().map(Into::into).collect())
}

/// Keeps what the feed tells of a boundary, in place of what was known; the same again changes nothing.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(conn: &impl ConnectionTrait, id: PartnershipId, text: &str) -> Result<(), DbErr> {
    let kept = Entity::find_by_id(id.0).one(conn).await?;
    if kept.is_some_and(|kept| kept.boundary == text) {
        return Ok(());
    }
    let row = next_row(conn, id, text).await?;
    let there =
        OnConflict::column(Column::PartnershipId).update_columns([Column::Version, Column::Boundary]).to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// Keeps what was asked for, unless the feed told of it meanwhile.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_unless_known(conn: &impl ConnectionTrait, id: PartnershipId, text: &str) -> Result<(), DbErr> {
    let row = next_row(conn, id, text).await?;
    let there = OnConflict::column(Column::PartnershipId).do_nothing().to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// A row with the next number. Numbers are given to one transaction after the other, so that none becomes visible behind a later one.
async fn next_row(conn: &impl ConnectionTrait, id: PartnershipId, text: &str) -> Result<ActiveModel, DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        conn.execute_unprepared("LOCK TABLE known_boundary IN EXCLUSIVE MODE").await?;
    }
    let last = Entity::find().select_only().column(Column::Version).order_by_desc(Column::Version).limit(1);
    let last: Option<i64> = last.into_tuple().one(conn).await?;
    Ok(ActiveModel {
        partnership_id: Set(id.0),
        version: Set(last.unwrap_or_default() + 1),
        boundary: Set(text.to_owned()),
    })
}
