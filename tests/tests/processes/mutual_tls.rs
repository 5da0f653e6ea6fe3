//! TLS between the services: with certificates of one authority everything works as without, nobody else is let in or called, and what
//! does not fit is told at the start.

#![allow(clippy::panic, reason = "a refusal that does not come fails the test")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pathfinder::Suite;
use pathfinder::config as suite;
use pathfinder::import::{self, Order};
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::{Flags, Limits, PeerFlags, Settings};
use pathfinder_kit::peer::{self, Peer};
use pathfinder_kit::program::Running;
use pathfinder_kit::tls::TlsFlags;
use pathfinder_kit::{Deps, Ids};
use pathfinder_proto::identity::v1::GetKeySetRequest;
use pathfinder_proto::identity::v1::token_service_client::TokenServiceClient;
use pathfinder_tests::certificates::{Authority, tls};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::Way;
use pathfinder_tests::ledger::{Ledger, start_secured};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::waiting::PATIENCE;
use pathfinder_tests::world::{House as _, PUBLIC, World};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_util::sync::CancellationToken;

/// What an HTTP/2 client says first: the preface, and settings that leave everything as it is.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// The kind of the frame with which a server answers that.
const SETTINGS: u8 = 4;
/// Long enough for a greeting to be answered, if it ever is.
const MOMENT: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_begins_among_processes_that_call_each_other_over_tls() {
    let authority = Authority::new("of the installation");
    let mut world = World::new(Processes::start_over_tls(&authority).await, Way::Http);
    let hood = Neighbourhood::found(&world, "south-quay", "SQ").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue = &reported["issue"];
    assert_eq!(issue["standardId"], json!(hood.standard_id), "issues asked commitments for the pledge: {issue}");
    let asked = hood.with(json!({"issue_id": issue["issueId"]}));
    let accepted = world.must(&hood.officer(), "IssueService/AcceptIssue", asked.clone()).await;
    assert_eq!(accepted["state"], "ISSUE_STATE_ACCEPTED", "{accepted}");
    let story = world.must(PUBLIC, "IssueService/GetIssueStory", asked).await;
    assert_eq!(story["incompleteSources"], json!([]), "issues reaches all the others: {story}");

    let mut services = world.house.services();
    let mut identity = TokenServiceClient::new(services.open(Peer::Identity));
    let answered = identity.get_key_set(peer::request(GetKeySetRequest {})).await;
    assert!(answered.is_ok(), "who has a certificate of the authority is served by gRPC: {answered:?}");
    let elsewhere = tempfile::tempdir().expect("a folder");
    services.tls = Some(tls(&Authority::new("of others").equip(elsewhere.path(), "stranger")));
    let mut identity = TokenServiceClient::new(services.open(Peer::Identity));
    let refused = identity.get_key_set(peer::request(GetKeySetRequest {})).await;
    assert!(refused.is_err(), "who trusts another authority speaks with nobody here: {refused:?}");
    certificates_are_changed_without_a_restart(&mut world, &hood, &authority).await;
    world.house.halt().await;
}

async fn certificates_are_changed_without_a_restart(
    world: &mut World<Processes>,
    hood: &Neighbourhood,
    authority: &Authority,
) {
    let folder = world.house.database.folder().to_owned();
    world.house.stop_one("boards").await;
    drop(Authority::new("of others").equip(&folder, "boards"));
    world.house.start_one("boards").await;
    let asked = hood.with(json!({}));
    let refused = world.refused(PUBLIC, "PartnershipService/GetPartnership", asked.clone(), "PEER_UNAVAILABLE").await;
    assert_eq!(refused.variable("peer"), "boards", "nobody calls a service of another authority: {refused:?}");
    drop(authority.equip(&folder, "boards"));
    let same = |answer: &serde_json::Value| (answer["partnershipId"] == json!(hood.partnership_id)).then_some(());
    world.until("boards with its new certificate", PUBLIC, "PartnershipService/GetPartnership", asked, same).await;
}

/// A service over TLS, and who has a certificate for it.
struct Scene {
    running: Running,
    authority: Authority,
    shutdown: CancellationToken,
    database: TestDatabase,
}

impl Scene {
    async fn set(limits: Limits) -> Self {
        let (database, authority) = (TestDatabase::fresh().await, Authority::new("of the installation"));
        let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
        let (shutdown, flags) = (CancellationToken::new(), authority.equip(database.folder(), "ledger"));
        let running = start_secured::<Ledger>(&database, &deps, shutdown.clone(), limits, Some(tls(&flags))).await;
        Self { running, authority, shutdown, database }
    }

    fn folder(&self) -> &Path {
        self.database.folder()
    }

    /// A client that trusts the service; it shows the certificate of `shown`, if there is one.
    async fn greet(&self, shown: Option<&TlsFlags>) -> Result<(), String> {
        let trusted = self.authority.equip(self.folder(), "trusted");
        greet(self.running.address, client(&trusted, shown)).await
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.finished().await.expect("it stops in peace");
    }
}

fn certificates(file: Option<&Path>) -> Vec<CertificateDer<'static>> {
    let text = std::fs::read(file.expect("a file is named")).expect("the file can be read");
    CertificateDer::pem_slice_iter(&text).map(|found| found.expect("a certificate")).collect()
}

fn client(trusted: &TlsFlags, shown: Option<&TlsFlags>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(trusted.tls_authority.as_deref()));
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
    let mut client = match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let key = std::fs::read(shown.tls_key.as_deref().expect("a file is named")).expect("the key can be read");
            let key = PrivateKeyDer::from_pem_slice(&key).expect("a key");
            builder.with_client_auth_cert(certificates(shown.tls_certificate.as_deref()), key).expect("a pair")
        }
    };
    client.alpn_protocols = vec![b"h2".to_vec()];
    client
}

/// Connects over TLS and greets.
async fn greet(address: SocketAddr, client: ClientConfig) -> Result<(), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let name = ServerName::from(address.ip());
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await;
    is_greeted(stream.map_err(|error| error.to_string())?).await
}

/// Whether a server answers HTTP/2. With TLS 1.3 a client learns only now that it was turned away.
async fn is_greeted(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<(), String> {
    let greeting = async {
        stream.write_all(GREETING).await?;
        stream.flush().await?;
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        Ok::<_, std::io::Error>(head)
    };
    let head = tokio::time::timeout(PATIENCE, greeting).await.expect("an answer, or none, in time");
    match head.map_err(|error| error.to_string())? {
        head if head[3] == SETTINGS => Ok(()),
        head => Err(format!("it says {head:?}, which is not HTTP/2")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_good_certificate_is_turned_away_and_a_silent_one_holds_up_nobody() {
    let scene = Scene::set(Limits::default()).await;
    let silent = TcpStream::connect(scene.running.address).await.expect("a connection that says nothing");
    let folder = scene.folder();
    let good = scene.authority.equip(folder, "peer");
    let expired = scene.authority.equip_between(folder, "expired", [2020, 2021]);
    let foreign = Authority::new("of others").equip(folder, "foreign");
    for (shown, who) in [(None, "nothing"), (Some(&foreign), "another authority's"), (Some(&expired), "an expired one")]
    {
        let greeted = scene.greet(shown).await;
        assert!(greeted.is_err(), "whoever shows {who} is turned away");
    }
    let plain = TcpStream::connect(scene.running.address).await.expect("a connection");
    let plain = is_greeted(plain).await;
    assert!(plain.is_err(), "nobody is served in the clear");
    assert_eq!(scene.greet(Some(&good)).await, Ok(()), "whoever shows a good certificate is served");
    drop(silent);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_holds_one_of_the_places_and_not_for_ever() {
    let scene = Scene::set(Limits { connections: 1, ..Limits::default() }).await;
    let good = scene.authority.equip(scene.folder(), "peer");
    let mut silent = TcpStream::connect(scene.running.address).await.expect("a connection that says nothing");
    let mut served = Box::pin(scene.greet(Some(&good)));
    let at_once = tokio::time::timeout(MOMENT, &mut served).await;
    assert!(at_once.is_err(), "the only place is taken: {at_once:?}");
    assert_eq!(served.await, Ok(()), "it is free again once the silent one has had its time");
    let ended = silent.read(&mut [0]).await;
    assert!(matches!(ended, Ok(0) | Err(_)), "the silent one was closed: {ended:?}");
    scene.stop().await;
}

fn told(tls: TlsFlags) -> Flags {
    let peers = PeerFlags { tls, ..PeerFlags::default() };
    Flags { service_secret: Some("a secret of the tests".to_owned()), peers, ..Flags::default() }
}

#[test]
fn what_does_not_fit_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (authority, others) = (Authority::new("of the installation"), Authority::new("of others"));
    let good = authority.equip(folder, "boards");
    let foreign = others.equip(folder, "foreign");
    let settings = Settings::check("boards", &told(good.clone())).expect("these fit together");
    assert_eq!(settings.peers.issues.to_string(), "https://127.0.0.1:50053/", "addresses are those of TLS");

    let not_there = Some(folder.join("not-there.pem"));
    let wrong = [
        (TlsFlags { tls_key: None, ..good.clone() }, vec!["--tls-key is missing"]),
        (TlsFlags { tls_key: good.tls_certificate.clone(), ..good.clone() }, vec!["no private key in PEM"]),
        (TlsFlags { tls_key: foreign.tls_key.clone(), ..good.clone() }, vec!["the key of another certificate"]),
        (TlsFlags { tls_authority: foreign.tls_authority, ..good.clone() }, vec!["was not signed by an authority"]),
        (authority.equip_between(folder, "old", [2020, 2021]), vec!["expired on 1 January 2021, 00:00 UTC"]),
        (authority.equip_between(folder, "new", [2998, 2999]), vec!["is not valid before 1 January 2998"]),
        (
            TlsFlags { tls_certificate: good.tls_key.clone(), tls_key: not_there, tls_authority: None },
            vec!["no certificate in PEM", "not-there.pem cannot be read", "--tls-authority is missing"],
        ),
    ];
    for (flags, expected) in wrong {
        must_tell(&told(flags), &expected);
    }
    let mut plain = told(good);
    plain.peers.issues_url = Some("http://issues:50053".to_owned());
    must_tell(&plain, &["--issues-url is `http://issues:50053`; with --tls-certificate"]);
    let mut secured = told(TlsFlags::default());
    secured.peers.issues_url = Some("https://issues:50053".to_owned());
    must_tell(&secured, &["--issues-url is `https://issues:50053`; for https the service needs --tls-certificate"]);
}

fn must_tell(flags: &Flags, expected: &[&str]) {
    let problems = Settings::check("boards", flags).expect_err("refused");
    assert_eq!(problems.0.len(), expected.len(), "every problem once: {problems}");
    for words in expected {
        assert!(problems.0.iter().any(|problem| problem.contains(words)), "`{words}` is missing from: {problems}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_and_its_own_clients_take_the_same_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new("of the installation");
    let astray = authority.equip_with_names(folder.path(), "astray", &["pathfinder.example"]);
    let flags = |tls| suite::Flags {
        listen: Some("127.0.0.1:0".to_owned()),
        data_dir: Some(folder.path().to_owned()),
        no_demo: true,
        tls,
        ..suite::Flags::default()
    };
    let refused = suite::Config::check(&flags(astray)).expect_err("nobody could call it").to_string();
    assert!(refused.contains("subjectAltName=IP:127.0.0.1"), "it is told what the certificate has to bear: {refused}");

    let mut config = suite::Config::check(&flags(authority.equip(folder.path(), "suite"))).expect("a configuration");
    config.grpc = [config.listen; 4];
    let (deps, shutdown) = (pathfinder::deps(&config), CancellationToken::new());
    let suite = Suite::start(&config, &deps, shutdown.clone()).await.expect("it starts");
    let ready = reqwest::get(format!("http://{}/readyz", suite.http)).await.expect("the gateway answers");
    assert_eq!(ready.status(), 200, "the gateway reaches every service: {:?}", ready.text().await);
    let services = [&suite.peers.boards, &suite.peers.commitments, &suite.peers.issues, &suite.peers.identity];
    config.grpc = services.map(|uri| uri.authority().expect("an address").as_str().parse().expect("an address"));
    let order = Order { file: folder.path().join("none.csv"), partnership: "nowhere".to_owned(), token: None };
    let Err(unfit) = import::prepare(&config, &order).await else { panic!("there is nothing to bring in") };
    let unfit = unfit.to_string();
    assert!(unfit.contains("no partnership has the slug `nowhere`"), "the import reaches the suite: {unfit}");
    shutdown.cancel();
    suite.finished().await.expect("it stops in peace");
}
