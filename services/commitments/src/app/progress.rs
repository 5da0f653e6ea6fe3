//! Progress reports: a provider hands them in, someone else judges them.

use chrono::NaiveDate;
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Unit, etag};
use pathfinder_terms::{CommitmentId, PartnershipId, ProgressReportId};
use uuid::Uuid;

use super::{App, subject_of, who};
use crate::domain::{Commitment, Content, Event, Moment, ProgressReport, ReportStatus, Step};
use crate::error::Error;
use crate::store::progress::Visible;
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
    /// The etag of the draft that was read; empty for no check.
    pub(crate) etag: String,
}

/// A report as it was written, on the commitment that it is about.
struct Written {
    commitment: Commitment,
    report: ProgressReport,
    /// The draft in whose place it stands.
    former: Option<ProgressReport>,
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
    /// Keeps a draft, which nobody but its provider sees, so that nothing is told of it but in the history that its provider reads.
    pub(crate) async fn draft_progress_report(&self, call: &Call, command: &ReportOn) -> Result<ProgressReport, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let Written { commitment, report, former } = self.write(&unit, command, &moment).await?;
        keep(&unit, &report, former.as_ref()).await?;
        let note = format!("A draft of the report on {} to {}.", report.period.start, report.period.end);
        let status = commitment.status;
        let step = Step { kind: Step::REPORT_DRAFTED, from: Some(status), to: status, note: Some(note) };
        self.note(&unit, &commitment, step).await?;
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
        let Written { mut commitment, mut report, former } = self.write(&unit, command, &moment).await?;
        report.submit(&commitment, &moment)?;
        if let Some(drafter) = former.as_ref().and_then(|draft| draft.drafter.clone()) {
            report.drafter = Some(drafter);
        }
        keep(&unit, &report, former.as_ref()).await?;
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
        let new = old.correct(content.clone(), self.host.next_id(call.now).into(), who(call.actor()), &moment)?;
        store::progress::update(unit.tx(), &old, read_version).await?;
        store::progress::insert(unit.tx(), &new).await?;
        self.tell_of_report(&mut unit, &commitment, &new, "progress_report.corrected").await?;
        Ok(unit.commit(new).await?)
    }

    /// One revision of a report, as far as the caller may see it.
    pub(crate) async fn get_progress_report(&self, call: &Call, key: &ReportKey) -> Result<ProgressReport, Error> {
        let report = store::progress::get(self.host.reader(), key.partnership_id, key.commitment_id, key.id).await?;
        if sees(call, &report) { Ok(report) } else { Err(Error::not_found("progress report", key.id)) }
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
        let visible = visible(call, &commitment);
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let reports = store::progress::list(reader, partnership_id, commitment_id, &visible, cut).await?;
        Ok(page.close(reports, |report| report.id.0)?)
    }

    /// Writes the draft of a report: anew, or in place of the draft that there was.
    async fn write(&self, unit: &Unit, command: &ReportOn, moment: &Moment) -> Result<Written, Error> {
        let ReportOn { partnership_id, commitment_id, period_end, content, etag } = command;
        let commitment = store::commitment::get(unit.tx(), *partnership_id, *commitment_id).await?;
        unit.call().permit(&subject_of(&commitment))?;
        let former = store::progress::find_latest(unit.tx(), *partnership_id, *commitment_id, *period_end).await?;
        if let Some(report) = former.as_ref().filter(|report| report.status != ReportStatus::Draft) {
            return Err(Error::PeriodReported { period_end_date: *period_end, id: report.id });
        }
        if let Some(draft) = &former {
            check_replaceable(unit.call(), draft, etag)?;
        }
        let id = self.host.next_id(unit.call().now).into();
        let drafter = who(unit.call().actor());
        let content = content.clone();
        let report = ProgressReport::draft(&commitment, *period_end, content, former.clone(), id, drafter, moment)?;
        Ok(Written { commitment, report, former })
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

/// Keeps a report that was written, in place of the draft if there was one.
async fn keep(unit: &Unit, report: &ProgressReport, former: Option<&ProgressReport>) -> Result<(), Error> {
    match former {
        Some(draft) => store::progress::update(unit.tx(), report, draft.version).await?,
        None => store::progress::insert(unit.tx(), report).await?,
    }
    Ok(())
}

/// Lets the caller write in place of a draft: their own, or another's that they may read and did read, as its etag shows. So nobody's
/// words are lost unseen, and a contractor, who reads no draft but their own, replaces no other.
fn check_replaceable(call: &Call, draft: &ProgressReport, given: &str) -> Result<(), Error> {
    let of_another = draft.drafter.as_ref().is_some_and(|drafter| drafter.id != call.actor().id);
    if !call.may("ReadDrafts", &subject_of_report(draft)) || (of_another && given.is_empty()) {
        return Err(Error::DraftOfAnother { period_end_date: draft.period.end, id: draft.id });
    }
    Ok(etag::check(given, draft.version)?)
}

/// A report, as the policies see it: whoever drafted it owns it.
fn subject_of_report(report: &ProgressReport) -> Subject {
    let subject = Subject::record(report.partnership_id, Some(report.provider_id)).with_id(report.commitment_id.0);
    subject.owned_by(report.drafter.as_ref().map(|drafter| drafter.id.clone()))
}

/// Whether the caller may see a report.
fn sees(call: &Call, report: &ProgressReport) -> bool {
    match report.status {
        ReportStatus::Draft => call.may("ReadDrafts", &subject_of_report(report)),
        ReportStatus::Submitted | ReportStatus::Queried => call.may("ReadSubmitted", &subject_of_report(report)),
        ReportStatus::Accepted => true,
    }
}

/// The reports on a commitment that the caller may see, as [`sees`] has it.
fn visible(call: &Call, commitment: &Commitment) -> Visible {
    let subject = subject_of(commitment);
    let id = call.actor().id;
    let statuses: &[ReportStatus] = if call.may("ReadDrafts", &subject) {
        ReportStatus::ALL
    } else if call.may("ReadSubmitted", &subject) {
        &[ReportStatus::Submitted, ReportStatus::Queried, ReportStatus::Accepted]
    } else {
        &[ReportStatus::Accepted]
    };
    let own = call.may("ReadDrafts", &subject.owned_by(Some(id.clone())));
    Visible { statuses, drafter_id: own.then_some(id) }
}
