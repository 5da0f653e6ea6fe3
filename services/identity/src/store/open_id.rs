//! With which accounts people sign in at OpenID Connect providers.

use chrono::{DateTime, Utc};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use super::entity::open_id_subject::{ActiveModel, Column, Entity};
use crate::domain::Digest;

/// An account at a provider, by the digest of its name there.
pub(crate) struct Account {
    pub(crate) issuer: String,
    pub(crate) subject: Digest,
    pub(crate) create_time: DateTime<Utc>,
}

/// The accounts of a person, by issuer.
pub(crate) async fn list(connection: &impl ConnectionTrait, person_id: PersonId) -> Result<Vec<Account>, DbErr> {
    let rows = Entity::find().filter(Column::PersonId.eq(person_id.0)).order_by_asc(Column::Issuer);
    let account = |row: super::entity::open_id_subject::Model| Account {
        issuer: row.issuer,
        subject: Digest::kept(row.subject_digest),
        create_time: row.create_time,
    };
    Ok(rows.all(connection).await?.into_iter().map(account).collect())
}

/// Whether somebody signs in with this account.
pub(crate) async fn is_taken(connection: &impl ConnectionTrait, issuer: &str, subject: &Digest) -> Result<bool, DbErr> {
    let same = Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::SubjectDigest.eq(subject.as_str()));
    Ok(same.one(connection).await?.is_some())
}

/// Keeps an account of a person.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    person_id: PersonId,
    account: &Account,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        person_id: Set(person_id.0),
        issuer: Set(account.issuer.clone()),
        subject_digest: Set(account.subject.as_str().to_owned()),
        create_time: Set(account.create_time),
    };
    Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// Forgets the accounts of a person. Answers how many there were.
pub(crate) async fn forget(connection: &impl ConnectionTrait, person_id: PersonId) -> Result<u64, DbErr> {
    let own = Entity::delete_many().filter(Column::PersonId.eq(person_id.0));
    own.exec(connection).await.map(|done| done.rows_affected)
}
