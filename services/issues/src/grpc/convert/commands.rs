//! From messages to commands.

use chrono::{DateTime, Utc};
use pathfinder_kit::Failure;
use pathfinder_kit::wire::{self, Gather};
use pathfinder_proto::issues::v1 as pb;

use super::enums;
use super::id;
use crate::app::change::Target;
use crate::app::report::{Person, ReportIssue, SupportIssue};
use crate::app::resident::Following;
use crate::domain::import::ImportRow;
use crate::domain::issue::Rewording;
use crate::domain::reporter::Contact;

/// Takes the fields that every verb of staff has out of its message.
macro_rules! verb_fields {
    ($message:expr) => {
        $crate::grpc::convert::target(&$message.partnership_id, &$message.issue_id, &$message.etag)
    };
}
pub(in crate::grpc) use verb_fields;

pub(in crate::grpc) fn target(partnership_id: &str, issue_id: &str, etag: &str) -> Result<Target, Failure> {
    Ok(Target {
        partnership_id: id("partnership_id", partnership_id)?,
        issue_id: id("issue_id", issue_id)?,
        etag: etag.to_owned(),
    })
}

/// Words that are fit to publish, and the note beside them.
pub(in crate::grpc) fn rewording(message: pb::TriageIssueRequest) -> (Rewording, String) {
    let pb::TriageIssueRequest { description, title, address, location_text, note, .. } = message;
    (Rewording { description, title, address, location_text }, note)
}

pub(in crate::grpc) fn following(
    partnership_id: &str,
    issue_id: &str,
    follow_token: String,
) -> Result<Following, Failure> {
    Ok(Following {
        partnership_id: id("partnership_id", partnership_id)?,
        issue_id: id("issue_id", issue_id)?,
        follow_token,
    })
}

pub(in crate::grpc) fn report_issue(message: pb::ReportIssueRequest) -> Result<ReportIssue, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let report_time = message.report_time.as_ref().map(|time| wire::time("report_time", time)).transpose();
    let report_time = gather.take(report_time).flatten();
    let location = message.location.clone().unwrap_or_default();
    if location.point.is_none() && location.address.is_empty() && location.uprn.is_empty() {
        gather.report("location", "needs at least one of point, address and uprn");
    }
    gather.finish()?;
    let (source, severity) = (message.source(), message.severity());
    Ok(ReportIssue {
        partnership_id: partnership_id.ok_or_else(|| Failure::invalid(Vec::new()))?,
        category_code: message.category_code,
        title: message.title,
        description: message.description,
        location: enums::location_from(location),
        source: enums::source_from(source),
        severity: enums::severity_from(severity),
        hazard: message.hazard,
        reporter: person(message.reporter),
        external_id: Some(message.external_id).filter(|id| !id.is_empty()),
        report_time,
        request_id: message.request_id,
    })
}

pub(in crate::grpc) fn support_issue(message: pb::SupportIssueRequest) -> Result<SupportIssue, Failure> {
    Ok(SupportIssue {
        partnership_id: id("partnership_id", &message.partnership_id)?,
        issue_id: id("issue_id", &message.issue_id)?,
        supporter: person(message.supporter),
        request_id: message.request_id,
    })
}

fn person(contact: Option<pb::ContactDetails>) -> Person {
    let Some(contact) = contact else { return Person::default() };
    let visibility = enums::visibility_from(contact.visibility());
    Person { contact: Contact { name: contact.name, email: contact.email, phone: contact.phone }, visibility }
}

/// The rows of an import. An instant that does not exist is left out, so that its row alone is refused.
pub(in crate::grpc) fn import_rows(rows: Vec<pb::ImportRow>) -> Vec<ImportRow> {
    rows.into_iter().map(import_row).collect()
}

fn import_row(row: pb::ImportRow) -> ImportRow {
    let instant =
        |time: &Option<_>| -> Option<DateTime<Utc>> { time.as_ref().and_then(|time| wire::time("time", time).ok()) };
    ImportRow {
        line: row.line,
        report_time: instant(&row.report_time),
        due_time: instant(&row.due_time),
        close_time: instant(&row.close_time),
        closed: row.closed,
        external_id: row.external_id,
        category_code: row.category_code,
        category_name: row.category_name,
        status_note: row.status_note,
        provider_name: row.provider_name,
        address: row.address,
        latitude: row.latitude,
        longitude: row.longitude,
        area: row.area,
        source: row.source,
        description: row.description,
    }
}
