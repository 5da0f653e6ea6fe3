//! Enumerations and small values, each way.

use pathfinder_kit::Door;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;

use crate::domain::geography::Point;
use crate::domain::issue::{Confirmation, Evidence, IssueKind, Location, Severity, Source};
use crate::domain::reporter::Visibility;
use crate::domain::text::or_empty;
use crate::domain::{IssueState, OnTime};

pub(super) const fn state(state: IssueState) -> pb::IssueState {
    match state {
        IssueState::Reported => pb::IssueState::Reported,
        IssueState::AwaitingModeration => pb::IssueState::AwaitingModeration,
        IssueState::Triaged => pb::IssueState::Triaged,
        IssueState::Routed => pb::IssueState::Routed,
        IssueState::Accepted => pb::IssueState::Accepted,
        IssueState::InProgress => pb::IssueState::InProgress,
        IssueState::OnHold => pb::IssueState::OnHold,
        IssueState::Resolved => pb::IssueState::Resolved,
        IssueState::Closed => pb::IssueState::Closed,
        IssueState::Duplicate => pb::IssueState::Duplicate,
        IssueState::NotResponsible => pb::IssueState::NotResponsible,
        IssueState::NoAction => pb::IssueState::NoAction,
        IssueState::Withdrawn => pb::IssueState::Withdrawn,
        IssueState::Reopened => pb::IssueState::Reopened,
    }
}

pub(super) const fn source(source: Source) -> pb::IssueSource {
    match source {
        Source::Web => pb::IssueSource::Web,
        Source::Phone => pb::IssueSource::Phone,
        Source::Walkabout => pb::IssueSource::Walkabout,
        Source::StreetRep => pb::IssueSource::StreetRep,
        Source::Meeting => pb::IssueSource::Meeting,
        Source::Open311 => pb::IssueSource::Open311,
        Source::Grpc => pb::IssueSource::Grpc,
        Source::Import => pb::IssueSource::Import,
    }
}

/// How an issue came in; where the report does not say, the door says it.
pub(super) const fn source_from(source: pb::IssueSource, door: Door) -> Source {
    match source {
        pb::IssueSource::Unspecified => match door {
            Door::Http => Source::Web,
            Door::Grpc => Source::Grpc,
        },
        pb::IssueSource::Web => Source::Web,
        pb::IssueSource::Phone => Source::Phone,
        pb::IssueSource::Walkabout => Source::Walkabout,
        pb::IssueSource::StreetRep => Source::StreetRep,
        pb::IssueSource::Meeting => Source::Meeting,
        pb::IssueSource::Open311 => Source::Open311,
        pb::IssueSource::Grpc => Source::Grpc,
        pb::IssueSource::Import => Source::Import,
    }
}

pub(super) const fn severity(severity: Severity) -> pb::IssueSeverity {
    match severity {
        Severity::Low => pb::IssueSeverity::Low,
        Severity::Normal => pb::IssueSeverity::Normal,
        Severity::High => pb::IssueSeverity::High,
    }
}

/// None where nothing is stated.
pub(super) const fn severity_from(severity: pb::IssueSeverity) -> Option<Severity> {
    match severity {
        pb::IssueSeverity::Unspecified => None,
        pb::IssueSeverity::Low => Some(Severity::Low),
        pb::IssueSeverity::Normal => Some(Severity::Normal),
        pb::IssueSeverity::High => Some(Severity::High),
    }
}

pub(super) const fn kind(kind: IssueKind) -> pb::IssueKind {
    match kind {
        IssueKind::Problem => pb::IssueKind::Problem,
        IssueKind::Idea => pb::IssueKind::Idea,
        IssueKind::Question => pb::IssueKind::Question,
        IssueKind::Compliment => pb::IssueKind::Compliment,
    }
}

/// None where nothing is stated.
pub(super) const fn kind_from(kind: pb::IssueKind) -> Option<IssueKind> {
    match kind {
        pb::IssueKind::Unspecified => None,
        pb::IssueKind::Problem => Some(IssueKind::Problem),
        pb::IssueKind::Idea => Some(IssueKind::Idea),
        pb::IssueKind::Question => Some(IssueKind::Question),
        pb::IssueKind::Compliment => Some(IssueKind::Compliment),
    }
}

/// None where nothing is stated.
pub(super) const fn state_from(state: pb::IssueState) -> Option<IssueState> {
    Some(match state {
        pb::IssueState::Unspecified => return None,
        pb::IssueState::Reported => IssueState::Reported,
        pb::IssueState::AwaitingModeration => IssueState::AwaitingModeration,
        pb::IssueState::Triaged => IssueState::Triaged,
        pb::IssueState::Routed => IssueState::Routed,
        pb::IssueState::Accepted => IssueState::Accepted,
        pb::IssueState::InProgress => IssueState::InProgress,
        pb::IssueState::OnHold => IssueState::OnHold,
        pb::IssueState::Resolved => IssueState::Resolved,
        pb::IssueState::Closed => IssueState::Closed,
        pb::IssueState::Duplicate => IssueState::Duplicate,
        pb::IssueState::NotResponsible => IssueState::NotResponsible,
        pb::IssueState::NoAction => IssueState::NoAction,
        pb::IssueState::Withdrawn => IssueState::Withdrawn,
        pb::IssueState::Reopened => IssueState::Reopened,
    })
}

pub(super) const fn confirmation(confirmation: Confirmation) -> pb::Confirmation {
    match confirmation {
        Confirmation::None => pb::Confirmation::None,
        Confirmation::Confirmed => pb::Confirmation::Confirmed,
        Confirmation::Disputed => pb::Confirmation::Disputed,
    }
}

pub(super) const fn on_time(on_time: OnTime) -> pb::OnTime {
    match on_time {
        OnTime::Running => pb::OnTime::Running,
        OnTime::Met => pb::OnTime::Met,
        OnTime::Late => pb::OnTime::Late,
        OnTime::NotMeasured => pb::OnTime::NotMeasured,
    }
}

pub(super) const fn visibility(visibility: Visibility) -> pb::ReporterVisibility {
    match visibility {
        Visibility::Anonymous => pb::ReporterVisibility::Anonymous,
        Visibility::Confidential => pb::ReporterVisibility::Confidential,
        Visibility::Named => pb::ReporterVisibility::Named,
    }
}

pub(super) const fn visibility_from(visibility: pb::ReporterVisibility) -> Option<Visibility> {
    match visibility {
        pb::ReporterVisibility::Unspecified => None,
        pb::ReporterVisibility::Anonymous => Some(Visibility::Anonymous),
        pb::ReporterVisibility::Confidential => Some(Visibility::Confidential),
        pb::ReporterVisibility::Named => Some(Visibility::Named),
    }
}

pub(super) fn location(location: Location) -> pb::Location {
    let lat_lng = |point: Point| types::LatLng::at(point.latitude, point.longitude);
    let blurred = location.is_blurred();
    pb::Location {
        point: location.point.map(lat_lng),
        address: location.address,
        uprn: location.uprn,
        location_text: location.location_text,
        land_type: location.land_type,
        domestic: location.domestic,
        blurred,
    }
}

pub(super) fn location_from(location: pb::Location) -> Location {
    let point = |(latitude, longitude)| Point { latitude, longitude };
    Location {
        point: location.point.and_then(types::LatLng::degrees).map(point),
        address: or_empty(location.address),
        uprn: location.uprn,
        location_text: or_empty(location.location_text),
        land_type: location.land_type,
        domestic: location.domestic,
    }
}

pub(super) fn evidence(evidence: Evidence) -> types::Evidence {
    types::Evidence { text: evidence.text, url: evidence.url }
}
