//! From the domain to answers and events.

use chrono::{DateTime, Utc};
use pathfinder_kit::wire::timestamp;
use pathfinder_kit::{etag, feed};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pb::issues_event::Payload;
use uuid::Uuid;

use super::duplicates::cluster;
use super::response_entries::entry_digest;
use super::{enums, feedback, photos, questions};
use crate::app::IssueView;
use crate::app::report::Followed;
use crate::domain::clock::{FormerBreach, ResponseTime};
use crate::domain::history::Entry;
use crate::domain::issue::Resolution;
use crate::domain::reporter::Part;
use crate::domain::{Clock, Event, Issue, IssueDigest, Notice, Reporter};

fn maybe_id(id: Option<impl Into<Uuid>>) -> String {
    id.map(|id| id.into().to_string()).unwrap_or_default()
}

fn maybe_time(time: Option<DateTime<Utc>>) -> Option<prost_types::Timestamp> {
    time.map(timestamp)
}

pub(in crate::grpc) fn issue(view: IssueView) -> pb::Issue {
    let IssueView { issue, action_ids, reporters, questions, may_answer, opinions, now } = view;
    let clock = clock(&issue.clock, now);
    let open = issue.open_question;
    let answerable = may_answer && issue.state.is_open();
    let question = |inquiry| feedback::question(inquiry, open.as_ref(), answerable);
    let (partnership_id, issue_id) = (issue.partnership_id, issue.id);
    pb::Issue {
        issue_id: issue.id.to_string(),
        partnership_id: issue.partnership_id.to_string(),
        reference: issue.reference,
        category_code: issue.category_code,
        category_name: issue.category_name,
        title: issue.title,
        description: issue.description,
        location: Some(enums::location(issue.location)),
        state: enums::state(issue.state).into(),
        held_back: issue.held_back,
        source: enums::source(issue.source).into(),
        severity: enums::severity(issue.severity).into(),
        kind: enums::kind(issue.kind).into(),
        answers: issue.answers.into_iter().map(questions::answer).collect(),
        photos: issue.photos.into_iter().map(|photo| photos::photo_of(partnership_id, issue_id, photo)).collect(),
        hazard: issue.hazard,
        provider_id: maybe_id(issue.provider_id),
        provider_name: issue.provider_name,
        routing_rule_id: maybe_id(issue.routing_rule_id),
        standard_id: clock.standard_id.clone(),
        standard_text: clock.standard_text.clone(),
        clock: Some(clock),
        external_id: issue.external_id.unwrap_or_default(),
        supporter_count: issue.supporter_count,
        reopened_count: issue.reopened_count,
        refusal_count: issue.refusal_count,
        duplicate_of: maybe_id(issue.duplicate_of),
        parent_issue_id: maybe_id(issue.parent_issue_id),
        resolution: issue.resolution.map(resolution),
        confirmation: enums::confirmation(issue.confirmation).into(),
        action_ids: action_ids.iter().map(ToString::to_string).collect(),
        report_time: Some(timestamp(issue.report_time)),
        update_time: Some(timestamp(issue.update_time)),
        edit_time: maybe_time(issue.edit_time),
        reporter_name: issue.reporter_name,
        reporters: reporters.into_iter().map(reporter).collect(),
        reporter_questions: questions.into_iter().map(question).collect(),
        question_due_time: maybe_time(open.as_ref().map(|open| open.due_time)),
        closing_opinions: opinions.into_iter().map(feedback::opinion).collect(),
        etag: etag::of(issue.version),
    }
}

pub(in crate::grpc) fn exported(issue: Issue, now: DateTime<Utc>) -> pb::ExportedIssue {
    let Issue { clock, location, .. } = issue;
    let clock = self::clock(&clock, now);
    pb::ExportedIssue {
        issue_id: issue.id.to_string(),
        reference: issue.reference,
        external_id: issue.external_id.unwrap_or_default(),
        category_code: issue.category_code,
        category_name: issue.category_name,
        title: issue.title,
        description: issue.description,
        latitude: location.point.map(|point| point.latitude),
        longitude: location.point.map(|point| point.longitude),
        address: location.address,
        uprn: location.uprn,
        location_text: location.location_text,
        land_type: location.land_type,
        domestic: location.domestic,
        state: enums::state(issue.state).into(),
        source: enums::source(issue.source).into(),
        severity: enums::severity(issue.severity).into(),
        kind: enums::kind(issue.kind).into(),
        hazard: issue.hazard,
        provider_id: maybe_id(issue.provider_id),
        provider_name: issue.provider_name,
        standard_text: clock.standard_text,
        report_time: Some(timestamp(issue.report_time)),
        due_time: clock.due_time,
        stopped_time: clock.stopped_time,
        paused_seconds: clock.paused_seconds,
        on_time: clock.on_time,
        supporter_count: issue.supporter_count,
        reopened_count: issue.reopened_count,
        refusal_count: issue.refusal_count,
        duplicate_of: maybe_id(issue.duplicate_of),
        resolution_reason: issue.resolution.map(|resolution| resolution.reason).unwrap_or_default(),
        confirmation: enums::confirmation(issue.confirmation).into(),
        update_time: Some(timestamp(issue.update_time)),
    }
}

fn clock(clock: &Clock, now: DateTime<Utc>) -> pb::IssueClock {
    let pledge = clock.pledge();
    pb::IssueClock {
        standard_id: maybe_id(pledge.map(|pledge| pledge.standard_id)),
        standard_text: pledge.map(|pledge| pledge.text.clone()).unwrap_or_default(),
        start_time: maybe_time(clock.start_time()),
        due_time: maybe_time(clock.due_time()),
        stopped_time: maybe_time(clock.stopped_time()),
        paused: clock.stands_still(now),
        breached: clock.breach_time.is_some() || clock.has_breached(now),
        on_time: enums::on_time(clock.on_time(now)).into(),
        pending: clock.is_pending(),
        beyond_calendar: clock.due.is_some_and(|due| due.beyond_calendar),
        paused_seconds: clock.paused_time(now).num_seconds(),
        allowed_pause_reasons: pledge.map(|pledge| pledge.pause_reasons.clone()).unwrap_or_default(),
        former_breaches: clock.missed_before().map(former_breach).collect(),
        response: clock.response_time(now).as_ref().map(|told| pb::ResponseTime {
            standard_text: clock.response.as_ref().map(|response| response.pledge.text.clone()).unwrap_or_default(),
            breached: told.breached || clock.has_missed_response(now),
            ..response_time(told)
        }),
    }
}

fn response_time(told: &ResponseTime) -> pb::ResponseTime {
    pb::ResponseTime {
        standard_id: told.standard_id.to_string(),
        standard_text: String::new(),
        due_time: maybe_time(told.due_time),
        stopped_time: maybe_time(told.stopped_time),
        on_time: enums::on_time(told.on_time).into(),
        breached: told.breached,
        breach_provider_id: maybe_id(told.breach_provider_id),
    }
}

fn former_breach(breach: &FormerBreach) -> pb::FormerBreach {
    pb::FormerBreach {
        standard_id: maybe_id(breach.standard_id),
        provider_id: breach.provider_id.to_string(),
        due_time: Some(timestamp(breach.due_time)),
        leave_time: Some(timestamp(breach.leave_time)),
    }
}

fn resolution(resolution: Resolution) -> pb::Resolution {
    pb::Resolution {
        reason: resolution.reason,
        evidence: resolution.evidence.into_iter().map(enums::evidence).collect(),
        resolution_time: Some(timestamp(resolution.time)),
    }
}

pub(super) fn reporter(reporter: Reporter) -> pb::ReporterContact {
    let contact = reporter.contact.unwrap_or_default();
    pb::ReporterContact {
        reporter_id: reporter.id.to_string(),
        supporter: reporter.part == Part::Supporter,
        follower: reporter.part == Part::Follower,
        visibility: enums::visibility(reporter.visibility).into(),
        name: contact.name,
        email: contact.email,
        phone: contact.phone,
    }
}

pub(in crate::grpc) fn followed(followed: Followed) -> pb::ReportIssueResponse {
    pb::ReportIssueResponse {
        issue: Some(issue(followed.view)),
        follow_token: followed.follow_token,
        advice: followed.advice,
        report_token: followed.report_token,
    }
}

pub(in crate::grpc) fn history_entry(entry: Entry) -> types::HistoryEntry {
    let note =
        [entry.note, entry.private_note].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    types::HistoryEntry {
        entry_time: Some(timestamp(entry.time)),
        actor: Some(types::Actor { actor_id: entry.actor_id, name: entry.actor_name }),
        kind: entry.kind,
        from_state: entry.from_state,
        to_state: entry.to_state,
        note,
    }
}

pub(in crate::grpc) fn notice(notice: Notice) -> pb::Notice {
    pb::Notice {
        notice_id: notice.id.to_string(),
        issue_id: notice.issue_id.to_string(),
        kind: notice.kind,
        text: notice.text,
        action_id: maybe_id(notice.action_id),
        notice_time: Some(timestamp(notice.time)),
    }
}

/// An event as the feed sends it.
pub(in crate::grpc) fn issues_event(recorded: feed::Recorded) -> Result<pb::IssuesEvent, serde_json::Error> {
    let event: Event = serde_json::from_str(&recorded.payload)?;
    Ok(pb::IssuesEvent { meta: Some(recorded.meta), payload: Some(payload(event)) })
}

fn payload(event: Event) -> Payload {
    match event {
        Event::CategoryChanged { category_id, code, name, retired, .. } => {
            Payload::CategoryChanged(pb::CategoryChanged { category_id: category_id.to_string(), code, name, retired })
        }
        Event::IssueReported(issue) => Payload::IssueReported(pb::IssueReported { issue: Some(digest(*issue)) }),
        Event::IssueStateChanged { issue, from_state } => Payload::IssueStateChanged(pb::IssueStateChanged {
            issue: Some(digest(*issue)),
            from_state: enums::state(from_state).into(),
        }),
        Event::IssueClockChanged { issue, breach_withdrawn } => {
            Payload::IssueClockChanged(pb::IssueClockChanged { issue: Some(digest(*issue)), breach_withdrawn })
        }
        Event::IssueBreached(issue) => Payload::IssueBreached(pb::IssueBreached { issue: Some(digest(*issue)) }),
        Event::IssueConfirmed(issue) => Payload::IssueConfirmed(pb::IssueConfirmed { issue: Some(digest(*issue)) }),
        Event::IssueDueSoon(issue) => Payload::IssueDueSoon(pb::IssueDueSoon { issue: Some(digest(*issue)) }),
        Event::ClusterFound(found) => Payload::ClusterFound(pb::ClusterFound { cluster: Some(cluster(*found)) }),
        Event::ResponseEntryPublished(entry) => {
            Payload::ResponseEntryPublished(pb::ResponseEntryPublished { response_entry: Some(entry_digest(&entry)) })
        }
        Event::ResponseEntryChanged(entry) => {
            Payload::ResponseEntryChanged(pb::ResponseEntryChanged { response_entry: Some(entry_digest(&entry)) })
        }
    }
}

fn digest(issue: IssueDigest) -> pb::IssueDigest {
    pb::IssueDigest {
        issue_id: issue.issue_id.to_string(),
        partnership_id: issue.partnership_id.to_string(),
        reference: issue.reference,
        category_code: issue.category_code,
        category_name: issue.category_name,
        state: enums::state(issue.state).into(),
        provider_id: maybe_id(issue.provider_id),
        provider_name: issue.provider_name,
        standard_id: maybe_id(issue.standard_id),
        report_time: Some(timestamp(issue.report_time)),
        start_time: maybe_time(issue.start_time),
        due_time: maybe_time(issue.due_time),
        stopped_time: maybe_time(issue.stopped_time),
        paused_seconds: issue.paused_seconds,
        breached: issue.breached,
        breach_provider_id: maybe_id(issue.breach_provider_id),
        on_time: enums::on_time(issue.on_time).into(),
        confirmation: enums::confirmation(issue.confirmation).into(),
        reopened_count: issue.reopened_count,
        supporter_count: issue.supporter_count,
        duplicate_of: maybe_id(issue.duplicate_of),
        external_id: issue.external_id.unwrap_or_default(),
        former_breaches: issue.former_breaches.iter().map(former_breach).collect(),
        response: issue.response.as_ref().map(response_time),
    }
}
