//! What residents said of the closings of issues.

use pathfinder_kit::seal::overwrite_what_is_deleted;
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::feedback::opinion_row::{ActiveModel, Column, Entity, Model};
use super::word;
use crate::domain::Opinion;

/// So many opinions of one issue are read at once; a supporter's is one more with each dispute.
const MOST_READ: u64 = 1_000;

/// What somebody said of a closing.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    closing: i32,
    reporter_id: ReporterId,
) -> Result<Option<Opinion>, DbErr> {
    let query = Entity::find_by_id((issue_id.0, closing, reporter_id.0));
    let row = query.filter(Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    row.map(opinion_of).transpose()
}

/// Keeps what somebody says of a closing, in place of what they said before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(conn: &impl ConnectionTrait, opinion: &Opinion) -> Result<(), DbErr> {
    let row = ActiveModel {
        issue_id: Set(opinion.issue_id.0),
        closing: Set(opinion.closing),
        reporter_id: Set(opinion.reporter_id.0),
        partnership_id: Set(opinion.partnership_id.0),
        satisfaction: Set(opinion.satisfaction.word().to_owned()),
        comment: Set(opinion.comment.clone()),
        changed: Set(opinion.changed),
        opinion_time: Set(opinion.time),
    };
    let there = OnConflict::columns([Column::IssueId, Column::Closing, Column::ReporterId])
        .update_columns([Column::Satisfaction, Column::Comment, Column::Changed, Column::OpinionTime])
        .to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// Keeps an opinion without some of its words, of which nothing is left on the disk.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn rewrite(conn: &impl ConnectionTrait, opinion: &Opinion) -> Result<(), DbErr> {
    overwrite_what_is_deleted(conn).await?;
    put(conn, opinion).await
}

/// What was said of an issue, oldest closing first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<Opinion>, DbErr> {
    let query = Entity::find().filter(Column::IssueId.eq(issue_id.0));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.order_by_asc(Column::Closing).order_by_asc(Column::ReporterId).limit(MOST_READ);
    query.all(conn).await?.into_iter().map(opinion_of).collect()
}

fn opinion_of(row: Model) -> Result<Opinion, DbErr> {
    Ok(Opinion {
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        closing: row.closing,
        reporter_id: row.reporter_id.into(),
        satisfaction: word("satisfaction", &row.satisfaction)?,
        comment: row.comment,
        changed: row.changed,
        time: row.opinion_time,
    })
}
