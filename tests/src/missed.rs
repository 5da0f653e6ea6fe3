//! What was missed of what was pledged, as commitments and boards have heard of it.

use serde_json::json;

use crate::following::caught_up;
use crate::neighbourhood::Neighbourhood;
use crate::town::Town;
use crate::world::{PUBLIC, World, text};

/// The issues that missed a standard, once everybody has heard of everything.
pub async fn missed(world: &World<Town>, hood: &Neighbourhood, standard_id: &str) -> Vec<String> {
    caught_up(&world.house.database).await;
    let asked = hood.with(json!({"standard_id": standard_id, "filter": "breached = true"}));
    let cases = world.list(PUBLIC, "StandardService/ListStandardCases", asked, "cases").await;
    cases.iter().map(|case| text(case, "issueId")).collect()
}

/// The standards of which the board has notice that they were missed.
pub async fn noticed(world: &World<Town>, hood: &Neighbourhood) -> Vec<String> {
    caught_up(&world.house.database).await;
    let rpc = "BreachNoticeService/ListBreachNotices";
    let notices = world.list(&hood.chair(), rpc, hood.with(json!({})), "breachNotices").await;
    notices.iter().map(|notice| text(notice, "standardId")).collect()
}
