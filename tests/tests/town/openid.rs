//! Signing in at an OpenID Connect provider: the account that came first is the person from then on, a provider vouches for its own
//! domains only, and its answer is taken on its own way back.

use std::collections::HashMap;

use pathfinder_tests::door::{Refusal, Way};
use pathfinder_tests::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use pathfinder_tests::town::{PROVIDERS_FILE, Town};
use pathfinder_tests::world::{ADMINISTRATOR, House as _, PUBLIC, World, merged, text};
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";

/// A town that knows the provider under two names: as `council` it vouches for everybody, as `narrow` for nobody who comes here.
async fn town(provider: &Provider) -> World<Town> {
    let known = |name: &str, domains: &[&str]| {
        json!({"name": name, "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "email_domains": domains})
    };
    let providers = json!([known("council", &[]), known("narrow", &["council.example"])]).to_string();
    let mut world = Town::world(Way::Grpc).await;
    let meanwhile = async |database: &pathfinder_tests::database::TestDatabase| {
        std::fs::write(database.folder().join(PROVIDERS_FILE), providers).expect("the file can be written");
    };
    world.house.restart(meanwhile).await;
    world.enter_again();
    for (login, email) in [("ada", ADA), ("bob", BOB)] {
        let person = json!({"login": login, "display_name": login, "kind": "PRINCIPAL_KIND_PERSON", "email": email});
        world.must(ADMINISTRATOR, "PeopleService/CreatePerson", person).await;
    }
    world
}

/// Who comes back from the provider.
#[derive(Clone, Copy)]
struct User<'a> {
    subject: &'a str,
    email: &'a str,
    is_verified: bool,
}

const fn user<'a>(subject: &'a str, email: &'a str) -> User<'a> {
    User { subject, email, is_verified: true }
}

/// Goes to the provider, and comes back by the way of `back`.
async fn sign_in(world: &World<Town>, (there, back): (&str, &str), user: User<'_>) -> Result<Value, Refusal> {
    let redirect = format!("{}/sign-in/openid/{there}/return", world.house.gateway());
    let asked = json!({"provider": there, "redirect_uri": redirect});
    let begun = world.must(PUBLIC, "SignInService/BeginOpenIdSignIn", asked).await;
    let address = reqwest::Url::parse(&text(&begun, "authorizationUrl")).expect("an address");
    let sent: HashMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(sent["redirect_uri"], redirect, "{address}");
    assert_eq!(sent["code_challenge_method"], "S256", "{address}");
    let code = Provider::code(user.subject, user.email, user.is_verified, &sent["nonce"]);
    let answer = json!({"flow_token": begun["flowToken"], "code": code, "state": sent["state"], "provider": back});
    world.ask(PUBLIC, "SignInService/CompleteOpenIdSignIn", answer).await
}

const COUNCIL: (&str, &str) = ("council", "council");

async fn taken(world: &World<Town>, user: User<'_>, what: &str) -> Value {
    let begun = sign_in(world, COUNCIL, user).await;
    assert!(begun.is_ok(), "{what}: {begun:?}");
    begun.unwrap_or_default()
}

async fn refused(world: &World<Town>, way: (&str, &str), user: User<'_>, what: &str) {
    let refusal = sign_in(world, way, user).await.expect_err(what);
    assert_eq!(refusal.reason, "SIGN_IN_REFUSED", "{what}: {refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_the_person_until_an_administrator_sets_the_address() {
    let provider = Provider::start().await;
    let world = town(&provider).await;
    let begun = taken(&world, user("account-1", "Ada@Example.org"), "the first account").await;
    assert_eq!(begun["session"]["method"], "openid:council", "{begun}");
    taken(&world, user("account-1", ADA), "the same account again").await;
    refused(&world, COUNCIL, user("account-2", ADA), "another account with the address").await;
    refused(&world, COUNCIL, user("account-1", BOB), "one account is one person").await;

    let ada = json!({"person_id": begun["person"]["personId"]});
    let export = world.must("ada", "PeopleService/ExportPerson", ada.clone()).await;
    let document: Value = serde_json::from_str(&text(&export, "document")).expect("a document of JSON");
    assert_eq!(document["open_id_accounts"][0]["issuer"], json!(provider.issuer), "{document}");
    let address = merged(ada, json!({"email": ADA}));
    world.must(ADMINISTRATOR, "PeopleService/UpdatePerson", address).await;
    taken(&world, user("account-2", ADA), "the account that comes first after that").await;
    refused(&world, COUNCIL, user("account-1", ADA), "the former account").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_vouches_for_verified_addresses_of_its_domains_on_its_own_way_back() {
    let provider = Provider::start().await;
    let world = town(&provider).await;
    let ada = user("account-1", ADA);
    refused(&world, ("narrow", "narrow"), ada, "an address of another domain").await;
    refused(&world, ("council", "narrow"), ada, "an answer on another provider's way").await;
    refused(&world, COUNCIL, User { is_verified: false, ..ada }, "an address that is not verified").await;
    refused(&world, COUNCIL, user("account-3", "nobody@example.org"), "an address that nobody here has").await;
    taken(&world, ada, "a verified address, on the right way").await;
    world.house.stop().await;
}
