//! Bringing in existing cases as a stream, of any length: rows are gathered into batches as they come, and each batch is written in a
//! transaction of its own, the same as that of a single call ([`super::import`]), and answered once it is committed.
//!
//! No row is read before there is room for it, and none while an answer waits to be taken: so nothing grows with the stream. A caller that
//! sends nothing, or takes no answers, for too long gives its place back, which goes with the [`Call`]: so that an import runs by itself, since
//! whoever takes no answers asks for none either. Whoever leaves loses what was not answered, and sends it again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, Reason, Violation, retrying};
use pathfinder_terms::PartnershipId;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::App;
use super::import::{ImportReport, RowOutcome};
use crate::domain::import::ImportRow;

/// So many rows are written in one transaction.
const BATCH: usize = 500;
/// So long it is waited for more rows to a batch that is not full.
const LINGER: Duration = Duration::from_millis(20);
/// A caller that sends nothing, or takes no answer, for so long gives its place back.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 30_000 });
/// As long as nobody knows what it is about, a stream holds its place for so long.
const FIRST_PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });

/// Rows that came together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The rows, at least one.
    pub rows: Vec<ImportRow>,
}

/// What became of all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ImportSummary {
    /// How many were created.
    pub created: i64,
    /// How many were there.
    pub unchanged: i64,
    /// How many were refused.
    pub refused: i64,
}

impl ImportSummary {
    fn count(&mut self, report: &ImportReport) {
        for (_, _, outcome) in &report.outcomes {
            match outcome {
                RowOutcome::Created(..) => self.created += 1,
                RowOutcome::Unchanged(_) => self.unchanged += 1,
                RowOutcome::Refused(_) => self.refused += 1,
            }
        }
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    /// What became of some rows, which is committed.
    Rows(ImportReport),
    /// What became of all: the last.
    Summary(ImportSummary),
}

/// An import on its way.
struct Import {
    app: Arc<App>,
    call: Call,
    sent: BoxStream<'static, Result<Sent, Failure>>,
    /// The partnership that the first rows named.
    partnership_id: Option<PartnershipId>,
    /// Rows that wait to be written: fewer than two messages have.
    rows: VecDeque<ImportRow>,
    /// Why nothing more is read: all is sent, or what came is wrong. What came before it is written first.
    end: Option<Result<(), Failure>>,
    summary: ImportSummary,
}

impl App {
    /// Brings in existing cases as they come. Whether the caller may is asked when the first rows say where, and before each batch.
    ///
    /// The answers end with a summary, or with `ROLE_MISSING`, `NOT_FOUND` (the partnership), `PARTNERSHIP_ARCHIVED`, `INVALID_REQUEST`,
    /// `DEADLINE_EXCEEDED`, `TOKEN_INVALID`, `PEER_UNAVAILABLE`, or what `sent` fails with; what was answered before that stands.
    pub(crate) fn import_issues(
        self: Arc<Self>,
        call: Call,
        sent: BoxStream<'static, Result<Sent, Failure>>,
    ) -> BoxStream<'static, Result<Answered, Failure>> {
        let import = Import {
            app: self,
            call,
            sent,
            partnership_id: None,
            rows: VecDeque::new(),
            end: None,
            summary: ImportSummary::default(),
        };
        let (answers, taken) = mpsc::channel(1);
        tokio::spawn(import.run(answers).in_current_span());
        let take = |(mut taken, is_over): (mpsc::Receiver<_>, bool)| async move {
            if is_over {
                return None;
            }
            let answered = taken.recv().await.unwrap_or_else(|| Err(untaken()));
            let is_over = is_last(&answered);
            Some((answered, (taken, is_over)))
        };
        stream::unfold((taken, false), take).boxed()
    }
}

/// Whether nothing comes after it.
const fn is_last(answered: &Result<Answered, Failure>) -> bool {
    !matches!(answered, Ok(Answered::Rows(_)))
}

impl Import {
    /// Answers until all is answered, the caller leaves, or takes no answer any more.
    async fn run(mut self, answers: mpsc::Sender<Result<Answered, Failure>>) {
        let shutdown = self.app.host.shutdown().clone();
        loop {
            let room = tokio::select! {
                biased;
                room = tokio::time::timeout(PATIENCE, answers.reserve()) => room,
                () = shutdown.cancelled() => return,
            };
            let Ok(Ok(room)) = room else { return };
            let answered = tokio::select! {
                () = answers.closed() => return,
                answered = self.next() => answered,
            };
            let is_over = is_last(&answered);
            room.send(answered);
            if is_over {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Answered, Failure> {
        self.gather().await?;
        let Some(partnership_id) = self.partnership_id.filter(|_| !self.rows.is_empty()) else {
            return self.finish();
        };
        let count = self.rows.len().min(BATCH);
        let rows: Vec<ImportRow> = self.rows.drain(..count).collect();
        self.go_on(partnership_id)?;
        let (app, call) = (Arc::clone(&self.app), self.call.clone());
        let report = retrying(|| app.batch_import_issues(&call, partnership_id, &rows)).await?;
        self.summary.count(&report);
        Ok(Answered::Rows(report))
    }

    /// Nothing is left to write.
    fn finish(&mut self) -> Result<Answered, Failure> {
        if let Some(Err(failure)) = self.end.take() {
            return Err(failure);
        }
        if self.partnership_id.is_none() {
            return Err(Failure::invalid(vec![Violation::new("partnership_id", "is needed: nothing was sent")]));
        }
        Ok(Answered::Summary(self.summary))
    }

    /// Reads until a batch is full, or what there is has waited for long enough.
    async fn gather(&mut self) -> Result<(), Failure> {
        let shutdown = self.app.host.shutdown().clone();
        while self.rows.len() < BATCH && self.end.is_none() {
            let waits = !self.rows.is_empty();
            let patience = match self.partnership_id {
                _ if waits => LINGER,
                Some(_) => PATIENCE,
                None => FIRST_PATIENCE,
            };
            let next = tokio::select! {
                () = shutdown.cancelled() => return Err(stopping()),
                next = tokio::time::timeout(patience, self.sent.next()) => next,
            };
            match next {
                Err(_) if waits => return Ok(()),
                Err(_) => return Err(idle()),
                Ok(None) => self.end = Some(Ok(())),
                Ok(Some(Err(failure))) => self.end = Some(Err(failure)),
                Ok(Some(Ok(sent))) => self.take(sent),
            }
        }
        Ok(())
    }

    fn take(&mut self, sent: Sent) {
        let here = sent.partnership_id;
        let flaw = match self.partnership_id {
            None => self.call.permit(&Subject::within(Some(here))).err(),
            Some(first) if first != here => {
                let text = format!("must be the same in every message of a stream: {first}");
                Some(Failure::invalid(vec![Violation::new("partnership_id", text)]))
            }
            Some(_) => None,
        };
        if let Some(flaw) = flaw {
            self.end = Some(Err(flaw));
            return;
        }
        self.partnership_id = Some(here);
        self.rows.extend(sent.rows);
    }

    /// An import may take long: what holds now, at each batch, is what counts, and now is when its rows come in.
    fn go_on(&mut self, partnership_id: PartnershipId) -> Result<(), Failure> {
        let host = &self.app.host;
        if host.shutdown().is_cancelled() {
            return Err(stopping());
        }
        self.call.now = host.clock().now();
        if self.call.has_expired(self.call.now) {
            let message = "The token expired before all was taken; send what was not answered with a new one.";
            return Err(Failure::new(Reason::TokenInvalid, message));
        }
        self.call.permit(&Subject::within(Some(partnership_id)))
    }
}

fn stopping() -> Failure {
    Failure::new(Reason::PeerUnavailable, "The service is stopping; send again what was not answered.")
}

fn untaken() -> Failure {
    let message = "An answer was not taken for too long, or the service is stopping, so the stream was ended; send again what was not answered.";
    Failure::new(Reason::DeadlineExceeded, message)
}

fn idle() -> Failure {
    let message = "Nothing was sent for too long, so the stream was ended; open another for what was not answered.";
    Failure::new(Reason::DeadlineExceeded, message)
}
