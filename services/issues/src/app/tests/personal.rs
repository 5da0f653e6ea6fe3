//! Contact details: sealed, sealed anew, handed out, erased on request and by age.

use chrono::TimeDelta;
use pathfinder_kit::seal::Contacts;

use super::*;
use crate::domain::erasure::Cause;
use crate::domain::reporter::Part;

const EMAIL: &str = "ada@example.org";

/// Somebody whose every word is a mark.
fn marked() -> Person {
    let contact = Contact {
        name: "Ada Archer".to_owned(),
        email: "Ada@Example.org".to_owned(),
        phone: "07700 900123".to_owned(),
    };
    Person { contact, visibility: Some(Visibility::Confidential) }
}

impl Fixture {
    /// A service in which an issue has no room for those who follow, so that each report is one record of whoever made it.
    async fn without_letters() -> Self {
        let mut fixture = Self::new().await;
        fixture.app.settings = Arc::new(Settings { max_supporters: 0, ..Settings::default() });
        fixture
    }

    /// The same service with other keys, the first of which seals, and another time to keep contact details.
    fn with_keys(&self, seeds: &[u64]) -> App {
        let keys: Vec<String> = seeds.iter().map(|seed| Sealer::new_key(&Ids::seeded(*seed))).collect();
        let sealer = Sealer::read("--contact-keys", &keys.join(",")).unwrap();
        App { sealer, ..self.app.clone() }
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let conn = self.app.host.reader();
        let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    async fn write(&self, sql: &str) {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        unit.tx().execute_unprepared(sql).await.unwrap();
        unit.commit(()).await.unwrap();
    }

    async fn contacts(&self, app: &App, issue: &Issue) -> Vec<Contact> {
        let following = Following { partnership_id: HERE, issue_id: issue.id, follow_token: String::new() };
        let view = app.get_issue(&self.manager(), &following).await.unwrap();
        view.reporters.into_iter().filter_map(|reporter| reporter.contact).collect()
    }

    async fn register(&self) -> Vec<crate::domain::Erasure> {
        self.app.list_erasures(HERE, 0, "").await.unwrap().0
    }

    async fn close(&self, issue: &Issue) {
        let closing = self.call_to("CloseIssueWithoutAction", Some(Role::Manager));
        self.app.close_issue_without_action(&closing, &target(issue), "Ada Archer rang: it is gone.").await.unwrap();
    }
}

const STORED: &str = "SELECT name || email || phone || sealed || email_print FROM reporter_contact";

#[tokio::test]
async fn what_is_stored_is_sealed_and_the_manager_reads_it() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    let stored = fixture.texts(STORED).await.concat().to_lowercase();
    for mark in ["ada", "archer", "example", "900123"] {
        assert!(!stored.contains(mark), "{mark} in {stored}");
    }
    assert_eq!(fixture.contacts(&fixture.app, &issue).await, [marked().contact]);
}

#[tokio::test]
async fn rows_from_before_there_were_keys_are_sealed() {
    let fixture = Fixture::without_letters().await;
    let issue = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    fixture
        .write("UPDATE reporter_contact SET name = 'Ada Archer', email = 'Ada@Example.org', phone = '07700 900123', sealed = '', key_id = '', email_print = ''")
        .await;
    assert_eq!(fixture.contacts(&fixture.app, &issue).await, [marked().contact], "plain rows are read meanwhile");
    assert_eq!(fixture.app.seal_contacts().await.unwrap(), 1);
    assert_eq!(fixture.app.seal_contacts().await.unwrap(), 0, "once");
    assert!(!fixture.texts(STORED).await.concat().contains("900123"));
    assert_eq!(fixture.contacts(&fixture.app, &issue).await, [marked().contact]);
    let found = fixture.app.export_subject(&fixture.manager(), HERE, EMAIL, 0, "").await.unwrap();
    assert_eq!(found.records.len(), 1, "and found by their address");
}

#[tokio::test]
async fn keys_change_without_losing_anything() {
    let fixture = Fixture::without_letters().await;
    for _ in 0..150 {
        fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await;
    }
    let both = fixture.with_keys(&[2, 1]);
    both.check_keys().await.unwrap();
    let found = both.export_subject(&fixture.manager(), HERE, EMAIL, 200, "").await.unwrap();
    assert_eq!(found.records.len(), 150, "before they are sealed anew, they are found under the old key");
    assert_eq!(both.seal_contacts().await.unwrap(), 150, "in more than one round");
    assert_eq!(both.seal_contacts().await.unwrap(), 0);
    let new = fixture.with_keys(&[2]);
    new.check_keys().await.unwrap();
    assert_eq!(new.export_subject(&fixture.manager(), HERE, EMAIL, 200, "").await.unwrap().records.len(), 150);
    let missing = fixture.app.check_keys().await.unwrap_err();
    assert!(missing.to_string().contains(both.sealer.key_id()), "a missing key is named at the start: {missing}");
}

#[tokio::test]
async fn a_text_that_was_moved_to_another_record_does_not_open() {
    let fixture = Fixture::new().await;
    let first = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    fixture.report(&fixture.nobody(), ReportIssue { reporter: person(Visibility::Confidential), ..report() }).await;
    let last = "(SELECT sealed FROM reporter_contact ORDER BY reporter_id DESC LIMIT 1)";
    fixture.write(&format!("UPDATE reporter_contact SET sealed = {last}")).await;
    let following = Following { partnership_id: HERE, issue_id: first.id, follow_token: String::new() };
    assert_eq!(reason(fixture.app.get_issue(&fixture.manager(), &following).await), Reason::Internal);
}

#[tokio::test]
async fn an_export_holds_everything_and_only_of_that_person() {
    let fixture = Fixture::new().await;
    let mine = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    let other = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let support = support_of(other.id, marked());
    fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap();
    let bob = Contact { email: "bob@example.org".to_owned(), ..Contact::default() };
    let bob = Person { contact: bob, visibility: None };
    fixture.report(&fixture.nobody(), ReportIssue { reporter: bob, ..report() }).await;
    fixture.close(&mine).await;
    let call = fixture.call(Some(Role::AccountableBody));
    let export = fixture.app.export_subject(&call, HERE, EMAIL, 0, "").await.unwrap();
    let held: Vec<_> = export.records.iter().map(|record| (record.issue.issue.id, record.person.part)).collect();
    let expected = [Part::Follower, Part::Supporter, Part::Follower, Part::Reporter];
    let expected: Vec<_> = [other.id, other.id, mine.id, mine.id].into_iter().zip(expected).collect();
    assert_eq!(held, expected, "newest first, with the addresses that were asked by letter");
    assert_eq!(export.records[3].notices.len(), 1, "what they were told is there");
    assert!(export.document.contains("07700 900123") && !export.document.contains("bob"), "{}", export.document);
    let page = fixture.app.export_subject(&call, HERE, EMAIL, 2, "").await.unwrap();
    let rest = fixture.app.export_subject(&call, HERE, EMAIL, 2, &page.next_page_token).await.unwrap();
    assert_eq!([page.records, rest.records].concat(), export.records, "page by page as well");
    let elsewhere = fixture.app.export_subject(&call, ARCHIVED, EMAIL, 0, "").await.unwrap();
    assert!(elsewhere.records.is_empty(), "nothing of another partnership");
    let audited = fixture.texts("SELECT kind FROM audit_entry WHERE kind = 'personal_data.exported'").await;
    assert_eq!(audited.len(), 4, "each export is on record");
}

#[tokio::test]
async fn a_person_who_is_erased_leaves_the_issue_behind() {
    let fixture = Fixture::new().await;
    let named = Person { visibility: Some(Visibility::Named), ..marked() };
    let description = "A tag. Call Ada Archer, 07700-900123 or ada@example.org.".to_owned();
    let reported = ReportIssue { reporter: named, description, ..report() };
    let followed = fixture.report(&fixture.resident(), reported).await;
    let issue = &followed.view.issue;
    assert_eq!(issue.reporter_name, "Ada Archer");
    fixture.close(issue).await;
    let counts = "SELECT CAST(COUNT(*) AS TEXT) FROM notice";
    let before = fixture.texts(counts).await;
    let call = fixture.call(Some(Role::AccountableBody));
    let erasure = fixture.app.erase_subject(&call, HERE, EMAIL, "She asked.").await.unwrap();
    assert_eq!((erasure.contact_count, erasure.issue_count, erasure.cause), (2, 1, Cause::Requested));
    assert_eq!(erasure.actor_id, "ada", "who did it is on the register");
    assert_eq!(fixture.register().await, [erasure]);
    for table in ["issue", "issue_history", "notice", "reporter", "reporter_contact"] {
        let rows = fixture.texts(&format!("SELECT CAST({} AS TEXT) FROM {table}", columns(table))).await.concat();
        for mark in ["Ada Archer", "900123", "ada@example.org"] {
            assert!(!rows.contains(mark), "{mark} in {table}: {rows}");
        }
    }
    let left = fixture.read(issue).await;
    assert_eq!(left.description, "A tag. Call a resident, a resident or a resident.");
    assert_eq!((left.reporter_name.as_str(), left.supporter_count), ("", 0));
    assert_eq!(left.resolution.unwrap().reason, "a resident rang: it is gone.");
    assert_eq!(fixture.texts(counts).await, before, "what was told stays told");
    let told = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap().0;
    assert_eq!(told.len(), 1, "the follow token goes on: {told:?}");
    let again = fixture.app.erase_subject(&call, HERE, EMAIL, "She asked again.").await.unwrap();
    assert_eq!((again.contact_count, again.issue_count), (0, 0));
}

fn columns(table: &str) -> &'static str {
    match table {
        "issue" => "title || description || reporter_name || COALESCE(resolution, '')",
        "issue_history" => "CASE WHEN kind = 'issue.reported' THEN actor_name ELSE '' END || note || private_note",
        "notice" => "text",
        "reporter" => "visibility",
        _ => "name || email || phone",
    }
}

#[tokio::test]
async fn contact_details_are_erased_when_their_time_is_over_and_not_a_second_before() {
    let fixture = Fixture::new().await;
    let closed = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    let open = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue;
    let end = start() + TimeDelta::days(3);
    fixture.clock.set(end);
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 2, "the addresses that were asked and did not answer");
    fixture.close(&closed).await;
    fixture.clock.set(end + TimeDelta::days(365) - TimeDelta::seconds(1));
    let entries = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_entry";
    let before = fixture.texts(entries).await;
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 0);
    assert_eq!(fixture.contacts(&fixture.app, &closed).await.len(), 1, "a second is left");
    assert!(fixture.register().await.is_empty());
    assert_eq!(fixture.texts(entries).await, before, "an idle run writes nothing");
    fixture.clock.set(end + TimeDelta::days(365));
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 1);
    assert!(fixture.contacts(&fixture.app, &closed).await.is_empty());
    assert_eq!(fixture.contacts(&fixture.app, &open).await.len(), 1, "an open issue keeps its reporter");
    let [entry] = fixture.register().await.try_into().unwrap();
    assert_eq!((entry.cause, entry.contact_count, entry.issue_count), (Cause::Retention, 1, 1));
    assert_eq!(entry.actor_id, "issues");
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 0);
}

#[tokio::test]
async fn a_closing_that_is_disputed_stops_the_time_and_a_new_one_starts_it() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await;
    let issue = &followed.view.issue;
    fixture.close(issue).await;
    fixture.clock.set(start() + TimeDelta::days(10));
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 1, "the address that was asked and did not answer");
    fixture.app.dispute_resolution(&fixture.nobody(), &following(&followed), "It is not.", None).await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(400));
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 0, "it is open");
    fixture.close(issue).await;
    fixture.clock.set(start() + TimeDelta::days(764));
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 0);
    fixture.clock.set(start() + TimeDelta::days(765));
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 1);
}

#[tokio::test]
async fn one_run_is_one_entry_of_the_register_and_a_broken_issue_stops_nothing() {
    let fixture = Fixture::without_letters().await;
    let mut last = None;
    for _ in 0..130 {
        last = Some(fixture.report(&fixture.nobody(), ReportIssue { reporter: marked(), ..report() }).await.view.issue);
    }
    fixture.break_clock(&last.unwrap()).await;
    fixture.write("UPDATE reporter_contact SET end_time = (SELECT MIN(create_time) FROM reporter)").await;
    fixture.clock.set(start() + Contacts::default().retention);
    assert_eq!(fixture.app.erase_by_age().await.unwrap(), 130);
    let [entry] = fixture.register().await.try_into().unwrap();
    assert_eq!(entry.contact_count, 130, "of more than one round");
}

#[tokio::test]
async fn a_follow_token_that_was_ended_opens_nothing_and_the_new_one_does() {
    let fixture = Fixture::new().await;
    let (app, nobody) = (&fixture.app, fixture.nobody());
    let followed = fixture.report(&nobody, ReportIssue { reporter: marked(), ..report() }).await;
    let other = fixture.report(&nobody, report()).await;
    let elsewhere = Following { follow_token: followed.follow_token.clone(), ..following(&other) };
    assert_eq!(reason(app.list_notices(&elsewhere, 0, "").await), Reason::FollowTokenInvalid, "only its own issue");
    assert_eq!(reason(app.revoke_follow_link(&nobody, &elsewhere, true, "").await), Reason::FollowTokenInvalid);
    let old = following(&followed);
    let follow_token = app.revoke_follow_link(&nobody, &old, true, "").await.unwrap();
    assert_eq!(reason(app.list_notices(&old, 0, "").await), Reason::FollowTokenInvalid);
    let new = Following { follow_token, ..old };
    app.list_notices(&new, 0, "").await.unwrap();
    assert_eq!(app.revoke_follow_link(&nobody, &new, false, "").await.unwrap(), "");
    assert_eq!(reason(app.list_notices(&new, 0, "").await), Reason::FollowTokenInvalid);
}
