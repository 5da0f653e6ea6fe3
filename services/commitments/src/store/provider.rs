//! Providers.

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{PartnershipId, ProviderId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};

use super::entity::provider::{Column, Entity, Model};
use super::{Cut, from_json, from_word, require_moved, to_json};
use crate::domain::{Provider, ProviderKind};
use crate::error::Error;

const FIELDS: &[Field] = &[
    Field::new("name", "name", Kind::Text),
    Field::new("kind", "kind", Kind::Word(ProviderKind::WORDS)),
    Field::new("status", "status", Kind::Word(&[ACTIVE, INACTIVE])),
    Field::new("parent_provider_id", "parent_provider_id", Kind::Id),
    Field::new("create_time", "create_time", Kind::Time),
];
const ACTIVE: &str = "active";
const INACTIVE: &str = "inactive";

fn of(partnership_id: PartnershipId) -> Select<Entity> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0))
}

/// The provider with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ProviderId,
) -> Result<Provider, Error> {
    let row = of(partnership_id).filter(Column::Id.eq(id.0)).one(connection).await.map_err(Failure::from)?;
    row.map_or_else(|| Err(Error::not_found("provider", id)), |row| Ok(to_provider(row)?))
}

/// Whether another provider than `except` has this name.
pub(crate) async fn name_is_taken(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    name: &str,
    except: Option<ProviderId>,
) -> Result<bool, Failure> {
    let row = of(partnership_id).filter(Column::Name.eq(name)).one(connection).await?;
    Ok(row.is_some_and(|row| except.is_none_or(|own| own.0 != row.id)))
}

/// The providers of a partnership, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    cut: Cut<'_>,
) -> Result<Vec<Provider>, Failure> {
    let mut query = of(partnership_id).filter(filter::condition(cut.filter, "provider", FIELDS)?);
    if let Some(after) = cut.after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(cut.limit).all(connection).await?;
    rows.into_iter().map(to_provider).collect()
}

/// Keeps a new provider.
pub(crate) async fn insert(connection: &impl ConnectionTrait, provider: &Provider) -> Result<(), Failure> {
    Entity::insert(to_row(provider)?.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed provider, if its row is still at `read_version`.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    provider: &Provider,
    read_version: i64,
) -> Result<(), Failure> {
    let moved = Entity::update_many()
        .set(to_row(provider)?.into_active_model().reset_all())
        .filter(Column::PartnershipId.eq(provider.partnership_id.0))
        .filter(Column::Id.eq(provider.id.0))
        .filter(Column::Version.eq(read_version))
        .exec(connection)
        .await?;
    require_moved(moved.rows_affected)
}

fn to_row(provider: &Provider) -> Result<Model, Failure> {
    Ok(Model {
        id: provider.id.0,
        partnership_id: provider.partnership_id.0,
        name: provider.name.clone(),
        kind: provider.kind.word().to_owned(),
        parent_provider_id: provider.parent_id.map(Into::into),
        responsibilities: to_json(&provider.responsibilities)?,
        status: if provider.active { ACTIVE } else { INACTIVE }.to_owned(),
        create_time: provider.create_time,
        update_time: provider.update_time,
        version: provider.version,
    })
}

fn to_provider(row: Model) -> Result<Provider, Failure> {
    Ok(Provider {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        name: row.name,
        kind: from_word(&row.kind)?,
        parent_id: row.parent_provider_id.map(Into::into),
        responsibilities: from_json(&row.responsibilities)?,
        active: row.status == ACTIVE,
        create_time: row.create_time,
        update_time: row.update_time,
        version: row.version,
    })
}
