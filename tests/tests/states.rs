//! A walk over every state of an issue and every move: what the domain allows happens, and leaves a step of history, an event and an
//! audit entry; all else is refused with the moves that are allowed, and leaves nothing.

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
/// From where each move starts and where it ends. A report is held back by rule alone.
const MOVES: [(&str, &[&str], &str); 17] = [
    ("hold_back", &["reopened"], "awaiting_moderation"),
    ("triage", &["awaiting_moderation"], "triaged"),
    ("route", &["triaged", "routed", "accepted", "not_responsible", "reopened"], "routed"),
    ("accept", &["routed"], "accepted"),
    ("refuse", &["routed", "accepted"], "not_responsible"),
    ("start_work", &["accepted"], "in_progress"),
    ("hold", &["in_progress"], "on_hold"),
    ("resume", &["on_hold"], "in_progress"),
    ("resolve", &["in_progress"], "resolved"),
    ("close", &["resolved"], "closed"),
    ("close_without_action", UNFINISHED, "no_action"),
    ("mark_duplicate", UNFINISHED, "duplicate"),
    ("withdraw", UNFINISHED, "withdrawn"),
    ("dispute", &["resolved", "closed", "no_action", "duplicate"], "reopened"),
    ("unmark_duplicate", &["duplicate"], "reopened"),
    // Of an issue whose closing was disputed.
    ("uphold", &["reopened", "routed", "accepted", "in_progress", "on_hold"], "closed"),
    // To a category that is another provider's; what waits to be read waits on.
    ("recategorise", UNFINISHED, "routed"),
];
const UNFINISHED: &[&str] =
    &["awaiting_moderation", "triaged", "routed", "accepted", "in_progress", "on_hold", "not_responsible", "reopened"];
/// A category that no rule sends anywhere.
const UNROUTED: &str = "something-else";
/// A category of the other provider's.
const OTHERS: &str = "drains";
/// The states in which nobody is answerable, so that no provider's officer may say anything.
const NOBODYS: [&str; 4] = ["awaiting_moderation", "triaged", "not_responsible", "reopened"];

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

/// What an issue left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Traces {
    steps: i64,
    events: i64,
    entries: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_happens_with_its_traces_and_all_else_is_refused_with_what_is_allowed() {
    let scene = Scene::set().await;
    for state in STATES {
        for (by, from, to) in MOVES.iter().filter(|(by, _, _)| scene.rpc(by).is_some()) {
            let case = scene.brought_into(state).await;
            if from.contains(&state) {
                scene.happens(&case, state, by, to).await;
            } else {
                scene.is_refused(&case, state, by).await;
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
        let (rpc, who, fields) = self.rpc(by).expect("a move that is called for");
        let message = self.about(case, fields);
        let message = match by {
            "withdraw" | "dispute" => merged(message, json!({"follow_token": case.follow_token})),
            _ => message,
        };
        let service = if by == "unmark_duplicate" { "DuplicateService" } else { "IssueService" };
        self.world.ask(&who, &format!("{service}/{rpc}"), message).await
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

    async fn happens(&self, case: &Case, state: &str, by: &str, to: &str) {
        let before = self.traces(case).await;
        let made = self.make(case, by).await;
        assert!(made.is_ok(), "{by} from {state} is allowed: {made:?}");
        // What is open again goes back to the provider that is known.
        let to = if to == "reopened" { "routed" } else { to };
        let waits_on = by == "recategorise" && state == "awaiting_moderation";
        let to = if waits_on { state } else { to };
        assert_eq!(self.state_of(case).await, to, "{by} from {state}");
        let after = self.traces(case).await;
        assert!(after.steps > before.steps, "{by} from {state} is a step of history: {before:?}, {after:?}");
        assert!(after.events > before.events, "{by} from {state} is told on the feed: {before:?}, {after:?}");
        assert!(after.entries > before.entries, "{by} from {state} is in the audit trail: {before:?}, {after:?}");
    }

    async fn is_refused(&self, case: &Case, state: &str, by: &str) {
        let before = self.traces(case).await;
        let refusal = self.make(case, by).await.expect_err(&format!("{by} from {state} is not allowed"));
        if by == "refuse" && NOBODYS.contains(&state) {
            assert_eq!(refusal.reason, "ROLE_MISSING", "{by} from {state}: {refusal:?}");
        } else {
            assert_eq!(refusal.reason, "STATE_FORBIDS", "{by} from {state}: {refusal:?}");
            let told = refusal.variable("allowed");
            let told: BTreeSet<&str> = told.split(", ").filter(|word| !word.is_empty()).collect();
            let allowed = MOVES.iter().filter(|(_, from, _)| from.contains(&state)).map(|(by, _, _)| *by);
            assert_eq!(told, allowed.collect(), "{by} from {state} names what is allowed");
        }
        assert_eq!(self.traces(case).await, before, "{by} from {state} leaves nothing");
        assert_eq!(self.state_of(case).await, state, "{by} from {state} changes nothing");
    }

    async fn traces(&self, case: &Case) -> Traces {
        let sql = "SELECT (SELECT COUNT(*) FROM issue_history WHERE issue_id = $1) AS steps, \
            (SELECT COUNT(*) FROM outbox_event JOIN audit_entry ON audit_entry.event_id = outbox_event.event_id \
             WHERE audit_entry.subject_id = $1) AS events, \
            (SELECT COUNT(*) FROM audit_entry WHERE subject_id = $1) AS entries";
        let id: uuid::Uuid = case.issue_id.parse().expect("an id");
        let statement = Statement::from_sql_and_values(self.tables.get_database_backend(), sql, [id.into()]);
        let row = self.tables.query_one_raw(statement).await.expect("the tables can be read").expect("a row");
        let count = |name: &str| row.try_get("", name).expect("a number");
        Traces { steps: count("steps"), events: count("events"), entries: count("entries") }
    }
}
