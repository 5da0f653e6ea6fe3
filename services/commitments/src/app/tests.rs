//! The use cases on a real database, with a clock that is moved by hand and a stand-in for boards.

mod commitments;
mod partnerships;
mod progress;
mod standards;

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use pathfinder_kit::clock::ManualClock;
use pathfinder_kit::config::{Flags, Settings};
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::{Policies, Policy};
use pathfinder_kit::{
    Caller, Database, DatabaseUrl, Deps, Failure, Grant, Ids, Principal, PrincipalKind, Reason, Role, etag,
};
use pathfinder_terms::ProviderId;
use pathfinder_terms::{ActionId, DecisionId, IssueId, Nation, Rag, StandardId};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;

use super::*;
use crate::domain::{
    Baseline, ClockStart, Commitment, CommitmentChange, CommitmentKind, CommitmentStatus, CommitmentTerms, Content,
    Direction, Evidence, Finding, Frequency, Measure, Measurement, MilestonePlan, NewProvider, NewStandard, Offer,
    Outcome, Provider, ProviderKind, ReportStatus, StandardCase, StandardTerms, Unit,
};

const HERE: PartnershipId = PartnershipId(Uuid::from_u128(1));
const ELSEWHERE: PartnershipId = PartnershipId(Uuid::from_u128(2));
const ACTION: ActionId = ActionId(Uuid::from_u128(3));
const CARRIED: DecisionId = DecisionId(Uuid::from_u128(4));
const FALLEN: DecisionId = DecisionId(Uuid::from_u128(5));
const REFERRED_BACK: DecisionId = DecisionId(Uuid::from_u128(6));
const CORRECTED: DecisionId = DecisionId(Uuid::from_u128(7));

/// Boards with two partnerships, an action and some decisions, all about the same commitments.
#[derive(Default)]
struct SomeBoards {
    decided_on: Mutex<Vec<CommitmentId>>,
}

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
        let commitment_ids = self.decided_on.lock().expect("decisions").clone();
        let carried = DecisionSeen {
            id,
            carried: true,
            outcome: "carried",
            referred_back: false,
            corrected_by: None,
            commitment_ids,
        };
        let decision = match id {
            CARRIED => Some(carried),
            FALLEN => Some(DecisionSeen { carried: false, outcome: "fallen", ..carried }),
            REFERRED_BACK => Some(DecisionSeen { referred_back: true, ..carried }),
            CORRECTED => Some(DecisionSeen { corrected_by: Some(CARRIED), ..carried }),
            _ => None,
        };
        Ok(decision.filter(|_| partnership_id == HERE))
    }
}

struct Fixture {
    app: App,
    boards: Arc<SomeBoards>,
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

/// The policies of the service, and leave for everybody to make calls that these tests do not name.
fn policies() -> Policies {
    let schema = concat!(
        include_str!("../../../policies/pathfinder.cedarschema"),
        "action test appliesTo { principal: Principal, resource: Record };"
    );
    let rules = concat!(
        include_str!("../../../policies/commitments.cedar"),
        "permit (principal, action == Action::\"test\", resource);"
    );
    Policies::compile(Policy::Rules { schema, rules }).expect("the policies are valid")
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
        let host = Host::new("commitments", &settings, deps, database, None, policies(), Default::default());
        let boards = Arc::new(SomeBoards::default());
        Self { app: App::new(host, Arc::clone(&boards) as _), boards, clock, _folder: folder }
    }

    fn go_to(&self, date: &str) {
        self.clock.set(noon(date));
    }

    fn call(&self, grants: &[(Role, Option<ProviderId>)]) -> Call {
        let grant = |(role, provider_id): &(Role, Option<ProviderId>)| Grant {
            role: *role,
            partnership_id: Some(HERE),
            provider_id: *provider_id,
            object_id: None,
        };
        let principal = Principal {
            subject: "someone".to_owned(),
            name: "Someone".to_owned(),
            kind: PrincipalKind::Person,
            credential: None,
            grants: grants.iter().map(grant).collect(),
        };
        self.call_of(Caller::Known(principal))
    }

    fn call_of(&self, caller: Caller) -> Call {
        let mut call = Call::background(&self.app.host, "test");
        call.caller = caller;
        call
    }

    /// The same caller, making this call of the contract.
    fn making(&self, rpc: &str, call: Call) -> Call {
        let mut named = Call::background(&self.app.host, rpc);
        named.caller = call.caller;
        named
    }

    fn manager(&self) -> Call {
        self.call(&[(Role::Manager, None)])
    }

    fn signatory(&self, provider: &Provider) -> Call {
        self.call(&[(Role::ProviderSignatory, Some(provider.id))])
    }

    /// Whoever has a form link about a commitment.
    fn contractor(&self, name: &str, commitment: &Commitment) -> Call {
        let grant = Grant::for_provider(Role::ProviderContractor, HERE, commitment.provider_id);
        let principal = Principal {
            subject: name.to_lowercase(),
            name: format!("{name} (by link)"),
            kind: PrincipalKind::Person,
            credential: None,
            grants: vec![Grant { object_id: Some(commitment.id.0), ..grant }],
        };
        self.call_of(Caller::Known(principal))
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
        self.decide_on(&offered);
        self.app.accept_commitment(&call, &key(&offered), CARRIED, None).await.expect("accepted")
    }

    /// The board decides on a commitment, too.
    fn decide_on(&self, commitment: &Commitment) {
        self.boards.decided_on.lock().expect("decisions").push(commitment.id);
    }

    /// Boards tells of this partnership.
    async fn hear(&self, nation: Nation, active: bool) {
        let call = Call::background(&self.app.host, "test");
        let Begun::Fresh(mut unit) = self.app.host.begin::<()>(&call).await.expect("a unit") else { return };
        let told = Partnership { id: HERE, name: "Brook Wharf".to_owned(), nation, active };
        App::hear_of_boards(&mut unit, BoardsNews::Partnership(told)).await.expect("heard");
        unit.commit(()).await.expect("kept");
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
    ReportOn { partnership_id: HERE, commitment_id: commitment.id, period_end: day(end), content, etag: String::new() }
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
