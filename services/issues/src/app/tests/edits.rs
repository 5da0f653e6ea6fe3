//! Editing what everybody reads, with the original kept; taking people off issues; and homes that turn out to be such.

use chrono::TimeDelta;

use super::finding::with_words;
use super::*;
use crate::domain::erasure::Cause;
use crate::domain::geography::Point;

pub(super) const SECRET: &str = "zebra";

fn telling() -> ReportIssue {
    ReportIssue {
        title: "The zebra did it".to_owned(),
        description: "The zebra of number 12 did it".to_owned(),
        reporter: person(Visibility::Named),
        ..report()
    }
}

fn fit() -> Rewording {
    Rewording {
        title: Some("A tag".to_owned()),
        description: Some("A tag on the wall".to_owned()),
        ..Rewording::default()
    }
}

impl Fixture {
    fn editing(&self) -> Call {
        self.call_to("IssueEditService/EditIssue", Some(Role::Manager))
    }

    async fn edit(&self, issue: &Issue, rewording: &Rewording) -> Result<IssueView, Error> {
        self.app.edit_issue(&self.editing(), &target(issue), rewording, "It told of somebody.").await
    }

    fn listing(&self, role: Option<Role>) -> Call {
        let call = self.call_to("IssueEditService/ListIssueEdits", role);
        if role.is_some() { call } else { self.nobody() }
    }

    /// Whether the word stands in a table.
    pub(super) async fn stands_in(&self, table: &str, columns: &str, word: &str) -> bool {
        let conn = self.app.host.reader();
        let sql = format!("SELECT COUNT(*) AS count FROM {table} WHERE LOWER({columns}) LIKE '%{word}%'");
        let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get::<i64>("", "count").unwrap() > 0
    }

    async fn anonymise(&self, call: &Call, following: &Following, reason: &str) -> Result<IssueView, Error> {
        self.app.anonymise_issue(call, following, reason).await
    }
}

fn without_token(followed: &Followed) -> Following {
    Following { follow_token: String::new(), ..following(followed) }
}

#[tokio::test]
async fn what_was_taken_out_is_read_by_its_reporter_and_those_who_moderate_alone() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let followed = fixture.report(&nobody, telling()).await;
    let issue = &followed.view.issue;
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    app.close_issue_without_action(&closing, &target(issue), "It is gone.").await.unwrap();
    let edited = fixture.edit(issue, &fit()).await.unwrap().issue;
    assert_eq!((edited.description.as_str(), edited.edit_time), ("A tag on the wall", Some(start())));

    let listed = app.list_issues(&nobody, &all_of(HERE)).await.unwrap().0;
    let story = app.get_issue_story(&nobody, HERE, issue.id).await.unwrap();
    let history = app.list_issue_history(&nobody, HERE, issue.id, 0, "").await.unwrap().0;
    let notices = app.list_notices(&following(&followed), 0, "").await.unwrap().0;
    let exported: Vec<_> = fixture.export(fixture.exporter(None), &all_of(HERE).sought).await.collect().await;
    let exported: Vec<Issue> = exported.into_iter().map(|row| row.unwrap().0).collect();
    let told = format!("{listed:?} {story:?} {history:?} {notices:?} {exported:?}").to_lowercase();
    assert!(!told.contains(SECRET), "{told}");
    assert!(told.contains("it told of somebody"), "the history says that it was edited, and why: {told}");
    assert!(!fixture.is_listed(SECRET).await, "the lists of words forget it at once");
    assert!(app.list_issues(&nobody, &with_words(SECRET)).await.unwrap().0.is_empty());
    for (table, columns) in [("outbox_event", "payload"), ("request_record", "answer"), ("notice", "text")] {
        assert!(!fixture.stands_in(table, columns, SECRET).await, "{table}");
    }

    for role in [Role::Manager, Role::AccountableBody] {
        let (edits, _) =
            app.list_issue_edits(&fixture.listing(Some(role)), &without_token(&followed), 0, "").await.unwrap();
        assert_eq!((edits.len(), edits[0].actor_id.as_str()), (1, "ada"), "{role:?}");
        assert_eq!(edits[0].former.description.as_deref(), Some("The zebra of number 12 did it"));
        assert_eq!((edits[0].former.address.as_ref(), edits[0].reason.as_str()), (None, "It told of somebody."));
    }
    let (own, _) = app.list_issue_edits(&nobody, &following(&followed), 0, "").await.unwrap();
    assert_eq!((own[0].actor_id.as_str(), own[0].actor_name.as_str()), ("", "The neighbourhood manager"));
    for role in [None, Some(Role::BoardMember), Some(Role::ProviderOfficer), Some(Role::System)] {
        let refused = app.list_issue_edits(&fixture.listing(role), &without_token(&followed), 0, "").await;
        assert_eq!(reason(refused), Reason::FollowTokenInvalid, "{role:?}");
    }
}

#[tokio::test]
async fn a_supporter_does_not_read_what_was_taken_out() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), telling()).await.view.issue;
    let support = support_of(issue.id, Person::default());
    let supported = fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap();
    fixture.edit(&issue, &fit()).await.unwrap();
    let refused = fixture.app.list_issue_edits(&fixture.nobody(), &following(&supported), 0, "").await;
    assert_eq!(reason(refused), Reason::FollowTokenInvalid);
}

#[tokio::test]
async fn only_who_moderates_edits_and_an_edit_releases_nothing() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    for role in [Role::ProviderOfficer, Role::ProviderSignatory, Role::System, Role::StreetRep] {
        let call = fixture.call_to("IssueEditService/EditIssue", Some(role));
        let refused = fixture.app.edit_issue(&call, &target(&issue), &fit(), "Mine.").await;
        assert_eq!(reason(refused), Reason::RoleMissing, "{role:?}");
    }
    let held = Rewording { title: Some("The boy called Sam".to_owned()), ..Rewording::default() };
    assert_eq!(reason(fixture.edit(&issue, &held).await), Reason::InvalidRequest);
    assert_eq!(reason(fixture.edit(&issue, &Rewording::default()).await), Reason::InvalidRequest);

    let described = ReportIssue { description: "Where the boy called Sam lives".to_owned(), ..report() };
    let held = fixture.report(&fixture.nobody(), described).await;
    let left = fixture.edit(&held.view.issue, &fit()).await.unwrap().issue;
    assert_eq!((left.state, left.held_back), (IssueState::AwaitingModeration, true));
    let seen = fixture.app.get_issue(&fixture.nobody(), &without_token(&held)).await;
    assert_eq!(reason(seen), Reason::NotFound, "what took the words out let nothing go");
}

#[tokio::test]
async fn triage_keeps_what_it_puts_in_other_words() {
    let fixture = Fixture::new().await;
    let described = ReportIssue { description: "Where the boy called Sam lives".to_owned(), ..report() };
    let held = fixture.report(&fixture.nobody(), described).await;
    let triaging = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    fixture.app.triage_issue(&triaging, &target(&held.view.issue), &fit(), "Read.").await.unwrap();
    let (edits, _) = fixture.app.list_issue_edits(&fixture.nobody(), &following(&held), 0, "").await.unwrap();
    assert_eq!(edits[0].former.description.as_deref(), Some("Where the boy called Sam lives"));
    assert_eq!(edits[0].reason, "Read.");
}

#[tokio::test]
async fn what_was_kept_goes_with_its_reporter_and_by_age() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), telling()).await.view.issue;
    fixture.edit(&issue, &fit()).await.unwrap();
    let call = fixture.call(Some(Role::AccountableBody));
    let export = fixture.app.export_subject(&call, HERE, "ada@example.org", 0, "").await.unwrap();
    let kept: usize = export.records.iter().map(|record| record.edits.len()).sum();
    assert_eq!(kept, 1, "what they wrote is theirs");
    assert!(export.document.contains("The zebra of number 12"), "{}", export.document);
    fixture.app.erase_subject(&call, HERE, "ada@example.org", "She asked.").await.unwrap();
    assert!(!fixture.stands_in("issue_edit", "former", SECRET).await);

    let unknown = ReportIssue { reporter: Person::default(), ..telling() };
    let issue = fixture.report(&fixture.nobody(), unknown).await.view.issue;
    fixture.edit(&issue, &fit()).await.unwrap();
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    fixture.app.close_issue_without_action(&closing, &target(&issue), "It is gone.").await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(365) - TimeDelta::seconds(1));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0, "a second is left");
    fixture.clock.set(start() + TimeDelta::days(365));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 1);
    assert!(!fixture.stands_in("issue_edit", "former", SECRET).await);
    let register = fixture.app.list_erasures(HERE, 0, "").await.unwrap().0;
    let newest = (register[0].cause, register[0].contact_count, register[0].issue_count);
    assert_eq!(newest, (Cause::Retention, 0, 1));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_kept_of_a_duplicate_stays_as_long_as_what_it_repeats_goes_on() {
    let fixture = Fixture::new().await;
    let original = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let twin = fixture.report(&fixture.nobody(), telling()).await.view.issue;
    fixture.edit(&twin, &fit()).await.unwrap();
    let marking = fixture.call_to("MarkIssueDuplicate", Some(Role::Manager));
    fixture.app.mark_issue_duplicate(&marking, &target(&twin), original.id, "").await.unwrap();
    let again = Rewording { title: Some("Paint".to_owned()), ..Rewording::default() };
    fixture.edit(&twin, &again).await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(366));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0, "the original goes on");
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    fixture.app.close_issue_without_action(&closing, &target(&original), "It is gone.").await.unwrap();
    fixture.clock.advance(TimeDelta::days(364));
    let last = Rewording { title: Some("A wall".to_owned()), ..Rewording::default() };
    fixture.edit(&twin, &last).await.unwrap();
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0, "a day is left");
    fixture.clock.advance(TimeDelta::days(1));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 3, "however late the last edit was");
}

#[tokio::test]
async fn a_reporter_is_taken_off_one_issue_and_the_issue_goes_on() {
    let fixture = Fixture::new().await;
    let nobody = fixture.nobody();
    let described = |text: &str| ReportIssue { description: text.to_owned(), ..telling() };
    let first = fixture.report(&nobody, described("Ada Archer saw it")).await;
    let other = fixture.report(&nobody, described("Ada Archer saw this, too")).await;
    for role in [Role::ProviderOfficer, Role::System, Role::BoardMember] {
        let call = fixture.call_to("PersonalDataService/AnonymiseIssue", Some(role));
        let refused = fixture.anonymise(&call, &without_token(&first), "").await;
        assert_eq!(reason(refused), Reason::RoleMissing, "{role:?}");
    }
    let refused = fixture.anonymise(&nobody, &without_token(&first), "").await;
    assert_eq!(reason(refused), Reason::FollowTokenInvalid);
    let elsewhere = Following { follow_token: other.follow_token.clone(), ..following(&first) };
    assert_eq!(reason(fixture.anonymise(&nobody, &elsewhere, "").await), Reason::FollowTokenInvalid);
    let named = fixture.anonymise(&nobody, &following(&first), "Ada Archer asked").await;
    assert_eq!(reason(named), Reason::InvalidRequest, "the register holds nobody's name");

    let before = fixture.read(&first.view.issue).await;
    let left = fixture.anonymise(&nobody, &following(&first), "").await.unwrap().issue;
    assert_eq!((left.reporter_name.as_str(), left.description.as_str()), ("", "a resident saw it"));
    assert_eq!((left.state, &left.clock), (before.state, &before.clock), "the clock runs on");
    let register = fixture.app.list_erasures(HERE, 0, "").await.unwrap().0;
    assert_eq!(
        (register.len(), register[0].contact_count, register[0].cause),
        (1, 2, Cause::Requested),
        "with the address that was asked"
    );
    fixture.app.list_notices(&following(&first), 0, "").await.unwrap();
    assert_eq!(fixture.read(&other.view.issue).await.reporter_name, "Ada Archer", "the other is as it was");
    let audited = fixture.stands_in("audit_entry", "kind", "issue.anonymised").await;
    assert!(audited, "it is on record");

    fixture.anonymise(&nobody, &following(&first), "").await.unwrap();
    assert_eq!(fixture.app.list_erasures(HERE, 0, "").await.unwrap().0.len(), 1, "nothing is left to take off");
    let staff = fixture.call_to("PersonalDataService/AnonymiseIssue", Some(Role::Manager));
    let left = fixture.anonymise(&staff, &without_token(&other), "They rang.").await.unwrap().issue;
    assert_eq!(left.reporter_name, "");
}

/// A report of a place that is exact.
fn placed() -> ReportIssue {
    let point = Point::new(51.512_345_6, -0.123_456_7);
    ReportIssue {
        location: Location { point, address: "12 Zebra Court".to_owned(), ..Location::default() },
        ..report()
    }
}

impl Fixture {
    async fn place_as_public(&self, issue: &Issue) -> Location {
        let asked = Following { partnership_id: HERE, issue_id: issue.id, follow_token: String::new() };
        self.app.get_issue(&self.nobody(), &asked).await.unwrap().issue.location
    }

    async fn set_domestic(&self, domestic: bool) {
        let (categories, _) = self.app.list_categories(HERE, 0, "", "").await.unwrap();
        let change = CategoryChange { domestic: Some(domestic), ..CategoryChange::default() };
        let (category_id, etag) = (categories[0].id, String::new());
        let update = UpdateCategory { partnership_id: HERE, category_id, change, etag };
        self.app.update_category(&self.manager(), &update).await.unwrap();
    }
}

#[tokio::test]
async fn an_issue_that_turns_out_to_stand_at_a_home_is_blurred_for_everyone() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), placed()).await.view.issue;
    assert_eq!(fixture.place_as_public(&issue).await.point, issue.location.point);
    let home = Rewording { domestic: true, ..Rewording::default() };
    fixture.edit(&issue, &home).await.unwrap();
    let seen = fixture.place_as_public(&issue).await;
    assert!(seen.domestic && seen.address.is_empty() && seen.point != issue.location.point, "{seen:?}");
    assert_eq!(fixture.read(&issue).await.location.point, issue.location.point, "who deals with it knows");
    assert!(!fixture.is_listed(SECRET).await, "its address is no word to look for");
    let stored = "SELECT CAST(latitude AS TEXT) AS place FROM issue";
    let conn = fixture.app.host.reader();
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), stored)).await.unwrap();
    let place: String = row.unwrap().try_get("", "place").unwrap();
    assert!(!place.starts_with("51.51234"), "searches go by the middle of the square: {place}");
}

#[tokio::test]
async fn a_category_that_becomes_one_of_homes_blurs_its_issues_for_good() {
    let fixture = Fixture::new().await;
    let mut issues = Vec::new();
    for _ in 0..130 {
        issues.push(fixture.report(&fixture.nobody(), placed()).await.view.issue);
    }
    let exact = async || {
        let mut count = 0;
        for issue in &issues {
            count += usize::from(!fixture.read(issue).await.location.domestic);
        }
        count
    };
    fixture.set_domestic(true).await;
    assert_eq!(exact().await, 30, "a hundred with the category");
    assert_eq!(fixture.app.blur_homes().await.unwrap(), 30, "the rest by the timer");
    assert_eq!(exact().await, 0);
    assert_eq!(fixture.app.blur_homes().await.unwrap(), 0);

    // A report that was on its way while the category changed.
    let late = fixture.report(&fixture.nobody(), placed()).await.view.issue;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let before = fixture.read(&late).await;
    let mut exactly = before.clone();
    exactly.location.domestic = false;
    store::issue::update(unit.tx(), &before, &exactly, start()).await.unwrap();
    unit.commit(()).await.unwrap();
    fixture.clock.set(start() + TimeDelta::seconds(31));
    assert_eq!(fixture.app.blur_homes().await.unwrap(), 1, "it is found, too");
    fixture.clock.set(start() + TimeDelta::seconds(62));
    assert_eq!(fixture.app.blur_homes().await.unwrap(), 0);
    let conn = fixture.app.host.reader();
    let waiting = "SELECT code FROM category WHERE blur_time IS NOT NULL";
    let waiting = || Statement::from_string(conn.get_database_backend(), waiting);
    assert!(conn.query_one_raw(waiting()).await.unwrap().is_none(), "and then nobody looks any more");

    fixture.set_domestic(false).await;
    fixture.set_domestic(true).await;
    let stale = store::category::to_blur(conn, fixture.app.host.clock().now(), 1).await.unwrap().remove(0);
    fixture.set_domestic(false).await;
    assert!(conn.query_one_raw(waiting()).await.unwrap().is_none(), "what is taken back is not looked at any more");
    fixture.set_domestic(true).await;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::category::set_blur_time(unit.tx(), &stale, None).await.unwrap();
    unit.commit(()).await.unwrap();
    assert!(
        conn.query_one_raw(waiting()).await.unwrap().is_some(),
        "a timer that knew it otherwise takes nothing back"
    );
    fixture.set_domestic(false).await;
    assert!(fixture.place_as_public(&late).await.domestic, "nothing is made exact again");
    assert!(
        !fixture.report(&fixture.nobody(), placed()).await.view.issue.location.domestic,
        "new issues are as it says"
    );
}
