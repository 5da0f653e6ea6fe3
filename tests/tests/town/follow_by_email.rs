//! Residents follow an issue by e-mail: they ask, confirm the address by the link in a letter, are told once of what happens, and end it.

use chrono::TimeDelta;
use http::Method;
use pathfinder_tests::contract;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::letters::Letters;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::{Processes, SECRET};
use pathfinder_tests::sample;
use pathfinder_tests::town::Town;
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, merged, text};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

const WAYS: [Way; 2] = [Way::Grpc, Way::Http];
const FAY: &str = "fay@example.org";
const ASK: &str = "IssueService/FollowByEmail";
const CONFIRM: &str = "IssueService/ConfirmFollow";
const NOTICES: &str = "IssueService/ListNotices";
const STOP: &str = "PersonalDataService/RevokeFollowLink";

/// A partnership with an issue that somebody reported without a name.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    issue: Value,
    reference: String,
}

impl Scene {
    async fn set(way: Way) -> Self {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
        let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
        let reference = text(&reported["issue"], "reference");
        Self { world, hood, issue, reference }
    }

    fn letters(&self) -> Letters {
        Letters::of(&self.world.house)
    }

    fn with(&self, fields: Value) -> Value {
        merged(self.issue.clone(), fields)
    }

    async fn ask(&self, email: &str) {
        self.world.must(PUBLIC, ASK, self.with(json!({"email": email}))).await;
    }

    /// Asks for letters, and answers the token of the confirmation that comes.
    async fn asked(&self, email: &str) -> String {
        let before = self.letters().count();
        self.ask(email).await;
        self.letters().next(before).await.token_behind("/confirm")
    }

    async fn confirm(&self, token: &str) -> String {
        let confirmed = self.world.must(PUBLIC, CONFIRM, self.with(json!({"confirmation_token": token}))).await;
        text(&confirmed, "followToken")
    }

    /// Has the provider do its work.
    async fn resolve(&self) {
        let officer = self.hood.officer();
        for (rpc, fields) in [
            ("IssueService/AcceptIssue", json!({})),
            ("IssueService/StartIssueWork", json!({})),
            ("IssueService/ResolveIssue", json!({"reason": "Br\u{fc}cke cleared by Zo\u{eb}."})),
        ] {
            self.world.must(&officer, rpc, self.with(fields)).await;
        }
    }

    async fn close(&self) {
        self.world
            .must(&self.hood.manager(), "IssueService/CloseIssue", self.with(json!({"reason": "Seen to."})))
            .await;
    }

    /// Waits until no letter is left to send; answers how many there are.
    async fn all_sent(&self) -> usize {
        let tables = self.world.house.database.look("issues").await;
        let tables = &tables;
        waiting::until("the last letter", PATIENCE, || async move {
            let sql = Statement::from_string(tables.get_database_backend(), "SELECT kind FROM letter");
            let rows = tables.query_all_raw(sql).await.expect("the letters that wait can be read");
            if rows.is_empty() { Ok(()) } else { Err(format!("{} letters wait", rows.len())) }
        })
        .await;
        self.letters().count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_address_is_told_once_of_each_step_until_it_wishes_no_more() {
    for way in WAYS {
        let scene = Scene::set(way).await;
        let secret = scene.asked(FAY).await;
        let first = scene.letters().next(0).await;
        assert!(first.text().contains(FAY) && first.text().contains(&scene.reference), "{}", first.text());
        let early = scene.with(json!({"follow_token": secret}));
        scene.world.refused(PUBLIC, NOTICES, early, "FOLLOW_TOKEN_INVALID").await;
        let token = scene.confirm(&secret).await;
        let again = scene.with(json!({"confirmation_token": secret}));
        let refusal = scene.world.refused(PUBLIC, CONFIRM, again, "FOLLOW_TOKEN_INVALID").await;
        assert!(refusal.message.contains("works once"), "{refusal:?}");

        scene.resolve().await;
        let told = scene.letters().next(1).await;
        let page = format!("/follow/{}/{}", scene.hood.partnership_id, text(&scene.issue, "issue_id"));
        assert_eq!(told.token_behind(&page), token, "the letter leads to the page");
        assert_eq!(told.token_behind("/stop"), token, "and to its end");
        assert!(told.text().contains(&format!("{} is resolved", scene.reference)), "{}", told.text());
        assert!(told.text().is_ascii() && !told.text().contains("cleared"), "no words of others: {}", told.text());
        assert_eq!(scene.all_sent().await, 2, "once");
        let follower = scene.with(json!({"follow_token": token}));
        let notices = scene.world.must(PUBLIC, NOTICES, follower.clone()).await;
        assert_eq!((&notices["follower"], notices["notices"].as_array().map(Vec::len)), (&json!(true), Some(1)));
        let disputed = merged(follower.clone(), json!({"reason": "Not so."}));
        scene.world.refused(PUBLIC, "IssueService/DisputeResolution", disputed, "FOLLOW_TOKEN_INVALID").await;

        scene.world.must(PUBLIC, STOP, follower.clone()).await;
        scene.world.refused(PUBLIC, NOTICES, follower, "FOLLOW_TOKEN_INVALID").await;
        scene.close().await;
        assert_eq!(scene.all_sent().await, 2, "no letter to whoever wishes none");
        scene.world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_never_confirmed_gets_no_letter_but_the_first() {
    let mut scene = Scene::set(Way::Grpc).await;
    let secret = scene.asked(FAY).await;
    scene.resolve().await;
    scene.close().await;
    assert_eq!(scene.all_sent().await, 1);
    scene.world.pass_time(TimeDelta::hours(24)).await;
    let late = scene.with(json!({"confirmation_token": secret}));
    scene.world.refused(PUBLIC, CONFIRM, late, "FOLLOW_TOKEN_INVALID").await;
    let held = scene.hood.with(json!({"email": FAY}));
    let accountable = scene.hood.login("accountable");
    let nothing = |export: &Value| export["records"].as_array().is_none_or(Vec::is_empty).then_some(());
    scene
        .world
        .until("nothing held on the address", &accountable, "PersonalDataService/ExportSubject", held, nothing)
        .await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_does_not_learn_whether_somebody_follows() {
    let scene = Scene::set(Way::Http).await;
    let token = scene.confirm(&scene.asked(FAY).await).await;
    let answer = async |email: &str| scene.world.must(PUBLIC, ASK, scene.with(json!({"email": email}))).await;
    assert_eq!(answer("Fay@Example.org").await, answer("other@example.org").await, "the same answer");
    assert_eq!(scene.all_sent().await, 3);
    let letters = [scene.letters().next(1).await, scene.letters().next(2).await];
    let mine = letters.iter().find(|letter| letter.text().contains(FAY)).expect("a letter to Fay");
    assert_eq!(mine.token_behind("/stop"), token, "who follows already is sent the link again");

    let held = merged(scene.hood.report("Fire"), json!({"description": "There is a fire now, call 999."}));
    let held = scene.world.must(PUBLIC, "IssueService/ReportIssue", held).await;
    for issue_id in [held["issue"]["issueId"].clone(), json!(sample::ABSENT)] {
        let unseen = scene.hood.with(json!({"issue_id": issue_id, "email": FAY}));
        scene.world.refused(PUBLIC, ASK, unseen, "NOT_FOUND").await;
    }
    let repeated = scene.with(json!({"email": "third@example.org", "request_id": sample::ABSENT}));
    scene.world.must(PUBLIC, ASK, repeated.clone()).await;
    scene.world.must(PUBLIC, ASK, repeated).await;
    assert_eq!(scene.all_sent().await, 4, "a repeat sends nothing more");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_an_address_with_a_report_or_a_support_is_asked_once() {
    for way in WAYS {
        let scene = Scene::set(way).await;
        let again = json!({"request_id": "01890a5d-ac96-774b-bcce-000000000001", "reporter": {"email": FAY}});
        let report = merged(scene.hood.report("A sofa"), again);
        let reported = scene.world.must(PUBLIC, "IssueService/ReportIssue", report.clone()).await;
        let repeated = scene.world.must(PUBLIC, "IssueService/ReportIssue", report).await;
        assert_eq!(repeated["issue"]["issueId"], reported["issue"]["issueId"]);
        assert_eq!(scene.all_sent().await, 1, "a report that is sent twice asks once");
        let of_report = scene.hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
        let secret = json!({"confirmation_token": scene.letters().next(0).await.token_behind("/confirm")});
        scene.world.must(PUBLIC, CONFIRM, merged(of_report.clone(), secret)).await;
        let closing = merged(of_report, json!({"reason": "It was gone."}));
        scene.world.must(&scene.hood.manager(), "IssueService/CloseIssueWithoutAction", closing).await;
        let told = scene.letters().next(1).await;
        assert!(told.text().contains("was closed without action"), "{}", told.text());

        let again = json!({"request_id": "01890a5d-ac96-774b-bcce-000000000002", "supporter": {"email": FAY}});
        for _ in 0..2 {
            scene.world.must(PUBLIC, "IssueService/SupportIssue", scene.with(again.clone())).await;
        }
        assert_eq!(scene.all_sent().await, 3, "one that asks, one that tells, one that asks");
        scene.confirm(&scene.letters().next(2).await.token_behind("/confirm")).await;
        scene.world.must(PUBLIC, "IssueService/SupportIssue", scene.with(json!({"supporter": {"email": FAY}}))).await;
        assert_eq!(scene.all_sent().await, 3, "who follows is not asked");
        scene.resolve().await;
        let told = scene.letters().next(3).await;
        assert!(told.text().contains("is resolved"), "{}", told.text());
        assert_eq!(scene.all_sent().await, 4, "one, though two supports and the wish have that address");
        scene.world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_somebodys_letter_box_filled() {
    let mut scene = Scene::set(Way::Grpc).await;
    for count in 1..=10 {
        scene.ask(FAY).await;
        assert_eq!(scene.all_sent().await, count);
    }
    scene.ask(FAY).await;
    assert_eq!(scene.all_sent().await, 10, "the eleventh within an hour is silently not sent");
    scene.world.pass_time(TimeDelta::minutes(59)).await;
    scene.ask(FAY).await;
    assert_eq!(scene.all_sent().await, 10);
    scene.world.pass_time(TimeDelta::minutes(1)).await;
    scene.ask(FAY).await;
    assert_eq!(scene.all_sent().await, 11);
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_sent_for_services_alone_and_each_once() {
    let world = Processes::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let letter = |id: u32| {
        let id = format!("01890a5d-ac96-774b-bcce-0000000000{id:02}");
        json!({"to": FAY, "subject": "News", "text": "See\n{public_url}/here\n", "request_id": id})
    };
    let send = "MailService/SendLetter";
    for who in [ADMINISTRATOR.to_owned(), hood.manager(), hood.system()] {
        world.refused(&who, send, letter(0), "ROLE_MISSING").await;
    }
    world.refused(PUBLIC, send, letter(0), "TOKEN_REQUIRED").await;
    let own = json!({"service": "issues", "secret": SECRET});
    let own = text(&world.must(PUBLIC, "TokenService/IssueServiceToken", own).await, "accessToken");
    let rpc = contract::rpc(send);
    let ask = async |message: Value| world.ask_with(&rpc, Some(own.as_str()), message).await;
    let refused = async |message: Value| ask(message).await.expect_err("the letter is refused").reason;
    let long = merged(letter(0), json!({"text": "x".repeat(501)}));
    assert_eq!(refused(long).await, "INVALID_REQUEST");
    let letters = Letters::beside(&world.house.database);
    assert_eq!(letters.count(), 0);
    for id in 0..10 {
        ask(letter(id)).await.expect("the letter is sent");
        ask(letter(id)).await.expect("and is known to be");
    }
    assert_eq!(letters.count(), 10, "each once");
    let sent = letters.next(0).await;
    assert!(sent.text().contains("\r\nhttp://127.0.0.1:8080/here\r\n"), "{}", sent.text());
    assert_eq!(refused(merged(letter(0), json!({"subject": "Other news"}))).await, "REQUEST_ID_REUSED");
    assert_eq!(refused(letter(10)).await, "TOO_MANY_ATTEMPTS", "an address gets ten in an hour");
    ask(merged(letter(10), json!({"to": "other@example.org"}))).await.expect("others get theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_ask_confirm_and_stop() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let page = format!("/follow/{}/{}", hood.partnership_id, text(&reported["issue"], "issueId"));
    let http = Http::at(&world.house.gateway());
    let get = async |path: &str| {
        let answer = http.request(Method::GET, path).header("accept", "text/html").send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    };
    let submit = async |path: &str, form: &[(&str, &str)]| {
        let request = http.request(Method::POST, path).header("accept", "text/html");
        let request = request.header("sec-fetch-site", "same-origin").form(form);
        let answer = request.send().await.expect("an answer");
        match answer.headers().get("location").map(|place| place.to_str().expect("a path").to_owned()) {
            Some(place) => get(&place).await,
            None => (answer.status().as_u16(), answer.text().await.expect("a page")),
        }
    };
    let reporter = text(&reported, "followToken");
    let (_, shown) = get(&format!("{page}?token={reporter}")).await;
    assert!(shown.contains("Tell me by e-mail"), "{shown}");
    let (status, shown) = submit(&page, &[("token", &reporter), ("action", "tell"), ("email", "fay")]).await;
    assert!(status == 400 && shown.contains("name@example.org"), "{status}: {shown}");
    let (_, asked) = submit(&page, &[("token", &reporter), ("action", "tell"), ("email", FAY)]).await;
    assert!(asked.contains("A letter is on its way"), "{asked}");

    let secret = Letters::of(&world.house).next(0).await.token_behind("/confirm");
    let confirm = format!("{page}/confirm");
    let (status, shown) = get(&format!("{confirm}?token={secret}")).await;
    assert!(status == 200 && shown.contains("Yes, tell me"), "{status}: {shown}");
    submit(&confirm, &[("token", &secret)]).await;
    let (status, _) = submit(&confirm, &[("token", &secret)]).await;
    assert_eq!(status, 403, "a confirmation works once");
    let closing = hood.with(json!({"issue_id": reported["issue"]["issueId"], "reason": "It was gone."}));
    world.must(&hood.manager(), "IssueService/CloseIssueWithoutAction", closing).await;
    let told = Letters::of(&world.house).next(1).await;
    let token = told.token_behind("/stop");
    let (_, shown) = get(&format!("{page}?token={token}")).await;
    assert!(shown.contains("Stop the letters") && !shown.contains("No, it is not fixed"), "{shown}");
    let stop = format!("{page}/stop");
    let (status, shown) = get(&format!("{stop}?token={token}")).await;
    assert!(status == 200 && shown.contains("Stop the letters"), "{status}: {shown}");
    let (status, shown) = submit(&stop, &[("token", &token)]).await;
    assert!(status == 200 && shown.contains("no more letters"), "{status}: {shown}");
    let (status, _) = get(&format!("{page}?token={token}")).await;
    assert_eq!(status, 403);
    world.house.stop().await;
}
