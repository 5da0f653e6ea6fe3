//! Issues go on to a council whose server is as plain as the specification allows, and loses a third of its answers: each is there once, or waits
//! for a person, and what becomes of it there is heard here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::plain_council::{PlainCouncil, REFUSAL, Taken, UNWANTED};
use pathfinder_tests::processes::Processes;
use pathfinder_tests::waiting;
use pathfinder_tests::world::{PUBLIC, World, text};
use serde_json::{Value, json};

const ISSUES: usize = 12;
/// Among them one that is not wanted there.
const REFUSED: usize = 1;
/// It is looked for there some times, with pauses between.
const PATIENCE: Duration = Duration::from_secs(240);

/// How far issues have come, once all of them are settled.
async fn settled(world: &World<Processes>, hood: &Neighbourhood) -> Vec<Value> {
    waiting::until("every issue is settled", PATIENCE, || async {
        let asked = hood.with(json!({}));
        let listed = world.list(&hood.manager(), "ForwardingService/ListForwardings", asked, "forwardings").await;
        let ends = ["SEND_STATE_SENT", "SEND_STATE_REFUSED", "SEND_STATE_NEEDS_PERSON"];
        let ended = listed.iter().filter(|one| ends.contains(&text(one, "state").as_str())).count();
        if ended == ISSUES { Ok(listed) } else { Err(format!("{ended} of {}: {listed:?}", listed.len())) }
    })
    .await
}

/// What the council has of each issue, by the id in the last line of its description.
fn by_issue(taken: &[Taken]) -> BTreeMap<String, Vec<&Taken>> {
    let mut found: BTreeMap<String, Vec<&Taken>> = BTreeMap::new();
    for one in taken {
        let id = one.description.trim_end().rsplit(' ').next().unwrap_or_default();
        found.entry(id.to_owned()).or_default().push(one);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_council_has_each_issue_once_and_is_heard() {
    let world = Processes::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "hill-end", "HIL").await;
    let council = PlainCouncil::start().await;
    let endpoint = json!([{
        "name": "plain", "partnership_id": hood.partnership_id, "provider_id": hood.provider_id, "url": council.url(),
        "pull_seconds": 1, "wait_seconds": 1,
    }]);
    std::fs::write(world.house.open311_endpoints(), endpoint.to_string()).expect("a file can be written");
    for number in 0..ISSUES {
        let title = if number == 5 { format!("Tip {number}, {UNWANTED}") } else { format!("Tip {number}") };
        world.must(PUBLIC, "IssueService/ReportIssue", hood.report(&title)).await;
    }

    let forwardings = settled(&world, &hood).await;
    let taken = council.taken();
    let there = by_issue(&taken);
    assert!(council.lost_receipts() >= 1, "answers to reports were lost");
    assert!(there.values().all(|copies| copies.len() == 1), "nothing is there twice: {there:?}");
    let in_state = |state: &str| forwardings.iter().filter(|one| one["state"] == state).collect::<Vec<_>>();
    let (sent, refused) = (in_state("SEND_STATE_SENT"), in_state("SEND_STATE_REFUSED"));
    for one in &sent {
        let issue_id = text(one, "issueId");
        assert_eq!(there[&issue_id][0].id, text(one, "remoteId"), "it is known by the id that it has there");
    }
    assert_eq!(refused.len(), REFUSED, "{forwardings:?}");
    assert!(text(refused[0], "note").contains(REFUSAL), "in the words of the council: {}", refused[0]);
    assert!(!there.contains_key(&text(refused[0], "issueId")));
    let doubtful = in_state("SEND_STATE_NEEDS_PERSON").len();
    assert_eq!(sent.len() + doubtful + REFUSED, ISSUES, "{forwardings:?}");
    assert!(sent.len() >= ISSUES / 2, "most are found there without a person: {forwardings:?}");
    let remote: BTreeSet<String> = sent.iter().map(|one| text(one, "remoteId")).collect();
    assert_eq!(remote.len(), sent.len(), "no two are taken for the same");

    council.close_all();
    for one in &sent {
        let asked = hood.with(json!({"issue_id": one["issueId"]}));
        let resolved =
            |issue: &Value| (issue["state"] == "ISSUE_STATE_RESOLVED").then(|| text(&issue["resolution"], "reason"));
        let get = "IssueService/GetIssue";
        let reason = world.until("the closing is heard of", &hood.manager(), get, asked.clone(), resolved).await;
        assert_eq!(reason, "Collected.");
        let history = world.list(&hood.manager(), "IssueService/ListIssueHistory", asked, "entries").await;
        let told = history.iter().filter(|entry| entry["kind"] == "issue.resolved").count();
        assert_eq!(told, 1, "heard once, however often it is told: {history:?}");
    }
}
