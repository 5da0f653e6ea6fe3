//! A commitment.

use sea_orm::entity::prelude::*;

/// A commitment.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) partnership_id: Uuid,
    pub(crate) provider_id: Uuid,
    pub(crate) action_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(crate) text: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) theme: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    pub(crate) baseline_value: f64,
    pub(crate) baseline_date: ChronoDate,
    #[sea_orm(column_type = "Text")]
    pub(crate) baseline_source: String,
    pub(crate) target_value: f64,
    #[sea_orm(column_type = "Text")]
    pub(crate) unit: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) direction: String,
    pub(crate) start_date: ChronoDate,
    pub(crate) end_date: ChronoDate,
    #[sea_orm(column_type = "Text")]
    pub(crate) frequency: String,
    pub(crate) report_due_working_days: i32,
    #[sea_orm(column_type = "Text")]
    pub(crate) owner: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) milestones: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) status: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) computed_rag: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) computed_rag_reason: String,
    pub(crate) next_period_end_date: Option<ChronoDate>,
    pub(crate) next_due_date: Option<ChronoDate>,
    pub(crate) beyond_calendar: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) reported_periods: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) latest_report: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) acceptance: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) at_risk_reason: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) verification: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) closing_reason: Option<String>,
    pub(crate) look_date: ChronoDate,
    pub(crate) create_time: ChronoDateTimeUtc,
    pub(crate) update_time: ChronoDateTimeUtc,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
