//! Constitutions: a version is in force from its date until the next version's.

use chrono::NaiveDate;
use pathfinder_kit::Failure;
use pathfinder_terms::PartnershipId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::Query;
use super::columns::{from_json, json};
use super::entity::constitution::{ActiveModel, Column, Entity, Model};
use crate::domain::constitution::Constitution;

/// The version in force on a day.
pub(crate) async fn find_in_force(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    on: NaiveDate,
) -> Result<Option<Constitution>, Failure> {
    let before =
        Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::EffectiveFromDate.lte(on));
    let row = before.order_by_desc(Column::EffectiveFromDate).one(connection).await?;
    row.map(Constitution::try_from).transpose()
}

/// Versions, the one that takes effect last first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query<'_, NaiveDate>,
) -> Result<Vec<Constitution>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = query.after {
        select = select.filter(Column::EffectiveFromDate.lt(after));
    }
    let rows = select.order_by_desc(Column::EffectiveFromDate).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Constitution::try_from).collect()
}

/// Keeps a new version.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Constitution) -> Result<(), Failure> {
    let row = ActiveModel {
        id: Set(new.id.0),
        partnership_id: Set(new.partnership_id.0),
        effective_from_date: Set(new.effective_from_date),
        rules: Set(json(&new.rules)?),
        decision_id: Set(new.decision_id.map(Uuid::from)),
        create_time: Set(new.create_time),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

impl TryFrom<Model> for Constitution {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            effective_from_date: row.effective_from_date,
            rules: from_json(&row.rules)?,
            decision_id: row.decision_id.map(Into::into),
            create_time: row.create_time,
        })
    }
}
