//! Issues.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select, Statement,
};
use uuid::Uuid;

use super::entity::issue::issue_row::{ActiveModel, Column, Entity, Model};
use super::{from_json, to_json, word};
use crate::domain::cell::{self, Covered};
use crate::domain::geography::Point;
use crate::domain::issue::Location;
use crate::domain::listing::{Last, Order};
use crate::domain::place::{Circle, Place};
use crate::domain::{Issue, words};

/// The table, for filters.
pub(crate) const TABLE: &str = "issue";
/// Fewer than fifty columns: so many rows stay well below the 32,766 values that SQLite binds in one statement.
const ROWS_PER_INSERT: usize = 250;

/// So many issues are few enough to look up each and sort them all for one page.
const FEW: u64 = 2_000;

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
    /// Which words they have.
    pub words: Option<words::Query>,
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

/// The issue, if it is one of the partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
) -> Result<Option<Issue>, DbErr> {
    let row = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    row.map(issue_of).transpose()
}

/// The issue, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: IssueId,
) -> Result<Option<Issue>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.lock_exclusive().one(conn).await?.map(issue_of).transpose()
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
    ordered(matching(search, Want::Page, backend), slice.order, slice.after).limit(slice.limit).build(backend)
}

/// What of it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Some, in an order.
    Page,
    /// Every one.
    All,
}

/// What is looked for.
pub(super) fn matching(search: &Search, want: Want, backend: DbBackend) -> Select<Entity> {
    let squares = search.place.as_ref().and_then(|located| located.squares_for(want));
    let query = match squares {
        Some(squares) => Entity::find().filter(Column::Id.in_subquery(squares)),
        None => Entity::find().filter(Column::PartnershipId.eq(search.partnership_id.0)),
    };
    let mut query = query.filter(search.condition.clone());
    if !search.with_held_back {
        query = query.filter(Column::HeldBack.eq(false));
    }
    if let Some(located) = &search.place {
        query = query.filter(lies_in(&located.place));
    }
    if let Some(words) = &search.words {
        query = query.filter(super::words::found_by(words, backend));
    }
    query
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

impl Located {
    /// Few are looked up one by one and put in order. Where they are many, a walk through all in their order finds a page of them soon;
    /// the database cannot know which it is. Whoever wants every one is best served by the squares.
    fn squares_for(&self, want: Want) -> Option<SelectStatement> {
        self.squares.clone().filter(|_| self.is_few || want == Want::All)
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

/// In the order, behind the last of the page before.
fn ordered(query: Select<Entity>, order: Order, last: Option<Last>) -> Select<Entity> {
    // Of those that the order does not tell apart, only those after it; said so that an index on what it goes by can be used.
    match (order, last) {
        (Order::TakenIn, None) => query.order_by_desc(Column::Id),
        (Order::TakenIn, Some(last)) => query.filter(Column::Id.lt(last.id)).order_by_desc(Column::Id),
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

/// The external ids among `external_ids` that are there already.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn known_external_ids(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    external_ids: Vec<String>,
) -> Result<Vec<(String, IssueId)>, DbErr> {
    let query = Entity::find().select_only().column(Column::ExternalId).column(Column::Id);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::ExternalId.is_in(external_ids));
    let rows: Vec<(Option<String>, Uuid)> = query.into_tuple().all(conn).await?;
    Ok(rows.into_iter().filter_map(|(external_id, id)| Some((external_id?, IssueId(id)))).collect())
}

/// An issue on which a timer has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// How often in a row that failed for this issue.
    pub failure_count: u32,
}

/// Issues of any partnership whose clock waits for its pledge and whose turn has come, oldest first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn with_pending_clock(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    let waiting = Condition::all().add(Column::ClockPending.eq(true)).add(Column::ProviderId.is_not_null());
    waiting_after(conn, waiting, now, after, limit).await
}

/// Issues of any partnership whose due time passed before `now` and was not yet found to have, and whose turn has come, oldest
/// first, after one of them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn due_before(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    waiting_after(conn, Condition::all().add(Column::NextLookTime.lt(now)), now, after, limit).await
}

/// Whole rows are not read here: one that cannot be read must not hide the others.
async fn waiting_after(
    conn: &impl ConnectionTrait,
    condition: Condition,
    now: DateTime<Utc>,
    after: Option<IssueId>,
    limit: u64,
) -> Result<Vec<Waiting>, DbErr> {
    let turn = Condition::any().add(Column::NextAttemptTime.is_null()).add(Column::NextAttemptTime.lte(now));
    let columns = [Column::PartnershipId, Column::Id, Column::FailureCount];
    let mut query = Entity::find().select_only().columns(columns).filter(condition).filter(turn);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.0));
    }
    let rows: Vec<(Uuid, Uuid, i32)> = query.order_by_asc(Column::Id).limit(limit).into_tuple().all(conn).await?;
    let waiting = rows.into_iter().map(|(partnership_id, issue_id, failure_count)| Waiting {
        partnership_id: partnership_id.into(),
        issue_id: issue_id.into(),
        failure_count: u32::try_from(failure_count).unwrap_or(0),
    });
    Ok(waiting.collect())
}

/// Keeps that a timer failed on the issue, and when its turn comes again. Any other write of the issue gives it its turn at once: what
/// failed may not fail any more.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put_off(conn: &impl ConnectionTrait, failed: Waiting, until: DateTime<Utc>) -> Result<(), DbErr> {
    let row = ActiveModel {
        failure_count: Set(i32::try_from(failed.failure_count).unwrap_or(i32::MAX)),
        next_attempt_time: Set(Some(until)),
        ..ActiveModel::default()
    };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(failed.issue_id.0));
    update.filter(Column::PartnershipId.eq(failed.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// Writes new issues.
///
/// # Errors
///
/// When the database fails, or refuses a reference or external id that is there already.
pub(crate) async fn insert_many(
    conn: &impl ConnectionTrait,
    issues: &[Issue],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    for chunk in issues.chunks(ROWS_PER_INSERT) {
        let rows = chunk.iter().map(|issue| row_of(issue, now)).collect::<Result<Vec<_>, _>>()?;
        Entity::insert_many(rows).exec_without_returning(conn).await?;
        for issue in chunk {
            super::words::put(conn, issue.id, &words::of(words::texts_of(issue))).await?;
        }
    }
    Ok(())
}

/// Writes an issue over its former self, `before`.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(
    conn: &impl ConnectionTrait,
    before: &Issue,
    issue: &Issue,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let texts = words::texts_of(issue);
    if texts != words::texts_of(before) {
        super::words::put(conn, issue.id, &words::of(texts)).await?;
    }
    let row = ActiveModel { id: NotSet, ..row_of(issue, now)? };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(issue.id.0));
    update.filter(Column::PartnershipId.eq(issue.partnership_id.0)).exec(conn).await.map(|_| ())
}

fn row_of(issue: &Issue, now: DateTime<Utc>) -> Result<ActiveModel, DbErr> {
    let clock = &issue.clock;
    let resolution = issue.resolution.as_ref().map(|resolution| to_json("resolution", resolution)).transpose()?;
    Ok(ActiveModel {
        id: Set(issue.id.0),
        partnership_id: Set(issue.partnership_id.0),
        reference: Set(issue.reference.clone()),
        category_code: Set(issue.category_code.clone()),
        category_name: Set(issue.category_name.clone()),
        title: Set(issue.title.clone()),
        description: Set(issue.description.clone()),
        latitude: Set(issue.location.point.map(|point| point.latitude)),
        longitude: Set(issue.location.point.map(|point| point.longitude)),
        cell: Set(issue.location.point.map(cell::number_of)),
        address: Set(issue.location.address.clone()),
        uprn: Set(issue.location.uprn.clone()),
        location_text: Set(issue.location.location_text.clone()),
        land_type: Set(issue.location.land_type.clone()),
        state: Set(issue.state.word().to_owned()),
        open: Set(issue.state.is_open()),
        held_back: Set(issue.held_back),
        source: Set(issue.source.word().to_owned()),
        severity: Set(issue.severity.word().to_owned()),
        hazard: Set(issue.hazard),
        provider_id: Set(issue.provider_id.map(Uuid::from)),
        provider_name: Set(issue.provider_name.clone()),
        routing_rule_id: Set(issue.routing_rule_id.map(Uuid::from)),
        standard_id: Set(clock.pledge().map(|pledge| pledge.standard_id.0)),
        clock: Set(to_json("clock", clock)?),
        clock_pending: Set(clock.is_pending()),
        due_time: Set(clock.due_time()),
        stopped_time: Set(clock.stopped_time()),
        breached: Set(clock.breach_time.is_some()),
        overdue: Set(issue.is_overdue(now)),
        next_look_time: Set(clock.next_look()),
        failure_count: Set(0),
        next_attempt_time: Set(None),
        external_id: Set(issue.external_id.clone()),
        supporter_count: Set(issue.supporter_count),
        reopened_count: Set(issue.reopened_count),
        refusal_count: Set(issue.refusal_count),
        duplicate_of: Set(issue.duplicate_of.map(Uuid::from)),
        resolution: Set(resolution),
        confirmation: Set(issue.confirmation.word().to_owned()),
        reporter_name: Set(issue.reporter_name.clone()),
        report_time: Set(issue.report_time),
        update_time: Set(issue.update_time),
        version: Set(issue.version),
    })
}

fn issue_of(row: Model) -> Result<Issue, DbErr> {
    let point = row.latitude.zip(row.longitude).map(|(latitude, longitude)| Point { latitude, longitude });
    Ok(Issue {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        reference: row.reference,
        category_code: row.category_code,
        category_name: row.category_name,
        title: row.title,
        description: row.description,
        location: Location {
            point,
            address: row.address,
            uprn: row.uprn,
            location_text: row.location_text,
            land_type: row.land_type,
        },
        state: word("state", &row.state)?,
        held_back: row.held_back,
        source: word("source", &row.source)?,
        severity: word("severity", &row.severity)?,
        hazard: row.hazard,
        provider_id: row.provider_id.map(Into::into),
        provider_name: row.provider_name,
        routing_rule_id: row.routing_rule_id.map(Into::into),
        clock: from_json("clock", &row.clock)?,
        external_id: row.external_id,
        supporter_count: row.supporter_count,
        reopened_count: row.reopened_count,
        refusal_count: row.refusal_count,
        duplicate_of: row.duplicate_of.map(Into::into),
        resolution: row.resolution.map(|text| from_json("resolution", &text)).transpose()?,
        confirmation: word("confirmation", &row.confirmation)?,
        reporter_name: row.reporter_name,
        report_time: row.report_time,
        update_time: row.update_time,
        version: row.version,
    })
}
