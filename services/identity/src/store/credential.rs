//! Keys of systems.

use chrono::{DateTime, Utc};
use pathfinder_kit::Failure;
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::credential;
use crate::domain::{Credential, Digest, Scope};

/// Keeps a new key.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Credential) -> Result<(), Failure> {
    let row = credential::ActiveModel {
        id: Set(new.id),
        person_id: Set(new.person_id.0),
        kind: Set(new.kind.word().to_owned()),
        scopes: Set(serde_json::to_string(&new.scopes)?),
        note: Set(new.note.clone()),
        create_time: Set(new.create_time),
        expire_time: Set(new.expire_time),
        ..changing(new)
    };
    credential::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps what changes of a key.
pub(crate) async fn save(connection: &impl ConnectionTrait, changed: &Credential) -> Result<(), DbErr> {
    let same = credential::Entity::update_many().set(changing(changed)).filter(credential::Column::Id.eq(changed.id));
    same.exec(connection).await.map(|_| ())
}

fn changing(key: &Credential) -> credential::ActiveModel {
    credential::ActiveModel {
        id: NotSet,
        digest: Set(key.digest.as_str().to_owned()),
        former_digest: Set(key.former_digest.as_ref().map(|digest| digest.as_str().to_owned())),
        overlap_end_time: Set(key.overlap_end_time),
        revoke_time: Set(key.revoke_time),
        use_time: Set(key.use_time),
        ..Default::default()
    }
}

/// The key with this id.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Credential>, Failure> {
    credential::Entity::find_by_id(id).one(connection).await?.map(to_credential).transpose()
}

/// The key with this secret, be it the present one or the one before.
pub(crate) async fn find_by_digest(
    connection: &impl ConnectionTrait,
    digest: &Digest,
) -> Result<Option<Credential>, Failure> {
    let either = Condition::any()
        .add(credential::Column::Digest.eq(digest.as_str()))
        .add(credential::Column::FormerDigest.eq(digest.as_str()));
    credential::Entity::find().filter(either).one(connection).await?.map(to_credential).transpose()
}

/// A system's keys behind `after`, newest first, at most `limit`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Credential>, Failure> {
    let mut query = credential::Entity::find().filter(credential::Column::PersonId.eq(person_id.0));
    if let Some(after) = after {
        query = query.filter(credential::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(credential::Column::Id).limit(limit).all(connection).await?;
    rows.into_iter().map(to_credential).collect()
}

/// Revokes all keys of a system.
pub(crate) async fn revoke_all(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let revoked = credential::ActiveModel { revoke_time: Set(Some(now)), ..Default::default() };
    let own = credential::Entity::update_many().set(revoked).filter(credential::Column::PersonId.eq(person_id.0));
    own.filter(credential::Column::RevokeTime.is_null()).exec(connection).await.map(|_| ())
}

/// Notes that a key was used.
pub(crate) async fn note_use(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
    let used = credential::ActiveModel { use_time: Set(Some(now)), ..Default::default() };
    credential::Entity::update_many().set(used).filter(credential::Column::Id.eq(id)).exec(connection).await.map(|_| ())
}

fn to_credential(row: credential::Model) -> Result<Credential, Failure> {
    let scopes: Vec<Scope> = serde_json::from_str(&row.scopes)?;
    Ok(Credential {
        id: row.id,
        person_id: row.person_id.into(),
        kind: row.kind.parse().map_err(Failure::internal)?,
        scopes,
        note: row.note,
        digest: Digest::kept(row.digest),
        former_digest: row.former_digest.map(Digest::kept),
        overlap_end_time: row.overlap_end_time,
        create_time: row.create_time,
        expire_time: row.expire_time,
        revoke_time: row.revoke_time,
        use_time: row.use_time,
    })
}
