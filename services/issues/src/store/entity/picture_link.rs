//! Pictures that are fetched, and tokens of reports that are held back.

/// The address of a picture.
pub(in crate::store) mod link_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "picture_link")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) reporter_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) address: String,
        pub(in crate::store) held: bool,
        pub(in crate::store) attempt_count: i32,
        pub(in crate::store) next_attempt_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a report that is held back was answered with in place of its id.
pub(in crate::store) mod token_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "report_token")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(in crate::store) token: String,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
