//! Actions, the issues and commitments linked to them, and their history.

mod links;
mod row;

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};
use sea_orm::sea_query::Query as Select;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

pub(crate) use links::{commitments_of, find_commitment, forget_commitment, keep_commitment};

use super::columns::word;
use super::entity::action::{Column, Entity};
use super::entity::{action_history, action_issue, partnership};
use super::{Query, require_moved};
use crate::domain::Actor;
use crate::domain::action::{Action, ActionOrigin, ActionPriority};
use crate::domain::action_state::ActionStatus;
use crate::domain::action_steps::Taken;
use crate::domain::partnership::PartnershipStatus;

const FIELDS: &[Field] = &[
    Field::new("status", "status", Kind::Word(ActionStatus::WORDS)),
    Field::new("origin", "origin", Kind::Word(ActionOrigin::WORDS)),
    Field::new("theme", "theme", Kind::Text),
    Field::new("priority", "priority", Kind::Word(ActionPriority::WORDS)),
    Field::new("owner_provider_id", "owner_provider_id", Kind::Id),
    Field::new("decision_id", "decision_id", Kind::Id),
    Field::new("due_date", "due_date", Kind::Date),
    Field::new("reference", "reference", Kind::Text),
];

/// A step in the history of an action.
#[derive(Debug, Clone)]
pub(crate) struct HistoryEntry {
    /// The id, which orders the history.
    pub(crate) id: Uuid,
    /// When.
    pub(crate) time: DateTime<Utc>,
    /// Who.
    pub(crate) actor: Actor,
    /// What happened.
    pub(crate) taken: Taken,
}

/// The action with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ActionId,
) -> Result<Action, Failure> {
    let row = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(connection).await?;
    row.ok_or_else(|| Failure::not_found("action", id))?.try_into()
}

/// Actions, newest first; only those that answer `issue` where it is given.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue: Option<IssueId>,
    query: Query<'_, Uuid>,
) -> Result<Vec<Action>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(filter::condition(
        query.filter,
        "action",
        FIELDS,
    )?);
    if let Some(issue) = issue {
        let answering = action_issue::Entity::find()
            .filter(action_issue::Column::PartnershipId.eq(partnership_id.0))
            .filter(action_issue::Column::IssueId.eq(issue.0))
            .all(connection)
            .await?;
        select = select.filter(Column::Id.is_in(answering.into_iter().map(|link| link.action_id)));
    }
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Action::try_from).collect()
}

/// Agreed actions, of whatever partnership at work, whose owner let the time to accept pass, at most `limit`: for the timer
/// alone.
pub(crate) async fn list_unaccepted(
    connection: &impl ConnectionTrait,
    today: NaiveDate,
    after: Option<ActionId>,
    limit: u64,
) -> Result<Vec<(PartnershipId, ActionId)>, Failure> {
    let at_work = Select::select()
        .column(partnership::Column::Id)
        .from(partnership::Entity)
        .and_where(partnership::Column::Status.eq(PartnershipStatus::Active.word()))
        .to_owned();
    let waiting = Entity::find()
        .filter(Column::PartnershipId.in_subquery(at_work))
        .filter(Column::Status.eq(ActionStatus::Agreed.word()))
        .filter(Column::AcceptanceDueDate.lt(today))
        .filter(Column::AcceptTime.is_null())
        .filter(Column::EscalateTime.is_null());
    let waiting = match after {
        Some(after) => waiting.filter(Column::Id.gt(after.0)),
        None => waiting,
    };
    let rows = waiting.order_by_asc(Column::Id).limit(limit).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.partnership_id.into(), row.id.into())).collect())
}

/// Keeps a new action and its links to issues.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Action) -> Result<(), Failure> {
    Entity::insert(row::of(new)?).exec_without_returning(connection).await?;
    let links = new.issue_ids.iter().map(|issue| action_issue::ActiveModel {
        action_id: Set(new.id.0),
        issue_id: Set(issue.0),
        partnership_id: Set(new.partnership_id.0),
    });
    let links: Vec<_> = links.collect();
    if !links.is_empty() {
        action_issue::Entity::insert_many(links).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Keeps a changed action, if the row is still at the version that was read, and counts the change.
pub(crate) async fn update(connection: &impl ConnectionTrait, changed: &mut Action) -> Result<(), Failure> {
    let read = changed.version;
    changed.version += 1;
    let update = Entity::update_many().set(row::of(changed)?).filter(Column::Id.eq(changed.id.0));
    let update = update.filter(Column::PartnershipId.eq(changed.partnership_id.0)).filter(Column::Version.eq(read));
    require_moved(&update.exec(connection).await?)
}

/// Keeps a step in the history of an action.
pub(crate) async fn insert_history(
    connection: &impl ConnectionTrait,
    action: &Action,
    entry: HistoryEntry,
) -> Result<(), Failure> {
    let row = action_history::ActiveModel {
        id: Set(entry.id),
        partnership_id: Set(action.partnership_id.0),
        action_id: Set(action.id.0),
        entry_time: Set(entry.time),
        actor_id: Set(entry.actor.id),
        actor_name: Set(entry.actor.name),
        kind: Set(entry.taken.step.word().to_owned()),
        from_state: Set(entry.taken.from.map(|state| state.word().to_owned()).unwrap_or_default()),
        to_state: Set(entry.taken.to.word().to_owned()),
        note: Set(entry.taken.note),
    };
    action_history::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// The history of an action, oldest first.
pub(crate) async fn list_history(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    action: ActionId,
    query: Query<'_, Uuid>,
) -> Result<Vec<HistoryEntry>, Failure> {
    let mut select = action_history::Entity::find()
        .filter(action_history::Column::PartnershipId.eq(partnership_id.0))
        .filter(action_history::Column::ActionId.eq(action.0));
    if let Some(after) = query.after {
        select = select.filter(action_history::Column::Id.gt(after));
    }
    let rows = select.order_by_asc(action_history::Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(HistoryEntry::try_from).collect()
}

impl TryFrom<action_history::Model> for HistoryEntry {
    type Error = Failure;

    fn try_from(row: action_history::Model) -> Result<Self, Failure> {
        let from = if row.from_state.is_empty() { None } else { Some(word(&row.from_state)?) };
        Ok(Self {
            id: row.id,
            time: row.entry_time,
            actor: Actor { id: row.actor_id, name: row.actor_name },
            taken: Taken { step: word(&row.kind)?, from, to: word(&row.to_state)?, note: row.note },
        })
    }
}
