//! Seats and members.

use chrono::NaiveDate;
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::boards::v1 as pb;

use super::words::Read as _;
use super::{maybe_date, sound, text};
use crate::app::members::{AppointMember, CreateSeat, MemberTarget, SeatView};
use crate::domain::member::{Member, MemberRole, SeatCategory};

impl TryFrom<pb::CreateSeatRequest> for CreateSeat {
    type Error = Failure;

    fn try_from(message: pb::CreateSeatRequest) -> Result<Self, Failure> {
        Ok(Self {
            partnership_id: wire::id("partnership_id", &message.partnership_id)?,
            category: message.category().read().unwrap_or(SeatCategory::Other),
            name: message.name,
            voting: !message.without_vote,
        })
    }
}

impl TryFrom<pb::AppointMemberRequest> for AppointMember {
    type Error = Failure;

    fn try_from(message: pb::AppointMemberRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let seat_id = gather.take(wire::optional_id("seat_id", &message.seat_id));
        let person_id = gather.take(wire::optional_id("person_id", &message.person_id));
        let substitute_for =
            gather.take(wire::optional_id("substitute_for_member_id", &message.substitute_for_member_id));
        let term_start_date = gather.take(maybe_date("term_start_date", &message.term_start_date));
        let term_end_date = gather.take(maybe_date("term_end_date", &message.term_end_date));
        if message.seat_id.is_empty() && message.substitute_for_member_id.is_empty() {
            gather.report("seat_id", "is needed, unless a substitute is named");
        }
        gather.finish()?;
        Ok(Self {
            partnership_id: sound(partnership_id)?,
            seat_id: sound(seat_id)?,
            person_id: sound(person_id)?,
            role: message.role().read().unwrap_or(MemberRole::None),
            name: message.name,
            substitute_for: sound(substitute_for)?,
            term_start_date: sound(term_start_date)?,
            term_end_date: sound(term_end_date)?,
            registered_interests: message.registered_interests,
        })
    }
}

/// Which member to change.
pub(in crate::grpc) fn member_target(
    partnership_id: &str,
    member_id: &str,
    etag: String,
) -> Result<MemberTarget, Failure> {
    Ok(MemberTarget {
        partnership_id: wire::id("partnership_id", partnership_id)?,
        member_id: wire::id("member_id", member_id)?,
        etag,
    })
}

impl From<SeatView> for pb::Seat {
    fn from(view: SeatView) -> Self {
        let SeatView { seat, filled } = view;
        Self {
            seat_id: seat.id.to_string(),
            partnership_id: seat.partnership_id.to_string(),
            category: pb::SeatCategory::from(seat.category).into(),
            name: seat.name,
            voting: seat.voting,
            filled,
            create_time: Some(wire::timestamp(seat.create_time)),
        }
    }
}

/// A member on the wire; who the person is only for those who may know it.
pub(in crate::grpc) fn to_member(member: Member, today: NaiveDate, in_full: bool) -> pb::Member {
    let current = member.serves_on(today);
    let (end_date, end_reason) =
        member.ending.map(|ending| (ending.date.to_string(), ending.reason)).unwrap_or_default();
    pb::Member {
        member_id: member.id.to_string(),
        partnership_id: member.partnership_id.to_string(),
        seat_id: member.seat_id.to_string(),
        name: member.name,
        person_id: if in_full { text(member.person_id) } else { String::new() },
        role: pb::MemberRole::from(member.role).into(),
        substitute_for_member_id: text(member.substitute_for),
        term_start_date: member.term_start_date.to_string(),
        term_end_date: member.term_end_date.to_string(),
        end_date,
        end_reason: if in_full { end_reason } else { String::new() },
        registered_interests: member.registered_interests,
        current,
        create_time: Some(wire::timestamp(member.create_time)),
        etag: etag::of(member.version),
    }
}
