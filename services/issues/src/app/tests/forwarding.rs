//! Issues that are sent on, to a system that hears what the test says.

use std::collections::VecDeque;

use pathfinder_terms::{ForwardingId, ForwardingUpdateId};

use super::*;
use crate::app::councils::{Councils, Unread};
use crate::domain::forwarding::{
    Endpoint, Forwarding, Found, Heard, RemoteUpdate, Secret, SendState, mark_of, marked_issue,
};
use crate::domain::forwarding_update::{ForwardingUpdate, ForwardingUpdateKind, ForwardingUpdateState};
use crate::domain::question::{Given, Question, QuestionType};
use crate::domain::remote_request::RemoteRequest;

mod requests;
mod updates;

/// A council's system.
#[derive(Default)]
pub(super) struct SomeCouncils(Mutex<Town>);

#[derive(Default)]
struct Town {
    endpoints: Arc<Vec<Endpoint>>,
    hears: VecDeque<Heard>,
    finds: VecDeque<Found>,
    sent: Vec<(ForwardingId, String)>,
    /// The categories of which it was asked what it wants to know, and what came of asking: what there is nothing for is heard.
    learnt: Vec<String>,
    learns: VecDeque<Result<(), String>>,
    /// What it was told, by which id and of which of its requests, and what it hears when it is told: what there is no answer for is taken.
    told: Vec<(ForwardingUpdateId, ForwardingUpdateKind, String)>,
    hears_when_told: VecDeque<Heard>,
    tells: Vec<RemoteUpdate>,
    is_silent: bool,
    /// Whether it has no list of updates, what its reports show, which of them it knows no more, and which it was asked for.
    is_plain: bool,
    shows: Vec<RemoteRequest>,
    forgotten: Vec<String>,
    asked_for: Vec<Vec<String>>,
    /// Those of its reports over which it fails, how many it may be asked for at once, and how long it takes to answer, by this clock.
    broken: Vec<String>,
    most_asked: Option<usize>,
    /// How many more questions it takes, before it says that these are too many.
    questions_left: Option<usize>,
    takes: Option<(Arc<ManualClock>, chrono::TimeDelta)>,
    /// How many updates it tells at once, and the times that it was asked for.
    most: Option<usize>,
    asked_since: Vec<DateTime<Utc>>,
}

#[async_trait]
impl Councils for SomeCouncils {
    async fn endpoints(&self) -> Arc<Vec<Endpoint>> {
        self.kept_endpoints()
    }

    fn kept_endpoints(&self) -> Arc<Vec<Endpoint>> {
        Arc::clone(&self.0.lock().unwrap().endpoints)
    }

    async fn learn_attributes(&self, _: &Endpoint, category_code: &str, _: DateTime<Utc>) -> Result<(), String> {
        let mut town = self.0.lock().unwrap();
        town.learnt.push(category_code.to_owned());
        town.learns.pop_front().unwrap_or(Ok(()))
    }

    fn form_of(&self, endpoint: &Endpoint, issue: &Issue) -> String {
        let code = endpoint.service_code(&issue.category_code);
        format!("service_code={code}&description={}", crate::domain::forwarding::description_of(issue, &[]))
    }

    async fn send(&self, _: &Endpoint, forwarding: &Forwarding) -> Heard {
        let mut town = self.0.lock().unwrap();
        assert_eq!(forwarding.state, SendState::Sending, "kept before it goes out");
        town.sent.push((forwarding.id, forwarding.form.clone()));
        town.hears.pop_front().unwrap()
    }

    async fn tell(&self, _: &Endpoint, update: &ForwardingUpdate, remote_id: &str) -> Heard {
        let mut town = self.0.lock().unwrap();
        assert_eq!(update.state, ForwardingUpdateState::InDoubt, "kept before it goes out");
        town.told.push((update.id, update.kind, remote_id.to_owned()));
        town.hears_when_told.pop_front().unwrap_or_else(|| Heard::Taken(remote_id.to_owned()))
    }

    async fn ask_for_id(&self, _: &Endpoint, _: &Forwarding) -> Heard {
        self.0.lock().unwrap().hears.pop_front().unwrap()
    }

    async fn updates(
        &self,
        _: &Endpoint,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<RemoteUpdate>, Unread> {
        let mut town = self.0.lock().unwrap();
        town.asked_since.push(since);
        let told = town.tells.iter().filter(|update| (since..=until).contains(&update.time));
        let told: Vec<RemoteUpdate> = told.cloned().collect();
        match town.most {
            _ if town.is_plain => Err(Unread::NotKnown("it answers 404".to_owned())),
            _ if town.is_silent => Err(Unread::NotAnswered("it is down".to_owned())),
            Some(most) if told.len() > most => Err(Unread::TooMuch),
            _ => Ok(told),
        }
    }

    async fn requests(&self, _: &Endpoint, remote_ids: &[String]) -> Result<Vec<RemoteRequest>, Unread> {
        let mut town = self.0.lock().unwrap();
        town.asked_for.push(remote_ids.to_vec());
        if let Some((clock, time)) = &town.takes {
            clock.advance(*time);
        }
        if town.questions_left.is_some_and(|left| left == 0) {
            return Err(Unread::NotNow("it answers 429".to_owned()));
        }
        town.questions_left = town.questions_left.map(|left| left - 1);
        if town.most_asked.is_some_and(|most| remote_ids.len() > most) {
            return Err(Unread::TooLong("it answers 414".to_owned()));
        }
        if remote_ids.iter().any(|id| town.broken.contains(id)) {
            return Err(Unread::NotAnswered("it answers 500".to_owned()));
        }
        if remote_ids.iter().any(|id| town.forgotten.contains(id)) {
            return Err(Unread::NotKnown("it knows no such report".to_owned()));
        }
        // It shows everything, whatever is asked for.
        Ok(town.shows.clone())
    }

    async fn find(&self, _: &Endpoint, _: &Forwarding) -> Found {
        self.0.lock().unwrap().finds.pop_front().unwrap()
    }
}

impl Fixture {
    /// A council with a system of its own that hears this, finds that, and calls graffiti so.
    pub(super) fn council(&self, knows_repeats: bool, code: &str, hears: &[Heard], finds: &[Found]) {
        let endpoint = Endpoint {
            name: "council".to_owned(),
            partnership_id: HERE,
            provider_id: COUNCIL,
            url: "https://council.example/open311/v2/".to_owned(),
            jurisdiction_id: String::new(),
            api_key: Secret::default(),
            knows_repeats,
            pull_seconds: 60,
            wait_seconds: 0,
            takes_updates: false,
            tells_updates: true,
            service_codes: [("graffiti".to_owned(), code.to_owned())].into(),
            attributes: std::collections::BTreeMap::new(),
        };
        let mut town = self.councils.0.lock().unwrap();
        town.endpoints = Arc::new(vec![endpoint]);
        (town.hears, town.finds) = (hears.iter().cloned().collect(), finds.iter().cloned().collect());
    }

    /// An issue on its way to a council that hears this and finds that, and has been waited for as long as it takes.
    async fn forwarded(&self, knows_repeats: bool, hears: &[Heard], finds: &[Found]) -> Forwarding {
        self.council(knows_repeats, "GRAF-1", hears, finds);
        self.routed_to(COUNCIL).await;
        for _ in 0..20 {
            self.app.forward_issues().await.unwrap();
            self.clock.advance(chrono::TimeDelta::minutes(20));
        }
        self.all_said();
        self.only_one().await
    }

    pub(super) async fn only_one(&self) -> Forwarding {
        let (mut all, _) = self.app.list_forwardings(HERE, 50, "", "").await.unwrap();
        assert_eq!(all.len(), 1, "one for the issue, however often it is looked");
        all.remove(0).forwarding
    }

    fn all_said(&self) {
        let town = self.councils.0.lock().unwrap();
        assert!(town.hears.is_empty() && town.finds.is_empty(), "it heard too little: {:?}", town.hears);
    }

    pub(super) fn sent(&self) -> Vec<(ForwardingId, String)> {
        self.councils.0.lock().unwrap().sent.clone()
    }
}

pub(super) fn lost() -> Heard {
    Heard::Nothing("the connection broke".to_owned())
}

#[tokio::test]
async fn what_was_lost_is_sent_again_as_it_was_to_a_system_that_knows_repeats() {
    let fixture = Fixture::new().await;
    let forwarding = fixture.forwarded(true, &[lost(), lost(), Heard::Taken("7".to_owned())], &[]).await;
    assert_eq!((forwarding.state, forwarding.remote_id.as_str()), (SendState::Sent, "7"));
    let sent = fixture.sent();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|one| one == &sent[0]), "the same bytes under the same key: {sent:?}");
    assert!(sent[0].1.starts_with("service_code=GRAF-1&description=A tag on the wall"), "{}", sent[0].1);
    assert!(sent[0].1.contains(&forwarding.issue_id.to_string()), "it can be found there");
}

#[tokio::test]
async fn what_a_council_has_taken_is_not_taken_from_it_for_want_of_an_answer() {
    for (heard, lapses) in [(Heard::Taken("7".to_owned()), 0), (Heard::Refused("no such service".to_owned()), 1)] {
        let fixture = Fixture::new().await;
        let forwarding = fixture.forwarded(true, &[heard], &[]).await;
        fixture.clock.advance(chrono::TimeDelta::days(20));
        assert_eq!(fixture.app.lapse_unanswered().await.unwrap(), lapses, "{forwarding:?}");
        let issue = store::issue::find(fixture.app.host.reader(), HERE, forwarding.issue_id).await.unwrap().unwrap();
        assert_eq!(issue.provider_id.is_none(), lapses == 1, "{:?}", issue.state);
    }
}

#[tokio::test]
async fn a_system_that_knows_no_repeats_is_searched_first() {
    let fixture = Fixture::new().await;
    let finds = [Found::NotAnswered("late".to_owned()), Found::Ids(vec![]), Found::Ids(vec!["9".to_owned()])];
    let forwarding = fixture.forwarded(false, &[lost()], &finds).await;
    assert_eq!((forwarding.state, forwarding.remote_id.as_str()), (SendState::Sent, "9"));
    assert_eq!(fixture.sent().len(), 1, "it was there");
}

#[tokio::test]
async fn what_is_refused_waits_for_a_person() {
    let fixture = Fixture::new().await;
    let forwarding = fixture.forwarded(true, &[Heard::Refused("service_code is not known.".to_owned())], &[]).await;
    assert_eq!((forwarding.state, forwarding.note.as_str()), (SendState::Refused, "service_code is not known."));
    fixture.councils.0.lock().unwrap().hears.push_back(Heard::Taken("8".to_owned()));
    let manager = fixture.manager();
    fixture.app.retry_forwarding(&manager, HERE, forwarding.id).await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    let again = fixture.app.retry_forwarding(&manager, HERE, forwarding.id).await;
    assert_eq!(reason(again), Reason::StateForbids, "what was taken is not sent again");
    let elsewhere = fixture.app.retry_forwarding(&manager, PartnershipId(Uuid::from_u128(99)), forwarding.id).await;
    assert_eq!(reason(elsewhere), Reason::NotFound);
}

#[tokio::test]
async fn what_is_in_doubt_is_sent_again_by_a_person_as_it_was() {
    let fixture = Fixture::new().await;
    let key_of_another = Heard::Mistaken("it is another's key".to_owned());
    let forwarding = fixture.forwarded(true, &[lost(), key_of_another], &[]).await;
    assert_eq!(forwarding.state, SendState::NeedsPerson);
    fixture.council(true, "GRAF-2", &[Heard::Taken("8".to_owned())], &[]);
    fixture.app.retry_forwarding(&fixture.manager(), HERE, forwarding.id).await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    let sent = fixture.sent();
    assert!(sent.len() == 3 && sent.iter().all(|one| one == &sent[0]), "it may have been taken: {sent:?}");
}

#[tokio::test]
async fn what_was_refused_is_sent_again_as_it_is_called_now() {
    let fixture = Fixture::new().await;
    let forwarding = fixture.forwarded(true, &[Heard::Refused("no such service".to_owned())], &[]).await;
    fixture.council(true, "GRAF-2", &[Heard::Taken("8".to_owned())], &[]);
    fixture.app.retry_forwarding(&fixture.manager(), HERE, forwarding.id).await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    assert!(fixture.sent()[1].1.starts_with("service_code=GRAF-2"), "{:?}", fixture.sent());
}

#[tokio::test]
async fn what_went_to_somebody_else_is_not_sent() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[Heard::Later("no connection".to_owned())], &[]);
    let issue = fixture.routed_to(COUNCIL).await;
    fixture.app.forward_issues().await.unwrap();
    assert_eq!(fixture.only_one().await.state, SendState::Queued, "it was not heard");
    let routing = fixture.call_to("RouteIssue", Some(Role::Manager));
    fixture.app.route_issue(&routing, &target(&issue), SILENT, "").await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::minutes(20));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    let (left, _) = fixture.app.list_forwardings(HERE, 50, "", "").await.unwrap();
    assert!(left.is_empty() && fixture.sent().len() == 1, "it was not taken: {left:?}");

    fixture.app.route_issue(&routing, &target(&issue), COUNCIL, "").await.unwrap();
    fixture.councils.0.lock().unwrap().hears.push_back(Heard::Taken("7".to_owned()));
    fixture.app.forward_issues().await.unwrap();
    assert_eq!((fixture.only_one().await.state, fixture.sent().len()), (SendState::Sent, 2), "it came back");
}

#[tokio::test]
async fn what_is_hidden_is_sent_once_it_is_shown() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[Heard::Taken("7".to_owned())], &[]);
    let issue = fixture.routed_to(COUNCIL).await;
    let call = |act: &str| fixture.call_to(act, Some(Role::Manager));
    fixture.app.hide_issue(&call("HideIssue"), &target(&issue), "A name").await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 0);
    fixture.app.show_issue(&call("ShowIssue"), &target(&issue)).await.unwrap();
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
}

#[tokio::test]
async fn what_somebody_typed_is_not_taken_for_what_was_sent_on() {
    let fixture = Fixture::new().await;
    let taken = ["1", "2", "3", "4"].map(|id| Heard::Taken(id.to_owned()));
    fixture.council(true, "GRAF-1", &taken, &[]);
    let before = fixture.routed_to(COUNCIL).await;
    let line = mark_of(before.id, &before.reference);
    let quoting = |source, request_id: &str| ReportIssue {
        description: format!("It is back.\n{line}"),
        location: before.location.clone(),
        source,
        request_id: request_id.to_owned(),
        ..report()
    };
    let (nobody, system) = (fixture.nobody(), fixture.call(Some(Role::System)));
    let on_the_page = fixture.report(&nobody, quoting(Source::Web, "r-1")).await;
    let in_an_app = fixture.report(&nobody, quoting(Source::Open311, "")).await;
    let named = fixture.report(&nobody, quoting(Source::Open311, "r-2")).await;
    let sent_on = fixture.report(&system, quoting(Source::Open311, "r-3")).await;
    let from_a_system = fixture.report(&system, quoting(Source::Grpc, "")).await;

    assert_eq!(fixture.app.forward_issues().await.unwrap(), 4, "the first, and what somebody typed");
    fixture.all_said();
    for typed in [on_the_page, in_an_app, named] {
        assert_eq!(fixture.on_its_way(&typed).await.state, SendState::Sent);
        let of_it = |(_, form): &&(ForwardingId, String)| marked_issue(form) == Some(typed.view.issue.id);
        let sent = fixture.sent();
        let (_, form) = sent.iter().find(of_it).unwrap();
        assert!(form.contains(&format!("It is back.\n> {line}\n")), "{form}");
    }
    for known in [sent_on, from_a_system] {
        assert_eq!(known.view.issue.description, format!("It is back.\n{line}"));
        let stopped = fixture.on_its_way(&known).await;
        assert_eq!(stopped.state, SendState::Refused, "it would go to and fro for ever");
        assert!(stopped.note.contains("sends issues on"), "{}", stopped.note);
    }
}

#[tokio::test]
async fn an_issue_is_sent_as_it_is_when_it_has_waited_so_that_photos_go_along() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[Heard::Taken("7".to_owned())], &[]);
    {
        let mut town = fixture.councils.0.lock().unwrap();
        town.endpoints = Arc::new(vec![Endpoint { wait_seconds: 60, ..town.endpoints[0].clone() }]);
    }
    let before = fixture.routed_to(COUNCIL).await;
    let links = vec!["https://down.example/1".to_owned()];
    let named = ReportIssue { location: before.location.clone(), media_urls: links, ..report() };
    let pictured = fixture.report(&fixture.nobody(), named).await.view.issue;
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 0);
    let editing = fixture.call_to("EditIssue", Some(Role::Manager));
    let rewording = Rewording { description: Some("A tag, and no name".to_owned()), ..Rewording::default() };
    fixture.app.edit_issue(&editing, &target(&before), &rewording, "").await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1, "the other waits for its picture");
    let (_, form) = fixture.sent().pop().unwrap();
    assert!(form.contains("A tag, and no name") && !form.contains("A tag on the wall"), "{form}");
    fixture.councils.0.lock().unwrap().hears.push_back(Heard::Taken("8".to_owned()));
    fixture.clock.advance(chrono::TimeDelta::minutes(5));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1, "but not for ever");
    assert!(fixture.sent()[1].1.contains(&pictured.id.to_string()));
}

#[tokio::test]
async fn an_issue_with_answers_waits_a_while_to_hear_what_the_council_asks() {
    for (failures, sent_after) in [(2, 2), (20, 5)] {
        let fixture = Fixture::new().await;
        fixture.council(true, "GRAF-1", &[Heard::Taken("7".to_owned())], &[]);
        let depth = Question {
            code: "depth".to_owned(),
            label: "How deep?".to_owned(),
            hint: String::new(),
            form: QuestionType::Text,
            required: true,
            choices: Vec::new(),
            asked_when: None,
            confidential: false,
        };
        let asks = CategoryChange { questions: Some(vec![depth]), ..CategoryChange::default() };
        fixture.offer("holes", Some(COUNCIL), asks).await;
        let location = Location { land_type: LANDS.to_owned(), ..report().location };
        let answers = vec![Given { question_code: "depth".to_owned(), values: vec!["A foot".to_owned()] }];
        let hole = ReportIssue { category_code: "holes".to_owned(), location, answers, ..report() };
        fixture.report(&fixture.nobody(), hole).await;
        fixture.councils.0.lock().unwrap().learns = vec![Err("it is down".to_owned()); failures].into();
        for _ in 0..sent_after {
            assert_eq!(fixture.app.forward_issues().await.unwrap(), 0, "it is not known what it asks");
            let waiting = fixture.only_one().await;
            assert_eq!((waiting.state, waiting.attempt_count), (SendState::Queued, 0), "{waiting:?}");
            assert!(waiting.note.contains("it is down"), "{}", waiting.note);
            fixture.clock.advance(chrono::TimeDelta::minutes(20));
        }
        assert_eq!(fixture.app.forward_issues().await.unwrap(), 1, "but not for ever");
        let learnt = fixture.councils.0.lock().unwrap().learnt.clone();
        assert_eq!(learnt, vec!["holes"; sent_after + 1], "asked before each try");
        assert!(fixture.sent()[0].1.contains("How deep? A foot"), "{:?}", fixture.sent());
    }
}

#[tokio::test]
async fn what_is_in_doubt_and_was_edited_or_blurred_waits_for_a_person() {
    for is_blurred in [false, true] {
        let fixture = Fixture::new().await;
        fixture.council(true, "GRAF-1", &[lost()], &[]);
        let issue = fixture.routed_to(COUNCIL).await;
        fixture.app.forward_issues().await.unwrap();
        assert_eq!(fixture.only_one().await.state, SendState::Uncertain);
        let rewording = match is_blurred {
            true => Rewording { domestic: true, ..Rewording::default() },
            false => Rewording { description: Some("A tag".to_owned()), ..Rewording::default() },
        };
        let editing = fixture.call_to("EditIssue", Some(Role::Manager));
        fixture.app.edit_issue(&editing, &target(&issue), &rewording, "").await.unwrap();
        fixture.clock.advance(chrono::TimeDelta::minutes(20));
        assert_eq!(fixture.app.forward_issues().await.unwrap(), 0);
        let waiting = fixture.only_one().await;
        assert_eq!((waiting.state, waiting.form.as_str()), (SendState::NeedsPerson, ""));
        assert!(waiting.note.contains("changed since"), "{}", waiting.note);
    }
}

#[tokio::test]
async fn a_sender_that_was_cut_off_is_in_doubt() {
    let fixture = Fixture::new().await;
    let forwarding = fixture.forwarded(false, &[lost()], &[Found::Ids(vec!["3".to_owned()])]).await;
    assert_eq!(forwarding.state, SendState::Sent);
    let Begun::Fresh(unit) = fixture.app.host.begin::<()>(&fixture.manager()).await.unwrap() else { unreachable!() };
    let cut = Forwarding { state: SendState::Sending, next_attempt_time: Some(start()), ..forwarding };
    store::forwarding::update(unit.tx(), &cut).await.unwrap();
    unit.commit(()).await.unwrap();
    fixture.councils.0.lock().unwrap().finds.push_back(Found::Ids(vec!["3".to_owned()]));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1, "found, and not sent again");
    assert_eq!(fixture.sent().len(), 1);
}

#[tokio::test]
async fn what_a_council_tells_is_taken_once_and_late_news_are_heard_too() {
    let fixture = Fixture::new().await;
    let forwarding = fixture.forwarded(true, &[Heard::Taken("7".to_owned())], &[]).await;
    let minutes_ago = |minutes| fixture.app.host.clock().now() - chrono::TimeDelta::minutes(minutes);
    let told = |update_id: &str, status: &str, time| RemoteUpdate {
        remote_id: "7".to_owned(),
        update_id: update_id.to_owned(),
        status: status.to_owned(),
        description: format!("It is {status}"),
        time,
    };
    let tell = |updates: Vec<RemoteUpdate>, is_silent| {
        let mut town = fixture.councils.0.lock().unwrap();
        (town.tells, town.is_silent) = (updates, is_silent);
    };
    let begun = told("1", "IN_PROGRESS", minutes_ago(30));
    let elsewhere = RemoteUpdate { remote_id: "8".to_owned(), ..told("2", "FIXED", minutes_ago(20)) };
    let strange = told("3", "ABDUCTED", minutes_ago(20));
    tell(vec![begun.clone(), elsewhere, strange], false);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 1);
    let issue =
        async || store::issue::find(fixture.app.host.reader(), HERE, forwarding.issue_id).await.unwrap().unwrap();
    assert_eq!(issue().await.state, IssueState::InProgress);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0, "it was asked a moment ago");

    fixture.clock.advance(chrono::TimeDelta::minutes(2));
    tell(vec![begun.clone()], true);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0, "it is down");
    let fixed = told("4", "FIXED", minutes_ago(10));
    tell(vec![begun, fixed], false);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0, "it is left alone for its time");
    fixture.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 1, "told late, and the first one not again");
    assert_eq!(issue().await.state, IssueState::Resolved);
    let (entries, _) =
        fixture.app.list_issue_history(&fixture.manager(), HERE, forwarding.issue_id, 50, "").await.unwrap();
    let by_council = entries.iter().filter(|entry| entry.actor_id == "open311/council").count();
    assert!(by_council >= 2, "history says who told it: {entries:?}");
}

#[tokio::test]
async fn a_council_that_does_not_answer_for_it_refuses_it() {
    for (description, reason) in [
        ("It is housing land.", "Provider 3: It is housing land."),
        ("", "Provider 3: Their system says that somebody else answers for it."),
    ] {
        let fixture = Fixture::new().await;
        let forwarding = fixture.forwarded(true, &[Heard::Taken("7".to_owned())], &[]).await;
        let refused = RemoteUpdate {
            remote_id: "7".to_owned(),
            update_id: "1".to_owned(),
            status: "NOT_COUNCILS_RESPONSIBILITY".to_owned(),
            description: description.to_owned(),
            time: fixture.app.host.clock().now() - chrono::TimeDelta::minutes(1),
        };
        fixture.councils.0.lock().unwrap().tells = vec![refused];
        assert_eq!(fixture.app.pull_updates().await.unwrap(), 1);
        let (manager, id) = (fixture.manager(), forwarding.issue_id);
        let issue = store::issue::find(fixture.app.host.reader(), HERE, id).await.unwrap().unwrap();
        assert_eq!((issue.state, issue.provider_id), (IssueState::NotResponsible, None), "it is on the manager's list");
        let (entries, _) = fixture.app.list_issue_history(&manager, HERE, id, 50, "").await.unwrap();
        let said = entries.iter().find(|entry| entry.kind == "issue.refused").unwrap();
        assert_eq!((said.note.as_str(), said.actor_id.as_str()), (reason, "open311/council"));
    }
}

#[tokio::test]
async fn a_council_that_tells_more_than_is_read_at_once_is_read_in_parts() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[], &[]);
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0);
    let asked_since = || fixture.councils.0.lock().unwrap().asked_since.clone();
    assert!(asked_since().is_empty(), "nothing was sent there");
    let forwarding = fixture.forwarded(true, &[Heard::Taken("7".to_owned())], &[]).await;
    let told = |minutes: i64| RemoteUpdate {
        remote_id: "7".to_owned(),
        update_id: minutes.to_string(),
        status: "OPEN".to_owned(),
        description: format!("After {minutes} minutes"),
        time: forwarding.create_time + chrono::TimeDelta::minutes(minutes),
    };
    {
        let mut town = fixture.councils.0.lock().unwrap();
        // Ten minutes after ten minutes, and many at once.
        town.tells = (1..=30).map(|number| told(number * 10)).chain((0..4).map(|_| told(75))).collect();
        town.most = Some(3);
    }
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 30, "all but what was told at one instant");
    assert_eq!(asked_since()[0], forwarding.create_time, "nothing was told before");
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0, "it was read to its end");
}

#[tokio::test]
async fn what_a_council_told_before_its_id_was_known_is_heard_too() {
    let fixture = Fixture::new().await;
    fixture.council(true, "GRAF-1", &[Heard::Token("t".to_owned())], &[]);
    let issue = fixture.routed_to(COUNCIL).await;
    fixture.app.forward_issues().await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::minutes(1));
    let begun = RemoteUpdate {
        remote_id: "7".to_owned(),
        update_id: "1".to_owned(),
        status: "IN_PROGRESS".to_owned(),
        description: String::new(),
        time: fixture.app.host.clock().now(),
    };
    fixture.councils.0.lock().unwrap().tells = vec![begun];
    fixture.clock.advance(chrono::TimeDelta::hours(5));
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 0, "nobody knows yet what 7 is");
    fixture.councils.0.lock().unwrap().hears.push_back(Heard::Taken("7".to_owned()));
    assert_eq!(fixture.app.forward_issues().await.unwrap(), 1);
    fixture.clock.advance(chrono::TimeDelta::minutes(2));
    assert_eq!(fixture.app.pull_updates().await.unwrap(), 1);
    assert_eq!(fixture.read(&issue).await.state, IssueState::InProgress);
}

impl Fixture {
    /// An issue whose words name its reporter, on its way to a council that hears this.
    async fn named_on_its_way(&self, heard: Heard) -> Followed {
        self.forwarded(true, &[Heard::Taken("1".to_owned())], &[]).await;
        let location = Location { land_type: "of_3".to_owned(), ..report().location };
        let description = "Ada Archer saw a tag on the wall".to_owned();
        let reporter = person(Visibility::Confidential);
        let followed = self.report(&self.nobody(), ReportIssue { location, description, reporter, ..report() }).await;
        self.councils.0.lock().unwrap().hears.push_back(heard);
        self.app.forward_issues().await.unwrap();
        assert!(self.sent().pop().unwrap().1.contains("Ada Archer"));
        followed
    }

    async fn on_its_way(&self, followed: &Followed) -> Forwarding {
        let filter = format!("issue_id = \"{}\"", followed.view.issue.id);
        self.app.list_forwardings(HERE, 1, "", &filter).await.unwrap().0.remove(0).forwarding
    }

    async fn send_without_ada(&self, followed: &Followed) {
        self.councils.0.lock().unwrap().hears.push_back(Heard::Taken("2".to_owned()));
        self.clock.advance(chrono::TimeDelta::minutes(20));
        self.app.forward_issues().await.unwrap();
        assert_eq!(self.on_its_way(followed).await.state, SendState::Sent);
        let (_, form) = self.sent().pop().unwrap();
        assert!(form.contains("saw a tag on the wall") && !form.contains("Ada Archer"), "{form}");
    }
}

#[tokio::test]
async fn a_form_that_waits_is_made_anew_without_those_who_were_erased() {
    let fixture = Fixture::new().await;
    let followed = fixture.named_on_its_way(Heard::Later("busy".to_owned())).await;
    let waiting = fixture.on_its_way(&followed).await;
    assert_eq!((waiting.state, waiting.form.as_str()), (SendState::Queued, ""));
    fixture.erase_ada().await;
    fixture.send_without_ada(&followed).await;
}

#[tokio::test]
async fn a_form_in_doubt_that_names_somebody_who_was_erased_waits_for_a_person() {
    let fixture = Fixture::new().await;
    let followed = fixture.named_on_its_way(lost()).await;
    assert_eq!(fixture.on_its_way(&followed).await.state, SendState::Uncertain);
    fixture.erase_ada().await;
    let doubtful = fixture.on_its_way(&followed).await;
    assert_eq!((doubtful.state, doubtful.form.as_str()), (SendState::NeedsPerson, ""));
    assert!(doubtful.note.contains("erased"), "{}", doubtful.note);
    fixture.app.retry_forwarding(&fixture.manager(), HERE, doubtful.id).await.unwrap();
    fixture.send_without_ada(&followed).await;
}
