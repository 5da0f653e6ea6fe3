//! The feeds that this service follows: boards, for partnerships, and issues, for the cases of each standard.

use futures::stream::BoxStream;
use pathfinder_kit::feed::{Follower, Told};
use pathfinder_kit::{Failure, Host, Unit};
use tonic::Status;

use crate::app::{App, BoardsNews, IssueNews};
use crate::grpc::{open_boards, open_issues};

/// Learns of partnerships, and of the policies that they have of their own.
pub(crate) struct BoardsFollower {
    host: Host,
}

impl BoardsFollower {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

#[async_trait::async_trait]
impl Follower for BoardsFollower {
    type Item = Told<BoardsNews>;

    fn feed(&self) -> &'static str {
        "boards"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Self::Item, Status>>, Status> {
        open_boards(&self.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Self::Item) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Self::Item) -> Result<(), Failure> {
        match item.news {
            Some(news) => App::hear_of_boards(unit, news).await,
            None => Ok(()),
        }
    }
}

/// Learns how issues fare under their standards.
pub(crate) struct IssuesFollower {
    host: Host,
}

impl IssuesFollower {
    pub(crate) const fn new(host: Host) -> Self {
        Self { host }
    }
}

#[async_trait::async_trait]
impl Follower for IssuesFollower {
    type Item = Told<IssueNews>;

    fn feed(&self) -> &'static str {
        "issues"
    }

    async fn open(&self, after: String) -> Result<BoxStream<'static, Result<Self::Item, Status>>, Status> {
        open_issues(&self.host, after).await
    }

    fn cursor<'a>(&self, item: &'a Self::Item) -> &'a str {
        &item.cursor
    }

    async fn apply(&self, unit: &mut Unit, item: Self::Item) -> Result<(), Failure> {
        match item.news {
            Some(news) => App::hear_of_issue(unit, news).await,
            None => Ok(()),
        }
    }
}
