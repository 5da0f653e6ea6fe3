//! Contract messages to Open311 records, and Open311 parameters to contract messages.

use chrono::{DateTime, SecondsFormat, Utc};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use super::params::{PICTURE, Params};
use super::render::{Field, Problem, Problems, Record};
use crate::family;

/// How to come by a key.
const KEY_SERVICE: &str = "An administrator of this installation makes API keys for the systems of councils and providers. Reading, and \
    reporting as a resident, need none.";

/// Longest telephone number that the contract takes.
const LONGEST_PHONE: usize = 30;

/// Fields of the contract by the parameter that fills them, for errors.
const PARAMETERS: [(&str, &str); 14] = [
    ("answers", "attribute"),
    ("partnership_id", "jurisdiction_id"),
    ("category_code", "service_code"),
    ("location", "lat and long, address_string or address_id"),
    ("location.point", "the place at lat and long"),
    ("location.point.latitude", "lat"),
    ("location.point.longitude", "long"),
    ("point.latitude", "lat"),
    ("point.longitude", "long"),
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
        ("metadata", Field::Flag(!category.questions.is_empty())),
        // What a person reads first is answered with a token.
        ("type", Field::Text(if category.moderated { "batch" } else { "realtime" }.to_owned())),
        ("keywords", Field::text(category.keywords.join(","))),
        ("group", Field::text(category.group_name)),
    ]
}

/// What a category asks, as the definition of a service.
pub(crate) fn definition(category: pb::Category) -> Record {
    let helps: Vec<String> = category.questions.iter().map(|question| help(question, &category.questions)).collect();
    let attributes = category.questions.into_iter().zip(helps).zip(1_u16..).map(attribute).collect();
    vec![("service_code", Field::Text(category.code)), ("attributes", Field::Things("attribute", attributes))]
}

/// What helps to answer a question, and when it is asked: Open311 knows no conditions, so they are said in words.
fn help(question: &pb::Question, all: &[pb::Question]) -> String {
    let condition = question.asked_when.as_ref().and_then(|condition| in_words(condition, all));
    let asked = if question.required { "Needed" } else { "Asked" };
    match (question.hint.trim_end(), condition) {
        (_, None) => question.hint.clone(),
        ("", Some(condition)) => format!("{asked} when {condition}."),
        (hint, Some(condition)) => {
            let stop = if hint.ends_with(['.', '?', '!']) { "" } else { "." };
            format!("{hint}{stop} {asked} when {condition}.")
        }
    }
}

/// `"Which lamp?" is On a post or On a wall`: the question that another depends on, and the choices that have it asked.
fn in_words(condition: &pb::QuestionCondition, all: &[pb::Question]) -> Option<String> {
    let other = all.iter().find(|question| question.code == condition.question_code)?;
    let choices = other.choices.iter().filter(|choice| condition.choice_codes.contains(&choice.code));
    let choices: Vec<&str> = choices.map(|choice| choice.label.as_str()).collect();
    Some(format!("\"{}\" is {}", other.label, choices.join(" or ")))
}

fn attribute(((question, help), place): ((pb::Question, String), u16)) -> Record {
    let form = question.r#type();
    let value = |choice: pb::Choice| vec![("key", Field::Text(choice.code)), ("name", Field::Text(choice.label))];
    vec![
        ("variable", Field::Flag(true)),
        ("code", Field::Text(question.code)),
        ("datatype", Field::Text(datatype(form).to_owned())),
        // What is not always asked is not always needed; `help` says when it is.
        ("required", Field::Flag(question.required && question.asked_when.is_none())),
        ("datatype_description", Field::text(help)),
        ("order", Field::Code(place)),
        ("description", Field::Text(question.label)),
        ("values", Field::Things("value", question.choices.into_iter().map(value).collect())),
    ]
}

const fn datatype(form: pb::QuestionType) -> &'static str {
    match form {
        pb::QuestionType::Unspecified | pb::QuestionType::Text => "text",
        pb::QuestionType::Number => "number",
        pb::QuestionType::Date => "datetime",
        pb::QuestionType::SingleChoice => "singlevaluelist",
        pb::QuestionType::MultipleChoice => "multivaluelist",
    }
}

/// A partnership's endpoint, and who keeps it.
pub(crate) fn discovery(changeset: &str, contact: &str, endpoint: &str, is_test: bool) -> Record {
    let formats = Field::Texts("format", vec!["text/xml".to_owned(), "application/json".to_owned()]);
    let text = |text: &str| Field::Text(text.to_owned());
    let record = vec![
        ("specification", text("http://wiki.open311.org/GeoReport_v2")),
        ("url", text(endpoint)),
        ("changeset", text(changeset)),
        ("type", text(if is_test { "test" } else { "production" })),
        ("formats", formats),
    ];
    vec![
        ("changeset", text(changeset)),
        ("contact", text(contact)),
        ("key_service", text(KEY_SERVICE)),
        ("endpoints", Field::Things("endpoint", vec![record])),
    ]
}

/// An issue as a service request, of an installation at `origin`. Of several photos the first is named: the specification has room for one.
pub(crate) fn request(issue: pb::Issue, origin: &str) -> Record {
    // What nobody has said to have ended may still be waited for.
    let open = family::is_open(issue.state()).unwrap_or(true);
    let photo = issue.photos.first().map(|photo| format!("{origin}{}", photo.full_url));
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
        ("lat", degrees(LatLng::latitude)),
        ("long", degrees(LatLng::longitude)),
        ("media_url", Field::text(photo.unwrap_or_default())),
    ]
}

/// What a reporter is told: the id, or a token while the report is held back; the pledge or advice, and the key with which the report can be
/// followed (an extension).
pub(crate) fn receipt(response: pb::ReportIssueResponse) -> Record {
    let issue = response.issue.unwrap_or_default();
    let notice = if response.advice.is_empty() { issue.standard_text } else { response.advice };
    let named = if response.report_token.is_empty() {
        ("service_request_id", Field::Text(issue.issue_id))
    } else {
        ("token", Field::Text(response.report_token))
    };
    vec![
        named,
        ("service_notice", Field::text(notice)),
        ("account_id", Field::Nothing),
        ("follow_token", Field::text(response.follow_token)),
    ]
}

/// What a token leads to; no id while the report is held back.
pub(crate) fn redeemed(token: pb::ReportToken) -> Record {
    vec![("service_request_id", Field::text(token.issue_id)), ("token", Field::Text(token.report_token))]
}

pub(crate) fn time(time: Option<prost_types::Timestamp>) -> Field {
    let nanos = |time: &prost_types::Timestamp| u32::try_from(time.nanos).unwrap_or_default();
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, nanos(&time)));
    time.map_or(Field::Nothing, |time| Field::Text(written(time)))
}

/// A time as the filters and Open311 write it.
pub(crate) fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What a report says that came without a description, which the specification allows.
const NO_WORDS: &str = "Reported without a description.";

/// The form of `POST requests` as a report; what the contract itself demands is left to the service that checks it.
impl TryFrom<&Params> for pb::ReportIssueRequest {
    type Error = Problems;

    fn try_from(params: &Params) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        if params.get("service_code").is_none() {
            problems.add(Problem::new(400, "service_code is needed."));
        }
        let location = location(params, &mut problems);
        let reporter = reporter(params);
        problems.or(Self {
            category_code: params.text("service_code"),
            description: params.get("description").unwrap_or(NO_WORDS).to_owned(),
            location: Some(location),
            answers: params.attributes.iter().map(answer).collect(),
            source: pb::IssueSource::Open311.into(),
            reporter,
            media_urls: params.pictures.clone(),
            ..Self::default()
        })
    }
}

fn answer((code, values): &(String, Vec<String>)) -> pb::AnswerInput {
    pb::AnswerInput { question_code: code.clone(), values: values.clone() }
}

/// A field of an answer as the parameter that holds it; none for any other field.
pub(crate) fn attribute_parameter(field: &str, params: &Params) -> Option<String> {
    let rest = field.strip_prefix("answers")?;
    let index = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))?.0.parse::<usize>().ok()?;
    let (code, _) = params.attributes.get(index)?;
    Some(format!("attribute[{code}]"))
}

/// The parameter of a question that is not answered, and the question, out of the words in which issues says so of all answers together.
pub(crate) fn unanswered<'v>(field: &str, description: &'v str) -> Option<(String, &'v str)> {
    let said = description.strip_prefix("must answer ").filter(|_| field == "answers")?;
    let (code, question) = said.split_once(": ")?;
    Some((format!("attribute[{code}]"), question))
}

/// The parameter that holds a picture; none for any other field.
pub(crate) fn picture_parameter(field: &str) -> Option<&'static str> {
    let rest = field.strip_prefix("media_urls")?;
    (rest.is_empty() || rest.starts_with('[')).then_some(PICTURE)
}

/// The point that a report gives, if it can be read; what is wrong with it is told where the report is read.
pub(crate) fn place(params: &Params) -> Option<LatLng> {
    let mut unheard = Problems::default();
    let (latitude, longitude) = (params.number("lat", &mut unheard), params.number("long", &mut unheard));
    latitude.zip(longitude).map(|(latitude, longitude)| LatLng::at(latitude, longitude))
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
    let point = latitude.zip(longitude).map(|(latitude, longitude)| LatLng::at(latitude, longitude));
    let (address, uprn) = (params.text("address_string"), params.text("address_id"));
    // An id of another kind does not lose a report that has another place.
    let has_other = point.is_some() || !address.is_empty();
    let uprn = if has_other && !is_uprn(&uprn) { String::new() } else { uprn };
    pb::Location { point, address, uprn, ..pb::Location::default() }
}

fn is_uprn(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A telephone number as the contract takes it, without an extension; nothing where it is none. It does not lose the report.
fn phone(text: &str) -> String {
    let number = text.split(['e', 'E', 'x', 'X', '#', ';', ',']).next().unwrap_or_default();
    let number = number.replace(['.', '/'], " ");
    let number = number.trim();
    let is_number = number.len() <= LONGEST_PHONE
        && number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || b"+() -".contains(&byte));
    if is_number { number.to_owned() } else { String::new() }
}

fn reporter(params: &Params) -> Option<pb::ContactDetails> {
    let names = [params.get("first_name"), params.get("last_name")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (email, phone) = (params.text("email"), phone(params.get("phone").unwrap_or_default()));
    let anyone = !(name.is_empty() && email.is_empty() && phone.is_empty());
    anyone.then(|| pb::ContactDetails { name, email, phone, ..pb::ContactDetails::default() })
}
