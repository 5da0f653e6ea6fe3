//! A partnership.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partnership")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) name: String,
    #[sea_orm(column_type = "Text", unique)]
    pub(in crate::store) slug: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) nation: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) boundary: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) ward_codes: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) accountable_body: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) themes: String,
    #[sea_orm(column_type = "Text", unique)]
    pub(in crate::store) reference_prefix: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) status: String,
    pub(in crate::store) successor_id: Option<Uuid>,
    pub(in crate::store) demonstration: bool,
    pub(in crate::store) create_time: ChronoDateTimeUtc,
    pub(in crate::store) update_time: ChronoDateTimeUtc,
    pub(in crate::store) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
