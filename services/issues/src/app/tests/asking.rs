//! What categories ask, what their issues are, and what is said of them by itself.

use super::*;
use crate::domain::issue::IssueKind;
use crate::domain::question::{Choice, Given, Question, QuestionType};
use crate::domain::template::ResponseTemplate;

fn question(code: &str, form: QuestionType, choices: &[&str]) -> Question {
    let choice = |code: &&str| Choice { code: (*code).to_owned(), label: code.to_uppercase() };
    Question {
        code: code.to_owned(),
        label: format!("Which {code}?"),
        hint: String::new(),
        form,
        required: false,
        choices: choices.iter().map(choice).collect(),
        asked_when: None,
        confidential: false,
    }
}

fn given(code: &str, value: &str) -> Given {
    Given { question_code: code.to_owned(), values: vec![value.to_owned()] }
}

impl Fixture {
    /// A category beside the first, and a report of it.
    async fn category(&self, code: &str, rest: CategoryChange) -> ReportIssue {
        let (code, name) = (code.to_owned(), code.to_uppercase());
        let category = CreateCategory { partnership_id: HERE, code: code.clone(), name, rest };
        self.app.create_category(&self.manager(), &category).await.unwrap();
        ReportIssue { category_code: code, ..report() }
    }

    async fn category_id(&self, code: &str) -> pathfinder_terms::CategoryId {
        let filter = format!("code = \"{code}\"");
        self.app.list_categories(HERE, 1, "", &filter).await.unwrap().0[0].id
    }

    async fn vehicles(&self) -> ReportIssue {
        let questions = vec![
            Question { required: true, ..question("kind", QuestionType::SingleChoice, &["car", "van"]) },
            Question { confidential: true, ..question("plate", QuestionType::Text, &[]) },
            question("note", QuestionType::Text, &[]),
        ];
        self.category("vehicles", CategoryChange { questions: Some(questions), ..CategoryChange::default() }).await
    }
}

#[tokio::test]
async fn what_a_category_asks_must_be_answered_and_what_is_confidential_is_for_staff() {
    let fixture = Fixture::new().await;
    let report = fixture.vehicles().await;
    let nobody = fixture.nobody();
    let wrong = ReportIssue { answers: vec![given("plate", "A1"), given("colour", "red")], ..report.clone() };
    let refused = Failure::from(fixture.app.report_issue(&nobody, &wrong).await.unwrap_err());
    let fields: Vec<&str> = refused.violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["answers[1].question_code", "answers"], "all at once");

    let answers = vec![given("plate", "A1"), given("kind", "van"), given("note", "for weeks")];
    let followed = fixture.report(&nobody, ReportIssue { answers, ..report.clone() }).await;
    let codes = |view: &IssueView| -> Vec<String> {
        view.issue.answers.iter().map(|answer| format!("{}={}", answer.question_code, answer.texts.join(","))).collect()
    };
    let public = ["kind=VAN", "note=for weeks"];
    assert_eq!(codes(&followed.view), public, "the answer to the report shows what is public");
    let asked = following(&followed);
    assert_eq!(codes(&fixture.app.get_issue(&nobody, &asked).await.unwrap()), public);
    let seen = fixture.app.get_issue(&fixture.manager(), &asked).await.unwrap();
    assert_eq!(codes(&seen), ["kind=VAN", "plate=A1", "note=for weeks"]);
    let listed = fixture.app.list_issues(&nobody, &all_of(HERE)).await.unwrap().0;
    assert_eq!(codes(&listed[0]), public);

    let case = ReportIssue { external_id: Some("case 7".to_owned()), ..report };
    assert!(fixture.app.report_issue(&fixture.manager(), &case).await.is_ok(), "an existing case need not know all");
}

#[tokio::test]
async fn words_in_an_answer_hold_a_report_back_until_it_is_triaged() {
    let fixture = Fixture::new().await;
    let report = fixture.vehicles().await;
    let answers = vec![given("kind", "car"), given("note", "somebody has a knife, call 999")];
    let followed = fixture.report(&fixture.nobody(), ReportIssue { answers, ..report }).await;
    assert_eq!(followed.view.issue.state, IssueState::AwaitingModeration);
    let rewording = Rewording { confidential_answers: vec!["note".to_owned()], ..Rewording::default() };
    let issue = followed.view.issue.clone();
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    fixture.app.triage_issue(&triage, &target(&issue), &rewording, "").await.unwrap();
    let seen = fixture.app.get_issue(&fixture.nobody(), &following(&followed)).await.unwrap();
    let codes: Vec<&str> = seen.issue.answers.iter().map(|answer| answer.question_code.as_str()).collect();
    assert_eq!(codes, ["kind"], "what is not fit to publish stays with staff");
}

#[tokio::test]
async fn a_category_says_what_its_issues_are() {
    let fixture = Fixture::new().await;
    let change = CategoryChange {
        kind: Some(IssueKind::Idea),
        hazard: Some(true),
        default_severity: Some(Severity::High),
        moderated: Some(true),
        ..CategoryChange::default()
    };
    let report = fixture.category("ideas", change).await;
    let issue = fixture.report(&fixture.nobody(), report.clone()).await.view.issue;
    assert_eq!((issue.kind, issue.hazard, issue.severity), (IssueKind::Idea, true, Severity::High));
    assert_eq!(issue.state, IssueState::AwaitingModeration, "a person reads each of them first");
    let mild = ReportIssue { severity: Some(Severity::Low), ..report };
    assert_eq!(fixture.report(&fixture.nobody(), mild).await.view.issue.severity, Severity::Low);
}

#[tokio::test]
async fn what_is_left_unsaid_is_said_by_a_template() {
    let fixture = Fixture::new().await;
    let template = |state, automatic| ResponseTemplate {
        name: "Thanks".to_owned(),
        state,
        text: "{provider} looks at {reference} by {due_date}.".to_owned(),
        automatic,
    };
    let templates = vec![template(IssueState::Accepted, true), template(IssueState::InProgress, false)];
    let change = CategoryChange { response_templates: Some(templates.clone()), ..CategoryChange::default() };
    let category_id = fixture.category_id("graffiti").await;
    let update = UpdateCategory { partnership_id: HERE, category_id, change, etag: String::new() };
    fixture.app.update_category(&fixture.manager(), &update).await.unwrap();

    let followed = fixture.followed_to(COUNCIL).await;
    let issue = followed.view.issue.clone();
    let manager = fixture.manager();
    let to = |act| fixture.call_to(act, Some(Role::Manager));
    let suggest = "IssueService/SuggestResponses";
    let by_staff = Following { follow_token: String::new(), ..following(&followed) };
    let suggested = async |call: &Call| fixture.app.suggest_responses(call, &by_staff).await;
    let words = format!("{} looks at {} by", issue.provider_name, issue.reference);
    let routed = suggested(&to(suggest)).await.unwrap();
    assert_eq!(routed.len(), 1, "of a state that it may come into next: {routed:?}");
    assert!(routed[0].state == IssueState::Accepted && routed[0].text.starts_with(&words), "{routed:?}");
    assert_eq!(reason(suggested(&fixture.call_to(suggest, None)).await), Reason::RoleMissing);
    fixture.app.accept_issue(&to("IssueService/AcceptIssue"), &target(&issue), "").await.unwrap();
    fixture.app.start_issue_work(&to("IssueService/StartIssueWork"), &target(&issue), "").await.unwrap();
    let (entries, _) = fixture.app.list_issue_history(&manager, HERE, issue.id, 50, "").await.unwrap();
    let said = |kind: &str| entries.iter().find(|entry| entry.kind == kind).unwrap().note.clone();
    let due = issue.clock.due_time().map(|due| due.date_naive().to_string()).unwrap_or_default();
    assert_eq!(said("issue.accepted"), format!("{} looks at {} by {due}.", issue.provider_name, issue.reference));
    assert_eq!(said("issue.work_started"), "", "one that staff choose is not said by itself");
    let (notices, ..) = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap();
    let told: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
    let accepted = format!("{} was accepted. {}", issue.reference, said("issue.accepted"));
    assert_eq!(told, [accepted], "everyone whom it concerns is told what it says");

    let twice = vec![template(IssueState::Accepted, true), template(IssueState::Accepted, true)];
    let change = CategoryChange { response_templates: Some(twice), ..CategoryChange::default() };
    let refused = fixture.app.update_category(&manager, &UpdateCategory { change, ..update }).await;
    let refused = Failure::from(refused.unwrap_err());
    assert_eq!(refused.violations()[0].field, "response_templates[1].automatic");
}

#[tokio::test]
async fn a_template_speaks_of_what_a_rule_does_with_a_report_too() {
    let fixture = Fixture::new().await;
    let template = |state: IssueState| ResponseTemplate {
        name: format!("Of {}", state.word()),
        state,
        text: format!("{}: {{provider}}, by {{due_date}}.", state.word()),
        automatic: true,
    };
    let states = [IssueState::Reported, IssueState::Triaged, IssueState::Routed];
    let templates = states.map(template).to_vec();
    let change = CategoryChange { response_templates: Some(templates), ..CategoryChange::default() };
    let category_id = fixture.category_id("graffiti").await;
    let update = UpdateCategory { partnership_id: HERE, category_id, change, etag: String::new() };
    fixture.app.update_category(&fixture.manager(), &update).await.unwrap();
    let notes_of = async |issue: &Issue| -> Vec<(String, String)> {
        let manager = fixture.manager();
        let (entries, _) = fixture.app.list_issue_history(&manager, HERE, issue.id, 50, "").await.unwrap();
        entries.into_iter().map(|entry| (entry.kind, entry.note)).collect()
    };
    let noted = |kind: &str, note: &str| (kind.to_owned(), note.to_owned());

    let by_rule = fixture.routed_to(COUNCIL).await;
    assert_eq!(by_rule.clock.due_time().map(|due| due.date_naive().to_string()).as_deref(), Some("2026-01-14"));
    let expected = [
        noted("issue.reported", ""),
        noted("issue.triaged", "triaged: Provider 3, by 2026-01-14."),
        noted("issue.routed", "routed: Provider 3, by 2026-01-14."),
    ];
    assert_eq!(notes_of(&by_rule).await, expected, "the clock starts with these very steps");

    let waits = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let route = fixture.call_to("RouteIssue", Some(Role::Manager));
    fixture.app.route_issue(&route, &target(&waits), COUNCIL, "").await.unwrap();
    let spoken = notes_of(&waits).await;
    assert_eq!(spoken.last(), Some(&noted("issue.routed", "routed: Provider 3, by 2026-01-14.")));
    let other = fixture.report(&fixture.nobody(), report()).await.view.issue;
    fixture.app.route_issue(&route, &target(&other), COUNCIL, "They own the wall.").await.unwrap();
    assert_eq!(
        notes_of(&other).await.last(),
        Some(&noted("issue.routed", "They own the wall.")),
        "what is said stands"
    );
}

#[tokio::test]
async fn issues_are_found_by_the_theme_and_the_heading_of_their_category() {
    let fixture = Fixture::new().await;
    let under = |theme: &str, group: &str| CategoryChange {
        theme: Some(theme.to_owned()),
        group_name: Some(group.to_owned()),
        ..CategoryChange::default()
    };
    for (code, theme, group) in [("lamps", "Safety", "Streets > Lighting"), ("holes", "Roads", "Streets")] {
        let report = fixture.category(code, under(theme, group)).await;
        fixture.report(&fixture.nobody(), report).await;
    }
    fixture.report(&fixture.nobody(), report()).await;
    for (filter, expected) in [
        ("theme = \"Safety\"", vec!["lamps"]),
        ("group_name = \"Streets*\"", vec!["holes", "lamps"]),
        ("theme != \"Safety\"", vec!["graffiti", "holes"]),
        ("theme = \"Nothing\"", vec![]),
        ("kind = \"problem\" AND theme = \"Roads\"", vec!["holes"]),
    ] {
        let all = all_of(HERE);
        let wish = ListIssues { sought: Sought { filter: filter.to_owned(), ..all.sought }, ..all };
        let (views, _) = fixture.app.list_issues(&fixture.nobody(), &wish).await.unwrap();
        let mut codes: Vec<&str> = views.iter().map(|view| view.issue.category_code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, expected, "{filter}");
    }
    let update = UpdateCategory {
        partnership_id: HERE,
        category_id: fixture.category_id("holes").await,
        change: under("", "Streets > > Holes"),
        etag: String::new(),
    };
    let refused = fixture.app.update_category(&fixture.manager(), &update).await;
    assert_eq!(Failure::from(refused.unwrap_err()).violations()[0].field, "group_name");
}
