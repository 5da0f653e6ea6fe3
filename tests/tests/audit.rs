//! Who did what stays provable: every write of the whole loop leaves an entry, every chain holds, and whatever is done to the entries
//! behind the services' backs is found and named.

#![allow(clippy::panic, reason = "what cannot be looked at fails the test")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder::audit::{Checked, SERVICES, Table, verify};
use pathfinder::config::Store;
use pathfinder_kit::telemetry::{self, LogFormat, Telemetry};
use pathfinder_kit::{DatabaseUrl, audit};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::Way;
use pathfinder_tests::journey::{self, Walk};
use pathfinder_tests::processes;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement, Value as Sql};
use serde_json::{Value, json};
use uuid::Uuid;

/// Every call of the loop that writes.
const WRITES: [&str; 31] = [
    "ActionService/AcceptAction",
    "ActionService/AgreeAction",
    "ActionService/RaiseAction",
    "ActionService/StartAction",
    "ActionService/SubmitActionForVerification",
    "ActionService/VerifyAction",
    "CategoryService/CreateCategory",
    "CommitmentService/AcceptCommitment",
    "CommitmentService/OfferCommitment",
    "CommitmentService/VerifyCommitment",
    "DecisionService/RecordDecision",
    "IssueService/AcceptIssue",
    "IssueService/ConfirmResolution",
    "IssueService/ReportIssue",
    "IssueService/ResolveIssue",
    "IssueService/StartIssueWork",
    "MeetingService/CreateMeeting",
    "MeetingService/OpenMeeting",
    "MeetingService/PublishAgenda",
    "MeetingService/RecordAttendance",
    "MemberService/AppointMember",
    "MemberService/CreateSeat",
    "PartnershipService/AdoptConstitution",
    "PartnershipService/CreatePartnership",
    "PeopleService/CreatePerson",
    "PeopleService/GrantRole",
    "ProgressReportService/AcceptProgressReport",
    "ProgressReportService/SubmitProgressReport",
    "ProviderService/CreateProvider",
    "RoutingRuleService/CreateRoutingRule",
    "StandardService/CreateStandard",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_loop_leaves_chains_that_hold_until_somebody_meddles_with_them() {
    let (mut world, walk) = walked().await;
    every_write_left_an_entry(&world.house.database).await;
    who_may_read_the_trail(&world, &walk).await;
    pages_hold_each_entry_once(&world, &walk).await;
    filters_find_the_entries_of_a_thing(&world, &walk).await;

    let store = world.house.database.store();
    let checked = check(&store, world.now()).await;
    must_be_whole(&checked, "while the suite runs");
    assert!(checked.iter().all(|one| one.outcome.as_ref().is_ok_and(|report| report.chains > 0 && report.entries > 3)));

    let now = world.now();
    world.house.restart(async |database| meddle_and_find_out(database, &walk.hood.partnership_id, now).await).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_can_be_erased_and_the_chain_holds() {
    let (world, walk) = walked().await;
    let database = &world.house.database;
    let boards = database.look("boards").await;
    let erased = audit::erase_name(&boards, &walk.hood.manager_id).await.expect("the name is erased");
    assert!(erased > 3, "the manager did a lot: {erased}");
    must_be_whole(&check(&database.store(), world.now()).await, "after a name was erased");
    let listed = entries(&world, &walk, "boards", "").await;
    for entry in listed {
        let theirs = entry["actorId"] == json!(walk.hood.manager_id);
        assert_eq!(text(&entry, "actorName").is_empty(), theirs, "that name and no other is gone: {entry}");
    }
    boards.close().await.expect("the connection ends");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_says_what_it_found() {
    let (mut world, walk) = walked().await;
    let found = run_program(&world.house.database).await;
    assert_eq!(found.0, Some(0), "while the suite runs, all is whole: {}", found.1);
    assert_eq!(found.1.matches(" whole").count(), 4, "one verdict for each service: {}", found.1);
    let partnership_id = walk.hood.partnership_id.clone();
    let altered = async |database: &TestDatabase| {
        let boards = Trail::of(database, "boards", &partnership_id).await;
        boards.run("UPDATE audit_entry SET actor_id = 'eve' WHERE chain = $1 AND position = $2", [2.into()]).await;
        let event_id = boards.event_at(2).await;
        boards.tables.close().await.expect("the connection ends");
        let (status, said) = run_program(database).await;
        assert_eq!(status, Some(1), "{said}");
        let line = format!("boards: partnership {partnership_id}, position 2, event {event_id}: the entry was altered");
        assert!(said.contains(&line) && said.contains("1 fault"), "it says `{line}`: {said}");
    };
    world.house.restart(altered).await;
    world.house.stop().await;
}

/// A suite in which the loop went round, and whose entries have all got their places.
async fn walked() -> (World<Town>, Walk) {
    static TRACES: OnceLock<Telemetry> = OnceLock::new();
    TRACES.get_or_init(|| telemetry::start("tests", None, LogFormat::Text).expect("traces can be told apart"));
    let mut world = Town::world(Way::Grpc).await;
    let walk = journey::walk(&mut world).await;
    for service in SERVICES {
        let tables = &world.house.database.look(service).await;
        waiting::until("every audit entry in its place", PATIENCE, || async move {
            let waiting = rows(tables, "SELECT kind FROM audit_entry WHERE position IS NULL", []).await.len();
            if waiting == 0 { Ok(()) } else { Err(format!("{waiting} of {service} wait")) }
        })
        .await;
    }
    (world, walk)
}

async fn rows<const N: usize>(tables: &DatabaseConnection, sql: &str, values: [Sql; N]) -> Vec<QueryResult> {
    let statement = Statement::from_sql_and_values(tables.get_database_backend(), sql, values);
    tables.query_all_raw(statement).await.unwrap_or_else(|error| panic!("`{sql}` can be read: {error}"))
}

async fn check(store: &Store, now: DateTime<Utc>) -> Vec<Checked> {
    verify(store, now, &|_, _, _| ()).await
}

fn must_be_whole(checked: &[Checked], when: &str) {
    assert!(checked.iter().all(Checked::is_clean), "every chain holds {when}:\n{}", Table(checked));
}

async fn every_write_left_an_entry(database: &TestDatabase) {
    let mut methods = BTreeSet::new();
    for service in SERVICES {
        let tables = database.look(service).await;
        let sql = "SELECT method, actor_id, trace_id, after_digest, name_digest, hash FROM audit_entry";
        for row in rows(&tables, sql, []).await {
            let read = |column| row.try_get::<String>("", column).expect("a text");
            let method = read("method");
            for digest in ["after_digest", "name_digest", "hash"] {
                assert_eq!(read(digest).len(), 64, "{method} left its {digest}");
            }
            assert!(!read("actor_id").is_empty(), "{method} left who");
            assert!(!method.contains('/') || read("trace_id").len() == 32, "{method} left its trace");
            methods.insert(method);
        }
    }
    let missing: Vec<_> = WRITES.into_iter().filter(|method| !methods.contains(*method)).collect();
    assert!(missing.is_empty(), "these writes left no entry: {missing:?}; these did: {methods:?}");
}

fn list_of(service: &str) -> String {
    let capital = service[..1].to_uppercase();
    format!("{capital}{}AuditService/ListAuditEntries", &service[1..])
}

/// Every entry of the partnership that a service shows to the accountable body.
async fn entries(world: &World<Town>, walk: &Walk, service: &str, filter: &str) -> Vec<Value> {
    let who = walk.hood.login("accountable");
    world.list(&who, &list_of(service), walk.hood.with(json!({"filter": filter})), "entries").await
}

async fn who_may_read_the_trail(world: &World<Town>, walk: &Walk) {
    for service in SERVICES {
        let rpc = list_of(service);
        let asked = || walk.hood.with(json!({}));
        assert!(!entries(world, walk, service, "").await.is_empty(), "the accountable body reads {service}");
        world.must(ADMINISTRATOR, &rpc, asked()).await;
        for who in [walk.hood.manager(), walk.hood.observer(), walk.hood.chair()] {
            let refusal = world.refused(&who, &rpc, asked(), "ROLE_MISSING").await;
            assert_eq!(refusal.variable("needed"), "accountable_body", "it says who may: {refusal:?}");
        }
        world.refused(PUBLIC, &rpc, asked(), "TOKEN_REQUIRED").await;
        let elsewhere = json!({"partnership_id": Uuid::nil().to_string()});
        world.refused(&walk.hood.login("accountable"), &rpc, elsewhere, "ROLE_MISSING").await;
    }
}

async fn pages_hold_each_entry_once(world: &World<Town>, walk: &Walk) {
    let who = walk.hood.login("accountable");
    for service in SERVICES {
        let whole = entries(world, walk, service, "").await;
        let positions: Vec<i64> =
            whole.iter().map(|entry| text(entry, "position").parse().expect("a number")).collect();
        let wanted: Vec<i64> = (1..=i64::try_from(whole.len()).expect("a small number")).rev().collect();
        assert_eq!(positions, wanted, "{service} shows the newest first and leaves none out");
        for pair in whole.windows(2) {
            assert_eq!(pair[0]["priorHash"], pair[1]["hash"], "each is chained to the one before it");
        }
        let (mut paged, mut token) = (Vec::new(), String::new());
        loop {
            let asked = walk.hood.with(json!({"page_size": 3, "page_token": token}));
            let page = world.must(&who, &list_of(service), asked).await;
            paged.extend(page["entries"].as_array().expect("entries").iter().cloned());
            token = text(&page, "nextPageToken");
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, whole, "the pages of {service} give the whole");
    }
}

async fn filters_find_the_entries_of_a_thing(world: &World<Town>, walk: &Walk) {
    let of_action = entries(world, walk, "boards", &format!("subject_id = \"{}\"", walk.action_id)).await;
    assert_eq!(of_action.last().map(|entry| text(entry, "kind")).as_deref(), Some("action.raised"), "{of_action:?}");
    for pair in of_action.windows(2) {
        assert_eq!(pair[0]["beforeDigest"], pair[1]["afterDigest"], "each says what the one before it left");
    }
    let raised = entries(world, walk, "boards", "method = \"ActionService/RaiseAction\"").await;
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert_eq!(raised[0]["beforeDigest"], "", "an action that is raised was not there before");
    assert_eq!(raised[0]["subjectId"], json!(walk.action_id));
    assert_eq!(raised[0]["actorId"], json!(walk.hood.manager_id));
    let same_trace = entries(world, walk, "boards", &format!("trace_id = \"{}\"", text(&raised[0], "traceId"))).await;
    assert_eq!(same_trace, raised);
    let refused = merged(walk.hood.with(json!({})), json!({"filter": "actor_name = \"Ruth\""}));
    world.refused(&walk.hood.login("accountable"), &list_of("boards"), refused, "FILTER_INVALID").await;
}

/// The entries of a partnership in one service's tables, from outside.
struct Trail {
    tables: DatabaseConnection,
    chain: Uuid,
}

impl Trail {
    async fn of(database: &TestDatabase, service: &str, partnership_id: &str) -> Self {
        let chain = partnership_id.parse().expect("an id");
        Self { tables: database.look(service).await, chain }
    }

    /// Does something to entries; `$1` is the chain.
    async fn run<const N: usize>(&self, sql: &str, values: [Sql; N]) {
        let values = std::iter::once(self.chain.into()).chain(values);
        let statement = Statement::from_sql_and_values(self.tables.get_database_backend(), sql, values);
        let done = self.tables.execute_raw(statement).await;
        let done = done.unwrap_or_else(|error| panic!("`{sql}` can be done: {error}"));
        assert_eq!(done.rows_affected(), 1, "`{sql}` touches one entry");
    }

    async fn move_entry(&self, from: i64, to: i64) {
        let sql = "UPDATE audit_entry SET position = $3 WHERE chain = $1 AND position = $2";
        self.run(sql, [from.into(), to.into()]).await;
    }

    async fn event_at(&self, position: i64) -> Uuid {
        let sql = "SELECT event_id FROM audit_entry WHERE chain = $1 AND position = $2";
        let found = rows(&self.tables, sql, [self.chain.into(), position.into()]).await;
        found.first().unwrap_or_else(|| panic!("an entry at {position}")).try_get("", "event_id").expect("an id")
    }

    async fn length(&self) -> i64 {
        let sql = "SELECT MAX(position) AS last FROM audit_entry WHERE chain = $1";
        let found = rows(&self.tables, sql, [self.chain.into()]).await;
        found[0].try_get("", "last").expect("a chain has entries")
    }
}

/// Does one thing to the chain of each service, and has all of them checked.
async fn meddle_and_find_out(database: &TestDatabase, partnership_id: &str, now: DateTime<Utc>) {
    must_be_whole(&check(&database.store(), now).await, "when the suite has stopped");
    let trail = async |service| Trail::of(database, service, partnership_id).await;

    let boards = trail("boards").await;
    let altered = boards.event_at(3).await;
    boards.run("UPDATE audit_entry SET actor_id = 'eve' WHERE chain = $1 AND position = $2", [3.into()]).await;

    let delete = "DELETE FROM audit_entry WHERE chain = $1 AND position = $2";
    let commitments = trail("commitments").await;
    commitments.run(delete, [2.into()]).await;

    let issues = trail("issues").await;
    let last = issues.length().await;
    issues.run(delete, [last.into()]).await;

    let identity = trail("identity").await;
    let (second, fourth) = (identity.event_at(2).await, identity.event_at(4).await);
    identity.move_entry(2, -1).await;
    identity.move_entry(4, 2).await;
    identity.move_entry(-1, 4).await;
    for trail in [boards, commitments, issues, identity] {
        trail.tables.close().await.expect("the connection ends");
    }

    let checked = check(&database.store(), now + TimeDelta::minutes(5)).await;
    let mut told: Vec<String> = Table(&checked).to_string().lines().map(str::to_owned).collect();
    told.drain(..=SERVICES.len());
    let here = |service: &str, rest: String| format!("{service}: partnership {partnership_id}, position {rest}");
    let wanted = [
        here("boards", format!("3, event {altered}: the entry was altered")),
        here("commitments", "2: entries are missing up to position 2".to_owned()),
        here("issues", format!("{last}: the end is missing; the chain went on to position {last}")),
        here("identity", format!("2, event {fourth}: the entry was moved here; it belongs to position 4")),
        here("identity", format!("4, event {second}: the entry was moved here; it belongs to position 2")),
    ];
    assert_eq!(told, wanted, "each of the four is found and named, and nothing else");
}

/// Runs `pathfinder audit verify`; answers its status and what it said.
async fn run_program(database: &TestDatabase) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::new(processes::binaries().join("pathfinder"));
    command.args(["audit", "verify"]);
    match database.store() {
        Store::Folder(folder) => command.arg("--data-dir").arg(folder),
        Store::Server(DatabaseUrl::Postgres(address)) => command.arg("--database-url").arg(address),
        Store::Server(DatabaseUrl::Sqlite(path)) => panic!("{} is no server", path.display()),
    };
    let output = command.output().await.expect("the program can be run");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}
