//! How a forwarding goes on, whatever is heard.

use super::*;

fn now() -> DateTime<Utc> {
    "2026-01-12T10:00:00Z".parse().unwrap()
}

fn forwarding() -> Forwarding {
    Forwarding {
        id: ForwardingId(Uuid::from_u128(1)),
        partnership_id: PartnershipId(Uuid::from_u128(2)),
        issue_id: IssueId(Uuid::from_u128(3)),
        endpoint: "council".to_owned(),
        form: String::new(),
        state: SendState::Queued,
        is_in_doubt: false,
        attempt_count: 0,
        failure_count: 0,
        search_count: 0,
        begin_time: None,
        next_attempt_time: Some(now()),
        remote_id: String::new(),
        token: String::new(),
        note: String::new(),
        create_time: now(),
        update_time: now(),
    }
}

fn lost() -> Heard {
    Heard::Nothing("the connection broke".to_owned())
}

#[test]
fn what_was_lost_is_repeated_where_repeats_are_known_and_looked_for_where_not() {
    let mut one = forwarding();
    assert_eq!((one.next(true, now()), one.next(false, now())), (Next::Send, Next::Send));
    one.begin(now());
    assert_eq!((one.next(true, now()), one.next(false, now())), (Next::Send, Next::Find), "a sender that was cut off");
    one.hear(lost(), now());
    assert_eq!((one.next(true, now()), one.next(false, now())), (Next::Send, Next::Find));
    one.begin(now());
    one.hear(Heard::Later("no connection".to_owned()), now());
    assert_eq!(one.state, SendState::Uncertain, "that one was not heard says nothing of the one before");
    one.hear(Heard::Taken("7".to_owned()), now());
    assert_eq!((one.state, one.remote_id.as_str(), one.next_attempt_time), (SendState::Sent, "7", None));
    assert_eq!(one.next(true, now()), Next::Rest);
}

#[test]
fn words_are_kept_only_while_they_may_have_to_go_out_again() {
    let sent = || {
        let mut one = Forwarding { form: "words".to_owned(), ..forwarding() };
        one.begin(now());
        one
    };
    for (heard, kept) in [
        (Heard::Later("no connection".to_owned()), ""),
        (Heard::Refused("400".to_owned()), ""),
        (Heard::Token("t".to_owned()), ""),
        (Heard::Taken("7".to_owned()), ""),
        (lost(), "words"),
    ] {
        let mut one = sent();
        one.hear(heard.clone(), now());
        assert_eq!(one.form, kept, "{heard:?}");
    }
    let mut doubtful = sent();
    doubtful.hear(lost(), now());
    doubtful.hear(Heard::Refused("403".to_owned()), now());
    doubtful.retry(now());
    assert_eq!((doubtful.form.as_str(), doubtful.may_be_there()), ("words", true), "the same bytes");
    let kept = serde_json::to_string(&doubtful).unwrap();
    assert!(!kept.contains("words"), "not in an answer that is kept: {kept}");
    let mut stopped = Forwarding { state: SendState::Sending, ..doubtful.clone() };
    let begun = stopped.clone();
    stopped.forget_words("it was edited", now());
    assert!(stopped.is_same_try(&begun) && !doubtful.is_same_try(&begun));
    stopped.hear(lost(), now());
    assert_eq!(stopped.state, SendState::NeedsPerson, "it does not go on by itself");
    stopped.hear(Heard::Taken("7".to_owned()), now());
    assert_eq!((stopped.state, stopped.remote_id.as_str()), (SendState::Sent, "7"));
    doubtful.forget_words("it was edited", now());
    doubtful.retry(now());
    doubtful.call_off("It ended.", now());
    assert_eq!((doubtful.state, doubtful.form.as_str()), (SendState::NeedsPerson, ""), "it may still be there");
}

#[test]
fn what_was_not_heard_is_sent_again() {
    let mut one = forwarding();
    one.begin(now());
    one.hear(Heard::Later("no connection".to_owned()), now());
    assert_eq!((one.state, one.next(false, now())), (SendState::Queued, Next::Send));
    assert_eq!(one.next_attempt_time, Some(now() + TimeDelta::seconds(2)));
    one.begin(now());
    one.hear(Heard::Refused("400".to_owned()), now());
    assert_eq!((one.state, one.note.as_str()), (SendState::Refused, "400"));
}

#[test]
fn a_system_without_repeats_is_searched_before_anything_is_sent_again() {
    let mut one = forwarding();
    one.begin(now());
    one.hear(lost(), now());
    let mut searches = 0;
    while one.next(false, now()) == Next::Find {
        one.find(Found::Ids(Vec::new()), now());
        searches += 1;
    }
    assert_eq!((searches, one.state), (SEARCHES.len() + 1, SendState::NeedsPerson), "a person knows more");
    one.retry(now());
    one.begin(now());
    one.hear(lost(), now());
    one.find(Found::NotAnswered("late".to_owned()), now());
    assert_eq!(one.next(false, now()), Next::Find, "no answer is not nothing");
    one.find(Found::Ids(vec!["7".to_owned(), "9".to_owned()]), now());
    assert_eq!((one.state, one.remote_id.as_str()), (SendState::Sent, "7"));
    assert!(one.note.contains('9') && one.form.is_empty(), "{}", one.note);
}

#[test]
fn a_person_looks_at_what_stays_in_doubt() {
    let mut refused = forwarding();
    refused.begin(now());
    refused.hear(lost(), now());
    refused.hear(Heard::Refused("403".to_owned()), now());
    assert_eq!(refused.state, SendState::NeedsPerson, "the one before may have been taken");

    let mut late = forwarding();
    late.begin(now());
    late.hear(lost(), now());
    assert_eq!(late.next(true, now() + TimeDelta::hours(21)), Next::Find, "repeats are not known for ever");
    late.find(Found::NotAnswered("it is down".to_owned()), now() + TimeDelta::days(3));
    assert_eq!((late.state, late.note.as_str()), (SendState::NeedsPerson, "it is down"));
    late.retry(now());
    assert_eq!((late.next(false, now()), late.attempt_count, late.begin_time), (Next::Send, 0, None));
}

#[test]
fn what_has_a_token_is_not_sent_again_by_a_person_either() {
    let mut one = forwarding();
    one.begin(now());
    one.hear(Heard::Token("t".to_owned()), now());
    let late = now() + TimeDelta::days(61);
    one.hear(lost(), late);
    assert_eq!(one.state, SendState::NeedsPerson);
    one.retry(late);
    assert_eq!((one.next(false, late), one.next(true, late)), (Next::AskForId, Next::AskForId));
    one.hear(lost(), late);
    assert_eq!(one.state, SendState::AwaitingId, "its time begins anew");
}

#[test]
fn a_token_is_asked_until_it_gives_an_id() {
    let mut one = forwarding();
    one.begin(now());
    one.hear(Heard::Token("t".to_owned()), now());
    assert_eq!(one.next(false, now()), Next::AskForId);
    one.hear(lost(), now());
    assert_eq!(one.next(false, now()), Next::AskForId, "it was taken, so it is not sent again");
    one.hear(Heard::Later("it is held back".to_owned()), now() + TimeDelta::days(30));
    assert_eq!(one.next(false, now()), Next::AskForId, "somebody reads it there, which takes its time");
    one.hear(Heard::Taken("7".to_owned()), now());
    assert_eq!(one.state, SendState::Sent);
}
