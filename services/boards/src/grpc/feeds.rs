//! The feeds of other services, as far as boards follows them, in the words of boards.

use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt as _};
use pathfinder_kit::feed::Told;
use pathfinder_kit::peer::Peer;
use pathfinder_kit::{Failure, Host, wire};
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::commitments_event_service_client::CommitmentsEventServiceClient;
use pathfinder_proto::events::v1::EventMeta;
use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::issues::v1::issues_event_service_client::IssuesEventServiceClient;
use prost_types::Timestamp;
use tonic::{Request, Status};

use super::convert::rag;
use crate::app::news::{BreachNews, ClusterNews, CommitmentNews, IssueNews};
use crate::domain::action::LinkedCommitment;

/// A feed, translated.
pub(crate) type Feed<T> = BoxStream<'static, Result<Told<T>, Status>>;

/// How commitments stand, behind a cursor of the feed of commitments.
pub(crate) async fn commitments(host: &Host, after: String) -> Result<Feed<CommitmentNews>, Status> {
    let carrier = host.peer(Peer::Commitments).as_self().await?;
    let kinds = vec!["commitment.changed".to_owned()];
    let request = commitments::WatchCommitmentsEventsRequest { after, kinds, partnership_id: String::new() };
    let events = CommitmentsEventServiceClient::new(carrier).watch_commitments_events(Request::new(request)).await?;
    Ok(events.into_inner().map(|event| event.map(told_of_commitment)).boxed())
}

/// Which issues missed their time, which did not after all, and where many are alike, behind a cursor of the feed of issues.
pub(crate) async fn issues(host: &Host, after: String) -> Result<Feed<IssueNews>, Status> {
    let carrier = host.peer(Peer::Issues).as_self().await?;
    let kinds = Vec::from(["issue.breached", "issue.clock_changed", "cluster.found"].map(str::to_owned));
    let request = issues::WatchIssuesEventsRequest { after, kinds, partnership_id: String::new() };
    let events = IssuesEventServiceClient::new(carrier).watch_issues_events(Request::new(request)).await?;
    Ok(events.into_inner().map(|event| event.map(told_of_issue)).boxed())
}

fn told_of_commitment(event: commitments::CommitmentsEvent) -> Told<CommitmentNews> {
    use commitments::commitments_event::Payload;
    let news = match &event.payload {
        Some(Payload::CommitmentChanged(changed)) => commitment_news(changed).map(Some),
        Some(Payload::ProviderChanged(_) | Payload::StandardChanged(_) | Payload::ProgressReportChanged(_)) | None => {
            Ok(None)
        }
    };
    Told::of(event.meta, news)
}

fn commitment_news(changed: &commitments::CommitmentChanged) -> Result<CommitmentNews, Failure> {
    let commitment = LinkedCommitment {
        commitment_id: wire::id("commitment_id", &changed.commitment_id)?,
        provider_id: wire::id("provider_id", &changed.provider_id)?,
        status: changed.status().as_str_name().trim_start_matches("COMMITMENT_STATUS_").to_lowercase(),
        rag: rag(changed.computed_rag()),
    };
    let partnership_id = wire::id("partnership_id", &changed.partnership_id)?;
    Ok(CommitmentNews { partnership_id, action_id: wire::optional_id("action_id", &changed.action_id)?, commitment })
}

fn told_of_issue(event: issues::IssuesEvent) -> Told<IssueNews> {
    use issues::issues_event::Payload;
    let breaches = |issue: &issues::IssueDigest| breaches_news(issue, breach_time(event.meta.as_ref())?);
    let news = match &event.payload {
        Some(Payload::IssueBreached(breached)) => breached.issue.as_ref().filter(is_known).map(breaches),
        Some(Payload::IssueClockChanged(changed)) => changed.issue.as_ref().filter(is_known).map(breaches),
        Some(
            Payload::CategoryChanged(_)
            | Payload::IssueReported(_)
            | Payload::IssueStateChanged(_)
            | Payload::IssueConfirmed(_)
            | Payload::IssueDueSoon(_)
            | Payload::ResponseEntryPublished(_)
            | Payload::ResponseEntryChanged(_),
        )
        | None => None,
        Some(Payload::ClusterFound(found)) => found.cluster.as_ref().map(cluster_news),
    };
    Told::of(event.meta, news.transpose())
}

fn cluster_news(cluster: &issues::IssueCluster) -> Result<IssueNews, Failure> {
    // Events of before both were always sent leave out what is 0.
    let center = cluster.center.unwrap_or_default();
    let time = |field, time: Option<&Timestamp>| time.map(|time| wire::time(field, time)).transpose();
    let issue_ids = cluster.issue_ids.iter().map(|id| wire::id("issue_ids", id));
    Ok(IssueNews::Clustered(ClusterNews {
        partnership_id: wire::id("partnership_id", &cluster.partnership_id)?,
        cluster_id: wire::id("cluster_id", &cluster.cluster_id)?,
        category_code: cluster.category_code.clone(),
        category_name: cluster.category_name.clone(),
        latitude: center.latitude(),
        longitude: center.longitude(),
        first_report_time: time("first_report_time", cluster.first_report_time.as_ref())?.unwrap_or_default(),
        last_report_time: time("last_report_time", cluster.last_report_time.as_ref())?.unwrap_or_default(),
        find_time: time("find_time", cluster.find_time.as_ref())?.unwrap_or_default(),
        issue_ids: issue_ids.collect::<Result<_, _>>()?,
    }))
}

/// Whether it is told what was missed. Where the standard was not known when it was told, it was not told what the issue had missed before, and
/// that is no news: a notice of it is neither given nor taken back.
fn is_known(issue: &&issues::IssueDigest) -> bool {
    !issue.breached || issue.due_time.is_some()
}

/// Both kinds of events tell of all breaches that stand, so that either puts right what the other left.
fn breaches_news(issue: &issues::IssueDigest, breach_time: DateTime<Utc>) -> Result<IssueNews, Failure> {
    let partnership_id = wire::id("partnership_id", &issue.partnership_id)?;
    let issue_id = wire::id("issue_id", &issue.issue_id)?;
    let breach = |provider_id: &str, standard_id: &str, due_time: Option<&Timestamp>| {
        Ok::<_, Failure>(BreachNews {
            partnership_id,
            issue_id,
            issue_reference: issue.reference.clone(),
            provider_id: wire::optional_id("provider_id", provider_id)?,
            standard_id: wire::optional_id("standard_id", standard_id)?,
            due_time: due_time.map(|time| wire::time("due_time", time)).transpose()?,
            breach_time,
        })
    };
    let mut breaches = Vec::new();
    for former in issue.former_breaches.iter().filter(|former| has_passed(former)) {
        breaches.push(breach(&former.provider_id, &former.standard_id, former.due_time.as_ref())?);
    }
    if issue.breached {
        // Events from before it was told who missed it name who has it.
        let named = [&issue.breach_provider_id, &issue.provider_id].into_iter().find(|id| !id.is_empty());
        let provider_id = named.map(String::as_str).unwrap_or_default();
        breaches.push(breach(provider_id, &issue.standard_id, issue.due_time.as_ref())?);
    }
    if let Some(response) = issue.response.as_ref().filter(|response| response.breached) {
        breaches.push(breach(&response.breach_provider_id, &response.standard_id, response.due_time.as_ref())?);
    }
    Ok(IssueNews::Breached { partnership_id, issue_id, breaches })
}

/// Whether its due time passed while the provider had the issue. What was late by a dispute alone was moved on before.
fn has_passed(former: &issues::FormerBreach) -> bool {
    let moment = |time: Timestamp| (time.seconds, time.nanos);
    former.due_time.map(moment) <= former.leave_time.map(moment)
}

fn breach_time(meta: Option<&EventMeta>) -> Result<DateTime<Utc>, Failure> {
    let time = meta.and_then(|meta| meta.event_time.as_ref()).map(|time| wire::time("event_time", time)).transpose()?;
    Ok(time.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::StandardId;

    use super::*;

    const ID: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f190";

    fn digest(issue_id: &str, breached: bool) -> Option<issues::IssueDigest> {
        let (issue_id, partnership_id) = (issue_id.to_owned(), ID.to_owned());
        let due_time = breached.then(Timestamp::default);
        Some(issues::IssueDigest { issue_id, partnership_id, breached, due_time, ..Default::default() })
    }

    fn told_of(payload: issues::issues_event::Payload) -> Told<IssueNews> {
        let meta = EventMeta { cursor: "7".to_owned(), ..Default::default() };
        told_of_issue(issues::IssuesEvent { meta: Some(meta), payload: Some(payload) })
    }

    #[test]
    fn a_breach_is_news_and_so_is_a_clock_that_is_in_time() {
        use issues::issues_event::Payload;
        let clock = |issue| {
            let changed = issues::IssueClockChanged { issue, ..Default::default() };
            missed(told_of(Payload::IssueClockChanged(changed)))
        };
        let none: Option<StandardId> = None;
        let breach = told_of(Payload::IssueBreached(issues::IssueBreached { issue: digest(ID, true) }));
        assert_eq!(missed(breach), [none]);
        assert_eq!(clock(digest(ID, true)), [none], "whichever is told first");
        assert!(clock(digest(ID, false)).is_empty());
        let standard_id: StandardId = ID.parse().unwrap();
        let former =
            issues::FormerBreach { standard_id: ID.to_owned(), provider_id: ID.to_owned(), ..Default::default() };
        let moved = digest(ID, false).map(|issue| issues::IssueDigest { former_breaches: vec![former], ..issue });
        assert_eq!(clock(moved), [Some(standard_id)], "what was missed before it was moved stays missed");
    }

    #[test]
    fn what_was_late_by_a_dispute_alone_when_it_was_moved_was_not_missed() {
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let left = |due, leave| issues::FormerBreach { due_time: at(due), leave_time: at(leave), ..Default::default() };
        assert!(has_passed(&left(5, 9)) && has_passed(&left(5, 5)) && !has_passed(&left(9, 5)));
    }

    #[test]
    fn what_was_told_while_the_standard_was_not_known_is_no_news() {
        use issues::issues_event::Payload;
        let told = |issue| {
            let changed = issues::IssueClockChanged { issue, ..Default::default() };
            told_of(Payload::IssueClockChanged(changed)).news
        };
        let without_due_time = digest(ID, true).map(|issue| issues::IssueDigest { due_time: None, ..issue });
        assert!(told(without_due_time).is_none(), "neither a notice nor the end of one");
        assert!(told(digest(ID, true)).is_some() && told(digest(ID, false)).is_some());
    }

    #[test]
    fn a_breach_is_of_whoever_had_the_issue_then() {
        use issues::issues_event::Payload;
        const OTHER: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f191";
        for (missed_by, expected) in [(ID, ID), ("", OTHER)] {
            let (provider_id, breach_provider_id) = (OTHER.to_owned(), missed_by.to_owned());
            let issue = digest(ID, true).map(|issue| issues::IssueDigest { provider_id, breach_provider_id, ..issue });
            let told = told_of(Payload::IssueBreached(issues::IssueBreached { issue }));
            let Some(IssueNews::Breached { breaches, .. }) = told.news else { panic!("no breach") };
            assert_eq!(breaches[0].provider_id.map(|id| id.to_string()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn an_answer_that_was_late_is_news_beside_a_fix_that_was() {
        use issues::issues_event::Payload;
        let to_answer: StandardId = ID.parse().unwrap();
        let response = |breached| {
            let (standard_id, breach_provider_id) = (ID.to_owned(), ID.to_owned());
            Some(issues::ResponseTime { standard_id, breach_provider_id, breached, ..Default::default() })
        };
        for (late_fix, late_answer, expected) in [
            (false, true, vec![Some(to_answer)]),
            (true, true, vec![None, Some(to_answer)]),
            (true, false, vec![None]),
            (false, false, vec![]),
        ] {
            let response = response(late_answer);
            let issue = digest(ID, late_fix).map(|issue| issues::IssueDigest { response, ..issue });
            let told = told_of(Payload::IssueBreached(issues::IssueBreached { issue }));
            assert_eq!(missed(told), expected);
        }
    }

    /// Under which standards the issue missed its time.
    fn missed(told: Told<IssueNews>) -> Vec<Option<StandardId>> {
        match told.news {
            Some(IssueNews::Breached { issue_id, breaches, .. }) if issue_id.to_string() == ID => {
                breaches.iter().map(|breach| breach.standard_id).collect()
            }
            other => panic!("not of that issue: {other:?}"),
        }
    }

    #[test]
    fn an_event_that_cannot_be_read_is_passed_over_with_its_cursor() {
        use issues::issues_event::Payload;
        let told = told_of(Payload::IssueBreached(issues::IssueBreached { issue: digest("no id", true) }));
        assert_eq!((told.cursor.as_str(), told.news.is_none()), ("7", true));
        let changed = commitments::CommitmentChanged { commitment_id: "no id".to_owned(), ..Default::default() };
        let told = told_of_commitment(commitments::CommitmentsEvent {
            meta: Some(EventMeta { cursor: "8".to_owned(), ..Default::default() }),
            payload: Some(commitments::commitments_event::Payload::CommitmentChanged(changed)),
        });
        assert_eq!((told.cursor.as_str(), told.news.is_none()), ("8", true));
    }
}
