//! A council's existing cases, row by row: what is kept as it is, what is kept with a note, what is refused and why.
//!
//! Kept: a case without a target (the other system had none, so it cannot be late); a case that was closed before it was reported
//! (work was written down afterwards; its target was met, and that is what counts). Refused: a case without an id, a category, a
//! time of report or a place, one whose times cannot be, and one that says both that it is open and when it was closed. To judge
//! something else, add it to [`judge`] with its reason in words that the person at the other end can act on. What a case says in
//! words that hold a report back is left out, with a note: the case is there and counts, and the other system keeps its words.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use pathfinder_terms::ProviderId;
use serde::{Deserialize, Serialize};

use super::category::{is_code, name_from_code};
use super::clock::Basis;
use super::geography::Point;
use super::issue::{Issue, IssueKind, Location, Report, Resolution, Severity, Source, Step};
use super::known::KnownProvider;
use super::moderation::HeldWords;
use super::state::IssueState;
use super::text::or_empty;
use super::times::{flaw_of_past, flaw_of_target};

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
    /// What was found to be wrong with it before it came here: it breaks rules of the contract.
    pub flaws: Vec<RowFlaw>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowFlaw {
    /// The field, as the contract names it.
    pub field: String,
    /// What is wrong, in words that follow `it`.
    pub text: String,
}

/// What is found to be wrong with a row: all of it.
#[derive(Default)]
struct Flaws(Vec<RowFlaw>);

impl Flaws {
    fn push(&mut self, field: &str, text: impl Into<String>) {
        self.0.push(RowFlaw { field: field.to_owned(), text: text.into() });
    }
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
    /// Who answers for it here: the provider of that name, if there is one.
    pub provider_id: Option<ProviderId>,
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

/// The providers of a partnership by their names in lower case, as rows name them.
pub(crate) type Providers = HashMap<String, KnownProvider>;

/// What rows are judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grounds<'a> {
    /// Words that are not published unread.
    pub held_words: &'a HeldWords,
    /// Those who may answer for a case.
    pub providers: &'a Providers,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Judges a row.
///
/// # Errors
///
/// Every reason for which it is refused.
pub(crate) fn judge(row: &ImportRow, grounds: Grounds<'_>) -> Result<KeptRow, Vec<RowFlaw>> {
    let row = row.readable();
    let mut flaws = Flaws::default();
    check_id_and_category(&row, &mut flaws);
    check_lengths(&row, &mut flaws);
    check_times(&row, grounds.now, &mut flaws);
    let point = check_place(&row, &mut flaws);
    // What breaks a rule of the contract is told once.
    let known = |flaw: &RowFlaw| row.flaws.iter().any(|known| known.field == flaw.field);
    let found = flaws.0.into_iter().filter(|flaw| !known(flaw));
    let all: Vec<RowFlaw> = row.flaws.iter().cloned().chain(found).collect();
    match row.report_time {
        Some(report_time) if all.is_empty() => Ok(keep(row, report_time, point, grounds)),
        _ => Err(all),
    }
}

/// Keeps a row that nothing speaks against. All of its words will be public, so those that a person must read first are left out.
fn keep(row: ImportRow, report_time: DateTime<Utc>, point: Option<Point>, grounds: Grounds<'_>) -> KeptRow {
    let mut notes = Vec::new();
    if row.close_time.is_some_and(|closed| closed < report_time) {
        notes.push("Closed before it was reported; kept as it is, and the time it took counts as nothing.".to_owned());
    }
    let mut fit = |text: String, what: &str, instead: &str| fit(text, what, instead, grounds.held_words, &mut notes);
    let status_note = fit(row.status_note, "status note", LEFT_OUT);
    let description = fit(row.description, "description", LEFT_OUT);
    let category_name = fit(row.category_name, "category name", "");
    let (address, area) = (fit(row.address, "address", ""), fit(row.area, "area", ""));
    let source = fit(row.source, "source", "");
    let provider = grounds.providers.get(&row.provider_name.to_lowercase());
    let provider_name = match provider {
        Some(known) => known.name.clone(),
        None => fit(row.provider_name, "provider name", ""),
    };
    let category_name = if category_name.is_empty() { name_from_code(&row.category_code) } else { category_name };
    KeptRow {
        external_id: row.external_id,
        category_code: row.category_code,
        description: if description.is_empty() { category_name.clone() } else { description },
        category_name,
        report_time,
        due_time: row.due_time,
        close_time: row.close_time,
        status_note,
        provider_id: provider.map(|known| known.id),
        provider_name,
        location: Location { point, address, location_text: area, ..Location::default() },
        source,
        notes,
    }
}

impl ImportRow {
    /// The row, with nothing where a text holds nothing to read.
    fn readable(&self) -> Self {
        let text = |text: &String| or_empty(text.clone());
        Self {
            external_id: text(&self.external_id),
            category_name: text(&self.category_name),
            status_note: text(&self.status_note),
            provider_name: text(&self.provider_name),
            address: text(&self.address),
            area: text(&self.area),
            source: text(&self.source),
            description: text(&self.description),
            ..self.clone()
        }
    }
}

fn check_id_and_category(row: &ImportRow, flaws: &mut Flaws) {
    if row.external_id.is_empty() {
        flaws.push("external_id", "has no id; without one it could not be recognised when it comes again");
    }
    if !is_code(&row.category_code) {
        let code = &row.category_code;
        let text = format!("has the category code `{code}`; it must be 1 to 63 lower-case letters, digits and hyphens");
        flaws.push("category_code", text);
    }
}

fn check_lengths(row: &ImportRow, flaws: &mut Flaws) {
    let limits = [
        ("external_id", "id", &row.external_id, MAX_ID),
        ("category_name", "category name", &row.category_name, 100),
        ("provider_name", "provider name", &row.provider_name, 200),
        ("address", "address", &row.address, 500),
        ("area", "area", &row.area, 200),
        ("source", "source", &row.source, 100),
    ];
    for (field, what, text, limit) in limits {
        let length = text.chars().count();
        if length > limit {
            flaws.push(field, format!("has a longer {what} than the {limit} characters allowed: {length}"));
        }
    }
}

fn check_times(row: &ImportRow, now: DateTime<Utc>, flaws: &mut Flaws) {
    if row.report_time.is_none() {
        flaws.push("report_time", "does not say when it was reported");
    }
    match (row.closed, row.close_time) {
        (true, None) => flaws.push("close_time", "is closed and does not say when"),
        (false, Some(_)) => {
            flaws.push("close_time", "is open and says when it was closed; it must be one or the other");
        }
        (true, Some(_)) | (false, None) => {}
    }
    let found = [
        ("report_time", "time of report", row.report_time.and_then(|time| flaw_of_past(time, now))),
        ("close_time", "closing time", row.close_time.and_then(|time| flaw_of_past(time, now))),
        ("due_time", "target date", row.due_time.and_then(|time| flaw_of_target(time, now))),
    ];
    for (field, what, flaw) in found {
        if let Some(flaw) = flaw {
            flaws.push(field, format!("has a {what} that cannot be: it {flaw}"));
        }
    }
}

fn check_place(row: &ImportRow, flaws: &mut Flaws) -> Option<Point> {
    let point = match (row.latitude, row.longitude) {
        (Some(latitude), Some(longitude)) => Point::new(latitude, longitude).or_else(|| {
            flaws.push("latitude", format!("lies at {latitude}, {longitude}, which is not on the earth"));
            None
        }),
        (None, None) => None,
        (one, _) => {
            let missing = if one.is_some() { "longitude" } else { "latitude" };
            flaws.push(missing, "has a latitude or a longitude without the other");
            None
        }
    };
    if row.latitude.is_none() && row.longitude.is_none() && row.address.is_empty() {
        flaws.push("address", "has no place: neither a point nor an address");
    }
    point
}

fn cut(mut text: String, what: &str, notes: &mut Vec<String>) -> String {
    let Some((end, _)) = text.char_indices().nth(MAX_TEXT) else { return text };
    notes.push(format!("The {what} was longer than {MAX_TEXT} characters; the rest was cut off."));
    text.truncate(end);
    text
}

/// The text as it can be published: cut where it is too long, and what stands `instead` of one whose words would hold a report back.
fn fit(text: String, what: &str, instead: &str, held_words: &HeldWords, notes: &mut Vec<String>) -> String {
    let text = cut(text, what, notes);
    let Some(heading) = held_words.find(&[&text]) else { return text };
    notes.push(format!("The {what} was left out: it holds words that a person must read first ({}).", heading.word()));
    instead.to_owned()
}

impl KeptRow {
    /// The issue that the row becomes, with its history so far. The other system's own target is its clock.
    #[must_use]
    pub(crate) fn into_issue(self, report: ReportIds, now: DateTime<Utc>) -> (Issue, Vec<Step>) {
        let provider_id = self.provider_id;
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
                kind: IssueKind::Problem,
                answers: Vec::new(),
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
        by_default: false,
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
mod tests;
