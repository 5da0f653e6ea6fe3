//! Categories and routing rules.

/// A category.
pub(in crate::store) mod category_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) code: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) description: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) group_name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) keywords: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) theme: String,
        pub(in crate::store) hazard: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) default_severity: String,
        pub(in crate::store) moderated: bool,
        pub(in crate::store) domestic: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) questions: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) response_templates: String,
        pub(in crate::store) retired: bool,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
        pub(in crate::store) update_time: ChronoDateTimeUtc,
        pub(in crate::store) version: i64,
        /// When its issues are to be blurred, because it became one of homes; none once all are.
        pub(in crate::store) blur_time: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A routing rule.
pub(in crate::store) mod rule_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "routing_rule")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) position: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) category_code: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) area: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) land_type: Option<String>,
        pub(in crate::store) provider_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) provider_name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
