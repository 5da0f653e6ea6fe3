//! The index of the words of issues: a table of its own, an FTS5 table on SQLite, one with a GIN index on PostgreSQL. It is written in the
//! transaction that writes the texts. The words come reduced (`domain/words.rs`); the databases compare them as they are.

use pathfinder_terms::IssueId;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use crate::domain::words::Query;

/// FTS5 numbers its rows; this number is the issue's for good.
const NUMBER: &str = "INSERT INTO issue_word_key (issue_id) VALUES ($1) ON CONFLICT (issue_id) DO NOTHING";
const PUT_SQLITE: &str = "INSERT OR REPLACE INTO issue_words (rowid, words) \
    SELECT serial, $2 FROM issue_word_key WHERE issue_id = $1";
const PUT_POSTGRES: &str = "INSERT INTO issue_words (issue_id, words) VALUES ($1, $2::text::tsvector) \
    ON CONFLICT (issue_id) DO UPDATE SET words = EXCLUDED.words";
const FIND_SQLITE: &str = "issue.id IN (SELECT issue_word_key.issue_id FROM issue_words \
    JOIN issue_word_key ON issue_word_key.serial = issue_words.rowid WHERE issue_words MATCH ?)";
const FIND_POSTGRES: &str =
    "issue.id IN (SELECT issue_words.issue_id FROM issue_words WHERE issue_words.words @@ $1::text::tsquery)";
/// PostgreSQL keeps no greater place of a word.
const LAST_PLACE: usize = 16_383;

/// Writes an issue's words over its former ones.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn put(conn: &impl ConnectionTrait, id: IssueId, words: &[String]) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let run = async |sql: &str, values: Vec<Value>| {
        conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
    };
    match backend {
        DbBackend::Sqlite => {
            run(NUMBER, vec![id.0.into()]).await?;
            run(PUT_SQLITE, vec![id.0.into(), words.join(" ").into()]).await
        }
        _ => run(PUT_POSTGRES, vec![id.0.into(), vector(words).into()]).await,
    }
}

/// The condition that an issue has the words.
#[must_use]
pub(crate) fn found_by(query: &Query, backend: DbBackend) -> SimpleExpr {
    match backend {
        DbBackend::Sqlite => Expr::cust_with_values(FIND_SQLITE, [fts5(query)]),
        _ => Expr::cust_with_values(FIND_POSTGRES, [tsquery(query)]),
    }
}

/// The words with their places, as PostgreSQL writes a vector. They hold letters and digits only, so nothing is to be escaped.
fn vector(words: &[String]) -> String {
    let placed = words.iter().enumerate().map(|(index, word)| format!("'{word}':{}", (index + 1).min(LAST_PLACE)));
    placed.collect::<Vec<_>>().join(" ")
}

fn fts5(query: &Query) -> String {
    let phrase = |words: &Vec<String>| format!("\"{}\"", words.join(" "));
    let wanted: Vec<String> = query.wanted.iter().map(phrase).collect();
    let unwanted = query.unwanted.iter().map(|words| format!(" NOT {}", phrase(words)));
    format!("({}){}", wanted.join(" AND "), unwanted.collect::<String>())
}

fn tsquery(query: &Query) -> String {
    let phrase = |words: &Vec<String>| {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        format!("({})", quoted.join(" <-> "))
    };
    let unwanted = query.unwanted.iter().map(|words| format!("!{}", phrase(words)));
    query.wanted.iter().map(phrase).chain(unwanted).collect::<Vec<_>>().join(" & ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_written_as_each_database_reads_it() {
        let query = Query::read("bins \"high street\" -park").expect("a query");
        assert_eq!(fts5(&query), "(\"bin\" AND \"high street\") NOT \"park\"");
        assert_eq!(tsquery(&query), "('bin') & ('high' <-> 'street') & !('park')");
        assert_eq!(vector(&["bin".to_owned(), "full".to_owned()]), "'bin':1 'full':2");
    }
}
