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

#[tokio::test]
async fn issues_to_send_on_are_found_by_an_index_of_those_that_are_routed() {
    let fixture = Fixture::new().await;
    let endpoint = Endpoint {
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
        service_codes: std::collections::BTreeMap::new(),
    };
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    let plan = explained(unit.tx(), store::forwarding::question_of_queue(&endpoint, 20, backend)).await;
    unit.commit(()).await.unwrap();
    let by_index = |line: &String| line.contains("issue_to_forward") || line.contains("Index Scan");
    assert!(plan.iter().any(by_index) && !plan.iter().any(|line| reads_all(line)), "{plan:#?}");
}

#[tokio::test]
async fn what_waits_for_its_time_is_found_by_an_index_of_times() {
    let fixture = Fixture::new().await;
    let last = many(&fixture, 300).await.first().unwrap().id;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let backend = unit.tx().get_database_backend();
    for after in [None, Some(last)] {
        for question in store::issue::questions_of_timers(fixture.manager().now, after, backend) {
            let sql = question.sql.clone();
            let plan = explained(unit.tx(), question).await.join("\n");
            let by_time = ["issue_next_look", "issue_unanswered", "issue_question_due"];
            assert!(by_time.iter().any(|index| plan.contains(index)), "{sql}: {plan}");
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
    let last = Order::TakenIn.last(many(&fixture, 11_000).await.first().unwrap());
    let circle = Circle { center: Point::new(51.5, -0.1).unwrap(), radius: 50.0 };
    let near = ListIssues { order: Order::Distance(circle), ..at_place(Place::Near(circle)) };
    let filtered = |filter: &str| {
        let all = all_of(HERE);
        ListIssues { sought: Sought { filter: filter.to_owned(), ..all.sought }, ..all }
    };
    let in_state = |wish: ListIssues| {
        let sought = Sought { filter: "state = \"routed\"".to_owned(), ..wish.sought };
        ListIssues { sought, ..wish }
    };
    let ordered = |order: Order, wish: ListIssues| ListIssues { order, ..wish };
    let due = |wish| ordered(Order::Due, wish);
    let expected = [
        (all_of(HERE), "issue_partnership"),
        (ordered(Order::Reported, all_of(HERE)), "issue_reported"),
        (due(all_of(HERE)), "issue_due"),
        (in_box(51.4, -0.2, 51.6, 0.0), "issue_partnership"),
        (in_box(51.4999, -0.1001, 51.5001, -0.0999), "issue_place"),
        (near, "issue_place"),
        (due(in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place"),
        (ordered(Order::Reported, in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place"),
        (in_state(in_box(51.4999, -0.1001, 51.5001, -0.0999)), "issue_place"),
        (in_state(in_box(51.4, -0.2, 51.6, 0.0)), "issue_state"),
        (with_words("tag"), "issue_word"),
        (due(with_words("\"high street\" -park")), "issue_word"),
        (filtered("state = \"routed\""), "issue_state"),
        (filtered("photos_waiting = true"), "issue_photos_waiting"),
        (filtered("reference = \"COPY-7\""), "issue_reference"),
        (filtered("external_id = \"7\""), "issue_external_id"),
        (filtered("provider_id = \"0190163d-8694-739b-aea5-966c26f8ad91\""), "issue_provider"),
        (due(filtered("open = true")), "issue_open_due"),
        (due(filtered("category_code = \"graffiti\" AND open = true")), "issue_category_due"),
    ];
    let mut otherwise = Vec::new();
    for (wish, index) in &expected {
        for after in [None, Some(last)] {
            // What waits for staff is looked for by staff alone.
            let reader = if *index == "issue_photos_waiting" { fixture.manager() } else { fixture.nobody() };
            let plan = fixture.plan(&reader, wish, after).await;
            // PostgreSQL goes by how many rows there are, and these are few and of one partnership: any index may do.
            let is_found = |line: &String| line.contains(index) || line.contains("Index Scan");
            if !plan.iter().any(is_found) || plan.iter().any(|line| reads_all(line)) {
                otherwise.push(format!("{index} for {wish:?}: {plan:#?}"));
            }
        }
    }
    assert!(otherwise.is_empty(), "not found by the index that there is: {}", otherwise.join("\n"));
}

/// Whether a line of a plan is that of looking at every row of the table.
fn reads_all(line: &str) -> bool {
    line.contains("Seq Scan on issue ") || line == "SCAN issue"
}
