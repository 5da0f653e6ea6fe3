//! The latest of what happened to issues, and whom it concerns.

use std::collections::HashMap;

use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::entity::issue::{history_row, issue_row};
use super::entity::people::{contact_row, reporter_row};
use super::history::entry_of;
use super::reporter::who_count;
use crate::domain::history::Entry;
use crate::domain::news::STEPS;
use crate::domain::response_entry::Concerned;

/// So many ids are looked up at once.
const IDS_AT_ONCE: usize = 1_000;

/// The latest steps of issues that may be news, recorded before the one of that id, last first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn steps(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    before: Uuid,
    limit: u64,
) -> Result<Vec<Entry>, DbErr> {
    let rows = latest(partnership_id, before, limit).all(conn).await?;
    Ok(rows.into_iter().map(entry_of).collect())
}

/// The question of [`steps`], for the test of how a database goes about it.
#[cfg(test)]
pub(crate) fn question_of_steps(partnership_id: PartnershipId, backend: sea_orm::DbBackend) -> sea_orm::Statement {
    sea_orm::QueryTrait::build(&latest(partnership_id, Uuid::max(), 100), backend)
}

fn latest(partnership_id: PartnershipId, before: Uuid, limit: u64) -> Select<history_row::Entity> {
    use history_row::{Column, Entity};
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Id.lt(before));
    query.filter(Column::Kind.is_in(STEPS)).order_by_desc(Column::Id).limit(limit)
}

/// Everyone who reported, supports or follows one of some issues, or one that repeats it, with that issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn concerned(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
) -> Result<Vec<Concerned>, DbErr> {
    use issue_row::Column;
    let mut concerned = Vec::new();
    for some in issue_ids.chunks(IDS_AT_ONCE) {
        let query = issue_row::Entity::find().select_only().columns([Column::Id, Column::DuplicateOf]);
        let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
        let query = query.filter(Column::DuplicateOf.is_in(some.iter().map(|id| id.0))).order_by_asc(Column::Id);
        let duplicates: Vec<(Uuid, Uuid)> = query.into_tuple().all(conn).await?;
        let same: Vec<(Uuid, IssueId)> =
            some.iter().map(|id| (id.0, *id)).chain(duplicates.into_iter().map(|(id, of)| (id, of.into()))).collect();
        for same in same.chunks(IDS_AT_ONCE) {
            concerned.extend(people_of(conn, partnership_id, same).await?);
        }
    }
    Ok(concerned)
}

/// Everyone who reported, supports or follows one of some issues, each with the issue that is theirs.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn readers_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: &[IssueId],
) -> Result<Vec<Concerned>, DbErr> {
    let same: Vec<(Uuid, IssueId)> = issue_ids.iter().map(|id| (id.0, *id)).collect();
    let mut readers = Vec::new();
    for same in same.chunks(IDS_AT_ONCE) {
        readers.extend(people_of(conn, partnership_id, same).await?);
    }
    Ok(readers)
}

/// The people of some issues, each of which counts as another, or as itself.
async fn people_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    same: &[(Uuid, IssueId)],
) -> Result<Vec<Concerned>, DbErr> {
    use reporter_row::{Column, Entity};
    let contact = Entity::belongs_to(contact_row::Entity).from(Column::Id).to(contact_row::Column::ReporterId);
    let query = Entity::find().select_only().columns([Column::Id, Column::IssueId, Column::Follower]);
    let query = query.column(contact_row::Column::EmailPrint).join(JoinType::LeftJoin, contact.into());
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(who_count());
    let query = query.filter(Column::IssueId.is_in(same.iter().map(|(id, _)| *id))).order_by_asc(Column::Id);
    let rows: Vec<(Uuid, Uuid, bool, Option<String>)> = query.into_tuple().all(conn).await?;
    let counts_as: HashMap<Uuid, IssueId> = same.iter().copied().collect();
    let person = |(id, issue_id, by_letter, mark): (Uuid, Uuid, bool, Option<String>)| {
        let issue_id = *counts_as.get(&issue_id)?;
        Some(Concerned { id: id.into(), issue_id, by_letter, mark: mark.filter(|mark| !mark.is_empty()) })
    };
    Ok(rows.into_iter().filter_map(person).collect())
}
