//! A council's existing cases, row by row: what is kept as it is, what is kept with a note, what is refused and why.
//!
//! Kept: a case without a target (the other system had none, so it cannot be late); a case that was closed before it was reported
//! (work was written down afterwards; its target was met, and that is what counts). Refused: a case without an id, a category, a
//! time of report or a place, and one that says both that it is open and when it was closed. To judge something else, add it to
//! [`judge`] with its reason in words that the person at the other end can act on. What a case says in words that hold a report
//! back is left out, with a note: the case is there and counts, and the other system keeps its words.

use chrono::{DateTime, Utc};
use pathfinder_terms::ProviderId;

use super::category::{is_code, name_from_code};
use super::clock::Basis;
use super::geography::Point;
use super::issue::{Issue, Location, Report, Resolution, Severity, Source, Step};
use super::moderation::HeldWords;
use super::state::IssueState;

const MAX_ID: usize = 100;
const MAX_TEXT: usize = 5_000;
const LEFT_OUT: &str = "The words of the system that this case came from are not published here.";
const NO_REASON: &str = "Closed in the system that this case came from, which gave no reason.";

/// One row as it came.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ImportRow {
    /// The line of the file.
    pub line: i32,
    /// The id in the other system.
    pub external_id: String,
    /// The category's code.
    pub category_code: String,
    /// The category's name.
    pub category_name: String,
    /// When it was reported.
    pub report_time: Option<DateTime<Utc>>,
    /// The other system's target.
    pub due_time: Option<DateTime<Utc>>,
    /// When it was closed.
    pub close_time: Option<DateTime<Utc>>,
    /// Whether it is closed.
    pub closed: bool,
    /// What the other system says of it.
    pub status_note: String,
    /// Who answers for it there.
    pub provider_name: String,
    /// The address.
    pub address: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// The neighbourhood or ward.
    pub area: String,
    /// How it came in there.
    pub source: String,
    /// What is wrong.
    pub description: String,
}

/// A row that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptRow {
    /// The id in the other system.
    pub external_id: String,
    /// The category's code.
    pub category_code: String,
    /// The category's name, as the row has it or made from the code.
    pub category_name: String,
    /// When it was reported.
    pub report_time: DateTime<Utc>,
    /// The other system's target.
    pub due_time: Option<DateTime<Utc>>,
    /// When it was closed; none while it is open.
    pub close_time: Option<DateTime<Utc>>,
    /// What the other system says of it.
    pub status_note: String,
    /// Who answers for it there.
    pub provider_name: String,
    /// Where it is.
    pub location: Location,
    /// How it came in there.
    pub source: String,
    /// What is wrong.
    pub description: String,
    /// What is odd about it.
    pub notes: Vec<String>,
}

/// Judges a row.
///
/// # Errors
///
/// Every reason for which it is refused.
pub(crate) fn judge(row: &ImportRow, held_words: &HeldWords, now: DateTime<Utc>) -> Result<KeptRow, Vec<String>> {
    let mut reasons = Vec::new();
    check_id_and_category(row, &mut reasons);
    check_lengths(row, &mut reasons);
    check_times(row, now, &mut reasons);
    let point = check_place(row, &mut reasons);
    let report_time = match row.report_time {
        Some(report_time) if reasons.is_empty() => report_time,
        _ => return Err(reasons),
    };
    let mut notes = Vec::new();
    if row.close_time.is_some_and(|closed| closed < report_time) {
        notes.push("Closed before it was reported; kept as it is, and the time it took counts as nothing.".to_owned());
    }
    let status_note = cut(&row.status_note, "status note", &mut notes);
    let status_note = fit(status_note, "status note", held_words, &mut notes);
    let description = cut(&row.description, "description", &mut notes);
    let description = fit(description, "description", held_words, &mut notes);
    let category_name = Some(&row.category_name).filter(|name| !name.is_empty()).cloned();
    let category_name = category_name.unwrap_or_else(|| name_from_code(&row.category_code));
    Ok(KeptRow {
        external_id: row.external_id.clone(),
        category_code: row.category_code.clone(),
        description: if description.is_empty() { category_name.clone() } else { description },
        category_name,
        report_time,
        due_time: row.due_time,
        close_time: row.close_time,
        status_note,
        provider_name: row.provider_name.clone(),
        location: Location {
            point,
            address: row.address.clone(),
            location_text: row.area.clone(),
            ..Location::default()
        },
        source: row.source.clone(),
        notes,
    })
}

fn check_id_and_category(row: &ImportRow, reasons: &mut Vec<String>) {
    if row.external_id.is_empty() {
        reasons.push("has no id; without one it could not be recognised when it comes again".to_owned());
    }
    if !is_code(&row.category_code) {
        let code = &row.category_code;
        reasons
            .push(format!("has the category code `{code}`; it must be 1 to 63 lower-case letters, digits and hyphens"));
    }
}

fn check_lengths(row: &ImportRow, reasons: &mut Vec<String>) {
    let limits = [
        ("id", &row.external_id, MAX_ID),
        ("category name", &row.category_name, 100),
        ("provider name", &row.provider_name, 200),
        ("address", &row.address, 500),
        ("area", &row.area, 200),
        ("source", &row.source, 100),
    ];
    for (what, text, limit) in limits {
        let length = text.chars().count();
        if length > limit {
            reasons.push(format!("has a longer {what} than the {limit} characters allowed: {length}"));
        }
    }
}

fn check_times(row: &ImportRow, now: DateTime<Utc>, reasons: &mut Vec<String>) {
    match row.report_time {
        None => reasons.push("does not say when it was reported".to_owned()),
        Some(time) if time > now => reasons.push(format!("was reported in the future: {time}")),
        Some(_) => {}
    }
    match (row.closed, row.close_time) {
        (true, None) => reasons.push("is closed and does not say when".to_owned()),
        (false, Some(_)) => reasons.push("is open and says when it was closed; it must be one or the other".to_owned()),
        (true, Some(time)) if time > now => reasons.push(format!("was closed in the future: {time}")),
        (true, Some(_)) | (false, None) => {}
    }
}

fn check_place(row: &ImportRow, reasons: &mut Vec<String>) -> Option<Point> {
    let point = match (row.latitude, row.longitude) {
        (Some(latitude), Some(longitude)) => Point::new(latitude, longitude).or_else(|| {
            reasons.push(format!("lies at {latitude}, {longitude}, which is not on the earth"));
            None
        }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            reasons.push("has a latitude or a longitude without the other".to_owned());
            None
        }
    };
    if row.latitude.is_none() && row.longitude.is_none() && row.address.is_empty() {
        reasons.push("has no place: neither a point nor an address".to_owned());
    }
    point
}

fn cut(text: &str, what: &str, notes: &mut Vec<String>) -> String {
    let Some((end, _)) = text.char_indices().nth(MAX_TEXT) else { return text.to_owned() };
    notes.push(format!("The {what} was longer than {MAX_TEXT} characters; the rest was cut off."));
    text.get(..end).unwrap_or(text).to_owned()
}

/// The text, or a neutral sentence in its place when its words would hold a report back.
fn fit(text: String, what: &str, held_words: &HeldWords, notes: &mut Vec<String>) -> String {
    let Some(heading) = held_words.find(&[&text]) else { return text };
    notes.push(format!("The {what} was left out: it holds words that a person must read first ({}).", heading.word()));
    LEFT_OUT.to_owned()
}

impl KeptRow {
    /// The issue that the row becomes, with its history so far. The other system's own target is its clock.
    #[must_use]
    pub(crate) fn into_issue(
        self,
        report: ReportIds,
        provider_id: Option<ProviderId>,
        now: DateTime<Utc>,
    ) -> (Issue, Vec<Step>) {
        let mut issue = Issue::received(
            Report {
                id: report.id,
                partnership_id: report.partnership_id,
                reference: report.reference,
                category_code: self.category_code,
                category_name: self.category_name,
                title: String::new(),
                description: self.description,
                location: self.location,
                source: Source::Import,
                severity: Severity::Normal,
                hazard: false,
                external_id: Some(self.external_id),
                reporter_name: String::new(),
                report_time: self.report_time,
            },
            now,
        );
        issue.provider_id = provider_id;
        issue.provider_name = self.provider_name;
        issue.clock.basis = Basis::Imported { due_time: self.due_time };
        issue.clock.routed = provider_id.map(|_| self.report_time);
        issue.state = match (self.close_time, provider_id) {
            (Some(_), _) => IssueState::Closed,
            (None, Some(_)) => IssueState::Routed,
            (None, None) => IssueState::Triaged,
        };
        if let Some(close_time) = self.close_time {
            let reason = if self.status_note.is_empty() { NO_REASON.to_owned() } else { self.status_note };
            issue.clock.end(close_time);
            issue.resolution = Some(Resolution { reason, evidence: Vec::new(), time: close_time });
        }
        let steps = history(&issue, &self.source, now);
        (issue, steps)
    }
}

/// What the service gives an imported case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportIds {
    /// The id.
    pub id: pathfinder_terms::IssueId,
    /// The partnership.
    pub partnership_id: pathfinder_terms::PartnershipId,
    /// The reference.
    pub reference: String,
}

fn history(issue: &Issue, source: &str, now: DateTime<Utc>) -> Vec<Step> {
    let step = |kind: &str, from: Option<IssueState>, to: IssueState, note: String, time: DateTime<Utc>| Step {
        kind: kind.to_owned(),
        from,
        to,
        note,
        private_note: String::new(),
        time,
        automatic: false,
    };
    let said = if source.is_empty() { String::new() } else { format!("By way of: {source}.") };
    let mut steps = vec![step("issue.reported", None, IssueState::Reported, said, issue.report_time)];
    if let Some(resolution) = &issue.resolution {
        let time = resolution.time.max(issue.report_time);
        steps.push(step(
            "issue.closed",
            Some(IssueState::Reported),
            IssueState::Closed,
            resolution.reason.clone(),
            time,
        ));
    }
    let brought_in = "Brought in from another system.".to_owned();
    steps.push(step("issue.imported", Some(issue.state), issue.state, brought_in, now));
    steps
}

#[cfg(test)]
mod tests {
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

    fn issue(row: &ImportRow) -> (Issue, Vec<Step>) {
        let ids = ReportIds { id: Uuid::nil().into(), partnership_id: Uuid::nil().into(), reference: "X".to_owned() };
        judge(row, &HeldWords::default(), now()).unwrap().into_issue(ids, None, now())
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
        assert_eq!(judge(&early, &HeldWords::default(), now()).unwrap().notes.len(), 1);
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
        let reasons = judge(&bad, &HeldWords::default(), now()).unwrap_err();
        assert_eq!(reasons.len(), 5, "{reasons:?}");
        let open_and_closed = ImportRow { closed: false, ..row() };
        assert_eq!(judge(&open_and_closed, &HeldWords::default(), now()).unwrap_err().len(), 1);
        let nowhere = ImportRow { address: String::new(), ..row() };
        assert_eq!(
            judge(&nowhere, &HeldWords::default(), now()).unwrap_err(),
            ["has no place: neither a point nor an address"]
        );
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
        let notes = judge(&told, &HeldWords::default(), now()).unwrap().notes;
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("child") && notes[1].contains("medical"), "{notes:?}");
    }

    #[test]
    fn long_notes_are_cut() {
        let long = ImportRow { status_note: "é".repeat(6_000), ..row() };
        let kept = judge(&long, &HeldWords::default(), now()).unwrap();
        assert_eq!(kept.status_note.chars().count(), MAX_TEXT);
        assert_eq!(kept.notes.len(), 1);
    }
}
