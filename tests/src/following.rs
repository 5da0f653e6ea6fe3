//! How far every service has followed the others' feeds.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement};

use crate::database::TestDatabase;
use crate::waiting::{self, PATIENCE};

/// The services that have a feed others follow.
pub const SERVICES: [&str; 3] = ["boards", "commitments", "issues"];

/// Who follows whose feed, and which kinds of its events; none named = all. Cursors stand at events of these kinds only.
const FOLLOWED: [(&str, &str, &[&str]); 6] = [
    ("boards", "commitments", &["commitment.changed"]),
    ("boards", "issues", &["issue.breached", "issue.clock_changed", "cluster.found"]),
    ("commitments", "boards", &["partnership.changed", "policies.changed"]),
    ("commitments", "issues", &[]),
    ("issues", "boards", &["partnership.changed", "policies.changed", "action.raised", "action.changed"]),
    ("issues", "commitments", &["provider.changed"]),
];

/// One event, as its service keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub event_id: String,
    /// Its kind.
    pub kind: String,
    /// Its place in the feed; none while it waits for one.
    pub position: Option<i64>,
}

/// Waits until every event has its position and every follower has applied it; answers how many events each feed has.
///
/// # Panics
///
/// When that does not come about in time.
pub async fn caught_up(database: &TestDatabase) -> BTreeMap<&'static str, usize> {
    let mut tables = BTreeMap::new();
    for service in SERVICES {
        tables.insert(service, database.look(service).await);
    }
    let tables = &tables;
    waiting::until("the followers at the heads of all feeds", PATIENCE, || async move {
        let feeds = feeds(tables).await?;
        for (service, feed, kinds) in FOLLOWED {
            let wanted = cursor_behind(feed, &feeds[feed], kinds);
            let cursor = cursor(&tables[service], feed).await;
            let at = feeds[feed].iter().find(|event| cursor == cursor_of(feed, event.position));
            let is_listed = at.is_none_or(|event| is_among(kinds, event));
            assert!(is_listed, "{service} follows more kinds of {feed} than this list has: {at:?}");
            if cursor != wanted {
                return Err(format!("{service} stands at `{cursor}` of `{wanted}`"));
            }
        }
        // Applying an event may tell of another.
        let counts = |feeds: &Feeds| -> BTreeMap<&'static str, usize> {
            feeds.iter().map(|(service, events)| (*service, events.len())).collect()
        };
        let (before, after) = (counts(&feeds), counts(&self::feeds(tables).await?));
        if before == after { Ok(after) } else { Err(format!("the feeds grew from {before:?} to {after:?}")) }
    })
    .await
}

type Feeds = BTreeMap<&'static str, Vec<Kept>>;

/// Every event of each feed, or which feed has events without a position.
async fn feeds(tables: &BTreeMap<&'static str, DatabaseConnection>) -> Result<Feeds, String> {
    let mut feeds = BTreeMap::new();
    for (service, connection) in tables {
        let events = events(connection).await;
        let waiting = events.iter().filter(|event| event.position.is_none()).count();
        if waiting > 0 {
            return Err(format!("{waiting} events of {service} wait for a position"));
        }
        feeds.insert(*service, events);
    }
    Ok(feeds)
}

/// Where a follower of these kinds stands that has applied them all.
fn cursor_behind(feed: &str, events: &[Kept], kinds: &[&str]) -> String {
    let followed = events.iter().filter(|event| is_among(kinds, event));
    cursor_of(feed, followed.filter_map(|event| event.position).max())
}

fn is_among(kinds: &[&str], event: &Kept) -> bool {
    kinds.is_empty() || kinds.contains(&event.kind.as_str())
}

/// The cursor of an event at this position; empty where there is none.
fn cursor_of(feed: &str, position: Option<i64>) -> String {
    position.map(|position| format!("{feed}-{position}")).unwrap_or_default()
}

/// Every event that a service committed, in the order in which it did.
///
/// # Panics
///
/// When they cannot be read.
pub async fn events(tables: &DatabaseConnection) -> Vec<Kept> {
    let read = |row: &QueryResult| {
        let event_id: uuid::Uuid = row.try_get("", "event_id").expect("an id");
        Kept {
            event_id: event_id.to_string(),
            kind: row.try_get("", "kind").expect("a kind"),
            position: row.try_get("", "position").expect("a position or none"),
        }
    };
    rows(tables, "SELECT event_id, kind, position FROM outbox_event ORDER BY seq").await.iter().map(read).collect()
}

/// Where a service stands in a feed that it follows; empty where it has applied nothing.
async fn cursor(tables: &DatabaseConnection, feed: &str) -> String {
    let rows = rows(tables, &format!("SELECT cursor FROM feed_cursor WHERE feed = '{feed}'")).await;
    rows.first().map(|row| row.try_get("", "cursor").expect("a cursor")).unwrap_or_default()
}

async fn rows(tables: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    let rows = tables.query_all_raw(Statement::from_string(tables.get_database_backend(), sql)).await;
    rows.unwrap_or_else(|error| panic!("`{sql}` can be read: {error}"))
}
