//! Issues on their way to councils, and what councils are told of them.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;

use crate::app::forward::ForwardingView;
use crate::domain::forwarding::SendState;
use crate::domain::telling::{Telling, TellingKind, TellingState};

pub(in crate::grpc) fn forwarding(view: ForwardingView) -> pb::Forwarding {
    let ForwardingView { forwarding, tellings } = view;
    pb::Forwarding {
        forwarding_id: forwarding.id.to_string(),
        partnership_id: forwarding.partnership_id.to_string(),
        issue_id: forwarding.issue_id.to_string(),
        endpoint: forwarding.endpoint,
        state: state(forwarding.state).into(),
        attempt_count: forwarding.attempt_count,
        remote_id: forwarding.remote_id,
        note: forwarding.note,
        create_time: Some(timestamp(forwarding.create_time)),
        update_time: Some(timestamp(forwarding.update_time)),
        next_attempt_time: forwarding.next_attempt_time.map(timestamp),
        tellings: tellings.into_iter().map(telling).collect(),
    }
}

fn telling(telling: Telling) -> pb::CouncilTelling {
    pb::CouncilTelling {
        telling_id: telling.id.to_string(),
        kind: telling_kind(telling.kind).into(),
        state: telling_state(telling.state).into(),
        happened_time: Some(timestamp(telling.happened_time)),
        attempt_count: telling.attempt_count,
        note: telling.note,
        next_attempt_time: telling.next_attempt_time.map(timestamp),
    }
}

const fn state(state: SendState) -> pb::SendState {
    match state {
        SendState::Queued => pb::SendState::Queued,
        SendState::Sending => pb::SendState::Sending,
        SendState::Uncertain => pb::SendState::Uncertain,
        SendState::AwaitingId => pb::SendState::AwaitingId,
        SendState::Sent => pb::SendState::Sent,
        SendState::Refused => pb::SendState::Refused,
        SendState::NeedsPerson => pb::SendState::NeedsPerson,
    }
}

const fn telling_kind(kind: TellingKind) -> pb::CouncilTellingKind {
    match kind {
        TellingKind::Reopened => pb::CouncilTellingKind::Reopened,
        TellingKind::Returned => pb::CouncilTellingKind::Returned,
        TellingKind::Withdrawn => pb::CouncilTellingKind::Withdrawn,
        TellingKind::Duplicate => pb::CouncilTellingKind::Duplicate,
        TellingKind::NoAction => pb::CouncilTellingKind::NoAction,
        TellingKind::Upheld => pb::CouncilTellingKind::Upheld,
        TellingKind::Elsewhere => pb::CouncilTellingKind::Elsewhere,
    }
}

const fn telling_state(state: TellingState) -> pb::CouncilTellingState {
    match state {
        TellingState::Waiting => pb::CouncilTellingState::Waiting,
        TellingState::InDoubt => pb::CouncilTellingState::InDoubt,
        TellingState::Sent => pb::CouncilTellingState::Sent,
        TellingState::Refused => pb::CouncilTellingState::Refused,
    }
}
