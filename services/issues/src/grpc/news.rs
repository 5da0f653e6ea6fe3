//! `NewsService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::news_service_server::NewsService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves what is new.
#[derive(Debug, Clone)]
pub(crate) struct News {
    app: Shared,
}

impl News {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl NewsService for News {
    async fn list_news(&self, request: Request<pb::ListNewsRequest>) -> Result<Response<pb::ListNewsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let wish = convert::list_news(message)?;
        let (news, next_page_token) = self.app.list_news(&call, &wish).await.map_err(Failure::from)?;
        let news_items = news.into_iter().map(convert::news_item).collect();
        Ok(Response::new(pb::ListNewsResponse { news_items, next_page_token }))
    }
}
