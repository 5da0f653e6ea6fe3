//! The feeds of other services, as far as boards follows them, in the words of boards.

use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt as _};
use pathfinder_kit::peer::Peer;
use pathfinder_kit::{Failure, Host, wire};
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::commitments_event_service_client::CommitmentsEventServiceClient;
use pathfinder_proto::events::v1::EventMeta;
use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::issues::v1::issues_event_service_client::IssuesEventServiceClient;
use tonic::{Request, Status};

use super::convert::rag;
use crate::app::news::{BreachNews, CommitmentNews};
use crate::domain::action::LinkedCommitment;

/// News with the cursor behind which to go on; none where the event does not concern boards.
#[derive(Debug, Clone)]
pub(crate) struct Told<T> {
    pub(crate) cursor: String,
    pub(crate) news: Option<T>,
}

/// A feed, translated.
pub(crate) type Feed<T> = BoxStream<'static, Result<Told<T>, Status>>;

/// How commitments stand, behind a cursor of the feed of commitments.
pub(crate) async fn commitments(host: &Host, after: String) -> Result<Feed<CommitmentNews>, Status> {
    let carrier = host.peer(Peer::Commitments).as_self().await?;
    let kinds = vec!["commitment.changed".to_owned()];
    let request = commitments::WatchCommitmentsEventsRequest { after, kinds, partnership_id: String::new() };
    let events = CommitmentsEventServiceClient::new(carrier).watch_commitments_events(Request::new(request)).await?;
    Ok(events.into_inner().map(|event| Ok(told_of_commitment(&event?)?)).boxed())
}

/// Which issues missed their time, behind a cursor of the feed of issues.
pub(crate) async fn breaches(host: &Host, after: String) -> Result<Feed<BreachNews>, Status> {
    let carrier = host.peer(Peer::Issues).as_self().await?;
    let kinds = vec!["issue.breached".to_owned()];
    let request = issues::WatchIssuesEventsRequest { after, kinds, partnership_id: String::new() };
    let events = IssuesEventServiceClient::new(carrier).watch_issues_events(Request::new(request)).await?;
    Ok(events.into_inner().map(|event| Ok(told_of_breach(event?)?)).boxed())
}

fn told_of_commitment(event: &commitments::CommitmentsEvent) -> Result<Told<CommitmentNews>, Failure> {
    use commitments::commitments_event::Payload;
    let news = match &event.payload {
        Some(Payload::CommitmentChanged(changed)) => Some(commitment_news(changed)?),
        Some(Payload::ProviderChanged(_) | Payload::StandardChanged(_) | Payload::ProgressReportChanged(_)) | None => {
            None
        }
    };
    Ok(Told { cursor: cursor(event.meta.as_ref()), news })
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

fn told_of_breach(event: issues::IssuesEvent) -> Result<Told<BreachNews>, Failure> {
    let time = event.meta.as_ref().and_then(|meta| meta.event_time.as_ref());
    let time = time.map(|time| wire::time("event_time", time)).transpose()?.unwrap_or_default();
    let breached = match event.payload {
        Some(issues::issues_event::Payload::IssueBreached(breached)) => breached.issue,
        _ => None,
    };
    let news = breached.map(|issue| breach_news(&issue, time)).transpose()?;
    Ok(Told { cursor: cursor(event.meta.as_ref()), news })
}

fn breach_news(issue: &issues::IssueDigest, breach_time: DateTime<Utc>) -> Result<BreachNews, Failure> {
    Ok(BreachNews {
        partnership_id: wire::id("partnership_id", &issue.partnership_id)?,
        issue_id: wire::id("issue_id", &issue.issue_id)?,
        issue_reference: issue.reference.clone(),
        provider_id: wire::optional_id("provider_id", &issue.provider_id)?,
        standard_id: wire::optional_id("standard_id", &issue.standard_id)?,
        due_time: issue.due_time.as_ref().map(|time| wire::time("due_time", time)).transpose()?,
        breach_time,
    })
}

fn cursor(meta: Option<&EventMeta>) -> String {
    meta.map(|meta| meta.cursor.clone()).unwrap_or_default()
}
