//! The contact details of residents, and the addresses of those who sign in, are where they belong and nowhere else: not in logs, spans, events,
//! errors, tables, files or anybody's reads but the manager's. They are handed out, erased on request and by age, and their keys change.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use fake_opentelemetry_collector::FakeCollectorServer;
use pathfinder_kit::Ids;
use pathfinder_kit::seal::Sealer;
use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::journey::{self, EMAIL, PHONE, REPORTER, Walk};
use pathfinder_tests::letters::Letters;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, House, PUBLIC, World, merged, text};
use pathfinder_tests::{events, following, sample};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const SERVICES: [&str; 4] = ["boards", "commitments", "issues", "identity"];
/// Of somebody who signs in.
const STAFF_EMAIL: &str = "rosalind.thackeray@example.org";
const CONFIDENTIAL: &str = "REPORTER_VISIBILITY_CONFIDENTIAL";
const NAMED: &str = "REPORTER_VISIBILITY_NAMED";
/// The address of somebody who follows.
const FOLLOWER: &str = "fay.follower@example.org";

/// What must not be found, in every way in which it may be written.
fn marks() -> Vec<String> {
    let mut marks = Vec::new();
    for mark in [REPORTER, EMAIL, PHONE, "Whitlock", "07700900417", FOLLOWER] {
        marks.extend([
            mark.to_lowercase(),
            mark.to_lowercase().replace(' ', "%20"),
            mark.to_lowercase().replace('@', "%40"),
        ]);
    }
    marks
}

/// The first mark in some text, with what stands around it.
fn found(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let mark = marks().into_iter().find(|mark| text.contains(mark))?;
    let at = text.find(&mark)?;
    let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(300)).take(600).collect();
    Some(format!("`{mark}` in: {around}"))
}

fn must_be_clean(what: &str, text: &str) {
    let found = found(text);
    assert!(found.is_none(), "{what} must not hold contact details, but: {}", found.unwrap_or_default());
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_details_are_nowhere_but_in_the_managers_reads_after_a_full_loop() {
    let collector = FakeCollectorServer::start().await.expect("a collector can be started");
    let house = Processes::start(Some(collector.endpoint())).await;
    let mut world = World::new(house, Way::Http);
    let ended = CancellationToken::new();
    let gathering = tokio::spawn(gather(collector, ended.clone()));
    let walk = journey::walk(&mut world).await;
    let hood = &walk.hood;

    let issue = hood.with(json!({"issue_id": walk.issue_id}));
    let seen = world.must(&hood.manager(), "IssueService/GetIssue", issue).await;
    for mark in [REPORTER, EMAIL, PHONE] {
        assert!(
            seen.to_string().contains(mark),
            "the manager reads {mark}, so that it could be found elsewhere: {seen}"
        );
    }
    for who in [PUBLIC.to_owned(), hood.officer(), hood.observer(), hood.chair(), hood.login("accountable")] {
        read_all(&world, &walk, &who).await;
    }
    provoke_errors(&world, &walk).await;
    let asked = Letters::beside(&world.house.database).next_to(EMAIL, 0).await;
    assert!(asked.text().contains("/confirm?token="), "the address that was left is asked: {}", asked.text());
    let followers_secrets = follow(&world, &walk).await;
    read_feeds(&world).await;
    for service in SERVICES {
        let rows = dump(&world.house.database, service).await;
        assert!(rows.len() > 10, "{service} has rows: {}", rows.len());
        must_be_clean(&format!("a table of {service}"), &rows.join("\n"));
    }

    world.house.halt().await;
    ended.cancel();
    let spans = gathering.await.expect("the collector goes on until the end");
    assert!(spans.iter().any(|span| span.contains("ReportIssue")), "the report left a span, among {}", spans.len());
    must_be_clean("a span", &spans.join("\n"));
    let log = std::fs::read_to_string(world.house.log("issues")).expect("issues wrote a log");
    assert!(log.contains("IssueService/ReportIssue"), "the log of issues tells of what was refused: {log}");
    assert!(!spans.join("\n").contains(&walk.follow_token), "a follow token is in no span");
    assert!(
        files_with(world.house.database.folder(), walk.follow_token.as_bytes()).is_empty(),
        "nor in a log or table"
    );
    for mark in [REPORTER, PHONE] {
        let files = files_with(world.house.database.folder(), mark.as_bytes());
        assert!(files.is_empty(), "{mark} is in no log, table or letter, plain, but in {files:?}");
    }
    let outbox = world.house.database.outbox().display().to_string();
    for mark in followers_secrets.iter().map(String::as_str).chain([FOLLOWER, EMAIL]) {
        let files = files_with(world.house.database.folder(), mark.as_bytes());
        let elsewhere: Vec<_> = files.iter().filter(|file| !file.starts_with(&outbox)).collect();
        assert!(
            !files.is_empty() && elsewhere.is_empty(),
            "{mark} is in letters and nowhere else, but in {elsewhere:?}"
        );
        assert!(!spans.join("\n").contains(mark), "{mark} is in no span");
    }
}

/// Gathers spans, in words, until the processes have ended and nothing comes any more.
async fn gather(mut collector: FakeCollectorServer, ended: CancellationToken) -> Vec<String> {
    let mut spans = Vec::new();
    loop {
        let last = ended.is_cancelled();
        let arrived = collector.exported_spans(1, Duration::from_millis(200)).await;
        if last && arrived.is_empty() {
            return spans;
        }
        spans.extend(arrived.iter().map(|span| format!("{span:?}")));
    }
}

/// Makes every read that there is, with the ids of what the loop made.
async fn read_all<H: House>(world: &World<H>, walk: &Walk, who: &str) {
    let id_of = |field: &str| match field {
        "partnership_id" => walk.hood.partnership_id.clone(),
        "issue_id" => walk.issue_id.clone(),
        "action_id" => walk.action_id.clone(),
        "commitment_id" => walk.commitment_id.clone(),
        "meeting_id" => walk.meeting_id.clone(),
        "provider_id" => walk.hood.provider_id.clone(),
        "standard_id" => walk.hood.standard_id.clone(),
        "category_id" => walk.hood.category_id.clone(),
        _ => sample::ABSENT.to_owned(),
    };
    let is_read = |name: &str| ["Get", "List", "Find"].iter().any(|verb| name.starts_with(verb));
    let mut answered = 0;
    for rpc in contract::rpcs().filter(|rpc| is_read(rpc.name())) {
        let message = sample::request(&rpc, &id_of);
        let token = world.token(who).await;
        let answer = world.ask_with(&rpc, token.as_deref(), message).await;
        answered += usize::from(answer.is_ok());
        must_be_clean(&format!("{} for `{who}`", short_name(&rpc)), &format!("{answer:?}"));
    }
    assert!(answered > 15, "most reads are answered to `{who}`, not {answered}");
    let following = walk.hood.with(json!({"issue_id": walk.issue_id, "follow_token": walk.follow_token}));
    for rpc in ["IssueService/GetIssue", "IssueService/ListNotices"] {
        let answer = world.must(who, rpc, following.clone()).await;
        must_be_clean(&format!("{rpc} with a follow token"), &answer.to_string());
    }
}

/// Sends what is wrong in ways that tempt an answer, or a log, to repeat it.
async fn provoke_errors<H: House>(world: &World<H>, walk: &Walk) {
    let hood = &walk.hood;
    let contact = json!({"name": REPORTER, "email": EMAIL, "phone": PHONE});
    let report = |fields: Value| merged(merged(hood.report("Mattresses"), json!({"reporter": contact})), fields);
    let person = |fields: Value| merged(hood.with(json!({"email": EMAIL, "reason": "She asked."})), fields);
    let manager = hood.manager();
    let accountable = hood.login("accountable");
    let name_in_email = json!({"reporter": {"email": format!("{REPORTER} {PHONE}")}});
    let wrong: [(&str, &str, Value); 11] = [
        (PUBLIC, "IssueService/ReportIssue", report(name_in_email)),
        (PUBLIC, "IssueService/ReportIssue", report(json!({"reporter": {"phone": format!("{PHONE} {REPORTER}")}}))),
        (PUBLIC, "IssueService/ReportIssue", report(json!({"reporter": {"name": REPORTER.repeat(50)}}))),
        (PUBLIC, "IssueService/ReportIssue", report(json!({"category_code": "nothing"}))),
        (PUBLIC, "IssueService/ReportIssue", report(json!({"partnership_id": sample::ABSENT}))),
        (PUBLIC, "IssueService/ReportIssue", report(json!({"external_id": "17"}))),
        (&manager, "PersonalDataService/ExportSubject", hood.with(json!({"email": EMAIL}))),
        (&manager, "PersonalDataService/EraseSubject", person(json!({}))),
        (&accountable, "PersonalDataService/EraseSubject", person(json!({"reason": format!("{EMAIL} asked")}))),
        (&accountable, "PersonalDataService/ExportSubject", person_page(hood)),
        (&accountable, "PersonalDataService/ExportSubject", hood.with(json!({"email": format!("{REPORTER} {PHONE}")}))),
    ];
    for (who, rpc, message) in wrong {
        let refusal = world.ask(who, rpc, message.clone()).await;
        assert!(refusal.is_err(), "{rpc} refuses {message}");
        must_be_clean(&format!("the refusal of {rpc}"), &format!("{refusal:?}"));
    }
    let again = json!({"request_id": sample::ABSENT});
    world.must(PUBLIC, "IssueService/ReportIssue", report(again.clone())).await;
    let other = merged(report(again), json!({"title": "Another"}));
    let refusal = world.refused(PUBLIC, "IssueService/ReportIssue", other, "REQUEST_ID_REUSED").await;
    must_be_clean("the refusal of a request id", &format!("{refusal:?}"));
    for body in bad_bodies() {
        let http = Http::at(&world.house.gateway());
        let path = format!("/v1/partnerships/{}/issues", hood.partnership_id);
        let request = http.request(http::Method::POST, &path).header("content-type", "application/json");
        let answer = request.body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 400);
        must_be_clean("the answer to a bad body", &answer.text().await.expect("a body"));
    }
}

/// Somebody follows the issue by e-mail, asks again, and tempts answers to repeat the address. Answers the secrets in the letters.
async fn follow(world: &World<Processes>, walk: &Walk) -> [String; 2] {
    let letters = Letters::beside(&world.house.database);
    let of_issue = |fields: Value| merged(walk.hood.with(json!({"issue_id": walk.issue_id})), fields);
    let ask = "IssueService/FollowByEmail";
    let asked = of_issue(json!({"email": FOLLOWER, "request_id": "01890a5d-ac96-774b-bcce-000000000002"}));
    world.must(PUBLIC, ask, asked.clone()).await;
    let secret = letters.next_to(FOLLOWER, 0).await.token_behind("/confirm");
    let confirmed = of_issue(json!({"confirmation_token": secret}));
    let token = text(&world.must(PUBLIC, "IssueService/ConfirmFollow", confirmed.clone()).await, "followToken");
    world.must(PUBLIC, ask, of_issue(json!({"email": FOLLOWER}))).await;
    let reminded = letters.next_to(FOLLOWER, 1).await;
    assert_eq!(reminded.token_behind("/stop"), token, "who follows already is sent the link again");
    let wrong = [
        (ask, of_issue(json!({"email": format!("{FOLLOWER} {FOLLOWER}")}))),
        (ask, of_issue(json!({"email": FOLLOWER, "issue_id": sample::ABSENT}))),
        (ask, merged(asked, json!({"email": format!("x{FOLLOWER}")}))),
        ("IssueService/ConfirmFollow", confirmed),
    ];
    for (rpc, message) in wrong {
        let refusal = world.ask(PUBLIC, rpc, message).await.expect_err("what is wrong is refused");
        must_be_clean(&format!("the refusal of {rpc}"), &format!("{refusal:?}"));
    }
    let seen = world.must(&walk.hood.manager(), "IssueService/GetIssue", of_issue(json!({}))).await;
    assert!(!seen.to_string().contains(FOLLOWER), "nobody is shown who follows: {seen}");
    [secret, token]
}

fn person_page(hood: &Neighbourhood) -> Value {
    hood.with(json!({"email": EMAIL, "page_token": "not-a-token"}))
}

/// Bodies that are no report, with contact details where they do not belong.
fn bad_bodies() -> [String; 4] {
    [
        format!("{{\"reporter\": \"{REPORTER} {EMAIL}\"}}"),
        format!("{{\"reporter\": {{\"email\": [\"{EMAIL}\"]}}}}"),
        format!("{{\"hazard\": \"{EMAIL}\"}}"),
        format!("{{\"reporter\": {{\"name\": \"{REPORTER}\", {EMAIL} {PHONE}"),
    ]
}

async fn read_feeds(world: &World<Processes>) {
    for (feed, count) in following::caught_up(&world.house.database).await {
        let told = events::read(events::open(world, ADMINISTRATOR, feed, &[]).await, count).await;
        assert!(!told.is_empty(), "{feed} told something");
        for event in told {
            must_be_clean(&format!("an event of {feed}"), &event.to_string());
        }
    }
}

/// Every row of every table of a service, in words.
async fn dump(database: &TestDatabase, service: &str) -> Vec<String> {
    let tables = database.look(service).await;
    let (names, sqlite) = match tables.get_database_backend() {
        DbBackend::Sqlite => ("SELECT name FROM sqlite_master WHERE type = 'table'", true),
        _ => ("SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()", false),
    };
    let mut rows = Vec::new();
    for name in texts(&tables, names).await {
        let row = if sqlite { sqlite_row(&tables, &name).await } else { "t::text".to_owned() };
        rows.extend(texts(&tables, &format!("SELECT {row} FROM \"{name}\" AS t")).await);
    }
    rows
}

async fn sqlite_row(tables: &DatabaseConnection, table: &str) -> String {
    let columns = texts(tables, &format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')")).await;
    columns.join(" || ' ' || ")
}

async fn texts(tables: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = tables.query_all_raw(Statement::from_string(tables.get_database_backend(), sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("`{sql}` can be read: {error}"));
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// The files of a folder that hold some bytes.
fn files_with(folder: &Path, wanted: &[u8]) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder of the test can be read");
    let paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let holds = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).expect("a file can be read");
        bytes.windows(wanted.len()).any(|window| window == wanted)
    };
    let here = files.into_iter().filter(holds).map(|path| path.display().to_string());
    here.chain(folders.iter().flat_map(|folder| files_with(folder, wanted))).collect()
}

/// A report of the marked person, with a title that tells it from others.
async fn report<H: House>(world: &World<H>, hood: &Neighbourhood, title: &str, visibility: &str) -> Value {
    let contact = json!({"name": REPORTER, "email": EMAIL, "phone": PHONE, "visibility": visibility});
    let reported = merged(hood.report(title), json!({"reporter": contact}));
    world.must(PUBLIC, "IssueService/ReportIssue", reported).await
}

fn of_issue(hood: &Neighbourhood, reported: &Value, fields: Value) -> Value {
    merged(hood.with(json!({"issue_id": reported["issue"]["issueId"]})), fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_what_is_held_on_them_and_is_erased() {
    for way in [Way::Http, Way::Grpc] {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let accountable = hood.login("accountable");
        let title = format!("The bins of {REPORTER}");
        let contact = json!({"name": REPORTER, "email": EMAIL, "phone": PHONE, "visibility": NAMED});
        let repeatable = merged(hood.report(&title), json!({"reporter": contact, "request_id": sample::ABSENT}));
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", repeatable.clone()).await;
        assert_eq!(reported["issue"]["reporterName"], REPORTER, "whoever wishes to be named is: {reported}");
        let public = world.must(PUBLIC, "IssueService/GetIssue", of_issue(&hood, &reported, json!({}))).await;
        assert!(!public.to_string().contains(EMAIL) && !public.to_string().contains(PHONE), "{public}");

        let person = hood.with(json!({"email": EMAIL.to_uppercase()}));
        for who in [hood.manager(), hood.officer(), hood.chair(), hood.observer()] {
            world.refused(&who, "PersonalDataService/ExportSubject", person.clone(), "ROLE_MISSING").await;
            let erased = merged(person.clone(), json!({"reason": "No."}));
            world.refused(&who, "PersonalDataService/EraseSubject", erased, "ROLE_MISSING").await;
        }
        let export = world.must(&accountable, "PersonalDataService/ExportSubject", person.clone()).await;
        let [asked, record] = [&export["records"][0], &export["records"][1]];
        assert_eq!(asked["contact"]["follower"], true, "the address that was asked by letter: {export}");
        assert_eq!(record["contact"]["phone"], PHONE, "{export}");
        assert_eq!(record["contact"]["visibility"], NAMED, "{export}");
        assert_eq!(record["issue"]["title"], json!(title), "{export}");
        let document: Value = serde_json::from_str(&text(&export, "document")).expect("the document is JSON");
        assert!(document.to_string().contains(EMAIL), "{document}");

        let erasing =
            merged(person, json!({"reason": "Asked by letter.", "request_id": "01890a5d-ac96-774b-bcce-000000000001"}));
        let erasure = world.must(&accountable, "PersonalDataService/EraseSubject", erasing.clone()).await;
        assert_eq!((&erasure["contactCount"], &erasure["issueCount"]), (&json!(2), &json!(1)), "{erasure}");
        let again = world.must(&accountable, "PersonalDataService/EraseSubject", erasing).await;
        assert_eq!(again, erasure, "a repeat gets the same answer");
        let register =
            world.list(&accountable, "PersonalDataService/ListErasures", hood.with(json!({})), "erasures").await;
        assert_eq!(register, [erasure]);
        let left = world.must(&hood.manager(), "IssueService/GetIssue", of_issue(&hood, &reported, json!({}))).await;
        assert_eq!(left["title"], "The bins of a resident", "{left}");
        must_be_clean("what the manager reads of somebody erased", &left.to_string());
        let repeated = world.must(PUBLIC, "IssueService/ReportIssue", repeatable).await;
        must_be_clean("the answer to a repeated report", &repeated.to_string());
        assert_eq!(repeated["issue"]["issueId"], reported["issue"]["issueId"], "it is the same issue still");
        must_be_clean("a table", &dump(&world.house.database, "issues").await.join("\n"));
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_by_e_mail_gets_what_is_held_and_is_erased() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let accountable = hood.login("accountable");
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let asked = of_issue(&hood, &reported, json!({"email": FOLLOWER.to_uppercase()}));
    world.must(PUBLIC, "IssueService/FollowByEmail", asked).await;
    let letters = Letters::of(&world.house);
    let secret = letters.next(0).await.token_behind("/confirm");
    let confirmed = of_issue(&hood, &reported, json!({"confirmation_token": secret}));
    world.must(PUBLIC, "IssueService/ConfirmFollow", confirmed).await;
    let person = hood.with(json!({"email": FOLLOWER}));
    let export = world.must(&accountable, "PersonalDataService/ExportSubject", person.clone()).await;
    let contact = &export["records"][0]["contact"];
    assert_eq!((&contact["email"], &contact["follower"]), (&json!(FOLLOWER), &json!(true)), "{export}");
    let erasing = merged(person.clone(), json!({"reason": "Asked by letter."}));
    let erasure = world.must(&accountable, "PersonalDataService/EraseSubject", erasing).await;
    assert_eq!(erasure["contactCount"], 1, "{erasure}");
    let closing = of_issue(&hood, &reported, json!({"reason": "It was gone."}));
    world.must(&hood.manager(), "IssueService/CloseIssueWithoutAction", closing).await;
    let tables = world.house.database.look("issues").await;
    let tables = &tables;
    waiting::until("no letter that waits", PATIENCE, || async move {
        let waiting = texts(tables, "SELECT kind FROM letter").await;
        if waiting.is_empty() { Ok(()) } else { Err(format!("{waiting:?}")) }
    })
    .await;
    assert_eq!(letters.count(), 1, "no letter goes to an address that was erased");
    let left = world.must(&accountable, "PersonalDataService/ExportSubject", person).await;
    assert!(!left.to_string().contains(FOLLOWER), "{left}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_details_are_erased_by_age_while_the_service_runs() {
    let mut world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let (closed, open) =
        (report(&world, &hood, "One", CONFIDENTIAL).await, report(&world, &hood, "Two", CONFIDENTIAL).await);
    let closing = of_issue(&hood, &closed, json!({"reason": "It was gone."}));
    world.must(&hood.manager(), "IssueService/CloseIssueWithoutAction", closing).await;
    let accountable = hood.login("accountable");
    world.pass_time(TimeDelta::days(1)).await;
    let held = hood.with(json!({"email": EMAIL}));
    let forgotten = |export: &Value| export["records"].as_array().filter(|records| records.len() == 2).map(|_| ());
    let export = "PersonalDataService/ExportSubject";
    world
        .until("the reports alone, without addresses that did not answer", &accountable, export, held, forgotten)
        .await;
    world.pass_time(TimeDelta::days(364)).await;
    let register = hood.with(json!({}));
    let first = |page: &Value| page["erasures"].get(0).cloned();
    let rpc = "PersonalDataService/ListErasures";
    let erasure = world.until("the register of the retention job", &accountable, rpc, register, first).await;
    assert_eq!(erasure["cause"], "ERASURE_CAUSE_RETENTION", "{erasure}");
    assert_eq!(erasure["contactCount"], 1, "{erasure}");
    let manager = hood.manager();
    let left = world.must(&manager, "IssueService/GetIssue", of_issue(&hood, &closed, json!({}))).await;
    must_be_clean("what the manager reads after a year", &left.to_string());
    let kept = world.must(&manager, "IssueService/GetIssue", of_issue(&hood, &open, json!({}))).await;
    assert!(kept.to_string().contains(EMAIL), "the reporter of an open issue can be reached: {kept}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_link_shows_its_own_issue_until_it_is_ended() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let (mine, other) =
        (report(&world, &hood, "One", CONFIDENTIAL).await, report(&world, &hood, "Two", CONFIDENTIAL).await);
    let with = |issue: &Value, token: &str, fields: Value| {
        merged(of_issue(&hood, issue, json!({"follow_token": token})), fields)
    };
    let (notices, revoke) = ("IssueService/ListNotices", "PersonalDataService/RevokeFollowLink");
    let (old, refused) = (text(&mine, "followToken"), "FOLLOW_TOKEN_INVALID");
    world.must(PUBLIC, notices, with(&mine, &old, json!({}))).await;
    world.refused(PUBLIC, notices, with(&other, &old, json!({})), refused).await;
    world.refused(PUBLIC, revoke, with(&other, &old, json!({})), refused).await;
    let renewing = with(&mine, &old, json!({"renew": true, "request_id": sample::ABSENT}));
    let new = text(&world.must(PUBLIC, revoke, renewing.clone()).await, "followToken");
    assert_eq!(text(&world.must(PUBLIC, revoke, renewing).await, "followToken"), new, "a repeat gets the same token");
    world.refused(PUBLIC, notices, with(&mine, &old, json!({})), refused).await;
    world.must(PUBLIC, notices, with(&mine, &new, json!({}))).await;
    let ended = world.must(PUBLIC, revoke, with(&mine, &new, json!({}))).await;
    assert_eq!(text(&ended, "followToken"), "", "none was wished for: {ended}");
    world.refused(PUBLIC, notices, with(&mine, &new, json!({})), refused).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_from_one_start_to_the_next() {
    let mut world = Processes::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reported = report(&world, &hood, "One", CONFIDENTIAL).await;
    let (old, new) = (world.house.contact_keys.clone(), Sealer::new_key(&Ids::random()));
    let staff =
        json!({"login": "staff", "display_name": "Staff", "kind": "PRINCIPAL_KIND_PERSON", "email": STAFF_EMAIL});
    let staff = world.must(ADMINISTRATOR, "PeopleService/CreatePerson", staff).await;
    for keys in [format!("{new},{old}"), new.clone()] {
        for service in ["issues", "identity"] {
            world.house.stop_one(service).await;
        }
        world.house.contact_keys = keys;
        for service in ["identity", "issues"] {
            world.house.start_one(service).await;
        }
        let named = json!({"person_id": staff["personId"]});
        let known = world.must(ADMINISTRATOR, "PeopleService/GetPerson", named).await;
        assert_eq!(known, staff, "identity reads on");
        let taken =
            json!({"login": "other", "display_name": "Other", "kind": "PRINCIPAL_KIND_PERSON", "email": STAFF_EMAIL});
        world.refused(ADMINISTRATOR, "PeopleService/CreatePerson", taken, "ALREADY_EXISTS").await;
        let seen = world.must(&hood.manager(), "IssueService/GetIssue", of_issue(&hood, &reported, json!({}))).await;
        assert!(seen.to_string().contains(EMAIL), "the manager reads on: {seen}");
        sealed_with(&world.house.database, &new).await;
    }
    world.house.halt().await;
}

/// What is sealed, of both services: the service, a query for the key ids or the sealed texts, which begin with them, and how many there are. Of
/// contacts these are the reporter's and the wish to follow of the same address.
const SEALED: [(&str, &str, usize); 3] = [
    ("issues", "SELECT key_id FROM reporter_contact", 2),
    ("identity", "SELECT email_sealed FROM person WHERE email_sealed IS NOT NULL", 1),
    ("identity", "SELECT seed FROM signing_key", 1),
];

/// Waits until all contact details, addresses and signing keys are sealed with the key.
async fn sealed_with(database: &TestDatabase, key: &str) {
    let key_id = key.split(':').next().unwrap_or_default();
    for (service, query, count) in SEALED {
        let tables = &database.look(service).await;
        waiting::until("everything sealed with the new key", PATIENCE, || async move {
            let ids: Vec<String> = texts(tables, query).await;
            let ids: Vec<&str> = ids.iter().map(|id| id.split('.').next().unwrap_or_default()).collect();
            if ids == vec![key_id; count] { Ok(()) } else { Err(format!("`{query}`: {ids:?}")) }
        })
        .await;
    }
}

/// Makes sure that nobody who looks at the tables and files, of identity as of all others, finds the address.
async fn must_lie_nowhere(world: &mut World<Town>, what: &str) {
    let rows = dump(&world.house.database, "identity").await.join("\n").to_lowercase();
    assert!(rows.contains("rosalind") || rows.contains("erased-"), "the person is in the tables: {rows}");
    assert!(!rows.contains(STAFF_EMAIL), "{what}: the address is in no table, but: {rows}");
    for seed in texts(&world.house.database.look("identity").await, "SELECT seed FROM signing_key").await {
        assert!(seed.starts_with("tests."), "{what}: signing keys lie sealed");
    }
    let look = async |database: &TestDatabase| {
        let files = files_with(database.folder(), STAFF_EMAIL.as_bytes());
        assert!(files.is_empty(), "{what}: the address is in no file, but in {files:?}");
    };
    world.house.restart(look).await;
    world.enter_again();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_looks_at_identitys_tables_and_files_finds_an_address() {
    for way in [Way::Http, Way::Grpc] {
        let mut world = Town::world(way).await;
        let create = "PeopleService/CreatePerson";
        let person = json!({"login": "rosalind", "display_name": "Rosalind", "kind": "PRINCIPAL_KIND_PERSON",
            "email": STAFF_EMAIL, "request_id": sample::ABSENT});
        let created = world.must(ADMINISTRATOR, create, person.clone()).await;
        assert_eq!(text(&created, "email"), STAFF_EMAIL, "{created}");
        assert_eq!(world.must(ADMINISTRATOR, create, person.clone()).await, created, "a repeat gets the same answer");
        let named = json!({"person_id": created["personId"]});
        let grant =
            json!({"grant": {"role": "ROLE_ADMINISTRATOR"}, "request_id": "01890a5d-ac96-774b-bcce-000000000002"});
        let granted = world.must(ADMINISTRATOR, "PeopleService/GrantRole", merged(named.clone(), grant)).await;
        assert_eq!(text(&granted, "email"), STAFF_EMAIL, "{granted}");

        let letters = Letters::of(&world.house);
        let ask = json!({"email": STAFF_EMAIL.to_uppercase()});
        world.must(PUBLIC, "SignInService/RequestSignInLink", ask.clone()).await;
        let link = json!({"link_token": letters.next(0).await.token()});
        world.must(PUBLIC, "SignInService/RedeemSignInLink", link).await;
        assert_eq!(letters.count(), 0, "a letter goes when its link is used");
        must_lie_nowhere(&mut world, "in use").await;

        world.must(PUBLIC, "SignInService/RequestSignInLink", ask).await;
        letters.next(0).await;
        let erase = merged(named, json!({"reason": "She left.", "request_id": "01890a5d-ac96-774b-bcce-000000000003"}));
        world.must(ADMINISTRATOR, "PeopleService/ErasePerson", erase).await;
        assert_eq!(letters.count(), 0, "letters go with the person");
        let repeated = world.must(ADMINISTRATOR, create, person).await;
        assert_eq!(
            (text(&repeated, "email"), text(&repeated, "displayName")),
            (String::new(), "Erased person".to_owned())
        );
        must_lie_nowhere(&mut world, "erased").await;
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_when_its_link_has_ended() {
    let mut world = Town::world(Way::Grpc).await;
    let person =
        json!({"login": "rosalind", "display_name": "Rosalind", "kind": "PRINCIPAL_KIND_PERSON", "email": STAFF_EMAIL});
    world.must(ADMINISTRATOR, "PeopleService/CreatePerson", person).await;
    world.must(PUBLIC, "SignInService/RequestSignInLink", json!({"email": STAFF_EMAIL})).await;
    let letters = Letters::of(&world.house);
    letters.next(0).await;
    world.pass_time(TimeDelta::minutes(16)).await;
    waiting::until("an empty outbox", PATIENCE, || {
        let left = letters.count();
        std::future::ready(if left == 0 { Ok(()) } else { Err(format!("{left} letters")) })
    })
    .await;
    world.house.stop().await;
}
