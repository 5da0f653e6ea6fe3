//! Signing in, keys of systems and form links.

use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, merged, text};
use serde_json::{Value, json};

use super::{Outcome, Scene};

const CREATE_CREDENTIAL: &str = "CredentialService/CreateCredential";
const ISSUE_CLIENT_TOKEN: &str = "CredentialService/IssueClientToken";

/// A key of the partnership's system that opens issues; what names it, and its secret.
async fn key(scene: &Scene) -> (Value, Value) {
    let caller = scene.world.must(&scene.hood.system(), "TokenService/GetCaller", json!({})).await;
    let asked = json!({"person_id": caller["subject"], "kind": "CREDENTIAL_KIND_CLIENT_SECRET", "scopes": ["issues"]});
    let made = scene.world.must(ADMINISTRATOR, CREATE_CREDENTIAL, asked).await;
    let id = text(&made["credential"], "credentialId");
    let named = json!({"person_id": caller["subject"], "credential_id": id});
    (named, json!({"client": id, "client_secret": made["secret"]}))
}

pub(super) async fn a_sign_in_link_is_guessed(scene: &Scene) -> Outcome {
    scene.world.ask(PUBLIC, "SignInService/RedeemSignInLink", json!({"link_token": "a guess"})).await
}

pub(super) async fn a_client_secret_is_guessed(scene: &Scene) -> Outcome {
    let (_, secret) = key(scene).await;
    let guess = merged(secret, json!({"client_secret": "a guess"}));
    scene.world.ask(PUBLIC, ISSUE_CLIENT_TOKEN, guess).await
}

pub(super) async fn a_key_is_to_open_more_than_it_does(scene: &Scene) -> Outcome {
    let (_, secret) = key(scene).await;
    scene.world.ask(PUBLIC, ISSUE_CLIENT_TOKEN, merged(secret, json!({"scope": "boards"}))).await
}

pub(super) async fn a_revoked_key_is_rotated(scene: &Scene) -> Outcome {
    let (named, _) = key(scene).await;
    scene.world.must(ADMINISTRATOR, "CredentialService/RevokeCredential", named.clone()).await;
    scene.world.ask(ADMINISTRATOR, "CredentialService/RotateCredential", named).await
}

pub(super) async fn a_person_is_to_have_a_key(scene: &Scene) -> Outcome {
    let asked = json!({"person_id": scene.hood.officer_id, "kind": "CREDENTIAL_KIND_API_KEY"});
    scene.world.ask(ADMINISTRATOR, CREATE_CREDENTIAL, asked).await
}

pub(super) async fn a_form_link_is_guessed(scene: &Scene) -> Outcome {
    scene.world.ask(PUBLIC, "FormLinkService/ExchangeFormLink", json!({"link_token": "a guess"})).await
}

pub(super) async fn eleven_letters_are_asked_for(scene: &Scene) -> Outcome {
    let ask = json!({"email": "often@example.org"});
    for _ in 0..10 {
        scene.world.must(PUBLIC, "SignInService/RequestSignInLink", ask.clone()).await;
    }
    scene.world.ask(PUBLIC, "SignInService/RequestSignInLink", ask).await
}
