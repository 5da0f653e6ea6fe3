//! A commitment that answers an action, from the feed of commitments.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_commitment")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) commitment_id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) action_id: Uuid,
    pub(in crate::store) provider_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) status: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) rag: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
