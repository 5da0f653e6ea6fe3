//! Finding issues: by what they are, where they are and which words they have, in an order.
//!
//! What is looked for is found by one of three ways, which is chosen here because the databases cannot know which it is: by the squares
//! of the place, by the list of a word, or by a walk through all in their order. Whatever the way, everything that is asked is a
//! condition of each issue that is met on it.

use std::ops::RangeInclusive;

use pathfinder_terms::PartnershipId;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect, QueryTrait as _, Select, Statement,
};

use super::entity::issue::issue_row::{Column, Entity};
use super::entity::issue::word_row;
use super::issue::issue_of;
use super::words::{self, Listed};
use crate::domain::Issue;
use crate::domain::cell::Covered;
use crate::domain::listing::{Last, Order};
use crate::domain::place::{Circle, Place};

/// So many issues are few enough to look up each and sort them all for one page.
pub(super) const FEW: u64 = 2_000;

/// Which issues are looked for.
#[derive(Debug)]
pub(crate) struct Search {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What the filter asks for.
    pub condition: Condition,
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
#[derive(Debug)]
pub(crate) struct Located {
    /// The place.
    pub place: Place,
    /// The issues in the squares that cover it; none for what covers nothing.
    squares: Option<SelectStatement>,
    /// Whether these are few.
    is_few: bool,
}

/// The way on which issues are met.
enum Way {
    /// Those in some squares are looked up and put in order.
    Squares(SelectStatement),
    /// Those that have a word, in the order of their ids.
    Word(String),
    /// All of the partnership.
    All,
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

/// What is asked for a page.
pub(crate) fn page_of(search: &Search, slice: Slice, backend: DbBackend) -> Statement {
    let way = search.way_to_page(slice.order);
    // A word's list goes by its own column, whose order the database then need not make.
    let id = match way {
        Way::Word(_) => Expr::col((word_row::Entity, word_row::Column::IssueId)),
        Way::Squares(_) | Way::All => Expr::col((Entity, Column::Id)),
    };
    ordered(search.on(way), &id.into(), slice).limit(slice.limit).build(backend)
}

impl Search {
    fn way_to_page(&self, order: Order) -> Way {
        let squares = self.place.as_ref().filter(|located| located.is_few).and_then(|located| located.squares.clone());
        let word = self.words.as_ref().filter(|listed| listed.is_few || (order == Order::TakenIn && squares.is_none()));
        match (squares, word) {
            (_, Some(listed)) => Way::Word(listed.rarest.clone()),
            (Some(squares), None) => Way::Squares(squares),
            (None, None) => Way::All,
        }
    }

    /// Everything that is looked for, in no order.
    pub(super) fn all(&self) -> Select<Entity> {
        let squares = self.place.as_ref().and_then(|located| located.squares.clone());
        let way = match (&self.words, squares) {
            (Some(listed), squares) if listed.is_few || squares.is_none() => Way::Word(listed.rarest.clone()),
            (_, Some(squares)) => Way::Squares(squares),
            (_, None) => Way::All,
        };
        self.on(way)
    }

    fn on(&self, way: Way) -> Select<Entity> {
        let mut query = Entity::find();
        let mut met_by_word = None;
        match way {
            Way::Squares(squares) => query = query.filter(Column::Id.in_subquery(squares)),
            Way::Word(word) => {
                words::follow(QuerySelect::query(&mut query), self.partnership_id, &word);
                met_by_word = Some(word);
            }
            Way::All => query = query.filter(Column::PartnershipId.eq(self.partnership_id.0)),
        }
        query = query.filter(self.condition.clone());
        if !self.with_held_back {
            query = query.filter(Column::HeldBack.eq(false));
        }
        if let Some(located) = &self.place {
            query = query.filter(lies_in(&located.place));
        }
        if let Some(listed) = &self.words {
            query = query.filter(listed.condition(self.partnership_id, met_by_word.as_deref()));
        }
        query
    }
}

/// Looks whether a place holds few issues or many.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn locate(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    covered: Covered,
) -> Result<Located, DbErr> {
    let Covered { place, numbers } = covered;
    let in_squares = |numbers: &RangeInclusive<i64>| {
        let here = Condition::all().add(Column::PartnershipId.eq(partnership_id.0));
        let here = here.add(Column::Cell.between(*numbers.start(), *numbers.end()));
        Query::select().column(Column::Id).from(Entity).cond_where(here).to_owned()
    };
    let mut squares = numbers.iter().map(in_squares);
    let Some(mut all) = squares.next() else { return Ok(Located { place, squares: None, is_few: true }) };
    for next in squares {
        all.union(UnionType::All, next);
    }
    let some = all.clone().limit(FEW + 1).to_owned();
    let found = conn.query_all_raw(conn.get_database_backend().build(&some)).await?.len();
    let is_few = u64::try_from(found).unwrap_or(u64::MAX) <= FEW;
    Ok(Located { place, squares: Some(all), is_few })
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

/// In the order, behind the last of the page before; `id` is where the issue's id is read from.
fn ordered(query: Select<Entity>, id: &SimpleExpr, slice: Slice) -> Select<Entity> {
    // Of those that the order does not tell apart, only those after it; said so that an index on what it goes by can be used.
    let desc = |query: Select<Entity>| query.order_by(id.clone(), sea_orm::Order::Desc);
    match (slice.order, slice.after) {
        (Order::TakenIn, None) => desc(query),
        (Order::TakenIn, Some(last)) => desc(query.filter(id.clone().lt(last.id))),
        (Order::Reported, last) => {
            let query = query.order_by_desc(Column::ReportTime).order_by_desc(Column::Id);
            let Some(last) = last else { return query };
            let later = Condition::any().add(Column::ReportTime.lt(last.time)).add(Column::Id.lt(last.id));
            query.filter(Column::ReportTime.lte(last.time)).filter(later)
        }
        (Order::Due, last) => {
            let query = query.order_by_asc(Column::DueTime).order_by_asc(Column::Id);
            let Some(last) = last else { return query.filter(Column::DueTime.is_not_null()) };
            let later = Condition::any().add(Column::DueTime.gt(last.time)).add(Column::Id.gt(last.id));
            query.filter(Column::DueTime.gte(last.time)).filter(later)
        }
        (Order::Distance(circle), last) => {
            let distance = || squared_distance(circle);
            let query = query.order_by(distance(), sea_orm::Order::Asc).order_by_asc(Column::Id);
            let Some(last) = last else { return query };
            let later = Condition::any().add(distance().gt(last.squared_distance)).add(Column::Id.gt(last.id));
            query.filter(distance().gte(last.squared_distance)).filter(later)
        }
    }
}

/// The square of an issue's distance from the centre, as [`Circle::squared_distance`] reckons it.
fn squared_distance(circle: Circle) -> Expr {
    let north = || Column::Latitude.into_expr().sub(circle.center.latitude).mul(Circle::metres_per_latitude());
    let east = || Column::Longitude.into_expr().sub(circle.center.longitude).mul(circle.metres_per_longitude());
    north().mul(north()).add(east().mul(east()))
}
