//! The use cases on a real database, with a clock that is moved by hand and a stand-in for boards.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use pathfinder_kit::clock::ManualClock;
use pathfinder_kit::config::{Flags, Settings};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Caller, Database, DatabaseUrl, Deps, Grant, Ids, Principal, PrincipalKind, Reason, etag};
use pathfinder_terms::{ActionId, DecisionId, IssueId, Nation, Rag, StandardId};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;

use super::*;
use crate::domain::{
    Baseline, ClockStart, Commitment, CommitmentKind, CommitmentStatus, CommitmentTerms, Content, Direction, Evidence,
    Finding, Frequency, Measure, Measurement, MilestonePlan, NewProvider, NewStandard, Offer, Outcome, Provider,
    ProviderKind, ReportStatus, StandardCase, StandardTerms, Unit,
};

const HERE: PartnershipId = PartnershipId(Uuid::from_u128(1));
const ELSEWHERE: PartnershipId = PartnershipId(Uuid::from_u128(2));
const ACTION: ActionId = ActionId(Uuid::from_u128(3));
const CARRIED: DecisionId = DecisionId(Uuid::from_u128(4));
const FALLEN: DecisionId = DecisionId(Uuid::from_u128(5));

/// Boards with two partnerships, an action and two decisions.
struct SomeBoards;

#[async_trait]
impl Boards for SomeBoards {
    async fn find_partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, Failure> {
        let known = [HERE, ELSEWHERE].contains(&id);
        Ok(known.then(|| Partnership {
            id,
            name: "Brook Wharf".to_owned(),
            nation: Nation::EnglandAndWales,
            active: true,
        }))
    }

    async fn has_action(&self, _: &Call, partnership_id: PartnershipId, id: ActionId) -> Result<bool, Failure> {
        Ok(partnership_id == HERE && id == ACTION)
    }

    async fn find_decision(
        &self,
        _: &Call,
        partnership_id: PartnershipId,
        id: DecisionId,
    ) -> Result<Option<DecisionSeen>, Failure> {
        let decision = match id {
            CARRIED => Some(DecisionSeen { carried: true, outcome: "carried" }),
            FALLEN => Some(DecisionSeen { carried: false, outcome: "fallen" }),
            _ => None,
        };
        Ok(decision.filter(|_| partnership_id == HERE))
    }
}

struct Fixture {
    app: App,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// An SQLite file in `folder`; where a PostgreSQL server is named, a schema of its own there, which goes with the server.
async fn empty_database(folder: &Path) -> Database {
    let (url, name) = match std::env::var("PATHFINDER_TEST_POSTGRES") {
        Ok(server) if !server.is_empty() => {
            let unique = Ids::random().next(noon("2026-01-01")).simple();
            (DatabaseUrl::Postgres(server), format!("commitments_{unique}"))
        }
        _ => (DatabaseUrl::Sqlite(folder.join("commitments.db")), "commitments".to_owned()),
    };
    Database::open(&url, &name).await.expect("a database")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn noon(date: &str) -> DateTime<Utc> {
    Utc.from_utc_datetime(&day(date).and_hms_opt(12, 0, 0).expect("a time"))
}

impl Fixture {
    async fn on(date: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = empty_database(folder.path()).await;
        store::Migrator::up(database.reader(), None).await.expect("tables");
        let flags = Flags { service_secret: Some("a secret for these tests".to_owned()), ..Flags::default() };
        let settings = Settings::check("commitments", &flags).expect("settings");
        let clock = Arc::new(ManualClock::at(noon(date)));
        let deps = Deps { clock: Arc::clone(&clock) as _, ids: Arc::new(Ids::seeded(7)) };
        let host = Host::new("commitments", &settings, deps, database, None, Default::default());
        Self { app: App::new(host, Arc::new(SomeBoards)), clock, _folder: folder }
    }

    fn go_to(&self, date: &str) {
        self.clock.set(noon(date));
    }

    fn call(&self, grants: &[(Role, Option<ProviderId>)]) -> Call {
        let grant = |(role, provider_id): &(Role, Option<ProviderId>)| Grant {
            role: *role,
            partnership_id: Some(HERE),
            provider_id: *provider_id,
        };
        let principal = Principal {
            subject: "someone".to_owned(),
            name: "Someone".to_owned(),
            kind: PrincipalKind::Person,
            grants: grants.iter().map(grant).collect(),
        };
        self.call_of(Caller::Known(principal))
    }

    fn call_of(&self, caller: Caller) -> Call {
        let mut call = Call::background(&self.app.host, "test");
        call.caller = caller;
        call
    }

    fn manager(&self) -> Call {
        self.call(&[(Role::Manager, None)])
    }

    fn signatory(&self, provider: &Provider) -> Call {
        self.call(&[(Role::ProviderSignatory, Some(provider.id))])
    }

    fn nobody(&self) -> Call {
        self.call_of(Caller::Anonymous)
    }

    async fn provider(&self, name: &str) -> Provider {
        let command = NewProvider {
            partnership_id: HERE,
            name: name.to_owned(),
            kind: ProviderKind::Council,
            parent_id: None,
            responsibilities: Vec::new(),
        };
        self.app.create_provider(&self.manager(), &command).await.expect("a provider")
    }

    async fn active(&self, provider: &Provider) -> Commitment {
        let call = self.signatory(provider);
        let offered = self.app.offer_commitment(&call, &offer(provider)).await.expect("an offer");
        self.app.accept_commitment(&call, &key(&offered), CARRIED, None).await.expect("accepted")
    }

    async fn reload(&self, commitment: &Commitment) -> Commitment {
        self.app.get_commitment(HERE, commitment.id).await.expect("the commitment")
    }
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Reason {
    Failure::from(outcome.expect_err("a refusal")).reason()
}

fn key(commitment: &Commitment) -> CommitmentKey {
    CommitmentKey { partnership_id: HERE, id: commitment.id, etag: etag::of(commitment.version) }
}

fn offer(provider: &Provider) -> Offer {
    let terms = CommitmentTerms {
        text: "Clear four in five fly-tips in time".to_owned(),
        theme: Some("Clean streets".to_owned()),
        kind: CommitmentKind::StandardImprovement,
        baseline: Baseline { value: 62.0, date: day("2026-03-01"), source: "Case records".to_owned() },
        target_value: 82.0,
        unit: "percent".to_owned(),
        direction: Direction::Increase,
        start: day("2026-04-01"),
        end: day("2026-12-31"),
        frequency: Frequency::Quarterly,
        report_due_working_days: 10,
        owner: "Head of Street Scene".to_owned(),
    };
    let milestones = vec![MilestonePlan { text: "Second team starts".to_owned(), due: day("2026-05-15") }];
    Offer { partnership_id: HERE, provider_id: provider.id, action_id: Some(ACTION), terms, milestones }
}

fn standard(provider: &Provider, code: &str, measure: Measure, days: f64) -> NewStandard {
    let terms = StandardTerms {
        text: "Removed in time".to_owned(),
        measure,
        target_value: days,
        unit: Unit::WorkingDays,
        clock_start: Some(ClockStart::Reported),
        pause_reasons: vec!["awaiting_access".to_owned()],
        pause_cap_days: Some(5),
        target_percent: 90.0,
        effective_from: day("2020-01-01"),
    };
    let category_code = "fly-tipping".to_owned();
    NewStandard { partnership_id: HERE, code: code.to_owned(), provider_id: provider.id, category_code, terms }
}

fn report(commitment: &Commitment, end: &str, numerator: u64) -> ReportOn {
    let content = Content {
        measurement: Measurement::Ratio { numerator, denominator: 50 },
        narrative: "Two more teams since May.".to_owned(),
        reported_rag: Rag::Green,
        forecast_value: None,
        get_well_plan: None,
        evidence: Vec::new(),
    };
    ReportOn { partnership_id: HERE, commitment_id: commitment.id, period_end: day(end), content }
}

fn finding(outcome: Outcome) -> Finding {
    let evidence = vec![Evidence { text: "Street count".to_owned(), url: None }];
    Finding { outcome, note: "Counted by the street reps.".to_owned(), evidence }
}

fn first_page() -> Page<Uuid> {
    Page::open(0, "", &"test").expect("a page")
}

fn report_key(report: &crate::domain::ProgressReport) -> ReportKey {
    let etag = etag::of(report.version);
    ReportKey { partnership_id: HERE, commitment_id: report.commitment_id, id: report.id, etag }
}

#[tokio::test]
async fn a_commitment_goes_from_the_offer_to_met_and_its_history_says_how() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    assert_eq!(commitment.status, CommitmentStatus::Active);
    fixture.go_to("2026-07-06");
    let signatory = fixture.signatory(&provider);
    let handed_in =
        fixture.app.submit_progress_report(&signatory, &report(&commitment, "2026-06-30", 41)).await.expect("a report");
    let taken =
        fixture.app.accept_progress_report(&fixture.manager(), &report_key(&handed_in)).await.expect("accepted");
    assert_eq!((taken.status, taken.late, taken.revision), (ReportStatus::Accepted, false, 1));
    let rated = fixture.reload(&commitment).await;
    assert_eq!(rated.progress.latest.as_ref().map(|latest| latest.value.round()), Some(82.0));
    let met =
        fixture.app.verify_commitment(&fixture.manager(), &key(&rated), finding(Outcome::Met)).await.expect("met");
    assert_eq!((met.status, met.standing.rag), (CommitmentStatus::Met, Rag::Blue));
    let (history, _) = fixture.app.list_commitment_history(HERE, met.id, &first_page()).await.expect("a history");
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind.as_str()).collect();
    let steps = ["offered", "accepted", "activated"].map(|step| format!("commitment.{step}"));
    assert_eq!(kinds[..3], steps.each_ref().map(String::as_str));
    assert_eq!(kinds[3..], ["progress_report.submitted", "progress_report.accepted", "commitment.met"]);
}

#[tokio::test]
async fn what_comes_back_is_what_was_written() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    assert_eq!(fixture.app.get_provider(HERE, provider.id).await.expect("the provider"), provider);
    let command = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
    let standard = fixture.app.create_standard(&fixture.manager(), &command).await.expect("a standard");
    assert_eq!(fixture.app.get_standard(HERE, standard.id).await.expect("the standard"), standard);
    let commitment = fixture.active(&provider).await;
    assert_eq!(fixture.reload(&commitment).await, commitment);
}

#[tokio::test]
async fn acceptance_needs_the_signatory_and_a_decision_that_carried() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let other = fixture.provider("Police").await;
    let signatory = fixture.signatory(&provider);
    let offered = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer");
    let accept = |call: Call, decision| {
        let app = &fixture.app;
        let key = key(&offered);
        async move { app.accept_commitment(&call, &key, decision, None).await }
    };
    assert_eq!(reason(accept(fixture.manager(), CARRIED).await), Reason::RoleMissing);
    assert_eq!(reason(accept(fixture.signatory(&other), CARRIED).await), Reason::RoleMissing);
    assert_eq!(reason(accept(fixture.nobody(), CARRIED).await), Reason::TokenRequired);
    assert_eq!(reason(accept(signatory.clone(), FALLEN).await), Reason::DecisionNotCarried);
    assert_eq!(reason(accept(signatory.clone(), DecisionId(Uuid::nil())).await), Reason::LinkUnknown);
    assert_eq!(accept(signatory, CARRIED).await.expect("accepted").status, CommitmentStatus::Active);
}

#[tokio::test]
async fn a_provider_judges_neither_its_reports_nor_its_commitments() {
    let fixture = Fixture::on("2026-07-06").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    let both = fixture.call(&[(Role::BoardMember, None), (Role::ProviderOfficer, Some(provider.id))]);
    let handed_in =
        fixture.app.submit_progress_report(&both, &report(&commitment, "2026-06-30", 41)).await.expect("a report");
    assert_eq!(
        reason(fixture.app.accept_progress_report(&both, &report_key(&handed_in)).await),
        Reason::SelfVerification
    );
    let reloaded = key(&fixture.reload(&commitment).await);
    let verified = fixture.app.verify_commitment(&both, &reloaded, finding(Outcome::Met)).await;
    assert_eq!(reason(verified), Reason::SelfVerification);
}

#[tokio::test]
async fn a_stale_etag_another_partnership_and_an_unknown_action_are_refused() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let signatory = fixture.signatory(&provider);
    let offered = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer");
    let stale = CommitmentKey { etag: etag::of(offered.version + 5), ..key(&offered) };
    assert_eq!(reason(fixture.app.negotiate_commitment(&signatory, &stale, None).await), Reason::EtagMismatch);
    assert_eq!(reason(fixture.app.get_commitment(ELSEWHERE, offered.id).await), Reason::NotFound);
    let lost = Offer { action_id: Some(ActionId(Uuid::nil())), ..offer(&provider) };
    assert_eq!(reason(fixture.app.offer_commitment(&signatory, &lost).await), Reason::LinkUnknown);
    let unknown = NewProvider {
        partnership_id: PartnershipId(Uuid::nil()),
        name: "Nowhere".to_owned(),
        kind: ProviderKind::Other,
        parent_id: None,
        responsibilities: Vec::new(),
    };
    assert_eq!(reason(fixture.app.create_provider(&fixture.manager(), &unknown).await), Reason::RoleMissing);
}

#[tokio::test]
async fn a_name_a_code_and_a_measure_are_given_once() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let manager = fixture.manager();
    let again = NewProvider {
        partnership_id: HERE,
        name: "Street Cleansing".to_owned(),
        kind: ProviderKind::Council,
        parent_id: None,
        responsibilities: Vec::new(),
    };
    assert_eq!(reason(fixture.app.create_provider(&manager, &again).await), Reason::AlreadyExists);
    let removal = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
    fixture.app.create_standard(&manager, &removal).await.expect("a standard");
    assert_eq!(reason(fixture.app.create_standard(&manager, &removal).await), Reason::AlreadyExists);
    let other = standard(&provider, "quick-removal", Measure::ResolutionTime, 1.0);
    assert_eq!(reason(fixture.app.create_standard(&manager, &other).await), Reason::StandardOverlaps);
}

#[tokio::test]
async fn an_issue_is_held_to_the_version_in_force_when_it_was_reported() {
    let fixture = Fixture::on("2026-09-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let manager = fixture.manager();
    let command = standard(&provider, "removal", Measure::ResolutionTime, 5.0);
    let old = fixture.app.create_standard(&manager, &command).await.expect("a standard");
    let terms = StandardTerms { target_value: 2.0, effective_from: day("2026-10-01"), ..command.terms };
    let revise = ReviseStandard { partnership_id: HERE, id: old.id, terms, etag: etag::of(old.version) };
    let new = fixture.app.revise_standard(&manager, &revise).await.expect("a revision");
    assert_eq!(
        reason(fixture.app.revise_standard(&manager, &ReviseStandard { etag: String::new(), ..revise }).await),
        Reason::StandardSuperseded
    );
    let nobody = fixture.nobody();
    let held = |at: &str| {
        let query = FindStandard {
            partnership_id: HERE,
            provider_id: provider.id,
            category_code: "fly-tipping".to_owned(),
            at: Some(at.parse().expect("an instant")),
        };
        let app = &fixture.app;
        let call = &nobody;
        async move { app.find_applicable_standard(call, &query).await.map(|standard| standard.id) }
    };
    // 23:30 UTC on 30 September is 00:30 on 1 October in London.
    assert_eq!(held("2026-09-30T22:30:00Z").await.expect("a standard"), old.id);
    assert_eq!(held("2026-09-30T23:30:00Z").await.expect("a standard"), new.id);
    assert_eq!(reason(held("2019-12-31T12:00:00Z").await), Reason::NoStandard);
    let (latest, _) = fixture.app.list_standards(HERE, "latest = true", &first_page()).await.expect("standards");
    assert_eq!(latest.iter().map(|standard| standard.id).collect::<Vec<_>>(), [new.id]);
}

#[tokio::test]
async fn reports_are_seen_by_those_whom_they_concern() {
    let fixture = Fixture::on("2026-10-05").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    let signatory = fixture.signatory(&provider);
    let draft =
        fixture.app.draft_progress_report(&signatory, &report(&commitment, "2026-06-30", 40)).await.expect("a draft");
    let handed_in =
        fixture.app.submit_progress_report(&signatory, &report(&commitment, "2026-06-30", 41)).await.expect("a report");
    assert_eq!((handed_in.id, handed_in.late), (draft.id, true), "the draft was handed in");
    let again = fixture.app.submit_progress_report(&signatory, &report(&commitment, "2026-06-30", 41)).await;
    assert_eq!(reason(again), Reason::PeriodReported);
    fixture.app.draft_progress_report(&signatory, &report(&commitment, "2026-09-30", 45)).await.expect("a draft");
    let seen = |call: Call| {
        let app = &fixture.app;
        let id = commitment.id;
        async move { app.list_progress_reports(&call, HERE, id, "", &first_page()).await.expect("reports").0.len() }
    };
    assert_eq!((seen(signatory.clone()).await, seen(fixture.manager()).await, seen(fixture.nobody()).await), (2, 1, 0));
    let shown = fixture.app.get_progress_report(&fixture.nobody(), &report_key(&handed_in)).await;
    assert_eq!(reason(shown), Reason::NotFound);
    let content = report(&commitment, "2026-06-30", 39).content;
    let corrected =
        fixture.app.correct_progress_report(&signatory, &report_key(&handed_in), &content).await.expect("a correction");
    assert_eq!(corrected.revision, 2);
    assert_eq!(
        reason(
            fixture
                .app
                .accept_progress_report(
                    &fixture.manager(),
                    &ReportKey { etag: String::new(), ..report_key(&handed_in) }
                )
                .await
        ),
        Reason::ReportSuperseded
    );
    fixture.app.accept_progress_report(&fixture.manager(), &report_key(&corrected)).await.expect("accepted");
    assert_eq!(seen(fixture.nobody()).await, 1);
}

#[tokio::test]
async fn the_calendar_moves_a_commitment_once_a_day() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    assert_eq!(fixture.app.look_at_calendar().await.expect("a look"), 0, "it was looked at when it was offered");
    fixture.go_to("2026-05-20");
    assert_eq!(fixture.app.look_at_calendar().await.expect("a look"), 1);
    assert_eq!(fixture.app.look_at_calendar().await.expect("a look"), 0);
    assert_eq!(fixture.reload(&commitment).await.standing.rag, Rag::Amber, "a milestone is overdue");
    fixture.go_to("2027-02-01");
    fixture.app.look_at_calendar().await.expect("a look");
    let missed = fixture.reload(&commitment).await;
    assert_eq!((missed.status, missed.standing.rag), (CommitmentStatus::Missed, Rag::Red));
    fixture.go_to("2027-02-02");
    assert_eq!(fixture.app.look_at_calendar().await.expect("a look"), 0, "what has ended is left alone");
}

#[tokio::test]
async fn lists_page_through_each_row_once_and_filter() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let signatory = fixture.signatory(&provider);
    let mut offered = Vec::new();
    for _ in 0..5 {
        offered.push(fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer").id);
    }
    offered.reverse();
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = Page::open(2, &token, &"list").expect("a page");
        let (rows, next) =
            fixture.app.list_commitments(HERE, &format!("action_id = \"{ACTION}\""), &page).await.expect("rows");
        seen.extend(rows.iter().map(|row| row.id));
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, offered);
    let (none, _) = fixture.app.list_commitments(HERE, "status = \"met\"", &first_page()).await.expect("rows");
    assert!(none.is_empty(), "nothing is met yet");
    assert_eq!(
        reason(fixture.app.list_commitments(HERE, "colour = \"red\"", &first_page()).await),
        Reason::FilterInvalid
    );
}

#[tokio::test]
async fn what_the_feed_of_issues_tells_is_kept_and_forgotten() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let command = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
    let standard = fixture.app.create_standard(&fixture.manager(), &command).await.expect("a standard");
    let hear = |news: IssueNews| {
        let host = fixture.app.host.clone();
        async move {
            let call = Call::background(&host, "test");
            let Begun::Fresh(unit) = host.begin::<()>(&call).await.expect("a unit") else { return };
            App::hear_of_issue(&unit, news).await.expect("heard");
            unit.commit(()).await.expect("kept");
        }
    };
    let case = |id: StandardId, breached| StandardCase {
        issue_id: IssueId(Uuid::from_u128(77)),
        issue_reference: "BWS-I-1".to_owned(),
        standard_id: id,
        partnership_id: HERE,
        issue_state: "routed".to_owned(),
        due_time: Some(noon("2026-04-03")),
        stop_time: None,
        on_time: None,
        breached,
        update_time: noon("2026-04-01"),
    };
    hear(IssueNews::Held(case(standard.id, false))).await;
    hear(IssueNews::Held(case(standard.id, true))).await;
    let cases = |filter: &'static str| {
        let app = &fixture.app;
        async move { app.list_standard_cases(HERE, standard.id, filter, &first_page()).await.expect("cases").0 }
    };
    assert_eq!(cases("breached = true").await, [case(standard.id, true)]);
    hear(IssueNews::Free { partnership_id: HERE, issue_id: IssueId(Uuid::from_u128(77)) }).await;
    assert!(cases("").await.is_empty(), "the issue is held to nothing any more");
}

#[tokio::test]
async fn what_the_feed_of_boards_tells_goes_before_what_was_asked() {
    let fixture = Fixture::on("2026-04-01").await;
    let call = Call::background(&fixture.app.host, "test");
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&call).await.expect("a unit") else { return };
    let told = |active| Partnership { id: HERE, name: "Brook Wharf".to_owned(), nation: Nation::Scotland, active };
    App::hear_of_partnership(&unit, &told(true)).await.expect("heard");
    App::hear_of_partnership(&unit, &told(false)).await.expect("heard");
    store::partnership::put_unless_known(unit.tx(), &told(true), call.now).await.expect("passed over");
    unit.commit(()).await.expect("kept");
    assert_eq!(store::partnership::find(fixture.app.host.reader(), HERE).await.expect("a read"), Some(told(false)));
    let command = NewProvider {
        partnership_id: HERE,
        name: "Police".to_owned(),
        kind: ProviderKind::Police,
        parent_id: None,
        responsibilities: Vec::new(),
    };
    assert_eq!(reason(fixture.app.create_provider(&fixture.manager(), &command).await), Reason::PartnershipArchived);
}
