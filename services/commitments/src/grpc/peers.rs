//! Asking boards over gRPC.

use async_trait::async_trait;
use pathfinder_kit::peer::{self, Peer};
use pathfinder_kit::{Call, Failure, Host, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::action_service_client::ActionServiceClient;
use pathfinder_proto::boards::v1::decision_service_client::DecisionServiceClient;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_terms::{ActionId, DecisionId, PartnershipId};
use tonic::{Code, Response, Status};

use super::convert::nation_from_wire;
use crate::app::{Boards, DecisionSeen};
use crate::domain::Partnership;

/// Boards, over gRPC.
pub(crate) struct BoardsPeer {
    host: Host,
}

impl BoardsPeer {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

fn refusal(status: Status) -> Failure {
    peer::refusal(Peer::Boards, status)
}

/// What boards answered; nothing where it has no such thing.
fn unless_absent<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(refusal(status)),
    }
}

#[async_trait]
impl Boards for BoardsPeer {
    async fn find_partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, Failure> {
        let mut client = PartnershipServiceClient::new(self.host.peer(Peer::Boards).anonymous());
        let request = peer::request(pb::GetPartnershipRequest { partnership_id: id.to_string() });
        let Some(found) = unless_absent(client.get_partnership(request).await)? else { return Ok(None) };
        let nation = nation_from_wire(found.nation())?;
        let active = found.status() != pb::PartnershipStatus::Archived;
        Ok(Some(Partnership { id, name: found.name, nation, active }))
    }

    async fn has_action(&self, call: &Call, partnership_id: PartnershipId, id: ActionId) -> Result<bool, Failure> {
        let carrier = self.host.peer(Peer::Boards).on_behalf(call).await.map_err(refusal)?;
        let message = pb::GetActionRequest { partnership_id: partnership_id.to_string(), action_id: id.to_string() };
        let answer = ActionServiceClient::new(carrier).get_action(peer::request(message)).await;
        Ok(unless_absent(answer)?.is_some())
    }

    async fn find_decision(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: DecisionId,
    ) -> Result<Option<DecisionSeen>, Failure> {
        let carrier = self.host.peer(Peer::Boards).on_behalf(call).await.map_err(refusal)?;
        let message =
            pb::GetDecisionRequest { partnership_id: partnership_id.to_string(), decision_id: id.to_string() };
        let answer = DecisionServiceClient::new(carrier).get_decision(peer::request(message)).await;
        unless_absent(answer)?.map(|decision| seen(id, &decision)).transpose()
    }
}

fn seen(id: DecisionId, decision: &pb::Decision) -> Result<DecisionSeen, Failure> {
    let outcome = match decision.outcome() {
        pb::DecisionOutcome::Unspecified => "unknown",
        pb::DecisionOutcome::Carried => "carried",
        pb::DecisionOutcome::Fallen => "fallen",
        pb::DecisionOutcome::Recommended => "recommended, without a quorum",
    };
    let carried = decision.outcome() == pb::DecisionOutcome::Carried;
    let named = decision.commitment_ids.iter().map(|id| wire::id("commitment_ids", id));
    Ok(DecisionSeen {
        id,
        carried,
        outcome,
        referred_back: decision.referred_back,
        corrected_by: wire::optional_id("corrected_by_decision_id", &decision.corrected_by_decision_id)?,
        commitment_ids: named.collect::<Result<_, _>>()?,
    })
}
