//! What is published, to whom it shows what, and who is told.

use uuid::Uuid;

use super::*;
use crate::domain::fixture;
use crate::domain::issue::{Location, Report};
use crate::domain::reporter::Contact;

fn now() -> DateTime<Utc> {
    "2026-06-10T12:00:00Z".parse().unwrap()
}

fn issue(number: u32, state: IssueState) -> Issue {
    let report = Report {
        id: IssueId(Uuid::from_u128(number.into())),
        reference: format!("BWS-ISS-2026-{number:05}"),
        category_code: "graffiti".to_owned(),
        category_name: "Graffiti".to_owned(),
        description: "A tag".to_owned(),
        location: Location { address: "12 Quay Lane".to_owned(), ..Location::default() },
        report_time: now(),
        ..fixture::report()
    };
    Issue { state, ..Issue::report(report, None, None, now()).unwrap().0 }
}

fn said() -> Said {
    Said {
        you_said: "The subway is dark.".to_owned(),
        we_did: "New lamps hang there.".to_owned(),
        provider_id: None,
        provider_name: String::new(),
        pictured: None,
    }
}

fn publish(said: Said, issues: &[&Issue]) -> Result<ResponseEntry, Vec<Flaw>> {
    let ids = (ResponseEntryId(Uuid::from_u128(1)), PartnershipId(Uuid::nil()));
    ResponseEntry::publish(ids, said, issues, &HeldWords::default(), now())
}

fn paths(flaws: &[Flaw]) -> Vec<&str> {
    flaws.iter().map(|flaw| flaw.path.as_str()).collect()
}

#[test]
fn an_entry_is_about_issues_that_have_ended_in_words_fit_for_everyone_and_all_flaws_are_named() {
    for state in IssueState::ALL {
        let ended = matches!(state, IssueState::Resolved | IssueState::Closed | IssueState::NoAction);
        let published = publish(said(), &[&issue(1, *state)]);
        assert_eq!(published.is_ok(), ended, "{}", state.word());
    }
    let (open, held) = (issue(1, IssueState::Routed), Issue { held_back: true, ..issue(2, IssueState::Closed) });
    let good = issue(3, IssueState::Closed);
    let unfit = Said { you_said: "Sam, 7 years old, fell.".to_owned(), ..said() };
    let flaws = publish(unfit, &[&open, &good, &held, &good]).unwrap_err();
    assert_eq!(paths(&flaws), ["you_said", "issue_ids[0]", "issue_ids[2]", "issue_ids[3]"], "{flaws:?}");
    assert!(flaws[1].text.contains("BWS-ISS-2026-00001 is sent to a provider"), "{flaws:?}");
    assert!(flaws[3].text.contains("issue_ids[1]"), "{flaws:?}");
}

#[test]
fn what_it_said_before_is_handed_back_and_saying_the_same_changes_nothing() {
    let closed = issue(1, IssueState::Closed);
    let mut entry = publish(said(), &[&closed]).unwrap();
    let same = Rephrasing { you_said: Some(said().you_said), ..Rephrasing::default() };
    assert_eq!(entry.rephrase(same, &HeldWords::default(), now()), Ok(None));
    assert_eq!((entry.revision, entry.version), (1, 1));
    let other = Rephrasing { we_did: Some("Six lamps.".to_owned()), ..Rephrasing::default() };
    assert_eq!(entry.rephrase(other, &HeldWords::default(), now()), Ok(Some((1, said()))));
    assert_eq!((entry.revision, entry.version, entry.said.we_did.as_str()), (2, 2, "Six lamps."));
    let unfit = Rephrasing { we_did: Some("Call an ambulance".to_owned()), ..Rephrasing::default() };
    let flaws = entry.rephrase(unfit, &HeldWords::default(), now()).unwrap_err();
    assert_eq!((paths(&flaws), entry.version), (vec!["we_did"], 2));
    let provider = ProviderId(Uuid::from_u128(4));
    let named = Rephrasing { provider: Some(Some((provider, "Lamps Ltd".to_owned()))), ..Rephrasing::default() };
    entry.rephrase(named, &HeldWords::default(), now()).unwrap();
    assert_eq!(entry.said.provider_id, Some(provider));
    entry.rephrase(Rephrasing { provider: Some(None), ..Rephrasing::default() }, &HeldWords::default(), now()).unwrap();
    assert_eq!((entry.said.provider_id, entry.said.provider_name.as_str()), (None, ""));

    assert_eq!(entry.withdraw("Wrong subway.", now()), Ok(()));
    assert_eq!(entry.withdraw("Again.", now()), Err(Refusal::EntryWithdrawn));
    assert!(entry.digest().withdrawn);
}

#[test]
fn nobody_but_staff_sees_what_was_withdrawn_or_what_is_held_back() {
    let (open, held) = (issue(1, IssueState::Closed), issue(2, IssueState::Closed));
    let entry = publish(said(), &[&open, &held]).unwrap();
    let known = |held_back: &[u32]| -> HashMap<IssueId, NamedIssue> {
        let named = [1, 2].map(|number| {
            let issue = Issue { held_back: held_back.contains(&number), ..issue(number, IssueState::Closed) };
            (issue.id, NamedIssue::of(&issue))
        });
        named.into_iter().collect()
    };
    let seen = |entry: &ResponseEntry, held_back: &[u32], sees_all: bool| {
        let view = EntryView::of(entry.clone(), &known(held_back), &HashMap::new(), sees_all);
        view.map(|view| view.issues.len())
    };
    assert_eq!(seen(&entry, &[], false), Some(2));
    assert_eq!(seen(&entry, &[2], false), Some(1), "one that is held back is not named");
    assert_eq!(seen(&entry, &[1, 2], false), None, "of nothing that is public nothing is told");
    assert_eq!(seen(&entry, &[1, 2], true), Some(2));
    let mut gone = entry;
    gone.withdraw("Wrong.", now()).unwrap();
    assert_eq!((seen(&gone, &[], false), seen(&gone, &[], true)), (None, Some(2)));
    assert_eq!(NamedIssue::of(&open).name, "Graffiti", "and nothing of the place");
}

#[test]
fn whoever_follows_several_issues_gets_one_letter_and_every_record_is_told() {
    let person = |id: u128, issue: u128, by_letter: bool, mark: Option<&str>| Concerned {
        id: ReporterId(Uuid::from_u128(id)),
        issue_id: IssueId(Uuid::from_u128(issue)),
        by_letter,
        mark: mark.map(str::to_owned),
    };
    let people = vec![
        person(1, 1, false, Some("ann")),
        person(2, 1, true, Some("bob")),
        person(3, 2, true, Some("ann")),
        person(4, 2, true, Some("bob")),
        person(5, 1, false, None),
        person(6, 2, false, None),
        person(6, 2, false, None),
    ];
    let told = once_each(people);
    let ids: Vec<u128> = told.iter().map(|person| person.id.0.as_u128()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6], "whoever typed Ann's address keeps nobody from being told");
    let letters: Vec<u128> =
        told.iter().filter(|person| person.by_letter).map(|person| person.id.0.as_u128()).collect();
    assert_eq!(letters, [2, 3], "one to Ann and one to Bob");
}

#[test]
fn a_photo_that_waits_is_not_shown_by_an_entry() {
    let photo = |held: bool| Photo {
        id: PhotoId(Uuid::from_u128(7)),
        object_id: Uuid::from_u128(8),
        width: 4,
        height: 3,
        caption: String::new(),
        create_time: now(),
        reporter_id: None,
        held,
    };
    let with = |held: bool| Issue { photos: vec![photo(held)], ..issue(1, IssueState::Closed) };
    let of = pictured([&with(false)], photo(false).id).unwrap();
    assert_eq!(pictured([&with(true)], of.photo_id), Err(Refusal::PhotoUnknown { photo_id: of.photo_id }));
    let entry = publish(Said { pictured: Some(of), ..said() }, &[&with(false)]).unwrap();
    let is_shown = |held: bool, sees_all: bool| {
        let (issue, photos) = (with(held), vec![photo(held)]);
        let known = [(issue.id, NamedIssue::of(&issue))].into_iter().collect();
        let view = EntryView::of(entry.clone(), &known, &[(issue.id, photos)].into_iter().collect(), sees_all);
        view.unwrap().photo.is_some()
    };
    assert_eq!((is_shown(false, false), is_shown(true, false), is_shown(true, true)), (true, false, true));
}

#[test]
fn what_is_told_of_it_holds_its_address_and_none_of_its_words() {
    let closed = issue(1, IssueState::Closed);
    let text = publish(said(), &[&closed]).unwrap().announcement().text;
    let page = format!("/partnerships/{}/you-said-we-did/{}", Uuid::nil(), Uuid::from_u128(1));
    assert!(text.ends_with(&page) && !text.contains("lamps") && !text.contains("subway"), "{text}");
}

#[test]
fn people_are_taken_out_of_its_words() {
    let closed = issue(1, IssueState::Closed);
    let words = Said { you_said: "Ada Archer told us.".to_owned(), ..said() };
    let mut entry = publish(words, &[&closed]).unwrap();
    let contact = Contact { name: "Ada Archer".to_owned(), ..Contact::default() };
    assert!(entry.anonymise(&Traces::of([&contact]), now()));
    assert_eq!((entry.said.you_said.as_str(), entry.version), ("a resident told us.", 2));
    assert!(!entry.anonymise(&Traces::of([&contact]), now()), "there is nothing left of her");
}
