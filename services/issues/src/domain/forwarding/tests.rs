//! How a forwarding goes on, whatever is heard.

use super::*;
use crate::domain::fixture::{self, start as now};
use crate::domain::issue::{Location, Report};

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

const OTHER: IssueId = IssueId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

fn issue(title: &str, description: &str, location_text: &str) -> Issue {
    let report = Report {
        title: title.to_owned(),
        description: description.to_owned(),
        location: Location { location_text: location_text.to_owned(), ..Location::default() },
        ..fixture::report()
    };
    Issue::received(report, now())
}

#[test]
fn what_is_sent_on_is_known_by_its_last_line_alone() {
    let line = mark_of(OTHER, "HIL-ISS-2026-00042");
    for (words, found) in [
        (format!("A tip\n\n{line}"), Some(OTHER)),
        (format!("A tip\r\n\r\n{line}  \r\n\n"), Some(OTHER)),
        (line.clone(), Some(OTHER)),
        (format!("{line}\nThat was never done."), None),
        (format!("A tip\n> {line}"), None),
        (format!("A tip, see {line}"), None),
        (format!("A tip\n{line}."), None),
        ("A tip\nRef. HIL-ISS-2026-00042".to_owned(), None),
        (String::new(), None),
    ] {
        assert_eq!(marked_issue(&words), found, "{words:?}");
    }
}

#[test]
fn what_somebody_typed_is_no_such_line() {
    let line = mark_of(OTHER, "HIL-ISS-2026-00042");
    assert_eq!(typed(&format!("Again:\n{line}")), format!("Again:\n> {line}"));
    for words in ["A tip", "Ref. my letter of May\nA tip", &format!("{line}\nThat was never done.")] {
        assert_eq!(typed(words), words, "what ends otherwise stays as it was written");
    }
}

/// Whatever breaks a line on the way, and wherever the words are cut off there.
#[test]
fn no_part_of_what_is_sent_on_is_taken_for_another_issue() {
    let line = mark_of(OTHER, "HIL-ISS-2026-00042");
    for between in ["\n", "\r\n", "\r", "\n \t", "\u{b}", "\u{2028}", "\u{8}", "\n\u{a0}"] {
        let quoting = format!("As before:{between}{line}{between}and so on");
        for quoting in [issue("", &quoting, ""), issue(&line, "A tip", ""), issue("", "A tip", &line)] {
            let sent = description_of(&quoting, &[]);
            assert_eq!(marked_issue(&sent), Some(quoting.id), "{sent:?}");
            let is_left_out = |letter: &char| letter.is_control() && !letter.is_whitespace();
            let breaks = |letter: char| letter == '\u{2028}' || (letter.is_control() && letter != '\t');
            let broken = |letter: char| if breaks(letter) { '\n' } else { letter };
            let arrived: String = sent.chars().filter(|letter| !is_left_out(letter)).map(broken).collect();
            for (end, _) in arrived.char_indices() {
                assert_ne!(marked_issue(&arrived[..end]), Some(OTHER), "{:?}", &arrived[..end]);
            }
        }
    }
    let long = issue("", &format!("{}\n{line}", "A tip. ".repeat(600)), "");
    assert_eq!(marked_issue(&description_of(&long, &[])), Some(long.id));
}
