//! Every contract keeps the rules that all of them share. These tests walk the descriptors, so a new RPC, field or reason is
//! checked from the day on which it is written.

use std::collections::BTreeSet;

use pathfinder_kit::{Reason, code_of};
use pathfinder_tests::contract::{self, Commented as _, short_name};
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

/// Fails with all findings at once.
fn none(findings: &[String], expected: &str) {
    assert!(findings.is_empty(), "{expected}; not so:\n  {}", findings.join("\n  "));
}

/// The messages that callers send, and all that stands within them.
fn asked_messages() -> Vec<MessageDescriptor> {
    let mut names = BTreeSet::new();
    let mut open: Vec<MessageDescriptor> = contract::rpcs().map(|rpc| rpc.input()).collect();
    let mut found = Vec::new();
    while let Some(message) = open.pop() {
        if !message.full_name().starts_with("pathfinder.") || !names.insert(message.full_name().to_owned()) {
            continue;
        }
        open.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
        found.push(message);
    }
    found
}

fn asked_fields() -> Vec<FieldDescriptor> {
    asked_messages().iter().flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
}

#[test]
fn every_rpc_has_a_route_of_its_own_and_says_what_it_does() {
    let mut findings = Vec::new();
    let mut routes = BTreeSet::new();
    for rpc in contract::rpcs() {
        match contract::route(&rpc) {
            None if WITHOUT_ROUTE.contains(&short_name(&rpc).as_str()) => {}
            None => findings.push(format!("{} has google.api.http", rpc.full_name())),
            Some(route) => {
                let captured = route.path.replace(['{', '}'], "|");
                let shape: Vec<&str> = captured.split('|').step_by(2).collect();
                if !routes.insert(format!("{} {}", route.method, shape.join("{}"))) {
                    findings.push(format!("{}: no other RPC has {} {}", rpc.full_name(), route.method, route.path));
                }
                findings.extend(route_findings(&rpc, &route));
            }
        }
        if !rpc.comment().starts_with(rpc.name()) {
            findings.push(format!("{}: its comment begins with its name", rpc.full_name()));
        }
    }
    none(&findings, "every RPC has a route of its own and a comment");
}

/// RPCs that are not offered over HTTP, each for its reason.
const WITHOUT_ROUTE: [&str; 2] = [
    // Only the suite's own services ask for it, and they speak gRPC: nobody from outside is to try secrets at it.
    "TokenService/IssueServiceToken",
    // Rows go in while answers come out; a client of HTTP/1.1 that sends all before it reads would wait for ever.
    "IssueService/ImportIssues",
];

fn route_findings(rpc: &MethodDescriptor, route: &contract::Route) -> Vec<String> {
    let mut findings = Vec::new();
    let name = rpc.full_name();
    for capture in route.path.split('{').skip(1).filter_map(|part| part.split('}').next()) {
        if rpc.input().get_field_by_name(capture).is_none() {
            findings.push(format!("{name}: {{{capture}}} is a field of its request"));
        }
    }
    let takes_body = matches!(route.method, http::Method::POST | http::Method::PATCH | http::Method::PUT);
    if takes_body != (route.body == "*") {
        findings.push(format!("{name}: {} goes with body {:?}", route.method, route.body));
    }
    if rpc.input().get_field_by_name("partnership_id").is_some() && !contract::is_feed(rpc) {
        let scoped = route.path.starts_with("/v1/partnerships/{partnership_id}");
        let first = rpc
            .input()
            .fields()
            .min_by_key(FieldDescriptor::number)
            .is_some_and(|field| field.name() == "partnership_id");
        if !scoped || !first {
            findings.push(format!("{name}: its partnership comes first, in the path and in the message"));
        }
    }
    findings
}

#[test]
fn every_creation_and_every_verb_can_be_repeated_under_a_request_id() {
    let mut findings = Vec::new();
    for rpc in contract::rpcs() {
        let Some(route) = contract::route(&rpc) else { continue };
        if route.method != http::Method::POST || EXEMPT_FROM_REQUEST_ID.contains(&short_name(&rpc).as_str()) {
            continue;
        }
        let field = rpc.input().get_field_by_name("request_id");
        let is_uuid = field.is_some_and(|field| {
            let rules = contract::rules(&field);
            rules.part("string").flag("uuid") && rules.has("ignore")
        });
        if !is_uuid {
            findings.push(format!("{} has `request_id`, a UUID that may be left out", rpc.full_name()));
        }
    }
    none(&findings, "every creation and custom verb has a request_id");
}

/// RPCs by POST that need no request id, each for its reason.
const EXEMPT_FROM_REQUEST_ID: [&str; 16] = [
    // Each answer is a new token, and the one before holds as well.
    "CredentialService/ExchangeApiKey",
    "CredentialService/IssueClientToken",
    "FormLinkService/ExchangeFormLink",
    "SignInService/ExchangeSession",
    // What is handed in opens once, so that a repeat is refused; a lost answer is followed by another sign-in.
    "SignInService/RequestSignInLink",
    "SignInService/RedeemSignInLink",
    "SignInService/BeginOpenIdSignIn",
    "SignInService/CompleteOpenIdSignIn",
    // Ends what it names. Asked again, it changes nothing and answers the same.
    "CredentialService/RevokeCredential",
    "FormLinkService/RevokeFormLink",
    "SignInService/EndSession",
    "SignInService/RevokeSession",
    // Reads; it is a POST so that nobody's e-mail address stands in a path.
    "PersonalDataService/ExportSubject",
    // Reckons and writes nothing; it is a POST because what is asked is too long for an address.
    "IssueService/ReckonDueTimes",
    // Reads; it is a POST so that nobody's draft and home stand in an address.
    "DuplicateService/SuggestDuplicates",
    // Each row carries the id of the system it comes from, by which a repeat is recognised.
    "IssueService/BatchImportIssues",
];

#[test]
fn every_service_message_field_enum_and_value_says_what_it_is() {
    let mut findings = Vec::new();
    let mut check = |name: &str, comment: String| {
        if comment.is_empty() {
            findings.push(name.to_owned());
        }
    };
    for service in pathfinder_proto::pool().services().filter(|service| service.full_name().starts_with("pathfinder."))
    {
        check(service.full_name(), service.comment());
    }
    for message in contract::messages().filter(|message| !message.is_map_entry()) {
        check(message.full_name(), message.comment());
        message.fields().for_each(|field| check(field.full_name(), field.comment()));
    }
    for words in contract::enums() {
        check(words.full_name(), words.comment());
        words.values().for_each(|value| check(value.full_name(), value.comment()));
    }
    none(&findings, "everything in the contracts carries a comment");
}

#[test]
fn every_text_and_list_that_a_caller_sends_is_bounded() {
    let mut findings = Vec::new();
    for field in asked_fields() {
        let rules = contract::rules(&field);
        let each = if field.is_list() { rules.part("repeated").part("items") } else { rules.clone() };
        if field.is_list() && rules.part("repeated").number("max_items").is_none() {
            findings.push(format!("{} has max_items", field.full_name()));
        }
        let text = each.part("string");
        if field.kind() == Kind::String && text.number("max_len").is_none() && !text.flag("uuid") {
            findings.push(format!("{} has max_len", field.full_name()));
        }
        if field.kind() == Kind::Bytes && each.part("bytes").number("max_len").is_none() {
            findings.push(format!("{} has bytes.max_len", field.full_name()));
        }
        let closed = each.part("enum").flag("defined_only");
        if matches!(field.kind(), Kind::Enum(_)) && !closed {
            findings.push(format!("{} takes only words that the contract defines", field.full_name()));
        }
    }
    none(&findings, "everything that a caller sends is bounded");
}

/// What a text must hold that must say something.
const VISIBLE: &str = "[\\p{L}\\p{N}\\p{P}\\p{S}]";

/// Needed texts that are no prose: each is checked against what it may say.
const NO_PROSE: [&str; 3] = ["boundary", "kinds", "filter"];

#[test]
fn every_needed_text_of_boards_and_commitments_says_something() {
    let mut findings = Vec::new();
    let prose = |field: &&FieldDescriptor| {
        let package = field.parent_message().package_name().to_owned();
        let ours = ["boards", "commitments", "types"].iter().any(|name| package == format!("pathfinder.{name}.v1"));
        ours && field.kind() == Kind::String && !NO_PROSE.contains(&field.name())
    };
    for field in asked_fields().iter().filter(prose) {
        let rules = contract::rules(field);
        let text = if field.is_list() { rules.part("repeated").part("items") } else { rules }.part("string");
        if text.number("min_len") > Some(0) && text.text("pattern").is_none() {
            findings.push(format!("{} has the pattern {VISIBLE}", field.full_name()));
        }
    }
    let said = asked_fields().iter().filter(|field| said_in(field)).count();
    assert!(said > 40, "many texts must say something; {said} do");
    none(&findings, "a text that is needed holds more than blanks");
}

fn said_in(field: &FieldDescriptor) -> bool {
    contract::rules(field).part("string").text("pattern").as_deref() == Some(VISIBLE)
}

#[test]
fn every_id_that_a_caller_sends_is_a_uuid_and_every_date_has_its_form() {
    let mut findings = Vec::new();
    for field in asked_fields()
        .iter()
        .filter(|field| field.kind() == Kind::String && field.cardinality() != Cardinality::Repeated)
    {
        let rules = contract::rules(field).part("string");
        let name = field.name();
        // An optional id may be set to nothing, which a pattern allows.
        let has_form = rules.flag("uuid") || (field.field_descriptor_proto().proto3_optional() && rules.has("pattern"));
        // What another system calls a thing has that system's form.
        let is_theirs = name.starts_with("external_");
        if name.ends_with("_id") && !is_theirs && !has_form {
            findings.push(format!("{} is a UUID", field.full_name()));
        }
        if name.ends_with("_date") && !rules.has("pattern") {
            findings.push(format!("{} has the pattern of a date", field.full_name()));
        }
    }
    none(&findings, "ids and dates have their forms");
}

#[test]
fn every_list_is_paged_in_the_same_way() {
    let mut findings = Vec::new();
    let lists: Vec<MethodDescriptor> = contract::rpcs().filter(|rpc| rpc.name().starts_with("List")).collect();
    assert!(lists.len() > 15, "the contracts hold lists");
    for rpc in &lists {
        let (asked, answer) = (rpc.input(), rpc.output());
        let mut want = |met: bool, what: &str| {
            if !met {
                findings.push(format!("{}: {what}", rpc.full_name()));
            }
        };
        let size = asked.get_field_by_name("page_size").map(|field| (field.kind(), contract::rules(&field)));
        want(
            size.is_some_and(|(kind, rules)| kind == Kind::Int32 && rules.part("int32").number("gte") == Some(0)),
            "int32 page_size, not negative",
        );
        want(
            asked.get_field_by_name("page_token").is_some_and(|field| field.kind() == Kind::String),
            "string page_token",
        );
        let rows = answer.get_field(1).is_some_and(|field| field.is_list() && matches!(field.kind(), Kind::Message(_)));
        want(rows, "the rows are field 1 of the answer");
        want(
            answer.get_field(2).is_some_and(|field| field.name() == "next_page_token"),
            "next_page_token is field 2 of the answer",
        );
    }
    none(&findings, "every list has the same pages");
}

#[test]
fn every_update_is_of_what_is_there_and_can_check_its_etag() {
    let mut findings = Vec::new();
    for rpc in contract::rpcs().filter(|rpc| rpc.name().starts_with("Update")) {
        let route = contract::route(&rpc);
        if route.is_none_or(|route| route.method != http::Method::PATCH) {
            findings.push(format!("{} is a PATCH", rpc.full_name()));
        }
        if rpc.input().get_field_by_name("etag").is_none() || rpc.output().get_field_by_name("etag").is_none() {
            findings.push(format!("{} takes the etag that its answer holds", rpc.full_name()));
        }
    }
    none(&findings, "every update is a PATCH with an etag");
}

#[test]
fn only_the_listed_rpcs_are_open_to_the_public() {
    let open: BTreeSet<String> = contract::rpcs().filter(contract::is_public).map(|rpc| short_name(&rpc)).collect();
    let listed = include_str!("../public_rpcs.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let unlisted: Vec<_> = open.difference(&listed).collect();
    let closed: Vec<_> = listed.difference(&open).collect();
    assert!(
        unlisted.is_empty(),
        "RPCs that may be called without a token stand in public_rpcs.txt; these do not: {unlisted:?}"
    );
    assert!(
        closed.is_empty(),
        "public_rpcs.txt lists only RPCs that may be called without a token; these may not: {closed:?}"
    );
}

#[test]
fn every_reason_states_the_code_that_it_comes_with() {
    let reasons = contract::enums()
        .find(|words| words.name() == "ErrorReason")
        .expect("the contracts have a registry of reasons");
    let mut findings = Vec::new();
    for value in reasons.values().filter(|value| value.number() != 0) {
        let reason = Reason::try_from(value.number()).expect("the registry and its compiled form agree");
        let code = format!("{:?}", code_of(reason).grpc());
        let comment = value.comment();
        let stated =
            comment.trim_end_matches('.').rsplit(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
        let plain = stated.replace('_', "");
        if !plain.eq_ignore_ascii_case(&code) {
            findings.push(format!("{} comes with {code} and states `{stated}`", value.name()));
        }
    }
    none(&findings, "the comment of every reason ends with its code");
}

#[test]
fn every_reason_that_an_rpc_names_is_in_the_registry() {
    let reasons = contract::enums()
        .find(|words| words.name() == "ErrorReason")
        .expect("the contracts have a registry of reasons");
    let known: BTreeSet<String> = reasons.values().map(|value| value.name().replace("ERROR_REASON_", "")).collect();
    let mut findings = Vec::new();
    for rpc in contract::rpcs() {
        let comment = rpc.comment();
        let Some((_, errors)) = comment.split_once("Errors:") else { continue };
        let words =
            errors.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'));
        let reasons = words.filter(|word| word.contains('_') && word.len() > 6);
        for word in reasons.filter(|word| !known.contains(*word) && !is_state(word)) {
            findings.push(format!("{} names {word}", rpc.full_name()));
        }
    }
    none(&findings, "every reason that a comment names is in the registry");
}

/// Whether a word is a state's, which comments name, too.
fn is_state(word: &str) -> bool {
    let ending = format!("_{word}");
    contract::enums().any(|words| words.values().any(|value| value.name().ends_with(&ending)))
}
