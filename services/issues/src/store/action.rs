//! The boards' actions that answer issues, as the feed of boards tells of them.

use pathfinder_terms::{ActionId, IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::entity::issue::action_row::{ActiveModel, Column, Entity};
use crate::domain::known::KnownAction;

/// Links an action to an issue, or writes its present state.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(conn: &impl ConnectionTrait, issue_id: IssueId, action: &KnownAction) -> Result<(), DbErr> {
    let row = ActiveModel {
        issue_id: Set(issue_id.0),
        action_id: Set(action.action_id.0),
        partnership_id: Set(action.partnership_id.0),
        reference: Set(action.reference.clone()),
        title: Set(action.title.clone()),
        status: Set(action.status.clone()),
        told: Set(false),
    };
    let there = OnConflict::columns([Column::IssueId, Column::ActionId])
        .update_columns([Column::Reference, Column::Title, Column::Status])
        .to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// What is known of an action that answers the issue, and whether the reporters were told that it is complete.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    issue_id: IssueId,
    action_id: ActionId,
) -> Result<Option<(KnownAction, bool)>, DbErr> {
    let Some(row) = Entity::find_by_id((issue_id.0, action_id.0)).one(conn).await? else { return Ok(None) };
    let known = KnownAction {
        action_id: row.action_id.into(),
        partnership_id: row.partnership_id.into(),
        reference: row.reference,
        title: row.title,
        status: row.status,
    };
    Ok(Some((known, row.told)))
}

/// Keeps that the reporters were told.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn mark_told(
    conn: &impl ConnectionTrait,
    issue_id: IssueId,
    action_id: ActionId,
) -> Result<(), DbErr> {
    let told = ActiveModel { told: Set(true), ..Default::default() };
    let update = Entity::update_many().set(told).filter(Column::IssueId.eq(issue_id.0));
    update.filter(Column::ActionId.eq(action_id.0)).exec(conn).await.map(|_| ())
}

/// The actions that answer the issues, oldest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_issues(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: impl IntoIterator<Item = IssueId>,
) -> Result<Vec<(IssueId, ActionId)>, DbErr> {
    let ids: Vec<Uuid> = issue_ids.into_iter().map(Uuid::from).collect();
    let query = Entity::find().filter(Column::IssueId.is_in(ids)).filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.order_by_asc(Column::ActionId).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.issue_id.into(), row.action_id.into())).collect())
}
