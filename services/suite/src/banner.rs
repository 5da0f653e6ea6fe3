//! What the program says when it is ready: where everything is, who can log in, and three things to try that work when pasted.

use std::fmt::{self, Display};
use std::net::SocketAddr;

use chrono::{DateTime, Utc};

use crate::client::reachable;
use crate::config::{Config, Flags, SERVICE_COUNT, Store};
use crate::demo::Demonstration;
use crate::demo::cast::{ADMINISTRATOR, LOGINS};

/// The services, in the order of their ports.
const SERVICES: [&str; SERVICE_COUNT as usize] = ["boards", "commitments", "issues", "identity"];

/// What is known once everything runs.
pub(crate) struct Banner<'a> {
    /// Where HTTP is served.
    pub(crate) http: SocketAddr,
    /// How the program was called, with the flags that a second call needs, such as `target/release/pathfinder --data-dir x`.
    pub(crate) again: String,
    /// What the program was told.
    pub(crate) config: &'a Config,
    /// What time it is for the services.
    pub(crate) now: DateTime<Utc>,
    /// The demonstration, if it is there.
    pub(crate) demonstration: Option<&'a Demonstration>,
}

impl Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nPathfinder is ready. Stop it with Ctrl-C.\n")?;
        self.addresses(f)?;
        if let Some((told, _)) = &self.config.clock_offset {
            writeln!(
                f,
                "\nThe clock runs ahead by {told}: for every service it is {} now.",
                self.now.format("%A, %-d %B %Y, %H:%M UTC")
            )?;
        }
        match self.demonstration {
            Some(demonstration) => self.try_it(f, demonstration),
            None => self.begin(f),
        }
    }
}

impl Banner<'_> {
    fn addresses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let http = reachable(self.http);
        writeln!(f, "  HTTP           http://{http}/")?;
        writeln!(f, "  API reference  http://{http}/reference    as OpenAPI: http://{http}/openapi.json")?;
        writeln!(f, "  Open311        http://{http}/open311/v2/services.json")?;
        let grpc = SERVICES.iter().zip(self.config.grpc);
        let grpc: Vec<String> = grpc.map(|(name, address)| format!("{name} {}", reachable(address))).collect();
        let how = if self.config.tls.is_some() { "gRPC over TLS" } else { "gRPC" };
        writeln!(f, "  {how:<13}  {}", grpc.join("  "))?;
        match &self.config.store {
            Store::Folder(folder) => writeln!(f, "  Data           {}", folder.display()),
            Store::Server(_) => writeln!(f, "  Data           on the PostgreSQL server"),
        }
    }

    fn try_it(&self, f: &mut fmt::Formatter<'_>, demonstration: &Demonstration) -> fmt::Result {
        let Demonstration { partnership_id, issue_id } = demonstration;
        let (again, http) = (&self.again, reachable(self.http));
        let partnership = format!("http://{http}/v1/partnerships/{partnership_id}");
        writeln!(f, "\nA demonstration is loaded: Brackenside, an invented neighbourhood. Its log-ins:\n")?;
        writeln!(f, "  {ADMINISTRATOR:<21} runs the installation")?;
        for login in LOGINS {
            writeln!(f, "  {:<21} {}", login.login, login.about())?;
        }
        writeln!(f, "\nThree things to try:\n")?;
        writeln!(
            f,
            "  1. Report an issue, as a resident without a log-in. The answer has a `followToken` to follow it with.\n"
        )?;
        writeln!(f, "     curl -s {partnership}/issues -H 'content-type: application/json' -d '{REPORT}'\n")?;
        writeln!(
            f,
            "  2. Read the story of an issue that went all the way round, from the report to \"you said, we did\".\n"
        )?;
        writeln!(f, "     curl -s {partnership}/issues/{issue_id}/story\n")?;
        writeln!(
            f,
            "  3. See what missed its time, as the neighbourhood manager. Any log-in gets its token the same way.\n"
        )?;
        writeln!(f, "     curl -s {partnership}/breachNotices -H \"authorization: Bearer $({again} token manager)\"")
    }

    fn begin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (again, http) = (&self.again, reachable(self.http));
        writeln!(f, "\nThe partnerships that there are:\n")?;
        writeln!(f, "     curl -s http://{http}/v1/partnerships\n")?;
        writeln!(
            f,
            "A token for the one log-in that every installation has, who may create others (see the reference):\n"
        )?;
        writeln!(f, "     {again} token {ADMINISTRATOR}")
    }
}

const REPORT: &str = r#"{"categoryCode": "litter-bin", "description": "The bin by the bus shelter overflows.", "location": {"point": {"latitude": 54.61, "longitude": -2.285}}}"#;

/// How to call the program again, so that it finds the same data at the same time.
pub(crate) fn again(program: &str, flags: &Flags) -> String {
    let mut words = vec![quoted(program)];
    if let Some(folder) = &flags.data_dir {
        words.extend(["--data-dir".to_owned(), quoted(&folder.to_string_lossy())]);
    }
    if let Some(url) = &flags.database_url {
        // A password is not for the screen.
        let shown = if has_password(url) { "\"$PATHFINDER_DATABASE_URL\"".to_owned() } else { quoted(url) };
        words.extend(["--database-url".to_owned(), shown]);
    }
    if let Some(offset) = &flags.clock_offset {
        words.extend(["--clock-offset".to_owned(), quoted(offset)]);
    }
    words.join(" ")
}

fn has_password(url: &str) -> bool {
    let user = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':')) || url.contains("password")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-:+@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(flags: &Flags, demonstration: Option<&Demonstration>) -> String {
        let config = Config::check(flags).expect("the flags are right");
        let now = "2026-03-02T10:00:00Z".parse().expect("an instant");
        Banner { http: config.listen, again: again("pathfinder", flags), config: &config, now, demonstration }
            .to_string()
    }

    #[test]
    fn it_says_where_everything_is_and_what_to_try() {
        let there = Demonstration { partnership_id: "P".to_owned(), issue_id: "I".to_owned() };
        let text = text(&Flags::default(), Some(&there));
        for wanted in [
            "http://127.0.0.1:8080/reference",
            "identity 127.0.0.1:50054",
            "council-system",
            "parks-signatory       accepts commitments, as a signatory of Parks and Green Spaces (demonstration)",
            "/v1/partnerships/P/issues/I/story",
            "$(pathfinder token manager)",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing from: {text}");
        }
        assert!(!text.contains("runs ahead"));
    }

    #[test]
    fn a_moved_clock_is_shown_and_handed_on() {
        let flags = Flags { clock_offset: Some("P3D".to_owned()), ..Flags::default() };
        let text = text(&flags, None);
        assert!(text.contains("ahead by P3D: for every service it is Monday, 2 March 2026, 10:00 UTC now"), "{text}");
        assert!(text.contains("pathfinder --clock-offset P3D token administrator"), "{text}");
    }

    #[test]
    fn a_second_call_needs_no_password_on_the_screen() {
        let flags = Flags { database_url: Some("postgres://me:secret@localhost/x".to_owned()), ..Flags::default() };
        assert_eq!(again("./path finder", &flags), "'./path finder' --database-url \"$PATHFINDER_DATABASE_URL\"");
        let flags = Flags { database_url: Some("postgres://me@localhost:5432/x".to_owned()), ..Flags::default() };
        assert_eq!(again("pathfinder", &flags), "pathfinder --database-url postgres://me@localhost:5432/x");
    }
}
