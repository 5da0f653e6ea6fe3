//! Issues on their way to councils, and what councils are told of them.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;

use crate::app::forward::ForwardingView;
use crate::domain::forwarding::SendState;
use crate::domain::forwarding_update::{ForwardingUpdate, ForwardingUpdateKind, ForwardingUpdateState};

pub(in crate::grpc) fn forwarding(view: ForwardingView) -> pb::Forwarding {
    let ForwardingView { forwarding, updates } = view;
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
        updates: updates.into_iter().map(update).collect(),
    }
}

fn update(update: ForwardingUpdate) -> pb::ForwardingUpdate {
    pb::ForwardingUpdate {
        update_id: update.id.to_string(),
        kind: update_kind(update.kind).into(),
        state: update_state(update.state).into(),
        happened_time: Some(timestamp(update.happened_time)),
        attempt_count: update.attempt_count,
        note: update.note,
        next_attempt_time: update.next_attempt_time.map(timestamp),
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

const fn update_kind(kind: ForwardingUpdateKind) -> pb::ForwardingUpdateKind {
    match kind {
        ForwardingUpdateKind::Reopened => pb::ForwardingUpdateKind::Reopened,
        ForwardingUpdateKind::Returned => pb::ForwardingUpdateKind::Returned,
        ForwardingUpdateKind::Withdrawn => pb::ForwardingUpdateKind::Withdrawn,
        ForwardingUpdateKind::Duplicate => pb::ForwardingUpdateKind::Duplicate,
        ForwardingUpdateKind::NoAction => pb::ForwardingUpdateKind::NoAction,
        ForwardingUpdateKind::Upheld => pb::ForwardingUpdateKind::Upheld,
        ForwardingUpdateKind::Elsewhere => pb::ForwardingUpdateKind::Elsewhere,
    }
}

const fn update_state(state: ForwardingUpdateState) -> pb::ForwardingUpdateState {
    match state {
        ForwardingUpdateState::Waiting => pb::ForwardingUpdateState::Waiting,
        ForwardingUpdateState::InDoubt => pb::ForwardingUpdateState::InDoubt,
        ForwardingUpdateState::Sent => pb::ForwardingUpdateState::Sent,
        ForwardingUpdateState::Refused => pb::ForwardingUpdateState::Refused,
    }
}
