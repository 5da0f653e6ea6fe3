//! From messages to commands.

use chrono::{DateTime, Utc};
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Call, Failure, Violation};
use pathfinder_proto::issues::v1 as pb;

use super::enums;
use super::{id, questions};
use crate::app::change::{Fix, Target};
use crate::app::follow::FollowByEmail;
use crate::app::recategorise::RecategoriseIssue;
use crate::app::report::{Person, ReportIssue, SupportIssue};
use crate::app::resident::Following;
use crate::domain::issue::{Evidence, Rewording};
use crate::domain::reporter::{Contact, comparable};
use crate::domain::text::or_empty;
use crate::domain::times::flaw_of_past;

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
    let pb::TriageIssueRequest {
        description,
        title,
        address,
        location_text,
        reporter_name,
        note,
        confidential_answers,
        ..
    } = message;
    let [title, address, location_text, reporter_name] =
        [title, address, location_text, reporter_name].map(|text| text.map(or_empty));
    let domestic = false;
    (Rewording { description, title, address, location_text, reporter_name, confidential_answers, domestic }, note)
}

/// Which category an issue is to have, with the answers to its questions.
pub(in crate::grpc) fn recategorise_issue(message: pb::RecategoriseIssueRequest) -> Result<RecategoriseIssue, Failure> {
    let target = verb_fields!(message)?;
    let pb::RecategoriseIssueRequest { category_code, answers, reason, .. } = message;
    let answers = answers.into_iter().map(questions::given).collect();
    Ok(RecategoriseIssue { target, category_code, answers, reason })
}

/// What was done, what shows it, and when.
pub(in crate::grpc) fn fix(message: pb::ResolveIssueRequest) -> Result<Fix, Failure> {
    let time = message.fix_time.as_ref().map(|time| wire::time("fix_time", time)).transpose()?;
    let evidence = message.evidence.into_iter().map(|one| Evidence { text: one.text, url: one.url });
    Ok(Fix { reason: message.reason, evidence: evidence.collect(), time })
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

pub(in crate::grpc) fn report_issue(call: &Call, message: pb::ReportIssueRequest) -> Result<ReportIssue, Failure> {
    let mut gather = Gather::default();
    let (source, severity) = (message.source(), message.severity());
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let report_time = message.report_time.as_ref().map(|time| past("report_time", time, call.now)).transpose();
    let report_time = gather.take(report_time).flatten();
    let location = enums::location_from(message.location.unwrap_or_default());
    if location.point.is_none() && location.address.is_empty() && location.uprn.is_empty() {
        gather.report("location", "needs at least one of point, address and uprn");
    }
    gather.finish()?;
    Ok(ReportIssue {
        partnership_id: partnership_id.ok_or_else(|| Failure::invalid(Vec::new()))?,
        category_code: message.category_code,
        title: or_empty(message.title),
        description: message.description,
        location,
        source: enums::source_from(source, call.door()),
        severity: enums::severity_from(severity),
        hazard: message.hazard,
        answers: message.answers.into_iter().map(questions::given).collect(),
        reporter: person(message.reporter),
        external_id: Some(message.external_id).filter(|id| !id.is_empty()),
        report_time,
        media_urls: message.media_urls,
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

pub(in crate::grpc) fn follow_by_email(message: &pb::FollowByEmailRequest) -> Result<FollowByEmail, Failure> {
    Ok(FollowByEmail {
        partnership_id: id("partnership_id", &message.partnership_id)?,
        issue_id: id("issue_id", &message.issue_id)?,
        email: comparable(&message.email),
    })
}

fn person(contact: Option<pb::ContactDetails>) -> Person {
    let Some(contact) = contact else { return Person::default() };
    let visibility = enums::visibility_from(contact.visibility());
    Person { contact: Contact { name: or_empty(contact.name), email: contact.email, phone: contact.phone }, visibility }
}

/// An instant at which something may have happened.
fn past(field: &str, time: &prost_types::Timestamp, now: DateTime<Utc>) -> Result<DateTime<Utc>, Violation> {
    let time = wire::time(field, time)?;
    flaw_of_past(time, now).map_or(Ok(time), |flaw| Err(Violation::new(field, flaw)))
}
