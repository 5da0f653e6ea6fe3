//! Progress reports: who hands them in, judges them and sees them.

use super::*;

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

const DRAFT: &str = "DraftProgressReport";
const SUBMIT: &str = "SubmitProgressReport";

#[tokio::test]
async fn a_contractor_drafts_on_one_commitment_and_hands_nothing_in() {
    let fixture = Fixture::on("2026-07-06").await;
    let provider = fixture.provider("Street Cleansing").await;
    let (commitment, another) = (fixture.active(&provider).await, fixture.active(&provider).await);
    let drafting = fixture.making(DRAFT, fixture.contractor("Carts", &commitment));
    let first =
        fixture.app.draft_progress_report(&drafting, &report(&commitment, "2026-06-30", 40)).await.expect("a draft");
    let second =
        fixture.app.draft_progress_report(&drafting, &report(&commitment, "2026-06-30", 41)).await.expect("a draft");
    assert_eq!((second.id, second.version), (first.id, 2), "one's own draft is written anew");
    assert_eq!(second.drafter.as_ref().map(|drafter| drafter.name.as_str()), Some("Carts (by link)"));
    let elsewhere = fixture.app.draft_progress_report(&drafting, &report(&another, "2026-06-30", 41)).await;
    assert_eq!(reason(elsewhere), Reason::RoleMissing);
    let submitting = fixture.making(SUBMIT, fixture.contractor("Carts", &commitment));
    let handed_in = fixture.app.submit_progress_report(&submitting, &report(&commitment, "2026-06-30", 41)).await;
    assert_eq!(reason(handed_in), Reason::RoleMissing);
}

#[tokio::test]
async fn a_draft_is_seen_by_its_provider_and_by_whoever_wrote_it() {
    let fixture = Fixture::on("2026-07-06").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    let carts = fixture.contractor("Carts", &commitment);
    let drafting = fixture.making(DRAFT, carts.clone());
    let draft =
        fixture.app.draft_progress_report(&drafting, &report(&commitment, "2026-06-30", 40)).await.expect("a draft");
    let others = [fixture.contractor("Skips", &commitment), fixture.manager(), fixture.nobody()];
    let own = [carts, fixture.signatory(&provider)];
    for (call, sees) in own.map(|call| (call, true)).into_iter().chain(others.map(|call| (call, false))) {
        let who = call.actor().name;
        let listed = fixture.app.list_progress_reports(&call, HERE, commitment.id, "", &first_page()).await;
        assert_eq!(listed.expect("reports").0.len(), usize::from(sees), "{who}");
        assert_eq!(fixture.app.get_progress_report(&call, &report_key(&draft)).await.is_ok(), sees, "{who}");
    }
    let drafters = async |call: Call| {
        let told = fixture.app.list_commitment_history(&call, HERE, commitment.id, &first_page()).await;
        let drafted = told.expect("a history").0.into_iter().filter(|entry| entry.kind == "progress_report.drafted");
        drafted.map(|entry| entry.actor.name).collect::<Vec<_>>()
    };
    assert_eq!(drafters(fixture.signatory(&provider)).await, ["Carts (by link)"]);
    assert!(drafters(fixture.manager()).await.is_empty(), "a draft is its provider's own");
}

#[tokio::test]
async fn nobodys_draft_is_replaced_unread() {
    let fixture = Fixture::on("2026-07-06").await;
    let provider = fixture.provider("Street Cleansing").await;
    let commitment = fixture.active(&provider).await;
    let carts = fixture.making(DRAFT, fixture.contractor("Carts", &commitment));
    let draft =
        fixture.app.draft_progress_report(&carts, &report(&commitment, "2026-06-30", 40)).await.expect("a draft");
    let with = |etag: &str| ReportOn { etag: etag.to_owned(), ..report(&commitment, "2026-06-30", 42) };
    let read = etag::of(draft.version);
    let skips = fixture.making(DRAFT, fixture.contractor("Skips", &commitment));
    let guessed = fixture.app.draft_progress_report(&skips, &with(&read)).await;
    assert_eq!(reason(guessed), Reason::DraftOfAnother, "who may not read it replaces it with no etag");
    let signatory = fixture.signatory(&provider);
    for (etag, refused) in [("", Reason::DraftOfAnother), ("stale", Reason::EtagMismatch)] {
        assert_eq!(reason(fixture.app.draft_progress_report(&signatory, &with(etag)).await), refused);
        assert_eq!(reason(fixture.app.submit_progress_report(&signatory, &with(etag)).await), refused);
    }
    let handed_in = fixture.app.submit_progress_report(&signatory, &with(&read)).await.expect("a report");
    assert_eq!((handed_in.id, handed_in.status), (draft.id, ReportStatus::Submitted));
    assert_eq!(handed_in.drafter, draft.drafter, "it is told who drafted it");
    let (contractor, key) = (fixture.contractor("Carts", &commitment), report_key(&handed_in));
    let shown = fixture.app.get_progress_report(&contractor, &key).await;
    assert_eq!(reason(shown), Reason::NotFound, "what is handed in is not the contractor's to read");
    let late = fixture.app.draft_progress_report(&carts, &with("")).await;
    assert_eq!(reason(late), Reason::PeriodReported);
}
