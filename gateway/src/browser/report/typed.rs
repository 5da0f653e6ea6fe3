//! What is typed into the forms, what it comes to, and what is wrong with it: said at the field that it is about, all of it at once.

use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use super::asked::{answer_text, answers_of, asked, flaw_of, name_of};
use super::request_id;
use crate::error::Violation;
use crate::form::Fields;

const NO_PLACE: &str = "Say where it is: an address, a UPRN, or degrees north and east";
const NO_DEGREES: &str = "Enter degrees north and degrees east as numbers, such as 54.6142 and -2.2793";
const NO_UPRN: &str = "Enter the UPRN as 1 to 12 digits";
const NO_DESCRIPTION: &str = "Say what is wrong";
const NO_EMAIL: &str = "Enter an e-mail address such as name@example.org";
const EMAIL_HINT: &str = "We send you a link; if you open it, you are told by e-mail what becomes of your report.";
const NO_PHONE: &str = "Enter a telephone number with digits, such as 020 7946 0000";

/// What is wrong with a field, for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The field's name, which is its id on the page too.
    pub(super) field: String,
    /// What is wrong, and what would be right.
    pub(super) text: String,
}

impl Problem {
    pub(super) fn new(field: &str, text: impl Into<String>) -> Self {
        Self { field: field.to_owned(), text: text.into() }
    }

    /// What is wrong with a field; empty where nothing is.
    pub(super) fn about(field: &str, problems: &[Self]) -> String {
        problems.iter().find(|problem| problem.field == field).map(|problem| problem.text.clone()).unwrap_or_default()
    }

    /// What the service found wrong with a report, each field once.
    pub(super) fn read(violations: &[Violation], answers: &[pb::AnswerInput]) -> Vec<Self> {
        let mut problems: Vec<Self> = Vec::new();
        for problem in violations.iter().map(|violation| Self::of(violation, answers)) {
            if problems.iter().all(|other| other.field != problem.field) {
                problems.push(problem);
            }
        }
        problems
    }

    fn of(violation: &Violation, answers: &[pb::AnswerInput]) -> Self {
        let said = |label: &str| format!("{label} {}", violation.description);
        let path = violation.field.as_str();
        let part = path.split(['.', '[']).nth(1).unwrap_or_default();
        match (path.split(['.', '[']).next().unwrap_or_default(), part) {
            ("description", _) => Self::new("description", said("What is wrong")),
            ("title", _) => Self::new("title", said("The few words")),
            ("location", "point") => Self::new("latitude", said("The place")),
            ("location", "uprn") => Self::new("uprn", NO_UPRN),
            ("location", "location_text") => Self::new("location_text", said("The place in your own words")),
            ("location", "address") => Self::new("address", said("The address")),
            ("location", _) => Self::new("address", NO_PLACE),
            ("reporter", "name") => Self::new("name", said("The name")),
            ("reporter", "phone") => Self::new("phone", NO_PHONE),
            ("reporter", _) => Self::new("email", NO_EMAIL),
            ("answers", index) => {
                let index = index.trim_end_matches(']').parse::<usize>().ok();
                match index.and_then(|index| answers.get(index)) {
                    Some(answer) => Self::new(&name_of(&answer.question_code), said("The answer")),
                    None => Self::new("description", said("The form")),
                }
            }
            _ => Self::new("description", said(path)),
        }
    }
}

/// A field of the page, before anything is typed into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    /// `line`, `area`, `number`, `email` or `tel`.
    form: &'static str,
    most: usize,
    autocomplete: &'static str,
}

const fn field(name: &'static str, label: &'static str, hint: &'static str, form: &'static str, most: usize) -> Field {
    Field { name, label, hint, form, most, autocomplete: "off" }
}

/// What is asked of every issue: what it is, and where.
pub(super) const PLACES: [Field; 7] = [
    field("title", "What is wrong, in a few words (optional)", "For example, mattresses on the pavement.", "line", 200),
    field(
        "description",
        "What is wrong",
        "Everybody can read it: leave out names and other details of people. At most 5,000 characters.",
        "area",
        5_000,
    ),
    field("address", "Address, or the nearest one", "For example, 12 Quay Lane.", "line", 500),
    field("uprn", "Unique Property Reference Number (UPRN)", "In place of an address, if you know it.", "number", 12),
    field(
        "latitude",
        "Degrees north",
        "In place of an address, if you know it, together with degrees east. For example, 54.6142.",
        "number",
        20,
    ),
    field("longitude", "Degrees east", "West of Greenwich with a minus before it. For example, -2.2793.", "number", 20),
    field(
        "location_text",
        "Where exactly, in your own words (optional)",
        "For example, behind the bins of number 12. At most 500 characters.",
        "line",
        500,
    ),
];

/// How to reach whoever reports.
pub(super) const CONTACTS: [Field; 3] = [
    Field { autocomplete: "name", ..field("name", "Your name", "", "line", 200) },
    Field { autocomplete: "email", ..field("email", "E-mail address", EMAIL_HINT, "email", 254) },
    Field { autocomplete: "tel", ..field("phone", "Telephone number", "", "tel", 30) },
];

/// A field of the page, with what was typed into it.
pub(super) struct Input<'a> {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) form: &'static str,
    pub(super) most: usize,
    pub(super) autocomplete: &'static str,
    pub(super) value: &'a str,
    pub(super) problem: String,
}

/// Fields with what was typed into them.
pub(super) fn inputs_of<'a>(fields: &[Field], typed: &'a Fields, problems: &[Problem]) -> Vec<Input<'a>> {
    let input = |field: &Field| Input {
        name: field.name,
        label: field.label,
        hint: field.hint,
        form: field.form,
        most: field.most,
        autocomplete: field.autocomplete,
        value: typed.get(field.name),
        problem: Problem::about(field.name, problems),
    };
    fields.iter().map(input).collect()
}

/// Whether a field stands on the page on which the report is sent, and not on the one before it.
pub(super) fn is_of_contacts(field: &str) -> bool {
    ["name", "email", "phone", "photos"].contains(&field)
}

/// The point that was typed; none where nothing was.
pub(super) fn point_of(fields: &Fields) -> Result<Option<LatLng>, Problem> {
    let degrees = |name: &str, most: f64| {
        let number = fields.get(name).parse::<f64>().ok();
        number.filter(|number| number.abs() <= most)
    };
    match (fields.get("latitude"), fields.get("longitude")) {
        ("", "") => Ok(None),
        _ => match (degrees("latitude", 90.0), degrees("longitude", 180.0)) {
            (Some(latitude), Some(longitude)) => Ok(Some(LatLng::at(latitude, longitude))),
            (None, _) => Err(Problem::new("latitude", NO_DEGREES)),
            (_, None) => Err(Problem::new("longitude", NO_DEGREES)),
        },
    }
}

/// All that is wrong with what was typed, in the order of the page.
pub(super) fn problems_of(questions: &[&pb::Question], fields: &Fields) -> Vec<Problem> {
    let mut problems: Vec<Problem> = questions.iter().filter_map(|question| flaw_of(question, fields)).collect();
    for field in &PLACES {
        let length = fields.get(field.name).chars().count();
        if field.form != "number" && length > field.most {
            problems.push(Problem::new(field.name, format!("Say it in at most {} characters", field.most)));
        } else if field.name == "description" && length == 0 {
            problems.push(Problem::new(field.name, NO_DESCRIPTION));
        }
    }
    let uprn = fields.get("uprn");
    if !uprn.is_empty() && (uprn.len() > 12 || !uprn.bytes().all(|byte| byte.is_ascii_digit())) {
        problems.push(Problem::new("uprn", NO_UPRN));
    }
    match point_of(fields) {
        Err(problem) => problems.push(problem),
        Ok(None) if uprn.is_empty() && fields.get("address").is_empty() => {
            problems.push(Problem::new("address", NO_PLACE));
        }
        Ok(_) => {}
    }
    problems
}

/// All that is wrong with how to reach whoever reports.
pub(super) fn contact_problems(fields: &Fields) -> Vec<Problem> {
    let (name, email, phone) = (fields.get("name"), fields.get("email"), fields.get("phone"));
    let is_phone = |byte: u8| byte.is_ascii_digit() || b"+() -".contains(&byte);
    let is_email =
        email.len() <= 254 && email.split_once('@').is_some_and(|(one, other)| !one.is_empty() && !other.is_empty());
    let wrong = [
        (name.chars().count() > 200, "name", "Enter your name in at most 200 characters"),
        (!email.is_empty() && !is_email, "email", NO_EMAIL),
        (phone.len() > 30 || !phone.bytes().all(is_phone), "phone", NO_PHONE),
    ];
    wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong).map(|(_, field, text)| Problem::new(field, text)).collect()
}

/// What goes along from step to step.
pub(super) fn carried(fields: &Fields) -> Vec<(&str, &str)> {
    let is_kept = |name: &str| {
        ["category", "at_home"].contains(&name)
            || name.starts_with("answer.")
            || PLACES.iter().any(|field| field.name == name)
    };
    fields.iter().filter(|(name, value)| is_kept(name) && !value.is_empty()).collect()
}

/// What was typed, for whoever looks it through before it is sent.
pub(super) fn facts_of(category: &pb::Category, fields: &Fields) -> Vec<(String, String)> {
    let questions = asked(&category.questions, fields);
    let answers = questions.iter().map(|question| (question.label.clone(), answer_text(question, fields)));
    let place = ["address", "location_text"].map(|name| fields.get(name)).join("; ");
    let degrees = ["latitude", "longitude"].map(|name| fields.get(name)).join(", ");
    let uprn = fields.get("uprn");
    let facts = [
        ("What it is about", category.name.clone()),
        ("In a few words", fields.get("title").to_owned()),
        ("What is wrong", fields.get("description").to_owned()),
        ("Where", place.trim_matches(|letter| letter == ';' || letter == ' ').to_owned()),
        ("UPRN", uprn.to_owned()),
        ("Degrees north, east", degrees.trim_matches(|letter| letter == ',' || letter == ' ').to_owned()),
    ];
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    facts.into_iter().chain(answers).filter(|(_, value)| !value.is_empty()).collect()
}

/// The report that it comes to.
pub(super) fn request_of(
    partnership_id: &str,
    category: &pb::Category,
    questions: &[&pb::Question],
    fields: &Fields,
) -> pb::ReportIssueRequest {
    let typed = |name: &str| fields.get(name).to_owned();
    let location = pb::Location {
        point: point_of(fields).ok().flatten(),
        address: typed("address"),
        uprn: typed("uprn"),
        location_text: typed("location_text"),
        domestic: !fields.get("at_home").is_empty(),
        ..pb::Location::default()
    };
    pb::ReportIssueRequest {
        partnership_id: partnership_id.to_owned(),
        category_code: category.code.clone(),
        title: typed("title"),
        description: typed("description"),
        location: Some(location),
        source: pb::IssueSource::Web.into(),
        reporter: reporter_of(fields),
        answers: answers_of(questions, fields),
        request_id: request_id(fields, "report"),
        ..pb::ReportIssueRequest::default()
    }
}

/// Who reports; none who stays anonymous.
fn reporter_of(fields: &Fields) -> Option<pb::ContactDetails> {
    let [name, email, phone] = ["name", "email", "phone"].map(|name| fields.get(name).to_owned());
    if name.is_empty() && email.is_empty() && phone.is_empty() {
        return None;
    }
    let is_named = !name.is_empty() && !fields.get("named").is_empty();
    let visibility = if is_named { pb::ReporterVisibility::Named } else { pb::ReporterVisibility::Confidential };
    Some(pb::ContactDetails { name, email, phone, visibility: visibility.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(form: &str) -> Fields {
        Fields::read(form.as_bytes()).unwrap()
    }

    fn wrong(form: &str) -> Vec<String> {
        problems_of(&[], &fields(form)).into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(wrong(""), ["description", "address"]);
        assert_eq!(wrong("description=x&uprn=12a&latitude=91"), ["uprn", "latitude"]);
        assert_eq!(wrong("description=x&latitude=54.6"), ["longitude"]);
        assert_eq!(wrong("description=x&latitude=NaN&longitude=1"), ["latitude"]);
        let long = format!("title={}&description={}&address=a", "x".repeat(201), "y".repeat(5_001));
        assert_eq!(wrong(&long), ["title", "description"]);
        for good in ["address=12+Quay+Lane", "uprn=100", "latitude=54.6&longitude=-2.28"] {
            assert!(wrong(&format!("description=x&{good}")).is_empty(), "{good}");
        }
        let contacts = |form: &str| contact_problems(&fields(form)).len();
        assert_eq!((contacts(""), contacts("email=ada@example.org&phone=020+7946")), (0, 0));
        assert_eq!(contacts("email=ada&phone=call+me"), 2);
    }

    #[test]
    fn what_the_service_refuses_stands_at_its_field() {
        let answers = [pb::AnswerInput { question_code: "kind".to_owned(), values: Vec::new() }];
        let violation = |field: &str| Violation::new(field, "must not be so");
        let found = Problem::read(
            &["location.point", "answers[0].values", "answers[9].values", "location", "reporter.email"].map(violation),
            &answers,
        );
        let fields: Vec<&str> = found.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["latitude", "answer.kind", "description", "address", "email"]);
    }

    #[test]
    fn what_was_typed_goes_along_and_nothing_else() {
        let form = fields("step=details&shown=kind&answer.kind=van&description=x&title=&request_id=1&name=Ada");
        assert_eq!(carried(&form), [("answer.kind", "van"), ("description", "x")]);
    }
}
