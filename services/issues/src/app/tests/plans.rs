//! How the database goes about finding issues: by an index, whatever is looked for.

use sea_orm_migration::sea_orm::QueryTrait as _;

use super::finding::{at_place, in_box, many, with_words};
use super::*;
use crate::domain::geography::Point;
use crate::domain::listing::Last;
use crate::domain::place::{Circle, Place};
use crate::store::issue::{Slice, page_of};

impl Fixture {
    /// The lines in which the database tells how it would answer.
    async fn plan(&self, wish: &ListIssues, after: Option<Last>) -> Vec<String> {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        let (tx, search) = (unit.tx(), self.app.search(&self.nobody(), &wish.sought).await.unwrap());
        let backend = tx.get_database_backend();
        let query = page_of(&search, Slice { order: wish.order, after, limit: 50 }, backend).build(backend);
        let (explain, column) = match backend {
            DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
            _ => {
                // The rows are few, and reading them all would be no worse; but can it be done otherwise?
                tx.execute_unprepared("ANALYZE; SET LOCAL enable_seqscan = off").await.unwrap();
                ("EXPLAIN", "QUERY PLAN")
            }
        };
        let explained = Statement { sql: format!("{explain} {}", query.sql), ..query };
        let rows = tx.query_all_raw(explained).await.unwrap();
        let plan = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
        unit.commit(()).await.unwrap();
        plan
    }
}

#[tokio::test]
async fn whatever_is_looked_for_is_found_by_an_index() {
    let fixture = Fixture::new().await;
    let last = Order::TakenIn.last(many(&fixture).await.first().unwrap());
    let circle = Circle { center: Point::new(51.5, -0.1).unwrap(), radius: 50.0 };
    let near = ListIssues { order: Order::Distance(circle), ..at_place(Place::Near(circle)) };
    let filtered = |filter: &str| {
        let all = all_of(HERE);
        ListIssues { sought: Sought { filter: filter.to_owned(), ..all.sought }, ..all }
    };
    let ordered = |order: Order, wish: ListIssues| ListIssues { order, ..wish };
    let wishes = [
        all_of(HERE),
        ordered(Order::Reported, all_of(HERE)),
        ordered(Order::Due, all_of(HERE)),
        in_box(51.4, -0.2, 51.6, 0.0),
        in_box(51.4999, -0.1001, 51.5001, -0.0999),
        near,
        with_words("tag"),
        ordered(Order::Due, with_words("\"high street\" -park")),
        filtered("state = \"routed\""),
        filtered("reference = \"COPY-7\""),
        filtered("external_id = \"7\""),
        filtered("provider_id = \"0190163d-8694-739b-aea5-966c26f8ad91\""),
        ordered(Order::Due, filtered("category_code = \"graffiti\" AND open = true")),
        ordered(Order::Due, filtered("breached = true AND open = true")),
    ];
    for wish in &wishes {
        for after in [None, Some(last)] {
            let plan = fixture.plan(wish, after).await;
            let reads_all = |line: &&String| {
                let is_words = line.contains("VIRTUAL TABLE INDEX");
                line.contains("Seq Scan") || (line.starts_with("SCAN") && !is_words && !line.contains("INDEX"))
            };
            assert!(!plan.iter().any(|line| reads_all(&line)), "{wish:?} reads every row: {plan:#?}");
            let is_looked_up = |line: &String| line.contains("SEARCH") || line.contains("Index");
            assert!(plan.iter().any(is_looked_up), "{wish:?} is looked up: {plan:#?}");
        }
    }
}
