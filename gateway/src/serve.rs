//! Accepting connections, HTTP/1.1 and HTTP/2 on one address, with a limit on everything, until told to stop.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::client::Remote;
use crate::config::Limits;
use crate::limits::{Share, Shares};

/// hyper refuses a smaller buffer.
const LEAST_HEAD_BYTES: usize = 8192;
const MAX_HEADERS: usize = 100;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the system could not give us a connection, as when it has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then lets requests finish for at most the drain time. One address gets a quarter of the
/// connections, except `proxies`, which stand for many clients.
///
/// # Errors
///
/// When the listener's address cannot be read.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    proxies: &[IpAddr],
    draining: CancellationToken,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let ends = Ends { draining, cut: CancellationToken::new(), age: limits.connection_age, grace: limits.stream_age };
    let server = Server { router, builder: Arc::new(builder(limits)), ends, tasks: TaskTracker::new() };
    let places = Arc::new(Semaphore::new(limits.connections));
    let shares = Shares::of(limits.connections, proxies);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places, &shares) => server.serve(accepted),
        }
    }
    drop(listener);
    server.drain(limits.drain_time, address).await;
    Ok(())
}

/// A connection, and where from.
struct Accepted {
    stream: TcpStream,
    remote: Remote,
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>, shares: &Arc<Shares>) -> Option<Accepted> {
    let permit = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, remote)) => {
            // Who has its share already is hung up on; a word would cost a task.
            let share = shares.take(remote.ip())?;
            Some(Accepted { stream, remote: Remote(remote.ip()), _permit: permit, _share: share })
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

struct Server {
    router: Router,
    builder: Arc<Builder<TokioExecutor>>,
    ends: Ends,
    tasks: TaskTracker,
}

/// What ends a connection that does not end by itself.
#[derive(Debug, Clone)]
struct Ends {
    /// The gateway stops: finish what is being served.
    draining: CancellationToken,
    /// The drain time is over.
    cut: CancellationToken,
    /// The age at which a connection is asked to end.
    age: Duration,
    /// How long it may take over that: as long as the longest stream.
    grace: Duration,
}

impl Ends {
    async fn asked(&self) {
        tokio::select! {
            () = self.draining.cancelled() => {}
            () = tokio::time::sleep(self.age) => {}
        }
    }

    async fn forced(&self) {
        tokio::select! {
            () = self.cut.cancelled() => {}
            () = tokio::time::sleep(self.grace) => {}
        }
    }
}

impl Server {
    fn serve(&self, accepted: Option<Accepted>) {
        let Some(Accepted { stream, remote, _permit, _share }) = accepted else { return };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let from_there = move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(remote);
            request
        };
        let service = TowerToHyperService::new(self.router.clone().map_request(from_there));
        let (builder, ends) = (Arc::clone(&self.builder), self.ends.clone());
        self.tasks.spawn(async move {
            let _places = (_permit, _share);
            let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = ends.asked() => {
                    connection.as_mut().graceful_shutdown();
                    tokio::select! {
                        ended = connection => ended,
                        () = ends.forced() => Ok(()),
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(error, "a connection broke");
            }
        });
    }

    async fn drain(self, limit: Duration, address: SocketAddr) {
        self.ends.draining.cancel();
        self.tasks.close();
        if tokio::time::timeout(limit, self.tasks.wait()).await.is_err() {
            tracing::warn!(%address, open = self.tasks.len(), "the drain time is over; open connections are cut");
            self.ends.cut.cancel();
            self.tasks.wait().await;
        }
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(MAX_HEADERS)
        .max_buf_size(limits.head_bytes.max(LEAST_HEAD_BYTES));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.requests_per_connection)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    builder
}
