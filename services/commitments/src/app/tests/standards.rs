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
            measure: None,
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

const ISSUE: IssueId = IssueId(Uuid::from_u128(77));

/// An issue under a standard.
fn case(standard_id: StandardId, breached: bool) -> StandardCase {
    StandardCase {
        issue_id: ISSUE,
        issue_reference: "BWS-I-1".to_owned(),
        standard_id,
        partnership_id: HERE,
        issue_state: "routed".to_owned(),
        due_time: Some(noon("2026-04-03")),
        stop_time: None,
        on_time: None,
        breached,
        update_time: noon("2026-04-01"),
    }
}

/// The same, which was moved to another after it was missed.
fn left(standard_id: StandardId) -> StandardCase {
    StandardCase { stop_time: Some(noon("2026-04-07")), on_time: Some(false), ..case(standard_id, true) }
}

impl Fixture {
    /// What the feed of issues tells.
    async fn told_of(&self, cases: &[StandardCase]) {
        let call = Call::background(&self.app.host, "test");
        let Begun::Fresh(mut unit) = self.app.host.begin::<()>(&call).await.expect("a unit") else { return };
        let news = IssueNews { partnership_id: HERE, issue_id: ISSUE, cases: cases.to_vec() };
        App::hear_of_issue(&mut unit, news).await.expect("heard");
        unit.commit(()).await.expect("kept");
    }

    async fn cases_of(&self, id: StandardId, filter: &str) -> Vec<StandardCase> {
        self.app.list_standard_cases(HERE, id, filter, &first_page()).await.expect("cases").0
    }

    /// Standards of two categories.
    async fn two_standards(&self) -> [StandardId; 2] {
        let provider = self.provider("Street Cleansing").await;
        let of_tips = standard(&provider, "removal", Measure::ResolutionTime, 2.0);
        let of_drains = NewStandard {
            category_code: "drains".to_owned(),
            ..standard(&provider, "clearing", Measure::ResolutionTime, 9.0)
        };
        let manager = self.manager();
        let first = self.app.create_standard(&manager, &of_tips).await.expect("a standard");
        let second = self.app.create_standard(&manager, &of_drains).await.expect("a standard");
        [first.id, second.id]
    }
}

#[tokio::test]
async fn what_the_feed_of_issues_tells_is_kept_and_forgotten() {
    let fixture = Fixture::on("2026-04-01").await;
    let [standard, _] = fixture.two_standards().await;
    fixture.told_of(&[case(standard, false)]).await;
    fixture.told_of(&[case(standard, true)]).await;
    assert_eq!(fixture.cases_of(standard, "breached = true").await, [case(standard, true)]);
    assert_eq!(fixture.cases_of(standard, "issue_state = \"routed\"").await.len(), 1);
    let flying = fixture.app.list_standard_cases(HERE, standard, "issue_state = \"flying\"", &first_page()).await;
    assert_eq!(reason(flying), Reason::FilterInvalid, "issues know no such state");
    fixture.told_of(&[]).await;
    assert!(fixture.cases_of(standard, "").await.is_empty(), "the issue is held to nothing any more");
}

#[tokio::test]
async fn an_issue_that_is_moved_in_time_leaves_its_standard() {
    let fixture = Fixture::on("2026-04-01").await;
    let [first, second] = fixture.two_standards().await;
    fixture.told_of(&[case(first, false)]).await;
    fixture.told_of(&[case(second, false)]).await;
    assert!(fixture.cases_of(first, "").await.is_empty());
    assert_eq!(fixture.cases_of(second, "").await, [case(second, false)]);
}

#[tokio::test]
async fn what_was_missed_stays_missed_when_the_issue_is_moved_and_comes_back() {
    let fixture = Fixture::on("2026-04-01").await;
    let [first, second] = fixture.two_standards().await;
    fixture.told_of(&[case(first, true)]).await;
    fixture.told_of(&[left(first), case(second, false)]).await;
    assert_eq!(fixture.cases_of(first, "breached = true AND on_time = false").await, [left(first)]);
    assert_eq!(fixture.cases_of(second, "breached = false").await, [case(second, false)]);
    fixture.told_of(&[case(first, true)]).await;
    assert_eq!(fixture.cases_of(first, "").await, [case(first, true)], "it is held to the first again, once");
    assert!(fixture.cases_of(second, "").await.is_empty(), "and missed nothing of the second");
}

#[tokio::test]
async fn what_was_missed_before_a_move_does_not_count_while_the_issue_does_not() {
    let fixture = Fixture::on("2026-04-01").await;
    let [first, second] = fixture.two_standards().await;
    let moved = [left(first), case(second, false)];
    fixture.told_of(&[case(first, true)]).await;
    fixture.told_of(&moved).await;
    let as_duplicate = StandardCase { issue_state: "duplicate".to_owned(), ..case(second, false) };
    fixture.told_of(std::slice::from_ref(&as_duplicate)).await;
    assert!(fixture.cases_of(first, "").await.is_empty(), "a duplicate was late for nobody");
    assert_eq!(fixture.cases_of(second, "").await, [as_duplicate]);
    fixture.told_of(&moved).await;
    assert_eq!(fixture.cases_of(first, "").await, [left(first)], "parted again, it was");
    fixture.told_of(&moved).await;
    assert_eq!(fixture.cases_of(first, "").await.len(), 1, "told twice, it is there once");
}

#[tokio::test]
async fn cases_from_before_are_kept_and_one_of_each_issue_where_there_can_be_no_more() {
    let fixture = Fixture::on("2026-04-01").await;
    let [first, second] = fixture.two_standards().await;
    fixture.told_of(&[left(first), case(second, false)]).await;
    let conn = fixture.app.host.reader();
    store::Migrator::down(conn, Some(1)).await.expect("a step back");
    store::Migrator::up(conn, None).await.expect("and forth");
    let mut kept = fixture.cases_of(first, "").await;
    kept.extend(fixture.cases_of(second, "").await);
    assert_eq!(kept, [case(second, false)], "as it was");
    fixture.told_of(&[left(first), case(second, false)]).await;
    assert_eq!(fixture.cases_of(first, "").await, [left(first)], "the feed puts it right");
}
