//! Issues.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select, Value,
};
#[cfg(test)]
use sea_orm::{DbBackend, QueryTrait as _, Statement};
use uuid::Uuid;

use super::entity::issue::issue_row::{ActiveModel, Column, Entity, Model};
use super::{from_json, to_json, unindexed, word};
use crate::domain::Issue;
use crate::domain::geography::Point;
use crate::domain::issue::{Location, Source};
use crate::domain::photo::dropped_pictures;
use crate::domain::{cell, cluster};

/// The table, for filters.
pub(crate) const TABLE: &str = "issue";
/// Fewer than seventy columns: so many rows stay well below the 32,766 values that SQLite binds in one statement.
const ROWS_PER_INSERT: usize = 250;
/// So many ids or references are looked for at once.
const NAMED_AT_ONCE: usize = 500;

/// The issue, if it is one of the partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
) -> Result<Option<Issue>, DbErr> {
    let row = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    row.map(issue_of).transpose()
}

/// The issue, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
) -> Result<Option<Issue>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.lock_exclusive().one(conn).await?.map(issue_of).transpose()
}

/// Those issues of the ids that are there, in the order of their ids, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_ids_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[IssueId],
) -> Result<Vec<Issue>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::Id.is_in(ids.iter().map(|id| id.0))).order_by_asc(Column::Id);
    query.lock_exclusive().all(conn).await?.into_iter().map(issue_of).collect()
}

/// The external ids among `external_ids` that are there already.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn known_external_ids(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    external_ids: Vec<String>,
) -> Result<Vec<(String, IssueId)>, DbErr> {
    let query = Entity::find().select_only().column(Column::ExternalId).column(Column::Id);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::ExternalId.is_in(external_ids));
    let rows: Vec<(Option<String>, Uuid)> = query.into_tuple().all(conn).await?;
    Ok(rows.into_iter().filter_map(|(external_id, id)| Some((external_id?, IssueId(id)))).collect())
}

/// An issue on which a timer has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// How often in a row that failed for this issue.
    pub failure_count: u32,
}

/// Issues of any partnership whose clock waits for its pledge and whose turn has come, oldest first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn with_pending_clock(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    let waiting = Condition::all().add(Column::ClockPending.eq(true)).add(Column::ProviderId.is_not_null());
    waiting_after(conn, (waiting, own_id()), now, after, limit).await
}

/// Issues of any partnership at which it is to be looked again since before `now`, because their due time is near or has passed, and
/// whose turn has come, oldest first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due_before(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    waiting_after(conn, since_before(now, Column::NextLookTime), now, after, limit).await
}

/// Issues of any partnership that a provider did not answer for in its time before `now`, and whose turn has come, oldest first, after one
/// of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn unanswered_before(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    waiting_after(conn, since_before(now, Column::AnswerDueTime), now, after, limit).await
}

/// Issues of any partnership whose question to whoever reported them was not answered in its time before `now`, and whose turn has come, oldest
/// first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn with_late_question(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    waiting_after(conn, since_before(now, Column::QuestionDueTime), now, after, limit).await
}

/// Issues of any partnership around which it is to be looked for others like them, and whose turn has come, oldest first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn to_look_around(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    waiting_after(conn, (Condition::all().add(Column::ClusterLook.eq(true)), own_id()), now, after, limit).await
}

/// Some issues of a category whose exact place everybody may read, oldest first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn exactly_placed(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    category_code: &str,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<IssueId>, DbErr> {
    let query = Entity::find().select_only().column(Column::Id).filter(Column::PartnershipId.eq(partnership_id.0));
    let mut query = query.filter(Column::CategoryCode.eq(category_code)).filter(Column::Domestic.eq(false));
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.0));
    }
    let ids: Vec<Uuid> = query.order_by_asc(Column::Id).limit(limit).into_tuple().all(conn).await?;
    Ok(ids.into_iter().map(IssueId).collect())
}

/// Keeps that it was looked around these issues of any partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn looked_around(conn: &impl ConnectionTrait, ids: &[IssueId]) -> Result<(), DbErr> {
    let row = ActiveModel { cluster_look: Set(false), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
    update.exec(conn).await.map(|_| ())
}

/// The issue and all that repeat it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn with_duplicates(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
) -> Result<Vec<IssueId>, DbErr> {
    let query = Entity::find().select_only().column(Column::Id).filter(Column::DuplicateOf.eq(id.0));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).order_by_asc(Column::Id);
    let duplicates: Vec<Uuid> = query.into_tuple().all(conn).await?;
    Ok(std::iter::once(id).chain(duplicates.into_iter().map(IssueId)).collect())
}

/// Those of some issues that are held back.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn held_back_among(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[IssueId],
) -> Result<Vec<Issue>, DbErr> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    held_back_named(conn, partnership_id, (Column::Id, ids.as_slice())).await
}

/// The issues with these references that are held back.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn held_back_of_references(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    references: &[String],
) -> Result<Vec<Issue>, DbErr> {
    held_back_named(conn, partnership_id, (Column::Reference, references)).await
}

/// Those that are held back of the issues with these names in a column.
async fn held_back_named<V: Into<Value> + Clone>(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    (column, names): (Column, &[V]),
) -> Result<Vec<Issue>, DbErr> {
    let mut held_back = Vec::new();
    for some in names.chunks(NAMED_AT_ONCE) {
        let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
        let query = query.filter(column.is_in(some.iter().cloned())).filter(Column::HeldBack.eq(true));
        for row in query.all(conn).await? {
            held_back.push(issue_of(row)?);
        }
    }
    Ok(held_back)
}

/// The parts of an issue, oldest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn parts_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
    limit: u64,
) -> Result<Vec<Issue>, DbErr> {
    let query = Entity::find().filter(Column::ParentIssueId.eq(id.0));
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).order_by_asc(Column::Id).limit(limit);
    query.all(conn).await?.into_iter().map(issue_of).collect()
}

async fn waiting_after(
    conn: &impl ConnectionTrait,
    (condition, id): (Condition, Expr),
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    let question = waiting_question((condition, id), now, after, limit);
    let rows: Vec<(Uuid, Uuid, i32)> = question.into_tuple().all(conn).await?;
    let waiting = rows.into_iter().map(|(partnership_id, issue_id, failure_count)| Waiting {
        partnership_id: partnership_id.into(),
        issue_id: issue_id.into(),
        failure_count: u32::try_from(failure_count).unwrap_or(0),
    });
    Ok(waiting.collect())
}

/// Whole rows are not read here: one that cannot be read must not hide the others.
fn waiting_question(
    (condition, id): (Condition, Expr),
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Select<Entity> {
    let turn = Condition::any().add(Column::NextAttemptTime.is_null()).add(Column::NextAttemptTime.lte(now));
    let columns = [Column::PartnershipId, Column::Id, Column::FailureCount];
    let mut query = Entity::find().select_only().columns(columns).filter(condition).filter(turn);
    if let Some(after) = after {
        query = query.filter(id.clone().gt(after.0));
    }
    query.order_by_asc(id).limit(limit)
}

/// What has waited until `now`, with how the id is read: such issues are found by that time, and they are few, so that the order is made of them.
fn since_before(now: DateTime<Utc>, time: Column) -> (Condition, Expr) {
    (Condition::all().add(time.lt(now)), unindexed_id())
}

/// What the timers ask, again and again, by the times of all issues that there are.
#[cfg(test)]
pub(crate) fn questions_of_timers(now: DateTime<Utc>, after: Option<IssueId>, backend: DbBackend) -> Vec<Statement> {
    let times = [Column::NextLookTime, Column::AnswerDueTime, Column::QuestionDueTime];
    let questions = times.map(|time| waiting_question(since_before(now, time), now, after, 100).build(backend));
    questions.into()
}

pub(super) fn own_id() -> Expr {
    Expr::col((Entity, Column::Id))
}

/// An issue's id, so that no database takes a look at ids in their order for a way to find a few.
pub(super) fn unindexed_id() -> Expr {
    unindexed(own_id())
}

/// Keeps that a timer failed on the issue, and when its turn comes again. Any other write of the issue gives it its turn at once: what
/// failed may not fail any more.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_off(conn: &impl ConnectionTrait, failed: Waiting, until: DateTime<Utc>) -> Result<(), DbErr> {
    let row = ActiveModel {
        failure_count: Set(i32::try_from(failed.failure_count).unwrap_or(i32::MAX)),
        next_attempt_time: Set(Some(until)),
        ..ActiveModel::default()
    };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(failed.issue_id.0));
    update.filter(Column::PartnershipId.eq(failed.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Writes new issues.
///
/// # Errors
///
/// When the database fails, or refuses a reference or external id that is there already.
pub(crate) async fn insert_many(
    conn: &impl ConnectionTrait,
    issues: &[Issue],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    for chunk in issues.chunks(ROWS_PER_INSERT) {
        let row = |issue: &Issue| -> Result<ActiveModel, DbErr> {
            let home_end_time = Set(is_ended_home(issue).then_some(issue.clock.ended.unwrap_or(now)));
            Ok(ActiveModel { home_end_time, ..row_of(issue, now)? })
        };
        let rows = chunk.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    super::words::insert(conn, issues).await
}

/// Writes an issue over its former self, `before`. Pictures that it does not name any more are noted down to be deleted: at once by whoever
/// took them out, else by a timer.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(
    conn: &impl ConnectionTrait,
    before: &Issue,
    issue: &Issue,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    super::words::update(conn, before, issue).await?;
    let dropped = dropped_pictures(before, issue);
    super::picture::insert(conn, issue.partnership_id, &dropped, now).await?;
    // Only one that did not count before, or not for its category, can make a cluster that it did not make then.
    let counted = cluster::place_of(before).is_some() && before.category_code == issue.category_code;
    let cluster_look = if !counted && makes_clusters(issue) { Set(true) } else { NotSet };
    // Where an issue that has ended turns out to stand at a home, that is kept for so long from now on.
    let is_late = is_ended_home(issue) && !before.location.domestic;
    let home_end_time = if is_late { Set(Some(now)) } else { NotSet };
    let row = ActiveModel { id: NotSet, cluster_look, home_end_time, ..row_of(issue, now)? };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(issue.id.0));
    update.filter(Column::PartnershipId.eq(issue.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Whether it is to be looked around an issue for others like it. Cases that are brought in from another system count, but prompt nobody: they
/// may be years old, and a hundred thousand.
fn makes_clusters(issue: &Issue) -> bool {
    issue.source != Source::Import && cluster::place_of(issue).is_some()
}

fn is_ended_home(issue: &Issue) -> bool {
    issue.location.domestic && !issue.state.is_open()
}

/// `home_end_time` is written apart.
fn row_of(issue: &Issue, now: DateTime<Utc>) -> Result<ActiveModel, DbErr> {
    let clock = &issue.clock;
    let public = issue.location.public_point();
    let exact = issue.location.point.filter(|_| issue.location.domestic);
    let resolution = issue.resolution.as_ref().map(|resolution| to_json("resolution", resolution)).transpose()?;
    let open_question = issue.open_question.as_ref();
    Ok(ActiveModel {
        id: Set(issue.id.0),
        partnership_id: Set(issue.partnership_id.0),
        reference: Set(issue.reference.clone()),
        category_code: Set(issue.category_code.clone()),
        category_name: Set(issue.category_name.clone()),
        title: Set(issue.title.clone()),
        description: Set(issue.description.clone()),
        latitude: Set(public.map(|point| point.latitude)),
        longitude: Set(public.map(|point| point.longitude)),
        cell: Set(public.map(cell::number_of)),
        domestic: Set(issue.location.domestic),
        exact_latitude: Set(exact.map(|point| point.latitude)),
        exact_longitude: Set(exact.map(|point| point.longitude)),
        address: Set(issue.location.address.clone()),
        uprn: Set(issue.location.uprn.clone()),
        location_text: Set(issue.location.location_text.clone()),
        land_type: Set(issue.location.land_type.clone()),
        state: Set(issue.state.word().to_owned()),
        open: Set(issue.state.is_open()),
        held_back: Set(issue.held_back),
        kind: Set(issue.kind.word().to_owned()),
        answers: Set(to_json("list of answers", &issue.answers)?),
        photos: Set(to_json("list of photos", &issue.photos)?),
        photos_waiting: Set(issue.photos.iter().any(|photo| photo.held)),
        source: Set(issue.source.word().to_owned()),
        severity: Set(issue.severity.word().to_owned()),
        hazard: Set(issue.hazard),
        provider_id: Set(issue.provider_id.map(Uuid::from)),
        provider_name: Set(issue.provider_name.clone()),
        routing_rule_id: Set(issue.routing_rule_id.map(Uuid::from)),
        standard_id: Set(clock.pledge().map(|pledge| pledge.standard_id.0)),
        clock: Set(to_json("clock", clock)?),
        clock_pending: Set(clock.is_pending()),
        due_time: Set(clock.due_time()),
        stopped_time: Set(clock.stopped_time()),
        breached: Set(clock.breach_time.is_some()),
        overdue: Set(issue.is_overdue(now)),
        next_look_time: Set(clock.next_look()),
        failure_count: Set(0),
        next_attempt_time: Set(None),
        external_id: Set(issue.external_id.clone()),
        supporter_count: Set(issue.supporter_count),
        reopened_count: Set(issue.reopened_count),
        refusal_count: Set(issue.refusal_count),
        duplicate_of: Set(issue.duplicate_of.map(Uuid::from)),
        parent_issue_id: Set(issue.parent_issue_id.map(Uuid::from)),
        answer_due_time: Set(issue.answer_due_time),
        answer_due_moved: Set(issue.answer_due_moved),
        cluster_look: Set(makes_clusters(issue)),
        resolution: Set(resolution),
        confirmation: Set(issue.confirmation.word().to_owned()),
        satisfaction: Set(issue.satisfaction.map(|satisfaction| satisfaction.word().to_owned())),
        question_count: Set(issue.question_count),
        open_question: Set(open_question.map(|open| to_json("open question", open)).transpose()?),
        question_due_time: Set(open_question.map(|open| open.due_time)),
        reporter_name: Set(issue.reporter_name.clone()),
        report_time: Set(issue.report_time),
        update_time: Set(issue.update_time),
        edit_time: Set(issue.edit_time),
        home_end_time: NotSet,
        version: Set(issue.version),
    })
}

pub(super) fn issue_of(row: Model) -> Result<Issue, DbErr> {
    let exact = row.exact_latitude.zip(row.exact_longitude);
    let point = exact.or(row.latitude.zip(row.longitude)).map(|(latitude, longitude)| Point { latitude, longitude });
    Ok(Issue {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        reference: row.reference,
        category_code: row.category_code,
        category_name: row.category_name,
        title: row.title,
        description: row.description,
        location: Location {
            point,
            address: row.address,
            uprn: row.uprn,
            location_text: row.location_text,
            land_type: row.land_type,
            domestic: row.domestic,
        },
        state: word("state", &row.state)?,
        held_back: row.held_back,
        kind: word("kind", &row.kind)?,
        answers: from_json("list of answers", &row.answers)?,
        photos: from_json("list of photos", &row.photos)?,
        source: word("source", &row.source)?,
        severity: word("severity", &row.severity)?,
        hazard: row.hazard,
        provider_id: row.provider_id.map(Into::into),
        provider_name: row.provider_name,
        routing_rule_id: row.routing_rule_id.map(Into::into),
        clock: from_json("clock", &row.clock)?,
        external_id: row.external_id,
        supporter_count: row.supporter_count,
        reopened_count: row.reopened_count,
        refusal_count: row.refusal_count,
        duplicate_of: row.duplicate_of.map(Into::into),
        parent_issue_id: row.parent_issue_id.map(Into::into),
        answer_due_time: row.answer_due_time,
        answer_due_moved: row.answer_due_moved,
        resolution: row.resolution.map(|text| from_json("resolution", &text)).transpose()?,
        confirmation: word("confirmation", &row.confirmation)?,
        satisfaction: row.satisfaction.map(|text| word("satisfaction", &text)).transpose()?,
        question_count: row.question_count,
        open_question: row.open_question.map(|text| from_json("open question", &text)).transpose()?,
        reporter_name: row.reporter_name,
        report_time: row.report_time,
        update_time: row.update_time,
        edit_time: row.edit_time,
        version: row.version,
    })
}
