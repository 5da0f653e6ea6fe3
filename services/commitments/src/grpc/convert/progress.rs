//! Progress reports.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::progress_report_content::Measurement as WireMeasurement;

use super::words::{OnWire as _, word};
use super::{actor_to_wire, evidence, evidence_to_wire, id_to_wire, maybe_said, refusal, said};
use crate::app::ReportOn;
use crate::domain::{Content, Interval, Measurement, ProgressReport};

impl TryFrom<pb::DraftProgressReportRequest> for ReportOn {
    type Error = Failure;

    fn try_from(message: pb::DraftProgressReportRequest) -> Result<Self, Failure> {
        let path = [message.partnership_id, message.commitment_id, message.period_end_date];
        report_on(&path, message.content.unwrap_or_default(), message.etag)
    }
}

impl TryFrom<pb::SubmitProgressReportRequest> for ReportOn {
    type Error = Failure;

    fn try_from(message: pb::SubmitProgressReportRequest) -> Result<Self, Failure> {
        let path = [message.partnership_id, message.commitment_id, message.period_end_date];
        report_on(&path, message.content.unwrap_or_default(), message.etag)
    }
}

fn report_on(
    [partnership_id, commitment_id, period_end]: &[String; 3],
    content: pb::ProgressReportContent,
    etag: String,
) -> Result<ReportOn, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", partnership_id));
    let commitment_id = gather.take(wire::id("commitment_id", commitment_id));
    let period_end = gather.take(wire::date("period_end_date", period_end));
    let content = read(&mut gather, content);
    let (Some(partnership_id), Some(commitment_id), Some(period_end), Some(content)) =
        (partnership_id, commitment_id, period_end, content)
    else {
        return Err(refusal(gather));
    };
    gather.finish()?;
    Ok(ReportOn { partnership_id, commitment_id, period_end, content, etag })
}

/// What a report says.
pub(in crate::grpc) fn content(content: pb::ProgressReportContent) -> Result<Content, Failure> {
    let mut gather = Gather::default();
    let Some(content) = read(&mut gather, content) else { return Err(refusal(gather)) };
    gather.finish()?;
    Ok(content)
}

fn read(gather: &mut Gather, content: pb::ProgressReportContent) -> Option<Content> {
    let measurement = content.measurement.and_then(|measured| measurement(gather, measured));
    let narrative = gather.take(said("content.narrative", &content.narrative));
    let reported_rag = gather.take(word("content.reported_rag", content.reported_rag));
    let evidence = evidence(gather, "content.evidence", content.evidence);
    Some(Content {
        measurement: measurement?,
        narrative: narrative?,
        reported_rag: reported_rag?,
        forecast_value: content.forecast_value,
        get_well_plan: maybe_said(&content.get_well_plan),
        evidence,
    })
}

fn measurement(gather: &mut Gather, measured: WireMeasurement) -> Option<Measurement> {
    match measured {
        WireMeasurement::MeasuredValue(value) => Some(Measurement::Value(value)),
        WireMeasurement::Ratio(ratio) => {
            let count = |name: &str, number: i64| {
                u64::try_from(number)
                    .map_err(|_| pathfinder_kit::Violation::new(format!("content.ratio.{name}"), "must be 0 or more"))
            };
            let numerator = gather.take(count("numerator", ratio.numerator));
            let denominator = gather.take(count("denominator", ratio.denominator));
            Some(Measurement::Ratio { numerator: numerator?, denominator: denominator? })
        }
    }
}

/// A report; who drafted it is named only `with_people`.
pub(in crate::grpc) fn report_to_wire(report: ProgressReport, with_people: bool) -> pb::ProgressReport {
    let measurement = report.content.measurement;
    pb::ProgressReport {
        progress_report_id: report.id.to_string(),
        partnership_id: report.partnership_id.to_string(),
        commitment_id: report.commitment_id.to_string(),
        provider_id: report.provider_id.to_string(),
        revision: i32::try_from(report.revision).unwrap_or(i32::MAX),
        superseded_by_progress_report_id: id_to_wire(report.superseded_by),
        period_start_date: report.period.start.to_string(),
        period_end_date: report.period.end.to_string(),
        r#final: report.is_final,
        due_date: report.due.to_string(),
        late: report.late,
        content: Some(report.content.into()),
        value: measurement.value(),
        interval: measurement.interval().map(Into::into),
        status: report.status.to_wire(),
        query_note: report.query_note.unwrap_or_default(),
        submit_time: report.submit_time.map(wire::timestamp),
        accept_time: report.accept_time.map(wire::timestamp),
        create_time: Some(wire::timestamp(report.create_time)),
        etag: etag::of(report.version),
        drafter: report.drafter.map(|drafter| actor_to_wire(drafter, with_people)),
    }
}

impl From<Content> for pb::ProgressReportContent {
    fn from(content: Content) -> Self {
        Self {
            measurement: Some(content.measurement.into()),
            narrative: content.narrative,
            reported_rag: content.reported_rag.to_wire(),
            forecast_value: content.forecast_value,
            get_well_plan: content.get_well_plan.unwrap_or_default(),
            evidence: evidence_to_wire(content.evidence),
        }
    }
}

impl From<Measurement> for WireMeasurement {
    fn from(measurement: Measurement) -> Self {
        match measurement {
            Measurement::Value(value) => Self::MeasuredValue(value),
            Measurement::Ratio { numerator, denominator } => Self::Ratio(pb::Ratio {
                numerator: i64::try_from(numerator).unwrap_or(i64::MAX),
                denominator: i64::try_from(denominator).unwrap_or(i64::MAX),
            }),
        }
    }
}

impl From<Interval> for pb::Interval {
    fn from(interval: Interval) -> Self {
        Self {
            percent: interval.share * 100.0,
            low_percent: interval.low * 100.0,
            high_percent: interval.high * 100.0,
            too_few: interval.too_few,
        }
    }
}
