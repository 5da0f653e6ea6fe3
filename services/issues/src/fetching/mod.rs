//! Fetching pictures from addresses that anybody may name.
//!
//! Whoever reports has this service ask where they like, from within our network. So an address is asked over HTTPS alone, without
//! anything of ours; its host is looked up here, every address of it must be a public one ([`addresses`]), and the connection goes to an
//! address that was looked at, so that no name can lead elsewhere in between. Redirects are not followed, and what comes is bounded in
//! bytes and in time. What it is said to be is not believed: `services/photos` reads it.

mod addresses;

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::ACCEPT;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper_util::rt::TokioIo;
use pathfinder_kit::outside::{self, Line};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::app::picture_links::{Fetched, PictureSource, Unasked};

/// How long a picture may take in all.
const LONGEST: Duration = Duration::from_secs(15);
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 4_000;

/// What may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Rule {
    /// Also this machine, and without TLS: for tests alone.
    near: bool,
}

impl Rule {
    fn allows(self, address: IpAddr) -> bool {
        addresses::is_public(address) || self.near && address.is_loopback()
    }

    fn read(self, address: &str) -> Result<Url, Unasked> {
        let no_address = |_| Unasked::Unfit("must be an address that begins with https://");
        let url = Url::parse(address).map_err(no_address).and_then(|url| self.look_at(url))?;
        // Other ports are those of other services, which nobody is to have us knock at.
        if !self.near && url.port().is_some() {
            return Err(Unasked::Missed("names a port other than that of HTTPS"));
        }
        if !self.near && url.scheme() == "http" {
            return Err(Unasked::Missed("does not begin with https://"));
        }
        Ok(url)
    }

    fn look_at(self, mut url: Url) -> Result<Url, Unasked> {
        if !["https", "http"].contains(&url.scheme()) {
            return Err(Unasked::Unfit("must begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unasked::Unfit("must not hold a user or a password"));
        }
        let is_public = match url.host() {
            // Where a name leads is looked up when it is asked.
            Some(Host::Domain(name)) => !name.is_empty(),
            Some(Host::Ipv4(address)) => self.allows(address.into()),
            Some(Host::Ipv6(address)) => self.allows(address.into()),
            None => false,
        };
        if !is_public {
            return Err(Unasked::Unfit("must lie on a public server"));
        }
        url.set_fragment(None);
        if url.as_str().len() > LONGEST_ADDRESS {
            return Err(Unasked::Unfit("is too long"));
        }
        Ok(url)
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum Unreached {
    /// Where it leads is not public.
    #[error("it leads to an address that is not public")]
    Barred,
    /// Nobody knows the name.
    #[error("its name is not known")]
    Unknown(#[source] io::Error),
    /// Nobody answers there.
    #[error("nobody answers there")]
    Closed(#[source] io::Error),
}

/// Opens connections to addresses that it has looked at.
#[derive(Debug, Clone, Copy)]
struct Door {
    rule: Rule,
}

impl tower::Service<Uri> for Door {
    type Response = TokioIo<TcpStream>;
    type Error = Unreached;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let rule = self.rule;
        async move { connect(rule, &uri).await }.boxed()
    }
}

async fn connect(rule: Rule, uri: &Uri) -> Result<TokioIo<TcpStream>, Unreached> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let usual = if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
    let port = uri.port_u16().unwrap_or(usual);
    let found = tokio::net::lookup_host((host, port)).await.map_err(Unreached::Unknown)?;
    let found: Vec<SocketAddr> = found.collect();
    if !found.iter().all(|address| rule.allows(address.ip())) {
        return Err(Unreached::Barred);
    }
    // These and no others: the name is not looked up again.
    TcpStream::connect(found.as_slice()).await.map(TokioIo::new).map_err(Unreached::Closed)
}

/// Fetches pictures.
#[derive(Debug)]
pub(crate) struct Fetcher {
    rule: Rule,
    line: Line<Empty<Bytes>, Door>,
    most_bytes: usize,
}

impl Fetcher {
    /// Fetches from public servers over HTTPS; with `near`, for tests, also from this machine and without TLS.
    #[must_use]
    pub(crate) fn new(near: bool) -> Self {
        let rule = Rule { near };
        // A connection of its own for each: what was looked at before is looked at again.
        Self {
            rule,
            line: outside::line_through(Door { rule }),
            most_bytes: pathfinder_photos::Limits::default().bytes,
        }
    }

    async fn ask(&self, address: &str) -> Fetched {
        let url = match self.rule.read(address) {
            Ok(url) => url,
            Err(Unasked::Unfit(flaw) | Unasked::Missed(flaw)) => {
                return Fetched::Never(format!("Its address {flaw}."));
            }
        };
        let request = Request::get(url.as_str()).header(ACCEPT, "image/jpeg, image/png, image/webp");
        let Ok(request) = request.body(Empty::new()) else {
            return Fetched::Never("Its address cannot be asked.".to_owned());
        };
        let answer = match self.line.request(request).await {
            Ok(answer) => answer,
            Err(error) => return unanswered(&error),
        };
        if answer.status() != StatusCode::OK {
            return judge(answer.status());
        }
        match Limited::new(answer.into_body(), self.most_bytes).collect().await {
            Ok(body) => Fetched::Content(body.to_bytes().to_vec()),
            Err(error) if error.is::<LengthLimitError>() => {
                Fetched::Never(format!("It is larger than {} MiB.", self.most_bytes >> 20))
            }
            Err(_) => Fetched::Later("Its answer broke off.".to_owned()),
        }
    }
}

#[async_trait]
impl PictureSource for Fetcher {
    fn read(&self, address: &str) -> Result<String, Unasked> {
        self.rule.read(address).map(String::from)
    }

    async fn fetch(&self, address: &str) -> Fetched {
        let late = |_| Fetched::Later(format!("It took longer than {} seconds.", LONGEST.as_secs()));
        tokio::time::timeout(LONGEST, self.ask(address)).await.unwrap_or_else(late)
    }
}

/// What an answer without a picture says.
fn judge(status: StatusCode) -> Fetched {
    if status.is_redirection() {
        return Fetched::Never(format!("Its server answers {status}; nobody is led elsewhere."));
    }
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    let told = format!("Its server answers {status}.");
    if status.is_server_error() || passing.contains(&status) { Fetched::Later(told) } else { Fetched::Never(told) }
}

/// What it says that there is no answer. Nothing that would tell of our network: staff of one partnership read it.
fn unanswered(error: &(dyn StdError + 'static)) -> Fetched {
    let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
    match causes.find_map(|cause| cause.downcast_ref::<Unreached>()) {
        // Told apart, they would list the names of our network to whoever asks.
        Some(Unreached::Barred | Unreached::Unknown(_)) => {
            Fetched::Later("The name of its server leads to no public server.".to_owned())
        }
        Some(Unreached::Closed(_)) => Fetched::Later("Its server does not answer.".to_owned()),
        None => Fetched::Later("Its server does not answer as it should.".to_owned()),
    }
}

#[cfg(test)]
mod tests;
