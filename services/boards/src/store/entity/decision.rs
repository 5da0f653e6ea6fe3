//! A decision.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) reference: String,
    pub(in crate::store) meeting_id: Uuid,
    pub(in crate::store) agenda_item_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) class_code: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) text: String,
    pub(in crate::store) proposer_id: Option<Uuid>,
    pub(in crate::store) seconder_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) method: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) casting_vote: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) quorum: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) withdrawals: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) outcome: String,
    pub(in crate::store) confidential: bool,
    pub(in crate::store) ratifies_id: Option<Uuid>,
    pub(in crate::store) corrects_id: Option<Uuid>,
    pub(in crate::store) constitution_id: Uuid,
    pub(in crate::store) decide_time: ChronoDateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) commitment_ids: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
