//! Batches on their way: sent on a stream, answered in their order. A stream that breaks off is opened again, and what was not answered
//! on it is sent again: rows that were written and not answered are found unchanged.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream;
use pathfinder_proto::issues::v1::{ImportIssuesRequest, ImportIssuesResponse, ImportOutcome, ImportResult, ImportRow};
use tokio::sync::mpsc;
use tonic::{Request, Status, Streaming};

use super::IN_FLIGHT;
use super::sheet::{Batch, Rejected};
use crate::client::{Desk, Refused, ask};

/// How often in a row a stream is opened without an answer before the import gives up, with longer and longer pauses between.
const ATTEMPTS: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long an answer may take; the service writes a batch within a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// What became of each of its rows that was sent.
    pub(super) outcomes: Vec<ImportOutcome>,
    /// Every row that was refused, here or there, by line.
    pub(super) rejected: Vec<Rejected>,
    /// The codes of categories that were created since the batch before was done.
    pub(super) created_category_codes: Vec<String>,
    /// Where in the file it ends, in bytes.
    pub(super) end: u64,
}

/// A stream to the service.
struct Line {
    rows: mpsc::Sender<ImportIssuesRequest>,
    answers: Streaming<ImportIssuesResponse>,
}

/// Batches on their way to the service.
pub(super) struct Sending {
    desk: Desk,
    partnership_id: String,
    line: Option<Line>,
    /// What was sent and is not done, oldest first.
    unanswered: VecDeque<Batch>,
    /// What was answered of the first of these.
    outcomes: VecDeque<ImportOutcome>,
    created_category_codes: Vec<String>,
    /// How often in a row a stream broke off without an answer.
    failures: u32,
}

impl Sending {
    /// To a partnership, as somebody; nothing is sent yet.
    pub(super) const fn new(desk: Desk, partnership_id: String) -> Self {
        Self {
            desk,
            partnership_id,
            line: None,
            unanswered: VecDeque::new(),
            outcomes: VecDeque::new(),
            created_category_codes: Vec::new(),
            failures: 0,
        }
    }

    /// Whether another batch may be sent before one is done.
    pub(super) fn has_room(&self) -> bool {
        self.unanswered.len() < IN_FLIGHT
    }

    /// Sends a batch; call it only while there is room.
    pub(super) async fn send(&mut self, batch: Batch) {
        let rows = batch.rows.clone();
        self.unanswered.push_back(batch);
        let sent = match &self.line {
            Some(line) => pass(line, &self.partnership_id, rows).await,
            // It is sent with the others once there is a stream.
            None => true,
        };
        if !sent {
            self.line = None;
        }
    }

    /// Waits until the oldest batch is done; none where nothing is on its way.
    ///
    /// # Errors
    ///
    /// Why it was not taken.
    pub(super) async fn next(&mut self) -> Result<Option<Done>, String> {
        loop {
            let Some(count) = self.unanswered.front().map(|batch| batch.rows.len()) else { return Ok(None) };
            if self.outcomes.len() >= count {
                return Ok(self.finish_first(count));
            }
            match self.hear().await {
                Ok(answer) => {
                    self.failures = 0;
                    self.outcomes.extend(answer.outcomes);
                    self.created_category_codes.extend(answer.created_category_codes);
                }
                Err(refused) => self.break_off(&refused).await?,
            }
        }
    }

    fn finish_first(&mut self, count: usize) -> Option<Done> {
        let Batch { mut rejected, end, .. } = self.unanswered.pop_front()?;
        let outcomes: Vec<ImportOutcome> = self.outcomes.drain(..count).collect();
        for outcome in outcomes.iter().filter(|outcome| outcome.result() == ImportResult::Refused) {
            rejected.push(Rejected {
                line: u64::try_from(outcome.line).unwrap_or(0),
                external_id: outcome.external_id.clone(),
                reasons: outcome.reasons.clone(),
            });
        }
        rejected.sort_by_key(|row| row.line);
        let created_category_codes = std::mem::take(&mut self.created_category_codes);
        Some(Done { outcomes, rejected, created_category_codes, end })
    }

    /// The next answer, on a stream that is opened where there is none.
    async fn hear(&mut self) -> Result<ImportIssuesResponse, Refused> {
        let what = self.what();
        if self.line.is_none() {
            self.line = Some(self.open(&what).await?);
        }
        let Some(line) = &mut self.line else { return Err(cut_off(&what)) };
        match tokio::time::timeout(PATIENCE, line.answers.message()).await {
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Err(status)) => Err(Refused::new(what, &status)),
            Ok(Ok(None)) | Err(_) => Err(cut_off(&what)),
        }
    }

    /// Opens a stream, and sends all that is not answered.
    async fn open(&self, what: &str) -> Result<Line, Refused> {
        let (rows, read) = mpsc::channel(IN_FLIGHT);
        let messages = stream::unfold(read, |mut read| async move { Some((read.recv().await?, read)) });
        let answers = ask(what, self.desk.issues().import_issues(Request::new(messages))).await?;
        let line = Line { rows, answers };
        let mut answered = self.outcomes.len();
        for batch in &self.unanswered {
            let rows: Vec<ImportRow> = batch.rows.iter().skip(answered).cloned().collect();
            answered = answered.saturating_sub(batch.rows.len());
            if !pass(&line, &self.partnership_id, rows).await {
                return Err(cut_off(what));
            }
        }
        Ok(line)
    }

    /// Has the next answer come on another stream, if it may yet come.
    async fn break_off(&mut self, refused: &Refused) -> Result<(), String> {
        self.line = None;
        self.failures += 1;
        if !refused.may_pass() || self.failures >= ATTEMPTS {
            return Err(refused.to_string());
        }
        tracing::debug!(failures = self.failures, %refused, "trying again");
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(self.failures - 1)).await;
        Ok(())
    }

    /// What is being asked, in words.
    fn what(&self) -> String {
        let rows = || self.unanswered.iter().flat_map(|batch| &batch.rows);
        let first = rows().nth(self.outcomes.len()).map_or(0, |row| row.line);
        let last = rows().last().map_or(0, |row| row.line);
        format!("lines {first} to {last} were not taken")
    }
}

/// Sends rows, if there are any; answers whether the stream is still there.
async fn pass(line: &Line, partnership_id: &str, rows: Vec<ImportRow>) -> bool {
    if rows.is_empty() {
        return true;
    }
    line.rows.send(ImportIssuesRequest { partnership_id: partnership_id.to_owned(), rows }).await.is_ok()
}

fn cut_off(what: &str) -> Refused {
    Refused::new(what, &Status::unavailable("the stream broke off"))
}

#[cfg(test)]
mod tests {
    use pathfinder_kit::config::PeerAddresses;

    use super::*;
    use crate::client::Lines;

    fn outcome(line: i32, result: ImportResult) -> ImportOutcome {
        ImportOutcome { line, result: result.into(), reasons: vec!["no".to_owned()], ..Default::default() }
    }

    #[tokio::test]
    async fn a_batch_is_done_when_each_of_its_rows_is_answered() {
        let nowhere = || "http://127.0.0.1:1".parse().expect("an address");
        let (boards, commitments, issues, identity) = (nowhere(), nowhere(), nowhere(), nowhere());
        let desk = Lines::to(&PeerAddresses { boards, commitments, issues, identity, tls: None }).anonymous();
        let mut sending = Sending::new(desk, String::new());
        assert!(sending.has_room() && sending.next().await.unwrap().is_none(), "nothing is on its way");
        let here = Rejected { line: 9, external_id: String::new(), reasons: Vec::new() };
        let rows = vec![ImportRow { line: 7, ..Default::default() }, ImportRow { line: 8, ..Default::default() }];
        sending.send(Batch { rows, rejected: vec![here], end: 100 }).await;
        sending.send(Batch { end: 120, ..Batch::default() }).await;
        sending.outcomes.push_back(outcome(7, ImportResult::Created));
        assert_eq!(sending.what(), "lines 8 to 8 were not taken");
        sending.outcomes.push_back(outcome(8, ImportResult::Refused));
        let done = sending.next().await.unwrap().expect("the first batch is done");
        let refused: Vec<u64> = done.rejected.iter().map(|row| row.line).collect();
        assert_eq!((done.outcomes.len(), refused, done.end), (2, vec![8, 9], 100));
        let empty = sending.next().await.unwrap().expect("a batch without rows is done at once");
        assert_eq!((empty.outcomes.len(), empty.end), (0, 120));
    }
}
