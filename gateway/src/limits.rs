//! Limits on requests: how many at once, for how long, and what becomes of a panic.
//!
//! Sizes are limited where they are read ([`crate::body`], [`crate::serve`]). The health checks stand outside these limits:
//! a gateway with too much to do is busy, not dead.

use std::any::Any;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::{Began, Shared};

/// Sheds what is too much and ends what takes too long.
pub(crate) async fn layer(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let _permit = match app.request_permit() {
        Ok(permit) => permit,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(Began(Instant::now()));
    let limit = app.limits.request_time;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::deadline_exceeded(limit).into_response(),
    }
}

/// What a caller is told of a panic: nothing but that it was our fault.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of unknown kind"), "a handler panicked");
    ApiError::internal().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_of_ours_and_says_no_more() {
        for panic in [Box::new("secret") as Box<dyn Any + Send>, Box::new("secret".to_owned()), Box::new(7)] {
            let response = panicked(panic);
            let error = response.extensions().get::<ApiError>().expect("the error for the outermost layer");
            assert_eq!((error.http.as_u16(), error.reason.as_str()), (500, "INTERNAL"));
            assert!(!error.to_json("t").contains("secret"));
        }
    }
}
