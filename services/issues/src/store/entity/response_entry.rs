//! "You said, we did" entries.

/// An entry.
pub(in crate::store) mod entry_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "response_entry")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) you_said: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) we_did: String,
        pub(in crate::store) provider_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) provider_name: String,
        /// The issue that the photo is of.
        pub(in crate::store) photo_issue_id: Option<Uuid>,
        pub(in crate::store) photo_id: Option<Uuid>,
        pub(in crate::store) publish_time: ChronoDateTimeUtc,
        pub(in crate::store) update_time: ChronoDateTimeUtc,
        pub(in crate::store) revision: i32,
        pub(in crate::store) withdraw_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) withdraw_reason: String,
        pub(in crate::store) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An issue that an entry is about, with what filters ask of the two.
pub(in crate::store) mod about_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "response_entry_issue")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) entry_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) position: i32,
        /// The issue's when the entry was published.
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) category_code: String,
        /// The entry's.
        pub(in crate::store) provider_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What an entry said before.
pub(in crate::store) mod revision_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "response_entry_revision")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) entry_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) revision: i32,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) you_said: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) we_did: String,
        pub(in crate::store) provider_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) provider_name: String,
        pub(in crate::store) photo_issue_id: Option<Uuid>,
        pub(in crate::store) photo_id: Option<Uuid>,
        pub(in crate::store) replace_time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
