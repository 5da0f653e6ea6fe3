//! Asking other services, over gRPC.

use async_trait::async_trait;
use pathfinder_kit::peer::{self, Peer};
use pathfinder_kit::{Call, Failure, Host};
use pathfinder_proto::issues::v1::GetIssueRequest;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_terms::{IssueId, PartnershipId};
use tonic::Code;

use crate::app::Issues;

/// Asks the issues service on behalf of the caller, within the kit's deadline.
pub(crate) struct PeerIssues {
    host: Host,
}

impl PeerIssues {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

#[async_trait]
impl Issues for PeerIssues {
    async fn has_issue(&self, call: &Call, partnership_id: PartnershipId, id: IssueId) -> Result<bool, Failure> {
        let refusal = |status| peer::refusal(Peer::Issues, status);
        let carrier = self.host.peer(Peer::Issues).on_behalf(call).await.map_err(refusal)?;
        let request = GetIssueRequest {
            partnership_id: partnership_id.to_string(),
            issue_id: id.to_string(),
            follow_token: String::new(),
        };
        match IssueServiceClient::new(carrier).get_issue(peer::request(request)).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == Code::NotFound => Ok(false),
            Err(status) => Err(refusal(status)),
        }
    }
}
