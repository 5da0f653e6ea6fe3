//! What the program is told, and whether it makes sense: all problems at once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;
use pathfinder_identity::config::SignInFlags;
use pathfinder_issues::Issues;
use pathfinder_issues::config::PHOTOS;
use pathfinder_kit::config::{
    PeerAddresses, Problems, read_address, read_database, read_log_format, read_offset, read_url,
};
use pathfinder_kit::program::Program as _;
use pathfinder_kit::seal::{ContactFlags, Contacts};
use pathfinder_kit::telemetry::LogFormat;
use pathfinder_kit::tls::{Tls, TlsFlags};
use pathfinder_kit::{DatabaseUrl, Failure};

use crate::client::reachable;

pub use pathfinder_gateway::{Entry, EntryFlags, PublicUrl, Rates};
pub use pathfinder_issues::config::PhotoPlace;

/// How many services stand on consecutive ports from the port base on.
pub const SERVICE_COUNT: u16 = 4;

/// What the program is told, unchecked. Each flag has a variable of the same name: `--data-dir` is `PATHFINDER_DATA_DIR`.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Address to serve HTTP on [default: 127.0.0.1:8080].
    #[arg(long, env = "PATHFINDER_LISTEN", value_name = "HOST:PORT", global = true)]
    pub listen: Option<String>,
    /// Folder of the embedded databases [default: ./data].
    #[arg(long, env = "PATHFINDER_DATA_DIR", value_name = "FOLDER", global = true)]
    pub data_dir: Option<PathBuf>,
    /// How requests come in.
    #[command(flatten)]
    pub entry: EntryFlags,
    /// Keep the data on a PostgreSQL server instead; each service uses a schema of its own.
    #[arg(long, env = "PATHFINDER_DATABASE_URL", hide_env_values = true, value_name = "postgres://…", global = true)]
    pub database_url: Option<String>,
    /// Load no demonstration partnership at the first start.
    #[arg(long, env = "PATHFINDER_NO_DEMO", global = true)]
    pub no_demo: bool,
    /// First gRPC port: boards; commitments, issues and identity follow [default: 50051].
    #[arg(long, env = "PATHFINDER_PORT_BASE", value_name = "PORT", global = true)]
    pub port_base: Option<String>,
    /// For trials: run the clock ahead by an ISO 8601 duration, such as P3D or PT36H. Every page and answer says so.
    #[arg(long, env = "PATHFINDER_CLOCK_OFFSET", value_name = "DURATION", global = true)]
    pub clock_offset: Option<String>,
    /// Where to send spans over OTLP/gRPC; without it they are not exported.
    #[arg(long, env = "PATHFINDER_OTLP_ENDPOINT", value_name = "URL", global = true)]
    pub otlp_endpoint: Option<String>,
    /// How to write logs: text or json [default: text].
    #[arg(long, env = "PATHFINDER_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<String>,
    /// How contact details are kept; without keys, those in the file contact.keys of the data folder are used.
    #[command(flatten)]
    pub contacts: ContactFlags,
    /// Where residents' photos lie: a folder, or s3://bucket/prefix with the keys and the region that AWS_… variables name [default:
    /// photos, in the data folder].
    #[arg(long, env = PHOTOS, value_name = "FOLDER | s3://…", global = true)]
    pub photos: Option<String>,
    /// How people sign in.
    #[command(flatten)]
    pub sign_in: SignInFlags,
    /// What the services show each other, and demand of whoever calls them.
    #[command(flatten)]
    pub tls: TlsFlags,
}

/// What the program was told, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// How requests come in.
    pub entry: Entry,
    /// Where the data is.
    pub store: Store,
    /// Whether the first start loads the demonstration.
    pub demo: bool,
    /// Where gRPC is served: boards, commitments, issues, identity. Port 0 picks a free one.
    pub grpc: [SocketAddr; SERVICE_COUNT as usize],
    /// How far the clock runs ahead, as told; none when it does not.
    pub clock_offset: Option<(String, TimeDelta)>,
    /// Where spans go.
    pub otlp_endpoint: Option<String>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// How contact details are kept, and the keys that were told.
    pub contacts: Contacts,
    /// Where photos lie, as told; in the data folder where it was not.
    pub photos: Option<PhotoPlace>,
    /// How people sign in; mail goes into the data folder unless it is told otherwise.
    pub sign_in: SignInFlags,
    /// What the services show each other; without it gRPC is served in the clear.
    pub tls: Option<Tls>,
}

/// Where the data is kept.
#[derive(Debug, Clone)]
pub enum Store {
    /// One SQLite file for each service in this folder.
    Folder(PathBuf),
    /// One schema for each service on this server.
    Server(DatabaseUrl),
}

impl Store {
    /// Where the service `name` keeps its data.
    #[must_use]
    pub fn of(&self, name: &str) -> DatabaseUrl {
        match self {
            Self::Folder(folder) => DatabaseUrl::Sqlite(folder.join(format!("{name}.db"))),
            Self::Server(url) => url.clone(),
        }
    }

    /// Where files lie that belong to the data and to no database.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Server(_) => Path::new("./data"),
        }
    }
}

impl Config {
    /// Checks what the program was told.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub fn check(flags: &Flags) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let listen = problems.take(read_address("--listen", flags.listen.as_deref().unwrap_or("127.0.0.1:8080")));
        let entry = flags.entry.check(&mut problems);
        let store = problems.take(read_store(flags));
        let port_base = problems.take(read_port_base(flags.port_base.as_deref()));
        let offset = problems.take(read_offset("--clock-offset", flags.clock_offset.as_deref()));
        problems.take(flags.otlp_endpoint.as_deref().map(|url| read_url("--otlp-endpoint", url)).transpose());
        let log_format = problems.take(read_log_format("--log-format", flags.log_format.as_deref()));
        let contacts = flags.contacts.check(&mut problems);
        let photos = flags.photos.as_deref().map(|text| PhotoPlace::read("--photos", text)).transpose();
        let photos = problems.take(photos).flatten();
        check_sign_in(&flags.sign_in, &mut problems);
        problems.0.extend(Issues::check().err().map(|Problems(own)| own).into_iter().flatten());
        let tls = flags.tls.check(&mut problems);
        if let (Some(listen), Some(Some(tls))) = (listen, &tls) {
            problems.take(check_name(tls, reachable(listen).ip()));
        }
        match (listen, entry, store, port_base, offset, log_format.zip(contacts).zip(tls)) {
            (Some(listen), Some(entry), Some(store), Some(base), Some(offset), Some(((log_format, contacts), tls)))
                if problems.0.is_empty() =>
            {
                Ok(Self {
                    listen,
                    entry,
                    store,
                    demo: !flags.no_demo,
                    grpc: [base, base + 1, base + 2, base + 3].map(|port| SocketAddr::new(listen.ip(), port)),
                    clock_offset: flags.clock_offset.clone().map(|told| (told, offset)),
                    otlp_endpoint: flags.otlp_endpoint.clone(),
                    log_format,
                    contacts,
                    photos,
                    sign_in: flags.sign_in.clone(),
                    tls,
                })
            }
            _ => Err(problems),
        }
    }

    /// Where the services are called that serve on these addresses: boards, commitments, issues, identity.
    pub(crate) fn peers(&self, served: [SocketAddr; SERVICE_COUNT as usize]) -> Result<PeerAddresses, Failure> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let uri = |address| format!("{scheme}://{}", reachable(address)).parse().map_err(Failure::internal);
        let [boards, commitments, issues, identity] = served;
        Ok(PeerAddresses {
            boards: uri(boards)?,
            commitments: uri(commitments)?,
            issues: uri(issues)?,
            identity: uri(identity)?,
            tls: self.tls.clone(),
        })
    }
}

/// The services of the suite call each other where they serve, so their certificate must bear that address.
fn check_name(tls: &Tls, address: IpAddr) -> Result<(), String> {
    let wrong = || {
        format!(
            "the certificate in --tls-certificate does not bear the address {address}, where the services of the suite call each other; add it as subjectAltName=IP:{address}"
        )
    };
    if tls.bears(address) { Ok(()) } else { Err(wrong()) }
}

fn check_sign_in(told: &SignInFlags, problems: &mut Problems) {
    if let Err(Problems(found)) = pathfinder_identity::config::Settings::check(told) {
        problems.0.extend(found);
    }
}

fn read_store(flags: &Flags) -> Result<Store, String> {
    match (&flags.database_url, &flags.data_dir) {
        (Some(_), Some(_)) => {
            Err("--database-url and --data-dir exclude each other: the data is in one place".to_owned())
        }
        (Some(url), None) => match read_database("--database-url", url)? {
            server @ DatabaseUrl::Postgres(_) => Ok(Store::Server(server)),
            DatabaseUrl::Sqlite(_) => {
                Err("--database-url must begin with postgres://; for files use --data-dir".to_owned())
            }
        },
        (None, folder) => Ok(Store::Folder(folder.clone().unwrap_or_else(|| PathBuf::from("./data")))),
    }
}

fn read_port_base(text: Option<&str>) -> Result<u16, String> {
    let text = text.unwrap_or("50051");
    let highest = u16::MAX - SERVICE_COUNT + 1;
    let wrong = || format!("--port-base is `{text}`; it must be a port from 1 to {highest}");
    text.parse().ok().filter(|port| (1..=highest).contains(port)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_documented_ones() {
        let config = Config::check(&Flags::default()).expect("the defaults are right");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.grpc.map(|address| address.port()), [50051, 50052, 50053, 50054]);
        assert!(config.demo && config.clock_offset.is_none());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let flags = Flags {
            listen: Some("localhost".into()),
            data_dir: Some("x".into()),
            database_url: Some("postgres://localhost/x".into()),
            port_base: Some("65534".into()),
            clock_offset: Some("soon".into()),
            otlp_endpoint: Some("collector".into()),
            log_format: Some("xml".into()),
            no_demo: false,
            entry: EntryFlags { public_url: Some("pathfinder.example".into()), ..EntryFlags::default() },
            contacts: ContactFlags { contact_retention: Some("a year".into()), ..ContactFlags::default() },
            photos: Some("ftp://photos".into()),
            sign_in: SignInFlags::default(),
            tls: TlsFlags { tls_key: Some("no-such.key".into()), ..TlsFlags::default() },
        };
        assert_eq!(Config::check(&flags).expect_err("refused").0.len(), 12);
    }
}
