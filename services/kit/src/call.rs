//! One call: who makes it, when, on which trace, and what makes its repeat harmless.

use chrono::{DateTime, Utc};
use pathfinder_terms::{Grant, PartnershipId, PrincipalKind, ProviderId, Role};
use prost::{Message, Name};
use sha2::{Digest as _, Sha256};
use tonic::{Request, Status};

use crate::caller::{Actor, Caller, Principal};
use crate::contract::{self, Method};
use crate::failure::{Failure, Reason};
use crate::host::Host;

/// What the server's front layer learned of a call before its message was read; it travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) caller: Caller,
    pub(crate) token: Option<String>,
    pub(crate) method: Method,
}

/// One call, as the use cases see it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// When the call was admitted; one instant for all that it writes.
    pub now: DateTime<Utc>,
    pub(crate) method: String,
    pub(crate) traceparent: String,
    pub(crate) token: Option<String>,
    pub(crate) repeat: Option<Repeat>,
}

/// What makes the repeat of a call recognisable.
#[derive(Debug, Clone)]
pub(crate) struct Repeat {
    pub(crate) request_id: String,
    pub(crate) digest: String,
}

impl Call {
    /// A call that a service makes of its own accord: a timer, a follower of a feed, a demonstration's first rows.
    #[must_use]
    pub fn background(host: &Host, method: &str) -> Self {
        let grant = Grant { role: Role::Service, partnership_id: None, provider_id: None };
        let principal = Principal {
            subject: host.name().to_owned(),
            name: format!("Pathfinder ({})", host.name()),
            kind: PrincipalKind::Service,
            grants: vec![grant],
        };
        Self {
            caller: Caller::Known(principal),
            now: host.clock().now(),
            method: method.to_owned(),
            traceparent: crate::telemetry::current_traceparent(),
            token: None,
            repeat: None,
        }
    }

    /// Whether a service makes this call of its own accord.
    pub(crate) fn is_background(&self) -> bool {
        self.token.is_none()
            && matches!(&self.caller, Caller::Known(principal) if principal.kind == PrincipalKind::Service)
    }

    /// Who that is, for history and audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.caller.actor()
    }

    /// Demands one of `roles` in the partnership.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` for an anonymous caller, `ROLE_MISSING` naming the roles otherwise.
    pub fn require(&self, partnership_id: PartnershipId, roles: &[Role]) -> Result<(), Failure> {
        self.caller.require(partnership_id, roles)
    }

    /// Demands one of `roles` held for the provider.
    ///
    /// # Errors
    ///
    /// As [`Call::require`].
    pub fn require_for_provider(
        &self,
        partnership_id: PartnershipId,
        provider_id: ProviderId,
        roles: &[Role],
    ) -> Result<(), Failure> {
        self.caller.require_for_provider(partnership_id, provider_id, roles)
    }
}

impl Host {
    /// Admits a request: checks its message against the contract, and gathers who calls on which trace.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` with every violation; `INTERNAL` when the server's front layer did not see the request.
    pub fn admit<M: Message + Name>(&self, request: Request<M>) -> Result<(Call, M), Status> {
        let (_, extensions, message) = request.into_parts();
        let Some(arrival) = extensions.get::<Arrival>().cloned() else {
            return Err(Failure::new(Reason::Internal, "The call did not come through the front.").into());
        };
        let checked = contract::check(&message)?;
        let digest = || Sha256::digest(&checked.encoded).iter().map(|byte| format!("{byte:02x}")).collect();
        let repeat = checked.request_id.clone().map(|request_id| Repeat { request_id, digest: digest() });
        let call = Call {
            caller: arrival.caller,
            now: self.clock().now(),
            method: arrival.method.name,
            traceparent: crate::telemetry::current_traceparent(),
            token: arrival.token,
            repeat,
        };
        Ok((call, message))
    }
}
