//! Issues on their way to councils.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;

use crate::domain::forwarding::{Forwarding, SendState};

pub(in crate::grpc) fn forwarding(forwarding: Forwarding) -> pb::Forwarding {
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
