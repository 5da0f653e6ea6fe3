//! Pictures that are named by their addresses, and reports that are answered with a token.

use std::collections::HashMap;

use super::*;
use crate::app::picture_links::{Fetched, PictureSource, Unasked};
use crate::app::updates::{Named, PushUpdate};
use crate::domain::photo::MOST_PHOTOS;
use crate::domain::picture_link::{LinkOrigin, MOST_WAITING, PictureLink};
use crate::domain::update::UpdateStatus;

/// A PNG of one colour, 24 by 16 pixels.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000018000000100802000000834628c20000001a4944415478da633861a34115c4306ad0a841a3068d1a44190200c0bdc210498cfbe30000000049454e44ae426082";
const PICTURE: &str = "https://a.example/1.png";

/// What is on the web, by its address; elsewhere nobody answers. An address that begins with `http://` is missed, and any other than `https://` is
/// unfit.
#[derive(Default)]
pub(super) struct SomeWeb {
    there: Mutex<HashMap<String, Fetched>>,
    asked: Mutex<Vec<String>>,
    /// Whether it takes a moment to answer.
    slow: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl PictureSource for SomeWeb {
    fn read(&self, address: &str) -> Result<String, Unasked> {
        match address.split_once("://") {
            Some(("https", _)) => Ok(address.to_owned()),
            Some(("http", _)) => Err(Unasked::Missed("does not begin with https://")),
            _ => Err(Unasked::Unfit("must begin with https://")),
        }
    }

    async fn fetch(&self, address: &str) -> Fetched {
        self.asked.lock().unwrap().push(address.to_owned());
        if self.slow.load(std::sync::atomic::Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        let found = self.there.lock().unwrap().get(address).cloned();
        found.unwrap_or_else(|| Fetched::Later("Nobody answers.".to_owned()))
    }
}

fn picture() -> Fetched {
    Fetched::Content(hex::decode(PNG).unwrap())
}

fn naming(addresses: &[&str]) -> ReportIssue {
    ReportIssue { media_urls: addresses.iter().map(|address| (*address).to_owned()).collect(), ..report() }
}

impl Fixture {
    fn put(&self, address: &str, what: Fetched) {
        self.web.there.lock().unwrap().insert(address.to_owned(), what);
    }

    fn asked(&self) -> Vec<String> {
        self.web.asked.lock().unwrap().clone()
    }

    /// Fetches until nothing waits; answers how many became photos.
    async fn fetch_all(&self) -> usize {
        let mut taken = 0;
        for _ in 0..12 {
            taken += self.app.fetch_pictures().await.unwrap();
            self.clock.advance(chrono::TimeDelta::minutes(40));
        }
        taken
    }

    /// The last entry of an issue's history, as staff read it.
    async fn last_entry(&self, issue: &Issue) -> crate::domain::history::Entry {
        let (mut entries, _) = self.app.list_issue_history(&self.manager(), HERE, issue.id, 50, "").await.unwrap();
        entries.pop().unwrap()
    }

    /// How many addresses are kept.
    async fn addresses(&self) -> i64 {
        let conn = self.app.host.reader();
        let sql = "SELECT COUNT(*) AS kept FROM picture_link WHERE address <> ''".to_owned();
        let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "kept").unwrap()
    }
}

#[tokio::test]
async fn a_picture_that_a_report_names_becomes_a_photo_once() {
    let fixture = Fixture::new().await;
    fixture.put(PICTURE, picture());
    let issue = fixture.report(&fixture.nobody(), naming(&[PICTURE, PICTURE])).await.view.issue;
    assert!(issue.photos.is_empty() && fixture.asked().is_empty(), "a report waits for nobody's server");
    assert_eq!(fixture.fetch_all().await, 1);
    assert_eq!(fixture.asked(), [PICTURE], "asked for once");
    let photos = fixture.read(&issue).await.photos;
    assert_eq!((photos.len(), photos[0].width, photos[0].height), (1, 24, 16));
    assert!(photos[0].reporter_id.is_some(), "it goes when its reporter is erased");
    let last = fixture.last_entry(&issue).await;
    assert_eq!((last.kind.as_str(), last.actor_name.as_str()), ("issue.photo_added", "Pathfinder"));
    assert_eq!(fixture.addresses().await, 0, "its address is not kept");
}

#[tokio::test]
async fn addresses_that_are_not_asked_are_refused_all_at_once() {
    let fixture = Fixture::new().await;
    let wrong = naming(&[PICTURE, "file:///etc/passwd", "picture.png"]);
    let refused = Failure::from(fixture.app.report_issue(&fixture.nobody(), &wrong).await.unwrap_err());
    let fields: Vec<&str> = refused.violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!((refused.reason(), fields), (Reason::InvalidRequest, vec!["media_urls[1]", "media_urls[2]"]));
    assert_eq!(fixture.fetch_all().await, 0);
    assert!(fixture.asked().is_empty(), "nothing was kept");
}

#[tokio::test]
async fn a_report_is_not_lost_for_a_picture_that_is_not_asked_for() {
    let fixture = Fixture::new().await;
    fixture.put(PICTURE, picture());
    let named = naming(&["http://a.example/ada@example.org.png", PICTURE]);
    let issue = fixture.report(&fixture.nobody(), named).await.view.issue;
    assert_eq!((fixture.fetch_all().await, fixture.asked().as_slice()), (1, [PICTURE.to_owned()].as_slice()));
    let (entries, _) = fixture.app.list_issue_history(&fixture.manager(), HERE, issue.id, 50, "").await.unwrap();
    let missed = entries.iter().find(|entry| entry.kind == "issue.photo_missed").unwrap();
    assert!(missed.private_note.contains("a.example") && !missed.private_note.contains("ada"), "{missed:?}");
}

#[tokio::test]
async fn a_picture_that_took_its_time_sets_no_issue_back() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), naming(&[PICTURE])).await.view.issue;
    fixture.put(PICTURE, Fetched::Never("Its server answers 404.".to_owned()));
    fixture.web.slow.store(true, std::sync::atomic::Ordering::Relaxed);
    let fetching = fixture.app.fetch_pictures();
    let meanwhile = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        fixture.clock.advance(chrono::TimeDelta::seconds(10));
        let editing = fixture.call_to("EditIssue", Some(Role::Manager));
        let rewording = Rewording { title: Some("A tag".to_owned()), ..Rewording::default() };
        fixture.app.edit_issue(&editing, &target(&issue), &rewording, "").await.unwrap();
        fixture.clock.advance(chrono::TimeDelta::seconds(10));
    };
    let (fetched, ()) = tokio::join!(fetching, meanwhile);
    assert_eq!(fetched.unwrap(), 0);
    assert_eq!(fixture.read(&issue).await.update_time, start() + chrono::TimeDelta::seconds(20));
}

#[tokio::test]
async fn what_cannot_be_had_is_told_to_staff_and_holds_up_nothing_else() {
    let fixture = Fixture::new().await;
    let (down, gone, text) = ("https://down.example/1", "https://gone.example/1", "https://text.example/1");
    fixture.put(PICTURE, picture());
    fixture.put(gone, Fetched::Never("Its server answers 404.".to_owned()));
    fixture.put(text, Fetched::Content(b"<html>No picture</html>".to_vec()));
    let mut issues = Vec::new();
    for address in [down, gone, text, PICTURE] {
        issues.push(fixture.report(&fixture.nobody(), naming(&[address])).await.view.issue);
    }
    assert_eq!(fixture.app.fetch_pictures().await.unwrap(), 1, "the others are heard in the same round");
    assert_eq!(fixture.fetch_all().await, 0);
    let asked = fixture.asked();
    let times = |address: &str| asked.iter().filter(|one| *one == address).count();
    assert_eq!((times(down), times(gone), times(text), times(PICTURE)), (7, 1, 1, 1));
    for (issue, why) in issues.iter().zip(["down.example", "gone.example", "text.example"]) {
        let last = fixture.last_entry(issue).await;
        assert_eq!((last.kind.as_str(), last.note.as_str()), ("issue.photo_missed", ""), "nothing is told everybody");
        assert!(last.private_note.contains(why) && !last.private_note.contains("/1"), "{}", last.private_note);
        assert!(fixture.read(issue).await.photos.is_empty());
    }
    assert_eq!(fixture.addresses().await, 0);
}

#[tokio::test]
async fn there_is_room_for_ten_photos_however_many_are_named() {
    let fixture = Fixture::new().await;
    let addresses: Vec<String> = (0..=MOST_PHOTOS).map(|number| format!("https://a.example/{number}")).collect();
    for address in &addresses {
        fixture.put(address, picture());
    }
    let named: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let issue = fixture.report(&fixture.nobody(), naming(&named)).await.view.issue;
    assert_eq!(fixture.fetch_all().await, MOST_PHOTOS);
    assert_eq!(fixture.read(&issue).await.photos.len(), MOST_PHOTOS);
    let (entries, _) = fixture.app.list_issue_history(&fixture.manager(), HERE, issue.id, 50, "").await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.kind == "issue.photo_missed").count(), 1);
}

#[tokio::test]
async fn a_report_is_taken_without_its_picture_where_too_many_wait() {
    let fixture = Fixture::new().await;
    let origin = LinkOrigin { partnership_id: HERE, issue_id: IssueId(Uuid::from_u128(1)), reporter_id: None };
    let tomorrow = start() + chrono::TimeDelta::days(1);
    let link =
        |number: u64| PictureLink::new(Uuid::from_u128(number.into()), origin, PICTURE.to_owned(), false, tomorrow);
    let links: Vec<PictureLink> = (0..MOST_WAITING).map(link).collect();
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::picture_link::insert_many(unit.tx(), &links).await.unwrap();
    unit.commit(()).await.unwrap();
    fixture.put(PICTURE, picture());
    let issue = fixture.report(&fixture.nobody(), naming(&[PICTURE])).await.view.issue;
    assert_eq!(fixture.app.fetch_pictures().await.unwrap(), 0);
    let (entries, _) = fixture.app.list_issue_history(&fixture.manager(), HERE, issue.id, 50, "").await.unwrap();
    assert!(entries.iter().any(|entry| entry.kind == "issue.photo_missed"), "staff are told: {entries:?}");
}

#[tokio::test]
async fn what_somebody_named_goes_with_them() {
    let fixture = Fixture::new().await;
    let reporter = person(Visibility::Confidential);
    let down = "https://down.example/1";
    let issue = fixture.report(&fixture.nobody(), ReportIssue { reporter, ..naming(&[down]) }).await.view.issue;
    assert_eq!((fixture.app.fetch_pictures().await.unwrap(), fixture.addresses().await), (0, 1));
    let accountable = fixture.call_to("PersonalDataService/EraseSubject", Some(Role::AccountableBody));
    fixture.app.erase_subject(&accountable, HERE, "ada@example.org", "She asked.").await.unwrap();
    assert_eq!(fixture.addresses().await, 0);
    fixture.put(down, picture());
    assert_eq!(fixture.fetch_all().await, 0);
    assert!(fixture.read(&issue).await.photos.is_empty());
}

#[tokio::test]
async fn an_update_names_pictures_too_and_its_repeat_names_none() {
    let fixture = Fixture::new().await;
    fixture.put(PICTURE, picture());
    let issue = fixture.routed_to(COUNCIL).await;
    let push = PushUpdate {
        partnership_id: HERE,
        issue: Named::Here(issue.id),
        external_update_id: "u1".to_owned(),
        status: UpdateStatus::Open,
        happened_time: start(),
        description: "See for yourselves".to_owned(),
        media_urls: vec![PICTURE.to_owned()],
        endpoint: None,
        heard: None,
    };
    let system = fixture.call_to("IssueUpdateService/PushIssueUpdate", Some(Role::System));
    for _ in 0..2 {
        fixture.app.push_issue_update(&system, &push).await.unwrap();
        fixture.fetch_all().await;
    }
    assert_eq!(fixture.asked(), [PICTURE]);
    let photos = fixture.read(&issue).await.photos;
    assert_eq!(photos.iter().map(|photo| photo.reporter_id).collect::<Vec<_>>(), [None]);
    assert!(!photos[0].held, "everybody reads what it came with");
    let held = PushUpdate {
        external_update_id: "u2".to_owned(),
        description: "There is a gun, call 999".to_owned(),
        ..push.clone()
    };
    fixture.app.push_issue_update(&system, &held).await.unwrap();
    fixture.fetch_all().await;
    let photos = fixture.read(&issue).await.photos;
    assert_eq!(photos.iter().map(|photo| photo.held).collect::<Vec<_>>(), [false, true], "it waits as the words do");
    let unfit = PushUpdate { media_urls: vec!["file:///etc/passwd".to_owned()], ..push };
    assert_eq!(reason(fixture.app.push_issue_update(&system, &unfit).await), Reason::InvalidRequest);
}

#[tokio::test]
async fn a_token_leads_to_a_report_once_everybody_may_read_it() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let held = ReportIssue { source: Source::Open311, description: "There is a gun, call 999".to_owned(), ..report() };
    let followed = fixture.report(&nobody, held).await;
    let (token, issue) = (followed.report_token.as_str(), &followed.view.issue);
    assert!(token.len() >= 22 && !token.contains(&issue.id.to_string()), "nobody can guess it: {token}");
    assert_eq!(app.get_report_token(HERE, token).await.unwrap(), None, "it is held back");
    assert_eq!(reason(app.get_report_token(ARCHIVED, token).await), Reason::NotFound, "it opens nothing elsewhere");
    assert_eq!(reason(app.get_report_token(HERE, "another").await), Reason::NotFound);
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    app.triage_issue(&triage, &target(issue), &Rewording::default(), "").await.unwrap();
    assert_eq!(app.get_report_token(HERE, token).await.unwrap(), Some(issue.id));

    let still = ReportIssue { source: Source::Open311, description: "There is a gun, call 999".to_owned(), ..report() };
    let still = fixture.report(&nobody, still).await.report_token;
    assert_eq!(app.forget_report_tokens().await.unwrap(), 0);
    fixture.clock.advance(chrono::TimeDelta::days(181));
    assert_eq!(app.forget_report_tokens().await.unwrap(), 1, "of what is held back still, it stays");
    assert_eq!(reason(app.get_report_token(HERE, token).await), Reason::NotFound);
    assert_eq!(app.get_report_token(HERE, &still).await.unwrap(), None);

    for source in [Source::Open311, Source::Web] {
        let description = if source == Source::Web { "There is a gun, call 999" } else { "A tag" };
        let other = ReportIssue { source, description: description.to_owned(), ..report() };
        assert_eq!(fixture.report(&nobody, other).await.report_token, "", "{source:?} needs none");
    }
}
