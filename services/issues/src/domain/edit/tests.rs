//! What an edit changes, what it keeps, and what it may not bring in.

use super::*;
use crate::domain::IssueState;
use crate::domain::fixture::{self, start as now};
use crate::domain::geography::Point;
use crate::domain::issue::{Location, Report};
use crate::domain::moderation::Heading;
use crate::domain::reporter::Contact;
use crate::domain::{notice, words};

/// A report that names somebody.
fn report() -> Report {
    Report {
        category_code: "graffiti".to_owned(),
        category_name: "Graffiti".to_owned(),
        title: "By Ada Archer".to_owned(),
        description: "Ada Archer of number 12 did it".to_owned(),
        location: Location {
            point: Point::new(51.512_345_6, -0.123_456_7),
            address: "12 Zebra Court".to_owned(),
            ..Location::default()
        },
        ..fixture::report()
    }
}

fn issue() -> Issue {
    Issue::report(report(), None, None, now()).unwrap().0
}

fn words_of(description: &str) -> Rewording {
    Rewording { description: Some(description.to_owned()), ..Rewording::default() }
}

fn edit(issue: &mut Issue, rewording: &Rewording) -> Result<Step, Refusal> {
    issue.edit(rewording, "It named somebody.", &HeldWords::default(), now())
}

#[test]
fn an_edit_changes_the_words_and_nothing_else() {
    let before = issue();
    let mut issue = before.clone();
    let step = edit(&mut issue, &words_of("A tag on the wall")).unwrap();
    assert_eq!((step.kind.as_str(), step.from, step.to), (EDITED, Some(before.state), before.state));
    assert_eq!(step.note, "It named somebody.");
    assert_eq!(issue.edit_time, Some(now()));
    let description = "A tag on the wall".to_owned();
    assert_eq!(issue, Issue { description, edit_time: Some(now()), ..before.clone() });
    let former = FormerWords::between(&before, &issue).unwrap();
    assert_eq!(former, FormerWords { description: Some(before.description.clone()), ..FormerWords::default() });
    assert_eq!(former.replaced("description", &before.description, &issue), Some(issue.description.clone()));
    assert_eq!(former.replaced("title", &before.description, &issue), None, "not in another field");
    assert_eq!(former.replaced("description", "A tag", &issue), None, "and no other text");
}

#[test]
fn nothing_to_edit_is_refused() {
    let mut issue = issue();
    let same = words_of(&issue.description.clone());
    assert_eq!(edit(&mut issue, &same), Err(Refusal::NothingToEdit));
    assert_eq!(edit(&mut issue, &Rewording::default()), Err(Refusal::NothingToEdit));
    assert_eq!(issue.edit_time, None);
}

#[test]
fn an_edit_brings_in_no_words_that_a_person_must_read_and_releases_nothing() {
    let mut open = issue();
    let held = Refusal::WordsHeld { field: "description", heading: Heading::Medical };
    assert_eq!(edit(&mut open, &words_of("He has dementia")), Err(held));
    let told = Report { description: "An ambulance for the boy called Sam".to_owned(), ..report() };
    let mut issue = Issue::report(told, Some(Heading::Emergency), None, now()).unwrap().0;
    edit(&mut issue, &words_of("An ambulance, please")).unwrap();
    assert_eq!((issue.state, issue.is_public()), (IssueState::AwaitingModeration, false), "the word stood there");
    edit(&mut issue, &words_of("A tag on the wall")).unwrap();
    assert_eq!((issue.state, issue.is_public()), (IssueState::AwaitingModeration, false), "only triage lets it go on");
    let refused = issue.edit(&words_of("A tag"), "It told of dementia.", &HeldWords::default(), now());
    assert_eq!(refused, Err(Refusal::WordsHeld { field: "reason", heading: Heading::Medical }));
}

#[test]
fn a_home_is_blurred_for_good() {
    let mut issue = issue();
    let exact = issue.location.point;
    let home = Rewording { domestic: true, ..Rewording::default() };
    edit(&mut issue, &home).unwrap();
    assert!(issue.location.domestic && issue.location.public_point() != exact);
    assert!(!words::texts_of(&issue).contains(&"12 Zebra Court"), "its address is not looked for any more");
    assert_eq!(issue.edit_time, None, "no words were changed");
    edit(&mut issue, &words_of("A tag")).unwrap();
    assert!(issue.location.domestic, "nothing makes it exact again");
    assert_eq!(issue.blur(now()), None, "once is enough");
    let mut other = super::tests::issue();
    let step = other.blur(now()).unwrap();
    assert!(other.location.domestic && step.automatic);
}

#[test]
fn people_are_taken_out_of_former_words() {
    let contact = Contact { name: "Ada Archer".to_owned(), ..Contact::default() };
    let traces = Traces::of([&contact]);
    let mut former = FormerWords {
        title: Some("By Ada Archer".to_owned()),
        description: Some("Ada Archer did it".to_owned()),
        ..FormerWords::default()
    };
    assert!(former.anonymise(&traces));
    assert_eq!(former.title.as_deref(), Some("By a resident"));
    assert_eq!(former.description.as_deref(), Some("a resident did it"));
    assert!(!former.anonymise(&traces));
}

#[test]
fn notices_say_the_new_title() {
    let before = issue();
    let mut after = before.clone();
    edit(&mut after, &Rewording { title: Some(String::new()), ..Rewording::default() }).unwrap();
    let told = "You said: By Ada Archer. We did: Scrubbed off. (BWS-ISS-2026-00001) By Ada Archer.";
    let retold = "You said: Graffiti. We did: Scrubbed off. (BWS-ISS-2026-00001) By Ada Archer.";
    assert_eq!(notice::retold(told, &before, &after).as_deref(), Some(retold), "where it names what was said");
    let by_action = "You said: By Ada Archer (BWS-ISS-2026-00001). We did: More lamps. (board action BWS-2026-001)";
    assert!(notice::retold(by_action, &before, &after).is_some_and(|text| text.starts_with("You said: Graffiti (")));
    for other in ["BWS-ISS-2026-00001 is closed.", "You said: By Ada Archers. We did: x", "By Ada Archer"] {
        assert_eq!(notice::retold(other, &before, &after), None, "{other}");
    }
}
