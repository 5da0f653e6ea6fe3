//! What time does by itself, with a clock that is moved by hand.

use chrono::TimeDelta;

use super::*;

#[tokio::test]
async fn one_issue_that_cannot_be_read_does_not_stop_the_breach_timer() {
    let fixture = Fixture::new().await;
    let broken = fixture.routed_to(COUNCIL).await;
    let sound = fixture.report(&fixture.nobody(), ReportIssue { location: broken.location.clone(), ..report() }).await;
    fixture.break_clock(&broken).await;
    fixture.clock.set(start() + TimeDelta::days(7));
    assert_eq!(fixture.app.tell_of_due_times().await.unwrap(), 1);
    assert!(fixture.read(&sound.view.issue).await.clock.breach_time.is_some());
}

#[tokio::test]
async fn a_due_time_that_comes_near_and_passes_is_told_of_once_each() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    let (near, due) = (issue.clock.warn_time().unwrap(), issue.clock.due_time().unwrap());
    let told = async |at| {
        fixture.clock.set(at);
        fixture.app.tell_of_due_times().await.unwrap()
    };
    let second = TimeDelta::seconds(1);
    assert_eq!([told(near).await, told(near + second).await, told(near + second * 2).await], [0, 1, 0]);
    assert_eq!([told(due).await, told(due + second).await, told(due + second * 2).await], [0, 1, 0]);
    let (entries, _) = fixture.app.list_issue_history(&fixture.manager(), HERE, issue.id, 50, "").await.unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["issue.reported", "issue.triaged", "issue.routed", "issue.due_soon", "issue.breached"]);
    assert_eq!(fixture.told_kinds().await, ["issue.reported", "issue.due_soon", "issue.breached"]);
}

#[tokio::test]
async fn an_answer_that_is_late_is_found_at_its_time_and_told_of_once() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(ANSWERING).await;
    let due = start() + TimeDelta::hours(24);
    let told = async |at| {
        fixture.clock.set(at);
        fixture.app.tell_of_due_times().await.unwrap()
    };
    let second = TimeDelta::seconds(1);
    assert_eq!([told(due).await, told(due + second).await, told(due + second * 2).await], [0, 1, 0]);
    let (entries, _) = fixture.app.list_issue_history(&fixture.manager(), HERE, issue.id, 50, "").await.unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["issue.reported", "issue.triaged", "issue.routed", "issue.response_breached"]);
    assert_eq!(fixture.told_kinds().await, ["issue.reported", "issue.breached"]);
    let clock = fixture.read(&issue).await.clock;
    assert_eq!(clock.response.and_then(|response| response.breach_provider_id), Some(ANSWERING));
    assert_eq!((clock.breach_time, clock.due), (None, issue.clock.due));
}

#[tokio::test]
async fn a_pledge_that_is_refused_does_not_keep_the_others_waiting() {
    let fixture = Fixture::new().await;
    let refused = fixture.routed_to(FORBIDDEN).await;
    let waiting = fixture.routed_to(SILENT).await;
    assert!(refused.clock.is_pending() && waiting.clock.is_pending());
    fixture.clock.set(start() + TimeDelta::hours(1));
    assert_eq!(fixture.app.attach_pending_clocks().await.unwrap(), 1);
    assert!(fixture.read(&refused).await.clock.is_pending());
    assert!(fixture.read(&waiting).await.clock.due_time().is_some());
}

#[tokio::test]
async fn a_pledge_that_is_refused_is_asked_for_later_and_later() {
    let fixture = Fixture::new().await;
    let refused = fixture.routed_to(FORBIDDEN).await;
    let seconds = |count| start() + TimeDelta::hours(1) + TimeDelta::seconds(count);
    let asked = async |at: i64| {
        fixture.clock.set(seconds(at));
        fixture.app.attach_pending_clocks().await.unwrap();
        fixture.failures(&refused).await
    };
    assert_eq!([asked(0).await, asked(1).await, asked(2).await], [1, 1, 2], "after 2 seconds");
    assert_eq!([asked(5).await, asked(6).await, asked(13).await, asked(14).await], [2, 3, 3, 4], "after 4, after 8");
    let routing = fixture.call_to("RouteIssue", Some(Role::Manager));
    fixture.app.route_issue(&routing, &target(&refused), FORBIDDEN, "").await.unwrap();
    assert_eq!(fixture.failures(&refused).await, 0, "whatever happens to the issue is a reason to ask anew");
    assert_eq!(asked(15).await, 1);
}

#[tokio::test]
async fn an_issue_that_fails_is_looked_at_later_and_later() {
    let fixture = Fixture::new().await;
    let broken = fixture.routed_to(COUNCIL).await;
    fixture.break_clock(&broken).await;
    let due = start() + TimeDelta::days(7);
    for (second, failures) in [(0, 1), (1, 1), (2, 2), (5, 2), (6, 3)] {
        fixture.clock.set(due + TimeDelta::seconds(second));
        assert_eq!(fixture.app.tell_of_due_times().await.unwrap(), 0);
        assert_eq!(fixture.failures(&broken).await, failures, "{second} seconds after it was first found due");
    }
}
