//! What residents said of the closings of issues.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::feedback::opinion_row::{ActiveModel, Column, Entity, Model};
use super::{ends, word};
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

/// Keeps what somebody says of a closing, in place of what they said before; `end_time` is when its issue ended, if it has.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(
    conn: &impl ConnectionTrait,
    opinion: &Opinion,
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        issue_id: Set(opinion.issue_id.0),
        closing: Set(opinion.closing),
        reporter_id: Set(opinion.reporter_id.0),
        partnership_id: Set(opinion.partnership_id.0),
        satisfaction: Set(opinion.satisfaction.word().to_owned()),
        comment: Set(opinion.comment.clone()),
        changed: Set(opinion.changed),
        opinion_time: Set(opinion.time),
        end_time: Set(end_time.filter(|_| !opinion.comment.is_empty())),
    };
    let there = OnConflict::columns([Column::IssueId, Column::Closing, Column::ReporterId])
        .update_columns([Column::Satisfaction, Column::Comment, Column::Changed, Column::OpinionTime, Column::EndTime])
        .to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// Keeps an opinion without some of its words.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn rewrite(conn: &impl ConnectionTrait, opinion: &Opinion) -> Result<(), DbErr> {
    let end_time = if opinion.comment.is_empty() { Set(None) } else { NotSet };
    let row = ActiveModel { comment: Set(opinion.comment.clone()), end_time, ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::IssueId.eq(opinion.issue_id.0));
    let update = update.filter(Column::Closing.eq(opinion.closing));
    let update = update.filter(Column::ReporterId.eq(opinion.reporter_id.0));
    update.filter(Column::PartnershipId.eq(opinion.partnership_id.0)).exec(conn).await.map(|_| ())
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

/// Issues that have comments and ended at `end_time` or before. These are kept from other writers until the transaction ends.
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

/// Erases all comments of issues.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase_comments(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &BTreeSet<IssueId>,
) -> Result<(), DbErr> {
    let row = ActiveModel { comment: Set(String::new()), end_time: Set(None), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::IssueId.is_in(issue_ids.iter().map(|id| id.0))).exec(conn).await.map(|_| ())
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
