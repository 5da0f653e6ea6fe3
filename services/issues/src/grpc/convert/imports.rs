//! Rows of other systems, and what became of them. A row is read here alike, whether it comes in a call or in a stream.

use chrono::{DateTime, Utc};
use pathfinder_kit::{Failure, Reason, Violation, violations_of, wire};
use pathfinder_proto::issues::v1 as pb;
use tonic::{Code, Status};

use super::id;
use crate::app::import::{ImportReport, RowOutcome};
use crate::app::import_stream::{Answered, ImportSummary, Sent};
use crate::domain::import::{ImportRow, RowFlaw};

/// What the path of a violation within a row of a message begins with.
const WITHIN_ROWS: &str = "rows[";

/// The rows of an import. An instant that does not exist counts as one long ago, so that its row alone is refused.
pub(in crate::grpc) fn import_rows(rows: Vec<pb::ImportRow>) -> Vec<ImportRow> {
    rows.into_iter().map(|row| import_row(row, Vec::new())).collect()
}

/// A message of a stream. Rows that break rules of the contract come with all that is wrong with them, and are refused by themselves; what
/// is wrong with the message itself ends the stream.
pub(in crate::grpc) fn sent(message: Result<pb::ImportIssuesRequest, Status>) -> Result<Sent, Failure> {
    let message = message.map_err(unreadable)?;
    let violations = violations_of(&message)?;
    // Those of the message come before those of its rows, so a list that is cut holds them.
    let (within_rows, own): (Vec<Violation>, Vec<Violation>) = violations
        .into_iter()
        .partition(|violation| violation.field.is_empty() || violation.field.starts_with(WITHIN_ROWS));
    if !own.is_empty() {
        return Err(Failure::invalid(own));
    }
    let partnership_id = id("partnership_id", &message.partnership_id)?;
    let rows = message.rows.into_iter().map(|row| {
        let flaws = if within_rows.is_empty() { Vec::new() } else { flaws_of(&row)? };
        Ok(import_row(row, flaws))
    });
    let rows: Result<Vec<ImportRow>, Failure> = rows.collect();
    Ok(Sent { partnership_id, rows: rows? })
}

fn flaws_of(row: &pb::ImportRow) -> Result<Vec<RowFlaw>, Failure> {
    let violations = violations_of(row)?.into_iter();
    Ok(violations.map(|Violation { field, description }| RowFlaw { field, text: description }).collect())
}

/// Why a message could not be read. Where its sender is gone, nobody hears it.
fn unreadable(status: Status) -> Failure {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => {
            Failure::new(Reason::TooLarge, "The message is larger than this call takes: 1 MiB. Send fewer rows in one.")
        }
        Code::Internal => {
            Failure::new(Reason::InvalidRequest, "The message cannot be read as the contract has it.").because(status)
        }
        _ => Failure::new(Reason::PeerUnavailable, "The stream broke off; send again what was not answered.")
            .because(status),
    }
}

fn import_row(row: pb::ImportRow, flaws: Vec<RowFlaw>) -> ImportRow {
    let instant = |time: &Option<prost_types::Timestamp>| {
        time.as_ref().map(|time| wire::time("time", time).unwrap_or(DateTime::<Utc>::MIN_UTC))
    };
    ImportRow {
        line: row.line,
        report_time: instant(&row.report_time),
        due_time: instant(&row.due_time),
        close_time: instant(&row.close_time),
        closed: row.closed,
        external_id: row.external_id,
        category_code: row.category_code,
        category_name: row.category_name,
        status_note: row.status_note,
        provider_name: row.provider_name,
        address: row.address,
        latitude: row.latitude,
        longitude: row.longitude,
        area: row.area,
        source: row.source,
        description: row.description,
        flaws,
    }
}

pub(in crate::grpc) fn import_response(report: ImportReport) -> pb::BatchImportIssuesResponse {
    let ImportReport { outcomes, created_category_codes } = report;
    let outcomes = outcomes_of(outcomes);
    let count = |result: pb::ImportResult| {
        let alike = outcomes.iter().filter(|outcome| outcome.result() == result).count();
        i32::try_from(alike).unwrap_or(i32::MAX)
    };
    pb::BatchImportIssuesResponse {
        created_count: count(pb::ImportResult::Created),
        unchanged_count: count(pb::ImportResult::Unchanged),
        refused_count: count(pb::ImportResult::Refused),
        created_category_codes,
        outcomes,
    }
}

pub(in crate::grpc) fn import_answer(answered: Answered) -> pb::ImportIssuesResponse {
    match answered {
        Answered::Rows(ImportReport { outcomes, created_category_codes }) => {
            pb::ImportIssuesResponse { outcomes: outcomes_of(outcomes), created_category_codes, summary: None }
        }
        Answered::Summary(ImportSummary { created, unchanged, refused }) => {
            let summary =
                pb::ImportSummary { created_count: created, unchanged_count: unchanged, refused_count: refused };
            pb::ImportIssuesResponse { summary: Some(summary), ..Default::default() }
        }
    }
}

fn outcomes_of(outcomes: Vec<(i32, String, RowOutcome)>) -> Vec<pb::ImportOutcome> {
    outcomes.into_iter().map(|(line, external_id, outcome)| outcome_of(line, external_id, outcome)).collect()
}

fn outcome_of(line: i32, external_id: String, outcome: RowOutcome) -> pb::ImportOutcome {
    let told = pb::ImportOutcome { line, external_id, ..Default::default() };
    match outcome {
        RowOutcome::Created(id, notes) => {
            pb::ImportOutcome { result: pb::ImportResult::Created.into(), issue_id: id.to_string(), notes, ..told }
        }
        RowOutcome::Unchanged(id) => {
            pb::ImportOutcome { result: pb::ImportResult::Unchanged.into(), issue_id: id.to_string(), ..told }
        }
        RowOutcome::Refused(flaws) => {
            let reasons = flaws.iter().map(|flaw| flaw.text.clone()).collect();
            let violations =
                flaws.into_iter().map(|RowFlaw { field, text }| pb::ImportViolation { field, description: text });
            let violations = violations.collect();
            pb::ImportOutcome { result: pb::ImportResult::Refused.into(), reasons, violations, ..told }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn request(rows: Vec<pb::ImportRow>) -> pb::ImportIssuesRequest {
        pb::ImportIssuesRequest { partnership_id: HERE.to_owned(), rows }
    }

    #[test]
    fn a_row_that_breaks_the_contract_is_marked_and_the_others_are_not() {
        let wrong = pb::ImportRow { line: -1, external_id: "a\u{0}".repeat(501), ..Default::default() };
        let rows = vec![pb::ImportRow::default(), wrong, pb::ImportRow::default()];
        let sent = sent(Ok(request(rows))).expect("the message itself is right");
        let fields: Vec<Vec<&str>> =
            sent.rows.iter().map(|row| row.flaws.iter().map(|flaw| flaw.field.as_str()).collect()).collect();
        assert_eq!(fields, [vec![], vec!["line", "external_id", "external_id"], vec![]]);
    }

    #[test]
    fn so_many_wrong_rows_are_marked_as_there_are() {
        let wrong = pb::ImportRow { line: -1, ..Default::default() };
        let sent = sent(Ok(request(vec![wrong; 500]))).expect("the message itself is right");
        assert!(sent.rows.iter().all(|row| row.flaws.len() == 1), "also beyond what one refusal lists");
    }

    #[test]
    fn a_message_that_is_wrong_itself_is_refused() {
        let none = sent(Ok(request(Vec::new()))).expect_err("no rows");
        assert_eq!(none.violations().first().map(|violation| violation.field.as_str()), Some("rows"));
        let many = sent(Ok(request(vec![pb::ImportRow { line: -1, ..Default::default() }; 501])));
        assert_eq!(many.expect_err("too many").violations().len(), 1, "of the message alone");
        let nowhere = pb::ImportIssuesRequest { partnership_id: "x".to_owned(), ..request(vec![Default::default()]) };
        assert_eq!(sent(Ok(nowhere)).expect_err("no partnership").reason(), Reason::InvalidRequest);
        let large = sent(Err(Status::out_of_range("too large"))).expect_err("too large");
        assert_eq!(large.reason(), Reason::TooLarge);
    }
}
