//! The numbers of references: one row a partnership and year.

use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

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
    let row = ActiveModel { partnership_id: Set(partnership_id.0), year: Set(year), last_number: Set(0) };
    let there = OnConflict::columns([Column::PartnershipId, Column::Year]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(there).exec_without_returning(conn).await?;
    Entity::update_many()
        .col_expr(Column::LastNumber, Expr::col(Column::LastNumber).add(count))
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::Year.eq(year))
        .exec(conn)
        .await?;
    let row = Entity::find_by_id((partnership_id.0, year)).one(conn).await?;
    let last = row.map(|row| row.last_number).ok_or_else(|| DbErr::RecordNotFound("reference_counter".to_owned()))?;
    Ok(last - count + 1)
}
