//! Follows the feed of commitments: how the commitments to each action stand, for its computed RAG and for its readers.

use async_trait::async_trait;
use futures::stream::BoxStream;
use pathfinder_kit::feed::{Follower, Told};
use pathfinder_kit::{Failure, Host, Unit};
use tonic::Status;

use crate::app::App;
use crate::app::news::CommitmentNews;
use crate::grpc::feeds;

/// Follows the feed of commitments.
#[derive(Debug)]
pub(crate) struct CommitmentsFollower {
    pub(crate) host: Host,
}

#[async_trait]
impl Follower for CommitmentsFollower {
    type Item = Told<CommitmentNews>;

    fn feed(&self) -> &'static str {
        "commitments"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Self::Item, Status>>, Status> {
        feeds::commitments(&self.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Self::Item) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Self::Item) -> Result<(), Failure> {
        match &item.news {
            Some(news) => App::hear_of_commitment(unit, news).await,
            None => Ok(()),
        }
    }
}
