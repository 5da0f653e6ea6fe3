//! The keys that sign and verify tokens. The seeds lie sealed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pathfinder_kit::seal::{Sealer, overwrite_what_is_deleted};
use pathfinder_kit::token::{KeySource, VerifyingKey};
use pathfinder_kit::{Database, Failure};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait as _,
    QueryFilter as _,
};

use super::Safe;
use super::entity::signing_key;
use crate::domain::SigningKey;

/// What sealed seeds are bound to, beside the row.
const TABLE: &str = "signing_key";

/// Seals the seed of a key.
pub(crate) fn seal_seed(safe: Safe<'_>, key_id: &str, seed: &str) -> Result<String, Failure> {
    safe.seal(TABLE, key_id, seed)
}

/// The seed of a key. One from before there was anything to seal it with is plain until the service has started.
pub(crate) fn open_seed(safe: Safe<'_>, key: &SigningKey) -> Result<String, Failure> {
    match sealed_with(key) {
        Some(_) => safe.open(TABLE, &key.key_id, &key.seed).map_err(Failure::internal),
        None => Ok(key.seed.clone()),
    }
}

/// The id of the key that the seed is sealed with; none for a plain one, which is base64url and so has no dot.
pub(crate) fn sealed_with(key: &SigningKey) -> Option<&str> {
    Sealer::key_id_of(&key.seed)
}

/// Keeps the seed of a key sealed with the first key, unless another process did so meanwhile.
pub(crate) async fn seal_again(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    key: &SigningKey,
) -> Result<(), Failure> {
    overwrite_what_is_deleted(connection).await?;
    let seed = seal_seed(safe, &key.key_id, &open_seed(safe, key)?)?;
    let again = signing_key::ActiveModel { seed: Set(seed), ..Default::default() };
    let same = signing_key::Entity::update_many().set(again).filter(signing_key::Column::KeyId.eq(&key.key_id));
    same.filter(signing_key::Column::Seed.eq(&key.seed)).exec(connection).await?;
    Ok(())
}

/// Every key that is kept, in no order.
pub(crate) async fn list(connection: &impl ConnectionTrait) -> Result<Vec<SigningKey>, DbErr> {
    let rows = signing_key::Entity::find().all(connection).await?;
    Ok(rows.into_iter().map(to_key).collect())
}

fn to_key(row: signing_key::Model) -> SigningKey {
    SigningKey {
        key_id: row.key_id,
        seed: row.seed,
        public_x: row.public_x,
        create_time: row.create_time,
        // A key from before keys were rotated signed at once.
        sign_from_time: row.sign_from_time.unwrap_or(row.create_time),
        retire_time: row.retire_time,
    }
}

/// Keeps a new key.
pub(crate) async fn insert(connection: &impl ConnectionTrait, key: &SigningKey) -> Result<(), DbErr> {
    let row = signing_key::ActiveModel {
        key_id: Set(key.key_id.clone()),
        seed: Set(key.seed.clone()),
        public_x: Set(key.public_x.clone()),
        create_time: Set(key.create_time),
        sign_from_time: Set(Some(key.sign_from_time)),
        retire_time: Set(key.retire_time),
    };
    signing_key::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// Gives every key its end, unless it has one before that.
pub(crate) async fn retire_all(connection: &impl ConnectionTrait, retire_time: DateTime<Utc>) -> Result<(), DbErr> {
    let end = signing_key::ActiveModel { retire_time: Set(Some(retire_time)), ..Default::default() };
    let going = Condition::any()
        .add(signing_key::Column::RetireTime.is_null())
        .add(signing_key::Column::RetireTime.gt(retire_time));
    signing_key::Entity::update_many().set(end).filter(going).exec(connection).await.map(|_| ())
}

/// Destroys keys that verify nothing any more.
pub(crate) async fn destroy_retired(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    overwrite_what_is_deleted(connection).await?;
    let retired = signing_key::Column::RetireTime.lte(now);
    signing_key::Entity::delete_many().filter(retired).exec(connection).await.map(|done| done.rows_affected)
}

/// Identity's own keys, for verifying calls to identity itself.
pub(crate) struct OwnKeys {
    reader: DatabaseConnection,
}

impl OwnKeys {
    pub(crate) fn new(database: &Database) -> Self {
        Self { reader: database.reader().clone() }
    }
}

#[async_trait]
impl KeySource for OwnKeys {
    async fn fetch(&self) -> Result<Vec<VerifyingKey>, Failure> {
        let keys = list(&self.reader).await?;
        Ok(keys.into_iter().map(verifying).collect())
    }
}

/// What others need of a key to verify with it.
pub(crate) fn verifying(key: SigningKey) -> VerifyingKey {
    VerifyingKey { key_id: key.key_id, x: key.public_x, retire_time: key.retire_time }
}
