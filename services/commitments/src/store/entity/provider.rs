//! A provider.

use sea_orm::entity::prelude::*;

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(crate) name: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    pub(crate) parent_provider_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(crate) responsibilities: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) status: String,
    pub(crate) create_time: ChronoDateTimeUtc,
    pub(crate) update_time: ChronoDateTimeUtc,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
