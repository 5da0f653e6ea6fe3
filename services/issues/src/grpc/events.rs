//! `IssuesEventService`.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::issues::v1 as pb;
use pb::issues_event_service_server::IssuesEventService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};
use crate::domain::Event;

/// Serves the feed.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    app: Shared,
}

impl Events {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl IssuesEventService for Events {
    type WatchIssuesEventsStream = BoxStream<'static, Result<pb::IssuesEvent, Status>>;

    async fn watch_issues_events(
        &self,
        request: Request<pb::WatchIssuesEventsRequest>,
    ) -> Result<Response<Self::WatchIssuesEventsStream>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = wire::optional_id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let watching = self.app.host.watch::<Event>(&call, &message.after, message.kinds, partnership_id).await?;
        let events = watching.map(|recorded| {
            let event = convert::issues_event(recorded?).map_err(Failure::internal)?;
            Ok(event)
        });
        Ok(Response::new(events.boxed()))
    }
}
