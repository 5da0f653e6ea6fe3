//! The keys that sign and verify tokens.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pathfinder_kit::token::{KeySource, VerifyingKey};
use pathfinder_kit::{Database, Failure};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait as _, QueryOrder as _};

use super::entity::signing_key;

/// A signing key as it is kept: the Ed25519 seed and public key, base64url.
pub(crate) struct SigningKeyRow {
    pub(crate) key_id: String,
    pub(crate) seed: String,
    pub(crate) public_x: String,
    pub(crate) create_time: DateTime<Utc>,
}

/// The newest key: the one that signs.
pub(crate) async fn find_signing_key(connection: &impl ConnectionTrait) -> Result<Option<SigningKeyRow>, DbErr> {
    let newest = signing_key::Entity::find().order_by_desc(signing_key::Column::CreateTime).one(connection).await?;
    Ok(newest.map(|row| SigningKeyRow {
        key_id: row.key_id,
        seed: row.seed,
        public_x: row.public_x,
        create_time: row.create_time,
    }))
}

/// Keeps a new key.
pub(crate) async fn insert_signing_key(connection: &impl ConnectionTrait, key: &SigningKeyRow) -> Result<(), DbErr> {
    let row = signing_key::ActiveModel {
        key_id: Set(key.key_id.clone()),
        seed: Set(key.seed.clone()),
        public_x: Set(key.public_x.clone()),
        create_time: Set(key.create_time),
    };
    signing_key::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// The public halves of all keys, the newest first.
pub(crate) async fn list_verifying_keys(connection: &impl ConnectionTrait) -> Result<Vec<VerifyingKey>, DbErr> {
    let rows = signing_key::Entity::find().order_by_desc(signing_key::Column::CreateTime).all(connection).await?;
    Ok(rows.into_iter().map(|row| VerifyingKey { key_id: row.key_id, x: row.public_x }).collect())
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
        Ok(list_verifying_keys(&self.reader).await?)
    }
}
