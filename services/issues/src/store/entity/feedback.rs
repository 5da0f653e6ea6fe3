//! What residents are asked, what they answer, and how satisfied they are with a closing.

/// A question to whoever reported an issue.
pub(in crate::store) mod question_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reporter_question")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) question_number: i32,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) question_text: String,
        pub(in crate::store) ask_time: ChronoDateTimeUtc,
        pub(in crate::store) due_time: ChronoDateTimeUtc,
        pub(in crate::store) clock_paused: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) answer: String,
        pub(in crate::store) answer_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) reporter_id: Option<Uuid>,
        pub(in crate::store) lapse_time: Option<ChronoDateTimeUtc>,
        /// When its issue ended; none while that is open, or nothing was answered.
        pub(in crate::store) end_time: Option<ChronoDateTimeUtc>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("reporter_question").field("issue_id", &self.issue_id).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a resident said of a closing.
pub(in crate::store) mod opinion_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "closing_opinion")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) closing: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) reporter_id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) satisfaction: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) comment: String,
        pub(in crate::store) changed: bool,
        pub(in crate::store) opinion_time: ChronoDateTimeUtc,
        /// When its issue ended; none while that is open, or no words were said.
        pub(in crate::store) end_time: Option<ChronoDateTimeUtc>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("closing_opinion").field("issue_id", &self.issue_id).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
