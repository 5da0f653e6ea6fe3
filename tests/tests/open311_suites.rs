//! Two suites talk Open311: what is routed in one to a council that works with the other arrives there, each issue once, although every
//! third answer is lost on the way.

use std::collections::{BTreeMap, BTreeSet};

use pathfinder_tests::door::Way;
use pathfinder_tests::lossy::Lossy;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, text};
use serde_json::{Value, json};

const ISSUES: usize = 30;

/// A key for a system of the receiving council.
async fn api_key(world: &World<Processes>, hood: &Neighbourhood) -> String {
    let system_id =
        world.enrol("neighbour", "Neighbours' suite", "PRINCIPAL_KIND_SYSTEM", &[hood.grant("SYSTEM")]).await;
    let asked =
        json!({"person_id": system_id, "kind": "CREDENTIAL_KIND_API_KEY", "scopes": ["issues"], "valid_days": 30});
    text(&world.must(ADMINISTRATOR, "CredentialService/CreateCredential", asked).await, "secret")
}

/// The issues of a partnership, by their ids.
async fn issues(world: &World<Processes>, hood: &Neighbourhood) -> BTreeMap<String, Value> {
    let listed = world.list(&hood.manager(), "IssueService/ListIssues", hood.with(json!({})), "issues").await;
    listed.into_iter().map(|issue| (text(&issue, "issueId"), issue)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_on_arrives_once_although_every_third_answer_is_lost() {
    let sender = Processes::world(Way::Grpc).await;
    let receiver = Processes::world(Way::Grpc).await;
    let here = Neighbourhood::found(&sender, "hill-end", "HIL").await;
    let there = Neighbourhood::found(&receiver, "brook-wharf", "BRW").await;
    let key = api_key(&receiver, &there).await;
    let network = Lossy::before(&receiver.house.gateway()).await;
    let endpoint = json!([{
        "name": "brook-wharf", "partnership_id": here.partnership_id, "provider_id": here.provider_id,
        "url": format!("{}/open311/v2/", network.url()), "jurisdiction_id": "brook-wharf", "api_key": key, "knows_repeats": true,
        "pull_seconds": 1,
    }]);
    std::fs::write(sender.house.open311_endpoints(), endpoint.to_string()).expect("a file can be written");

    for number in 0..ISSUES {
        // Some are held back there for a person to read: no machine could find them by looking.
        let title = if number % 5 == 0 { format!("Tip {number}, call 999") } else { format!("Tip {number}") };
        sender.must(PUBLIC, "IssueService/ReportIssue", here.report(&title)).await;
    }
    // What is held back here is sent on once it was read.
    let held = here.with(json!({"filter": "state = \"awaiting_moderation\""}));
    for issue in sender.list(&here.manager(), "IssueService/ListIssues", held, "issues").await {
        let triage = here.with(json!({"issue_id": issue["issueId"]}));
        sender.must(&here.manager(), "IssueService/TriageIssue", triage).await;
    }

    let all_sent = async |asked: Value| {
        let listed = sender.list(&here.manager(), "ForwardingService/ListForwardings", asked, "forwardings").await;
        let sent = listed.iter().filter(|one| one["state"] == "SEND_STATE_SENT").count();
        if sent == ISSUES { Ok(listed) } else { Err(format!("{sent} of {}: {:?}", listed.len(), listed.first())) }
    };
    let forwardings =
        pathfinder_tests::waiting::until("everything is sent on", std::time::Duration::from_secs(120), || {
            all_sent(here.with(json!({})))
        })
        .await;

    let (heard, lost) = network.counts();
    assert!(lost >= ISSUES / 4, "answers were lost: {lost} of {heard}");
    let (ours, theirs) = (issues(&sender, &here).await, issues(&receiver, &there).await);
    assert_eq!((ours.len(), theirs.len()), (ISSUES, ISSUES), "each once, on both sides");
    let remote_ids: BTreeSet<String> = forwardings.iter().map(|one| text(one, "remoteId")).collect();
    assert_eq!(remote_ids, theirs.keys().cloned().collect(), "they are known by the ids that they have there");
    for forwarding in &forwardings {
        let (issue_id, remote) = (text(forwarding, "issueId"), &theirs[&text(forwarding, "remoteId")]);
        let description = text(remote, "description");
        assert!(description.contains(&issue_id), "{issue_id} is {description}");
        assert!(description.starts_with(&text(&ours[&issue_id], "title")), "{description}");
    }
    // What is done there is heard here, and each thing once.
    let fixed: Vec<&Value> = theirs.values().filter(|issue| issue["state"] == "ISSUE_STATE_ROUTED").take(6).collect();
    assert_eq!(fixed.len(), 6, "some are at work there");
    for issue in &fixed {
        for (rpc, more) in [
            ("IssueService/AcceptIssue", json!({})),
            ("IssueService/StartIssueWork", json!({})),
            ("IssueService/ResolveIssue", json!({"reason": "The crew took it away."})),
        ] {
            let asked = pathfinder_tests::world::merged(there.with(json!({"issue_id": issue["issueId"]})), more);
            receiver.must(&there.officer(), rpc, asked).await;
        }
    }
    let of_fixed: BTreeSet<&str> = fixed.iter().filter_map(|issue| issue["issueId"].as_str()).collect();
    let ours_of = |forwarding: &&Value| of_fixed.contains(forwarding["remoteId"].as_str().unwrap_or_default());
    for forwarding in forwardings.iter().filter(ours_of) {
        let asked = here.with(json!({"issue_id": forwarding["issueId"]}));
        let resolved =
            |issue: &Value| (issue["state"] == "ISSUE_STATE_RESOLVED").then(|| text(&issue["resolution"], "reason"));
        let reason = sender
            .until("the fix is heard of", &here.manager(), "IssueService/GetIssue", asked.clone(), resolved)
            .await;
        assert_eq!(reason, "The crew took it away.");
        let history = sender.list(&here.manager(), "IssueService/ListIssueHistory", asked, "entries").await;
        let told = history.iter().filter(|entry| entry["kind"] == "issue.resolved").count();
        assert_eq!(told, 1, "heard once: {history:?}");
    }

    let tried = forwardings.iter().filter(|one| one["attemptCount"].as_u64() > Some(1)).count();
    assert!(tried >= ISSUES / 4, "those whose answer was lost were sent again: {tried}");
}
