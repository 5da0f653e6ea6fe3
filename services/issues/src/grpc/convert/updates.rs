//! What happened to issues, each way.

use chrono::{DateTime, Utc};
use pathfinder_kit::Failure;
use pathfinder_kit::wire::{self, Gather, timestamp};
use pathfinder_proto::issues::v1 as pb;
use pb::push_issue_update_request::Target;

use super::enums;
use crate::app::updates::{ListUpdates, Named, PushUpdate, Pushed};
use crate::domain::IssueState;
use crate::domain::history::Entry;
use crate::domain::text::or_empty;
use crate::domain::times::{flaw_of_past, told_by_another_clock};
use crate::domain::update::{Sought, UpdateStatus};

pub(in crate::grpc) fn list_issue_updates(message: pb::ListIssueUpdatesRequest) -> Result<ListUpdates, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let start_time = message.start_time.as_ref().map(|time| wire::time("start_time", time)).transpose();
    let end_time = message.end_time.as_ref().map(|time| wire::time("end_time", time)).transpose();
    let (start_time, end_time) = (gather.take(start_time).flatten(), gather.take(end_time).flatten());
    let ids = message.issue_ids.iter().enumerate();
    let issue_ids = ids.filter_map(|(index, id)| gather.take(wire::id(&format!("issue_ids[{index}]"), id))).collect();
    gather.finish()?;
    let partnership_id = partnership_id.ok_or_else(|| Failure::invalid(Vec::new()))?;
    Ok(ListUpdates {
        sought: Sought { partnership_id, start_time, end_time, issue_ids },
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(in crate::grpc) fn push_issue_update(
    message: pb::PushIssueUpdateRequest,
    now: DateTime<Utc>,
) -> Result<PushUpdate, Failure> {
    let mut gather = Gather::default();
    let status = status_from(message.status());
    if status.is_none() {
        gather.report("status", "must be stated");
    }
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let issue = match message.target {
        Some(Target::IssueId(id)) => gather.take(wire::id("issue_id", &id)).map(Named::Here),
        Some(Target::ExternalId(id)) => Some(Named::There(id)),
        None => None,
    };
    let happened_time = message.happened_time.as_ref().map(|time| wire::time("happened_time", time)).transpose();
    let happened_time = gather.take(happened_time).flatten().map(|time| told_by_another_clock(time, now));
    if let Some(flaw) = happened_time.and_then(|time| flaw_of_past(time, now)) {
        gather.report("happened_time", flaw);
    }
    gather.finish()?;
    let (Some(partnership_id), Some(issue), Some(status), Some(happened_time)) =
        (partnership_id, issue, status, happened_time)
    else {
        // The contract demands all of them.
        return Err(Failure::invalid(Vec::new()));
    };
    let (external_update_id, description) = (message.external_update_id, or_empty(message.description));
    let media_urls = message.media_urls;
    Ok(PushUpdate {
        partnership_id,
        issue,
        external_update_id,
        status,
        happened_time,
        description,
        media_urls,
        endpoint: None,
        heard: None,
    })
}

pub(in crate::grpc) fn pushed(pushed: Pushed) -> pb::PushIssueUpdateResponse {
    pb::PushIssueUpdateResponse {
        update_id: pushed.update_id.to_string(),
        applied: pushed.applied,
        note: pushed.note,
        issue: Some(super::issue(pushed.view)),
    }
}

pub(in crate::grpc) fn issue_update((entry, reference): (Entry, String)) -> pb::IssueUpdate {
    let state = |state: Option<IssueState>| state.map_or(pb::IssueState::Unspecified, enums::state).into();
    pb::IssueUpdate {
        update_id: entry.id.to_string(),
        issue_id: entry.issue_id.to_string(),
        reference,
        from_state: state(entry.former_state()),
        state: state(entry.state()),
        description: entry.told(),
        update_time: Some(timestamp(entry.recorded_time())),
        kind: entry.kind,
    }
}

/// None where nothing is stated.
const fn status_from(status: pb::IssueUpdateStatus) -> Option<UpdateStatus> {
    use pb::IssueUpdateStatus as Wire;
    Some(match status {
        Wire::Unspecified => return None,
        Wire::Open => UpdateStatus::Open,
        Wire::Investigating => UpdateStatus::Investigating,
        Wire::InProgress => UpdateStatus::InProgress,
        Wire::ActionScheduled => UpdateStatus::ActionScheduled,
        Wire::Planned => UpdateStatus::Planned,
        Wire::Fixed => UpdateStatus::Fixed,
        Wire::Closed => UpdateStatus::Closed,
        Wire::Duplicate => UpdateStatus::Duplicate,
        Wire::NotResponsible => UpdateStatus::NotResponsible,
        Wire::NoFurtherAction => UpdateStatus::NoFurtherAction,
        Wire::InternalReferral => UpdateStatus::InternalReferral,
        Wire::Cancelled => UpdateStatus::Cancelled,
        Wire::ForTriage => UpdateStatus::ForTriage,
        Wire::Reopen => UpdateStatus::Reopen,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_update_of_a_clock_that_is_ahead_is_taken_as_of_now() {
        let now: DateTime<Utc> = "2026-01-12T10:00:00Z".parse().unwrap();
        let pushed = |ahead: TimeDelta| {
            let message = pb::PushIssueUpdateRequest {
                partnership_id: "01900000-0000-7000-8000-000000000001".to_owned(),
                target: Some(Target::ExternalId("7".to_owned())),
                external_update_id: "1".to_owned(),
                status: pb::IssueUpdateStatus::Open.into(),
                happened_time: Some(timestamp(now + ahead)),
                ..pb::PushIssueUpdateRequest::default()
            };
            push_issue_update(message, now).map(|push| push.happened_time)
        };
        assert_eq!(pushed(TimeDelta::seconds(7)).unwrap(), now);
        assert!(pushed(TimeDelta::hours(1)).is_err(), "that is a slip");
    }
}
