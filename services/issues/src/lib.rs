//! Resident issues: reported, routed to whoever is answerable, measured against what was pledged, and told back to everyone who
//! reported them.
//!
//! `domain` holds the rules, `app` the use cases, `store` the tables, `grpc` the contract's side, `worker` the followers of the other
//! services' feeds and the timers, `open311` the way to councils' systems, `fetching` the way to pictures elsewhere, `pictures` where photos lie.
//! What of its own this service is told: see `config`.

use std::sync::Arc;

use pathfinder_kit::config::Problems;
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::Program;
use pathfinder_kit::{Failure, Host, Reason, Service, feed, sized};
use pathfinder_proto::issues::v1::category_service_server::CategoryServiceServer;
use pathfinder_proto::issues::v1::duplicate_service_server::DuplicateServiceServer;
use pathfinder_proto::issues::v1::forwarding_service_server::ForwardingServiceServer;
use pathfinder_proto::issues::v1::issue_edit_service_server::IssueEditServiceServer;
use pathfinder_proto::issues::v1::issue_service_server::IssueServiceServer;
use pathfinder_proto::issues::v1::issue_update_service_server::IssueUpdateServiceServer;
use pathfinder_proto::issues::v1::issues_audit_service_server::IssuesAuditServiceServer;
use pathfinder_proto::issues::v1::issues_event_service_server::IssuesEventServiceServer;
use pathfinder_proto::issues::v1::location_service_server::LocationServiceServer;
use pathfinder_proto::issues::v1::news_service_server::NewsServiceServer;
use pathfinder_proto::issues::v1::personal_data_service_server::PersonalDataServiceServer;
use pathfinder_proto::issues::v1::photo_service_server::PhotoServiceServer;
use pathfinder_proto::issues::v1::response_entry_service_server::ResponseEntryServiceServer;
use pathfinder_proto::issues::v1::routing_rule_service_server::RoutingRuleServiceServer;

mod app;
pub mod config;
mod domain;
mod error;
mod fetching;
mod grpc;
mod open311;
mod pictures;
mod store;
mod worker;

/// Most bytes of a message with a photo: the photo, and room for the rest.
const PHOTO_MESSAGE_BYTES: usize = 16 << 20;

/// The issues service.
#[derive(Debug)]
pub struct Issues;

impl Program for Issues {
    const NAME: &'static str = "issues";
    type Migrator = store::Migrator;
    const POLICY: Policy = Policy::Rules { schema: pathfinder_policies::SCHEMA, rules: pathfinder_policies::ISSUES };

    fn check() -> Result<(), Problems> {
        config::Settings::from_environment().map(|_| ())
    }

    async fn build(host: Host) -> Result<Service, Failure> {
        let unfit = |problem: String| Failure::new(Reason::InvalidRequest, problem);
        let mut settings = config::Settings::from_environment().map_err(|problems| unfit(problems.to_string()))?;
        if let Some(told) = host.own().get::<config::OfSuite>() {
            settings.take_over(&told);
        }
        let pictures = pictures::Pictures::open(&settings.photos)?;
        let peers = Arc::new(grpc::peers::GrpcPeers::new(host.clone()));
        let councils = Arc::new(open311::CouncilSystems::in_file(
            settings.open311_endpoints.clone(),
            settings.published_at().map(str::to_owned),
        ));
        // Before the first call, so that nothing happens of which no council would be told.
        councils.look().await.map_err(unfit)?;
        let fetcher = Arc::new(fetching::Fetcher::new(settings.media_near));
        let app = Arc::new(app::App::new(host.clone(), peers, councils, settings, pictures, fetcher)?);
        app.check_keys().await?;
        // Before the first call, so that no place is said to be nobody's because nothing was read yet.
        app.look_at_boundaries().await?;
        let boards = worker::BoardsFollower { app: Arc::clone(&app) };
        let commitments = worker::CommitmentsFollower { app: Arc::clone(&app) };
        Ok(Service::default()
            .offer(sized!(IssuesAuditServiceServer::new(grpc::AuditTrail::new(host.clone()))))
            .offer(sized!(CategoryServiceServer::new(grpc::Categories::new(Arc::clone(&app)))))
            .offer(sized!(RoutingRuleServiceServer::new(grpc::RoutingRules::new(Arc::clone(&app)))))
            .offer(sized!(ForwardingServiceServer::new(grpc::Forwardings::new(Arc::clone(&app)))))
            .offer(sized!(IssueServiceServer::new(grpc::Issues::new(Arc::clone(&app)))))
            .offer(sized!(DuplicateServiceServer::new(grpc::Duplicates::new(Arc::clone(&app)))))
            .offer(sized!(IssueEditServiceServer::new(grpc::IssueEdits::new(Arc::clone(&app)))))
            .offer(sized!(IssueUpdateServiceServer::new(grpc::IssueUpdates::new(Arc::clone(&app)))))
            .offer(sized!(LocationServiceServer::new(grpc::Locations::new(Arc::clone(&app)))))
            .offer(sized!(PhotoServiceServer::new(grpc::Photos::new(Arc::clone(&app))), PHOTO_MESSAGE_BYTES))
            .offer(sized!(ResponseEntryServiceServer::new(grpc::ResponseEntries::new(Arc::clone(&app)))))
            .offer(sized!(NewsServiceServer::new(grpc::News::new(Arc::clone(&app)))))
            .offer(sized!(PersonalDataServiceServer::new(grpc::PersonalData::new(Arc::clone(&app)))))
            .offer(sized!(IssuesEventServiceServer::new(grpc::Events::new(Arc::clone(&app)))))
            .work(feed::follow(host.clone(), boards))
            .work(feed::follow(host.clone(), commitments))
            .work(worker::look_at_boundaries(Arc::clone(&app)))
            .work(worker::ask_for_boundaries(Arc::clone(&app)))
            .work(worker::attach_clocks(Arc::clone(&app)))
            .work(worker::seal_contacts(Arc::clone(&app)))
            .work(worker::erase_by_age(Arc::clone(&app)))
            .work(worker::blur_homes(Arc::clone(&app)))
            .work(worker::delete_left_pictures(Arc::clone(&app)))
            .work(worker::send_letters(Arc::clone(&app)))
            .work(worker::forward_issues(Arc::clone(&app)))
            .work(worker::fetch_pictures(Arc::clone(&app)))
            .work(worker::pull_updates(Arc::clone(&app)))
            .work(worker::lapse_unanswered(Arc::clone(&app)))
            .work(worker::lapse_questions(Arc::clone(&app)))
            .work(worker::find_clusters(Arc::clone(&app)))
            .work(worker::tell_of_due_times(app)))
    }
}
