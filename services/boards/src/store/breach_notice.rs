//! Breach notices, fed by the feed of issues.

use std::collections::HashMap;

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::Query;
use super::entity::action_issue;
use super::entity::breach_notice::{ActiveModel, Column, Entity};
use crate::domain::breach_notice::BreachNotice;

const FIELDS: &[Field] = &[
    Field::new("issue_id", "issue_id", Kind::Id),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("answered", "answered", Kind::Flag),
    Field::new("breach_time", "breach_time", Kind::Time),
    Field::new("due_time", "due_time", Kind::Time),
];

/// Keeps a notice; one for an issue that has one changes nothing.
pub(crate) async fn insert_once(connection: &impl ConnectionTrait, new: &BreachNotice) -> Result<(), Failure> {
    let answers = action_issue::Entity::find()
        .filter(action_issue::Column::PartnershipId.eq(new.partnership_id.0))
        .filter(action_issue::Column::IssueId.eq(new.issue_id.0));
    let answered = answers.count(connection).await? > 0;
    let row = ActiveModel {
        id: Set(new.id),
        partnership_id: Set(new.partnership_id.0),
        issue_id: Set(new.issue_id.0),
        issue_reference: Set(new.issue_reference.clone()),
        provider_id: Set(new.provider_id.map(Uuid::from)),
        standard_id: Set(new.standard_id.map(Uuid::from)),
        due_time: Set(new.due_time),
        breach_time: Set(new.breach_time),
        answered: Set(answered),
    };
    let there = OnConflict::columns([Column::PartnershipId, Column::IssueId]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(connection).await?;
    Ok(())
}

/// Notes that an action answers the notices of these issues.
pub(crate) async fn mark_answered(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issues: &[IssueId],
) -> Result<(), Failure> {
    let update = Entity::update_many().col_expr(Column::Answered, Expr::value(true));
    let mine = update
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::IssueId.is_in(issues.iter().map(|id| id.0)));
    mine.exec(connection).await?;
    Ok(())
}

/// Notices, newest first, with the actions that answer them.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query<'_, Uuid>,
) -> Result<Vec<BreachNotice>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(filter::condition(
        query.filter,
        "breach_notice",
        FIELDS,
    )?);
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    let issues = rows.iter().map(|row| row.issue_id).collect();
    let mut answers = answers_by_issue(connection, partnership_id, issues).await?;
    let notices = rows.into_iter().map(|row| BreachNotice {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        issue_reference: row.issue_reference,
        provider_id: row.provider_id.map(Into::into),
        standard_id: row.standard_id.map(Into::into),
        due_time: row.due_time,
        breach_time: row.breach_time,
        action_ids: answers.remove(&row.issue_id).unwrap_or_default(),
    });
    Ok(notices.collect())
}

async fn answers_by_issue(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issues: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<ActionId>>, Failure> {
    let links = action_issue::Entity::find()
        .filter(action_issue::Column::PartnershipId.eq(partnership_id.0))
        .filter(action_issue::Column::IssueId.is_in(issues))
        .order_by_asc(action_issue::Column::ActionId);
    let mut answers: HashMap<Uuid, Vec<ActionId>> = HashMap::new();
    for link in links.all(connection).await? {
        answers.entry(link.issue_id).or_default().push(link.action_id.into());
    }
    Ok(answers)
}
