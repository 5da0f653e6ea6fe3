//! Addresses of pictures that came with reports and updates.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::picture_link::link_row::{ActiveModel, Column, Entity, Model};
use crate::domain::picture_link::{LinkOrigin, PictureLink};

/// Writes new ones.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert_many(conn: &impl ConnectionTrait, links: &[PictureLink]) -> Result<(), DbErr> {
    if links.is_empty() {
        return Ok(());
    }
    Entity::insert_many(links.iter().map(row_of)).exec_without_returning(conn).await.map(|_| ())
}

/// Writes one over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, link: &PictureLink) -> Result<(), DbErr> {
    let update = Entity::update_many().set(row_of(link)).filter(Column::Id.eq(link.id));
    update.filter(Column::PartnershipId.eq(link.origin.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Those of any partnership whose turn has come: those first that were asked for least, so that addresses at which nobody answers stand
/// before no others.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<PictureLink>, DbErr> {
    let query = Entity::find().filter(Column::NextAttemptTime.lte(now));
    let query = query.order_by_asc(Column::AttemptCount).order_by_asc(Column::NextAttemptTime);
    let rows = query.order_by_asc(Column::Id).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(link_of).collect())
}

/// Whether any waits for an issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn is_any_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<bool, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    Ok(query.filter(Column::IssueId.eq(issue_id.0)).one(conn).await?.is_some())
}

/// The one of that id, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: Uuid,
) -> Result<Option<PictureLink>, DbErr> {
    let query = Entity::find_by_id(id).filter(Column::PartnershipId.eq(partnership_id.0));
    Ok(query.lock_exclusive().one(conn).await?.map(link_of))
}

/// How many wait in a partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count(conn: &impl ConnectionTrait, partnership_id: PartnershipId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).count(conn).await
}

/// Takes one out that is settled.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(conn: &impl ConnectionTrait, link: &PictureLink) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::Id.eq(link.id));
    delete.filter(Column::PartnershipId.eq(link.origin.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Takes out what these people named.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    reporter_ids: &[Uuid],
) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    delete.filter(Column::ReporterId.is_in(reporter_ids.iter().copied())).exec(conn).await.map(|_| ())
}

fn row_of(link: &PictureLink) -> ActiveModel {
    let LinkOrigin { partnership_id, issue_id, reporter_id } = link.origin;
    ActiveModel {
        id: Set(link.id),
        partnership_id: Set(partnership_id.0),
        issue_id: Set(issue_id.0),
        reporter_id: Set(reporter_id.map(|id| id.0)),
        address: Set(link.address.clone()),
        held: Set(link.held),
        attempt_count: Set(link.attempt_count),
        next_attempt_time: Set(Some(link.next_attempt_time)),
        note: Set(link.note.clone()),
        create_time: Set(link.create_time),
    }
}

fn link_of(row: Model) -> PictureLink {
    let origin = LinkOrigin {
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        reporter_id: row.reporter_id.map(Into::into),
    };
    PictureLink {
        id: row.id,
        origin,
        address: row.address,
        held: row.held,
        attempt_count: row.attempt_count,
        next_attempt_time: row.next_attempt_time.unwrap_or(row.create_time),
        note: row.note,
        create_time: row.create_time,
    }
}
