//! What stood in issues before they were edited.

/// An edit. It lies in a table of its own: nothing that reads issues reads it.
pub(in crate::store) mod edit_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue_edit")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) edit_time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_label: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reason: String,
        /// What stood there, as JSON.
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) former: String,
        /// When its issue ended; none while that is open.
        pub(in crate::store) end_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
