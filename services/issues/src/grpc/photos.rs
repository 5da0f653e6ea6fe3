//! `PhotoService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::photo_service_server::PhotoService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// What every picture is.
const MEDIA_TYPE: &str = "image/jpeg";

/// Serves photos.
#[derive(Debug, Clone)]
pub(crate) struct Photos {
    app: Shared,
}

impl Photos {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

/// Where a write is tried again, the use cases that make pictures see to it themselves: what is made stays made.
#[tonic::async_trait]
impl PhotoService for Photos {
    async fn add_photo(&self, request: Request<pb::AddPhotoRequest>) -> Result<Response<pb::Photo>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::add_photo(message)?;
        let view = self.app.add_photo(&call, command).await.map_err(Failure::from)?;
        Ok(Response::new(convert::photo(view)))
    }

    async fn get_photo(&self, request: Request<pb::GetPhotoRequest>) -> Result<Response<pb::GetPhotoResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let size = convert::photo_size(message.size());
        let photo_id = convert::id("photo_id", &message.photo_id)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let picture = self.app.get_photo(&call, &following, photo_id, size).await.map_err(Failure::from)?;
        Ok(Response::new(pb::GetPhotoResponse { content_type: MEDIA_TYPE.to_owned(), content: picture.into() }))
    }

    async fn redact_photo(&self, request: Request<pb::RedactPhotoRequest>) -> Result<Response<pb::Photo>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::photo_target(&message.partnership_id, &message.issue_id, &message.photo_id)?;
        let regions = convert::regions(&message.regions)?;
        let view = self.app.redact_photo(&call, target, regions, &message.note).await.map_err(Failure::from)?;
        Ok(Response::new(convert::photo(view)))
    }

    async fn release_photo(&self, request: Request<pb::ReleasePhotoRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::photo_target(&message.partnership_id, &message.issue_id, &message.photo_id)?;
        let view = self.app.host.once(&call, || self.app.release_photo(&call, target)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn remove_photo(&self, request: Request<pb::RemovePhotoRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::photo_target(&message.partnership_id, &message.issue_id, &message.photo_id)?;
        let view = self.app.host.once(&call, || self.app.remove_photo(&call, target, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }
}
