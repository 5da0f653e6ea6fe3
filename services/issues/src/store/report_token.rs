//! What reports that are held back were answered with in place of their ids.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::entity::issue::issue_row;
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

/// Some of those from before a time whose issue waits for nobody to read it any more.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn outlived(
    conn: &impl ConnectionTrait,
    time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<String>, DbErr> {
    let same = Expr::col((issue_row::Entity, issue_row::Column::Id)).equals((Entity, Column::IssueId));
    let waits = Query::select()
        .expr(Expr::val(1))
        .from(issue_row::Entity)
        .and_where(same)
        .and_where(issue_row::Column::HeldBack.eq(true))
        .and_where(issue_row::Column::Open.eq(true))
        .to_owned();
    let query = Entity::find().filter(Column::CreateTime.lt(time)).filter(Expr::exists(waits).not());
    Ok(query.limit(limit).all(conn).await?.into_iter().map(|row| row.token).collect())
}

/// Takes these out.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(conn: &impl ConnectionTrait, tokens: &[String]) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Token.is_in(tokens)).exec(conn).await.map(|_| ())
}
