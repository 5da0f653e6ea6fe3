//! The two families of an issue's states, for whoever tells them apart.

use pathfinder_proto::issues::v1::IssueState;

/// Whether an issue in this state goes on. None for a state that this gateway does not know, such as one of a later version: what to take
/// it for is for the caller to say.
pub(crate) const fn is_open(state: IssueState) -> Option<bool> {
    match state {
        IssueState::Unspecified => None,
        IssueState::Resolved
        | IssueState::Closed
        | IssueState::Duplicate
        | IssueState::NoAction
        | IssueState::Withdrawn => Some(false),
        IssueState::Reported
        | IssueState::AwaitingModeration
        | IssueState::Triaged
        | IssueState::Routed
        | IssueState::Accepted
        | IssueState::InProgress
        | IssueState::OnHold
        | IssueState::NotResponsible
        | IssueState::Reopened => Some(true),
    }
}
