//! Two partnerships that look alike stay apart: nothing of the one appears in what the other reads, its ids are as good as none
//! there, and a role in the one is no role in the other. The calls are taken from the contracts, so a new one is tried at once.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use pathfinder_tests::authorisation::{self, Cell};
use pathfinder_tests::cast::{self, Cast, RESIDENT, ROLES};
use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::door::{Http, Refusal, Way};
use pathfinder_tests::events;
use pathfinder_tests::following;
use pathfinder_tests::lookalike::{Lookalike, SHARED_EMAIL};
use pathfinder_tests::neighbourhood::{CATEGORY, LATITUDE, LONGITUDE};
use pathfinder_tests::sample::{self, ABSENT};
use pathfinder_tests::town::Town;
use pathfinder_tests::trail;
use pathfinder_tests::waiting::PATIENCE;
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, merged, text};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many calls are under way at once.
const AT_ONCE: usize = 16;

/// Reads that are not of one partnership: of the installation, or of one person, whom `authorisation.tsv` tells apart.
const OF_NO_PARTNERSHIP: [&str; 10] = [
    "PartnershipService/ListPartnerships",
    "LocationService/LocatePartnerships",
    "CredentialService/ListCredentials",
    "PeopleService/ExportPerson",
    "PeopleService/GetPerson",
    "PeopleService/ListPeople",
    "SignInService/ListSessions",
    "SignInService/ListSignInProviders",
    "TokenService/GetCaller",
    "TokenService/GetKeySet",
];

/// A filter for every list that takes one. An id in it is put in as `{…}`.
const FILTERS: [(&str, &str); 27] = [
    ("ActionService/ListActions", "owner_provider_id = \"{provider_id}\" OR decision_id = \"{decision_id}\""),
    ("BoardsAuditService/ListAuditEntries", "subject_id = \"{action_id}\" OR actor_id = \"{person_id}\""),
    ("BreachNoticeService/ListBreachNotices", "issue_id = \"{issue_id}\" OR provider_id = \"{provider_id}\""),
    ("CategoryService/ListCategories", "retired = false"),
    ("CommitmentService/ListCommitments", "provider_id = \"{provider_id}\" OR action_id = \"{action_id}\""),
    ("CommitmentsAuditService/ListAuditEntries", "subject_id = \"{commitment_id}\" OR actor_id = \"{person_id}\""),
    ("DecisionService/ListDecisions", "meeting_id = \"{meeting_id}\" OR agenda_item_id = \"{agenda_item_id}\""),
    ("IdentityAuditService/ListAuditEntries", "subject_id = \"{form_link_id}\" OR actor_id = \"{person_id}\""),
    ("IssueService/ExportIssues", "provider_id = \"{provider_id}\" OR open = true"),
    ("ForwardingService/ListForwardings", "state = \"queued\""),
    ("IssueService/AggregateIssues", "provider_id = \"{provider_id}\" OR open = true"),
    ("IssueService/ListIssues", "provider_id = \"{provider_id}\" OR standard_id = \"{standard_id}\""),
    ("IssueService/ListIssues", "issue_id = \"{issue_id}\" OR routing_rule_id = \"{routing_rule_id}\""),
    ("IssuesAuditService/ListAuditEntries", "subject_id = \"{issue_id}\" OR actor_id = \"{person_id}\""),
    ("MeetingService/ListMeetings", "status = \"in_session\""),
    ("MemberService/ListMembers", "seat_id = \"{seat_id}\""),
    ("MemberService/ListSeats", "voting = true"),
    ("NewsService/ListNews", "provider_id = \"{provider_id}\" OR open = true"),
    ("ProgressReportService/ListProgressReports", "latest = true"),
    ("ProviderService/ListProviders", "name = \"Street Scene\""),
    ("ProviderService/ListProviders", "parent_provider_id = \"{provider_id}\""),
    ("ResponseEntryService/ListResponseEntries", "issue_id = \"{ended_issue_id}\" OR provider_id = \"{provider_id}\""),
    ("RoutingRuleService/ListRoutingRules", "category_code = \"fly-tipping\""),
    ("RoutingRuleService/ListRoutingRules", "provider_id = \"{provider_id}\""),
    ("StandardService/ListStandards", "code = \"fly-tip-removal\""),
    ("StandardService/ListStandards", "provider_id = \"{provider_id}\""),
    ("StandardService/ListStandardCases", "breached = true"),
];

/// Fields in which an id of another partnership is told otherwise than with NOT_FOUND; `OK` where the call is answered.
const TOLD_OTHERWISE: [(&str, &str, &str); 28] = [
    ("ActionService/RaiseAction", "issue_ids", "ISSUE_UNKNOWN"),
    ("ActionService/ListActions", "issue_id", "OK"),
    ("DecisionService/RecordDecision", "agenda_item_id", "INVALID_REQUEST"),
    ("DecisionService/RecordDecision", "proposer_member_id", "MEMBER_MAY_NOT_VOTE"),
    ("DecisionService/RecordDecision", "seconder_member_id", "MEMBER_MAY_NOT_VOTE"),
    ("MeetingService/DeclareInterest", "agenda_item_id", "INVALID_REQUEST"),
    ("MeetingService/CloseMeeting", "unfinished_item_ids", "INVALID_REQUEST"),
    ("MemberService/AppointMember", "seat_id", "INVALID_REQUEST"),
    ("MemberService/AppointMember", "person_id", "SEAT_TAKEN"),
    ("MemberService/AppointMember", "substitute_for_member_id", "SUBSTITUTE_UNFIT"),
    ("CommitmentService/OfferCommitment", "action_id", "LINK_UNKNOWN"),
    ("CommitmentService/UpdateCommitment", "action_id", "LINK_UNKNOWN"),
    ("CommitmentService/AcceptCommitment", "decision_id", "LINK_UNKNOWN"),
    ("StandardService/FindApplicableStandard", "provider_id", "NO_STANDARD"),
    ("IssueService/ListNotices", "issue_id", "FOLLOW_TOKEN_INVALID"),
    ("IssueService/WithdrawIssue", "issue_id", "FOLLOW_TOKEN_INVALID"),
    ("IssueService/ConfirmResolution", "issue_id", "FOLLOW_TOKEN_INVALID"),
    ("IssueService/DisputeResolution", "issue_id", "FOLLOW_TOKEN_INVALID"),
    ("IssueService/ConfirmFollow", "issue_id", "FOLLOW_TOKEN_INVALID"),
    ("IssueUpdateService/ListIssueUpdates", "issue_ids", "OK"),
    ("PersonalDataService/RevokeFollowLink", "issue_id", "FOLLOW_TOKEN_INVALID"),
    // Kept as they are told, and good for nothing: what they name is never looked up in another partnership.
    ("ActionService/RaiseAction", "owner_provider_id", "OK"),
    ("ActionService/RaiseAction", "owner_person_id", "OK"),
    ("ActionService/UpdateAction", "owner_person_id", "OK"),
    ("DecisionService/RecordDecision", "commitment_ids", "OK"),
    ("FormLinkService/CreateFormLink", "provider_id", "OK"),
    ("FormLinkService/CreateFormLink", "issue_id", "OK"),
    ("FormLinkService/CreateFormLink", "commitment_id", "OK"),
];

/// Two partnerships, and everybody of the first.
struct Scene {
    world: World<Town>,
    here: Lookalike,
    there: Lookalike,
    cast: Cast,
    /// Every id that the other partnership's people read.
    ids: BTreeSet<String>,
    cases: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_partnerships_that_look_alike_stay_apart() {
    let world = Town::world(Way::Grpc).await;
    let here = Lookalike::found(&world, "AAA").await;
    let cast = Cast::of(&world, &here.hood, &here.ids["issue_id"]).await;
    settle(&world, &here).await;
    let before = read_all(&world, &cast, &here).await;
    // No id holds these letters.
    let there = Lookalike::found(&world, "ZZZ").await;
    settle(&world, &there).await;
    let ids = ids_of(&world, &there).await;
    let mut scene = Scene { world, here, there, cast, ids, cases: 0 };
    scene.nothing_appears(&before).await;
    // Before anybody of the first partnership names ids of the other, which then stand in its own feeds as they were told.
    scene.feeds_tell_of_one_alone().await;
    scene.an_export_holds_one_partnership_alone().await;
    scene.foreign_ids_are_unknown().await;
    scene.only_what_is_public_is_read_elsewhere().await;
    scene.open311_tells_of_one_alone().await;
    scene.report_cases();
    scene.world.house.stop().await;
}

/// Waits until everything has gone from service to service, and the overdue report has come to the board.
async fn settle(world: &World<Town>, of: &Lookalike) {
    let noticed = |page: &Value| (!page["breachNotices"].as_array()?.is_empty()).then_some(());
    let rpc = "BreachNoticeService/ListBreachNotices";
    world.until("the breach notice", &of.hood.manager(), rpc, of.hood.with(json!({})), noticed).await;
    following::caught_up(&world.house.database).await;
    trail::in_order(&world.house.database).await;
}

/// The calls that read something of one partnership.
fn reads() -> Vec<MethodDescriptor> {
    let is_read = |rpc: &MethodDescriptor| {
        !contract::is_feed(rpc) && contract::route(rpc).is_some_and(|route| route.method == http::Method::GET)
    };
    let reads: Vec<MethodDescriptor> = contract::rpcs().filter(is_read).collect();
    let (of_one, others): (Vec<_>, Vec<_>) =
        reads.into_iter().partition(|rpc| rpc.input().get_field_by_name("partnership_id").is_some());
    let others: BTreeSet<String> = others.iter().map(short_name).collect();
    assert_eq!(
        others,
        OF_NO_PARTNERSHIP.map(str::to_owned).into(),
        "every read is of a partnership, or listed as of none"
    );
    of_one
}

/// What a read is asked with: once as it is, and once for each filter.
fn questions(rpc: &MethodDescriptor, of: &Lookalike) -> Vec<Value> {
    let name = short_name(rpc);
    let id = |field: &str| {
        of.id_for(field).unwrap_or_else(|| panic!("{name}: a lookalike has an id for {field}")).to_owned()
    };
    let mut question = of.hood.with(sample::request(rpc, &id));
    let has = |field: &str| rpc.input().get_field_by_name(field).is_some();
    let known =
        [("follow_token", json!(of.follow_token)), ("category_code", json!(CATEGORY)), ("page_size", json!(200))];
    for (field, value) in known.into_iter().filter(|(field, _)| has(field)) {
        question[field] = value;
    }
    let filters: Vec<&str> = FILTERS.iter().filter(|(rpc, _)| *rpc == name).map(|(_, filter)| *filter).collect();
    assert_eq!(has("filter"), !filters.is_empty(), "{name}: a list that takes a filter has one in FILTERS");
    let filtered = filters.iter().map(|filter| merged(question.clone(), json!({"filter": filled(filter, of)})));
    let filtered: Vec<Value> = filtered.collect();
    let around = if has("near") { around_here().to_vec() } else { Vec::new() };
    let around = around.into_iter().map(|mut place| {
        if !has("order_by") {
            place.as_object_mut().and_then(|fields| fields.remove("order_by"));
        }
        merged(question.clone(), place)
    });
    let around: Vec<Value> = around.collect();
    std::iter::once(question).chain(filtered).chain(around).collect()
}

/// Places in which both partnerships' issues lie, as a list takes them, and words that all of them have.
fn around_here() -> [Value; 4] {
    let (south, west, north, east) = (LATITUDE - 0.01, LONGITUDE - 0.01, LATITUDE + 0.01, LONGITUDE + 0.01);
    let ring = json!([[west, south], [east, south], [east, north], [west, north], [west, south]]);
    let area = json!({"type": "Polygon", "coordinates": [ring]}).to_string();
    [
        json!({"near": {"center": {"latitude": LATITUDE, "longitude": LONGITUDE}, "radius_meters": 500}, "order_by": "distance"}),
        json!({"box": {"south": south, "west": west, "north": north, "east": east}, "order_by": "due_time"}),
        json!({"area_geojson": area, "order_by": "report_time desc"}),
        json!({"query": "quay lane"}),
    ]
}

fn filled(filter: &str, of: &Lookalike) -> String {
    of.ids.iter().fold(filter.to_owned(), |filter, (name, id)| filter.replace(&format!("{{{name}}}"), id))
}

/// What was answered, by who asked what.
type Answers = BTreeMap<(&'static str, String, String), Result<Value, Refusal>>;

/// Every read of a partnership by everybody of the first one.
async fn read_all(world: &World<Town>, cast: &Cast, of: &Lookalike) -> Answers {
    let reads = reads();
    let questions = reads.iter().flat_map(|rpc| questions(rpc, of).into_iter().map(move |question| (rpc, question)));
    let calls = questions.flat_map(|(rpc, question)| ROLES.map(|role| (rpc, role, question.clone())));
    let calls = calls.map(async |(rpc, role, question)| {
        let key = (role, short_name(rpc), question.to_string());
        (key, world.ask_with(rpc, cast.member(role).token.as_deref(), question).await)
    });
    let answers: Vec<_> = futures::stream::iter(calls).buffered(AT_ONCE).collect().await;
    answers.into_iter().collect()
}

/// Every id that the people of a partnership read of it, but for the administrator's.
async fn ids_of(world: &World<Town>, of: &Lookalike) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = of.ids.values().cloned().collect();
    for rpc in reads() {
        for who in [of.hood.manager(), of.hood.login("accountable"), of.hood.officer()] {
            for question in questions(&rpc, of) {
                let answer = world.ask(&who, &short_name(&rpc), question).await;
                answer.iter().for_each(|answer| gather(answer, &mut ids));
            }
        }
    }
    let administrator = world.must(ADMINISTRATOR, "TokenService/GetCaller", json!({})).await;
    ids.remove(&text(&administrator, "subject"));
    assert!(ids.len() > 40, "a partnership has many ids, not only {ids:?}");
    ids
}

fn gather(answer: &Value, ids: &mut BTreeSet<String>) {
    match answer {
        Value::String(text) if text.len() == 36 && Uuid::try_parse(text).is_ok() => {
            ids.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, ids)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, ids)),
        _ => {}
    }
}

/// All that is wrong, at once.
fn none(findings: &[String], expected: &str) {
    assert!(findings.is_empty(), "{expected}; {} do not hold:\n  {}", findings.len(), findings.join("\n  "));
}

impl Scene {
    /// What of the other partnership stands in a text.
    fn trace(&self, text: &str) -> Option<&str> {
        if text.to_lowercase().contains(&self.there.marker) {
            return Some(&self.there.marker);
        }
        self.ids.iter().find(|id| text.contains(*id)).map(String::as_str)
    }

    /// Everybody reads what they read when there was no other partnership, to the letter.
    async fn nothing_appears(&mut self, before: &Answers) {
        let after = read_all(&self.world, &self.cast, &self.here).await;
        let mut findings = Vec::new();
        for ((role, rpc, question), answer) in &after {
            let told = format!("{answer:?}");
            if let Some(trace) = self.trace(&told) {
                findings
                    .push(format!("{rpc} by {role} shows nothing of the other: {trace} in {told}; asked {question}"));
            }
            let former = &before[&(*role, rpc.clone(), question.clone())];
            if former != answer {
                findings.push(format!(
                    "{rpc} by {role} is answered as before; asked {question}\n    {former:?}\n    {answer:?}"
                ));
            }
        }
        self.cases += before.len() + after.len();
        let read = after.values().filter(|answer| answer.is_ok()).count();
        assert!(read > after.len() / 2, "most of these reads are answered, not {read} of {}", after.len());
        none(&findings, "nobody notices that there is another partnership");
    }

    /// An id of the other partnership, wherever a call takes one, is told like an id of nothing.
    async fn foreign_ids_are_unknown(&mut self) {
        let rows = authorisation::table();
        let mut findings = Vec::new();
        for rpc in contract::rpcs().filter(|rpc| rpc.input().get_field_by_name("partnership_id").is_some()) {
            let row = &rows[&short_name(&rpc)];
            let roles: Vec<&str> = ROLES.into_iter().filter(|role| row.cell(role) != Cell::No).collect();
            for field in sample::id_fields(&rpc).iter().filter(|field| !field.ends_with("partnership_id")) {
                let mut refused = BTreeSet::new();
                for role in &roles {
                    let told = self.compare(&rpc, role, field, &mut findings).await;
                    refused.insert(told);
                }
                let name = short_name(&rpc);
                let otherwise = TOLD_OTHERWISE.iter().find(|(rpc, known, _)| *rpc == name && *known == field);
                let expected = otherwise.map_or("NOT_FOUND", |(_, _, reason)| *reason);
                if !refused.contains(expected) {
                    findings.push(format!("{name} tells {expected} of a foreign {field}, not only {refused:?}"));
                }
            }
        }
        none(&findings, "ids of another partnership are as good as none");
    }

    /// Asks with a foreign id and with one of nothing; answers what was told of the foreign one.
    async fn compare(&mut self, rpc: &MethodDescriptor, role: &str, field: &str, findings: &mut Vec<String>) -> String {
        let foreign =
            self.there.id_for(field).unwrap_or_else(|| panic!("a lookalike has an id for {field}")).to_owned();
        let mut answers = Vec::new();
        for id in [foreign.as_str(), ABSENT] {
            let message = self.message_with(rpc, field, id);
            let answer = self.world.ask_with(rpc, self.cast.member(role).token.as_deref(), message).await;
            self.cases += 1;
            answers.push(told(&answer, id, contract::route(rpc).is_some_and(|route| route.body.is_empty())));
        }
        let [of_foreign, of_nothing] = answers.as_slice() else { panic!("two answers") };
        let name = short_name(rpc);
        if of_foreign != of_nothing {
            findings.push(format!(
                "{name} by {role} tells of a foreign {field} what it tells of none\n    {of_foreign}\n    {of_nothing}"
            ));
        }
        if self.trace(of_foreign).is_some() {
            findings.push(format!("{name} by {role} shows nothing of a foreign {field}: {of_foreign}"));
        }
        of_foreign.split(' ').next().unwrap_or_default().to_owned()
    }

    /// A message of the first partnership in which one field has this id.
    fn message_with(&self, rpc: &MethodDescriptor, field: &str, id: &str) -> Value {
        let own = |field: &str| self.here.id_for(field).unwrap_or(ABSENT).to_owned();
        let mut message = self.here.hood.with(sample::request(rpc, &own));
        let descriptor = rpc.input().get_field_by_name(field).unwrap_or_else(|| panic!("{field} is a field"));
        if let Some(choice) = descriptor.containing_oneof().filter(|choice| !choice.is_synthetic()) {
            let fields = message.as_object_mut().unwrap_or_else(|| panic!("a message is an object"));
            choice.fields().for_each(|other| drop(fields.remove(other.name())));
        }
        message[field] = if descriptor.is_list() { json!([id]) } else { json!(id) };
        if field != "substitute_for_member_id" && message["substitute_for_member_id"].is_string() {
            message["substitute_for_member_id"] = json!("");
            message["seat_id"] = json!(if field == "seat_id" { id } else { &self.here.ids["seat_id"] });
        }
        if rpc.input().get_field_by_name("follow_token").is_some() {
            message["follow_token"] = json!(self.here.follow_token);
        }
        message
    }

    /// With the other partnership's own ids, everybody of the first reads what a resident does.
    async fn only_what_is_public_is_read_elsewhere(&mut self) {
        let answers = read_all(&self.world, &self.cast, &self.there).await;
        let mut findings = Vec::new();
        for ((role, rpc, question), answer) in &answers {
            let public = &answers[&(RESIDENT, rpc.clone(), question.clone())];
            let as_expected = match (public, answer) {
                _ if *role == RESIDENT || *role == "administrator" => true,
                _ if cast::is_meant_for_others(&contract::rpc(rpc), role) => {
                    answer.as_ref().is_err_and(|own| own.reason == "TOKEN_INVALID")
                }
                (Err(refusal), Err(own)) if refusal.reason == "TOKEN_REQUIRED" => own.reason == "ROLE_MISSING",
                (public, answer) => public == answer,
            };
            if !as_expected {
                findings.push(format!(
                    "{rpc} by {role} about another partnership; asked {question}\n    {public:?}\n    {answer:?}"
                ));
            }
        }
        self.cases += answers.len();
        none(&findings, "a role in one partnership is none in another");
    }

    /// What is held on somebody who reported in both is handed out by each for itself.
    async fn an_export_holds_one_partnership_alone(&mut self) {
        let person = self.here.hood.with(json!({"email": SHARED_EMAIL}));
        let accountable = self.here.hood.login("accountable");
        let export = self.world.must(&accountable, "PersonalDataService/ExportSubject", person).await;
        let records = export["records"].as_array().cloned().unwrap_or_default();
        let mut followers: Vec<_> = records.iter().map(|record| record["contact"]["follower"].clone()).collect();
        followers.sort_by_key(Value::to_string);
        assert_eq!(followers, [false, true], "one report here, and whether its address wishes for letters: {export}");
        assert_eq!(self.trace(&export.to_string()), None, "nothing of the other partnership: {export}");
        self.cases += 1;
    }

    /// Whoever follows a feed of the first partnership hears nothing of the other.
    async fn feeds_tell_of_one_alone(&mut self) {
        for (feed, last) in
            [("boards", self.raise().await), ("commitments", self.engage().await), ("issues", self.hear().await)]
        {
            for who in [self.here.hood.manager(), self.here.hood.login("accountable"), self.here.hood.system()] {
                let here = [("partnership_id", self.here.hood.partnership_id.as_str())];
                let told = read_until(events::open(&self.world, &who, feed, &here).await, &last).await;
                assert_eq!(self.trace(&told), None, "the feed of {feed} tells `{who}` nothing of the other: {told}");
                self.cases += 1;
            }
        }
    }

    async fn raise(&self) -> String {
        let action = self.here.hood.with(json!({
            "title": "The last", "origin": "ACTION_ORIGIN_WALKABOUT", "owner_organisation": "Us", "due_date": self.world.date_in(9),
        }));
        let action = self.world.must(&self.here.hood.manager(), "ActionService/RaiseAction", action).await;
        text(&action, "actionId")
    }

    async fn engage(&self) -> String {
        self.here.hood.add_provider(&self.world, "The last").await
    }

    async fn hear(&self) -> String {
        let reported = self.world.must(PUBLIC, "IssueService/ReportIssue", self.here.hood.report("The last")).await;
        text(&reported["issue"], "issueId")
    }

    /// An app that speaks Open311 sees the jurisdiction that it asked for.
    async fn open311_tells_of_one_alone(&mut self) {
        let http = Http::at(&self.world.house.gateway());
        let foreign = format!("requests/{}.json", self.there.ids["issue_id"]);
        for (path, status) in [("services.json", 200), ("requests.json", 200), (foreign.as_str(), 404)] {
            let request = http.request(http::Method::GET, &format!("/open311/v2/{path}"));
            let answer = request.query(&[("jurisdiction_id", &self.here.hood.slug)]).send().await.expect("an answer");
            assert_eq!(answer.status(), status, "{path}");
            let told = answer.text().await.expect("a text").replace(&self.there.ids["issue_id"], "");
            assert_eq!(self.trace(&told), None, "{path} shows nothing of the other: {told}");
            self.cases += 1;
        }
    }

    #[expect(clippy::print_stderr, reason = "the reader of the run wants to know how much was tried")]
    fn report_cases(&self) {
        eprintln!("{} calls; {} ids of the other partnership looked for", self.cases, self.ids.len());
    }
}

/// What an answer tells, without the id that was asked about: its reason and words, or for a read what was read.
fn told(answer: &Result<Value, Refusal>, id: &str, is_read: bool) -> String {
    let told = match answer {
        Ok(answer) if is_read => format!("OK {answer}"),
        Ok(_) => "OK".to_owned(),
        Err(refusal) => {
            let variables: BTreeMap<&String, &Value> = refusal.metadata.iter().collect();
            format!("{} {} {variables:?}", refusal.reason, refusal.message)
        }
    };
    told.replace(id, "<id>")
}

/// Everything that a feed tells until something is named.
async fn read_until(mut response: reqwest::Response, last: &str) -> String {
    assert_eq!(response.status(), 200, "the feed opens");
    let mut told = String::new();
    let reading = async {
        while !told.contains(last) {
            let chunk = response.chunk().await.expect("a feed goes on").expect("a feed does not end by itself");
            told.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    assert!(read.is_ok(), "{last} is told within {PATIENCE:?}; this was:\n{told}");
    told
}
