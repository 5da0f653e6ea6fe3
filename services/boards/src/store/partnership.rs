//! Partnerships.

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::PartnershipId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::columns::{from_json, json, word};
use super::entity::partnership::{ActiveModel, Column, Entity, Model};
use super::{Query, require_moved};
use crate::domain::partnership::{Partnership, PartnershipStatus};

const FIELDS: &[Field] = &[
    Field::new("slug", "slug", Kind::Text),
    Field::new("status", "status", Kind::Word(PartnershipStatus::WORDS)),
    Field::new("demonstration", "demonstration", Kind::Flag),
];

/// The partnership with this id.
pub(crate) async fn get(connection: &impl ConnectionTrait, id: PartnershipId) -> Result<Partnership, Failure> {
    let row = Entity::find_by_id(id.0).one(connection).await?;
    row.ok_or_else(|| Failure::not_found("partnership", id))?.try_into()
}

/// The partnership with this id, held until the transaction ends: for rules that look at several rows of the partnership, such
/// as one member to a seat.
pub(crate) async fn get_held(connection: &impl ConnectionTrait, id: PartnershipId) -> Result<Partnership, Failure> {
    let row = Entity::find_by_id(id.0).lock_exclusive().one(connection).await?;
    row.ok_or_else(|| Failure::not_found("partnership", id))?.try_into()
}

/// Partnerships, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    query: Query<'_, Uuid>,
) -> Result<Vec<Partnership>, Failure> {
    let mut select = Entity::find().filter(filter::condition(query.filter, "partnership", FIELDS)?);
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Partnership::try_from).collect()
}

/// Keeps a new partnership.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Partnership) -> Result<(), Failure> {
    Entity::insert(row(new)?).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed partnership, if the row is still at the version that was read, and counts the change.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &mut Partnership) -> Result<(), Failure> {
    let read = changed.version;
    changed.version += 1;
    let update = Entity::update_many().set(row(changed)?).filter(Column::Id.eq(changed.id.0));
    require_moved(&update.filter(Column::Version.eq(read)).exec(connection).await?)
}

fn row(partnership: &Partnership) -> Result<ActiveModel, Failure> {
    Ok(ActiveModel {
        id: Set(partnership.id.0),
        name: Set(partnership.name.clone()),
        slug: Set(partnership.slug.clone()),
        nation: Set(partnership.nation.word().to_owned()),
        boundary: Set(json(&partnership.boundary)?),
        ward_codes: Set(json(&partnership.ward_codes)?),
        accountable_body: Set(partnership.accountable_body.clone()),
        themes: Set(json(&partnership.themes)?),
        reference_prefix: Set(partnership.reference_prefix.clone()),
        status: Set(partnership.status.word().to_owned()),
        successor_id: Set(partnership.successor.map(Uuid::from)),
        demonstration: Set(partnership.demonstration),
        create_time: Set(partnership.create_time),
        update_time: Set(partnership.update_time),
        version: Set(partnership.version),
    })
}

impl TryFrom<Model> for Partnership {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            slug: row.slug,
            nation: word(&row.nation)?,
            boundary: from_json(&row.boundary)?,
            ward_codes: from_json(&row.ward_codes)?,
            accountable_body: row.accountable_body,
            themes: from_json(&row.themes)?,
            reference_prefix: row.reference_prefix,
            status: word(&row.status)?,
            successor: row.successor_id.map(Into::into),
            demonstration: row.demonstration,
            create_time: row.create_time,
            update_time: row.update_time,
            version: row.version,
        })
    }
}
