//! Bringing in many cases as a stream: each good row once, each wrong one named, however often the stream breaks.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_tests::council::Issues;
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, World};
use serde_json::json;
use tokio::sync::mpsc;
use tonic::{Code, Streaming};

const ROWS: i32 = 20_000;
/// One row of so many is wrong.
const WRONG_EACH: i32 = 100;
/// Rows to a message: no divisor of what the service writes at once.
const MESSAGE: usize = 73;

type Answers = Streaming<pb::ImportIssuesResponse>;

fn is_wrong(line: i32) -> bool {
    line % WRONG_EACH == 7
}

/// A row of a line; of the wrong ones, some break rules of the contract and some those of cases.
fn row(line: i32) -> pb::ImportRow {
    let right = pb::ImportRow {
        line,
        external_id: format!("case-{line}"),
        category_code: format!("kind-{}", line % 7),
        report_time: Some(prost_types::Timestamp { seconds: 1_400_000_000 + i64::from(line), nanos: 0 }),
        latitude: Some(51.5),
        longitude: Some(-0.1),
        ..Default::default()
    };
    match (is_wrong(line), line % (2 * WRONG_EACH) == 7) {
        (false, _) => right,
        (true, true) => pb::ImportRow { address: "x".repeat(1_001), category_code: "No Code".to_owned(), ..right },
        (true, false) => pb::ImportRow { report_time: None, longitude: None, ..right },
    }
}

fn fields_of(line: i32) -> BTreeSet<&'static str> {
    let broken = line % (2 * WRONG_EACH) == 7;
    if broken { ["address", "category_code"].into() } else { ["report_time", "longitude"].into() }
}

async fn issues_of(world: &World<Town>, hood: &Neighbourhood) -> Issues {
    let token = world.token(&hood.system()).await.expect("a council's machine has a token");
    Issues::at(&world.house.services(), &token, &hood.partnership_id)
}

/// Sends all rows, as fast as they are taken, until nobody reads any more.
fn send_all(sender: mpsc::Sender<Vec<pb::ImportRow>>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let lines: Vec<i32> = (1..=ROWS).collect();
        for some in lines.chunks(MESSAGE) {
            if sender.send(some.iter().map(|line| row(*line)).collect()).await.is_err() {
                return;
            }
        }
    })
}

/// What was answered by line, until `enough` rows are; and the summary, if it came to that.
async fn read(answers: &mut Answers, enough: usize) -> (BTreeMap<i32, pb::ImportOutcome>, Option<pb::ImportSummary>) {
    let mut told = BTreeMap::new();
    let mut summary = None;
    while told.len() < enough {
        let Some(answer) = answers.next().await else { break };
        let answer = answer.unwrap_or_else(|status| panic!("rows are answered: {status:?}"));
        assert!(answer.outcomes.len() <= 500, "no answer is larger than a batch");
        for outcome in answer.outcomes {
            let next = told.last_key_value().map_or(1, |(line, _)| *line + 1);
            assert_eq!(outcome.line, next, "rows are answered in their order");
            told.insert(outcome.line, outcome);
        }
        summary = answer.summary;
    }
    (told, summary)
}

fn lines_of(told: &BTreeMap<i32, pb::ImportOutcome>, result: pb::ImportResult) -> BTreeSet<i32> {
    told.values().filter(|outcome| outcome.result() == result).map(|outcome| outcome.line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_broke_is_sent_again_without_harm() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let mut issues = issues_of(&world, &hood).await;

    let (sender, mut answers) = issues.open_import().await;
    let sending = send_all(sender);
    let (first, summary) = read(&mut answers, 8_000).await;
    assert_eq!(summary, None, "it is not over");
    // In the middle, with rows on their way and perhaps a batch in work.
    drop(answers);
    sending.await.expect("the sender ends");

    let (sender, mut answers) = issues.open_import().await;
    let sending = send_all(sender);
    let (second, summary) = read(&mut answers, usize::MAX).await;
    sending.await.expect("the sender ends");
    let wrong: BTreeSet<i32> = (1..=ROWS).filter(|line| is_wrong(*line)).collect();
    let (created, unchanged) =
        (lines_of(&second, pb::ImportResult::Created), lines_of(&second, pb::ImportResult::Unchanged));
    assert_eq!(lines_of(&second, pb::ImportResult::Refused), wrong, "each wrong row is named, and no other");
    assert_eq!(created.len() + unchanged.len() + wrong.len(), second.len());
    let answered_first = lines_of(&first, pb::ImportResult::Created);
    assert!(answered_first.len() > 7_000 && answered_first.is_subset(&unchanged), "what was answered is there");
    let count = |lines: &BTreeSet<i32>| i64::try_from(lines.len()).expect("a number of rows");
    let expected = pb::ImportSummary {
        created_count: count(&created),
        unchanged_count: count(&unchanged),
        refused_count: count(&wrong),
    };
    assert_eq!(summary, Some(expected), "the last message counts them");
    for line in wrong {
        let outcome = &second[&line];
        let fields: BTreeSet<&str> = outcome.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, fields_of(line), "all that is wrong with line {line}: {outcome:?}");
        assert_eq!(outcome.external_id, format!("case-{line}"), "by the sender's own id");
    }
    let all = issues.all().await;
    let expected: BTreeSet<String> =
        (1..=ROWS).filter(|line| !is_wrong(*line)).map(|line| format!("case-{line}")).collect();
    assert_eq!(all.into_keys().collect::<BTreeSet<_>>(), expected, "each good row is there once");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_stream_ends_it_and_nothing_before() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
    let mut issues = issues_of(&world, &hood).await;
    let (sender, mut answers) = issues.open_import().await;
    sender.send(vec![row(1)]).await.expect("it is read");
    let (told, _) = read(&mut answers, 1).await;
    assert_eq!(lines_of(&told, pb::ImportResult::Created), BTreeSet::from([1]));
    // A message without rows is wrong, and what came before it stands.
    sender.send(Vec::new()).await.expect("it is read");
    let refused = answers.next().await.expect("an answer").expect_err("a message has rows");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(issues.all().await.len(), 1);

    let token = world.token(&hood.system()).await.expect("a token");
    let mut elsewhere = Issues::at(&world.house.services(), &token, &other.partnership_id);
    let (sender, mut answers) = elsewhere.open_import().await;
    sender.send(vec![row(1)]).await.expect("it is read");
    let refused = answers.next().await.expect("an answer").expect_err("a role here is none there");
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");

    let message = hood.with(json!({"rows": [{"line": 2, "external_id": "case-2"}]}));
    let rows = world.must(&hood.manager(), "IssueService/ImportIssues", message).await;
    let answers = rows["rows"].as_array().cloned().unwrap_or_default();
    assert_eq!(answers.len(), 2, "the row, and the summary: {rows}");
    assert_eq!(answers[1]["summary"]["refusedCount"], "1", "{rows}");
    world.house.stop().await;
}
