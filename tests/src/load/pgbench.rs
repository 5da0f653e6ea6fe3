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

/// The variable that names the log of the server that [`crate::database::SERVER`] names.
pub const LOG: &str = "PATHFINDER_TEST_POSTGRES_LOG";
/// So long after a call, the server has written everything about it.
const WRITTEN: Duration = Duration::from_millis(100);
/// So many calls are recorded of each kind.
pub(super) const SAMPLES: usize = 20;
/// How the service looks for issues on which it has something to do by itself.
const TIMERS: &str = "SELECT \"issue\".\"partnership_id\", \"issue\".\"id\", \"issue\".\"failure_count\"";

/// Reads what the server is asked.
#[derive(Debug)]
pub(super) struct Recorder {
    log: PathBuf,
    server: DatabaseConnection,
    address: String,
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
        Some(Self { log: log.into(), server, address: address.to_owned() })
    }

    /// Has the server write down, or no longer, what it is asked.
    pub(super) async fn switch(&self, on: bool) {
        let setting = if on { "ALTER SYSTEM SET log_statement = 'all'" } else { "ALTER SYSTEM RESET log_statement" };
        for statement in [setting, "SELECT pg_reload_conf()"] {
            let done = self.server.execute_unprepared(statement).await;
            done.unwrap_or_else(|error| panic!("the server does `{statement}`: {error}"));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    /// What the server was asked while `call` was made.
    pub(super) async fn record<T>(&self, call: impl Future<Output = T>) -> (T, Script) {
        let start = std::fs::metadata(&self.log).unwrap_or_else(|error| panic!("{LOG} can be read: {error}")).len();
        let answer = call.await;
        tokio::time::sleep(WRITTEN).await;
        (answer, Script::of(&read_behind(&self.log, start)))
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
        assert!(!wrong.contains("ERROR"), "pgbench does what the service did: {wrong}");
        rate.unwrap_or_else(|| panic!("pgbench tells a rate: {said}\n{wrong}"))
    }
}

fn read_behind(log: &Path, start: u64) -> String {
    let mut text = Vec::new();
    let read = std::fs::File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut text)
    });
    read.unwrap_or_else(|error| panic!("{LOG} can be read: {error}"));
    String::from_utf8_lossy(&text).into_owned()
}

/// What a call asked.
#[derive(Debug, Clone)]
pub(super) struct Script(Vec<Statement>);

impl Script {
    /// Of the connections that looked at issues, and not of those that do the service's own work meanwhile.
    fn of(log: &str) -> Self {
        let statements = statements(log);
        let is_about = |statement: &Statement| statement.text.contains("\"issue\"");
        let is_own = |statement: &Statement| statement.text.starts_with(TIMERS);
        let processes: BTreeSet<&str> = statements
            .iter()
            .filter(|statement| is_about(statement) && !is_own(statement))
            .map(|statement| statement.process.as_str())
            .collect();
        Self(statements.iter().filter(|one| processes.contains(one.process.as_str())).cloned().collect())
    }
}

/// Each statement of a log, with its parameters from the line behind it.
fn statements(log: &str) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    for line in log.lines() {
        let process = line.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
        if let Some((_, text)) = line.split_once("LOG:  execute ") {
            let text = text.split_once(": ").map_or(text, |(_, text)| text);
            found.push(Statement { process: process.to_owned(), text: text.to_owned(), parameters: Vec::new() });
        } else if let Some((_, text)) = line.split_once("LOG:  statement: ") {
            found.push(Statement { process: process.to_owned(), text: text.to_owned(), parameters: Vec::new() });
        } else if let (Some((_, listed)), Some(last)) = (line.split_once("DETAIL:  parameters: "), found.last_mut()) {
            last.parameters = parameters(listed);
        } else if let (false, Some(last)) = (line.contains("LOG:  ") || line.contains("DETAIL:  "), found.last_mut()) {
            last.text.push('\n');
            last.text.push_str(line);
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
        let log = "2026-01-01 10:00:00.000 UTC [7] LOG:  execute sqlx_s_1: SELECT \"issue\".\"id\" FROM \"issue\" WHERE a = $1 AND b = $2\n\
            2026-01-01 10:00:00.000 UTC [7] DETAIL:  parameters: $1 = 'it''s 10:20', $2 = NULL\n\
            2026-01-01 10:00:00.000 UTC [8] LOG:  statement: SELECT 1\n";
        let script = Script::of(log);
        assert_eq!(script.0.len(), 1, "the other connection does something else");
        let text = script_of(&script, &BTreeMap::new());
        assert_eq!(text, "SELECT \"issue\".\"id\" FROM \"issue\" WHERE a = E'it''s 10\\07220' AND b = NULL;\n");
    }
}
