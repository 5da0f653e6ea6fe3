//! What this service knows of others' things, from their feeds.

/// A partnership, known from boards.
pub(in crate::store) mod partnership_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_partnership")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) nation: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) slug: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reference_prefix: String,
        pub(in crate::store) archived: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The boundary of a partnership, apart from the rest because it may be long.
pub(in crate::store) mod boundary_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_boundary")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) version: i64,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) boundary: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A provider, known from commitments.
pub(in crate::store) mod provider_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_provider")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) name: String,
        pub(in crate::store) active: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
