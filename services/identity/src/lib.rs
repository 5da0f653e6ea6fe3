//! Identity: who there is, what they may do where, and the signed tokens that the other services verify offline.
//!
//! `domain` holds people and their grants, `app` the use cases, `store` the tables, `grpc` the contract's side.

mod app;
mod domain;
mod error;
mod grpc;
mod store;

use std::sync::Arc;

use pathfinder_kit::program::Program;
use pathfinder_kit::token::KeySource;
use pathfinder_kit::{Database, DatabaseUrl, Deps, Failure, Host, Service, sized};
use pathfinder_proto::identity::v1::people_service_server::PeopleServiceServer;
use pathfinder_proto::identity::v1::token_service_server::TokenServiceServer;

pub use app::FIRST_LOGIN;

/// The identity service.
#[derive(Debug)]
pub struct Identity;

impl Program for Identity {
    const NAME: &'static str = "identity";
    type Migrator = store::Migrator;

    async fn build(host: Host) -> Result<Service, Failure> {
        let app = Arc::new(app::App::open(host).await?);
        Ok(Service::default()
            .offer(sized!(PeopleServiceServer::new(grpc::People::new(Arc::clone(&app)))))
            .offer(sized!(TokenServiceServer::new(grpc::Tokens::new(app)))))
    }

    fn keys(database: &Database) -> Option<Arc<dyn KeySource>> {
        Some(Arc::new(store::OwnKeys::new(database)))
    }
}

/// A token for `login`, made directly from identity's database: for whoever owns the data folder.
///
/// # Errors
///
/// When the database cannot be read, or nobody has that login; the message lists the logins there are.
pub async fn token_for(url: &DatabaseUrl, deps: &Deps, login: &str) -> Result<String, Failure> {
    let database = Database::open(url, Identity::NAME).await?;
    app::token_for(&database, deps.clock.now(), login).await
}
