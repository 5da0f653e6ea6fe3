//! The rows of the kit's own tables.

pub(crate) mod outbox_event {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox_event")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) seq: i64,
        pub(crate) position: Option<i64>,
        pub(crate) event_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) kind: String,
        pub(crate) event_time: ChronoDateTimeUtc,
        pub(crate) partnership_id: Option<Uuid>,
        pub(crate) subject_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) traceparent: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) payload: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod feed_cursor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "feed_cursor")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(crate) feed: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) cursor: String,
        pub(crate) update_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod audit_entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entry")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) event_id: Uuid,
        pub(crate) entry_time: ChronoDateTimeUtc,
        pub(crate) partnership_id: Option<Uuid>,
        pub(crate) chain: Uuid,
        pub(crate) subject_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) actor_name: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) via: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) credential_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) method: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) trace_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) before_digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) after_digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) name_salt: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) name_digest: String,
        pub(crate) position: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub(crate) prior_hash: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod audit_head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_head")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) chain: Uuid,
        pub(crate) position: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod request_record {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request_record")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(crate) caller_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) request_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) method: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) answer: String,
        pub(crate) record_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod own_policies {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "own_policies")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) text: String,
        pub(crate) version: i64,
        pub(crate) set_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
