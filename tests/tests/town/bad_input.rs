//! Whatever is wrong with a request, it is refused for a reason of its own, with all that is wrong in one answer, and nothing is
//! written. The same list of wrongs is sent over HTTP and over gRPC.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use pathfinder_tests::contract;
use pathfinder_tests::door::{Refusal, Way, http_of};
use pathfinder_tests::neighbourhood::{CATEGORY, Neighbourhood};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, text};
use serde_json::{Value, json};

const ABSENT: &str = "01890a5d-ac96-774b-bcce-000000000000";

/// Two partnerships, and how many rows each list of the first one has.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    other: Neighbourhood,
    issue_id: String,
    counts: Vec<(&'static str, usize)>,
}

/// What is counted before and after.
const LISTS: [(&str, &str); 8] = [
    ("IssueService/ListIssues", "issues"),
    ("CategoryService/ListCategories", "categories"),
    ("RoutingRuleService/ListRoutingRules", "routingRules"),
    ("ActionService/ListActions", "actions"),
    ("MeetingService/ListMeetings", "meetings"),
    ("MemberService/ListSeats", "seats"),
    ("CommitmentService/ListCommitments", "commitments"),
    ("ProviderService/ListProviders", "providers"),
];

impl Scene {
    async fn set(way: Way) -> Self {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
        let issue_id = text(&reported["issue"], "issueId");
        let mut scene = Self { world, hood, other, issue_id, counts: Vec::new() };
        scene.counts = scene.count().await;
        scene
    }

    async fn count(&self) -> Vec<(&'static str, usize)> {
        let mut counts = Vec::new();
        for (rpc, rows) in LISTS {
            let rows = self.world.list(&self.hood.manager(), rpc, self.hood.with(json!({})), rows).await;
            counts.push((rpc, rows.len()));
        }
        let people = self.world.list(ADMINISTRATOR, "PeopleService/ListPeople", json!({}), "people").await;
        counts.push(("PeopleService/ListPeople", people.len()));
        counts
    }

    /// Refused for `reason`, with the code and the HTTP status that belong to it.
    async fn refused(&self, who: &str, rpc: &str, message: Value, reason: &str) -> Refusal {
        let refusal = self.world.refused(who, rpc, message, reason).await;
        assert!(refusal.message.len() > 15 && refusal.message.contains(' '), "a refusal is a sentence: {refusal:?}");
        if let Some(http) = refusal.http {
            assert_eq!(http, http_of(&refusal), "the status that belongs to {}: {refusal:?}", refusal.status);
        }
        refusal
    }

    async fn nothing_was_written(&self) {
        assert_eq!(self.count().await, self.counts, "refused requests write nothing");
        let issue = self.hood.with(json!({"issue_id": self.issue_id}));
        let issue = self.world.must(PUBLIC, "IssueService/GetIssue", issue).await;
        assert_eq!(issue["state"], "ISSUE_STATE_ROUTED", "refused requests move nothing: {issue}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_each_wrong_is_refused_for_its_own_reason() {
    every_wrong(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_each_wrong_is_refused_for_its_own_reason() {
    every_wrong(Way::Grpc).await;
}

async fn every_wrong(way: Way) {
    let scene = Scene::set(way).await;
    fields_are_wrong(&scene).await;
    half_a_point_is_none(&scene).await;
    ids_are_missing_or_foreign(&scene).await;
    etags_are_stale(&scene).await;
    texts_hold_nothing_to_read(&scene).await;
    partnerships_are_unknown(&scene).await;
    tokens_of_pages_and_filters_are_wrong(&scene).await;
    callers_are_not_entitled(&scene).await;
    scene.nothing_was_written().await;
    scene.world.house.stop().await;
}

async fn fields_are_wrong(scene: &Scene) {
    let report = scene.hood.with(json!({
        "category_code": "", "title": "x".repeat(201), "description": "", "external_id": "x".repeat(101),
        "location": {"point": {"latitude": 91.0, "longitude": -181.0}, "land_type": "Not A Word"}, "request_id": "seven",
    }));
    let refusal = scene.refused(PUBLIC, "IssueService/ReportIssue", report, "INVALID_REQUEST").await;
    let expected = [
        "category_code",
        "description",
        "external_id",
        "location.land_type",
        "location.point.latitude",
        "location.point.longitude",
        "request_id",
        "title",
    ];
    assert_eq!(refusal.fields(), expected, "all that is wrong is listed at once: {refusal:?}");
    for (field, description) in &refusal.violations {
        assert!(description.len() > 5, "{field}: what is wrong is said: {refusal:?}");
    }
    // Words that are no words: by number over gRPC, by name over HTTP, where a number is none.
    let wrong_word = if scene.world.way() == Way::Http { json!("ISSUE_SOURCE_PIGEON") } else { json!(77) };
    let mut report = scene.hood.report("Mattresses");
    report["source"] = wrong_word.clone();
    report["severity"] = wrong_word;
    let refusal = scene.refused(PUBLIC, "IssueService/ReportIssue", report, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["severity", "source"], "{refusal:?}");
    assert!(
        refusal.violations.iter().any(|(_, told)| told.contains("ISSUE_SOURCE_WEB")),
        "the words that would do are listed: {refusal:?}"
    );
    // What only a second look finds is listed at once, too: dates that do not exist, a target that is no change.
    let terms = json!({
        "text": "More.", "kind": "COMMITMENT_KIND_ONE_OFF", "baseline": {"value": 5.0, "value_date": "2026-02-30", "source": "Survey"},
        "target_value": 5.0, "unit": "visits", "direction": "DIRECTION_INCREASE", "start_date": "2026-13-01", "end_date": "2026-02-31",
        "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head",
    });
    let offer = scene.hood.with(json!({"provider_id": scene.hood.provider_id, "terms": terms}));
    let refusal =
        scene.refused(&scene.hood.officer(), "CommitmentService/OfferCommitment", offer, "INVALID_REQUEST").await;
    for field in ["terms.baseline.value_date", "terms.start_date", "terms.end_date"] {
        assert!(refusal.fields().contains(&field), "{field} is listed: {refusal:?}");
    }
    // Clocks before there were any, and pauses that end before they begin.
    let clock = |start: &str, from: &str, to: &str| {
        let pauses = json!([{"start_time": from, "end_time": to}]);
        json!({"start_time": start, "count": 1, "unit": "PLEDGE_UNIT_WORKING_HOURS", "pauses": pauses})
    };
    let reckonings = json!([
        clock("1999-12-31T23:59:59Z", "2026-01-12T10:00:00Z", "2026-01-12T11:00:00Z"),
        clock("2026-01-12T09:00:00Z", "2026-01-12T10:00:00Z", "2026-01-12T09:30:00Z"),
    ]);
    let reckonings = scene.hood.with(json!({"reckonings": reckonings}));
    let refusal = scene.refused(PUBLIC, "IssueService/ReckonDueTimes", reckonings, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["reckonings[0].start_time", "reckonings[1].pauses[0].end_time"], "{refusal:?}");
}

/// What is missing of a point is not taken for 0.
async fn half_a_point_is_none(scene: &Scene) {
    let half = json!({"latitude": 51.45});
    let report = scene.hood.with(json!({"category_code": CATEGORY, "description": "x", "location": {"point": half}}));
    let refusal = scene.refused(PUBLIC, "IssueService/ReportIssue", report, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["location.point.longitude"], "{refusal:?}");
    let sketch = scene.hood.with(json!({"category_code": CATEGORY, "point": half, "text": "two mattresses"}));
    let refusal = scene.refused(PUBLIC, "DuplicateService/SuggestDuplicates", sketch, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["point.longitude"], "{refusal:?}");
}

async fn ids_are_missing_or_foreign(scene: &Scene) {
    let (hood, manager) = (&scene.hood, scene.hood.manager());
    let unknown = |kind: &'static str, id: &'static str| hood.with(json!({kind: id}));
    let cases = [
        ("IssueService/GetIssue", unknown("issue_id", ABSENT)),
        ("ActionService/GetAction", unknown("action_id", ABSENT)),
        ("MeetingService/GetMeeting", unknown("meeting_id", ABSENT)),
        ("CommitmentService/GetCommitment", unknown("commitment_id", ABSENT)),
        ("ProviderService/GetProvider", unknown("provider_id", ABSENT)),
        ("CategoryService/GetCategory", unknown("category_id", ABSENT)),
        ("PartnershipService/GetPartnership", json!({"partnership_id": ABSENT})),
    ];
    for (rpc, message) in cases {
        scene.refused(&manager, rpc, message, "NOT_FOUND").await;
    }
    let refusal = scene
        .refused(PUBLIC, "IssueService/AcceptIssue", hood.with(json!({"issue_id": scene.issue_id})), "TOKEN_REQUIRED")
        .await;
    assert_eq!(refusal.status, "UNAUTHENTICATED");
    // Another partnership's things are not there, for whoever asks.
    let foreign = [
        ("IssueService/GetIssue", json!({"issue_id": scene.issue_id})),
        ("IssueService/ListIssueHistory", json!({"issue_id": scene.issue_id})),
        ("IssueService/GetIssueStory", json!({"issue_id": scene.issue_id})),
        ("IssueService/TriageIssue", json!({"issue_id": scene.issue_id})),
        ("IssueService/RouteIssue", json!({"issue_id": scene.issue_id, "provider_id": scene.other.provider_id})),
        (
            "IssueService/RecategoriseIssue",
            json!({"issue_id": scene.issue_id, "category_code": "fly-tipping", "reason": "Not here."}),
        ),
        ("IssueService/CloseIssueWithoutAction", json!({"issue_id": scene.issue_id, "reason": "Not here."})),
        ("ProviderService/GetProvider", json!({"provider_id": hood.provider_id})),
        ("ProviderService/UpdateProvider", json!({"provider_id": hood.provider_id, "name": "Taken over"})),
        ("StandardService/GetStandard", json!({"standard_id": hood.standard_id})),
        ("CategoryService/UpdateCategory", json!({"category_id": hood.category_id, "retired": true})),
        ("RoutingRuleService/DeleteRoutingRule", json!({"routing_rule_id": hood.routing_rule_id})),
        ("RoutingRuleService/CreateRoutingRule", json!({"position": 1, "provider_id": hood.provider_id})),
        ("MemberService/EndMembership", json!({"member_id": hood.member_ids[0], "reason": "Not here."})),
    ];
    for (rpc, message) in foreign {
        scene.refused(&scene.other.manager(), rpc, scene.other.with(message), "NOT_FOUND").await;
    }
    let action = scene.other.with(json!({
        "title": "Theirs", "origin": "ACTION_ORIGIN_BREACH", "issue_ids": [scene.issue_id], "owner_organisation": "Us", "due_date": "2026-09-01",
    }));
    scene.refused(&scene.other.manager(), "ActionService/RaiseAction", action, "ISSUE_UNKNOWN").await;
}

/// Blanks and characters that show nothing are no text, wherever one is needed.
async fn texts_hold_nothing_to_read(scene: &Scene) {
    let (hood, issue_id, blank) = (&scene.hood, scene.issue_id.as_str(), " \u{200B}\u{3000}\u{00AD}\n");
    let report = hood.with(json!({
        "category_code": "", "description": blank, "location": {"address": "12 Quay Lane"},
    }));
    let refusal = scene.refused(PUBLIC, "IssueService/ReportIssue", report, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["category_code", "description"], "all at once: {refusal:?}");
    // What only a second look finds: an address that is none, a time before anything that could be reported.
    for wrong_time in ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "9999-12-31T00:00:00Z"] {
        let mut report = hood.report("Mattresses");
        report["location"] = json!({"address": blank});
        report["report_time"] = json!(wrong_time);
        let refusal = scene.refused(&hood.manager(), "IssueService/ReportIssue", report, "INVALID_REQUEST").await;
        assert_eq!(refusal.fields(), ["location", "report_time"], "{wrong_time}: {refusal:?}");
    }
    let to_issue = |fields: Value| {
        let mut message = hood.with(fields);
        message["issue_id"] = json!(issue_id);
        message
    };
    let evidence = json!([{"text": "A photo"}, {"text": blank}]);
    let category = json!({"code": "blank", "name": blank, "keywords": ["rubbish", blank]});
    let change = json!({"category_id": hood.category_id, "name": blank, "keywords": {"values": [blank]}});
    let cases: [(String, &str, Value, &[&str]); 12] = [
        (
            hood.manager(),
            "IssueService/RecategoriseIssue",
            to_issue(json!({"reason": blank})),
            &["category_code", "reason"],
        ),
        (hood.officer(), "IssueService/RefuseIssue", to_issue(json!({"reason": blank})), &["reason"]),
        (hood.officer(), "IssueService/HoldIssue", to_issue(json!({"reason": blank})), &["reason"]),
        (hood.officer(), "IssueService/AskReporter", to_issue(json!({"text": blank})), &["text"]),
        (
            PUBLIC.to_owned(),
            "IssueService/AnswerQuestion",
            to_issue(json!({"question_number": 0, "answer": blank, "follow_token": "any"})),
            &["answer", "question_number"],
        ),
        (
            hood.officer(),
            "IssueService/ResolveIssue",
            to_issue(json!({"reason": blank, "evidence": evidence})),
            &["evidence[1].text", "reason"],
        ),
        (hood.manager(), "IssueService/CloseIssueWithoutAction", to_issue(json!({"reason": blank})), &["reason"]),
        (hood.manager(), "IssueService/UpholdClosing", to_issue(json!({"reason": blank})), &["reason"]),
        (hood.manager(), "IssueService/TriageIssue", to_issue(json!({"description": blank})), &["description"]),
        (
            PUBLIC.to_owned(),
            "IssueService/DisputeResolution",
            to_issue(json!({"reason": blank, "follow_token": "any"})),
            &["reason"],
        ),
        (hood.manager(), "CategoryService/CreateCategory", hood.with(category), &["keywords[1]", "name"]),
        (hood.manager(), "CategoryService/UpdateCategory", hood.with(change), &["keywords.values[0]", "name"]),
    ];
    for (who, rpc, message, fields) in cases {
        let refusal = scene.refused(&who, rpc, message, "INVALID_REQUEST").await;
        assert_eq!(refusal.fields(), fields, "{rpc}: {refusal:?}");
    }
}

/// A list of nowhere is not an empty one.
async fn partnerships_are_unknown(scene: &Scene) {
    for rpc in ["IssueService/ListIssues", "CategoryService/ListCategories", "RoutingRuleService/ListRoutingRules"] {
        let refusal = scene.refused(ADMINISTRATOR, rpc, json!({"partnership_id": ABSENT}), "NOT_FOUND").await;
        assert_eq!((refusal.variable("kind"), refusal.variable("id")), ("partnership", ABSENT), "{rpc}: {refusal:?}");
    }
}

async fn etags_are_stale(scene: &Scene) {
    let (hood, manager) = (&scene.hood, scene.hood.manager());
    let cases = [
        (
            "ProviderService/UpdateProvider",
            json!({"provider_id": hood.provider_id, "name": "Renamed", "etag": "stale"}),
        ),
        (
            "CategoryService/UpdateCategory",
            json!({"category_id": hood.category_id, "name": "Renamed", "etag": "stale"}),
        ),
        ("PartnershipService/UpdatePartnership", json!({"name": "Renamed", "etag": "stale"})),
        (
            "IssueService/RouteIssue",
            json!({"issue_id": scene.issue_id, "provider_id": hood.provider_id, "etag": "stale"}),
        ),
        (
            "IssueService/RecategoriseIssue",
            json!({"issue_id": scene.issue_id, "category_code": "fly-tipping", "reason": "Stale.", "etag": "stale"}),
        ),
    ];
    for (rpc, message) in cases {
        let refusal = scene.refused(&manager, rpc, hood.with(message), "ETAG_MISMATCH").await;
        assert_eq!(refusal.status, "ABORTED", "{refusal:?}");
    }
    let grant = json!({"person_id": hood.officer_id, "grant": hood.grant("OBSERVER"), "etag": "stale"});
    scene.refused(ADMINISTRATOR, "PeopleService/GrantRole", grant, "ETAG_MISMATCH").await;
}

async fn tokens_of_pages_and_filters_are_wrong(scene: &Scene) {
    let (hood, manager) = (&scene.hood, scene.hood.manager());
    let rpc = "MemberService/ListSeats";
    let page = scene.world.must(PUBLIC, rpc, hood.with(json!({"page_size": 2}))).await;
    let token = text(&page, "nextPageToken");
    assert!(!token.is_empty(), "six seats do not fit on a page of two: {page}");
    let next = scene.world.must(PUBLIC, rpc, hood.with(json!({"page_size": 2, "page_token": token}))).await;
    assert_ne!(page["seats"], next["seats"], "the token leads on");
    let others = [
        (rpc, hood.with(json!({"page_token": token, "filter": "voting = true"}))),
        (rpc, scene.other.with(json!({"page_token": token}))),
        ("MemberService/ListMembers", hood.with(json!({"page_token": token}))),
        ("IssueService/ListIssues", hood.with(json!({"page_token": token}))),
        ("CommitmentService/ListCommitments", hood.with(json!({"page_token": token}))),
        (rpc, hood.with(json!({"page_token": "no token"}))),
    ];
    for (rpc, message) in others {
        scene.refused(&manager, rpc, message, "PAGE_TOKEN_INVALID").await;
    }
    let refusal = scene.refused(&manager, rpc, hood.with(json!({"page_size": -1})), "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["page_size"], "{refusal:?}");
    for filter in ["no_such_field = 1", "voting = ", "voting = maybe"] {
        scene.refused(&manager, rpc, hood.with(json!({"filter": filter})), "FILTER_INVALID").await;
    }
    for (rpc, field, word) in WORDS {
        let filter = |word: &str| hood.with(json!({"filter": format!("{field} = \"{word}\"")}));
        scene.world.must(&manager, rpc, filter(word)).await;
        let refusal = scene.refused(&manager, rpc, filter("flying"), "FILTER_INVALID").await;
        assert!(refusal.message.contains(word), "{rpc}: the words of {field} are named: {refusal:?}");
    }
    let refusal =
        scene.world.ask(ADMINISTRATOR, "PeopleService/ListPeople", json!({"filter": "kind = \"flying\""})).await;
    assert_eq!(refusal.expect_err("nobody is of that kind").reason, "FILTER_INVALID");
}

/// A word of every field that holds one of a closed list.
const WORDS: [(&str, &str, &str); 16] = [
    ("MemberService/ListSeats", "category", "resident"),
    ("MemberService/ListMembers", "role", "vice_chair"),
    ("MeetingService/ListMeetings", "status", "in_session"),
    ("DecisionService/ListDecisions", "outcome", "carried"),
    ("ActionService/ListActions", "status", "in_progress"),
    ("ActionService/ListActions", "origin", "walkabout"),
    ("ActionService/ListActions", "priority", "high"),
    ("ProviderService/ListProviders", "kind", "council"),
    ("ProviderService/ListProviders", "status", "inactive"),
    ("StandardService/ListStandards", "measure", "resolution_time"),
    ("CommitmentService/ListCommitments", "status", "at_risk"),
    ("CommitmentService/ListCommitments", "computed_rag", "amber"),
    ("CommitmentService/ListCommitments", "kind", "one_off"),
    ("IssueService/ListIssues", "state", "on_hold"),
    ("IssueService/ListIssues", "severity", "high"),
    ("IssueService/ListIssues", "confirmation", "disputed"),
];

async fn callers_are_not_entitled(scene: &Scene) {
    let hood = &scene.hood;
    let category = hood.with(json!({"code": "noise", "name": "Noise"}));
    let refusal = scene.refused(PUBLIC, "CategoryService/CreateCategory", category.clone(), "TOKEN_REQUIRED").await;
    assert_eq!(refusal.status, "UNAUTHENTICATED", "{refusal:?}");
    for who in [hood.observer(), hood.officer(), scene.other.manager()] {
        let refusal = scene.refused(&who, "CategoryService/CreateCategory", category.clone(), "ROLE_MISSING").await;
        assert_eq!(refusal.status, "PERMISSION_DENIED", "{refusal:?}");
        assert!(refusal.variable("needed").contains("manager"), "the role that would do is named: {refusal:?}");
        assert!(refusal.message.contains("manager"), "the sentence names it, too: {refusal:?}");
    }
    // Permission comes before existence: who may not act here learns nothing of what is here.
    let absent = hood.with(json!({"issue_id": ABSENT, "reason": "No."}));
    scene.refused(&hood.observer(), "IssueService/CloseIssueWithoutAction", absent, "ROLE_MISSING").await;
    scene
        .refused(
            &hood.manager(),
            "PeopleService/CreatePerson",
            json!({"login": "mine", "display_name": "Mine", "kind": "PRINCIPAL_KIND_PERSON"}),
            "ROLE_MISSING",
        )
        .await;

    let token = scene.world.token(&hood.manager()).await.expect("a manager has a token");
    for (what, wrong) in tampered(&token) {
        let rpc = contract::rpc("CategoryService/CreateCategory");
        let refusal = scene.world.ask_with(&rpc, Some(&wrong), category.clone()).await.expect_err(what);
        assert_eq!(
            (refusal.reason.as_str(), refusal.status.as_str()),
            ("TOKEN_INVALID", "UNAUTHENTICATED"),
            "{what}: {refusal:?}"
        );
        // A wrong token is refused where none would be needed, too: its holder believes to be somebody.
        let rpc = contract::rpc("CategoryService/ListCategories");
        let refusal = scene.world.ask_with(&rpc, Some(&wrong), hood.with(json!({}))).await.expect_err(what);
        assert_eq!(refusal.reason, "TOKEN_INVALID", "{what}: {refusal:?}");
    }
}

/// A token, spoilt in several ways.
fn tampered(token: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("a token has three parts: {token}") };
    let mut claims: Vec<char> = body.chars().collect();
    let middle = claims.len() / 2;
    claims[middle] = if claims[middle] == 'A' { 'B' } else { 'A' };
    let claims: String = claims.into_iter().collect();
    let mut signed: Vec<char> = signature.chars().collect();
    signed[5] = if signed[5] == 'A' { 'B' } else { 'A' };
    let signed: String = signed.into_iter().collect();
    vec![
        ("another content is not signed", format!("{head}.{claims}.{signature}")),
        ("another signature is none", format!("{head}.{body}.{signed}")),
        ("no signature is none", format!("{head}.{body}.")),
        // {"alg":"none"}
        ("no algorithm is none", format!("eyJhbGciOiJub25lIn0.{body}.")),
        ("this is no token at all", "not-a-token".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_a_message_of_ten_mebibytes_is_refused_as_too_large() {
    let scene = Scene::set(Way::Grpc).await;
    let mut report = scene.hood.report("Mattresses");
    report["description"] = json!("x".repeat(10 << 20));
    let refusal = scene.world.refused(PUBLIC, "IssueService/ReportIssue", report, "TOO_LARGE").await;
    assert_eq!(refusal.status, "RESOURCE_EXHAUSTED", "{refusal:?}");
    scene.nothing_was_written().await;
    scene.world.house.stop().await;
}
