//! The services behind Open311, asked over typed gRPC on behalf of the caller.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use pathfinder_kit::clock::Clock;
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::identity::v1::ExchangeApiKeyRequest;
use pathfinder_proto::identity::v1::credential_service_client::CredentialServiceClient;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::category_service_client::CategoryServiceClient;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::issues::v1::location_service_client::LocationServiceClient;
use pathfinder_proto::types::v1::LatLng;

use super::convert::{
    attribute_parameter, definition, discovery, picture_parameter, place, receipt, redeemed, request, service,
    unanswered, written,
};
use super::params::{MAX_ROWS, Params, Search};
use super::render::{Answer, Problem, Problems, Record};
use crate::error::{ApiError, Violation, reason_word, shortened};
use crate::json::call::MAX_ANSWER_BYTES;
use crate::services::Services;
use crate::state::App;
use pathfinder_proto::errors::v1::ErrorReason;

/// Rows that a service gives at once.
pub(super) const PAGE: i32 = 200;
/// Ids that are looked for at once: so many fit into a filter.
const IDS_AT_ONCE: usize = 30;
/// Categories of which there may be new reports.
const OFFERED: &str = "retired = false";
/// Longest slug, code or reference that is looked for.
const LONGEST_NAME: usize = 63;

/// The way to the services for one request.
pub(crate) struct Backend<'a> {
    pub(super) services: Services<'a>,
    pub(super) headers: &'a HeaderMap,
    pub(super) clock: &'a dyn Clock,
    origin: &'a str,
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
        Ok(Self { services, headers: &parts.headers, clock: app.clock.as_ref(), origin: app.public_url.origin() })
    }

    /// Where everybody finds this interface.
    fn endpoint(&self) -> String {
        format!("{}/open311/v2", self.origin)
    }

    /// `GET services`.
    pub(crate) async fn services(&self, params: &Params) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params, None).await?;
        let categories = self.categories(&partnership_id, OFFERED).await?;
        Ok(Answer::Many { list: "services", item: "service", records: categories.into_iter().map(service).collect() })
    }

    /// `GET services/{code}`: what a service asks.
    pub(crate) async fn definition(&self, params: &Params, code: &str) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params, None).await?;
        if !is_plain(code) {
            return Err(unknown_code(code).into());
        }
        let filter = format!("code = \"{code}\" AND {OFFERED}");
        let found = self.categories(&partnership_id, &filter).await?.into_iter().next();
        Ok(Answer::One("service_definition", definition(found.ok_or_else(|| unknown_code(code))?)))
    }

    /// `GET discovery`: where this endpoint is, and who keeps it.
    pub(crate) async fn discovery(&self) -> Result<Answer, Problems> {
        let partnerships = self.partnerships("status = \"active\"", PAGE).await?;
        let changed = |partnership: &boards::Partnership| partnership.update_time.map(|time| time.seconds);
        let mut changeset = partnerships.iter().filter_map(changed).max().unwrap_or_default();
        if let [only] = partnerships.as_slice() {
            let categories = self.categories(&only.partnership_id, OFFERED).await?;
            let times = categories.iter().filter_map(|category| category.update_time).map(|time| time.seconds);
            changeset = times.max().unwrap_or_default().max(changeset);
        }
        let changeset = DateTime::from_timestamp(changeset, 0).map(written).unwrap_or_default();
        let is_test = partnerships.iter().any(|partnership| partnership.demonstration);
        let keepers = partnerships
            .iter()
            .map(|partnership| format!("{} (accountable body: {})", partnership.name, partnership.accountable_body));
        let contact = format!("The neighbourhood manager of {}", keepers.collect::<Vec<_>>().join("; "));
        Ok(Answer::One("discovery", discovery(&changeset, &contact, &self.endpoint(), is_test)))
    }

    /// `POST requests`. What is wrong with the form and with the jurisdiction is said together.
    pub(crate) async fn report(&self, params: &Params) -> Result<Answer, Problems> {
        let mut problems = Problems::default();
        let report = problems.take(pb::ReportIssueRequest::try_from(params));
        let partnership_id = problems.take(self.jurisdiction(params, place(params)).await);
        let request_id = problems.take(self.request_id().map_err(Problems::from));
        let (Some(report), Some(partnership_id), Some(request_id)) = (report, partnership_id, request_id) else {
            return Err(problems);
        };
        let code = report.category_code.clone();
        let message = pb::ReportIssueRequest { partnership_id, request_id, ..report };
        let reported = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).report_issue(message).await
        });
        let reported = reported.await.map_err(|error| about_report(error, &code, params))?;
        Ok(requests(vec![receipt(reported)]))
    }

    /// `GET requests/{id}`: by id, or by the reference that people quote.
    pub(crate) async fn request(&self, params: &Params, id: &str) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params, None).await?;
        let found = self.issue(&partnership_id, id).await?;
        let unknown = || Problem::new(404, format!("There is no service request {}.", shortened(id)));
        Ok(requests(vec![request(found.ok_or_else(unknown)?, self.origin)]))
    }

    /// `GET tokens/{token}`: the id of a report that was held back; none as long as it is.
    pub(crate) async fn token(&self, params: &Params, token: &str) -> Result<Answer, Problems> {
        let partnership_id = self.jurisdiction(params, None).await?;
        let unknown = || Problem::new(404, format!("token \"{}\" is not known.", shortened(token)));
        if token.is_empty() || !is_plain(token) {
            return Err(unknown().into());
        }
        let message = pb::GetReportTokenRequest { partnership_id, report_token: token.to_owned() };
        let found = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).get_report_token(message).await
        });
        let found = match found.await {
            Err(error) if error.is(ErrorReason::NotFound) => return Err(unknown().into()),
            found => found?,
        };
        Ok(requests(vec![redeemed(found)]))
    }

    /// `GET requests`.
    pub(crate) async fn requests(&self, params: &Params) -> Result<Answer, Problems> {
        let search = Search::read(params, self.clock.now())?;
        let partnership_id = self.jurisdiction(params, None).await?;
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
            records.extend(wanted.take(search.take - records.len()).map(|issue| request(issue, self.origin)));
            passed += rows;
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        Ok(requests(records))
    }

    async fn requests_by_id(&self, partnership_id: &str, search: &Search) -> Result<Answer, Problems> {
        let mut found: HashMap<String, pb::Issue> = HashMap::new();
        for issue in self.named(partnership_id, search.ids.iter()).await? {
            found.insert(issue.reference.clone(), issue.clone());
            found.insert(issue.issue_id.clone(), issue);
        }
        // As it was asked for, each once.
        let mut told = HashSet::new();
        let asked = search.ids.iter().filter_map(|id| found.get(&id.to_lowercase()).or_else(|| found.get(id)));
        let records = asked.filter(|issue| told.insert(issue.issue_id.clone())).cloned();
        Ok(requests(records.map(|issue| request(issue, self.origin)).collect()))
    }

    /// The issues with these ids and references; names that nothing can have are left out.
    pub(super) async fn named(
        &self,
        partnership_id: &str,
        names: impl Iterator<Item = &String>,
    ) -> Result<Vec<pb::Issue>, ApiError> {
        let term = |name: &String| format!("{} = \"{name}\"", if is_uuid(name) { "issue_id" } else { "reference" });
        let terms: Vec<String> = names.filter(|name| is_plain(name)).map(term).collect();
        let mut issues = Vec::new();
        for some in terms.chunks(IDS_AT_ONCE) {
            let (partnership_id, filter) = (partnership_id.to_owned(), some.join(" OR "));
            let asked = pb::ListIssuesRequest { partnership_id, page_size: PAGE, filter, ..Default::default() };
            issues.extend(self.list(asked).await?.issues);
        }
        Ok(issues)
    }

    /// Finds an issue by its id or its reference.
    pub(super) async fn issue(&self, partnership_id: &str, id: &str) -> Result<Option<pb::Issue>, ApiError> {
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

    pub(super) async fn list(&self, message: pb::ListIssuesRequest) -> Result<pb::ListIssuesResponse, ApiError> {
        self.services
            .call("issues", message, async |channel, message| {
                IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).list_issues(message).await
            })
            .await
    }

    /// Some categories, at most 1000.
    async fn categories(&self, partnership_id: &str, filter: &str) -> Result<Vec<pb::Category>, ApiError> {
        let (mut categories, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = pb::ListCategoriesRequest {
                partnership_id: partnership_id.to_owned(),
                page_size: PAGE,
                page_token,
                filter: filter.to_owned(),
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
        // What is no longer offered has issues all the same.
        let there = self.categories(partnership_id, "").await?;
        let known: HashSet<String> = there.into_iter().map(|category| category.code).collect();
        let mut problems = Problems::default();
        for code in codes.iter().filter(|code| !known.contains(*code) || !is_plain(code)) {
            problems.add(unknown_code(code));
        }
        problems.or(())
    }

    /// The partnership that `jurisdiction_id` names by its slug. It may be left out where there is only one, and where something is placed
    /// that lies in one.
    pub(super) async fn jurisdiction(&self, params: &Params, place: Option<LatLng>) -> Result<String, Problems> {
        let slug = params.get("jurisdiction_id");
        if let Some(slug) = slug.filter(|slug| !is_plain(slug)) {
            return Err(unknown_jurisdiction(slug).into());
        }
        let filter = slug.map_or_else(|| "status = \"active\"".to_owned(), |slug| format!("slug = \"{slug}\""));
        let mut found = self.partnerships(&filter, 2).await?.into_iter();
        match (found.next(), found.next(), slug) {
            (Some(only), None, _) | (Some(only), Some(_), Some(_)) => Ok(only.partnership_id),
            (Some(_), Some(_), None) => match place {
                Some(place) => self.covering(place).await,
                None => Err(Problem::new(
                    400,
                    "jurisdiction_id is needed, because there are several partnerships: give a partnership's slug.",
                )
                .into()),
            },
            (None, _, slug) => Err(unknown_jurisdiction(slug.unwrap_or_default()).into()),
        }
    }

    /// The one partnership that covers a place.
    async fn covering(&self, place: LatLng) -> Result<String, Problems> {
        let message = pb::LocatePartnershipsRequest { point: Some(place) };
        let located = self.services.call("issues", message, async |channel, message| {
            LocationServiceClient::new(channel).locate_partnerships(message).await
        });
        let mut found = located.await?.partnerships.into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only.partnership_id),
            (Some(one), Some(other)) => {
                let slugs: Vec<String> = [one, other].into_iter().chain(found).map(|located| located.slug).collect();
                let text = "jurisdiction_id is needed, because several partnerships cover the place at lat and long";
                Err(Problem::new(400, format!("{text}: {}.", slugs.join(", "))).into())
            }
            (None, _) => Err(Problem::new(
                400,
                "lat and long are outside every partnership here; the council of the place is the one to tell.",
            )
            .into()),
        }
    }

    async fn partnerships(&self, filter: &str, page_size: i32) -> Result<Vec<boards::Partnership>, ApiError> {
        let message =
            boards::ListPartnershipsRequest { page_size, page_token: String::new(), filter: filter.to_owned() };
        let listed = self.services.call("boards", message, async |channel, message| {
            PartnershipServiceClient::new(channel).list_partnerships(message).await
        });
        Ok(listed.await?.partnerships)
    }

    /// A repeat under the same `Idempotency-Key` reports once. One that cannot be read is refused: whoever sends it relies on it.
    fn request_id(&self) -> Result<String, Problem> {
        let mut keys = self.headers.get_all("idempotency-key").iter();
        match (keys.next().map(HeaderValue::to_str), keys.next()) {
            (None, _) => Ok(String::new()),
            (Some(Ok(key)), None) if is_uuid(key.trim_matches('"')) => Ok(key.trim_matches('"').to_owned()),
            (Some(_), _) => Err(Problem::new(400, "Idempotency-Key must be one UUID.")),
        }
    }
}

fn requests(records: Vec<Record>) -> Answer {
    Answer::Many { list: "service_requests", item: "request", records }
}

/// The search in the filter language of the contract, where OR binds more tightly than AND.
fn filter(search: &Search) -> String {
    let mut terms = Vec::new();
    for (field, from, to) in
        [("report_time", search.from, search.to), ("update_time", search.updated_from, search.updated_to)]
    {
        terms.extend(from.map(|from| format!("{field} >= \"{}\"", written(from))));
        // Open311 knows whole seconds, issues know parts of them: the last second counts as a whole.
        let until = to.and_then(|to| to.checked_add_signed(TimeDelta::seconds(1)));
        terms.extend(until.map(|until| format!("{field} < \"{}\"", written(until))));
    }
    terms.extend(search.open.map(|open| format!("open = {open}")));
    if !search.codes.is_empty() {
        let codes: Vec<String> = search.codes.iter().map(|code| format!("category_code = \"{code}\"")).collect();
        terms.push(format!("({})", codes.join(" OR ")));
    }
    terms.join(" AND ")
}

/// A NOT_FOUND about the category is about `service_code`, and what is wrong with an answer or a picture is about its parameter.
fn about_report(mut error: ApiError, code: &str, params: &Params) -> Problems {
    if error.reason == reason_word(ErrorReason::NotFound) {
        return unknown_code(code).into();
    }
    for violation in &mut error.details.violations {
        if let Some(parameter) = attribute_parameter(&violation.field, params) {
            violation.field = parameter;
        }
        if let Some(parameter) = picture_parameter(&violation.field) {
            parameter.clone_into(&mut violation.field);
        }
        if let Some((parameter, question)) = unanswered(&violation.field, &violation.description) {
            *violation = Violation::new(parameter, format!("is needed: {question}"));
        }
    }
    error.into()
}

fn unknown_code(code: &str) -> Problem {
    Problem::new(404, format!("service_code \"{}\" is not known.", shortened(code)))
}

fn unknown_jurisdiction(slug: &str) -> Problem {
    Problem::new(404, format!("jurisdiction_id \"{}\" is not known.", shortened(slug)))
}

/// Text that may stand in a filter: it cannot end the string it stands in, nor be a pattern.
pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

pub(super) fn is_uuid(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| {
        if [8, 13, 18, 23].contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.bytes().enumerate().all(shape)
}
