//! What is kept of a row, with which notes, and why one is refused.

use uuid::Uuid;

use super::*;
use crate::domain::clock::OnTime;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-01-01T00:00:00Z")
}

fn row() -> ImportRow {
    ImportRow {
        line: 2,
        external_id: "101001371466".to_owned(),
        category_code: "pwd-graffiti".to_owned(),
        report_time: Some(at("2015-05-06T15:54:35Z")),
        due_time: Some(at("2015-05-13T15:54:23Z")),
        close_time: Some(at("2015-05-07T15:54:26Z")),
        closed: true,
        address: "224 Example Drive".to_owned(),
        ..ImportRow::default()
    }
}

fn judged(row: &ImportRow) -> Result<KeptRow, Vec<String>> {
    let judged = judge(row, Grounds { held_words: &HeldWords::default(), providers: &Providers::new(), now: now() });
    judged.map_err(|flaws| flaws.into_iter().map(|flaw| flaw.text).collect())
}

fn issue(row: &ImportRow) -> (Issue, Vec<Step>) {
    let ids = ReportIds { id: Uuid::nil().into(), partnership_id: Uuid::nil().into(), reference: "X".to_owned() };
    judged(row).unwrap().into_issue(ids, now())
}

#[test]
fn a_whole_row_becomes_a_closed_issue() {
    let (issue, steps) = issue(&row());
    assert_eq!(issue.state, IssueState::Closed);
    assert_eq!(issue.category_name, "Pwd graffiti");
    assert_eq!(issue.resolution.unwrap().reason, NO_REASON);
    assert_eq!(
        steps.iter().map(|step| step.kind.as_str()).collect::<Vec<_>>(),
        ["issue.reported", "issue.closed", "issue.imported"]
    );
}

#[test]
fn closed_before_it_was_reported_is_kept_with_a_note_and_on_time() {
    let early = ImportRow { close_time: Some(at("2015-05-06T15:54:26Z")), ..row() };
    assert_eq!(judged(&early).unwrap().notes.len(), 1);
    let mut issue = issue(&early).0;
    issue.settle(
        &pathfinder_terms::calendar::WorkingCalendar::of(pathfinder_terms::Nation::Scotland),
        now(),
        &mut vec![],
    );
    assert_eq!(issue.clock.on_time(now()), OnTime::Met);
}

#[test]
fn every_reason_for_a_refusal_is_given() {
    let bad = ImportRow { closed: true, latitude: Some(95.0), longitude: Some(0.0), ..ImportRow::default() };
    let reasons = judged(&bad).unwrap_err();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    let open_and_closed = ImportRow { closed: false, ..row() };
    assert_eq!(judged(&open_and_closed).unwrap_err().len(), 1);
    let nowhere = ImportRow { address: String::new(), ..row() };
    assert_eq!(judged(&nowhere).unwrap_err(), ["has no place: neither a point nor an address"]);
}

#[test]
fn words_that_hold_a_report_back_are_left_out() {
    let told = ImportRow {
        status_note: "Closed: the boy called Sam was moved.".to_owned(),
        description: "A man with dementia lives there.".to_owned(),
        ..row()
    };
    let (issue, steps) = issue(&told);
    assert_eq!((issue.description.as_str(), issue.held_back), (LEFT_OUT, false));
    assert_eq!(issue.resolution.unwrap().reason, LEFT_OUT);
    assert!(steps.iter().all(|step| !step.note.contains("Sam")));
    let notes = judged(&told).unwrap().notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("child") && notes[1].contains("medical"), "{notes:?}");
}

#[test]
fn long_notes_are_cut() {
    let long = ImportRow { status_note: "é".repeat(6_000), ..row() };
    let kept = judged(&long).unwrap();
    assert_eq!(kept.status_note.chars().count(), MAX_TEXT);
    assert_eq!(kept.notes.len(), 1);
}

#[test]
fn held_words_are_left_out_of_all_that_would_be_public() {
    let told = || "The boy called Sam".to_owned();
    let named = ImportRow {
        address: told(),
        area: told(),
        source: told(),
        provider_name: told(),
        category_name: told(),
        latitude: Some(51.5),
        longitude: Some(-0.1),
        ..row()
    };
    let notes = judged(&named).unwrap().notes;
    assert_eq!(notes.len(), 5, "{notes:?}");
    let (issue, steps) = issue(&named);
    let public = [&issue.location.address, &issue.location.location_text, &issue.provider_name, &issue.description];
    assert!(public.iter().all(|text| !text.contains("Sam")), "{public:?}");
    assert_eq!(issue.category_name, "Pwd graffiti");
    assert!(steps.iter().all(|step| !step.note.contains("Sam")), "{steps:?}");
}

#[test]
fn a_provider_of_the_partnership_keeps_its_name_whatever_that_is() {
    let trust = KnownProvider {
        id: Uuid::from_u128(7).into(),
        partnership_id: Uuid::nil().into(),
        name: "Mental Health Trust".to_owned(),
        active: true,
    };
    let providers = Providers::from([(trust.name.to_lowercase(), trust.clone())]);
    let theirs = ImportRow { provider_name: "MENTAL HEALTH TRUST".to_owned(), ..row() };
    let kept =
        judge(&theirs, Grounds { held_words: &HeldWords::default(), providers: &providers, now: now() }).unwrap();
    assert_eq!((kept.provider_id, kept.provider_name, kept.notes.len()), (Some(trust.id), trust.name, 0));
    assert_eq!(judged(&theirs).unwrap().provider_name, "", "a name that nobody here has is like any other text");
}

#[test]
fn times_that_cannot_be_are_refused_each_with_its_reason() {
    let long_ago = || Some(at("0001-01-01T00:00:00Z"));
    let times = ImportRow { report_time: long_ago(), close_time: long_ago(), due_time: long_ago(), ..row() };
    let reasons = judged(&times).unwrap_err();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains("before 1 January 2000")), "{reasons:?}");
    let ahead = ImportRow { due_time: Some(at("9999-12-31T00:00:00Z")), ..row() };
    assert_eq!(
        judged(&ahead).unwrap_err(),
        ["has a target date that cannot be: it must not lie more than ten years ahead"]
    );
    let tomorrow = ImportRow { report_time: Some(at("2026-01-02T00:00:00Z")), ..row() };
    assert_eq!(judged(&tomorrow).unwrap_err(), ["has a time of report that cannot be: it must not lie in the future"]);
}

#[test]
fn what_holds_nothing_to_read_counts_as_absent() {
    let blank = || " \u{200B} ".to_owned();
    let empty = ImportRow { external_id: blank(), address: blank(), ..row() };
    let reasons = judged(&empty).unwrap_err();
    assert_eq!(reasons.len(), 2, "no id and no place: {reasons:?}");
    let (issue, steps) = issue(&ImportRow { description: blank(), status_note: blank(), source: blank(), ..row() });
    assert_eq!((issue.description.as_str(), issue.resolution.unwrap().reason.as_str()), ("Pwd graffiti", NO_REASON));
    assert_eq!(steps[0].note, "");
}

#[test]
fn each_flaw_names_its_field_and_what_breaks_the_contract_is_told_once() {
    let long = RowFlaw { field: "external_id".to_owned(), text: "must have at most 1000 characters".to_owned() };
    let bad = ImportRow {
        external_id: "x".repeat(2_000),
        category_code: "Not A Code".to_owned(),
        latitude: Some(51.5),
        close_time: None,
        flaws: vec![long.clone()],
        ..row()
    };
    let grounds = Grounds { held_words: &HeldWords::default(), providers: &Providers::new(), now: now() };
    let flaws = judge(&bad, grounds).unwrap_err();
    let fields: Vec<&str> = flaws.iter().map(|flaw| flaw.field.as_str()).collect();
    assert_eq!(fields, ["external_id", "category_code", "close_time", "longitude"]);
    assert_eq!(flaws.first(), Some(&long));
    let only = ImportRow { flaws: vec![long.clone()], ..row() };
    assert_eq!(judge(&only, grounds).unwrap_err(), [long], "a row that breaks the contract is never kept");
}
