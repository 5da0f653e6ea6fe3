//! How the database goes about finding issues: by an index, whatever is looked for.

use super::finding::{at_place, in_box, many, with_words};
use super::*;
use crate::domain::forwarding::{Endpoint, Secret};
use crate::domain::geography::Point;
use crate::domain::listing::Last;
use crate::domain::place::{Circle, Place};
use crate::store::nearby::{Nearby, Which};
use crate::store::search::{Slice, page_of};

impl Fixture {
    /// The lines in which the database tells how it would answer somebody.
    async fn plan(&self, reader: &Call, wish: &ListIssues, after: Option<Last>) -> Vec<String> {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        let (tx, search) = (unit.tx(), self.app.search(reader, &wish.sought).await.unwrap());
        let backend = tx.get_database_backend();
        let query = page_of(&search, Slice { order: wish.order, after, limit: 50 }, backend);
        let plan = explained(tx, query).await;
        unit.commit(()).await.unwrap();
        plan
    }

    /// Gives every issue a time by which it is due: where none has one, PostgreSQL knows that, and finds nothing by the index of those that do.
    async fn make_due(&self) {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        unit.tx().execute_unprepared("UPDATE issue SET due_time = report_time").await.unwrap();
        unit.commit(()).await.unwrap();
    }
}

/// The lines in which the database tells how it would answer a question.
async fn explained(tx: &impl ConnectionTrait, query: Statement) -> Vec<String> {
    let (explain, column) = match tx.get_database_backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => {
            // Reading all of so few rows would be no worse; but can it be done otherwise?
            tx.execute_unprepared("ANALYZE issue; ANALYZE issue_word; SET LOCAL enable_seqscan = off").await.unwrap();
            ("EXPLAIN", "QUERY PLAN")
        }
    };
    let explained = Statement { sql: format!("{explain} {}", query.sql), ..query };
    let rows = tx.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

/// A council with a system of its own.
fn council() -> Endpoint {
    Endpoint {
        name: "council".to_owned(),
        partnership_id: HERE,
        provider_id: COUNCIL,
        url: "https://council.example/open311/v2/".to_owned(),
        jurisdiction_id: String::new(),
        api_key: Secret::default(),
        knows_repeats: false,
        pull_seconds: 0,
        wait_seconds: 0,
        takes_updates: false,
        tells_updates: true,
        service_codes: std::collections::BTreeMap::new(),
        attributes: std::collections::BTreeMap::new(),
    }
}

#[tokio::test]
async fn reports_to_be_read_are_found_by_where_they_are() {
    let fixture = Fixture::new().await;
    let first = many(&fixture, 300).await.first().unwrap().id;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    for after in [None, Some(first)] {
        let question = store::forwarding::question_of_open_there(&council(), after, backend);
        let plan = explained(unit.tx(), question).await.join("\n");
        // Where nothing was sent yet, PostgreSQL may go by any index of the table.
        let is_found = match backend {
            DbBackend::Sqlite => plan.contains("forwarding_there") && !plan.contains("TEMP B-TREE"),
            _ => plan.contains("forwarding_"),
        };
        assert!(is_found && !plan.contains("Seq Scan on forwarding"), "after {after:?}: {plan}");
    }
    unit.commit(()).await.unwrap();
}

#[tokio::test]
async fn issues_to_send_on_are_found_by_an_index_of_those_that_are_routed() {
    let fixture = Fixture::new().await;
    many(&fixture, 300).await;
    let endpoint = council();
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    let plan = explained(unit.tx(), store::forwarding::question_of_queue(&endpoint, 20, backend)).await;
    unit.commit(()).await.unwrap();
    assert!(is_found_by("issue_to_forward", &["issue_to_forward"], &plan, backend), "{plan:#?}");
}

#[tokio::test]
async fn what_waits_for_its_time_is_found_by_an_index_of_times() {
    let fixture = Fixture::new().await;
    let last = many(&fixture, 300).await.first().unwrap().id;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    for after in [None, Some(last)] {
        let questions = store::issue::questions_of_timers(fixture.manager().now, after, backend);
        let by_time = ["issue_next_look", "issue_unanswered", "issue_question_due"];
        assert_eq!(questions.len(), by_time.len(), "each is asked by a time of its own");
        for (question, index) in questions.into_iter().zip(by_time) {
            let sql = question.sql.clone();
            let plan = explained(unit.tx(), question).await.join("\n");
            assert!(plan.contains(index), "{sql} is found by {index}: {plan}");
        }
    }
    unit.commit(()).await.unwrap();
}

#[tokio::test]
async fn those_like_a_report_are_found_by_when_they_were_reported() {
    let fixture = Fixture::new().await;
    many(&fixture, 300).await;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let circle = Circle { center: Point::new(51.5, -0.1).unwrap(), radius: 100.0 };
    let since = fixture.manager().now;
    for which in [Which::Open, Which::Genuine] {
        let nearby = Nearby { partnership_id: HERE, category_code: "graffiti", circle, since, which };
        let question = store::nearby::question(&nearby, 200, unit.tx().get_database_backend());
        let plan = explained(unit.tx(), question).await.join("\n");
        assert!(plan.contains("issue_recent"), "{which:?}: {plan}");
    }
    unit.commit(()).await.unwrap();
}

#[tokio::test]
async fn news_and_entries_are_found_by_an_index() {
    let fixture = Fixture::new().await;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    let steps = store::news::question_of_steps(HERE, backend);
    let entries = store::response_entry::questions(HERE, IssueId(Uuid::nil()), backend);
    for question in std::iter::once(steps).chain(entries) {
        let sql = question.sql.clone();
        let plan = explained(unit.tx(), question).await;
        let reads_all = |line: &String| line.contains("Seq Scan") || line.starts_with("SCAN ");
        assert!(!plan.is_empty() && !plan.iter().any(reads_all), "{sql}: {plan:#?}");
    }
    unit.commit(()).await.unwrap();
}

#[tokio::test]
async fn whatever_is_looked_for_is_found_by_an_index() {
    let fixture = Fixture::new().await;
    let all = many(&fixture, 11_000).await;
    fixture.make_due().await;
    // From the middle: where next to nothing is left behind the last, any index that leads there is as good.
    let middle = all.get(5_500).unwrap();
    let circle = Circle { center: Point::new(51.5, -0.1).unwrap(), radius: 50.0 };
    let near = ListIssues { order: Order::Distance(circle), ..at_place(Place::Near(circle)) };
    let filtered = |filter: &str| {
        let all = all_of(HERE);
        ListIssues { sought: Sought { filter: filter.to_owned(), ..all.sought }, ..all }
    };
    let in_state = |wish: ListIssues| {
        let sought = Sought { filter: "state = \"triaged\"".to_owned(), ..wish.sought };
        ListIssues { sought, ..wish }
    };
    let ordered = |order: Order, wish: ListIssues| ListIssues { order, ..wish };
    let due = |wish| ordered(Order::Due, wish);
    // What SQLite goes by, and what PostgreSQL may go by. That knows how many there are of what: as these are all of one partnership, triaged, of
    // one category and open, an index that leads through them in the order that is wished is as good without these columns; as none is
    // routed, so is the one of those that are.
    let expected: [(ListIssues, &str, &[&str]); 19] = [
        (all_of(HERE), "issue_partnership", &["issue_partnership", "issue_pkey"]),
        (ordered(Order::Reported, all_of(HERE)), "issue_reported", &["issue_reported"]),
        (due(all_of(HERE)), "issue_due", &["issue_due"]),
        (in_box(51.4, -0.2, 51.6, 0.0), "issue_partnership", &["issue_partnership", "issue_pkey"]),
        (in_box(51.4999, -0.1001, 51.5001, -0.0999), "issue_place", &["issue_place"]),
        (near, "issue_place", &["issue_place"]),
        (due(in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place", &["issue_place"]),
        (ordered(Order::Reported, in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place", &["issue_place"]),
        (in_state(in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place", &["issue_place"]),
        (in_state(in_box(51.4, -0.2, 51.6, 0.0)), "issue_state", &["issue_state", "issue_partnership", "issue_pkey"]),
        (with_words("tag"), "issue_word", &["issue_word_pkey"]),
        (due(with_words("\"high street\" -park")), "issue_word", &["issue_word_pkey"]),
        (filtered("state = \"routed\""), "issue_state", &["issue_state", "issue_to_forward"]),
        (filtered("photos_waiting = true"), "issue_photos_waiting", &["issue_photos_waiting"]),
        (filtered("reference = \"COPY-7\""), "issue_reference", &["issue_reference"]),
        (filtered("external_id = \"7\""), "issue_external_id", &["issue_external_id"]),
        (filtered("provider_id = \"0190163d-8694-739b-aea5-966c26f8ad91\""), "issue_provider", &["issue_provider"]),
        (due(filtered("open = true")), "issue_open_due", &["issue_open_due", "issue_due"]),
        (
            due(filtered("category_code = \"graffiti\" AND open = true")),
            "issue_category_due",
            &["issue_category_due", "issue_open_due", "issue_due"],
        ),
    ];
    let backend = fixture.app.host.reader().get_database_backend();
    let mut otherwise = Vec::new();
    for (wish, index, in_postgres) in &expected {
        for after in [None, Some(wish.order.last(middle))] {
            // What waits for staff is looked for by staff alone.
            let reader = if *index == "issue_photos_waiting" { fixture.manager() } else { fixture.nobody() };
            let plan = fixture.plan(&reader, wish, after).await;
            if !is_found_by(index, in_postgres, &plan, backend) {
                otherwise.push(format!("{index} or {in_postgres:?} for {wish:?} after {after:?}: {plan:#?}"));
            }
        }
    }
    assert!(otherwise.is_empty(), "not found by the index that there is: {}", otherwise.join("\n"));
}

/// The key of an issue, by which what was found is read. To find it, it is named.
const KEY: &str = "issue_pkey";

/// Whether a plan finds issues by the index that is named for SQLite, or by one of those that are named for PostgreSQL and by no other; and in
/// neither by looking at every row.
fn is_found_by(in_sqlite: &str, in_postgres: &[&str], plan: &[String], backend: DbBackend) -> bool {
    let is_found = match backend {
        DbBackend::Sqlite => plan.iter().any(|line| line.contains(in_sqlite)),
        _ => {
            let used = indexes_of_issues(plan);
            let by_named = used.iter().any(|index| in_postgres.contains(index));
            by_named && used.iter().all(|index| *index == KEY || in_postgres.contains(index))
        }
    };
    is_found && !plan.iter().any(|line| reads_all(line))
}

/// The indexes of issues, and of what belongs to them, into which PostgreSQL looks.
fn indexes_of_issues(plan: &[String]) -> Vec<&str> {
    let indexes = plan.iter().filter_map(|line| {
        let (_, rest) = line.split_once(" using ").or_else(|| line.split_once("Bitmap Index Scan on "))?;
        rest.split_whitespace().next()
    });
    indexes.filter(|index| index.starts_with("issue_")).collect()
}

#[test]
fn a_plan_by_a_wrong_index_is_no_way_to_find() {
    let is_found = |lines: &[&str]| {
        let plan: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        is_found_by("issue_place", &["issue_place"], &plan, DbBackend::Postgres)
    };
    let by_key = "        ->  Index Scan using issue_pkey on issue  (cost=0.29..8.30 rows=1 width=900)";
    let by_state = "  ->  Index Scan Backward using issue_state on issue issue_1  (cost=0.29..8.30 rows=1 width=16)";
    let by_place = "  ->  Index Only Scan using issue_place on issue issue_1  (cost=0.29..8.30 rows=1 width=16)";
    let by_bits = "              ->  Bitmap Index Scan on issue_place  (cost=0.00..4.30 rows=1 width=0)";
    let of_others = "  ->  Index Scan using forwarding_once on forwarding  (cost=0.14..8.16 rows=1 width=16)";
    assert!(is_found(&[by_place]) && is_found(&[by_bits]) && is_found(&["Limit", by_key, by_place, of_others]));
    assert!(!is_found(&[by_key]) && !is_found(&[by_state]) && !is_found(&[by_state, by_place]) && !is_found(&[]));
    assert!(!is_found(&[by_place, "  ->  Seq Scan on issue  (cost=0.00..1.00 rows=1 width=900)"]));
}

/// Whether a line of a plan is that of looking at every row of the table.
fn reads_all(line: &str) -> bool {
    line.contains("Seq Scan on issue ") || line == "SCAN issue"
}
