//! Issues that are the same, parts of one another, or many in one place; and providers who do not answer.

use chrono::TimeDelta;
use pathfinder_terms::ClusterId;

use super::*;
use crate::app::duplicates::SuggestDuplicates;
use crate::app::news::ListNews;
use crate::app::updates::ListUpdates;
use crate::domain::geography::Point;
use crate::domain::place::Circle;
use crate::domain::update::Sought as Updates;

/// A point so many metres to the north of the middle.
fn point(metres: f64) -> Point {
    Point::new(51.5 + metres / Circle::metres_per_latitude(), -0.1).unwrap()
}

fn report_at(metres: f64) -> ReportIssue {
    let location = Location { point: Some(point(metres)), ..Location::default() };
    ReportIssue { location, ..report() }
}

impl Fixture {
    fn marking(&self) -> Call {
        self.call_to("IssueService/MarkIssueDuplicate", Some(Role::Manager))
    }

    async fn mark(&self, issue: &Issue, other: &Issue) -> Result<IssueView, Error> {
        self.app.mark_issue_duplicate(&self.marking(), &target(issue), other.id, "").await
    }

    async fn unmark(&self, issue: &Issue) -> Result<IssueView, Error> {
        let call = self.call_to("DuplicateService/UnmarkIssueDuplicate", Some(Role::Manager));
        self.app.unmark_issue_duplicate(&call, &target(issue), "").await
    }

    async fn set_parent(&self, issue: &Issue, parent: Option<&Issue>) -> Result<IssueView, Error> {
        let call = self.call_to("DuplicateService/SetParentIssue", Some(Role::Manager));
        self.app.set_parent_issue(&call, &target(issue), parent.map(|parent| parent.id)).await
    }

    async fn supports(&self, issue: &Issue) -> Followed {
        let support = support_of(issue.id, Person::default());
        self.app.support_issue(&self.nobody(), &support).await.unwrap()
    }

    async fn closes(&self, issue: &Issue) -> Result<IssueView, Error> {
        let closing = self.call_to("IssueService/CloseIssueWithoutAction", Some(Role::Manager));
        self.app.close_issue_without_action(&closing, &target(issue), "The land is private.").await
    }

    /// What the holder of a token was told, oldest first.
    async fn told_to(&self, holder: &Followed) -> Vec<String> {
        let (notices, _, _) = self.app.list_notices(&following(holder), 0, "").await.unwrap();
        notices.into_iter().rev().map(|notice| notice.kind).collect()
    }

    async fn kinds(&self, issue: &Issue) -> Vec<String> {
        let (entries, _) = self.app.list_issue_history(&self.manager(), HERE, issue.id, 50, "").await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    async fn clusters(&self) -> Vec<(usize, ClusterId)> {
        let (clusters, _) = self.app.list_clusters(HERE, 0, "").await.unwrap();
        clusters.into_iter().map(|cluster| (cluster.issue_ids.len(), cluster.id)).collect()
    }

    async fn cluster_events(&self) -> i64 {
        let conn = self.app.host.reader();
        let sql = "SELECT COUNT(*) AS found FROM outbox_event WHERE kind = 'cluster.found'";
        let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "found").unwrap()
    }
}

#[tokio::test]
async fn what_may_be_the_same_is_suggested_without_a_write() {
    let fixture = Fixture::new().await;
    let nobody = fixture.nobody();
    let close = fixture.report(&nobody, report_at(3.0)).await.view.issue;
    let farther = fixture.report(&nobody, report_at(20.0)).await.view.issue;
    fixture.report(&nobody, report_at(26.0)).await;
    fixture.report(&nobody, report()).await;
    let held = ReportIssue { description: "The boy called Sam lives here".to_owned(), ..report_at(1.0) };
    fixture.report(&nobody, held).await;
    let closed = fixture.report(&nobody, report_at(2.0)).await.view.issue;
    fixture.closes(&closed).await.unwrap();
    let before = fixture.told_kinds().await;
    let wish = SuggestDuplicates {
        partnership_id: HERE,
        category_code: "graffiti".to_owned(),
        point: point(0.0),
        text: "a tag".to_owned(),
    };
    let found = fixture.app.suggest_duplicates(&nobody, &wish).await.unwrap();
    let ids: Vec<IssueId> = found.iter().map(|suggestion| suggestion.view.issue.id).collect();
    assert_eq!(ids, [close.id, farther.id], "without a point, held back, closed or too far away, it is not suggested");
    assert_eq!(found[0].likeness.shared_word_count, 1);
    assert_eq!(fixture.told_kinds().await, before);
    fixture.clock.set(start() + TimeDelta::days(31));
    assert!(fixture.app.suggest_duplicates(&fixture.nobody(), &wish).await.unwrap().is_empty(), "too long ago");
    let unknown = SuggestDuplicates { category_code: "no-such".to_owned(), ..wish };
    assert_eq!(reason(fixture.app.suggest_duplicates(&nobody, &unknown).await), Reason::NotFound);
}

#[tokio::test]
async fn the_people_of_a_duplicate_join_the_original_and_leave_it_again() {
    let fixture = Fixture::new().await;
    let first = fixture.report(&fixture.nobody(), report()).await;
    let second =
        fixture.report(&fixture.nobody(), ReportIssue { reporter: person(Visibility::Named), ..report() }).await;
    let supporter = fixture.supports(&second.view.issue).await;
    let (original, duplicate) = (&first.view.issue, &second.view.issue);
    fixture.mark(duplicate, original).await.unwrap();
    assert_eq!(fixture.read(original).await.supporter_count, 2, "the reporter and the supporter");
    assert_eq!(fixture.told_to(&first).await, ["issue.joined"]);
    for holder in [&second, &supporter] {
        assert_eq!(fixture.told_to(holder).await, ["issue.duplicate"], "told once");
    }
    let seen = fixture.app.get_issue(&fixture.nobody(), &following(&second)).await.unwrap().issue;
    assert_eq!(seen.duplicate_of, Some(original.id), "the token shows where it went");
    let of_original = fixture.app.get_issue(&fixture.manager(), &following(&first)).await.unwrap();
    assert!(of_original.reporters.is_empty(), "their contact goes nowhere new: {:?}", of_original.reporters);

    fixture.closes(original).await.unwrap();
    for holder in [&second, &supporter] {
        assert_eq!(fixture.told_to(holder).await, ["issue.duplicate", "issue.no_action"]);
    }
    fixture.unmark(duplicate).await.unwrap();
    assert_eq!(fixture.read(original).await.supporter_count, 0);
    let open = fixture.read(duplicate).await;
    assert_eq!((open.state, open.duplicate_of, open.supporter_count), (IssueState::Reopened, None, 1));
    assert_eq!(fixture.told_to(&first).await, ["issue.joined", "issue.no_action", "issue.parted"]);
    assert_eq!(fixture.told_to(&supporter).await, ["issue.duplicate", "issue.no_action", "issue.unmarked"]);
    assert!(fixture.kinds(original).await.ends_with(&["issue.parted".to_owned()]));
    assert!(fixture.kinds(duplicate).await.ends_with(&["issue.duplicate".to_owned(), "issue.unmarked".to_owned()]));
    assert_eq!(reason(fixture.unmark(duplicate).await), Reason::StateForbids, "once");
}

impl Fixture {
    /// All that everybody is told of what somebody follows and how it ended, and what that somebody was told, as one text.
    async fn all_told(&self, holder: &Followed) -> String {
        let (app, issue_id) = (&self.app, holder.view.issue.id);
        let call = &self.nobody();
        let end_of = |issue: Issue| (issue.duplicate_of, issue.parent_issue_id, issue.resolution);
        let read = end_of(app.get_issue(call, &following(holder)).await.unwrap().issue);
        let (listed, _) = app.list_issues(call, &all_of(HERE)).await.unwrap();
        let listed: Vec<_> = listed.into_iter().map(|view| end_of(view.issue)).collect();
        let exported: Vec<_> = self.export(self.exporter(None), &all_of(HERE).sought).await.collect().await;
        let exported: Vec<_> = exported.into_iter().map(|row| end_of(row.unwrap().0)).collect();
        let news = ListNews { sought: all_of(HERE).sought, page_size: 50, page_token: String::new() };
        let (news, _) = app.list_news(call, &news).await.unwrap();
        let news: Vec<_> = news.into_iter().map(|news| news.subject).collect();
        let (history, _) = app.list_issue_history(call, HERE, issue_id, 50, "").await.unwrap();
        let story = app.get_issue_story(call, HERE, issue_id).await.unwrap();
        let story = (end_of(story.view.issue), story.steps);
        let (notices, _, _) = app.list_notices(&following(holder), 0, "").await.unwrap();
        let sought = Updates { partnership_id: HERE, start_time: None, end_time: None, issue_ids: vec![issue_id] };
        let updates = ListUpdates { sought, page_size: 50, page_token: String::new() };
        let (updates, _) = app.list_issue_updates(&updates).await.unwrap();
        format!("{read:?} {listed:?} {exported:?} {news:?} {history:?} {story:?} {notices:?} {updates:?}")
    }
}

#[tokio::test]
async fn whoever_follows_a_repeat_is_told_nothing_of_an_original_that_is_hidden() {
    let fixture = Fixture::new().await;
    let (nobody, manager) = (fixture.nobody(), fixture.manager());
    let first = fixture.report(&nobody, ReportIssue { title: "Ada's wall".to_owned(), ..report() }).await;
    let second = fixture.report(&nobody, report()).await;
    let (original, repeat) = (&first.view.issue, &second.view.issue);
    fixture.follow(repeat, "fay@example.org").await;
    fixture.mark(repeat, original).await.unwrap();
    assert_eq!(fixture.letters().await.len(), 1, "of what they follow");
    let third = fixture.report(&nobody, report()).await.view.issue;
    fixture.set_parent(&third, Some(original)).await.unwrap();
    let closing = fixture.call_to("IssueService/CloseIssueWithoutAction", Some(Role::Manager));
    let same = format!("Same as {}", original.reference);
    fixture.app.close_issue_without_action(&closing, &target(&third), &same).await.unwrap();
    fixture.closes(original).await.unwrap();
    let before = fixture.all_told(&second).await;
    assert!(before.contains(&original.reference), "it is public: {before}");
    assert!(before.contains(&original.id.to_string()) && before.contains(&same), "{before}");

    let call = |act: &str| fixture.call_to(act, Some(Role::Manager));
    fixture.app.hide_issue(&call("HideIssue"), &target(original), "A name").await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "what waited to tell of it goes to nobody");
    let told = fixture.all_told(&second).await;
    assert!(!told.contains(&original.reference) && !told.contains("Ada's wall"), "{told}");
    assert!(!told.contains(&original.id.to_string()), "no link leads there: {told}");
    assert!(told.contains("The same as another report, where it goes on."), "{told}");
    assert!(told.contains("Same as another report"), "{told}");
    assert!(told.contains(&repeat.reference), "its own stays: {told}");
    let (notices, _, _) = fixture.app.list_notices(&following(&first), 0, "").await.unwrap();
    assert!(notices.iter().any(|notice| notice.text.contains(&original.reference)), "theirs is theirs: {notices:?}");
    let known = fixture.app.get_issue(&manager, &following(&second)).await.unwrap().issue;
    assert_eq!(known.duplicate_of, Some(original.id), "those who deal with it know");
    assert!(known.resolution.clone().unwrap().reason.contains(&original.reference), "{known:?}");

    fixture.app.show_issue(&call("ShowIssue"), &target(original)).await.unwrap();
    assert_eq!(fixture.all_told(&second).await, before, "nothing is lost");
    fixture.app.hide_issue(&call("HideIssue"), &target(repeat), "A name").await.unwrap();
    let (history, _) = fixture.app.list_issue_history(&nobody, HERE, original.id, 50, "").await.unwrap();
    assert!(history.iter().any(|entry| entry.note == "another report was found to be the same."), "{history:?}");

    fixture.app.hide_issue(&call("HideIssue"), &target(original), "A name").await.unwrap();
    let answered = fixture.app.anonymise_issue(&nobody, &following(&second), "").await.unwrap().issue;
    let why = answered.resolution.unwrap().reason;
    assert_eq!((answered.duplicate_of, why.as_str()), (None, "The same as another report, where it goes on."));
    assert_eq!(fixture.read(repeat).await.duplicate_of, Some(original.id), "it is left out of what is read alone");
}

#[tokio::test]
async fn who_disputes_that_theirs_is_a_duplicate_leaves_the_original_with_the_others() {
    let fixture = Fixture::new().await;
    let first = fixture.report(&fixture.nobody(), report()).await;
    let second = fixture.report(&fixture.nobody(), report()).await;
    fixture.mark(&second.view.issue, &first.view.issue).await.unwrap();
    fixture.app.dispute_resolution(&fixture.nobody(), &following(&second), "Another wall", None).await.unwrap();
    assert_eq!(fixture.read(&first.view.issue).await.supporter_count, 0);
    assert_eq!(fixture.told_to(&first).await, ["issue.joined", "issue.parted"]);
    let disputed = fixture.read(&second.view.issue).await;
    assert_eq!((disputed.duplicate_of, disputed.reopened_count), (None, 1));
}

#[tokio::test]
async fn an_issue_that_has_duplicates_does_not_become_one() {
    let fixture = Fixture::new().await;
    let mut issues = Vec::new();
    for _ in 0..3 {
        issues.push(fixture.report(&fixture.nobody(), report()).await.view.issue);
    }
    fixture.mark(&issues[0], &issues[1]).await.unwrap();
    assert_eq!(reason(fixture.mark(&issues[1], &issues[2]).await), Reason::DuplicateOfItself);
    assert_eq!(reason(fixture.mark(&issues[2], &issues[0]).await), Reason::DuplicateOfItself, "no chains");
    fixture.unmark(&issues[0]).await.unwrap();
    fixture.mark(&issues[1], &issues[2]).await.unwrap();
}

#[tokio::test]
async fn of_two_merges_at_once_into_one_another_one_holds() {
    let fixture = Fixture::new().await;
    let one = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let other = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let retried = async |issue: &Issue, other: &Issue| {
        pathfinder_kit::retrying(|| fixture.mark(issue, other)).await.map_err(|failure| failure.reason())
    };
    let outcomes = tokio::join!(retried(&one, &other), retried(&other, &one));
    let outcomes = [outcomes.0.map(|_| ()), outcomes.1.map(|_| ())];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&Err(Reason::DuplicateOfItself)), "{outcomes:?}");
    let (one, other) = (fixture.read(&one).await, fixture.read(&other).await);
    assert_eq!(one.supporter_count + other.supporter_count, 1);
}

#[tokio::test]
async fn two_merges_at_once_into_one_are_both_counted() {
    let fixture = Fixture::new().await;
    let mut issues = Vec::new();
    for _ in 0..3 {
        issues.push(fixture.report(&fixture.nobody(), report()).await.view.issue);
    }
    let retried = async |issue: &Issue| pathfinder_kit::retrying(|| fixture.mark(issue, &issues[0])).await;
    let (one, other) = tokio::join!(retried(&issues[1]), retried(&issues[2]));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(fixture.read(&issues[0]).await.supporter_count, 2);
}

impl Fixture {
    /// How many issues somebody finds by a filter: in the list, in a count, and in an export.
    async fn finds(&self, role: Option<Role>, filter: &str) -> (usize, Option<i64>, usize) {
        let call = self.exporter(role);
        let sought = Sought { filter: filter.to_owned(), ..all_of(HERE).sought };
        let wish = ListIssues { sought: sought.clone(), ..all_of(HERE) };
        let listed = self.app.list_issues(&call, &wish).await.unwrap().0.len();
        let count = CountIssues { sought: sought.clone(), groupings: Vec::new() };
        let counted = self.app.count_issues(&call, &count).await.unwrap().total;
        (listed, counted, self.exported(role, &sought).await.len())
    }

    /// How many news of issues that a filter finds a manager reads.
    async fn news_of(&self, filter: &str) -> usize {
        let sought = Sought { filter: filter.to_owned(), ..all_of(HERE).sought };
        let wish = ListNews { sought, page_size: 50, page_token: String::new() };
        self.app.list_news(&self.manager(), &wish).await.unwrap().0.len()
    }
}

#[tokio::test]
async fn by_a_link_to_what_is_hidden_nobody_finds_what_is_linked_to_it() {
    let fixture = Fixture::new().await;
    let nobody = fixture.nobody();
    let whole = fixture.report(&nobody, report()).await.view.issue;
    for _ in 0..5 {
        let part = fixture.report(&nobody, report()).await.view.issue;
        fixture.set_parent(&part, Some(&whole)).await.unwrap();
        let repeat = fixture.report(&nobody, report()).await.view.issue;
        fixture.mark(&repeat, &whole).await.unwrap();
    }
    let filters = ["parent_issue_id", "duplicate_of"].map(|field| {
        let unlinked = format!("{field} = null");
        let absent = Uuid::nil();
        let linked = [
            format!("{field} = \"{}\"", whole.id),
            format!("{field} > \"{absent}\""),
            format!("NOT {field} = \"{absent}\""),
            format!("{field} != null"),
        ];
        (unlinked, linked)
    });
    for (unlinked, linked) in &filters {
        assert_eq!(fixture.finds(None, unlinked).await, (6, Some(6), 6), "{unlinked}");
        for filter in linked {
            assert_eq!(fixture.finds(None, filter).await, (5, Some(5), 5), "{filter}");
        }
        assert!(fixture.news_of(&linked[0]).await > 0, "{}", linked[0]);
    }

    let hiding = fixture.call_to("HideIssue", Some(Role::Manager));
    fixture.app.hide_issue(&hiding, &target(&whole), "A name").await.unwrap();
    for (unlinked, linked) in &filters {
        assert_eq!(
            fixture.finds(None, unlinked).await,
            (10, Some(10), 10),
            "{unlinked}, as the issues themselves tell"
        );
        for filter in linked {
            assert_eq!(fixture.finds(None, filter).await, (0, Some(0), 0), "{filter}");
            assert_eq!(fixture.finds(Some(Role::Manager), filter).await, (5, Some(5), 5), "{filter}");
        }
        assert_eq!(fixture.news_of(&linked[0]).await, 0, "feeds are for everyone");
    }
}

#[tokio::test]
async fn five_in_one_place_are_a_cluster_that_is_told_once_and_grows() {
    let fixture = Fixture::new().await;
    let look = async || fixture.app.find_clusters().await.unwrap();
    for number in 0..4 {
        fixture.report(&fixture.nobody(), report_at(f64::from(number) * 10.0)).await;
    }
    let taken_back = fixture.report(&fixture.nobody(), report_at(5.0)).await;
    fixture.app.withdraw_issue(&fixture.nobody(), &following(&taken_back), "").await.unwrap();
    fixture.report(&fixture.nobody(), report_at(500.0)).await;
    fixture.report(&fixture.nobody(), report()).await;
    assert_eq!(
        (look().await, fixture.clusters().await.len()),
        (0, 0),
        "four, what was taken back, and what is elsewhere"
    );
    let held = ReportIssue { description: "The boy called Sam lives here".to_owned(), ..report_at(15.0) };
    let held = fixture.report(&fixture.nobody(), held).await.view.issue;
    assert_eq!(look().await, 0, "what is held back does not count");
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    fixture.app.triage_issue(&triage, &target(&held), &Rewording::default(), "").await.unwrap();
    assert_eq!(look().await, 1, "once it is public, it does");
    let found = fixture.clusters().await;
    assert_eq!((found.len(), found[0].0), (1, 5));
    fixture.report(&fixture.nobody(), report_at(30.0)).await;
    assert_eq!(look().await, 1);
    assert_eq!(fixture.clusters().await, [(6, found[0].1)], "the same one, larger");
    assert_eq!((look().await, fixture.cluster_events().await), (0, 1), "told once");
}

#[tokio::test]
async fn issues_that_are_long_ago_make_no_cluster() {
    let fixture = Fixture::new().await;
    for day in [0, 1, 2, 3, 29] {
        fixture.clock.set(start() + TimeDelta::days(day));
        fixture.report(&fixture.nobody(), report_at(0.0)).await;
        fixture.app.find_clusters().await.unwrap();
    }
    assert!(fixture.clusters().await.is_empty(), "the first is 29 days old by then");
    fixture.report(&fixture.nobody(), report_at(0.0)).await;
    fixture.app.find_clusters().await.unwrap();
    assert_eq!(fixture.clusters().await.len(), 1);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_loses_the_issue_once_and_the_clock_runs_on() {
    let fixture = Fixture::new().await;
    let silent = fixture.routed_to(COUNCIL).await;
    let location = silent.location.clone();
    let accepted = fixture.report(&fixture.nobody(), ReportIssue { location, ..report() }).await.view.issue;
    let accepting = fixture.call_to("IssueService/AcceptIssue", Some(Role::Manager));
    fixture.app.accept_issue(&accepting, &target(&accepted), "").await.unwrap();
    let due = fixture.read(&silent).await.answer_due_time.unwrap();
    assert_eq!(due, "2026-01-19T23:59:59Z".parse::<DateTime<Utc>>().unwrap());
    fixture.clock.set(due);
    assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), 0);
    fixture.clock.set(due + TimeDelta::seconds(1));
    assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), 1);
    assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), 0, "once");
    let lapsed = fixture.read(&silent).await;
    assert_eq!((lapsed.state, lapsed.provider_id, lapsed.refusal_count), (IssueState::NotResponsible, None, 1));
    assert_eq!(lapsed.clock.due_time(), silent.clock.due_time());
    assert_eq!(fixture.read(&accepted).await.state, IssueState::Accepted);
    assert!(fixture.kinds(&silent).await.contains(&"issue.lapsed".to_owned()));
    assert!(fixture.told_kinds().await.contains(&"issue.state_changed".to_owned()));
}

#[tokio::test]
async fn a_larger_issue_waits_for_its_parts_and_its_reporter_need_not() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let whole = &followed.view.issue;
    let part = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let third = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.set_parent(&part, Some(whole)).await.unwrap();
    assert_eq!(reason(fixture.set_parent(whole, Some(&third)).await), Reason::InvalidRequest);
    assert_eq!(reason(fixture.set_parent(&third, Some(&part)).await), Reason::InvalidRequest);
    let filter = format!("parent_issue_id = \"{}\"", whole.id);
    let sought = Sought { filter, ..all_of(HERE).sought };
    let listed = fixture.app.list_issues(&fixture.nobody(), &ListIssues { sought, ..all_of(HERE) }).await.unwrap().0;
    assert_eq!(listed.iter().map(|view| view.issue.id).collect::<Vec<_>>(), [part.id]);
    let refused = Failure::from(fixture.closes(whole).await.unwrap_err());
    assert_eq!(refused.reason(), Reason::StateForbids);
    assert!(refused.to_string().contains(&part.reference), "{refused}");
    fixture.app.withdraw_issue(&fixture.nobody(), &following(&followed), "").await.unwrap();
    fixture.set_parent(&part, None).await.unwrap();
    assert_eq!(fixture.read(&part).await.parent_issue_id, None);
}
