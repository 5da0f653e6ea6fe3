//! Issues that are sent on to councils' own systems.

use chrono::{DateTime, Utc};
use pathfinder_terms::{ForwardingId, IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::entity::forwarding::forwarding_row::{ActiveModel, Column, Entity, Model};
use super::entity::forwarding::reading_row;
use super::entity::issue::issue_row;
use super::issue::issue_of;
use super::{unindexed, word};
use crate::domain::forwarding::{Endpoint, Forwarding, SendState};
use crate::domain::issue::Source;
use crate::domain::remote_request::{LastHeard, Watched};
use crate::domain::{Issue, IssueState};

/// So many ids are looked for at once.
const IDS_AT_ONCE: usize = 500;
/// The table, for filters.
pub(crate) const TABLE: &str = "forwarding";

/// Issues that were routed to an endpoint's provider and are not on their way there. Cases that came from another system are known
/// there already.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn to_queue(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    limit: u64,
) -> Result<Vec<Issue>, DbErr> {
    let rows = waiting(endpoint, limit).all(conn).await?;
    rows.into_iter().map(issue_of).collect()
}

/// The question of [`to_queue`], for the test of how a database goes about it.
#[cfg(test)]
pub(crate) fn question_of_queue(endpoint: &Endpoint, limit: u64, backend: sea_orm::DbBackend) -> sea_orm::Statement {
    sea_orm::QueryTrait::build(&waiting(endpoint, limit), backend)
}

fn waiting(endpoint: &Endpoint, limit: u64) -> Select<issue_row::Entity> {
    let issue = |column: issue_row::Column| Expr::col((issue_row::Entity, column));
    // Written out, so that the database sees that the index of issues in this state has all that are looked for.
    let routed = Expr::cust(format!("\"issue\".\"state\" = '{}'", IssueState::Routed.word()));
    let same = Expr::col((Entity, Column::IssueId)).equals((issue_row::Entity, issue_row::Column::Id));
    let queued = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(same)
        .and_where(Column::Endpoint.eq(&endpoint.name))
        .to_owned();
    issue_row::Entity::find()
        .filter(issue(issue_row::Column::PartnershipId).eq(endpoint.partnership_id.0))
        .filter(routed)
        .filter(issue(issue_row::Column::ProviderId).eq(endpoint.provider_id.0))
        .filter(issue(issue_row::Column::Source).ne(Source::Import.word()))
        .filter(issue(issue_row::Column::HeldBack).eq(false))
        .filter(Expr::exists(queued).not())
        .order_by_asc(issue_row::Column::Id)
        .limit(limit)
}

/// Writes a new one.
///
/// # Errors
///
/// When the database fails, or the issue is on its way there already.
pub(crate) async fn insert(conn: &impl ConnectionTrait, forwarding: &Forwarding) -> Result<(), DbErr> {
    Entity::insert(row_of(forwarding)).exec_without_returning(conn).await.map(|_| ())
}

/// Writes one over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, forwarding: &Forwarding) -> Result<(), DbErr> {
    let update = Entity::update_many().set(row_of(forwarding)).filter(Column::Id.eq(forwarding.id.0));
    update.filter(Column::PartnershipId.eq(forwarding.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Takes one out that does not go out after all.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ForwardingId,
) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::Id.eq(id.0));
    delete.filter(Column::PartnershipId.eq(partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Those on their way to an endpoint whose turn has come, those that have waited longest for it first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Forwarding>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(endpoint.partnership_id.0));
    let query = query.filter(Column::Endpoint.eq(&endpoint.name)).filter(Column::NextAttemptTime.lte(now));
    let query = query.order_by_asc(Column::NextAttemptTime).order_by_asc(Column::Id);
    query.limit(limit).all(conn).await?.into_iter().map(forwarding_of).collect()
}

/// The forwarding, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ForwardingId,
) -> Result<Option<Forwarding>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.lock_exclusive().one(conn).await?.map(forwarding_of).transpose()
}

/// The forwarding of an issue to an endpoint.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
) -> Result<Option<Forwarding>, DbErr> {
    to_endpoint(partnership_id, issue_id, endpoint).one(conn).await?.map(forwarding_of).transpose()
}

/// As [`find_of`], kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_of_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
) -> Result<Option<Forwarding>, DbErr> {
    let query = to_endpoint(partnership_id, issue_id, endpoint).lock_exclusive();
    query.one(conn).await?.map(forwarding_of).transpose()
}

fn to_endpoint(partnership_id: PartnershipId, issue_id: IssueId, endpoint: &str) -> Select<Entity> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    query.filter(Column::IssueId.eq(issue_id.0)).filter(Column::Endpoint.eq(endpoint))
}

/// Those of an issue whose form is still there, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn with_form(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<Forwarding>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::IssueId.eq(issue_id.0)).filter(Column::Form.ne(""));
    let rows = query.order_by_asc(Column::Id).lock_exclusive().all(conn).await?;
    rows.into_iter().map(forwarding_of).collect()
}

/// A page of a partnership's, newest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    condition: Condition,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Forwarding>, DbErr> {
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(condition);
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(conn).await?;
    rows.into_iter().map(forwarding_of).collect()
}

/// The issues that have these ids at an endpoint.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn issues_there(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    remote_ids: &[String],
) -> Result<Vec<(String, IssueId)>, DbErr> {
    let mut there = Vec::new();
    for some in remote_ids.chunks(IDS_AT_ONCE) {
        let query = Entity::find().filter(Column::PartnershipId.eq(endpoint.partnership_id.0));
        let query = query.filter(Column::Endpoint.eq(&endpoint.name)).filter(Column::RemoteId.is_in(some));
        there.extend(query.all(conn).await?.into_iter().map(|row| (row.remote_id, row.issue_id.into())));
    }
    Ok(there)
}

/// The issues that an endpoint has taken, that are open here and not held back, and for which its provider still answers, in the order of their
/// ids and after one.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn open_there(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Watched>, DbErr> {
    let rows = watched(endpoint, after, limit).all(conn).await?;
    rows.into_iter().map(watched_of).collect()
}

/// The question of [`open_there`], for the test of how a database goes about it.
#[cfg(test)]
pub(crate) fn question_of_open_there(
    endpoint: &Endpoint,
    after: Option<IssueId>,
    backend: sea_orm::DbBackend,
) -> sea_orm::Statement {
    sea_orm::QueryTrait::build(&watched(endpoint, after, 50), backend)
}

fn watched(endpoint: &Endpoint, after: Option<IssueId>, limit: u64) -> Select<Entity> {
    // Few of a partnership's issues are there: these are gone along, and each is looked at.
    let issue = |column: issue_row::Column| unindexed(Expr::col((issue_row::Entity, column)));
    let join = Entity::belongs_to(issue_row::Entity).from(Column::IssueId).to(issue_row::Column::Id);
    let mut query = Entity::find()
        .join(JoinType::InnerJoin, join.into())
        .filter(unindexed(Expr::col((Entity, Column::PartnershipId))).eq(endpoint.partnership_id.0))
        .filter(Column::Endpoint.eq(&endpoint.name))
        .filter(Column::State.eq(SendState::Sent.word()))
        .filter(issue(issue_row::Column::PartnershipId).eq(endpoint.partnership_id.0))
        .filter(issue(issue_row::Column::ProviderId).eq(endpoint.provider_id.0))
        .filter(issue(issue_row::Column::Open).eq(true))
        // Nobody but staff deals with what is held back.
        .filter(issue(issue_row::Column::State).ne(IssueState::AwaitingModeration.word()));
    if let Some(after) = after {
        query = query.filter(Column::IssueId.gt(after.0));
    }
    query.order_by_asc(Column::IssueId).limit(limit)
}

fn watched_of(row: Model) -> Result<Watched, DbErr> {
    let heard = match (row.heard_standing, row.heard_digest, row.heard_time) {
        (Some(standing), Some(digest), Some(time)) => {
            Some(LastHeard { standing: word("standing of a report", &standing)?, digest, time })
        }
        _ => None,
    };
    let (issue_id, remote_id, queued_time) = (row.issue_id.into(), row.remote_id, row.create_time);
    Ok(Watched { issue_id, remote_id, queued_time, heard })
}

/// Keeps what was last heard of the report of an issue. The forwarding itself does not change by that.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn keep_heard(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
    heard: &LastHeard,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        heard_standing: Set(Some(heard.standing.word().to_owned())),
        heard_digest: Set(Some(heard.digest.clone())),
        heard_time: Set(Some(heard.time)),
        ..ActiveModel::default()
    };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    let update = update.filter(Column::IssueId.eq(issue_id.0)).filter(Column::Endpoint.eq(endpoint));
    update.exec(conn).await.map(|_| ())
}

/// When the first of those to an endpoint was queued; none without any.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn first_queued(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(endpoint.partnership_id.0));
    let query = query.filter(Column::Endpoint.eq(&endpoint.name)).order_by_asc(Column::Id);
    Ok(query.one(conn).await?.map(|row| row.create_time))
}

/// When the first of those was queued whose ids at an endpoint became known at this time or later; none without such.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn queued_of_those_known_since(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    time: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(endpoint.partnership_id.0));
    let query = query.filter(Column::Endpoint.eq(&endpoint.name)).filter(Column::State.eq(SendState::Sent.word()));
    let query = query.filter(Column::UpdateTime.gte(time)).order_by_asc(Column::CreateTime);
    Ok(query.one(conn).await?.map(|row| row.create_time))
}

/// Until when it was read what an endpoint tells; none where it never was.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn read_until(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let query = reading_row::Entity::find_by_id((endpoint.partnership_id.0, endpoint.name.clone()));
    Ok(query.one(conn).await?.map(|row| row.read_until))
}

/// Keeps until when it was read.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn keep_read_until(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = reading_row::ActiveModel {
        partnership_id: Set(endpoint.partnership_id.0),
        endpoint: Set(endpoint.name.clone()),
        read_until: Set(until),
    };
    let key = [reading_row::Column::PartnershipId, reading_row::Column::Endpoint];
    let over = OnConflict::columns(key).update_column(reading_row::Column::ReadUntil).to_owned();
    reading_row::Entity::insert(row).on_conflict(over).exec_without_returning(conn).await.map(|_| ())
}

fn row_of(forwarding: &Forwarding) -> ActiveModel {
    ActiveModel {
        id: Set(forwarding.id.0),
        partnership_id: Set(forwarding.partnership_id.0),
        issue_id: Set(forwarding.issue_id.0),
        endpoint: Set(forwarding.endpoint.clone()),
        form: Set(forwarding.form.clone()),
        state: Set(forwarding.state.word().to_owned()),
        is_in_doubt: Set(forwarding.is_in_doubt),
        attempt_count: Set(forwarding.attempt_count),
        failure_count: Set(forwarding.failure_count),
        search_count: Set(forwarding.search_count),
        begin_time: Set(forwarding.begin_time),
        next_attempt_time: Set(forwarding.next_attempt_time),
        remote_id: Set(forwarding.remote_id.clone()),
        token: Set(forwarding.token.clone()),
        note: Set(forwarding.note.clone()),
        create_time: Set(forwarding.create_time),
        update_time: Set(forwarding.update_time),
        // What is heard of its report is kept beside it.
        ..ActiveModel::default()
    }
}

fn forwarding_of(row: Model) -> Result<Forwarding, DbErr> {
    Ok(Forwarding {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        endpoint: row.endpoint,
        form: row.form,
        state: word("state of a forwarding", &row.state)?,
        is_in_doubt: row.is_in_doubt,
        attempt_count: row.attempt_count,
        failure_count: row.failure_count,
        search_count: row.search_count,
        begin_time: row.begin_time,
        next_attempt_time: row.next_attempt_time,
        remote_id: row.remote_id,
        token: row.token,
        note: row.note,
        create_time: row.create_time,
        update_time: row.update_time,
    })
}
