//! Editing what everybody reads, over HTTP: the new words stand wherever the issue is read, the former ones for its reporter and those who
//! moderate alone; and taking a reporter off.

use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, merged, text};
use serde_json::{Value, json};

/// What is to be taken out.
const SECRET: &str = "Quizzical";
const EDIT: &str = "IssueEditService/EditIssue";
const LIST: &str = "IssueEditService/ListIssueEdits";
const HIDE: &str = "IssueEditService/HideIssue";
const SHOW: &str = "IssueEditService/ShowIssue";

/// Everything that anybody reads of the partnership's issues.
async fn public_reads(world: &World<Town>, hood: &Neighbourhood, issue: &Value) -> String {
    let mut told = String::new();
    for (rpc, message) in [
        ("IssueService/GetIssue", issue.clone()),
        ("IssueService/ListIssueHistory", issue.clone()),
        ("IssueService/GetIssueStory", issue.clone()),
        ("IssueService/ListIssues", hood.with(json!({}))),
        ("IssueService/ExportIssues", hood.with(json!({}))),
        ("IssueUpdateService/ListIssueUpdates", hood.with(json!({}))),
    ] {
        told.push_str(&world.must(PUBLIC, rpc, message).await.to_string());
    }
    let http = Http::at(&world.house.gateway());
    for path in ["/open311/v2/requests.json", "/open311/v2/requests.xml"] {
        let request = http.request(Method::GET, path).query(&[("jurisdiction_id", &hood.slug)]);
        let answer = request.send().await.expect("the gateway answers");
        assert_eq!(answer.status(), 200, "{path}");
        told.push_str(&answer.text().await.expect("a text"));
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn former_words_are_read_by_those_who_may_and_found_by_nobody() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let contact = json!({"name": "Joan Ash", "email": "joan@example.org", "visibility": "REPORTER_VISIBILITY_NAMED"});
    let described = json!({"description": format!("{SECRET} did it"), "reporter": contact});
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", merged(hood.report("Mattresses"), described)).await;
    let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
    let with_token = merged(issue.clone(), json!({"follow_token": reported["followToken"]}));
    assert!(public_reads(&world, &hood, &issue).await.contains(SECRET), "before, everybody reads it");

    let edit = merged(issue.clone(), json!({"description": "Mattresses in the lane", "reason": "It named somebody."}));
    for who in [hood.officer(), hood.system(), hood.login("accountable")] {
        world.refused(&who, EDIT, edit.clone(), "ROLE_MISSING").await;
    }
    let edited = world.must(&hood.manager(), EDIT, edit.clone()).await;
    assert!(!text(&edited, "editTime").is_empty(), "it shows that it was edited: {edited}");
    let told = public_reads(&world, &hood, &issue).await;
    assert!(!told.contains(SECRET) && told.contains("Mattresses in the lane"), "{told}");
    let found = world.must(PUBLIC, "IssueService/ListIssues", hood.with(json!({"query": SECRET}))).await;
    assert_eq!(found["issues"], json!([]), "nobody finds it by what it said");
    let refusal = world.refused(&hood.manager(), EDIT, edit, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["description"], "it says so already: {refusal:?}");
    let held = merged(issue.clone(), json!({"title": "The boy called Sam", "reason": "More."}));
    let refusal = world.refused(&hood.manager(), EDIT, held, "INVALID_REQUEST").await;
    assert_eq!(refusal.fields(), ["title"], "{refusal:?}");

    for (who, message) in [(PUBLIC, &with_token), (hood.manager().as_str(), &issue)] {
        let page = world.must(who, LIST, message.clone()).await;
        assert_eq!(text(&page["edits"][0], "formerDescription"), format!("{SECRET} did it"), "{page}");
    }
    for who in [PUBLIC, hood.officer().as_str(), hood.observer().as_str()] {
        world.refused(who, LIST, issue.clone(), "FOLLOW_TOKEN_INVALID").await;
    }

    let anonymised = world.must(PUBLIC, "PersonalDataService/AnonymiseIssue", with_token.clone()).await;
    assert_eq!((text(&anonymised, "reporterName").as_str(), &anonymised["state"]), ("", &edited["state"]));
    let page = world.must(&hood.manager(), LIST, issue.clone()).await;
    assert_eq!(page["edits"], json!([]), "what they wrote went with them");
    let seen = world.must(&hood.manager(), "IssueService/GetIssue", issue).await;
    assert!(!seen.to_string().contains("joan@example.org"), "nobody can reach them: {seen}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_is_seen_by_those_who_deal_with_it() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let described = json!({"description": format!("{SECRET} did it")});
    let reported = world.must(PUBLIC, "IssueService/ReportIssue", merged(hood.report("Mattresses"), described)).await;
    let issue = hood.with(json!({"issue_id": reported["issue"]["issueId"]}));
    let with_token = merged(issue.clone(), json!({"follow_token": reported["followToken"]}));
    let state = reported["issue"]["state"].clone();
    world.refused(&hood.manager(), SHOW, issue.clone(), "STATE_FORBIDS").await;
    let hide = merged(issue.clone(), json!({"reason": "It blames Mr Quill."}));
    world.refused(&hood.officer(), HIDE, hide.clone(), "ROLE_MISSING").await;
    let hidden = world.must(&hood.manager(), HIDE, hide.clone()).await;
    assert_eq!(hidden["state"], state, "it goes on as it was");
    world.refused(&hood.manager(), HIDE, hide, "STATE_FORBIDS").await;

    for (rpc, message) in [("IssueService/GetIssue", &issue), ("IssueService/ListIssueHistory", &issue)] {
        world.refused(PUBLIC, rpc, message.clone(), "NOT_FOUND").await;
        world.refused(&hood.observer(), rpc, message.clone(), "NOT_FOUND").await;
    }
    for (who, message) in [(hood.officer().as_str(), &issue), (hood.manager().as_str(), &issue), (PUBLIC, &with_token)]
    {
        let seen = world.must(who, "IssueService/GetIssue", message.clone()).await;
        assert!(text(&seen, "description").contains(SECRET), "{seen}");
    }
    let found = world.must(PUBLIC, "IssueService/ListIssues", hood.with(json!({"query": SECRET}))).await;
    assert_eq!(found["issues"], json!([]));
    let hidden = hood.with(json!({"filter": "held_back = true"}));
    let found = world.list(&hood.manager(), "IssueService/ListIssues", hidden.clone(), "issues").await;
    assert_eq!(found.len(), 1, "whoever moderates finds it again: {found:?}");
    assert_eq!((&found[0]["issueId"], &found[0]["heldBack"]), (&issue["issue_id"], &json!(true)));
    world.refused(PUBLIC, "IssueService/ListIssues", hidden, "FILTER_INVALID").await;
    world.must(&hood.manager(), SHOW, issue.clone()).await;
    assert!(public_reads(&world, &hood, &issue).await.contains(SECRET), "everybody reads it again");
    let history = world.must(PUBLIC, "IssueService/ListIssueHistory", issue).await;
    assert!(!history.to_string().contains("Quill"), "why it was hidden stays with those who deal with it: {history}");
    world.house.stop().await;
}
