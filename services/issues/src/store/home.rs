//! Homes whose issue ended: where exactly they are is kept for so long and no longer. When they ended is kept by [`super::ends`].

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

use super::ends;
use super::entity::issue::issue_row::{ActiveModel, Column, Entity};

/// Issues at homes that ended at `end_time` or before, the longest ago first, and were not seen to since, kept from other writers until
/// the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ended_by(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    end_time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<IssueId>, DbErr> {
    let issues = ends::ended_by::<Entity>(conn, partnership_id, end_time, limit).await?;
    Ok(issues.into_iter().map(|issue| issue.id.into()).collect())
}

/// Keeps that they were seen to.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn were_seen_to(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[IssueId],
) -> Result<(), DbErr> {
    let row = ActiveModel { home_end_time: Set(None), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::Id.is_in(ids.iter().map(|id| id.0))).exec(conn).await.map(|_| ())
}
