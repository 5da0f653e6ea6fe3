//! The enumerations of the contract and the domain's, value by value. To add a value, add it to its list: both directions come from it.

use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::{Nation, Rag};

use crate::domain;

/// An enumeration that the contract knows.
pub(super) trait OnWire: Sized {
    /// The value that a number of the wire stands for; nothing for the unspecified one and those that the contract does not know.
    fn from_wire(number: i32) -> Option<Self>;
    /// The number that stands for the value.
    fn to_wire(self) -> i32;
}

macro_rules! on_wire {
    ($($own:ty = $wire:ty { $($value:ident),+ $(,)? })+) => {$(
        impl OnWire for $own {
            fn from_wire(number: i32) -> Option<Self> {
                match <$wire>::try_from(number).ok()? {
                    <$wire>::Unspecified => None,
                    $(<$wire>::$value => Some(Self::$value),)+
                }
            }

            fn to_wire(self) -> i32 {
                match self {
                    $(Self::$value => <$wire>::$value as i32,)+
                }
            }
        }
    )+};
}

on_wire! {
    domain::ProviderKind = pb::ProviderKind {
        Council, Police, Health, Housing, School, Highways, Fire, Voluntary, Contractor, Other,
    }
    domain::Measure = pb::StandardMeasure { ResponseTime, ResolutionTime, Frequency, ConditionGrade, Volume }
    domain::Unit = pb::StandardUnit { WorkingDays, WorkingHours, CalendarHours, CalendarDays, PerYear, Grade }
    domain::ClockStart = pb::ClockStart { Reported, Triaged, Routed }
    domain::CommitmentStatus = pb::CommitmentStatus {
        Offered, Negotiating, Accepted, Active, AtRisk, Met, PartlyMet, Missed, Withdrawn, Expired,
    }
    domain::CommitmentKind = pb::CommitmentKind { OneOff, Recurring, StandardImprovement, MainstreamChange }
    domain::Direction = pb::Direction { Increase, Decrease }
    domain::Frequency = pb::ReportingFrequency { Monthly, Quarterly, HalfYearly, Yearly, AtEnd }
    domain::MilestoneStatus = pb::MilestoneStatus { Scheduled, Met, PartlyMet, NotMet }
    domain::Outcome = pb::VerificationOutcome { Met, PartlyMet, Missed }
    domain::ReportStatus = pb::ProgressReportStatus { Draft, Submitted, Queried, Accepted }
    Rag = types::Rag { None, Green, Amber, Red, Blue, Grey }
    Nation = types::Nation { EnglandAndWales, Scotland, NorthernIreland }
}

/// The value of a field that must have one.
pub(super) fn word<T: OnWire>(field: &str, number: i32) -> Result<T, Violation> {
    T::from_wire(number).ok_or_else(|| Violation::new(field, "is needed: one of the values of the contract"))
}

/// The nation that boards states.
pub(in crate::grpc) fn nation_from_wire(nation: types::Nation) -> Result<Nation, Failure> {
    Ok(word("nation", nation as i32)?)
}
