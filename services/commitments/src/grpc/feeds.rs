//! The feeds of boards and issues, as what they tell this service.

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::feed::Told;
use pathfinder_kit::peer::Peer;
use pathfinder_kit::policy::kept::OwnPolicies;
use pathfinder_kit::{Failure, Host, Violation, wire};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::boards_event_service_client::BoardsEventServiceClient;
use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::issues::v1::issues_event_service_client::IssuesEventServiceClient;
use pathfinder_terms::StandardId;
use tonic::{Request, Status};

use super::convert::nation_from_wire;
use crate::app::{BoardsNews, IssueNews};
use crate::domain::{Partnership, StandardCase};

/// The kinds of boards that concern commitments.
const BOARDS_KINDS: [&str; 2] = ["partnership.changed", "policies.changed"];

/// A running feed.
pub(crate) type Feed<T> = BoxStream<'static, Result<Told<T>, Status>>;

/// Opens the feed of boards behind a cursor.
pub(crate) async fn open_boards(host: &Host, after: String) -> Result<Feed<BoardsNews>, Status> {
    let carrier = host.peer(Peer::Boards).as_self().await?;
    let kinds = BOARDS_KINDS.map(str::to_owned).to_vec();
    let request = boards::WatchBoardsEventsRequest { after, kinds, partnership_id: String::new() };
    let events = BoardsEventServiceClient::new(carrier).watch_boards_events(Request::new(request)).await?.into_inner();
    Ok(events.map(|event| event.map(of_boards)).boxed())
}

/// Opens the feed of issues behind a cursor.
pub(crate) async fn open_issues(host: &Host, after: String) -> Result<Feed<IssueNews>, Status> {
    let carrier = host.peer(Peer::Issues).as_self().await?;
    let request = issues::WatchIssuesEventsRequest { after, kinds: Vec::new(), partnership_id: String::new() };
    let events = IssuesEventServiceClient::new(carrier).watch_issues_events(Request::new(request)).await?.into_inner();
    Ok(events.map(|event| event.map(of_issues)).boxed())
}

fn of_boards(event: boards::BoardsEvent) -> Told<BoardsNews> {
    use boards::boards_event::Payload;
    let at = event.meta.as_ref().and_then(|meta| meta.event_time);
    let news = match event.payload {
        Some(Payload::PartnershipChanged(changed)) => partnership(changed).map(BoardsNews::Partnership).map(Some),
        Some(Payload::PoliciesChanged(changed)) => policies(changed, at.as_ref()).map(BoardsNews::Policies).map(Some),
        _ => Ok(None),
    };
    Told::of(event.meta, news)
}

fn of_issues(event: issues::IssuesEvent) -> Told<IssueNews> {
    use issues::issues_event::Payload;
    let digest = match event.payload {
        Some(Payload::IssueReported(reported)) => reported.issue,
        Some(Payload::IssueStateChanged(changed)) => changed.issue,
        Some(Payload::IssueClockChanged(changed)) => changed.issue,
        Some(Payload::IssueBreached(breached)) => breached.issue,
        Some(Payload::IssueConfirmed(confirmed)) => confirmed.issue,
        Some(Payload::IssueDueSoon(near)) => near.issue,
        Some(
            Payload::CategoryChanged(_)
            | Payload::ClusterFound(_)
            | Payload::ResponseEntryPublished(_)
            | Payload::ResponseEntryChanged(_),
        )
        | None => None,
    };
    let at = event.meta.as_ref().and_then(|meta| meta.event_time);
    Told::of(event.meta, digest.map(|digest| issue(&digest, at.as_ref())).transpose())
}

fn partnership(changed: boards::PartnershipChanged) -> Result<Partnership, Failure> {
    Ok(Partnership {
        id: wire::id("partnership_id", &changed.partnership_id)?,
        nation: nation_from_wire(changed.nation())?,
        active: changed.status() != boards::PartnershipStatus::Archived,
        name: changed.name,
    })
}

fn policies(changed: boards::PoliciesChanged, at: Option<&prost_types::Timestamp>) -> Result<OwnPolicies, Failure> {
    Ok(OwnPolicies {
        partnership_id: wire::id("partnership_id", &changed.partnership_id)?,
        text: changed.text,
        version: changed.version,
        set_time: optional_time("event_time", at)?.unwrap_or_default(),
    })
}

fn issue(digest: &issues::IssueDigest, at: Option<&prost_types::Timestamp>) -> Result<IssueNews, Failure> {
    let partnership_id = wire::id("partnership_id", &digest.partnership_id)?;
    let issue_id = wire::id("issue_id", &digest.issue_id)?;
    let update_time = optional_time("event_time", at)?.unwrap_or_default();
    let issue_state = digest.state().as_str_name().trim_start_matches("ISSUE_STATE_").to_lowercase();
    // As one that missed the standard and was moved on.
    let case = |standard_id: StandardId| StandardCase {
        issue_id,
        issue_reference: digest.reference.clone(),
        standard_id,
        partnership_id,
        issue_state: issue_state.clone(),
        due_time: None,
        stop_time: None,
        on_time: Some(false),
        breached: true,
        update_time,
    };
    let mut cases = Vec::new();
    for former in &digest.former_breaches {
        let Some(standard_id) = wire::optional_id("former_breaches.standard_id", &former.standard_id)? else {
            continue;
        };
        let due_time = optional_time("former_breaches.due_time", former.due_time.as_ref())?;
        let stop_time = optional_time("former_breaches.leave_time", former.leave_time.as_ref())?;
        // What was late by a dispute alone was moved on before its time had passed.
        let breached = due_time <= stop_time;
        cases.push(StandardCase { due_time, stop_time, breached, ..case(standard_id) });
    }
    if let Some(standard_id) = wire::optional_id("standard_id", &digest.standard_id)? {
        let on_time = known_on_time(digest.on_time());
        let due_time = optional_time("due_time", digest.due_time.as_ref())?;
        let stop_time = optional_time("stopped_time", digest.stopped_time.as_ref())?;
        let breached = digest.breached;
        cases.push(StandardCase { due_time, stop_time, on_time, breached, ..case(standard_id) });
    }
    if let Some(response) = &digest.response {
        let standard_id = wire::id("response.standard_id", &response.standard_id)?;
        cases.push(answered(response, case(standard_id))?);
    }
    Ok(IssueNews { partnership_id, issue_id, cases })
}

/// A case of how a response time stands that is measured beside.
fn answered(response: &issues::ResponseTime, case: StandardCase) -> Result<StandardCase, Violation> {
    let due_time = optional_time("response.due_time", response.due_time.as_ref())?;
    let stop_time = optional_time("response.stopped_time", response.stopped_time.as_ref())?;
    let on_time = known_on_time(response.on_time());
    Ok(StandardCase { due_time, stop_time, on_time, breached: response.breached, ..case })
}

/// Whether it was in time, once that is known.
fn known_on_time(told: issues::OnTime) -> Option<bool> {
    match told {
        issues::OnTime::Met => Some(true),
        issues::OnTime::Late => Some(false),
        issues::OnTime::Unspecified | issues::OnTime::Running | issues::OnTime::NotMeasured => None,
    }
}

fn optional_time(field: &str, time: Option<&prost_types::Timestamp>) -> Result<Option<DateTime<Utc>>, Violation> {
    time.map(|time| wire::time(field, time)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f190";
    const TO_ANSWER: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f191";

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn an_issue_is_a_case_of_its_resolution_time_and_of_its_response_time() {
        let response = issues::ResponseTime {
            standard_id: TO_ANSWER.to_owned(),
            due_time: at(5),
            stopped_time: at(7),
            on_time: issues::OnTime::Late.into(),
            breached: true,
            ..Default::default()
        };
        let digest = issues::IssueDigest {
            issue_id: ID.to_owned(),
            partnership_id: ID.to_owned(),
            standard_id: ID.to_owned(),
            due_time: at(9),
            on_time: issues::OnTime::Running.into(),
            response: Some(response),
            ..Default::default()
        };
        let news = issue(&digest, at(8).as_ref()).expect("news");
        let told: Vec<_> = news
            .cases
            .iter()
            .map(|case| {
                let seconds = [case.due_time, case.stop_time].map(|time| time.map(|time| time.timestamp()));
                (case.standard_id.to_string(), seconds, case.on_time, case.breached)
            })
            .collect();
        let resolution = (ID.to_owned(), [Some(9), None], None, false);
        assert_eq!(told, [resolution, (TO_ANSWER.to_owned(), [Some(5), Some(7)], Some(false), true)]);
    }
}
