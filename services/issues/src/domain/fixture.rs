//! What tests of the rules begin with: a Monday, what was reported then, and a provider with its pledge.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{IssueId, Nation, PartnershipId, ProviderId, StandardId};
use uuid::Uuid;

use super::clock::{Measure, Pledge, StartEvent, Unit};
use super::issue::{IssueKind, Location, PledgeFound, Report, Routing, Severity, Source};
use super::routing::Route;

/// A Monday.
pub(super) fn start() -> DateTime<Utc> {
    "2026-01-12T10:00:00Z".parse().unwrap()
}

/// So many hours later.
pub(super) fn hours(count: i64) -> DateTime<Utc> {
    start() + TimeDelta::hours(count)
}

pub(super) fn calendar() -> WorkingCalendar {
    WorkingCalendar::of(Nation::EnglandAndWales)
}

/// Of so many working days; its standard has the same number.
pub(super) fn pledge(days: u32) -> Pledge {
    Pledge {
        standard_id: StandardId(Uuid::from_u128(days.into())),
        text: format!("Gone in {days} working days"),
        measure: Measure::Resolution,
        count: days,
        unit: Unit::WorkingDays,
        starts_at: StartEvent::Reported,
        pause_reasons: vec!["awaiting_access".to_owned()],
        pause_cap_days: 0,
    }
}

/// To the provider with this number.
pub(super) fn routing(provider: u128, pledge: PledgeFound) -> Routing {
    let provider_id = ProviderId(Uuid::from_u128(provider));
    let route = Route { provider_id, provider_name: format!("Provider {provider}"), routing_rule_id: None };
    Routing { route, pledge }
}

/// Fly-tipping, reported at the start.
pub(super) fn report() -> Report {
    Report {
        id: IssueId(Uuid::from_u128(1)),
        partnership_id: PartnershipId(Uuid::nil()),
        reference: "BWS-ISS-2026-00001".to_owned(),
        category_code: "fly-tipping".to_owned(),
        category_name: "Fly-tipping".to_owned(),
        title: String::new(),
        description: "A mattress".to_owned(),
        location: Location::default(),
        kind: IssueKind::Problem,
        answers: Vec::new(),
        source: Source::Web,
        severity: Severity::Normal,
        hazard: false,
        external_id: None,
        reporter_name: String::new(),
        report_time: start(),
    }
}
