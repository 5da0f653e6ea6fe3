//! A council's cases as a CSV file, read row by row and never whole.
//!
//! The header is checked first, with all its problems at once. A row that cannot be read is refused here with its reasons; what is wrong
//! with a row that can be read is for the issues service to say. To take another column in, add it to [`COLUMNS`] and to [`Sheet::row`].

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use chrono::{DateTime, Utc};
use csv::{ByteRecord, Reader, ReaderBuilder};
use pathfinder_kit::wire;
use pathfinder_proto::issues::v1::ImportRow;
use prost::Message as _;
use prost_types::Timestamp;

/// The columns that are known. Those marked must be there.
const COLUMNS: [(&str, bool); 17] = [
    ("service_request_id", true),
    ("service_code", true),
    ("service_name", false),
    ("requested_datetime", true),
    ("expected_datetime", true),
    ("closed_datetime", true),
    ("status", true),
    ("on_time", false),
    ("status_notes", false),
    ("agency_responsible", false),
    ("address", false),
    ("lat", false),
    ("long", false),
    ("neighborhood", false),
    ("ward", false),
    ("source", false),
    ("description", false),
];
/// What the contract takes of a text that is cut when it is too long.
const LONGEST_TEXT: usize = 10_000;
/// What the contract takes of any other text.
const LONGEST_FIELD: usize = 1_000;
/// How alike two names must be for one to be taken for a slip of the other, 0 to 1.
const ALIKE: f64 = 0.85;
/// How many rows the contract takes at once.
const BATCH_ROWS: usize = 500;
/// How many bytes of rows go at once, so that a call stays below the services' limit of 1 MiB.
const BATCH_BYTES: usize = 900 << 10;

/// A row that was not brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The line of the file.
    pub line: u64,
    /// Its id in the council's system, as far as it can be read.
    pub external_id: String,
    /// Every reason.
    pub reasons: Vec<String>,
}

/// Some rows of the file, in their order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Rows that can be read.
    pub(super) rows: Vec<ImportRow>,
    /// Rows that cannot.
    pub(super) rejected: Vec<Rejected>,
    /// Where in the file it ends, in bytes.
    pub(super) end: u64,
}

/// The header stands within so many bytes.
const LONGEST_HEADER: usize = 64 << 10;

/// An open file whose header is right.
#[derive(Debug)]
pub(super) struct Sheet<R> {
    reader: Reader<BufReader<R>>,
    /// How many lines the reader's count lags behind: one in files whose lines end with CR LF.
    lag: u64,
    /// The names of the columns, as the file has them.
    header: Vec<String>,
    /// Columns that are not known and not looked at.
    pub(super) ignored: Vec<String>,
    /// A row that did not fit into the batch before.
    kept: Option<ImportRow>,
}

/// Opens a file; answers it and its size in bytes.
///
/// # Errors
///
/// Every problem of the file and its header.
pub(super) fn open(path: &Path) -> Result<(Sheet<File>, u64), Vec<String>> {
    let unreadable = |error: std::io::Error| vec![format!("{} cannot be read: {error}", path.display())];
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(vec![format!("{} is a folder; a CSV file is needed", path.display())]);
    }
    let problems = |problems: Vec<String>| {
        problems.into_iter().map(|problem| format!("{}: {problem}", path.display())).collect::<Vec<_>>()
    };
    Ok((Sheet::read(file).map_err(problems)?, about.len()))
}

impl<R: std::io::Read> Sheet<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// Every problem of it.
    pub(super) fn read(source: R) -> Result<Self, Vec<String>> {
        let mut source = BufReader::with_capacity(LONGEST_HEADER, source);
        let start = source.fill_buf().map_err(|error| vec![format!("it cannot be read: {error}")])?;
        if start.contains(&0) {
            return Err(vec!["it holds no text".to_owned()]);
        }
        if start.len() == LONGEST_HEADER && !start.contains(&b'\n') {
            return Err(vec![format!(
                "its first line is longer than {LONGEST_HEADER} bytes, so it is no CSV file of cases"
            )]);
        }
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source);
        let mut record = ByteRecord::new();
        let there =
            reader.read_byte_record(&mut record).map_err(|error| vec![format!("it cannot be read: {error}")])?;
        if !there {
            return Err(vec!["it is empty; the first line must name the columns".to_owned()]);
        }
        let header = names(&record)?;
        let ignored = check_header(&header)?;
        let lag = 2_u64.saturating_sub(reader.position().line());
        Ok(Self { reader, lag, header, ignored, kept: None })
    }

    /// The next rows; none at the end of the file.
    ///
    /// # Errors
    ///
    /// When the file breaks off under the reader.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch>, csv::Error> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        if let Some(row) = self.kept.take() {
            bytes += row.encoded_len();
            batch.rows.push(row);
        }
        let mut record = ByteRecord::new();
        while batch.rows.len() + batch.rejected.len() < BATCH_ROWS && self.reader.read_byte_record(&mut record)? {
            match self.row(&record) {
                Ok(row) if bytes + row.encoded_len() > BATCH_BYTES && !batch.rows.is_empty() => {
                    self.kept = Some(row);
                    break;
                }
                Ok(row) => {
                    bytes += row.encoded_len();
                    batch.rows.push(row);
                }
                Err(rejected) => batch.rejected.push(rejected),
            }
        }
        batch.end = self.reader.position().byte();
        let is_empty = batch.rows.is_empty() && batch.rejected.is_empty();
        Ok((!is_empty).then_some(batch))
    }

    fn row(&self, record: &ByteRecord) -> Result<ImportRow, Rejected> {
        let line = record.position().map_or(0, |position| position.line() + self.lag);
        let mut fields = Fields { header: &self.header, record, reasons: Vec::new() };
        if record.len() != self.header.len() {
            let (has, wants) = (record.len(), self.header.len());
            fields.reasons.push(format!("has {has} fields where the header has {wants}"));
        }
        let external_id = fields.short("service_request_id");
        let status = fields.short("status").to_lowercase();
        if !["open", "closed"].contains(&status.as_str()) {
            fields.reasons.push(format!("has the status `{status}`; it must be `open` or `closed`"));
        }
        let row = ImportRow {
            line: i32::try_from(line).unwrap_or(i32::MAX),
            external_id: external_id.clone(),
            category_code: fields.short("service_code"),
            category_name: fields.short("service_name"),
            report_time: fields.time("requested_datetime"),
            due_time: fields.time("expected_datetime"),
            close_time: fields.time("closed_datetime"),
            closed: status == "closed",
            status_note: fields.long("status_notes"),
            provider_name: fields.short("agency_responsible"),
            address: fields.short("address"),
            latitude: fields.number("lat"),
            longitude: fields.number("long"),
            area: area(&fields.short("neighborhood"), &fields.short("ward")),
            source: fields.short("source"),
            description: fields.long("description"),
        };
        if record.iter().any(|field| field.iter().any(|byte| *byte < b' ' && !b"\t\r\n".contains(byte))) {
            fields.reasons.push("holds control characters".to_owned());
        }
        if fields.reasons.is_empty() { Ok(row) } else { Err(Rejected { line, external_id, reasons: fields.reasons }) }
    }
}

fn area(neighbourhood: &str, ward: &str) -> String {
    let named = [neighbourhood, ward].into_iter().filter(|name| !name.is_empty());
    named.collect::<Vec<_>>().join(", ")
}

fn names(record: &ByteRecord) -> Result<Vec<String>, Vec<String>> {
    let mut names = Vec::new();
    for field in record {
        let name = std::str::from_utf8(field).map_err(|_| vec!["its header is not UTF-8".to_owned()])?;
        names.push(name.trim_start_matches('\u{feff}').trim().to_lowercase());
    }
    Ok(names)
}

/// Checks the names of the columns; answers those that are not known.
fn check_header(header: &[String]) -> Result<Vec<String>, Vec<String>> {
    let mut problems = Vec::new();
    let has = |name: &str| header.iter().any(|there| there == name);
    let missing: Vec<(&str, bool)> = COLUMNS.into_iter().filter(|(name, _)| !has(name)).collect();
    let is_unknown = |name: &&String| !name.is_empty() && !COLUMNS.iter().any(|(known, _)| known == name);
    let unknown: Vec<&String> = header.iter().filter(is_unknown).collect();
    let slip = |wanted: &str| unknown.iter().find(|name| meant(name, &missing) == Some(wanted));
    for (name, is_needed) in &missing {
        match slip(name) {
            Some(slip) => problems.push(format!("the column `{name}` is missing; is it the one named `{slip}`?")),
            None if *is_needed => problems.push(format!("the column `{name}` is missing")),
            None => {}
        }
    }
    let has_place = has("address") || (has("lat") && has("long"));
    if !has_place && slip("address").is_none() {
        problems.push(
            "there is neither a column `address` nor the columns `lat` and `long`, so no case would have a place"
                .to_owned(),
        );
    }
    for (index, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if header[..index].contains(name) {
            problems.push(format!("the column `{name}` is there twice"));
        }
    }
    if problems.is_empty() { Ok(unknown.into_iter().cloned().collect()) } else { Err(problems) }
}

/// The missing column that an unknown name is most likely a slip of.
fn meant<'a>(name: &str, missing: &[(&'a str, bool)]) -> Option<&'a str> {
    let likely = missing.iter().map(|(wanted, _)| (strsim::jaro_winkler(name, wanted), *wanted));
    likely.filter(|(alike, _)| *alike > ALIKE).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, wanted)| wanted)
}

/// Reads the fields of one row, and gathers what is wrong with them.
struct Fields<'a> {
    header: &'a [String],
    record: &'a ByteRecord,
    reasons: Vec<String>,
}

impl Fields<'_> {
    fn text(&mut self, name: &str) -> &str {
        let place = self.header.iter().position(|there| there == name);
        let field = place.and_then(|place| self.record.get(place)).unwrap_or_default();
        match std::str::from_utf8(field) {
            Ok(text) => text.trim(),
            Err(_) => {
                self.reasons.push(format!("has a `{name}` that is not UTF-8"));
                ""
            }
        }
    }

    fn short(&mut self, name: &str) -> String {
        let text = self.text(name).to_owned();
        let length = text.chars().count();
        if length > LONGEST_FIELD {
            self.reasons.push(format!("has a `{name}` of {length} characters"));
        }
        text
    }

    /// A text of which the rest is cut off anyway.
    fn long(&mut self, name: &str) -> String {
        self.text(name).chars().take(LONGEST_TEXT).collect()
    }

    fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            return None;
        }
        match DateTime::parse_from_rfc3339(&text) {
            Ok(time) => Some(wire::timestamp(time.with_timezone(&Utc))),
            Err(_) => {
                let must = "it must be a time with its offset, such as 2015-05-06T15:54:35-04:00";
                self.reasons.push(format!("has the `{name}` `{text}`; {must}"));
                None
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<f64> {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.reasons.push(format!("has the `{name}` `{text}`, which is not a number"));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "service_request_id,service_code,requested_datetime,expected_datetime,closed_datetime,status,address,lat,long";

    #[test]
    fn lines_are_counted_alike_whatever_ends_them() {
        let lines = |text: &str| {
            let mut sheet = sheet(text);
            let batch = sheet.next_batch().expect("it can be read").expect("it has rows");
            batch.rejected.iter().map(|rejected| rejected.line).collect::<Vec<_>>()
        };
        let text = format!("{HEADER}\nx\ny\n");
        assert_eq!(lines(&text), [2, 3]);
        assert_eq!(lines(&text.replace('\n', "\r\n")), [2, 3]);
    }

    #[test]
    fn a_file_without_text_is_refused_at_once() {
        assert!(Sheet::read(vec![0_u8; 3_000_000].as_slice()).is_err());
        assert!(Sheet::read(vec![b'x'; 3_000_000].as_slice()).is_err());
    }

    fn sheet(text: &str) -> Sheet<&[u8]> {
        Sheet::read(text.as_bytes()).expect("the header is right")
    }

    fn problems(header: &str) -> Vec<String> {
        Sheet::read(header.as_bytes()).expect_err("the header is wrong")
    }

    fn only(rows: &str) -> Batch {
        sheet(&format!("{HEADER}\n{rows}")).next_batch().expect("it can be read").expect("there are rows")
    }

    #[test]
    fn a_row_is_read_with_its_line_and_its_times() {
        let batch = only(
            "1,potholes,2015-05-06T15:54:35-04:00,,,open,\"1 High\nStreet\",42.1,-71\n2,potholes,2015-05-06T15:54:35Z,,,Open,x,,",
        );
        let [first, second] = batch.rows.as_slice() else { panic!("two rows: {batch:?}") };
        assert_eq!((first.line, second.line), (2, 4));
        assert_eq!(first.report_time.map(|time| time.seconds), Some(1_430_942_075));
        assert_eq!((first.latitude, second.latitude), (Some(42.1), None));
        assert!(batch.rejected.is_empty() && !first.closed);
    }

    #[test]
    fn every_reason_for_a_row_that_cannot_be_read_is_given() {
        let batch = only("7,potholes,yesterday,,,shut,x,north,NaN,too many");
        let rejected = &batch.rejected[0];
        assert_eq!((rejected.line, rejected.external_id.as_str()), (2, "7"));
        assert_eq!(rejected.reasons.len(), 5, "{:?}", rejected.reasons);
    }

    #[test]
    fn every_problem_of_a_header_is_named() {
        let found = problems("service_request_id,service_cod,status,status,note\n");
        assert!(
            found.contains(&"the column `service_code` is missing; is it the one named `service_cod`?".to_owned()),
            "{found:?}"
        );
        assert!(!found.iter().any(|problem| problem.contains("service_name")), "one slip, one guess: {found:?}");
        assert!(found.contains(&"the column `requested_datetime` is missing".to_owned()));
        assert!(found.contains(&"the column `status` is there twice".to_owned()));
        assert!(found.iter().any(|problem| problem.contains("neither a column `address`")));
        assert_eq!(problems(""), ["it is empty; the first line must name the columns"]);
    }

    #[test]
    fn other_columns_are_named_and_left_alone() {
        assert_eq!(sheet(&format!("\u{feff}{HEADER},weather\n")).ignored, ["weather"]);
    }

    #[test]
    fn batches_hold_five_hundred_rows_and_less_than_a_mebibyte() {
        let row = "1,potholes,2015-05-06T15:54:35Z,,,open,x,,\n";
        let mut many = sheet_of(&format!("{HEADER}\n{}", row.repeat(1_200)));
        assert_eq!(sizes(&mut many), [500, 500, 200]);
        let long = format!("1,potholes,2015-05-06T15:54:35Z,,,open,x,,,{}\n", "n".repeat(20_000));
        let mut long = sheet_of(&format!("{HEADER},status_notes\n{}", long.repeat(200)));
        let sizes = sizes(&mut long);
        assert_eq!(sizes.iter().sum::<usize>(), 200);
        assert!(sizes.iter().all(|size| *size < 95), "{sizes:?}");
    }

    fn sheet_of(text: &str) -> Sheet<std::io::Cursor<Vec<u8>>> {
        Sheet::read(std::io::Cursor::new(text.as_bytes().to_vec())).expect("the header is right")
    }

    fn sizes<R: std::io::Read>(sheet: &mut Sheet<R>) -> Vec<usize> {
        std::iter::from_fn(|| sheet.next_batch().expect("it can be read")).map(|batch| batch.rows.len()).collect()
    }
}
