//! TLS between the services, shown and demanded by both ends: each has a certificate, and one authority signed them all.
//!
//! A service lets in only those whose certificate the authority signed, and calls only those whose certificate also bears the name in
//! their address. The certificate opens the door, no more; who calls, and what they may do, is for the [token](crate::token) to say.
//!
//! The files are looked at for every new connection and read again once they have changed, so certificates are renewed without a
//! restart. Files that do not fit together are logged and left aside: the new key may simply not be there yet.
//!
//! Accepted and opened here and not by tonic, whose own TLS reads its certificates once and logs nobody whom it turns away.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use chrono::DateTime;
use clap::Args;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{ClientConfig, Error, InconsistentKeys, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tonic::transport::Uri;
use tower::Service;
use webpki::{EndEntityCert, KeyUsage};

use crate::config::Problems;

const CERTIFICATE: &str = "--tls-certificate";
const KEY: &str = "--tls-key";
const AUTHORITY: &str = "--tls-authority";
/// How long a client may take to show its certificate; it holds a place among the connections meanwhile.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// HTTP/2, the only thing that is spoken here.
const PROTOCOL: &[u8] = b"h2";

/// The files of TLS, unchecked: all three or none.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsFlags {
    /// This service's certificate, and any between it and the authority's, in PEM; with it, services serve and call each other over TLS only.
    #[arg(long, env = "PATHFINDER_TLS_CERTIFICATE", value_name = "FILE", global = true)]
    pub tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, env = "PATHFINDER_TLS_KEY", value_name = "FILE", global = true)]
    pub tls_key: Option<PathBuf>,
    /// The certificate of the authority that signs those of all services, in PEM; several while one follows another.
    #[arg(long, env = "PATHFINDER_TLS_AUTHORITY", value_name = "FILE", global = true)]
    pub tls_authority: Option<PathBuf>,
}

impl TlsFlags {
    /// Whether TLS is asked for, be it completely or not.
    #[must_use]
    pub fn are_given(&self) -> bool {
        self.files().iter().any(Option::is_some)
    }

    /// Reads and checks the files; each problem is added to `problems`. Without any there is no TLS.
    pub fn check(&self, problems: &mut Problems) -> Option<Option<Tls>> {
        if !self.are_given() {
            return Some(None);
        }
        // Looked at before they are read: what changes meanwhile is seen as a change.
        let seen = Mutex::new(self.stamps());
        let ends = Ends::read(self, problems)?;
        Some(Some(Tls(Arc::new(Inner {
            flags: self.clone(),
            ends: ArcSwap::from_pointee(ends),
            seen,
            unfit: AtomicBool::new(false),
        }))))
    }

    fn files(&self) -> [Option<&Path>; 3] {
        [&self.tls_certificate, &self.tls_key, &self.tls_authority].map(Option::as_deref)
    }

    fn stamps(&self) -> Stamps {
        self.files().map(|file| {
            let found = std::fs::metadata(file?).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }
}

/// When each file was written, and how long it is; none where it is not there.
type Stamps = [Option<(SystemTime, u64)>; 3];

/// What a service needs for TLS, as a server and as a client. Cheap to clone; all clones see the same certificates.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    flags: TlsFlags,
    ends: ArcSwap<Ends>,
    seen: Mutex<Stamps>,
    /// Whether what was seen last did not fit.
    unfit: AtomicBool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.flags).finish()
    }
}

impl Tls {
    /// Whether the certificate bears this address, so that others can call it there.
    #[must_use]
    pub fn bears(&self, address: IpAddr) -> bool {
        let ends = self.ends();
        let certificate = EndEntityCert::try_from(&ends.certificate);
        certificate.is_ok_and(|own| own.verify_is_valid_for_subject_name(&ServerName::from(address)).is_ok())
    }

    /// A host name that the certificate bears, if it bears any.
    pub(crate) fn own_name(&self) -> Option<ServerName<'static>> {
        let ends = self.ends();
        let certificate = EndEntityCert::try_from(&ends.certificate).ok()?;
        certificate.valid_dns_names().find_map(|name| ServerName::try_from(name.to_owned()).ok())
    }

    /// Lets a client in, if it shows a certificate of the authority in time.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.ends().server));
        tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await?
    }

    /// Opens connections to peers. Each must bear the name in its address, or `name` where one is given.
    pub(crate) fn connector(
        self,
        name: Option<ServerName<'static>>,
    ) -> impl Service<Uri, Response = TokioIo<client::TlsStream<TcpStream>>, Error = io::Error, Future: Send> + Send + 'static
    {
        tower::service_fn(move |address: Uri| {
            let (tls, name) = (self.clone(), name.clone());
            async move { tls.connect(&address, name).await.map(TokioIo::new) }
        })
    }

    async fn connect(
        &self,
        address: &Uri,
        name: Option<ServerName<'static>>,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = match name {
            Some(name) => name,
            None => ServerName::try_from(host.to_owned()).map_err(io::Error::other)?,
        };
        let stream = TcpStream::connect((host, address.port_u16().unwrap_or(443))).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&self.ends().client)).connect(name, stream).await
    }

    fn ends(&self) -> Arc<Ends> {
        self.read_again();
        self.0.ends.load_full()
    }

    /// Reads the files again if they have changed. They are small and lie on this machine, and connections are few.
    fn read_again(&self) {
        // Whoever finds another at it goes on with what there is.
        let Ok(mut seen) = self.0.seen.try_lock() else { return };
        let stamps = self.0.flags.stamps();
        if *seen == stamps && !self.0.unfit.load(Ordering::Relaxed) {
            return;
        }
        let is_news = *seen != stamps;
        *seen = stamps;
        let mut problems = Problems::default();
        match Ends::read(&self.0.flags, &mut problems) {
            Some(ends) => {
                self.0.ends.store(Arc::new(ends));
                self.0.unfit.store(false, Ordering::Relaxed);
                tracing::info!("the files of TLS have changed; new connections go by them");
            }
            // Looked at again next time, as rights can change without a file being written.
            None if !is_news => {}
            None => {
                self.0.unfit.store(true, Ordering::Relaxed);
                let problems = problems.0.join("; ");
                tracing::warn!(problems, "the files of TLS have changed and do not fit; those before stay in use");
            }
        }
    }
}

/// Both ends of a connection, ready for use.
struct Ends {
    certificate: CertificateDer<'static>,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Ends {
    fn read(flags: &TlsFlags, problems: &mut Problems) -> Option<Self> {
        let chain = problems.take(read_certificates(CERTIFICATE, flags.tls_certificate.as_deref()));
        let key = problems.take(read_key(flags.tls_key.as_deref()));
        let authority = problems.take(read_authority(flags.tls_authority.as_deref()));
        let provider = Arc::new(ring::default_provider());
        let judged = chain.as_deref().zip(authority.as_ref());
        let judged = judged.and_then(|(chain, authority)| problems.take(judge(chain, authority, &provider)));
        let shown = chain.zip(key).and_then(|(chain, key)| problems.take(pair(chain, key, &provider)));
        let (certificate, shown, authority) = (judged?, Arc::new(shown?), Arc::new(authority?));
        let unusable = |error: &dyn fmt::Display| format!("TLS cannot be set up: {error}");
        let server = serving(&shown, &authority, &provider).map_err(|error| unusable(&error));
        let client = calling(shown, authority, provider).map_err(|error| unusable(&error));
        let (server, client) = (problems.take(server)?, problems.take(client)?);
        Some(Self { certificate, server: Arc::new(server), client: Arc::new(client) })
    }
}

fn serving(
    shown: &Arc<SingleCertAndKey>,
    authority: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(authority), Arc::clone(provider)).build()?;
    let mut server = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::clone(shown) as _);
    server.alpn_protocols = vec![PROTOCOL.to_vec()];
    // A session that is taken up again would not show its certificate, which may have expired since.
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    Ok(server)
}

fn calling(
    shown: Arc<SingleCertAndKey>,
    authority: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(authority)
        .with_client_cert_resolver(shown);
    client.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(client)
}

fn read(flag: &str, file: Option<&Path>) -> Result<Vec<u8>, String> {
    let missing = || format!("{flag} is missing; TLS needs {CERTIFICATE}, {KEY} and {AUTHORITY}, or none of them");
    let file = file.ok_or_else(missing)?;
    std::fs::read(file).map_err(|error| format!("{flag}: the file {} cannot be read: {error}", file.display()))
}

fn read_certificates(flag: &str, file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(flag, file)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| format!("{flag} holds no certificate in PEM"))
}

fn read_key(file: Option<&Path>) -> Result<PrivateKeyDer<'static>, String> {
    let key = PrivateKeyDer::from_pem_slice(&read(KEY, file)?);
    key.map_err(|_| format!("{KEY} holds no private key in PEM that can be read without a password"))
}

fn read_authority(file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut authority = RootCertStore::empty();
    for certificate in read_certificates(AUTHORITY, file)? {
        let added = authority.add(certificate);
        added.map_err(|error| format!("{AUTHORITY} holds a certificate that cannot be used: {error}"))?;
    }
    Ok(authority)
}

/// The service's own certificate, if it would be let in by others, and called by them, at this moment. The moment is the machine's and
/// not the [`Clock`](crate::clock::Clock)'s, as others go by theirs.
fn judge(
    chain: &[CertificateDer<'static>],
    authority: &RootCertStore,
    provider: &CryptoProvider,
) -> Result<CertificateDer<'static>, String> {
    let (own, between) = chain.split_first().ok_or_else(|| format!("{CERTIFICATE} holds no certificate"))?;
    let certificate = EndEntityCert::try_from(own).map_err(|error| unfit(&error))?;
    let algorithms = provider.signature_verification_algorithms.all;
    for usage in [KeyUsage::server_auth(), KeyUsage::client_auth()] {
        certificate
            .verify_for_usage(algorithms, &authority.roots, between, UnixTime::now(), usage, None, None)
            .map_err(|error| unfit(&error))?;
    }
    Ok(own.clone())
}

fn unfit(error: &webpki::Error) -> String {
    let why = match error {
        webpki::Error::CertExpired { not_after, .. } => format!("expired on {}", in_words(not_after)),
        webpki::Error::CertNotValidYet { not_before, .. } => {
            format!("is not valid before {}", in_words(not_before))
        }
        webpki::Error::UnknownIssuer => format!("was not signed by an authority in {AUTHORITY}"),
        webpki::Error::CaUsedAsEndEntity => "is an authority's own; take one that it signed, with CA:FALSE".to_owned(),
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "is not for both ends: its extended key usage, if it has any, must name serverAuth and clientAuth"
                .to_owned()
        }
        other => format!("cannot be used: {other}"),
    };
    format!("the certificate in {CERTIFICATE} {why}")
}

fn in_words(time: &UnixTime) -> String {
    let time = i64::try_from(time.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(|time| time.format("%-d %B %Y, %H:%M UTC").to_string()).unwrap_or_default()
}

/// What is shown to others: the certificates, and that the key is at hand.
fn pair(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<SingleCertAndKey, String> {
    match CertifiedKey::from_der(chain, key, provider) {
        Ok(shown) => Ok(shown.into()),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(format!("{KEY} holds the key of another certificate than {CERTIFICATE}"))
        }
        Err(error) => Err(format!("{KEY} and {CERTIFICATE} cannot be used: {error}")),
    }
}
