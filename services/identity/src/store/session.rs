//! One-time links and sessions.

use chrono::{DateTime, Utc};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{session, sign_in_link};
use crate::domain::{Digest, Session, SignInLink};

/// Keeps a new link.
pub(crate) async fn insert_link(
    connection: &impl ConnectionTrait,
    link: &SignInLink,
    digest: &Digest,
) -> Result<(), DbErr> {
    let row = sign_in_link::ActiveModel {
        id: Set(link.id),
        person_id: Set(link.person_id.0),
        digest: Set(digest.as_str().to_owned()),
        create_time: Set(link.create_time),
        expire_time: Set(link.expire_time),
        use_time: Set(link.use_time),
    };
    sign_in_link::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// The link with this secret.
pub(crate) async fn find_link(connection: &impl ConnectionTrait, digest: &Digest) -> Result<Option<SignInLink>, DbErr> {
    let found = sign_in_link::Entity::find().filter(sign_in_link::Column::Digest.eq(digest.as_str()));
    Ok(found.one(connection).await?.map(|row| SignInLink {
        id: row.id,
        person_id: row.person_id.into(),
        create_time: row.create_time,
        expire_time: row.expire_time,
        use_time: row.use_time,
    }))
}

/// The links that a person was sent, in no order.
pub(crate) async fn list_links(connection: &impl ConnectionTrait, person_id: PersonId) -> Result<Vec<Uuid>, DbErr> {
    let ids = sign_in_link::Entity::find().select_only().column(sign_in_link::Column::Id);
    ids.filter(sign_in_link::Column::PersonId.eq(person_id.0)).into_tuple().all(connection).await
}

/// Marks a link as used. Answers whether it was not before: of two at once, one is told so.
pub(crate) async fn use_link(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let used = sign_in_link::ActiveModel { use_time: Set(Some(now)), ..Default::default() };
    let unused = sign_in_link::Entity::update_many().set(used).filter(sign_in_link::Column::Id.eq(id));
    let done = unused.filter(sign_in_link::Column::UseTime.is_null()).exec(connection).await?;
    Ok(done.rows_affected == 1)
}

/// Keeps a session that has begun.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Session, digest: &Digest) -> Result<(), DbErr> {
    let row = session::ActiveModel {
        id: Set(new.id),
        person_id: Set(new.person_id.0),
        digest: Set(digest.as_str().to_owned()),
        method: Set(new.method.clone()),
        create_time: Set(new.create_time),
        use_time: Set(new.use_time),
        end_time: Set(new.end_time),
    };
    session::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// The session with this secret.
pub(crate) async fn find_by_digest(
    connection: &impl ConnectionTrait,
    digest: &Digest,
) -> Result<Option<Session>, DbErr> {
    let found = session::Entity::find().filter(session::Column::Digest.eq(digest.as_str()));
    Ok(found.one(connection).await?.map(to_session))
}

/// A person's session.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    id: Uuid,
) -> Result<Option<Session>, DbErr> {
    let found = session::Entity::find_by_id(id).filter(session::Column::PersonId.eq(person_id.0));
    Ok(found.one(connection).await?.map(to_session))
}

/// A person's sessions that go on, behind `after`, newest first, at most `limit`.
pub(crate) async fn list_going_on(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    now: DateTime<Utc>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Session>, DbErr> {
    let mut query = session::Entity::find()
        .filter(session::Column::PersonId.eq(person_id.0))
        .filter(session::Column::EndTime.is_null())
        .filter(session::Column::UseTime.gt(Session::idle_since(now)))
        .filter(session::Column::CreateTime.gt(Session::begun_before(now)));
    if let Some(after) = after {
        query = query.filter(session::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(session::Column::Id).limit(limit).all(connection).await?;
    Ok(rows.into_iter().map(to_session).collect())
}

/// All sessions of a person that are kept, newest first, at most `limit`.
pub(crate) async fn list_all(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    limit: u64,
) -> Result<Vec<Session>, DbErr> {
    let all = session::Entity::find().filter(session::Column::PersonId.eq(person_id.0));
    let rows = all.order_by_desc(session::Column::Id).limit(limit).all(connection).await?;
    Ok(rows.into_iter().map(to_session).collect())
}

/// Notes that a session was used.
pub(crate) async fn note_use(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
    let used = session::ActiveModel { use_time: Set(now), ..Default::default() };
    session::Entity::update_many().set(used).filter(session::Column::Id.eq(id)).exec(connection).await.map(|_| ())
}

/// Ends a session, unless it was ended before. Answers whether it was not.
pub(crate) async fn end(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    end_where(connection, session::Column::Id.eq(id), now).await.map(|count| count == 1)
}

/// Ends all sessions of a person, and destroys the links with which others could begin.
pub(crate) async fn end_all(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    end_where(connection, session::Column::PersonId.eq(person_id.0), now).await?;
    destroy_links(connection, person_id).await.map(|_| ())
}

/// Destroys the links that a person was sent. Answers how many there were.
pub(crate) async fn destroy_links(connection: &impl ConnectionTrait, person_id: PersonId) -> Result<u64, DbErr> {
    let links = sign_in_link::Entity::delete_many().filter(sign_in_link::Column::PersonId.eq(person_id.0));
    links.exec(connection).await.map(|done| done.rows_affected)
}

async fn end_where(
    connection: &impl ConnectionTrait,
    which: sea_orm::sea_query::SimpleExpr,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let ended = session::ActiveModel { end_time: Set(Some(now)), ..Default::default() };
    let going = session::Entity::update_many().set(ended).filter(which).filter(session::Column::EndTime.is_null());
    going.exec(connection).await.map(|done| done.rows_affected)
}

/// Clears away links that ended before `before`. Answers how many.
pub(crate) async fn clear_links(connection: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = sign_in_link::Column::ExpireTime.lt(before);
    sign_in_link::Entity::delete_many().filter(old).exec(connection).await.map(|done| done.rows_affected)
}

/// Clears away sessions that began before `before`. Answers how many.
pub(crate) async fn clear(connection: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = session::Column::CreateTime.lt(before);
    session::Entity::delete_many().filter(old).exec(connection).await.map(|done| done.rows_affected)
}

fn to_session(row: session::Model) -> Session {
    Session {
        id: row.id,
        person_id: row.person_id.into(),
        method: row.method,
        create_time: row.create_time,
        use_time: row.use_time,
        end_time: row.end_time,
    }
}
