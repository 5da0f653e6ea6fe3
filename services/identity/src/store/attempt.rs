//! Failures, counted against guessing; and what the audit trail says of a person.

use chrono::{DateTime, Utc};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{attempt, audit_entry};
use crate::domain::{Counter, LONGEST_WINDOW};

/// When the last failures were that are counted there, newest first, as many as matter.
pub(crate) async fn list_times(
    connection: &impl ConnectionTrait,
    counter: &Counter,
    now: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let counted = attempt::Entity::find()
        .filter(attempt::Column::Key.eq(counter.key()))
        .filter(attempt::Column::AttemptTime.gt(now - counter.window()));
    let rows = counted.order_by_desc(attempt::Column::AttemptTime).limit(counter.most()).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.attempt_time).collect())
}

/// Counts a failure.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    id: Uuid,
    counter: &Counter,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = attempt::ActiveModel { id: Set(id), key: Set(counter.key().to_owned()), attempt_time: Set(now) };
    attempt::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// Clears away failures that do not count any more.
pub(crate) async fn clear(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let old = attempt::Column::AttemptTime.lt(now - LONGEST_WINDOW);
    attempt::Entity::delete_many().filter(old).exec(connection).await.map(|_| ())
}

/// One line of the audit trail.
pub(crate) struct TrailLine {
    pub(crate) entry_time: DateTime<Utc>,
    pub(crate) kind: String,
    pub(crate) method: String,
    pub(crate) partnership_id: Option<Uuid>,
    pub(crate) subject_id: Uuid,
}

/// What identity's audit trail says of a person: what it did, and what was done to it; newest first, at most `limit`.
pub(crate) async fn list_trail(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    limit: u64,
) -> Result<Vec<TrailLine>, DbErr> {
    let named = Condition::any()
        .add(audit_entry::Column::ActorId.eq(person_id.to_string()))
        .add(audit_entry::Column::SubjectId.eq(person_id.0));
    let rows = audit_entry::Entity::find().filter(named).order_by_desc(audit_entry::Column::EventId);
    let rows = rows.limit(limit).all(connection).await?;
    let line = |row: audit_entry::Model| TrailLine {
        entry_time: row.entry_time,
        kind: row.kind,
        method: row.method,
        partnership_id: row.partnership_id,
        subject_id: row.subject_id,
    };
    Ok(rows.into_iter().map(line).collect())
}
