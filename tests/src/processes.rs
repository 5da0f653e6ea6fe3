//! Every service and the gateway as a process of its own, as in production: separate binaries on loopback ports. Time passes by
//! starting them again with a larger `--clock-offset`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::clock::{Clock as _, SystemClock};
use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::seal::Sealer;
use pathfinder_kit::{Deps, Ids};
use rand::Rng as _;

use crate::certificates::{self, Authority};
use crate::database::TestDatabase;
use crate::door::{Http, Way};
use crate::waiting::{self, PATIENCE};
use crate::world::{House, World};

const SERVICES: [&str; 4] = ["identity", "boards", "commitments", "issues"];
/// Much is logged, so that a test which looks for what must not be there looks through much.
const LOGGED: &str = "warn,sqlx=error,pathfinder=trace";
/// What all processes share.
pub const SECRET: &str = "a secret among the processes of one test";

/// Four services and a gateway, each a process. They are ended when dropped.
pub struct Processes {
    children: Vec<(&'static str, Child)>,
    ports: [u16; 5],
    offset: TimeDelta,
    collector: Option<String>,
    is_secured: bool,
    /// Whether they are measured: they log no more than by default, and nobody asks too often.
    is_measured: bool,
    /// What seals contact details, addresses and signing keys, as issues and identity are told when they start.
    pub contact_keys: String,
    /// Where their data is.
    pub database: TestDatabase,
}

impl Processes {
    /// Builds the binaries if need be, and starts them on an empty database; spans go to `collector`, if one is named.
    ///
    /// # Panics
    ///
    /// When they cannot be built or do not get ready.
    pub async fn start(collector: Option<String>) -> Self {
        let mut processes = Self::prepare(collector).await;
        processes.launch().await;
        processes
    }

    /// As [`Processes::start`], logging no more than by default, and without limits on how often one may call.
    ///
    /// # Panics
    ///
    /// As [`Processes::start`].
    pub async fn start_measured() -> Self {
        let mut processes = Self::prepare(None).await;
        processes.is_measured = true;
        processes.launch().await;
        processes
    }

    /// The processor time that they have used until now.
    ///
    /// # Panics
    ///
    /// When the system does not tell it.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        self.children.iter().map(|(name, child)| processor_time(child).unwrap_or_else(|| panic!("{name} runs"))).sum()
    }

    /// As [`Processes::start`], with calls among them over TLS. Each has a certificate of `authority` in the folder of their data.
    ///
    /// # Panics
    ///
    /// As [`Processes::start`].
    pub async fn start_over_tls(authority: &Authority) -> Self {
        let mut processes = Self::prepare(None).await;
        processes.is_secured = true;
        for name in SERVICES.into_iter().chain(["gateway"]) {
            drop(authority.equip(processes.database.folder(), name));
        }
        processes.launch().await;
        processes
    }

    async fn prepare(collector: Option<String>) -> Self {
        let database = TestDatabase::fresh().await;
        let (offset, contact_keys) = (TimeDelta::zero(), Sealer::new_key(&Ids::random()));
        let (children, ports) = (Vec::new(), free_ports());
        Self { children, ports, offset, collector, is_secured: false, is_measured: false, contact_keys, database }
    }

    /// The file in which it stands to which councils' systems issues are sent on: at first to none.
    #[must_use]
    pub fn open311_endpoints(&self) -> PathBuf {
        self.database.folder().join("open311-endpoints.json")
    }

    /// Processes, entered by `way`.
    pub async fn world(way: Way) -> World<Self> {
        World::new(Self::start(None).await, way)
    }

    async fn launch(&mut self) {
        for name in SERVICES.into_iter().chain(["gateway"]) {
            self.spawn(name);
        }
        self.ready().await;
    }

    fn spawn(&mut self, name: &'static str) {
        let child = self.command(name).spawn().unwrap_or_else(|error| panic!("{name} starts: {error}"));
        self.children.push((name, child));
    }

    /// Waits until the gateway says that everything behind it serves.
    async fn ready(&self) {
        for name in SERVICES {
            self.healthy(name).await;
        }
        let door = Http::at(&self.gateway());
        waiting::until("readiness of the gateway", PATIENCE, || async {
            self.must_live();
            let answer = door.request(http::Method::GET, "/readyz").send().await.map_err(|error| error.to_string())?;
            if answer.status() == 200 { Ok(()) } else { Err(answer.text().await.unwrap_or_default()) }
        })
        .await;
    }

    /// Waits until a service says of itself, as an operator asks it, that it serves.
    async fn healthy(&self, name: &str) {
        waiting::until(&format!("the health of {name}"), PATIENCE, || {
            self.must_live();
            let asked = self.command(name).arg("healthcheck").status();
            let healthy = asked.is_ok_and(|status| status.success());
            std::future::ready(if healthy { Ok(()) } else { Err("it does not serve".to_owned()) })
        })
        .await;
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binaries().join(format!("pathfinder-{name}")));
        for (variable, _) in std::env::vars().filter(|(variable, _)| variable.starts_with("PATHFINDER_")) {
            command.env_remove(variable);
        }
        if !self.is_measured {
            command.env("PATHFINDER_LOG", LOGGED);
        }
        command.env("PATHFINDER_OUTBOX_FOLDER", self.database.outbox());
        command.env("PATHFINDER_PHOTOS", self.database.photos());
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.port(name)));
        if self.offset > TimeDelta::zero() {
            command.arg("--clock-offset").arg(format!("PT{}S", self.offset.num_seconds()));
        }
        for peer in SERVICES {
            command.arg(format!("--{peer}-url")).arg(self.address(peer));
        }
        if self.is_secured {
            let files = certificates::files(self.database.folder(), name);
            let files = [files.tls_certificate, files.tls_key, files.tls_authority];
            for (flag, file) in ["--tls-certificate", "--tls-key", "--tls-authority"].into_iter().zip(files) {
                command.arg(flag).args(file);
            }
        }
        command.arg("--service-secret").arg(SECRET);
        if name == "gateway" || self.is_measured {
            // A test is one address, and asks more often than any person.
            command.args(["--rate-per-address", "0", "--rate-per-caller", "0"]);
        }
        if name != "gateway" {
            command.arg("--database-url").arg(self.database.flag(name));
        }
        if name == "issues" {
            let endpoints = self.open311_endpoints();
            if !endpoints.exists() {
                std::fs::write(&endpoints, "[]").expect("a file can be written");
            }
            command.env("PATHFINDER_OPEN311_ENDPOINTS_FILE", endpoints);
            command.env("PATHFINDER_PUBLIC_URL", self.gateway());
            command.env("PATHFINDER_MEDIA_FROM_THIS_MACHINE", "true");
        }
        if matches!(name, "issues" | "identity") {
            command.arg("--contact-keys").arg(&self.contact_keys);
        }
        if let Some(collector) = &self.collector {
            command.arg("--otlp-endpoint").arg(collector);
        }
        let log =
            std::fs::File::options().create(true).append(true).open(self.log(name)).expect("a log can be written");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command
    }

    /// Where a process writes its log.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.database.folder().join(format!("{name}.log"))
    }

    /// Where a service serves gRPC.
    fn address(&self, name: &str) -> String {
        let scheme = if self.is_secured { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port(name))
    }

    fn port(&self, name: &str) -> u16 {
        let [boards, commitments, issues, identity, gateway] = self.ports;
        match name {
            "boards" => boards,
            "commitments" => commitments,
            "issues" => issues,
            "identity" => identity,
            _ => gateway,
        }
    }

    /// Fails when a process has ended, with what it wrote.
    fn must_live(&self) {
        for (name, child) in &self.children {
            let alive = Path::new(&format!("/proc/{}/exe", child.id())).exists();
            let log = || std::fs::read_to_string(self.log(name)).unwrap_or_default();
            assert!(alive, "{name} goes on running; it wrote:\n{}", log());
        }
    }

    /// Ends all processes by a signal, as an operator does; what is open may finish, and spans are sent.
    ///
    /// # Panics
    ///
    /// When one does not end well in time.
    pub async fn halt(&mut self) {
        self.must_live();
        let children = std::mem::take(&mut self.children);
        children.iter().for_each(|(_, child)| tell_to_end(child));
        for (name, child) in children {
            self.must_end(name, child).await;
        }
    }

    /// Ends one process.
    ///
    /// # Panics
    ///
    /// When there is none of that name, or it does not end well in time.
    pub async fn stop_one(&mut self, name: &str) {
        let (name, child) = self.take(name);
        tell_to_end(&child);
        self.must_end(name, child).await;
    }

    /// Ends one process without a warning, as a power cut does: it can finish nothing and tell nobody.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub fn kill_one(&mut self, name: &str) {
        let (name, mut child) = self.take(name);
        let killed = child.kill().and_then(|()| child.wait());
        assert!(killed.is_ok(), "{name} can be killed: {killed:?}");
    }

    fn take(&mut self, name: &str) -> (&'static str, Child) {
        let at = self.children.iter().position(|(known, _)| *known == name);
        self.children.remove(at.unwrap_or_else(|| panic!("{name} runs")))
    }

    /// Starts one service again, and waits until it serves.
    ///
    /// # Panics
    ///
    /// When it does not start or get ready.
    pub async fn start_one(&mut self, name: &'static str) {
        self.spawn(name);
        self.healthy(name).await;
    }

    async fn must_end(&self, name: &str, mut child: Child) {
        let ended = waiting::until(&format!("the end of {name}"), PATIENCE, || {
            let ended = child.try_wait().expect("a child can be waited for");
            std::future::ready(ended.ok_or_else(|| "still running".to_owned()))
        })
        .await;
        let log = || std::fs::read_to_string(self.log(name)).unwrap_or_default();
        assert!(ended.success(), "{name} ends well after a signal, but: {ended}; it wrote:\n{}", log());
    }
}

/// User's and system's time, the 14th and 15th field of the system's line on a process, in hundredths of a second.
fn processor_time(child: &Child) -> Option<Duration> {
    let line = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let (_, behind_name) = line.rsplit_once(") ")?;
    let mut fields = behind_name.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn tell_to_end(child: &Child) {
    let told = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    assert!(told.is_ok_and(|status| status.success()), "a process can be told to end");
}

impl Drop for Processes {
    fn drop(&mut self) {
        for (name, child) in &mut self.children {
            if std::thread::panicking() {
                let log =
                    std::fs::read_to_string(self.database.folder().join(format!("{name}.log"))).unwrap_or_default();
                write_out(name, &log);
            }
            let ended = child.kill().and_then(|()| child.wait());
            assert!(ended.is_ok() || std::thread::panicking(), "{name} can be ended: {ended:?}");
        }
    }
}

#[expect(clippy::print_stderr, reason = "the failing test's reader wants the logs of its processes")]
fn write_out(name: &str, log: &str) {
    eprintln!("--- {name} wrote:\n{log}");
}

/// Ports below those that the system gives to outgoing connections, so that none of them takes one while its service is down.
fn free_ports() -> [u16; 5] {
    // All are held at once, so that they differ; they are free again when this returns.
    let held: [TcpListener; 5] = std::array::from_fn(|_| {
        let mut tried = (0..1000).map(|_| TcpListener::bind(("127.0.0.1", rand::rng().random_range(10_000..32_000))));
        tried.find_map(Result::ok).expect("one of a thousand ports is free")
    });
    held.map(|listener| listener.local_addr().expect("a bound address").port())
}

/// What cargo tells a program that it runs about that program's package.
const ABOUT_THIS_PACKAGE: [&str; 5] = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];

/// The folder of the binaries, built once for this test program.
///
/// # Panics
///
/// When they cannot be built.
pub fn binaries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this program has a path");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("test programs lie two folders below the target folder")
            .to_owned();
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--workspace", "--bins", "--quiet"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        build.env("CARGO_TARGET_DIR", folder.parent().expect("the folder of a profile lies in the target folder"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        // What the test's own cargo says about this package would count as a change to libraries whose build scripts look at it, and
        // they would be compiled once more.
        for (name, _) in std::env::vars_os() {
            if ABOUT_THIS_PACKAGE.iter().any(|begin| name.to_string_lossy().starts_with(begin)) {
                build.env_remove(name);
            }
        }
        let output = build.output().expect("cargo can be run");
        assert!(output.status.success(), "the binaries can be built:\n{}", String::from_utf8_lossy(&output.stderr));
        folder
    })
}

#[async_trait]
impl House for Processes {
    fn now(&self) -> DateTime<Utc> {
        SystemClock::ahead_by(self.offset).now()
    }

    async fn pass_time(&mut self, by: TimeDelta) {
        self.halt().await;
        self.offset += by;
        self.launch().await;
    }

    fn tick(&self) {}

    fn gateway(&self) -> String {
        format!("http://127.0.0.1:{}", self.port("gateway"))
    }

    fn services(&self) -> PeerAddresses {
        let address = |name: &str| self.address(name).parse().expect("an address");
        let own = || certificates::tls(&certificates::files(self.database.folder(), "gateway"));
        PeerAddresses {
            boards: address("boards"),
            commitments: address("commitments"),
            issues: address("issues"),
            identity: address("identity"),
            tls: self.is_secured.then(own),
        }
    }

    async fn token(&self, login: &str) -> String {
        let deps = Deps { clock: Arc::new(SystemClock::ahead_by(self.offset)), ids: Arc::new(Ids::random()) };
        let keys = Sealer::read("the keys of the test", &self.contact_keys).expect("keys that can be read");
        let token = pathfinder_identity::token_for(&self.database.url("identity"), &deps, &keys, login).await;
        token.unwrap_or_else(|failure| panic!("there is a token for {login}, but: {failure:?}"))
    }
}
