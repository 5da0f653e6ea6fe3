//! The gRPC server of a service: every limit set, every call admitted by the [`front`], drained on shutdown.

mod front;
mod incoming;

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service as TowerService;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;

use crate::failure::Failure;
use crate::host::Host;
use front::FrontLayer;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);
const CONNECTION_AGE_GRACE: Duration = Duration::from_secs(60);

/// Work that runs beside the server until the service stops.
pub type Worker = futures::future::BoxFuture<'static, ()>;

/// What a service is made of: the gRPC services it offers and the work it does beside them.
#[derive(Default)]
pub struct Service {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    workers: Vec<Worker>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("names", &self.names)
            .field("workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Offers a gRPC service; wrap it in [`sized!`](crate::sized) first.
    #[must_use]
    pub fn offer<S>(mut self, service: S) -> Self
    where
        S: TowerService<http::Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    /// Does this work beside the server. It must end when the host's shutdown token says so; when it ends before, the
    /// process ends.
    #[must_use]
    pub fn work(mut self, worker: impl Future<Output = ()> + Send + 'static) -> Self {
        self.workers.push(Box::pin(worker));
        self
    }

    pub(crate) fn take_workers(&mut self) -> Vec<Worker> {
        std::mem::take(&mut self.workers)
    }
}

/// Sets the message limits on a generated server: 1 MiB in, or as many bytes as are named, and 8 MiB out.
#[macro_export]
macro_rules! sized {
    ($server:expr) => {
        $crate::sized!($server, 1 << 20)
    };
    ($server:expr, $most:expr) => {
        $server.max_decoding_message_size($most).max_encoding_message_size(8 << 20)
    };
}

/// Serves until the host's shutdown, then drains open calls for the time that the limits allow.
pub(crate) async fn serve(host: &Host, service: Service, listener: TcpListener) -> Result<(), Failure> {
    let limits = host.limits();
    let (reporter, health) = tonic_health::server::health_reporter();
    for name in &service.names {
        reporter.set_service_status(*name, tonic_health::ServingStatus::Serving).await;
    }
    let mut routes = service.routes;
    routes.add_service(health);
    reflect(&service.names, &mut routes)?;
    let router = tonic::transport::Server::builder()
        .max_concurrent_streams(limits.streams_per_connection)
        .concurrency_limit_per_connection(limits.calls_per_connection)
        .http2_max_header_list_size(limits.header_bytes)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(CONNECTION_AGE)
        .max_connection_age_grace(CONNECTION_AGE_GRACE)
        .tcp_nodelay(true)
        .layer(FrontLayer::new(host.clone()))
        .add_routes(routes.routes());
    let incoming = incoming::capped(listener, limits.connections, host.tls().cloned());
    let serving = router.serve_with_incoming_shutdown(incoming, host.shutdown().clone().cancelled_owned());
    let health = watch_health(host.clone(), reporter, service.names);
    tokio::select! {
        outcome = serving => outcome.map_err(Failure::internal),
        () = give_up(host.shutdown(), Duration::from_secs(limits.drain_seconds)) => {
            tracing::warn!("open calls were cut off: the time to drain is over");
            Ok(())
        }
        () = health => Ok(()),
    }
}

/// Adds reflection, in the version that new clients speak and in the one that most still do.
fn reflect(names: &[&'static str], routes: &mut RoutesBuilder) -> Result<(), Failure> {
    let builder = || {
        let builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pathfinder_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
    };
    routes.add_service(builder().build_v1().map_err(Failure::internal)?);
    routes.add_service(builder().build_v1alpha().map_err(Failure::internal)?);
    Ok(())
}

async fn give_up(shutdown: &CancellationToken, patience: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(patience).await;
}

/// Keeps the health service true: a service whose database does not answer is not serving.
async fn watch_health(host: Host, reporter: tonic_health::server::HealthReporter, names: Vec<&'static str>) {
    use tonic_health::ServingStatus::{NotServing, Serving};
    let mut serving = true;
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let answers = host.reader().ping().await.is_ok();
        if answers != serving {
            serving = answers;
            let status = if answers { Serving } else { NotServing };
            tracing::warn!(answers, "the database changed its state");
            for name in names.iter().copied().chain([""]) {
                reporter.set_service_status(name, status).await;
            }
        }
    }
}
