//! What the gateway needs to know to run, and the limits it keeps.

use std::net::SocketAddr;
use std::time::Duration;

use http::Uri;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the services answer.
    pub services: Services,
    /// How far the clock of the installation is moved, as an ISO 8601 duration; shown on every page and answer.
    pub clock_offset: Option<String>,
    /// The limits.
    pub limits: Limits,
}

/// The gRPC addresses of the services, `http://127.0.0.1:50051`.
#[derive(Debug, Clone)]
pub struct Services {
    /// `pathfinder.boards`.
    pub boards: Uri,
    /// `pathfinder.commitments`.
    pub commitments: Uri,
    /// `pathfinder.issues`.
    pub issues: Uri,
    /// `pathfinder.identity`.
    pub identity: Uri,
}

/// A limit on everything a stranger can make the gateway do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest request body, in bytes. Longer is answered 413.
    pub body_bytes: usize,
    /// Longest request head, in bytes. Longer is answered 431.
    pub head_bytes: usize,
    /// Requests that are worked on at once; more are answered 429 with `Retry-After`.
    pub requests: usize,
    /// Event streams that are open at once; more are answered 429.
    pub streams: usize,
    /// Longest life of an event stream. A client goes on from its cursor.
    pub stream_age: Duration,
    /// Longest time for one request, body included; then 504.
    pub request_time: Duration,
    /// Connections that are open at once; more wait to be accepted.
    pub connections: usize,
    /// HTTP/2 requests that one connection may have open at once.
    pub requests_per_connection: u32,
    /// Longest wait for the head of a request, also between two requests of one connection.
    pub head_time: Duration,
    /// Longest life of a connection; it ends after the request it is serving then.
    pub connection_age: Duration,
    /// How long requests may go on after the signal to stop.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            head_bytes: 16 * 1024,
            requests: 256,
            streams: 256,
            stream_age: Duration::from_secs(30 * 60),
            request_time: Duration::from_secs(10),
            connections: 1024,
            requests_per_connection: 128,
            head_time: Duration::from_secs(30),
            connection_age: Duration::from_secs(30 * 60),
            drain_time: Duration::from_secs(10),
        }
    }
}

/// What the stand-alone program reads from its environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen, `PATHFINDER_LISTEN`.
    pub listen: SocketAddr,
    /// The rest.
    pub config: Config,
}

/// Everything that is wrong with the environment, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is wrong:\n{}", .0.join("\n"))]
pub struct Misconfigured(pub Vec<String>);

impl Settings {
    /// Reads `PATHFINDER_LISTEN`, `PATHFINDER_{BOARDS,COMMITMENTS,ISSUES,IDENTITY}_ADDRESS` and `PATHFINDER_CLOCK_OFFSET`.
    ///
    /// # Errors
    ///
    /// Every variable that cannot be read, together.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let mut reader = Reader { variable, problems: Vec::new() };
        let listen = reader.parsed("PATHFINDER_LISTEN", "127.0.0.1:8080");
        let services = Services {
            boards: reader.address("PATHFINDER_BOARDS_ADDRESS", "http://127.0.0.1:50051"),
            commitments: reader.address("PATHFINDER_COMMITMENTS_ADDRESS", "http://127.0.0.1:50052"),
            issues: reader.address("PATHFINDER_ISSUES_ADDRESS", "http://127.0.0.1:50053"),
            identity: reader.address("PATHFINDER_IDENTITY_ADDRESS", "http://127.0.0.1:50054"),
        };
        let clock_offset = (reader.variable)("PATHFINDER_CLOCK_OFFSET").filter(|offset| !offset.is_empty());
        match listen {
            Some(listen) if reader.problems.is_empty() => {
                Ok(Self { listen, config: Config { services, clock_offset, limits: Limits::default() } })
            }
            _ => Err(Misconfigured(reader.problems)),
        }
    }
}

struct Reader<F> {
    variable: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn parsed<T: std::str::FromStr>(&mut self, name: &str, default: &str) -> Option<T> {
        let text = (self.variable)(name).unwrap_or_else(|| default.to_owned());
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.problems.push(format!("{name}: cannot be read, for example {default}"));
        }
        parsed
    }

    fn address(&mut self, name: &str, default: &str) -> Uri {
        let address = self.parsed::<Uri>(name, default).unwrap_or_default();
        let complete = address.scheme_str().is_some_and(|scheme| scheme == "http") && address.authority().is_some();
        if !complete && !self.problems.iter().any(|problem| problem.starts_with(name)) {
            self.problems.push(format!("{name}: must be a whole address, for example {default}"));
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let wrong = |name: &str| match name {
            "PATHFINDER_LISTEN" => Some("nowhere".to_owned()),
            "PATHFINDER_BOARDS_ADDRESS" => Some("localhost".to_owned()),
            "PATHFINDER_ISSUES_ADDRESS" => Some("::".to_owned()),
            _ => None,
        };
        let Misconfigured(problems) = Settings::read(wrong).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn nothing_set_means_the_addresses_of_one_machine() {
        let settings = Settings::read(|_| None).unwrap();
        assert_eq!(settings.listen.port(), 8080);
        assert_eq!(settings.config.services.identity.port_u16(), Some(50054));
        assert_eq!(settings.config.limits.body_bytes, 1024 * 1024);
    }
}
