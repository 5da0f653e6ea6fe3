//! A meeting with its agenda, attendance, interests and minutes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting")]
pub(in crate::store) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::store) id: Uuid,
    pub(in crate::store) partnership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) title: String,
    pub(in crate::store) start_time: ChronoDateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) place: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) status: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) items: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) notice: Option<String>,
    pub(in crate::store) publish_time: Option<ChronoDateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(in crate::store) publication: Option<String>,
    pub(in crate::store) presiding_member_id: Option<Uuid>,
    pub(in crate::store) open_time: Option<ChronoDateTimeUtc>,
    pub(in crate::store) close_time: Option<ChronoDateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) attendances: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) interests: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) minutes: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) reason: String,
    #[sea_orm(column_type = "Text")]
    pub(in crate::store) creator: String,
    pub(in crate::store) create_time: ChronoDateTimeUtc,
    pub(in crate::store) update_time: ChronoDateTimeUtc,
    pub(in crate::store) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::store) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
