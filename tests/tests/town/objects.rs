//! Whose record it is: a provider's people act for their own provider's issues, commitments, actions and links, not for those of
//! another provider in the same partnership; whoever has a form link acts on the one thing that it names.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::collections::BTreeMap;

use pathfinder_tests::authorisation::{self, Cell, Row};
use pathfinder_tests::cast::{self, CONTRACTOR, Member};
use pathfinder_tests::contract::{self, short_name};
use pathfinder_tests::door::{Refusal, Way};
use pathfinder_tests::lookalike::Lookalike;
use pathfinder_tests::sample;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};

/// The roles of a provider's people, as the table and as identity name them.
const ROLES: [(&str, &str); 2] =
    [("provider_officer", "ROLE_PROVIDER_OFFICER"), ("provider_signatory", "ROLE_PROVIDER_SIGNATORY")];
/// Where the resident is reached who reported the lookalike's other issue, and chose to be named.
const EMAIL: &str = "aaa-joan@example.org";
/// What names a record that belongs to a provider, the narrowest first.
const RECORDS: [&str; 5] = ["form_link_id", "commitment_id", "action_id", "issue_id", "provider_id"];

/// A partnership with one of everything, all of it the first provider's; and the people of a second one.
struct Scene {
    world: World<Town>,
    it: Lookalike,
    rows: BTreeMap<String, Row>,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Grpc).await;
        let it = Lookalike::found(&world, "AAA").await;
        let second = it.hood.add_provider(&world, "Police").await;
        for (role, word) in ROLES {
            let grant = it.hood.with(json!({"role": word, "provider_id": second}));
            world.enrol(&other(&it, role), "A constable", "PRINCIPAL_KIND_PERSON", &[grant]).await;
        }
        Self { world, it, rows: authorisation::table() }
    }

    /// A new issue, routed to the first provider.
    async fn issue(&self) -> String {
        let reported = self.world.must(PUBLIC, "IssueService/ReportIssue", self.it.hood.report("Mattresses")).await;
        text(&reported["issue"], "issueId")
    }

    /// A message about things of the first provider. Its issue is a new one, so no step before it stands in its way.
    async fn message(&self, rpc: &MethodDescriptor) -> Value {
        let id = |field: &str| self.it.id_for(field).unwrap_or_else(|| panic!("there is a {field}")).to_owned();
        let message = self.it.hood.with(sample::request(rpc, &id));
        if message["issue_id"].is_null() { message } else { merged(message, json!({"issue_id": self.issue().await})) }
    }

    /// Two messages about things of the first provider, which name another issue or commitment each; and the field that does.
    async fn pair(&self, rpc: &MethodDescriptor) -> (&'static str, Value, Value) {
        let (named, other) = (self.message(rpc).await, self.message(rpc).await);
        if rpc.input().get_field_by_name("commitment_id").is_none() {
            return ("issue_id", named, other);
        }
        let other = merged(other, json!({"commitment_id": self.offered().await}));
        ("commitment_id", named, other)
    }

    /// Another commitment of the first provider.
    async fn offered(&self) -> String {
        let offer = self.message(&contract::rpc("CommitmentService/OfferCommitment")).await;
        let offered = self.world.must(&self.it.hood.officer(), "CommitmentService/OfferCommitment", offer).await;
        text(&offered, "commitmentId")
    }

    /// Whoever has a form link of the first provider about one thing.
    async fn contractor(&self, field: &str, id: &str) -> Member {
        cast::contractor(&self.world, &self.it.hood, &self.it.hood.provider_id, (field, id)).await
    }

    /// The calls that a role may make about records of its own provider.
    fn calls_of(&self, role: &str) -> Vec<MethodDescriptor> {
        let about_a_record = |rpc: &MethodDescriptor| {
            let fields = sample::id_fields(rpc);
            RECORDS.iter().any(|record| fields.iter().any(|field| field == record))
        };
        let own = |rpc: &MethodDescriptor| self.rows[&short_name(rpc)].cell(role) == Cell::Own;
        contract::rpcs().filter(|rpc| own(rpc) && about_a_record(rpc)).collect()
    }

    async fn ask(&self, rpc: &MethodDescriptor, token: Option<&str>, message: Value) -> Result<Value, Refusal> {
        self.world.ask_with(rpc, token, message).await
    }
}

/// The login of whoever holds the role for the first provider.
fn own(it: &Lookalike, role: &str) -> String {
    if role == "provider_officer" { it.hood.officer() } else { it.hood.signatory() }
}

/// The login of whoever holds the role for the second one.
fn other(it: &Lookalike, role: &str) -> String {
    it.hood.login(&format!("other-{}", role.replace('_', "-")))
}

/// Refused for what the record is, with what would do.
fn is_kept_out(answer: &Result<Value, Refusal>) -> bool {
    let kept_out = |refusal: &Refusal| ["ROLE_MISSING", "NOT_THE_OWNER"].contains(&refusal.reason.as_str());
    answer.as_ref().is_err_and(|refusal| refusal.status == "PERMISSION_DENIED" && kept_out(refusal))
}

/// Answered, or refused for what the record's state is, not for who asks or how.
fn is_let_in(answer: &Result<Value, Refusal>) -> bool {
    let for_state = |status: &str| ["NOT_FOUND", "FAILED_PRECONDITION", "ALREADY_EXISTS"].contains(&status);
    answer.as_ref().map_or_else(|refusal| for_state(&refusal.status), |_| true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_people_act_for_their_own_provider_alone() {
    let scene = Scene::set().await;
    let mut findings = Vec::new();
    let mut cases = 0;
    for (role, _) in ROLES {
        let calls = scene.calls_of(role);
        assert!(calls.len() > 15, "a {role} may make many calls");
        for rpc in &calls {
            for (who, expected) in [(other(&scene.it, role), false), (own(&scene.it, role), true)] {
                let message = scene.message(rpc).await;
                let token = scene.world.token(&who).await;
                let answer = scene.ask(rpc, token.as_deref(), message).await;
                let as_expected = if expected { is_let_in(&answer) } else { is_kept_out(&answer) };
                cases += 1;
                if !as_expected {
                    findings.push(format!("{} by {who}: {answer:?}", short_name(rpc)));
                }
            }
        }
    }
    report(cases);
    assert!(findings.is_empty(), "people act for their own provider alone; not so:\n  {}", findings.join("\n  "));
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_link_opens_what_it_names_and_nothing_else() {
    let scene = Scene::set().await;
    let calls = scene.calls_of(CONTRACTOR);
    assert!(calls.len() > 3, "a contractor may make some calls");
    let mut cases = 0;
    for rpc in &calls {
        let (field, named, not_named) = scene.pair(rpc).await;
        let holder = scene.contractor(field, &text(&named, field)).await;
        let answer = scene.ask(rpc, holder.token.as_deref(), not_named).await;
        assert!(is_kept_out(&answer), "{} on another {field} of the provider: {answer:?}", short_name(rpc));
        let answer = scene.ask(rpc, holder.token.as_deref(), named).await;
        assert!(is_let_in(&answer), "{} on the {field} of the link: {answer:?}", short_name(rpc));
        cases += 2;
    }
    report(cases);
    scene.world.house.stop().await;
}

const DRAFT: &str = "ProgressReportService/DraftProgressReport";
const SUBMIT: &str = "ProgressReportService/SubmitProgressReport";
const GET_REPORT: &str = "ProgressReportService/GetProgressReport";

#[tokio::test(flavor = "multi_thread")]
async fn a_contractor_drafts_a_report_that_only_its_provider_submits() {
    let scene = Scene::set().await;
    let (world, it) = (&scene.world, &scene.it);
    let commitment = it.with(&["commitment_id"], json!({}));
    let carts = scene.contractor("commitment_id", &it.ids["commitment_id"]).await;
    let skips = scene.contractor("commitment_id", &it.ids["commitment_id"]).await;
    let for_an_issue = scene.contractor("issue_id", &it.ids["issue_id"]).await;
    let ask = async |rpc: &str, member: &Member, message: &Value| {
        scene.ask(&contract::rpc(rpc), member.token.as_deref(), message.clone()).await
    };
    let refused_for = async |rpc: &str, member: &Member, message: &Value, reason: &str| {
        let answer = ask(rpc, member, message).await;
        let is_refused = answer.as_ref().is_err_and(|refusal| refusal.reason == reason);
        assert!(is_refused, "{rpc} is refused for {reason}, but: {answer:?}");
    };
    let report = report_on(&scene, "Nearly clear.").await;
    let elsewhere = merged(report.clone(), json!({"commitment_id": scene.offered().await}));
    refused_for(DRAFT, &carts, &elsewhere, "ROLE_MISSING").await;
    refused_for(DRAFT, &for_an_issue, &report, "ROLE_MISSING").await;
    for rpc in [SUBMIT, "CommitmentService/AcceptCommitment", "CommitmentService/FlagCommitmentAtRisk"] {
        let message = merged(scene.message(&contract::rpc(rpc)).await, commitment.clone());
        refused_for(rpc, &carts, &message, "ROLE_MISSING").await;
    }

    let mut draft = Value::Null;
    for _ in 0..2 {
        draft = ask(DRAFT, &carts, &report).await.unwrap_or_else(|refusal| panic!("it is drafted: {refusal:?}"));
    }
    let named = merged(commitment.clone(), json!({"progress_report_id": draft["progressReportId"]}));
    assert!(ask(GET_REPORT, &carts, &named).await.is_ok(), "one's own draft is read");
    refused_for(GET_REPORT, &skips, &named, "NOT_FOUND").await;
    refused_for(GET_REPORT, &for_an_issue, &named, "NOT_FOUND").await;
    let guessed = merged(report.clone(), json!({"etag": draft["etag"]}));
    refused_for(DRAFT, &skips, &guessed, "DRAFT_OF_ANOTHER").await;

    let officer = it.hood.officer();
    let read = world.must(&officer, GET_REPORT, named.clone()).await;
    assert_eq!(text(&read["drafter"], "name"), "Quay Skips (by link)", "its officer sees who drafted it: {read}");
    for rpc in [DRAFT, SUBMIT] {
        world.refused(&officer, rpc, report.clone(), "DRAFT_OF_ANOTHER").await;
    }
    let taken_over = merged(report.clone(), json!({"etag": read["etag"]}));
    world.must(&officer, DRAFT, taken_over).await;
    refused_for(GET_REPORT, &carts, &named, "NOT_FOUND").await;
    refused_for(DRAFT, &carts, &report, "DRAFT_OF_ANOTHER").await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_a_providers_own_is_read_by_its_people_alone() {
    let scene = Scene::set().await;
    let (world, it) = (&scene.world, &scene.it);
    let [own_people, other_people] = [own, other].map(|who| ROLES.map(|(role, _)| who(it, role)));
    let named = it.with(&[], json!({"issue_id": it.ids["other_issue_id"]}));
    let draft = draft(&scene).await;
    for who in &own_people {
        let issue = world.must(who, "IssueService/GetIssue", named.clone()).await;
        assert!(issue.to_string().contains(EMAIL), "`{who}` reads how to reach her, as she chose to be named: {issue}");
        world.must(who, GET_REPORT, draft.clone()).await;
    }
    for who in other_people.iter().map(String::as_str).chain([PUBLIC]) {
        let issue = world.must(who, "IssueService/GetIssue", named.clone()).await;
        assert!(!issue.to_string().contains(EMAIL), "`{who}` does not read how to reach her: {issue}");
        world.refused(who, GET_REPORT, draft.clone(), "NOT_FOUND").await;
        let asked = it.with(&["commitment_id"], json!({}));
        let listed = world.must(who, "ProgressReportService/ListProgressReports", asked).await;
        assert!(!listed.to_string().contains("half a draft"), "`{who}` finds no draft of another's: {listed}");
    }
    let links = async |who: &str| {
        let who = it.hood.login(who);
        world.list(&who, "FormLinkService/ListFormLinks", it.hood.with(json!({})), "formLinks").await.len()
    };
    let counts = (links("manager").await, links("officer").await, links("other-provider-officer").await);
    assert_eq!(counts, (1, 1, 0), "an officer lists the links of the own provider");
    scene.world.house.stop().await;
}

/// A draft of the first provider's next report; answers what names it.
async fn draft(scene: &Scene) -> Value {
    let report = report_on(scene, "This is half a draft.").await;
    let report = scene.world.must(&scene.it.hood.officer(), DRAFT, report).await;
    scene.it.with(&["commitment_id"], json!({"progress_report_id": report["progressReportId"]}))
}

/// What the first provider's next report says.
async fn report_on(scene: &Scene, narrative: &str) -> Value {
    let commitment = scene.it.with(&["commitment_id"], json!({}));
    let read = scene.world.must(PUBLIC, "CommitmentService/GetCommitment", commitment.clone()).await;
    let content = json!({"measured_value": 50.0, "narrative": narrative, "reported_rag": "RAG_GREEN"});
    merged(commitment, json!({"period_end_date": read["nextReportPeriodEndDate"], "content": content}))
}

#[expect(clippy::print_stderr, reason = "the reader of the run wants to know how much was tried")]
fn report(cases: usize) {
    eprintln!("{cases} calls");
}
