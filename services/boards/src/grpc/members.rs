//! Serves seats and members.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure, wire};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::member_service_server::MemberService;
use pathfinder_terms::PartnershipId;
use pathfinder_terms::calendar::local_date;
use tonic::{Request, Response, Status};

use super::convert::{member_target, to_member};
use crate::app::App;
use crate::app::members::{AppointMember, CreateSeat};
use crate::domain::member::Member;

fn shown(call: &Call, member: Member) -> pb::Member {
    let in_full = App::is_involved(call, member.partnership_id);
    to_member(member, local_date(call.now), in_full)
}

/// Serves `MemberService`.
pub(crate) struct Members {
    app: Arc<App>,
}

impl Members {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl MemberService for Members {
    async fn create_seat(&self, request: Request<pb::CreateSeatRequest>) -> Result<Response<pb::Seat>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = CreateSeat::try_from(message)?;
        let seat = self.app.host.once(&call, || self.app.create_seat(&call, &command)).await?;
        Ok(Response::new(seat.into()))
    }

    async fn list_seats(
        &self,
        request: Request<pb::ListSeatsRequest>,
    ) -> Result<Response<pb::ListSeatsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListSeats", id, &message.filter))?;
        let listed = self.app.list_seats(&call, id, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let seats = rows.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ListSeatsResponse { seats, next_page_token }))
    }

    async fn appoint_member(&self, request: Request<pb::AppointMemberRequest>) -> Result<Response<pb::Member>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = AppointMember::try_from(message)?;
        let member = self.app.host.once(&call, || self.app.appoint_member(&call, &command)).await?;
        Ok(Response::new(shown(&call, member)))
    }

    async fn end_membership(&self, request: Request<pb::EndMembershipRequest>) -> Result<Response<pb::Member>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = member_target(&message.partnership_id, &message.member_id, message.etag)?;
        let member = self.app.host.once(&call, || self.app.end_membership(&call, &target, &message.reason)).await?;
        Ok(Response::new(shown(&call, member)))
    }

    async fn register_interests(
        &self,
        request: Request<pb::RegisterInterestsRequest>,
    ) -> Result<Response<pb::Member>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = member_target(&message.partnership_id, &message.member_id, message.etag)?;
        let interests = message.registered_interests;
        let member = self.app.host.once(&call, || self.app.register_interests(&call, &target, &interests)).await?;
        Ok(Response::new(shown(&call, member)))
    }

    async fn list_members(
        &self,
        request: Request<pb::ListMembersRequest>,
    ) -> Result<Response<pb::ListMembersResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let id: PartnershipId = wire::id("partnership_id", &message.partnership_id).map_err(Failure::from)?;
        let page = Page::open(message.page_size, &message.page_token, &("ListMembers", id, &message.filter))?;
        let listed = self.app.list_members(id, &message.filter, &page).await;
        let (rows, next_page_token) = listed.map_err(Failure::from)?;
        let members = rows.into_iter().map(|member| shown(&call, member)).collect();
        Ok(Response::new(pb::ListMembersResponse { members, next_page_token }))
    }
}
