//! Issues of one category around a point that were reported lately, for what has to be looked through on every report. The index of those that are
//! recent leads to them: in one street there may be thousands that are older.

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr};
#[cfg(test)]
use sea_orm::{DbBackend, Statement};

use super::entity::issue::issue_row::Column;
use super::search::{self, Located, Search, Slice};
use super::unindexed;
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
    let (search, slice) = asked(nearby, limit);
    search::list(conn, &search, slice).await
}

/// What the database is asked.
#[cfg(test)]
pub(crate) fn question(nearby: &Nearby<'_>, limit: u64, backend: DbBackend) -> Statement {
    let (search, slice) = asked(nearby, limit);
    search::page_of(&search, slice, backend)
}

fn asked(nearby: &Nearby<'_>, limit: u64) -> (Search, Slice) {
    let ended = [IssueState::Duplicate, IssueState::Withdrawn].map(IssueState::word);
    let which = match nearby.which {
        // An index of what is open would lead to what is open for years.
        Which::Open => unindexed(Column::Open.into_expr()).eq(true),
        Which::Genuine => Column::State.is_not_in(ended),
    };
    let condition = Condition::all().add(Column::CategoryCode.eq(nearby.category_code));
    let condition = condition.add(which).add(Column::ReportTime.gte(nearby.since));
    let search = Search {
        partnership_id: nearby.partnership_id,
        told_condition: condition.clone(),
        condition,
        with_held_back: false,
        place: Some(Located::among_others(nearby.circle)),
        words: None,
    };
    (search, Slice { order: Order::Distance(nearby.circle), after: None, limit })
}
