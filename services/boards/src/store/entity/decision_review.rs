//! A word of the accountable body on a decision.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_review")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) decision_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) note: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) reviewer_id: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) reviewer_name: String,
    pub(in crate::store) review_time: ChronoDateTimeUtc,
    pub(in crate::store) answered_by_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
