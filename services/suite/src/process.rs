//! All services and the gateway in one process, wired over loopback gRPC exactly as separate processes are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use pathfinder_boards::Boards;
use pathfinder_commitments::Commitments;
use pathfinder_gateway::Gateway;
use pathfinder_identity::Identity;
use pathfinder_identity::config::{Mail, SignInFlags};
use pathfinder_issues::Issues;
use pathfinder_issues::config::{OfSuite, PhotoPlace};
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::{Limits, Own, PeerAddresses, Secret, Settings};
use pathfinder_kit::program::{Program, Running, bind, launch};
use pathfinder_kit::seal::Contacts;
use pathfinder_kit::{DatabaseUrl, Deps, Failure, Ids, Reason};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Store};
use crate::contact_keys;

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
        let served = [address_of(&boards)?, address_of(&commitments)?, address_of(&issues)?, address_of(&identity)?];
        let peers = config.peers(served)?;
        // All services live in this process, so their secret need not outlive it.
        let secret = Secret::new(Ids::random().capability());
        let address = address_of(&http)?;
        let contacts = contact_keys::settle(config, &deps.ids)?;
        let clock_offset = config.clock_offset.as_ref().map(|(told, _)| told.clone());
        let front = pathfinder_gateway::Config::behind(
            config.entry.clone(),
            address,
            peers.clone(),
            secret.clone(),
            clock_offset,
        );
        let public_url = front.public_url.origin().to_owned();
        let (own, outbox_folder) = sign_in(config, &public_url)?;
        let front = pathfinder_gateway::Config { outbox_folder, ..front };
        let photos = config.photos.clone();
        let photos = photos.unwrap_or_else(|| PhotoPlace::Folder(config.store.folder().join("photos")));
        let starter = Starter { config, deps, peers: &peers, secret, contacts, shutdown: &shutdown };
        let services = vec![
            starter.launch::<Identity>(identity, own).await?,
            starter.launch::<Boards>(boards, Own::default()).await?,
            starter.launch::<Commitments>(commitments, Own::default()).await?,
            starter.launch::<Issues>(issues, Own::new(OfSuite { photos, public_url })).await?,
        ];
        let gateway = open_gateway(&front, deps, http, shutdown.clone())?;
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
    contacts: Contacts,
    shutdown: &'a CancellationToken,
}

impl Starter<'_> {
    async fn launch<P: Program>(&self, listener: TcpListener, own: Own) -> Result<Running, Failure> {
        let Self { config, deps: _, peers, secret, contacts, shutdown: _ } = self;
        let settings = Settings {
            listen: config.listen,
            database: config.store.of(P::NAME),
            peers: (*peers).clone(),
            service_secret: secret.clone(),
            otlp_endpoint: config.otlp_endpoint.clone(),
            log_format: config.log_format,
            clock_offset: config.clock_offset.as_ref().map(|(_, offset)| *offset).unwrap_or_default(),
            limits: Limits { rates: config.entry.rates, ..Limits::default() },
            contacts: contacts.clone(),
            own,
        };
        launch::<P>(&settings, self.deps.clone(), listener, self.shutdown.clone()).await
    }
}

/// What identity is told of signing in at `public_url`, and the folder into which mail goes, if it goes into one.
fn sign_in(config: &Config, public_url: &str) -> Result<(Own, Option<PathBuf>), Failure> {
    let mut told = SignInFlags { public_url: Some(public_url.to_owned()), ..config.sign_in.clone() };
    if told.smtp_url.is_none() && told.outbox_folder.is_none() {
        told.outbox_folder = Some(config.store.folder().join("outbox"));
    }
    let settings = pathfinder_identity::config::Settings::check(&told)
        .map_err(|problems| Failure::new(Reason::InvalidRequest, problems.to_string()))?;
    let outbox_folder = match &settings.mail {
        Mail::Folder(folder) => Some(folder.clone()),
        Mail::Smtp(_) => None,
    };
    Ok((Own::new(settings), outbox_folder))
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(Failure::internal)
}

fn open_gateway(
    config: &pathfinder_gateway::Config,
    deps: &Deps,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<JoinHandle<std::io::Result<()>>, Failure> {
    let gateway: Gateway =
        pathfinder_gateway::build_with_clock(config, pathfinder_proto::pool(), Arc::clone(&deps.clock))
            .map_err(Failure::internal)?;
    Ok(tokio::spawn(async move { gateway.run(listener, shutdown.cancelled_owned()).await }))
}

/// A token for `login`, made from identity's database in the same place.
///
/// # Errors
///
/// When there is no such data, its keys are not told, or nobody has that login.
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
    let deps = deps(config);
    let untold = || Failure::internal("the keys were settled, and there are none");
    let sealer = contact_keys::settle(config, &deps.ids)?.sealer.ok_or_else(untold)?;
    pathfinder_identity::token_for(&database, &deps, &sealer, login).await
}
