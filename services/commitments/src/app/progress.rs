//! Progress reports: a provider hands them in, someone else judges them.

use chrono::NaiveDate;
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Unit, etag};
use pathfinder_terms::{CommitmentId, PartnershipId, ProgressReportId, ProviderId};
use uuid::Uuid;

use super::{App, subject_of};
use crate::domain::{Commitment, Content, Event, Moment, ProgressReport, ReportStatus, Step};
use crate::error::Error;
use crate::store::{self, Cut};

/// A report on a period, as its provider writes it.
#[derive(Debug, Clone)]
pub(crate) struct ReportOn {
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The commitment.
    pub(crate) commitment_id: CommitmentId,
    /// The last day of the period.
    pub(crate) period_end: NaiveDate,
    /// What it says.
    pub(crate) content: Content,
}

/// Which revision of a report is meant, and as which version it was read.
#[derive(Debug, Clone)]
pub(crate) struct ReportKey {
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The commitment.
    pub(crate) commitment_id: CommitmentId,
    /// The revision.
    pub(crate) id: ProgressReportId,
    /// The etag that was read; empty for no check.
    pub(crate) etag: String,
}

impl App {
    /// Keeps a draft, which nobody but its provider sees, so that nothing is told of it.
    pub(crate) async fn draft_progress_report(&self, call: &Call, command: &ReportOn) -> Result<ProgressReport, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let (_, report, former) = self.write(&unit, command, &moment).await?;
        keep(&unit, &report, former).await?;
        unit.record_quietly("progress_report.drafted", Some(command.partnership_id), report.id.0, &report)?;
        Ok(unit.commit(report).await?)
    }

    /// Hands a report in.
    pub(crate) async fn submit_progress_report(
        &self,
        call: &Call,
        command: &ReportOn,
    ) -> Result<ProgressReport, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let (mut commitment, mut report, former) = self.write(&unit, command, &moment).await?;
        report.submit(&commitment, &moment)?;
        keep(&unit, &report, former).await?;
        let read_version = commitment.version;
        commitment.note_submitted(report.period, &moment);
        store::commitment::update(unit.tx(), &commitment, read_version, None).await?;
        self.tell_of_report(&mut unit, &commitment, &report, "progress_report.submitted").await?;
        Ok(unit.commit(report).await?)
    }

    /// Asks back about a report.
    pub(crate) async fn query_progress_report(
        &self,
        call: &Call,
        key: &ReportKey,
        note: String,
    ) -> Result<ProgressReport, Error> {
        self.judge(call, key, "progress_report.queried", |report, speaks_for_provider, _| {
            Ok(report.query(note, speaks_for_provider)?)
        })
        .await
    }

    /// Takes a report, so that everyone can read it and the commitment is rated by it.
    pub(crate) async fn accept_progress_report(&self, call: &Call, key: &ReportKey) -> Result<ProgressReport, Error> {
        self.judge(call, key, "progress_report.accepted", |report, speaks_for_provider, moment| {
            Ok(report.accept(speaks_for_provider, moment)?)
        })
        .await
    }

    /// Hands in the next revision of a report.
    pub(crate) async fn correct_progress_report(
        &self,
        call: &Call,
        key: &ReportKey,
        content: &Content,
    ) -> Result<ProgressReport, Error> {
        let partnership = self.partnership(key.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let commitment = store::commitment::get(unit.tx(), key.partnership_id, key.commitment_id).await?;
        call.permit(&subject_of(&commitment))?;
        let mut old = store::progress::get(unit.tx(), key.partnership_id, key.commitment_id, key.id).await?;
        let read_version = old.version;
        etag::check(&key.etag, read_version)?;
        let new = old.correct(content.clone(), self.host.next_id(call.now).into(), &moment)?;
        store::progress::update(unit.tx(), &old, read_version).await?;
        store::progress::insert(unit.tx(), &new).await?;
        self.tell_of_report(&mut unit, &commitment, &new, "progress_report.corrected").await?;
        Ok(unit.commit(new).await?)
    }

    /// One revision of a report, as far as the caller may see it.
    pub(crate) async fn get_progress_report(&self, call: &Call, key: &ReportKey) -> Result<ProgressReport, Error> {
        let report = store::progress::get(self.host.reader(), key.partnership_id, key.commitment_id, key.id).await?;
        if visible(call, key.partnership_id, report.provider_id).contains(&report.status) {
            return Ok(report);
        }
        Err(Error::not_found("progress report", key.id))
    }

    /// A page of the reports on a commitment that the caller may see, newest first, with the token of the next.
    pub(crate) async fn list_progress_reports(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        commitment_id: CommitmentId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Result<(Vec<ProgressReport>, String), Error> {
        self.partnership(partnership_id).await?;
        let reader = self.host.reader();
        let commitment = store::commitment::get(reader, partnership_id, commitment_id).await?;
        let visible = visible(call, partnership_id, commitment.provider_id);
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let reports = store::progress::list(reader, partnership_id, commitment_id, visible, cut).await?;
        Ok(page.close(reports, |report| report.id.0)?)
    }

    /// Writes the draft of a report: anew, or in place of the draft that there was, whose version is answered too.
    async fn write(
        &self,
        unit: &Unit,
        command: &ReportOn,
        moment: &Moment,
    ) -> Result<(Commitment, ProgressReport, Option<i64>), Error> {
        let ReportOn { partnership_id, commitment_id, period_end, content } = command;
        let commitment = store::commitment::get(unit.tx(), *partnership_id, *commitment_id).await?;
        unit.call().permit(&subject_of(&commitment))?;
        let former = store::progress::find_latest(unit.tx(), *partnership_id, *commitment_id, *period_end).await?;
        if let Some(report) = former.as_ref().filter(|report| report.status != ReportStatus::Draft) {
            return Err(Error::PeriodReported { period_end_date: *period_end, id: report.id });
        }
        let former_version = former.as_ref().map(|report| report.version);
        let id = self.host.next_id(unit.call().now).into();
        let report = ProgressReport::draft(&commitment, *period_end, content.clone(), former, id, moment)?;
        Ok((commitment, report, former_version))
    }

    /// Lets `rule` judge a report, and writes what came of it.
    async fn judge(
        &self,
        call: &Call,
        key: &ReportKey,
        kind: &'static str,
        rule: impl FnOnce(&mut ProgressReport, bool, &Moment) -> Result<(), Error>,
    ) -> Result<ProgressReport, Error> {
        let partnership = self.partnership(key.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let mut report = store::progress::get(unit.tx(), key.partnership_id, key.commitment_id, key.id).await?;
        let read_version = report.version;
        etag::check(&key.etag, read_version)?;
        let speaks_for_provider = call.caller.answers_for(key.partnership_id, report.provider_id);
        rule(&mut report, speaks_for_provider, &moment)?;
        store::progress::update(unit.tx(), &report, read_version).await?;
        let mut commitment = store::commitment::get(unit.tx(), key.partnership_id, key.commitment_id).await?;
        if report.status == ReportStatus::Accepted {
            let commitment_version = commitment.version;
            commitment.note_accepted(report.as_latest(), &moment);
            store::commitment::update(unit.tx(), &commitment, commitment_version, None).await?;
        }
        self.tell_of_report(&mut unit, &commitment, &report, kind).await?;
        Ok(unit.commit(report).await?)
    }

    /// Tells of a report, and of its commitment, which may stand otherwise since.
    async fn tell_of_report(
        &self,
        unit: &mut Unit,
        commitment: &Commitment,
        report: &ProgressReport,
        kind: &'static str,
    ) -> Result<(), Error> {
        unit.record(&Event::from(report), report)?;
        let note =
            format!("The report on {} to {}, revision {}.", report.period.start, report.period.end, report.revision);
        let step = Step { kind, from: Some(commitment.status), to: commitment.status, note: Some(note) };
        self.tell(unit, commitment, vec![step]).await
    }
}

/// Keeps a report that was written, in place of the draft at `former_version` if there was one.
async fn keep(unit: &Unit, report: &ProgressReport, former_version: Option<i64>) -> Result<(), Error> {
    match former_version {
        Some(version) => store::progress::update(unit.tx(), report, version).await?,
        None => store::progress::insert(unit.tx(), report).await?,
    }
    Ok(())
}

/// The states in which the caller may see reports of a provider.
fn visible(call: &Call, partnership_id: PartnershipId, provider_id: ProviderId) -> &'static [ReportStatus] {
    let subject = Subject::record(partnership_id, Some(provider_id));
    if call.may("ReadDrafts", &subject) {
        ReportStatus::ALL
    } else if call.may("ReadSubmitted", &subject) {
        &[ReportStatus::Submitted, ReportStatus::Queried, ReportStatus::Accepted]
    } else {
        &[ReportStatus::Accepted]
    }
}
