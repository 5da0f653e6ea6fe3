//! Calls to the running services, as somebody or as nobody: connections, credentials, and refusals in words.
//!
//! A [`Desk`] is where somebody sits: it makes a client of any gRPC service that carries their token. To call a service that is not
//! here yet, add its client to [`Desk`].

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::peer::Peer;
use pathfinder_kit::{Failure, Reason};
use pathfinder_proto::boards::v1::action_service_client::ActionServiceClient;
use pathfinder_proto::boards::v1::decision_service_client::DecisionServiceClient;
use pathfinder_proto::boards::v1::meeting_service_client::MeetingServiceClient;
use pathfinder_proto::boards::v1::member_service_client::MemberServiceClient;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::commitments::v1::commitment_service_client::CommitmentServiceClient;
use pathfinder_proto::commitments::v1::progress_report_service_client::ProgressReportServiceClient;
use pathfinder_proto::commitments::v1::provider_service_client::ProviderServiceClient;
use pathfinder_proto::commitments::v1::standard_service_client::StandardServiceClient;
use pathfinder_proto::identity::v1::people_service_client::PeopleServiceClient;
use pathfinder_proto::identity::v1::token_service_client::TokenServiceClient;
use pathfinder_proto::issues::v1::category_service_client::CategoryServiceClient;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::issues::v1::routing_rule_service_client::RoutingRuleServiceClient;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// How long a call may take: as long as the services let one take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that carries somebody's token.
pub(crate) type Line = InterceptedService<Channel, Bearer>;

/// Connections to all services.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    boards: Channel,
    commitments: Channel,
    issues: Channel,
    identity: Channel,
}

impl Lines {
    /// Lines to these addresses; they connect when first used. Needs a runtime.
    pub(crate) fn to(peers: &PeerAddresses) -> Self {
        Self {
            boards: peers.open(Peer::Boards),
            commitments: peers.open(Peer::Commitments),
            issues: peers.open(Peer::Issues),
            identity: peers.open(Peer::Identity),
        }
    }

    /// Where nobody in particular sits.
    pub(crate) fn anonymous(&self) -> Desk {
        Desk { lines: self.clone(), bearer: Bearer(None) }
    }

    /// Where the holder of a token sits.
    ///
    /// # Errors
    ///
    /// When the token holds characters that no token has.
    pub(crate) fn with_token(&self, token: &str) -> Result<Desk, Failure> {
        let malformed = |_| Failure::new(Reason::TokenInvalid, "The token holds characters that no token has.");
        let mut bearer: AsciiMetadataValue = format!("Bearer {token}").parse().map_err(malformed)?;
        bearer.set_sensitive(true);
        Ok(Desk { lines: self.clone(), bearer: Bearer(Some(bearer)) })
    }
}

/// Adds a token to every call; nothing for nobody.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(Option<AsciiMetadataValue>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(bearer) = &self.0 {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        Ok(request)
    }
}

/// Where somebody sits, with a line to every service.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    lines: Lines,
    bearer: Bearer,
}

macro_rules! clients {
    ($($name:ident: $client:ident over $channel:ident),+ $(,)?) => {$(
        #[doc = concat!("A client of the ", stringify!($name), ".")]
        pub(crate) fn $name(&self) -> $client<Line> {
            $client::new(InterceptedService::new(self.lines.$channel.clone(), self.bearer.clone()))
        }
    )+};
}

impl Desk {
    clients! {
        partnerships: PartnershipServiceClient over boards,
        members: MemberServiceClient over boards,
        meetings: MeetingServiceClient over boards,
        decisions: DecisionServiceClient over boards,
        actions: ActionServiceClient over boards,
        providers: ProviderServiceClient over commitments,
        standards: StandardServiceClient over commitments,
        commitments: CommitmentServiceClient over commitments,
        reports: ProgressReportServiceClient over commitments,
        categories: CategoryServiceClient over issues,
        routing_rules: RoutingRuleServiceClient over issues,
        issues: IssueServiceClient over issues,
        people: PeopleServiceClient over identity,
        tokens: TokenServiceClient over identity,
    }
}

/// An address that one can call, of one that is served on.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A message with the time that its call may take.
pub(crate) fn within<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    request
}

/// A call that was refused or not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub(crate) struct Refused {
    /// What was asked, such as `create the seat Resident, Mill Street`.
    pub(crate) what: String,
    /// What the service said, with every field that was wrong.
    pub(crate) why: String,
    /// The gRPC code.
    pub(crate) code: Code,
    /// The reason out of the contract's registry; none when the answer is not one of our services'.
    pub(crate) reason: Option<Reason>,
}

impl Refused {
    /// Puts a refusal into words.
    pub(crate) fn new(what: impl Display, status: &Status) -> Self {
        let named = status.get_details_error_info().map(|info| format!("ERROR_REASON_{}", info.reason));
        let reason = named.and_then(|name| Reason::from_str_name(&name));
        Self { what: what.to_string(), why: in_words(status), code: status.code(), reason }
    }

    /// Whether the same call may well succeed when it is made again.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted)
    }
}

fn in_words(status: &Status) -> String {
    let mut words = if status.message().is_empty() { status.code().to_string() } else { status.message().to_owned() };
    let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    for violation in violations {
        words.push_str(&format!("\n    {} {}", violation.field, violation.description));
    }
    words
}

/// Waits for an answer, and says of a refusal what had been asked.
///
/// # Errors
///
/// The refusal, in words.
pub(crate) async fn ask<T>(
    what: impl Display,
    answer: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Refused> {
    answer.await.map(Response::into_inner).map_err(|status| Refused::new(what, &status))
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_refusal_lists_every_field() {
        let violations =
            vec![FieldViolation::new("name", "must not be empty"), FieldViolation::new("code", "is too long")];
        let mut details = ErrorDetails::with_bad_request(violations);
        details.set_error_info("INVALID_REQUEST", "pathfinder", std::collections::HashMap::new());
        let status = Status::with_error_details(Code::InvalidArgument, "2 fields are wrong.", details);
        let refused = Refused::new("create the seat", &status);
        assert_eq!(
            refused.to_string(),
            "create the seat: 2 fields are wrong.\n    name must not be empty\n    code is too long"
        );
        assert_eq!(refused.reason, Some(Reason::InvalidRequest));
        assert!(!refused.may_pass());
    }

    #[test]
    fn an_address_that_is_served_on_everywhere_is_called_here() {
        let address = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(address("0.0.0.0:50051"), "127.0.0.1:50051");
        assert_eq!(address("[::]:50051"), "[::1]:50051");
        assert_eq!(address("192.0.2.7:50051"), "192.0.2.7:50051");
    }

    #[test]
    fn a_service_that_is_away_may_come_back() {
        let refused = Refused::new("list", &Status::unavailable(""));
        assert!(refused.may_pass() && refused.reason.is_none());
        assert!(!refused.why.is_empty(), "a refusal without a message still says something");
    }
}
