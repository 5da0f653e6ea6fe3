//! The other services, over gRPC: what they are asked, and what their answers mean here.

use async_trait::async_trait;
use pathfinder_kit::peer::{self, Peer};
use pathfinder_kit::{Call, Failure, Host, Reason, wire};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::provider_service_client::ProviderServiceClient;
use pathfinder_proto::commitments::v1::standard_service_client::StandardServiceClient;
use pathfinder_proto::identity::v1 as identity;
use pathfinder_proto::identity::v1::mail_service_client::MailServiceClient;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::{ActionId, IssueId, Nation, PartnershipId, ProviderId};
use std::time::Duration;
use tonic::Request;

use super::story_peers;
use crate::app::peers::{ActionSteps, Outgoing, Peers, PledgeQuery};
use crate::domain::Pledge;
use crate::domain::clock::{Measure, StartEvent, Unit};
use crate::domain::issue::PledgeFound;
use crate::domain::known::{KnownPartnership, KnownProvider, ToldPartnership};
use crate::domain::story::StoryStep;

/// How long a resident's report waits for another service. After that the report is taken without it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a letter may take to be sent: mail servers take their time.
const LETTER_TIMEOUT: Duration = Duration::from_secs(30);

/// The other services, reached through the host's lines.
#[derive(Debug, Clone)]
pub(crate) struct GrpcPeers {
    host: Host,
}

impl GrpcPeers {
    /// Over a host.
    #[must_use]
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }

    /// Asks for the two pledges at the same time, so that a report waits but once.
    async fn find_pledges(&self, call: &Call, query: &PledgeQuery) -> Result<PledgeFound, Failure> {
        let any = self.find_pledge(call, query, commitments::StandardMeasure::Unspecified);
        let response = self.find_pledge(call, query, commitments::StandardMeasure::ResponseTime);
        let (pledge, response) = tokio::try_join!(any, response)?;
        Ok(PledgeFound::of(pledge, response))
    }

    async fn find_pledge(
        &self,
        call: &Call,
        query: &PledgeQuery,
        measure: commitments::StandardMeasure,
    ) -> Result<Option<Pledge>, Failure> {
        let refused = |status| peer::refusal(Peer::Commitments, status);
        let carrier = self.host.peer(Peer::Commitments).on_behalf(call).await.map_err(refused)?;
        let message = commitments::FindApplicableStandardRequest {
            partnership_id: query.partnership_id.to_string(),
            provider_id: query.provider_id.to_string(),
            category_code: query.category_code.clone(),
            at_time: Some(wire::timestamp(query.at)),
            measure: measure.into(),
        };
        let answer = StandardServiceClient::new(carrier).find_applicable_standard(patient(message)).await;
        match answer {
            Ok(standard) => pledge(standard.into_inner()),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(refused(status)),
        }
    }
}

/// A request that waits no longer than a resident should.
pub(super) fn patient<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

#[async_trait]
impl Peers for GrpcPeers {
    async fn pledge(&self, call: &Call, query: &PledgeQuery) -> PledgeFound {
        match tokio::time::timeout(PATIENCE, self.find_pledges(call, query)).await {
            Ok(Ok(found)) => found,
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "the pledge of a provider could not be asked for; it is asked for again");
                unanswered(&failure)
            }
            Err(_) => {
                tracing::warn!("commitments did not answer in time; the pledge is asked for again");
                PledgeFound::NotAnswered
            }
        }
    }

    async fn partnership(&self, id: PartnershipId) -> Result<Option<ToldPartnership>, Failure> {
        let message = boards::GetPartnershipRequest { partnership_id: id.to_string() };
        let client = PartnershipServiceClient::new(self.host.peer(Peer::Boards).anonymous());
        let answer = { client }.get_partnership(patient(message)).await;
        let found =
            answer.map(|found| Some(found.into_inner())).or_else(|status| none_if_absent(Peer::Boards, status))?;
        found.map(told_partnership).transpose()
    }

    async fn provider(&self, partnership_id: PartnershipId, id: ProviderId) -> Result<Option<KnownProvider>, Failure> {
        let message =
            commitments::GetProviderRequest { partnership_id: partnership_id.to_string(), provider_id: id.to_string() };
        // As itself, and not as nobody: a partnership may keep its providers from the public by policies of its own.
        let carrier = self.host.peer(Peer::Commitments).as_self().await;
        let carrier = carrier.map_err(|status| peer::refusal(Peer::Commitments, status))?;
        let answer = ProviderServiceClient::new(carrier).get_provider(patient(message)).await;
        let found = answer.map(|found| Some(found.into_inner()));
        let found = found.or_else(|status| none_if_absent(Peer::Commitments, status))?;
        Ok(found.map(|provider| KnownProvider {
            id,
            partnership_id,
            active: provider.status() == commitments::ProviderStatus::Active,
            name: provider.name,
        }))
    }

    async fn action_steps(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
    ) -> Result<ActionSteps, Failure> {
        story_peers::action_steps(&self.host, call, partnership_id, issue_id).await
    }

    async fn commitment_steps(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        action_id: ActionId,
    ) -> Result<Vec<StoryStep>, Failure> {
        story_peers::commitment_steps(&self.host, call, partnership_id, action_id).await
    }

    async fn send_letter(&self, letter: &Outgoing) -> Result<(), Failure> {
        let refused = |status| peer::refusal(Peer::Identity, status);
        let carrier = self.host.peer(Peer::Identity).as_self().await.map_err(refused)?;
        let message = identity::SendLetterRequest {
            to: letter.to.clone(),
            subject: letter.subject.clone(),
            text: letter.text.clone(),
            request_id: letter.id.to_string(),
        };
        let mut request = peer::request(message);
        request.set_timeout(LETTER_TIMEOUT);
        MailServiceClient::new(carrier).send_letter(request).await.map(drop).map_err(refused)
    }
}

/// Only a service that is out of reach is left alone for a while; what it refuses concerns the one question.
fn unanswered(failure: &Failure) -> PledgeFound {
    if failure.reason() == Reason::PeerUnavailable { PledgeFound::NotAnswered } else { PledgeFound::Refused }
}

fn none_if_absent<T>(peer: Peer, status: tonic::Status) -> Result<Option<T>, Failure> {
    if status.code() == tonic::Code::NotFound { Ok(None) } else { Err(peer::refusal(peer, status)) }
}

fn told_partnership(told: boards::Partnership) -> Result<ToldPartnership, Failure> {
    let partnership = KnownPartnership {
        id: wire::id("partnership_id", &told.partnership_id)?,
        nation: nation(told.nation())?,
        archived: told.status() == boards::PartnershipStatus::Archived,
        name: told.name,
        slug: told.slug,
        reference_prefix: told.reference_prefix,
    };
    Ok(ToldPartnership { partnership, boundary: told.boundary })
}

/// The nation whose bank holidays count.
///
/// # Errors
///
/// When boards names none, which its contract does not allow.
pub(crate) fn nation(nation: types::Nation) -> Result<Nation, Failure> {
    match nation {
        types::Nation::EnglandAndWales => Ok(Nation::EnglandAndWales),
        types::Nation::Scotland => Ok(Nation::Scotland),
        types::Nation::NorthernIreland => Ok(Nation::NorthernIreland),
        types::Nation::Unspecified => {
            Err(Failure::new(Reason::Internal, "Boards tells of a partnership without a nation."))
        }
    }
}

/// A standard as a pledge; none for one that measures no time.
fn pledge(standard: commitments::Standard) -> Result<Option<Pledge>, Failure> {
    use commitments::{ClockStart, StandardMeasure, StandardUnit};
    let measure = match standard.measure() {
        StandardMeasure::ResponseTime => Measure::Response,
        StandardMeasure::ResolutionTime => Measure::Resolution,
        StandardMeasure::Unspecified
        | StandardMeasure::Frequency
        | StandardMeasure::ConditionGrade
        | StandardMeasure::Volume => return Ok(None),
    };
    let unit = match standard.unit() {
        StandardUnit::WorkingDays => Unit::WorkingDays,
        StandardUnit::WorkingHours => Unit::WorkingHours,
        StandardUnit::CalendarHours => Unit::CalendarHours,
        StandardUnit::CalendarDays => Unit::CalendarDays,
        StandardUnit::Unspecified | StandardUnit::PerYear | StandardUnit::Grade => return Ok(None),
    };
    let starts_at = match standard.clock_start() {
        ClockStart::Unspecified | ClockStart::Reported => StartEvent::Reported,
        ClockStart::Triaged => StartEvent::Triaged,
        ClockStart::Routed => StartEvent::Routed,
    };
    Ok(Some(Pledge {
        standard_id: wire::id("standard_id", &standard.standard_id)?,
        measure,
        count: whole(standard.target_value),
        unit,
        starts_at,
        text: standard.text,
        pause_reasons: standard.pause_reasons,
        pause_cap_days: u32::try_from(standard.pause_cap_days).unwrap_or(0),
    }))
}

/// The pledged value of a time, which the contract keeps to whole numbers from 1 to 100,000.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the contract's range first")]
fn whole(value: f64) -> u32 {
    value.round().clamp(0.0, 100_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_service_that_is_out_of_reach_has_not_answered() {
        let answer = |code| unanswered(&peer::refusal(Peer::Commitments, tonic::Status::new(code, "")));
        assert_eq!(answer(tonic::Code::Unavailable), PledgeFound::NotAnswered);
        assert_eq!(answer(tonic::Code::DeadlineExceeded), PledgeFound::NotAnswered);
        for refused in [tonic::Code::PermissionDenied, tonic::Code::InvalidArgument, tonic::Code::Internal] {
            assert_eq!(answer(refused), PledgeFound::Refused, "{refused:?}");
        }
    }
}
