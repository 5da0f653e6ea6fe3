//! What residents are asked: questions that wait for an answer, and how satisfied they are with a closing.

use chrono::TimeDelta;

use super::*;
use crate::app::inquiries::{AnswerQuestion, Answered, AskReporter};
use crate::domain::Inquiry;
use crate::domain::counts::{Grouping, Shared};
use crate::domain::geography::Point;
use crate::domain::inquiry::{ANSWERED, ASKED, LAPSED};
use crate::domain::opinion::{self, Said, Satisfaction};

const ADA: &str = "ada@example.org";
const ANSWER: &str = "The left side, by number 7";
const COMMENT: &str = "My neighbours at 7 are glad";
/// Wherever an answer or a comment could stand.
const EVERYTHING: &str = "SELECT question_text || answer FROM reporter_question \
    UNION ALL SELECT comment FROM closing_opinion \
    UNION ALL SELECT note || private_note FROM issue_history UNION ALL SELECT text FROM notice \
    UNION ALL SELECT answer FROM request_record";

impl Fixture {
    /// An issue on which the council works, with the token of whoever reported it.
    async fn worked_on(&self, reporter: Person) -> Followed {
        let location = self.routed_to(COUNCIL).await.location;
        let followed = self.report(&self.nobody(), ReportIssue { location, reporter, ..report() }).await;
        let issue = target(&followed.view.issue);
        self.app.accept_issue(&self.call_to("AcceptIssue", Some(Role::Manager)), &issue, "").await.unwrap();
        self.app.start_issue_work(&self.call_to("StartIssueWork", Some(Role::Manager)), &issue, "").await.unwrap();
        followed
    }

    async fn ask(&self, issue: &Issue) -> Result<IssueView, Error> {
        let command = AskReporter {
            target: target(issue),
            text: "Which side, Ada Archer?".to_owned(),
            pause_reason: String::new(),
        };
        self.app.ask_reporter(&self.call_to("AskReporter", Some(Role::Manager)), &command).await
    }

    async fn answer(&self, call: &Call, following: &Following, number: i32) -> Result<Answered, Error> {
        let command = AnswerQuestion { following: following.clone(), number, text: ANSWER.to_owned() };
        self.app.answer_question(call, &command).await
    }

    /// The questions about an issue, as a reader sees them.
    async fn questions(&self, call: &Call, following: &Following) -> Vec<Inquiry> {
        self.app.get_issue(call, following).await.unwrap().questions
    }

    async fn resolved(&self, issue: &Issue) {
        let fix = change::Fix { reason: "Done.".to_owned(), evidence: Vec::new(), time: None };
        let resolving = self.call_to("ResolveIssue", Some(Role::Manager));
        self.app.resolve_issue(&resolving, &target(issue), &fix).await.unwrap();
    }

    /// An issue whose reporter answered a question, and said something of its closing.
    async fn confided(&self, reporter: Person) -> Followed {
        let followed = self.worked_on(reporter).await;
        let (issue, mine, nobody) = (&followed.view.issue, following(&followed), self.nobody());
        self.ask(issue).await.unwrap();
        self.answer(&nobody, &mine, 1).await.unwrap();
        self.resolved(issue).await;
        let said = said(Satisfaction::Satisfied, COMMENT);
        self.app.confirm_resolution(&nobody, &mine, "", Some(&said)).await.unwrap();
        followed
    }

    /// The kinds of the steps in an issue's history.
    async fn steps_of(&self, issue: &Issue) -> Vec<String> {
        let (entries, _) = self.app.list_issue_history(&self.manager(), HERE, issue.id, 50, "").await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// The first column of what a statement finds, in one text.
    async fn stored(&self, sql: &str) -> String {
        let conn = self.app.host.reader();
        let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
    }
}

fn without_token(following: &Following) -> Following {
    Following { follow_token: String::new(), ..following.clone() }
}

fn said(satisfaction: Satisfaction, comment: &str) -> Said {
    Said { satisfaction, comment: comment.to_owned() }
}

#[tokio::test]
async fn a_question_waits_is_told_and_is_answered_for_few() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(Person::default()).await;
    let (issue, mine) = (&followed.view.issue, following(&followed));
    let asked = fixture.ask(issue).await.unwrap();
    assert_eq!(asked.issue.state, IssueState::OnHold);
    assert!(asked.questions[0].clock_paused && asked.issue.clock.is_paused(), "the standard lists it");
    let told = fixture.app.list_notices(&mine, 0, "").await.unwrap().0;
    assert!(told[0].kind == ASKED && told[0].text.contains("Which side"), "{told:?}");
    let waiting = fixture.app.get_issue(&fixture.nobody(), &mine).await.unwrap();
    assert!(waiting.may_answer && waiting.questions.len() == 1, "whoever has the link sees it and may answer");
    let again = fixture.ask(issue).await;
    assert_eq!(reason(again), Reason::StateForbids, "one at a time");

    fixture.clock.advance(TimeDelta::days(1));
    let answered = fixture.answer(&fixture.nobody(), &mine, 1).await.unwrap();
    assert_eq!((answered.view.issue.state, answered.advice.as_str()), (IssueState::InProgress, ""));
    assert!(!answered.view.issue.clock.is_paused());
    assert!(
        answered.view.questions.iter().all(|inquiry| inquiry.answer.is_empty()),
        "what is kept for repeats holds no answer"
    );
    let answer_for =
        async |call: Call, following: &Following| fixture.questions(&call, following).await[0].answer.clone();
    let public = without_token(&mine);
    assert_eq!(answer_for(fixture.nobody(), &mine).await, ANSWER, "their own");
    assert_eq!(answer_for(fixture.manager(), &public).await, ANSWER);
    assert_eq!(answer_for(fixture.nobody(), &public).await, "", "it is not public");
    assert_eq!(answer_for(fixture.call(Some(Role::BoardMember)), &public).await, "");
    let (entries, _) = fixture.app.list_issue_history(&fixture.nobody(), HERE, issue.id, 50, "").await.unwrap();
    assert!(entries.iter().all(|entry| !entry.note.contains(ANSWER) && entry.private_note.is_empty()), "{entries:?}");
    let twice = fixture.answer(&fixture.nobody(), &mine, 1).await;
    assert_eq!(reason(twice), Reason::StateForbids);
}

#[tokio::test]
async fn nobody_else_answers_but_staff_for_whoever_reported_it() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(Person::default()).await;
    let (issue, mine) = (&followed.view.issue, following(&followed));
    let support = support_of(issue.id, Person::default());
    let supporter = following(&fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap());
    assert_eq!(reason(fixture.answer(&fixture.nobody(), &mine, 1).await), Reason::NotFound, "nothing was asked");
    fixture.ask(issue).await.unwrap();
    let public = without_token(&mine);
    let wrong = Following { follow_token: "guessed".to_owned(), ..mine.clone() };
    for following in [&public, &supporter, &wrong] {
        assert_eq!(reason(fixture.answer(&fixture.nobody(), following, 1).await), Reason::FollowTokenInvalid);
    }
    assert_eq!(reason(fixture.answer(&fixture.resident(), &public, 1).await), Reason::RoleMissing);
    let board = fixture.call(Some(Role::BoardMember));
    assert_eq!(reason(fixture.answer(&board, &public, 1).await), Reason::RoleMissing);
    assert_eq!(reason(fixture.answer(&fixture.nobody(), &mine, 2).await), Reason::NotFound);
    let elsewhere = Following { partnership_id: ARCHIVED, ..mine.clone() };
    assert_eq!(reason(fixture.answer(&fixture.nobody(), &elsewhere, 1).await), Reason::NotFound);
    fixture.answer(&fixture.manager(), &public, 1).await.unwrap();
    assert_eq!(fixture.steps_of(issue).await.last().map(String::as_str), Some(ANSWERED));
    assert_eq!(fixture.questions(&fixture.nobody(), &mine).await[0].answer, ANSWER, "said in their name");
}

#[tokio::test]
async fn nobody_is_asked_who_has_no_link() {
    let fixture = Fixture::new().await;
    let issue = fixture.worked_on(Person::default()).await.view.issue;
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    unit.tx().execute_unprepared("DELETE FROM reporter").await.unwrap();
    unit.commit(()).await.unwrap();
    let refused = fixture.ask(&issue).await.unwrap_err();
    assert!(refused.to_string().starts_with("Nobody can be asked"), "{refused}");
    assert_eq!(fixture.read(&issue).await.state, IssueState::InProgress, "nothing was changed");
}

#[tokio::test]
async fn words_of_danger_are_answered_with_what_to_do() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(Person::default()).await;
    fixture.ask(&followed.view.issue).await.unwrap();
    let text = "Somebody has a gun there".to_owned();
    let command = AnswerQuestion { following: following(&followed), number: 1, text };
    let answered = fixture.app.answer_question(&fixture.nobody(), &command).await.unwrap();
    assert!(answered.advice.contains("999"), "{}", answered.advice);
    assert!(answered.view.issue.is_public(), "nothing of it was published, so nothing is held back");
}

#[tokio::test]
async fn a_question_that_nobody_answers_lapses_once_with_history_and_event() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(Person::default()).await;
    let issue = &followed.view.issue;
    let due = fixture.ask(issue).await.unwrap().questions[0].due_time;
    fixture.clock.set(due);
    assert_eq!(fixture.app.lapse_questions().await.unwrap(), 0, "a second is left");
    let told = fixture.told_kinds().await.len();
    fixture.clock.set(due + TimeDelta::seconds(1));
    assert_eq!(fixture.app.lapse_questions().await.unwrap(), 1);
    let lapsed = fixture.read(issue).await;
    assert_eq!((lapsed.state, lapsed.open_question.clone()), (IssueState::InProgress, None));
    assert!(!lapsed.clock.is_paused(), "the clock goes on");
    assert_eq!(fixture.steps_of(issue).await.iter().filter(|kind| *kind == LAPSED).count(), 1);
    let events = fixture.told_kinds().await.split_off(told);
    assert!(events.starts_with(&["issue.state_changed".to_owned(), "issue.clock_changed".to_owned()]), "{events:?}");
    assert_eq!(fixture.app.lapse_questions().await.unwrap(), 0, "once");
    assert_eq!(fixture.told_kinds().await.len(), told + events.len());
    fixture.answer(&fixture.nobody(), &following(&followed), 1).await.unwrap();
    assert_eq!(fixture.read(issue).await.state, IssueState::InProgress, "a late answer moves nothing");
}

#[tokio::test]
async fn an_issue_that_was_not_answered_for_waits_and_does_not_go_back_meanwhile() {
    let fixture = Fixture::new().await;
    let location = fixture.routed_to(COUNCIL).await.location;
    let followed = fixture.report(&fixture.nobody(), ReportIssue { location, ..report() }).await;
    let issue = &followed.view.issue;
    fixture.clock.set(issue.answer_due_time.unwrap());
    let asked = fixture.ask(issue).await.unwrap();
    assert_eq!((asked.issue.state, asked.issue.clock.is_paused()), (IssueState::Routed, true));
    fixture.clock.advance(TimeDelta::hours(1));
    fixture.app.lapse_unanswered().await.unwrap();
    assert_eq!(fixture.read(issue).await.state, IssueState::Routed, "its provider waits for an answer");
    fixture.answer(&fixture.nobody(), &following(&followed), 1).await.unwrap();
    fixture.clock.advance(TimeDelta::days(4));
    fixture.app.lapse_unanswered().await.unwrap();
    assert_eq!(fixture.read(issue).await.state, IssueState::NotResponsible);
}

#[tokio::test]
async fn letters_tell_of_a_question_and_lead_to_the_answer_at_the_address_of_the_report() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(person(Visibility::Confidential)).await;
    let issue = &followed.view.issue;
    let own = fixture.follow(issue, ADA).await;
    fixture.ask(issue).await.unwrap();
    let letters = fixture.letters().await;
    assert!(letters.len() == 1 && letters[0].contains("there is a question"), "{letters:?}");
    assert!(letters[0].contains(&own.follow_token) && !letters[0].contains("Which side"), "{letters:?}");
    let seen = fixture.app.get_issue(&fixture.nobody(), &own).await.unwrap();
    assert!(seen.may_answer, "whoever has the address that was left is whoever left it");
    fixture.answer(&fixture.nobody(), &own, 1).await.unwrap();

    let other = fixture.worked_on(Person::default()).await.view.issue;
    let stranger = fixture.follow(&other, ADA).await;
    fixture.ask(&other).await.unwrap();
    let refused = fixture.answer(&fixture.nobody(), &stranger, 1).await;
    assert_eq!(reason(refused), Reason::FollowTokenInvalid, "who follows what somebody else reported");
}

#[tokio::test]
async fn satisfaction_is_said_of_each_closing_changed_once_and_never_in_the_way_of_a_dispute() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(Person::default()).await;
    let (issue, mine, nobody) = (&followed.view.issue, following(&followed), fixture.nobody());
    fixture.resolved(issue).await;
    let confirm = async |said: Said| fixture.app.confirm_resolution(&nobody, &mine, "", Some(&said)).await;
    let first = confirm(said(Satisfaction::Neither, "Slow")).await.unwrap();
    assert_eq!((first.issue.state, first.opinions.len()), (IssueState::Closed, 0), "answers to writes hold no words");
    confirm(said(Satisfaction::Satisfied, "Good")).await.unwrap();
    assert_eq!(reason(confirm(said(Satisfaction::Neither, "")).await), Reason::StateForbids, "changed once");
    let again = said(Satisfaction::Dissatisfied, "It came back");
    fixture.app.dispute_resolution(&nobody, &mine, "Not so", Some(&again)).await.unwrap();
    for (call, rpc) in [("AcceptIssue", 0), ("StartIssueWork", 1)] {
        let call = fixture.call_to(call, Some(Role::Manager));
        let done = match rpc {
            0 => fixture.app.accept_issue(&call, &target(issue), "").await,
            _ => fixture.app.start_issue_work(&call, &target(issue), "").await,
        };
        done.unwrap();
    }
    fixture.resolved(issue).await;
    confirm(said(Satisfaction::VerySatisfied, "")).await.unwrap();
    let seen = async |call: &Call, following: &Following| {
        let opinions = fixture.app.get_issue(call, following).await.unwrap().opinions;
        opinions.into_iter().map(|opinion| (opinion.closing, opinion.satisfaction, opinion.comment)).collect::<Vec<_>>()
    };
    let disputed = (1, Satisfaction::Dissatisfied, "It came back".to_owned());
    let all = vec![disputed, (2, Satisfaction::VerySatisfied, String::new())];
    assert_eq!(seen(&fixture.manager(), &without_token(&mine)).await, all);
    assert_eq!(seen(&nobody, &mine).await, all, "their own");
    assert!(seen(&nobody, &without_token(&mine)).await.is_empty(), "not public");
}

#[tokio::test]
async fn what_was_confirmed_is_told_once_however_often_it_is_said() {
    let fixture = Fixture::new().await;
    let mine = following(&fixture.confided(Person::default()).await);
    let nobody = fixture.nobody();
    let told = async || fixture.app.list_notices(&mine, 0, "").await.unwrap().0.len();
    let before = (fixture.app.get_issue(&nobody, &mine).await.unwrap().issue, told().await);
    let same = said(Satisfaction::Satisfied, COMMENT);
    for said in [None, Some(&same)] {
        fixture.app.confirm_resolution(&nobody, &mine, "", said).await.unwrap();
        assert_eq!((fixture.app.get_issue(&nobody, &mine).await.unwrap().issue, told().await), before);
    }
    let other = said(Satisfaction::VerySatisfied, "");
    let changed = fixture.app.confirm_resolution(&nobody, &mine, "", Some(&other)).await.unwrap().issue;
    assert_eq!((changed.satisfaction, changed.version), (Some(Satisfaction::VerySatisfied), before.0.version + 1));
    assert_eq!(told().await, before.1, "it is no news");
    assert_eq!(fixture.steps_of(&changed).await.last().map(String::as_str), Some(opinion::SAID));
}

#[tokio::test]
async fn whoever_answers_for_their_home_is_shown_where_it_is() {
    let fixture = Fixture::new().await;
    let point = Some(Point::new(51.5003, -0.1002).unwrap());
    let location = Location { point, domestic: true, ..fixture.routed_to(COUNCIL).await.location };
    let followed = fixture.report(&fixture.nobody(), ReportIssue { location, ..report() }).await;
    fixture.ask(&followed.view.issue).await.unwrap();
    let answered = fixture.answer(&fixture.nobody(), &following(&followed), 1).await.unwrap();
    assert_eq!((answered.view.issue.location.domestic, answered.view.issue.location.point), (true, point));
}

#[tokio::test]
async fn satisfaction_is_counted_for_those_inside() {
    let fixture = Fixture::new().await;
    for satisfaction in [Satisfaction::Satisfied, Satisfaction::Satisfied, Satisfaction::VeryDissatisfied] {
        let followed = fixture.worked_on(Person::default()).await;
        fixture.resolved(&followed.view.issue).await;
        let said = said(satisfaction, "");
        fixture.app.confirm_resolution(&fixture.nobody(), &following(&followed), "", Some(&said)).await.unwrap();
    }
    let wish = |filter: &str, groupings: Vec<Grouping>| {
        let sought = Sought { filter: filter.to_owned(), ..all_of(HERE).sought };
        CountIssues { sought, groupings }
    };
    let by_provider = wish("", vec![Grouping::Provider, Grouping::Satisfaction]);
    let told = fixture.app.count_issues(&fixture.manager(), &by_provider).await.unwrap();
    let of = |satisfaction| vec![Shared::Provider(Some(COUNCIL)), Shared::Satisfaction(satisfaction)];
    let count = |shared: Vec<Shared>| told.counts.iter().find(|count| count.shared == shared).map(|count| count.count);
    assert_eq!(count(of(Some(Satisfaction::Satisfied))), Some(2));
    assert_eq!(count(of(Some(Satisfaction::VeryDissatisfied))), Some(1));
    assert_eq!(count(of(None)), Some(3), "those that were merely sent there");
    let some = wish("hazard = false", vec![Grouping::Satisfaction]);
    fixture.app.count_issues(&fixture.manager(), &some).await.unwrap();
    for wish in [by_provider, some] {
        let refused = fixture.app.count_issues(&fixture.nobody(), &wish).await;
        assert_eq!(reason(refused), Reason::TokenRequired, "who said what could be told from it");
        assert_eq!(reason(fixture.app.count_issues(&fixture.resident(), &wish).await), Reason::RoleMissing);
    }
}

#[tokio::test]
async fn answers_and_comments_are_handed_out_and_go_with_the_person() {
    let fixture = Fixture::new().await;
    let followed = fixture.confided(person(Visibility::Confidential)).await;
    let mine = following(&followed);
    let accountable = fixture.call(Some(Role::AccountableBody));
    let export = fixture.app.export_subject(&accountable, HERE, ADA, 0, "").await.unwrap();
    for words in [ANSWER, "Which side", COMMENT] {
        assert!(export.document.contains(words), "{words} in {}", export.document);
    }
    fixture.app.erase_subject(&accountable, HERE, ADA, "She asked.").await.unwrap();
    let left = fixture.stored(EVERYTHING).await;
    for words in [ANSWER, COMMENT, "Ada Archer"] {
        assert!(!left.contains(words), "{words} in {left}");
    }
    assert!(left.contains("Which side, a resident?"), "the question stays: {left}");
    let seen = fixture.app.get_issue(&fixture.manager(), &without_token(&mine)).await.unwrap();
    assert_eq!(seen.opinions[0].satisfaction, Satisfaction::Satisfied, "a number is nobody's");
    assert!(seen.questions[0].answer_time.is_some(), "that it was answered stays");
}

#[tokio::test]
async fn who_left_no_address_is_taken_off_with_what_they_confided() {
    let fixture = Fixture::new().await;
    let mine = following(&fixture.confided(Person::default()).await);
    for _ in 0..2 {
        fixture.app.anonymise_issue(&fixture.nobody(), &mine, "").await.unwrap();
        let left = fixture.stored(EVERYTHING).await;
        assert!(!left.contains(ANSWER) && !left.contains(COMMENT), "{left}");
    }
    let register = fixture.app.list_erasures(HERE, 0, "").await.unwrap().0;
    let counts: Vec<_> = register.iter().map(|erasure| (erasure.contact_count, erasure.issue_count)).collect();
    assert_eq!(counts, [(0, 1)], "the second time, nothing was held");
}

#[tokio::test]
async fn whoever_reported_it_and_follows_it_leaves_as_one() {
    let fixture = Fixture::new().await;
    let followed = fixture.worked_on(person(Visibility::Confidential)).await;
    let issue = &followed.view.issue;
    let own = fixture.follow(issue, ADA).await;
    let other = fixture.follow(issue, "bob@example.org").await;
    fixture.app.anonymise_issue(&fixture.nobody(), &following(&followed), "").await.unwrap();
    assert_eq!(reason(fixture.app.list_notices(&own, 0, "").await), Reason::FollowTokenInvalid);
    fixture.app.list_notices(&other, 0, "").await.unwrap();
    let register = fixture.app.list_erasures(HERE, 0, "").await.unwrap().0;
    assert_eq!(register[0].contact_count, 2);
}

#[tokio::test]
async fn a_supporter_under_the_address_of_another_takes_nobody_along() {
    let fixture = Fixture::new().await;
    let issue = fixture.worked_on(Person::default()).await.view.issue;
    let own = fixture.follow(&issue, ADA).await;
    let supporter = person(Visibility::Confidential);
    let support = support_of(issue.id, supporter);
    let supporter = following(&fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap());
    fixture.app.anonymise_issue(&fixture.nobody(), &supporter, "").await.unwrap();
    fixture.app.list_notices(&own, 0, "").await.unwrap();
}

#[tokio::test]
async fn what_was_confided_goes_by_age_whoever_said_it() {
    let fixture = Fixture::new().await;
    let issue = fixture.confided(Person::default()).await.view.issue;
    fixture.clock.set(start() + TimeDelta::days(365) - TimeDelta::seconds(1));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0, "a second is left");
    fixture.clock.set(start() + TimeDelta::days(365));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 2, "the answer and the comment");
    let left = fixture.stored(EVERYTHING).await;
    assert!(!left.contains(ANSWER) && !left.contains(COMMENT), "{left}");
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 0);
    assert_eq!(fixture.read(&issue).await.satisfaction, Some(Satisfaction::Satisfied), "a number stays");
}
