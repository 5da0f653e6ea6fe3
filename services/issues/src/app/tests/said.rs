//! "You said, we did": who is told and how often, who sees what, what was said before, and what is news.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use pathfinder_terms::{NoticeId, ReporterId, ResponseEntryId};

use super::*;
use crate::app::news::ListNews;
use crate::app::response_entries::{EntryTarget, PublishEntry, UpdateEntry};
use crate::domain::geography::Point;
use crate::domain::news::{News, NewsKind, Subject};
use crate::domain::place::{Circle, Place};
use crate::domain::response_entry::EntryView;
use crate::domain::{Notice, ResponseEntry};

const FAY: &str = "fay@example.org";

fn entry(issues: &[&Issue]) -> PublishEntry {
    PublishEntry {
        partnership_id: HERE,
        you_said: "The subway is dark.".to_owned(),
        we_did: "New lamps hang there.".to_owned(),
        issue_ids: issues.iter().map(|issue| issue.id).collect(),
        provider_id: Some(COUNCIL),
        photo_id: None,
    }
}

fn at(view: &EntryView) -> EntryTarget {
    EntryTarget { partnership_id: HERE, entry_id: view.entry.id, etag: String::new() }
}

fn news_of(filter: &str, place: Option<Place>) -> ListNews {
    let sought = Sought { partnership_id: HERE, filter: filter.to_owned(), place, words: None };
    ListNews { sought, page_size: 0, page_token: String::new() }
}

impl Fixture {
    /// Closes an issue without action.
    async fn end_of(&self, issue: &Issue) {
        let closing = self.call_to("CloseIssueWithoutAction", Some(Role::Manager));
        self.app.close_issue_without_action(&closing, &target(issue), "It is gone.").await.unwrap();
    }

    /// An issue that was closed without action.
    async fn ended(&self) -> Followed {
        let followed = self.report(&self.nobody(), report()).await;
        self.end_of(&followed.view.issue).await;
        followed
    }

    async fn publish(&self, issues: &[&Issue]) -> Result<EntryView, Error> {
        self.app.publish_response_entry(&self.manager(), &entry(issues)).await
    }

    /// The entries that somebody sees.
    async fn said_entries(&self, call: &Call, filter: &str) -> Vec<EntryView> {
        self.app.list_response_entries(call, HERE, 0, "", filter).await.unwrap().0
    }

    /// Takes an issue out of public view.
    async fn hide(&self, issue: &Issue) {
        let hiding = self.call_to("IssueEditService/HideIssue", Some(Role::Manager));
        self.app.hide_issue(&hiding, &target(issue), "Somebody is named.").await.unwrap();
    }

    /// Puts it into public view again.
    async fn unhide(&self, issue: &Issue) {
        let showing = self.call_to("IssueEditService/ShowIssue", Some(Role::Manager));
        self.app.show_issue(&showing, &target(issue)).await.unwrap();
    }

    /// How many notices of an entry there are, and for how many people.
    async fn told_of_entries(&self) -> (usize, usize) {
        let conn = self.app.host.reader();
        let sql = "SELECT reporter_id FROM notice WHERE kind = 'response_entry.published'";
        let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        let people: BTreeSet<Uuid> = rows.iter().map(|row| row.try_get("", "reporter_id").unwrap()).collect();
        (rows.len(), people.len())
    }
}

#[tokio::test]
async fn whoever_follows_several_of_its_issues_gets_one_letter() {
    let fixture = Fixture::new().await;
    let (one, other) = (fixture.ended().await, fixture.ended().await);
    let (one, other) = (&one.view.issue, &other.view.issue);
    for issue in [one, other] {
        fixture.follow(issue, FAY).await;
    }
    fixture.letters().await;
    fixture.publish(&[one, other]).await.unwrap();
    assert_eq!(fixture.told_of_entries().await, (4, 4), "two reporters, and Fay where she follows each");
    let letters = fixture.letters().await;
    assert!(letters.len() == 1 && letters[0].contains("what was done about"), "{letters:?}");
    assert!(!letters[0].contains("lamps"), "no words of anybody: {letters:?}");
}

#[tokio::test]
async fn an_entry_is_about_issues_that_are_there_and_have_ended() {
    let fixture = Fixture::new().await;
    let ended = fixture.ended().await.view.issue;
    let open = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let refused = Failure::from(fixture.publish(&[&ended, &open]).await.unwrap_err());
    assert_eq!(refused.reason(), Reason::InvalidRequest);
    assert_eq!(refused.violations()[0].field, "issue_ids[1]", "{refused:?}");
    let absent = PublishEntry { issue_ids: vec![ended.id, IssueId(Uuid::from_u128(404))], ..entry(&[]) };
    let outcome = fixture.app.publish_response_entry(&fixture.manager(), &absent).await;
    assert_eq!(reason(outcome), Reason::NotFound);
    let archived = PublishEntry { partnership_id: ARCHIVED, ..entry(&[&ended]) };
    let outcome = fixture.app.publish_response_entry(&fixture.manager(), &archived).await;
    assert_eq!(reason(outcome), Reason::PartnershipArchived);
    let photo_id = Some(pathfinder_terms::PhotoId(Uuid::from_u128(404)));
    let pictured = PublishEntry { photo_id, ..entry(&[&ended]) };
    let outcome = fixture.app.publish_response_entry(&fixture.manager(), &pictured).await;
    assert_eq!(reason(outcome), Reason::NotFound);
    assert_eq!(
        (fixture.said_entries(&fixture.manager(), "").await.len(), fixture.told_of_entries().await),
        (0, (0, 0))
    );
}

#[tokio::test]
async fn what_is_held_back_is_not_named_and_what_is_withdrawn_is_gone() {
    let fixture = Fixture::new().await;
    let (one, other) = (fixture.ended().await.view.issue, fixture.ended().await.view.issue);
    let view = fixture.publish(&[&one, &other]).await.unwrap();
    let (nobody, manager) = (fixture.nobody(), fixture.manager());
    let named = async |call: &Call| -> Vec<usize> {
        fixture.said_entries(call, "").await.iter().map(|view| view.issues.len()).collect()
    };
    assert_eq!(named(&nobody).await, [2]);
    for (filter, count) in [
        (format!("issue_id = \"{}\"", one.id), 1),
        (format!("issue_id = \"{}\" AND category_code = \"graffiti\"", other.id), 1),
        ("category_code = \"noise\"".to_owned(), 0),
        (format!("provider_id = \"{COUNCIL}\""), 1),
        ("provider_id = null".to_owned(), 0),
    ] {
        assert_eq!(fixture.said_entries(&nobody, &filter).await.len(), count, "{filter}");
    }
    fixture.hide(&one).await;
    assert_eq!((named(&nobody).await, named(&manager).await), (vec![1], vec![2]));
    let hidden = format!("issue_id = \"{}\"", one.id);
    assert_eq!(fixture.said_entries(&nobody, &hidden).await.len(), 0, "nobody learns of it by asking");
    fixture.hide(&other).await;
    assert_eq!(named(&nobody).await, [0_usize; 0]);
    let read = fixture.app.get_response_entry(&nobody, HERE, view.entry.id).await;
    assert_eq!(reason(read), Reason::NotFound);
    fixture.app.get_response_entry(&manager, HERE, view.entry.id).await.unwrap();

    let third = fixture.ended().await.view.issue;
    let view = fixture.publish(&[&third]).await.unwrap();
    fixture.app.withdraw_response_entry(&manager, &at(&view), "The wrong subway.").await.unwrap();
    assert_eq!(named(&nobody).await, [0_usize; 0]);
    let again = fixture.app.withdraw_response_entry(&manager, &at(&view), "Again.").await;
    assert_eq!(reason(again), Reason::StateForbids);
    let update = fixture.app.update_response_entry(&manager, &at(&view), &UpdateEntry::default()).await;
    assert_eq!(reason(update), Reason::StateForbids);
}

#[tokio::test]
async fn an_update_keeps_what_was_said_and_tells_nobody() {
    let fixture = Fixture::new().await;
    let issue = fixture.ended().await.view.issue;
    let view = fixture.publish(&[&issue]).await.unwrap();
    let told = fixture.told_of_entries().await;
    for we_did in ["Six lamps hang there.", "Seven lamps hang there."] {
        let other = UpdateEntry { we_did: Some(we_did.to_owned()), ..UpdateEntry::default() };
        fixture.app.update_response_entry(&fixture.manager(), &at(&view), &other).await.unwrap();
    }
    let stale = EntryTarget { etag: pathfinder_kit::etag::of(1), ..at(&view) };
    let outcome = fixture.app.update_response_entry(&fixture.manager(), &stale, &UpdateEntry::default()).await;
    assert_eq!(reason(outcome), Reason::EtagMismatch);
    let nobody_did = UpdateEntry { provider_id: Some(None), ..UpdateEntry::default() };
    let view = fixture.app.update_response_entry(&fixture.manager(), &at(&view), &nobody_did).await.unwrap();
    assert_eq!((view.entry.revision, view.entry.said.we_did.as_str()), (4, "Seven lamps hang there."));
    assert_eq!(fixture.said_entries(&fixture.nobody(), "provider_id = null").await.len(), 1);
    let revisions = fixture.app.list_response_entry_revisions(HERE, view.entry.id, 2, "").await.unwrap();
    let said: Vec<&str> = revisions.0.iter().map(|revision| revision.said.we_did.as_str()).collect();
    assert_eq!(said, ["Seven lamps hang there.", "Six lamps hang there."]);
    let rest = fixture.app.list_response_entry_revisions(HERE, view.entry.id, 2, &revisions.1).await.unwrap().0;
    assert!(rest.len() == 1 && rest[0].said.we_did == "New lamps hang there." && rest[0].actor_id == "ada", "{rest:?}");
    assert_eq!(fixture.told_of_entries().await, told);
}

#[tokio::test]
async fn people_who_are_erased_go_from_entries_and_what_they_said_before() {
    let fixture = Fixture::new().await;
    let named = ReportIssue { reporter: person(Visibility::Confidential), ..report() };
    let issue = fixture.report(&fixture.nobody(), named).await.view.issue;
    fixture.end_of(&issue).await;
    let told = PublishEntry { you_said: "Ada Archer told us.".to_owned(), ..entry(&[&issue]) };
    let view = fixture.app.publish_response_entry(&fixture.manager(), &told).await.unwrap();
    let other = UpdateEntry { we_did: Some("Ada Archer saw it.".to_owned()), ..UpdateEntry::default() };
    fixture.app.update_response_entry(&fixture.manager(), &at(&view), &other).await.unwrap();
    fixture.erase_ada().await;
    let view = fixture.app.get_response_entry(&fixture.manager(), HERE, view.entry.id).await.unwrap();
    assert_eq!(view.entry.said.you_said, "a resident told us.");
    assert_eq!(view.entry.said.we_did, "a resident saw it.");
    let revisions = fixture.app.list_response_entry_revisions(HERE, view.entry.id, 0, "").await.unwrap().0;
    assert_eq!(revisions[0].said.you_said, "a resident told us.");
}

#[tokio::test]
async fn news_tells_of_public_issues_in_order_and_pages_hold_each_once() {
    let fixture = Fixture::new().await;
    let (nobody, manager) = (fixture.nobody(), fixture.manager());
    let point = Point::new(51.5, -0.1).unwrap();
    let there = ReportIssue { location: Location { point: Some(point), ..Location::default() }, ..report() };
    let there = fixture.report(&nobody, there).await.view.issue;
    let ended = fixture.ended().await.view.issue;
    let held = ReportIssue { description: "There is a fire, call 999.".to_owned(), ..report() };
    fixture.report(&nobody, held).await;
    fixture.publish(&[&ended]).await.unwrap();
    let wish = news_of("", None);
    let (news, next) = fixture.app.list_news(&manager, &wish).await.unwrap();
    let kinds: Vec<NewsKind> = news.iter().map(|news| news.kind).collect();
    let expected = [NewsKind::Response, NewsKind::Ended, NewsKind::Reported, NewsKind::Reported];
    assert_eq!((kinds.as_slice(), next.as_str()), (&expected[..], ""), "nothing of what is held back, for staff, too");
    let Subject::Issue(named, _, text) = &news[1].subject else { panic!("an issue: {:?}", news[1]) };
    assert_eq!((named.id, text.as_str()), (ended.id, "It is gone."));

    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let wish = ListNews { page_size: 1, page_token: token, ..wish.clone() };
        let (some, next) = fixture.app.list_news(&nobody, &wish).await.unwrap();
        paged.extend(some);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    assert_eq!(paged, news);
    let close_by = Place::Near(Circle { center: point, radius: 100.0 });
    let (near, _) = fixture.app.list_news(&nobody, &news_of("", Some(close_by))).await.unwrap();
    assert!(
        near.len() == 1 && matches!(&near[0].subject, Subject::Issue(named, ..) if named.id == there.id),
        "{near:?}"
    );
    let (noise, _) = fixture.app.list_news(&nobody, &news_of("category_code = \"noise\"", None)).await.unwrap();
    assert!(noise.is_empty(), "{noise:?}");
    fixture.hide(&ended).await;
    let (left, _) = fixture.app.list_news(&nobody, &wish).await.unwrap();
    assert_eq!(left.len(), 1, "neither the issue nor what was said of it alone: {left:?}");
    fixture.unhide(&ended).await;
    assert_eq!(fixture.app.list_news(&nobody, &wish).await.unwrap().0.len(), news.len(), "it keeps its items");
}

#[tokio::test]
async fn a_report_that_was_held_back_is_new_when_it_is_released() {
    let fixture = Fixture::new().await;
    let held = ReportIssue { description: "There is a fire, call 999.".to_owned(), ..report() };
    let held = fixture.report(&fixture.nobody(), held).await.view.issue;
    fixture.clock.set(start() + TimeDelta::days(2));
    let later = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let triage = fixture.call_to("TriageIssue", Some(Role::Manager));
    fixture.app.triage_issue(&triage, &target(&held), &Rewording::default(), "").await.unwrap();
    let (news, _) = fixture.app.list_news(&fixture.nobody(), &news_of("", None)).await.unwrap();
    let told: Vec<IssueId> = news.iter().filter_map(issue_of).collect();
    assert_eq!(told, [held.id, later.id], "each once, and what was read last comes first");
}

#[tokio::test]
async fn what_hardly_ever_happens_is_found_on_a_later_page() {
    let fixture = Fixture::new().await;
    let sought = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let other = fixture.ended().await.view.issue;
    let entry = fixture.publish(&[&other]).await.unwrap().entry;
    let call = fixture.manager();
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&call).await.unwrap() else { unreachable!() };
    for _ in 0..300 {
        let entry = ResponseEntry { id: ResponseEntryId(fixture.app.host.next_id(call.now)), ..entry.clone() };
        store::response_entry::insert(unit.tx(), &entry, &[&other]).await.unwrap();
    }
    unit.commit(()).await.unwrap();
    let wish = news_of(&format!("issue_id = \"{}\"", sought.id), None);
    let (none, next) = fixture.app.list_news(&fixture.nobody(), &wish).await.unwrap();
    assert!(none.is_empty() && !next.is_empty(), "broken off: {none:?} {next}");
    let wish = ListNews { page_token: next, ..wish };
    let (news, next) = fixture.app.list_news(&fixture.nobody(), &wish).await.unwrap();
    assert_eq!(news.iter().filter_map(issue_of).collect::<Vec<_>>(), [sought.id]);
    assert_eq!(next, "", "nothing is left");
}

/// The issue that a piece of news is about.
fn issue_of(news: &News) -> Option<IssueId> {
    match &news.subject {
        Subject::Issue(named, ..) => Some(named.id),
        Subject::Entry(_) => None,
    }
}

#[tokio::test]
async fn what_was_withdrawn_stands_in_no_notice_and_no_story() {
    let fixture = Fixture::new().await;
    let followed = fixture.ended().await;
    let issue = &followed.view.issue;
    let view = fixture.publish(&[issue]).await.unwrap();
    fixture.app.withdraw_response_entry(&fixture.manager(), &at(&view), "The wrong subway.").await.unwrap();
    let (notices, _, _) = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap();
    let story = fixture.app.get_issue_story(&fixture.nobody(), HERE, issue.id).await.unwrap();
    let told = format!("{notices:?} {:?}", story.steps);
    assert!(told.contains("you-said-we-did"), "it was told of: {told}");
    assert!(!told.contains("lamps") && !told.contains("subway"), "{told}");
}

#[tokio::test]
async fn people_of_a_repeat_go_from_entries_about_what_it_repeats() {
    let fixture = Fixture::new().await;
    let original = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let named = ReportIssue { reporter: person(Visibility::Confidential), ..report() };
    let repeat = fixture.report(&fixture.nobody(), named).await.view.issue;
    let marking = fixture.call_to("IssueService/MarkIssueDuplicate", Some(Role::Manager));
    fixture.app.mark_issue_duplicate(&marking, &target(&repeat), original.id, "").await.unwrap();
    fixture.end_of(&original).await;
    let told = PublishEntry { you_said: "Ada Archer told us.".to_owned(), ..entry(&[&original]) };
    let view = fixture.app.publish_response_entry(&fixture.manager(), &told).await.unwrap();
    fixture.erase_ada().await;
    let view = fixture.app.get_response_entry(&fixture.manager(), HERE, view.entry.id).await.unwrap();
    assert_eq!(view.entry.said.you_said, "a resident told us.");
}

#[tokio::test]
async fn people_go_from_every_announcement_however_many_were_told_the_ones_before() {
    let fixture = Fixture::new().await;
    let named = ReportIssue { reporter: person(Visibility::Confidential), ..report() };
    let issue = fixture.report(&fixture.nobody(), named).await.view.issue;
    let notice = |number: u128, announcement: u128, text: &str| Notice {
        id: NoticeId(Uuid::from_u128(number)),
        announcement_id: Uuid::from_u128(announcement),
        partnership_id: HERE,
        issue_id: issue.id,
        reporter_id: ReporterId(Uuid::from_u128(number)),
        kind: "issue.closed".to_owned(),
        text: text.to_owned(),
        action_id: None,
        time: start(),
    };
    let mut notices: Vec<Notice> = (1..=10_000).map(|number| notice(number, 1, "It is closed.")).collect();
    notices.push(notice(10_001, 2, "Ada Archer rang: it is gone."));
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::notice::insert_many(unit.tx(), &notices).await.unwrap();
    unit.commit(()).await.unwrap();
    fixture.erase_ada().await;
    let told = store::notice::announced(fixture.app.host.reader(), HERE, issue.id, 20_000).await.unwrap();
    assert!(told.iter().any(|(notice, _)| notice.text.starts_with("a resident rang")), "{told:?}");
}
