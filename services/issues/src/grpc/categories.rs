//! `CategoryService`.

use pathfinder_kit::{Failure, retrying};
use pathfinder_proto::issues::v1 as pb;
use pb::category_service_server::CategoryService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves categories.
#[derive(Debug, Clone)]
pub(crate) struct Categories {
    app: Shared,
}

impl Categories {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl CategoryService for Categories {
    async fn create_category(
        &self,
        request: Request<pb::CreateCategoryRequest>,
    ) -> Result<Response<pb::Category>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::create_category(message)?;
        let category = self.app.host.once(&call, || self.app.create_category(&call, &command)).await?;
        Ok(Response::new(convert::category(category)))
    }

    async fn get_category(&self, request: Request<pb::GetCategoryRequest>) -> Result<Response<pb::Category>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let category_id = convert::id("category_id", &message.category_id)?;
        let category = retrying(|| self.app.get_category(partnership_id, category_id)).await?;
        Ok(Response::new(convert::category(category)))
    }

    async fn list_categories(
        &self,
        request: Request<pb::ListCategoriesRequest>,
    ) -> Result<Response<pb::ListCategoriesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let list = self.app.list_categories(partnership_id, message.page_size, &message.page_token, &message.filter);
        let (categories, next_page_token) = list.await.map_err(Failure::from)?;
        let categories = categories.into_iter().map(convert::category).collect();
        Ok(Response::new(pb::ListCategoriesResponse { categories, next_page_token }))
    }

    async fn update_category(
        &self,
        request: Request<pb::UpdateCategoryRequest>,
    ) -> Result<Response<pb::Category>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::update_category(message)?;
        let category = self.app.host.once(&call, || self.app.update_category(&call, &command)).await?;
        Ok(Response::new(convert::category(category)))
    }
}
