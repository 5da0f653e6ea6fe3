//! One call: who makes it, when, on which trace, and what makes its repeat harmless.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pathfinder_terms::{Grant, PrincipalKind, Role};
use prost::{Message, Name};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Extensions, Request, Status};

use crate::caller::{Actor, Caller, Principal};
use crate::contract::{self, Method};
use crate::failure::{Failure, Reason};
use crate::host::Host;
use crate::policy::{Policies, Subject};

/// By which door a call came in. It describes a call and decides nothing: whoever calls directly may say what the gateway says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Straight to the service, or from another service.
    Grpc,
    /// Through the gateway.
    Http,
}

impl Door {
    /// The header by which the gateway says that a call came through it.
    pub const HEADER: &'static str = "x-pathfinder-door";
    /// What stands in that header.
    pub const HTTP: &'static str = "http";

    pub(crate) fn of(headers: &http::HeaderMap) -> Self {
        if headers.get(Self::HEADER).is_some_and(|door| door == Self::HTTP) { Self::Http } else { Self::Grpc }
    }
}

/// What the server's front layer learned of a call before its message was read; it travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) caller: Caller,
    pub(crate) via: Option<String>,
    pub(crate) client: String,
    pub(crate) door: Door,
    pub(crate) token: Option<String>,
    pub(crate) token_end: Option<DateTime<Utc>>,
    pub(crate) method: Method,
    pub(crate) place: Option<Arc<OwnedSemaphorePermit>>,
}

/// One call, as the use cases see it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// When the call was admitted; one instant for all that it writes.
    pub now: DateTime<Utc>,
    pub(crate) door: Door,
    pub(crate) via: Option<String>,
    pub(crate) client: String,
    pub(crate) method: String,
    pub(crate) traceparent: String,
    pub(crate) token: Option<String>,
    /// When the token with which it was made expires; none without one.
    pub token_end: Option<DateTime<Utc>>,
    pub(crate) repeat: Option<Repeat>,
    pub(crate) policies: Arc<Policies>,
    /// The place of a stream that is sent to us: it is given back with the last of the call, however long its answers wait to be taken.
    _place: Option<Arc<OwnedSemaphorePermit>>,
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
        let grant = Grant::everywhere(Role::Service);
        let principal = Principal {
            subject: host.name().to_owned(),
            name: format!("Pathfinder ({})", host.name()),
            kind: PrincipalKind::Service,
            grants: vec![grant],
            credential: None,
        };
        Self {
            caller: Caller::Known(principal),
            now: host.clock().now(),
            door: Door::Grpc,
            via: None,
            client: String::new(),
            method: method.to_owned(),
            traceparent: crate::telemetry::current_traceparent(),
            token: None,
            token_end: None,
            repeat: None,
            policies: Arc::clone(host.policies()),
            _place: None,
        }
    }

    /// Whether a service makes this call of its own accord.
    pub(crate) fn is_background(&self) -> bool {
        self.token.is_none()
            && matches!(&self.caller, Caller::Known(principal) if principal.kind == PrincipalKind::Service)
    }

    /// By which door it came in.
    #[must_use]
    pub const fn door(&self) -> Door {
        self.door
    }

    /// The service that calls on the caller's behalf; none when it calls itself.
    #[must_use]
    pub fn via(&self) -> Option<&str> {
        self.via.as_deref()
    }

    /// The address that the call comes from: of the HTTP client when it came through the gateway, otherwise of the other end of the
    /// connection. Empty for a service's own work. Kept no longer than limits on attempts need it.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Who that is, for history and audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.caller.actor()
    }

    /// What the rules call it: the name of the call in its contract.
    fn act(&self) -> &str {
        self.method.rsplit('/').next().unwrap_or_default()
    }

    /// Demands that the rules let the caller make this very call on the subject. A service's own work needs no leave.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` for an anonymous caller, `ROLE_MISSING` naming the roles that would do otherwise; `PARTNERSHIP_FORBIDS` where
    /// the partnership's own policies forbid it to whoever has the role.
    pub fn permit(&self, subject: &Subject) -> Result<(), Failure> {
        self.permit_act(self.act(), subject)
    }

    /// Demands that the rules let the caller make this very call in one of the places where it has a role.
    ///
    /// # Errors
    ///
    /// As [`Call::permit`].
    fn permit_somewhere(&self) -> Result<(), Failure> {
        let mut refused = match self.permit(&Subject::within(None)) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        let Caller::Known(principal) = &self.caller else { return Err(refused) };
        for partnership_id in principal.grants.iter().filter_map(|grant| grant.partnership_id) {
            match self.permit(&Subject::within(Some(partnership_id))) {
                Ok(()) => return Ok(()),
                Err(failure) => refused = failure,
            }
        }
        Err(refused)
    }

    /// Demands that the rules let the caller do a named part of the call to the subject.
    ///
    /// # Errors
    ///
    /// As [`Call::permit`].
    pub fn permit_act(&self, act: &str, subject: &Subject) -> Result<(), Failure> {
        if self.is_background() { Ok(()) } else { self.policies.demand(&self.caller, act, subject) }
    }

    /// Whether the caller's token has expired by now: what takes long is not to outlive it.
    #[must_use]
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.token_end.is_some_and(|end| end <= now)
    }

    /// Whether the rules let the caller do or see a named part of the call. A service's own work needs no leave.
    #[must_use]
    pub fn may(&self, act: &str, subject: &Subject) -> bool {
        self.is_background() || self.policies.allow(&self.caller, act, subject)
    }
}

impl Host {
    /// Admits a request: checks its message against the contract, and gathers who calls on which trace.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` with every violation; `ROLE_MISSING` where no rule lets the caller make the call in the message's
    /// partnership; `INTERNAL` when the server's front layer did not see the request.
    pub fn admit<M: Message + Name>(&self, request: Request<M>) -> Result<(Call, M), Status> {
        let (_, extensions, message) = request.into_parts();
        let mut call = self.call_of(&extensions)?;
        let checked = contract::check(&message)?;
        let digest = || hex::encode(Sha256::digest(&checked.encoded));
        call.repeat = checked.request_id.clone().map(|request_id| Repeat { request_id, digest: digest() });
        call.permit(&Subject::within(checked.partnership_id))?;
        Ok((call, message))
    }

    /// Admits a call whose messages come as a stream: gathers who calls on which trace. Nothing that comes was read, so nothing of it is
    /// checked, and only who may make the call nowhere is refused: whoever reads the stream checks each message with
    /// [`violations_of`](crate::violations_of), and asks with [`Call::permit`] once a message says where, and again as long as it goes on. The
    /// place of the call is given back with the call.
    ///
    /// # Errors
    ///
    /// As [`Call::permit`] for whoever may make the call nowhere; `INTERNAL` when the server's front layer did not see the request.
    pub fn admit_stream<S>(&self, request: Request<S>) -> Result<(Call, S), Status> {
        let (_, extensions, stream) = request.into_parts();
        let call = self.call_of(&extensions)?;
        call.permit_somewhere()?;
        Ok((call, stream))
    }

    /// Who calls on which trace, as the front found.
    fn call_of(&self, extensions: &Extensions) -> Result<Call, Failure> {
        let Some(arrival) = extensions.get::<Arrival>().cloned() else {
            return Err(Failure::new(Reason::Internal, "The call did not come through the front."));
        };
        Ok(Call {
            caller: arrival.caller,
            now: self.clock().now(),
            door: arrival.door,
            via: arrival.via,
            client: arrival.client,
            method: arrival.method.name,
            traceparent: crate::telemetry::current_traceparent(),
            token: arrival.token,
            token_end: arrival.token_end,
            repeat: None,
            policies: Arc::clone(self.policies()),
            _place: arrival.place,
        })
    }
}
