//! Open311 GeoReport v2.

use axum::Router;

use crate::state::Shared;

/// The routes.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
}
