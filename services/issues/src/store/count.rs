//! Counting issues by what they have in common.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QueryResult, QuerySelect as _,
    QueryTrait as _, Select,
};
use uuid::Uuid;

use super::entity::issue::issue_row::{Column, Entity};
use super::issue::{Search, Want, matching};
use super::word;
use crate::domain::cell;
use crate::domain::counts::{Count, Grouping, Shared};
use crate::domain::geography::Point;
use crate::domain::place::{Outline, Place};

/// So many issues around an area are read at once.
const BATCH: u64 = 5_000;
const NAMES: [&str; 2] = ["first", "second"];

/// How many of the issues that are looked for have what in common; of more than `most` different ones, only some.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count(
    conn: &impl ConnectionTrait,
    search: &Search,
    groupings: &[Grouping],
    most: u64,
) -> Result<Vec<Count>, DbErr> {
    let query = grouped(matching(search, Want::All, conn.get_database_backend()).select_only(), groupings);
    if let Some(Place::In(outline)) = search.place.as_ref().map(|located| &located.place) {
        return count_inside(conn, &query, groupings, outline, most).await;
    }
    let mut query = query.column_as(Column::Id.count(), "issues");
    for place in 1..=groupings.len() {
        // By its place, as the same words with another parameter would be another expression to PostgreSQL.
        query = query.group_by(Expr::cust(place.to_string()));
    }
    let rows = conn.query_all_raw(query.limit(most + 1).build(conn.get_database_backend())).await?;
    let counts =
        rows.iter().map(|row| Ok(Count { shared: shared(row, groupings)?, count: row.try_get("", "issues")? }));
    // Nothing in particular in common, and none of them: no count.
    counts.filter(|count| count.as_ref().map_or(true, |count: &Count| count.count > 0)).collect()
}

/// The database answers for the box around an area; which issues lie in the area itself is looked at here.
async fn count_inside(
    conn: &impl ConnectionTrait,
    query: &Select<Entity>,
    groupings: &[Grouping],
    outline: &Outline,
    most: u64,
) -> Result<Vec<Count>, DbErr> {
    let query = query.clone().column(Column::Id).column(Column::Latitude).column(Column::Longitude);
    let query = query.order_by_asc(Column::Id).limit(BATCH);
    let mut counts: BTreeMap<Vec<Shared>, i64> = BTreeMap::new();
    let mut after = Uuid::nil();
    while u64::try_from(counts.len()).unwrap_or(u64::MAX) <= most {
        let batch = query.clone().filter(Column::Id.gt(after));
        let rows = conn.query_all_raw(batch.build(conn.get_database_backend())).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("", "id")?;
        for row in &rows {
            let point = Point { latitude: row.try_get("", "latitude")?, longitude: row.try_get("", "longitude")? };
            if outline.contains(point) {
                *counts.entry(shared(row, groupings)?).or_default() += 1;
            }
        }
    }
    Ok(counts.into_iter().map(|(shared, count)| Count { shared, count }).collect())
}

fn grouped(query: Select<Entity>, groupings: &[Grouping]) -> Select<Entity> {
    groupings.iter().zip(NAMES).fold(query, |query, (grouping, name)| match grouping {
        Grouping::State => query.column_as(Column::State, name),
        Grouping::Category => query.column_as(Column::CategoryCode, name),
        Grouping::Provider => query.column_as(Column::ProviderId, name),
        Grouping::Severity => query.column_as(Column::Severity, name),
        Grouping::Square(halvings) => {
            let square = Column::Cell.into_expr().div(cell::numbers_to_square(*halvings));
            query.expr_as(square, name).filter(Column::Cell.is_not_null())
        }
    })
}

fn shared(row: &QueryResult, groupings: &[Grouping]) -> Result<Vec<Shared>, DbErr> {
    let of = |(grouping, name): (&Grouping, &str)| {
        let text = || row.try_get::<String>("", name);
        Ok(match grouping {
            Grouping::State => Shared::State(word("state", &text()?)?),
            Grouping::Category => Shared::Category(text()?),
            Grouping::Provider => Shared::Provider(row.try_get::<Option<Uuid>>("", name)?.map(Into::into)),
            Grouping::Severity => Shared::Severity(word("severity", &text()?)?),
            Grouping::Square(halvings) => Shared::Square(*halvings, row.try_get("", name)?),
        })
    };
    groupings.iter().zip(NAMES).map(of).collect()
}
