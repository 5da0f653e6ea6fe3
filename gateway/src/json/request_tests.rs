//! What path, query, headers and body make of a request message, and which problems are named.

use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::request::{Parts, Sent, gather, message};
use super::routes::Routes;
use crate::error::Violation;
use crate::testing;

/// The message as JSON without defaults, or the violations as `field: description`.
fn build(
    method: &Method,
    target: &str,
    headers: &[(&'static str, &str)],
    body: Option<Value>,
) -> Result<Value, Vec<String>> {
    let routes = Routes::build(testing::contract().operations).unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let found = routes.find(method, path).unwrap();
    let pairs = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    let mut headers = HeaderMap::new();
    headers.extend(pairs);
    let body = body.map_or(Sent::Nothing, Sent::Json);
    let built = gather(&found, Parts { method, query, headers: &headers, body }).finish();
    let line = |violation: &Violation| format!("{}: {}", violation.field, violation.description);
    built
        .map(|message| serde_json::to_value(&message).unwrap())
        .map_err(|error| error.details.violations.iter().map(line).collect())
}

#[test]
fn a_refusal_is_completed_with_the_rules_on_what_can_be_read() {
    let routes = Routes::build(testing::contract().operations).unwrap();
    let found = routes.find(&Method::POST, "/v1/shelves/s/books").unwrap();
    let headers = HeaderMap::new();
    let body = Sent::Json(json!({"titel": "T", "pageCount": "many"}));
    let refused = message(&found, Parts { method: &Method::POST, query: None, headers: &headers, body }).unwrap_err();
    let fields: Vec<&str> = refused.details.violations.iter().map(|violation| violation.field.as_str()).collect();
    assert!(["pageCount", "titel", "shelfId", "title"].iter().all(|field| fields.contains(field)), "{fields:?}");
    assert_eq!(fields.iter().filter(|field| **field == "pageCount").count(), 1, "named once: {fields:?}");
}

fn get(target: &str) -> Result<Value, Vec<String>> {
    build(&Method::GET, target, &[], None)
}

fn create(body: Value) -> Result<Value, Vec<String>> {
    build(&Method::POST, "/v1/shelves/s/books", &[], Some(body))
}

#[test]
fn a_query_fills_every_kind_of_field() {
    let target = "/v1/shelves/a%20b/books?pageSize=7&bindings=BINDING_CLOTH&bindings=2&after_time=2026-05-01T09:30:00Z\
        &lent=true&within.title=One+two&within.firstPage=3&words=a&words=b%26c&least_pages=5&soldCount=9007199254740993";
    let expected = json!({
        "shelfId": "a b", "pageSize": 7, "bindings": ["BINDING_CLOTH", "BINDING_PAPER"], "afterTime": "2026-05-01T09:30:00Z", "lent": true,
        "within": {"title": "One two", "firstPage": 3}, "words": ["a", "b&c"], "leastPages": 5, "soldCount": "9007199254740993",
    });
    assert_eq!(get(target), Ok(expected));
}

#[test]
fn every_problem_of_a_query_is_named() {
    let target = "/v1/shelves/s/books?page_sise=1&pageSize=many&lent=yes&bindings=LEATHER&afterTime=yesterday&lent.deep=1\
        &within=x&shelfId=other&sold_count=1&soldCount=2&words=%ff&%ff=1&a.b.c.d.e.f.g.h.i.j=1&within.chapters.title=x";
    let problems = get(target).unwrap_err();
    let expected = [
        "page_sise: is not a query parameter of this call; did you mean \"pageSize\"?",
        "lent.deep: is not a query parameter: \"lent\" has no parts",
        "within: cannot be given in the query; name one of its parts",
        "shelfId: is given by the path and must not stand in the query",
        "soldCount: is given more than once",
        "words: must be valid UTF-8",
        ": must have query parameters whose names are valid UTF-8",
        "a.b.c.d.e.f.g.h.i.j: is not a query parameter of this call",
        "within.chapters.title: is not a query parameter: \"chapters\" has no parts",
        "pageSize: must be a whole number from -2147483648 to 2147483647, not \"many\"",
        "lent: must be true or false, not a string",
        "bindings[0]: must be one of BINDING_CLOTH, BINDING_PAPER; not \"LEATHER\"",
        "afterTime: must be a point in time such as \"2026-05-01T09:30:00Z\"",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn every_problem_of_a_body_is_named() {
    let body = json!({
        "titel": "x", "title": 7, "page_count": 3_000_000_000_u64, "pageCount": 1, "soldCount": "many", "binding": "LEATHER",
        "chapters": [{"firstPage": "x", "chapters": {}}, null], "publishTime": "2026-13-01T00:00:00Z", "price": "dear", "cover": "%%%",
        "labels": {"a": 1}, "shop": "a", "giver": "b", "lendingTime": "3 days", "byYear": {"x": {}}, "mask": 1, "shelfId": "another",
    });
    let problems = create(body).unwrap_err();
    let expected = [
        "binding: must be one of BINDING_CLOTH, BINDING_PAPER; not \"LEATHER\"",
        "byYear.x: has a key of the wrong type",
        "chapters[0].chapters: must be a list, not an object",
        "chapters[0].firstPage: must be a whole number from -2147483648 to 2147483647, not \"x\"",
        "chapters[1]: must be an object, not null",
        "cover: must be a string in base64",
        "giver: cannot be given together with \"shop\"",
        "labels.a: must be a string, not a number",
        "lendingTime: must be a duration in seconds such as \"3600s\"",
        "mask: must be a list of field names in one string, parted by commas",
        "pageCount: is given twice, as \"page_count\" and as \"pageCount\"",
        "page_count: must be a whole number from -2147483648 to 2147483647, not 3000000000",
        "price: must be a number, not a string",
        "publishTime: must be a point in time such as \"2026-05-01T09:30:00Z\"",
        "shelfId: is given by the path with another value",
        "soldCount: must be a whole number from -9223372036854775808 to 9223372036854775807, not \"many\"",
        "titel: is not a field of CreateBookRequest; did you mean \"title\"?",
        "title: must be a string, not a number",
    ];
    let mut sorted = problems.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn what_is_no_word_and_no_finite_number_is_told_what_would_do() {
    let words = "must be one of BINDING_CLOTH, BINDING_PAPER";
    for (binding, not) in [(json!("cloth"), ""), (json!("12 Quay Lane"), ""), (json!(true), "; not true or false")] {
        assert_eq!(create(json!({"binding": binding})).unwrap_err(), [format!("binding: {words}{not}")], "{binding}");
    }
    assert_eq!(get("/v1/shelves/s/books?bindings=cloth").unwrap_err(), [format!("bindings[0]: {words}")]);
    for price in ["NaN", "Infinity", "-inf", "1e999"] {
        assert_eq!(create(json!({"price": price})).unwrap_err(), ["price: must be a finite number"], "{price}");
    }
}

#[test]
fn a_body_takes_either_name_and_every_canonical_form() {
    let body = json!({
        "title": "T", "page_count": "12", "soldCount": 5, "price": "1.5", "binding": 2, "cover": "aGk", "publish_time": "2026-05-01T10:30:00+01:00",
        "lendingTime": "1.5s", "byYear": {"2009": {"title": "x"}}, "giver": null, "shop": "s", "shelf_id": "s", "chapters": [{"first_page": 1e2}],
    });
    let built = create(body).unwrap();
    assert_eq!(built["pageCount"], 12);
    assert_eq!(built["publishTime"], "2026-05-01T09:30:00Z");
    assert_eq!(built["chapters"][0]["firstPage"], 100);
    assert_eq!(
        (&built["cover"], &built["binding"], &built["shelfId"]),
        (&json!("aGk="), &json!("BINDING_PAPER"), &json!("s"))
    );
}

#[test]
fn a_body_is_an_object_or_absent() {
    assert_eq!(create(json!([1])), Err(vec![": must be a JSON object".to_owned()]));
    assert_eq!(create(json!({})), Ok(json!({"shelfId": "s"})));
    let on_get = build(&Method::GET, "/v1/shelves/s/books", &[], Some(json!({})));
    assert_eq!(on_get, Err(vec![": must be empty: this call takes its fields from the path and the query".to_owned()]));
    let both = build(&Method::POST, "/v1/shelves/s/books?title=x", &[], Some(json!({})));
    assert_eq!(
        both,
        Err(vec!["title: is not a query parameter: this call takes its fields from the JSON body".to_owned()])
    );
}

#[test]
fn headers_are_fields_under_another_name() {
    let lend = |headers: &[(&'static str, &str)], body: Value| {
        build(&Method::POST, "/v1/shelves/s/books/b:lend", headers, Some(body))
    };
    let key = "0190163d-8694-739b-aea5-966c26f8ad91";
    let sent =
        lend(&[("idempotency-key", key), ("if-match", "W/\"e1\"")], json!({"requestId": key, "etag": ""})).unwrap();
    assert_eq!((&sent["requestId"], &sent["etag"]), (&json!(key), &json!("e1")));
    let problems = lend(&[("if-match", ""), ("idempotency-key", "\"\"")], json!({})).unwrap_err();
    assert_eq!(
        problems,
        ["Idempotency-Key: must be one value in printable ASCII", "If-Match: must be one value in printable ASCII"]
    );
    assert_eq!(lend(&[("if-match", "*")], json!({})).unwrap().get("etag"), None);

    let problems =
        lend(&[("idempotency-key", "another"), ("if-match", "\"a\", \"b\"")], json!({"request_id": key})).unwrap_err();
    assert_eq!(
        problems,
        ["requestId: is given by Idempotency-Key with another value", "If-Match: must be one value in printable ASCII"]
    );
    let problems = lend(&[("idempotency-key", "a"), ("idempotency-key", "b")], json!({})).unwrap_err();
    assert_eq!(problems, ["Idempotency-Key: is given more than once"]);
    let problems = build(&Method::POST, "/v1/shelves/s/books", &[("if-match", "\"a\"")], None).unwrap_err();
    assert_eq!(problems, ["If-Match: cannot be honoured: this call does not check an etag"]);
    assert!(
        build(&Method::GET, "/v1/shelves/s/books/b", &[("if-match", "\"a\"")], None).is_ok(),
        "reads take any header"
    );
}

#[test]
fn a_list_of_problems_has_an_end() {
    let body: serde_json::Map<String, Value> =
        (0..5_000).map(|number| (format!("unknown{number}"), Value::Null)).collect();
    let problems = create(Value::Object(body)).unwrap_err();
    assert_eq!(problems.len(), 101);
    assert!(problems[100].contains("only the first 100"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = [
        "title",
        "chapters",
        "firstPage",
        "publishTime",
        "price",
        "soldCount",
        "labels",
        "byYear",
        "cover",
        "lendingTime",
        "mask",
        "binding",
        "zzz",
    ];
    let text = prop_oneof![
        any::<String>(),
        Just("2026-05-01T09:30:00Z".to_owned()),
        "[0-9+:.TZ-]{1,40}",
        "-?[0-9]{1,25}(\\.[0-9]{1,12})?s?"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let object = prop::collection::btree_map(prop::sample::select(names.to_vec()), inner.clone(), 0..6);
        let object =
            object.prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()));
        prop_oneof![prop::collection::vec(inner, 0..5).prop_map(Value::Array), object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing a stranger sends makes the gateway panic, and what the check lets pass the canonical reader accepts.
    #[test]
    fn any_body_is_read_or_refused_with_a_place(body in any_json()) {
        let is_object = body.is_object();
        if let Err(problems) = create(body) {
            prop_assert!(!is_object || problems.iter().all(|problem| !problem.starts_with(": ")), "{problems:?}");
        }
    }

    #[test]
    fn any_path_and_query_are_read_or_refused(path in "/[!-~]{0,60}", query in "[!-~]{0,80}") {
        let routes = Routes::build(testing::contract().operations).unwrap();
        if let Ok(found) = routes.find(&Method::GET, &path) {
            let parts = Parts { method: &Method::GET, query: Some(&query), headers: &HeaderMap::new(), body: Sent::Nothing };
            drop(message(&found, parts));
        }
    }
}
