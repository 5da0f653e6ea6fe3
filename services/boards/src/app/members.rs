//! Seats, appointments, the register of interests.

use chrono::NaiveDate;
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Caller, Unit, etag};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{MemberId, PartnershipId, PersonId, SeatId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{App, Listed, Opened};
use crate::domain::Refusal;
use crate::domain::constitution::Rules;
use crate::domain::event::Event;
use crate::domain::member::{self, Member, MemberRole, Seat, SeatCategory};
use crate::domain::voting::Board;
use crate::error::Error;
use crate::store::{self, Query};

/// A seat, and whether someone sits in it today.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SeatView {
    pub(crate) seat: Seat,
    pub(crate) filled: bool,
}

/// A seat to add.
#[derive(Debug, Clone)]
pub(crate) struct CreateSeat {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) category: SeatCategory,
    pub(crate) name: String,
    pub(crate) voting: bool,
}

/// A person to put into a seat, or a substitute to name.
#[derive(Debug, Clone)]
pub(crate) struct AppointMember {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) seat_id: Option<SeatId>,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) name: String,
    pub(crate) role: MemberRole,
    pub(crate) substitute_for: Option<MemberId>,
    pub(crate) term_start_date: Option<NaiveDate>,
    pub(crate) term_end_date: Option<NaiveDate>,
    pub(crate) registered_interests: Vec<String>,
}

/// Which member to change, and from which version.
#[derive(Debug, Clone)]
pub(crate) struct MemberTarget {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) member_id: MemberId,
    pub(crate) etag: String,
}

impl App {
    /// Adds a seat.
    pub(crate) async fn create_seat(&self, call: &Call, command: &CreateSeat) -> Result<SeatView, Error> {
        let partnership_id = command.partnership_id;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        store::partnership::get_held(unit.tx(), partnership_id).await?.require_active()?;
        let rules = store::constitution::find_in_force(unit.tx(), partnership_id, local_date(call.now)).await?;
        if let Some(allowed) = rules.and_then(|constitution| constitution.rules.seats_allowed(command.category)) {
            let board = store::board::load(unit.tx(), partnership_id).await?;
            require_seat_allowed(&board, command.category, allowed)?;
        }
        let seat = Seat {
            id: self.host.next_id(call.now).into(),
            partnership_id,
            category: command.category,
            name: command.name.clone(),
            voting: command.voting,
            create_time: call.now,
        };
        store::board::insert_seat(unit.tx(), &seat).await?;
        unit.record(&Event::from(&seat), &seat)?;
        Ok(unit.commit(SeatView { seat, filled: false }).await?)
    }

    /// Lists seats.
    pub(crate) async fn list_seats(
        &self,
        call: &Call,
        id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<SeatView> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::board::list_seats(self.host.reader(), id, query).await?;
        let (seats, next) = page.close(rows, |seat| seat.id.0)?;
        let board = store::board::load(self.host.reader(), id).await?;
        let today = local_date(call.now);
        let view = |seat: Seat| SeatView { filled: board.holder(&seat, today).is_some(), seat };
        Ok((seats.into_iter().map(view).collect(), next))
    }

    /// Puts a person into a seat, or names a substitute.
    pub(crate) async fn appoint_member(&self, call: &Call, command: &AppointMember) -> Result<Member, Error> {
        let partnership_id = command.partnership_id;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        store::partnership::get_held(unit.tx(), partnership_id).await?.require_active()?;
        let start = command.term_start_date.unwrap_or_else(|| local_date(call.now));
        let constitution = store::constitution::find_in_force(unit.tx(), partnership_id, start).await?;
        let months =
            constitution.map_or_else(|| Rules::default().term_months, |constitution| constitution.rules.term_months);
        let board = store::board::load(unit.tx(), partnership_id).await?;
        let command = command.clone();
        let member = Member {
            id: self.host.next_id(call.now).into(),
            partnership_id,
            seat_id: seat_of(&board, &command)?,
            name: command.name,
            person_id: command.person_id,
            role: command.role,
            substitute_for: command.substitute_for,
            term_start_date: start,
            term_end_date: command.term_end_date.unwrap_or_else(|| member::term_end(start, months)),
            ending: None,
            registered_interests: command.registered_interests,
            create_time: call.now,
            version: 1,
        };
        member::require_room(&member, &board.members)?;
        store::board::insert_member(unit.tx(), &member).await?;
        unit.record(&Event::from(&member), &member)?;
        Ok(unit.commit(member).await?)
    }

    /// Ends a membership early.
    pub(crate) async fn end_membership(
        &self,
        call: &Call,
        target: &MemberTarget,
        reason: &str,
    ) -> Result<Member, Error> {
        let (unit, mut member) = match self.member_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        member.end(local_date(call.now), reason.to_owned())?;
        keep_member(unit, member).await
    }

    /// Replaces a member's entry in the register of interests.
    pub(crate) async fn register_interests(
        &self,
        call: &Call,
        target: &MemberTarget,
        interests: &[String],
    ) -> Result<Member, Error> {
        let (unit, mut member) = match self.member_work(call, target).await? {
            Opened::Answered(answer) => return Ok(answer),
            Opened::Work(work) => work,
        };
        if !is_person(call, member.person_id) {
            call.permit_act("RegisterInterestsOfOthers", &Subject::within(Some(target.partnership_id)))?;
        }
        member.register(local_date(call.now), interests.to_vec())?;
        keep_member(unit, member).await
    }

    /// Lists members and former members.
    pub(crate) async fn list_members(&self, id: PartnershipId, filter: &str, page: &Page<Uuid>) -> Listed<Member> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::board::list_members(self.host.reader(), id, query).await?;
        Ok(page.close(rows, |member| member.id.0)?)
    }

    async fn member_work(&self, call: &Call, target: &MemberTarget) -> Result<Opened<(Unit, Member), Member>, Error> {
        let unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(Opened::Answered(answer)),
            Begun::Fresh(unit) => unit,
        };
        store::partnership::get(unit.tx(), target.partnership_id).await?.require_active()?;
        let member = store::board::get_member(unit.tx(), target.partnership_id, target.member_id).await?;
        etag::check(&target.etag, member.version)?;
        Ok(Opened::Work((unit, member)))
    }
}

async fn keep_member(mut unit: Unit, mut member: Member) -> Result<Member, Error> {
    store::board::update_member(unit.tx(), &mut member).await?;
    unit.record(&Event::from(&member), &member)?;
    Ok(unit.commit(member).await?)
}

/// Whether the caller is this person.
pub(super) fn is_person(call: &Call, person_id: Option<PersonId>) -> bool {
    match (&call.caller, person_id) {
        (Caller::Known(principal), Some(person)) => principal.subject == person.to_string(),
        (Caller::Known(_), None) | (Caller::Anonymous, _) => false,
    }
}

fn require_seat_allowed(board: &Board, category: SeatCategory, allowed: u32) -> Result<(), Refusal> {
    let there = board.seats.iter().filter(|seat| seat.category == category).count();
    if u32::try_from(there).unwrap_or(u32::MAX) < allowed {
        return Ok(());
    }
    Err(Refusal::SeatsExceeded { category: category.to_string(), allowed })
}

/// The seat of an appointment: the one named, or that of the member stood in for.
fn seat_of(board: &Board, command: &AppointMember) -> Result<SeatId, Refusal> {
    let principal = command.substitute_for.and_then(|id| board.members.iter().find(|member| member.id == id));
    let seat = command.seat_id.or_else(|| principal.map(|member| member.seat_id));
    match seat.filter(|id| board.seats.iter().any(|seat| seat.id == *id)) {
        Some(seat) => Ok(seat),
        None if command.substitute_for.is_some() => {
            Err(Refusal::SubstituteUnfit { why: "the member stood in for is not one of this board" })
        }
        None => Err(Refusal::invalid("seat_id", "must be a seat of this partnership")),
    }
}
