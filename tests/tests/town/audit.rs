//! Who did what stays provable: every write of the whole loop leaves an entry, every chain holds, and whatever is done to the entries
//! behind the services' backs is found and named.

#![allow(clippy::panic, reason = "what cannot be looked at fails the test")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder::audit::heads::{self, Kept, Sheet};
use pathfinder::audit::{Checked, Names, SERVICES, Table, verify};
use pathfinder::config::Store;
use pathfinder_kit::audit;
use pathfinder_kit::telemetry::{self, LogFormat, Telemetry};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::Way;
use pathfinder_tests::journey::{self, Walk};
use pathfinder_tests::town::Town;
use pathfinder_tests::trail;
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

/// What services do in the loop of their own accord, without telling anybody.
const QUIETLY: [(&str, &str); 6] = [
    ("boards", "breach_notice.given"),
    ("boards", "commitment_link.kept"),
    ("boards", "chain.begun"),
    ("commitments", "standard_case.kept"),
    ("issues", "action_link.kept"),
    ("issues", "action_link.told"),
];

/// Whose news leave entries: who follows whom, and in which events.
const FOLLOWED: [(&str, &str, &str); 4] = [
    ("boards", "commitments", "kind = 'commitment.changed'"),
    ("boards", "issues", "kind IN ('issue.breached', 'issue.clock_changed')"),
    ("commitments", "issues", "kind LIKE 'issue.%'"),
    ("issues", "boards", "kind IN ('action.raised', 'action.changed')"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_loop_leaves_chains_that_hold_until_somebody_meddles_with_them() {
    let (mut world, walk) = walked().await;
    every_write_left_an_entry(&world.house.database).await;
    so_did_what_services_do_by_themselves(&world.house.database).await;
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
async fn a_name_may_go_when_its_person_was_erased_and_not_otherwise() {
    let (world, walk) = walked().await;
    let (database, manager_id) = (&world.house.database, &walk.hood.manager_id);
    let boards = database.look("boards").await;
    let erased = audit::erase_name(&boards, manager_id).await.expect("the name is erased");
    assert!(erased > 3, "the manager did a lot: {erased}");
    boards.close().await.expect("the connection ends");
    let checked = check(&database.store(), world.now()).await;
    let told = told_of(&checked);
    let wanted = format!("the name of {manager_id} was erased from {erased} entries, of which this is the first");
    assert!(told.len() == 1 && told[0].starts_with("boards: ") && told[0].contains(&wanted), "{wanted}: {told:?}");
    let listed = entries(&world, &walk, "boards", "").await;
    for entry in listed {
        let theirs = entry["actorId"] == json!(manager_id);
        assert_eq!(text(&entry, "actorName").is_empty(), theirs, "that name and no other is gone: {entry}");
    }

    let wish = json!({"person_id": manager_id, "reason": "asked for it"});
    world.must(ADMINISTRATOR, "PeopleService/ErasePerson", wish).await;
    trail::in_order(database).await;
    let checked = check(&database.store(), world.now()).await;
    must_be_whole(&checked, "after the person was erased");
    let names = Names(&checked).to_string();
    assert!(names.contains(&format!("boards: {manager_id}, from {erased} entries")), "they are listed: {names}");
    assert!(Table(&checked).to_string().contains(&format!("whole; {erased} without the name")), "and counted");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_by_itself_and_is_not_what_it_was_is_found_by_heads_that_were_kept() {
    let (mut world, walk) = walked().await;
    let (partnership_id, now) = (walk.hood.partnership_id.clone(), world.now());
    let (mut kept, mut altered) = (Vec::new(), 0);
    let meddle = async |database: &TestDatabase| {
        kept = keep_heads(database, now).await;
        assert_eq!(told_of(&check_since(database, &kept, now).await), NOTHING, "as it was a moment ago");
        altered = meddle_with_ends(database, &partnership_id, &kept, now).await;
    };
    world.house.restart(meddle).await;

    let database = &world.house.database;
    trail::in_order(database).await;
    let told = told_of(&check_since(database, &kept, world.now()).await);
    let forged: Vec<&String> = told.iter().filter(|line| line.starts_with("commitments: ")).collect();
    let place = format!("commitments: partnership {partnership_id}, position {altered}, event ");
    let found = forged.iter().any(|line| line.starts_with(&place) && line.ends_with("when the heads were kept"));
    assert!(found && forged.len() == 1, "what was chained anew is found: {told:?}");
    world.house.stop().await;
}

const NOTHING: [&str; 0] = [];

/// Writes the heads of all trails to a file, and reads them again.
async fn keep_heads(database: &TestDatabase, now: DateTime<Utc>) -> Vec<Kept> {
    let checked = check(&database.store(), now).await;
    must_be_whole(&checked, "before anybody meddles");
    let file = database.folder().join("heads.txt");
    heads::keep(&file, &Sheet { checked: &checked, time: now }).expect("heads can be written");
    heads::keep(&file, &Sheet { checked: &checked, time: now }).expect_err("what was kept is not overwritten");
    let kept = heads::read(&file).expect("heads can be read");
    let chains = checked.iter().filter_map(|checked| checked.outcome.as_ref().ok()).map(|report| report.chains);
    assert_eq!(kept.len(), usize::try_from(chains.sum::<u64>()).expect("a small number"), "one of each chain");
    kept
}

/// Removes the whole chain of boards, cuts off the end of that of issues, and takes the place of an altered entry of commitments away,
/// so that it is chained anew; answers its position. Each with its head.
async fn meddle_with_ends(database: &TestDatabase, partnership_id: &str, kept: &[Kept], now: DateTime<Utc>) -> i64 {
    let trail = async |service| Trail::of(database, service, partnership_id).await;
    let boards = trail("boards").await;
    let gone = boards.length().await;
    boards.run_on(gone, "DELETE FROM audit_entry WHERE chain = $1", []).await;
    boards.run("DELETE FROM audit_head WHERE chain = $1", []).await;

    let issues = trail("issues").await;
    let cut = issues.length().await;
    issues.run("DELETE FROM audit_entry WHERE chain = $1 AND position = $2", [cut.into()]).await;
    issues.set_head_back_to(cut - 1).await;

    let commitments = trail("commitments").await;
    let altered = commitments.length().await;
    let alter = "UPDATE audit_entry SET actor_id = 'eve', position = NULL WHERE chain = $1 AND position = $2";
    commitments.run(alter, [altered.into()]).await;
    commitments.set_head_back_to(altered - 1).await;
    for trail in [boards, issues, commitments] {
        trail.tables.close().await.expect("the connection ends");
    }

    let here = |service: &str, rest: String| format!("{service}: partnership {partnership_id}{rest}");
    let missed = |service: &str, position: i64| {
        here(service, format!(", position {position}: an entry stood here when the heads were kept"))
    };
    let alone = [here("boards", ": the whole chain is gone".to_owned())];
    assert_eq!(told_of(&check(&database.store(), now).await), alone, "all that can be seen without the heads");
    let [lost] = alone;
    let wanted = [lost, missed("boards", gone), missed("commitments", altered), missed("issues", cut)];
    assert_eq!(told_of(&check_since(database, kept, now).await), wanted, "the heads tell the rest");
    altered
}

/// A suite in which the loop went round, and whose entries have all got their places.
async fn walked() -> (World<Town>, Walk) {
    static TRACES: OnceLock<Telemetry> = OnceLock::new();
    TRACES.get_or_init(|| telemetry::start("tests", None, LogFormat::Text).expect("traces can be told apart"));
    let mut world = Town::world(Way::Grpc).await;
    let walk = journey::walk(&mut world).await;
    followers_have_caught_up(&world.house.database).await;
    trail::in_order(&world.house.database).await;
    (world, walk)
}

/// Waits until nobody hears of anything any more that leaves an entry.
async fn followers_have_caught_up(database: &TestDatabase) {
    for (follower, followed, kinds) in FOLLOWED {
        let (here, there) = (&database.look(follower).await, &database.look(followed).await);
        let events = &format!(
            "SELECT MAX(position) AS last, COUNT(*) - COUNT(position) AS waiting FROM outbox_event WHERE {kinds}"
        );
        waiting::until(&format!("{follower} hears of {followed}"), PATIENCE, || async move {
            let told = rows(there, events, []).await;
            let last: Option<i64> = told[0].try_get("", "last").expect("a number or none");
            let waiting: i64 = told[0].try_get("", "waiting").expect("a number");
            let cursor = rows(here, "SELECT cursor FROM feed_cursor WHERE feed = $1", [followed.into()]).await;
            let cursor: String = cursor.first().map_or(String::new(), |row| row.try_get("", "cursor").expect("a text"));
            let heard = cursor.rsplit('-').next().and_then(|position| position.parse::<i64>().ok());
            if waiting == 0 && heard >= last { Ok(()) } else { Err(format!("`{cursor}`, of {last:?}")) }
        })
        .await;
    }
}

async fn rows<const N: usize>(tables: &DatabaseConnection, sql: &str, values: [Sql; N]) -> Vec<QueryResult> {
    let statement = Statement::from_sql_and_values(tables.get_database_backend(), sql, values);
    tables.query_all_raw(statement).await.unwrap_or_else(|error| panic!("`{sql}` can be read: {error}"))
}

async fn check(store: &Store, now: DateTime<Utc>) -> Vec<Checked> {
    verify(store, now, &[], &|_, _, _| ()).await
}

async fn check_since(database: &TestDatabase, kept: &[Kept], now: DateTime<Utc>) -> Vec<Checked> {
    verify(&database.store(), now, kept, &|_, _, _| ()).await
}

/// The faults, a line for each.
fn told_of(checked: &[Checked]) -> Vec<String> {
    Table(checked).to_string().lines().skip(1 + SERVICES.len()).map(str::to_owned).collect()
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

async fn so_did_what_services_do_by_themselves(database: &TestDatabase) {
    for (service, kind) in QUIETLY {
        let tables = database.look(service).await;
        let found = rows(&tables, "SELECT method FROM audit_entry WHERE kind = $1", [kind.into()]).await;
        assert!(!found.is_empty(), "{service} left an entry of {kind}");
    }
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
        self.run_on(1, sql, values).await;
    }

    /// Does something to so many entries.
    async fn run_on<const N: usize>(&self, count: i64, sql: &str, values: [Sql; N]) {
        let values = std::iter::once(self.chain.into()).chain(values);
        let statement = Statement::from_sql_and_values(self.tables.get_database_backend(), sql, values);
        let done = self.tables.execute_raw(statement).await;
        let done = done.unwrap_or_else(|error| panic!("`{sql}` can be done: {error}"));
        assert_eq!(i64::try_from(done.rows_affected()), Ok(count), "`{sql}` touches so many");
    }

    async fn set_head_back_to(&self, position: i64) {
        let hash = "SELECT hash FROM audit_entry WHERE chain = $1 AND position = $2";
        let sql = format!("UPDATE audit_head SET position = $2, hash = ({hash}) WHERE chain = $1");
        self.run(&sql, [position.into()]).await;
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
    let told = told_of(&checked);
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
