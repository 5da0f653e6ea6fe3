//! The feeds of boards and commitments, as what they mean to issues.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::feed::Told;
use pathfinder_kit::peer::Peer;
use pathfinder_kit::policy::kept::OwnPolicies;
use pathfinder_kit::{Failure, Host, wire};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::boards_event_service_client::BoardsEventServiceClient;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::commitments_event_service_client::CommitmentsEventServiceClient;
use tonic::{Request, Status};

use super::peers::nation;
use crate::app::feeds::{ActionNews, News};
use crate::domain::known::KnownAction;
use crate::domain::known::{KnownPartnership, KnownProvider, ToldPartnership};

/// The kinds of boards that concern issues.
const BOARDS_KINDS: [&str; 4] = ["partnership.changed", "policies.changed", "action.raised", "action.changed"];
/// The kinds of commitments that concern issues.
const COMMITMENTS_KINDS: [&str; 1] = ["provider.changed"];

/// A running feed.
type Feed = BoxStream<'static, Result<Told<News>, Status>>;

/// Opens the feed of boards behind a cursor.
///
/// # Errors
///
/// What boards or identity answer.
pub(crate) async fn open_boards(host: &Host, after: String) -> Result<Feed, Status> {
    let carrier = host.peer(Peer::Boards).as_self().await?;
    let kinds = BOARDS_KINDS.map(str::to_owned).to_vec();
    let request = boards::WatchBoardsEventsRequest { after, kinds, partnership_id: String::new() };
    let events = BoardsEventServiceClient::new(carrier).watch_boards_events(Request::new(request)).await?.into_inner();
    let told = |event: boards::BoardsEvent| {
        let at = event.meta.as_ref().and_then(|meta| meta.event_time);
        Told::of(event.meta, of_boards(event.payload, at))
    };
    Ok(events.map(move |event| event.map(told)).boxed())
}

/// Opens the feed of commitments behind a cursor.
///
/// # Errors
///
/// What commitments or identity answer.
pub(crate) async fn open_commitments(host: &Host, after: String) -> Result<Feed, Status> {
    let carrier = host.peer(Peer::Commitments).as_self().await?;
    let kinds = COMMITMENTS_KINDS.map(str::to_owned).to_vec();
    let request = commitments::WatchCommitmentsEventsRequest { after, kinds, partnership_id: String::new() };
    let mut client = CommitmentsEventServiceClient::new(carrier);
    let events = client.watch_commitments_events(Request::new(request)).await?.into_inner();
    Ok(events.map(|event| event.map(|event| Told::of(event.meta, of_commitments(event.payload)))).boxed())
}

fn of_boards(
    payload: Option<boards::boards_event::Payload>,
    at: Option<prost_types::Timestamp>,
) -> Result<Option<News>, Failure> {
    use boards::boards_event::Payload;
    match payload {
        Some(Payload::PartnershipChanged(changed)) => partnership(changed).map(Some),
        Some(Payload::PoliciesChanged(changed)) => policies(changed, at).map(Some),
        Some(Payload::ActionRaised(raised)) => action_raised(raised).map(Some),
        Some(Payload::ActionChanged(changed)) => action_changed(changed).map(Some),
        _ => Ok(None),
    }
}

fn of_commitments(payload: Option<commitments::commitments_event::Payload>) -> Result<Option<News>, Failure> {
    use commitments::commitments_event::Payload;
    let Some(Payload::ProviderChanged(changed)) = payload else { return Ok(None) };
    Ok(Some(News::Provider(KnownProvider {
        id: wire::id("provider_id", &changed.provider_id)?,
        partnership_id: wire::id("partnership_id", &changed.partnership_id)?,
        active: changed.status() == commitments::ProviderStatus::Active,
        name: changed.name,
    })))
}

fn partnership(changed: boards::PartnershipChanged) -> Result<News, Failure> {
    let partnership = KnownPartnership {
        id: wire::id("partnership_id", &changed.partnership_id)?,
        nation: nation(changed.nation())?,
        archived: changed.status() == boards::PartnershipStatus::Archived,
        name: changed.name,
        slug: changed.slug,
        reference_prefix: changed.reference_prefix,
    };
    Ok(News::Partnership(ToldPartnership { partnership, boundary: changed.boundary }))
}

fn policies(changed: boards::PoliciesChanged, at: Option<prost_types::Timestamp>) -> Result<News, Failure> {
    let set_time = at.map(|at| wire::time("event_time", &at)).transpose()?;
    Ok(News::Policies(OwnPolicies {
        partnership_id: wire::id("partnership_id", &changed.partnership_id)?,
        text: changed.text,
        version: changed.version,
        set_time: set_time.unwrap_or_default(),
    }))
}

fn action_raised(raised: boards::ActionRaised) -> Result<News, Failure> {
    let status = word(raised.status());
    Ok(News::Action(ActionNews {
        action: KnownAction {
            action_id: wire::id("action_id", &raised.action_id)?,
            partnership_id: wire::id("partnership_id", &raised.partnership_id)?,
            reference: raised.reference,
            title: raised.title,
            status,
        },
        issue_ids: ids(&raised.issue_ids)?,
        feedback_note: None,
    }))
}

fn action_changed(changed: boards::ActionChanged) -> Result<News, Failure> {
    let complete = changed.status() == boards::ActionStatus::Complete;
    let status = word(changed.status());
    Ok(News::Action(ActionNews {
        action: KnownAction {
            action_id: wire::id("action_id", &changed.action_id)?,
            partnership_id: wire::id("partnership_id", &changed.partnership_id)?,
            reference: changed.reference,
            title: changed.title,
            status,
        },
        issue_ids: ids(&changed.issue_ids)?,
        feedback_note: Some(changed.feedback_note).filter(|note| complete && !note.is_empty()),
    }))
}

fn ids(texts: &[String]) -> Result<Vec<pathfinder_terms::IssueId>, Failure> {
    texts.iter().map(|text| Ok(wire::id("issue_ids", text)?)).collect()
}

fn word(status: boards::ActionStatus) -> String {
    status.as_str_name().trim_start_matches("ACTION_STATUS_").to_lowercase()
}
