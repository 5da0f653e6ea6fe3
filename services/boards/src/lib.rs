//! Boards: partnerships and their constitutions, seats and members, meetings, decisions, actions.
//!
//! `domain` holds the rules, `app` the use cases, `store` the tables, `grpc` the contract's side, `worker` what is done unasked:
//! following the feeds of commitments and issues, and escalating actions that nobody accepted.

mod app;
pub mod domain;
mod error;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use pathfinder_kit::feed::follow;
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::Program;
use pathfinder_kit::{Failure, Host, Service, sized};
use pathfinder_proto::boards::v1::action_service_server::ActionServiceServer;
use pathfinder_proto::boards::v1::boards_audit_service_server::BoardsAuditServiceServer;
use pathfinder_proto::boards::v1::boards_event_service_server::BoardsEventServiceServer;
use pathfinder_proto::boards::v1::breach_notice_service_server::BreachNoticeServiceServer;
use pathfinder_proto::boards::v1::decision_service_server::DecisionServiceServer;
use pathfinder_proto::boards::v1::meeting_service_server::MeetingServiceServer;
use pathfinder_proto::boards::v1::member_service_server::MemberServiceServer;
use pathfinder_proto::boards::v1::partnership_service_server::PartnershipServiceServer;

use worker::{CommitmentsFollower, IssuesFollower};

/// The boards service.
#[derive(Debug)]
pub struct Boards;

impl Program for Boards {
    const NAME: &'static str = "boards";
    type Migrator = store::Migrator;
    const POLICY: Policy = Policy::Rules { schema: pathfinder_policies::SCHEMA, rules: pathfinder_policies::BOARDS };

    async fn build(host: Host) -> Result<Service, Failure> {
        let issues = Arc::new(grpc::PeerIssues::new(host.clone()));
        let app = Arc::new(app::App::new(host.clone(), issues));
        Ok(Service::default()
            .offer(sized!(BoardsAuditServiceServer::new(grpc::AuditTrail::new(host.clone()))))
            .offer(sized!(PartnershipServiceServer::new(grpc::Partnerships::new(Arc::clone(&app)))))
            .offer(sized!(MemberServiceServer::new(grpc::Members::new(Arc::clone(&app)))))
            .offer(sized!(MeetingServiceServer::new(grpc::Meetings::new(Arc::clone(&app)))))
            .offer(sized!(DecisionServiceServer::new(grpc::Decisions::new(Arc::clone(&app)))))
            .offer(sized!(ActionServiceServer::new(grpc::Actions::new(Arc::clone(&app)))))
            .offer(sized!(BreachNoticeServiceServer::new(grpc::BreachNotices::new(Arc::clone(&app)))))
            .offer(sized!(BoardsEventServiceServer::new(grpc::Events::new(Arc::clone(&app)))))
            .work(follow(host.clone(), CommitmentsFollower { host: host.clone() }))
            .work(follow(host.clone(), IssuesFollower { host: host.clone() }))
            .work(worker::escalate_unaccepted(app)))
    }
}
