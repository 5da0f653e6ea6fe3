//! A version of a constitution.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "constitution")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) effective_from_date: ChronoDate,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) rules: String,
    pub(in crate::store) decision_id: Option<Uuid>,
    pub(in crate::store) create_time: ChronoDateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
