//! The numbers of references: one row a partnership and year.

use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};

use super::entity::issue::reference_row::{ActiveModel, Column, Entity};

/// Takes `count` numbers of a year and answers the first. The row stays locked until the transaction ends, so numbers have no gaps
/// but those of transactions that failed.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn take(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    year: i32,
    count: i64,
) -> Result<i64, DbErr> {
    let row = ActiveModel { partnership_id: Set(partnership_id.0), year: Set(year), last_number: Set(count) };
    let further = Expr::col((Entity, Column::LastNumber)).add(count);
    let there =
        OnConflict::columns([Column::PartnershipId, Column::Year]).value(Column::LastNumber, further).to_owned();
    let row = Entity::insert(row).on_conflict(there).exec_with_returning(conn).await?;
    Ok(row.last_number - count + 1)
}
