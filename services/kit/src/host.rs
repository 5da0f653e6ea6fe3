//! What a service stands on: its name, clock, ids, database, outbox, peers and token verifier. Cheap to clone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Limits, Own, Settings};
use crate::database::Database;
use crate::feed::Outbox;
use crate::ids::Ids;
use crate::peer::{Peer, PeerKeys, Peers};
use crate::policy::Policies;
use crate::seal::Contacts;
use crate::tls::Tls;
use crate::token::{KeySource, Verifier};

/// What comes from outside and is replaced in tests.
#[derive(Clone)]
pub struct Deps {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<Ids>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}

/// What a service stands on.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    name: &'static str,
    deps: Deps,
    database: Database,
    outbox: Outbox,
    peers: Peers,
    verifier: Verifier,
    policies: Arc<Policies>,
    limits: Limits,
    contacts: Contacts,
    tls: Option<Tls>,
    own: Own,
    shutdown: CancellationToken,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Host").field(&self.0.name).finish()
    }
}

impl Host {
    /// A host for the service `name` over an open database. `keys` is where token keys come from; by default identity is
    /// asked over gRPC.
    #[must_use]
    pub fn new(
        name: &'static str,
        settings: &Settings,
        deps: Deps,
        database: Database,
        keys: Option<Arc<dyn KeySource>>,
        policies: Policies,
        shutdown: CancellationToken,
    ) -> Self {
        let peers = Peers::new(name, settings, Arc::clone(&deps.clock));
        let keys = keys.unwrap_or_else(|| Arc::new(PeerKeys::new(&peers)));
        let verifier = Verifier::new(name, keys, Arc::clone(&deps.clock));
        let (limits, contacts, own) = (settings.limits, settings.contacts.clone(), settings.own.clone());
        let tls = settings.peers.tls.clone();
        let (outbox, policies) = (Outbox::new(), Arc::new(policies));
        Self(Arc::new(Inner {
            name,
            deps,
            database,
            outbox,
            peers,
            verifier,
            policies,
            limits,
            contacts,
            tls,
            own,
            shutdown,
        }))
    }

    /// The service's name: boards, commitments, issues, identity or gateway.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The service's clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.0.deps.clock.as_ref()
    }

    /// Where ids come from.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.deps.ids
    }

    /// A new id, as of now.
    #[must_use]
    pub fn next_id(&self, now: DateTime<Utc>) -> Uuid {
        self.ids().next(now)
    }

    /// For reads outside a transaction.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        self.0.database.reader()
    }

    /// What only this service is told, if whoever started it told it.
    #[must_use]
    pub fn own(&self) -> &Own {
        &self.0.own
    }

    /// Another service.
    #[must_use]
    pub fn peer(&self, peer: Peer) -> crate::peer::Line<'_> {
        self.0.peers.line(peer)
    }

    /// Ends when the service should stop.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Waits; false when the service stops.
    pub async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.shutdown().cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// The secret that the services of this installation share; identity compares it.
    #[must_use]
    pub fn service_secret(&self) -> &str {
        self.0.peers.secret()
    }

    /// How contact details are kept.
    #[must_use]
    pub fn contacts(&self) -> &Contacts {
        &self.0.contacts
    }

    /// What is demanded of whoever calls this service, if it serves over TLS.
    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.0.tls.as_ref()
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Who may do what here.
    #[must_use]
    pub fn policies(&self) -> &Arc<Policies> {
        &self.0.policies
    }

    /// The longest that a call takes, but for a stream.
    #[must_use]
    pub fn longest_call(&self) -> Duration {
        Duration::from_secs(self.limits().call_seconds)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }
}
