//! The limits of every server: too many calls are shed with a clear reason, a call past its deadline is told so, and a service
//! that is stopped finishes the calls it has.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use pathfinder_kit::clock::SystemClock;
use pathfinder_kit::config::Limits;
use pathfinder_kit::peer::channel;
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::{Program, Running};
use pathfinder_kit::{Deps, Failure, Host, Ids, Service, sized};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::token_service_client::TokenServiceClient;
use pathfinder_proto::identity::v1::token_service_server::{TokenService, TokenServiceServer};
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::ledger::{Tables, start_within};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// How long the slow service takes over each call.
const SLOW: Duration = Duration::from_millis(1500);

/// A service that speaks a contract of the suite and takes its time.
struct Slow;

impl Program for Slow {
    const NAME: &'static str = "slow";
    type Migrator = Tables;
    const POLICY: Policy = Policy::Rules { schema: "", rules: "" };

    async fn build(_host: Host) -> Result<Service, Failure> {
        Ok(Service::default().offer(sized!(TokenServiceServer::new(SlowTokens))))
    }
}

struct SlowTokens;

#[tonic::async_trait]
impl TokenService for SlowTokens {
    async fn get_key_set(&self, _: Request<pb::GetKeySetRequest>) -> Result<Response<pb::KeySet>, Status> {
        tokio::time::sleep(SLOW).await;
        Ok(Response::new(pb::KeySet::default()))
    }

    async fn issue_service_token(
        &self,
        _: Request<pb::IssueServiceTokenRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        Err(Status::unimplemented("not asked for here"))
    }

    async fn rotate_signing_key(
        &self,
        _: Request<pb::RotateSigningKeyRequest>,
    ) -> Result<Response<pb::KeySet>, Status> {
        Err(Status::unimplemented("not asked for here"))
    }

    async fn get_caller(&self, _: Request<pb::GetCallerRequest>) -> Result<Response<pb::CallerIdentity>, Status> {
        Err(Status::unimplemented("not asked for here"))
    }
}

struct Scene {
    // Dropped last: the database outlives its service.
    running: Running,
    shutdown: CancellationToken,
    _database: TestDatabase,
}

impl Scene {
    async fn set(limits: Limits) -> Self {
        let database = TestDatabase::fresh().await;
        let deps = Deps { clock: Arc::new(SystemClock::default()), ids: Arc::new(Ids::random()) };
        let shutdown = CancellationToken::new();
        let running = start_within::<Slow>(&database, &deps, shutdown.clone(), limits).await;
        Self { running, shutdown, _database: database }
    }

    fn client(&self) -> TokenServiceClient<tonic::transport::Channel> {
        let address = format!("http://{}", self.running.address).parse().expect("an address");
        TokenServiceClient::new(channel(address, None))
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.finished().await.expect("it stops in peace");
    }
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_the_limit_are_shed_with_a_reason_and_a_time_to_wait() {
    let scene = Scene::set(Limits { calls: 2, ..Limits::default() }).await;
    let calls = (0..12).map(|_| {
        let mut client = scene.client();
        async move { client.get_key_set(pb::GetKeySetRequest {}).await }
    });
    let (taken, shed): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 2, "as many as the limit allows are answered");
    for status in shed.into_iter().filter_map(Result::err) {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"), "{status:?}");
        assert!(status.get_details_retry_info().is_some(), "it says when to try again: {status:?}");
    }
    let again = scene.client().get_key_set(pb::GetKeySetRequest {}).await;
    assert!(again.is_ok(), "the places are free again: {again:?}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_past_its_deadline_is_told_so_by_the_service() {
    let scene = Scene::set(Limits::default()).await;
    let mut client = scene.client();
    // The caller's clock would run while the connection is made, and the service could not know.
    let connected = client.get_caller(pb::GetCallerRequest {}).await.expect_err("it needs a token");
    assert_eq!(reason(&connected), "TOKEN_REQUIRED", "the service answers: {connected:?}");
    let mut request = Request::new(pb::GetKeySetRequest {});
    request.set_timeout(SLOW - SLOW / 10);
    let status = client.get_key_set(request).await.expect_err("it takes too long");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"), "{status:?}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_stopped_finishes_the_calls_it_has() {
    let scene = Scene::set(Limits::default()).await;
    let mut client = scene.client();
    let open = tokio::spawn(async move { client.get_key_set(pb::GetKeySetRequest {}).await });
    // Time for the call to arrive; it stays with the service for much longer.
    tokio::time::sleep(SLOW / 5).await;
    let mut late = scene.client();
    scene.stop().await;
    let answered = open.await.expect("the call is not cut off");
    assert!(answered.is_ok(), "the open call is finished: {answered:?}");
    let refused = late.get_key_set(pb::GetKeySetRequest {}).await.expect_err("nobody is there any more");
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
}
