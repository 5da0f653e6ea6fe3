//! Followers of the feeds of boards and commitments. What an event means here is decided in `app/feeds.rs`; what it looks like on the
//! wire is known in `grpc/feeds.rs`.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use pathfinder_kit::feed::{Follower, Told};
use pathfinder_kit::{Failure, Unit};
use tonic::Status;

use crate::app::App;
use crate::app::feeds::News;
use crate::grpc::feeds;

/// Follows boards.
#[derive(Debug, Clone)]
pub(crate) struct BoardsFollower {
    /// The use cases.
    pub app: Arc<App>,
}

/// Follows commitments.
#[derive(Debug, Clone)]
pub(crate) struct CommitmentsFollower {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl Follower for BoardsFollower {
    type Item = Told<News>;

    fn feed(&self) -> &'static str {
        "boards"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Told<News>, Status>>, Status> {
        feeds::open_boards(&self.app.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Told<News>) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Told<News>) -> Result<(), Failure> {
        learn(&self.app, unit, item.news).await
    }
}

#[async_trait]
impl Follower for CommitmentsFollower {
    type Item = Told<News>;

    fn feed(&self) -> &'static str {
        "commitments"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Told<News>, Status>>, Status> {
        feeds::open_commitments(&self.app.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Told<News>) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Told<News>) -> Result<(), Failure> {
        learn(&self.app, unit, item.news).await
    }
}

async fn learn(app: &App, unit: &mut Unit, news: Option<News>) -> Result<(), Failure> {
    match news {
        Some(news) => app.learn(unit, &news).await.map_err(Failure::from),
        None => Ok(()),
    }
}
