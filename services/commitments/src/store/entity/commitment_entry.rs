//! An entry of the history of a commitment.

use sea_orm::entity::prelude::*;

/// An entry of the history of a commitment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_entry")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) partnership_id: Uuid,
    pub(crate) commitment_id: Uuid,
    pub(crate) entry_time: ChronoDateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub(crate) actor_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) actor_name: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) from_status: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) to_status: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
