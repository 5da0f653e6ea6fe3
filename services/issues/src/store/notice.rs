//! What those who reported or support issues were told.

use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::people::notice_row::{ActiveModel, Column, Entity, Model};
use crate::domain::Notice;

const ROWS_PER_INSERT: usize = 1_000;
/// So many announcements are read at once to write others over them.
const ANNOUNCEMENTS: u64 = 500;

/// Writes notices.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert_many(conn: &impl ConnectionTrait, notices: &[Notice]) -> Result<(), DbErr> {
    for chunk in notices.chunks(ROWS_PER_INSERT) {
        Entity::insert_many(chunk.iter().map(row_of)).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// A page of what one person was told, newest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    reporter_id: ReporterId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Notice>, DbErr> {
    let mut query = Entity::find().filter(Column::ReporterId.eq(reporter_id.0));
    query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(notice_of).collect())
}

/// The issue that a notice is about; none where there is no such notice.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn issue_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: Uuid,
) -> Result<Option<IssueId>, DbErr> {
    let row = Entity::find_by_id(id).filter(Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    Ok(row.map(|row| row.issue_id.into()))
}

/// What was told about an issue, oldest first: with each notice the number of people who were told it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn announced(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    limit: u64,
) -> Result<Vec<(Notice, usize)>, DbErr> {
    let query =
        Entity::find().filter(Column::IssueId.eq(issue_id.0)).filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.order_by_asc(Column::Id).limit(limit).all(conn).await?;
    let mut told: Vec<(Notice, usize)> = Vec::new();
    for notice in rows.into_iter().map(notice_of) {
        match told.iter_mut().find(|(first, _)| first.announcement_id == notice.announcement_id) {
            Some((_, count)) => *count += 1,
            None => told.push((notice, 1)),
        }
    }
    Ok(told)
}

/// Writes another text over what was told about an issue, for everyone who was told it, wherever `rewrite` has one. Answers whether it had.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn retell(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    rewrite: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<bool, DbErr> {
    let (mut changed, mut after) = (false, None);
    loop {
        let announced = announcements(conn, partnership_id, issue_id, after).await?;
        let Some((last, _)) = announced.last() else { return Ok(changed) };
        after = Some(*last);
        for (announcement_id, text) in announced {
            let Some(text) = rewrite(&text) else { continue };
            let update = Entity::update_many().set(ActiveModel { text: Set(text), ..ActiveModel::default() });
            let update = update.filter(Column::PartnershipId.eq(partnership_id.0));
            let update = update.filter(Column::IssueId.eq(issue_id.0));
            update.filter(Column::AnnouncementId.eq(announcement_id)).exec(conn).await?;
            changed = true;
        }
    }
}

/// What was told about an issue, each announcement once, however many were told it: some of them, behind the one of that id.
async fn announcements(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    after: Option<Uuid>,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    let query = Entity::find().select_only().columns([Column::AnnouncementId, Column::Text]).distinct();
    let mut query = query.filter(Column::IssueId.eq(issue_id.0)).filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::AnnouncementId.gt(after));
    }
    query.order_by_asc(Column::AnnouncementId).limit(ANNOUNCEMENTS).into_tuple().all(conn).await
}

fn row_of(notice: &Notice) -> ActiveModel {
    ActiveModel {
        id: Set(notice.id.0),
        announcement_id: Set(notice.announcement_id),
        partnership_id: Set(notice.partnership_id.0),
        issue_id: Set(notice.issue_id.0),
        reporter_id: Set(notice.reporter_id.0),
        kind: Set(notice.kind.clone()),
        text: Set(notice.text.clone()),
        action_id: Set(notice.action_id.map(Uuid::from)),
        notice_time: Set(notice.time),
    }
}

fn notice_of(row: Model) -> Notice {
    Notice {
        id: row.id.into(),
        announcement_id: row.announcement_id,
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        reporter_id: row.reporter_id.into(),
        kind: row.kind,
        text: row.text,
        action_id: row.action_id.map(Into::into),
        time: row.notice_time,
    }
}
