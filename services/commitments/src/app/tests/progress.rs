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
