//! What other systems tell of issues, in any order and as often as they like, and what they read.

use chrono::TimeDelta;

use super::*;
use crate::app::updates::{ListUpdates, Named, PushUpdate, Pushed};
use crate::domain::history::Entry;
use crate::domain::update::{NOT_FOR_ALL, Sought, UpdateStatus};

/// The council's own system.
const COUNCILS: &str = "case-system";

fn hours(count: i64) -> DateTime<Utc> {
    start() + TimeDelta::hours(count)
}

fn update(issue: &Issue, id: &str, status: UpdateStatus, happened_time: DateTime<Utc>) -> PushUpdate {
    PushUpdate {
        partnership_id: HERE,
        issue: Named::Here(issue.id),
        external_update_id: id.to_owned(),
        status,
        happened_time,
        description: String::new(),
        media_urls: Vec::new(),
        endpoint: None,
        heard: None,
    }
}

fn saying(words: &str, update: PushUpdate) -> PushUpdate {
    PushUpdate { description: words.to_owned(), ..update }
}

fn all() -> Sought {
    Sought { partnership_id: HERE, start_time: None, end_time: None, issue_ids: Vec::new() }
}

impl Fixture {
    /// A call of a system, at the present.
    fn system(&self, subject: &str, grant: Grant) -> Call {
        let mut call = self.call_to("IssueUpdateService/PushIssueUpdate", None);
        call.caller = Caller::Known(Principal {
            subject: subject.to_owned(),
            name: "A machine".to_owned(),
            kind: PrincipalKind::System,
            credential: None,
            grants: vec![grant],
        });
        call
    }

    async fn push(&self, update: &PushUpdate) -> Pushed {
        let call = self.system(COUNCILS, Grant::within(Role::System, HERE));
        self.app.push_issue_update(&call, update).await.unwrap()
    }

    /// The whole history, as staff read it.
    async fn entries(&self, issue: &Issue) -> Vec<Entry> {
        self.app.list_issue_history(&self.manager(), HERE, issue.id, 200, "").await.unwrap().0
    }

    async fn updates(&self, sought: Sought) -> Vec<Entry> {
        let wish = ListUpdates { sought, page_size: 200, page_token: String::new() };
        let rows = self.app.list_issue_updates(&wish).await.unwrap().0;
        rows.into_iter().map(|(entry, _)| entry).collect()
    }
}

#[tokio::test]
async fn an_update_is_taken_once_however_often_it_comes() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    fixture.clock.advance(TimeDelta::hours(3));
    let fixed = saying("Scrubbed off.", update(&issue, "u1", UpdateStatus::Fixed, hours(1)));
    let first = fixture.push(&fixed).await;
    assert!(first.applied && first.note.is_empty(), "{first:?}");
    let now = &first.view.issue;
    let resolution = now.resolution.clone().unwrap();
    assert_eq!((now.state, resolution.reason.as_str()), (IssueState::Resolved, "Scrubbed off."));
    assert_eq!(resolution.time, hours(1), "fixed when the system says, not when it told");

    fixture.clock.advance(TimeDelta::days(40));
    for again in [fixed.clone(), saying("Otherwise", update(&issue, "u1", UpdateStatus::Open, hours(2)))] {
        let second = fixture.push(&again).await;
        assert_eq!((second.update_id, second.applied, &second.note), (first.update_id, true, &first.note));
        assert_eq!(second.view.issue.version, now.version, "nothing was written");
    }
    let entries = fixture.entries(&issue).await;
    let told: Vec<(&str, &str)> =
        entries.iter().skip(1).map(|entry| (entry.kind.as_str(), entry.actor_id.as_str())).collect();
    let expected = [
        ("issue.triaged", "issues"),
        ("issue.routed", "issues"),
        ("issue.accepted", "issues"),
        ("issue.work_started", "issues"),
        ("issue.resolved", COUNCILS),
    ];
    assert_eq!(told, expected, "what lies on the way is a rule's");
    assert_eq!(entries.last().unwrap().id, first.update_id);
}

#[tokio::test]
async fn what_is_older_than_what_moved_the_issue_moves_nothing() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    fixture.clock.advance(TimeDelta::hours(5));
    let begun = fixture.push(&update(&issue, "begun", UpdateStatus::InProgress, hours(3))).await;
    assert_eq!((begun.applied, begun.view.issue.state), (true, IssueState::InProgress));
    assert_eq!(begun.view.issue.clock.answered, Some(hours(3)), "answered when the system says, not when it told");
    let older = saying("We shall look at it.", update(&issue, "seen", UpdateStatus::Fixed, hours(2)));
    let older = fixture.push(&older).await;
    assert_eq!((older.applied, older.view.issue.state), (false, IssueState::InProgress));
    assert!(older.note.contains("later"), "{older:?}");
    let entry = fixture.entries(&issue).await.pop().unwrap();
    assert_eq!((entry.id, entry.kind.as_str(), entry.time), (older.update_id, "issue.update", hours(2)));
    assert_eq!(entry.note, "We shall look at it.", "its words stand");
    let so_already = fixture.push(&update(&issue, "taken", UpdateStatus::Planned, hours(4))).await;
    assert!(!so_already.applied && so_already.note.contains("already"), "{so_already:?}");
    let between = fixture.push(&update(&issue, "between", UpdateStatus::Fixed, hours(3))).await;
    assert!(!between.applied, "what the issue was in step with counts as well: {between:?}");
    let last = fixture.push(&update(&issue, "last", UpdateStatus::Closed, hours(5))).await;
    assert_eq!((last.applied, last.view.issue.state), (true, IssueState::Resolved));
    let reason = last.view.issue.resolution.unwrap().reason;
    assert!(reason.contains(&issue.provider_name), "a reason is found where none is said: {reason}");
}

#[tokio::test]
async fn no_status_is_refused_and_none_does_what_people_decide() {
    let fixture = Fixture::new().await;
    let nowhere = fixture.report(&fixture.nobody(), report()).await.view.issue;
    for status in UpdateStatus::ALL {
        let kept = fixture.push(&update(&nowhere, status.word(), *status, hours(0))).await;
        assert_eq!((kept.applied, kept.view.issue.state), (false, IssueState::Triaged), "{status}: {kept:?}");
        assert!(!kept.note.is_empty(), "{status}: why it moved nothing is said");
        let entry = fixture.entries(&nowhere).await.pop().unwrap();
        let sent = format!("Sent as {} of ", status.word().to_uppercase());
        assert!(entry.private_note.starts_with(&sent), "{status} is kept for staff: {entry:?}");
    }
    let routed = fixture.routed_to(COUNCIL).await;
    fixture.push(&update(&routed, "fixed", UpdateStatus::Fixed, hours(0))).await;
    for status in [UpdateStatus::Reopen, UpdateStatus::Open, UpdateStatus::Duplicate, UpdateStatus::Cancelled] {
        let kept = fixture.push(&update(&routed, status.word(), status, hours(0))).await;
        assert_eq!((kept.applied, kept.view.issue.state), (false, IssueState::Resolved), "{status}");
    }
}

#[tokio::test]
async fn whoever_reported_an_issue_has_it_opened_again_by_their_machine() {
    let fixture = Fixture::new().await;
    let location = fixture.routed_to(COUNCIL).await.location;
    let neighbour = || fixture.system("neighbour", Grant::within(Role::System, HERE));
    let issue = fixture.report(&neighbour(), ReportIssue { location, ..report() }).await.view.issue;
    let push = async |update: PushUpdate| fixture.app.push_issue_update(&neighbour(), &update).await.unwrap();
    let open = |id: &str, time| saying("It is still there.", update(&issue, id, UpdateStatus::Reopen, time));
    fixture.clock.advance(TimeDelta::hours(4));
    fixture.push(&update(&issue, "fixed", UpdateStatus::Fixed, hours(2))).await;
    fixture.clock.advance(TimeDelta::hours(2));

    let comment = push(saying("Thank you.", update(&issue, "comment", UpdateStatus::Open, hours(5)))).await;
    assert_eq!(
        (comment.applied, comment.view.issue.state),
        (false, IssueState::Resolved),
        "OPEN comes with each comment"
    );
    let others = fixture.push(&open("theirs", hours(5))).await;
    assert!(!others.applied && others.note.contains("Only who reported"), "{others:?}");
    let early = push(open("early", hours(3))).await;
    assert!(!early.applied && early.note.contains("before the issue ended"), "{early:?}");
    let opened = push(open("open", hours(5))).await;
    let now = &opened.view.issue;
    assert_eq!((opened.applied, now.state, now.reopened_count), (true, IssueState::Routed, 1));
    let entries = fixture.entries(&issue).await;
    let own = entries.iter().find(|entry| entry.id == opened.update_id).unwrap();
    let said = (own.kind.as_str(), own.note.as_str(), own.actor_id.as_str());
    assert_eq!(said, ("issue.disputed", "It is still there.", "neighbour"));
    let again = push(open("open", hours(5))).await;
    assert_eq!((again.update_id, again.view.issue.version), (opened.update_id, now.version), "nothing was written");
    let open_already = push(open("open-2", hours(5))).await;
    assert!(!open_already.applied && open_already.note.contains("is open"), "{open_already:?}");

    fixture.push(&update(&issue, "fixed-2", UpdateStatus::Fixed, hours(5))).await;
    fixture.clock.advance(TimeDelta::hours(1));
    let older = push(open("older", hours(4))).await;
    assert!(!older.applied && older.note.contains("later"), "{older:?}");
    let reopened = push(update(&issue, "reopen", UpdateStatus::Reopen, hours(6))).await;
    assert_eq!((reopened.applied, reopened.view.issue.reopened_count), (true, 2), "{reopened:?}");
    let told = fixture.updates(Sought { issue_ids: vec![issue.id], ..all() }).await;
    assert_eq!(told.iter().filter(|entry| entry.kind == "issue.disputed").count(), 2);
    assert!(told.iter().all(|entry| !entry.note.starts_with("Back to")), "where it goes is no news there: {told:?}");
}

#[tokio::test]
async fn what_is_closed_where_an_issue_came_from_is_kept_as_words() {
    let fixture = Fixture::new().await;
    let location = fixture.routed_to(COUNCIL).await.location;
    let neighbour = || fixture.system("neighbour", Grant::within(Role::System, HERE));
    let issue = fixture.report(&neighbour(), ReportIssue { location, ..report() }).await.view.issue;
    let closed = saying("It is not needed any more.", update(&issue, "closed", UpdateStatus::Closed, hours(0)));
    let kept = fixture.app.push_issue_update(&neighbour(), &closed).await.unwrap();
    assert_eq!((kept.applied, kept.view.issue.state), (false, IssueState::Routed), "{kept:?}");
    assert!(kept.view.issue.resolution.is_none(), "nobody has fixed it");
    assert_eq!(fixture.entries(&issue).await.pop().unwrap().note, "It is not needed any more.");

    let own = || fixture.system("own", Grant::for_provider(Role::ProviderOfficer, HERE, COUNCIL));
    let closed = update(&issue, "closed", UpdateStatus::Closed, hours(0));
    let taken = fixture.app.push_issue_update(&own(), &closed).await.unwrap();
    assert_eq!((taken.applied, taken.view.issue.state), (true, IssueState::Resolved), "the provider closes: {taken:?}");
}

#[tokio::test]
async fn what_was_brought_in_is_not_opened_again_by_whoever_brought_it() {
    let fixture = Fixture::new().await;
    let location = fixture.routed_to(COUNCIL).await.location;
    let neighbour = || fixture.system("neighbour", Grant::within(Role::System, HERE));
    let case = ReportIssue { location, source: Source::Import, ..report() };
    let issue = fixture.report(&neighbour(), case).await.view.issue;
    fixture.push(&update(&issue, "fixed", UpdateStatus::Fixed, hours(0))).await;
    let reopen = update(&issue, "reopen", UpdateStatus::Reopen, hours(0));
    let kept = fixture.app.push_issue_update(&neighbour(), &reopen).await.unwrap();
    assert_eq!((kept.applied, kept.view.issue.state), (false, IssueState::Resolved), "{kept:?}");
}

#[tokio::test]
async fn a_provider_moves_its_own_issues_alone() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    let accepted = update(&issue, "u1", UpdateStatus::Investigating, hours(0));
    let other = fixture.system("other", Grant::for_provider(Role::ProviderOfficer, HERE, SILENT));
    assert_eq!(reason(fixture.app.push_issue_update(&other, &accepted).await), Reason::RoleMissing);
    assert_eq!(fixture.read(&issue).await.state, IssueState::Routed);
    let own = fixture.system("own", Grant::for_provider(Role::ProviderOfficer, HERE, COUNCIL));
    let taken = fixture.app.push_issue_update(&own, &accepted).await.unwrap();
    assert_eq!((taken.applied, taken.view.issue.state), (true, IssueState::Accepted));
    let manager = fixture.call_to("IssueUpdateService/PushIssueUpdate", Some(Role::Manager));
    let kept = fixture.app.push_issue_update(&manager, &accepted).await.unwrap();
    assert_ne!(taken.update_id, kept.update_id, "ids are each caller's own");
    for (call, first) in [(&manager, &kept), (&own, &taken)] {
        let again = fixture.app.push_issue_update(call, &accepted).await.unwrap();
        assert_eq!((again.update_id, again.applied, &again.note), (first.update_id, first.applied, &first.note));
    }
}

#[tokio::test]
async fn words_that_a_person_must_read_first_stay_with_staff() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let words = "The boy called Sam did it; call an ambulance.";
    let said = saying(words, update(&followed.view.issue, "said", UpdateStatus::Open, hours(0)));
    fixture.push(&said).await;
    let routed = fixture.routed_to(COUNCIL).await;
    let fixed = fixture.push(&saying(words, update(&routed, "fixed", UpdateStatus::Fixed, hours(0)))).await;
    assert!(fixed.applied && !fixed.view.issue.resolution.unwrap().reason.contains("Sam"));
    for issue in [&followed.view.issue, &routed] {
        let entry = fixture.entries(issue).await.pop().unwrap();
        assert!(!entry.note.contains("Sam") && entry.private_note.contains(words), "{entry:?}");
    }
    let told = fixture.updates(all()).await;
    assert!(told.iter().any(|entry| entry.note == NOT_FOR_ALL), "{told:?}");
    assert_eq!(NOT_FOR_ALL, "There is news, which the neighbourhood manager can read.", "nobody publishes it");
    assert!(told.iter().all(|entry| !entry.told().contains("Sam")), "{told:?}");
    let (notices, ..) = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap();
    assert!(notices.is_empty(), "what stays with staff is told nobody: {notices:?}");
}

#[tokio::test]
async fn whoever_reported_is_told_of_what_is_said() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let issue = &followed.view.issue;
    fixture.push(&update(issue, "silent", UpdateStatus::Open, hours(0))).await;
    fixture.push(&saying("A crew comes on Friday.", update(issue, "said", UpdateStatus::Open, hours(0)))).await;
    let (notices, ..) = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap();
    let texts: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(texts, [format!("News of {}: A crew comes on Friday.", issue.reference)]);
    assert_eq!(fixture.told_kinds().await, ["issue.reported"], "words move nothing");
}

#[tokio::test]
async fn whoever_reported_is_told_of_what_is_said_with_a_move_and_of_no_step_on_the_way_to_it() {
    let fixture = Fixture::new().await;
    let followed = fixture.followed_to(COUNCIL).await;
    let issue = &followed.view.issue;
    let begun = saying("The crew comes on Monday.", update(issue, "begun", UpdateStatus::InProgress, hours(0)));
    assert!(fixture.push(&begun).await.applied);
    let held = saying("Call an ambulance.", update(issue, "held", UpdateStatus::Open, hours(0)));
    fixture.push(&held).await;
    let (notices, ..) = fixture.app.list_notices(&following(&followed), 0, "").await.unwrap();
    let told: Vec<(&str, &str)> = notices.iter().map(|notice| (notice.kind.as_str(), notice.text.as_str())).collect();
    let text = format!("Work on {} has begun. The crew comes on Monday.", issue.reference);
    assert_eq!(told, [("issue.work_started", text.as_str())]);
}

#[tokio::test]
async fn an_issue_is_found_by_the_id_that_it_came_with_and_not_while_it_is_held_back() {
    let fixture = Fixture::new().await;
    let case = ReportIssue { external_id: Some("case 7".to_owned()), ..report() };
    let issue = fixture.report(&fixture.manager(), case).await.view.issue;
    let named = |id: &str| PushUpdate {
        issue: Named::There(id.to_owned()),
        ..update(&issue, "u1", UpdateStatus::Open, hours(0))
    };
    assert_eq!(fixture.push(&named("case 7")).await.view.issue.id, issue.id);
    let system = fixture.system(COUNCILS, Grant::within(Role::System, HERE));
    assert_eq!(reason(fixture.app.push_issue_update(&system, &named("case 8")).await), Reason::NotFound);
    let held = ReportIssue { description: "Somebody has a knife, call 999".to_owned(), ..report() };
    let held = fixture.report(&fixture.nobody(), held).await.view.issue;
    let said = update(&held, "u2", UpdateStatus::Open, hours(0));
    assert_eq!(reason(fixture.app.push_issue_update(&system, &said).await), Reason::NotFound);
}

#[tokio::test]
async fn what_happened_is_read_by_when_it_was_recorded() {
    let fixture = Fixture::new().await;
    let first = fixture.routed_to(COUNCIL).await;
    let held = ReportIssue { description: "Somebody has a knife, call 999".to_owned(), ..report() };
    fixture.report(&fixture.nobody(), held).await;
    fixture.clock.advance(TimeDelta::hours(2));
    let second = fixture.routed_to(SILENT).await;
    let fixed = fixture.push(&update(&first, "late", UpdateStatus::Fixed, hours(1))).await;
    fixture.push(&update(&second, "silent", UpdateStatus::Open, hours(1))).await;

    let told = fixture.updates(all()).await;
    let kinds: Vec<(IssueId, &str)> = told.iter().map(|entry| (entry.issue_id, entry.kind.as_str())).collect();
    let expected = [(first.id, "issue.routed"), (second.id, "issue.routed"), (first.id, "issue.resolved")];
    assert_eq!(kinds, expected, "no silent step, nothing held back, nothing without words");
    assert_eq!(told[2].id, fixed.update_id);
    assert_eq!(told[2].recorded_time(), hours(2), "told late, so read late");

    let a_microsecond = TimeDelta::microseconds(1);
    let windows = [
        (Some(hours(2)), Some(hours(2)), 2),
        (Some(hours(2) + TimeDelta::seconds(1)), None, 0),
        (None, Some(hours(2) - a_microsecond), 1),
        (Some(hours(0) + TimeDelta::seconds(1)), None, 2),
    ];
    for (start_time, end_time, count) in windows {
        // Ids count on within a standing millisecond: what happens at once is at most some milliseconds apart.
        let end_time = end_time.map(|end| if end == hours(2) { end + TimeDelta::milliseconds(500) } else { end });
        let found = fixture.updates(Sought { start_time, end_time, ..all() }).await;
        assert_eq!(found.len(), count, "{start_time:?} to {end_time:?}: {found:?}");
    }
    let of_one = fixture.updates(Sought { issue_ids: vec![second.id], ..all() }).await;
    assert_eq!(of_one.len(), 1, "{of_one:?}");

    let (mut paged, mut page_token) = (Vec::new(), String::new());
    loop {
        let wish = ListUpdates { sought: all(), page_size: 1, page_token };
        let (rows, next) = fixture.app.list_issue_updates(&wish).await.unwrap();
        paged.extend(rows);
        if next.is_empty() {
            break;
        }
        page_token = next;
    }
    let references: Vec<&str> = paged.iter().map(|(_, reference)| reference.as_str()).collect();
    assert_eq!(references, [first.reference.as_str(), &second.reference, &first.reference]);
}
