//! Counting issues by what they have in common.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryResult, QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::entity::issue::issue_row::{Column, Entity};
use super::search::Search;
use super::word;
use crate::domain::cell;
use crate::domain::counts::{Count, Grouping, Shared};

const NAMES: [&str; 2] = ["first", "second"];

/// How many of the issues that the database finds have what in common; of more than `most` different ones, only some.
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
    let backend = conn.get_database_backend();
    let mut query = grouped(search.all(backend).select_only(), groupings).column_as(Column::Id.count(), "issues");
    for place in 1..=groupings.len() {
        // By its place, as the same words with another parameter would be another expression to PostgreSQL.
        query = query.group_by(Expr::cust(place.to_string()));
    }
    let rows = conn.query_all_raw(query.limit(most + 1).build(backend)).await?;
    let counts =
        rows.iter().map(|row| Ok(Count { shared: shared(row, groupings)?, count: row.try_get("", "issues")? }));
    // Nothing in particular in common, and none of them: no count.
    counts.filter(|count| count.as_ref().map_or(true, |count: &Count| count.count > 0)).collect()
}

fn grouped(query: Select<Entity>, groupings: &[Grouping]) -> Select<Entity> {
    groupings.iter().zip(NAMES).fold(query, |query, (grouping, name)| match grouping {
        Grouping::State => query.column_as(Column::State, name),
        Grouping::Category => query.column_as(Column::CategoryCode, name),
        Grouping::Provider => query.column_as(Column::ProviderId, name),
        Grouping::Severity => query.column_as(Column::Severity, name),
        Grouping::Satisfaction => query.column_as(Column::Satisfaction, name),
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
            Grouping::Satisfaction => {
                let said = row.try_get::<Option<String>>("", name)?;
                Shared::Satisfaction(said.map(|text| word("satisfaction", &text)).transpose()?)
            }
            Grouping::Square(halvings) => Shared::Square(*halvings, row.try_get("", name)?),
        })
    };
    groupings.iter().zip(NAMES).map(of).collect()
}
