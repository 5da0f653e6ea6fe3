//! "You said, we did" entries, the issues that they are about, and what they said before.

use std::collections::HashMap;
use std::ops::Range;

use pathfinder_terms::{IssueId, PartnershipId, ResponseEntryId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::entity::issue::issue_row;
use super::entity::response_entry::entry_row::{ActiveModel, Column, Entity, Model};
use super::entity::response_entry::{about_row, revision_row};
use super::{from_json, word};
use crate::domain::response_entry::{NamedIssue, Pictured, Revision, Said, Withdrawal};
use crate::domain::{Issue, Photo, ResponseEntry};

/// The table that filters speak of: a row for each issue of each entry.
pub(crate) const TABLE: &str = "response_entry_issue";
/// So many ids are looked up at once.
const IDS_AT_ONCE: usize = 1_000;

/// Which entries are looked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What the filter asks of one of their issues.
    pub condition: Condition,
    /// Whether those that are not public are among them.
    pub with_hidden: bool,
}

/// Writes a new entry about these issues.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(conn: &impl ConnectionTrait, entry: &ResponseEntry, issues: &[&Issue]) -> Result<(), DbErr> {
    Entity::insert(row_of(entry)).exec_without_returning(conn).await?;
    let about = issues.iter().zip(0_i32..).map(|(issue, position)| about_row::ActiveModel {
        entry_id: Set(entry.id.0),
        issue_id: Set(issue.id.0),
        partnership_id: Set(entry.partnership_id.0),
        position: Set(position),
        category_code: Set(issue.category_code.clone()),
        provider_id: Set(entry.said.provider_id.map(Uuid::from)),
    });
    about_row::Entity::insert_many(about).exec_without_returning(conn).await.map(|_| ())
}

/// Writes an entry over its former self. Its issues stay.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, entry: &ResponseEntry) -> Result<(), DbErr> {
    let update = Entity::update_many().set(ActiveModel { id: NotSet, ..row_of(entry) });
    let update = update.filter(Column::PartnershipId.eq(entry.partnership_id.0));
    update.filter(Column::Id.eq(entry.id.0)).exec(conn).await?;
    let provider_id = Set(entry.said.provider_id.map(Uuid::from));
    let about = about_row::ActiveModel { provider_id, ..about_row::ActiveModel::default() };
    let update = about_row::Entity::update_many().set(about);
    let update = update.filter(about_row::Column::PartnershipId.eq(entry.partnership_id.0));
    update.filter(about_row::Column::EntryId.eq(entry.id.0)).exec(conn).await.map(|_| ())
}

/// The entry.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ResponseEntryId,
) -> Result<Option<ResponseEntry>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.one(conn).await?.into_iter().collect();
    Ok(with_issues(conn, partnership_id, rows).await?.pop())
}

/// The entry, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ResponseEntryId,
) -> Result<Option<ResponseEntry>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.lock_exclusive().one(conn).await?.into_iter().collect();
    Ok(with_issues(conn, partnership_id, rows).await?.pop())
}

/// All entries about an issue, or about the one that it repeats, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn about_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<ResponseEntry>, DbErr> {
    let query = issue_row::Entity::find_by_id(issue_id.0).select_only().column(issue_row::Column::DuplicateOf);
    let query = query.filter(issue_row::Column::PartnershipId.eq(partnership_id.0));
    let repeated: Option<Option<Uuid>> = query.into_tuple().one(conn).await?;
    let same: Vec<Uuid> = std::iter::once(issue_id.0).chain(repeated.flatten()).collect();
    let rows = about_any(partnership_id, &same).lock_exclusive().all(conn).await?;
    with_issues(conn, partnership_id, rows).await
}

/// The question for all entries about one of some issues.
fn about_any(partnership_id: PartnershipId, issue_ids: &[Uuid]) -> Select<Entity> {
    let mut named = Query::select();
    named.column(about_row::Column::EntryId).from(about_row::Entity);
    named.and_where(about_row::Column::IssueId.is_in(issue_ids.iter().copied()));
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    query.filter(Column::Id.in_subquery(named)).order_by_asc(Column::Id)
}

/// A page of entries, newest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    wanted: Wanted,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ResponseEntry>, DbErr> {
    let partnership_id = wanted.partnership_id;
    let rows = page_of(wanted, after, limit).all(conn).await?;
    with_issues(conn, partnership_id, rows).await
}

fn page_of(wanted: Wanted, after: Option<Uuid>, limit: u64) -> Select<Entity> {
    let Wanted { partnership_id, condition, with_hidden } = wanted;
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    query = query.filter(Expr::exists(about(condition, with_hidden)));
    if !with_hidden {
        query = query.filter(Column::WithdrawTime.is_null());
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    query.order_by_desc(Column::Id).limit(limit)
}

/// The latest entries within a range of ids that were not withdrawn, last first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn latest(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    within: Range<Uuid>,
    limit: u64,
) -> Result<Vec<ResponseEntry>, DbErr> {
    let rows = latest_of(partnership_id, within, limit).all(conn).await?;
    with_issues(conn, partnership_id, rows).await
}

fn latest_of(partnership_id: PartnershipId, within: Range<Uuid>, limit: u64) -> Select<Entity> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::WithdrawTime.is_null()).filter(Column::Id.gte(within.start));
    query.filter(Column::Id.lt(within.end)).order_by_desc(Column::Id).limit(limit)
}

/// The questions of [`list`], [`latest`] and [`about_for_update`], for the test of how a database goes about them.
#[cfg(test)]
pub(crate) fn questions(
    partnership_id: PartnershipId,
    issue_id: IssueId,
    backend: sea_orm::DbBackend,
) -> [sea_orm::Statement; 3] {
    let wanted = Wanted { partnership_id, condition: Condition::all(), with_hidden: false };
    let queries = [
        page_of(wanted, Some(Uuid::max()), 50),
        latest_of(partnership_id, Uuid::nil()..Uuid::max(), 50),
        about_any(partnership_id, &[issue_id.0]),
    ];
    queries.map(|query| sea_orm::QueryTrait::build(&query, backend))
}

/// The issues of the entry for which a condition holds, and which everyone may know of unless hidden ones count, too.
fn about(condition: Condition, with_hidden: bool) -> SelectStatement {
    let column = |column: about_row::Column| Expr::col((about_row::Entity, column));
    let mut about = Query::select();
    about.expr(Expr::val(1)).from(about_row::Entity).cond_where(condition);
    about.and_where(column(about_row::Column::EntryId).equals((Entity, Column::Id)));
    if !with_hidden {
        let issue = |column: issue_row::Column| Expr::col((issue_row::Entity, column));
        let mut public = Query::select();
        public.expr(Expr::val(1)).from(issue_row::Entity).and_where(issue(issue_row::Column::HeldBack).eq(false));
        public.and_where(issue(issue_row::Column::Id).equals((about_row::Entity, about_row::Column::IssueId)));
        about.and_where(Expr::exists(public));
    }
    about
}

/// The issues of those ids, as entries name them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn named(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[IssueId],
) -> Result<HashMap<IssueId, NamedIssue>, DbErr> {
    use issue_row::Column;
    let columns = [
        Column::Id,
        Column::Reference,
        Column::Title,
        Column::CategoryName,
        Column::CategoryCode,
        Column::State,
        Column::HeldBack,
    ];
    let mut named = HashMap::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let query = issue_row::Entity::find().select_only().columns(columns);
        let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
        let query = query.filter(Column::Id.is_in(some.iter().map(|id| id.0)));
        let rows: Vec<(Uuid, String, String, String, String, String, bool)> = query.into_tuple().all(conn).await?;
        for (id, reference, title, category_name, category_code, state, held_back) in rows {
            let (id, name) = (IssueId(id), NamedIssue::name_of(title, category_name));
            let (state, public) = (word("state", &state)?, !held_back);
            named.insert(id, NamedIssue { id, reference, name, category_code, state, public });
        }
    }
    Ok(named)
}

/// The photos of the issues of those ids.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn photos_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[IssueId],
) -> Result<HashMap<IssueId, Vec<Photo>>, DbErr> {
    use issue_row::Column;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = issue_row::Entity::find().select_only().columns([Column::Id, Column::Photos]);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
    let rows: Vec<(Uuid, String)> = query.into_tuple().all(conn).await?;
    rows.into_iter().map(|(id, photos)| Ok((IssueId(id), from_json("list of photos", &photos)?))).collect()
}

/// Keeps what an entry said before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn add_revision(conn: &impl ConnectionTrait, revision: &Revision) -> Result<(), DbErr> {
    revision_row::Entity::insert(row_of_revision(revision)).exec_without_returning(conn).await.map(|_| ())
}

/// Writes what an entry said before over itself: only for taking a person out.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn rewrite_revision(conn: &impl ConnectionTrait, revision: &Revision) -> Result<(), DbErr> {
    use revision_row::{ActiveModel, Column, Entity};
    let row = ActiveModel { entry_id: NotSet, revision: NotSet, ..row_of_revision(revision) };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(revision.partnership_id.0));
    let update = update.filter(Column::EntryId.eq(revision.entry_id.0));
    update.filter(Column::Revision.eq(revision.revision)).exec(conn).await.map(|_| ())
}

/// A page of what an entry said before, last said first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn revisions(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ResponseEntryId,
    after: Option<i32>,
    limit: u64,
) -> Result<Vec<Revision>, DbErr> {
    use revision_row::{Column, Entity};
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    query = query.filter(Column::EntryId.eq(id.0));
    if let Some(after) = after {
        query = query.filter(Column::Revision.lt(after));
    }
    let rows = query.order_by_desc(Column::Revision).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(revision_of).collect())
}

/// Entries of these rows, in their order, each with its issues.
async fn with_issues(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    rows: Vec<Model>,
) -> Result<Vec<ResponseEntry>, DbErr> {
    use about_row::Column;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let query = about_row::Entity::find().select_only().columns([Column::EntryId, Column::IssueId]);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::EntryId.is_in(rows.iter().map(|row| row.id)));
    let query = query.order_by_asc(Column::EntryId).order_by_asc(Column::Position);
    let named: Vec<(Uuid, Uuid)> = query.into_tuple().all(conn).await?;
    let mut issue_ids: HashMap<Uuid, Vec<IssueId>> = HashMap::new();
    for (entry_id, issue_id) in named {
        issue_ids.entry(entry_id).or_default().push(IssueId(issue_id));
    }
    let entries = rows.into_iter().map(|row| {
        let issue_ids = issue_ids.remove(&row.id).unwrap_or_default();
        entry_of(row, issue_ids)
    });
    Ok(entries.collect())
}

fn row_of(entry: &ResponseEntry) -> ActiveModel {
    let said = &entry.said;
    ActiveModel {
        id: Set(entry.id.0),
        partnership_id: Set(entry.partnership_id.0),
        you_said: Set(said.you_said.clone()),
        we_did: Set(said.we_did.clone()),
        provider_id: Set(said.provider_id.map(Uuid::from)),
        provider_name: Set(said.provider_name.clone()),
        photo_issue_id: Set(said.pictured.map(|pictured| pictured.issue_id.0)),
        photo_id: Set(said.pictured.map(|pictured| pictured.photo_id.0)),
        publish_time: Set(entry.publish_time),
        update_time: Set(entry.update_time),
        revision: Set(entry.revision),
        withdraw_time: Set(entry.withdrawal.as_ref().map(|withdrawal| withdrawal.time)),
        withdraw_reason: Set(entry.withdrawal.as_ref().map(|withdrawal| withdrawal.reason.clone()).unwrap_or_default()),
        version: Set(entry.version),
    }
}

fn entry_of(row: Model, issue_ids: Vec<IssueId>) -> ResponseEntry {
    let reason = row.withdraw_reason;
    ResponseEntry {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        said: Said {
            you_said: row.you_said,
            we_did: row.we_did,
            provider_id: row.provider_id.map(Into::into),
            provider_name: row.provider_name,
            pictured: pictured(row.photo_issue_id, row.photo_id),
        },
        issue_ids,
        publish_time: row.publish_time,
        update_time: row.update_time,
        revision: row.revision,
        withdrawal: row.withdraw_time.map(|time| Withdrawal { time, reason }),
        version: row.version,
    }
}

fn pictured(issue_id: Option<Uuid>, photo_id: Option<Uuid>) -> Option<Pictured> {
    issue_id.zip(photo_id).map(|(issue_id, photo_id)| Pictured { issue_id: issue_id.into(), photo_id: photo_id.into() })
}

fn row_of_revision(revision: &Revision) -> revision_row::ActiveModel {
    let said = &revision.said;
    revision_row::ActiveModel {
        entry_id: Set(revision.entry_id.0),
        revision: Set(revision.revision),
        partnership_id: Set(revision.partnership_id.0),
        you_said: Set(said.you_said.clone()),
        we_did: Set(said.we_did.clone()),
        provider_id: Set(said.provider_id.map(Uuid::from)),
        provider_name: Set(said.provider_name.clone()),
        photo_issue_id: Set(said.pictured.map(|pictured| pictured.issue_id.0)),
        photo_id: Set(said.pictured.map(|pictured| pictured.photo_id.0)),
        replace_time: Set(revision.replace_time),
        actor_id: Set(revision.actor_id.clone()),
        actor_name: Set(revision.actor_name.clone()),
    }
}

fn revision_of(row: revision_row::Model) -> Revision {
    Revision {
        entry_id: row.entry_id.into(),
        partnership_id: row.partnership_id.into(),
        revision: row.revision,
        said: Said {
            you_said: row.you_said,
            we_did: row.we_did,
            provider_id: row.provider_id.map(Into::into),
            provider_name: row.provider_name,
            pictured: pictured(row.photo_issue_id, row.photo_id),
        },
        replace_time: row.replace_time,
        actor_id: row.actor_id,
        actor_name: row.actor_name,
    }
}
