//! Issues that are sent on.

/// An issue on its way to a council's own system.
pub(in crate::store) mod forwarding_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "forwarding")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) endpoint: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) form: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) state: String,
        pub(in crate::store) is_in_doubt: bool,
        pub(in crate::store) attempt_count: i32,
        pub(in crate::store) failure_count: i32,
        pub(in crate::store) search_count: i32,
        pub(in crate::store) begin_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) next_attempt_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) remote_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) token: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
        pub(in crate::store) update_time: ChronoDateTimeUtc,
        /// How its report was last heard to stand there; none while nothing was heard, as of the digest and the time.
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) heard_standing: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) heard_digest: Option<String>,
        pub(in crate::store) heard_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Until when it was read what a council's system tells.
pub(in crate::store) mod reading_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "council_reading")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(in crate::store) endpoint: String,
        pub(in crate::store) read_until: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a council's own system is told of an issue that it has taken.
pub(in crate::store) mod forwarding_update_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "forwarding_update")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) endpoint: String,
        pub(in crate::store) number: i32,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        pub(in crate::store) happened_time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) state: String,
        pub(in crate::store) attempt_count: i32,
        pub(in crate::store) next_attempt_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        pub(in crate::store) update_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
