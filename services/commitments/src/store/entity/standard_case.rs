//! An issue that is held to a standard, or missed it before it was held to another, from the feed of issues.

use sea_orm::entity::prelude::*;

/// An issue under a standard.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standard_case")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) issue_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(crate) issue_reference: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) standard_id: Uuid,
    pub(crate) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(crate) issue_state: String,
    pub(crate) due_time: Option<ChronoDateTimeUtc>,
    pub(crate) stop_time: Option<ChronoDateTimeUtc>,
    pub(crate) on_time: Option<bool>,
    pub(crate) breached: bool,
    pub(crate) update_time: ChronoDateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
