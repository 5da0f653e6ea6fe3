//! What becomes of issues at councils whose systems have no list of updates.

use super::*;

impl Fixture {
    /// An issue that a council has taken, as its 7, whose system has no list of updates.
    async fn with_a_plain_council(&self) -> Followed {
        self.council(false, "GRAF-1", &[Heard::Taken("7".to_owned())], &[]);
        self.councils.0.lock().unwrap().is_plain = true;
        let followed = self.followed_to(COUNCIL).await;
        assert_eq!(self.app.forward_issues().await.unwrap(), 1);
        followed
    }

    /// How its 7 stands there, changed so many minutes after the start. Answers how much of it is news some minutes later.
    async fn council_shows(&self, status: &str, notes: &str, changed: i64) -> usize {
        let updated = Some(start() + chrono::TimeDelta::minutes(changed));
        let shown = |id: &str| RemoteRequest {
            remote_id: id.to_owned(),
            status: status.to_owned(),
            notes: notes.to_owned(),
            updated,
        };
        // It shows what others reported, too.
        self.councils.0.lock().unwrap().shows = vec![shown("6"), shown("7")];
        self.clock.advance(chrono::TimeDelta::minutes(3));
        self.app.pull_updates().await.unwrap()
    }

    fn times_asked(&self) -> (usize, usize) {
        let town = self.councils.0.lock().unwrap();
        (town.asked_since.len(), town.asked_for.len())
    }
}

#[tokio::test]
async fn a_report_is_read_where_there_is_no_list_of_updates() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    let issue = &followed.view.issue;
    assert_eq!(fixture.council_shows("open", "", 0).await, 0, "nothing is said");
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 1).await, 1);
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 1).await, 0, "the same");
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 2).await, 0, "it was touched, and says nothing new");
    assert_eq!(fixture.read(issue).await.state, IssueState::Routed, "words alone");
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 3).await, 1);
    assert_eq!(fixture.read(issue).await.state, IssueState::Resolved);
    assert_eq!(fixture.times_asked(), (1, 5), "that there is no list is remembered");
    assert_eq!(fixture.council_shows("closed", "Scrubbed off, really.", 4).await, 0);
    assert_eq!(fixture.times_asked(), (1, 5), "what is over is not asked for");
    fixture.clock.advance(chrono::TimeDelta::hours(1));
    fixture.council_shows("closed", "Scrubbed off, really.", 4).await;
    assert_eq!(fixture.times_asked().0, 2, "but not for ever");
}

#[tokio::test]
async fn what_was_closed_and_is_open_again_is_not_closed_by_the_same_word() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    assert_eq!(fixture.council_shows("closed", "", 1).await, 1);
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Resolved);
    fixture.app.dispute_resolution(&fixture.nobody(), &following(&followed), "Not so", None).await.unwrap();
    assert_eq!(fixture.council_shows("closed", "", 1).await, 0, "it is known");
    assert!(fixture.read(&followed.view.issue).await.state.is_open());
    let later = (fixture.app.host.clock().now() - start()).num_minutes();
    assert_eq!(fixture.council_shows("closed", "Scrubbed again.", later).await, 1);
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Resolved);
}

#[tokio::test]
async fn the_file_may_say_that_there_is_no_list_and_a_pathfinder_always_has_one() {
    let fixture = Fixture::new().await;
    fixture.with_a_plain_council().await;
    let set = |tells_updates: bool, knows_repeats: bool| {
        let mut town = fixture.councils.0.lock().unwrap();
        let endpoint = Endpoint { tells_updates, knows_repeats, ..town.endpoints[0].clone() };
        town.endpoints = Arc::new(vec![endpoint]);
    };
    set(true, true);
    assert_eq!(fixture.council_shows("closed", "", 1).await, 0);
    assert_eq!(fixture.times_asked(), (1, 0), "it is asked again later");
    set(false, false);
    assert_eq!(fixture.council_shows("closed", "", 1).await, 1);
    assert_eq!(fixture.times_asked(), (1, 1));
}

#[tokio::test]
async fn a_report_that_is_not_known_there_any_more_holds_up_no_other() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    for id in ["8", "9"] {
        fixture.councils.0.lock().unwrap().hears.push_back(Heard::Taken(id.to_owned()));
        let again = ReportIssue { location: followed.view.issue.location.clone(), ..report() };
        fixture.report(&fixture.nobody(), again).await;
        assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    }
    fixture.councils.0.lock().unwrap().forgotten = vec!["8".to_owned()];
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 1).await, 1);
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Resolved);
    let asked = fixture.councils.0.lock().unwrap().asked_for.clone();
    assert_eq!(asked[0].len(), 3, "all at once: {asked:?}");
}
