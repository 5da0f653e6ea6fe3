//! What residents are asked: a question that pauses the clock, answered on the page behind the link; one that nobody answers; and how
//! satisfied they are in the end.

use chrono::TimeDelta;
use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, merged, text};
use serde_json::{Value, json};

const GET: &str = "IssueService/GetIssue";
const ASK: &str = "IssueService/AskReporter";

/// An issue on which the provider works, and the token of whoever reported it.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    issue: Value,
    token: String,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
        let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
        for rpc in ["IssueService/AcceptIssue", "IssueService/StartIssueWork"] {
            world.must(&hood.officer(), rpc, issue.clone()).await;
        }
        let token = text(&reported, "followToken");
        Self { world, hood, issue, token }
    }

    fn with(&self, fields: Value) -> Value {
        merged(self.issue.clone(), fields)
    }

    fn mine(&self, fields: Value) -> Value {
        merged(self.with(json!({"follow_token": self.token})), fields)
    }

    async fn answer_read_by(&self, who: &str, message: Value) -> String {
        let read = self.world.must(who, GET, message).await;
        text(&read["reporterQuestions"][0], "answer")
    }

    /// Sends a form of the page, and answers the page to which it leads.
    async fn submit(&self, form: &[(&str, &str)]) -> (u16, String) {
        let http = Http::at(&self.world.house.gateway());
        let page = format!("/follow/{}/{}", self.hood.partnership_id, text(&self.issue, "issue_id"));
        let form: Vec<(&str, &str)> =
            [("token", self.token.as_str())].into_iter().chain(form.iter().copied()).collect();
        let request = http.request(Method::POST, &page).header("accept", "text/html");
        let answer = request.header("sec-fetch-site", "same-origin").form(&form).send().await.expect("an answer");
        let place = answer.headers().get("location").map(|place| place.to_str().expect("a path").to_owned());
        let answer = match place {
            Some(place) => {
                http.request(Method::GET, &place).header("accept", "text/html").send().await.expect("an answer")
            }
            None => answer,
        };
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_pauses_the_clock_until_it_is_answered_on_the_page() {
    let scene = Scene::set().await;
    let (world, officer) = (&scene.world, scene.hood.officer());
    let question = json!({"text": "Which side of the lane?", "pause_reason": "awaiting_access"});
    let asked = world.must(&officer, ASK, scene.with(question.clone())).await;
    assert_eq!((&asked["state"], &asked["clock"]["paused"]), (&json!("ISSUE_STATE_ON_HOLD"), &json!(true)), "{asked}");
    assert_eq!(asked["reporterQuestions"][0]["clockPaused"], true, "{asked}");
    assert_eq!(asked["questionDueTime"], asked["reporterQuestions"][0]["dueTime"], "{asked}");
    let again = world.refused(&officer, ASK, scene.with(question), "STATE_FORBIDS").await;
    assert_eq!((again.variable("state"), again.variable("wanted")), ("on_hold", "ask_reporter"), "{again:?}");

    let (status, shown) = scene.submit(&[("action", "answer"), ("question_number", "1"), ("answer", " ")]).await;
    assert!(
        status == 400 && shown.contains("Which side of the lane?") && shown.contains("href=\"#answer\""),
        "{shown}"
    );
    let answer = [("action", "answer"), ("question_number", "1"), ("answer", "The <left> one")];
    let (status, shown) = scene.submit(&answer).await;
    assert!(status == 200 && shown.contains("The &#60;left&#62; one") && shown.contains("Thank you"), "{shown}");
    let read = world.must(PUBLIC, GET, scene.issue.clone()).await;
    assert_eq!(read["state"], "ISSUE_STATE_IN_PROGRESS", "{read}");
    assert_eq!(read["reporterQuestions"][0]["status"], "QUESTION_STATUS_ANSWERED", "{read}");
    assert_eq!(scene.answer_read_by(&officer, scene.issue.clone()).await, "The <left> one");
    assert_eq!(scene.answer_read_by(PUBLIC, scene.mine(json!({}))).await, "The <left> one");
    for who in [PUBLIC.to_owned(), scene.hood.login("observer")] {
        assert_eq!(scene.answer_read_by(&who, scene.issue.clone()).await, "", "by `{who}`");
        let story = world.must(&who, "IssueService/GetIssueStory", scene.issue.clone()).await;
        assert!(story.to_string().contains("Which side") && !story.to_string().contains("<left>"), "{story}");
    }
    let story = world.must(&officer, "IssueService/GetIssueStory", scene.issue.clone()).await;
    assert!(story.to_string().contains("<left>"), "the provider is told: {story}");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_nobody_answers_lapses_and_the_end_is_judged() {
    let mut scene = Scene::set().await;
    let officer = scene.hood.officer();
    let question = json!({"text": "Which side of the lane?"});
    let asked = scene.world.must(&officer, ASK, scene.with(question)).await;
    assert_ne!(asked["clock"]["paused"], true, "the standard does not list it, so the clock runs on: {asked}");
    assert_ne!(asked["reporterQuestions"][0]["clockPaused"], true, "{asked}");
    scene.world.pass_time(TimeDelta::days(14)).await;
    let lapsed = |issue: &Value| (issue["reporterQuestions"][0]["status"] == "QUESTION_STATUS_LAPSED").then_some(());
    scene.world.until("the question lapses", PUBLIC, GET, scene.issue.clone(), lapsed).await;

    let world = &scene.world;
    world.must(&officer, "IssueService/ResolveIssue", scene.with(json!({"reason": "Cleared."}))).await;
    let confirm = "IssueService/ConfirmResolution";
    let lonely = scene.mine(json!({"satisfaction_comment": "Slow."}));
    let refusal = world.refused(PUBLIC, confirm, lonely, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["satisfaction_comment"], "{refusal:?}");
    let said = json!({"satisfaction": "SATISFACTION_NEITHER", "satisfaction_comment": "Slow."});
    world.must(PUBLIC, confirm, scene.mine(said)).await;
    let manager = scene.hood.manager();
    let read = world.must(&manager, GET, scene.issue.clone()).await;
    assert_eq!(read["closingOpinions"][0]["comment"], "Slow.", "{read}");
    let read = world.must(PUBLIC, GET, scene.issue.clone()).await;
    assert_eq!(read["closingOpinions"].as_array().map_or(0, Vec::len), 0, "{read}");

    let count = "IssueService/AggregateIssues";
    let by = json!({"group_by": ["ISSUE_GROUPING_SATISFACTION"]});
    let counts = world.must(&manager, count, scene.hood.with(by.clone())).await;
    assert_eq!(counts["counts"][0]["satisfaction"], "SATISFACTION_NEITHER", "{counts}");
    world.refused(PUBLIC, count, scene.hood.with(by), "TOKEN_REQUIRED").await;
    scene.world.house.stop().await;
}
