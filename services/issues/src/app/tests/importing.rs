//! Cases that come as a stream: in batches, answered as they are committed, as long as the caller may.

use std::pin::pin;

use chrono::TimeDelta;
use futures::stream;
use tokio::sync::mpsc;

use super::*;
use crate::app::import_stream::{Answered, ImportSummary, Sent};

const IMPORT: &str = "IssueService/ImportIssues";

type Answers = BoxStream<'static, Result<Answered, Failure>>;

fn row(line: i32) -> ImportRow {
    ImportRow {
        line,
        external_id: format!("case-{line}"),
        category_code: "graffiti".to_owned(),
        report_time: Some(start()),
        address: "12 High Street".to_owned(),
        ..ImportRow::default()
    }
}

fn sent(lines: std::ops::Range<i32>) -> Result<Sent, Failure> {
    Ok(Sent { partnership_id: HERE, rows: lines.map(row).collect() })
}

impl Fixture {
    fn import(&self, call: Call, all: Vec<Result<Sent, Failure>>) -> Answers {
        Arc::new(self.app.clone()).import_issues(call, stream::iter(all).boxed())
    }

    /// A stream into which a test sends what it will.
    fn open(&self, call: Call) -> (mpsc::Sender<Result<Sent, Failure>>, Answers) {
        let (sender, read) = mpsc::channel(8);
        let sent = stream::unfold(read, |mut read| async move { Some((read.recv().await?, read)) });
        (sender, Arc::new(self.app.clone()).import_issues(call, sent.boxed()))
    }
}

fn system(fixture: &Fixture) -> Call {
    fixture.call_to(IMPORT, Some(Role::System))
}

fn count_of(answered: &Result<Answered, Failure>) -> usize {
    match answered {
        Ok(Answered::Rows(report)) => report.outcomes.len(),
        Ok(Answered::Summary(_)) | Err(_) => 0,
    }
}

#[tokio::test]
async fn rows_are_written_in_batches_and_summed_up() {
    let fixture = Fixture::new().await;
    let all = vec![sent(0..300), sent(300..900), sent(890..1_001)];
    let answers: Vec<_> = fixture.import(system(&fixture), all).collect().await;
    let counts: Vec<usize> = answers.iter().map(count_of).collect();
    assert_eq!(counts, [500, 500, 11, 0]);
    let summary = ImportSummary { created: 1_001, unchanged: 10, refused: 0 };
    assert_eq!(answers.last().unwrap().as_ref().unwrap(), &Answered::Summary(summary));
    let again: Vec<_> = fixture.import(system(&fixture), vec![sent(0..10)]).collect().await;
    let summary = ImportSummary { created: 0, unchanged: 10, refused: 0 };
    assert_eq!(again.last().unwrap().as_ref().unwrap(), &Answered::Summary(summary), "the same again changes nothing");
}

#[tokio::test]
async fn what_came_before_a_fault_is_written() {
    let fixture = Fixture::new().await;
    let elsewhere = Sent { partnership_id: ARCHIVED, rows: vec![row(99)] };
    let broken = || Err(Failure::new(Reason::TooLarge, "Too large."));
    for (fault, expected) in [(Ok(elsewhere), Reason::InvalidRequest), (broken(), Reason::TooLarge)] {
        let answers: Vec<_> = fixture.import(system(&fixture), vec![sent(0..3), fault, sent(3..6)]).collect().await;
        assert_eq!(answers.iter().map(count_of).collect::<Vec<_>>(), [3, 0], "nothing after it is read");
        assert_eq!(answers.last().unwrap().as_ref().unwrap_err().reason(), expected);
    }
    let nothing: Vec<_> = fixture.import(system(&fixture), Vec::new()).collect().await;
    assert_eq!(nothing[0].as_ref().unwrap_err().reason(), Reason::InvalidRequest);
}

#[tokio::test]
async fn whoever_may_not_import_is_refused_before_anything_is_written() {
    let fixture = Fixture::new().await;
    for role in [Role::ProviderOfficer, Role::BoardMember, Role::AccountableBody] {
        let call = fixture.call_to(IMPORT, Some(role));
        let answers: Vec<_> = fixture.import(call, vec![sent(0..3)]).collect().await;
        assert_eq!(answers[0].as_ref().unwrap_err().reason(), Reason::RoleMissing, "{role:?}");
    }
    assert!(fixture.app.list_issues(&fixture.manager(), &all_of(HERE)).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn an_import_does_not_outlive_its_token_nor_its_callers_patience() {
    let fixture = Fixture::new().await;
    let mut call = system(&fixture);
    call.token_end = Some(start() + TimeDelta::minutes(5));
    let (sender, answers) = fixture.open(call);
    let mut answers = pin!(answers);
    sender.send(sent(0..3)).await.unwrap();
    assert_eq!(count_of(&answers.next().await.unwrap()), 3);
    fixture.clock.set(start() + TimeDelta::minutes(5));
    sender.send(sent(3..6)).await.unwrap();
    let refused = answers.next().await.unwrap().unwrap_err();
    assert_eq!(refused.reason(), Reason::TokenInvalid);
    assert!(answers.next().await.is_none(), "and nothing more");

    let (_sender, answers) = fixture.open(system(&fixture));
    let idle = pin!(answers).next().await.unwrap().unwrap_err();
    assert_eq!(idle.reason(), Reason::DeadlineExceeded, "who sends nothing gives the place back");
}

#[tokio::test]
async fn whoever_takes_no_answers_gives_the_place_back() {
    let fixture = Fixture::new().await;
    let (sender, answers) = fixture.open(system(&fixture));
    sender.send(sent(0..500)).await.unwrap();
    sender.send(sent(500..600)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(60), sender.closed()).await.expect("nothing is read any more");
    let answers: Vec<_> = answers.collect().await;
    assert_eq!(answers.iter().map(count_of).collect::<Vec<_>>(), [500, 0], "what was answered stands");
    assert_eq!(answers[1].as_ref().unwrap_err().reason(), Reason::DeadlineExceeded);
}

#[tokio::test]
async fn no_more_is_read_than_is_answered() {
    let fixture = Fixture::new().await;
    let (sender, answers) = fixture.open(system(&fixture));
    let mut answers = pin!(answers);
    for first in 0..8 {
        sender.try_send(sent(first * 500..(first + 1) * 500)).unwrap();
    }
    assert!(sender.try_send(sent(0..1)).is_err(), "as many wait as the channel holds");
    assert_eq!(count_of(&answers.next().await.unwrap()), 500);
    sender.try_send(sent(0..1)).unwrap();
    assert!(sender.try_send(sent(0..1)).is_err(), "one batch was answered, so one message was read");
    drop(sender);
    let rest: Vec<_> = answers.collect().await;
    assert_eq!(rest.iter().map(count_of).sum::<usize>(), 3_501);
}
