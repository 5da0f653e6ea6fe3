//! Serves the audit trail.

use pathfinder_kit::{Host, audit};
use pathfinder_proto::audit::v1::{ListAuditEntriesRequest, ListAuditEntriesResponse};
use pathfinder_proto::boards::v1::boards_audit_service_server::BoardsAuditService;
use tonic::{Request, Response, Status};

/// Serves `BoardsAuditService`.
pub(crate) struct AuditTrail {
    host: Host,
}

impl AuditTrail {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

#[tonic::async_trait]
impl BoardsAuditService for AuditTrail {
    async fn list_audit_entries(
        &self,
        request: Request<ListAuditEntriesRequest>,
    ) -> Result<Response<ListAuditEntriesResponse>, Status> {
        audit::answer(&self.host, request).await
    }
}
