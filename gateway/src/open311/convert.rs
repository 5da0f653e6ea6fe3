//! Contract messages to Open311 records, and Open311 parameters to contract messages.

use chrono::{DateTime, SecondsFormat, Utc};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use super::params::Params;
use super::render::{Field, Problem, Problems, Record};

/// Fields of the contract by the parameter that fills them, for errors.
const PARAMETERS: [(&str, &str); 10] = [
    ("partnership_id", "jurisdiction_id"),
    ("category_code", "service_code"),
    ("location", "lat and long, address_string or address_id"),
    ("location.point.latitude", "lat"),
    ("location.point.longitude", "long"),
    ("location.address", "address_string"),
    ("location.uprn", "address_id"),
    ("reporter.email", "email"),
    ("reporter.phone", "phone"),
    ("reporter.name", "first_name and last_name"),
];

/// The parameter that fills a field of the contract; the field itself if there is none.
pub(crate) fn parameter(field: &str) -> &str {
    PARAMETERS.iter().find(|(contract, _)| *contract == field).map_or(field, |(_, parameter)| parameter)
}

/// A category as a service.
pub(crate) fn service(category: pb::Category) -> Record {
    vec![
        ("service_code", Field::Text(category.code)),
        ("service_name", Field::Text(category.name)),
        ("description", Field::text(category.description)),
        ("metadata", Field::Flag(false)),
        ("type", Field::Text("realtime".to_owned())),
        ("keywords", Field::text(category.keywords.join(","))),
        ("group", Field::text(category.group_name)),
    ]
}

/// An issue as a service request.
pub(crate) fn request(issue: pb::Issue) -> Record {
    let open = is_open(issue.state());
    let location = issue.location.unwrap_or_default();
    let point = location.point;
    let degrees = |part: fn(&LatLng) -> f64| point.as_ref().map_or(Field::Nothing, |point| Field::Number(part(point)));
    let due = issue.clock.and_then(|clock| clock.due_time);
    vec![
        ("service_request_id", Field::Text(issue.issue_id)),
        ("status", Field::Text(if open { "open" } else { "closed" }.to_owned())),
        ("status_notes", Field::text(issue.resolution.map(|resolution| resolution.reason).unwrap_or_default())),
        ("service_name", Field::text(issue.category_name)),
        ("service_code", Field::Text(issue.category_code)),
        ("description", Field::text(issue.description)),
        ("agency_responsible", Field::text(issue.provider_name)),
        ("service_notice", Field::text(issue.standard_text)),
        ("requested_datetime", time(issue.report_time)),
        ("updated_datetime", time(issue.update_time)),
        ("expected_datetime", time(due)),
        ("address", Field::text(location.address)),
        ("address_id", Field::text(location.uprn)),
        ("zipcode", Field::Nothing),
        ("lat", degrees(|point| point.latitude)),
        ("long", degrees(|point| point.longitude)),
        ("media_url", Field::Nothing),
    ]
}

/// What a reporter is told: the id, the pledge or advice, and the key with which the report can be followed (an extension).
pub(crate) fn receipt(response: pb::ReportIssueResponse) -> Record {
    let issue = response.issue.unwrap_or_default();
    let notice = if response.advice.is_empty() { issue.standard_text } else { response.advice };
    vec![
        ("service_request_id", Field::Text(issue.issue_id)),
        ("service_notice", Field::text(notice)),
        ("account_id", Field::Nothing),
        ("follow_token", Field::text(response.follow_token)),
    ]
}

/// The families of the contract's states; total.
fn is_open(state: pb::IssueState) -> bool {
    use pb::IssueState as State;
    match state {
        State::Resolved | State::Closed | State::Duplicate | State::NoAction | State::Withdrawn => false,
        State::Unspecified
        | State::Reported
        | State::AwaitingModeration
        | State::Triaged
        | State::Routed
        | State::Accepted
        | State::InProgress
        | State::OnHold
        | State::NotResponsible
        | State::Reopened => true,
    }
}

fn time(time: Option<prost_types::Timestamp>) -> Field {
    let nanos = |time: &prost_types::Timestamp| u32::try_from(time.nanos).unwrap_or_default();
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, nanos(&time)));
    time.map_or(Field::Nothing, |time| Field::Text(written(time)))
}

/// A time as the filters and Open311 write it.
pub(crate) fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The form of `POST requests` as a report; what the contract itself demands is left to the service that checks it.
impl TryFrom<&Params> for pb::ReportIssueRequest {
    type Error = Problems;

    fn try_from(params: &Params) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        for needed in ["service_code", "description"] {
            if params.get(needed).is_none() {
                problems.add(Problem::new(400, format!("{needed} is needed.")));
            }
        }
        let location = location(params, &mut problems);
        let reporter = reporter(params);
        problems.or(Self {
            category_code: params.text("service_code"),
            description: params.text("description"),
            location: Some(location),
            source: pb::IssueSource::Open311.into(),
            reporter,
            ..Self::default()
        })
    }
}

fn location(params: &Params, problems: &mut Problems) -> pb::Location {
    let (latitude, longitude) = (params.number("lat", problems), params.number("long", problems));
    let whole = params.get("lat").is_some() == params.get("long").is_some();
    if !whole {
        problems.add(Problem::new(400, "lat and long must be given together."));
    }
    let somewhere = ["lat", "long", "address_string", "address_id"].into_iter().any(|name| params.get(name).is_some());
    if !somewhere {
        problems.add(Problem::new(400, "A location is needed: lat and long, address_string or address_id."));
    }
    let point = latitude.zip(longitude).map(|(latitude, longitude)| LatLng { latitude, longitude });
    pb::Location {
        point,
        address: params.text("address_string"),
        uprn: params.text("address_id"),
        ..pb::Location::default()
    }
}

fn reporter(params: &Params) -> Option<pb::ContactDetails> {
    let names = [params.get("first_name"), params.get("last_name")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (email, phone) = (params.text("email"), params.text("phone"));
    let anyone = !(name.is_empty() && email.is_empty() && phone.is_empty());
    anyone.then(|| pb::ContactDetails { name, email, phone, ..pb::ContactDetails::default() })
}
