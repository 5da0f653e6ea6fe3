//! Many issues of one category in one place, from the feed of issues.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cluster_notice")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) cluster_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) category_code: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) category_name: String,
    pub(in crate::store) latitude: f64,
    pub(in crate::store) longitude: f64,
    pub(in crate::store) first_report_time: ChronoDateTimeUtc,
    pub(in crate::store) last_report_time: ChronoDateTimeUtc,
    pub(in crate::store) find_time: ChronoDateTimeUtc,
    /// JSON: ids in their order.
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) issue_ids: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
