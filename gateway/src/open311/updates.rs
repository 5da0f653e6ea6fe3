//! `servicerequestupdates`, both ways: what happened to issues here, and what a system says of them.
//!
//! An update is told at the time at which it was recorded here, so that nobody who asks for the last hours misses what was told late. Its
//! status is the state after it in the words of the extension; what the extension has no word for stands in `description`.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use http::header::AUTHORIZATION;
use pathfinder_kit::wire::timestamp;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_update_service_client::IssueUpdateServiceClient;
use pb::push_issue_update_request::Target;

use super::backend::{Backend, PAGE, is_uuid};
use super::convert::{picture_parameter, time};
use super::params::{Params, WINDOW, check_window, ids, rows, shifted};
use super::render::{Answer, Field, Problem, Problems, Record};
use crate::error::{ApiError, shortened};
use crate::json::call::MAX_ANSWER_BYTES;

/// The window where no dates are given.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// Issues that the contract takes at once.
const ISSUES_AT_ONCE: usize = 200;

use pb::IssueUpdateStatus as Status;

/// What systems say of a request, in the words of the extension.
pub(super) const WORDS: [(&str, Status); 15] = [
    ("OPEN", Status::Open),
    ("INVESTIGATING", Status::Investigating),
    ("IN_PROGRESS", Status::InProgress),
    ("ACTION_SCHEDULED", Status::ActionScheduled),
    ("PLANNED", Status::Planned),
    ("FIXED", Status::Fixed),
    ("CLOSED", Status::Closed),
    ("DUPLICATE", Status::Duplicate),
    ("NOT_COUNCILS_RESPONSIBILITY", Status::NotResponsible),
    ("NOT_RESPONSIBLE", Status::NotResponsible),
    ("NO_FURTHER_ACTION", Status::NoFurtherAction),
    ("INTERNAL_REFERRAL", Status::InternalReferral),
    ("CANCELLED", Status::Cancelled),
    ("FOR_TRIAGE", Status::ForTriage),
    ("REOPEN", Status::Reopen),
];

/// Which updates to read.
#[derive(Debug, Default)]
struct Search {
    ids: Vec<String>,
    start: Option<DateTime<Utc>>,
    /// To the end of this second.
    end: Option<DateTime<Utc>>,
    skip: usize,
    take: usize,
}

impl Search {
    fn read(params: &Params, now: DateTime<Utc>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let ids = ids(params, &mut problems);
        let (start, end) = window(params, !ids.is_empty(), now, &mut problems);
        let (skip, take) = rows(params, &mut problems);
        problems.or(Self { ids, start, end, skip, take })
    }

    /// So many rows are needed.
    const fn wanted(&self) -> usize {
        self.skip.saturating_add(self.take)
    }
}

/// The window that the dates span. Without dates it is the last 24 hours, open at its end; of requests that are named, all time.
fn window(
    params: &Params,
    of_some: bool,
    now: DateTime<Utc>,
    problems: &mut Problems,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (start, end) = (params.time("start_date", problems), params.time("end_date", problems));
    let (from, to) = match (start, end) {
        (None, None) => return ((!of_some).then(|| shifted(now, -RECENT)), None),
        (Some(start), None) => (start, shifted(start, WINDOW)),
        (None, Some(end)) => (shifted(end, -RECENT), end),
        (Some(start), Some(end)) => (start, end),
    };
    check_window(from, to, problems);
    (Some(from), Some(to))
}

impl Backend<'_> {
    /// `GET servicerequestupdates`.
    pub(super) async fn updates(&self, params: &Params) -> Result<Answer, Problems> {
        let search = Search::read(params, self.clock.now())?;
        let partnership_id = self.jurisdiction(params, None).await?;
        let mut found = Vec::new();
        if search.ids.is_empty() {
            found = self.updates_of(&partnership_id, &[], &search).await?;
        } else {
            let issue_ids = self.issue_ids(&partnership_id, &search.ids).await?;
            for some in issue_ids.chunks(ISSUES_AT_ONCE) {
                found.extend(self.updates_of(&partnership_id, some, &search).await?);
            }
            // Their ids rise with the time of their recording.
            found.sort_by(|one, other| one.update_id.cmp(&other.update_id));
        }
        let wanted = found.into_iter().skip(search.skip).take(search.take);
        Ok(updates(wanted.map(record).collect()))
    }

    /// The updates of some issues, or of all, up to as many as are wanted.
    async fn updates_of(
        &self,
        partnership_id: &str,
        issue_ids: &[String],
        search: &Search,
    ) -> Result<Vec<pb::IssueUpdate>, Problems> {
        // Open311 knows whole seconds: the last one counts as a whole.
        let end = search.end.map(|end| shifted(end, TimeDelta::microseconds(999_999)));
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = pb::ListIssueUpdatesRequest {
                partnership_id: partnership_id.to_owned(),
                start_time: search.start.map(timestamp),
                end_time: end.map(timestamp),
                issue_ids: issue_ids.to_vec(),
                page_size: PAGE,
                page_token,
            };
            let page = self.services.call("issues", message, async |channel, message| {
                let client = IssueUpdateServiceClient::new(channel);
                client.max_decoding_message_size(MAX_ANSWER_BYTES).list_issue_updates(message).await
            });
            let page = page.await.map_err(|error| error.rename_fields(parameter))?;
            found.extend(page.issue_updates);
            page_token = page.next_page_token;
            if page_token.is_empty() || found.len() >= search.wanted() {
                return Ok(found);
            }
        }
    }

    /// The ids of issues that are named by id or by reference, each once; whatever is neither is left out.
    async fn issue_ids(&self, partnership_id: &str, named: &[String]) -> Result<Vec<String>, ApiError> {
        let (by_id, others): (Vec<&String>, Vec<&String>) = named.iter().partition(|name| is_uuid(name));
        let mut ids: Vec<String> = by_id.into_iter().map(|id| id.to_lowercase()).collect();
        let found = self.named(partnership_id, others.into_iter()).await?;
        ids.extend(found.into_iter().map(|issue| issue.issue_id));
        let mut told = HashSet::new();
        ids.retain(|id| told.insert(id.clone()));
        Ok(ids)
    }

    /// `POST servicerequestupdates`. What is wrong with the form and with the jurisdiction is said together.
    pub(super) async fn push_update(&self, params: &Params) -> Result<Answer, Problems> {
        if params.get("api_key").is_none() && !self.headers.contains_key(AUTHORIZATION) {
            return Err(Problem::new(403, "api_key is needed: an update speaks for a system.").into());
        }
        let mut problems = Problems::default();
        let update = problems.take(update_of(params));
        let partnership_id = problems.take(self.jurisdiction(params, None).await);
        let (Some(update), Some(partnership_id)) = (update, partnership_id) else { return Err(problems) };
        let target = Some(self.target(&partnership_id, params).await?);
        let message = pb::PushIssueUpdateRequest { partnership_id, target, ..update };
        let pushed = self.services.call("issues", message, async |channel, message| {
            IssueUpdateServiceClient::new(channel).push_issue_update(message).await
        });
        let pushed = pushed.await.map_err(|error| about_update(error, params))?;
        Ok(updates(vec![vec![("update_id", Field::Text(pushed.update_id))]]))
    }

    /// The issue that is meant: ours by its id or its reference, else the one that came with that id.
    async fn target(&self, partnership_id: &str, params: &Params) -> Result<Target, ApiError> {
        let Some(named) = params.get("service_request_id") else {
            return Ok(Target::ExternalId(params.text("service_request_id_ext")));
        };
        if is_uuid(named) {
            return Ok(Target::IssueId(named.to_lowercase()));
        }
        let found = self.issue(partnership_id, named).await?;
        Ok(found.map_or_else(|| Target::ExternalId(named.to_owned()), |issue| Target::IssueId(issue.issue_id)))
    }
}

/// The form of an update, all but what it is about. What else comes with it, such as who wrote it, is left aside.
fn update_of(params: &Params) -> Result<pb::PushIssueUpdateRequest, Problems> {
    let mut problems = Problems::default();
    let update_id = params.get("update_id").or_else(|| params.get("update_id_ext"));
    let needed = [
        ("update_id", update_id),
        ("service_request_id", request_named(params)),
        ("status", params.get("status")),
        ("updated_datetime", params.get("updated_datetime")),
    ];
    for (name, _) in needed.into_iter().filter(|(_, given)| given.is_none()) {
        problems.add(Problem::new(400, format!("{name} is needed.")));
    }
    let status = params.get("status").and_then(|word| status_of(word, &mut problems)).unwrap_or(Status::Unspecified);
    let happened_time = params.time("updated_datetime", &mut problems).map(timestamp);
    problems.or(pb::PushIssueUpdateRequest {
        external_update_id: update_id.unwrap_or_default().to_owned(),
        status: status.into(),
        happened_time,
        description: params.text("description"),
        media_urls: params.pictures.clone(),
        ..pb::PushIssueUpdateRequest::default()
    })
}

/// The request that an update is about, as it is named here or there.
fn request_named(params: &Params) -> Option<&str> {
    params.get("service_request_id").or_else(|| params.get("service_request_id_ext"))
}

fn status_of(word: &str, problems: &mut Problems) -> Option<Status> {
    let plain = word.to_ascii_uppercase().replace([' ', '-'], "_");
    let found = WORDS.iter().find(|(known, _)| *known == plain).map(|(_, status)| *status);
    if found.is_none() {
        let known: Vec<&str> = WORDS.iter().map(|(known, _)| *known).collect();
        let problem = format!("status must be one of {}, not \"{}\".", known.join(", "), shortened(word));
        problems.add(Problem::new(400, problem));
    }
    found
}

/// A NOT_FOUND is about the request that was named.
fn about_update(error: ApiError, params: &Params) -> Problems {
    if error.is(ErrorReason::NotFound) {
        let named = shortened(request_named(params).unwrap_or_default());
        return Problem::new(404, format!("service_request_id \"{named}\" is not known.")).into();
    }
    error.rename_fields(parameter).into()
}

/// The parameter that fills a field of the contract.
fn parameter(field: &str) -> String {
    let parameter = match field {
        "start_time" => "start_date",
        "end_time" => "end_date",
        "external_update_id" => "update_id",
        "issue_id" | "external_id" | "target" => "service_request_id",
        "happened_time" => "updated_datetime",
        other => picture_parameter(other).unwrap_or(other),
    };
    parameter.to_owned()
}

fn updates(records: Vec<Record>) -> Answer {
    Answer::Many { list: "service_request_updates", item: "request_update", records }
}

fn record(update: pb::IssueUpdate) -> Record {
    let state = update.state();
    let status = status_after(update.from_state(), state);
    vec![
        ("update_id", Field::Text(update.update_id)),
        ("service_request_id", Field::Text(update.issue_id)),
        ("status", Field::Text(status.to_owned())),
        ("updated_datetime", time(update.update_time)),
        ("description", Field::text(update.description)),
        ("media_url", Field::Nothing),
        ("external_status_code", Field::text(word_of(state))),
        ("customer_reference", Field::text(update.reference)),
    ]
}

/// The state after an update in the words of the extension; total. A closing is that of a fix if it was resolved before.
const fn status_after(before: pb::IssueState, after: pb::IssueState) -> &'static str {
    use pb::IssueState as State;
    match after {
        State::Unspecified
        | State::Reported
        | State::AwaitingModeration
        | State::Triaged
        | State::Routed
        | State::Reopened => "OPEN",
        State::NotResponsible => "INTERNAL_REFERRAL",
        State::Accepted => "INVESTIGATING",
        State::InProgress | State::OnHold => "IN_PROGRESS",
        State::Resolved => "FIXED",
        State::Closed if matches!(before, State::Resolved | State::Closed) => "FIXED",
        State::Closed | State::Withdrawn => "CLOSED",
        State::Duplicate => "DUPLICATE",
        State::NoAction => "NO_FURTHER_ACTION",
    }
}

/// The state by its own word, such as `in_progress`.
fn word_of(state: pb::IssueState) -> String {
    let name = state.as_str_name();
    name.strip_prefix("ISSUE_STATE_").unwrap_or(name).to_lowercase()
}
