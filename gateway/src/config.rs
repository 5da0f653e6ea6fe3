//! What the gateway needs to know to run, and the limits it keeps.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use pathfinder_kit::config::{
    PeerAddresses, PeerFlags, Problems, Secret, read_address, read_log_format, read_offset, read_secret, read_url,
};
use pathfinder_kit::telemetry::LogFormat;

pub use crate::entry::{Entry, EntryFlags, PublicUrl, Rates};

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the services answer gRPC.
    pub services: PeerAddresses,
    /// What the gateway shows to identity to be known as one of the suite's own.
    pub service_secret: Secret,
    /// Where people reach the gateway.
    pub public_url: PublicUrl,
    /// How often one caller may call.
    pub rates: Rates,
    /// Addresses whose word on where a request comes from is taken, as from a proxy that ends TLS.
    pub trusted_proxies: Vec<IpAddr>,
    /// The folder in which mail lies as files, where there is no mail server; named to whoever asks for a link to sign in.
    pub outbox_folder: Option<PathBuf>,
    /// How far the clock of the installation is moved, as an ISO 8601 duration; shown on every page and answer.
    pub clock_offset: Option<String>,
    /// The limits.
    pub limits: Limits,
}

impl Config {
    /// A gateway that is served on `listen` and entered as `entry` says, with the default limits.
    #[must_use]
    pub fn behind(
        entry: Entry,
        listen: SocketAddr,
        services: PeerAddresses,
        service_secret: Secret,
        clock_offset: Option<String>,
    ) -> Self {
        let Entry { public_url, rates, trusted_proxies } = entry;
        let public_url = public_url.unwrap_or_else(|| PublicUrl::of(listen));
        Self {
            services,
            service_secret,
            public_url,
            rates,
            trusted_proxies,
            outbox_folder: None,
            clock_offset,
            limits: Limits::default(),
        }
    }
}

/// A limit on everything a stranger can make the gateway do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest request body, in bytes. Longer is answered 413.
    pub body_bytes: usize,
    /// Longest request head, in bytes; a filter of 2,000 characters takes 24,000 in an address. Longer is answered 431.
    pub head_bytes: usize,
    /// Requests that are worked on at once; more are answered 429 with `Retry-After`. One address gets a quarter of them.
    pub requests: usize,
    /// Event streams that are open at once; more are answered 429. Fewer than a service takes on one connection (128). One address
    /// gets a quarter of them.
    pub streams: usize,
    /// Exports that are under way at once; more are answered 429. One address gets a quarter of them.
    pub exports: usize,
    /// Bodies of bytes that are taken in at once; more are answered 429. One address gets a quarter of them. Each is held in memory.
    pub uploads: usize,
    /// How much longer a request may take whose body is bytes.
    pub upload_time: Duration,
    /// Longest life of a stream. Who watches goes on from the cursor; an export is cut, and does not look whole.
    pub stream_age: Duration,
    /// Longest time for one request, body included; then 504.
    pub request_time: Duration,
    /// Connections that are open at once; more wait to be accepted. One address gets a quarter of them; more are closed.
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
            head_bytes: 32 * 1024,
            requests: 256,
            streams: 96,
            exports: 96,
            uploads: 32,
            upload_time: Duration::from_secs(60),
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

/// What the stand-alone program is told, unchecked. Each flag has a variable of the same name: `--listen` is `PATHFINDER_LISTEN`.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Address to serve HTTP on [default: 127.0.0.1:8080].
    #[arg(long, env = "PATHFINDER_LISTEN", value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Where the services are, and what the gateway shows them.
    #[command(flatten)]
    pub peers: PeerFlags,
    /// The secret that all services of this installation share, at least 16 characters.
    #[arg(long, env = "PATHFINDER_SERVICE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub service_secret: Option<String>,
    /// How requests come in.
    #[command(flatten)]
    pub entry: EntryFlags,
    /// Where to send spans over OTLP/gRPC; without it they are not exported.
    #[arg(long, env = "PATHFINDER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// How to write logs: text or json [default: text].
    #[arg(long, env = "PATHFINDER_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// For trials: how far the services' clocks run ahead, to be shown on every page and answer.
    #[arg(long, env = "PATHFINDER_CLOCK_OFFSET", value_name = "DURATION")]
    pub clock_offset: Option<String>,
}

/// What the stand-alone program runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to send spans.
    pub otlp_endpoint: Option<String>,
    /// How to write logs.
    pub log_format: LogFormat,
    /// The gateway itself.
    pub config: Config,
}

impl Settings {
    /// Checks what the program was told.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub fn check(flags: &Flags) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let listen = problems.take(read_address("--listen", flags.listen.as_deref().unwrap_or("127.0.0.1:8080")));
        let services = flags.peers.check(&mut problems);
        let service_secret = problems.take(read_secret("--service-secret", flags.service_secret.as_deref()));
        let entry = flags.entry.check(&mut problems);
        problems.take(flags.otlp_endpoint.as_deref().map(|url| read_url("--otlp-endpoint", url)).transpose());
        let log_format = problems.take(read_log_format("--log-format", flags.log_format.as_deref()));
        problems.take(read_offset("--clock-offset", flags.clock_offset.as_deref()));
        match (listen, services, service_secret, entry, log_format) {
            (Some(listen), Some(services), Some(service_secret), Some(entry), Some(log_format))
                if problems.0.is_empty() =>
            {
                let clock_offset = flags.clock_offset.clone();
                let config = Config::behind(entry, listen, services, service_secret, clock_offset);
                Ok(Self { listen, otlp_endpoint: flags.otlp_endpoint.clone(), log_format, config })
            }
            _ => Err(problems),
        }
    }
}

#[cfg(test)]
mod tests {
    use pathfinder_kit::rate::RateFlags;

    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let flags = Flags {
            listen: Some("nowhere".to_owned()),
            peers: PeerFlags { boards_url: Some("localhost".to_owned()), ..PeerFlags::default() },
            log_format: Some("loud".to_owned()),
            clock_offset: Some("P1Y".to_owned()),
            entry: EntryFlags {
                public_url: Some("https://pathfinder.example/below".to_owned()),
                rates: RateFlags { rate_per_caller: Some("many".to_owned()), ..RateFlags::default() },
                trusted_proxies: Some("10.0.0.1, proxy".to_owned()),
            },
            ..Flags::default()
        };
        let Problems(problems) = Settings::check(&flags).unwrap_err();
        assert_eq!(problems.len(), 8, "{problems:?}");
    }

    #[test]
    fn only_the_secret_has_to_be_set_and_the_rest_means_one_machine() {
        let flags = Flags { service_secret: Some("a secret of the tests".to_owned()), ..Flags::default() };
        let settings = Settings::check(&flags).unwrap();
        assert_eq!(settings.config.public_url.origin(), "http://127.0.0.1:8080");
        assert_eq!(settings.listen.port(), 8080);
        assert_eq!(settings.config.services.identity.port_u16(), Some(50054));
        assert_eq!(settings.config.limits.body_bytes, 1024 * 1024);
    }
}
