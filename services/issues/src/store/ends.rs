//! The ends of issues, from which on what people left or confided may be kept for so long and no longer. Whatever is kept for so long has an
//! `end_time`, and its place here.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::{ConnectionTrait, DbErr};

use super::{contact, edit, inquiry, opinion};

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
    contact::set_end_time(conn, partnership_id, issue_ids, end_time).await?;
    edit::set_end_time(conn, partnership_id, issue_ids, end_time).await?;
    inquiry::set_end_time(conn, partnership_id, issue_ids, end_time).await?;
    opinion::set_end_time(conn, partnership_id, issue_ids, end_time).await
}

/// A partnership with words that are kept apart from their issue, which ended at `end_time` or before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn next_with_ended_words(
    conn: &impl ConnectionTrait,
    end_time: DateTime<Utc>,
) -> Result<Option<PartnershipId>, DbErr> {
    if let Some(edited) = edit::next_with_ended(conn, end_time).await? {
        return Ok(Some(edited));
    }
    if let Some(answered) = inquiry::next_with_ended(conn, end_time).await? {
        return Ok(Some(answered));
    }
    opinion::next_with_ended(conn, end_time).await
}
