//! Who may vote on an item at a moment: one vote for each voting seat of the electorate whose member is in the room, or, where
//! that member is absent, whose substitute is; less those withdrawn for an interest in the item.

use chrono::NaiveDate;
use pathfinder_terms::{AgendaItemId, MemberId};
use serde::{Deserialize, Serialize};

use super::constitution::{ConflictRule, DecisionClass, Rules};
use super::meeting::{Interest, Meeting};
use super::member::{Member, Seat, SeatCategory};
use super::quorum::{HeadCount, Quorum};

/// The seats of a board and everyone who ever sat in them.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// The seats.
    pub seats: Vec<Seat>,
    /// Members and former members.
    pub members: Vec<Member>,
}

impl Board {
    /// The member with this id who serves on the day.
    #[must_use]
    pub fn serving(&self, id: MemberId, on: NaiveDate) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id && member.serves_on(on))
    }

    /// The member who sits in a seat in their own right on the day.
    #[must_use]
    pub fn holder(&self, seat: &Seat, on: NaiveDate) -> Option<&Member> {
        self.members.iter().find(|member| member.seat_id == seat.id && member.is_principal() && member.serves_on(on))
    }

    /// The member in the room who uses the seat's vote: its holder, else a substitute of the holder.
    fn voter<'a>(&'a self, holder: &'a Member, meeting: &Meeting, on: NaiveDate) -> Option<&'a Member> {
        if meeting.has_present(holder.id) {
            return Some(holder);
        }
        let stands_in = |member: &&Member| member.substitute_for == Some(holder.id) && member.serves_on(on);
        self.members.iter().filter(stands_in).find(|member| meeting.has_present(member.id))
    }
}

/// A member who took no part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The member.
    pub member_id: MemberId,
    /// The member's name.
    pub name: String,
    /// The interest.
    pub nature: String,
}

/// Who may vote on an item at a moment, and whether they are enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VotingBody {
    /// Members who may vote.
    pub voters: Vec<MemberId>,
    /// Members with a vote who withdrew.
    pub withdrawals: Vec<Withdrawal>,
    /// The quorum.
    pub quorum: Quorum,
}

impl VotingBody {
    /// The voting body for an item of a meeting, on a day, under a constitution, for a class of decision.
    #[must_use]
    pub fn of(
        board: &Board,
        meeting: &Meeting,
        item: AgendaItemId,
        rules: &Rules,
        class: &DecisionClass,
        on: NaiveDate,
    ) -> Self {
        let (mut voters, mut withdrawals) = (Vec::new(), Vec::new());
        let (mut filled_seats, mut residents) = (0, 0);
        for seat in board.seats.iter().filter(|seat| seat.voting && class.includes(seat.category)) {
            let Some(holder) = board.holder(seat, on) else { continue };
            filled_seats += 1;
            let Some(voter) = board.voter(holder, meeting, on) else { continue };
            if let Some(interest) = disqualifying(meeting, voter.id, item, rules.conflict_rule) {
                withdrawals.push(Withdrawal {
                    member_id: voter.id,
                    name: voter.name.clone(),
                    nature: interest.nature.clone(),
                });
                continue;
            }
            voters.push(voter.id);
            residents += u32::from(seat.category == SeatCategory::Resident);
        }
        let count = HeadCount { filled_seats, present: counted(&voters), residents, withdrawn: counted(&withdrawals) };
        Self { quorum: Quorum::reckon(rules.quorum, count), voters, withdrawals }
    }

    /// How many may vote.
    #[must_use]
    pub fn voter_count(&self) -> u32 {
        counted(&self.voters)
    }
}

fn counted<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

fn disqualifying(meeting: &Meeting, member: MemberId, item: AgendaItemId, rule: ConflictRule) -> Option<&Interest> {
    meeting.interests.iter().find(|interest| {
        let here = (interest.member_id, interest.agenda_item_id) == (member, item);
        here && match rule {
            ConflictRule::PrejudicialWithdraws => interest.withdrawn,
            ConflictRule::AnyInterestWithdraws => true,
        }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use pathfinder_terms::{PartnershipId, SeatId};
    use uuid::Uuid;

    use super::super::meeting::tests::in_session;
    use super::super::meeting::{AttendanceStatus, Attendee, InterestKind};
    use super::super::member::tests::{day, member};
    use super::*;

    /// A board with so many filled voting seats, the first five of them residents'.
    pub(in crate::domain) fn board(seats: u128) -> Board {
        let seat = |number| Seat {
            id: SeatId(Uuid::from_u128(number)),
            partnership_id: PartnershipId(Uuid::nil()),
            category: if number <= 5 { SeatCategory::Resident } else { SeatCategory::Voluntary },
            name: format!("Seat {number}"),
            voting: true,
            create_time: DateTime::UNIX_EPOCH,
        };
        Board { seats: (1..=seats).map(seat).collect(), members: (1..=seats).map(member).collect() }
    }

    /// The meeting with these members in the room.
    pub(in crate::domain) fn attended(members: impl IntoIterator<Item = u128>) -> Meeting {
        let mut meeting = in_session();
        for number in members {
            let attendee =
                Attendee { member_id: Some(MemberId(Uuid::from_u128(number))), name: format!("Member {number}") };
            let now = meeting.start_time;
            meeting.attend(attendee, AttendanceStatus::Present, now, now).expect("in session");
        }
        meeting
    }

    pub(in crate::domain) fn withdraw(meeting: &mut Meeting, number: u128, kind: InterestKind) {
        let interest = Interest {
            member_id: MemberId(Uuid::from_u128(number)),
            name: format!("Member {number}"),
            agenda_item_id: meeting.items[0].id,
            kind,
            nature: "Owns the land".to_owned(),
            withdrawn: false,
            declare_time: meeting.start_time,
        };
        meeting.declare_interest(interest).expect("in session");
    }

    fn body(board: &Board, meeting: &Meeting) -> VotingBody {
        let rules = Rules::default();
        VotingBody::of(board, meeting, meeting.items[0].id, &rules, &rules.decision_classes[0], day(2026, 11, 11))
    }

    #[test]
    fn of_21_filled_seats_7_present_are_quorate_and_one_withdrawal_ends_it() {
        let mut meeting = attended(1..=7);
        let before = body(&board(21), &meeting);
        assert_eq!((before.quorum.needed_count, before.quorum.present_count), (7, 7));
        assert!(before.quorum.is_met());

        withdraw(&mut meeting, 7, InterestKind::Prejudicial);
        let after = body(&board(21), &meeting);
        assert_eq!((after.quorum.needed_count, after.quorum.present_count, after.quorum.withdrawn_count), (7, 6, 1));
        assert!(!after.quorum.is_met());
    }

    #[test]
    fn a_withdrawal_counts_for_its_item_only_and_a_personal_interest_not_at_all() {
        let mut meeting = attended(1..=7);
        withdraw(&mut meeting, 6, InterestKind::Personal);
        assert_eq!(body(&board(21), &meeting).voter_count(), 7);
        withdraw(&mut meeting, 7, InterestKind::Prejudicial);
        let rules = Rules::default();
        let other = VotingBody::of(
            &board(21),
            &meeting,
            meeting.items[1].id,
            &rules,
            &rules.decision_classes[0],
            day(2026, 11, 11),
        );
        assert_eq!(other.voter_count(), 7);
    }

    #[test]
    fn a_stricter_constitution_withdraws_on_any_interest() {
        let mut meeting = attended(1..=7);
        withdraw(&mut meeting, 6, InterestKind::Personal);
        let rules = Rules { conflict_rule: ConflictRule::AnyInterestWithdraws, ..Rules::default() };
        let body = VotingBody::of(
            &board(21),
            &meeting,
            meeting.items[0].id,
            &rules,
            &rules.decision_classes[0],
            day(2026, 11, 11),
        );
        assert_eq!(body.voter_count(), 6);
    }

    #[test]
    fn a_substitute_votes_only_when_the_principal_is_absent() {
        let mut board = board(21);
        let substitute = Member { id: MemberId(Uuid::from_u128(99)), substitute_for: Some(member(1).id), ..member(1) };
        board.members.push(substitute.clone());
        assert_eq!(body(&board, &attended([2, 99])).voters, [substitute.id, member(2).id]);
        assert_eq!(body(&board, &attended([1, 2, 99])).voters, [member(1).id, member(2).id], "one seat, one vote");
        assert_eq!(body(&board, &attended([])).quorum.filled_seat_count, 21, "a substitute fills no seat");
    }

    #[test]
    fn a_substitute_does_not_vote_for_a_principal_who_withdrew() {
        let mut board = board(21);
        board.members.push(Member {
            id: MemberId(Uuid::from_u128(99)),
            substitute_for: Some(member(1).id),
            ..member(1)
        });
        let mut meeting = attended([1, 99]);
        withdraw(&mut meeting, 1, InterestKind::Prejudicial);
        assert!(body(&board, &meeting).voters.is_empty());
    }

    #[test]
    fn empty_seats_seats_without_vote_and_past_members_do_not_count() {
        let mut board = board(21);
        board.seats[20].voting = false;
        board.members[19].term_end_date = day(2026, 11, 10);
        let body = body(&board, &attended([1, 20, 21]));
        assert_eq!((body.quorum.filled_seat_count, body.voter_count()), (19, 1));
    }

    #[test]
    fn a_class_of_decision_may_have_an_electorate_of_its_own() {
        let class = DecisionClass {
            code: "residents".to_owned(),
            name: "Residents".to_owned(),
            electorate: vec![SeatCategory::Resident],
        };
        let meeting = attended(1..=8);
        let body =
            VotingBody::of(&board(21), &meeting, meeting.items[0].id, &Rules::default(), &class, day(2026, 11, 11));
        assert_eq!((body.quorum.filled_seat_count, body.voter_count(), body.quorum.needed_count), (5, 5, 4));
    }
}
