//! People who reported, support or follow issues, how to reach them, and what they were told.

/// A person, without anything that says who.
pub(in crate::store) mod reporter_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reporter")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        /// Not the reporter.
        pub(in crate::store) supporter: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) visibility: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) token_hash: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) token_salt: Option<String>,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
        /// Neither reporter nor supporter.
        pub(in crate::store) follower: bool,
        /// When a follower's address was confirmed. Until then, the token is that of the confirmation.
        pub(in crate::store) confirm_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How to reach a person: the only table of this service that holds personal data by design. It lies in `sealed`; `name`, `email` and
/// `phone` hold what was there before rows were sealed, until their turn comes, and are empty from then on.
pub(in crate::store) mod contact_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reporter_contact")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) reporter_id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) email: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) phone: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) sealed: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) key_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) email_print: String,
        pub(in crate::store) end_time: Option<ChronoDateTimeUtc>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("reporter_contact").field("reporter_id", &self.reporter_id).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was erased: counts, never content.
pub(in crate::store) mod erasure_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasure")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) erase_time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) cause: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reason: String,
        pub(in crate::store) contact_count: i32,
        pub(in crate::store) issue_count: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A letter that waits to be sent. What it says is put together when it is: here is nothing that says who.
pub(in crate::store) mod letter_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "letter")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) reporter_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
        pub(in crate::store) failure_count: i32,
        pub(in crate::store) next_attempt_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a person was told.
pub(in crate::store) mod notice_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) announcement_id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) reporter_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) text: String,
        pub(in crate::store) action_id: Option<Uuid>,
        pub(in crate::store) notice_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
