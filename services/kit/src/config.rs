//! Configuration: read from flags and `PATHFINDER_…` variables, checked as a whole before any work starts.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use clap::Args;
use tonic::transport::{Channel, Uri};

use crate::database::DatabaseUrl;
use crate::peer::{self, Peer};
use crate::rate::{RateFlags, Rates};
use crate::seal::{ContactFlags, Contacts};
use crate::telemetry::LogFormat;
use crate::tls::{Tls, TlsFlags};

/// The services that keep contact details, and need keys to seal them.
const KEEPERS_OF_CONTACTS: [&str; 2] = ["issues", "identity"];

/// What a service is told, unchecked. Each flag has a variable of the same name: `--listen` is `PATHFINDER_LISTEN`.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Address to serve gRPC on [default: the service's own port on loopback].
    #[arg(long, env = "PATHFINDER_LISTEN", value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// `postgres://…`, or the path of an SQLite file [default: ./data/SERVICE.db].
    #[arg(long, env = "PATHFINDER_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where the peers are.
    #[command(flatten)]
    pub peers: PeerFlags,
    /// The secret that all services of this installation share, at least 16 characters.
    #[arg(long, env = "PATHFINDER_SERVICE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub service_secret: Option<String>,
    /// Where to send spans over OTLP/gRPC; without it they are not exported.
    #[arg(long, env = "PATHFINDER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// How to write logs: text or json [default: text].
    #[arg(long, env = "PATHFINDER_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// For trials: run the clock ahead by an ISO 8601 duration, such as P3D or PT36H.
    #[arg(long, env = "PATHFINDER_CLOCK_OFFSET", value_name = "DURATION")]
    pub clock_offset: Option<String>,
    /// How often one caller may call.
    #[command(flatten)]
    pub rates: RateFlags,
    /// How contact details are kept; issues and identity keep some.
    #[command(flatten)]
    pub contacts: ContactFlags,
}

/// Where a service or the gateway finds the services, and how they speak with each other, unchecked. With TLS every address begins with
/// https, those by default as well.
#[derive(Debug, Clone, Default, Args)]
pub struct PeerFlags {
    /// Where boards serves gRPC [default: http://127.0.0.1:50051].
    #[arg(long, env = "PATHFINDER_BOARDS_URL", value_name = "URL")]
    pub boards_url: Option<String>,
    /// Where commitments serves gRPC [default: http://127.0.0.1:50052].
    #[arg(long, env = "PATHFINDER_COMMITMENTS_URL", value_name = "URL")]
    pub commitments_url: Option<String>,
    /// Where issues serves gRPC [default: http://127.0.0.1:50053].
    #[arg(long, env = "PATHFINDER_ISSUES_URL", value_name = "URL")]
    pub issues_url: Option<String>,
    /// Where identity serves gRPC [default: http://127.0.0.1:50054].
    #[arg(long, env = "PATHFINDER_IDENTITY_URL", value_name = "URL")]
    pub identity_url: Option<String>,
    /// What they show each other.
    #[command(flatten)]
    pub tls: TlsFlags,
}

impl PeerFlags {
    /// Checks the addresses and the files; each problem is added to `problems`.
    pub fn check(&self, problems: &mut Problems) -> Option<PeerAddresses> {
        let tls = self.tls.check(problems);
        let is_secured = self.tls.are_given();
        let scheme = if is_secured { "https" } else { "http" };
        let mut address = |told: &Option<String>, peer: Peer| {
            let port = default_port(peer.name());
            let address = told.clone().unwrap_or_else(|| format!("{scheme}://127.0.0.1:{port}"));
            problems.take(read_peer_url(&format!("--{}-url", peer.name()), &address, is_secured))
        };
        let boards = address(&self.boards_url, Peer::Boards);
        let commitments = address(&self.commitments_url, Peer::Commitments);
        let issues = address(&self.issues_url, Peer::Issues);
        let identity = address(&self.identity_url, Peer::Identity);
        Some(PeerAddresses {
            boards: boards?,
            commitments: commitments?,
            issues: issues?,
            identity: identity?,
            tls: tls?,
        })
    }
}

/// Something that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(withheld)")
    }
}

/// Where the peers serve gRPC, and how they are called.
#[derive(Debug, Clone)]
pub struct PeerAddresses {
    /// boards.
    pub boards: Uri,
    /// commitments.
    pub commitments: Uri,
    /// issues.
    pub issues: Uri,
    /// identity.
    pub identity: Uri,
    /// What is shown to them, and demanded of whoever calls; without it all is said in the clear.
    pub tls: Option<Tls>,
}

impl PeerAddresses {
    /// The address of a peer.
    #[must_use]
    pub const fn address(&self, peer: Peer) -> &Uri {
        match peer {
            Peer::Boards => &self.boards,
            Peer::Commitments => &self.commitments,
            Peer::Issues => &self.issues,
            Peer::Identity => &self.identity,
        }
    }

    /// A connection to a peer; it connects when first used, and again when it was lost. Needs a runtime.
    #[must_use]
    pub fn open(&self, peer: Peer) -> Channel {
        peer::channel(self.address(peer).clone(), self.tls.as_ref())
    }
}

/// The bounds of a server. Each stands in the documentation of the calls it bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Unfinished requests on one connection, as HTTP/2 streams.
    pub streams_per_connection: u32,
    /// Calls in work at once on one connection.
    pub calls_per_connection: usize,
    /// Calls in work at once over all connections; more are refused with OVERLOADED.
    pub calls: usize,
    /// Feeds being watched at once, over all connections; more are refused with OVERLOADED.
    pub feeds: usize,
    /// Streams with an end being served at once, over all connections; more are refused with OVERLOADED. As many again may come in.
    pub exports: usize,
    /// Calls that bring a file, in work at once over all connections; more are refused with OVERLOADED. They are held in memory, and take
    /// no places of other calls.
    pub uploads: usize,
    /// Seconds a call may take; a shorter `grpc-timeout` holds. Streams have none.
    pub call_seconds: u64,
    /// Bytes of all headers of a request.
    pub header_bytes: u32,
    /// Seconds that open calls get to finish when the service stops.
    pub drain_seconds: u64,
    /// How often one caller may call. Calls by way of another service are counted where they come in.
    pub rates: Rates,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            streams_per_connection: 128,
            calls_per_connection: 64,
            calls: 256,
            feeds: 256,
            exports: 128,
            uploads: 32,
            call_seconds: 10,
            header_bytes: 16 << 10,
            drain_seconds: 10,
            rates: Rates::default(),
        }
    }
}

/// What a service was told, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to serve gRPC.
    pub listen: SocketAddr,
    /// Where the data is kept.
    pub database: DatabaseUrl,
    /// Where the peers are, and how this service and they speak with each other.
    pub peers: PeerAddresses,
    /// The secret that all services share.
    pub service_secret: Secret,
    /// Where spans go.
    pub otlp_endpoint: Option<String>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// How far the clock runs ahead.
    pub clock_offset: TimeDelta,
    /// The bounds of the server.
    pub limits: Limits,
    /// How contact details are kept.
    pub contacts: Contacts,
    /// What one service is told beside what all are.
    pub own: Own,
}

/// What one service is told beside what all are, in a form that only that service knows. Empty where it is on its own: it then reads its
/// own variables.
#[derive(Clone, Default)]
pub struct Own(Option<Arc<dyn Any + Send + Sync>>);

impl Own {
    /// Holds what the service is told.
    pub fn new<T: Send + Sync + 'static>(told: T) -> Self {
        Self(Some(Arc::new(told)))
    }

    /// What it was told, if it was, in the form that it knows.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.clone().and_then(|told| told.downcast().ok())
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

/// What is wrong with a configuration: every problem, one a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

impl Problems {
    /// The value, or its problem kept for later.
    pub fn take<T>(&mut self, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|problem| self.0.push(problem)).ok()
    }
}

impl Settings {
    /// Checks what the service `name` was told.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub fn check(name: &str, flags: &Flags) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let listen = flags.listen.clone().unwrap_or_else(|| format!("127.0.0.1:{}", default_port(name)));
        let listen = problems.take(read_address("--listen", &listen));
        let database = flags.database_url.clone().unwrap_or_else(|| format!("./data/{name}.db"));
        let database = problems.take(read_database("--database-url", &database));
        let peers = flags.peers.check(&mut problems);
        let secret = problems.take(read_secret("--service-secret", flags.service_secret.as_deref()));
        let otlp = flags.otlp_endpoint.as_deref().map(|url| read_url("--otlp-endpoint", url)).transpose();
        problems.take(otlp);
        let log_format = problems.take(read_log_format("--log-format", flags.log_format.as_deref()));
        let offset = problems.take(read_offset("--clock-offset", flags.clock_offset.as_deref()));
        let contacts = flags.contacts.check(&mut problems);
        if KEEPERS_OF_CONTACTS.contains(&name) {
            flags.contacts.demand_keys(&mut problems);
        }
        let rates = flags.rates.check(&mut problems);
        let checked = || {
            Some(Self {
                listen: listen?,
                database: database?,
                peers: peers?,
                service_secret: secret?,
                otlp_endpoint: flags.otlp_endpoint.clone(),
                log_format: log_format?,
                clock_offset: offset?,
                limits: Limits { rates: rates?, ..Limits::default() },
                contacts: contacts?,
                own: Own::default(),
            })
        };
        checked().filter(|_| problems.0.is_empty()).ok_or(problems)
    }
}

fn default_port(name: &str) -> u16 {
    match name {
        "boards" => 50051,
        "commitments" => 50052,
        "issues" => 50053,
        "identity" => 50054,
        _ => 8080,
    }
}

/// Reads `host:port`, an IP address with its port.
///
/// # Errors
///
/// The problem, naming the flag.
pub fn read_address(flag: &str, text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{flag} is `{text}`; it must be an IP address with a port, as 127.0.0.1:8080"))
}

/// Reads a database address: `postgres://…` or the path of an SQLite file.
///
/// # Errors
///
/// The problem, naming the flag. The address itself is not shown, as it may hold a password.
pub fn read_database(flag: &str, text: &str) -> Result<DatabaseUrl, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let complete = text.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
        let wrong =
            || format!("{flag} is not a complete address; it must read postgres://user:password@host:port/database");
        return if complete { Ok(DatabaseUrl::Postgres(text.to_owned())) } else { Err(wrong()) };
    }
    // `sqlite:/a/b.db` would be a path in a folder called `sqlite:`.
    let of_schemes = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = |begin: &str| {
        begin.len() > 1 && begin.starts_with(|first: char| first.is_ascii_alphabetic()) && begin.bytes().all(of_schemes)
    };
    let has_scheme = text.contains("://") || text.split_once(':').is_some_and(|(begin, _)| is_scheme(begin));
    if text.is_empty() || has_scheme {
        return Err(format!("{flag} must begin with postgres:// or be the path of a file"));
    }
    Ok(DatabaseUrl::Sqlite(PathBuf::from(text)))
}

/// Reads an http or https address.
///
/// # Errors
///
/// The problem, naming the flag.
pub fn read_url(flag: &str, text: &str) -> Result<Uri, String> {
    let wrong = || format!("{flag} is `{text}`; it must be an address such as http://127.0.0.1:50051");
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let usable = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    if usable { Ok(uri) } else { Err(wrong()) }
}

/// Reads the address of a peer, which must fit how the services speak with each other.
fn read_peer_url(flag: &str, text: &str, is_secured: bool) -> Result<Uri, String> {
    let address = read_url(flag, text)?;
    match (address.scheme_str(), is_secured) {
        (Some("http"), true) => Err(format!(
            "{flag} is `{text}`; with --tls-certificate all calls go over TLS, so it must begin with https://"
        )),
        (Some("https"), false) => Err(format!(
            "{flag} is `{text}`; for https the service needs --tls-certificate, --tls-key and --tls-authority"
        )),
        _ => Ok(address),
    }
}

/// Reads the secret that all services of an installation share.
///
/// # Errors
///
/// The problem, naming the flag; never the secret itself.
pub fn read_secret(flag: &str, text: Option<&str>) -> Result<Secret, String> {
    match text {
        None => Err(format!("{flag} is missing; all services of an installation share one")),
        Some(text) if text.chars().count() < 16 => Err(format!("{flag} is too short; it needs at least 16 characters")),
        Some(text) => Ok(Secret::new(text.to_owned())),
    }
}

/// Reads how logs are written.
///
/// # Errors
///
/// The problem, naming the flag.
pub fn read_log_format(flag: &str, text: Option<&str>) -> Result<LogFormat, String> {
    match text {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(format!("{flag} is `{other}`; it must be text or json")),
    }
}

/// Reads an ISO 8601 duration of days, hours, minutes and seconds, at most ten years. Months and years have no fixed
/// length and are refused.
///
/// # Errors
///
/// The problem, naming the flag.
pub fn read_offset(flag: &str, text: Option<&str>) -> Result<TimeDelta, String> {
    let Some(text) = text else { return Ok(TimeDelta::zero()) };
    let wrong = || {
        format!(
            "{flag} is `{text}`; it must be a duration of weeks, days, hours, minutes and seconds, as P3D or PT36H, of at most ten years"
        )
    };
    duration_seconds(text).filter(|seconds| *seconds <= 3660 * 86_400).map(TimeDelta::seconds).ok_or_else(wrong)
}

fn duration_seconds(text: &str) -> Option<i64> {
    let body = text.strip_prefix('P')?;
    let (days, hours) = body.split_once('T').map_or((body, None), |(days, hours)| (days, Some(hours)));
    if hours == Some("") || (days.is_empty() && hours.is_none()) {
        return None;
    }
    let total = units(days, &[('W', 604_800), ('D', 86_400)])?;
    total.checked_add(units(hours.unwrap_or(""), &[('H', 3600), ('M', 60), ('S', 1)])?)
}

fn units(text: &str, known: &[(char, i64)]) -> Option<i64> {
    let mut rest = text;
    let mut total = 0_i64;
    for (unit, seconds) in known {
        if let Some((number, after)) = rest.split_once(*unit) {
            let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = if plain { number.parse().ok()? } else { return None };
            total = total.checked_add(number.checked_mul(*seconds)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_or_refused() {
        let seconds = |text| read_offset("--clock-offset", Some(text)).map(|delta| delta.num_seconds());
        assert_eq!(seconds("P3D"), Ok(259_200));
        assert_eq!(seconds("P1W2DT3H4M5S"), Ok(604_800 + 172_800 + 10_800 + 240 + 5));
        assert_eq!(seconds("PT36H"), Ok(129_600));
        for wrong in ["", "P", "PT", "3D", "P1Y", "P-1D", "P1DT", "PT1H1H", "P99999999999D", "P1.5D"] {
            assert!(seconds(wrong).is_err(), "{wrong} must be refused");
        }
    }

    #[test]
    fn a_database_is_a_path_or_an_address_of_postgresql() {
        for wrong in [
            "",
            "sqlite:/data/boards.db",
            "sqlite:boards.db",
            "mysql://x",
            "postgres:/x",
            "postgresql+psycopg://u:pw@host/db",
        ] {
            assert!(read_database("--database-url", wrong).is_err(), "{wrong}");
        }
        for path in ["boards.db", "/data/boards.db", "./a:b.db"] {
            assert_eq!(read_database("--database-url", path), Ok(DatabaseUrl::Sqlite(PathBuf::from(path))));
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let flags = Flags {
            listen: Some("nowhere".into()),
            database_url: Some("mysql://x".into()),
            peers: PeerFlags { boards_url: Some("boards".into()), ..PeerFlags::default() },
            service_secret: Some("short".into()),
            log_format: Some("xml".into()),
            clock_offset: Some("tomorrow".into()),
            ..Flags::default()
        };
        let problems = Settings::check("boards", &flags).expect_err("refused");
        assert_eq!(problems.0.len(), 6, "{problems}");
    }
}
