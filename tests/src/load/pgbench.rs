//! The same SQL without us: what the issues service asks of PostgreSQL for a call is read from the server's log, and asked again by
//! `pgbench`, as fast as one client can.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use uuid::Uuid;

use crate::waiting;

/// The variable that names the log of the server that [`crate::database::SERVER`] names.
pub const LOG: &str = "PATHFINDER_TEST_POSTGRES_LOG";
/// So long is looked at what the service does when nobody calls.
const IDLE: Duration = Duration::from_secs(3);
/// How the service is named in a line of the log, behind the number of the process.
const SERVICE: &str = "] pathfinder-issues ";
/// What every change of an issue writes.
const HISTORY: &str = "INSERT INTO \"issue_history\"";
/// So many calls are recorded of each kind.
pub(super) const SAMPLES: usize = 50;

/// Reads what the server is asked.
#[derive(Debug)]
pub(super) struct Recorder {
    log: PathBuf,
    server: DatabaseConnection,
    address: String,
    /// What the service asks when nobody calls.
    idle: BTreeSet<String>,
    marks: usize,
}

/// A statement, with its parameters in place of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    process: String,
    text: String,
    parameters: Vec<Option<String>>,
}

impl Recorder {
    /// If there is a server, and it is known where its log lies.
    pub(super) fn of(server: DatabaseConnection, address: &str) -> Option<Self> {
        let log = std::env::var(LOG).ok().filter(|log| !log.is_empty())?;
        Some(Self { log: log.into(), server, address: address.to_owned(), idle: BTreeSet::new(), marks: 0 })
    }

    /// Has the server write down what it is asked, and by whom.
    pub(super) async fn start(&mut self) {
        self.run("ALTER SYSTEM SET log_statement = 'all'").await;
        self.run("ALTER SYSTEM SET log_line_prefix = '[%p] %a '").await;
        self.run("SELECT pg_reload_conf()").await;
        self.mark().await;
        let ((), idle) = self.window(tokio::time::sleep(IDLE)).await;
        self.idle = idle.into_iter().map(|statement| statement.text).collect();
    }

    /// Has it write down no more than before.
    pub(super) async fn stop(&self) {
        for setting in ["log_statement", "log_line_prefix"] {
            self.run(&format!("ALTER SYSTEM RESET {setting}")).await;
        }
        self.run("SELECT pg_reload_conf()").await;
    }

    /// What the server was asked while `call` was made.
    pub(super) async fn record<T>(&mut self, call: impl Future<Output = T>) -> (T, Script) {
        let (answer, statements) = self.window(call).await;
        (answer, Script::of(&statements, &self.idle))
    }

    async fn window<T>(&mut self, work: impl Future<Output = T>) -> (T, Vec<Statement>) {
        let start = self.mark().await;
        let answer = work.await;
        let end = self.mark().await;
        let text = read_behind(&self.log, start);
        let length = usize::try_from(end - start).unwrap_or(usize::MAX).min(text.len());
        (answer, statements(&String::from_utf8_lossy(&text[..length])))
    }

    /// How far the log reaches behind a statement of our own, once that stands in it.
    async fn mark(&mut self) -> u64 {
        self.marks += 1;
        let mark = format!("SELECT 'mark {}'", self.marks);
        let before = self.length();
        waiting::until("a mark in the server's log", waiting::PATIENCE, || async {
            self.run(&mark).await;
            let text = String::from_utf8_lossy(&read_behind(&self.log, before)).into_owned();
            if text.contains(&mark) { Ok(()) } else { Err(format!("{LOG} does not hold `{mark}`")) }
        })
        .await;
        self.length()
    }

    fn length(&self) -> u64 {
        std::fs::metadata(&self.log).unwrap_or_else(|error| panic!("{LOG} can be read: {error}")).len()
    }

    async fn run(&self, statement: &str) {
        let done = self.server.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("the server does `{statement}`: {error}"));
    }

    /// How often a second one client of `pgbench` gets through one of the scripts.
    pub(super) fn replay(&self, scripts: &[Script], folder: &Path, seconds: usize) -> f64 {
        let mut command = Command::new("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--client=1", &format!("--time={seconds}")]);
        for (number, script) in alike(scripts).iter().enumerate() {
            let file = folder.join(format!("script-{number}.sql"));
            std::fs::write(&file, script).unwrap_or_else(|error| panic!("a script can be written: {error}"));
            command.arg("--file").arg(file);
        }
        let output = command.arg(&self.address).output().unwrap_or_else(|error| panic!("pgbench can be run: {error}"));
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !wrong.contains("ERROR"), "pgbench does what the service did: {wrong}");
        rate.unwrap_or_else(|| panic!("pgbench tells a rate: {said}\n{wrong}"))
    }
}

fn read_behind(log: &Path, start: u64) -> Vec<u8> {
    let mut text = Vec::new();
    let read = std::fs::File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut text)
    });
    read.unwrap_or_else(|error| panic!("{LOG} can be read: {error}"));
    text
}

/// What a call asked.
#[derive(Debug, Clone)]
pub(super) struct Script(Vec<Statement>);

impl Script {
    /// All that was read, on whichever connection, but what the service does by itself; of a write, what was read before its transaction,
    /// and that.
    fn of(statements: &[Statement], idle: &BTreeSet<String>) -> Self {
        let writer = statements.iter().find(|one| one.text.starts_with(HISTORY)).map(|one| one.process.clone());
        let is_writer = |one: &Statement| Some(&one.process) == writer.as_ref();
        let position = |text: &str| statements.iter().position(|one| is_writer(one) && one.text == text);
        let (begin, commit) = (position("BEGIN"), position("COMMIT"));
        let is_of_call = |(index, one): &(usize, Statement)| match (begin, commit) {
            (Some(begin), Some(commit)) if *index >= begin => is_writer(one) && *index <= commit,
            _ => one.text.starts_with("SELECT") && !idle.contains(&one.text),
        };
        let asked = statements.iter().cloned().enumerate().filter(is_of_call);
        Self(asked.map(|(_, statement)| statement).collect())
    }
}

/// Each statement of the service in a log, with its parameters from the line behind it.
fn statements(log: &str) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    for line in log.lines() {
        let Some((process, said)) = line.strip_prefix('[').and_then(|line| line.split_once(SERVICE)) else { continue };
        let mut add = |text: &str| {
            let (process, text) = (process.to_owned(), text.to_owned());
            found.push(Statement { process, text, parameters: Vec::new() });
        };
        if let Some(text) = said.strip_prefix("LOG:  execute ") {
            add(text.split_once(": ").map_or(text, |(_, text)| text));
        } else if let Some(text) = said.strip_prefix("LOG:  statement: ") {
            add(text);
        } else if let Some((_, listed)) = said.split_once("parameters: ")
            && let Some(last) = found.iter_mut().rev().find(|one| one.process == process)
        {
            last.parameters = parameters(listed);
        }
    }
    found
}

/// The values of `$1 = 'one', $2 = NULL`.
fn parameters(listed: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = listed;
    while let Some((_, behind)) = rest.split_once(" = ") {
        let Some(quoted) = behind.strip_prefix('\'') else {
            values.push(None);
            rest = behind;
            continue;
        };
        let mut value = String::new();
        let mut letters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, letter)) = letters.next() {
            if letter != '\'' {
                value.push(letter);
            } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
                value.push('\'');
            } else {
                end = at;
                break;
            }
        }
        values.push(Some(value));
        rest = quoted.get(end + 1..).unwrap_or_default();
    }
    values
}

/// The scripts that ask as many statements as most do, as files of `pgbench`. An id that one call alone knows is new: it is another in
/// every round.
fn alike(scripts: &[Script]) -> Vec<String> {
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for script in scripts {
        *lengths.entry(script.0.len()).or_default() += 1;
    }
    let most = lengths.into_iter().max_by_key(|(_, count)| *count).map(|(length, _)| length);
    let writes = scripts.iter().flat_map(|script| &script.0).any(|statement| statement.text.starts_with("INSERT"));
    let kept = scripts.iter().filter(|script| Some(script.0.len()) == most);
    kept.map(|script| script_of(script, &if writes { ids_inserted(script) } else { BTreeMap::new() })).collect()
}

/// How many of its letters stay, and of what type it is, if a value is an id, a reference or a digest, of which there are no two alike.
fn name_of(value: &str) -> Option<(usize, &'static str)> {
    let is_digest = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    match value {
        _ if is_digest => Some((52, "text")),
        _ if value.len() == 36 && Uuid::try_parse(value).is_ok() => Some((24, "uuid")),
        _ if value.contains("-ISS-") => Some((12, "text")),
        _ => None,
    }
}

/// What a script gives to new rows that no other row may have, each with the name of a variable.
fn ids_inserted(script: &Script) -> BTreeMap<String, String> {
    let mut looked_for: BTreeSet<&str> = BTreeSet::new();
    let mut new: BTreeMap<String, String> = BTreeMap::new();
    for statement in &script.0 {
        for value in statement.parameters.iter().flatten().filter(|value| name_of(value).is_some()) {
            if !statement.text.starts_with("INSERT") {
                looked_for.insert(value);
            } else if !looked_for.contains(value.as_str()) {
                let name = format!("n{}", new.len());
                new.entry(value.clone()).or_insert(name);
            }
        }
    }
    new
}

fn script_of(script: &Script, new: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for name in new.values() {
        let _ = writeln!(text, "\\set {name} random(100000000000, 999999999999)");
    }
    for statement in &script.0 {
        let _ = writeln!(text, "{};", filled(statement, new));
    }
    text
}

/// The statement with its values.
fn filled(statement: &Statement, new: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = statement.text.as_str();
    while let Some((before, behind)) = rest.split_once('$') {
        let digits = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
        let (number, after) = behind.split_at(digits);
        let value = number.parse::<usize>().ok().and_then(|number| statement.parameters.get(number.checked_sub(1)?));
        text.push_str(before);
        match value {
            None => {
                text.push('$');
                text.push_str(number);
            }
            Some(None) => text.push_str("NULL"),
            Some(Some(value)) => match new.get(value) {
                Some(name) => {
                    let (kept, of_what) = name_of(value).unwrap_or_default();
                    let kept = literal(value.get(..kept).unwrap_or(value));
                    let _ = write!(text, "({kept} || :{name}::text)::{of_what}");
                }
                None => text.push_str(&literal(value)),
            },
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// As `pgbench` leaves it alone: a colon would begin the name of a variable.
fn literal(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\072").replace('\n', "\\n");
    format!("E'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_with_their_values() {
        let log = "[7] pathfinder-issues LOG:  execute sqlx_s_1: SELECT a FROM b WHERE c = $1 AND d = $2\n\
            [8] pathfinder-issues LOG:  execute sqlx_s_9: SELECT timer\n\
            [7] pathfinder-issues DETAIL:  parameters: $1 = 'it''s 10:20', $2 = NULL\n\
            [9] pathfinder-boards LOG:  statement: SELECT 1\n\
            [8] pathfinder-issues LOG:  execute sqlx_s_2: SELECT e\n";
        let idle = BTreeSet::from(["SELECT timer".to_owned()]);
        let script = Script::of(&statements(log), &idle);
        let text = script_of(&script, &BTreeMap::new());
        assert_eq!(text, "SELECT a FROM b WHERE c = E'it''s 10\\07220' AND d = NULL;\nSELECT e;\n");
    }

    #[test]
    fn of_a_write_nothing_is_done_again_but_what_the_call_did() {
        let said = |process: u32, text: &str| format!("[{process}] pathfinder-issues LOG:  execute s: {text}\n");
        let log = [
            said(1, "SELECT a"),
            said(2, "BEGIN"),
            said(3, "SELECT other"),
            said(2, "INSERT INTO \"issue_history\" x"),
            said(2, "COMMIT"),
            said(2, "SELECT after"),
            said(3, "BEGIN"),
            said(3, "COMMIT"),
        ];
        let texts = Script::of(&statements(&log.concat()), &BTreeSet::new()).0.into_iter().map(|one| one.text);
        assert_eq!(texts.collect::<Vec<_>>(), ["SELECT a", "BEGIN", "INSERT INTO \"issue_history\" x", "COMMIT"]);
    }
}
