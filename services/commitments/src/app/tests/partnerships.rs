//! Partnerships: what is known of them, unknown ones, and archived ones, in which nothing changes any more.

use super::*;
use crate::domain::{MilestoneStatus, ProgressReport, ProviderChange, Standard};

#[tokio::test]
async fn what_the_feed_of_boards_tells_goes_before_what_was_asked() {
    let fixture = Fixture::on("2026-04-01").await;
    fixture.hear(Nation::Scotland, true).await;
    fixture.hear(Nation::Scotland, false).await;
    let call = Call::background(&fixture.app.host, "test");
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&call).await.expect("a unit") else { return };
    let told = |active| Partnership { id: HERE, name: "Brook Wharf".to_owned(), nation: Nation::Scotland, active };
    store::partnership::put_unless_known(unit.tx(), &told(true), call.now).await.expect("passed over");
    unit.commit(()).await.expect("kept");
    assert_eq!(store::partnership::find(fixture.app.host.reader(), HERE).await.expect("a read"), Some(told(false)));
}

#[tokio::test]
async fn a_list_of_an_unknown_partnership_is_not_found() {
    let fixture = Fixture::on("2026-04-01").await;
    let (app, nowhere, page) = (&fixture.app, PartnershipId(Uuid::from_u128(9)), first_page());
    let id = Uuid::from_u128(10);
    let lists = [
        app.list_providers(nowhere, "", &page).await.map(|_| ()),
        app.list_standards(nowhere, "", &page).await.map(|_| ()),
        app.list_standard_cases(nowhere, id.into(), "", &page).await.map(|_| ()),
        app.list_commitments(nowhere, "", &page).await.map(|_| ()),
        app.list_commitment_history(&fixture.nobody(), nowhere, id.into(), &page).await.map(|_| ()),
        app.list_progress_reports(&fixture.nobody(), nowhere, id.into(), "", &page).await.map(|_| ()),
    ];
    for (number, list) in lists.into_iter().enumerate() {
        let refusal = list.expect_err("there is no such partnership");
        assert!(refusal.to_string().contains("no partnership"), "list {number}: {refusal}");
        assert_eq!(Failure::from(refusal).reason(), Reason::NotFound);
    }
    assert!(app.list_providers(ELSEWHERE, "", &page).await.is_ok(), "one that boards knows is there at once");
}

/// One of each thing, made before the partnership was archived.
struct Left {
    provider: Provider,
    standard: Standard,
    commitment: Commitment,
    handed_in: ProgressReport,
}

impl Fixture {
    async fn leave(&self) -> Left {
        let provider = self.provider("Street Cleansing").await;
        let command = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
        let standard = self.app.create_standard(&self.manager(), &command).await.expect("a standard");
        let commitment = self.active(&provider).await;
        let call = self.signatory(&provider);
        let handed_in = self.app.submit_progress_report(&call, &report(&commitment, "2026-06-30", 41)).await;
        Left { provider, standard, commitment, handed_in: handed_in.expect("a report") }
    }
}

#[tokio::test]
async fn what_an_archived_partnership_left_can_be_read_and_not_changed() {
    let fixture = Fixture::on("2026-07-06").await;
    let left = fixture.leave().await;
    fixture.hear(Nation::EnglandAndWales, false).await;
    let changes = changes_of_providers_and_standards(&fixture, &left)
        .await
        .into_iter()
        .chain(changes_of_commitments(&fixture, &left).await)
        .chain(changes_of_reports(&fixture, &left).await);
    for (what, change) in changes {
        let refusal = Failure::from(change.expect_err(what));
        assert_eq!(refusal.reason(), Reason::PartnershipArchived, "{what}: {refusal}");
    }
    assert!(fixture.app.get_provider(HERE, left.provider.id).await.is_ok());
    assert_eq!(fixture.reload(&left.commitment).await.status, CommitmentStatus::Active);
    fixture.go_to("2028-01-01");
    assert_eq!(fixture.app.look_at_calendar().await.expect("a look"), 0, "the calendar leaves it alone");
}

type Change = (&'static str, Result<(), Error>);

async fn changes_of_providers_and_standards(fixture: &Fixture, left: &Left) -> Vec<Change> {
    let (app, manager) = (&fixture.app, fixture.manager());
    let new = NewProvider {
        partnership_id: HERE,
        name: "Police".to_owned(),
        kind: ProviderKind::Police,
        parent_id: None,
        responsibilities: Vec::new(),
    };
    let change = ProviderChange { name: Some("Renamed".to_owned()), ..ProviderChange::default() };
    let update = UpdateProvider { partnership_id: HERE, id: left.provider.id, change, etag: String::new() };
    let pledge = standard(&left.provider, "visit", Measure::ResponseTime, 1.0);
    let revise = ReviseStandard {
        partnership_id: HERE,
        id: left.standard.id,
        terms: StandardTerms { effective_from: day("2026-08-01"), ..left.standard.terms.clone() },
        etag: String::new(),
    };
    vec![
        ("create a provider", app.create_provider(&manager, &new).await.map(|_| ())),
        ("update a provider", app.update_provider(&manager, &update).await.map(|_| ())),
        ("create a standard", app.create_standard(&manager, &pledge).await.map(|_| ())),
        ("revise a standard", app.revise_standard(&manager, &revise).await.map(|_| ())),
    ]
}

async fn changes_of_commitments(fixture: &Fixture, left: &Left) -> Vec<Change> {
    let (app, manager, signatory) = (&fixture.app, fixture.manager(), fixture.signatory(&left.provider));
    let key = CommitmentKey { etag: String::new(), ..key(&left.commitment) };
    let said = || "Said.".to_owned();
    let milestone = left.commitment.milestones[0].id;
    let verified = app.verify_commitment(&manager, &key, finding(Outcome::Met)).await;
    let recorded = app.record_milestone(&signatory, &key, milestone, MilestoneStatus::Met, None).await;
    vec![
        ("offer", app.offer_commitment(&signatory, &offer(&left.provider)).await.map(|_| ())),
        ("update", app.update_commitment(&signatory, &key, &CommitmentChange::default()).await.map(|_| ())),
        ("negotiate", app.negotiate_commitment(&signatory, &key, None).await.map(|_| ())),
        ("accept", app.accept_commitment(&signatory, &key, CARRIED, None).await.map(|_| ())),
        ("flag", app.flag_commitment_at_risk(&signatory, &key, said()).await.map(|_| ())),
        ("recover", app.recover_commitment(&signatory, &key, said()).await.map(|_| ())),
        ("record a milestone", recorded.map(|_| ())),
        ("withdraw", app.withdraw_commitment(&signatory, &key, said()).await.map(|_| ())),
        ("verify", verified.map(|_| ())),
    ]
}

async fn changes_of_reports(fixture: &Fixture, left: &Left) -> Vec<Change> {
    let (app, manager, signatory) = (&fixture.app, fixture.manager(), fixture.signatory(&left.provider));
    let next = report(&left.commitment, "2026-09-30", 45);
    let key = ReportKey { etag: String::new(), ..report_key(&left.handed_in) };
    vec![
        ("draft a report", app.draft_progress_report(&signatory, &next).await.map(|_| ())),
        ("submit a report", app.submit_progress_report(&signatory, &next).await.map(|_| ())),
        ("query a report", app.query_progress_report(&manager, &key, "Why?".to_owned()).await.map(|_| ())),
        ("accept a report", app.accept_progress_report(&manager, &key).await.map(|_| ())),
        ("correct a report", app.correct_progress_report(&signatory, &key, &next.content).await.map(|_| ())),
    ]
}
