//! Questions to those who reported issues, with their answers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::ends;
use super::entity::feedback::question_row::{ActiveModel, Column, Entity, Model};
use crate::domain::Inquiry;

/// Writes a new question.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(conn: &impl ConnectionTrait, inquiry: &Inquiry) -> Result<(), DbErr> {
    Entity::insert(row_of(inquiry)).exec_without_returning(conn).await.map(|_| ())
}

/// Writes a question over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, inquiry: &Inquiry) -> Result<(), DbErr> {
    let row = ActiveModel { issue_id: NotSet, question_number: NotSet, ..row_of(inquiry) };
    let update = Entity::update_many().set(row).filter(Column::IssueId.eq(inquiry.issue_id.0));
    let update = update.filter(Column::QuestionNumber.eq(inquiry.number));
    update.filter(Column::PartnershipId.eq(inquiry.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// The question of that number.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    number: i32,
) -> Result<Option<Inquiry>, DbErr> {
    let query = Entity::find_by_id((issue_id.0, number)).filter(Column::PartnershipId.eq(partnership_id.0));
    Ok(query.one(conn).await?.map(inquiry_of))
}

/// The questions about an issue, in the order in which they were asked: as many as there may be.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<Inquiry>, DbErr> {
    let query = Entity::find().filter(Column::IssueId.eq(issue_id.0));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).order_by_asc(Column::QuestionNumber);
    Ok(query.all(conn).await?.into_iter().map(inquiry_of).collect())
}

/// Issues that have answers and ended at `end_time` or before. These are kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ended_by(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    end_time: DateTime<Utc>,
    limit: u64,
) -> Result<BTreeSet<IssueId>, DbErr> {
    let rows = ends::ended_by::<Entity>(conn, partnership_id, end_time, limit).await?;
    Ok(rows.into_iter().map(|row| row.issue_id.into()).collect())
}

/// Erases all answers of issues.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase_answers(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &BTreeSet<IssueId>,
) -> Result<(), DbErr> {
    let row = ActiveModel { answer: Set(String::new()), end_time: Set(None), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::IssueId.is_in(issue_ids.iter().map(|id| id.0))).exec(conn).await.map(|_| ())
}

/// `end_time` is written apart, but there is none where there is no answer.
fn row_of(inquiry: &Inquiry) -> ActiveModel {
    ActiveModel {
        issue_id: Set(inquiry.issue_id.0),
        question_number: Set(inquiry.number),
        partnership_id: Set(inquiry.partnership_id.0),
        question_text: Set(inquiry.text.clone()),
        ask_time: Set(inquiry.ask_time),
        due_time: Set(inquiry.due_time),
        clock_paused: Set(inquiry.clock_paused),
        answer: Set(inquiry.answer.clone()),
        answer_time: Set(inquiry.answer_time),
        reporter_id: Set(inquiry.reporter_id.map(Uuid::from)),
        lapse_time: Set(inquiry.lapse_time),
        end_time: if inquiry.answer.is_empty() { Set(None) } else { NotSet },
    }
}

fn inquiry_of(row: Model) -> Inquiry {
    Inquiry {
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        number: row.question_number,
        text: row.question_text,
        ask_time: row.ask_time,
        due_time: row.due_time,
        clock_paused: row.clock_paused,
        answer: row.answer,
        answer_time: row.answer_time,
        reporter_id: row.reporter_id.map(Into::into),
        lapse_time: row.lapse_time,
    }
}
