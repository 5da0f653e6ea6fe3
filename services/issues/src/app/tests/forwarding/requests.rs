//! What becomes of issues at councils whose systems have no list of updates.

use super::*;

/// How a report stands there, changed so many minutes after the start; none where that is not said.
fn shown(id: &str, status: &str, notes: &str, changed: Option<i64>) -> RemoteRequest {
    RemoteRequest {
        remote_id: id.to_owned(),
        status: status.to_owned(),
        notes: notes.to_owned(),
        update_time: changed.map(|minutes| start() + chrono::TimeDelta::minutes(minutes)),
    }
}

impl Fixture {
    /// An issue that a council has taken, as its 7, whose system has no list of updates.
    async fn with_a_plain_council(&self) -> Followed {
        self.council(false, "GRAF-1", &[Heard::Taken("7".to_owned())], &[]);
        self.councils.0.lock().unwrap().is_plain = true;
        let followed = self.followed_to(COUNCIL).await;
        assert_eq!(self.app.forward_issues().await.unwrap(), 1);
        followed
    }

    /// The same, and one more for each id that it gets there.
    async fn with_others_there(&self, ids: &[&str]) -> Followed {
        let followed = self.with_a_plain_council().await;
        for id in ids {
            self.councils.0.lock().unwrap().hears.push_back(Heard::Taken((*id).to_owned()));
            let location = followed.view.issue.location.clone();
            let reporter = person(Visibility::Confidential);
            self.report(&self.nobody(), ReportIssue { location, reporter, ..report() }).await;
            assert_eq!(self.app.forward_issues().await.unwrap(), 1);
        }
        followed
    }

    /// How many of these are news some minutes later.
    async fn shows_all(&self, shows: Vec<RemoteRequest>) -> usize {
        self.councils.0.lock().unwrap().shows = shows;
        self.clock.advance(chrono::TimeDelta::minutes(3));
        self.app.pull_updates().await.unwrap()
    }

    /// How its 7 stands there, changed so many minutes after the start. Answers how much of it is news some minutes later.
    async fn council_shows(&self, status: &str, notes: &str, changed: i64) -> usize {
        // It shows what others reported, too.
        self.shows_all(["6", "7"].map(|id| shown(id, status, notes, Some(changed))).to_vec()).await
    }

    fn minutes_since_start(&self) -> i64 {
        (self.app.host.clock().now() - start()).num_minutes()
    }

    fn times_asked(&self) -> (usize, usize) {
        let town = self.councils.0.lock().unwrap();
        (town.asked_since.len(), town.asked_for.len())
    }

    /// Which reports it was asked for since it was last looked.
    fn lately_asked_for(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.councils.0.lock().unwrap().asked_for)
    }

    async fn state_of(&self, followed: &Followed) -> IssueState {
        self.read(&followed.view.issue).await.state
    }
}

#[tokio::test]
async fn a_report_is_read_where_there_is_no_list_of_updates() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    assert_eq!(fixture.council_shows("open", "", 0).await, 0, "nothing is said");
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 1).await, 1);
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 1).await, 0, "the same");
    assert_eq!(fixture.council_shows("open", "Two men were sent.", 2).await, 0, "it was touched, and says nothing new");
    assert_eq!(fixture.state_of(&followed).await, IssueState::Routed, "words alone");
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 3).await, 1);
    assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
    assert_eq!(fixture.times_asked(), (1, 5), "that there is no list is remembered");
    assert_eq!(fixture.council_shows("closed", "Scrubbed off, really.", 4).await, 0);
    assert_eq!(fixture.times_asked(), (1, 5), "what is over is not asked for");
    fixture.clock.advance(chrono::TimeDelta::hours(1));
    fixture.council_shows("closed", "Scrubbed off, really.", 4).await;
    assert_eq!(fixture.times_asked().0, 2, "but not for ever");
}

#[tokio::test]
async fn a_dispute_is_not_undone_by_whatever_is_touched_there_until_it_was_open() {
    for is_dated in [true, false] {
        let fixture = Fixture::new().await;
        let followed = fixture.with_a_plain_council().await;
        let shows = async |status: &str, notes: &str| {
            let changed = is_dated.then(|| fixture.minutes_since_start() + 1);
            fixture.shows_all(vec![shown("7", status, notes, changed)]).await
        };
        assert_eq!(shows("closed", "Scrubbed off.").await, 1);
        assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
        fixture.dispute(&followed).await;
        assert_eq!(shows("closed", "Scrubbed off.").await, 0, "it was only touched");
        assert_eq!(shows("closed", "Scrubbed off, we say.").await, 1);
        assert_eq!(shows("closed", "").await, 0);
        assert_eq!(fixture.state_of(&followed).await, IssueState::Routed, "words alone");
        assert_eq!(shows("open", "").await, 0, "nothing is said");
        assert_eq!(shows("closed", "Scrubbed off.").await, 1, "another closing in the same words");
        assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
    }
}

#[tokio::test]
async fn our_own_sentence_there_hides_no_closing() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    let ours = ForwardingUpdateKind::Reopened.said();
    assert_eq!(fixture.council_shows("open", ours, 1).await, 0, "our own words are no news");
    assert_eq!(fixture.council_shows("closed", ours, 2).await, 1);
    assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
    let (entries, _) =
        fixture.app.list_issue_history(&fixture.manager(), HERE, followed.view.issue.id, 50, "").await.unwrap();
    assert!(entries.iter().all(|entry| entry.note != ours), "{entries:?}");
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
async fn reports_are_read_at_their_time_and_the_list_stays_where_it_was() {
    let fixture = Fixture::new().await;
    fixture.with_a_plain_council().await;
    assert_eq!(fixture.council_shows("open", "We look.", 1).await, 1);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0);
    assert_eq!(fixture.times_asked(), (1, 1), "it was asked a moment ago");
    let endpoint = fixture.councils.0.lock().unwrap().endpoints[0].clone();
    let read_until = store::forwarding::read_until(fixture.app.host.reader(), &endpoint).await.unwrap();
    assert_eq!(read_until, None, "no list was read");
}

#[tokio::test]
async fn a_system_that_knows_nothing_any_more_is_no_system_without_a_list() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    fixture.councils.0.lock().unwrap().forgotten = vec!["7".to_owned()];
    assert_eq!(fixture.council_shows("open", "", 1).await, 0, "it is being mended");
    let fixed = RemoteUpdate {
        remote_id: "7".to_owned(),
        update_id: "1".to_owned(),
        status: "FIXED".to_owned(),
        description: String::new(),
        time: start() + chrono::TimeDelta::minutes(1),
    };
    {
        let mut town = fixture.councils.0.lock().unwrap();
        (town.is_plain, town.tells) = (false, vec![fixed]);
    }
    assert_eq!(fixture.council_shows("open", "", 1).await, 1, "its list is asked for again, from where it was");
    assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
}

#[tokio::test]
async fn a_report_that_is_not_known_there_or_breaks_the_answer_holds_up_no_other() {
    for is_broken in [false, true] {
        let fixture = Fixture::new().await;
        fixture.with_others_there(&["8", "9"]).await;
        let worst = vec!["8".to_owned()];
        match is_broken {
            false => fixture.councils.0.lock().unwrap().forgotten = worst,
            true => fixture.councils.0.lock().unwrap().broken = worst,
        }
        let closed = || ["7", "9"].map(|id| shown(id, "closed", "Scrubbed off.", Some(1))).to_vec();
        assert_eq!(fixture.shows_all(closed()).await, 2);
        assert_eq!(fixture.lately_asked_for(), [vec!["7", "8", "9"], vec!["7"], vec!["8"], vec!["9"]]);
        assert_eq!(fixture.shows_all(closed()).await, 0);
        assert_eq!(fixture.lately_asked_for(), [["8"]], "what is over is not asked for");
    }
}

#[tokio::test]
async fn a_slow_system_is_asked_for_all_in_the_end() {
    let fixture = Fixture::new().await;
    fixture.with_others_there(&["8", "9", "10"]).await;
    {
        let mut town = fixture.councils.0.lock().unwrap();
        town.broken = vec!["7".to_owned(), "8".to_owned()];
        town.takes = Some((Arc::clone(&fixture.clock), chrono::TimeDelta::seconds(20)));
    }
    let closed = || ["9", "10"].map(|id| shown(id, "closed", "", None)).to_vec();
    assert_eq!(fixture.shows_all(closed()).await, 0);
    assert_eq!(fixture.lately_asked_for(), [vec!["10", "7", "8", "9"], vec!["7"]], "half a minute is over");
    assert_eq!(fixture.shows_all(closed()).await, 1, "it goes on behind what failed");
    assert_eq!(fixture.lately_asked_for(), [["8"], ["9"]]);
    assert_eq!(fixture.shows_all(closed()).await, 1);
    assert_eq!(fixture.lately_asked_for(), [["10"]]);
}

#[tokio::test]
async fn a_system_that_is_asked_too_often_is_asked_for_the_same_the_next_time() {
    let fixture = Fixture::new().await;
    fixture.with_others_there(&["8", "9"]).await;
    fixture.councils.0.lock().unwrap().forgotten = vec!["8".to_owned()];
    let closed = || ["7", "9"].map(|id| shown(id, "closed", "", Some(1))).to_vec();
    fixture.councils.0.lock().unwrap().questions_left = Some(2);
    assert_eq!(fixture.shows_all(closed()).await, 1);
    assert_eq!(fixture.lately_asked_for(), [vec!["7", "8", "9"], vec!["7"], vec!["8"]], "it takes no more now");
    fixture.councils.0.lock().unwrap().questions_left = Some(2);
    assert_eq!(fixture.shows_all(closed()).await, 1);
    assert_eq!(fixture.lately_asked_for(), [["8"], ["9"]]);
}

#[tokio::test]
async fn what_is_held_back_is_not_asked_for() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 1).await, 1);
    let hiding = fixture.call_to("HideIssue", Some(Role::Manager));
    fixture.app.hide_issue(&hiding, &target(&followed.view.issue), "It names somebody.").await.unwrap();
    fixture.dispute(&followed).await;
    assert_eq!(fixture.state_of(&followed).await, IssueState::AwaitingModeration);
    fixture.lately_asked_for();
    fixture.council_shows("open", "We look.", 2).await;
    assert!(fixture.lately_asked_for().is_empty());
}

#[tokio::test]
async fn that_there_is_no_list_is_not_believed_of_a_system_of_which_nothing_was_read() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 1).await, 1);
    fixture.clock.advance(chrono::TimeDelta::hours(1));
    let asked = |fixture: &Fixture| fixture.times_asked().0;
    let before = asked(&fixture);
    for _ in 0..2 {
        assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 1).await, 0, "nothing is open there");
    }
    assert_eq!(asked(&fixture), before + 2, "the list is asked for each time");
    assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
}

#[tokio::test]
async fn a_closing_read_off_the_report_is_not_taken_again_off_a_list_that_is_there_later() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    let fixed_time = start() + chrono::TimeDelta::minutes(1);
    assert_eq!(fixture.council_shows("closed", "Scrubbed off.", 1).await, 1);
    fixture.clock.advance(chrono::TimeDelta::minutes(1));
    fixture.dispute(&followed).await;
    {
        let mut town = fixture.councils.0.lock().unwrap();
        let endpoint = Endpoint { takes_updates: false, ..town.endpoints[0].clone() };
        (town.endpoints, town.is_plain) = (Arc::new(vec![endpoint]), false);
        town.tells.push(RemoteUpdate {
            remote_id: "7".to_owned(),
            update_id: "1".to_owned(),
            status: "FIXED".to_owned(),
            description: "It is scrubbed off.".to_owned(),
            time: fixed_time,
        });
    }
    fixture.clock.advance(chrono::TimeDelta::hours(1));
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 1, "as words");
    assert_eq!(fixture.state_of(&followed).await, IssueState::Routed, "it was said of what is disputed");
}

#[tokio::test]
async fn a_list_is_as_long_as_it_may_be_and_an_id_with_a_comma_stands_in_none() {
    let fixture = Fixture::new().await;
    fixture.with_others_there(&["8", "9"]).await;
    fixture.councils.0.lock().unwrap().most_asked = Some(1);
    let closed = ["7", "8"].map(|id| shown(id, "closed", "", Some(1))).to_vec();
    assert_eq!(fixture.shows_all(closed).await, 2);
    assert_eq!(fixture.lately_asked_for(), [vec!["7", "8", "9"], vec!["7"], vec!["8"], vec!["9"]]);

    let fixture = Fixture::new().await;
    fixture.with_others_there(&["8", "9,7", "10"]).await;
    let closed = vec![shown("9,7", "closed", "", Some(1))];
    assert_eq!(fixture.shows_all(closed).await, 1);
    let asked_for = [vec!["7", "8"], vec!["7"], vec!["8"], vec!["9,7"], vec!["10"]];
    assert_eq!(fixture.lately_asked_for(), asked_for, "what is not shown is asked for alone");
    assert_eq!(fixture.shows_all(Vec::new()).await, 0);
    assert_eq!(fixture.lately_asked_for(), [["10", "7", "8"]], "but not each time");
}

#[tokio::test]
async fn of_a_report_that_is_shown_twice_one_row_counts() {
    let fixture = Fixture::new().await;
    let followed = fixture.with_a_plain_council().await;
    let twice = || vec![shown("7", "open", "We look.", Some(1)), shown("7", "closed", "Scrubbed off.", Some(2))];
    assert_eq!(fixture.shows_all(twice()).await, 1);
    assert_eq!(fixture.shows_all(twice()).await, 0, "and the same one the next time");
    assert_eq!(fixture.state_of(&followed).await, IssueState::Routed);
}

#[tokio::test]
async fn what_went_to_somebody_else_is_not_asked_for_and_an_old_closing_moves_nothing() {
    for is_dated in [true, false] {
        let fixture = Fixture::new().await;
        let followed = fixture.with_a_plain_council().await;
        let shows = async |status: &str, notes: &str, changed: i64| {
            fixture.shows_all(vec![shown("7", status, notes, is_dated.then_some(changed))]).await
        };
        assert_eq!(shows("open", "", 1).await, 0);
        fixture.clock.advance(chrono::TimeDelta::minutes(1));
        fixture.route(&followed, SILENT).await;
        fixture.lately_asked_for();
        assert_eq!(shows("closed", "It is not ours.", 2).await, 0);
        assert!(fixture.lately_asked_for().is_empty(), "it is with somebody else");
        fixture.clock.advance(chrono::TimeDelta::minutes(1));
        fixture.route(&followed, COUNCIL).await;
        assert_eq!(shows("closed", "It is not ours.", 2).await, 1, "as words");
        assert_eq!(fixture.state_of(&followed).await, IssueState::Routed, "it was closed before it came back");
        let now = fixture.minutes_since_start();
        assert_eq!(shows("open", "", now).await, 0);
        assert_eq!(shows("closed", "Scrubbed off.", now + 3).await, 1);
        assert_eq!(fixture.state_of(&followed).await, IssueState::Resolved);
    }
}

#[tokio::test]
async fn whom_the_council_names_does_not_come_back_when_they_were_erased() {
    let fixture = Fixture::new().await;
    fixture.with_others_there(&["8"]).await;
    let named = |changed: i64| vec![shown("8", "open", "Ada Archer was told.", Some(changed))];
    assert_eq!(fixture.shows_all(named(1)).await, 1);
    fixture.erase_ada().await;
    let told = async || {
        let conn = fixture.app.host.reader();
        let sql = "SELECT id FROM issue_history WHERE note LIKE '%Ada Archer%' OR private_note LIKE '%Ada Archer%'";
        conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap().len()
    };
    assert_eq!(told().await, 0);
    assert_eq!(fixture.shows_all(named(2)).await, 0, "it says the same");
    assert_eq!(told().await, 0);
}
