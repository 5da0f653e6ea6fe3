//! Connections, counted: when the limit is reached, further ones wait in the system's queue until one ends. Over TLS a connection has its
//! place from the moment it is accepted, and loses it when it does not show a good certificate in time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::tls::Tls;

/// After a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection that gives its place back when it ends.
pub(super) struct Counted {
    stream: Either<TcpStream, TlsStream<TcpStream>>,
    from: TcpConnectInfo,
    _place: OwnedSemaphorePermit,
}

/// The connections of `listener`, at most `limit` at once; with `tls` only those that it lets in.
pub(super) fn capped(
    listener: TcpListener,
    limit: usize,
    tls: Option<Tls>,
) -> impl Stream<Item = std::io::Result<Counted>> {
    let let_in = accepted(listener, limit).map(move |accepted| let_in(accepted, tls.clone()));
    // Side by side, so that none waits for the certificate of another.
    let_in.buffer_unordered(limit).filter_map(std::future::ready)
}

type Accepted = std::io::Result<(TcpStream, OwnedSemaphorePermit)>;

fn accepted(listener: TcpListener, limit: usize) -> impl Stream<Item = Accepted> {
    let places = Arc::new(Semaphore::new(limit));
    stream::unfold((listener, places), |(listener, places)| async move {
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        let accepted = listener.accept().await;
        if let Err(error) = &accepted {
            // Out of descriptors, as a rule: trying again at once would only burn the processor.
            tracing::warn!(%error, "a connection cannot be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        let accepted = accepted.map(|(stream, _)| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection stays without nodelay");
            }
            (stream, place)
        });
        Some((accepted, (listener, places)))
    })
}

/// The connection, unless TLS turns it away.
async fn let_in(accepted: Accepted, tls: Option<Tls>) -> Option<std::io::Result<Counted>> {
    let (stream, place) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => return Some(Err(error)),
    };
    let from = stream.connect_info();
    let stream = match tls {
        None => Either::Left(stream),
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Either::Right(stream),
            Err(error) => {
                tracing::info!(address = ?from.remote_addr(), %error, "a connection is turned away: its TLS is not good");
                return None;
            }
        },
    };
    Some(Ok(Counted { stream, from, _place: place }))
}

impl Connected for Counted {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.from.clone()
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
