//! People and their grants.

use std::collections::HashMap;

use pathfinder_kit::filter::{self, Field, Kind as FieldKind};
use pathfinder_kit::{Failure, Grant, Role};
use pathfinder_terms::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{person, role_grant};
use crate::domain::{Kind, Person};

const FIELDS: &[Field] = &[
    Field::new("login", "login", FieldKind::Text),
    Field::new("display_name", "display_name", FieldKind::Text),
    Field::new("kind", "kind", FieldKind::Word(Kind::WORDS)),
];

const ROLES: [Role; 11] = [
    Role::Administrator,
    Role::Manager,
    Role::Chair,
    Role::BoardMember,
    Role::AccountableBody,
    Role::StreetRep,
    Role::ProviderOfficer,
    Role::ProviderSignatory,
    Role::Observer,
    Role::System,
    Role::Service,
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
    };
    person::Entity::insert(row).exec_without_returning(connection).await?;
    insert_grants(connection, new).await
}

/// Keeps changed grants, if the row is still at `read_version`.
pub(crate) async fn save_grants(
    connection: &impl ConnectionTrait,
    changed: &Person,
    read_version: i64,
) -> Result<(), Failure> {
    let moved = person::Entity::update_many()
        .col_expr(person::Column::Version, sea_orm::sea_query::Expr::value(changed.version))
        .filter(person::Column::Id.eq(changed.id.0))
        .filter(person::Column::Version.eq(read_version))
        .exec(connection)
        .await?;
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
        let role = ROLES.into_iter().find(|role| role.word() == row.role);
        let role = role.ok_or_else(|| Failure::internal(format!("the role {} is unknown", row.role)))?;
        let grant = Grant {
            role,
            partnership_id: row.partnership_id.map(Into::into),
            provider_id: row.provider_id.map(Into::into),
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
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::System => "system",
        Kind::Service => "service",
    }
}
