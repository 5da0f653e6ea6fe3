//! The counters behind references.

use pathfinder_kit::Failure;
use pathfinder_terms::PartnershipId;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use super::entity::reference_counter::{ActiveModel, Column, Entity};
use crate::domain::reference::ReferenceKind;

/// Takes the next number of a kind in a year. Two at once wait for one another; a number whose transaction fails is given again.
pub(crate) async fn take_number(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    kind: ReferenceKind,
    year: i32,
) -> Result<i64, Failure> {
    let first = ActiveModel {
        partnership_id: Set(partnership_id.0),
        kind: Set(kind.word().to_owned()),
        year: Set(year),
        last: Set(1),
    };
    let next = OnConflict::columns([Column::PartnershipId, Column::Kind, Column::Year])
        .value(Column::Last, Expr::col((Entity, Column::Last)).add(1))
        .to_owned();
    Entity::insert(first).on_conflict(next).exec_without_returning(connection).await?;
    let key = (partnership_id.0, kind.word().to_owned(), year);
    let counter = Entity::find_by_id(key).one(connection).await?;
    counter
        .map(|counter| counter.last)
        .ok_or_else(|| Failure::internal("a reference counter is missing after it was counted"))
}
