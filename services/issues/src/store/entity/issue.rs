//! Issues, their history, their references and the actions that answer them.

/// An issue. What the clock is lies in `clock` as JSON; the columns beside it are what is filtered and looked for. `latitude`, `longitude`
/// and `cell` are the public point's; at a home, the exact one stands apart, where no search comes.
pub(in crate::store) mod issue_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reference: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) category_code: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) category_name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) title: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) description: String,
        pub(in crate::store) latitude: Option<f64>,
        pub(in crate::store) longitude: Option<f64>,
        pub(in crate::store) cell: Option<i64>,
        pub(in crate::store) domestic: bool,
        pub(in crate::store) exact_latitude: Option<f64>,
        pub(in crate::store) exact_longitude: Option<f64>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) address: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) uprn: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) location_text: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) land_type: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) state: String,
        pub(in crate::store) open: bool,
        pub(in crate::store) held_back: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) answers: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) photos: String,
        /// Whether any of them waits for staff.
        pub(in crate::store) photos_waiting: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) source: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) severity: String,
        pub(in crate::store) hazard: bool,
        pub(in crate::store) provider_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) provider_name: String,
        pub(in crate::store) routing_rule_id: Option<Uuid>,
        pub(in crate::store) standard_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) clock: String,
        pub(in crate::store) clock_pending: bool,
        pub(in crate::store) due_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) stopped_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) breached: bool,
        pub(in crate::store) overdue: bool,
        pub(in crate::store) next_look_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) failure_count: i32,
        pub(in crate::store) next_attempt_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) external_id: Option<String>,
        pub(in crate::store) supporter_count: i32,
        pub(in crate::store) reopened_count: i32,
        pub(in crate::store) refusal_count: i32,
        pub(in crate::store) duplicate_of: Option<Uuid>,
        pub(in crate::store) parent_issue_id: Option<Uuid>,
        pub(in crate::store) answer_due_time: Option<ChronoDateTimeUtc>,
        /// Whether it was put off already, for a question.
        pub(in crate::store) answer_due_moved: bool,
        /// Whether it is still to be looked around for others like it.
        pub(in crate::store) cluster_look: bool,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) resolution: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) confirmation: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) satisfaction: Option<String>,
        pub(in crate::store) question_count: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub(in crate::store) open_question: Option<String>,
        pub(in crate::store) question_due_time: Option<ChronoDateTimeUtc>,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reporter_name: String,
        pub(in crate::store) report_time: ChronoDateTimeUtc,
        pub(in crate::store) update_time: ChronoDateTimeUtc,
        pub(in crate::store) edit_time: Option<ChronoDateTimeUtc>,
        /// When it ended, at a home of which more is kept than everybody may know; none while it is open, and once that was seen to.
        pub(in crate::store) home_end_time: Option<ChronoDateTimeUtc>,
        pub(in crate::store) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One step of an issue's history.
pub(in crate::store) mod history_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue_history")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        pub(in crate::store) issue_id: Uuid,
        pub(in crate::store) entry_time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_id: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_name: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) actor_label: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) kind: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) from_state: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) to_state: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) private_note: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What became of an update of another system.
pub(in crate::store) mod update_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue_update")]
    pub(in crate::store) struct Model {
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
        /// Whose it is.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(in crate::store) subject: String,
        /// Its id there.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(in crate::store) external_update_id: String,
        /// The entry of the history that it became.
        pub(in crate::store) update_id: Uuid,
        pub(in crate::store) happened_time: ChronoDateTimeUtc,
        pub(in crate::store) applied: bool,
        pub(in crate::store) in_step: bool,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) note: String,
        pub(in crate::store) create_time: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The last number that was given to an issue of a partnership in a year.
pub(in crate::store) mod reference_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reference_counter")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) year: i32,
        pub(in crate::store) last_number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A word that an issue has.
pub(in crate::store) mod word_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue_word")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(in crate::store) word: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A board's action that answers an issue, as the feed of boards told.
pub(in crate::store) mod action_row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issue_action")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) issue_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) action_id: Uuid,
        pub(in crate::store) partnership_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) reference: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) title: String,
        #[sea_orm(column_type = "Text")]
        pub(in crate::store) status: String,
        pub(in crate::store) told: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
