//! Commitments: from the offer to the finding, who may do what, the calendar, lists.

use super::*;

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
    let (history, _) =
        fixture.app.list_commitment_history(&fixture.nobody(), HERE, met.id, &first_page()).await.expect("a history");
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
async fn acceptance_needs_the_signatory_and_a_carried_decision_on_this_commitment() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let other = fixture.provider("Police").await;
    let signatory = fixture.signatory(&provider);
    let offered = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer");
    let accept = |call: Call, decision| {
        let app = &fixture.app;
        let key = key(&offered);
        let call = fixture.making("CommitmentService/AcceptCommitment", call);
        async move { app.accept_commitment(&call, &key, decision, None).await }
    };
    assert_eq!(reason(accept(fixture.manager(), CARRIED).await), Reason::RoleMissing);
    assert_eq!(reason(accept(fixture.signatory(&other), CARRIED).await), Reason::RoleMissing);
    assert_eq!(reason(accept(fixture.nobody(), CARRIED).await), Reason::TokenRequired);
    assert_eq!(reason(accept(signatory.clone(), FALLEN).await), Reason::DecisionNotCarried);
    assert_eq!(reason(accept(signatory.clone(), DecisionId(Uuid::nil())).await), Reason::LinkUnknown);
    let another = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer");
    fixture.decide_on(&another);
    assert_eq!(reason(accept(signatory.clone(), CARRIED).await), Reason::DecisionUnrelated, "it is about another");
    fixture.decide_on(&offered);
    assert_eq!(reason(accept(signatory.clone(), REFERRED_BACK).await), Reason::DecisionReferredBack);
    assert_eq!(reason(accept(signatory.clone(), CORRECTED).await), Reason::DecisionCorrected);
    assert_eq!(accept(signatory, CARRIED).await.expect("accepted").status, CommitmentStatus::Active);
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
    assert_eq!(reason(fixture.app.create_provider(&fixture.manager(), &unknown).await), Reason::NotFound);
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
async fn an_offer_whose_last_day_has_passed_is_refused_and_one_that_waits_past_it_expires() {
    let fixture = Fixture::on("2026-12-31").await;
    let provider = fixture.provider("Street Cleansing").await;
    let signatory = fixture.signatory(&provider);
    let offered = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("the last day is in time");
    fixture.go_to("2027-01-01");
    let signatory = fixture.signatory(&provider);
    assert_eq!(reason(fixture.app.offer_commitment(&signatory, &offer(&provider)).await), Reason::InvalidRequest);
    fixture.app.look_at_calendar().await.expect("a look");
    let late = fixture.reload(&offered).await;
    assert_eq!((late.status, late.standing.rag), (CommitmentStatus::Expired, Rag::Grey));
    let (history, _) =
        fixture.app.list_commitment_history(&fixture.nobody(), HERE, late.id, &first_page()).await.expect("a history");
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["commitment.offered", "commitment.expired"]);
}

#[tokio::test]
async fn terms_whose_last_day_has_passed_are_refused() {
    let fixture = Fixture::on("2026-12-31").await;
    let provider = fixture.provider("Street Cleansing").await;
    let signatory = fixture.signatory(&provider);
    let offered = fixture.app.offer_commitment(&signatory, &offer(&provider)).await.expect("an offer");
    assert_eq!(offered.status, CommitmentStatus::Offered, "the last day is still in time");
    let terms = CommitmentTerms { end: day("2026-12-30"), ..offered.terms.clone() };
    let change = CommitmentChange { terms: Some(terms), ..CommitmentChange::default() };
    let refused = fixture.app.update_commitment(&signatory, &key(&offered), &change).await;
    assert_eq!(reason(refused), Reason::InvalidRequest);
    assert_eq!(fixture.reload(&offered).await, offered, "nothing was changed");
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
    for filter in ["colour = \"red\"", "computed_rag = \"purple\"", "status = \"flying\"", "kind = \"\""] {
        assert_eq!(
            reason(fixture.app.list_commitments(HERE, filter, &first_page()).await),
            Reason::FilterInvalid,
            "{filter}"
        );
    }
}
