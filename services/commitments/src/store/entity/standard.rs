//! One version of a standard.

use sea_orm::entity::prelude::*;

/// One version of a standard.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "standard")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(crate) code: String,
    pub(crate) number: i32,
    pub(crate) latest: bool,
    pub(crate) provider_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(crate) category_code: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) text: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) measure: String,
    pub(crate) target_value: f64,
    #[sea_orm(column_type = "Text")]
    pub(crate) unit: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) clock_start: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) pause_reasons: String,
    pub(crate) pause_cap_days: Option<i32>,
    pub(crate) target_percent: f64,
    pub(crate) effective_from_date: ChronoDate,
    pub(crate) superseded_by: Option<Uuid>,
    pub(crate) superseded_from_date: Option<ChronoDate>,
    pub(crate) create_time: ChronoDateTimeUtc,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
