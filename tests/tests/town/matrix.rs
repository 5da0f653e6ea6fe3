//! Who may call what: every RPC as every role, in the own partnership, in another one and in none, over gRPC and over HTTP, compared
//! with `tests/authorisation.tsv`, which a reader can check. A new RPC without a row there fails.
//!
//! With `PATHFINDER_PRINT_MATRIX` set, the rows are printed as they were found.

#![allow(clippy::panic, reason = "a table that cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures::StreamExt as _;
use pathfinder_tests::authorisation::{self, Cell, Row};
use pathfinder_tests::cast::{self, CONTRACTOR, Cast, RESIDENT, ROLES};
use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::door::{Http, Refusal, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::sample::{self, ABSENT};
use pathfinder_tests::town::Town;
use pathfinder_tests::watch;
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};

/// How many calls are under way at once.
const AT_ONCE: usize = 16;

/// A running suite with two partnerships; everybody belongs to the first.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    other: Neighbourhood,
    other_person_id: String,
    issue_id: String,
    cast: Cast,
    rows: BTreeMap<String, Row>,
}

impl Scene {
    async fn set(way: Way) -> Self {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
        let issue_id = text(&reported["issue"], "issueId");
        let cast = Cast::of(&world, &hood, &issue_id).await;
        let other_person_id = other.manager_id.clone();
        let rows = authorisation::table();
        Self { world, hood, other, other_person_id, issue_id, cast, rows }
    }

    /// The messages with which a role calls: about its own, about another's, and about none; one where there is nothing to tell apart.
    fn messages(&self, rpc: &MethodDescriptor, role: &str) -> Vec<Value> {
        let made = |provider_id: &str| {
            sample::request(rpc, &|field| if field == "provider_id" { provider_id } else { ABSENT }.to_owned())
        };
        let nothing = made(ABSENT);
        if rpc.input().get_field_by_name("partnership_id").is_some() {
            let mut absent = nothing;
            // A feed of no partnership is that of all.
            if !contract::is_feed(rpc) {
                absent["partnership_id"] = json!(ABSENT);
            }
            return vec![
                self.hood.with(made(&self.hood.provider_id)),
                self.other.with(made(&self.other.provider_id)),
                absent,
            ];
        }
        let about_people = self.rows[&short_name(rpc)].holds(Cell::Oneself);
        if !about_people {
            return vec![nothing];
        }
        let own = self.cast.member(role).id.as_str();
        let own = if own.is_empty() { ABSENT } else { own };
        let about = |person_id: &str| {
            let mut message = nothing.clone();
            message["person_id"] = json!(person_id);
            message
        };
        vec![about(own), about(&self.other_person_id), about(ABSENT)]
    }

    async fn call(&self, rpc: &MethodDescriptor, role: &str, message: Value) -> Result<(), Refusal> {
        let token = self.cast.member(role).token.as_deref();
        if contract::is_feed(rpc) {
            return watch::open(&self.world, rpc, token, &message).await;
        }
        self.world.ask_with(rpc, token, message).await.map(drop)
    }

    /// The path of a form link.
    async fn form_link(&self) -> String {
        let issue =
            json!({"provider_id": self.hood.provider_id, "holder_name": "Quay Skips", "issue_id": self.issue_id});
        let made = self.world.must(&self.hood.manager(), "FormLinkService/CreateFormLink", self.hood.with(issue)).await;
        text(&made, "path")
    }

    /// What a role may do with an RPC, as it is found by calling it; with every answer that was not as it should be.
    async fn find(&self, rpc: &MethodDescriptor, role: &str) -> Found {
        let mut found = Found::default();
        for message in self.messages(rpc, role) {
            let answer = self.call(rpc, role, message).await;
            let told = answer.as_ref().map_or_else(|refusal| refusal.reason.clone(), |()| "OK".to_owned());
            match passed(role, answer, cast::is_meant_for_others(rpc, role)) {
                Ok(passed) => found.passed.push(passed),
                Err(fault) => found.faults.push(format!("{} by {role}: {fault}", short_name(rpc))),
            }
            found.told.push(told);
        }
        found
    }
}

/// What became of the calls of one cell.
#[derive(Debug, Default)]
struct Found {
    passed: Vec<bool>,
    told: Vec<String>,
    faults: Vec<String>,
}

impl Found {
    /// What the answers come to; `some` where only the call about one's own passed. None for what no word of the table says.
    fn cell(&self, some: Cell) -> Option<Cell> {
        match self.passed.as_slice() {
            [true] | [true, true, true] => Some(Cell::Open),
            [false] | [false, false, false] => Some(Cell::No),
            [true, false, false] => Some(some),
            _ => None,
        }
    }
}

/// Whether an answer got past the policy. A refusal by the policy has its reason, code and status, and names a role.
///
/// # Errors
///
/// What the answer should not be: also one to a token that is meant for other services.
fn passed(role: &str, answer: Result<(), Refusal>, meant_for_others: bool) -> Result<bool, String> {
    if meant_for_others {
        let is_told =
            |refusal: &Refusal| refusal.reason == "TOKEN_INVALID" && refusal.message.contains("other services");
        let kept_out = answer.as_ref().is_err_and(is_told);
        return if kept_out { Ok(false) } else { Err(format!("its token is not meant for this service: {answer:?}")) };
    }
    let Err(refusal) = answer else { return Ok(true) };
    let is_as_expected = match (refusal.reason.as_str(), refusal.status.as_str(), refusal.http) {
        ("TOKEN_REQUIRED", "UNAUTHENTICATED", None | Some(401)) => role == RESIDENT,
        ("ROLE_MISSING", "PERMISSION_DENIED", None | Some(403)) => role != RESIDENT && names_roles(&refusal),
        ("TOKEN_REQUIRED" | "ROLE_MISSING" | "TOKEN_INVALID" | "INVALID_REQUEST", _, _) => false,
        ("TOO_MANY_ATTEMPTS", _, _) => return Ok(true),
        (
            _,
            "INTERNAL" | "UNAVAILABLE" | "UNKNOWN" | "UNIMPLEMENTED" | "DEADLINE_EXCEEDED" | "RESOURCE_EXHAUSTED",
            _,
        ) => false,
        _ => return Ok(true),
    };
    if is_as_expected { Ok(false) } else { Err(format!("{refusal:?}")) }
}

fn names_roles(refusal: &Refusal) -> bool {
    let needed: Vec<&str> = refusal.variable("needed").split(", ").collect();
    needed.iter().all(|word| ROLES[1..].contains(word) || *word == "service") && refusal.message.contains(needed[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_every_role_may_do_what_the_table_says() {
    every_call(Way::Grpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_every_role_may_do_what_the_table_says() {
    every_call(Way::Http).await;
}

async fn every_call(way: Way) {
    let scene = Scene::set(way).await;
    let is_offered = |rpc: &MethodDescriptor| matches!(way, Way::Grpc) || contract::route(rpc).is_some();
    let rpcs: Vec<MethodDescriptor> = contract::rpcs().filter(is_offered).collect();
    let cells = rpcs.iter().flat_map(|rpc| ROLES.iter().map(move |role| (rpc, *role)));
    let calls = cells.map(async |(rpc, role)| (short_name(rpc), role, scene.find(rpc, role).await));
    let found: Vec<(String, &str, Found)> = futures::stream::iter(calls).buffered(AT_ONCE).collect().await;
    let cases: usize = found.iter().map(|(_, _, found)| found.told.len()).sum();
    let mut wrong = Vec::new();
    for (name, role, found) in &found {
        wrong.extend(found.faults.iter().cloned());
        let row = &scene.rows[name];
        let meant_for_others = cast::is_meant_for_others(&contract::rpc(name), role);
        let cell = if meant_for_others { Some(Cell::Elsewhere) } else { found.cell(some(row)) };
        if found.faults.is_empty() && cell != Some(row.cell(role)) {
            let (said, cell) = (row.cell(role).word(), cell.map_or("?", Cell::word));
            wrong.push(format!("{name} by {role}: the table says `{said}`, found `{cell}`: {:?}", found.told));
        }
    }
    print(&rpcs, &scene, &found, cases);
    assert!(
        wrong.is_empty(),
        "everyone may do what authorisation.tsv says; {} do not:\n  {}",
        wrong.len(),
        wrong.join("\n  ")
    );
    scene.world.house.stop().await;
}

/// What the gateway serves beside the calls of the contracts: the method, the route as it stands in the gateway's code, an address
/// of it, and the status of the answer to everybody; and to a contractor, whose token boards and identity do not take. None is kept
/// to roles: what a page does for its reader is a call of the contract.
const PAGES: [(&str, &str, &str, u16, u16); 34] = [
    ("GET", "/", "/", 200, 200),
    ("GET", "/reference", "/reference", 200, 200),
    ("GET", "/openapi.json", "/openapi.json", 200, 200),
    ("GET", "/assets/pathfinder.css", "/assets/pathfinder.css", 200, 200),
    ("GET", "/healthz", "/healthz", 200, 200),
    ("GET", "/readyz", "/readyz", 200, 200),
    ("POST", "/oauth2/token", "/oauth2/token", 400, 400),
    ("GET", "/open311/v2/{*rest}", "/open311/v2/services.json?jurisdiction_id=north-quay", 200, 403),
    ("GET", "/open311/v2/{*rest}", "/open311/v2/requests.json?jurisdiction_id=north-quay", 200, 403),
    ("POST", "/open311/v2/{*rest}", "/open311/v2/requests.json?jurisdiction_id=north-quay", 400, 403),
    ("GET", "/partnerships/{partnership_id}/report", "/partnerships/none/report", 404, 404),
    ("POST", "/partnerships/{partnership_id}/report", "/partnerships/none/report", 403, 403),
    ("GET", "/sign-in", "/sign-in", 200, 401),
    ("GET", "/sign-in/link", "/sign-in/link?token=none", 200, 200),
    ("GET", "/sign-in/openid/{provider}", "/sign-in/openid/none", 404, 401),
    ("GET", "/sign-in/openid/{provider}/return", "/sign-in/openid/none/return", 401, 401),
    ("POST", "/sign-in", "/sign-in", 403, 403),
    ("POST", "/sign-in/link", "/sign-in/link", 403, 403),
    ("POST", "/f/{token}", FORM_LINK, 403, 403),
    ("POST", "/follow/{partnership_id}/{issue_id}", NO_ISSUE, 403, 403),
    ("POST", "/follow/{partnership_id}/{issue_id}/confirm", "/follow/none/none/confirm", 403, 403),
    ("POST", "/follow/{partnership_id}/{issue_id}/stop", "/follow/none/none/stop", 403, 403),
    ("GET", "/partnerships/{partnership_id}/feed.atom", "/partnerships/none/feed.atom", 400, 400),
    ("GET", "/partnerships/{partnership_id}/you-said-we-did", "/partnerships/none/you-said-we-did", 400, 400),
    (
        "GET",
        "/partnerships/{partnership_id}/you-said-we-did/{response_entry_id}",
        "/partnerships/none/you-said-we-did/none",
        400,
        400,
    ),
    ("GET", "/partnerships/{partnership_id}/issues/{issue_id}", "/partnerships/none/issues/none", 400, 400),
    ("POST", "/sign-out", "/sign-out", 403, 403),
    ("GET", "/account", "/account", 303, 303),
    ("POST", "/account/sessions", "/account/sessions", 403, 403),
    ("GET", "/f/{token}", FORM_LINK, 200, 401),
    ("GET", "/follow/{partnership_id}/{issue_id}", NO_ISSUE, 400, 400),
    ("GET", "/follow/{partnership_id}/{issue_id}/confirm", "/follow/none/none/confirm?token=none", 200, 200),
    ("GET", "/follow/{partnership_id}/{issue_id}/stop", "/follow/none/none/stop?token=none", 200, 200),
    ("GET", "/nowhere", "/nowhere", 404, 404),
];
/// Stands for the path of a link that was made for the test.
const FORM_LINK: &str = "/f/";
const NO_ISSUE: &str = "/follow/00000000-0000-7000-8000-000000000000/00000000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_the_same_for_every_role() {
    let scene = Scene::set(Way::Http).await;
    let http = Http::at(&scene.world.house.gateway());
    let form_link = scene.form_link().await;
    let mut wrong = Vec::new();
    for (method, _, address, status, to_contractor) in PAGES {
        let address = if address == FORM_LINK { &form_link } else { address };
        for role in ROLES {
            let request = http.request(method.parse().expect("a method"), address);
            let token = scene.cast.member(role).token.as_deref();
            let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
            let found = request.send().await.expect("the gateway answers").status();
            let expected = if role == CONTRACTOR { to_contractor } else { status };
            if found != expected {
                wrong.push(format!("{method} {address} by {role} is answered {expected}, not {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "pages are kept to no role; not so:\n  {}", wrong.join("\n  "));
    scene.world.house.stop().await;
}

#[test]
fn every_page_of_the_gateway_is_tried() {
    let mut routes = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the gateway's code is there") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let code = std::fs::read_to_string(&path).expect("code is text");
            code.lines()
                .filter_map(|line| line.split_once(".route(\""))
                .for_each(|(_, rest)| gather(rest, &mut routes));
        }
    }
    let tried: BTreeSet<_> =
        PAGES.iter().map(|(method, route, ..)| ((*method).to_owned(), (*route).to_owned())).collect();
    let missing: Vec<_> = routes.difference(&tried).collect();
    assert!(routes.len() > 20 && missing.is_empty(), "every route stands in PAGES; these do not: {missing:?}");
}

/// The route that a line of code begins with, once for each of its methods. One that does not say which they are has both.
fn gather(line: &str, routes: &mut BTreeSet<(String, String)>) {
    let Some((route, handlers)) = line.split_once('"') else { return };
    let named = ["GET", "POST"].map(|method| handlers.contains(&format!("{}(", method.to_lowercase())));
    for (method, is_named) in ["GET", "POST"].into_iter().zip(named) {
        if is_named || named == [false, false] {
            routes.insert((method.to_owned(), route.to_owned()));
        }
    }
}

/// The word for what is allowed about one's own only.
fn some(row: &Row) -> Cell {
    if row.holds(Cell::Oneself) { Cell::Oneself } else { Cell::Own }
}

#[expect(clippy::print_stderr, reason = "the reader of the table wants it as it was found")]
fn print(rpcs: &[MethodDescriptor], scene: &Scene, found: &[(String, &str, Found)], cases: usize) {
    eprintln!("{cases} calls over {:?}", scene.world.way());
    if std::env::var_os("PATHFINDER_PRINT_MATRIX").is_none() {
        return;
    }
    for (rpc, cells) in rpcs.iter().zip(found.chunks(ROLES.len())) {
        let name = short_name(rpc);
        let some = some(&scene.rows[&name]);
        let words: Vec<&str> = cells.iter().map(|(_, _, found)| found.cell(some).map_or("?", Cell::word)).collect();
        eprintln!("{}\t{name}\t{}", contract::domain(rpc), words.join("\t"));
    }
}
