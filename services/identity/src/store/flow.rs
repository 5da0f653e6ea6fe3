//! Sign-ins under way at an OpenID Connect provider.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::entity::open_id_flow;
use crate::domain::Digest;

/// A sign-in under way. What the provider must be told later is kept as it is.
pub(crate) struct Flow {
    pub(crate) id: Uuid,
    pub(crate) provider: String,
    pub(crate) state: Digest,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) redirect_uri: String,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) use_time: Option<DateTime<Utc>>,
}

impl Flow {
    /// Whether it may still be completed.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.use_time.is_none() && now < self.expire_time
    }
}

/// Keeps a new flow.
pub(crate) async fn insert(connection: &impl ConnectionTrait, flow: &Flow, digest: &Digest) -> Result<(), DbErr> {
    let row = open_id_flow::ActiveModel {
        id: Set(flow.id),
        digest: Set(digest.as_str().to_owned()),
        provider: Set(flow.provider.clone()),
        state_digest: Set(flow.state.as_str().to_owned()),
        nonce: Set(flow.nonce.clone()),
        verifier: Set(flow.verifier.clone()),
        redirect_uri: Set(flow.redirect_uri.clone()),
        expire_time: Set(flow.expire_time),
        use_time: Set(flow.use_time),
    };
    open_id_flow::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// The flow with this secret.
pub(crate) async fn find(connection: &impl ConnectionTrait, digest: &Digest) -> Result<Option<Flow>, DbErr> {
    let found = open_id_flow::Entity::find().filter(open_id_flow::Column::Digest.eq(digest.as_str()));
    Ok(found.one(connection).await?.map(|row| Flow {
        id: row.id,
        provider: row.provider,
        state: Digest::kept(row.state_digest),
        nonce: row.nonce,
        verifier: row.verifier,
        redirect_uri: row.redirect_uri,
        expire_time: row.expire_time,
        use_time: row.use_time,
    }))
}

/// Marks a flow as used. Answers whether it was not before.
pub(crate) async fn consume(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let used = open_id_flow::ActiveModel { use_time: Set(Some(now)), ..Default::default() };
    let unused = open_id_flow::Entity::update_many().set(used).filter(open_id_flow::Column::Id.eq(id));
    let done = unused.filter(open_id_flow::Column::UseTime.is_null()).exec(connection).await?;
    Ok(done.rows_affected == 1)
}

/// Clears away flows that ended before `before`. Answers how many.
pub(crate) async fn clear(connection: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = open_id_flow::Column::ExpireTime.lt(before);
    open_id_flow::Entity::delete_many().filter(old).exec(connection).await.map(|done| done.rows_affected)
}
