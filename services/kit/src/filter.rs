//! List filters in the AIP-160 language, turned into conditions on columns that a list has opened to them.
//!
//! The language is parsed by a library. The conditions are ours, because they must mean the same on SQLite and PostgreSQL.

use std::ops::RangeInclusive;

use aip_160::{Comparator, Expression, Restriction, Value as Literal, parse_filter};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use pathfinder_proto::pool;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, SimpleExpr, Value};

use crate::failure::{Failure, Reason};

/// The years that both databases can compare.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// How a field's literals are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared as it stands; `=` and `!=` take `*` at either end.
    Text,
    /// One of these words, with `=` and `!=` alone; `*` at either end stands for all that fit. Any other word is refused.
    Word(&'static [&'static str]),
    /// A word as [`Kind::Word`], of the enum of another service's contract with this full name: the name of a value in small letters,
    /// without the name of the enum.
    WordOf(&'static str),
    /// A UUID.
    Id,
    /// An instant, RFC 3339.
    Time,
    /// A local date.
    Date,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
}

impl Kind {
    /// The words of the list, where there is one.
    fn words(self) -> Option<Vec<String>> {
        match self {
            Self::Word(words) => Some(words.iter().map(|word| (*word).to_owned()).collect()),
            Self::WordOf(name) => Some(words_of(name)),
            Self::Text | Self::Id | Self::Time | Self::Date | Self::Number | Self::Flag => None,
        }
    }
}

/// A field that may be filtered on.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the contract.
    pub name: &'static str,
    /// Its column.
    pub column: &'static str,
    /// How its literals are read.
    pub kind: Kind,
}

impl Field {
    /// A field of `kind`.
    #[must_use]
    pub const fn new(name: &'static str, column: &'static str, kind: Kind) -> Self {
        Self { name, column, kind }
    }
}

/// A field whose texts stand elsewhere: rows are found by what a column of theirs leads to. It is compared with `=` and `!=` alone; `*` at
/// either end of a text stands for all that fit.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name in the contract.
    pub name: &'static str,
    /// The column.
    pub column: &'static str,
    /// Each text, with a value of the column that leads to it.
    pub found: Vec<(String, String)>,
}

/// A column of which some readers know only a part. What is asked of it is asked of what they read there.
#[derive(Debug, Clone)]
pub struct Masked {
    /// The column.
    pub column: &'static str,
    /// What they read: the same, or nothing.
    pub read: SimpleExpr,
}

/// The condition that `filter` states over `fields` of `table`. An empty filter allows all.
///
/// # Errors
///
/// `FILTER_INVALID` when it cannot be read or names a field or value that cannot be used.
pub fn condition(filter: &str, table: &'static str, fields: &[Field]) -> Result<Condition, Failure> {
    condition_with(filter, table, fields, &[], &[])
}

/// [`condition`] with fields whose texts stand elsewhere, and with columns of which the reader knows only a part.
///
/// # Errors
///
/// As [`condition`].
pub fn condition_with(
    filter: &str,
    table: &'static str,
    fields: &[Field],
    lookups: &[Lookup],
    masked: &[Masked],
) -> Result<Condition, Failure> {
    let parsed = parse_filter(filter).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let reader = Reader { table, fields, lookups, masked, negated: false };
    parsed.expression.as_ref().map_or_else(|| Ok(Condition::all()), |expression| reader.expression(expression))
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(Reason::FilterInvalid, format!("The filter {why}."))
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    table: &'static str,
    fields: &'a [Field],
    lookups: &'a [Lookup],
    masked: &'a [Masked],
    /// Whether it reads what is negated.
    negated: bool,
}

impl Reader<'_> {
    fn expression(&self, expression: &Expression) -> Result<Condition, Failure> {
        let all = |parts: &[Expression]| {
            parts.iter().try_fold(Condition::all(), |whole, part| Ok::<_, Failure>(whole.add(self.expression(part)?)))
        };
        match expression {
            Expression::And(parts) | Expression::Sequence(parts) => all(parts),
            Expression::Or(parts) => {
                parts.iter().try_fold(Condition::any(), |whole, part| Ok(whole.add(self.expression(part)?)))
            }
            Expression::Not(inner) => Ok(Reader { negated: true, ..*self }.expression(inner)?.not()),
            Expression::Global(_) => Err(refused("holds a bare word; compare a field with it, as state = \"routed\"")),
            Expression::Restriction(restriction) => Ok(Condition::all().add(self.restriction(restriction)?)),
        }
    }

    fn restriction(&self, restriction: &Restriction) -> Result<SimpleExpr, Failure> {
        let path = restriction.comparable.field_path();
        let lookups = self.lookups.iter().map(|lookup| lookup.name);
        let names = || self.fields.iter().map(|field| field.name).chain(lookups.clone()).collect::<Vec<_>>().join(", ");
        let name = path.ok_or_else(|| refused(format!("may compare only these fields: {}", names())))?;
        if let Some(lookup) = self.lookups.iter().find(|lookup| lookup.name == name) {
            return self.looked_up(lookup, restriction);
        }
        let field = self.fields.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| refused(format!("names {name}; it may name {}", names())))?;
        let literal =
            restriction.arg.as_value().ok_or_else(|| refused(format!("compares {name} with no plain value")))?;
        let column = Expr::col((Alias::new(self.table), Alias::new(field.column)));
        let masked = self.masked.iter().find(|masked| masked.column == field.column);
        let read = masked.map_or_else(|| column.clone(), |masked| masked.read.clone());
        if literal.is_null() {
            return match restriction.comparator {
                Comparator::Equal => Ok(read.is_null()),
                Comparator::NotEqual if masked.is_some() && !self.negated => {
                    Ok(column.is_not_null().and(read.is_not_null()))
                }
                Comparator::NotEqual => Ok(read.is_not_null()),
                _ => Err(refused(format!("can compare {name} with null only by = and !="))),
            };
        }
        let condition = compare(read, field, restriction.comparator, literal)?;
        // Asked of the column, too, it is found by an index. Negated, that would tell what the reader does not know.
        let by_index =
            masked.is_some() && !self.negated && matches!(restriction.comparator, Comparator::Equal | Comparator::Has);
        Ok(if by_index { compare(column, field, restriction.comparator, literal)?.and(condition) } else { condition })
    }

    fn looked_up(&self, lookup: &Lookup, restriction: &Restriction) -> Result<SimpleExpr, Failure> {
        let Lookup { name, column, found } = lookup;
        let literal = restriction.arg.as_value().filter(|literal| !literal.is_null());
        let text = literal.ok_or_else(|| refused(format!("compares {name} with no plain text")))?.as_str();
        let leading: Vec<&str> =
            found.iter().filter(|(found, _)| fits(text, found)).map(|(_, value)| value.as_str()).collect();
        let column = Expr::col((Alias::new(self.table), Alias::new(*column)));
        match restriction.comparator {
            Comparator::Equal | Comparator::Has => Ok(column.is_in(leading)),
            Comparator::NotEqual => Ok(column.is_not_in(leading)),
            _ => Err(refused(format!("can compare {name} only by = and !="))),
        }
    }
}

fn compare(column: Expr, field: &Field, comparator: Comparator, literal: &Literal) -> Result<SimpleExpr, Failure> {
    if let Some(words) = field.kind.words() {
        return compare_word(column, field, comparator, literal, &words);
    }
    if field.kind == Kind::Text && literal.as_str().contains('*') {
        let pattern = literal.as_str().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_").replace('*', "%");
        let pattern = sea_orm::sea_query::LikeExpr::new(pattern).escape('\\');
        return match comparator {
            Comparator::Equal => Ok(column.like(pattern)),
            Comparator::NotEqual => Ok(column.not_like(pattern)),
            _ => Err(refused(format!("can use * with {} only by = and !=", field.name))),
        };
    }
    let value = read(field, literal)?;
    Ok(match comparator {
        Comparator::Equal | Comparator::Has => column.eq(value),
        Comparator::NotEqual => column.ne(value),
        Comparator::LessThan => column.lt(value),
        Comparator::LessThanOrEqual => column.lte(value),
        Comparator::GreaterThan => column.gt(value),
        Comparator::GreaterThanOrEqual => column.gte(value),
    })
}

fn compare_word(
    column: Expr,
    field: &Field,
    comparator: Comparator,
    literal: &Literal,
    words: &[String],
) -> Result<SimpleExpr, Failure> {
    let text = literal.as_str();
    let fitting: Vec<&String> = words.iter().filter(|word| fits(text, word)).collect();
    if fitting.is_empty() {
        return Err(wrong(field, text, &format!("one of its words: {}", words.join(", "))));
    }
    match comparator {
        Comparator::Equal | Comparator::Has => Ok(column.is_in(fitting)),
        Comparator::NotEqual => Ok(column.is_not_in(fitting)),
        _ => Err(refused(format!("can compare {} only by = and !=", field.name))),
    }
}

/// Whether `word` is what `pattern` says, in which `*` may stand at either end.
fn fits(pattern: &str, word: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => word == pattern,
        (None, Some(start)) => word.starts_with(start),
        (Some(end), None) => word.ends_with(end),
        (Some(rest), Some(_)) => word.contains(rest.trim_end_matches('*')),
    }
}

/// The words of an enum of the contracts; none where there is no such enum.
fn words_of(name: &str) -> Vec<String> {
    let Some(listed) = pool().get_enum_by_name(name) else { return Vec::new() };
    let names: Vec<String> = listed.values().map(|value| value.name().to_owned()).collect();
    let prefix = names.iter().find_map(|name| name.strip_suffix("UNSPECIFIED")).unwrap_or_default();
    let words = names.iter().filter_map(|name| name.strip_prefix(prefix)).filter(|word| *word != "UNSPECIFIED");
    words.map(str::to_lowercase).collect()
}

fn wrong(field: &Field, text: &str, what: &str) -> Failure {
    refused(format!("compares {} with `{text}`, which is not {what}", field.name))
}

fn read(field: &Field, literal: &Literal) -> Result<Value, Failure> {
    let text = literal.as_str();
    let not = |what: &str| wrong(field, text, what);
    Ok(match field.kind {
        Kind::Text | Kind::Word(_) | Kind::WordOf(_) => text.into(),
        Kind::Id => uuid::Uuid::try_parse(text).map_err(|_| not("an id"))?.into(),
        Kind::Time => {
            let time = text.parse::<DateTime<Utc>>().ok().filter(|time| YEARS.contains(&time.year()));
            time.ok_or_else(|| not("an instant of the years 1 to 9999, as 2026-01-31T09:00:00Z"))?.into()
        }
        Kind::Date => {
            let date = text.parse::<NaiveDate>().ok().filter(|date| YEARS.contains(&date.year()));
            date.ok_or_else(|| not("a date of the years 1 to 9999, as 2026-01-31"))?.into()
        }
        Kind::Number => literal.as_i64().ok_or_else(|| not("a whole number"))?.into(),
        Kind::Flag => literal.as_bool().ok_or_else(|| not("true or false"))?.into(),
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Query, SqliteQueryBuilder};

    use super::*;

    const FIELDS: &[Field] = &[
        Field::new("state", "state", Kind::Word(&["routed", "on_hold", "held_back"])),
        Field::new("source", "source", Kind::WordOf("pathfinder.issues.v1.IssueSource")),
        Field::new("title", "title", Kind::Text),
        Field::new("due_time", "due_time", Kind::Time),
        Field::new("open", "open", Kind::Flag),
    ];

    fn sql(filter: &str) -> Result<String, Failure> {
        let condition = condition(filter, "issue", FIELDS)?;
        let mut query = Query::select();
        query.column("id").from("issue").cond_where(condition);
        Ok(query.to_string(SqliteQueryBuilder))
    }

    #[test]
    fn conditions_bind_as_the_language_says() {
        let text = sql("title = \"tip\" AND open = true OR title = \"on*\"").expect("a filter");
        assert!(
            text.contains(r#""issue"."title" = 'tip' AND ("issue"."open" = TRUE OR "issue"."title" LIKE 'on%'"#),
            "{text}"
        );
    }

    #[test]
    fn words_are_those_of_the_list() {
        let condition = |filter: &str| sql(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal}"));
        assert!(condition("state = \"routed\"").contains(r#""issue"."state" IN ('routed')"#));
        assert!(condition("state != \"on*\"").contains(r#""issue"."state" NOT IN ('on_hold')"#));
        assert!(condition("state = \"*h*\"").contains("IN ('on_hold', 'held_back')"));
        assert!(condition("state = \"*back\"").contains("IN ('held_back')"));
        assert!(condition("source = \"walkabout\"").contains("IN ('walkabout')"));
    }

    #[test]
    fn what_is_no_word_of_the_list_is_refused_and_the_words_are_named() {
        let refusal = |filter: &str| sql(filter).expect_err("no such word").to_string();
        for filter in ["state = \"flying\"", "state != \"flying\"", "state = \"fly*\"", "state:flying", "state = \"\""]
        {
            let told = refusal(filter);
            assert!(told.contains("routed, on_hold, held_back"), "{filter}: {told}");
        }
        assert!(refusal("source = \"pigeon\"").contains("web"), "the words of a contract's enum are named, too");
        assert!(!refusal("source = \"unspecified\"").contains("unspecified,"), "nothing stated is no word");
        assert!(refusal("state > \"routed\"").contains("only by = and !="));
    }

    #[test]
    fn texts_that_stand_elsewhere_are_looked_up() {
        let found = [("Streets", "lamps"), ("Streets", "holes"), ("Parks > Play", "swings")];
        let found = found.map(|(text, value)| (text.to_owned(), value.to_owned())).to_vec();
        let sql = |filter: &str| {
            let lookup = Lookup { name: "group", column: "category", found: found.clone() };
            let mut query = Query::select();
            query.column("id").from("issue").cond_where(condition_with(filter, "issue", FIELDS, &[lookup], &[])?);
            Ok::<_, Failure>(query.to_string(SqliteQueryBuilder))
        };
        let condition = |filter: &str| sql(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal}"));
        assert!(condition("group = \"Streets\"").contains(r#""issue"."category" IN ('lamps', 'holes')"#));
        assert!(condition("group != \"Parks*\"").contains(r#""issue"."category" NOT IN ('swings')"#));
        assert!(condition("group = \"Nowhere\"").contains("1 = 2"), "{}", condition("group = \"Nowhere\""));
        for filter in ["group > \"a\"", "group = null", "colour = 1"] {
            assert!(sql(filter).expect_err("cannot be used").to_string().contains("group"), "{filter}");
        }
    }

    #[test]
    fn what_is_masked_is_compared_as_it_is_read() {
        let condition = |filter: &str| {
            let masked = Masked { column: "title", read: Expr::cust("told_title") };
            let condition = condition_with(filter, "issue", FIELDS, &[], &[masked]).expect("a filter");
            let mut query = Query::select();
            query.column("id").from("issue").cond_where(condition);
            query.to_string(SqliteQueryBuilder)
        };
        let found = condition("title = \"tip\"");
        assert!(found.contains(r#""issue"."title" = 'tip'"#) && found.contains("(told_title) = 'tip'"), "{found}");
        let linked = condition("title != null");
        assert!(linked.contains(r#""issue"."title" IS NOT NULL"#) && linked.contains("told_title"), "{linked}");
        for filter in
            ["NOT title = \"tip\"", "title != \"tip\"", "title > \"tip\"", "title = null", "NOT title != null"]
        {
            let found = condition(filter);
            assert!(found.contains("told_title") && !found.contains(r#""issue"."title""#), "{filter}: {found}");
        }
        assert!(!condition("open = true").contains("told_title"));
    }

    #[test]
    fn unknown_fields_and_wrong_values_are_named() {
        assert!(
            sql("colour = 1").expect_err("no such field").to_string().contains("state, source, title, due_time, open")
        );
        assert!(sql("due_time > \"soon\"").expect_err("no instant").to_string().contains("soon"));
        assert!(sql("state = (").is_err());
        assert!(sql("due_time > \"-9999-01-01T00:00:00Z\"").is_err());
        assert!(sql("due_time > \"+262000-01-01T00:00:00Z\"").is_err());
        assert!(sql("").is_ok());
    }
}
