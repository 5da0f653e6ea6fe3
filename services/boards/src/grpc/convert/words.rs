//! The contract's enums and the domain's words, value by value.

use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::{Nation, Rag};

use crate::domain::{
    action, action_state, agenda, constitution, decision, meeting, meeting_state, member, partnership, review,
};

/// Both directions between two enums with the same values; the contract's has one more, which reads as nothing.
macro_rules! same_words {
    ($($domain:path = $wire:path { $($value:ident),+ })*) => {$(
        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value {
                    $(<$domain>::$value => Self::$value,)+
                }
            }
        }

        impl Read<$domain> for $wire {
            fn read(self) -> Option<$domain> {
                match self {
                    Self::Unspecified => None,
                    $(Self::$value => Some(<$domain>::$value),)+
                }
            }
        }
    )*};
}

/// Reads a value of the contract; none where it is not stated.
pub(super) trait Read<T> {
    /// The value in the domain.
    fn read(self) -> Option<T>;
}

same_words! {
    partnership::PartnershipStatus = pb::PartnershipStatus { Active, Archived }
    member::SeatCategory = pb::SeatCategory { Resident, Councillor, Police, Health, Housing, School, Voluntary, Faith, Business, YoungPeople, CouncilOfficer, Other }
    member::MemberRole = pb::MemberRole { None, Chair, ViceChair }
    constitution::ConflictRule = pb::ConflictRule { PrejudicialWithdraws, AnyInterestWithdraws }
    meeting_state::MeetingStatus = pb::MeetingStatus { Draft, AgendaPublished, InSession, Adjourned, Closed, MinutesDraft, MinutesApproved, Cancelled }
    agenda::ItemOutcome = pb::ItemOutcome { Information, Decision, Action, Unfinished }
    meeting::AttendanceStatus = pb::AttendanceStatus { Present, Left, Apologies, Absent }
    meeting::InterestKind = pb::InterestKind { Personal, Prejudicial }
    decision::DecisionOutcome = pb::DecisionOutcome { Carried, Fallen, Recommended }
    decision::CastingVote = pb::CastingVote { For, Against }
    review::ReviewKind = pb::ReviewKind { Endorsed, ReferredBack }
    action_state::ActionStatus = pb::ActionStatus { Proposed, Agreed, InProgress, Blocked, Suspended, PendingVerification, Complete, Cancelled }
    action::ActionOrigin = pb::ActionOrigin { Decision, IssueCluster, Breach, Commitment, Plan, Walkabout }
    action::ActionPriority = pb::ActionPriority { Low, Medium, High }
}

impl Read<Nation> for types::Nation {
    fn read(self) -> Option<Nation> {
        match self {
            Self::Unspecified => None,
            Self::EnglandAndWales => Some(Nation::EnglandAndWales),
            Self::Scotland => Some(Nation::Scotland),
            Self::NorthernIreland => Some(Nation::NorthernIreland),
        }
    }
}

/// A nation on the wire.
pub(super) const fn to_nation(nation: Nation) -> types::Nation {
    match nation {
        Nation::EnglandAndWales => types::Nation::EnglandAndWales,
        Nation::Scotland => types::Nation::Scotland,
        Nation::NorthernIreland => types::Nation::NorthernIreland,
    }
}

/// A rating on the wire.
pub(super) const fn to_rag(rag: Rag) -> types::Rag {
    match rag {
        Rag::None => types::Rag::None,
        Rag::Green => types::Rag::Green,
        Rag::Amber => types::Rag::Amber,
        Rag::Red => types::Rag::Red,
        Rag::Blue => types::Rag::Blue,
        Rag::Grey => types::Rag::Grey,
    }
}

/// A rating from the wire; one that is not stated is none.
pub(in crate::grpc) const fn rag(rag: types::Rag) -> Rag {
    match rag {
        types::Rag::Unspecified | types::Rag::None => Rag::None,
        types::Rag::Green => Rag::Green,
        types::Rag::Amber => Rag::Amber,
        types::Rag::Red => Rag::Red,
        types::Rag::Blue => Rag::Blue,
        types::Rag::Grey => Rag::Grey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word of the domain goes to the wire and comes back; what is not stated reads as nothing.
    macro_rules! there_and_back {
        ($($domain:path = $wire:path),+ $(,)?) => {$(
            for value in <$domain>::ALL.iter().copied() {
                assert_eq!(<$wire>::from(value).read(), Some(value));
            }
            assert_eq!(<$wire>::Unspecified.read(), None::<$domain>);
        )+};
    }

    #[test]
    fn every_word_goes_to_the_wire_and_comes_back() {
        there_and_back!(
            partnership::PartnershipStatus = pb::PartnershipStatus,
            member::SeatCategory = pb::SeatCategory,
            member::MemberRole = pb::MemberRole,
            constitution::ConflictRule = pb::ConflictRule,
            meeting_state::MeetingStatus = pb::MeetingStatus,
            agenda::ItemOutcome = pb::ItemOutcome,
            meeting::AttendanceStatus = pb::AttendanceStatus,
            meeting::InterestKind = pb::InterestKind,
            decision::DecisionOutcome = pb::DecisionOutcome,
            decision::CastingVote = pb::CastingVote,
            action_state::ActionStatus = pb::ActionStatus,
            action::ActionOrigin = pb::ActionOrigin,
            action::ActionPriority = pb::ActionPriority,
        );
        for nation in Nation::ALL {
            assert_eq!(to_nation(nation).read(), Some(nation));
        }
        for value in [Rag::None, Rag::Green, Rag::Amber, Rag::Red, Rag::Blue, Rag::Grey] {
            assert_eq!(rag(to_rag(value)), value);
        }
    }
}
