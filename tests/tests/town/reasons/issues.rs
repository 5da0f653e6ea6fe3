//! What an issue, its category and its routing refuse.

use pathfinder_tests::sample::PHOTO;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, Value as Bound};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Outcome, Scene};

const REPORT: &str = "IssueService/ReportIssue";

/// Reports an issue; answers what names it.
async fn reported(scene: &Scene) -> Value {
    let reported = scene.must(PUBLIC, REPORT, scene.hood.report("Mattresses")).await;
    json!({"issue_id": reported["issue"]["issueId"]})
}

pub(super) async fn its_category_is_retired(scene: &Scene) -> Outcome {
    let retired = json!({"category_id": scene.hood.category_id, "retired": true});
    scene.must(&scene.hood.manager(), "CategoryService/UpdateCategory", retired).await;
    scene.ask(PUBLIC, REPORT, scene.hood.report("Mattresses")).await
}

pub(super) async fn its_follow_token_is_another(scene: &Scene) -> Outcome {
    let issue = merged(reported(scene).await, json!({"follow_token": "not-the-token"}));
    scene.ask(PUBLIC, "IssueService/ConfirmResolution", issue).await
}

pub(super) async fn its_clock_may_not_pause_for_that(scene: &Scene) -> Outcome {
    let issue = reported(scene).await;
    let officer = scene.hood.officer();
    for rpc in ["IssueService/AcceptIssue", "IssueService/StartIssueWork"] {
        scene.must(&officer, rpc, issue.clone()).await;
    }
    let held = merged(issue, json!({"reason": "All are on holiday.", "pause_reason": "holidays"}));
    scene.ask(&officer, "IssueService/HoldIssue", held).await
}

pub(super) async fn it_repeats_itself(scene: &Scene) -> Outcome {
    let issue = reported(scene).await;
    let itself = merged(issue.clone(), json!({"duplicate_of": issue["issue_id"]}));
    scene.ask(&scene.hood.manager(), "IssueService/MarkIssueDuplicate", itself).await
}

pub(super) async fn an_undisputed_closing_is_upheld(scene: &Scene) -> Outcome {
    let issue = merged(reported(scene).await, json!({"reason": "It was fixed."}));
    scene.ask(&scene.hood.manager(), "IssueService/UpholdClosing", issue).await
}

/// Fills the table up to the limit from outside: a thousand calls would take a while.
pub(super) async fn there_are_too_many_routing_rules(scene: &Scene) -> Outcome {
    let columns =
        "partnership_id, position, category_code, area, land_type, provider_id, provider_name, note, create_time";
    let fill = |id: &str| {
        format!(
            "WITH RECURSIVE place(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM place WHERE number < 1000) \
             INSERT INTO routing_rule (id, {columns}) SELECT {id}, {columns} FROM routing_rule, place WHERE routing_rule.id = $1"
        )
    };
    change(&scene.world, &fill("randomblob(16)"), &fill("gen_random_uuid()"), &scene.hood.routing_rule_id).await;
    let rule = json!({"position": 10, "provider_id": scene.hood.provider_id});
    scene.ask(&scene.hood.manager(), "RoutingRuleService/CreateRoutingRule", rule).await
}

/// Counts a thousand supporters who never were.
pub(super) async fn it_has_too_many_supporters(scene: &Scene) -> Outcome {
    let issue = reported(scene).await;
    let count = "UPDATE issue SET supporter_count = 1000 WHERE id = $1";
    change(&scene.world, count, count, issue["issue_id"].as_str().expect("an id")).await;
    scene.ask(PUBLIC, "IssueService/SupportIssue", issue).await
}

pub(super) async fn it_has_too_many_photos(scene: &Scene) -> Outcome {
    let photo = merged(reported(scene).await, json!({"content": PHOTO}));
    for _ in 0..10 {
        scene.must(&scene.hood.manager(), "PhotoService/AddPhoto", photo.clone()).await;
    }
    scene.ask(&scene.hood.manager(), "PhotoService/AddPhoto", photo).await
}

/// Changes the tables of issues by a statement about the thing with this id.
async fn change(world: &World<Town>, sqlite: &str, postgres: &str, id: &str) {
    let tables = world.house.database.look("issues").await;
    let backend = tables.get_database_backend();
    let sql = if backend == DbBackend::Sqlite { sqlite } else { postgres };
    let id: Bound = id.parse::<Uuid>().expect("an id").into();
    let done = tables.execute_raw(Statement::from_sql_and_values(backend, sql, [id])).await;
    let done = done.unwrap_or_else(|error| panic!("`{sql}` can be run: {error}"));
    assert!(done.rows_affected() > 0, "`{sql}` changes something");
}
