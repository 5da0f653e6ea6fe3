//! What councils' own systems are told of the issues that they have taken.

use chrono::{DateTime, Utc};
use pathfinder_terms::{ForwardingUpdateId, IssueId, PartnershipId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::entity::forwarding::forwarding_row;
use super::entity::forwarding::forwarding_update_row::{ActiveModel, Column, Entity, Model};
use super::word;
use crate::domain::forwarding::{Endpoint, Forwarding, SendState};
use crate::domain::forwarding_update::{ForwardingUpdate, ForwardingUpdateState, MOST_SHOWN, UNTAKEN};

/// Writes a new one.
///
/// # Errors
///
/// When the database fails, or that council is told something else of the issue at this place.
pub(crate) async fn insert(conn: &impl ConnectionTrait, update: &ForwardingUpdate) -> Result<(), DbErr> {
    Entity::insert(row_of(update)).exec_without_returning(conn).await.map(|_| ())
}

/// Writes one over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, update: &ForwardingUpdate) -> Result<(), DbErr> {
    let query = Entity::update_many().set(row_of(update)).filter(Column::Id.eq(update.id.0));
    query.filter(Column::PartnershipId.eq(update.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Settles what a council was to be told of an issue that came to its end on the way there.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn call_off_of(
    conn: &impl ConnectionTrait,
    forwarding: &Forwarding,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let called_off = ActiveModel {
        state: Set(ForwardingUpdateState::Refused.word().to_owned()),
        next_attempt_time: Set(None),
        note: Set(UNTAKEN.to_owned()),
        update_time: Set(now),
        ..ActiveModel::default()
    };
    let query = Entity::update_many().set(called_off).filter(Column::PartnershipId.eq(forwarding.partnership_id.0));
    let query = query.filter(Column::IssueId.eq(forwarding.issue_id.0));
    let query = query.filter(Column::Endpoint.eq(&forwarding.endpoint)).filter(Column::NextAttemptTime.is_not_null());
    query.exec(conn).await.map(|_| ())
}

/// Has a council be told what was called off because nobody knew whether it had the issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn take_up_of(
    conn: &impl ConnectionTrait,
    forwarding: &Forwarding,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let waiting = ActiveModel {
        state: Set(ForwardingUpdateState::Waiting.word().to_owned()),
        attempt_count: Set(0),
        next_attempt_time: Set(Some(now)),
        note: Set(String::new()),
        update_time: Set(now),
        ..ActiveModel::default()
    };
    let query = Entity::update_many().set(waiting).filter(Column::PartnershipId.eq(forwarding.partnership_id.0));
    let query = query.filter(Column::IssueId.eq(forwarding.issue_id.0)).filter(Column::Note.eq(UNTAKEN));
    let query = query.filter(Column::Endpoint.eq(&forwarding.endpoint)).filter(Column::NextAttemptTime.is_null());
    query.exec(conn).await.map(|_| ())
}

/// Takes out what a council was to be told of an issue that it has not taken after all.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    let delete = delete.filter(Column::IssueId.eq(issue_id.0)).filter(Column::Endpoint.eq(endpoint));
    delete.exec(conn).await.map(|_| ())
}

/// Those to an endpoint whose turn has come, those that have waited longest for it first: of issues that were taken there, and what was to
/// be told of the issue before is settled.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<ForwardingUpdate>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(endpoint.partnership_id.0));
    let query = query.filter(Column::Endpoint.eq(&endpoint.name)).filter(Column::NextAttemptTime.lte(now));
    let query = query.filter(Expr::exists(taken())).filter(Expr::exists(unsettled_before()).not());
    let query = query.order_by_asc(Column::NextAttemptTime).order_by_asc(Column::Id);
    query.limit(limit).all(conn).await?.into_iter().map(update_of).collect()
}

/// The forwarding by which the council has the issue.
fn taken() -> SelectStatement {
    let column = |column: forwarding_row::Column| Expr::col((forwarding_row::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(forwarding_row::Entity)
        .and_where(column(forwarding_row::Column::IssueId).equals((Entity, Column::IssueId)))
        .and_where(column(forwarding_row::Column::Endpoint).equals((Entity, Column::Endpoint)))
        .and_where(column(forwarding_row::Column::State).eq(SendState::Sent.word()))
        .to_owned()
}

/// What comes before it, and is not settled.
fn unsettled_before() -> SelectStatement {
    let before = Alias::new("before");
    let column = |column: Column| Expr::col((before.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, before.clone())
        .and_where(column(Column::IssueId).equals((Entity, Column::IssueId)))
        .and_where(column(Column::Endpoint).equals((Entity, Column::Endpoint)))
        .and_where(column(Column::Number).lt(Expr::col((Entity, Column::Number))))
        .and_where(column(Column::NextAttemptTime).is_not_null())
        .to_owned()
}

/// The update, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ForwardingUpdateId,
) -> Result<Option<ForwardingUpdate>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.lock_exclusive().one(conn).await?.map(update_of).transpose()
}

/// The last that a council is told of an issue; none where it was told nothing.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_last(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
) -> Result<Option<ForwardingUpdate>, DbErr> {
    last_of(partnership_id, issue_id, endpoint).one(conn).await?.map(update_of).transpose()
}

/// The last that a council is told of an issue, kept from other writers until the transaction ends; none where it was told nothing.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_last_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    endpoint: &str,
) -> Result<Option<ForwardingUpdate>, DbErr> {
    last_of(partnership_id, issue_id, endpoint).lock_exclusive().one(conn).await?.map(update_of).transpose()
}

fn last_of(partnership_id: PartnershipId, issue_id: IssueId, endpoint: &str) -> Select<Entity> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::IssueId.eq(issue_id.0)).filter(Column::Endpoint.eq(endpoint));
    query.order_by_desc(Column::Number).limit(1)
}

/// The last that councils are told of some issues, of each in its order.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_issues(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_ids: impl Iterator<Item = IssueId>,
) -> Result<Vec<ForwardingUpdate>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::IssueId.is_in(issue_ids.map(|id| id.0)));
    let query = query.filter(Expr::exists(so_many_later()).not());
    query.order_by_asc(Column::Number).all(conn).await?.into_iter().map(update_of).collect()
}

/// What comes after it by so many places that it is not shown any more: no number is left out.
fn so_many_later() -> SelectStatement {
    let later = Alias::new("later");
    let column = |column: Column| Expr::col((later.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, later.clone())
        .and_where(column(Column::IssueId).equals((Entity, Column::IssueId)))
        .and_where(column(Column::Endpoint).equals((Entity, Column::Endpoint)))
        .and_where(column(Column::Number).eq(Expr::col((Entity, Column::Number)).add(MOST_SHOWN)))
        .to_owned()
}

fn row_of(update: &ForwardingUpdate) -> ActiveModel {
    ActiveModel {
        id: Set(update.id.0),
        partnership_id: Set(update.partnership_id.0),
        issue_id: Set(update.issue_id.0),
        endpoint: Set(update.endpoint.clone()),
        number: Set(update.number),
        kind: Set(update.kind.word().to_owned()),
        happened_time: Set(update.happened_time),
        state: Set(update.state.word().to_owned()),
        attempt_count: Set(update.attempt_count),
        next_attempt_time: Set(update.next_attempt_time),
        note: Set(update.note.clone()),
        update_time: Set(update.update_time),
    }
}

fn update_of(row: Model) -> Result<ForwardingUpdate, DbErr> {
    Ok(ForwardingUpdate {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        endpoint: row.endpoint,
        number: row.number,
        kind: word("kind of an update", &row.kind)?,
        happened_time: row.happened_time,
        state: word("state of an update", &row.state)?,
        attempt_count: row.attempt_count,
        next_attempt_time: row.next_attempt_time,
        note: row.note,
        update_time: row.update_time,
    })
}
