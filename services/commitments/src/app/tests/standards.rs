//! Providers, standards, and the issues held to them.

use super::*;

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
async fn what_the_feed_of_issues_tells_is_kept_and_forgotten() {
    let fixture = Fixture::on("2026-04-01").await;
    let provider = fixture.provider("Street Cleansing").await;
    let command = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
    let standard = fixture.app.create_standard(&fixture.manager(), &command).await.expect("a standard");
    let hear = |news: IssueNews| {
        let host = fixture.app.host.clone();
        async move {
            let call = Call::background(&host, "test");
            let Begun::Fresh(mut unit) = host.begin::<()>(&call).await.expect("a unit") else { return };
            App::hear_of_issue(&mut unit, news).await.expect("heard");
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
    assert_eq!(cases("issue_state = \"routed\"").await.len(), 1);
    let flying = fixture.app.list_standard_cases(HERE, standard.id, "issue_state = \"flying\"", &first_page()).await;
    assert_eq!(reason(flying), Reason::FilterInvalid, "issues know no such state");
    hear(IssueNews::Free { partnership_id: HERE, issue_id: IssueId(Uuid::from_u128(77)) }).await;
    assert!(cases("").await.is_empty(), "the issue is held to nothing any more");
}
