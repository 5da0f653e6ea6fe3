//! What is told of which move, and how an update goes on, whatever is heard.

use pathfinder_terms::ForwardingId;
use uuid::Uuid;

use super::*;
use crate::domain::fixture::{self, start as now};
use crate::domain::forwarding::SendState;
use crate::domain::issue::Report;

const COUNCIL: ProviderId = ProviderId(Uuid::from_u128(1));
const OTHER: ProviderId = ProviderId(Uuid::from_u128(2));

fn issue(state: IssueState, provider_id: Option<ProviderId>) -> Issue {
    let report = Report {
        id: IssueId(Uuid::from_u128(3)),
        partnership_id: PartnershipId(Uuid::from_u128(4)),
        ..fixture::report()
    };
    Issue { state, provider_id, ..Issue::received(report, now()) }
}

fn forwarding() -> Forwarding {
    Forwarding {
        id: ForwardingId(Uuid::from_u128(5)),
        partnership_id: PartnershipId(Uuid::from_u128(4)),
        issue_id: IssueId(Uuid::from_u128(3)),
        endpoint: "council".to_owned(),
        form: String::new(),
        state: SendState::Sent,
        is_in_doubt: false,
        attempt_count: 1,
        failure_count: 0,
        search_count: 0,
        begin_time: Some(now()),
        next_attempt_time: None,
        remote_id: "7".to_owned(),
        token: String::new(),
        note: String::new(),
        create_time: now(),
        update_time: now(),
    }
}

fn after(last: Option<&ForwardingUpdate>, kind: ForwardingUpdateKind) -> Option<ForwardingUpdate> {
    ForwardingUpdate::after(last, ForwardingUpdateId(Uuid::from_u128(6)), kind, &forwarding(), now())
}

fn lost() -> Heard {
    Heard::Nothing("the connection broke".to_owned())
}

#[test]
fn a_council_is_told_what_it_cannot_know() {
    use ForwardingUpdateKind as K;
    use IssueState as S;
    let (council, other) = (Some(COUNCIL), Some(OTHER));
    let moves = [
        // It is open again.
        ((S::Resolved, council), (S::Routed, council), Some(K::Reopened)),
        ((S::Closed, council), (S::Routed, council), Some(K::Reopened)),
        ((S::NoAction, council), (S::Routed, council), Some(K::Reopened)),
        ((S::Duplicate, council), (S::Routed, council), Some(K::Reopened)),
        ((S::Closed, council), (S::AwaitingModeration, council), Some(K::Reopened)),
        ((S::Closed, council), (S::Reopened, None), None),
        ((S::Reopened, None), (S::Routed, council), Some(K::Returned)),
        // It is not needed any more.
        ((S::InProgress, council), (S::Withdrawn, council), Some(K::Withdrawn)),
        ((S::NotResponsible, None), (S::Withdrawn, None), Some(K::Withdrawn)),
        ((S::OnHold, council), (S::Duplicate, council), Some(K::Duplicate)),
        ((S::Accepted, council), (S::NoAction, council), Some(K::NoAction)),
        ((S::Routed, council), (S::Closed, council), Some(K::Upheld)),
        // It is with somebody else, and what becomes of it there is not told.
        ((S::Routed, council), (S::Routed, other), Some(K::Elsewhere)),
        ((S::NotResponsible, None), (S::Routed, other), Some(K::Elsewhere)),
        ((S::Routed, other), (S::Accepted, other), None),
        ((S::Routed, other), (S::Withdrawn, other), None),
        ((S::Resolved, other), (S::Routed, other), None),
        ((S::Accepted, other), (S::NotResponsible, None), None),
        ((S::Accepted, other), (S::Routed, council), Some(K::Returned)),
        // What the council does, and what follows from it.
        ((S::Routed, council), (S::Accepted, council), None),
        ((S::Accepted, council), (S::InProgress, council), None),
        ((S::InProgress, council), (S::Resolved, council), None),
        ((S::Resolved, council), (S::Closed, council), None),
        ((S::Accepted, council), (S::NotResponsible, None), None),
        ((S::AwaitingModeration, council), (S::Routed, council), None),
    ];
    for (was, is, expected) in moves {
        let told = update_of(&issue(was.0, was.1), &issue(is.0, is.1), COUNCIL);
        assert_eq!(told, expected, "from {was:?} to {is:?}");
    }
}

#[test]
fn nothing_is_told_of_what_stays_where_it_is() {
    for state in IssueState::ALL {
        for provider_id in [None, Some(COUNCIL), Some(OTHER)] {
            let same = issue(*state, provider_id);
            assert_eq!(update_of(&same, &same, COUNCIL), None, "{state} with {provider_id:?}");
        }
    }
}

#[test]
fn what_is_told_is_said_in_words_of_ours_each_time_the_same() {
    for kind in ForwardingUpdateKind::ALL {
        assert!(ForwardingUpdateKind::is_one_said(&format!("{} ", kind.said())), "{kind}");
        let statuses = [kind.status(false).word(), kind.status(true).word()];
        let expected = if kind.is_of_open() { ["open", "reopen"] } else { ["closed", "closed"] };
        assert_eq!(
            statuses, expected,
            "{kind}: servers say OPEN with every comment, and another Pathfinder moves nothing for it"
        );
    }
    assert!(
        !ForwardingUpdateKind::is_one_said("") && !ForwardingUpdateKind::is_one_said("This is with you again. Is it?")
    );
}

#[test]
fn updates_are_numbered_and_do_not_close_twice_for_one_reason() {
    let first = after(None, ForwardingUpdateKind::Elsewhere).unwrap();
    assert_eq!((first.number, first.happened_time, first.state), (1, now(), ForwardingUpdateState::Waiting));
    assert_eq!(first.next_attempt_time, Some(now() + PAUSE), "not in the future there");
    assert_eq!(after(Some(&first), ForwardingUpdateKind::Elsewhere), None);
    let refused = ForwardingUpdate { state: ForwardingUpdateState::Refused, ..first.clone() };
    assert_eq!(
        after(Some(&refused), ForwardingUpdateKind::Elsewhere).map(|next| next.number),
        Some(2),
        "it was not taken"
    );
    let later = ForwardingUpdate {
        happened_time: now() + TimeDelta::seconds(1),
        kind: ForwardingUpdateKind::Reopened,
        ..first
    };
    let next = after(Some(&later), ForwardingUpdateKind::Reopened).unwrap();
    assert_eq!((next.number, next.happened_time), (2, later.happened_time), "it may be closed there in between");
}

#[test]
fn an_update_is_sent_until_it_was_taken_or_refused() {
    let mut one = after(None, ForwardingUpdateKind::Reopened).unwrap();
    one.begin(now());
    assert_eq!(
        (one.state, one.next_attempt_time),
        (ForwardingUpdateState::InDoubt, Some(now() + LEASE)),
        "it may be cut off"
    );
    one.hear(Heard::Later("no connection".to_owned()), now());
    assert_eq!(
        (one.state, one.next_attempt_time),
        (ForwardingUpdateState::Waiting, Some(now() + TimeDelta::seconds(2)))
    );
    one.begin(now());
    one.hear(lost(), now());
    assert_eq!(
        (one.state, one.next_attempt_time),
        (ForwardingUpdateState::InDoubt, Some(now() + TimeDelta::seconds(4)))
    );
    let mut refused = one.clone();
    one.begin(now());
    one.hear(Heard::Taken(String::new()), now());
    assert_eq!((one.state, one.attempt_count, one.next_attempt_time), (ForwardingUpdateState::Sent, 3, None));
    refused.hear(Heard::Refused("no such request".to_owned()), now());
    assert_eq!((refused.is_refused(), refused.note.as_str()), (true, "no such request"));
    refused.retry(now());
    assert_eq!((refused.state, refused.next_attempt_time), (ForwardingUpdateState::Waiting, Some(now())));
}

#[test]
fn a_council_that_never_answers_is_given_up() {
    let mut one = after(None, ForwardingUpdateKind::Withdrawn).unwrap();
    let mut time = now();
    while let Some(turn) = one.next_attempt_time {
        time = turn;
        one.begin(time);
        one.hear(lost(), time);
    }
    assert_eq!(
        (one.state, one.attempt_count, one.note.as_str()),
        (ForwardingUpdateState::Refused, 60, "the connection broke")
    );
    assert!(
        (TimeDelta::days(2)..TimeDelta::days(3)).contains(&(time - now())),
        "after {} hours",
        (time - now()).num_hours()
    );
}
