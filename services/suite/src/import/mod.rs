//! Brings a council's existing cases into a running suite, over gRPC, as a stream with a few batches in flight.
//!
//! [`prepare`] finds out whether it can be done at all, with every problem at once and nothing written; [`Prepared::run`] does it. The
//! file is read as it goes and never whole. A case is recognised by its id, so the same file may be brought in any number of times.

mod sending;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;

use pathfinder_kit::Failure;
use pathfinder_proto::boards::v1::{ListPartnershipsRequest, Partnership};
use pathfinder_proto::identity::v1::GetCallerRequest;
use pathfinder_proto::issues::v1::ImportResult;
use tokio::sync::mpsc;

use self::sending::{Done, Sending};
use self::sheet::{Batch, Sheet};
use crate::client::{Desk, Lines, ask, reachable, within};
use crate::config::Config;
use crate::demo::cast::ADMINISTRATOR;

pub use self::sheet::Rejected;

/// Batches on their way at once: one that the service writes, one that it checks, one that waits.
const IN_FLIGHT: usize = 3;
/// How many kinds of note the summary tells apart.
const NOTE_KINDS: usize = 20;
const SLUGS_SHOWN: i32 = 20;

/// What is to be brought in, and where to.
#[derive(Debug, Clone)]
pub struct Order {
    /// The CSV file.
    pub file: PathBuf,
    /// The slug of the partnership.
    pub partnership: String,
    /// The token to do it with; none for the administrator's, made from the data of the suite.
    pub token: Option<String>,
}

/// What the import tells while it runs.
pub trait Watch {
    /// The file was read and brought in so far, in bytes of all its bytes.
    fn advanced(&mut self, bytes: u64, of: u64, so_far: &Summary);
    /// A row was refused. Rows come in the order of their lines.
    fn refused(&mut self, row: &Rejected);
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Issues that are there now and were not before.
    pub created: u64,
    /// Rows whose issue was there before.
    pub unchanged: u64,
    /// Rows that were not brought in.
    pub refused: u64,
    /// Categories that were created along with them.
    pub created_categories: BTreeSet<String>,
    /// What is odd about rows that were kept: the note, how many rows have it, and the first one's line.
    pub notes: BTreeMap<String, (u64, i32)>,
}

impl Summary {
    /// All rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.created + self.unchanged + self.refused
    }
}

/// Why nothing could be brought in. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub Vec<String>);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing was imported:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Unfit {}

/// The import broke off on the way.
#[derive(Debug)]
pub struct BrokenOff {
    /// What had become of the rows by then.
    pub so_far: Summary,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.so_far.rows() == 0 {
            return Unfit(vec![self.why.clone()]).fmt(f);
        }
        write!(
            f,
            "the import broke off: {}\nRun the same command again: rows that are there already are left unchanged.",
            self.why
        )
    }
}

impl std::error::Error for BrokenOff {}

/// An import that can begin.
#[derive(Debug)]
pub struct Prepared {
    sheet: Sheet<File>,
    size: u64,
    desk: Desk,
    partnership_id: String,
}

/// Finds out whether the import can be done.
///
/// # Errors
///
/// Every problem: of the file and its header, of the token, of the partnership.
pub async fn prepare(config: &Config, order: &Order) -> Result<Prepared, Unfit> {
    let mut problems = Vec::new();
    let sheet = sheet::open(&order.file).map_err(|found| problems.extend(found)).ok();
    let lines =
        config.peers(config.grpc).map(|peers| Lines::to(&peers)).map_err(|failure| Unfit(vec![failure.to_string()]))?;
    let partnership = find_partnership(config, &lines.anonymous(), &order.partnership).await;
    let partnership = partnership.map_err(|problem| problems.push(problem)).ok();
    let desk = desk(config, order, &lines)
        .await
        .map_err(|failure| problems.push(format!("there is no token: {failure}")))
        .ok();
    if let (Some(_), Some(desk)) = (&partnership, &desk) {
        let known = ask("the token is not taken", desk.tokens().get_caller(within(GetCallerRequest {}))).await;
        problems.extend(known.err().map(|refused| refused.to_string()));
    }
    match (sheet, partnership, desk) {
        (Some((sheet, size)), Some(partnership_id), Some(desk)) if problems.is_empty() => {
            Ok(Prepared { sheet, size, desk, partnership_id })
        }
        _ => Err(Unfit(problems)),
    }
}

async fn desk(config: &Config, order: &Order, lines: &Lines) -> Result<Desk, Failure> {
    match &order.token {
        Some(token) => lines.with_token(token),
        None => lines.with_token(&crate::token(config, ADMINISTRATOR).await?),
    }
}

async fn find_partnership(config: &Config, anyone: &Desk, slug: &str) -> Result<String, String> {
    // Slugs hold letters, digits and hyphens; anything else would only break the filter.
    let is_sound = slug.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let filter = format!("slug = \"{slug}\"");
    let found = if is_sound { partnerships(config, anyone, filter, 1).await?.pop() } else { None };
    if let Some(partnership) = found {
        return Ok(partnership.partnership_id);
    }
    let there = partnerships(config, anyone, String::new(), SLUGS_SHOWN).await?;
    let slugs: Vec<String> = there.into_iter().map(|partnership| partnership.slug).collect();
    let there =
        if slugs.is_empty() { "there is none yet".to_owned() } else { format!("there are: {}", slugs.join(", ")) };
    Err(format!("no partnership has the slug `{slug}`; {there}"))
}

async fn partnerships(
    config: &Config,
    anyone: &Desk,
    filter: String,
    page_size: i32,
) -> Result<Vec<Partnership>, String> {
    let request = ListPartnershipsRequest { page_size, filter, ..Default::default() };
    match ask("find the partnership", anyone.partnerships().list_partnerships(within(request))).await {
        Ok(answer) => Ok(answer.partnerships),
        Err(refused) if refused.may_pass() => {
            let address = reachable(config.grpc[0]);
            Err(format!(
                "no suite answers at {address} ({}); start one, or say where it is with --listen and --port-base",
                refused.why
            ))
        }
        Err(refused) => Err(refused.to_string()),
    }
}

impl Prepared {
    /// Columns of the file that are not known and not looked at.
    #[must_use]
    pub fn ignored_columns(&self) -> &[String] {
        &self.sheet.ignored
    }

    /// Brings the file in.
    ///
    /// # Errors
    ///
    /// When the file cannot be read on, or the service refuses a batch or stays away; with what was done by then.
    pub async fn run(self, watch: &mut dyn Watch) -> Result<Summary, BrokenOff> {
        let Self { sheet, size, desk, partnership_id } = self;
        let mut batches = read_in_background(sheet);
        let mut sending = Sending::new(desk, partnership_id);
        let mut summary = Summary::default();
        // How the file ended; what was sent before is still answered.
        let mut read = None;
        loop {
            while sending.has_room() && read.is_none() {
                match batches.recv().await {
                    Some(Ok(batch)) => sending.send(batch).await,
                    Some(Err(why)) => read = Some(Err(why)),
                    None => read = Some(Ok(())),
                }
            }
            let done = match (sending.next().await, read.take()) {
                (Ok(Some(done)), is_read) => {
                    read = is_read;
                    done
                }
                (Ok(None), Some(Err(why))) | (Err(why), _) => return Err(BrokenOff { so_far: summary, why }),
                (Ok(None), Some(Ok(())) | None) => return Ok(summary),
            };
            summary.add(&done);
            done.rejected.iter().for_each(|row| watch.refused(row));
            watch.advanced(done.end, size, &summary);
        }
    }
}

/// Reads the file on a thread of its own, a few batches ahead.
fn read_in_background(mut sheet: Sheet<File>) -> mpsc::Receiver<Result<Batch, String>> {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    tokio::task::spawn_blocking(move || {
        while let Some(batch) =
            sheet.next_batch().map_err(|error| format!("the file cannot be read on: {error}")).transpose()
        {
            let is_last = batch.is_err();
            // The receiver is gone when the import broke off; then there is nothing left to do.
            if sender.blocking_send(batch).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

impl Summary {
    fn add(&mut self, done: &Done) {
        for outcome in &done.outcomes {
            match outcome.result() {
                ImportResult::Created => self.created += 1,
                ImportResult::Unchanged => self.unchanged += 1,
                // These are among the rejected.
                ImportResult::Refused | ImportResult::Unspecified => {}
            }
        }
        self.refused += u64::try_from(done.rejected.len()).unwrap_or(0);
        self.created_categories.extend(done.created_category_codes.iter().cloned());
        for (line, note) in
            done.outcomes.iter().flat_map(|outcome| outcome.notes.iter().map(|note| (outcome.line, note)))
        {
            if self.notes.contains_key(note) || self.notes.len() < NOTE_KINDS {
                self.notes.entry(note.clone()).or_insert((0, line)).0 += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pathfinder_proto::issues::v1::ImportOutcome;

    use super::*;

    #[test]
    fn a_summary_counts_rows_and_notes() {
        let outcome = |line, note: &str, result: ImportResult| ImportOutcome {
            line,
            notes: vec![note.to_owned()],
            result: result.into(),
            ..Default::default()
        };
        let outcomes = vec![
            outcome(4, "odd", ImportResult::Created),
            outcome(9, "odd", ImportResult::Unchanged),
            outcome(10, "new", ImportResult::Created),
            outcome(5, "", ImportResult::Refused),
        ];
        let rejected = vec![Rejected { line: 5, external_id: String::new(), reasons: vec!["no".to_owned()] }];
        let mut summary = Summary::default();
        summary.add(&Done { outcomes, rejected, ..Done::default() });
        assert_eq!((summary.created, summary.unchanged, summary.refused, summary.rows()), (2, 1, 1, 4));
        assert_eq!(summary.notes.get("odd"), Some(&(2, 4)));
    }

    #[test]
    fn an_import_that_broke_off_before_its_first_row_wrote_nothing() {
        let mut broken = BrokenOff { so_far: Summary::default(), why: "no role".to_owned() };
        assert_eq!(broken.to_string(), "nothing was imported:\n  - no role");
        broken.so_far.unchanged = 1;
        assert!(broken.to_string().contains("Run the same command again"));
    }

    #[test]
    fn every_problem_stands_on_a_line_of_its_own() {
        let unfit = Unfit(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(unfit.to_string(), "nothing was imported:\n  - a\n  - b");
    }
}
