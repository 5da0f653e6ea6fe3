//! Serves meetings.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::meeting_service_server::MeetingService;
use pathfinder_terms::PartnershipId;
use tonic::{Request, Response, Status};

use super::convert::{meeting_target, to_meeting};
use crate::app::App;
use crate::app::meetings::{
    CloseMeeting, CreateMeeting, DeclareInterest, DraftMinutes, RecordAttendance, UpdateMeeting,
};
use crate::domain::meeting::Meeting;

fn shown(call: &Call, meeting: Meeting) -> pb::Meeting {
    let in_full = App::is_insider(call, meeting.partnership_id);
    to_meeting(meeting, in_full)
}

/// Serves `MeetingService`.
pub(crate) struct Meetings {
    app: Arc<App>,
}

impl Meetings {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl MeetingService for Meetings {
    async fn create_meeting(
        &self,
        request: Request<pb::CreateMeetingRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreateMeeting::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.create_meeting(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn get_meeting(&self, request: Request<pb::GetMeetingRequest>) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, String::new())?;
        let meeting =
            self.app.get_meeting(&call, target.partnership_id, target.meeting_id).await.map_err(Failure::from)?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn list_meetings(
        &self,
        request: Request<pb::ListMeetingsRequest>,
    ) -> Result<Response<pb::ListMeetingsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListMeetings", id, &message.filter))?;
        let listed = self.app.list_meetings(&call, id, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let meetings = rows.into_iter().map(|meeting| shown(&call, meeting)).collect();
        Ok(Response::new(pb::ListMeetingsResponse { meetings, next_page_token }))
    }

    async fn update_meeting(
        &self,
        request: Request<pb::UpdateMeetingRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = UpdateMeeting::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.update_meeting(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn publish_agenda(
        &self,
        request: Request<pb::PublishAgendaRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let meeting =
            self.app.host.once(&call, || self.app.publish_agenda(&call, &target, &message.urgent_reason)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn open_meeting(&self, request: Request<pb::OpenMeetingRequest>) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let presiding =
            wire::optional_id("presiding_member_id", &message.presiding_member_id).map_err(Failure::from)?;
        let meeting = self.app.host.once(&call, || self.app.open_meeting(&call, &target, presiding)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn record_attendance(
        &self,
        request: Request<pb::RecordAttendanceRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = RecordAttendance::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.record_attendance(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn declare_interest(
        &self,
        request: Request<pb::DeclareInterestRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = DeclareInterest::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.declare_interest(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn adjourn_meeting(
        &self,
        request: Request<pb::AdjournMeetingRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let meeting = self.app.host.once(&call, || self.app.adjourn_meeting(&call, &target, &message.reason)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn resume_meeting(
        &self,
        request: Request<pb::ResumeMeetingRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let meeting = self.app.host.once(&call, || self.app.resume_meeting(&call, &target)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn close_meeting(&self, request: Request<pb::CloseMeetingRequest>) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CloseMeeting::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.close_meeting(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn cancel_meeting(
        &self,
        request: Request<pb::CancelMeetingRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let meeting = self.app.host.once(&call, || self.app.cancel_meeting(&call, &target, &message.reason)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn draft_minutes(&self, request: Request<pb::DraftMinutesRequest>) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = DraftMinutes::try_from(message)?;
        let meeting = self.app.host.once(&call, || self.app.draft_minutes(&call, &command)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }

    async fn approve_minutes(
        &self,
        request: Request<pb::ApproveMinutesRequest>,
    ) -> Result<Response<pb::Meeting>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = meeting_target(&message.partnership_id, &message.meeting_id, message.etag)?;
        let later = wire::id("approving_meeting_id", &message.approving_meeting_id).map_err(Failure::from)?;
        let meeting = self.app.host.once(&call, || self.app.approve_minutes(&call, &target, later)).await?;
        Ok(Response::new(shown(&call, meeting)))
    }
}
