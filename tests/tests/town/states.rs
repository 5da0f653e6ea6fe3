//! A walk over every state of an issue and every move: what the domain allows happens, and leaves the steps of history, the events and the
//! audit entries that are listed here, and no others; all else is refused with the moves that are allowed, and leaves nothing.
//!
//! What is expected stands in the tables at the head, to be held against the rules: no row of them comes from the code under test. A move
//! that is new gets a row in [`MOVES`], and one in each of the others in which it does more than most.

use std::collections::BTreeSet;

use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::{Value, json};

/// Where an issue can stand, but for `reported`, which it has left when the report is answered.
const STATES: [&str; 13] = [
    "awaiting_moderation",
    "triaged",
    "routed",
    "accepted",
    "in_progress",
    "on_hold",
    "resolved",
    "closed",
    "duplicate",
    "not_responsible",
    "no_action",
    "withdrawn",
    "reopened",
];
/// From where each move starts, the kind of step that it leaves in the history, and where that step ends. A report is held back by rule
/// alone.
const MOVES: [(&str, &[&str], &str, &str); 18] = [
    ("hold_back", &["reopened"], "issue.held_back", "awaiting_moderation"),
    ("triage", &["awaiting_moderation"], "issue.triaged", "triaged"),
    ("route", &["triaged", "routed", "accepted", "not_responsible", "reopened"], "issue.routed", "routed"),
    ("accept", &["routed"], "issue.accepted", "accepted"),
    ("refuse", &["routed", "accepted"], "issue.refused", "not_responsible"),
    ("start_work", &["accepted"], "issue.work_started", "in_progress"),
    ("hold", &["in_progress"], "issue.held", "on_hold"),
    ("resume", &["on_hold"], "issue.resumed", "in_progress"),
    ("resolve", &["in_progress"], "issue.resolved", "resolved"),
    ("close", &["resolved"], "issue.closed", "closed"),
    ("close_without_action", UNFINISHED, "issue.no_action", "no_action"),
    ("mark_duplicate", UNFINISHED, "issue.duplicate", "duplicate"),
    ("withdraw", UNFINISHED, "issue.withdrawn", "withdrawn"),
    ("dispute", DISPUTABLE, "issue.disputed", "reopened"),
    ("unmark_duplicate", &["duplicate"], "issue.unmarked", "reopened"),
    // Of an issue whose closing was disputed.
    ("uphold", UPHELD, "issue.closing_upheld", "closed"),
    // To a category that is another provider's; what waits to be read waits on.
    ("recategorise", &["awaiting_moderation"], "issue.recategorised", "awaiting_moderation"),
    ("recategorise", READ, "issue.recategorised", "triaged"),
];
/// The moves after whose own step a rule of the service routes the issue, and where that step ends: what is open again goes back to the
/// provider that is known, what was sorted anew goes to the one that answers for its category.
const GOES_ON: [(&str, &str); 3] =
    [("dispute", "reopened"), ("unmark_duplicate", "reopened"), ("recategorise", "triaged")];
/// What the feed tells of a move from some states, beside that the issue is in another state, with another provider or of another category.
const TOLD_BESIDE: [(&str, &[&str], &str); 10] = [
    // The clock stops.
    ("resolve", &["in_progress"], "issue.clock_changed"),
    ("close_without_action", UNFINISHED, "issue.clock_changed"),
    ("mark_duplicate", UNFINISHED, "issue.clock_changed"),
    ("withdraw", UNFINISHED, "issue.clock_changed"),
    ("uphold", UPHELD, "issue.clock_changed"),
    // It goes on.
    ("dispute", DISPUTABLE, "issue.clock_changed"),
    ("unmark_duplicate", &["duplicate"], "issue.clock_changed"),
    // The standard of the provider before, which a refusal leaves standing, gives way to nothing: the other provider has none.
    ("route", PLEDGED, "issue.clock_changed"),
    ("recategorise", PLEDGED, "issue.clock_changed"),
    // A resident says whether it is fixed.
    ("dispute", DISPUTABLE, "issue.confirmed"),
];
/// The step that a move from some states leaves at the issue which is, or was, repeated. Nobody else is told of it.
const AT_THE_FIRST: [(&str, &[&str], &str); 3] = [
    ("mark_duplicate", UNFINISHED, "issue.joined"),
    ("dispute", &["duplicate"], "issue.parted"),
    ("unmark_duplicate", &["duplicate"], "issue.parted"),
];
const UNFINISHED: &[&str] =
    &["awaiting_moderation", "triaged", "routed", "accepted", "in_progress", "on_hold", "not_responsible", "reopened"];
const READ: &[&str] = &["triaged", "routed", "accepted", "in_progress", "on_hold", "not_responsible", "reopened"];
const DISPUTABLE: &[&str] = &["resolved", "closed", "no_action", "duplicate"];
const UPHELD: &[&str] = &["reopened", "routed", "accepted", "in_progress", "on_hold"];
/// The open states in which the walk has the issue measured against the first provider's standard.
const PLEDGED: &[&str] = &["routed", "accepted", "in_progress", "on_hold", "not_responsible"];
/// A category that no rule sends anywhere.
const UNROUTED: &str = "something-else";
/// A category of the other provider's.
const OTHERS: &str = "drains";
/// The states in which nobody is answerable. Only a provider's own people refuse, and each of them has the role for their provider: here
/// there is nobody who could ask and be told of the state. Which moves these states allow is told with the others that they forbid.
const NOBODYS: [&str; 4] = ["awaiting_moderation", "triaged", "not_responsible", "reopened"];
/// As whom the service keeps what a rule did.
const RULE: &str = "issues";

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    tables: DatabaseConnection,
    other_provider_id: String,
    /// An issue that others can be the same as.
    first_id: String,
}

/// An issue that was brought into a state.
struct Case {
    issue_id: String,
    follow_token: String,
}

/// A row of what an issue left behind.
type Row = [String; 4];

/// What an issue left behind, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Traces {
    /// In its history: the kind, the state before, the state after, whose deed it was.
    steps: Vec<Row>,
    /// On the feed: the kind, the state before where it is told, the state after, whose deed it was.
    events: Vec<Row>,
    /// In the audit trail: the kind, who called what, and the kind of the event that it is kept with, if any.
    entries: Vec<Row>,
}

impl Traces {
    /// What came after; all that was there before must be there still.
    fn since(&self, before: &Self) -> Self {
        Self {
            steps: added(&self.steps, &before.steps),
            events: added(&self.events, &before.events),
            entries: added(&self.entries, &before.entries),
        }
    }
}

fn added(rows: &[Row], before: &[Row]) -> Vec<Row> {
    assert!(rows.starts_with(before), "what was there stays as it was: {before:#?}, then {rows:#?}");
    rows[before.len()..].to_vec()
}

fn row(cells: [&str; 4]) -> Row {
    cells.map(str::to_owned)
}

/// What an event tells of the issue: the kind, the state before where it is told, the state after, whose deed it was.
fn told(issue_id: &str, [kind, payload, actor_id]: [String; 3]) -> Row {
    let payload: Value = serde_json::from_str(&payload).expect("an event is kept as JSON");
    // An event that tells the issue alone has its fields at the top.
    let issue = payload.get("issue").unwrap_or(&payload);
    assert_eq!(text(issue, "issue_id"), issue_id, "{kind} is about the issue: {payload}");
    [kind, text(&payload, "from_state"), text(issue, "state"), actor_id]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_happens_with_its_traces_and_all_else_is_refused_with_what_is_allowed() {
    let scene = Scene::set().await;
    let called: BTreeSet<&str> = MOVES.iter().map(|(by, ..)| *by).filter(|by| scene.rpc(by).is_some()).collect();
    for state in STATES {
        for by in &called {
            let case = scene.brought_into(state).await;
            match MOVES.iter().find(|(with, from, ..)| with == by && from.contains(&state)) {
                Some(&(_, _, kind, to)) => scene.happens(&case, state, by, (kind, to)).await,
                None => scene.is_refused(&case, state, by).await,
            }
        }
    }
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_that_nobody_disputed_is_not_upheld() {
    let scene = Scene::set().await;
    let fresh = scene.reported(scene.hood.report("a sofa")).await;
    let rpc = "IssueService/UpholdClosing";
    let message = scene.about(&fresh, json!({"reason": "It was right."}));
    scene.world.refused(&scene.hood.manager(), rpc, message, "CLOSING_NOT_DISPUTED").await;
    scene.world.house.stop().await;
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Grpc).await;
        let hood = Neighbourhood::found(&world, "mill", "MIL").await;
        let category = hood.with(json!({"code": UNROUTED, "name": "Something else"}));
        world.must(&hood.manager(), "CategoryService/CreateCategory", category).await;
        let other_provider_id = hood.add_provider(&world, "Parks").await;
        hood.add_category(&world, OTHERS, "Drains", &other_provider_id).await;
        let tables = world.house.database.look("issues").await;
        let mut scene = Self { world, hood, tables, other_provider_id, first_id: String::new() };
        scene.first_id = scene.reported(scene.hood.report("the first")).await.issue_id;
        scene
    }

    async fn reported(&self, report: Value) -> Case {
        let answer = self.world.must(PUBLIC, "IssueService/ReportIssue", report).await;
        Case { issue_id: text(&answer["issue"], "issueId"), follow_token: text(&answer, "followToken") }
    }

    fn about(&self, case: &Case, fields: Value) -> Value {
        merged(self.hood.with(json!({"issue_id": case.issue_id})), fields)
    }

    /// The call for a move, who makes it, and what it says beside the issue.
    fn rpc(&self, by: &str) -> Option<(&'static str, String, Value)> {
        let manager = || self.hood.manager();
        let because = || json!({"reason": "So it is."});
        Some(match by {
            "triage" => ("TriageIssue", manager(), json!({"description": "Fit to read."})),
            "route" => ("RouteIssue", manager(), json!({"provider_id": self.other_provider_id})),
            "accept" => ("AcceptIssue", manager(), json!({})),
            "refuse" => ("RefuseIssue", self.hood.officer(), because()),
            "start_work" => ("StartIssueWork", manager(), json!({})),
            "hold" => ("HoldIssue", manager(), because()),
            "resume" => ("ResumeIssue", manager(), json!({})),
            "resolve" => ("ResolveIssue", manager(), because()),
            "close" => ("CloseIssue", manager(), because()),
            "close_without_action" => ("CloseIssueWithoutAction", manager(), because()),
            "mark_duplicate" => ("MarkIssueDuplicate", manager(), json!({"duplicate_of": self.first_id})),
            "withdraw" => ("WithdrawIssue", PUBLIC.to_owned(), json!({})),
            "dispute" => ("DisputeResolution", PUBLIC.to_owned(), because()),
            "unmark_duplicate" => ("UnmarkIssueDuplicate", manager(), json!({})),
            "uphold" => ("UpholdClosing", manager(), because()),
            "recategorise" => {
                let moved = json!({"category_code": OTHERS, "reason": "So it is."});
                ("RecategoriseIssue", manager(), moved)
            }
            _ => return None,
        })
    }

    async fn make(&self, case: &Case, by: &str) -> Result<Value, pathfinder_tests::door::Refusal> {
        let (_, who, fields) = self.called_for(by);
        let message = self.about(case, fields);
        let message = match by {
            "withdraw" | "dispute" => merged(message, json!({"follow_token": case.follow_token})),
            _ => message,
        };
        self.world.ask(&who, &self.method(by), message).await
    }

    fn called_for(&self, by: &str) -> (&'static str, String, Value) {
        self.rpc(by).expect("a move that is called for")
    }

    /// The call for a move, as the contracts and the audit trail name it.
    fn method(&self, by: &str) -> String {
        let service = if by == "unmark_duplicate" { "DuplicateService" } else { "IssueService" };
        format!("{service}/{}", self.called_for(by).0)
    }

    /// The id of whoever makes a move.
    fn caller(&self, by: &str) -> &str {
        match self.called_for(by).1 {
            who if who == PUBLIC => "anonymous",
            who if who == self.hood.officer() => &self.hood.officer_id,
            who => {
                assert_eq!(who, self.hood.manager(), "nobody else moves an issue here");
                &self.hood.manager_id
            }
        }
    }

    /// Where a closing can be upheld, one was disputed on the way.
    async fn brought_into(&self, state: &str) -> Case {
        let again = ["start_work", "resolve", "dispute"];
        let (report, moves): (Value, Vec<&str>) = match state {
            "awaiting_moderation" => (self.unrouted("Somebody has a gun"), vec![]),
            "triaged" => (self.unrouted("A bench"), vec![]),
            "reopened" => (self.unrouted("A bench"), vec!["close_without_action", "dispute"]),
            _ => (self.hood.report("a sofa"), vec!["accept"]),
        };
        let case = self.reported(report).await;
        let rest: Vec<&str> = match state {
            "routed" => again.to_vec(),
            "accepted" => [again.as_slice(), &["accept"]].concat(),
            "in_progress" => [again.as_slice(), &["accept", "start_work"]].concat(),
            "on_hold" => [again.as_slice(), &["accept", "start_work", "hold"]].concat(),
            "resolved" => vec!["start_work", "resolve"],
            "closed" => vec!["start_work", "resolve", "close"],
            "duplicate" => vec!["mark_duplicate"],
            "not_responsible" => vec!["refuse"],
            "no_action" => vec!["close_without_action"],
            "withdrawn" => vec!["withdraw"],
            _ => vec![],
        };
        for by in moves.into_iter().chain(rest) {
            let made = self.make(&case, by).await;
            assert!(made.is_ok(), "on the way to {state}: {by}: {made:?}");
        }
        assert_eq!(self.state_of(&case).await, state, "the way leads there");
        case
    }

    fn unrouted(&self, description: &str) -> Value {
        let sort = json!({"category_code": UNROUTED, "title": "", "description": description});
        merged(self.hood.report(""), sort)
    }

    async fn state_of(&self, case: &Case) -> String {
        let issue = self.world.must(&self.hood.manager(), "IssueService/GetIssue", self.about(case, json!({}))).await;
        text(&issue, "state").trim_start_matches("ISSUE_STATE_").to_lowercase()
    }

    async fn happens(&self, case: &Case, state: &str, by: &str, step: (&str, &str)) {
        let before = self.traces(case).await;
        let made = self.make(case, by).await;
        assert!(made.is_ok(), "{by} from {state} is allowed: {made:?}");
        assert_eq!(self.state_of(case).await, end_of(by, step.1), "{by} from {state}");
        let after = self.traces(case).await;
        assert_eq!(after.0.since(&before.0), self.left_at_the_issue(by, state, step), "{by} from {state}: the issue");
        assert_eq!(after.1.since(&before.1), self.left_at_the_first(by, state), "{by} from {state}: the first one");
    }

    /// What a move leaves at the issue: each event with one audit entry, which is the caller's.
    fn left_at_the_issue(&self, by: &str, state: &str, (kind, to): (&str, &str)) -> Traces {
        let (caller, method, end) = (self.caller(by), self.method(by), end_of(by, to));
        let mut steps = vec![row([kind, state, to, caller])];
        if end != to {
            steps.push(row(["issue.routed", to, end, RULE]));
        }
        let mut events = vec![row(["issue.state_changed", state, end, caller])];
        let beside = TOLD_BESIDE.iter().filter(|(with, from, _)| *with == by && from.contains(&state));
        events.extend(beside.map(|&(_, _, kind)| row([kind, "", end, caller])));
        let kinds = events.iter().map(|event| event[0].as_str());
        let entries = kinds.map(|kind| row([kind, caller, method.as_str(), kind])).collect();
        Traces { steps, events, entries }
    }

    /// What a move leaves at the issue that was reported first, which stays where it is.
    fn left_at_the_first(&self, by: &str, state: &str) -> Traces {
        let found = AT_THE_FIRST.iter().find(|(with, from, _)| *with == by && from.contains(&state));
        let Some(&(_, _, kind)) = found else { return Traces::default() };
        let (caller, method) = (self.caller(by), self.method(by));
        let steps = vec![row([kind, "routed", "routed", caller])];
        Traces { steps, events: Vec::new(), entries: vec![row([kind, caller, method.as_str(), ""])] }
    }

    async fn is_refused(&self, case: &Case, state: &str, by: &str) {
        let before = self.traces(case).await;
        let refusal = self.make(case, by).await.expect_err(&format!("{by} from {state} is not allowed"));
        if by == "refuse" && NOBODYS.contains(&state) {
            assert_eq!(refusal.reason, "ROLE_MISSING", "{by} from {state}: {refusal:?}");
            let needed = "provider_officer, provider_signatory, provider_contractor";
            assert_eq!(refusal.variable("needed"), needed, "{by} from {state}: {refusal:?}");
        } else {
            assert_eq!(refusal.reason, "STATE_FORBIDS", "{by} from {state}: {refusal:?}");
            let told = refusal.variable("allowed");
            let told: BTreeSet<&str> = told.split(", ").filter(|word| !word.is_empty()).collect();
            let allowed = MOVES.iter().filter(|(_, from, ..)| from.contains(&state)).map(|(by, ..)| *by);
            assert_eq!(told, allowed.collect(), "{by} from {state} names what is allowed");
        }
        assert_eq!(self.traces(case).await, before, "{by} from {state} leaves nothing");
        assert_eq!(self.state_of(case).await, state, "{by} from {state} changes nothing");
    }

    /// What the issue left behind, and what the one did that was reported first.
    async fn traces(&self, case: &Case) -> (Traces, Traces) {
        (self.traces_of(&case.issue_id).await, self.traces_of(&self.first_id).await)
    }

    async fn traces_of(&self, issue_id: &str) -> Traces {
        let steps = "SELECT kind, from_state, to_state, actor_id FROM issue_history WHERE issue_id = $1 ORDER BY id";
        let events = "SELECT kind, payload, actor_id FROM outbox_event WHERE subject_id = $1 ORDER BY seq";
        let entries = "SELECT audit_entry.kind, audit_entry.actor_id, audit_entry.method, COALESCE(outbox_event.kind, '') \
            FROM audit_entry LEFT JOIN outbox_event ON outbox_event.event_id = audit_entry.event_id \
            WHERE audit_entry.subject_id = $1 ORDER BY audit_entry.event_id";
        let events = self.rows(events, issue_id).await.into_iter().map(|event| told(issue_id, event)).collect();
        Traces { steps: self.rows(steps, issue_id).await, events, entries: self.rows(entries, issue_id).await }
    }

    /// Rows of texts about an issue.
    async fn rows<const N: usize>(&self, sql: &str, issue_id: &str) -> Vec<[String; N]> {
        let id: uuid::Uuid = issue_id.parse().expect("an id");
        let statement = Statement::from_sql_and_values(self.tables.get_database_backend(), sql, [id.into()]);
        let rows = self.tables.query_all_raw(statement).await.expect("the tables can be read");
        rows.iter().map(|row| std::array::from_fn(|index| row.try_get_by_index(index).expect("a text"))).collect()
    }
}

/// Where an issue stands after a move whose own step ends in a state.
fn end_of<'a>(by: &str, to: &'a str) -> &'a str {
    if GOES_ON.contains(&(by, to)) { "routed" } else { to }
}
