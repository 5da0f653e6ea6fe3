//! What a partnership forbids of its own accord: it takes away there and nowhere else, in every service; it gives nothing; nobody is
//! locked out by it; and who set it can be shown.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::collections::BTreeSet;

use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::door::{Refusal, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text};
use pathfinder_tests::{events, following};
use prost_reflect::MethodDescriptor;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

const SET: &str = "PartnershipService/SetPolicies";
const GET: &str = "PartnershipService/GetPolicies";
const NOTICES: &str = "BreachNoticeService/ListBreachNotices";
const PROVIDERS: &str = "ProviderService/ListProviders";
const RULES: &str = "RoutingRuleService/ListRoutingRules";
const MEETINGS: &str = "MeetingService/ListMeetings";

/// One policy for each service, and one on a part of a call, by which a list narrows.
const STRICTER: &str = r#"// Agreed on 1 June.
@advice("Breach notices are for the board.")
forbid (principal in Role::"observer", action == Action::"ListBreachNotices", resource);

forbid (principal, action == Action::"ListProviders", resource) unless { principal in Role::"manager" };
forbid (principal, action == Action::"ListRoutingRules", resource);
forbid (principal in Role::"board_member", action == Action::"ReadConfidential", resource);
"#;

/// Two partnerships, the first of which will be stricter.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    other: Neighbourhood,
}

impl Scene {
    async fn set(way: Way) -> Self {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let other = Neighbourhood::found(&world, "south-quay", "SQ").await;
        Self { world, hood, other }
    }

    /// Asks an RPC about the first partnership.
    async fn ask(&self, who: &str, rpc: &str) -> Result<Value, Refusal> {
        self.world.ask(who, rpc, self.hood.with(json!({}))).await
    }

    async fn must(&self, who: &str, rpc: &str) -> Value {
        self.world.must(who, rpc, self.hood.with(json!({}))).await
    }

    async fn refused(&self, who: &str, rpc: &str, reason: &str) -> Refusal {
        self.world.refused(who, rpc, self.hood.with(json!({})), reason).await
    }

    async fn set_policies(&self, who: &str, text: &str) -> Value {
        self.world.must(who, SET, self.hood.with(json!({"text": text}))).await
    }

    /// Waits until an RPC about the first partnership is refused for a reason; none = until it is answered.
    async fn until(&self, who: &str, rpc: &str, reason: Option<&str>) {
        waiting::until(&format!("{rpc} by `{who}`: {reason:?}"), PATIENCE, || async {
            let answer = self.ask(who, rpc).await;
            let found = answer.as_ref().err().map(|refusal| refusal.reason.as_str());
            if found == reason { Ok(()) } else { Err(format!("{answer:?}")) }
        })
        .await;
    }

    /// Waits until the services that hear of the first partnership's policies by the feed go by [`STRICTER`].
    async fn heard(&self) {
        self.until(PUBLIC, PROVIDERS, Some("TOKEN_REQUIRED")).await;
        self.until(&self.hood.observer(), RULES, Some("PARTNERSHIP_FORBIDS")).await;
    }

    /// How many meetings somebody finds.
    async fn meetings(&self, who: &str) -> usize {
        self.world.list(who, MEETINGS, self.hood.with(json!({})), "meetings").await.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_a_partnership_is_stricter_than_others() {
    stricter_than_others(Way::Grpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_partnership_is_stricter_than_others() {
    stricter_than_others(Way::Http).await;
}

async fn stricter_than_others(way: Way) {
    let scene = Scene::set(way).await;
    let (manager, chair, observer) = (scene.hood.manager(), scene.hood.chair(), scene.hood.observer());
    let draft = json!({"title": "Board", "start_time": "2026-07-01T18:00:00Z"});
    scene.world.must(&manager, "MeetingService/CreateMeeting", scene.hood.with(draft)).await;
    everything_is_allowed(&scene).await;

    scene.set_policies(&chair, STRICTER).await;
    // Boards goes by them from its answer on.
    let refusal = scene.refused(&observer, NOTICES, "ROLE_MISSING").await;
    assert!(refusal.variable("needed").contains("board_member"), "it says who may: {refusal:?}");
    assert_eq!(refusal.variable("advice"), "Breach notices are for the board.");
    let told =
        "Breach notices are for the board. By the partnership's own policies this needs one of these roles here: ";
    assert!(refusal.message.starts_with(told), "{refusal:?}");
    assert!(refusal.http.is_none_or(|http| http == 403), "{refusal:?}");
    scene.must(&scene.hood.insider(), NOTICES).await;
    assert_eq!(
        (scene.meetings(&scene.hood.insider()).await, scene.meetings(&chair).await),
        (0, 1),
        "a draft is hidden"
    );

    scene.heard().await;
    let refusal = scene.refused(&observer, PROVIDERS, "ROLE_MISSING").await;
    assert_eq!(refusal.variable("needed"), "manager", "{refusal:?}");
    scene.must(&manager, PROVIDERS).await;
    let refusal = scene.refused(&manager, RULES, "PARTNERSHIP_FORBIDS").await;
    assert!(refusal.http.is_none_or(|http| http == 403), "{refusal:?}");
    for rpc in [NOTICES, PROVIDERS, RULES] {
        scene.must(ADMINISTRATOR, rpc).await;
    }
    the_other_one_is_as_it_was(&scene).await;

    scene.set_policies(&manager, "").await;
    scene.until(PUBLIC, PROVIDERS, None).await;
    scene.until(&observer, RULES, None).await;
    everything_is_allowed(&scene).await;
    scene.world.house.stop().await;
}

/// What [`STRICTER`] takes away, while it is not there.
async fn everything_is_allowed(scene: &Scene) {
    scene.must(&scene.hood.observer(), NOTICES).await;
    scene.must(PUBLIC, PROVIDERS).await;
    scene.must(&scene.hood.observer(), RULES).await;
    assert_eq!(scene.meetings(&scene.hood.insider()).await, 1, "the board sees the draft of a meeting");
    assert_eq!(scene.meetings(PUBLIC).await, 0, "the public does not");
}

async fn the_other_one_is_as_it_was(scene: &Scene) {
    let (world, other) = (&scene.world, &scene.other);
    for (who, rpc) in [(other.observer(), NOTICES), (PUBLIC.to_owned(), PROVIDERS), (other.observer(), RULES)] {
        world.must(&who, rpc, other.with(json!({}))).await;
    }
    let read = world.must(PUBLIC, GET, other.with(json!({}))).await;
    assert_eq!((text(&read, "text"), text(&read, "setTime")), (String::new(), String::new()), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chair_and_the_manager_set_them_and_everybody_reads_them() {
    let scene = Scene::set(Way::Http).await;
    let (world, hood) = (&scene.world, &scene.hood);
    for who in [hood.observer(), hood.officer(), hood.login("accountable"), scene.other.chair()] {
        let refusal = world.refused(&who, SET, hood.with(json!({"text": ""})), "ROLE_MISSING").await;
        assert_eq!(refusal.variable("needed"), "manager, chair", "{refusal:?}");
    }
    world.refused(PUBLIC, SET, hood.with(json!({"text": ""})), "TOKEN_REQUIRED").await;

    let none = scene.must(PUBLIC, GET).await;
    let first = world.must(&hood.chair(), SET, hood.with(json!({"text": STRICTER, "etag": none["etag"]}))).await;
    assert_eq!(first, scene.must(PUBLIC, GET).await, "what was set is what is read");
    assert_eq!((text(&first, "text").as_str(), text(&first, "partnershipId")), (STRICTER, hood.partnership_id.clone()));
    let stale = hood.with(json!({"text": "", "etag": none["etag"]}));
    world.refused(&hood.manager(), SET, stale, "ETAG_MISMATCH").await;

    let again = hood.with(json!({"text": "// none", "etag": first["etag"], "request_id": Uuid::nil().to_string()}));
    let second = world.must(&hood.manager(), SET, again.clone()).await;
    assert_eq!(world.must(&hood.manager(), SET, again.clone()).await, second, "a repeat changes nothing");
    let other = merged(again, json!({"text": "// something else"}));
    world.refused(&hood.manager(), SET, other, "REQUEST_ID_REUSED").await;
    assert_eq!(scene.must(PUBLIC, GET).await, second);

    let absent = json!({"partnership_id": "01890a5d-ac96-774b-bcce-000000000000"});
    world.refused(PUBLIC, GET, absent.clone(), "NOT_FOUND").await;
    world.refused(ADMINISTRATOR, SET, absent, "NOT_FOUND").await;
    scene.world.house.stop().await;
}

/// What is told of a text that cannot be set.
async fn faults(scene: &Scene, text: &str) -> Vec<String> {
    let message = scene.hood.with(json!({"text": text}));
    let refusal = scene.world.refused(&scene.hood.chair(), SET, message, "INVALID_REQUEST").await;
    assert!(refusal.violations.iter().all(|(field, _)| field == "text"), "{refusal:?}");
    refusal.violations.into_iter().map(|(_, told)| told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_does_not_do_is_refused_with_every_fault_and_its_line() {
    for way in [Way::Http, Way::Grpc] {
        let scene = Scene::set(way).await;
        let before = scene.set_policies(&scene.hood.chair(), "// nothing yet").await;
        for (text, line, told) in [
            (r#"permit (principal, action == Action::"ListActions", resource);"#, 1, "only `forbid`"),
            ("\n\nforbid (principal == ?principal, action, resource);", 3, "template"),
            ("// ours\nforbid (principal, action, resource)", 2, ""),
            ("forbid (principal,\n action == Action::\"ListActoins\", resource);", 2, "ListActoins"),
            (r#"forbid (principal in Role::"mayor", action, resource);"#, 1, "is no role"),
            (r#"forbid (principal, action, resource) when { resource.colour == "red" };"#, 1, "colour"),
            (r#"forbid (principal, action, resource) when { resource.owner == "ann" };"#, 1, "owner"),
            (r#"forbid (principal, action == Action::"SetPolicies", resource);"#, 1, "cannot be forbidden"),
            (r#"forbid (principal, action in [Action::"GrantRole"], resource);"#, 1, "cannot be forbidden"),
            (r#"forbid (principal, action == Action::"ExportSubject", resource);"#, 1, "cannot be forbidden"),
            (
                r#"forbid (principal, action, resource) when { action == Action::"GetPolicies" };"#,
                1,
                "cannot be forbidden",
            ),
            (
                "forbid (principal, action, resource) when { true == ((((((((((((((((((((((((((((((((true)))))))))))))))))))))))))))))))) };",
                1,
                "nested",
            ),
        ] {
            let found = faults(&scene, text).await;
            let begin = format!("line {line}: ");
            let is_told = found.iter().any(|fault| fault.starts_with(&begin) && fault.contains(told));
            assert!(is_told, "`{told}` of line {line}: {found:?}");
        }
        let all =
            "permit (principal, action, resource);\nforbid (principal in Role::\"mayor\", action, resource);\nforbid;";
        let found = faults(&scene, all).await;
        for line in ["line 1: ", "line 2: ", "line 3: "] {
            assert!(found.iter().any(|fault| fault.starts_with(line)), "all faults at once: {found:?}");
        }
        let found = faults(&scene, &"(".repeat(16_384)).await;
        assert!(found[0].contains("at most 2000"), "{found:?}");
        let found = faults(&scene, &" ".repeat(16_385)).await;
        assert!(found[0].contains("16384"), "{found:?}");
        assert_eq!(scene.must(PUBLIC, GET).await, before, "a text that is refused changes nothing");
        scene.world.house.stop().await;
    }
}

/// What no partnership forbids, of the services that hear of its policies.
const BEYOND: [&str; 14] = [
    "BoardsAuditService/ListAuditEntries",
    "CommitmentsAuditService/ListAuditEntries",
    "IssuesAuditService/ListAuditEntries",
    "LocationService/LocatePartnerships",
    "PartnershipService/CreatePartnership",
    "PartnershipService/GetPartnership",
    "PartnershipService/GetPolicies",
    "PartnershipService/ListPartnerships",
    "PartnershipService/SetPolicies",
    "IdentityAuditService/ListAuditEntries",
    "PersonalDataService/AnonymiseIssue",
    "PersonalDataService/EraseSubject",
    "PersonalDataService/ExportSubject",
    "PersonalDataService/ListErasures",
];

fn is_beyond(rpc: &MethodDescriptor) -> bool {
    contract::domain(rpc) == "identity" || BEYOND.contains(&short_name(rpc).as_str())
}

fn forbid(rpc: &MethodDescriptor) -> String {
    format!("forbid (principal, action == Action::\"{}\", resource);\n", rpc.name())
}

/// Every call is one or the other, so a new one has to be put on its side.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_can_be_forbidden_unless_it_lies_beyond_partnerships() {
    let scene = Scene::set(Way::Grpc).await;
    let (beyond, within): (Vec<MethodDescriptor>, Vec<_>) = contract::rpcs().partition(is_beyond);
    assert!(beyond.len() > 30 && within.len() > 90, "{} beyond, {} within", beyond.len(), within.len());
    for some in beyond.chunks(10) {
        let text: String = some.iter().map(forbid).collect();
        let found = faults(&scene, &text).await;
        let lines: BTreeSet<&str> = found
            .iter()
            .filter(|told| told.contains("cannot be forbidden"))
            .filter_map(|told| told.split(": ").next())
            .collect();
        assert_eq!(lines.len(), some.len(), "each is told: {text}{found:?}");
    }
    for some in within.chunks(60) {
        let text: String = some.iter().map(forbid).collect();
        scene.set_policies(&scene.hood.chair(), &text).await;
    }
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_locked_out() {
    let scene = Scene::set(Way::Grpc).await;
    let (world, hood) = (&scene.world, &scene.hood);
    let (manager, auditor) = (hood.manager(), hood.login("accountable"));
    scene.set_policies(&hood.chair(), "forbid (principal, action, resource);").await;
    for rpc in [NOTICES, PROVIDERS, RULES] {
        scene.until(&manager, rpc, Some("PARTNERSHIP_FORBIDS")).await;
    }
    scene.refused(PUBLIC, "PartnershipService/GetConstitution", "PARTNERSHIP_FORBIDS").await;
    world.refused(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses"), "PARTNERSHIP_FORBIDS").await;
    for service in ["Boards", "Commitments", "Issues", "Identity"] {
        scene.must(&auditor, &format!("{service}AuditService/ListAuditEntries")).await;
    }
    scene.must(PUBLIC, GET).await;
    scene.must(PUBLIC, "PartnershipService/GetPartnership").await;
    for rpc in [NOTICES, PROVIDERS, RULES, MEETINGS] {
        scene.must(ADMINISTRATOR, rpc).await;
    }
    // The services go on among themselves.
    following::caught_up(&world.house.database).await;
    scene.set_policies(&manager, "").await;
    for rpc in [NOTICES, PROVIDERS, RULES] {
        scene.until(&manager, rpc, None).await;
    }
    world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_them_and_the_trail_says_who_set_them() {
    let mut scene = Scene::set(Way::Grpc).await;
    let observer = scene.hood.observer();
    scene.set_policies(&scene.hood.chair(), STRICTER).await;
    scene.heard().await;
    scene.world.house.restart(async |_| {}).await;
    scene.world.enter_again();
    // From the first call on.
    scene.refused(PUBLIC, PROVIDERS, "TOKEN_REQUIRED").await;
    scene.refused(&observer, RULES, "PARTNERSHIP_FORBIDS").await;
    scene.refused(&observer, NOTICES, "ROLE_MISSING").await;

    let (world, hood) = (&scene.world, &scene.hood);
    let filter = json!({"filter": "method = \"PartnershipService/SetPolicies\""});
    let auditor = hood.login("accountable");
    world
        .until("the entry", &auditor, "BoardsAuditService/ListAuditEntries", hood.with(filter), |page| {
            let entry = page["entries"].as_array()?.first()?;
            let told = (text(entry, "kind"), text(entry, "actorName"), text(entry, "subjectId"));
            assert_eq!(told, ("policies.changed".to_owned(), "Amina Rahman".to_owned(), hood.partnership_id.clone()));
            Some(())
        })
        .await;
    let query = [("partnershipId", hood.partnership_id.as_str()), ("kinds", "policies.changed")];
    let told = events::read(events::open(world, &hood.manager(), "boards", &query).await, 1).await;
    let changed = &told[0]["policiesChanged"];
    assert_eq!((text(changed, "text").as_str(), text(changed, "version").as_str()), (STRICTER, "1"), "{told:?}");
    scene.world.house.stop().await;
}

/// Sets a text behind the back of a service, as another of its processes does.
async fn set_in_table(scene: &Scene, service: &str, set: &str) {
    let tables = scene.world.house.database.look(service).await;
    let sql = "UPDATE own_policies SET text = $1, version = version + 1 WHERE partnership_id = $2";
    let partnership_id: Uuid = scene.hood.partnership_id.parse().expect("an id");
    let values = [set.into(), partnership_id.into()];
    let statement = Statement::from_sql_and_values(tables.get_database_backend(), sql, values);
    let done = tables.execute_raw(statement).await.unwrap_or_else(|error| panic!("{service} can be written: {error}"));
    assert_eq!(done.rows_affected(), 1, "{service} has a row");
    tables.close().await.expect("the connection ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_hears_of_what_another_one_on_its_database_sets() {
    let scene = Scene::set(Way::Grpc).await;
    let observer = scene.hood.observer();
    scene.set_policies(&scene.hood.chair(), STRICTER).await;
    scene.heard().await;
    for (service, rpc) in [("boards", NOTICES), ("issues", RULES)] {
        set_in_table(&scene, service, "").await;
        scene.until(&observer, rpc, None).await;
    }
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_any_longer_closes_what_it_may_have_forbidden() {
    let scene = Scene::set(Way::Grpc).await;
    let (manager, chair) = (scene.hood.manager(), scene.hood.chair());
    scene.set_policies(&chair, STRICTER).await;
    let former =
        r#"forbid (principal, action == Action::"ListBreachNotices", resource) when { resource.colour == "red" };"#;
    set_in_table(&scene, "boards", former).await;
    scene.until(&chair, NOTICES, Some("PARTNERSHIP_FORBIDS")).await;
    scene.must(&manager, MEETINGS).await;
    set_in_table(&scene, "boards", r#"forbid (principal, action == Action::"OfOldTimes", resource);"#).await;
    scene.until(&manager, MEETINGS, Some("PARTNERSHIP_FORBIDS")).await;
    scene.must(ADMINISTRATOR, MEETINGS).await;
    scene.set_policies(&manager, "").await;
    scene.must(&manager, MEETINGS).await;
    scene.must(&chair, NOTICES).await;
    scene.world.house.stop().await;
}
