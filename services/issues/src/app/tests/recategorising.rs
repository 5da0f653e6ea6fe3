//! Moving issues to another category: who may, what is kept of what stood there, where it goes, and who hears of it.

use chrono::TimeDelta;

use super::edits::SECRET;
use super::forwarding::lost;
use super::*;
use crate::app::recategorise::RecategoriseIssue;
use crate::domain::forwarding::{Heard, SendState};
use crate::domain::question::{Given, Question, QuestionType};
use crate::domain::recategorising::RECATEGORISED;

fn question(code: &str, required: bool, confidential: bool) -> Question {
    Question {
        code: code.to_owned(),
        label: format!("{code}?"),
        hint: String::new(),
        form: QuestionType::Text,
        required,
        choices: Vec::new(),
        asked_when: None,
        confidential,
    }
}

fn given(code: &str, value: &str) -> Given {
    Given { question_code: code.to_owned(), values: vec![value.to_owned()] }
}

impl Fixture {
    fn recategorising(&self) -> Call {
        self.call_to("IssueService/RecategoriseIssue", Some(Role::Manager))
    }

    /// What was reported of graffiti in a lane, and went to the council; lamps there are somebody else's.
    async fn in_a_lane(&self, report: ReportIssue) -> Followed {
        self.in_a_lane_with("lamps", SILENT, report).await
    }

    /// The same, where drains are the provider's.
    async fn in_a_lane_with_drains(&self, provider_id: ProviderId) -> Issue {
        self.in_a_lane_with(DRAINS, provider_id, report()).await.view.issue
    }

    async fn in_a_lane_with(&self, code: &str, provider_id: ProviderId, report: ReportIssue) -> Followed {
        self.route_land(LANDS, Some("graffiti"), COUNCIL).await;
        self.offer(code, Some(provider_id), CategoryChange::default()).await;
        let location = Location { land_type: LANDS.to_owned(), ..report.location.clone() };
        self.report(&self.nobody(), ReportIssue { location, ..report }).await
    }

    async fn recategorise(&self, issue: &Issue, code: &str, answers: Vec<Given>) -> Result<IssueView, Error> {
        self.app.recategorise_issue(&self.recategorising(), &to(issue, code, answers)).await
    }

    /// Keeps an answer for a repeat, as is done for a call with a request id.
    pub(super) async fn keep_for_repeat(&self, view: &IssueView) {
        let Begun::Fresh(unit) = self.app.host.begin::<()>(&self.manager()).await.unwrap() else { unreachable!() };
        let sql = "INSERT INTO request_record (caller_id, request_id, method, digest, answer, record_time) \
            VALUES ($1, $2, $3, $4, $5, $6)";
        let answer = serde_json::to_string(view).unwrap();
        let id = Uuid::from_u128(1);
        let values = ["ada".into(), id.into(), "test".into(), "test".into(), answer.into(), start().into()];
        let backend = unit.tx().get_database_backend();
        unit.tx().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
        unit.commit(()).await.unwrap();
    }

    /// What a reader finds in an issue's history, oldest first.
    async fn history(&self, call: &Call, issue: &Issue) -> Vec<crate::domain::history::Entry> {
        self.app.list_issue_history(call, HERE, issue.id, 50, "").await.unwrap().0
    }
}

fn to(issue: &Issue, code: &str, answers: Vec<Given>) -> RecategoriseIssue {
    let reason = "It is not paint.".to_owned();
    RecategoriseIssue { target: target(issue), category_code: code.to_owned(), answers, reason }
}

#[tokio::test]
async fn it_goes_on_as_if_it_had_been_reported_so_and_everybody_is_told() {
    let fixture = Fixture::new().await;
    let reported = ReportIssue { reporter: person(Visibility::Named), ..report() };
    let followed = fixture.in_a_lane(reported).await;
    let issue = &followed.view.issue;
    assert_eq!((issue.state, issue.provider_id), (IssueState::Routed, Some(COUNCIL)));
    fixture.clock.set(start() + TimeDelta::hours(1));
    let moved = fixture.recategorise(issue, "lamps", Vec::new()).await.unwrap().issue;
    assert_eq!((moved.state, moved.provider_id), (IssueState::Routed, Some(SILENT)));
    assert_eq!((moved.category_code.as_str(), moved.category_name.as_str()), ("lamps", "LAMPS"));
    assert_eq!(moved.clock.start_time(), Some(start()));
    assert!(moved.answer_due_time.is_some(), "it is to say yes or no");

    let entries = fixture.history(&fixture.nobody(), issue).await;
    let (kind, note) = (&entries[3].kind, &entries[3].note);
    assert_eq!((kind.as_str(), note.as_str()), (RECATEGORISED, "Moved from Graffiti to LAMPS: It is not paint."));
    assert_eq!(entries[4].kind, "issue.routed");
    let told = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap().0;
    assert_eq!((told.len(), told[0].kind.as_str()), (1, RECATEGORISED));
    assert_eq!(fixture.told_kinds().await, ["issue.reported", "issue.state_changed"], "the pledge is the same");

    let filter = |code: &str| {
        let all = all_of(HERE);
        ListIssues { sought: Sought { filter: format!("category_code = \"{code}\""), ..all.sought }, ..all }
    };
    let found = async |code: &str| fixture.app.list_issues(&fixture.nobody(), &filter(code)).await.unwrap().0.len();
    assert_eq!((found("graffiti").await, found("lamps").await), (0, 1));
}

#[tokio::test]
async fn a_provider_that_is_inactive_gets_nothing_and_nobody_is_answerable() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane(report()).await.view.issue;
    let Begun::Fresh(mut unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else {
        unreachable!()
    };
    let closed_down = KnownProvider { active: false, ..provider(SILENT) };
    fixture.app.learn(&mut unit, &feeds::News::Provider(closed_down)).await.unwrap();
    unit.commit(()).await.unwrap();
    let moved = fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap().issue;
    assert_eq!((moved.state, moved.provider_id, moved.answer_due_time), (IssueState::Triaged, None, None));
}

#[tokio::test]
async fn only_who_triages_moves_it_and_what_is_wrong_is_said() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane(report()).await.view.issue;
    let asks = CategoryChange {
        questions: Some(vec![question("depth", true, false), question("whose", false, true)]),
        ..CategoryChange::default()
    };
    fixture.offer("holes", None, asks).await;
    let gone = CategoryChange { retired: Some(true), ..CategoryChange::default() };
    fixture.offer("horses", None, gone).await;
    for role in [Role::ProviderOfficer, Role::ProviderSignatory, Role::System, Role::StreetRep, Role::AccountableBody] {
        let call = fixture.call_to("IssueService/RecategoriseIssue", Some(role));
        let refused = fixture.app.recategorise_issue(&call, &to(&issue, "lamps", Vec::new())).await;
        assert_eq!(reason(refused), Reason::RoleMissing, "{role:?}");
    }
    for (code, answers, why) in [
        ("nothing", vec![], Reason::NotFound),
        ("horses", vec![], Reason::CategoryRetired),
        ("graffiti", vec![], Reason::InvalidRequest),
        ("holes", vec![], Reason::InvalidRequest),
        ("holes", vec![given("depth", "A foot"), given("colour", "Red")], Reason::InvalidRequest),
    ] {
        assert_eq!(reason(fixture.recategorise(&issue, code, answers).await), why, "{code}");
    }
    let held = RecategoriseIssue { reason: "He has dementia.".to_owned(), ..to(&issue, "lamps", Vec::new()) };
    let refused = fixture.app.recategorise_issue(&fixture.recategorising(), &held).await;
    assert_eq!(reason(refused), Reason::InvalidRequest);
    let mut stale = to(&issue, "lamps", Vec::new());
    "stale".clone_into(&mut stale.target.etag);
    assert_eq!(reason(fixture.app.recategorise_issue(&fixture.recategorising(), &stale).await), Reason::EtagMismatch);
    assert_eq!(fixture.read(&issue).await, issue, "nothing was changed");

    let answers = vec![given("depth", "A foot"), given("whose", "The school's")];
    let moved = fixture.recategorise(&issue, "holes", answers).await.unwrap().issue;
    assert_eq!(moved.answers.iter().map(|answer| answer.confidential).collect::<Vec<_>>(), [false, true]);
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    fixture.app.close_issue_without_action(&closing, &target(&issue), "It is gone.").await.unwrap();
    assert_eq!(reason(fixture.recategorise(&issue, "lamps", Vec::new()).await), Reason::StateForbids);
}

#[tokio::test]
async fn what_stood_there_is_read_by_few_and_goes_with_the_reporter_and_by_age() {
    let fixture = Fixture::new().await;
    let asks = CategoryChange {
        questions: Some(vec![question("what", false, false), question("who", false, true)]),
        ..CategoryChange::default()
    };
    fixture.offer("paint", None, asks).await;
    fixture.offer("lamps", None, CategoryChange::default()).await;
    let answered = |reporter| ReportIssue {
        category_code: "paint".to_owned(),
        answers: vec![given("what", "A zebra"), given("who", "The zebra of number 12")],
        reporter,
        ..report()
    };
    let followed = fixture.report(&fixture.nobody(), answered(person(Visibility::Named))).await;
    let issue = &followed.view.issue;
    fixture.keep_for_repeat(&followed.view).await;
    assert!(fixture.stands_in("request_record", "answer", SECRET).await);
    let moved = fixture.recategorise(issue, "lamps", Vec::new()).await.unwrap().issue;
    assert!(moved.answers.is_empty());
    let edits = async |call: &Call, following: &Following| {
        fixture.app.list_issue_edits(call, following, 0, "").await.unwrap().0.remove(0).former.category.unwrap()
    };
    let without_token = Following { follow_token: String::new(), ..following(&followed) };
    let listing = fixture.call_to("IssueEditService/ListIssueEdits", Some(Role::Manager));
    let former = edits(&listing, &without_token).await;
    assert_eq!((former.code.as_str(), former.name.as_str(), former.answers.len()), ("paint", "PAINT", 2));
    let own = edits(&fixture.nobody(), &following(&followed)).await;
    assert_eq!(own.answers.iter().map(|answer| answer.question_code.as_str()).collect::<Vec<_>>(), ["what"]);
    assert!(!fixture.stands_in("request_record", "answer", SECRET).await, "a repeat does not tell it");
    let history = format!("{:?}", fixture.history(&fixture.manager(), issue).await).to_lowercase();
    assert!(!history.contains(SECRET), "it stands there alone: {history}");
    fixture.erase_ada().await;
    assert!(!fixture.stands_in("issue_edit", "former", SECRET).await, "what they answered goes with them");

    let issue = fixture.report(&fixture.nobody(), answered(Person::default())).await.view.issue;
    fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap();
    let closing = fixture.call_to("CloseIssueWithoutAction", Some(Role::Manager));
    fixture.app.close_issue_without_action(&closing, &target(&issue), "It is gone.").await.unwrap();
    fixture.clock.set(start() + TimeDelta::days(365));
    assert_eq!(fixture.app.erase_words_by_age().await.unwrap(), 1);
    assert!(!fixture.stands_in("issue_edit", "former", SECRET).await);
}

#[tokio::test]
async fn people_are_taken_out_of_former_answers() {
    let fixture = Fixture::new().await;
    let asks = CategoryChange { questions: Some(vec![question("who", false, false)]), ..CategoryChange::default() };
    fixture.offer("paint", None, asks).await;
    fixture.offer("lamps", None, CategoryChange::default()).await;
    let answers = vec![given("who", "Ask Ada Archer")];
    let named = ReportIssue { category_code: "paint".to_owned(), answers, ..report() };
    let issue = fixture.report(&fixture.nobody(), named).await.view.issue;
    fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap();
    let support = support_of(issue.id, person(Visibility::Confidential));
    fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap();
    fixture.erase_ada().await;
    assert!(fixture.stands_in("issue_edit", "former", "ask a resident").await, "the answer stays, without her");
    assert!(!fixture.stands_in("issue_edit", "former", "ada archer").await);
}

#[tokio::test]
async fn what_was_missed_before_is_kept_and_the_timer_finds_the_rest_once() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane_with_drains(COUNCIL).await;
    fixture.clock.set(start() + TimeDelta::days(7));
    assert_eq!(fixture.app.tell_of_due_times().await.unwrap(), 1);
    let moved = fixture.recategorise(&issue, DRAINS, Vec::new()).await.unwrap().issue;
    let former = &moved.clock.former_breaches;
    assert_eq!((former.len(), former[0].standard_id, former[0].provider_id), (1, Some(OF_ALL_ELSE), COUNCIL));
    assert_eq!(
        (moved.clock.breach_time, moved.clock.pledge().map(|pledge| pledge.standard_id)),
        (None, Some(OF_DRAINS))
    );
    assert_eq!(fixture.read(&issue).await.clock, moved.clock, "it is kept so");
    fixture.clock.set(start() + TimeDelta::days(21));
    assert_eq!(fixture.app.tell_of_due_times().await.unwrap(), 1);
    let back = fixture.recategorise(&issue, "graffiti", Vec::new()).await.unwrap().issue;
    assert!(back.clock.breach_time.is_some(), "it was missed there before");
    assert_eq!(back.clock.former_breaches[0].standard_id, Some(OF_DRAINS));
    let told = fixture.told_kinds().await;
    assert_eq!(told.iter().filter(|kind| *kind == "issue.breached").count(), 2, "once under each: {told:?}");
}

#[tokio::test]
async fn a_miss_that_the_timer_has_not_found_is_found_before_it_is_moved() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane_with_drains(SILENT).await;
    fixture.clock.set(start() + TimeDelta::days(7));
    let moved = fixture.recategorise(&issue, DRAINS, Vec::new()).await.unwrap().issue;
    let former = &moved.clock.former_breaches;
    assert_eq!((former.len(), former[0].standard_id, former[0].provider_id), (1, Some(OF_ALL_ELSE), COUNCIL));
    assert_eq!((moved.provider_id, moved.clock.breach_time), (Some(SILENT), None));
    let kinds: Vec<String> =
        fixture.history(&fixture.manager(), &issue).await.into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "issue.breached").count(), 1, "{kinds:?}");
    let told = fixture.told_kinds().await;
    assert_eq!(told, ["issue.reported", "issue.state_changed", "issue.clock_changed"], "the board hears of it there");
}

#[tokio::test]
async fn what_a_provider_missed_without_a_word_stays_with_it_when_it_loses_the_issue() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane_with_drains(SILENT).await;
    fixture.clock.set(start() + TimeDelta::days(8));
    assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), 1, "before the timer of due times has come to it");
    let lapsed = fixture.read(&issue).await;
    assert_eq!((lapsed.state, lapsed.provider_id), (IssueState::NotResponsible, None));
    assert_eq!(lapsed.clock.breach_provider_id, Some(COUNCIL));
    let moved = fixture.recategorise(&issue, DRAINS, Vec::new()).await.unwrap().issue;
    assert_eq!(moved.clock.former_breaches.first().map(|former| former.provider_id), Some(COUNCIL));
}

#[tokio::test]
async fn what_was_asked_of_one_category_is_asked_anew_when_it_was_moved_meanwhile() {
    let fixture = Fixture::new().await;
    let issue = fixture.in_a_lane(report()).await.view.issue;
    fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap();
    let moved = fixture.read(&issue).await;
    let routing = fixture.call_to("RouteIssue", Some(Role::Manager));
    let place = target(&issue);
    let accept = async |asked_of: &Issue| {
        fixture.app.change_sorting(&routing, &place, asked_of, |issue, now| Ok(vec![issue.accept("", now)?])).await
    };
    let failure = Failure::from(accept(&issue).await.unwrap_err());
    assert_eq!((failure.reason(), failure.is_transient()), (Reason::Conflict, true));
    assert_eq!(fixture.read(&issue).await, moved, "nothing was changed");
    assert_eq!(accept(&moved).await.unwrap().issue.state, IssueState::Accepted);
}

#[tokio::test]
async fn what_a_council_has_not_taken_is_not_sent_when_it_is_somebody_elses() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[Heard::Later("no connection".to_owned())], &[]);
    let issue = fixture.in_a_lane(report()).await.view.issue;
    fixture.app.forward_issues().await.unwrap();
    assert_eq!(fixture.only_one().await.state, SendState::Queued, "it was not heard");
    fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(20));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    let (left, _) = fixture.app.list_forwardings(HERE, 50, "", "").await.unwrap();
    assert!(left.is_empty() && fixture.sent().len() == 1, "{left:?}");
}

#[tokio::test]
async fn what_is_in_doubt_at_a_council_waits_for_a_person_where_an_answer_was_taken_out() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[lost()], &[]);
    let (categories, _) = fixture.app.list_categories(HERE, 0, "", "").await.unwrap();
    let change = CategoryChange { questions: Some(vec![question("who", false, false)]), ..CategoryChange::default() };
    let update = UpdateCategory { partnership_id: HERE, category_id: categories[0].id, change, etag: String::new() };
    fixture.app.update_category(&fixture.manager(), &update).await.unwrap();
    let answered = ReportIssue { answers: vec![given("who", "The zebra")], ..report() };
    let issue = fixture.in_a_lane(answered).await.view.issue;
    fixture.app.forward_issues().await.unwrap();
    assert_eq!(fixture.only_one().await.state, SendState::Uncertain);
    fixture.recategorise(&issue, "lamps", Vec::new()).await.unwrap();
    let waiting = fixture.only_one().await;
    assert_eq!((waiting.state, waiting.form.as_str()), (SendState::NeedsPerson, ""));
}

#[tokio::test]
async fn a_category_that_is_read_first_takes_it_out_of_public_view() {
    let fixture = Fixture::new().await;
    let moderated = CategoryChange { moderated: Some(true), ..CategoryChange::default() };
    fixture.offer("needles", None, moderated).await;
    fixture.offer("lamps", None, CategoryChange::default()).await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let issue = &followed.view.issue;
    fixture.recategorise(issue, "needles", Vec::new()).await.unwrap();
    let as_anybody = Following { follow_token: String::new(), ..following(&followed) };
    let seen = async || fixture.app.get_issue(&fixture.nobody(), &as_anybody).await;
    assert_eq!(reason(seen().await), Reason::NotFound);
    fixture.recategorise(issue, "lamps", Vec::new()).await.unwrap();
    assert_eq!(reason(seen().await), Reason::NotFound, "leaving it releases nothing");
    let told = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap().0;
    assert_eq!(told.len(), 2, "whoever reported it is told");
    let showing = fixture.call_to("ShowIssue", Some(Role::Manager));
    fixture.app.show_issue(&showing, &target(issue)).await.unwrap();
    assert_eq!(seen().await.unwrap().issue.category_code, "lamps");
}
