//! Whose record it is: a provider's people act for their own provider's issues, commitments, actions and links, not for those of
//! another provider in the same partnership; whoever has a form link acts on the one thing that it names.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use std::collections::BTreeMap;

use pathfinder_tests::authorisation::{self, Cell, Row};
use pathfinder_tests::cast::{self, CONTRACTOR};
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
        let named = scene.message(rpc).await;
        let issue_id = text(&named, "issue_id");
        let holder =
            cast::contractor(&scene.world, &scene.it.hood, &scene.it.hood.provider_id, ("issue_id", &issue_id)).await;
        let not_named = scene.message(rpc).await;
        let answer = scene.ask(rpc, holder.token.as_deref(), not_named).await;
        assert!(is_kept_out(&answer), "{} on another issue of the provider: {answer:?}", short_name(rpc));
        let answer = scene.ask(rpc, holder.token.as_deref(), named).await;
        assert!(is_let_in(&answer), "{} on the issue of the link: {answer:?}", short_name(rpc));
        cases += 2;
    }
    report(cases);
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
        world.must(who, "ProgressReportService/GetProgressReport", draft.clone()).await;
    }
    for who in other_people.iter().map(String::as_str).chain([PUBLIC]) {
        let issue = world.must(who, "IssueService/GetIssue", named.clone()).await;
        assert!(!issue.to_string().contains(EMAIL), "`{who}` does not read how to reach her: {issue}");
        world.refused(who, "ProgressReportService/GetProgressReport", draft.clone(), "NOT_FOUND").await;
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
    let (world, it) = (&scene.world, &scene.it);
    let commitment = it.with(&["commitment_id"], json!({}));
    let read = world.must(PUBLIC, "CommitmentService/GetCommitment", commitment.clone()).await;
    let content = json!({"measured_value": 50.0, "narrative": "This is half a draft.", "reported_rag": "RAG_GREEN"});
    let report =
        merged(commitment.clone(), json!({"period_end_date": read["nextReportPeriodEndDate"], "content": content}));
    let report = world.must(&it.hood.officer(), "ProgressReportService/DraftProgressReport", report).await;
    merged(commitment, json!({"progress_report_id": report["progressReportId"]}))
}

#[expect(clippy::print_stderr, reason = "the reader of the run wants to know how much was tried")]
fn report(cases: usize) {
    eprintln!("{cases} calls");
}
