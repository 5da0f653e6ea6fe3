//! Finding issues: by what they are, where they are and which words they have, in an order.
//!
//! What is looked for is found by one of three ways, which is chosen here because the databases cannot know which it is: by the squares
//! of the place, by the list of a word, or by a walk through all in their order. Whatever the way, everything that is asked is a
//! condition of each issue that is met on it. Places are looked through in indexes alone (`issue_place`, `issue_state`,
//! `issue_partnership`), which hold what is mostly asked; the rows themselves are read only of a page.

use std::ops::RangeInclusive;

use pathfinder_kit::filter::Masked;
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::sea_query::{
    Alias, Asterisk, CaseStatement, Expr, ExprTrait as _, IntoCondition as _, JoinType, Query, SelectStatement,
    SimpleExpr,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect, QueryTrait, Select, Statement,
};

use super::entity::issue::issue_row::{Column, Entity};
use super::entity::issue::word_row;
use super::issue::{issue_of, own_id, unindexed_id};
use super::words::{self, Listed};
use crate::domain::Issue;
use crate::domain::cell::{Covered, MOST_RANGES};
use crate::domain::listing::{Last, Order};
use crate::domain::place::{Circle, Place};

/// So many issues are few enough to look up each and sort them all for one page.
pub(super) const FEW: u64 = 2_000;
/// So many are few enough where an index alone tells what is asked of them: about as many as a walk through all meets until a page of those
/// in a place that holds more is full.
pub(crate) const FEW_IN_SQUARES: u64 = 3_000;
/// So many are few where the nearest are wanted, so that each is looked at.
pub(crate) const FEW_NEAREST: u64 = 500;
/// So many ids are looked up at once.
const IDS_AT_ONCE: usize = 1_000;

/// Which issues are looked for.
#[derive(Debug)]
pub(crate) struct Search {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What the filter asks for, of whoever may know of issues that are held back.
    pub condition: Condition,
    /// The same of everybody else, to whom [`told_links`] lead.
    pub told_condition: Condition,
    /// Whether issues that are held back are among them.
    pub with_held_back: bool,
    /// Where they are. Of an area, some that lie around it are found, too.
    pub place: Option<Located>,
    /// Which words they have. Of phrases, some that have the words elsewhere are found, too.
    pub words: Option<Listed>,
}

/// A page of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// In which order.
    pub order: Order,
    /// Only those after this one.
    pub after: Option<Last>,
    /// How many at most.
    pub limit: u64,
}

/// A place, as it is best looked for in a partnership.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    /// The place.
    pub place: Place,
    /// Numbers of the squares that cover it; none for what covers nothing.
    squares: Vec<RangeInclusive<i64>>,
    /// Whether few issues lie in these.
    pub is_few: bool,
}

impl Located {
    /// A circle in which not its squares lead to what is looked for, but what else is asked.
    pub(super) const fn among_others(circle: Circle) -> Self {
        Self { place: Place::Near(circle), squares: Vec::new(), is_few: false }
    }
}

/// The way on which issues are met.
enum Way<'a> {
    /// Those in some squares are looked through.
    Squares(&'a [RangeInclusive<i64>]),
    /// Those that have a word, in the order of their ids.
    Word(&'a str),
    /// All of the partnership.
    All,
}

/// The links from issues to others, as everybody may know them: one to an issue that is held back is none. So nobody finds by a filter what they
/// would not be told of what is found.
pub(crate) fn told_links() -> [Masked; 2] {
    let links = [("duplicate_of", Column::DuplicateOf), ("parent_issue_id", Column::ParentIssueId)];
    links.map(|(column, link)| {
        let linked = Alias::new("linked");
        let of_linked = |column: Column| Expr::col((linked.clone(), column));
        let mut told = Query::select();
        told.expr(of_linked(Column::Id)).from_as(Entity, linked.clone());
        told.and_where(of_linked(Column::Id).equals((Entity, link)));
        told.and_where(of_linked(Column::HeldBack).eq(false));
        Masked { column, read: SimpleExpr::SubQuery(None, Box::new(told.into())) }
    })
}

/// A page of issues.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(conn: &impl ConnectionTrait, search: &Search, slice: Slice) -> Result<Vec<Issue>, DbErr> {
    let page = page_of(search, slice, conn.get_database_backend());
    let rows = Entity::find().from_raw_sql(page).all(conn).await?;
    rows.into_iter().map(issue_of).collect()
}

/// Which of some issues are found. Of areas and phrases, some that are not quite what is looked for are found, too.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn among(conn: &impl ConnectionTrait, search: &Search, ids: &[IssueId]) -> Result<Vec<Issue>, DbErr> {
    let mut found = Vec::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let rows = search.of_partnership().filter(Column::Id.is_in(some.iter().map(|id| id.0))).all(conn).await?;
        found.extend(rows.into_iter().map(issue_of).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// What is asked for a page.
pub(crate) fn page_of(search: &Search, slice: Slice, backend: DbBackend) -> Statement {
    let query = match search.way_to_page(slice.order) {
        Way::Word(word) => {
            // A word's list goes by its own column, whose order the database then need not make.
            let id = Expr::col((word_row::Entity, word_row::Column::IssueId));
            let query = search.having_word(word).filter(behind(&id, slice)).limit(slice.limit);
            in_order(query, id, slice.order)
        }
        Way::All if search.place.is_none() => {
            let query = search.of_partnership().filter(behind(&own_id(), slice)).limit(slice.limit);
            in_order(query, own_id(), slice.order)
        }
        Way::All => search.page_from(slice, search.ranked(slice, &own_id()).into_query()),
        Way::Squares(ranges) => {
            search.page_from(slice, in_squares(search.ranked(slice, &unindexed_id()), ranges, backend))
        }
    };
    query.build(backend)
}

impl Search {
    fn way_to_page(&self, order: Order) -> Way<'_> {
        // Whoever wants the nearest has nothing to walk through.
        let by_squares = |located: &&Located| located.is_few || matches!(order, Order::Distance(_));
        let squares = self.squares(by_squares);
        let word = self.words.as_ref().filter(|listed| listed.is_few || (order == Order::TakenIn && squares.is_none()));
        match (squares, word) {
            (_, Some(listed)) => Way::Word(&listed.rarest),
            (Some(squares), None) => Way::Squares(squares),
            (None, None) => Way::All,
        }
    }

    fn squares(&self, fit: impl Fn(&&Located) -> bool) -> Option<&[RangeInclusive<i64>]> {
        let located = self.place.as_ref().filter(fit)?;
        Some(located.squares.as_slice()).filter(|ranges| !ranges.is_empty())
    }

    /// Everything that is looked for, in no order.
    pub(super) fn all(&self, backend: DbBackend) -> Select<Entity> {
        match (&self.words, self.squares(|_| true)) {
            (Some(listed), squares) if listed.is_few || squares.is_none() => self.having_word(&listed.rarest),
            (_, Some(ranges)) => self.with_ids(in_squares(only_id(self.of_partnership()), ranges, backend)),
            (_, None) => self.of_partnership(),
        }
    }

    /// The ids of what is found, with what the order goes by. `id` is how the id is read.
    fn ranked(&self, slice: Slice, id: &Expr) -> Select<Entity> {
        let found = self.of_partnership().filter(behind(id, slice)).select_only().column_as(id.clone(), ID);
        match slice.order {
            Order::TakenIn => found,
            Order::Reported => found.column_as(Column::ReportTime, RANK),
            Order::Due => found.column_as(Column::DueTime, RANK),
            Order::Distance(circle) => found.expr_as(squared_distance(circle), RANK),
        }
    }

    /// The page is chosen from what is found, and only then are its rows read.
    fn page_from(&self, slice: Slice, found: SelectStatement) -> Select<Entity> {
        let direction = direction(slice.order);
        let mut page = Query::select();
        page.column(ID).from_subquery(found, "found").limit(slice.limit);
        if slice.order != Order::TakenIn {
            page.order_by(RANK, direction.clone());
        }
        page.order_by(ID, direction);
        in_order(self.with_ids(page), own_id(), slice.order)
    }

    fn with_ids(&self, ids: SelectStatement) -> Select<Entity> {
        Entity::find().filter(Column::Id.in_subquery(ids))
    }

    fn of_partnership(&self) -> Select<Entity> {
        let query = Entity::find().filter(Column::PartnershipId.eq(self.partnership_id.0));
        query.filter(self.asked(None))
    }

    fn having_word(&self, word: &str) -> Select<Entity> {
        let mut query = Entity::find();
        words::follow(QuerySelect::query(&mut query), self.partnership_id, word);
        query.filter(self.asked(Some(word)))
    }

    /// Everything that is asked of an issue, but for a word that it is known to have.
    fn asked(&self, known_word: Option<&str>) -> Condition {
        let mut asked = match self.with_held_back {
            true => Condition::all().add(self.condition.clone()),
            false => Condition::all().add(self.told_condition.clone()).add(Column::HeldBack.eq(false)),
        };
        if let Some(located) = &self.place {
            asked = asked.add(lies_in(&located.place));
        }
        if let Some(listed) = &self.words {
            asked = asked.add(listed.condition(self.partnership_id, known_word));
        }
        asked
    }
}

/// The id, and what the order goes by, in what a page is chosen from.
const ID: &str = "id";
const RANK: &str = "rank";
/// What is counted.
const COUNT: &str = "count";
/// The squares in which is looked, and what both databases call the columns of a table that stands in a query.
const SQUARE: &str = "square";
const IN_SQUARE: &str = "in_square";
const FIRST: &str = "column1";
const LAST: &str = "column2";

fn only_id(query: Select<Entity>) -> Select<Entity> {
    query.select_only().column(Column::Id)
}

/// What is read of those that lie in some squares. The numbers of the squares are a table of the query, of always as many rows: so a database
/// is asked in the same words for every place, and has its way ready. PostgreSQL takes longer to plan a query for each of the squares than to
/// look through them. Both would go through the squares for each issue of a state, or in the page's order, if they could: they are told to look
/// into one square after the other.
fn in_squares(found: Select<Entity>, ranges: &[RangeInclusive<i64>], backend: DbBackend) -> SelectStatement {
    let none = RangeInclusive::new(0, -1);
    let all = ranges.iter().chain(std::iter::repeat_n(&none, MOST_RANGES.saturating_sub(ranges.len())));
    let numbers: Vec<(i64, i64)> = all.map(|range| (*range.start(), *range.end())).collect();
    let cell = || Column::Cell.into_expr();
    // Of what type the values of such a table are, a database does not say unless it is asked.
    let end = |name: &'static str| Expr::col((SQUARE, name)).cast_as("bigint");
    let lies_in_one = cell().gte(end(FIRST)).and(cell().lte(end(LAST)));
    let mut found = found.filter(lies_in_one).into_query();
    let always = Expr::val(true).into_condition();
    if backend == DbBackend::Sqlite {
        // It keeps the order of such a join.
        found.from_clear().from_values(numbers, SQUARE).join(JoinType::CrossJoin, Entity, always);
        return found;
    }
    let mut all = Query::select();
    all.column((IN_SQUARE, Asterisk)).from_values(numbers, SQUARE);
    // With an offset it is not taken apart again.
    all.join_lateral(JoinType::InnerJoin, found.offset(0).to_owned(), IN_SQUARE, always);
    all
}

/// Looks whether a place holds few issues or more than `few`.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn locate(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    covered: Covered,
    few: u64,
) -> Result<Located, DbErr> {
    let Covered { place, numbers: squares } = covered;
    if squares.is_empty() {
        return Ok(Located { place, squares, is_few: true });
    }
    let count = count_to(partnership_id, &squares, few, conn.get_database_backend());
    let count = read_count(conn, Query::select().expr_as(count, COUNT).to_owned()).await?;
    Ok(Located { place, squares, is_few: count <= few })
}

/// Looks which of some places, each within the one before, hold more issues than `few`: these, and the first that does not, from the
/// smallest on. The databases count the smallest first and stop at one that holds many, since then those around it mostly do, too. They answer
/// how many of the places hold many. For each number of places they are asked in other words.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn locate_within(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    nested: Vec<Covered>,
    few: u64,
) -> Result<Vec<Located>, DbErr> {
    if nested.is_empty() {
        return Ok(Vec::new());
    }
    let backend = conn.get_database_backend();
    let mut holding_many = CaseStatement::new();
    for (around, covered) in nested.iter().enumerate().rev() {
        let count = count_to(partnership_id, &covered.numbers, few, backend);
        let held = i64::try_from(around + 1).unwrap_or(i64::MAX);
        holding_many = holding_many.case(count.gt(few.cast_signed()), Expr::val(held));
    }
    let holding_many = holding_many.finally(Expr::val(0_i64));
    let many = read_count(conn, Query::select().expr_as(holding_many, COUNT).to_owned()).await?;
    let many = usize::try_from(many).unwrap_or(usize::MAX);
    let located = nested.into_iter().enumerate().take(many.saturating_add(1));
    let located =
        located.map(|(index, Covered { place, numbers })| Located { place, squares: numbers, is_few: index >= many });
    let mut located: Vec<Located> = located.collect();
    located.reverse();
    Ok(located)
}

/// How many issues lie in some squares, counted no further than to one more than `few`.
fn count_to(partnership_id: PartnershipId, squares: &[RangeInclusive<i64>], few: u64, backend: DbBackend) -> Expr {
    let here = only_id(Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)));
    let some = in_squares(here, squares, backend).limit(few + 1).to_owned();
    let count = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(some, "some").to_owned();
    SimpleExpr::SubQuery(None, Box::new(count.into()))
}

async fn read_count(conn: &impl ConnectionTrait, question: SelectStatement) -> Result<u64, DbErr> {
    let row = conn.query_one_raw(conn.get_database_backend().build(&question)).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", COUNT))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Whether an issue lies in the place, or, of an area, in the box around it.
fn lies_in(place: &Place) -> Condition {
    let bounds = place.bounds();
    let inside = Condition::all()
        .add(Column::Latitude.between(bounds.south, bounds.north))
        .add(Column::Longitude.between(bounds.west, bounds.east));
    match place {
        Place::Near(circle) => inside.add(squared_distance(*circle).lte(circle.radius * circle.radius)),
        Place::Within(_) | Place::In(_) => inside,
    }
}

fn direction(order: Order) -> sea_orm::Order {
    match order {
        Order::TakenIn | Order::Reported => sea_orm::Order::Desc,
        Order::Due | Order::Distance(_) => sea_orm::Order::Asc,
    }
}

/// `id` is where the issue's id is read from.
fn in_order(query: Select<Entity>, id: Expr, order: Order) -> Select<Entity> {
    let direction = direction(order);
    let ranked = match order {
        Order::TakenIn => query,
        Order::Reported => query.order_by(Column::ReportTime, direction.clone()),
        Order::Due => query.order_by(Column::DueTime, direction.clone()),
        Order::Distance(circle) => query.order_by(squared_distance(circle), direction.clone()),
    };
    ranked.order_by(id, direction)
}

/// That an issue stands behind the last of the page before. Of those that the order does not tell apart, these are the ones after it; it
/// is said so that an index on what the order goes by can be used.
fn behind(id: &Expr, slice: Slice) -> Condition {
    let all = Condition::all();
    let Some(last) = slice.after else {
        return if slice.order == Order::Due { all.add(Column::DueTime.is_not_null()) } else { all };
    };
    match slice.order {
        Order::TakenIn => all.add(id.clone().lt(last.id)),
        Order::Reported => {
            let later = Condition::any().add(Column::ReportTime.lt(last.time)).add(Column::Id.lt(last.id));
            all.add(Column::ReportTime.lte(last.time)).add(later)
        }
        Order::Due => {
            let later = Condition::any().add(Column::DueTime.gt(last.time)).add(Column::Id.gt(last.id));
            all.add(Column::DueTime.gte(last.time)).add(later)
        }
        Order::Distance(circle) => {
            let distance = || squared_distance(circle);
            let later = Condition::any().add(distance().gt(last.squared_distance)).add(Column::Id.gt(last.id));
            all.add(distance().gte(last.squared_distance)).add(later)
        }
    }
}

/// The square of an issue's distance from the centre, as [`Circle::squared_distance`] reckons it.
fn squared_distance(circle: Circle) -> Expr {
    let north = || Column::Latitude.into_expr().sub(circle.center.latitude).mul(Circle::metres_per_latitude());
    let east = || Column::Longitude.into_expr().sub(circle.center.longitude).mul(circle.metres_per_longitude());
    north().mul(north()).add(east().mul(east()))
}
