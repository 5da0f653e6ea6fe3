//! The timer that escalates, on a database of its own.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use pathfinder_kit::clock::ManualClock;
use pathfinder_kit::config::{Limits, PeerAddresses, Secret, Settings, read_url};
use pathfinder_kit::policy::Policies;
use pathfinder_kit::program::Program as _;
use pathfinder_kit::telemetry::LogFormat;
use pathfinder_kit::{Database, DatabaseUrl, Deps, Host, Ids};

use super::*;
use crate::app::Issues;
use crate::domain::partnership::PartnershipStatus;
use crate::store::tests::{HERE, keep_agreed, keep_partnership, migrate, spoil};

/// Issues that nobody should ask.
struct NoIssues;

#[async_trait]
impl Issues for NoIssues {
    async fn has_issue(&self, _: &Call, _: PartnershipId, id: IssueId) -> Result<bool, Failure> {
        Err(Failure::internal(format!("nobody should ask for {id}")))
    }
}

/// Boards on 10 March 2026, with its tables in `folder` and without peers.
async fn app(folder: &tempfile::TempDir) -> App {
    let database_url = DatabaseUrl::Sqlite(folder.path().join("boards.db"));
    let nobody = read_url("--peer", "http://127.0.0.1:9").expect("an address where nobody is");
    let settings = Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        database: database_url.clone(),
        peers: PeerAddresses {
            boards: nobody.clone(),
            commitments: nobody.clone(),
            issues: nobody.clone(),
            identity: nobody,
            tls: None,
        },
        service_secret: Secret::new("shared by nobody else".to_owned()),
        otlp_endpoint: None,
        log_format: LogFormat::Text,
        clock_offset: TimeDelta::zero(),
        limits: Limits::default(),
        contacts: Default::default(),
        own: Default::default(),
    };
    let database = Database::open(&database_url, "boards").await.expect("a database");
    migrate(database.reader()).await;
    let now = DateTime::parse_from_rfc3339("2026-03-10T09:00:00Z").expect("a time of the test").to_utc();
    let deps = Deps { clock: Arc::new(ManualClock::at(now)), ids: Arc::new(Ids::seeded(1)) };
    let host = Host::new(
        "boards",
        &settings,
        deps,
        database,
        None,
        Policies::compile(crate::Boards::POLICY).expect("policies that hold to the schema"),
        tokio_util::sync::CancellationToken::new(),
    );
    App::new(host, Arc::new(NoIssues))
}

#[tokio::test]
async fn an_action_that_fails_to_escalate_keeps_back_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = app(&folder).await;
    let connection = app.host.reader();
    keep_partnership(connection, HERE, PartnershipStatus::Active).await;
    let mut actions = Vec::new();
    for number in [1, 2, 3] {
        actions.push(keep_agreed(connection, HERE, number).await);
    }
    spoil(connection, actions[0]).await;
    spoil(connection, actions[1]).await;
    app.escalate_unaccepted(1).await.expect("what fails is logged");
    let escalated = store::action::get(connection, HERE, actions[2]).await.expect("an action");
    assert!(escalated.escalate_time.is_some(), "it is escalated: {escalated:?}");
    let left = store::action::list_unaccepted(connection, local_date(app.host.clock().now()), None, 10).await;
    assert_eq!(left.expect("a list").len(), 2, "the others are tried again");
}
