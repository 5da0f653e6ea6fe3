//! Progress reports, revision by revision.

use chrono::NaiveDate;
use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{CommitmentId, PartnershipId, ProgressReportId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::entity::progress_report::{Column, Entity, Model};
use super::{Cut, from_column, from_json, from_word, require_moved, to_column, to_json};
use crate::domain::{Period, ProgressReport, ReportStatus, Who};
use crate::error::Error;

const FIELDS: &[Field] = &[
    Field::new("status", "status", Kind::Word(ReportStatus::WORDS)),
    Field::new("revision", "revision", Kind::Number),
    Field::new("late", "late", Kind::Flag),
    Field::new("latest", "latest", Kind::Flag),
    Field::new("create_time", "create_time", Kind::Time),
];

/// Which reports a reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visible {
    /// Those in these states.
    pub(crate) statuses: &'static [ReportStatus],
    /// And the drafts that this one wrote.
    pub(crate) drafter_id: Option<String>,
}

impl Visible {
    fn condition(&self) -> Condition {
        let in_states = Column::Status.is_in(self.statuses.iter().map(|status| status.word()));
        let own = self.drafter_id.as_ref().map(|drafter_id| {
            Condition::all().add(Column::Status.eq(ReportStatus::Draft.word())).add(Column::DrafterId.eq(drafter_id))
        });
        Condition::any().add(in_states).add_option(own)
    }
}

fn of(partnership_id: PartnershipId, commitment_id: CommitmentId) -> Select<Entity> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::CommitmentId.eq(commitment_id.0))
}

/// The revision with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    commitment_id: CommitmentId,
    id: ProgressReportId,
) -> Result<ProgressReport, Error> {
    let row =
        of(partnership_id, commitment_id).filter(Column::Id.eq(id.0)).one(connection).await.map_err(Failure::from)?;
    row.map_or_else(|| Err(Error::not_found("progress report", id)), |row| Ok(to_report(row)?))
}

/// The latest revision of the report on the period that ends on a day.
pub(crate) async fn find_latest(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    commitment_id: CommitmentId,
    period_end: NaiveDate,
) -> Result<Option<ProgressReport>, Failure> {
    let query =
        of(partnership_id, commitment_id).filter(Column::PeriodEndDate.eq(period_end)).filter(Column::Latest.eq(true));
    query.one(connection).await?.map(to_report).transpose()
}

/// The `visible` reports on a commitment, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    commitment_id: CommitmentId,
    visible: &Visible,
    cut: Cut<'_>,
) -> Result<Vec<ProgressReport>, Failure> {
    let mut query = of(partnership_id, commitment_id).filter(visible.condition()).filter(filter::condition(
        cut.filter,
        "progress_report",
        FIELDS,
    )?);
    if let Some(after) = cut.after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(cut.limit).all(connection).await?;
    rows.into_iter().map(to_report).collect()
}

/// Keeps a new revision.
pub(crate) async fn insert(connection: &impl ConnectionTrait, report: &ProgressReport) -> Result<(), Failure> {
    Entity::insert(to_row(report)?.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a changed revision, if its row is still at `read_version`.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    report: &ProgressReport,
    read_version: i64,
) -> Result<(), Failure> {
    let moved = Entity::update_many()
        .set(to_row(report)?.into_active_model().reset_all())
        .filter(Column::PartnershipId.eq(report.partnership_id.0))
        .filter(Column::Id.eq(report.id.0))
        .filter(Column::Version.eq(read_version))
        .exec(connection)
        .await?;
    require_moved(moved.rows_affected)
}

fn to_row(report: &ProgressReport) -> Result<Model, Failure> {
    Ok(Model {
        id: report.id.0,
        partnership_id: report.partnership_id.0,
        commitment_id: report.commitment_id.0,
        provider_id: report.provider_id.0,
        revision: to_column(report.revision)?,
        latest: report.superseded_by.is_none(),
        superseded_by: report.superseded_by.map(Into::into),
        period_start_date: report.period.start,
        period_end_date: report.period.end,
        is_final: report.is_final,
        due_date: report.due,
        late: report.late,
        content: to_json(&report.content)?,
        status: report.status.word().to_owned(),
        query_note: report.query_note.clone(),
        submit_time: report.submit_time,
        accept_time: report.accept_time,
        create_time: report.create_time,
        drafter_id: report.drafter.as_ref().map(|drafter| drafter.id.clone()),
        drafter_name: report.drafter.as_ref().map(|drafter| drafter.name.clone()),
        version: report.version,
    })
}

fn to_report(row: Model) -> Result<ProgressReport, Failure> {
    Ok(ProgressReport {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        commitment_id: row.commitment_id.into(),
        provider_id: row.provider_id.into(),
        revision: from_column(row.revision)?,
        superseded_by: row.superseded_by.map(Into::into),
        period: Period { start: row.period_start_date, end: row.period_end_date },
        is_final: row.is_final,
        due: row.due_date,
        late: row.late,
        content: from_json(&row.content)?,
        drafter: row.drafter_id.zip(row.drafter_name).map(|(id, name)| Who { id, name }),
        status: from_word(&row.status)?,
        query_note: row.query_note,
        submit_time: row.submit_time,
        accept_time: row.accept_time,
        create_time: row.create_time,
        version: row.version,
    })
}
