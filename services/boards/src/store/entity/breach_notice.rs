//! An issue that missed its time, from the feed of issues.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "breach_notice")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) issue_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) issue_reference: String,
    pub(in crate::store) provider_id: Option<Uuid>,
    pub(in crate::store) standard_id: Option<Uuid>,
    pub(in crate::store) due_time: Option<ChronoDateTimeUtc>,
    pub(in crate::store) breach_time: ChronoDateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
