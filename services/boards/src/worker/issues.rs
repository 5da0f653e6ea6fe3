//! Follows the feed of issues: which missed the time that was pledged, and which did not after all.

use async_trait::async_trait;
use futures::stream::BoxStream;
use pathfinder_kit::feed::{Follower, Told};
use pathfinder_kit::{Failure, Host, Unit};
use tonic::Status;

use crate::app::App;
use crate::app::news::IssueNews;
use crate::grpc::feeds;

/// Follows the feed of issues.
#[derive(Debug)]
pub(crate) struct IssuesFollower {
    pub(crate) host: Host,
}

#[async_trait]
impl Follower for IssuesFollower {
    type Item = Told<IssueNews>;

    fn feed(&self) -> &'static str {
        "issues"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Self::Item, Status>>, Status> {
        feeds::issues(&self.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Self::Item) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Self::Item) -> Result<(), Failure> {
        match item.news {
            Some(news) => App::hear_of_issue(&self.host, unit, news).await,
            None => Ok(()),
        }
    }
}
