//! The command line: start everything, make a token, bring a council's cases in, check the audit trail.
//!
//! To add a command, add it to `Task` with an example in its help, and carry it out in `carry_out`.

use std::error::Error;
use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use pathfinder_kit::program::{refuse, stop_on_signal};
use pathfinder_kit::{Deps, telemetry};
use tokio_util::sync::CancellationToken;

use crate::audit::heads;
use crate::banner::{Banner, again};
use crate::config::{Config, Flags};
use crate::demo::{self, Demonstration, Outcome};
use crate::import::{self, Order, Rejected, Summary, Watch};
use crate::{Suite, audit, deps};

const EXAMPLES: &str = "\
Examples:
  pathfinder                                   start everything on 127.0.0.1:8080, with a demonstration at the first start
  pathfinder --data-dir /srv/pathfinder --no-demo
  pathfinder --clock-offset P3D                start three days ahead, to see pledges being missed
  pathfinder token manager                     print a token for the log-in `manager`
  pathfinder import issues cases.csv --partnership brackenside-demonstration
  pathfinder audit verify                      say whether anybody changed what is recorded of who did what

Every flag can also be set by the variable named beside it.";

const IMPORT_HELP: &str = "\
Brings a council's existing cases into a partnership of a running suite. The same file may be brought in any number of times:
a case whose id is there already is left unchanged.

The first line of the file names its columns, in any order. Needed: service_request_id, service_code, requested_datetime,
expected_datetime, closed_datetime, status (open or closed), and either address or lat and long. Taken where they are there:
service_name, status_notes, agency_responsible, neighborhood, ward, source, description. Times carry their offset, such as
2015-05-06T15:54:35-04:00; an empty expected_datetime means that there was no target, an empty closed_datetime an open case.

Give the --data-dir or --database-url, --listen, --port-base, --clock-offset and files of TLS with which the suite runs.";

const IMPORT_EXAMPLES: &str = "\
Examples:
  pathfinder import issues cases.csv --partnership brackenside-demonstration
  pathfinder import issues cases.csv --partnership brook-wharf --refused refused.csv
  pathfinder import issues cases.csv --partnership brook-wharf --token \"$(pathfinder token council-system)\"

Exit status: 0 when rows were brought in or were there before, even when others were refused; 1 when nothing could be done,
when every row was refused, or when it broke off on the way.";

const VERIFY_HELP: &str = "\
Reads the audit trail of every service and finds each entry that was altered, removed, moved or doubled since it was written. Nothing
is changed, and the suite may be running. Give the --data-dir or --database-url with which it runs.

Every entry carries the hash of the one before it in its partnership, so what is found here was done behind the services' backs, in
the database itself. Names that were erased on request are counted and are no fault; a name that is gone without such a request is one.

Somebody who can write to the databases can also cut off the end of a trail, or make it anew, so that it holds by itself. Against that,
keep the heads of the trail elsewhere, such as with the accountable body: write them with --heads, and compare with them later by
--since. The file is plain text with a line for each chain; files can be put together.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  pathfinder audit verify
  pathfinder audit verify --data-dir /srv/pathfinder
  pathfinder audit verify --heads heads-2026-06.txt                            once a month; mail or print the file
  pathfinder audit verify --since heads-2026-05.txt --heads heads-2026-06.txt

Exit status: 0 when every chain is whole, 1 when one is not or could not be read, or a file could not.";

/// Pathfinder in one process: neighbourhood boards, the commitments of service providers, and the issues of residents.
#[derive(Debug, Parser)]
#[command(name = "pathfinder", version, after_help = EXAMPLES)]
struct Line {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Print a bearer token for a log-in, valid for twelve hours.
    #[command(
        after_help = "Example:\n  curl -s http://127.0.0.1:8080/v1/caller -H \"authorization: Bearer $(pathfinder token manager)\""
    )]
    Token {
        /// The log-in, such as manager, chair or administrator.
        login: String,
    },
    /// Bring existing data in.
    Import {
        #[command(subcommand)]
        what: What,
    },
    /// Check what is recorded of who did what.
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Find entries of the audit trail that were altered, removed or moved.
    #[command(long_about = VERIFY_HELP, after_help = VERIFY_EXAMPLES)]
    Verify(VerifyAudit),
}

#[derive(Debug, Args)]
struct VerifyAudit {
    /// Write where each chain ends to this new file, to be kept elsewhere.
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Compare with the heads in this file, which was written earlier.
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// List whose names were erased, and from how many entries.
    #[arg(long)]
    names: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring a council's existing cases in from a CSV file.
    #[command(long_about = IMPORT_HELP, after_help = IMPORT_EXAMPLES)]
    Issues(ImportIssues),
}

#[derive(Debug, Args)]
struct ImportIssues {
    /// The CSV file, UTF-8.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The slug of the partnership.
    #[arg(long, value_name = "SLUG")]
    partnership: String,
    /// The token of a manager or system of the partnership; without it the administrator's is made from the suite's data.
    #[arg(long, env = "PATHFINDER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// Write the rows that were refused, with their lines and reasons, to this CSV file.
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

type Anything = Box<dyn Error + Send + Sync>;

/// The `main` of the program.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let config = match Config::check(&line.flags) {
        Ok(config) => config,
        Err(problems) => return refuse(&problems),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    match runtime.block_on(with_telemetry(&line, &config)) {
        Ok(status) => status,
        Err(error) => refuse(&chain(error.as_ref())),
    }
}

async fn with_telemetry(line: &Line, config: &Config) -> Result<ExitCode, Anything> {
    let telemetry = telemetry::start("pathfinder", config.otlp_endpoint.as_deref(), config.log_format)?;
    let outcome = carry_out(line, config).await;
    tokio::task::spawn_blocking(|| telemetry.flush()).await?;
    outcome
}

async fn carry_out(line: &Line, config: &Config) -> Result<ExitCode, Anything> {
    match &line.task {
        None => start(&line.flags, config).await,
        Some(Task::Token { login }) => {
            say(crate::token(config, login).await?);
            Ok(ExitCode::SUCCESS)
        }
        Some(Task::Import { what: What::Issues(import) }) => import_issues(config, import).await,
        Some(Task::Audit { what: Audit::Verify(order) }) => verify_audit(config, order).await,
    }
}

/// Checks every audit trail and says what it found.
async fn verify_audit(config: &Config, order: &VerifyAudit) -> Result<ExitCode, Anything> {
    let kept = heads_for(order)?;
    let checking =
        Checking { bar: bar("Checking {msg}  [{bar:40}] {pos}/{len}  {eta} left"), tenths: AtomicU64::new(0) };
    let now = deps(config).clock.now();
    let checked =
        audit::verify(&config.store, now, &kept, &|service, read, all| checking.tell(service, read, all)).await;
    if let Some(bar) = &checking.bar {
        bar.finish_and_clear();
    }
    say(audit::Table(&checked));
    if order.names {
        say(audit::Names(&checked));
    }
    if let Some(path) = &order.heads {
        heads::keep(path, &heads::Sheet { checked: &checked, time: now })?;
        note(format!(
            "The heads are in {}. Keep it where nobody who can write to the databases can change it.",
            path.display()
        ));
    }
    Ok(if checked.iter().all(audit::Checked::is_clean) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The heads to compare with, and that others can be written: all problems at once.
fn heads_for(order: &VerifyAudit) -> Result<Vec<heads::Kept>, Anything> {
    let mut problems = Vec::new();
    let kept = order.since.as_deref().map(heads::read).transpose();
    let kept = kept.unwrap_or_else(|unread| {
        problems.extend(unread);
        None
    });
    problems.extend(order.heads.as_deref().and_then(|path| heads::check_free(path).err()));
    if problems.is_empty() { Ok(kept.unwrap_or_default()) } else { Err(problems.join("\n").into()) }
}

/// Shows how a check goes: a bar on a terminal, a line for every tenth of a long trail elsewhere.
struct Checking {
    bar: Option<ProgressBar>,
    tenths: AtomicU64,
}

impl Checking {
    /// A trail with fewer entries is checked before anybody asks.
    const LONG: u64 = 100_000;

    fn tell(&self, service: &'static str, read: u64, all: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(service);
            bar.set_length(all);
            bar.set_position(read);
            return;
        }
        let tenths = read.saturating_mul(10).checked_div(all).unwrap_or(10);
        if tenths > self.tenths.swap(tenths, Ordering::Relaxed) && all >= Self::LONG {
            note(format!("{service}: {} % of {all} entries checked", tenths * 10));
        }
    }
}

/// Starts everything, loads the demonstration where it is wanted, says so, and serves until it is told to stop.
async fn start(flags: &Flags, config: &Config) -> Result<ExitCode, Anything> {
    let shutdown = CancellationToken::new();
    stop_on_signal(shutdown.clone());
    let deps = deps(config);
    let suite = Suite::start(config, &deps, shutdown.clone()).await?;
    let loaded = tokio::select! {
        loaded = demonstration(&suite, config, &deps) => loaded,
        () = shutdown.cancelled() => Ok(None),
    };
    match loaded {
        Ok(demonstration) if !shutdown.is_cancelled() => {
            let program = std::env::args().next().unwrap_or_else(|| "pathfinder".to_owned());
            let (again, now) = (again(&program, flags), deps.clock.now());
            say(Banner { http: suite.http, again, config, now, demonstration: demonstration.as_ref() });
            suite.finished().await?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(_) => {
            suite.finished().await?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            shutdown.cancel();
            // What stopped the load is what to tell; how the rest ended follows from it.
            drop(suite.finished().await);
            Err(error)
        }
    }
}

async fn demonstration(suite: &Suite, config: &Config, deps: &Deps) -> Result<Option<Demonstration>, Anything> {
    if !config.demo {
        return Ok(None);
    }
    let bar = bar("Loading the demonstration  [{bar:40}] {pos}/{len}");
    let announced = std::sync::Once::new();
    let tell = |done, of| match &bar {
        Some(bar) => {
            bar.set_length(of);
            bar.set_position(done);
        }
        None => announced.call_once(|| note("Loading the demonstration; this takes some seconds.")),
    };
    let outcome = demo::ensure(&suite.peers, config, deps, &tell).await;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    Ok(match outcome? {
        Outcome::Loaded(demonstration) | Outcome::There(demonstration) => Some(demonstration),
        Outcome::NotWanted => None,
        Outcome::Abandoned(since) => {
            let since = since.format("%-d %B %Y, %H:%M UTC");
            note(format!(
                "The demonstration was half loaded on {since}, too long ago to go on; start in an empty data folder for a whole one."
            ));
            None
        }
    })
}

async fn import_issues(config: &Config, import: &ImportIssues) -> Result<ExitCode, Anything> {
    let order =
        Order { file: import.file.clone(), partnership: import.partnership.clone(), token: import.token.clone() };
    let refusals = import.refused.as_ref().map(Refusals::create).transpose();
    let prepared = import::prepare(config, &order).await;
    let (prepared, refusals) = match (prepared, refusals) {
        (Ok(prepared), Ok(refusals)) => (prepared, refusals),
        (Err(mut unfit), refusals) => {
            unfit.0.extend(refusals.err());
            return Err(unfit.into());
        }
        (Ok(_), Err(problem)) => return Err(import::Unfit(vec![problem]).into()),
    };
    let ignored = prepared.ignored_columns();
    if !ignored.is_empty() {
        note(format!("Not looked at, because they are not known: the columns {}.", ignored.join(", ")));
    }
    let mut teller = Teller {
        bar: bar("{bar:40} {bytes}/{total_bytes}  {msg}  {eta} left"),
        refusals,
        told_percent: 0,
        failed: None,
    };
    let outcome = prepared.run(&mut teller).await;
    let Teller { bar, refusals, failed, .. } = teller;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let summary = outcome.inspect_err(|broken| {
        if broken.so_far.rows() > 0 {
            say(in_words(&broken.so_far));
        }
    })?;
    say(in_words(&summary));
    if let Some(error) = failed.or(refusals.and_then(|mut refusals| refusals.0.flush().err().map(csv::Error::from))) {
        note(format!("The file of refused rows is not whole: {error}"));
    }
    let done = summary.created + summary.unchanged > 0 || summary.refused == 0;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file of refused rows.
struct Refusals(csv::Writer<std::fs::File>);

impl Refusals {
    fn create(path: &PathBuf) -> Result<Self, String> {
        let mut file =
            csv::Writer::from_path(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        let headed = file.write_record(["line", "service_request_id", "reasons"]);
        headed.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        Ok(Self(file))
    }
}

/// Shows how the import goes: a bar on a terminal, a line for every tenth of the file elsewhere.
struct Teller {
    bar: Option<ProgressBar>,
    refusals: Option<Refusals>,
    told_percent: u64,
    failed: Option<csv::Error>,
}

impl Watch for Teller {
    fn advanced(&mut self, bytes: u64, of: u64, so_far: &Summary) {
        let percent = bytes.saturating_mul(100).checked_div(of).unwrap_or(100);
        match &self.bar {
            Some(bar) => {
                bar.set_length(of);
                bar.set_position(bytes);
                bar.set_message(format!("{} rows", so_far.rows()));
            }
            None if percent / 10 > self.told_percent / 10 => {
                self.told_percent = percent;
                note(format!("{percent} % of the file, {} rows", so_far.rows()));
            }
            None => {}
        }
    }

    fn refused(&mut self, row: &Rejected) {
        let text = format!("line {} ({}): {}", row.line, row.external_id, row.reasons.join("; "));
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
        if let Some(Refusals(file)) = &mut self.refusals {
            let written = file.write_record([&row.line.to_string(), &row.external_id, &row.reasons.join("; ")]);
            self.failed = self.failed.take().or(written.err());
        }
    }
}

/// What became of the rows, for the terminal.
fn in_words(summary: &Summary) -> String {
    let Summary { created, unchanged, refused, .. } = summary;
    let mut text = format!("{} rows: {created} created, {unchanged} unchanged, {refused} refused.", summary.rows());
    if !summary.created_categories.is_empty() {
        let codes: Vec<&str> = summary.created_categories.iter().map(String::as_str).collect();
        text.push_str(&format!("\nCategories created along with them: {}.", codes.join(", ")));
    }
    for (note, (count, first)) in &summary.notes {
        text.push_str(&format!("\nKept with a note, {count} of them, the first on line {first}: {note}"));
    }
    text
}

/// A bar on standard error, if somebody looks at it.
fn bar(template: &str) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Some(bar)
}

/// Says something on standard output. Whoever closed it does not want to know.
fn say(text: impl Display) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Says something on standard error.
fn note(text: impl Display) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// An error with all that caused it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&format!("\n  because: {source}"));
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use pathfinder_kit::{Failure, Reason};

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Line::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_behind_the_command() {
        let line =
            Line::try_parse_from(["pathfinder", "token", "manager", "--data-dir", "/tmp/x"]).expect("it is sound");
        assert_eq!(line.flags.data_dir, Some(PathBuf::from("/tmp/x")));
        let line =
            Line::try_parse_from(["pathfinder", "--port-base", "1", "import", "issues", "f.csv", "--partnership", "p"]);
        assert!(
            matches!(line.expect("it is sound").task, Some(Task::Import { what: What::Issues(import) }) if import.partnership == "p")
        );
    }

    #[test]
    fn heads_that_cannot_be_read_or_written_are_told_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("there.txt");
        std::fs::write(&there, "boards installation 1\n").expect("a file");
        let order = VerifyAudit { heads: Some(there.clone()), since: Some(there), names: false };
        let told = heads_for(&order).expect_err("neither can be done").to_string();
        assert!(told.contains("there.txt, line 1: ") && told.contains("is there already"), "{told}");
        let order = VerifyAudit { heads: Some(folder.path().join("new.txt")), since: None, names: true };
        assert_eq!(heads_for(&order).expect("nothing is in the way"), []);
    }

    #[test]
    fn an_import_needs_a_partnership() {
        assert!(Line::try_parse_from(["pathfinder", "import", "issues", "f.csv"]).is_err());
    }

    #[test]
    fn the_summary_tells_counts_and_notes() {
        let mut summary = Summary { created: 2, unchanged: 1, refused: 3, ..Summary::default() };
        summary.notes.insert("Odd.".to_owned(), (2, 7));
        summary.created_categories.insert("potholes".to_owned());
        assert_eq!(
            in_words(&summary),
            "6 rows: 2 created, 1 unchanged, 3 refused.\nCategories created along with them: potholes.\n\
             Kept with a note, 2 of them, the first on line 7: Odd."
        );
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let failure = Failure::new(Reason::Internal, "The address is taken.").because("another program has it");
        assert_eq!(chain(&failure), "The address is taken.\n  because: another program has it");
    }
}
