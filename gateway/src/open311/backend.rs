//! The services behind Open311, asked over typed gRPC on behalf of the caller.

use std::collections::HashSet;

use chrono::TimeDelta;
use http::HeaderMap;
use http::request::Parts;
use pathfinder_kit::clock::Clock;
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::identity::v1::ExchangeApiKeyRequest;
use pathfinder_proto::identity::v1::credential_service_client::CredentialServiceClient;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::category_service_client::CategoryServiceClient;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;

use super::convert::{receipt, request, service, written};
use super::params::{MAX_ROWS, Params, Search};
use super::render::{Answer, Problem, Problems, Record};
use crate::error::{ApiError, reason_word, shortened};
use crate::json::call::MAX_ANSWER_BYTES;
use crate::services::Services;
use crate::state::App;
use pathfinder_proto::errors::v1::ErrorReason;

/// Rows that a service gives at once.
const PAGE: i32 = 200;
/// Longest slug, code or reference that is looked for.
const LONGEST_NAME: usize = 63;

/// The way to the services for one request.
pub(crate) struct Backend<'a> {
    services: Services<'a>,
    headers: &'a HeaderMap,
    clock: &'a dyn Clock,
}

impl<'a> Backend<'a> {
    /// For the request with these parts, on behalf of the system whose key it gives, if it gives one.
    pub(crate) async fn of(app: &'a App, parts: &'a Parts, api_key: Option<&str>) -> Result<Self, ApiError> {
        let mut services = Services::of(app, parts).await;
        if let Some(api_key) = api_key {
            app.quotas.caller(api_key)?;
            let message = ExchangeApiKeyRequest { api_key: api_key.to_owned() };
            let exchanged = services.call("identity", message, async |channel, message| {
                CredentialServiceClient::new(channel).exchange_api_key(message).await
            });
            let token = exchanged.await?;
            services = services.bearing(&token.access_token);
        }
        Ok(Self { services, headers: &parts.headers, clock: app.clock.as_ref() })
    }

    /// `GET services`.
    pub(crate) async fn services(&self, params: &Params) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params).await?;
        let categories = self.categories(&partnership_id).await?;
        Ok(Answer { list: "services", item: "service", records: categories.into_iter().map(service).collect() })
    }

    /// `POST requests`. What is wrong with the form and with the jurisdiction is said together.
    pub(crate) async fn report(&self, params: &Params) -> Result<Answer, Problems> {
        let report = pb::ReportIssueRequest::try_from(params);
        let jurisdiction = self.jurisdiction(params).await;
        let (report, partnership_id) = match (report, jurisdiction) {
            (Ok(report), Ok(partnership_id)) => (report, partnership_id),
            (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => return Err(problems),
            (Err(first), Err(second)) => return Err(first.and(second)),
        };
        let code = report.category_code.clone();
        let message = pb::ReportIssueRequest { partnership_id, request_id: self.request_id(), ..report };
        let reported = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).report_issue(message).await
        });
        let reported = reported.await.map_err(|error| about_category(error, &code))?;
        Ok(Answer { list: "service_requests", item: "request", records: vec![receipt(reported)] })
    }

    /// `GET requests/{id}`: by id, or by the reference that people quote.
    pub(crate) async fn request(&self, params: &Params, id: &str) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params).await?;
        let found = self.issue(&partnership_id, id).await?;
        let unknown = || Problem::new(404, format!("There is no service request {}.", shortened(id)));
        Ok(requests(vec![request(found.ok_or_else(unknown)?)]))
    }

    /// `GET requests`.
    pub(crate) async fn requests(&self, params: &Params) -> Result<Answer, Problems> {
        let search = Search::read(params, self.clock.now())?;
        let partnership_id = self.jurisdiction(params).await?;
        if !search.ids.is_empty() {
            return self.requests_by_id(&partnership_id, &search).await;
        }
        self.check_codes(&partnership_id, &search.codes).await?;
        let filter = filter(&search);
        let (mut records, mut token, mut passed) = (Vec::new(), String::new(), 0);
        while records.len() < search.take {
            let page_token = std::mem::take(&mut token);
            let page = self.list(pb::ListIssuesRequest {
                partnership_id: partnership_id.clone(),
                page_size: PAGE,
                page_token,
                filter: filter.clone(),
                ..pb::ListIssuesRequest::default()
            });
            let page = page.await?;
            let rows = page.issues.len();
            let wanted = page.issues.into_iter().skip(search.skip.saturating_sub(passed));
            records.extend(wanted.take(search.take - records.len()).map(request));
            passed += rows;
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        Ok(requests(records))
    }

    async fn requests_by_id(&self, partnership_id: &str, search: &Search) -> Result<Answer, Problems> {
        let mut records = Vec::new();
        for id in &search.ids {
            records.extend(self.issue(partnership_id, id).await?.map(request));
        }
        let shown = records.into_iter().skip(search.skip).take(search.take);
        Ok(requests(shown.collect()))
    }

    /// Finds an issue by its id or its reference.
    async fn issue(&self, partnership_id: &str, id: &str) -> Result<Option<pb::Issue>, ApiError> {
        if is_uuid(id) {
            let message = pb::GetIssueRequest {
                partnership_id: partnership_id.to_owned(),
                issue_id: id.to_owned(),
                ..pb::GetIssueRequest::default()
            };
            let found = self
                .services
                .call("issues", message, async |channel, message| {
                    IssueServiceClient::new(channel).get_issue(message).await
                })
                .await;
            return match found {
                Err(error) if error.http.as_u16() == 404 => Ok(None),
                found => found.map(Some),
            };
        }
        if !is_plain(id) {
            return Ok(None);
        }
        let filter = format!("reference = \"{id}\"");
        let message = pb::ListIssuesRequest {
            partnership_id: partnership_id.to_owned(),
            page_size: 1,
            filter,
            ..pb::ListIssuesRequest::default()
        };
        Ok(self.list(message).await?.issues.into_iter().next())
    }

    async fn list(&self, message: pb::ListIssuesRequest) -> Result<pb::ListIssuesResponse, ApiError> {
        self.services
            .call("issues", message, async |channel, message| {
                IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).list_issues(message).await
            })
            .await
    }

    /// The categories on offer, at most 1000.
    async fn categories(&self, partnership_id: &str) -> Result<Vec<pb::Category>, ApiError> {
        let (mut categories, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = pb::ListCategoriesRequest {
                partnership_id: partnership_id.to_owned(),
                page_size: PAGE,
                page_token,
                filter: "retired = false".to_owned(),
            };
            let page = self
                .services
                .call("issues", message, async |channel, message| {
                    CategoryServiceClient::new(channel).list_categories(message).await
                })
                .await?;
            categories.extend(page.categories);
            page_token = page.next_page_token;
            if page_token.is_empty() || categories.len() >= MAX_ROWS {
                return Ok(categories);
            }
        }
    }

    /// Refuses codes that no category has, as the specification asks.
    async fn check_codes(&self, partnership_id: &str, codes: &[String]) -> Result<(), Problems> {
        if codes.is_empty() {
            return Ok(());
        }
        let known: HashSet<String> =
            self.categories(partnership_id).await?.into_iter().map(|category| category.code).collect();
        let mut problems = Problems::default();
        for code in codes.iter().filter(|code| !known.contains(*code) || !is_plain(code)) {
            problems.add(unknown_code(code));
        }
        problems.or(())
    }

    /// The partnership that `jurisdiction_id` names by its slug; it may be left out where there is only one.
    async fn jurisdiction(&self, params: &Params) -> Result<String, Problems> {
        let slug = params.get("jurisdiction_id");
        if let Some(slug) = slug.filter(|slug| !is_plain(slug)) {
            return Err(unknown_jurisdiction(slug).into());
        }
        let filter = slug.map_or_else(|| "status = \"active\"".to_owned(), |slug| format!("slug = \"{slug}\""));
        let message = boards::ListPartnershipsRequest { page_size: 2, page_token: String::new(), filter };
        let listed = self.services.call("boards", message, async |channel, message| {
            PartnershipServiceClient::new(channel).list_partnerships(message).await
        });
        let mut found = listed.await?.partnerships.into_iter();
        match (found.next(), found.next(), slug) {
            (Some(only), None, _) | (Some(only), Some(_), Some(_)) => Ok(only.partnership_id),
            (Some(_), Some(_), None) => Err(Problem::new(
                400,
                "jurisdiction_id is needed, because there are several partnerships: give a partnership's slug.",
            )
            .into()),
            (None, _, slug) => Err(unknown_jurisdiction(slug.unwrap_or_default()).into()),
        }
    }

    /// A repeat under the same `Idempotency-Key` reports once.
    fn request_id(&self) -> String {
        let key = self.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        key.unwrap_or_default().trim_matches('"').to_owned()
    }
}

fn requests(records: Vec<Record>) -> Answer {
    Answer { list: "service_requests", item: "request", records }
}

/// The search in the filter language of the contract, where OR binds more tightly than AND.
fn filter(search: &Search) -> String {
    let mut terms = vec![format!("report_time >= \"{}\"", written(search.from))];
    // Open311 knows whole seconds, issues know parts of them: the last second counts as a whole.
    let until = search.to.and_then(|to| to.checked_add_signed(TimeDelta::seconds(1)));
    terms.extend(until.map(|until| format!("report_time < \"{}\"", written(until))));
    terms.extend(search.open.map(|open| format!("open = {open}")));
    if !search.codes.is_empty() {
        let codes: Vec<String> = search.codes.iter().map(|code| format!("category_code = \"{code}\"")).collect();
        terms.push(format!("({})", codes.join(" OR ")));
    }
    terms.join(" AND ")
}

/// A NOT_FOUND about the category is about `service_code`.
fn about_category(error: ApiError, code: &str) -> Problems {
    let unknown = error.reason == reason_word(ErrorReason::NotFound);
    if unknown { unknown_code(code).into() } else { error.into() }
}

fn unknown_code(code: &str) -> Problem {
    Problem::new(404, format!("service_code \"{}\" is not known.", shortened(code)))
}

fn unknown_jurisdiction(slug: &str) -> Problem {
    Problem::new(404, format!("jurisdiction_id \"{}\" is not known.", shortened(slug)))
}

/// Text that may stand in a filter: it cannot end the string it stands in, nor be a pattern.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_uuid(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| {
        if [8, 13, 18, 23].contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.bytes().enumerate().all(shape)
}
