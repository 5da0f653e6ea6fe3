//! Two suites talk Open311: what is routed in one to a council that works with the other arrives there, each issue once, although every
//! third answer is lost on the way. What is held back there gets its id once it was read there, and a photo goes along. What was fixed
//! there and is disputed here is open again on both sides, once, and what is taken back here is words there.

use std::collections::{BTreeMap, BTreeSet};

use std::time::Duration;

use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::lossy::Lossy;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::processes::Processes;
use pathfinder_tests::waiting;
use pathfinder_tests::world::{House as _, PUBLIC, World, merged, text};
use serde_json::{Value, json};

const ISSUES: usize = 30;
/// So many of them are held back.
const HELD: usize = 6;
/// So many are fixed there, and disputed here: among so many answers, some are lost.
const FIXED: usize = 6;
/// What is said of it there.
const FIX: &str = "The crew took it away.";
/// By which the receiver is told of what happens here.
const UPDATES: &str = "POST /open311/v2/servicerequestupdates";
/// A PNG of one colour, 24 by 16 pixels.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAGklEQVR42mM4YaNBFcQwatCoQaMGjRpEGQIAwL3CEEmM++MAAAAASUVORK5CYII=";
/// Who sends an issue on waits longer after each time that there is no id yet.
const PATIENCE: Duration = Duration::from_secs(240);

/// A suite, and a partnership in it.
type Side<'a> = (&'a World<Processes>, &'a Neighbourhood);

/// What residents reported here.
struct Reported {
    /// The token of each, by its issue's id.
    tokens: BTreeMap<String, String>,
    /// The issue that has a photo.
    pictured: String,
}

/// Has what is routed here go there, over a network that loses answers.
async fn connected((sender, here): Side<'_>, (receiver, there): Side<'_>) -> Lossy {
    let key = receiver.machine(("neighbour", "Neighbours' suite"), there.grant("SYSTEM")).await;
    let network = Lossy::before(&receiver.house.gateway()).await;
    let endpoint = json!([{
        "name": "brook-wharf", "partnership_id": here.partnership_id, "provider_id": here.provider_id,
        "url": format!("{}/open311/v2/", network.url()), "jurisdiction_id": "brook-wharf", "api_key": key, "knows_repeats": true,
        "takes_updates": true, "pull_seconds": 1, "wait_seconds": 3,
    }]);
    std::fs::write(sender.house.open311_endpoints(), endpoint.to_string()).expect("a file can be written");
    network
}

/// Reports everything.
async fn report_all(world: &World<Processes>, hood: &Neighbourhood) -> Reported {
    let mut reported = Reported { tokens: BTreeMap::new(), pictured: String::new() };
    for number in 0..ISSUES {
        // Some are held back there for a person to read: no machine could find them by looking.
        let title = if number % 5 == 0 { format!("Tip {number}, call 999") } else { format!("Tip {number}") };
        let answer = world.must(PUBLIC, "IssueService/ReportIssue", hood.report(&title)).await;
        let issue_id = text(&answer["issue"], "issueId");
        // A photo of what is held back waits for staff, too; this one does not.
        if number == 1 {
            let photo = json!({"issue_id": issue_id, "follow_token": answer["followToken"], "content": PNG});
            world.must(PUBLIC, "PhotoService/AddPhoto", hood.with(photo)).await;
            reported.pictured.clone_from(&issue_id);
        }
        reported.tokens.insert(issue_id, text(&answer, "followToken"));
    }
    reported
}

/// The issues of a partnership, by their ids.
async fn issues(world: &World<Processes>, hood: &Neighbourhood) -> BTreeMap<String, Value> {
    let listed = world.list(&hood.manager(), "IssueService/ListIssues", hood.with(json!({})), "issues").await;
    listed.into_iter().map(|issue| (text(&issue, "issueId"), issue)).collect()
}

/// Lets everything go on that waits for a person to read it.
async fn triage_all(world: &World<Processes>, hood: &Neighbourhood) -> usize {
    let held = hood.with(json!({"filter": "state = \"awaiting_moderation\""}));
    let held = world.list(&hood.manager(), "IssueService/ListIssues", held, "issues").await;
    for issue in &held {
        let triage = hood.with(json!({"issue_id": issue["issueId"]}));
        world.must(&hood.manager(), "IssueService/TriageIssue", triage).await;
    }
    held.len()
}

/// How far issues have come, once so many are sent and the others wait for their ids.
async fn come_so_far(world: &World<Processes>, hood: &Neighbourhood, sent: usize) -> Vec<Value> {
    waiting::until("everything is sent on", PATIENCE, || async {
        let asked = hood.with(json!({}));
        let listed = world.list(&hood.manager(), "ForwardingService/ListForwardings", asked, "forwardings").await;
        let count = |state: &str| listed.iter().filter(|one| one["state"] == state).count();
        let so_far = (count("SEND_STATE_SENT"), count("SEND_STATE_AWAITING_ID"));
        let wanted = (sent, ISSUES - sent);
        if so_far == wanted { Ok(listed) } else { Err(format!("{so_far:?} of {}: {:?}", listed.len(), listed.first())) }
    })
    .await
}

/// The photo that was sent along is a photo there, and everybody finds it where Open311 says.
async fn the_photo_arrived(world: &World<Processes>, hood: &Neighbourhood, issue_id: &str) {
    let asked = hood.with(json!({"issue_id": issue_id}));
    let count = |issue: &Value| (issue["photos"].as_array().map(Vec::len) == Some(1)).then_some(());
    world.until("the photo is fetched", &hood.manager(), "IssueService/GetIssue", asked, count).await;
    let http = Http::at(&world.house.gateway());
    let request = http.request(Method::GET, &format!("/open311/v2/requests/{issue_id}.json"));
    let shown: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let address = text(&shown[0], "media_url");
    let path = address.strip_prefix(&world.house.gateway()).expect("an address of this suite");
    let photo = http.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(photo.status(), 200);
    assert!(photo.bytes().await.expect("a photo").starts_with(b"\xff\xd8\xff"), "a JPEG is at {address}");
}

/// Each issue is there once, and known here by the id that it has there; the issues there, by their ids.
async fn arrived_once(
    (sender, here): Side<'_>,
    (receiver, there): Side<'_>,
    forwardings: &[Value],
) -> BTreeMap<String, Value> {
    let (ours, theirs) = (issues(sender, here).await, issues(receiver, there).await);
    assert_eq!((ours.len(), theirs.len()), (ISSUES, ISSUES), "each once, on both sides");
    let remote_ids: BTreeSet<String> = forwardings.iter().map(|one| text(one, "remoteId")).collect();
    assert_eq!(remote_ids, theirs.keys().cloned().collect(), "they are known by the ids that they have there");
    for forwarding in forwardings {
        let (issue_id, remote) = (text(forwarding, "issueId"), &theirs[&text(forwarding, "remoteId")]);
        let description = text(remote, "description");
        assert!(description.contains(&issue_id), "{issue_id} is {description}");
        assert!(description.starts_with(&text(&ours[&issue_id], "title")), "{description}");
    }
    theirs
}

/// Fixes some that are at work there; their ids.
async fn fix_some((world, hood): Side<'_>, issues: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let at_work = issues.iter().filter(|(_, issue)| issue["state"] == "ISSUE_STATE_ROUTED");
    let fixed: BTreeSet<String> = at_work.map(|(id, _)| id.clone()).take(FIXED).collect();
    assert_eq!(fixed.len(), FIXED, "some are at work there");
    for issue_id in &fixed {
        for (rpc, more) in [
            ("IssueService/AcceptIssue", json!({})),
            ("IssueService/StartIssueWork", json!({})),
            ("IssueService/ResolveIssue", json!({"reason": FIX})),
        ] {
            let asked = merged(hood.with(json!({"issue_id": issue_id})), more);
            world.must(&hood.officer(), rpc, asked).await;
        }
    }
    fixed
}

/// The fix of an issue is heard of, once.
async fn the_fix_is_heard_of((world, hood): Side<'_>, issue_id: &str) {
    let asked = hood.with(json!({"issue_id": issue_id}));
    let resolved =
        |issue: &Value| (issue["state"] == "ISSUE_STATE_RESOLVED").then(|| text(&issue["resolution"], "reason"));
    let reason =
        world.until("the fix is heard of", &hood.manager(), "IssueService/GetIssue", asked.clone(), resolved).await;
    assert_eq!(reason, FIX);
    let history = world.list(&hood.manager(), "IssueService/ListIssueHistory", asked, "entries").await;
    let told = history.iter().filter(|entry| entry["kind"] == "issue.resolved").count();
    assert_eq!(told, 1, "heard once: {history:?}");
}

/// Says of what was fixed that it was not.
async fn dispute((world, hood): Side<'_>, fixed: &[&Value], reported: &Reported) {
    for forwarding in fixed {
        let token = &reported.tokens[&text(forwarding, "issueId")];
        let said = json!({"issue_id": forwarding["issueId"], "follow_token": token, "reason": "It is still there."});
        world.must(PUBLIC, "IssueService/DisputeResolution", hood.with(said)).await;
    }
}

/// Waits until the other suite was told so much and has taken all of it.
async fn told((world, hood): Side<'_>, count: usize) {
    waiting::until("the council is told", PATIENCE, || async {
        let asked = hood.with(json!({}));
        let listed = world.list(&hood.manager(), "ForwardingService/ListForwardings", asked, "forwardings").await;
        let updates: Vec<&Value> = listed.iter().filter_map(|one| one["updates"].as_array()).flatten().collect();
        let sent = updates.iter().filter(|one| one["state"] == "FORWARDING_UPDATE_STATE_SENT").count();
        if (sent, updates.len()) == (count, count) { Ok(()) } else { Err(format!("{updates:?}")) }
    })
    .await;
}

/// What is taken back where it came from stays as it was where it is, with words.
async fn is_taken_back(
    (sender, here): Side<'_>,
    (receiver, there): Side<'_>,
    (forwarding, token): (&Value, &str),
    told_before: usize,
) {
    let withdrawal = json!({"issue_id": forwarding["issueId"], "follow_token": token});
    sender.must(PUBLIC, "IssueService/WithdrawIssue", here.with(withdrawal)).await;
    told((sender, here), told_before + 1).await;
    let asked = there.with(json!({"issue_id": forwarding["remoteId"]}));
    let issue = receiver.must(&there.manager(), "IssueService/GetIssue", asked.clone()).await;
    assert_eq!(issue["state"], "ISSUE_STATE_ROUTED", "it is the council's to decide: {issue}");
    let history = receiver.list(&there.manager(), "IssueService/ListIssueHistory", asked, "entries").await;
    let words = history.iter().filter(|entry| entry["kind"] == "issue.update");
    let words: Vec<String> = words.map(|entry| text(entry, "note")).collect();
    assert!(matches!(words.as_slice(), [said] if said.contains("took it back")), "once: {history:?}");
}

/// The issue is open again, and was reopened once.
async fn is_open_again((world, hood): Side<'_>, issue_id: &str) {
    let asked = hood.with(json!({"issue_id": issue_id}));
    let issue = world.must(&hood.manager(), "IssueService/GetIssue", asked.clone()).await;
    assert_eq!((&issue["state"], &issue["reopenedCount"]), (&json!("ISSUE_STATE_ROUTED"), &json!(1)), "{issue}");
    let history = world.list(&hood.manager(), "IssueService/ListIssueHistory", asked, "entries").await;
    let disputed = history.iter().filter(|entry| entry["kind"] == "issue.disputed").count();
    assert_eq!(disputed, 1, "once: {history:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_on_arrives_once_although_every_third_answer_is_lost() {
    let (sender, receiver) = (Processes::world(Way::Grpc).await, Processes::world(Way::Grpc).await);
    let here = Neighbourhood::found(&sender, "hill-end", "HIL").await;
    let there = Neighbourhood::found(&receiver, "brook-wharf", "BRW").await;
    let (from, to) = ((&sender, &here), (&receiver, &there));
    let network = connected(from, to).await;
    let reported = report_all(&sender, &here).await;
    // What is held back here is sent on once it was read.
    assert_eq!(triage_all(&sender, &here).await, HELD);

    // There it is held back again: it was taken, and nobody is told under which id.
    let waiting = come_so_far(&sender, &here, ISSUES - HELD).await;
    let without_id = waiting.iter().filter(|one| text(one, "remoteId").is_empty()).count();
    assert_eq!(without_id, HELD, "{waiting:?}");
    assert_eq!(triage_all(&receiver, &there).await, HELD, "each is there once");
    let forwardings = come_so_far(&sender, &here, ISSUES).await;
    let (heard, lost) = network.counts();
    assert!(lost >= ISSUES / 4, "answers were lost: {lost} of {heard}");
    let theirs = arrived_once(from, to, &forwardings).await;
    let pictured = forwardings.iter().find(|one| text(one, "issueId") == reported.pictured).expect("it was sent on");
    the_photo_arrived(&receiver, &there, &text(pictured, "remoteId")).await;

    // What is done there is heard here, and each thing once.
    let fixed = fix_some(to, &theirs).await;
    let fixed: Vec<&Value> = forwardings.iter().filter(|one| fixed.contains(&text(one, "remoteId"))).collect();
    for forwarding in &fixed {
        the_fix_is_heard_of(from, &text(forwarding, "issueId")).await;
    }

    // That it is not fixed is said here, and heard there.
    let (_, lost_before) = network.counts_of(UPDATES);
    dispute(from, &fixed, &reported).await;
    told(from, FIXED).await;
    let (heard, lost) = network.counts_of(UPDATES);
    assert!(lost > lost_before, "answers were lost meanwhile: {lost} of {heard}, {lost_before} before");
    for forwarding in &fixed {
        is_open_again(from, &text(forwarding, "issueId")).await;
        is_open_again(to, &text(forwarding, "remoteId")).await;
    }
    let withdrawn = (fixed[0], reported.tokens[&text(fixed[0], "issueId")].as_str());
    is_taken_back(from, to, withdrawn, FIXED).await;

    let tried = forwardings.iter().filter(|one| one["attemptCount"].as_u64() > Some(1)).count();
    assert!(tried >= ISSUES / 4, "those whose answer was lost were sent again: {tried}");
}
