//! A person's term in a seat.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    pub(in crate::store) seat_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) name: String,
    pub(in crate::store) person_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) role: String,
    pub(in crate::store) substitute_for: Option<Uuid>,
    pub(in crate::store) term_start_date: ChronoDate,
    pub(in crate::store) term_end_date: ChronoDate,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) ending: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) registered_interests: String,
    pub(in crate::store) create_time: ChronoDateTimeUtc,
    pub(in crate::store) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
