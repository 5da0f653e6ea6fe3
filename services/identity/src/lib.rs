//! Identity: who there is, what they may do where, and the signed tokens that the other services verify offline.
//!
//! `domain` holds people, their grants, and what they prove themselves with; `app` the use cases, `store` the tables, `grpc` the
//! contract's side, `worker` what is done beside the calls, `mail` and `openid` what is said to mail servers and OpenID Connect
//! providers. Of its own this service is told what stands in [`config`].

mod app;
pub mod config;
mod domain;
mod error;
mod grpc;
mod mail;
mod openid;
mod store;
mod worker;

use std::sync::Arc;

use pathfinder_kit::config::Problems;
use pathfinder_kit::policy::Policy;
use pathfinder_kit::program::Program;
use pathfinder_kit::seal::Sealer;
use pathfinder_kit::token::KeySource;
use pathfinder_kit::{Database, DatabaseUrl, Deps, Failure, Host, Reason, Service, sized};
use pathfinder_proto::identity::v1::credential_service_server::CredentialServiceServer;
use pathfinder_proto::identity::v1::form_link_service_server::FormLinkServiceServer;
use pathfinder_proto::identity::v1::identity_audit_service_server::IdentityAuditServiceServer;
use pathfinder_proto::identity::v1::mail_service_server::MailServiceServer;
use pathfinder_proto::identity::v1::people_service_server::PeopleServiceServer;
use pathfinder_proto::identity::v1::sign_in_service_server::SignInServiceServer;
use pathfinder_proto::identity::v1::token_service_server::TokenServiceServer;

pub use app::FIRST_LOGIN;

/// The identity service.
#[derive(Debug)]
pub struct Identity;

impl Program for Identity {
    const NAME: &'static str = "identity";
    type Migrator = store::Migrator;
    const POLICY: Policy = Policy::Rules { schema: pathfinder_policies::SCHEMA, rules: pathfinder_policies::IDENTITY };

    fn check() -> Result<(), Problems> {
        config::Settings::check(&config::SignInFlags::from_environment()).map(|_| ())
    }

    async fn build(host: Host) -> Result<Service, Failure> {
        let settings = match host.own().get::<config::Settings>() {
            Some(told) => told.as_ref().clone(),
            None => config::Settings::check(&config::SignInFlags::from_environment())
                .map_err(|problems| Failure::new(Reason::InvalidRequest, problems.to_string()))?,
        };
        let (app, requested) = app::App::open(host.clone(), settings).await?;
        let app = Arc::new(app);
        Ok(Service::default()
            .offer(sized!(IdentityAuditServiceServer::new(grpc::AuditTrail::new(host.clone()))))
            .offer(sized!(PeopleServiceServer::new(grpc::People::new(Arc::clone(&app)))))
            .offer(sized!(TokenServiceServer::new(grpc::Tokens::new(Arc::clone(&app)))))
            .offer(sized!(SignInServiceServer::new(grpc::SignIn::new(Arc::clone(&app)))))
            .offer(sized!(CredentialServiceServer::new(grpc::Credentials::new(Arc::clone(&app)))))
            .offer(sized!(FormLinkServiceServer::new(grpc::FormLinks::new(Arc::clone(&app)))))
            .offer(sized!(MailServiceServer::new(grpc::Mail::new(Arc::clone(&app)))))
            .work(worker::send_links(Arc::clone(&app), requested))
            .work(worker::seal_again(Arc::clone(&app)))
            .work(worker::clear_letters(Arc::clone(&app)))
            .work(worker::clear_away(app)))
    }

    fn keys(database: &Database) -> Option<Arc<dyn KeySource>> {
        Some(Arc::new(store::OwnKeys::new(database)))
    }
}

/// A token for `login`, made directly from identity's database and the keys that seal it: for whoever owns the data folder.
///
/// # Errors
///
/// When the database cannot be read or opened with these keys, or nobody has that login; the message lists the logins there are.
pub async fn token_for(url: &DatabaseUrl, deps: &Deps, sealer: &Sealer, login: &str) -> Result<String, Failure> {
    let database = Database::open(url, Identity::NAME).await?;
    let safe = store::Safe { sealer, ids: &deps.ids };
    app::token_for(&database, safe, deps.clock.now(), login).await
}
