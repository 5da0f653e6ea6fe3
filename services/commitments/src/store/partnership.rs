//! What this service knows of partnerships: told by the feed of boards, or asked for when the feed is not there yet.

use chrono::{DateTime, Utc};
use pathfinder_kit::Failure;
use pathfinder_terms::PartnershipId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use super::entity::partnership::{ActiveModel, Column, Entity, Model};
use super::from_word;
use crate::domain::Partnership;

/// The partnership with this id, if it is known.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: PartnershipId) -> Result<Option<Partnership>, Failure> {
    Entity::find_by_id(id.0).one(connection).await?.map(to_partnership).transpose()
}

/// Keeps what the feed tells, in place of what was known.
pub(crate) async fn put(
    connection: &impl ConnectionTrait,
    told: &Partnership,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if find(connection, told.id).await?.as_ref() == Some(told) {
        return Ok(());
    }
    let newer = OnConflict::column(Column::Id)
        .update_columns([Column::Name, Column::Nation, Column::Active, Column::UpdateTime])
        .to_owned();
    Entity::insert(to_row(told, now)).on_conflict(newer).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps what was asked for, unless the feed told of it meanwhile: the feed is in order, an answer may be late.
pub(crate) async fn put_unless_known(
    connection: &impl ConnectionTrait,
    asked: &Partnership,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let known = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(to_row(asked, now)).on_conflict(known).exec_without_returning(connection).await?;
    Ok(())
}

fn to_row(partnership: &Partnership, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        id: Set(partnership.id.0),
        name: Set(partnership.name.clone()),
        nation: Set(partnership.nation.word().to_owned()),
        active: Set(partnership.active),
        update_time: Set(now),
    }
}

fn to_partnership(row: Model) -> Result<Partnership, Failure> {
    Ok(Partnership { id: row.id.into(), name: row.name, nation: from_word(&row.nation)?, active: row.active })
}
