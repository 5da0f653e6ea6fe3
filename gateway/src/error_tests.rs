//! Errors as callers see them.

use std::time::Duration;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error::{ApiError, code_name, http_status};

#[test]
fn a_status_with_details_keeps_every_part() {
    let mut details =
        ErrorDetails::with_error_info("INVALID_REQUEST", "pathfinder", [("limit".to_owned(), "7".to_owned())]);
    details.add_bad_request_violation("title", "must not be empty");
    details.set_retry_info(Some(Duration::from_secs(9)));
    let status = Status::with_error_details(Code::InvalidArgument, "wrong", details);

    let response = ApiError::from_status(&status, "boards").render("abc");
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()[RETRY_AFTER], "9");
    let json: serde_json::Value =
        serde_json::from_str(&ApiError::from_status(&status, "boards").to_json("abc")).unwrap();
    assert_eq!(json["error"]["reason"], "INVALID_REQUEST");
    assert_eq!(json["error"]["metadata"]["limit"], "7");
    assert_eq!(json["error"]["fieldViolations"][0]["field"], "title");
    assert_eq!(json["error"]["traceId"], "abc");
}

#[test]
fn the_text_of_a_library_stays_inside() {
    let error = ApiError::from_status(&Status::unavailable("tcp connect error 10.0.0.3"), "boards");
    assert_eq!((error.http.as_u16(), error.reason.as_str()), (503, "PEER_UNAVAILABLE"));
    assert!(!error.message.contains("tcp"));
    let broken = Status::from_error(Box::new(std::io::Error::other("connection reset by 10.0.0.3")));
    let error = ApiError::from_status(&broken, "boards");
    assert_eq!((error.http.as_u16(), error.reason.as_str()), (503, "PEER_UNAVAILABLE"));
    assert!(!error.message.contains("reset") && error.message.contains("uncertain"), "{}", error.message);
    let error = ApiError::from_status(&Status::unknown("h2 protocol error"), "boards");
    assert_eq!((error.http.as_u16(), error.reason.as_str()), (500, "INTERNAL"));
}

#[test]
fn an_unauthenticated_answer_names_the_scheme() {
    let details = ErrorDetails::with_error_info("TOKEN_REQUIRED", "pathfinder", []);
    let status = Status::with_error_details(Code::Unauthenticated, "A token is needed.", details);
    let response = ApiError::from_status(&status, "boards").render("t");
    assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
}

#[test]
fn every_code_has_a_status_and_a_name() {
    for number in 0..17 {
        let code = Code::from_i32(number);
        assert!(http_status(code).as_u16() >= 200);
        assert_ne!((number, code_name(code)), (number, ""));
    }
    assert_eq!(http_status(Code::FailedPrecondition), 409);
    assert_eq!(http_status(Code::DeadlineExceeded), 504);
}

#[test]
fn a_stale_etag_is_412_only_for_if_match() {
    let details = ErrorDetails::with_error_info("ETAG_MISMATCH", "pathfinder", []);
    let status = Status::with_error_details(Code::Aborted, "changed", details);
    assert_eq!(ApiError::from_status(&status, "boards").http, 409);
    assert_eq!(ApiError::from_status(&status, "boards").after_if_match().http, 412);
}
