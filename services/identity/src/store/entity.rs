//! The rows.

pub(super) mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        #[sea_orm(column_type = "Text", unique)]
        pub(crate) login: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) display_name: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) kind: String,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) version: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) email_sealed: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub(crate) email_key_id: Option<String>,
        #[sea_orm(column_type = "Text", unique)]
        pub(crate) email_print: Option<String>,
        pub(crate) erase_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod role_grant {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role_grant")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) person_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) role: String,
        pub(crate) partnership_id: Option<Uuid>,
        pub(crate) provider_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod signing_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_key")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(crate) key_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) seed: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) public_x: String,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) sign_from_time: Option<ChronoDateTimeUtc>,
        pub(crate) retire_time: Option<ChronoDateTimeUtc>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("SigningKey").field("key_id", &self.key_id).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One-time links.
pub(super) mod sign_in_link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_link")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) person_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) expire_time: ChronoDateTimeUtc,
        pub(crate) use_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sessions.
pub(super) mod session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) person_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) method: String,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) use_time: ChronoDateTimeUtc,
        pub(crate) end_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sign-ins under way at an OpenID Connect provider.
pub(super) mod open_id_flow {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "open_id_flow")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) provider: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) state_digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) nonce: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) verifier: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) redirect_uri: String,
        pub(crate) expire_time: ChronoDateTimeUtc,
        pub(crate) use_time: Option<ChronoDateTimeUtc>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Flow").field("id", &self.id).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// With which account a person signs in at an OpenID Connect provider.
pub(super) mod open_id_subject {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "open_id_subject")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) person_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(crate) issuer: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) subject_digest: String,
        pub(crate) create_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keys of systems.
pub(super) mod credential {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credential")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) person_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) scopes: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) note: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) former_digest: Option<String>,
        pub(crate) overlap_end_time: Option<ChronoDateTimeUtc>,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) expire_time: ChronoDateTimeUtc,
        pub(crate) revoke_time: Option<ChronoDateTimeUtc>,
        pub(crate) use_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Form links.
pub(super) mod form_link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "form_link")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) partnership_id: Uuid,
        pub(crate) provider_id: Uuid,
        pub(crate) issue_id: Option<Uuid>,
        pub(crate) commitment_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(crate) holder_name: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) creator_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) digest: String,
        pub(crate) create_time: ChronoDateTimeUtc,
        pub(crate) expire_time: ChronoDateTimeUtc,
        pub(crate) revoke_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Failures.
pub(super) mod attempt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempt")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) key: String,
        pub(crate) attempt_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The audit trail that the kit keeps, as far as a person may ask what it says of them.
pub(super) mod audit_entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entry")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) event_id: Uuid,
        pub(crate) entry_time: ChronoDateTimeUtc,
        pub(crate) partnership_id: Option<Uuid>,
        pub(crate) subject_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) method: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
