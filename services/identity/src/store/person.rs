//! People and their grants.

use std::collections::HashMap;

use pathfinder_kit::filter::{self, Field, Kind as FieldKind};
use pathfinder_kit::{Failure, Grant};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{person, role_grant};
use crate::domain::{Kind, Person};

const FIELDS: &[Field] = &[
    Field::new("login", "login", FieldKind::Text),
    Field::new("display_name", "display_name", FieldKind::Text),
    Field::new("kind", "kind", FieldKind::Word(Kind::WORDS)),
];

/// The person with this id.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, Failure> {
    let row = person::Entity::find_by_id(id.0).one(connection).await?;
    with_grants(connection, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// The person with this login.
pub(crate) async fn find_by_login(connection: &impl ConnectionTrait, login: &str) -> Result<Option<Person>, Failure> {
    let row = person::Entity::find().filter(person::Column::Login.eq(login)).one(connection).await?;
    with_grants(connection, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// The person with this address, in lower case.
pub(crate) async fn find_by_email(connection: &impl ConnectionTrait, email: &str) -> Result<Option<Person>, Failure> {
    let row = person::Entity::find().filter(person::Column::Email.eq(email)).one(connection).await?;
    with_grants(connection, row.into_iter().collect()).await.map(|mut people| people.pop())
}

/// Whether the address of this person is another's, too.
pub(crate) async fn is_email_taken(connection: &impl ConnectionTrait, person: &Person) -> Result<bool, DbErr> {
    let Some(email) = &person.email else { return Ok(false) };
    let others = person::Entity::find().filter(person::Column::Id.ne(person.id.0));
    Ok(others.filter(person::Column::Email.eq(email)).one(connection).await?.is_some())
}

/// Every login there is, in alphabetical order, at most `limit`.
pub(crate) async fn list_logins(connection: &impl ConnectionTrait, limit: u64) -> Result<Vec<String>, DbErr> {
    let logins = person::Entity::find().select_only().column(person::Column::Login);
    logins.order_by_asc(person::Column::Login).limit(limit).into_tuple().all(connection).await
}

/// People behind `after`, newest first, at most `limit`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    filter: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Person>, Failure> {
    let mut query = person::Entity::find().filter(filter::condition(filter, "person", FIELDS)?);
    if let Some(after) = after {
        query = query.filter(person::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(person::Column::Id).limit(limit).all(connection).await?;
    with_grants(connection, rows).await
}

/// Keeps a new person.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Person) -> Result<(), DbErr> {
    let row = person::ActiveModel {
        id: Set(new.id.0),
        login: Set(new.login.clone()),
        display_name: Set(new.display_name.clone()),
        kind: Set(kind_word(new.kind).to_owned()),
        create_time: Set(new.create_time),
        version: Set(new.version),
        email: Set(new.email.clone()),
        erase_time: Set(new.erase_time),
    };
    person::Entity::insert(row).exec_without_returning(connection).await?;
    insert_grants(connection, new).await
}

/// Keeps a changed person with its grants, if the row is still at `read_version`.
pub(crate) async fn save(
    connection: &impl ConnectionTrait,
    changed: &Person,
    read_version: i64,
) -> Result<(), Failure> {
    let row = person::ActiveModel {
        id: NotSet,
        login: Set(changed.login.clone()),
        display_name: Set(changed.display_name.clone()),
        kind: NotSet,
        create_time: NotSet,
        version: Set(changed.version),
        email: Set(changed.email.clone()),
        erase_time: Set(changed.erase_time),
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

async fn with_grants(connection: &impl ConnectionTrait, rows: Vec<person::Model>) -> Result<Vec<Person>, Failure> {
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
    Ok(rows.into_iter().map(|row| to_person(row, &mut by_person)).collect())
}

fn to_person(row: person::Model, grants: &mut HashMap<Uuid, Vec<Grant>>) -> Person {
    Person {
        id: row.id.into(),
        login: row.login,
        display_name: row.display_name,
        kind: if row.kind == "system" { Kind::System } else { Kind::Person },
        grants: grants.remove(&row.id).unwrap_or_default(),
        create_time: row.create_time,
        version: row.version,
        email: row.email,
        erase_time: row.erase_time,
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::System => "system",
        Kind::Service => "service",
    }
}
