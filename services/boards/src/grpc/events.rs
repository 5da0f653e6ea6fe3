//! Serves the feed of boards.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt as _};
use pathfinder_kit::{Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::boards_event_service_server::BoardsEventService;
use tonic::{Request, Response, Status};

use super::convert::to_event;
use crate::app::App;
use crate::domain::event::Event;

/// Serves `BoardsEventService`.
pub(crate) struct Events {
    app: Arc<App>,
}

impl Events {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl BoardsEventService for Events {
    type WatchBoardsEventsStream = BoxStream<'static, Result<pb::BoardsEvent, Status>>;

    async fn watch_boards_events(
        &self,
        request: Request<pb::WatchBoardsEventsRequest>,
    ) -> Result<Response<Self::WatchBoardsEventsStream>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = wire::optional_id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let watching = self.app.host.watch::<Event>(&call, &message.after, message.kinds, partnership_id).await?;
        let events = watching.map(|recorded| Ok(recorded.and_then(to_event)?));
        Ok(Response::new(events.boxed()))
    }
}
