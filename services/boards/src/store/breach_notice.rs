//! Breach notices, fed by the feed of issues.

use std::collections::HashMap;

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{ActionId, IssueId, PartnershipId, StandardId};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait as _, OnConflict, Query as Select, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect,
};
use uuid::Uuid;

use super::Query;
use super::entity::action_issue;
use super::entity::breach_notice::{ActiveModel, Column, Entity};
use crate::domain::breach_notice::BreachNotice;

const TABLE: &str = "breach_notice";
const FIELDS: &[Field] = &[
    Field::new("issue_id", "issue_id", Kind::Id),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("answered", "answered", Kind::Flag),
    Field::new("breach_time", "breach_time", Kind::Time),
    Field::new("due_time", "due_time", Kind::Time),
];

/// Keeps a notice; one for an issue that has one under the same standard changes nothing. Answers whether it was kept.
pub(crate) async fn insert_once(connection: &impl ConnectionTrait, new: &BreachNotice) -> Result<bool, Failure> {
    let row = ActiveModel {
        id: Set(new.id),
        partnership_id: Set(new.partnership_id.0),
        issue_id: Set(new.issue_id.0),
        issue_reference: Set(new.issue_reference.clone()),
        provider_id: Set(new.provider_id.map(Uuid::from)),
        standard_id: Set(new.standard_id.map(Uuid::from)),
        due_time: Set(new.due_time),
        breach_time: Set(new.breach_time),
    };
    // One index is of those with a standard, another of those without.
    let there = OnConflict::new().do_nothing().to_owned();
    let kept = Entity::insert(row).on_conflict(there).exec_without_returning(connection).await?;
    Ok(kept > 0)
}

/// Takes back the notices of an issue under other standards than those that it `missed`, as it now stands. One that an action answers stays: it says
/// what the action is for. Answers the ids of those that were taken back.
pub(crate) async fn withdraw_unanswered(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue: IssueId,
    missed: &[Option<StandardId>],
) -> Result<Vec<Uuid>, Failure> {
    let of_issue = Condition::all().add(Column::PartnershipId.eq(partnership_id.0)).add(Column::IssueId.eq(issue.0));
    let there = Entity::find().select_only().columns([Column::Id, Column::StandardId]).filter(of_issue.clone());
    let there: Vec<(Uuid, Option<Uuid>)> = there.order_by_asc(Column::Id).into_tuple().all(connection).await?;
    let mut withdrawn = Vec::new();
    for (id, standard_id) in there {
        if missed.contains(&standard_id.map(StandardId::from)) {
            continue;
        }
        let own = Entity::delete_many().filter(of_issue.clone()).filter(Column::Id.eq(id));
        let deleted = own.filter(answered().not()).exec(connection).await?;
        withdrawn.extend((deleted.rows_affected > 0).then_some(id));
    }
    Ok(withdrawn)
}

/// Whether an action answers the issue of a notice. Asked of the links each time: a notice and an action that answers it may be
/// written at the same moment by two transactions, neither of which sees the other.
fn answered() -> Expr {
    let answers = Select::select()
        .expr(Expr::value(1))
        .from(action_issue::Entity)
        .and_where(action_issue::Column::PartnershipId.into_expr().equals(Column::PartnershipId.as_column_ref()))
        .and_where(action_issue::Column::IssueId.into_expr().equals(Column::IssueId.as_column_ref()))
        .to_owned();
    Expr::exists(answers)
}

/// The notices with the column `answered`, which filters may name.
fn with_answered(partnership_id: PartnershipId) -> SelectStatement {
    Select::select()
        .column((Entity, Asterisk))
        .expr_as(answered(), "answered")
        .from(Entity)
        .and_where(Column::PartnershipId.eq(partnership_id.0))
        .to_owned()
}

/// Notices, newest first, with the actions that answer them.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    query: Query<'_, Uuid>,
) -> Result<Vec<BreachNotice>, Failure> {
    let mut select = Entity::find().filter(filter::condition(query.filter, TABLE, FIELDS)?);
    QuerySelect::query(&mut select).from_clear().from_subquery(with_answered(partnership_id), TABLE);
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    let issues = rows.iter().map(|row| row.issue_id).collect();
    let mut answers = answers_by_issue(connection, partnership_id, issues).await?;
    let notices = rows.into_iter().map(|row| BreachNotice {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        issue_id: row.issue_id.into(),
        issue_reference: row.issue_reference,
        provider_id: row.provider_id.map(Into::into),
        standard_id: row.standard_id.map(Into::into),
        due_time: row.due_time,
        breach_time: row.breach_time,
        action_ids: answers.remove(&row.issue_id).unwrap_or_default(),
    });
    Ok(notices.collect())
}

/// The actions that answer issues.
pub(super) async fn answers_by_issue(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issues: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<ActionId>>, Failure> {
    let links = action_issue::Entity::find()
        .filter(action_issue::Column::PartnershipId.eq(partnership_id.0))
        .filter(action_issue::Column::IssueId.is_in(issues))
        .order_by_asc(action_issue::Column::ActionId);
    let mut answers: HashMap<Uuid, Vec<ActionId>> = HashMap::new();
    for link in links.all(connection).await? {
        answers.entry(link.issue_id).or_default().push(link.action_id.into());
    }
    Ok(answers)
}
