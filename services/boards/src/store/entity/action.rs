//! An action.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) reference: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) title: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) text: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) theme: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) origin: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) issue_ids: String,
    pub(in crate::store) decision_id: Option<Uuid>,
    pub(in crate::store) owner_provider_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) owner_organisation: String,
    pub(in crate::store) owner_person_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) owner_person_name: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) supporting_organisations: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) priority: String,
    pub(in crate::store) start_date: ChronoDate,
    pub(in crate::store) original_due_date: ChronoDate,
    pub(in crate::store) due_date: ChronoDate,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) due_date_moves: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) status: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) report: Option<String>,
    pub(in crate::store) next_update_due_date: Option<ChronoDate>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) agreement: Option<String>,
    pub(in crate::store) acceptance_due_date: Option<ChronoDate>,
    pub(in crate::store) accept_time: Option<ChronoDateTimeUtc>,
    pub(in crate::store) escalate_time: Option<ChronoDateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) status_reason: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) evidence: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) closing_note: String,
    pub(in crate::store) submit_time: Option<ChronoDateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) submitter: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) feedback_note: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) verifier: Option<String>,
    pub(in crate::store) complete_time: Option<ChronoDateTimeUtc>,
    pub(in crate::store) cancel_decision_id: Option<Uuid>,
    pub(in crate::store) create_time: ChronoDateTimeUtc,
    pub(in crate::store) update_time: ChronoDateTimeUtc,
    pub(in crate::store) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
