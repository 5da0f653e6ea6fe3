//! All services and the gateway in one process, wired over loopback gRPC exactly as separate processes are.

use std::net::SocketAddr;
use std::sync::Arc;

use pathfinder_boards::Boards;
use pathfinder_commitments::Commitments;
use pathfinder_gateway::Gateway;
use pathfinder_identity::Identity;
use pathfinder_issues::Issues;
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::{Limits, PeerAddresses, Secret, Settings};
use pathfinder_kit::program::{Program, Running, bind, launch};
use pathfinder_kit::{DatabaseUrl, Deps, Failure, Ids, Reason};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Store};

/// The running suite.
#[derive(Debug)]
pub struct Suite {
    /// Where HTTP is served.
    pub http: SocketAddr,
    /// Where the services serve gRPC.
    pub peers: PeerAddresses,
    services: Vec<Running>,
    gateway: JoinHandle<std::io::Result<()>>,
    shutdown: CancellationToken,
}

/// The clock and the ids that `config` asks for.
#[must_use]
pub fn deps(config: &Config) -> Deps {
    let offset = config.clock_offset.as_ref().map(|(_, offset)| *offset).unwrap_or_default();
    Deps { clock: Arc::new(SystemClock::ahead_by(offset)), ids: Arc::new(Ids::random()) }
}

impl Suite {
    /// Binds all addresses, starts the services, identity first, and opens the gateway.
    ///
    /// # Errors
    ///
    /// When an address is taken or a database cannot be used; then nothing keeps running.
    pub async fn start(config: &Config, deps: &Deps, shutdown: CancellationToken) -> Result<Self, Failure> {
        let [boards, commitments, issues, identity] = config.grpc;
        let (boards, commitments) = (bind(boards).await?, bind(commitments).await?);
        let (issues, identity) = (bind(issues).await?, bind(identity).await?);
        let http = bind(config.listen).await?;
        let peers = PeerAddresses {
            boards: address_of(&boards)?,
            commitments: address_of(&commitments)?,
            issues: address_of(&issues)?,
            identity: address_of(&identity)?,
        };
        // All services live in this process, so their secret need not outlive it.
        let secret = Secret::new(Ids::random().capability());
        let starter = Starter { config, deps, peers: &peers, secret, shutdown: &shutdown };
        let services = vec![
            starter.launch::<Identity>(identity).await?,
            starter.launch::<Boards>(boards).await?,
            starter.launch::<Commitments>(commitments).await?,
            starter.launch::<Issues>(issues).await?,
        ];
        let address = http.local_addr().map_err(Failure::internal)?;
        let gateway = open_gateway(config, deps, &peers, http, shutdown.clone())?;
        Ok(Self { http: address, peers, services, gateway, shutdown })
    }

    /// Waits until everything has stopped.
    ///
    /// # Errors
    ///
    /// The first failure of a service or of the gateway; it stops all the others.
    pub async fn finished(self) -> Result<(), Failure> {
        let mut first = Ok(());
        let mut all = tokio::task::JoinSet::new();
        for service in self.services {
            all.spawn(service.finished());
        }
        let gateway = self.gateway;
        all.spawn(async move { gateway.await.map_err(Failure::internal)?.map_err(Failure::internal) });
        while let Some(ended) = all.join_next().await {
            let outcome = ended.map_err(Failure::internal).and_then(|outcome| outcome);
            if first.is_ok() && outcome.is_err() {
                first = outcome;
            }
            self.shutdown.cancel();
        }
        first
    }
}

struct Starter<'a> {
    config: &'a Config,
    deps: &'a Deps,
    peers: &'a PeerAddresses,
    secret: Secret,
    shutdown: &'a CancellationToken,
}

impl Starter<'_> {
    async fn launch<P: Program>(&self, listener: TcpListener) -> Result<Running, Failure> {
        let settings = settings(self.config, P::NAME, self.peers, self.secret.clone());
        launch::<P>(&settings, self.deps.clone(), listener, self.shutdown.clone()).await
    }
}

fn settings(config: &Config, name: &str, peers: &PeerAddresses, secret: Secret) -> Settings {
    Settings {
        listen: config.listen,
        database: config.store.of(name),
        peers: peers.clone(),
        service_secret: secret,
        otlp_endpoint: config.otlp_endpoint.clone(),
        log_format: config.log_format,
        clock_offset: config.clock_offset.as_ref().map(|(_, offset)| *offset).unwrap_or_default(),
        limits: Limits::default(),
    }
}

fn address_of(listener: &TcpListener) -> Result<tonic::transport::Uri, Failure> {
    let address = listener.local_addr().map_err(Failure::internal)?;
    format!("http://{address}").parse().map_err(Failure::internal)
}

fn open_gateway(
    config: &Config,
    deps: &Deps,
    peers: &PeerAddresses,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<JoinHandle<std::io::Result<()>>, Failure> {
    let gateway_config = pathfinder_gateway::Config {
        services: peers.clone(),
        clock_offset: config.clock_offset.as_ref().map(|(told, _)| told.clone()),
        limits: pathfinder_gateway::Limits::default(),
    };
    let gateway: Gateway =
        pathfinder_gateway::build_with_clock(&gateway_config, pathfinder_proto::pool(), Arc::clone(&deps.clock))
            .map_err(Failure::internal)?;
    Ok(tokio::spawn(async move { gateway.run(listener, shutdown.cancelled_owned()).await }))
}

/// A token for `login`, made from identity's database in the same place.
///
/// # Errors
///
/// When there is no such data, or nobody has that login.
pub async fn token(config: &Config, login: &str) -> Result<String, Failure> {
    let database = config.store.of(Identity::NAME);
    // Opening a file that is not there would leave an empty one behind.
    if let (DatabaseUrl::Sqlite(file), Store::Folder(folder)) = (&database, &config.store)
        && !file.exists()
    {
        let folder = folder.display();
        let message = format!(
            "There is no data in {folder}; start pathfinder there once first, or name its folder with --data-dir."
        );
        return Err(Failure::new(Reason::NotFound, message));
    }
    pathfinder_identity::token_for(&database, &deps(config), login).await
}
