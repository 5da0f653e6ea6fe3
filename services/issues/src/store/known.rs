//! Partnerships and providers, as boards and commitments tell of them.

use pathfinder_terms::{PartnershipId, ProviderId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::entity::known::{partnership_row, provider_row};
use super::word;
use crate::domain::known::{KnownPartnership, KnownProvider};

/// The partnership, if boards has told of it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_partnership(
    conn: &impl ConnectionTrait,
    id: PartnershipId,
) -> Result<Option<KnownPartnership>, DbErr> {
    let row = partnership_row::Entity::find_by_id(id.0).one(conn).await?;
    row.map(partnership_of).transpose()
}

/// Those of some partnerships that boards has told of.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn partnerships_of(
    conn: &impl ConnectionTrait,
    ids: &[PartnershipId],
) -> Result<Vec<KnownPartnership>, DbErr> {
    let ids = ids.iter().map(|id| id.0);
    let query = partnership_row::Entity::find().filter(partnership_row::Column::Id.is_in(ids));
    query.all(conn).await?.into_iter().map(partnership_of).collect()
}

fn partnership_of(row: partnership_row::Model) -> Result<KnownPartnership, DbErr> {
    Ok(KnownPartnership {
        id: row.id.into(),
        name: row.name,
        slug: row.slug,
        nation: word("nation", &row.nation)?,
        reference_prefix: row.reference_prefix,
        archived: row.archived,
    })
}

/// Keeps a partnership's name in addresses, if it was not told before.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn fill_slug(conn: &impl ConnectionTrait, id: PartnershipId, slug: &str) -> Result<(), DbErr> {
    use partnership_row::{ActiveModel, Column, Entity};
    let row = ActiveModel { slug: Set(slug.to_owned()), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(id.0)).filter(Column::Slug.eq(""));
    update.exec(conn).await.map(|_| ())
}

/// Lets one writer at a time bring in what must be unique in a partnership (external ids, codes of categories), until the
/// transaction ends: look for what is there behind this lock. On SQLite there is one writer anyhow.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn lock_partnership(conn: &impl ConnectionTrait, id: PartnershipId) -> Result<(), DbErr> {
    partnership_row::Entity::find_by_id(id.0).lock_exclusive().one(conn).await.map(|_| ())
}

/// Keeps what the feed tells of a partnership, in place of what was known.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_partnership(conn: &impl ConnectionTrait, known: &KnownPartnership) -> Result<(), DbErr> {
    use partnership_row::{Column, Entity};
    let row = partnership_row_of(known);
    let there = OnConflict::column(Column::Id)
        .update_columns([Column::Name, Column::Slug, Column::Nation, Column::ReferencePrefix, Column::Archived])
        .to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// Keeps what was asked for, unless the feed told of it meanwhile: the feed is in order, an answer may be late.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_partnership_unless_known(
    conn: &impl ConnectionTrait,
    asked: &KnownPartnership,
) -> Result<(), DbErr> {
    use partnership_row::{Column, Entity};
    let there = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(partnership_row_of(asked)).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

fn partnership_row_of(known: &KnownPartnership) -> partnership_row::ActiveModel {
    partnership_row::ActiveModel {
        id: Set(known.id.0),
        name: Set(known.name.clone()),
        slug: Set(known.slug.clone()),
        nation: Set(known.nation.word().to_owned()),
        reference_prefix: Set(known.reference_prefix.clone()),
        archived: Set(known.archived),
    }
}

/// The provider, if commitments has told of it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_provider(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ProviderId,
) -> Result<Option<KnownProvider>, DbErr> {
    let query = provider_row::Entity::find_by_id(id.0);
    let row = query.filter(provider_row::Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    Ok(row.map(provider_of))
}

/// Every provider of a partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn providers_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
) -> Result<Vec<KnownProvider>, DbErr> {
    let query = provider_row::Entity::find().filter(provider_row::Column::PartnershipId.eq(partnership_id.0));
    Ok(query.all(conn).await?.into_iter().map(provider_of).collect())
}

/// Keeps what the feed tells of a provider, in place of what was known.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_provider(conn: &impl ConnectionTrait, known: &KnownProvider) -> Result<(), DbErr> {
    use provider_row::{Column, Entity};
    let there = OnConflict::column(Column::Id).update_columns([Column::Name, Column::Active]).to_owned();
    Entity::insert(provider_row_of(known)).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

/// Keeps what was asked for, unless the feed told of it meanwhile.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_provider_unless_known(conn: &impl ConnectionTrait, asked: &KnownProvider) -> Result<(), DbErr> {
    use provider_row::{Column, Entity};
    let there = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(provider_row_of(asked)).on_conflict(there).exec_without_returning(conn).await.map(|_| ())
}

fn provider_row_of(known: &KnownProvider) -> provider_row::ActiveModel {
    provider_row::ActiveModel {
        id: Set(known.id.0),
        partnership_id: Set(known.partnership_id.0),
        name: Set(known.name.clone()),
        active: Set(known.active),
    }
}

fn provider_of(row: provider_row::Model) -> KnownProvider {
    KnownProvider { id: row.id.into(), partnership_id: row.partnership_id.into(), name: row.name, active: row.active }
}
