//! Serves the change feed.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::feed::Recorded;
use pathfinder_kit::{Failure, Host, wire};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::commitments_event_service_server::CommitmentsEventService;
use tonic::{Request, Response, Status};

use crate::domain::Event;

/// Serves `CommitmentsEventService`.
pub(crate) struct Events {
    host: Host,
}

impl Events {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

#[tonic::async_trait]
impl CommitmentsEventService for Events {
    type WatchCommitmentsEventsStream = BoxStream<'static, Result<pb::CommitmentsEvent, Status>>;

    async fn watch_commitments_events(
        &self,
        request: Request<pb::WatchCommitmentsEventsRequest>,
    ) -> Result<Response<Self::WatchCommitmentsEventsStream>, Status> {
        let (call, message) = self.host.admit(request)?;
        let partnership_id = wire::optional_id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let watching = self.host.watch::<Event>(&call, &message.after, message.kinds, partnership_id).await?;
        let events = watching.map(|recorded| recorded.and_then(to_wire).map_err(Status::from));
        Ok(Response::new(events.boxed()))
    }
}

fn to_wire(recorded: Recorded) -> Result<pb::CommitmentsEvent, Failure> {
    let event: Event = serde_json::from_str(&recorded.payload)?;
    Ok(pb::CommitmentsEvent { meta: Some(recorded.meta), payload: Some(event.into()) })
}
