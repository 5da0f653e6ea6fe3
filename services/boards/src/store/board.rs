//! Seats and members.

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{MemberId, PartnershipId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::columns::{from_json, json, maybe_from_json, maybe_json, word};
use super::entity::{member, seat};
use super::{Query, require_moved};
use crate::domain::member::{Member, MemberRole, Seat, SeatCategory};
use crate::domain::voting::Board;

const SEAT_FIELDS: &[Field] =
    &[Field::new("category", "category", Kind::Word(SeatCategory::WORDS)), Field::new("voting", "voting", Kind::Flag)];
const MEMBER_FIELDS: &[Field] =
    &[Field::new("seat_id", "seat_id", Kind::Id), Field::new("role", "role", Kind::Word(MemberRole::WORDS))];

/// All seats, and everyone who ever sat in them.
pub(crate) async fn load(connection: &impl ConnectionTrait, partnership_id: PartnershipId) -> Result<Board, Failure> {
    let seats = seat::Entity::find().filter(seat::Column::PartnershipId.eq(partnership_id.0));
    let seats = seats.order_by_asc(seat::Column::Id).all(connection).await?;
    let members = member::Entity::find().filter(member::Column::PartnershipId.eq(partnership_id.0));
    let members = members.order_by_asc(member::Column::Id).all(connection).await?;
    Ok(Board {
        seats: seats.into_iter().map(Seat::try_from).collect::<Result<_, _>>()?,
        members: members.into_iter().map(Member::try_from).collect::<Result<_, _>>()?,
    })
}

/// Seats, oldest first.
pub(crate) async fn list_seats(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query<'_, Uuid>,
) -> Result<Vec<Seat>, Failure> {
    let mut select = seat::Entity::find()
        .filter(seat::Column::PartnershipId.eq(partnership_id.0))
        .filter(filter::condition(query.filter, "seat", SEAT_FIELDS)?);
    if let Some(after) = query.after {
        select = select.filter(seat::Column::Id.gt(after));
    }
    let rows = select.order_by_asc(seat::Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Seat::try_from).collect()
}

/// Members and former members, newest first.
pub(crate) async fn list_members(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query<'_, Uuid>,
) -> Result<Vec<Member>, Failure> {
    let mut select = member::Entity::find()
        .filter(member::Column::PartnershipId.eq(partnership_id.0))
        .filter(filter::condition(query.filter, "member", MEMBER_FIELDS)?);
    if let Some(after) = query.after {
        select = select.filter(member::Column::Id.lt(after));
    }
    let rows = select.order_by_desc(member::Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Member::try_from).collect()
}

/// The member with this id.
pub(crate) async fn get_member(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: MemberId,
) -> Result<Member, Failure> {
    let row = member::Entity::find_by_id(id.0)
        .filter(member::Column::PartnershipId.eq(partnership_id.0))
        .one(connection)
        .await?;
    row.ok_or_else(|| Failure::not_found("member", id))?.try_into()
}

/// Keeps a new seat.
pub(crate) async fn insert_seat(connection: &impl ConnectionTrait, new: &Seat) -> Result<(), Failure> {
    let row = seat::ActiveModel {
        id: Set(new.id.0),
        partnership_id: Set(new.partnership_id.0),
        category: Set(new.category.word().to_owned()),
        name: Set(new.name.clone()),
        voting: Set(new.voting),
        create_time: Set(new.create_time),
    };
    seat::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a new member.
pub(crate) async fn insert_member(connection: &impl ConnectionTrait, new: &Member) -> Result<(), Failure> {
    member::Entity::insert(member_row(new)?).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed member, if the row is still at the version that was read, and counts the change.
pub(crate) async fn update_member(connection: &impl ConnectionTrait, changed: &mut Member) -> Result<(), Failure> {
    let read = changed.version;
    changed.version += 1;
    let update = member::Entity::update_many()
        .set(member_row(changed)?)
        .filter(member::Column::Id.eq(changed.id.0))
        .filter(member::Column::PartnershipId.eq(changed.partnership_id.0));
    require_moved(&update.filter(member::Column::Version.eq(read)).exec(connection).await?)
}

fn member_row(member: &Member) -> Result<member::ActiveModel, Failure> {
    Ok(member::ActiveModel {
        id: Set(member.id.0),
        partnership_id: Set(member.partnership_id.0),
        seat_id: Set(member.seat_id.0),
        name: Set(member.name.clone()),
        person_id: Set(member.person_id.map(Uuid::from)),
        role: Set(member.role.word().to_owned()),
        substitute_for: Set(member.substitute_for.map(Uuid::from)),
        term_start_date: Set(member.term_start_date),
        term_end_date: Set(member.term_end_date),
        ending: Set(maybe_json(member.ending.as_ref())?),
        registered_interests: Set(json(&member.registered_interests)?),
        create_time: Set(member.create_time),
        version: Set(member.version),
    })
}

impl TryFrom<seat::Model> for Seat {
    type Error = Failure;

    fn try_from(row: seat::Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            category: word(&row.category)?,
            name: row.name,
            voting: row.voting,
            create_time: row.create_time,
        })
    }
}

impl TryFrom<member::Model> for Member {
    type Error = Failure;

    fn try_from(row: member::Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            seat_id: row.seat_id.into(),
            name: row.name,
            person_id: row.person_id.map(Into::into),
            role: word(&row.role)?,
            substitute_for: row.substitute_for.map(Into::into),
            term_start_date: row.term_start_date,
            term_end_date: row.term_end_date,
            ending: maybe_from_json(row.ending.as_deref())?,
            registered_interests: from_json(&row.registered_interests)?,
            create_time: row.create_time,
            version: row.version,
        })
    }
}
