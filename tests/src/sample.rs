//! Minimal messages that a service takes as valid, made from the contract: every field that is needed, and no other.
//!
//! What the contract's rules say is read from them, so a new RPC has its message at once. What only a second look would refuse
//! (two dates in the wrong order, a target that is no change) stands in `DETAILS`; a message of a new RPC that is refused with
//! INVALID_REQUEST needs a line there.

use std::borrow::Cow;
use std::sync::LazyLock;

use pathfinder_proto::pool;
use prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, OneofDescriptor};
use serde_json::{Map, Value, json};

use crate::contract::{self, Rules, short_name};
use crate::world::merged;

/// The id of nothing.
pub const ABSENT: &str = "01890a5d-ac96-774b-bcce-000000000000";

/// A PNG of one colour, 24 by 16 pixels, in base64.
pub const PHOTO: &str =
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAGklEQVR42mM4YaNBFcQwatCoQaMGjRpEGQIAwL3CEEmM++MAAAAASUVORK5CYII=";

/// A request of the RPC. `id_of` answers the id for a field such as `issue_id`.
///
/// # Panics
///
/// When a field must match a pattern for which no text is known.
#[must_use]
pub fn request(rpc: &MethodDescriptor, id_of: &impl Fn(&str) -> String) -> Value {
    let made = message(&rpc.input(), id_of);
    let name = short_name(rpc);
    let details = DETAILS.iter().find(|(known, _)| *known == name).map_or("{}", |(_, fields)| *fields);
    let details: Value = serde_json::from_str(details).unwrap_or_else(|error| panic!("{name}: {error}: {details}"));
    merged(made, details)
}

/// A request in which every id is that of nothing.
#[must_use]
pub fn request_about_nothing(rpc: &MethodDescriptor) -> Value {
    request(rpc, &|_| ABSENT.to_owned())
}

/// The names of the fields of a request that hold ids, needed or not, in the order of the contract.
#[must_use]
pub fn id_fields(rpc: &MethodDescriptor) -> Vec<String> {
    let fields = rpc.input().fields().filter(|field| is_id(field) && field.name() != "request_id").collect::<Vec<_>>();
    fields.iter().map(|field| field.name().to_owned()).collect()
}

fn is_id(field: &FieldDescriptor) -> bool {
    let rules = contract::rules(field);
    let rules = if field.is_list() { rules.part("repeated").part("items") } else { rules }.part("string");
    rules.flag("uuid") || rules.text("pattern").is_some_and(|pattern| pattern == ID_OR_NOTHING)
}

fn message(descriptor: &MessageDescriptor, id_of: &impl Fn(&str) -> String) -> Value {
    let mut made = Map::new();
    for field in descriptor.fields().filter(is_needed) {
        made.insert(field.name().to_owned(), value(&field, id_of));
    }
    Value::Object(made)
}

/// Whether a message without the field is refused by its rules.
fn is_needed(field: &FieldDescriptor) -> bool {
    if let Some(choice) = field.containing_oneof().filter(|choice| !choice.is_synthetic()) {
        return is_required(&choice) && choice.fields().next().is_some_and(|first| first == *field);
    }
    let rules = contract::rules(field);
    if rules.flag("required") {
        return true;
    }
    if rules.has("ignore") || field.supports_presence() {
        return false;
    }
    if field.is_list() {
        return rules.part("repeated").number("min_items") > Some(0);
    }
    match field.kind() {
        Kind::String => is_text_needed(&rules.part("string")),
        Kind::Enum(_) => rules.part("enum").has("not_in"),
        Kind::Int32 => rules.part("int32").number("gte") > Some(0),
        Kind::Double => rules.has("double"),
        Kind::Bytes => rules.part("bytes").number("min_len") > Some(0),
        _ => false,
    }
}

fn is_text_needed(rules: &Rules) -> bool {
    let takes_nothing = rules.text("pattern").is_none_or(|pattern| pattern.ends_with(")?$"));
    rules.flag("uuid") || rules.flag("email") || rules.number("min_len") > Some(0) || !takes_nothing
}

static ONEOF: LazyLock<ExtensionDescriptor> = LazyLock::new(|| {
    let option = pool().get_extension_by_name("buf.validate.oneof");
    option.unwrap_or_else(|| panic!("the contracts declare the option buf.validate.oneof"))
});

fn is_required(choice: &OneofDescriptor) -> bool {
    let options = choice.options();
    let rules = options.get_extension(&ONEOF);
    let required = rules.as_message().and_then(|rules| rules.get_field_by_name("required").map(Cow::into_owned));
    required.and_then(|required| required.as_bool()).unwrap_or(false)
}

fn value(field: &FieldDescriptor, id_of: &impl Fn(&str) -> String) -> Value {
    let rules = contract::rules(field);
    let (one, rules) = if field.is_list() { (true, rules.part("repeated").part("items")) } else { (false, rules) };
    let value = match field.kind() {
        Kind::String => json!(text(field, &rules.part("string"), id_of)),
        Kind::Enum(words) => json!(words.values().find(|word| word.number() != 0).map(|word| word.name().to_owned())),
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => json!("2026-07-01T18:00:00Z"),
        Kind::Message(inner) => message(&inner, id_of),
        Kind::Bool => json!(true),
        Kind::Bytes => json!("aGk="),
        _ => json!(1),
    };
    if one { json!([value]) } else { value }
}

fn text(field: &FieldDescriptor, rules: &Rules, id_of: &impl Fn(&str) -> String) -> String {
    if rules.flag("uuid") {
        return id_of(field.name());
    }
    if rules.flag("email") {
        return "ann@example.org".to_owned();
    }
    let Some(pattern) = rules.text("pattern") else { return "Some words".to_owned() };
    let fitting = TEXTS.iter().find(|(known, _)| *known == pattern).map(|(_, text)| (*text).to_owned());
    fitting.unwrap_or_else(|| panic!("{}: a text that matches {pattern} stands in TEXTS", field.full_name()))
}

const ID_OR_NOTHING: &str = "^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$";

/// A text for each pattern.
const TEXTS: [(&str, &str); 12] = [
    ("[\\p{L}\\p{N}\\p{P}\\p{S}]", "Some words"),
    ("^[ -~]+$", "Some words"),
    ("^[ -~\\n]+$", "Some words"),
    ("^\\d{4}-\\d{2}-\\d{2}$", "2026-09-01"),
    ("^[A-Za-z0-9][A-Za-z0-9._-]*$", "some-code"),
    ("^[a-z0-9][a-z0-9-]*$", "some-code"),
    ("^[a-z][a-z0-9_]*$", "some_code"),
    ("^[a-z0-9-]+$", "some-name"),
    ("^[a-z0-9][a-z0-9-]{1,39}$", "some-login"),
    ("^[a-z][a-z0-9-]*[a-z0-9]$", "some-slug"),
    ("^[A-Z]{2,5}$", "SOME"),
    ("^(boards|commitments|issues|identity|gateway)$", "gateway"),
];

/// What a message needs beyond the rules of its fields.
const DETAILS: &[(&str, &str)] = &[
    (
        "PartnershipService/CreatePartnership",
        r#"{"boundary": "{\"type\": \"Polygon\", \"coordinates\": [[[5.0, 53.0], [5.1, 53.0], [5.1, 53.1], [5.0, 53.0]]]}"}"#,
    ),
    ("MemberService/AppointMember", r#"{"substitute_for_member_id": "01890a5d-ac96-774b-bcce-000000000000"}"#),
    ("MeetingService/RecordAttendance", r#"{"member_id": "01890a5d-ac96-774b-bcce-000000000000"}"#),
    ("ActionService/RaiseAction", r#"{"origin": "ACTION_ORIGIN_WALKABOUT"}"#),
    // Without a decision it would be an agreement under delegation, which is the manager's alone.
    ("ActionService/AgreeAction", r#"{"decision_id": "01890a5d-ac96-774b-bcce-000000000000"}"#),
    ("ActionService/ReportActionProgress", r#"{"rag": "RAG_GREEN"}"#),
    ("ActionService/VerifyAction", r#"{"accepted": true, "feedback_note": "It is clear."}"#),
    ("StandardService/CreateStandard", STANDARD),
    ("StandardService/ReviseStandard", STANDARD),
    ("CommitmentService/OfferCommitment", OFFER),
    ("CommitmentService/RecordMilestone", r#"{"status": "MILESTONE_STATUS_MET"}"#),
    ("CommitmentService/VerifyCommitment", r#"{"evidence": [{"text": "Photo"}]}"#),
    ("ProgressReportService/DraftProgressReport", REPORT),
    ("ProgressReportService/SubmitProgressReport", REPORT),
    ("ProgressReportService/CorrectProgressReport", REPORT),
    ("IssueService/ReportIssue", r#"{"category_code": "fly-tipping", "location": {"address": "12 Quay Lane"}}"#),
    ("IssueUpdateService/PushIssueUpdate", r#"{"happened_time": "2026-05-01T09:00:00Z"}"#),
    ("PhotoService/RedactPhoto", r#"{"regions": [{"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}]}"#),
    ("PeopleService/GrantRole", r#"{"grant": {"role": "ROLE_ADMINISTRATOR"}}"#),
    ("PeopleService/RevokeRole", r#"{"grant": {"role": "ROLE_ADMINISTRATOR"}}"#),
    ("CredentialService/CreateCredential", r#"{"scopes": ["issues"]}"#),
];

const STANDARD: &str = r#"{"terms": {"text": "A visit in a day", "measure": "STANDARD_MEASURE_RESPONSE_TIME",
    "target_value": 1.0, "unit": "STANDARD_UNIT_WORKING_DAYS", "target_percent": 90.0,
    "effective_from_date": "2026-07-01"}}"#;
const OFFER: &str = r#"{"terms": {"text": "Clear.", "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 9.0,
    "unit": "lanes", "baseline": {"value": 1.0, "value_date": "2026-05-01", "source": "Survey"},
    "direction": "DIRECTION_INCREASE", "start_date": "2026-06-01", "end_date": "2026-12-31",
    "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head"}}"#;
const REPORT: &str = r#"{"content": {"measured_value": 2.0, "narrative": "Two lanes.", "reported_rag": "RAG_GREEN"}}"#;
