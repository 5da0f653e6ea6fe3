//! Services killed without a warning while others write to them and follow their feeds: what was acknowledged is there once, every event
//! is told once and in order, and what the followers keep agrees with its source in the end.
//!
//! `PATHFINDER_TEST_ROUNDS` says how often to kill, `PATHFINDER_TEST_SEED` repeats a run's chance.

#![allow(clippy::panic, reason = "a write that is never acknowledged fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use pathfinder_tests::chance::{rounds, seeded};
use pathfinder_tests::contract;
use pathfinder_tests::door::{Door, Grpc, Http, Refusal, Way};
use pathfinder_tests::events::{cursor, open, read};
use pathfinder_tests::fault::{Updates, mend, spoil};
use pathfinder_tests::following::{Kept, SERVICES, caught_up, events};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, text};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Uuid;

const WRITERS: usize = 4;
/// What each writer does between two kills: an issue, an action that answers it, a commitment that answers the action.
const STEPS: usize = 2;
const FEW: usize = 4;

/// Somebody who can write whether or not a service is away just then.
#[derive(Clone)]
struct Hand {
    door: Arc<dyn Door>,
    tokens: Arc<BTreeMap<String, String>>,
}

impl Hand {
    async fn of(world: &World<Processes>, hood: &Neighbourhood, way: Way) -> Self {
        let door: Arc<dyn Door> = match way {
            Way::Http => Arc::new(Http::at(&world.house.gateway())),
            Way::Grpc => Arc::new(Grpc::at(&world.house.services())),
        };
        let mut tokens = BTreeMap::new();
        for who in [hood.manager(), hood.chair(), hood.officer(), hood.system()] {
            let token = world.token(&who).await.expect("somebody known has a token");
            tokens.insert(who, token);
        }
        Self { door, tokens: Arc::new(tokens) }
    }

    /// Asks again and again, with the same request id, until there is an answer.
    async fn insist(&self, who: &str, rpc: &str, message: &Value) -> Value {
        waiting::until(&format!("the answer to {rpc}"), PATIENCE, || async {
            let token = self.tokens.get(who).map(String::as_str);
            let answer = self.door.ask(&contract::rpc(rpc), token, message.clone()).await;
            answer.map_err(|refusal| {
                assert!(is_outage(&refusal), "{rpc} fails for no reason but a service that is away: {refusal:?}");
                format!("{refusal:?}")
            })
        })
        .await
    }
}

/// Whether a refusal says that something does not answer. Over gRPC the caller's own library says so, without a reason.
fn is_outage(refusal: &Refusal) -> bool {
    let told = ["PEER_UNAVAILABLE", "DEADLINE_EXCEEDED", "DATABASE_UNAVAILABLE"].contains(&refusal.reason.as_str());
    told || (refusal.reason.is_empty() && refusal.http.is_none())
}

/// What is written, and the list that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Issue,
    LateIssue,
    Action,
    Commitment,
}

impl Kind {
    const fn rpc(self) -> &'static str {
        match self {
            Self::Issue | Self::LateIssue => "IssueService/ReportIssue",
            Self::Action => "ActionService/RaiseAction",
            Self::Commitment => "CommitmentService/OfferCommitment",
        }
    }

    fn id_of(self, answer: &Value) -> String {
        match self {
            Self::Issue | Self::LateIssue => text(&answer["issue"], "issueId"),
            Self::Action => text(answer, "actionId"),
            Self::Commitment => text(answer, "commitmentId"),
        }
    }
}

/// One write that was acknowledged.
#[derive(Debug, Clone)]
struct Write {
    kind: Kind,
    who: String,
    message: Value,
    id: String,
    /// What it answers: an action its issue, a commitment its action.
    answers: String,
}

/// Writes, one thing after the other.
struct Writer {
    hand: Hand,
    hood: Neighbourhood,
    random: StdRng,
    report_time: String,
    start_date: String,
    end_date: String,
    written: Arc<AtomicUsize>,
    writes: Vec<Write>,
}

impl Writer {
    async fn work(mut self, steps: usize) -> Vec<Write> {
        for step in 0..steps {
            let issue = if step % 2 == 0 { self.report().await } else { self.report_late().await };
            let action = self.raise(&issue).await;
            self.offer(&action).await;
        }
        self.writes
    }

    async fn write(&mut self, kind: Kind, who: String, mut message: Value, answers: &str) -> String {
        message["request_id"] = json!(Uuid::from_u128(self.random.random()));
        let answer = self.hand.insist(&who, kind.rpc(), &message).await;
        let id = kind.id_of(&answer);
        self.writes.push(Write { kind, who, message, id: id.clone(), answers: answers.to_owned() });
        self.written.fetch_add(1, Ordering::Relaxed);
        id
    }

    async fn report(&mut self) -> String {
        let report = self.hood.report("Mattresses");
        self.write(Kind::Issue, PUBLIC.to_owned(), report, "").await
    }

    /// Reports what has waited too long already, so that the board gets notice of it.
    async fn report_late(&mut self) -> String {
        let mut report = self.hood.report("A fridge");
        report["report_time"] = json!(self.report_time);
        self.write(Kind::LateIssue, self.hood.system(), report, "").await
    }

    async fn raise(&mut self, issue_id: &str) -> String {
        let action = action(&self.hood, issue_id);
        self.write(Kind::Action, self.hood.manager(), action, issue_id).await
    }

    async fn offer(&mut self, action_id: &str) {
        let terms = json!({
            "text": "The lane is clear on every inspection.", "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 95.0,
            "unit": "percent", "direction": "DIRECTION_INCREASE", "start_date": self.start_date, "end_date": self.end_date,
            "baseline": {"value": 40.0, "value_date": self.start_date, "source": "Inspections"},
            "reporting_frequency": "REPORTING_FREQUENCY_AT_END", "owner": "Head of Street Scene",
        });
        let offer = json!({"provider_id": self.hood.provider_id, "action_id": action_id, "terms": terms});
        self.write(Kind::Commitment, self.hood.officer(), self.hood.with(offer), action_id).await;
    }
}

/// An action of the partnership's own that answers an issue.
fn action(hood: &Neighbourhood, issue_id: &str) -> Value {
    hood.with(json!({
        "title": "Clear the lane", "origin": "ACTION_ORIGIN_BREACH", "issue_ids": [issue_id], "owner_organisation": "Us",
        "due_date": "2099-12-31",
    }))
}

/// A moment that nobody chose.
async fn some_moment(random: &mut StdRng, most: u64) {
    tokio::time::sleep(Duration::from_millis(random.random_range(0..most))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_however_often_services_are_killed() {
    let mut random = seeded();
    let mut world = Processes::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let rounds = rounds(FEW);
    let written = Arc::new(AtomicUsize::new(0));
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let way = if number % 2 == 0 { Way::Http } else { Way::Grpc };
        let writer = Writer {
            hand: Hand::of(&world, &hood, way).await,
            hood: hood.clone(),
            random: StdRng::seed_from_u64(random.random()),
            report_time: world.time_in(TimeDelta::days(-30)),
            start_date: world.date_in(0),
            end_date: world.date_in(300),
            written: Arc::clone(&written),
            writes: Vec::new(),
        };
        writers.push(tokio::spawn(writer.work(STEPS * (rounds + 1))));
    }
    kill_and_start(&mut world.house, &mut random, rounds, &written).await;
    let mut writes = Vec::new();
    for writer in writers {
        writes.extend(writer.await.expect("a writer comes to its end"));
    }
    must_be_repeatable(&world, &hood, &writes).await;
    must_be_there_once(&world, &hood, &writes).await;
    must_be_told_once(&world, &writes).await;
    must_have_reached_the_followers(&world, &hood, &writes).await;
    world.house.halt().await;
}

/// Kills the services, each in its turn by chance, at moments of chance while the writers go on, and starts them again.
async fn kill_and_start(house: &mut Processes, random: &mut StdRng, rounds: usize, written: &AtomicUsize) {
    let share = WRITERS * STEPS * 3;
    let mut turns = Vec::new();
    for round in 1..=rounds {
        if turns.is_empty() {
            turns.extend(SERVICES);
            turns.shuffle(random);
        }
        let mark = (round - 1) * share + random.random_range(1..share);
        waiting::until(&format!("{mark} writes"), PATIENCE, || {
            let count = written.load(Ordering::Relaxed);
            std::future::ready(if count >= mark { Ok(()) } else { Err(count.to_string()) })
        })
        .await;
        let service = turns.pop().expect("somebody's turn");
        some_moment(random, 20).await;
        house.kill_one(service);
        some_moment(random, 200).await;
        house.start_one(service).await;
    }
}

/// Every request, sent once more, is answered with what it was answered before.
async fn must_be_repeatable(world: &World<Processes>, hood: &Neighbourhood, writes: &[Write]) {
    let hand = Hand::of(world, hood, Way::Http).await;
    for some in writes.chunks(WRITERS) {
        let answers =
            join_all(some.iter().map(|write| hand.insist(&write.who, write.kind.rpc(), &write.message))).await;
        for (write, answer) in some.iter().zip(&answers) {
            assert_eq!(write.kind.id_of(answer), write.id, "a repeat is answered as the first time: {write:?}");
        }
    }
}

/// The ids of what was written, in order.
fn written(writes: &[Write], kinds: &[Kind]) -> Vec<String> {
    let mut ids: Vec<String> =
        writes.iter().filter(|write| kinds.contains(&write.kind)).map(|write| write.id.clone()).collect();
    ids.sort_unstable();
    ids
}

async fn listed(world: &World<Processes>, who: &str, rpc: &str, message: Value, rows: &str, id: &str) -> Vec<String> {
    let rows = world.list(who, rpc, message, rows).await;
    let mut ids: Vec<String> = rows.iter().map(|row| text(row, id)).collect();
    ids.sort_unstable();
    ids
}

async fn must_be_there_once(world: &World<Processes>, hood: &Neighbourhood, writes: &[Write]) {
    let lists = [
        ("IssueService/ListIssues", "issues", "issueId", &[Kind::Issue, Kind::LateIssue][..]),
        ("ActionService/ListActions", "actions", "actionId", &[Kind::Action]),
        ("CommitmentService/ListCommitments", "commitments", "commitmentId", &[Kind::Commitment]),
    ];
    for (rpc, rows, id, kinds) in lists {
        let there = listed(world, &hood.manager(), rpc, hood.with(json!({})), rows, id).await;
        assert_eq!(there, written(writes, kinds), "{rpc}: what was acknowledged is there, once, and nothing else");
    }
}

/// The feeds have every event once, at positions that rise by one, and one event for each write.
async fn must_be_told_once(world: &World<Processes>, writes: &[Write]) {
    let heads = caught_up(&world.house.database).await;
    let kinds = [
        ("issues", "issue.reported", &[Kind::Issue, Kind::LateIssue][..]),
        ("boards", "action.raised", &[Kind::Action]),
        ("commitments", "commitment.changed", &[Kind::Commitment]),
    ];
    for (service, kind, written_kinds) in kinds {
        let told = read(open(world, ADMINISTRATOR, service, &[]).await, heads[service]).await;
        let cursors: Vec<String> = told.iter().map(cursor).collect();
        let risen: Vec<String> = (1..=heads[service]).map(|position| format!("{service}-{position}")).collect();
        assert_eq!(cursors, risen, "the positions of {service} rise one by one");
        let ids: BTreeSet<String> = told.iter().map(|event| text(&event["meta"], "eventId")).collect();
        assert_eq!(ids.len(), told.len(), "no event of {service} is told twice");
        let of_kind = told.iter().filter(|event| event["meta"]["kind"] == kind);
        let mut subjects: Vec<String> = of_kind.map(|event| text(&event["meta"], "subjectId")).collect();
        subjects.sort_unstable();
        assert_eq!(subjects, written(writes, written_kinds), "{service} tells of each write once");
    }
}

async fn must_have_reached_the_followers(world: &World<Processes>, hood: &Neighbourhood, writes: &[Write]) {
    for write in writes.iter().filter(|write| write.kind == Kind::Action) {
        let issue = hood.with(json!({"issue_id": write.answers}));
        let issue = world.must(PUBLIC, "IssueService/GetIssue", issue).await;
        assert_eq!(issue["actionIds"], json!([write.id]), "issues knows the action that answers an issue: {issue}");
    }
    for write in writes.iter().filter(|write| write.kind == Kind::Commitment) {
        let action = hood.with(json!({"action_id": write.answers}));
        let action = world.must(PUBLIC, "ActionService/GetAction", action).await;
        let known: Vec<String> = action["commitments"].as_array().into_iter().flatten().map(commitment_id).collect();
        assert_eq!(known, [write.id.as_str()], "boards knows the commitment that answers an action: {action}");
    }
    // An issue that was routed while commitments was away gets its clock later, by a timer.
    let lists = [
        ("StandardService/ListStandardCases", "cases", &[Kind::Issue, Kind::LateIssue][..]),
        ("BreachNoticeService/ListBreachNotices", "breachNotices", &[Kind::LateIssue]),
    ];
    for (rpc, rows, kinds) in lists {
        let mut message = hood.with(json!({}));
        if rpc.starts_with("Standard") {
            message["standard_id"] = json!(hood.standard_id);
        }
        let wanted = written(writes, kinds);
        let manager = hood.manager();
        waiting::until(&format!("{} rows of {rpc}, and no others", wanted.len()), PATIENCE, || async {
            let there = listed(world, &manager, rpc, message.clone(), rows, "issueId").await;
            if there == wanted { Ok(()) } else { Err(format!("{there:?} of {wanted:?}")) }
        })
        .await;
    }
}

fn commitment_id(known: &Value) -> String {
    text(known, "commitmentId")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_and_not_yet_told_when_its_service_is_killed_is_told_once_after_the_start() {
    let mut world = Processes::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let heads = caught_up(&world.house.database).await;
    let issues = world.house.database.look("issues").await;
    let boards = world.house.database.look("boards").await;
    // From now on nothing gets a position: whoever is killed is killed between commit and publication.
    for tables in [&issues, &boards] {
        spoil(tables, "outbox_event", Some("position"), Updates::Fail).await;
    }
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue_id = text(&reported["issue"], "issueId");
    let raised = world.must(&hood.manager(), "ActionService/RaiseAction", action(&hood, &issue_id)).await;
    for service in ["issues", "boards"] {
        world.house.kill_one(service);
    }
    let mut waited = Vec::new();
    for (service, tables) in [("issues", &issues), ("boards", &boards)] {
        let behind = events(tables).await.split_off(heads[service]);
        assert!(!behind.is_empty(), "{service} committed what it acknowledged");
        assert!(behind.iter().all(|event| event.position.is_none()), "{service} told of nothing yet: {behind:?}");
        waited.push((service, behind));
        mend(tables, "outbox_event").await;
    }
    for service in ["issues", "boards"] {
        world.house.start_one(service).await;
    }
    let heads_after = caught_up(&world.house.database).await;
    for (service, behind) in waited {
        assert_eq!(heads_after[service], heads[service] + behind.len(), "{service} tells of that and no more");
        must_follow(&world, service, heads[service], &behind).await;
    }
    let issue = world.must(PUBLIC, "IssueService/GetIssue", hood.with(json!({"issue_id": issue_id}))).await;
    assert_eq!(issue["actionIds"], json!([raised["actionId"]]), "issues heard of the action: {issue}");
    let cases = hood.with(json!({"standard_id": hood.standard_id}));
    let cases = listed(&world, &hood.manager(), "StandardService/ListStandardCases", cases, "cases", "issueId").await;
    assert_eq!(cases, [issue_id], "commitments heard of the issue");
    world.house.halt().await;
}

/// The feed goes on behind `head` with these events, in the order in which they were committed.
async fn must_follow(world: &World<Processes>, service: &str, head: usize, behind: &[Kept]) {
    let after = format!("{service}-{head}");
    let told = read(open(world, ADMINISTRATOR, service, &[("after", &after)]).await, behind.len()).await;
    let told: Vec<(String, String)> =
        told.iter().map(|event| (cursor(event), text(&event["meta"], "eventId"))).collect();
    let place = |(index, event): (usize, &Kept)| (format!("{service}-{}", head + 1 + index), event.event_id.clone());
    let wanted: Vec<(String, String)> = behind.iter().enumerate().map(place).collect();
    assert_eq!(told, wanted, "what {service} committed is told in that order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_is_killed_tells_every_reporter_of_every_action_once() {
    let mut random = seeded();
    let mut world = Processes::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let hand = Hand::of(&world, &hood, Way::Grpc).await;
    let mut followed = Vec::new();
    for _ in 0..rounds(FEW) {
        let (mut actions, mut completing) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
            let action = action(&hood, &text(&reported["issue"], "issueId"));
            let action = world.must(&hood.manager(), "ActionService/RaiseAction", action).await;
            let action_id = text(&action, "actionId");
            completing.push(tokio::spawn(complete(hand.clone(), hood.clone(), action_id.clone())));
            actions.push((reported, action_id));
        }
        // Boards goes on telling, and issues has what it missed to catch up with when it is killed the next time.
        some_moment(&mut random, 150).await;
        world.house.kill_one("issues");
        for action in completing {
            action.await.expect("an action is completed without issues");
        }
        world.house.start_one("issues").await;
        some_moment(&mut random, 50).await;
        world.house.kill_one("issues");
        world.house.start_one("issues").await;
        followed.extend(actions);
    }
    caught_up(&world.house.database).await;
    for (reported, action_id) in followed {
        let followed = json!({"issue_id": reported["issue"]["issueId"], "follow_token": reported["followToken"]});
        let notices = world.list(PUBLIC, "IssueService/ListNotices", hood.with(followed), "notices").await;
        let told: Vec<String> =
            notices.iter().filter(|notice| notice["kind"] == "action.completed").map(action_id_of).collect();
        assert_eq!(told, [action_id], "who reported an issue is told of its action, once: {notices:?}");
    }
    world.house.halt().await;
}

fn action_id_of(notice: &Value) -> String {
    text(notice, "actionId")
}

/// Sees an action through to its end, all of it in boards.
async fn complete(hand: Hand, hood: Neighbourhood, action_id: String) {
    let (manager, chair) = (hood.manager(), hood.chair());
    let steps = [
        (&manager, "ActionService/AgreeAction", json!({})),
        (&manager, "ActionService/AcceptAction", json!({})),
        (&manager, "ActionService/StartAction", json!({})),
        (&manager, "ActionService/SubmitActionForVerification", json!({"closing_note": "It is done."})),
        (&chair, "ActionService/VerifyAction", json!({"accepted": true, "feedback_note": "The lane is clear."})),
    ];
    for (who, rpc, mut fields) in steps {
        fields["action_id"] = json!(action_id);
        hand.insist(who, rpc, &hood.with(fields)).await;
    }
}
