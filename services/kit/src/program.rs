//! From configuration to a serving process, for a service on its own, in the suite and inside a test alike.
//!
//! Start: telemetry → configuration → migrations → wiring → bind → ready → serve. The first signal drains, the second aborts; a
//! worker that ends by itself ends the process with a non-zero status.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use sea_orm_migration::MigratorTrait;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::config::{Flags, Problems, Settings};
use crate::contract::METHODS;
use crate::database::Database;
use crate::failure::{Failure, Reason, causes_of};
use crate::host::{Deps, Host};
use crate::ids::Ids;
use crate::policy::{Policies, Policy, kept};
use crate::server::{self, Service};
use crate::telemetry;
use crate::token::KeySource;

/// Every program of ours links this crate. A list of issues is many small pieces, which the system's allocator spends a fifth of the call's
/// processor time on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A service of the suite.
pub trait Program: Send + 'static {
    /// Its name: boards, commitments, issues or identity.
    const NAME: &'static str;
    /// Its tables.
    type Migrator: MigratorTrait;

    /// Who may do what.
    const POLICY: Policy;

    /// Reads the settings that it alone has from the environment.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    fn check() -> Result<(), Problems> {
        Ok(())
    }

    /// Wires it.
    fn build(host: Host) -> impl Future<Output = Result<Service, Failure>> + Send;

    /// Where it gets token keys from; by default from identity over gRPC.
    #[must_use]
    fn keys(_database: &Database) -> Option<Arc<dyn KeySource>> {
        None
    }
}

/// A service that serves.
#[derive(Debug)]
pub struct Running {
    /// Where it serves gRPC.
    pub address: SocketAddr,
    /// What it stands on.
    pub host: Host,
    tasks: JoinSet<Result<(), Failure>>,
}

/// Opens the database, brings its tables up to date, wires the service and serves it on `listener`.
///
/// # Errors
///
/// When the database cannot be opened or the service cannot be wired.
pub async fn launch<P: Program>(
    settings: &Settings,
    deps: Deps,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<Running, Failure> {
    // Read before the first call comes, so that it does not wait for it.
    std::sync::LazyLock::force(&METHODS);
    let policies = Policies::compile(P::POLICY)?;
    let database = open_migrated::<P>(settings).await?;
    let keys = P::keys(&database);
    let address = listener.local_addr().map_err(Failure::internal)?;
    let host = Host::new(P::NAME, settings, deps, database, keys, policies, shutdown);
    kept::look(&host).await?;
    let mut service = P::build(host.clone()).await?;
    let mut tasks = JoinSet::new();
    for worker in service.take_workers() {
        tasks.spawn(async move {
            worker.await;
            Ok(())
        });
    }
    let numbering = host.clone();
    tasks.spawn(async move {
        numbering.outbox().run(numbering.database(), numbering.shutdown()).await;
        Ok(())
    });
    tasks.spawn(crate::housekeeping::run(host.clone()));
    tasks.spawn(kept::run(host.clone()));
    let serving = host.clone();
    tasks.spawn(async move { server::serve(&serving, service, listener).await });
    tracing::info!(service = P::NAME, %address, tls = host.tls().is_some(), "serving");
    Ok(Running { address, host, tasks })
}

async fn open_migrated<P: Program>(settings: &Settings) -> Result<Database, Failure> {
    let unusable = |error| {
        Failure::new(Reason::DatabaseUnavailable, format!("The database of {} cannot be used.", P::NAME)).because(error)
    };
    Database::open_to_serve::<P::Migrator>(&settings.database, P::NAME).await.map_err(unusable)
}

impl Running {
    /// Waits until the service has stopped.
    ///
    /// # Errors
    ///
    /// The first failure of its server or workers; a worker that ended before the shutdown is one.
    pub async fn finished(mut self) -> Result<(), Failure> {
        let mut first = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let outcome = match ended {
                Ok(Ok(())) if self.host.shutdown().is_cancelled() => Ok(()),
                Ok(Ok(())) => Err(Failure::new(Reason::Internal, "A task ended before the service was stopped.")),
                Ok(Err(failure)) => Err(failure),
                Err(error) => Err(Failure::internal(error)),
            };
            if outcome.is_err() && first.is_ok() {
                first = outcome;
                self.host.shutdown().cancel();
            }
        }
        let closed = self.host.database().close().await.map_err(Failure::from);
        first.and(closed)
    }
}

#[derive(Parser)]
#[command(version, about = "One service of Pathfinder, on its own")]
struct Line {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Serve until stopped (the default).
    Serve,
    /// Bring the tables up to date, and end.
    Migrate,
    /// Check the configuration, and end.
    ConfigCheck,
    /// Ask the running service whether it is serving, and end.
    Healthcheck,
}

/// The `main` of a service's binary.
#[must_use]
pub fn main<P: Program>() -> ExitCode {
    let line = Line::parse();
    let settings = match both(Settings::check(P::NAME, &line.flags), P::check()) {
        Ok(settings) => settings,
        Err(problems) => return refuse(&problems),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let name = format!("pathfinder-{}", P::NAME);
    let outcome = runtime.block_on(async {
        let telemetry = telemetry::start(&name, settings.otlp_endpoint.as_deref(), settings.log_format);
        let telemetry = telemetry.map_err(Failure::internal)?;
        let outcome = carry_out::<P>(line.task.unwrap_or(Task::Serve), &settings).await;
        tokio::task::spawn_blocking(|| telemetry.flush()).await.map_err(Failure::internal)?;
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => refuse(&Chain(&failure)),
    }
}

/// What was read of all services, unless there is a problem with it or with what one service has alone.
fn both(settings: Result<Settings, Problems>, own: Result<(), Problems>) -> Result<Settings, Problems> {
    match (settings, own) {
        (Ok(settings), Ok(())) => Ok(settings),
        (Err(problems), Ok(())) | (Ok(_), Err(problems)) => Err(problems),
        (Err(Problems(mut all)), Err(Problems(own))) => {
            all.extend(own);
            Err(Problems(all))
        }
    }
}

async fn carry_out<P: Program>(task: Task, settings: &Settings) -> Result<(), Failure> {
    match task {
        Task::Serve => serve::<P>(settings).await,
        Task::Migrate => open_migrated::<P>(settings).await.map(|_| ()),
        Task::ConfigCheck => Ok(()),
        Task::Healthcheck => healthcheck(settings).await,
    }
}

async fn serve<P: Program>(settings: &Settings) -> Result<(), Failure> {
    let clock = Arc::new(SystemClock::ahead_by(settings.clock_offset));
    let deps = Deps { clock, ids: Arc::new(Ids::random()) };
    let listener = bind(settings.listen).await?;
    let shutdown = CancellationToken::new();
    let running = launch::<P>(settings, deps, listener, shutdown.clone()).await?;
    stop_on_signal(shutdown);
    running.finished().await
}

/// Binds an address.
///
/// # Errors
///
/// When it is taken or not one of this machine's; the message names it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let taken = |error| {
        Failure::new(
            Reason::Internal,
            format!("The address {address} cannot be served on; is something else using it?"),
        )
        .because(error)
    };
    TcpListener::bind(address).await.map_err(taken)
}

/// Cancels `shutdown` at the first interrupt or termination signal; the second ends the process at once.
pub fn stop_on_signal(shutdown: CancellationToken) {
    tokio::spawn(async move {
        next_signal().await;
        tracing::info!("stopping: open calls are finished; a second signal ends at once");
        shutdown.cancel();
        next_signal().await;
        std::process::exit(130);
    });
}

async fn next_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "termination signals are not heard, only interrupts");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}

async fn healthcheck(settings: &Settings) -> Result<(), Failure> {
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
    let channel = crate::peer::channel_to_self(settings.listen, settings.peers.tls.as_ref());
    let mut client = HealthClient::new(channel.map_err(Failure::internal)?);
    let request = crate::peer::request(HealthCheckRequest { service: String::new() });
    let answer = client.check(request).await.map_err(Failure::internal)?.into_inner();
    if answer.status() == ServingStatus::Serving {
        Ok(())
    } else {
        Err(Failure::new(Reason::DatabaseUnavailable, "The service is up but not serving."))
    }
}

/// A failure with its causes, for the terminal of whoever started the process.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a Failure);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        causes_of(self.0).iter().try_for_each(|cause| write!(f, "\n  because: {cause}"))
    }
}

/// Says on standard error why the process does not start, and answers the status for that.
#[expect(clippy::print_stderr, reason = "whoever started the process reads this; logs may not run yet")]
pub fn refuse(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("pathfinder: {why}");
    ExitCode::FAILURE
}
