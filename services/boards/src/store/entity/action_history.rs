//! A step of an action.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_history")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) action_id: Uuid,
    pub(in crate::store) entry_time: ChronoDateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) actor_id: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) actor_name: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) from_state: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) to_state: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) note: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
