//! Following by e-mail: the wish, the confirmation, the letters, the end of it.

use chrono::TimeDelta;

use super::*;
use crate::app::follow::FollowByEmail;
use crate::domain::reporter::{CONFIRMATION_LIFE, Part};

const EMAIL: &str = "fay@example.org";

impl Fixture {
    /// The same service, in which more than one may follow an issue.
    fn roomy(&self) -> App {
        App { settings: Arc::new(Settings::default()), ..self.app.clone() }
    }

    async fn wish(&self, issue: &Issue, email: &str) -> Result<(), Error> {
        let command = FollowByEmail { partnership_id: HERE, issue_id: issue.id, email: email.to_owned() };
        self.roomy().follow_by_email(&self.nobody(), &command).await
    }

    /// Sends what waits, and answers the texts of what went out.
    pub(super) async fn letters(&self) -> Vec<String> {
        self.app.send_letters().await.unwrap();
        self.post.lock().unwrap().sent.drain(..).map(|(_, _, text)| text).collect()
    }

    /// Sends what waits, and answers the texts of what went out to an address.
    async fn letters_to(&self, email: &str) -> Vec<String> {
        self.app.send_letters().await.unwrap();
        let sent = std::mem::take(&mut self.post.lock().unwrap().sent);
        sent.into_iter().filter(|(_, to, _)| to == email).map(|(_, _, text)| text).collect()
    }

    /// Follows an issue at an address, by the letter that comes.
    pub(super) async fn follow(&self, issue: &Issue, email: &str) -> Following {
        self.wish(issue, email).await.unwrap();
        self.confirm(issue, &self.letters_to(email).await[0]).await
    }

    /// Follows an issue by the link in a letter that asks.
    async fn confirm(&self, issue: &Issue, letter: &str) -> Following {
        let asked = holder(issue, &token_in(letter));
        let follow_token = self.app.confirm_follow(&self.nobody(), &asked, "").await.unwrap();
        Following { follow_token, ..asked }
    }

    /// A report, with Fay's address.
    async fn reported_by_fay(&self) -> Followed {
        self.report(&self.nobody(), ReportIssue { reporter: fay(), ..report() }).await
    }

    async fn end(&self, issue: &Issue) {
        let closing = self.call_to("CloseIssueWithoutAction", Some(Role::Manager));
        self.app.close_issue_without_action(&closing, &target(issue), "Ada Archer rang: it is gone.").await.unwrap();
    }

    /// How many records there are of an address.
    async fn held_on(&self, email: &str) -> usize {
        let call = self.call(Some(Role::AccountableBody));
        self.app.export_subject(&call, HERE, email, 0, "").await.unwrap().records.len()
    }
}

/// Fay, who leaves her address.
fn fay() -> Person {
    let contact = Contact { email: "Fay@Example.org".to_owned(), ..Contact::default() };
    Person { contact, visibility: None }
}

/// Whether a letter asks for a confirmation.
fn asks(letter: &str) -> bool {
    letter.contains("/confirm?token=")
}

fn holder(issue: &Issue, token: &str) -> Following {
    Following { partnership_id: HERE, issue_id: issue.id, follow_token: token.to_owned() }
}

/// The token of the first link in a letter.
fn token_in(letter: &str) -> String {
    let (_, behind) = letter.split_once("?token=").unwrap();
    behind.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn letters_begin_when_the_address_is_confirmed_and_end_with_the_link() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.wish(&issue, EMAIL).await.unwrap();
    let asked = fixture.letters().await;
    assert!(asked.len() == 1 && asked[0].contains("/confirm?token="), "{asked:?}");
    let secret = holder(&issue, &token_in(&asked[0]));
    let refused = fixture.app.list_notices(&secret, 0, "").await;
    assert_eq!(reason(refused), Reason::FollowTokenInvalid, "a confirmation is no follow token");
    let token = fixture.app.confirm_follow(&fixture.nobody(), &secret, "").await.unwrap();
    let again = fixture.app.confirm_follow(&fixture.nobody(), &secret, "").await;
    assert_eq!(reason(again), Reason::FollowTokenInvalid, "it works once");

    let follower = holder(&issue, &token);
    assert_eq!(fixture.app.list_notices(&follower, 0, "").await.unwrap(), (Vec::new(), String::new(), true));
    fixture.end(&issue).await;
    let told = fixture.letters().await;
    assert!(told.len() == 1 && told[0].contains(&format!("/stop?token={token}")), "{told:?}");
    assert!(!told[0].contains("Ada") && told[0].contains(&issue.reference), "no words of anybody: {told:?}");
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "once");
    for outcome in [
        fixture.app.dispute_resolution(&fixture.nobody(), &follower, "No.", None).await,
        fixture.app.confirm_resolution(&fixture.nobody(), &follower, "", None).await,
        fixture.app.withdraw_issue(&fixture.nobody(), &follower, "").await,
    ] {
        assert_eq!(reason(outcome), Reason::FollowTokenInvalid, "a follower has no say");
    }
    fixture.app.revoke_follow_link(&fixture.nobody(), &follower, false, "").await.unwrap();
    assert_eq!(fixture.held_on(EMAIL).await, 0, "nothing is held on whoever has left");
    assert_eq!(reason(fixture.app.list_notices(&follower, 0, "").await), Reason::FollowTokenInvalid);
}

#[tokio::test]
async fn a_link_that_is_renewed_goes_into_the_letters_to_come() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let follower = fixture.follow(&issue, EMAIL).await;
    let renewed = fixture.app.revoke_follow_link(&fixture.nobody(), &follower, true, "").await.unwrap();
    fixture.wish(&issue, EMAIL).await.unwrap();
    let reminded = fixture.letters().await;
    assert!(reminded[0].contains("already") && token_in(&reminded[0]) == renewed, "{reminded:?}");
    assert_eq!(fixture.held_on(EMAIL).await, 1, "one address follows an issue once");
}

#[tokio::test]
async fn an_address_that_nobody_confirms_is_forgotten_after_a_day() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.wish(&issue, EMAIL).await.unwrap();
    let first = token_in(&fixture.letters().await[0]);
    fixture.clock.advance(TimeDelta::hours(23));
    fixture.wish(&issue, EMAIL).await.unwrap();
    let second = token_in(&fixture.letters().await[0]);
    let outcome = fixture.app.confirm_follow(&fixture.nobody(), &holder(&issue, &first), "").await;
    assert_eq!(reason(outcome), Reason::FollowTokenInvalid, "the newest letter holds");
    fixture.end(&issue).await;
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "nobody is told who did not confirm");
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 0, "it was asked for again an hour ago");
    fixture.clock.advance(CONFIRMATION_LIFE);
    let outcome = fixture.app.confirm_follow(&fixture.nobody(), &holder(&issue, &second), "").await;
    assert_eq!(reason(outcome), Reason::FollowTokenInvalid, "too late");
    assert_eq!(fixture.held_on(EMAIL).await, 1);
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 1);
    assert_eq!(fixture.held_on(EMAIL).await, 0);
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_waits_and_goes_out_under_its_id() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.follow(&issue, EMAIL).await;
    fixture.end(&issue).await;
    fixture.post.lock().unwrap().refusal = Some(Reason::PeerUnavailable);
    assert_eq!(fixture.app.send_letters().await.unwrap(), 0);
    fixture.post.lock().unwrap().refusal = None;
    assert_eq!(fixture.app.send_letters().await.unwrap(), 0, "its turn has not come");
    fixture.clock.advance(TimeDelta::seconds(2));
    assert_eq!(fixture.app.send_letters().await.unwrap(), 1);
    let sent = fixture.post.lock().unwrap().sent.remove(0);
    let conn = fixture.app.host.reader();
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), "SELECT id FROM notice")).await;
    let ids: Vec<Uuid> = rows.unwrap().iter().map(|row| row.try_get("", "id").unwrap()).collect();
    assert!(ids.contains(&sent.0) && sent.1 == EMAIL, "under the id of a notice: {ids:?}");
}

#[tokio::test]
async fn who_had_too_many_letters_gets_news_later_and_no_confirmations() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.follow(&issue, EMAIL).await;
    fixture.end(&issue).await;
    fixture.wish(&issue, "other@example.org").await.unwrap();
    fixture.post.lock().unwrap().refusal = Some(Reason::TooManyAttempts);
    fixture.app.send_letters().await.unwrap();
    fixture.post.lock().unwrap().refusal = None;
    fixture.clock.advance(TimeDelta::seconds(2));
    let sent = fixture.letters().await;
    assert!(sent.len() == 1 && sent[0].contains("closed without action"), "{sent:?}");
}

#[tokio::test]
async fn an_issue_has_room_for_so_many_followers_and_none_when_it_is_held_back() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.follow(&issue, EMAIL).await;
    for email in [EMAIL, "other@example.org"] {
        let command = FollowByEmail { partnership_id: HERE, issue_id: issue.id, email: email.to_owned() };
        let outcome = fixture.app.follow_by_email(&fixture.nobody(), &command).await;
        assert_eq!(reason(outcome), Reason::TooManySupporters, "whoever asks: {email}");
    }
    let held = ReportIssue { description: "There is a fire, call 999.".to_owned(), ..report() };
    let held = fixture.report(&fixture.nobody(), held).await.view.issue;
    assert_eq!(reason(fixture.wish(&held, EMAIL).await), Reason::NotFound);
}

#[tokio::test]
async fn followers_are_shown_to_nobody_sealed_anew_and_erased_like_others() {
    let fixture = Fixture::new().await;
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let follower = fixture.follow(&issue, EMAIL).await;
    let read = Following { follow_token: String::new(), ..follower.clone() };
    let seen = fixture.app.get_issue(&fixture.manager(), &read).await.unwrap();
    assert!(seen.reporters.iter().all(|person| person.part != Part::Follower), "{:?}", seen.reporters);
    let keys = [Sealer::new_key(&Ids::seeded(2)), Sealer::new_key(&Ids::seeded(1))].join(",");
    let app = App { sealer: Sealer::read("--contact-keys", &keys).unwrap(), ..fixture.app.clone() };
    assert_eq!(app.seal_contacts().await.unwrap(), 1);
    fixture.end(&issue).await;
    app.send_letters().await.unwrap();
    let told = fixture.post.lock().unwrap().sent.remove(0).2;
    assert_eq!(token_in(&told), follower.follow_token, "the link survives a change of keys");
    let call = fixture.call(Some(Role::AccountableBody));
    let erasure = app.erase_subject(&call, HERE, EMAIL, "She asked.").await.unwrap();
    assert_eq!(erasure.contact_count, 1);
    assert_eq!(fixture.held_on(EMAIL).await, 0);
}

#[tokio::test]
async fn whoever_leaves_an_address_with_a_report_is_asked_once_and_then_told() {
    let fixture = Fixture::new().await;
    let followed = fixture.reported_by_fay().await;
    let issue = &followed.view.issue;
    let asked = fixture.letters_to(EMAIL).await;
    assert!(asked.len() == 1 && asks(&asked[0]) && asked[0].contains(&issue.reference), "{asked:?}");
    assert!(!asked[0].contains(&followed.follow_token), "the link of a report goes to no address: {asked:?}");
    let own = fixture.confirm(issue, &asked[0]).await;
    fixture.end(issue).await;
    let told = fixture.letters().await;
    assert!(told.len() == 1 && token_in(&told[0]) == own.follow_token, "one, though she stands in two rows: {told:?}");
    for holder in [&own, &following(&followed)] {
        assert_eq!(fixture.app.list_notices(holder, 0, "").await.unwrap().0.len(), 1, "the page tells each");
    }
    let nobodys = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let anonymous = Person { visibility: Some(Visibility::Anonymous), ..fay() };
    fixture.report(&fixture.nobody(), ReportIssue { reporter: anonymous, ..report() }).await;
    let by_phone = Contact { phone: "123".to_owned(), ..Contact::default() };
    let by_phone = Person { contact: by_phone, visibility: None };
    fixture.app.support_issue(&fixture.nobody(), &support_of(nobodys.id, by_phone)).await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "nobody is asked who left no address");
}

#[tokio::test]
async fn an_address_that_somebody_else_left_gets_no_second_letter_and_is_forgotten() {
    let fixture = Fixture::new().await;
    let issue = fixture.reported_by_fay().await.view.issue;
    assert_eq!(fixture.letters().await.len(), 1);
    fixture.end(&issue).await;
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "it did not confirm");
    assert_eq!(fixture.held_on(EMAIL).await, 2, "the report, and the wish");
    fixture.clock.advance(CONFIRMATION_LIFE);
    assert_eq!(fixture.app.forget_unconfirmed().await.unwrap(), 1);
    assert_eq!(fixture.held_on(EMAIL).await, 1, "the report stays");
}

#[tokio::test]
async fn whoever_leaves_an_address_with_a_support_is_asked_unless_they_follow() {
    let fixture = Fixture::new().await;
    let app = fixture.roomy();
    let issue = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let support = support_of(issue.id, fay());
    let supporter = following(&app.support_issue(&fixture.nobody(), &support).await.unwrap());
    let first = fixture.letters_to(EMAIL).await;
    assert!(first.len() == 1 && asks(&first[0]), "{first:?}");
    app.support_issue(&fixture.nobody(), &support).await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "who was asked is not asked again: the first link holds");
    let own = fixture.confirm(&issue, &first[0]).await;
    app.support_issue(&fixture.nobody(), &support).await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "who follows is neither asked nor reminded");
    fixture.end(&issue).await;
    let told = fixture.letters().await;
    assert!(told.len() == 1 && token_in(&told[0]) == own.follow_token, "one, though she stands in four rows: {told:?}");
    fixture.app.list_notices(&supporter, 0, "").await.unwrap();
}

#[tokio::test]
async fn no_report_is_refused_for_want_of_a_letter() {
    let fixture = Fixture::new().await;
    let held = ReportIssue { description: "There is a fire, call 999.".to_owned(), reporter: fay(), ..report() };
    fixture.report(&fixture.nobody(), held).await;
    let full = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.follow(&full, "other@example.org").await;
    fixture.app.support_issue(&fixture.nobody(), &support_of(full.id, fay())).await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "of what is held back, and where there is no room");
    assert_eq!(fixture.held_on(EMAIL).await, 2, "the report and the support alone");
}

#[tokio::test]
async fn who_follows_an_issue_and_its_repeat_has_each_piece_of_news_once() {
    let fixture = Fixture::new().await;
    let original = fixture.reported_by_fay().await.view.issue;
    let own = fixture.confirm(&original, &fixture.letters_to(EMAIL).await[0]).await;
    let repeat = fixture.reported_by_fay().await.view.issue;
    fixture.confirm(&repeat, &fixture.letters_to(EMAIL).await[0]).await;
    let marking = fixture.call_to("IssueService/MarkIssueDuplicate", Some(Role::Manager));
    fixture.app.mark_issue_duplicate(&marking, &target(&repeat), original.id, "").await.unwrap();
    fixture.letters().await;
    fixture.end(&original).await;
    let told = fixture.letters().await;
    assert!(told.len() == 1 && token_in(&told[0]) == own.follow_token, "by the link of the issue itself: {told:?}");
}

#[tokio::test]
async fn who_leaves_takes_the_address_along_that_was_asked() {
    let fixture = Fixture::new().await;
    let nobody = fixture.nobody();
    let reported = fixture.reported_by_fay().await;
    fixture.app.anonymise_issue(&nobody, &following(&reported), "").await.unwrap();
    assert_eq!(fixture.letters().await, Vec::<String>::new(), "what waited goes to nobody");
    let issue = fixture.report(&nobody, report()).await.view.issue;
    let supported = fixture.app.support_issue(&nobody, &support_of(issue.id, fay())).await.unwrap();
    fixture.app.anonymise_issue(&nobody, &following(&supported), "").await.unwrap();
    assert_eq!((fixture.held_on(EMAIL).await, fixture.letters().await), (0, Vec::new()));
    let reported = fixture.reported_by_fay().await;
    fixture.confirm(&reported.view.issue, &fixture.letters_to(EMAIL).await[0]).await;
    let call = fixture.call(Some(Role::AccountableBody));
    let erasure = fixture.app.erase_subject(&call, HERE, EMAIL, "She asked.").await.unwrap();
    assert_eq!((erasure.contact_count, fixture.held_on(EMAIL).await), (2, 0));
}
