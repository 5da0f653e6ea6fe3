//! What authorisation adds to a read: the processor time of the issues service for the same reads, with its policies and without.
//!
//! `cargo bench -p pathfinder --bench authorisation` makes the demonstration's data and starts identity and issues on two copies of it,
//! one process with the policies and one with none. It reads issues over gRPC as the manager, a little from the one and a little from
//! the other in turns, so that whatever else the machine does meets both, and compares the processor time that the processes took by the
//! system's count. Both verify the tokens: who somebody is must be known either way. It ends with a failure where authorisation adds
//! 10 % or more.

#![allow(clippy::print_stdout, reason = "the figures are printed")]

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pathfinder_identity::Identity;
use pathfinder_issues::Issues;
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::{Flags, Settings};
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::{Program, bind, launch};
use pathfinder_kit::rate::RateFlags;
use pathfinder_kit::seal::ContactFlags;
use pathfinder_kit::token::Claims;
use pathfinder_kit::{DatabaseUrl, Deps, Failure, Host, Ids, Service, peer};
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::issues::v1::{GetIssueRequest, Issue, ListIssuesRequest};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Request, Status};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The share of a read that authorisation may add.
const MOST: f64 = 0.1;
/// How often each is read from, and how many reads are between two looks at the system's count.
const TURNS: usize = 60;
const READS: usize = 1_000;
const AT_ONCE: usize = 8;

/// The issues service without its policies.
struct Unchecked;

impl Program for Unchecked {
    const NAME: &'static str = Issues::NAME;
    type Migrator = <Issues as Program>::Migrator;
    const POLICY: Policy = Policy::Unchecked;

    async fn build(host: Host) -> Result<Service, Failure> {
        Issues::build(host).await
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.as_slice() {
        [_, serve, kind, folder] if serve == "serve" => runtime.block_on(serve_until_told(kind, Path::new(folder))),
        _ => runtime.block_on(compare()),
    }
}

async fn compare() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let program = Path::new(env!("CARGO_BIN_EXE_pathfinder"));
    let token = make_data(program, folder.path())?;
    let unchecked = Measured::start("unchecked", folder.path(), &token).await?;
    let with_rules = Measured::start("rules", folder.path(), &token).await?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        // Each goes first as often as the other.
        if turn % 2 == 0 {
            without.push(unchecked.take_turn().await?);
            with.push(with_rules.take_turn().await?);
        } else {
            with.push(with_rules.take_turn().await?);
            without.push(unchecked.take_turn().await?);
        }
    }
    unchecked.server.stop()?;
    with_rules.server.stop()?;
    let mut shares: Vec<f64> = without.iter().zip(&with).map(|(without, with)| with / without - 1.0).collect();
    shares.sort_by(f64::total_cmp);
    let [mean_without, mean_with] = [without, with].map(|taken| taken.iter().sum::<f64>() / TURNS as f64);
    let share = mean_with / mean_without - 1.0;
    println!("processor time of the service for a read, over {TURNS} turns of {READS} reads each:");
    println!("  {mean_without:.0} µs without policies, {mean_with:.0} µs with them: {:.1} % more", share * 100.0);
    let quartile = |quarter: usize| shares[quarter * (TURNS - 1) / 4] * 100.0;
    println!(
        "  turn by turn: median {:.1} %, half of them between {:.1} % and {:.1} %",
        quartile(2),
        quartile(1),
        quartile(3)
    );
    if share < MOST { Ok(()) } else { Err("authorisation costs more than it may".into()) }
}

/// Loads the demonstration by a first start of the whole suite, and answers a token of its manager.
fn make_data(program: &Path, folder: &Path) -> Outcome<String> {
    let mut suite = Command::new(program)
        .args(["--listen", "127.0.0.1:0", "--port-base", &free_ports()?.to_string(), "--data-dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = suite.stdout.take().ok_or("the suite has an output")?;
    let ready = BufReader::new(said).lines().any(|line| line.is_ok_and(|line| line.contains("is ready")));
    Command::new("kill").arg("-TERM").arg(suite.id().to_string()).status()?;
    suite.wait()?;
    let token = Command::new(program).args(["token", "manager", "--data-dir"]).arg(folder).output()?;
    if !ready || !token.status.success() {
        return Err("the demonstration was not loaded".into());
    }
    Ok(String::from_utf8(token.stdout)?.trim().to_owned())
}

/// The first of four free ports in a row.
fn free_ports() -> Outcome<u16> {
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let mut bases = (20_000..60_000).step_by(4);
    Ok(bases.find(|base| (*base..base + 4).all(is_free)).ok_or("there are four free ports in a row")?)
}

/// A service, and what is read from it.
struct Measured {
    server: Server,
    issues: Reading,
}

impl Measured {
    /// Starts on a copy of the data, which no two processes share.
    async fn start(kind: &str, data: &Path, token: &str) -> Outcome<Self> {
        let folder = data.join(kind);
        std::fs::create_dir(&folder)?;
        for file in ["identity.db", "issues.db", "contact.keys"] {
            std::fs::copy(data.join(file), folder.join(file))?;
        }
        let server = Server::start(kind, &folder)?;
        let issues = Reading::at(&server.address, token).await?;
        let measured = Self { server, issues };
        measured.take_turn().await?;
        Ok(measured)
    }

    /// Microseconds of processor time for one read.
    async fn take_turn(&self) -> Outcome<f64> {
        let before = self.server.processor_microseconds()?;
        self.issues.read(READS).await?;
        Ok((self.server.processor_microseconds()? - before) / READS as f64)
    }
}

/// Some issues, to be read over and over.
#[derive(Clone)]
struct Reading {
    client: IssueServiceClient<Channel>,
    token: String,
    issues: Arc<Vec<Issue>>,
}

impl Reading {
    async fn at(address: &str, token: &str) -> Outcome<Self> {
        let mut client = IssueServiceClient::new(peer::channel(address.parse()?, None));
        let partnership_id = partnership_of(token)?;
        let list = ListIssuesRequest { partnership_id, page_size: 50, ..ListIssuesRequest::default() };
        let issues = client.list_issues(as_holder(list, token)?).await?.into_inner().issues;
        Ok(Self { client, token: token.to_owned(), issues: Arc::new(issues) })
    }

    async fn read(&self, count: usize) -> Outcome<()> {
        let mut readers = tokio::task::JoinSet::new();
        for first in 0..AT_ONCE {
            let mut own = self.clone();
            readers.spawn(async move {
                for number in (first..count).step_by(AT_ONCE) {
                    own.read_one(number).await?;
                }
                Ok::<_, Status>(())
            });
        }
        while let Some(ended) = readers.join_next().await {
            ended??;
        }
        Ok(())
    }

    async fn read_one(&mut self, number: usize) -> Result<(), Status> {
        let issue = &self.issues[number % self.issues.len()];
        let get = GetIssueRequest {
            partnership_id: issue.partnership_id.clone(),
            issue_id: issue.issue_id.clone(),
            ..GetIssueRequest::default()
        };
        self.client
            .get_issue(as_holder(get, &self.token).map_err(|error| Status::internal(error.to_string()))?)
            .await?;
        Ok(())
    }
}

fn as_holder<M>(message: M, token: &str) -> Outcome<Request<M>> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    Ok(request)
}

/// The partnership in which the token's holder has a role.
fn partnership_of(token: &str) -> Outcome<String> {
    let payload = token.split('.').nth(1).ok_or("a token has three parts")?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    let grant = claims.grants.first().and_then(|grant| grant.partnership_id);
    Ok(grant.ok_or("the manager has a role in a partnership")?.to_string())
}

/// Identity and issues, as a process of their own.
struct Server {
    process: Child,
    input: ChildStdin,
    address: String,
}

impl Server {
    fn start(kind: &str, folder: &Path) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", kind])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = process.stdin.take().ok_or("the server has an input")?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().ok_or("the server has an output")?).read_line(&mut address)?;
        Ok(Self { process, input, address: address.trim().to_owned() })
    }

    fn processor_microseconds(&self) -> Outcome<f64> {
        let mut nanoseconds = 0.0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let schedule = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += schedule.split_whitespace().next().ok_or("the system counts")?.parse::<f64>()?;
        }
        Ok(nanoseconds / 1_000.0)
    }

    fn stop(self) -> Outcome<()> {
        let Self { mut process, input, .. } = self;
        // The end of its input tells it to stop.
        drop(input);
        process.wait()?;
        Ok(())
    }
}

async fn serve_until_told(kind: &str, folder: &Path) -> Outcome<()> {
    let shutdown = CancellationToken::new();
    let (identity, issues) = (bind("127.0.0.1:0".parse()?).await?, bind("127.0.0.1:0".parse()?).await?);
    let address = format!("http://{}", issues.local_addr()?);
    let identity_url = format!("http://{}", identity.local_addr()?);
    let settings = |name: &str| settings(name, folder, &identity_url);
    let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
    let identity = launch::<Identity>(&settings("identity")?, deps.clone(), identity, shutdown.clone()).await?;
    let issues = match kind {
        "rules" => launch::<Issues>(&settings("issues")?, deps, issues, shutdown.clone()).await?,
        _ => launch::<Unchecked>(&settings("issues")?, deps, issues, shutdown.clone()).await?,
    };
    println!("{address}");
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    shutdown.cancel();
    issues.finished().await?;
    identity.finished().await?;
    Ok(())
}

fn settings(name: &str, folder: &Path, identity_url: &str) -> Outcome<Settings> {
    let keys = std::fs::read_to_string(folder.join("contact.keys"))?;
    let contacts = ContactFlags { contact_keys: Some(keys.trim().to_owned()), ..ContactFlags::default() };
    let secret = "a secret of this benchmark".to_owned();
    // More reads come from one caller than its share is.
    let rates = RateFlags { rate_per_caller: Some("0".to_owned()), ..RateFlags::default() };
    let flags = Flags { service_secret: Some(secret), contacts, rates, ..Flags::default() };
    let mut settings = Settings::check(name, &flags)?;
    settings.database = DatabaseUrl::Sqlite(PathBuf::from(folder).join(format!("{name}.db")));
    settings.peers.identity = identity_url.parse()?;
    Ok(settings)
}
