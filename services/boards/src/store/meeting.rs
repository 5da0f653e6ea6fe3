//! Meetings. Agenda, attendance, interests and minutes are read and written whole, with their meeting; its version keeps two
//! writers apart.

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{MeetingId, PartnershipId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::columns::{from_json, json, maybe_from_json, maybe_json, word};
use super::entity::meeting::{ActiveModel, Column, Entity, Model};
use super::{Query, require_moved};
use crate::domain::meeting::Meeting;
use crate::domain::meeting_state::MeetingStatus;

const FIELDS: &[Field] = &[
    Field::new("status", "status", Kind::Word(MeetingStatus::WORDS)),
    Field::new("start_time", "start_time", Kind::Time),
];

/// The meeting with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: MeetingId,
) -> Result<Meeting, Failure> {
    let row = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(connection).await?;
    row.ok_or_else(|| Failure::not_found("meeting", id))?.try_into()
}

/// Meetings, newest first; only published ones where `public_only`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    public_only: bool,
    query: Query<'_, Uuid>,
) -> Result<Vec<Meeting>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(filter::condition(
        query.filter,
        "meeting",
        FIELDS,
    )?);
    if public_only {
        select = select.filter(Column::PublishTime.is_not_null());
    }
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Meeting::try_from).collect()
}

/// Keeps a new meeting.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Meeting) -> Result<(), Failure> {
    Entity::insert(row(new)?).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed meeting, if the row is still at the version that was read, and counts the change.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &mut Meeting) -> Result<(), Failure> {
    let read = changed.version;
    changed.version += 1;
    let update = Entity::update_many().set(row(changed)?).filter(Column::Id.eq(changed.id.0));
    let update = update.filter(Column::PartnershipId.eq(changed.partnership_id.0)).filter(Column::Version.eq(read));
    require_moved(&update.exec(connection).await?)
}

fn row(meeting: &Meeting) -> Result<ActiveModel, Failure> {
    Ok(ActiveModel {
        id: Set(meeting.id.0),
        partnership_id: Set(meeting.partnership_id.0),
        title: Set(meeting.title.clone()),
        start_time: Set(meeting.start_time),
        place: Set(meeting.place.clone()),
        status: Set(meeting.status.word().to_owned()),
        items: Set(json(&meeting.items)?),
        notice: Set(maybe_json(meeting.notice.as_ref())?),
        publish_time: Set(meeting.publication.as_ref().map(|publication| publication.time)),
        publication: Set(maybe_json(meeting.publication.as_ref())?),
        presiding_member_id: Set(meeting.presiding_member_id.map(Uuid::from)),
        open_time: Set(meeting.open_time),
        close_time: Set(meeting.close_time),
        attendances: Set(json(&meeting.attendances)?),
        interests: Set(json(&meeting.interests)?),
        minutes: Set(json(&meeting.minutes)?),
        reason: Set(meeting.reason.clone()),
        creator: Set(json(&meeting.creator)?),
        create_time: Set(meeting.create_time),
        update_time: Set(meeting.update_time),
        version: Set(meeting.version),
    })
}

impl TryFrom<Model> for Meeting {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            title: row.title,
            start_time: row.start_time,
            place: row.place,
            status: word(&row.status)?,
            items: from_json(&row.items)?,
            notice: maybe_from_json(row.notice.as_deref())?,
            publication: maybe_from_json(row.publication.as_deref())?,
            presiding_member_id: row.presiding_member_id.map(Into::into),
            open_time: row.open_time,
            close_time: row.close_time,
            attendances: from_json(&row.attendances)?,
            interests: from_json(&row.interests)?,
            minutes: from_json(&row.minutes)?,
            reason: row.reason,
            creator: from_json(&row.creator)?,
            create_time: row.create_time,
            update_time: row.update_time,
            version: row.version,
        })
    }
}
