//! Requests to providers, as the library for OpenID Connect makes them.

use std::pin::Pin;
use std::time::Duration;

use http::{Request, Response};
use openidconnect::AsyncHttpClient;
use pathfinder_kit::outside::{Outside, Unanswered};

const TIMEOUT: Duration = Duration::from_secs(4);
const MOST_BYTES: usize = 1 << 20;

/// Asks providers over HTTP and HTTPS.
pub(super) struct Browser(Outside);

impl Browser {
    pub(super) fn new() -> Self {
        Self(Outside::new(TIMEOUT, MOST_BYTES))
    }
}

impl<'c> AsyncHttpClient<'c> for Browser {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.0.ask(request))
    }
}
