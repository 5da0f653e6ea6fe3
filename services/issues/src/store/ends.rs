//! The ends of issues, from which on what people left or confided may be kept for so long and no longer.
//!
//! To keep something more for so long: an `end_time` and an index on it in its table, [`EndsWithIssue`] for its rows here, and a line in
//! each of the functions that go through all of them.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::edit::edit_row;
use super::entity::feedback::{opinion_row, question_row};
use super::entity::issue::issue_row;
use super::entity::people::{contact_row, reporter_row};
use super::unindexed;

/// Rows that know when their issue ended; none while it is open, or where they hold nothing that is erased by age.
pub(super) trait EndsWithIssue: EntityTrait {
    /// Whose they are.
    const PARTNERSHIP_ID: Self::Column;
    /// When their issue ended.
    const END_TIME: Self::Column;

    /// Those of these issues that hold something.
    fn of(issue_ids: &[IssueId]) -> Condition;
}

impl EndsWithIssue for contact_row::Entity {
    const PARTNERSHIP_ID: Self::Column = contact_row::Column::PartnershipId;
    const END_TIME: Self::Column = contact_row::Column::EndTime;

    /// Of those who reported, support or follow one of them.
    fn of(issue_ids: &[IssueId]) -> Condition {
        let mut people = Query::select();
        people.column(reporter_row::Column::Id).from(reporter_row::Entity);
        people.and_where(reporter_row::Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)));
        Condition::all().add(contact_row::Column::ReporterId.in_subquery(people))
    }
}

impl EndsWithIssue for edit_row::Entity {
    const PARTNERSHIP_ID: Self::Column = edit_row::Column::PartnershipId;
    const END_TIME: Self::Column = edit_row::Column::EndTime;

    fn of(issue_ids: &[IssueId]) -> Condition {
        Condition::all().add(edit_row::Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)))
    }
}

impl EndsWithIssue for question_row::Entity {
    const PARTNERSHIP_ID: Self::Column = question_row::Column::PartnershipId;
    const END_TIME: Self::Column = question_row::Column::EndTime;

    /// With an answer: questions are kept.
    fn of(issue_ids: &[IssueId]) -> Condition {
        let answered = Condition::all().add(question_row::Column::Answer.ne(""));
        answered.add(question_row::Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)))
    }
}

impl EndsWithIssue for opinion_row::Entity {
    const PARTNERSHIP_ID: Self::Column = opinion_row::Column::PartnershipId;
    const END_TIME: Self::Column = opinion_row::Column::EndTime;

    /// With a comment: how satisfied somebody was is kept.
    fn of(issue_ids: &[IssueId]) -> Condition {
        let commented = Condition::all().add(opinion_row::Column::Comment.ne(""));
        commented.add(opinion_row::Column::IssueId.is_in(issue_ids.iter().map(|id| id.0)))
    }
}

impl EndsWithIssue for issue_row::Entity {
    const PARTNERSHIP_ID: Self::Column = issue_row::Column::PartnershipId;
    const END_TIME: Self::Column = issue_row::Column::HomeEndTime;

    /// At homes: of these, more is kept than everybody may know.
    fn of(issue_ids: &[IssueId]) -> Condition {
        let at_home = Condition::all().add(issue_row::Column::Domestic.eq(true));
        at_home.add(issue_row::Column::Id.is_in(issue_ids.iter().map(|id| id.0)))
    }
}

/// Keeps when the issues ended, which are the same thing; none when they are open again.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn set_end_time(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    end::<contact_row::Entity>(conn, partnership_id, issue_ids, end_time).await?;
    end::<edit_row::Entity>(conn, partnership_id, issue_ids, end_time).await?;
    end::<question_row::Entity>(conn, partnership_id, issue_ids, end_time).await?;
    end::<opinion_row::Entity>(conn, partnership_id, issue_ids, end_time).await?;
    end::<issue_row::Entity>(conn, partnership_id, issue_ids, end_time).await
}

/// A partnership that has contact details whose issue ended at `end_time` or before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn next_with_ended_contacts(
    conn: &impl ConnectionTrait,
    end_time: DateTime<Utc>,
) -> Result<Option<PartnershipId>, DbErr> {
    next_with_ended::<contact_row::Entity>(conn, end_time).await
}

/// A partnership with words that are kept apart from their issue, or an issue at a home, which ended at `end_time` or before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn next_with_ended_words(
    conn: &impl ConnectionTrait,
    end_time: DateTime<Utc>,
) -> Result<Option<PartnershipId>, DbErr> {
    if let Some(edited) = next_with_ended::<edit_row::Entity>(conn, end_time).await? {
        return Ok(Some(edited));
    }
    if let Some(answered) = next_with_ended::<question_row::Entity>(conn, end_time).await? {
        return Ok(Some(answered));
    }
    if let Some(commented) = next_with_ended::<opinion_row::Entity>(conn, end_time).await? {
        return Ok(Some(commented));
    }
    next_with_ended::<issue_row::Entity>(conn, end_time).await
}

async fn end<R: EndsWithIssue>(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let update = R::update_many().col_expr(R::END_TIME, Expr::value(end_time));
    let update = update.filter(R::PARTNERSHIP_ID.eq(partnership_id.0)).filter(R::of(issue_ids));
    update.exec(conn).await.map(|_| ())
}

async fn next_with_ended<R: EndsWithIssue>(
    conn: &impl ConnectionTrait,
    end_time: DateTime<Utc>,
) -> Result<Option<PartnershipId>, DbErr> {
    let query = R::find().select_only().column(R::PARTNERSHIP_ID).filter(R::END_TIME.lte(end_time));
    let id: Option<Uuid> = query.order_by_asc(R::END_TIME).limit(1).into_tuple().one(conn).await?;
    Ok(id.map(Into::into))
}

/// Rows whose issue ended at `end_time` or before, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(super) async fn ended_by<R: EndsWithIssue>(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    end_time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<R::Model>, DbErr> {
    // So that no database looks for these few among all that the partnership has.
    let of_partnership = unindexed(R::PARTNERSHIP_ID.into_expr()).eq(partnership_id.0);
    let query = R::find().filter(of_partnership).filter(R::END_TIME.lte(end_time));
    query.order_by_asc(R::END_TIME).limit(limit).lock_exclusive().all(conn).await
}
