//! The use cases on a real database, with a clock that is moved by hand and a stand-in for the other services.

use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::clock::ManualClock;
use pathfinder_kit::config::{Flags, Settings as KitSettings};
use pathfinder_kit::policy::Policies;
use pathfinder_kit::program::Program as _;
use pathfinder_kit::seal::ContactFlags;
use pathfinder_kit::{
    Begun, Caller, Database, DatabaseUrl, Deps, Failure, Grant, Ids, Principal, PrincipalKind, Reason, Role,
};
use pathfinder_terms::{IssueId, Nation, ProviderId, StandardId};
use sea_orm_migration::MigratorTrait as _;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use self::forwarding::SomeCouncils;
use self::picture_links::SomeWeb;
use super::categories::{CreateCategory, UpdateCategory};
use super::change::Target;
use super::export::Exported;
use super::import::RowOutcome;
use super::list::{CountIssues, ListIssues, Sought};
use super::peers::{ActionSteps, Outgoing, PledgeQuery};
use super::report::{Followed, Person, ReportIssue, SupportIssue};
use super::resident::Following;
use super::routing_rules::CreateRoutingRule;
use super::*;
use crate::config::PhotoPlace;
use crate::domain::category::CategoryChange;
use crate::domain::clock::{Measure, StartEvent, Unit};
use crate::domain::import::ImportRow;
use crate::domain::inquiry::PAUSE_REASON;
use crate::domain::issue::{Location, PledgeFound, Rewording, Severity, Source};
use crate::domain::known::{KnownPartnership, KnownProvider, ToldPartnership};
use crate::domain::listing::Order;
use crate::domain::reporter::{Contact, Visibility};
use crate::domain::story::{StorySource, StoryStep};
use crate::domain::{IssueState, Pledge};

mod asking;
mod boundaries;
mod edits;
mod feedback;
mod finding;
mod following;
mod forwarding;
mod importing;
mod personal;
mod photos;
mod picture_links;
mod places;
mod plans;
mod recategorising;
mod said;
mod timers;
mod twins;
mod updates;

const HERE: PartnershipId = PartnershipId(Uuid::from_u128(1));
const ARCHIVED: PartnershipId = PartnershipId(Uuid::from_u128(2));
/// A partnership that boards knows nothing of.
const NOWHERE: PartnershipId = PartnershipId(Uuid::from_u128(404));
const COUNCIL: ProviderId = ProviderId(Uuid::from_u128(3));
const DORMANT: ProviderId = ProviderId(Uuid::from_u128(4));
const FORBIDDEN: ProviderId = ProviderId(Uuid::from_u128(5));
/// The boundary of every partnership that boards is asked about: a square whose middle is 51.5 north, 0.1 west.
const SQUARE: &str =
    r#"{"type":"Polygon","coordinates":[[[-0.2,51.4],[0.0,51.4],[0.0,51.6],[-0.2,51.6],[-0.2,51.4]]]}"#;
/// A provider whose pledge is out of reach at first: an issue on its list waits.
const SILENT: ProviderId = ProviderId(Uuid::from_u128(6));

/// Land whose issues go where a test says.
const LANDS: &str = "of_lanes";

/// A provider that pledges to answer within 24 hours, too.
const ANSWERING: ProviderId = ProviderId(Uuid::from_u128(7));
const OF_ANSWERS: StandardId = StandardId(Uuid::from_u128(11));
/// A category with a pledge of its own: nine working days.
const DRAINS: &str = "drains";
const OF_DRAINS: StandardId = StandardId(Uuid::from_u128(10));
const OF_ALL_ELSE: StandardId = StandardId(Uuid::from_u128(9));

/// The other services: boards never ends a story, commitments pledges two working days for everything but drains, identity takes letters.
struct SomePeers(Arc<Mutex<Post>>);

/// The letters that went out, with their ids and where they went, and why none do.
#[derive(Default)]
struct Post {
    sent: Vec<(Uuid, String, String)>,
    refusal: Option<Reason>,
}

fn partnership(id: PartnershipId) -> KnownPartnership {
    KnownPartnership {
        id,
        name: "Brook Wharf".to_owned(),
        slug: format!("wharf-{}", id.0.as_u128()),
        nation: Nation::EnglandAndWales,
        reference_prefix: "BWS".to_owned(),
        archived: id == ARCHIVED,
    }
}

fn provider(id: ProviderId) -> KnownProvider {
    KnownProvider { id, partnership_id: HERE, name: format!("Provider {}", id.0.as_u128()), active: id != DORMANT }
}

fn resolution(query: &PledgeQuery) -> Pledge {
    Pledge {
        standard_id: if query.category_code == DRAINS { OF_DRAINS } else { OF_ALL_ELSE },
        text: "Gone in 2 working days".to_owned(),
        measure: Measure::Resolution,
        count: if query.category_code == DRAINS { 9 } else { 2 },
        unit: Unit::WorkingDays,
        starts_at: StartEvent::Reported,
        pause_reasons: vec![PAUSE_REASON.to_owned()],
        pause_cap_days: 0,
    }
}

#[async_trait]
impl Peers for SomePeers {
    async fn pledge(&self, call: &Call, query: &PledgeQuery) -> PledgeFound {
        let later = call.now > query.at;
        match query.provider_id {
            FORBIDDEN if later => PledgeFound::Refused,
            FORBIDDEN | SILENT if !later => PledgeFound::NotAnswered,
            ANSWERING => {
                let (resolution, unit) = (resolution(query), Unit::CalendarHours);
                let (standard_id, measure) = (OF_ANSWERS, Measure::Response);
                let response = Pledge { standard_id, measure, count: 24, unit, ..resolution.clone() };
                PledgeFound::FoundBoth { resolution, response }
            }
            _ => PledgeFound::Found(resolution(query)),
        }
    }

    async fn partnership(&self, id: PartnershipId) -> Result<Option<ToldPartnership>, Failure> {
        let told = ToldPartnership { partnership: partnership(id), boundary: SQUARE.to_owned() };
        Ok(Some(told).filter(|_| id != NOWHERE))
    }

    async fn provider(&self, _: PartnershipId, id: ProviderId) -> Result<Option<KnownProvider>, Failure> {
        Ok(Some(provider(id)))
    }

    async fn action_steps(&self, _: &Call, _: PartnershipId, _: IssueId) -> Result<ActionSteps, Failure> {
        std::future::pending().await
    }

    async fn commitment_steps(&self, _: &Call, _: PartnershipId, _: ActionId) -> Result<Vec<StoryStep>, Failure> {
        Ok(Vec::new())
    }

    async fn send_letter(&self, letter: &Outgoing) -> Result<(), Failure> {
        let mut post = self.0.lock().unwrap();
        if let Some(reason) = post.refusal {
            return Err(Failure::new(reason, "No letters today."));
        }
        post.sent.push((letter.id, letter.to.clone(), letter.text.clone()));
        Ok(())
    }
}

struct Fixture {
    app: App,
    clock: Arc<ManualClock>,
    post: Arc<Mutex<Post>>,
    councils: Arc<SomeCouncils>,
    web: Arc<SomeWeb>,
    folder: tempfile::TempDir,
}

fn start() -> DateTime<Utc> {
    "2026-01-12T10:00:00Z".parse().unwrap()
}

/// An SQLite file in `folder`; where a PostgreSQL server is named, a schema of its own there, which goes with the server.
async fn empty_database(folder: &Path) -> Database {
    let (url, name) = match std::env::var("PATHFINDER_TEST_POSTGRES") {
        Ok(server) if !server.is_empty() => {
            let unique = Ids::random().next(start()).simple();
            (DatabaseUrl::Postgres(server), format!("issues_{unique}"))
        }
        _ => (DatabaseUrl::Sqlite(folder.join("issues.db")), "issues".to_owned()),
    };
    Database::open(&url, &name).await.unwrap()
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = empty_database(folder.path()).await;
        store::Migrator::up(database.reader(), None).await.unwrap();
        let contacts = ContactFlags { contact_keys: Some(Sealer::new_key(&Ids::seeded(1))), ..ContactFlags::default() };
        let secret = Some("a secret for these tests".to_owned());
        let flags = Flags { service_secret: secret, contacts, ..Flags::default() };
        let settings = KitSettings::check("issues", &flags).unwrap();
        let clock = Arc::new(ManualClock::at(start()));
        let deps = Deps { clock: Arc::clone(&clock) as _, ids: Arc::new(Ids::seeded(7)) };
        let policies = Policies::compile(crate::Issues::POLICY).unwrap();
        let host = Host::new("issues", &settings, deps, database, None, policies, Default::default());
        let post = Arc::<Mutex<Post>>::default();
        let peers = Arc::new(SomePeers(Arc::clone(&post)));
        let councils = Arc::<SomeCouncils>::default();
        let pictures = Pictures::open(&PhotoPlace::Folder(folder.path().join("photos"))).unwrap();
        let settings = Settings { max_supporters: 1, ..Settings::default() };
        let web = Arc::<SomeWeb>::default();
        let app = App::new(host, peers, Arc::clone(&councils) as _, settings, pictures, Arc::clone(&web) as _).unwrap();
        let fixture = Self { app, clock, post, councils, web, folder };
        let category = CreateCategory {
            partnership_id: HERE,
            code: "graffiti".to_owned(),
            name: "Graffiti".to_owned(),
            rest: CategoryChange::default(),
        };
        fixture.app.create_category(&fixture.manager(), &category).await.unwrap();
        fixture
    }

    fn call(&self, role: Option<Role>) -> Call {
        self.call_to("test", role)
    }

    /// A call that the rules know by its name.
    fn call_to(&self, act: &str, role: Option<Role>) -> Call {
        let grants = role.map(Grant::everywhere);
        let mut call = Call::background(&self.app.host, act);
        call.caller = Caller::Known(Principal {
            subject: "ada".to_owned(),
            name: "Ada Archer".to_owned(),
            kind: PrincipalKind::Person,
            credential: None,
            grants: grants.into_iter().collect(),
        });
        call
    }

    fn manager(&self) -> Call {
        self.call(Some(Role::Manager))
    }

    fn resident(&self) -> Call {
        self.call(None)
    }

    fn nobody(&self) -> Call {
        let mut call = self.resident();
        call.caller = Caller::Anonymous;
        call
    }

    async fn report(&self, call: &Call, report: ReportIssue) -> Followed {
        self.app.report_issue(call, &report).await.unwrap()
    }

    /// An issue that a rule sends to the provider.
    async fn routed_to(&self, provider_id: ProviderId) -> Issue {
        self.followed_to(provider_id).await.view.issue
    }

    /// The same, with the token of whoever reported it.
    async fn followed_to(&self, provider_id: ProviderId) -> Followed {
        let land_type = format!("of_{}", provider_id.0.as_u128());
        self.route_land(&land_type, None, provider_id).await;
        let location = Location { land_type, ..report().location };
        self.report(&self.nobody(), ReportIssue { location, ..report() }).await
    }

    /// A rule that sends what lies on such land to the provider: all of it, or one category.
    async fn route_land(&self, land_type: &str, category_code: Option<&str>, provider_id: ProviderId) {
        let rule = CreateRoutingRule {
            partnership_id: HERE,
            position: 1,
            category_code: category_code.map(str::to_owned),
            area: None,
            land_type: Some(land_type.to_owned()),
            provider_id,
            note: String::new(),
        };
        self.app.create_routing_rule(&self.manager(), &rule).await.unwrap();
    }

    /// A category, with a rule for the lanes where it has a provider.
    async fn offer(&self, code: &str, provider_id: Option<ProviderId>, rest: CategoryChange) {
        let category = CreateCategory { partnership_id: HERE, code: code.to_owned(), name: code.to_uppercase(), rest };
        self.app.create_category(&self.manager(), &category).await.unwrap();
        if let Some(provider_id) = provider_id {
            self.route_land(LANDS, Some(code), provider_id).await;
        }
    }

    /// Erases Ada, who asked for it.
    async fn erase_ada(&self) {
        let accountable = self.call_to("PersonalDataService/EraseSubject", Some(Role::AccountableBody));
        self.app.erase_subject(&accountable, HERE, "ada@example.org", "She asked.").await.unwrap();
    }

    /// Somebody who exports; nobody known without a role.
    fn exporter(&self, role: Option<Role>) -> Call {
        let mut call = self.call_to("IssueService/ExportIssues", role);
        if role.is_none() {
            call.caller = Caller::Anonymous;
        }
        call
    }

    async fn export(&self, call: Call, sought: &Sought) -> BoxStream<'static, Result<Exported, Failure>> {
        Arc::new(self.app.clone()).export_issues(call, sought).await.unwrap()
    }

    /// The ids of an export that comes to its end.
    async fn exported(&self, role: Option<Role>, sought: &Sought) -> Vec<IssueId> {
        self.export(self.exporter(role), sought).await.map(|row| row.unwrap().0.id).collect().await
    }

    async fn read(&self, issue: &Issue) -> Issue {
        store::issue::find(self.app.host.reader(), HERE, issue.id).await.unwrap().unwrap()
    }

    /// Makes the row of the issue one that cannot be read.
    async fn break_clock(&self, issue: &Issue) {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        let sql = format!("UPDATE issue SET clock = 'x' WHERE reference = '{}'", issue.reference);
        unit.tx().execute_unprepared(&sql).await.unwrap();
        unit.commit(()).await.unwrap();
    }

    /// How often in a row a timer failed on the issue.
    async fn failures(&self, issue: &Issue) -> i32 {
        let conn = self.app.host.reader();
        let sql = format!("SELECT failure_count FROM issue WHERE reference = '{}'", issue.reference);
        let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "failure_count").unwrap()
    }

    /// Whether a word stands in the lists of words.
    async fn is_listed(&self, word: &str) -> bool {
        let conn = self.app.host.reader();
        let sql = format!("SELECT word FROM issue_word WHERE word LIKE '%{word}%'");
        conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap().is_some()
    }

    /// Who acted, as history shows staff.
    async fn actors(&self, issue: &Issue) -> Vec<(String, String)> {
        let manager = self.manager();
        let (entries, _) = self.app.list_issue_history(&manager, HERE, issue.id, 50, "").await.unwrap();
        entries.into_iter().map(|entry| (entry.actor_id, entry.actor_name)).collect()
    }

    /// Who acted, as the feed tells.
    async fn told_actors(&self) -> Vec<String> {
        self.told("actor_id").await
    }

    /// What happened, as the feed tells.
    async fn told_kinds(&self) -> Vec<String> {
        self.told("kind").await
    }

    /// One column of what the feed tells of issues.
    async fn told(&self, column: &str) -> Vec<String> {
        let conn = self.app.host.reader();
        let sql = format!("SELECT {column} FROM outbox_event WHERE kind LIKE 'issue.%' ORDER BY seq");
        let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
    }
}

fn support_of(issue_id: IssueId, supporter: Person) -> SupportIssue {
    SupportIssue { partnership_id: HERE, issue_id, supporter, request_id: String::new() }
}

fn report() -> ReportIssue {
    ReportIssue {
        partnership_id: HERE,
        category_code: "graffiti".to_owned(),
        title: String::new(),
        description: "A tag on the wall".to_owned(),
        location: Location { address: "12 High Street".to_owned(), ..Location::default() },
        source: Source::Web,
        severity: None,
        answers: Vec::new(),
        hazard: false,
        reporter: Person::default(),
        external_id: None,
        report_time: None,
        media_urls: Vec::new(),
        request_id: String::new(),
    }
}

fn person(visibility: Visibility) -> Person {
    let contact = Contact { name: "Ada Archer".to_owned(), email: "ada@example.org".to_owned(), ..Contact::default() };
    Person { contact, visibility: Some(visibility) }
}

fn all_of(partnership_id: PartnershipId) -> ListIssues {
    let sought = Sought { partnership_id, filter: String::new(), place: None, words: None };
    ListIssues { sought, page_size: 0, page_token: String::new(), order: Order::TakenIn }
}

fn following(followed: &Followed) -> Following {
    Following { partnership_id: HERE, issue_id: followed.view.issue.id, follow_token: followed.follow_token.clone() }
}

fn target(issue: &Issue) -> Target {
    Target { partnership_id: HERE, issue_id: issue.id, etag: String::new() }
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Reason {
    Failure::from(outcome.unwrap_err()).reason()
}

#[tokio::test]
async fn a_report_with_held_words_is_never_public_without_triage() {
    let fixture = Fixture::new().await;
    let (app, nobody, manager) = (&fixture.app, fixture.nobody(), fixture.manager());
    for held_in_text in [false, true] {
        let words = "Where the boy called Sam lives".to_owned();
        let location = match held_in_text {
            false => Location { address: words, ..Location::default() },
            true => Location { location_text: words, ..report().location },
        };
        let held = fixture.report(&nobody, ReportIssue { location, ..report() }).await;
        let issue = &held.view.issue;
        assert_eq!(issue.state, IssueState::AwaitingModeration);
        if held_in_text {
            let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
            app.close_issue_without_action(&closing, &target(issue), "Told the school.").await.unwrap();
        } else {
            app.withdraw_issue(&nobody, &following(&held), "I was wrong").await.unwrap();
        }
        let no_token = Following { follow_token: String::new(), ..following(&held) };
        assert_eq!(reason(app.get_issue(&nobody, &no_token).await), Reason::NotFound);
        assert_eq!(reason(app.get_issue_story(&nobody, HERE, issue.id).await), Reason::NotFound);
        assert_eq!(reason(app.list_issue_history(&nobody, HERE, issue.id, 0, "").await), Reason::NotFound);
        let support = support_of(issue.id, Person::default());
        assert_eq!(reason(app.support_issue(&nobody, &support).await), Reason::NotFound);
        app.get_issue(&nobody, &following(&held)).await.unwrap();
    }
    assert!(app.list_issues(&nobody, &all_of(HERE)).await.unwrap().0.is_empty());
    assert_eq!(app.list_issues(&manager, &all_of(HERE)).await.unwrap().0.len(), 2);
}

#[tokio::test]
async fn whoever_is_signed_in_is_named_only_if_they_wish() {
    for visibility in [Visibility::Anonymous, Visibility::Confidential] {
        let fixture = Fixture::new().await;
        let resident = fixture.resident();
        let said = ReportIssue { reporter: person(visibility), ..report() };
        let followed = fixture.report(&resident, said).await;
        let support = support_of(followed.view.issue.id, person(visibility));
        fixture.app.support_issue(&resident, &support).await.unwrap();
        fixture.app.withdraw_issue(&resident, &following(&followed), "").await.unwrap();
        let actors = fixture.actors(&followed.view.issue).await;
        assert!(actors.iter().all(|(id, name)| id != "ada" && name != "Ada Archer"), "{actors:?}");
        let told = fixture.told_actors().await;
        assert!(told.len() >= 2 && told.iter().all(|id| id == "anonymous"), "{told:?}");
    }
    let fixture = Fixture::new().await;
    let named = ReportIssue { reporter: person(Visibility::Named), ..report() };
    let named = fixture.report(&fixture.resident(), named).await.view.issue;
    let relayed = fixture.report(&fixture.manager(), report()).await.view.issue;
    for issue in [named, relayed] {
        assert_eq!(fixture.actors(&issue).await[0], ("ada".to_owned(), "Ada Archer".to_owned()));
    }
}

#[tokio::test]
async fn contacts_are_read_for_those_who_may_see_them() {
    let fixture = Fixture::new().await;
    let confidential = ReportIssue { reporter: person(Visibility::Confidential), ..report() };
    let followed = fixture.report(&fixture.nobody(), confidential).await;
    let seen = async |call: Call| fixture.app.get_issue(&call, &following(&followed)).await.unwrap().reporters.len();
    assert_eq!(seen(fixture.manager()).await, 1);
    assert_eq!(seen(fixture.nobody()).await, 0);
    assert_eq!(seen(fixture.call(Some(Role::BoardMember))).await, 0);
}

#[tokio::test]
async fn support_without_an_account_has_a_limit() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let support = support_of(issue.id, Person::default());
    fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap();
    let refused = fixture.app.support_issue(&fixture.nobody(), &support).await;
    assert_eq!(reason(refused), Reason::TooManySupporters);
}

#[tokio::test]
async fn two_imports_at_once_bring_each_case_in_once() {
    let fixture = Fixture::new().await;
    let rows: Vec<ImportRow> = (0..20)
        .map(|line| ImportRow {
            line,
            external_id: format!("case-{line}"),
            category_code: format!("kind-{}", line % 3),
            report_time: Some(start()),
            address: "12 High Street".to_owned(),
            ..ImportRow::default()
        })
        .collect();
    let manager = fixture.manager();
    let import = || fixture.app.batch_import_issues(&manager, HERE, &rows);
    let (one, other) = tokio::join!(import(), import());
    let outcomes = one.unwrap().outcomes.into_iter().chain(other.unwrap().outcomes);
    let (created, unchanged): (Vec<_>, Vec<_>) =
        outcomes.partition(|(_, _, outcome)| matches!(outcome, RowOutcome::Created(..)));
    assert_eq!((created.len(), unchanged.len()), (20, 20));
    assert!(unchanged.iter().all(|(_, _, outcome)| matches!(outcome, RowOutcome::Unchanged(_))));
}

#[tokio::test]
async fn an_archived_partnership_takes_no_new_reports() {
    let fixture = Fixture::new().await;
    let late = ReportIssue { partnership_id: ARCHIVED, ..report() };
    let refused = fixture.app.report_issue(&fixture.nobody(), &late).await;
    assert_eq!(reason(refused), Reason::PartnershipArchived);
    let refused = fixture.app.batch_import_issues(&fixture.manager(), ARCHIVED, &[]).await;
    assert_eq!(reason(refused), Reason::PartnershipArchived);
}

#[tokio::test]
async fn nothing_is_routed_to_a_provider_that_is_inactive() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    assert_eq!((issue.state, issue.provider_id), (IssueState::Routed, Some(COUNCIL)));
    let Begun::Fresh(mut unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else {
        unreachable!()
    };
    let closed_down = KnownProvider { active: false, ..provider(COUNCIL) };
    fixture.app.learn(&mut unit, &feeds::News::Provider(closed_down)).await.unwrap();
    unit.commit(()).await.unwrap();
    let location = issue.location.clone();
    let later = fixture.report(&fixture.nobody(), ReportIssue { location, ..report() }).await.view.issue;
    assert_eq!((later.state, later.provider_id), (IssueState::Triaged, None), "on the manager's list");
    let by_hand = fixture.app.route_issue(&fixture.manager(), &target(&later), DORMANT, "").await;
    assert_eq!(reason(by_hand), Reason::ProviderInactive);
}

#[tokio::test]
async fn a_direct_answer_does_not_overwrite_what_the_feed_told() {
    let fixture = Fixture::new().await;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let told = KnownPartnership { archived: true, ..partnership(HERE) };
    store::known::put_partnership(unit.tx(), &told).await.unwrap();
    store::known::put_partnership_unless_known(unit.tx(), &partnership(HERE)).await.unwrap();
    let kept = store::known::find_partnership(unit.tx(), HERE).await.unwrap();
    assert_eq!(kept, Some(told));
    let told = KnownProvider { active: false, ..provider(COUNCIL) };
    store::known::put_provider(unit.tx(), &told).await.unwrap();
    store::known::put_provider_unless_known(unit.tx(), &provider(COUNCIL)).await.unwrap();
    assert_eq!(store::known::find_provider(unit.tx(), HERE, COUNCIL).await.unwrap(), Some(told));
}

#[tokio::test]
async fn a_name_with_held_words_holds_the_report_back() {
    let fixture = Fixture::new().await;
    let named = |visibility, name: &str| {
        let contact = Contact { name: name.to_owned(), ..Contact::default() };
        ReportIssue { reporter: Person { contact, visibility: Some(visibility) }, ..report() }
    };
    let state_of = async |report| fixture.report(&fixture.nobody(), report).await.view.issue.state;
    let mother = "Mother of a bo\u{200B}y called Sam";
    assert_eq!(state_of(named(Visibility::Named, mother)).await, IssueState::AwaitingModeration);
    assert_eq!(state_of(named(Visibility::Confidential, mother)).await, IssueState::Triaged, "it is not published");
    assert_eq!(state_of(named(Visibility::Named, "Ada Archer")).await, IssueState::Triaged);
}

#[tokio::test]
async fn a_story_is_told_without_a_service_that_is_too_slow() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let story = fixture.app.get_issue_story(&fixture.nobody(), HERE, issue.id).await.unwrap();
    assert_eq!(story.incomplete_sources, [StorySource::Boards]);
    assert!(!story.steps.is_empty());
}
