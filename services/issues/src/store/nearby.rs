//! Issues of one category around a point, for what has to be looked through on every report: so few that their squares alone lead to them.

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr};

use super::entity::issue::issue_row::Column;
use super::search::{self, Located, Search, Slice};
use crate::domain::listing::Order;
use crate::domain::place::Circle;
use crate::domain::{Issue, IssueState};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that are open.
    Open,
    /// Those that were not taken back and repeat no other, open or not.
    Genuine,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearby<'a> {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code of the category.
    pub category_code: &'a str,
    /// Where they are.
    pub circle: Circle,
    /// Only those that were reported then or later.
    pub since: DateTime<Utc>,
    /// Which of them.
    pub which: Which,
}

/// The public issues that are looked for, nearest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(conn: &impl ConnectionTrait, nearby: &Nearby<'_>, limit: u64) -> Result<Vec<Issue>, DbErr> {
    let ended = [IssueState::Duplicate, IssueState::Withdrawn].map(IssueState::word);
    let which = match nearby.which {
        Which::Open => Column::Open.eq(true),
        Which::Genuine => Column::State.is_not_in(ended),
    };
    let condition = Condition::all().add(Column::CategoryCode.eq(nearby.category_code));
    let condition = condition.add(which).add(Column::ReportTime.gte(nearby.since));
    let search = Search {
        partnership_id: nearby.partnership_id,
        told_condition: condition.clone(),
        condition,
        with_held_back: false,
        place: Some(Located::close_by(nearby.circle)),
        words: None,
    };
    search::list(conn, &search, Slice { order: Order::Distance(nearby.circle), after: None, limit }).await
}
