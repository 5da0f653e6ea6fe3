//! What reports that are held back were answered with in place of their ids.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

use super::entity::picture_link::token_row::{ActiveModel, Column, Entity};

/// Keeps what leads to an issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        token: Set(token.to_owned()),
        partnership_id: Set(partnership_id.0),
        issue_id: Set(issue_id.0),
        create_time: Set(now),
    };
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// The issue to which a token leads.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_issue(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    token: &str,
) -> Result<Option<IssueId>, DbErr> {
    let query = Entity::find_by_id(token.to_owned()).filter(Column::PartnershipId.eq(partnership_id.0));
    Ok(query.one(conn).await?.map(|row| row.issue_id.into()))
}
