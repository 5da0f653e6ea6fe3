//! `LocationService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::location_service_server::LocationService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Finds the partnerships of places.
#[derive(Debug, Clone)]
pub(crate) struct Locations {
    app: Shared,
}

impl Locations {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl LocationService for Locations {
    async fn locate_partnerships(
        &self,
        request: Request<pb::LocatePartnershipsRequest>,
    ) -> Result<Response<pb::LocatePartnershipsResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let point = convert::place(&message)?;
        let found = self.app.locate_partnerships(point).await.map_err(Failure::from)?;
        Ok(Response::new(convert::located(found)))
    }
}
