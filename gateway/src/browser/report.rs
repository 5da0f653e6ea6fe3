//! The pages on which a resident reports an issue: what kind it is, what the category asks and where it is, what may be the same, and
//! photos; at its end stand the reference, the link to follow it and what happens next.
//!
//! Nothing is kept between the steps: what was typed goes along in the forms. So each step is checked again when the report is sent, and a
//! report that is sent twice is one ([`request_id`]). Files cannot go along, so they are asked for last, with the report.

mod asked;
mod kinds;
mod sent;
mod typed;

use std::time::Instant;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{Method, StatusCode};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::category_service_client::CategoryServiceClient;
use pathfinder_proto::issues::v1::duplicate_service_client::DuplicateServiceClient;

use self::asked::{Shown, asked, codes_of, shown};
use self::kinds::{Group, groups_of};
use self::sent::{Done, MOST_PHOTOS, WHOLE_BYTES};
use self::typed::{Input, Problem, carried, facts_of, inputs_of, problems_of, request_of};
use super::form_link::request_id;
use super::{Captured, issue, page};
use crate::client::Client;
use crate::error::{ApiError, Violation};
use crate::feed;
use crate::form::Fields;
use crate::json::call::MAX_ANSWER_BYTES;
use crate::multipart::{self, Bounds, Sent};
use crate::services::Services;
use crate::state::{App, Began, Shared};

const NO_CATEGORY: &str = "Choose what it is about";
const MORE_TO_ASK: &str = "Your answers lead to more questions. They stand below, among the others.";
/// Categories are read in pages of so many,
const PAGE: i32 = 200;
/// and so many pages at the most: nobody finds their way among more.
const MOST_PAGES: usize = 5;
/// What a form of files may hold.
const BOUNDS: Bounds = Bounds { whole_bytes: WHOLE_BYTES, files: "photos", file_count: MOST_PHOTOS };

#[derive(Template)]
#[template(path = "report_kind.html")]
struct Kinds<'a> {
    clock_offset: Option<&'a str>,
    address: String,
    place: &'a str,
    problem: &'a str,
    groups: Vec<Group<'a>>,
    is_archived: bool,
    /// Where to report instead, if anybody went on; else empty.
    successor: String,
}

#[derive(Template)]
#[template(path = "report_details.html")]
struct Details<'a> {
    clock_offset: Option<&'a str>,
    address: String,
    place: &'a str,
    category: &'a pb::Category,
    notice: &'a str,
    problems: Vec<Problem>,
    questions: Vec<Shown<'a>>,
    inputs: Vec<Input<'a>>,
    at_home: bool,
    shown: String,
}

#[derive(Template)]
#[template(path = "report_check.html")]
struct Check<'a> {
    clock_offset: Option<&'a str>,
    address: String,
    facts: Vec<(String, String)>,
    carried: Vec<(&'a str, &'a str)>,
    suggestions: Vec<Suggestion>,
    problems: Vec<Problem>,
    photos_problem: String,
    notice: &'a str,
    contacts: Vec<Input<'a>>,
    is_named: bool,
    most_photos: usize,
    whole_megabytes: usize,
    request_id: String,
}

/// An issue that may be the same.
struct Suggestion {
    issue_id: String,
    /// Where all of it can be read.
    page: String,
    reference: String,
    text: String,
}

/// Whether a request brings photos: it may take longer than others.
pub(crate) fn takes_files(request: &Request) -> bool {
    let path = request.uri().path();
    let is_ours = path.starts_with("/partnerships/") && path.ends_with("/report");
    is_ours && *request.method() == Method::POST && multipart::is_multipart(request.headers())
}

/// Where an issue is reported to a partnership, below the gateway.
pub(super) fn address(partnership_id: &str) -> String {
    format!("/partnerships/{partnership_id}/report")
}

/// `GET /partnerships/{partnership_id}/report`.
pub(super) async fn show(
    State(app): State<Shared>,
    Captured(partnership_id): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let fields = Fields::queried(&parts)?;
    let desk = Desk::open(&app, &parts, partnership_id).await?;
    let chosen = desk.category(fields.get("category"));
    match chosen {
        _ if desk.is_archived() => desk.kinds(StatusCode::OK, ""),
        Some(category) => desk.details(StatusCode::OK, category, &Fields::default(), "", Vec::new()),
        None if fields.get("step") == "kind" => desk.kinds(StatusCode::BAD_REQUEST, NO_CATEGORY),
        None => desk.kinds(StatusCode::OK, ""),
    }
}

/// `POST /partnerships/{partnership_id}/report`.
pub(super) async fn act(
    State(app): State<Shared>,
    Captured(partnership_id): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    if multipart::is_multipart(request.headers()) {
        let (mut parts, body) = request.into_parts();
        // Held until the answer: as long as the files are.
        let _place = app.uploads.take(Client::of(&parts.extensions))?;
        let sent = multipart::read(&parts.headers, body, &BOUNDS).await?;
        // Files may take their time to come; the services then have as long as always.
        parts.extensions.insert(Began(Instant::now()));
        let desk = Desk::open(&app, &parts, partnership_id).await?;
        return match sent.fields.get("step") {
            "send" => desk.send(&sent).await,
            "photos" => desk.add_more(&sent).await,
            // The step was not reached.
            _ if sent.is_too_large => Err(ApiError::body_too_large(BOUNDS.whole_bytes)),
            _ => Err(unknown_step()),
        };
    }
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let desk = Desk::open(&app, &parts, partnership_id).await?;
    match fields.get("step") {
        "details" | "change" if desk.is_archived() => desk.kinds(StatusCode::CONFLICT, ""),
        "details" => desk.check(&fields).await,
        "change" => desk.change(&fields),
        "support" => desk.support(&fields).await,
        _ => Err(unknown_step()),
    }
}

fn unknown_step() -> ApiError {
    ApiError::invalid(vec![Violation::new("step", "must be details, change, support, send or photos")])
}

/// What all steps stand on: the partnership, and what can be reported to it.
struct Desk<'a> {
    app: &'a App,
    services: Services<'a>,
    partnership_id: String,
    /// None while it cannot be told.
    partnership: Option<boards::Partnership>,
    /// Its name; empty while it cannot be told.
    place: String,
    categories: Vec<pb::Category>,
}

impl<'a> Desk<'a> {
    async fn open(app: &'a App, parts: &Parts, partnership_id: String) -> Result<Self, ApiError> {
        let services = Services::of(app, parts).await;
        let (categories, partnership) =
            futures::join!(categories(&services, &partnership_id), feed::partnership(&services, &partnership_id));
        let categories = categories.map_err(|error| {
            // What is no id names no partnership.
            if error.is(ErrorReason::InvalidRequest) { ApiError::route_not_found(parts.uri.path()) } else { error }
        })?;
        let partnership = partnership.ok();
        let place = partnership.as_ref().map(|found| found.name.clone()).unwrap_or_default();
        Ok(Self { app, services, partnership_id, partnership, place, categories })
    }

    /// Whether nothing can be reported to it any more.
    fn is_archived(&self) -> bool {
        self.partnership.as_ref().is_some_and(|found| found.status() == boards::PartnershipStatus::Archived)
    }

    fn address(&self) -> String {
        address(&self.partnership_id)
    }

    /// Where to report instead, where it is archived and another goes on; else empty.
    fn successor(&self) -> String {
        let successor = self.partnership.as_ref().map(|found| found.successor_partnership_id.as_str());
        successor.filter(|id| !id.is_empty()).map(address).unwrap_or_default()
    }

    fn page_id(&self) -> String {
        self.app.ids.next(self.app.clock.now()).to_string()
    }

    fn category(&self, code: &str) -> Option<&pb::Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    fn kinds(&self, status: StatusCode, problem: &str) -> Result<Response, ApiError> {
        let sheet = Kinds {
            clock_offset: self.app.shown_offset(),
            address: self.address(),
            place: &self.place,
            problem,
            groups: groups_of(&self.categories),
            is_archived: self.is_archived(),
            successor: self.successor(),
        };
        page(status, &sheet)
    }

    fn details(
        &self,
        status: StatusCode,
        category: &pb::Category,
        fields: &Fields,
        notice: &str,
        problems: Vec<Problem>,
    ) -> Result<Response, ApiError> {
        let questions = asked(&category.questions, fields);
        let sheet = Details {
            clock_offset: self.app.shown_offset(),
            address: self.address(),
            place: &self.place,
            category,
            notice,
            questions: questions.iter().map(|question| shown(question, fields, &problems)).collect(),
            inputs: inputs_of(&typed::PLACES, fields, &problems),
            at_home: !fields.get("at_home").is_empty(),
            shown: codes_of(&questions),
            problems,
        };
        page(status, &sheet)
    }

    /// Back to what was typed.
    fn change(&self, fields: &Fields) -> Result<Response, ApiError> {
        match self.category(fields.get("category")) {
            Some(category) => self.details(StatusCode::OK, category, fields, "", Vec::new()),
            None => self.kinds(StatusCode::BAD_REQUEST, NO_CATEGORY),
        }
    }

    /// What was typed is looked through; where all is well, what may be the same is shown before it is sent.
    async fn check(&self, fields: &Fields) -> Result<Response, ApiError> {
        let Some(category) = self.category(fields.get("category")) else {
            return self.kinds(StatusCode::BAD_REQUEST, NO_CATEGORY);
        };
        let seen: Vec<&str> = fields.get("shown").split(',').collect();
        let questions = asked(&category.questions, fields);
        let (old, new): (Vec<_>, Vec<_>) =
            questions.into_iter().partition(|question| seen.contains(&question.code.as_str()));
        let problems = problems_of(&old, fields);
        if !problems.is_empty() {
            return self.details(StatusCode::BAD_REQUEST, category, fields, "", problems);
        }
        if !new.is_empty() {
            return self.details(StatusCode::OK, category, fields, MORE_TO_ASK, Vec::new());
        }
        self.before_sending(StatusCode::OK, category, fields, Vec::new()).await
    }

    async fn before_sending(
        &self,
        status: StatusCode,
        category: &pb::Category,
        fields: &Fields,
        problems: Vec<Problem>,
    ) -> Result<Response, ApiError> {
        let suggestions = self.suggestions(category, fields).await;
        let sheet = Check {
            clock_offset: self.app.shown_offset(),
            address: self.address(),
            facts: facts_of(category, fields),
            carried: carried(fields),
            suggestions,
            photos_problem: Problem::about("photos", &problems),
            notice: if status == StatusCode::OK { "" } else { sent::FILES_ARE_LOST },
            contacts: inputs_of(&typed::CONTACTS, fields, &problems),
            is_named: !fields.get("named").is_empty(),
            most_photos: MOST_PHOTOS,
            whole_megabytes: WHOLE_BYTES >> 20,
            request_id: self.page_id(),
            problems,
        };
        page(status, &sheet)
    }

    /// What may be the same. Who cannot be told of it may report all the same.
    async fn suggestions(&self, category: &pb::Category, fields: &Fields) -> Vec<Suggestion> {
        let Some(point) = typed::point_of(fields).ok().flatten() else { return Vec::new() };
        let message = pb::SuggestDuplicatesRequest {
            partnership_id: self.partnership_id.clone(),
            category_code: category.code.clone(),
            point: Some(point),
            text: format!("{} {}", fields.get("title"), fields.get("description")).chars().take(5_000).collect(),
        };
        let suggested = self.services.call("issues", message, async |channel, message| {
            DuplicateServiceClient::new(channel).suggest_duplicates(message).await
        });
        match suggested.await {
            Ok(found) => found.suggestions.into_iter().filter_map(suggestion).collect(),
            Err(error) => {
                tracing::warn!(reason = error.reason, "what may be the same is not told");
                Vec::new()
            }
        }
    }

    /// Sends the report, and its photos after it.
    async fn send(&self, sent: &Sent) -> Result<Response, ApiError> {
        let (fields, refusal) = (&sent.fields, sent::refusal_of(sent));
        let Some(category) = self.category(fields.get("category")) else {
            return self.kinds(refusal, NO_CATEGORY);
        };
        let questions = asked(&category.questions, fields);
        let problems = problems_of(&questions, fields);
        if !problems.is_empty() {
            return self.details(refusal, category, fields, sent::FILES_ARE_LOST, problems);
        }
        let problems: Vec<Problem> = typed::contact_problems(fields).into_iter().chain(sent::flaws_of(sent)).collect();
        if !problems.is_empty() {
            return self.before_sending(refusal, category, fields, problems).await;
        }
        let request = request_of(&self.partnership_id, category, &questions, fields);
        let answers = request.answers.clone();
        match self.report(request, fields).await {
            Ok(reported) => self.done(Done::of(reported, !fields.get("email").is_empty()), sent).await,
            Err(error) if error.is(ErrorReason::InvalidRequest) => {
                let problems = Problem::read(&error.details.violations, &answers);
                if problems.iter().all(|problem| typed::is_of_contacts(&problem.field)) {
                    return self.before_sending(StatusCode::BAD_REQUEST, category, fields, problems).await;
                }
                self.details(StatusCode::BAD_REQUEST, category, fields, sent::FILES_ARE_LOST, problems)
            }
            Err(error) => Err(error),
        }
    }
}

/// What of an issue is shown to whoever may mean the same.
fn suggestion(found: pb::SuggestedDuplicate) -> Option<Suggestion> {
    let issue = found.issue?;
    let what = if issue.title.is_empty() { &issue.description } else { &issue.title };
    let what: String = what.chars().take(200).collect();
    let text = format!(
        "{what} ({:.0} metres away, reported {})",
        found.distance_meters,
        super::words::time(issue.report_time.as_ref())
    );
    let page = issue::address(&issue.partnership_id, &issue.issue_id);
    Some(Suggestion { issue_id: issue.issue_id, page, reference: issue.reference, text })
}

/// All categories that are offered.
async fn categories(services: &Services<'_>, partnership_id: &str) -> Result<Vec<pb::Category>, ApiError> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let message = pb::ListCategoriesRequest {
            partnership_id: partnership_id.to_owned(),
            page_size: PAGE,
            page_token,
            filter: "retired = false".to_owned(),
        };
        let listed = services.call("issues", message, async |channel, message| {
            CategoryServiceClient::new(channel)
                .max_decoding_message_size(MAX_ANSWER_BYTES)
                .list_categories(message)
                .await
        });
        let listed = listed.await?;
        all.extend(listed.categories);
        page_token = listed.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(all)
}
