//! Commitments.

use chrono::NaiveDate;
use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{CommitmentId, PartnershipId, Rag};
use sea_orm::sea_query::Query as Subquery;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::entity::commitment::{Column, Entity, Model};
use super::entity::partnership;
use super::{Cut, from_column, from_json, from_word, require_moved, to_column, to_json};
use crate::domain::{
    Baseline, Commitment, CommitmentKind, CommitmentStatus, CommitmentTerms, NextReport, Progress, Standing,
};
use crate::error::Error;

const FIELDS: &[Field] = &[
    Field::new("action_id", "action_id", Kind::Id),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("status", "status", Kind::Word(CommitmentStatus::WORDS)),
    Field::new("computed_rag", "computed_rag", Kind::Word(Rag::WORDS)),
    Field::new("kind", "kind", Kind::Word(CommitmentKind::WORDS)),
    Field::new("theme", "theme", Kind::Text),
    Field::new("create_time", "create_time", Kind::Time),
];

fn of(partnership_id: PartnershipId) -> Select<Entity> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0))
}

/// The commitment with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: CommitmentId,
) -> Result<Commitment, Error> {
    let row = of(partnership_id).filter(Column::Id.eq(id.0)).one(connection).await.map_err(Failure::from)?;
    row.map_or_else(|| Err(Error::not_found("commitment", id)), |row| Ok(to_commitment(row)?))
}

/// The commitments of a partnership, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    cut: Cut<'_>,
) -> Result<Vec<Commitment>, Failure> {
    let mut query = of(partnership_id).filter(filter::condition(cut.filter, "commitment", FIELDS)?);
    if let Some(after) = cut.after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(cut.limit).all(connection).await?;
    rows.into_iter().map(to_commitment).collect()
}

/// The open commitments, of whatever partnership at work, that the calendar has not been asked about on this day or later. For the timer
/// alone.
pub(crate) async fn list_to_look_at(
    connection: &impl ConnectionTrait,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<(PartnershipId, CommitmentId)>, Failure> {
    let archived = Subquery::select()
        .column(partnership::Column::Id)
        .from(partnership::Entity)
        .and_where(partnership::Column::Active.eq(false))
        .to_owned();
    let open = CommitmentStatus::ALL.iter().filter(|status| !status.is_final()).map(|status| status.word());
    let rows = Entity::find()
        .select_only()
        .columns([Column::PartnershipId, Column::Id])
        .filter(Column::LookDate.lt(today))
        .filter(Column::PartnershipId.not_in_subquery(archived))
        .filter(Column::Status.is_in(open))
        .order_by_asc(Column::LookDate)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple::<(uuid::Uuid, uuid::Uuid)>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(partnership, id)| (partnership.into(), id.into())).collect())
}

/// Keeps a new commitment, which the calendar was asked about on `look_date`.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    commitment: &Commitment,
    look_date: NaiveDate,
) -> Result<(), Failure> {
    Entity::insert(to_row(commitment, look_date)?.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed commitment, if its row is still at `read_version`. `look_date` is the day on which the calendar was asked about it,
/// none where it was not.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    commitment: &Commitment,
    read_version: i64,
    look_date: Option<NaiveDate>,
) -> Result<(), Failure> {
    let mut row = to_row(commitment, look_date.unwrap_or_default())?.into_active_model().reset_all();
    if look_date.is_none() {
        row.look_date = NotSet;
    }
    let moved = Entity::update_many()
        .set(row)
        .filter(Column::PartnershipId.eq(commitment.partnership_id.0))
        .filter(Column::Id.eq(commitment.id.0))
        .filter(Column::Version.eq(read_version))
        .exec(connection)
        .await?;
    require_moved(moved.rows_affected)
}

fn to_row(commitment: &Commitment, look_date: NaiveDate) -> Result<Model, Failure> {
    let Commitment { terms, standing, progress, .. } = commitment;
    Ok(Model {
        id: commitment.id.0,
        partnership_id: commitment.partnership_id.0,
        provider_id: commitment.provider_id.0,
        action_id: commitment.action_id.map(Into::into),
        text: terms.text.clone(),
        theme: terms.theme.clone(),
        kind: terms.kind.word().to_owned(),
        baseline_value: terms.baseline.value,
        baseline_date: terms.baseline.date,
        baseline_source: terms.baseline.source.clone(),
        target_value: terms.target_value,
        unit: terms.unit.clone(),
        direction: terms.direction.word().to_owned(),
        start_date: terms.start,
        end_date: terms.end,
        frequency: terms.frequency.word().to_owned(),
        report_due_working_days: to_column(terms.report_due_working_days)?,
        owner: terms.owner.clone(),
        milestones: to_json(&commitment.milestones)?,
        status: commitment.status.word().to_owned(),
        computed_rag: standing.rag.word().to_owned(),
        computed_rag_reason: standing.reason.clone(),
        next_period_end_date: standing.next_report.map(|next| next.period_end),
        next_due_date: standing.next_report.map(|next| next.due),
        beyond_calendar: standing.beyond_calendar,
        reported_periods: to_json(&progress.reported)?,
        latest_report: progress.latest.as_ref().map(to_json).transpose()?,
        acceptance: commitment.acceptance.as_ref().map(to_json).transpose()?,
        at_risk_reason: commitment.at_risk_reason.clone(),
        verification: commitment.verification.as_ref().map(to_json).transpose()?,
        closing_reason: commitment.closing_reason.clone(),
        look_date,
        create_time: commitment.create_time,
        update_time: commitment.update_time,
        version: commitment.version,
    })
}

fn to_commitment(row: Model) -> Result<Commitment, Failure> {
    Ok(Commitment {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        provider_id: row.provider_id.into(),
        action_id: row.action_id.map(Into::into),
        terms: terms_of(&row)?,
        standing: standing_of(&row)?,
        milestones: from_json(&row.milestones)?,
        status: from_word(&row.status)?,
        progress: Progress {
            reported: from_json(&row.reported_periods)?,
            latest: row.latest_report.as_deref().map(from_json).transpose()?,
        },
        acceptance: row.acceptance.as_deref().map(from_json).transpose()?,
        at_risk_reason: row.at_risk_reason,
        verification: row.verification.as_deref().map(from_json).transpose()?,
        closing_reason: row.closing_reason,
        create_time: row.create_time,
        update_time: row.update_time,
        version: row.version,
    })
}

fn terms_of(row: &Model) -> Result<CommitmentTerms, Failure> {
    Ok(CommitmentTerms {
        text: row.text.clone(),
        theme: row.theme.clone(),
        kind: from_word(&row.kind)?,
        baseline: Baseline { value: row.baseline_value, date: row.baseline_date, source: row.baseline_source.clone() },
        target_value: row.target_value,
        unit: row.unit.clone(),
        direction: from_word(&row.direction)?,
        start: row.start_date,
        end: row.end_date,
        frequency: from_word(&row.frequency)?,
        report_due_working_days: from_column(row.report_due_working_days)?,
        owner: row.owner.clone(),
    })
}

fn standing_of(row: &Model) -> Result<Standing, Failure> {
    let next = row.next_period_end_date.zip(row.next_due_date);
    Ok(Standing {
        rag: from_word(&row.computed_rag)?,
        reason: row.computed_rag_reason.clone(),
        next_report: next.map(|(period_end, due)| NextReport { period_end, due }),
        beyond_calendar: row.beyond_calendar,
    })
}
