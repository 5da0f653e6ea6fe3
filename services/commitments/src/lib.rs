//! Commitments: which providers answer for a neighbourhood, what they pledge, what they undertake to change, and what came of it.
//!
//! `domain` holds the rules, `app` the use cases, `store` the tables, `grpc` the contract's side and the peers, `worker` what runs by
//! itself: the feeds of boards and issues, and the calendar.

mod app;
mod domain;
mod error;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::Program;
use pathfinder_kit::{Failure, Host, Service, feed, sized};
use pathfinder_proto::commitments::v1::commitment_service_server::CommitmentServiceServer;
use pathfinder_proto::commitments::v1::commitments_audit_service_server::CommitmentsAuditServiceServer;
use pathfinder_proto::commitments::v1::commitments_event_service_server::CommitmentsEventServiceServer;
use pathfinder_proto::commitments::v1::progress_report_service_server::ProgressReportServiceServer;
use pathfinder_proto::commitments::v1::provider_service_server::ProviderServiceServer;
use pathfinder_proto::commitments::v1::standard_service_server::StandardServiceServer;

/// The commitments service.
#[derive(Debug)]
pub struct Commitments;

impl Program for Commitments {
    const NAME: &'static str = "commitments";
    type Migrator = store::Migrator;
    const POLICY: Policy =
        Policy::Rules { schema: pathfinder_policies::SCHEMA, rules: pathfinder_policies::COMMITMENTS };

    async fn build(host: Host) -> Result<Service, Failure> {
        let boards = Arc::new(grpc::BoardsPeer::new(host.clone()));
        let app = Arc::new(app::App::new(host.clone(), boards));
        let follow_boards = feed::follow(host.clone(), worker::BoardsFollower::new(host.clone()));
        let follow_issues = feed::follow(host.clone(), worker::IssuesFollower::new(host.clone()));
        Ok(Service::default()
            .offer(sized!(CommitmentsAuditServiceServer::new(grpc::AuditTrail::new(host.clone()))))
            .offer(sized!(ProviderServiceServer::new(grpc::Providers::new(Arc::clone(&app)))))
            .offer(sized!(StandardServiceServer::new(grpc::Standards::new(Arc::clone(&app)))))
            .offer(sized!(CommitmentServiceServer::new(grpc::CommitmentsOf::new(Arc::clone(&app)))))
            .offer(sized!(ProgressReportServiceServer::new(grpc::ProgressReports::new(Arc::clone(&app)))))
            .offer(sized!(CommitmentsEventServiceServer::new(grpc::Events::new(host))))
            .work(follow_boards)
            .work(follow_issues)
            .work(worker::watch_calendar(app)))
    }
}
