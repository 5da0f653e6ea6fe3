//! The words of issues: a row for each word of each issue, in the order of partnership, word and issue. So the issues of a partnership
//! that have a word are a list in the order in which they were taken in, and whether an issue has it is one look. It is written in the
//! transaction that writes the texts. The words come reduced (`domain/words.rs`); the databases compare them as they are.

use std::collections::BTreeSet;

use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query as Select, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

use super::entity::issue::issue_row;
use super::entity::issue::word_row::{ActiveModel, Column, Entity};
use super::search::FEW;
use crate::domain::Issue;
use crate::domain::words::{self, Query};

/// Three values each: so many rows stay well below the 32,766 values that SQLite binds in one statement.
const ROWS_PER_INSERT: usize = 5_000;

/// Words to look for, and which of them leads to the fewest issues.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The words.
    pub query: Query,
    /// The wanted one that the fewest issues have.
    pub(super) rarest: String,
    /// Whether these are known to be few.
    pub(super) is_few: bool,
}

/// Writes the words of new issues.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(conn: &impl ConnectionTrait, issues: &[Issue]) -> Result<(), DbErr> {
    let rows = issues
        .iter()
        .flat_map(|issue| words::distinct(words::texts_of(issue)).into_iter().map(|word| row(issue, word)));
    insert_rows(conn, rows.collect()).await
}

/// Writes the words of an issue over those of its former self, where its texts have changed.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, before: &Issue, issue: &Issue) -> Result<(), DbErr> {
    let (former, texts) = (words::texts_of(before), words::texts_of(issue));
    if former == texts {
        return Ok(());
    }
    let (former, now) = (words::distinct(former), words::distinct(texts));
    let gone: Vec<&String> = former.difference(&now).collect();
    if !gone.is_empty() {
        let of_issue = Column::PartnershipId.eq(issue.partnership_id.0).and(Column::IssueId.eq(issue.id.0));
        Entity::delete_many().filter(of_issue).filter(Column::Word.is_in(gone)).exec(conn).await?;
    }
    insert_rows(conn, now.difference(&former).map(|word| row(issue, word.clone())).collect()).await
}

fn row(issue: &Issue, word: String) -> ActiveModel {
    ActiveModel { partnership_id: Set(issue.partnership_id.0), word: Set(word), issue_id: Set(issue.id.0) }
}

async fn insert_rows(conn: &impl ConnectionTrait, rows: Vec<ActiveModel>) -> Result<(), DbErr> {
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Looks which of the wanted words the fewest issues have.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn listed(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query,
) -> Result<Listed, DbErr> {
    let wanted: Vec<String> = query.wanted_words().into_iter().map(str::to_owned).collect();
    let mut counts = Select::select();
    for (index, word) in wanted.iter().enumerate() {
        let some = having(partnership_id, word).expr(Expr::val(1)).limit(FEW + 1).to_owned();
        let count = Select::select().expr(Expr::cust("COUNT(*)")).from_subquery(some, Alias::new("some")).to_owned();
        counts.expr_as(SimpleExpr::SubQuery(None, Box::new(count.into())), Alias::new(format!("count_{index}")));
    }
    let counted = conn.query_one_raw(conn.get_database_backend().build(&counts)).await?;
    let counted = counted.ok_or_else(|| DbErr::RecordNotFound("the counts of words".to_owned()))?;
    let mut rarest: Option<(i64, String)> = None;
    for (index, word) in wanted.into_iter().enumerate() {
        let count: i64 = counted.try_get("", &format!("count_{index}"))?;
        if rarest.as_ref().is_none_or(|(least, _)| count < *least) {
            rarest = Some((count, word));
        }
    }
    let (count, rarest) = rarest.unwrap_or_default();
    Ok(Listed { query, rarest, is_few: u64::try_from(count).unwrap_or_default() <= FEW })
}

/// Has a query of issues follow the list of a word.
pub(super) fn follow(query: &mut SelectStatement, partnership_id: PartnershipId, word: &str) {
    let same = Expr::col((Entity, Column::IssueId)).equals((issue_row::Entity, issue_row::Column::Id));
    query.inner_join(Entity, same).cond_where(of_word(partnership_id, word));
}

impl Listed {
    /// A query of one word, for [`Order::TakenIn`](crate::domain::listing::Order::TakenIn) and anywhere: its list is followed then however long
    /// it is (`Search::way_to_page`, `Search::all`), so it is not counted.
    pub(crate) fn of_one(query: Query) -> Self {
        let rarest = query.wanted_words().first().map(|word| (*word).to_owned()).unwrap_or_default();
        Self { query, rarest, is_few: false }
    }

    /// That an issue has the words, but for one that it is known to have, and has none of the unwanted. Phrases are left to whoever reads
    /// the issue's texts.
    pub(super) fn condition(&self, partnership_id: PartnershipId, known: Option<&str>) -> Condition {
        // Where a list is followed its own ids are asked for the others, before a row of an issue is read.
        let id = match known {
            Some(_) => Expr::col((Entity, Column::IssueId)),
            None => Expr::col((issue_row::Entity, issue_row::Column::Id)),
        };
        let has = |word: &str| {
            let other = Alias::new("other");
            let column = |column: Column| Expr::col((other.clone(), column));
            let mut rows = Select::select();
            rows.expr(Expr::val(1)).from_as(Entity, other.clone());
            rows.and_where(column(Column::PartnershipId).eq(partnership_id.0)).and_where(column(Column::Word).eq(word));
            // The offset keeps PostgreSQL from joining the lists: how long they are it does not know when it plans, and one look for each
            // issue is never long.
            Expr::exists(rows.and_where(column(Column::IssueId).eq(id.clone())).limit(1).offset(0).to_owned())
        };
        let wanted: BTreeSet<&str> = self.query.wanted_words();
        let wanted = wanted.into_iter().filter(|word| Some(*word) != known).map(has);
        let unwanted = self.query.unwanted_words().into_iter().map(|word| has(word).not());
        wanted.chain(unwanted).fold(Condition::all(), Condition::add)
    }
}

/// The rows of a word.
fn having(partnership_id: PartnershipId, word: &str) -> SelectStatement {
    Select::select().from(Entity).cond_where(of_word(partnership_id, word)).to_owned()
}

fn of_word(partnership_id: PartnershipId, word: &str) -> Condition {
    let column = |column: Column| Expr::col((Entity, column));
    Condition::all().add(column(Column::PartnershipId).eq(partnership_id.0)).add(column(Column::Word).eq(word))
}
