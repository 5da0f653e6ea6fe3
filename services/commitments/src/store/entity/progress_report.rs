//! One revision of a progress report.

use sea_orm::entity::prelude::*;

/// One revision of a progress report.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "progress_report")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) partnership_id: Uuid,
    pub(crate) commitment_id: Uuid,
    pub(crate) provider_id: Uuid,
    pub(crate) revision: i32,
    pub(crate) latest: bool,
    pub(crate) superseded_by: Option<Uuid>,
    pub(crate) period_start_date: ChronoDate,
    pub(crate) period_end_date: ChronoDate,
    pub(crate) is_final: bool,
    pub(crate) due_date: ChronoDate,
    pub(crate) late: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) content: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) status: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) query_note: Option<String>,
    pub(crate) submit_time: Option<ChronoDateTimeUtc>,
    pub(crate) accept_time: Option<ChronoDateTimeUtc>,
    pub(crate) create_time: ChronoDateTimeUtc,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) drafter_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) drafter_name: Option<String>,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
