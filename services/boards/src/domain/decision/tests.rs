//! Outcomes of votes, and the quorum at the moment of deciding.

use uuid::Uuid;

use super::super::constitution::Rules;
use super::super::meeting::InterestKind;
use super::super::meeting::tests::in_session_with_lower_items;
use super::super::member::tests::day;
use super::super::voting::tests::{attended, board, withdraw};
use super::*;

fn votes(for_count: u32, against_count: u32, abstain_count: u32) -> Method {
    Method::Votes(Votes { for_count, against_count, abstain_count })
}

fn motion(meeting: &Meeting, method: Method) -> Motion {
    Motion {
        agenda_item_id: meeting.items[0].id,
        class_code: String::new(),
        text: "Clear the wharf".to_owned(),
        proposer: None,
        seconder: None,
        method,
        casting_vote: None,
        recommend_without_quorum: false,
        ratifies: None,
        corrects: None,
        commitment_ids: Vec::new(),
    }
}

fn constitution(casting_vote: bool) -> Constitution {
    Constitution {
        id: ConstitutionId(Uuid::from_u128(7)),
        partnership_id: PartnershipId(Uuid::nil()),
        effective_from_date: day(2026, 1, 1),
        rules: Rules { casting_vote, ..Rules::default() },
        decision_id: None,
        create_time: DateTime::UNIX_EPOCH,
    }
}

/// Takes the motion on a board of 21 filled seats.
fn take(meeting: &Meeting, motion: Motion, casting_vote: bool) -> Result<Decision, Refusal> {
    take_after(&[], meeting, motion, casting_vote)
}

/// Takes the motion, which ratifies or corrects earlier decisions.
fn take_after(
    precedents: &[ReviewedDecision],
    meeting: &Meeting,
    motion: Motion,
    casting_vote: bool,
) -> Result<Decision, Refusal> {
    let moment = Moment {
        id: DecisionId(Uuid::from_u128(8)),
        reference: "BWS-D-2026-001".to_owned(),
        now: meeting.start_time,
        constitution: &constitution(casting_vote),
        board: &board(21),
        meeting,
        precedents,
    };
    Decision::take(moment, motion)
}

fn decided(id: u128, members: u128, method: Method) -> Decision {
    let meeting = attended(1..=members);
    let motion = Motion { recommend_without_quorum: true, ..motion(&meeting, method) };
    let decision = take(&meeting, motion, false).expect("the board decides");
    Decision { id: DecisionId(Uuid::from_u128(id)), reference: format!("BWS-D-2026-{id:03}"), ..decision }
}

/// A decision with this number that carried.
pub(crate) fn carried(id: u128) -> Decision {
    decided(id, 7, votes(7, 0, 0))
}

/// One that fell.
pub(crate) fn fallen(id: u128) -> Decision {
    decided(id, 7, votes(0, 7, 0))
}

/// One that was carried without a quorum.
pub(crate) fn recommended(id: u128) -> Decision {
    decided(id, 6, votes(6, 0, 0))
}

#[test]
fn more_for_than_against_carries_and_a_tie_falls_without_a_casting_vote() {
    let cases = [
        (votes(4, 3, 0), None, true),
        (votes(3, 4, 0), None, false),
        (votes(1, 0, 6), None, true),
        (votes(3, 3, 1), None, false),
        (votes(0, 0, 7), None, false),
        (votes(3, 3, 1), Some(CastingVote::For), true),
        (votes(3, 3, 1), Some(CastingVote::Against), false),
        (Method::Consensus, None, true),
    ];
    for (method, casting_vote, carries) in cases {
        assert_eq!(method.carries(casting_vote), carries, "{method:?} with {casting_vote:?}");
    }
}

#[test]
fn seven_of_twenty_one_decide() {
    let meeting = attended(1..=7);
    let decision = take(&meeting, motion(&meeting, votes(7, 0, 0)), false).expect("quorate");
    assert_eq!(decision.outcome, DecisionOutcome::Carried);
    assert_eq!(
        (decision.quorum.filled_seat_count, decision.quorum.needed_count, decision.quorum.present_count),
        (21, 7, 7)
    );
    assert_eq!(decision.class_code, "ordinary");
}

#[test]
fn without_a_quorum_a_vote_is_refused_or_recommended() {
    let mut meeting = attended(1..=7);
    withdraw(&mut meeting, 7, InterestKind::Prejudicial);
    let refusal = take(&meeting, motion(&meeting, votes(6, 0, 0)), false).expect_err("not quorate");
    assert_eq!(
        refusal.to_string(),
        "The decision was not recorded: 6 of the 7 voting members needed are present (1 withdrew for a conflict of interest)."
    );
    let asked = Motion { recommend_without_quorum: true, ..motion(&meeting, votes(6, 0, 0)) };
    let decision = take(&meeting, asked, false).expect("a recommendation");
    assert_eq!(decision.outcome, DecisionOutcome::Recommended);
    assert_eq!(decision.withdrawals.len(), 1);
    assert!(matches!(decision.require_carried(), Err(Refusal::DecisionNotCarried { .. })));
}

#[test]
fn nobody_votes_twice() {
    let meeting = attended(1..=7);
    let refusal = take(&meeting, motion(&meeting, votes(7, 1, 0)), false);
    assert_eq!(refusal, Err(Refusal::VotesExceedElectorate { votes: 8, voters: 7 }));
}

#[test]
fn a_casting_vote_needs_a_tie_the_constitution_and_the_presiding_member() {
    let cast = |meeting: &Meeting, method, allowed| {
        let motion = Motion { casting_vote: Some(CastingVote::For), ..motion(meeting, method) };
        take(meeting, motion, allowed).map(|decision| decision.outcome)
    };
    let meeting = attended(1..=8);
    assert_eq!(cast(&meeting, votes(4, 4, 0), true), Ok(DecisionOutcome::Carried));
    assert!(matches!(cast(&meeting, votes(4, 4, 0), false), Err(Refusal::CastingVoteForbidden { .. })));
    assert!(matches!(cast(&meeting, votes(4, 3, 0), true), Err(Refusal::CastingVoteForbidden { .. })));
    assert!(matches!(cast(&meeting, Method::Consensus, true), Err(Refusal::CastingVoteForbidden { .. })));
    let without_chair = attended(2..=9);
    assert!(matches!(cast(&without_chair, votes(4, 4, 0), true), Err(Refusal::CastingVoteForbidden { .. })));
}

#[test]
fn proposer_and_seconder_are_two_members_with_a_vote() {
    let meeting = attended(1..=7);
    let member = |number| Some(MemberId(Uuid::from_u128(number)));
    let named = |proposer, seconder| Motion { proposer, seconder, ..motion(&meeting, Method::Consensus) };
    assert!(take(&meeting, named(member(1), member(2)), false).is_ok());
    let absent = take(&meeting, named(member(1), member(20)), false);
    assert_eq!(absent, Err(Refusal::MemberMayNotVote { name: "Member 20".to_owned(), part: "second" }));
    assert!(matches!(take(&meeting, named(member(1), member(1)), false), Err(Refusal::Invalid(_))));
}

#[test]
fn an_unknown_class_is_answered_with_those_there_are() {
    let meeting = attended(1..=7);
    let motion = Motion { class_code: "spend".to_owned(), ..motion(&meeting, Method::Consensus) };
    let refusal = take(&meeting, motion, false);
    assert_eq!(
        refusal,
        Err(Refusal::DecisionClassUnknown { code: "spend".to_owned(), classes: vec!["ordinary".to_owned()] })
    );
}

#[test]
fn a_decision_is_about_the_commitments_that_it_names_else_those_of_its_item() {
    let ids =
        |numbers: &[u128]| numbers.iter().map(|number| CommitmentId(Uuid::from_u128(*number))).collect::<Vec<_>>();
    let mut meeting = attended(1..=7);
    meeting.items[0].written.commitment_ids = ids(&[1, 2]);
    let about = |commitment_ids: Vec<CommitmentId>| {
        let motion = Motion { commitment_ids, ..motion(&meeting, Method::Consensus) };
        take(&meeting, motion, false).expect("quorate").commitment_ids
    };
    assert_eq!(about(Vec::new()), ids(&[1, 2]));
    assert_eq!(about(ids(&[3])), ids(&[3]));
}

#[test]
fn a_decision_that_names_none_is_about_the_commitments_of_what_it_ratifies_or_corrects_too() {
    let ids =
        |numbers: &[u128]| numbers.iter().map(|number| CommitmentId(Uuid::from_u128(*number))).collect::<Vec<_>>();
    let mut meeting = attended(1..=7);
    meeting.items[0].written.commitment_ids = ids(&[1]);
    let about = |numbers: &[u128]| ReviewedDecision::fresh(Decision { commitment_ids: ids(numbers), ..carried(3) });
    let earlier = [about(&[1, 2]), about(&[2, 3])];
    let after = |commitment_ids: Vec<CommitmentId>| {
        let motion = Motion { commitment_ids, ..motion(&meeting, Method::Consensus) };
        take_after(&earlier, &meeting, motion, false).expect("quorate").commitment_ids
    };
    assert_eq!(after(Vec::new()), ids(&[1, 2, 3]), "each of them once");
    assert_eq!(after(ids(&[4])), ids(&[4]), "what it names is what it is about");
}

#[test]
fn a_decision_below_a_confidential_item_is_confidential() {
    let items = in_session_with_lower_items().items;
    let meeting = Meeting { items, ..attended(1..=7) };
    let confidential = |index: usize| {
        let motion = Motion { agenda_item_id: meeting.items[index].id, ..motion(&meeting, votes(7, 0, 0)) };
        take(&meeting, motion, false).expect("quorate").confidential
    };
    let number = |index: usize| meeting.items[index].written.number.to_string();
    let found: Vec<(String, bool)> =
        (0..meeting.items.len()).map(|index| (number(index), confidential(index))).collect();
    let expected = [
        ("1", false),
        ("2", false),
        ("3", true),
        ("1.1", false),
        ("1.2", true),
        ("3.1", true),
        ("3.1.1", true),
        ("3.2", true),
    ];
    assert_eq!(found, expected.map(|(number, confidential)| (number.to_owned(), confidential)));
}
