//! What a council is told of an issue that it has taken.

use super::*;

impl Fixture {
    fn takes_updates(&self, takes_updates: bool) {
        let mut town = self.councils.0.lock().unwrap();
        town.endpoints = Arc::new(vec![Endpoint { takes_updates, ..town.endpoints[0].clone() }]);
    }

    /// An issue on its way to a council that takes updates and hears this, with the token of whoever reported it.
    async fn on_its_way_to_be_told(&self, heard: Heard) -> Followed {
        self.council(true, "GRAF-1", &[heard], &[]);
        self.takes_updates(true);
        let followed = self.followed_to(COUNCIL).await;
        self.app.forward_issues().await.unwrap();
        followed
    }

    /// The same, which the council has taken as its 7.
    async fn taken(&self) -> Followed {
        let followed = self.on_its_way_to_be_told(Heard::Taken("7".to_owned())).await;
        assert_eq!(self.only_one().await.state, SendState::Sent);
        followed
    }

    /// The council takes it after all.
    async fn take(&self) {
        self.councils.0.lock().unwrap().hears.push_back(Heard::Taken("7".to_owned()));
        self.clock.advance(chrono::TimeDelta::minutes(20));
        assert_eq!(self.app.forward_issues().await.unwrap(), 1);
        assert_eq!(self.only_one().await.state, SendState::Sent);
    }

    /// The council says something of its 7, and is heard. Answers how much of it was news.
    async fn council_says(&self, update_id: &str, status: &str, description: &str) -> usize {
        self.clock.advance(chrono::TimeDelta::minutes(2));
        let update = RemoteUpdate {
            remote_id: "7".to_owned(),
            update_id: update_id.to_owned(),
            status: status.to_owned(),
            description: description.to_owned(),
            time: self.app.host.clock().now(),
        };
        self.councils.0.lock().unwrap().tells.push(update);
        self.app.pull_updates().await.unwrap()
    }

    /// What the council is told in the time that it takes, if it answers so and then takes everything.
    async fn council_hears(&self, answers: &[Heard]) -> Vec<(ForwardingUpdateId, ForwardingUpdateKind)> {
        self.councils.0.lock().unwrap().hears_when_told.extend(answers.iter().cloned());
        for _ in 0..10 {
            self.clock.advance(chrono::TimeDelta::minutes(20));
            self.app.tell_councils().await.unwrap();
        }
        let mut town = self.councils.0.lock().unwrap();
        assert!(town.hears_when_told.is_empty(), "it was told too little: {:?}", town.told);
        assert!(town.told.iter().all(|(_, _, remote_id)| remote_id == "7"), "by its own id: {:?}", town.told);
        town.told.drain(..).map(|(id, kind, _)| (id, kind)).collect()
    }

    async fn kinds_heard(&self, answers: &[Heard]) -> Vec<ForwardingUpdateKind> {
        self.council_hears(answers).await.into_iter().map(|(_, kind)| kind).collect()
    }

    /// What the council is told, as it is listed with what was sent.
    async fn told_updates(&self) -> Vec<ForwardingUpdate> {
        self.app.list_forwardings(HERE, 50, "", "").await.unwrap().0.remove(0).updates
    }

    pub(super) async fn dispute(&self, followed: &Followed) {
        self.app.dispute_resolution(&self.nobody(), &following(followed), "Not so", None).await.unwrap();
    }

    async fn withdraw(&self, followed: &Followed) {
        self.app.withdraw_issue(&self.nobody(), &following(followed), "").await.unwrap();
    }

    pub(super) async fn route(&self, followed: &Followed, provider_id: ProviderId) {
        let routing = self.call_to("RouteIssue", Some(Role::Manager));
        self.app.route_issue(&routing, &target(&followed.view.issue), provider_id, "").await.unwrap();
    }
}

#[tokio::test]
async fn what_is_open_again_is_told_once_however_often_an_answer_is_lost() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    assert_eq!(fixture.council_says("1", "FIXED", "Scrubbed off.").await, 1);
    assert!(fixture.council_hears(&[]).await.is_empty(), "it knows what it said");
    fixture.dispute(&followed).await;
    assert_eq!(fixture.app.tell_councils().await.unwrap(), 0, "it is not to lie in the future there");
    let told = fixture.council_hears(&[lost(), Heard::Later("busy".to_owned()), lost()]).await;
    assert_eq!((told.len(), told[0].1), (4, ForwardingUpdateKind::Reopened));
    assert!(told.iter().all(|one| *one == told[0]), "under one id: {told:?}");
    assert!(fixture.council_hears(&[]).await.is_empty(), "it was taken");
    let listed = fixture.told_updates().await;
    assert_eq!((listed.len(), listed[0].state, listed[0].attempt_count), (1, ForwardingUpdateState::Sent, 4));

    assert_eq!(
        fixture.council_says("2", "OPEN", ForwardingUpdateKind::Reopened.said()).await,
        0,
        "our own words are no news"
    );
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Routed);
    assert_eq!(fixture.council_says("3", "FIXED", "Scrubbed again.").await, 1);
    fixture.dispute(&followed).await;
    let again = fixture.council_hears(&[]).await;
    assert_eq!(again.len(), 1);
    assert!(again[0].1 == ForwardingUpdateKind::Reopened && again[0].0 != told[0].0, "another time is another update");
}

#[tokio::test]
async fn what_a_council_did_before_an_issue_was_opened_again_moves_nothing() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.council_says("1", "FIXED", "Scrubbed off.").await;
    fixture.clock.advance(chrono::TimeDelta::minutes(10));
    fixture.dispute(&followed).await;
    let echo = RemoteUpdate {
        remote_id: "7".to_owned(),
        update_id: "2".to_owned(),
        status: "FIXED".to_owned(),
        description: "It is scrubbed off.".to_owned(),
        time: fixture.app.host.clock().now() - chrono::TimeDelta::minutes(1),
    };
    fixture.councils.0.lock().unwrap().tells.push(echo);
    assert_eq!(fixture.council_says("3", "OPEN", "We look again.").await, 2);
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Routed, "it was said of what is disputed");
    assert_eq!(fixture.council_says("4", "FIXED", "Scrubbed again.").await, 1);
    assert_eq!(fixture.read(&followed.view.issue).await.state, IssueState::Resolved);
}

#[tokio::test]
async fn what_is_told_second_waits_for_what_is_told_first() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.route(&followed, SILENT).await;
    fixture.route(&followed, COUNCIL).await;
    let (elsewhere, returned) = (ForwardingUpdateKind::Elsewhere, ForwardingUpdateKind::Returned);
    assert_eq!(fixture.kinds_heard(&[lost(), lost()]).await, [elsewhere, elsewhere, elsewhere, returned]);
}

#[tokio::test]
async fn that_an_issue_is_open_is_not_told_any_more_once_it_is_not() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.council_says("1", "FIXED", "Scrubbed off.").await;
    fixture.dispute(&followed).await;
    fixture.withdraw(&followed).await;
    assert_eq!(fixture.kinds_heard(&[]).await, [ForwardingUpdateKind::Withdrawn]);
    let first = fixture.told_updates().await.remove(0);
    assert_eq!(
        (first.kind, first.state, first.attempt_count),
        (ForwardingUpdateKind::Reopened, ForwardingUpdateState::Refused, 0)
    );
    assert!(first.note.contains("not open"), "{first:?}");
}

#[tokio::test]
async fn what_a_council_refuses_is_seen_and_sent_again_by_a_person() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.withdraw(&followed).await;
    let refused = fixture.council_hears(&[Heard::Refused("no such request".to_owned())]).await;
    let listed = fixture.told_updates().await;
    assert_eq!((listed[0].state, listed[0].note.as_str()), (ForwardingUpdateState::Refused, "no such request"));
    let (manager, id) = (fixture.manager(), fixture.only_one().await.id);
    let retried = fixture.app.retry_forwarding(&manager, HERE, id).await.unwrap();
    assert_eq!((retried.forwarding.state, retried.updates[0].state), (SendState::Sent, ForwardingUpdateState::Waiting));
    assert_eq!(fixture.council_hears(&[]).await, refused, "once more, under the same id");
    assert_eq!(reason(fixture.app.retry_forwarding(&manager, HERE, id).await), Reason::StateForbids, "it was taken");
    assert_eq!(fixture.sent().len(), 1, "the issue is there, and is not sent again");
}

#[tokio::test]
async fn what_was_refused_holds_nothing_up_and_is_not_told_after_what_came_later() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.route(&followed, SILENT).await;
    fixture.route(&followed, COUNCIL).await;
    let told = fixture.kinds_heard(&[Heard::Refused("no".to_owned())]).await;
    assert_eq!(told, [ForwardingUpdateKind::Elsewhere, ForwardingUpdateKind::Returned]);
    let id = fixture.only_one().await.id;
    let retried = fixture.app.retry_forwarding(&fixture.manager(), HERE, id).await;
    assert_eq!(reason(retried), Reason::StateForbids);
    assert!(fixture.council_hears(&[]).await.is_empty());
}

#[tokio::test]
async fn what_happens_before_a_council_has_an_issue_is_not_told() {
    let fixture = Fixture::new().await;
    let followed = fixture.on_its_way_to_be_told(Heard::Later("busy".to_owned())).await;
    fixture.route(&followed, SILENT).await;
    fixture.route(&followed, COUNCIL).await;
    fixture.take().await;
    assert!(fixture.council_hears(&[]).await.is_empty() && fixture.told_updates().await.is_empty());
}

#[tokio::test]
async fn what_happens_while_it_may_be_there_is_told_once_it_is() {
    let fixture = Fixture::new().await;
    let followed = fixture.on_its_way_to_be_told(lost()).await;
    fixture.withdraw(&followed).await;
    assert!(fixture.council_hears(&[]).await.is_empty(), "nobody knows its id there");
    assert_eq!(fixture.told_updates().await[0].attempt_count, 0);
    fixture.take().await;
    assert_eq!(fixture.kinds_heard(&[]).await, [ForwardingUpdateKind::Withdrawn]);
}

#[tokio::test]
async fn what_was_not_taken_after_all_is_not_closed_there() {
    let fixture = Fixture::new().await;
    let followed = fixture.on_its_way_to_be_told(lost()).await;
    fixture.route(&followed, SILENT).await;
    assert_eq!(fixture.told_updates().await[0].kind, ForwardingUpdateKind::Elsewhere);
    let forwarding = fixture.only_one().await;
    let unheard = Forwarding {
        state: SendState::Queued,
        is_in_doubt: false,
        next_attempt_time: Some(start()),
        form: String::new(),
        ..forwarding
    };
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    store::forwarding::update(unit.tx(), &unheard).await.unwrap();
    unit.commit(()).await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1, "it does not go there");
    fixture.route(&followed, COUNCIL).await;
    fixture.take().await;
    assert!(fixture.council_hears(&[]).await.is_empty() && fixture.told_updates().await.is_empty());
}

#[tokio::test]
async fn what_goes_to_somebody_else_and_comes_back_is_told() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    fixture.route(&followed, SILENT).await;
    fixture.route(&followed, COUNCIL).await;
    assert_eq!(fixture.kinds_heard(&[]).await, [ForwardingUpdateKind::Elsewhere, ForwardingUpdateKind::Returned]);
    let told: Vec<i32> = fixture.told_updates().await.iter().map(|update| update.number).collect();
    assert_eq!(told, [1, 2]);
}

#[tokio::test]
async fn what_repeats_another_and_does_not_after_all_is_told() {
    let fixture = Fixture::new().await;
    let issue = fixture.taken().await.view.issue;
    let original = fixture.report(&fixture.nobody(), report()).await.view.issue;
    let call = |act: &str| fixture.call_to(act, Some(Role::Manager));
    let marking = call("MarkIssueDuplicate");
    fixture.app.mark_issue_duplicate(&marking, &target(&issue), original.id, "").await.unwrap();
    assert_eq!(fixture.kinds_heard(&[]).await, [ForwardingUpdateKind::Duplicate]);
    fixture.app.unmark_issue_duplicate(&call("UnmarkIssueDuplicate"), &target(&issue), "").await.unwrap();
    assert_eq!(fixture.kinds_heard(&[]).await, [ForwardingUpdateKind::Reopened]);
}

#[tokio::test]
async fn what_is_open_again_is_taken_from_a_council_that_cannot_know_of_it() {
    for (takes_updates, lapses) in [(true, 0), (false, 1)] {
        let fixture = Fixture::new().await;
        let followed = fixture.taken().await;
        assert_eq!(fixture.council_says("1", "FIXED", "Scrubbed off.").await, 1);
        fixture.dispute(&followed).await;
        fixture.takes_updates(takes_updates);
        fixture.clock.advance(chrono::TimeDelta::days(20));
        assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), lapses, "it takes updates: {takes_updates}");
        let state = fixture.read(&followed.view.issue).await.state;
        assert_eq!(state == IssueState::Routed, takes_updates, "{state:?}");
    }
}

#[tokio::test]
async fn only_who_takes_updates_is_told_and_not_of_what_their_own_machine_does() {
    for (takes_updates, kind, expected) in [
        (false, PrincipalKind::Person, Vec::new()),
        (true, PrincipalKind::System, Vec::new()),
        (true, PrincipalKind::Person, vec![ForwardingUpdateKind::Elsewhere]),
    ] {
        let fixture = Fixture::new().await;
        let issue = fixture.taken().await.view.issue;
        fixture.takes_updates(takes_updates);
        let mut refusing = fixture.call_to("RefuseIssue", None);
        refusing.caller = Caller::Known(Principal {
            subject: "council".to_owned(),
            name: "The council".to_owned(),
            kind,
            credential: None,
            grants: vec![Grant::for_provider(Role::ProviderOfficer, HERE, COUNCIL)],
        });
        fixture.app.refuse_issue(&refusing, &target(&issue), "Not our wall", Some(SILENT)).await.unwrap();
        fixture.takes_updates(true);
        assert_eq!(fixture.kinds_heard(&[]).await, expected, "{kind:?}, and it takes updates: {takes_updates}");
    }
}

#[tokio::test]
async fn what_is_to_be_told_of_an_issue_that_waits_for_a_person_is_settled() {
    let fixture = Fixture::new().await;
    let followed = fixture.on_its_way_to_be_told(lost()).await;
    fixture.route(&followed, SILENT).await;
    let mistaken = Heard::Mistaken("it is another's key".to_owned());
    fixture.councils.0.lock().unwrap().hears.push_back(mistaken);
    fixture.clock.advance(chrono::TimeDelta::minutes(20));
    fixture.app.forward_issues().await.unwrap();
    assert_eq!(fixture.only_one().await.state, SendState::NeedsPerson);
    fixture.route(&followed, COUNCIL).await;
    let updates = fixture.told_updates().await;
    assert_eq!(updates.len(), 2, "{updates:?}");
    let is_settled =
        |one: &ForwardingUpdate| one.state == ForwardingUpdateState::Refused && one.next_attempt_time.is_none();
    assert!(updates.iter().all(is_settled), "nothing waits for ever: {updates:?}");
    let id = fixture.only_one().await.id;
    fixture.app.retry_forwarding(&fixture.manager(), HERE, id).await.unwrap();
    fixture.take().await;
    let heard = fixture.kinds_heard(&[]).await;
    assert_eq!(
        heard,
        [ForwardingUpdateKind::Elsewhere, ForwardingUpdateKind::Returned],
        "what was called off, now that it is there"
    );
}

#[tokio::test]
async fn the_last_twenty_that_a_council_was_told_are_shown() {
    let fixture = Fixture::new().await;
    let followed = fixture.taken().await;
    for _ in 0..11 {
        fixture.route(&followed, SILENT).await;
        fixture.route(&followed, COUNCIL).await;
    }
    let numbers: Vec<i32> = fixture.told_updates().await.iter().map(|update| update.number).collect();
    assert_eq!(numbers, (3..=22).collect::<Vec<_>>());
}
