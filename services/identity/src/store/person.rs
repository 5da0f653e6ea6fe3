//! People and their grants. An address lies sealed, and is found by its fingerprint.

use std::collections::HashMap;

use pathfinder_kit::filter::{self, Field, Kind as FieldKind};
use pathfinder_kit::seal::overwrite_what_is_deleted;
use pathfinder_kit::{Failure, Grant};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::Safe;
use super::entity::{person, role_grant};
use crate::domain::{Kind, Person};

const FIELDS: &[Field] = &[
    Field::new("login", "login", FieldKind::Text),
    Field::new("display_name", "display_name", FieldKind::Text),
    Field::new("kind", "kind", FieldKind::Word(Kind::WORDS)),
];

/// What sealed addresses are bound to, beside the row.
const TABLE: &str = "person";
/// In which addresses are told apart: one may be one person's.
const EMAILS: &str = "person email";

/// The person with this id.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    id: PersonId,
) -> Result<Option<Person>, Failure> {
    let row = person::Entity::find_by_id(id.0).one(connection).await?;
    with_grants(connection, safe, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// The person with this login.
pub(crate) async fn find_by_login(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    login: &str,
) -> Result<Option<Person>, Failure> {
    let row = person::Entity::find().filter(person::Column::Login.eq(login)).one(connection).await?;
    with_grants(connection, safe, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// The person with this address, in lower case.
pub(crate) async fn find_by_email(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    email: &str,
) -> Result<Option<Person>, Failure> {
    let prints = safe.sealer.fingerprints(EMAILS, email);
    let row = person::Entity::find().filter(person::Column::EmailPrint.is_in(prints)).one(connection).await?;
    with_grants(connection, safe, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// Whether the address of this person is another's, too.
pub(crate) async fn is_email_taken(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    person: &Person,
) -> Result<bool, DbErr> {
    let Some(email) = &person.email else { return Ok(false) };
    let others = person::Entity::find().filter(person::Column::Id.ne(person.id.0));
    let prints = safe.sealer.fingerprints(EMAILS, email);
    Ok(others.filter(person::Column::EmailPrint.is_in(prints)).one(connection).await?.is_some())
}

/// Every login there is, in alphabetical order, at most `limit`.
pub(crate) async fn list_logins(connection: &impl ConnectionTrait, limit: u64) -> Result<Vec<String>, DbErr> {
    let logins = person::Entity::find().select_only().column(person::Column::Login);
    logins.order_by_asc(person::Column::Login).limit(limit).into_tuple().all(connection).await
}

/// People behind `after`, newest first, at most `limit`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    filter: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Person>, Failure> {
    let mut query = person::Entity::find().filter(filter::condition(filter, "person", FIELDS)?);
    if let Some(after) = after {
        query = query.filter(person::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(person::Column::Id).limit(limit).all(connection).await?;
    with_grants(connection, safe, rows).await
}

/// Keeps a new person.
pub(crate) async fn insert(connection: &impl ConnectionTrait, safe: Safe<'_>, new: &Person) -> Result<(), Failure> {
    let row = person::ActiveModel {
        id: Set(new.id.0),
        login: Set(new.login.clone()),
        display_name: Set(new.display_name.clone()),
        kind: Set(kind_word(new.kind).to_owned()),
        create_time: Set(new.create_time),
        version: Set(new.version),
        erase_time: Set(new.erase_time),
        ..sealed_email(safe, new)?
    };
    person::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(insert_grants(connection, new).await?)
}

/// The columns of a person's address; no other.
fn sealed_email(safe: Safe<'_>, person: &Person) -> Result<person::ActiveModel, Failure> {
    let email = person.email.as_deref();
    let sealed = email.map(|email| safe.seal(TABLE, &person.id.to_string(), email)).transpose()?;
    Ok(person::ActiveModel {
        email_sealed: Set(sealed),
        email_key_id: Set(email.map(|_| safe.sealer.key_id().to_owned())),
        email_print: Set(email.map(|email| safe.sealer.fingerprint(EMAILS, email))),
        ..Default::default()
    })
}

/// Keeps a changed person with its grants, if the row is still at `read_version`.
pub(crate) async fn save(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    changed: &Person,
    read_version: i64,
) -> Result<(), Failure> {
    overwrite_what_is_deleted(connection).await?;
    let row = person::ActiveModel {
        id: NotSet,
        login: Set(changed.login.clone()),
        display_name: Set(changed.display_name.clone()),
        version: Set(changed.version),
        erase_time: Set(changed.erase_time),
        ..sealed_email(safe, changed)?
    };
    let same = person::Entity::update_many().set(row).filter(person::Column::Id.eq(changed.id.0));
    let moved = same.filter(person::Column::Version.eq(read_version)).exec(connection).await?;
    if moved.rows_affected == 0 {
        return Err(Failure::new(pathfinder_kit::Reason::Conflict, "Two writers met; nothing was written.").transient());
    }
    role_grant::Entity::delete_many().filter(role_grant::Column::PersonId.eq(changed.id.0)).exec(connection).await?;
    insert_grants(connection, changed).await.map_err(Failure::from)
}

async fn insert_grants(connection: &impl ConnectionTrait, holder: &Person) -> Result<(), DbErr> {
    let rows = holder.grants.iter().enumerate().map(|(index, grant)| role_grant::ActiveModel {
        id: Set(grant_id(holder.id, index)),
        person_id: Set(holder.id.0),
        role: Set(grant.role.word().to_owned()),
        partnership_id: Set(grant.partnership_id.map(Uuid::from)),
        provider_id: Set(grant.provider_id.map(Uuid::from)),
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    role_grant::Entity::insert_many(rows).exec_without_returning(connection).await.map(|_| ())
}

/// Grants are replaced as a whole, so the holder and the place in the list identify one.
fn grant_id(holder: PersonId, index: usize) -> Uuid {
    Uuid::from_u128(holder.0.as_u128() ^ ((index as u128) << 1))
}

async fn with_grants(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    rows: Vec<person::Model>,
) -> Result<Vec<Person>, Failure> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let grants = role_grant::Entity::find().filter(role_grant::Column::PersonId.is_in(ids));
    let mut by_person: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for row in grants.order_by_asc(role_grant::Column::Id).all(connection).await? {
        let role = row.role.parse().map_err(Failure::internal)?;
        let grant = Grant {
            role,
            partnership_id: row.partnership_id.map(Into::into),
            provider_id: row.provider_id.map(Into::into),
            object_id: None,
        };
        by_person.entry(row.person_id).or_default().push(grant);
    }
    rows.into_iter().map(|row| to_person(safe, row, &mut by_person)).collect()
}

fn to_person(safe: Safe<'_>, row: person::Model, grants: &mut HashMap<Uuid, Vec<Grant>>) -> Result<Person, Failure> {
    let open = |sealed: &str| safe.open(TABLE, &row.id.to_string(), sealed);
    let email = row.email_sealed.as_deref().map(open).transpose().map_err(Failure::internal)?;
    Ok(Person {
        id: row.id.into(),
        login: row.login,
        display_name: row.display_name,
        kind: if row.kind == "system" { Kind::System } else { Kind::Person },
        grants: grants.remove(&row.id).unwrap_or_default(),
        create_time: row.create_time,
        version: row.version,
        email,
        erase_time: row.erase_time,
    })
}

/// The ids of the keys that addresses are sealed with.
pub(crate) async fn key_ids(connection: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let query = person::Entity::find().select_only().column(person::Column::EmailKeyId);
    query.filter(person::Column::EmailKeyId.is_not_null()).distinct().into_tuple().all(connection).await
}

/// An address that is sealed with another key than the first, with whose it is.
pub(crate) struct KeptEmail {
    pub(crate) person_id: Uuid,
    sealed: String,
}

/// Such addresses from `after` on.
pub(crate) async fn to_seal(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<KeptEmail>, DbErr> {
    let mut query = person::Entity::find().filter(person::Column::EmailKeyId.ne(safe.sealer.key_id()));
    if let Some(after) = after {
        query = query.filter(person::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(person::Column::Id).limit(limit).all(connection).await?;
    let kept = |row: person::Model| Some(KeptEmail { person_id: row.id, sealed: row.email_sealed? });
    Ok(rows.into_iter().filter_map(kept).collect())
}

/// Seals an address anew with the first key, unless it was changed meanwhile. Answers false where it cannot be opened.
pub(crate) async fn seal_again(
    connection: &impl ConnectionTrait,
    safe: Safe<'_>,
    kept: &KeptEmail,
) -> Result<bool, Failure> {
    let row = kept.person_id.to_string();
    let Ok(email) = safe.open(TABLE, &row, &kept.sealed) else { return Ok(false) };
    let again = person::ActiveModel {
        email_sealed: Set(Some(safe.seal(TABLE, &row, &email)?)),
        email_key_id: Set(Some(safe.sealer.key_id().to_owned())),
        email_print: Set(Some(safe.sealer.fingerprint(EMAILS, &email))),
        ..Default::default()
    };
    let same = person::Entity::update_many().set(again).filter(person::Column::Id.eq(kept.person_id));
    same.filter(person::Column::EmailSealed.eq(kept.sealed.as_str())).exec(connection).await?;
    Ok(true)
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::System => "system",
        Kind::Service => "service",
    }
}
