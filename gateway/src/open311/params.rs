//! Parameters of a request, from the query and the form together, read with every problem named at once.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::render::{Problem, Problems};
use crate::error::shortened;
use crate::form;

/// Most parameters that are read.
const MAX_PARAMETERS: usize = 200;
/// Most ids in `service_request_id`.
const MAX_IDS: usize = 1000;
/// Most rows in one answer, as the specification has it, and how many there are where nothing is asked for.
pub(crate) const MAX_ROWS: usize = 1000;
/// How deep pages reach: the contracts page by token, so a late page costs every page before it.
const MAX_DEPTH: usize = 5000;
/// Widest window between `start_date` and `end_date`, and the window where none is given.
pub(super) const WINDOW: TimeDelta = TimeDelta::days(90);

/// This one is given once for each picture.
pub(super) const PICTURE: &str = "media_url";

/// Every parameter by its name.
#[derive(Debug, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
    /// What was answered to a service's questions, by their codes, in the order in which they came.
    pub(crate) attributes: Vec<(String, Vec<String>)>,
    /// Where pictures are, each once, in the order in which they came.
    pub(crate) pictures: Vec<String>,
}

/// The code in `attribute[CODE]` or `attribute[CODE][]`.
fn attribute(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("attribute[")?;
    let rest = rest.strip_suffix("[]").unwrap_or(rest);
    rest.strip_suffix(']')
}

impl Params {
    /// Reads a query and a form; both are form-urlencoded.
    pub(crate) fn read(query: &str, body: &[u8]) -> Result<Self, Problems> {
        let mut params = Self::default();
        let mut problems = Problems::default();
        for (index, pair) in form::pairs(query.as_bytes()).chain(form::pairs(body)).enumerate() {
            if index == MAX_PARAMETERS {
                problems.add(Problem::new(400, format!("There must not be more than {MAX_PARAMETERS} parameters.")));
                break;
            }
            params.take(pair, &mut problems);
        }
        problems.or(params)
    }

    fn take(&mut self, pair: Result<(String, String), String>, problems: &mut Problems) {
        let (name, value) = match pair {
            Ok(pair) => pair,
            Err(name) => return problems.add(Problem::new(400, format!("{} must be valid UTF-8.", shortened(&name)))),
        };
        if let Some(code) = attribute(&name) {
            return self.answer(code, value);
        }
        if name == PICTURE {
            return self.picture(value.trim());
        }
        // Some clients say the same in the address and in the form.
        if self.values.get(&name).is_some_and(|there| *there != value) {
            return problems.add(Problem::new(400, format!("{} is given more than once.", shortened(&name))));
        }
        self.values.insert(name, value);
    }

    fn answer(&mut self, code: &str, value: String) {
        match self.attributes.iter_mut().find(|(there, _)| there == code) {
            Some((_, values)) => values.push(value),
            None => self.attributes.push((code.to_owned(), vec![value])),
        }
    }

    fn picture(&mut self, address: &str) {
        let is_new = !address.is_empty() && !self.pictures.iter().any(|there| there == address);
        if is_new {
            self.pictures.push(address.to_owned());
        }
    }

    /// A parameter that was given and is not blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A parameter as it was given, or nothing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The parts of a comma list, without blanks.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.get(name).into_iter().flat_map(|list| list.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    /// A finite number, if there is one.
    pub(crate) fn number(&self, name: &str, problems: &mut Problems) -> Option<f64> {
        let text = self.get(name)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            problems.add(Problem::new(400, format!("{name} must be a number, not \"{}\".", shortened(text))));
        }
        number
    }

    fn count(&self, name: &str, default: usize, most: usize, problems: &mut Problems) -> usize {
        let Some(text) = self.get(name) else { return default };
        match text.parse::<usize>() {
            Ok(count) if (1..=most).contains(&count) => count,
            _ => {
                problems.add(Problem::new(
                    400,
                    format!("{name} must be a whole number from 1 to {most}, not \"{}\".", shortened(text)),
                ));
                default
            }
        }
    }

    /// An instant, if there is one.
    pub(super) fn time(&self, name: &str, problems: &mut Problems) -> Option<DateTime<Utc>> {
        let text = self.get(name)?;
        // A plus sign that was not encoded arrives as a space.
        let time = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok().map(|time| time.to_utc());
        if time.is_none() {
            let problem = format!("{name} must be a time such as 2026-05-01T09:30:00Z, not \"{}\".", shortened(text));
            problems.add(Problem::new(400, problem));
        }
        time
    }
}

/// Which service requests to read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// These; overrides everything else but the page.
    pub(crate) ids: Vec<String>,
    /// Of these services; empty means all.
    pub(crate) codes: Vec<String>,
    /// Not reported before this; `None` where it is asked by changes alone.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Not reported after this second; `None` means up to the present.
    pub(crate) to: Option<DateTime<Utc>>,
    /// Not changed before this.
    pub(crate) updated_from: Option<DateTime<Utc>>,
    /// Not changed after this second.
    pub(crate) updated_to: Option<DateTime<Utc>>,
    /// Open or closed ones; `None` means both.
    pub(crate) open: Option<bool>,
    /// Rows to leave out.
    pub(crate) skip: usize,
    /// Rows to show.
    pub(crate) take: usize,
}

impl Search {
    /// Reads the parameters of `GET requests`.
    pub(crate) fn read(params: &Params, now: DateTime<Utc>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let ids = ids(params, &mut problems);
        if !ids.is_empty() {
            // It overrides everything else, whether that could be read or not.
            return problems.or(Self { ids, take: MAX_ROWS, ..Self::default() });
        }
        let codes = params.list("service_code").into_iter().map(str::to_owned).collect();
        let (updated_from, updated_to) = changes(params, &mut problems);
        let by_changes = updated_from.is_some() || updated_to.is_some();
        let (from, to) = window(params, by_changes, now, &mut problems);
        let open = status(params, &mut problems);
        let (skip, take) = rows(params, &mut problems);
        problems.or(Self { ids, codes, from, to, updated_from, updated_to, open, skip, take })
    }
}

/// The ids in `service_request_id`.
pub(super) fn ids(params: &Params, problems: &mut Problems) -> Vec<String> {
    let ids: Vec<String> = params.list("service_request_id").into_iter().map(str::to_owned).collect();
    if ids.len() > MAX_IDS {
        problems.add(Problem::new(400, format!("service_request_id must not list more than {MAX_IDS} ids.")));
    }
    ids
}

/// How many rows to leave out, and how many to show.
pub(super) fn rows(params: &Params, problems: &mut Problems) -> (usize, usize) {
    let take = params.count("page_size", MAX_ROWS, MAX_ROWS, problems);
    let page = params.count("page", 1, MAX_DEPTH, problems);
    if page.saturating_mul(take) > MAX_DEPTH {
        let problem = format!("page reaches past row {MAX_DEPTH}; choose a shorter time with start_date and end_date.");
        problems.add(Problem::new(400, problem));
    }
    ((page - 1).saturating_mul(take), take)
}

/// Notes what is wrong with the time between two dates.
pub(super) fn check_window(from: DateTime<Utc>, to: DateTime<Utc>, problems: &mut Problems) {
    if from > to {
        problems.add(Problem::new(400, "start_date must not be later than end_date."));
    } else if to - from > WINDOW {
        problems.add(Problem::new(400, "start_date and end_date must be at most 90 days apart."));
    }
}

/// The time so long after another; the other where there is none.
pub(super) fn shifted(time: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(by).unwrap_or(time)
}

/// The window of changes.
fn changes(params: &Params, problems: &mut Problems) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (after, before) = (params.time("updated_after", problems), params.time("updated_before", problems));
    if after.zip(before).is_some_and(|(after, before)| after > before) {
        problems.add(Problem::new(400, "updated_after must not be later than updated_before."));
    }
    (after, before)
}

/// The window that the dates span; an end that is absent is 90 days from the other. Without dates it is the last 90 days, open at
/// its end, so that what was reported a moment ago is there. Whoever asks by changes gets what was reported at any time.
fn window(
    params: &Params,
    by_changes: bool,
    now: DateTime<Utc>,
    problems: &mut Problems,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (start, end) = (params.time("start_date", problems), params.time("end_date", problems));
    let (from, to) = match (start, end) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, shifted(start, WINDOW)),
        (None, Some(end)) => (shifted(end, -WINDOW), end),
        (None, None) => return ((!by_changes).then(|| shifted(now, -WINDOW)), None),
    };
    check_window(from, to, problems);
    (Some(from), Some(to))
}

fn status(params: &Params, problems: &mut Problems) -> Option<bool> {
    let (mut open, mut closed) = (false, false);
    for word in params.list("status") {
        match word {
            "open" => open = true,
            "closed" => closed = true,
            other => {
                problems
                    .add(Problem::new(400, format!("status must be open or closed, not \"{}\".", shortened(other))));
            }
        }
    }
    (open != closed).then_some(open)
}
