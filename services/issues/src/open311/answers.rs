//! What systems answer, in JSON, or in XML where they know nothing else.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::forwarding::RemoteUpdate;
use crate::domain::remote_request::RemoteRequest;

/// The longest text that is kept, in characters; the longest id, in bytes; the most of what is told of problems, in characters.
const LONGEST_TEXT: usize = 8_000;
const LONGEST_ID: usize = 100;
const LONGEST_TOLD: usize = 1_000;
/// The years in which something may have happened.
const YEARS: RangeInclusive<i32> = 2000..=9998;

/// What a system answers to a report.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The report's id there; empty while there is none.
    pub id: String,
    /// What leads to the id; empty for none.
    pub token: String,
}

/// A report that a system has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its id there.
    pub id: String,
    /// What it says.
    pub description: String,
    /// When it was taken, as the system writes it.
    pub requested: String,
}

/// The fields of a thing by their names; those that hold other things are left out.
type Fields = HashMap<String, String>;

/// Things in XML: an element with elements, whose elements are fields.
#[derive(Debug, Deserialize)]
struct List {
    #[serde(rename = "$value", default)]
    things: Vec<HashMap<String, Option<Text>>>,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "$text", default)]
    text: String,
}

/// The receipt in an answer.
pub(super) fn receipt(body: &[u8]) -> Result<Receipt, String> {
    let first = things(body)?.into_iter().next().ok_or_else(|| "it is empty".to_owned())?;
    Ok(Receipt { id: id(&first, "service_request_id"), token: id(&first, "token") })
}

/// The reports in an answer; those without an id are left out.
pub(super) fn rows(body: &[u8]) -> Result<Vec<Row>, String> {
    let row = |fields: Fields| Row {
        id: id(&fields, "service_request_id"),
        description: of(&fields, "description"),
        requested: of(&fields, "requested_datetime"),
    };
    Ok(things(body)?.into_iter().map(row).filter(|row| !row.id.is_empty()).collect())
}

/// The updates in an answer; those without ids or a time are left out.
pub(super) fn updates(body: &[u8]) -> Result<Vec<RemoteUpdate>, String> {
    let update = |fields: Fields| {
        let update = RemoteUpdate {
            remote_id: id(&fields, "service_request_id"),
            update_id: id(&fields, "update_id"),
            status: of(&fields, "status"),
            description: of(&fields, "description"),
            time: time(&fields, "updated_datetime")?,
        };
        Some(update).filter(|update| !update.remote_id.is_empty() && !update.update_id.is_empty())
    };
    Ok(things(body)?.into_iter().filter_map(update).collect())
}

/// How reports stand, in an answer; those without an id are left out.
pub(super) fn requests(body: &[u8]) -> Result<Vec<RemoteRequest>, String> {
    let request = |fields: Fields| RemoteRequest {
        remote_id: id(&fields, "service_request_id"),
        status: of(&fields, "status"),
        notes: of(&fields, "status_notes"),
        update_time: time(&fields, "updated_datetime"),
    };
    Ok(things(body)?.into_iter().map(request).filter(|request| !request.remote_id.is_empty()).collect())
}

/// The problems in an answer, as one text; none where it holds none that can be read.
pub(super) fn errors(body: &[u8]) -> Option<String> {
    let things = things(body).ok()?;
    let told: Vec<String> =
        things.iter().map(|fields| of(fields, "description")).filter(|told| !told.is_empty()).collect();
    (!told.is_empty()).then(|| told.join(" ").chars().take(LONGEST_TOLD).collect())
}

/// A field, as far as it can be kept: shortened, and without what no database takes.
fn of(fields: &Fields, name: &str) -> String {
    let text = fields.get(name).map(|text| text.trim()).unwrap_or_default();
    let fit = |letter: &char| !letter.is_control() || letter.is_whitespace();
    text.chars().filter(fit).take(LONGEST_TEXT).collect()
}

/// A time; none where there is none that can be read.
fn time(fields: &Fields, name: &str) -> Option<DateTime<Utc>> {
    of(fields, name).parse().ok().filter(|time: &DateTime<Utc>| YEARS.contains(&time.year()))
}

/// An id; empty where it cannot be one.
fn id(fields: &Fields, name: &str) -> String {
    Some(of(fields, name)).filter(|id| id.len() <= LONGEST_ID).unwrap_or_default()
}

fn things(body: &[u8]) -> Result<Vec<Fields>, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    if text.trim_start().starts_with('<') {
        return in_xml(text);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Value::Array(things) = value else { return Err("it is no list".to_owned()) };
    Ok(things.into_iter().map(in_json).collect())
}

fn in_json(thing: Value) -> Fields {
    let Value::Object(fields) = thing else { return Fields::new() };
    let plain = |(name, value): (String, Value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    fields.into_iter().filter_map(plain).collect()
}

fn in_xml(text: &str) -> Result<Vec<Fields>, String> {
    let list: List = quick_xml::de::from_str(text).map_err(|error| error.to_string())?;
    let fields = |thing: HashMap<String, Option<Text>>| {
        thing.into_iter().filter_map(|(name, text)| Some((name, text?.text))).collect()
    };
    Ok(list.things.into_iter().map(fields).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::update::UpdateStatus;

    #[test]
    fn both_forms_say_the_same() {
        let json = br#"[{"service_request_id": 638344, "service_notice": null, "token": ""}]"#;
        let xml = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request>\
            <service_request_id>638344</service_request_id><service_notice/><token></token></request></service_requests>";
        let expected = Receipt { id: "638344".to_owned(), token: String::new() };
        assert_eq!(receipt(json).as_ref(), Ok(&expected));
        assert_eq!(receipt(xml).as_ref(), Ok(&expected));

        let json = br#"[{"service_request_id": "a", "description": "one"}, {"description": "none"}, {"service_request_id": "b"}]"#;
        let xml = b"<service_requests><request><service_request_id>a</service_request_id><description>one</description></request>\
            <request><description>none</description></request><request><service_request_id>b</service_request_id></request></service_requests>";
        let ids = |body: &[u8]| rows(body).map(|rows| rows.into_iter().map(|row| row.id).collect::<Vec<_>>());
        assert_eq!(ids(json), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(ids(xml), ids(json));
    }

    #[test]
    fn updates_are_read_if_they_can_be_told_apart() {
        let json = br#"[{"update_id": 4, "service_request_id": "a", "status": "FIXED", "updated_datetime": "2026-01-12T10:00:00+01:00"},
            {"update_id": "5", "service_request_id": "a", "status": "OPEN", "updated_datetime": "soon"},
            {"service_request_id": "a", "status": "OPEN", "updated_datetime": "2026-01-12T10:00:00Z"}]"#;
        let read = updates(json).expect("a list");
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!(
            (read[0].update_id.as_str(), read[0].time.to_rfc3339()),
            ("4", "2026-01-12T09:00:00+00:00".to_owned())
        );
        assert_eq!(read[0].status(), Some(UpdateStatus::Fixed));
        let known = |status: &str| RemoteUpdate { status: status.to_owned(), ..read[0].clone() }.status();
        assert_eq!(known("NOT_COUNCILS_RESPONSIBILITY"), Some(UpdateStatus::NotResponsible));
        assert_eq!(known("ABDUCTED"), None);
    }

    #[test]
    fn how_reports_stand_is_read_from_both_forms() {
        let json = br#"[{"service_request_id": 638344, "status": "closed", "status_notes": "Duplicate request.",
            "updated_datetime": "2026-01-12T10:00:00-08:00", "media_url": null},
            {"service_request_id": "b", "status": "open", "status_notes": null, "updated_datetime": ""}, {"status": "open"}]"#;
        let xml = b"<service_requests><request><service_request_id>638344</service_request_id><status>closed</status>\
            <status_notes>Duplicate request.</status_notes><updated_datetime>2026-01-12T18:00:00Z</updated_datetime></request>\
            <request><service_request_id>b</service_request_id><status>open</status><status_notes/></request></service_requests>";
        let read = requests(json).expect("a list");
        assert_eq!(Ok(read.clone()), requests(xml));
        let [closed, open] = read.as_slice() else { panic!("two have an id: {read:?}") };
        assert_eq!((closed.status.as_str(), closed.notes.as_str()), ("closed", "Duplicate request."));
        assert_eq!(closed.update_time, "2026-01-12T18:00:00Z".parse().ok());
        assert_eq!((open.notes.as_str(), open.update_time), ("", None));
    }

    #[test]
    fn problems_are_told_in_their_own_words() {
        let xml = b"<errors><error><code>400</code><description>lat is needed.</description></error>\
            <error><code>400</code><description>long is needed.</description></error></errors>";
        let json =
            br#"[{"code": 400, "description": "lat is needed."}, {"code": 400, "description": "long is needed."}]"#;
        let told = Some("lat is needed. long is needed.".to_owned());
        assert_eq!((errors(xml), errors(json)), (told.clone(), told));
        assert_eq!(errors(b"Bad Gateway"), None);
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for body in [&b""[..], b"OK", b"{}", b"[]", b"<a", b"\xff", b"[1, [], null"] {
            assert!(receipt(body).is_err(), "{body:?}");
        }
        assert_eq!(receipt(b"[{}]"), Ok(Receipt::default()));
    }
}
