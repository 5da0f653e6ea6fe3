//! What any call can be refused for, and what identity refuses.

use pathfinder_kit::config::PeerAddresses;
use pathfinder_tests::contract;
use pathfinder_tests::door::{Door as _, Grpc};
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC};
use serde_json::{Value, json};

use super::{ABSENT, Outcome, Scene};

const CREATE_SEAT: &str = "MemberService/CreateSeat";

fn seat(name: &str) -> Value {
    json!({"category": "SEAT_CATEGORY_FAITH", "name": name})
}

pub(super) async fn a_field_is_wrong(scene: &Scene) -> Outcome {
    scene.ask(&scene.hood.manager(), CREATE_SEAT, seat("")).await
}

pub(super) async fn a_page_token_is_broken(scene: &Scene) -> Outcome {
    scene.ask(PUBLIC, "MemberService/ListSeats", json!({"page_token": "no token"})).await
}

pub(super) async fn a_filter_names_no_field(scene: &Scene) -> Outcome {
    scene.ask(PUBLIC, "MemberService/ListSeats", json!({"filter": "no_such_field = 1"})).await
}

pub(super) async fn a_cursor_lies_ahead(scene: &Scene) -> Outcome {
    let after = json!({"after": "boards-999999"});
    scene.ask(&scene.hood.manager(), "BoardsEventService/WatchBoardsEvents", after).await
}

pub(super) async fn nobody_known_writes(scene: &Scene) -> Outcome {
    scene.ask(PUBLIC, CREATE_SEAT, seat("Faith groups")).await
}

pub(super) async fn a_token_is_none(scene: &Scene) -> Outcome {
    let message = scene.hood.with(seat("Faith groups"));
    scene.world.ask_with(&contract::rpc(CREATE_SEAT), Some("not-a-token"), message).await
}

pub(super) async fn an_observer_writes(scene: &Scene) -> Outcome {
    scene.ask(&scene.hood.observer(), CREATE_SEAT, seat("Faith groups")).await
}

pub(super) async fn something_is_not_there(scene: &Scene) -> Outcome {
    scene.ask(PUBLIC, "ActionService/GetAction", json!({"action_id": ABSENT})).await
}

pub(super) async fn a_name_is_taken(scene: &Scene) -> Outcome {
    let again = json!({"name": "Street Scene", "kind": "PROVIDER_KIND_COUNCIL"});
    scene.ask(&scene.hood.manager(), "ProviderService/CreateProvider", again).await
}

pub(super) async fn an_etag_is_stale(scene: &Scene) -> Outcome {
    let renamed = json!({"provider_id": scene.hood.provider_id, "name": "Renamed", "etag": "stale"});
    scene.ask(&scene.hood.manager(), "ProviderService/UpdateProvider", renamed).await
}

pub(super) async fn a_request_id_comes_with_another_body(scene: &Scene) -> Outcome {
    let under_one_id = |name| {
        let mut seat = seat(name);
        seat["request_id"] = json!(ABSENT);
        seat
    };
    scene.must(&scene.hood.manager(), CREATE_SEAT, under_one_id("Faith groups")).await;
    scene.ask(&scene.hood.manager(), CREATE_SEAT, under_one_id("Other groups")).await
}

pub(super) async fn a_move_is_made_twice(scene: &Scene) -> Outcome {
    let reported = scene.must(PUBLIC, "IssueService/ReportIssue", scene.hood.report("Mattresses")).await;
    let issue = json!({"issue_id": reported["issue"]["issueId"]});
    scene.must(&scene.hood.officer(), "IssueService/AcceptIssue", issue.clone()).await;
    scene.ask(&scene.hood.officer(), "IssueService/AcceptIssue", issue).await
}

pub(super) async fn a_message_is_too_large(scene: &Scene) -> Outcome {
    let mut report = scene.hood.report("Mattresses");
    report["description"] = json!("x".repeat(2 << 20));
    scene.ask(PUBLIC, "IssueService/ReportIssue", report).await
}

pub(super) async fn a_service_is_asked_what_another_answers(scene: &Scene) -> Outcome {
    let services = scene.world.house.services();
    let astray = Grpc::at(&PeerAddresses { issues: services.boards.clone(), ..services });
    astray.ask(&contract::rpc("IssueService/ListIssues"), None, scene.hood.with(json!({}))).await
}

pub(super) async fn a_service_has_another_secret(scene: &Scene) -> Outcome {
    let asked = json!({"service": "boards", "secret": "not the secret of this installation"});
    let direct = Grpc::at(&scene.world.house.services());
    direct.ask(&contract::rpc("TokenService/IssueServiceToken"), None, asked).await
}

pub(super) async fn a_role_lacks_its_partnership(scene: &Scene) -> Outcome {
    let grant = json!({"person_id": scene.hood.officer_id, "grant": {"role": "ROLE_MANAGER"}});
    scene.world.ask(ADMINISTRATOR, "PeopleService/GrantRole", grant).await
}
