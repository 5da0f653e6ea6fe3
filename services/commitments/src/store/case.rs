//! The issues held to a standard, and those that missed it before they were held to another, from the feed of issues.

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{IssueId, PartnershipId, StandardId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::Cut;
use super::entity::standard_case::{Column, Entity, Model};
use crate::domain::StandardCase;

const FIELDS: &[Field] = &[
    Field::new("issue_state", "issue_state", Kind::WordOf("pathfinder.issues.v1.IssueState")),
    Field::new("due_time", "due_time", Kind::Time),
    Field::new("stop_time", "stop_time", Kind::Time),
    Field::new("on_time", "on_time", Kind::Flag),
    Field::new("breached", "breached", Kind::Flag),
];

/// What is known of an issue, under each standard.
pub(crate) async fn of_issue(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<StandardCase>, Failure> {
    let own = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = own.filter(Column::IssueId.eq(issue_id.0)).order_by_asc(Column::StandardId).all(connection).await?;
    Ok(rows.into_iter().map(to_case).collect())
}

/// Keeps what the feed tells of an issue under a standard, in place of what was known.
pub(crate) async fn put(connection: &impl ConnectionTrait, case: &StandardCase) -> Result<(), Failure> {
    let newer = OnConflict::columns([Column::IssueId, Column::StandardId])
        .update_columns([
            Column::IssueReference,
            Column::PartnershipId,
            Column::IssueState,
            Column::DueTime,
            Column::StopTime,
            Column::OnTime,
            Column::Breached,
            Column::UpdateTime,
        ])
        .to_owned();
    Entity::insert(to_row(case).into_active_model()).on_conflict(newer).exec_without_returning(connection).await?;
    Ok(())
}

/// Forgets an issue under a standard.
pub(crate) async fn remove(connection: &impl ConnectionTrait, case: &StandardCase) -> Result<(), Failure> {
    let own = Entity::delete_many().filter(Column::PartnershipId.eq(case.partnership_id.0));
    let own = own.filter(Column::IssueId.eq(case.issue_id.0)).filter(Column::StandardId.eq(case.standard_id.0));
    own.exec(connection).await?;
    Ok(())
}

/// The issues held to a version of a standard, or that missed it before, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    standard_id: StandardId,
    cut: Cut<'_>,
) -> Result<Vec<StandardCase>, Failure> {
    let mut query = Entity::find()
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::StandardId.eq(standard_id.0))
        .filter(filter::condition(cut.filter, "standard_case", FIELDS)?);
    if let Some(after) = cut.after {
        query = query.filter(Column::IssueId.lt(after));
    }
    let rows = query.order_by_desc(Column::IssueId).limit(cut.limit).all(connection).await?;
    Ok(rows.into_iter().map(to_case).collect())
}

fn to_row(case: &StandardCase) -> Model {
    Model {
        issue_id: case.issue_id.0,
        issue_reference: case.issue_reference.clone(),
        standard_id: case.standard_id.0,
        partnership_id: case.partnership_id.0,
        issue_state: case.issue_state.clone(),
        due_time: case.due_time,
        stop_time: case.stop_time,
        on_time: case.on_time,
        breached: case.breached,
        update_time: case.update_time,
    }
}

fn to_case(row: Model) -> StandardCase {
    StandardCase {
        issue_id: row.issue_id.into(),
        issue_reference: row.issue_reference,
        standard_id: row.standard_id.into(),
        partnership_id: row.partnership_id.into(),
        issue_state: row.issue_state,
        due_time: row.due_time,
        stop_time: row.stop_time,
        on_time: row.on_time,
        breached: row.breached,
        update_time: row.update_time,
    }
}
