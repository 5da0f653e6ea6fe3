//! Tokens that are not as they should be: each is refused by every service and through the gateway, and good ones are taken. The
//! forgeries are made here, with the installation's own key where it takes one to make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pathfinder_tests::contract;
use pathfinder_tests::database::TestDatabase;
use pathfinder_tests::door::Way;
use pathfinder_tests::processes::{Processes, SECRET};
use pathfinder_tests::town::{Town, contact_keys};
use pathfinder_tests::waiting::{self, PATIENCE};
use pathfinder_tests::watch;
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

const WAYS: [Way; 2] = [Way::Grpc, Way::Http];
/// A call of each service that an administrator may make.
const CALLS: [&str; 4] = [
    "PeopleService/ListPeople",
    "BreachNoticeService/ListBreachNotices",
    "CommitmentService/ListCommitments",
    "RoutingRuleService/ListRoutingRules",
];

/// The key that signs in a town.
struct Key {
    id: String,
    seed: [u8; 32],
}

impl Key {
    /// The one that the town keeps under this id.
    async fn of(town: &Town, id: &str) -> Self {
        let tables = town.database.look("identity").await;
        let backend = tables.get_database_backend();
        let sql = "SELECT seed FROM signing_key WHERE key_id = $1";
        let row = tables.query_one_raw(Statement::from_sql_and_values(backend, sql, [id.into()])).await;
        let row = row.expect("the keys can be read").expect("the town has this key");
        let seed: String = row.try_get("", "seed").expect("a key has a seed");
        let seed = contact_keys().open(&format!("signing_key {id}"), &seed).expect("the seed lies sealed for its row");
        let seed = URL_SAFE_NO_PAD.decode(seed).expect("a seed in base64url");
        Self { id: id.to_owned(), seed: seed.try_into().expect("a seed of 32 bytes") }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        let document = SigningKey::from_bytes(&self.seed).to_pkcs8_der().expect("a key has a document");
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(document.as_bytes())).expect("a token")
    }
}

/// What a part of a token says.
fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("a part in base64url")).expect("a part of JSON")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token with another body under the same signature.
fn tampered(token: &str, fields: Value) -> String {
    let mut parts = token.split('.');
    let (head, _, signature) = (parts.next(), parts.next(), parts.next());
    let body = encoded(&merged(part(token, 1), fields));
    format!("{}.{body}.{}", head.expect("a head"), signature.expect("a signature"))
}

/// How each service answers to a token: `TAKEN`, or the reason why not.
async fn answers(world: &World<Town>, token: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for call in CALLS {
        let message = match call {
            "PeopleService/ListPeople" => json!({}),
            _ => json!({"partnership_id": "019a0000-0000-7000-8000-00000000abcd"}),
        };
        let answer = world.ask_with(&contract::rpc(call), Some(token), message).await;
        answers.push(match answer {
            Ok(_) => "TAKEN".to_owned(),
            // Whoever gets so far was let in.
            Err(refusal) if refusal.reason == "NOT_FOUND" => "TAKEN".to_owned(),
            Err(refusal) => {
                assert!(refusal.http.is_none_or(|status| status == 401), "{call}: {refusal:?}");
                refusal.reason
            }
        });
    }
    answers
}

async fn taken(world: &World<Town>, what: &str, token: &str) {
    assert_eq!(answers(world, token).await, ["TAKEN"; 4], "{what}, over {:?}", world.way());
}

async fn refused(world: &World<Town>, what: &str, token: &str) {
    assert_eq!(answers(world, token).await, ["TOKEN_INVALID"; 4], "{what}, over {:?}", world.way());
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_expired_and_early_tokens_are_refused_everywhere() {
    for way in WAYS {
        let world = Town::world(way).await;
        let good = world.token(ADMINISTRATOR).await.expect("the administrator's token");
        let (header, claims) = (part(&good, 0), part(&good, 1));
        let key = Key::of(&world.house, header["kid"].as_str().expect("a token names its key")).await;
        let now = world.now().timestamp();
        let with = |fields: Value| key.sign(&merged(claims.clone(), fields));
        taken(&world, "a good token", &good).await;
        taken(&world, "one made as the good one", &with(json!({}))).await;

        refused(&world, "an expired token", &with(json!({"exp": now}))).await;
        refused(&world, "one that is not valid yet", &with(json!({"nbf": now + 120}))).await;
        refused(&world, "one from the future", &with(json!({"iat": now + 120}))).await;
        refused(&world, "one of another issuer", &with(json!({"iss": "somebody"}))).await;
        refused(&world, "one for nobody", &with(json!({"aud": []}))).await;
        refused(&world, "one for others", &with(json!({"aud": ["gateway", "elsewhere"]}))).await;

        let stranger = Key { id: key.id.clone(), seed: [7; 32] };
        refused(&world, "one signed by a stranger in our key's name", &stranger.sign(&claims)).await;
        let unknown = Key { id: "unknown".to_owned(), seed: key.seed };
        refused(&world, "one that names an unknown key", &unknown.sign(&claims)).await;
        let body = encoded(&claims);
        let none = encoded(&json!({"alg": "none", "typ": "JWT", "kid": key.id}));
        refused(&world, "one that is not signed", &format!("{none}.{body}.")).await;
        let public = SigningKey::from_bytes(&key.seed).verifying_key();
        let mut hmac = Header::new(Algorithm::HS256);
        hmac.kid = Some(key.id.clone());
        let confused = jsonwebtoken::encode(&hmac, &claims, &EncodingKey::from_secret(public.as_bytes()));
        refused(&world, "one signed with the public key as a password", &confused.expect("a token")).await;
        refused(&world, "one with another body", &tampered(&good, json!({"exp": now + 1_000_000}))).await;
        refused(&world, "one cut short", good.rsplit_once('.').expect("a signature").0).await;
        refused(&world, "no token at all", "nonsense").await;
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_services_that_it_is_meant_for_and_no_other() {
    for way in WAYS {
        let world = Town::world(way).await;
        let good = world.token(ADMINISTRATOR).await.expect("the administrator's token");
        let key = Key::of(&world.house, part(&good, 0)["kid"].as_str().expect("a token names its key")).await;
        for (index, service) in ["identity", "boards", "commitments", "issues"].into_iter().enumerate() {
            let narrow = key.sign(&merged(part(&good, 1), json!({"aud": [service]})));
            let mut expected = ["TOKEN_INVALID"; 4];
            expected[index] = "TAKEN";
            assert_eq!(answers(&world, &narrow).await, expected, "a token for {service}, over {way:?}");
        }
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_changes_and_nobody_notices_until_the_old_one_has_ended() {
    for way in WAYS {
        let mut world = Town::world(way).await;
        let old = world.token(ADMINISTRATOR).await.expect("the administrator's token");
        let old_id = text(&part(&old, 0), "kid");
        taken(&world, "a token of the first key", &old).await;
        let keys = world.must(ADMINISTRATOR, "TokenService/RotateSigningKey", json!({})).await;
        let ids: Vec<String> = keys["keys"].as_array().expect("keys").iter().map(|key| text(key, "keyId")).collect();
        assert_eq!((ids.len(), &ids[0]), (2, &old_id), "the old key signs on, the new one is known: {keys}");

        world.pass_time(TimeDelta::minutes(9)).await;
        assert_eq!(text(&part(&fresh(&world).await, 0), "kid"), old_id, "not yet");
        world.pass_time(TimeDelta::minutes(1)).await;
        let new = fresh(&world).await;
        assert_eq!(text(&part(&new, 0), "kid"), ids[1], "the new key signs after ten minutes");
        // Who asked for keys a moment ago, on the machine's clock, does not ask again at once.
        waiting::until("every service knows the new key", PATIENCE, async || match answers(&world, &new).await {
            known if known == ["TAKEN"; 4] => Ok(()),
            not_yet => Err(format!("{not_yet:?}")),
        })
        .await;
        taken(&world, "a token of the old key, which goes on", &old).await;

        let old_key = Key::of(&world.house, &old_id).await;
        world.pass_time(TimeDelta::hours(12)).await;
        refused(&world, "a token of the old key, after its time", &old).await;
        let keys = world.must(PUBLIC, "TokenService/GetKeySet", json!({})).await;
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1), "the old key has retired: {keys}");
        let renewed = merged(part(&old, 1), json!({"exp": world.now().timestamp() + 600}));
        // Every service learned with the key when it retires.
        refused(&world, "one that the retired key signed anew", &old_key.sign(&renewed)).await;
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_leaked_ends_at_once_with_all_that_it_signed() {
    for way in WAYS {
        let mut world = Town::world(way).await;
        let old = fresh(&world).await;
        taken(&world, "a token of the first key, which every service knows now", &old).await;
        let leaked = Key::of(&world.house, &text(&part(&old, 0), "kid")).await;
        let rotated = world.must(ADMINISTRATOR, "TokenService/RotateSigningKey", json!({"at_once": true})).await;
        let keys = rotated["keys"].as_array().expect("keys");
        assert_eq!(keys.len(), 1, "the leaked key is gone at once: {rotated}");
        assert!(keys[0]["retireTime"].is_null(), "the new one does not retire: {rotated}");

        world.enter_again();
        let new = fresh(&world).await;
        assert_eq!(text(&part(&new, 0), "kid"), text(&keys[0], "keyId"), "the new key signs at once");
        // The key is unknown to the services, so each asks, and so learns that the other is gone; and whoever brings the token brings
        // one of its own, which it renews.
        waiting::until("every service knows the new key", PATIENCE, async || match answers(&world, &new).await {
            known if known == ["TAKEN"; 4] => Ok(()),
            not_yet => Err(format!("{not_yet:?}")),
        })
        .await;
        refused(&world, "a token of the leaked key", &old).await;
        refused(&world, "one that the leaked key signed anew", &leaked.sign(&part(&new, 1))).await;
        taken(&world, "a token of the new key, after that", &new).await;
        world.house.stop().await;
    }
}

/// A token made now.
async fn fresh(world: &World<Town>) -> String {
    world.token(ADMINISTRATOR).await.expect("the administrator's token")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_from_before_there_was_anything_to_seal_it_with_signs_on_and_is_sealed() {
    let mut world = Town::world(Way::Grpc).await;
    let id = text(&part(&fresh(&world).await, 0), "kid");
    let plain = URL_SAFE_NO_PAD.encode(Key::of(&world.house, &id).await.seed);
    let unseal = async |database: &TestDatabase| {
        let tables = database.look("identity").await;
        let (backend, sql) = (tables.get_database_backend(), "UPDATE signing_key SET seed = $1");
        let unsealed = tables.execute_raw(Statement::from_sql_and_values(backend, sql, [plain.into()])).await;
        assert_eq!(unsealed.expect("the key can be written").rows_affected(), 1, "there is one key");
        tables.close().await.expect("the tables can be let go");
    };
    world.house.restart(unseal).await;
    world.enter_again();
    let token = fresh(&world).await;
    assert_eq!(text(&part(&token, 0), "kid"), id, "the same key signs");
    taken(&world, "a token of it", &token).await;
    let tables = world.house.database.look("identity").await;
    let tables = &tables;
    waiting::until("a sealed seed", PATIENCE, || async move {
        let sql = Statement::from_string(tables.get_database_backend(), "SELECT seed FROM signing_key");
        let row = tables.query_one_raw(sql).await.expect("the keys can be read").expect("there is one key");
        let seed: String = row.try_get("", "seed").expect("a key has a seed");
        if seed.starts_with("tests.") { Ok(()) } else { Err("it is plain".to_owned()) }
    })
    .await;
    taken(&world, "a token after that", &fresh(&world).await).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_token_that_a_service_shows_nobody_acts_as_it() {
    let mut world = Processes::world(Way::Grpc).await;
    let (issue, asked) = ("TokenService/IssueServiceToken", json!({"service": "boards", "secret": SECRET}));
    let acting = text(&world.must(PUBLIC, issue, asked.clone()).await, "accessToken");
    let shown = merged(asked, json!({"without_roles": true}));
    let shown = text(&world.must(PUBLIC, issue, shown).await, "accessToken");
    assert_eq!(part(&acting, 1)["grants"], json!([{"role": "service"}]), "a service acts with its role");
    assert_eq!(part(&shown, 1)["grants"], json!([]), "and shows a token without");
    let feed = contract::rpc("CommitmentsEventService/WatchCommitmentsEvents");
    let opened = watch::open(&world, &feed, Some(&acting), &json!({})).await;
    assert!(opened.is_ok(), "boards follows commitments: {opened:?}");
    let refusal = watch::open(&world, &feed, Some(&shown), &json!({})).await.expect_err("nobody follows with that one");
    assert_eq!(refusal.reason, "ROLE_MISSING", "{refusal:?}");
    world.house.halt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_changes_the_key() {
    let world = Town::world(Way::Http).await;
    world.enrol("ada", "Ada", "PRINCIPAL_KIND_PERSON", &[]).await;
    world.refused("ada", "TokenService/RotateSigningKey", json!({}), "ROLE_MISSING").await;
    world.refused(PUBLIC, "TokenService/RotateSigningKey", json!({}), "TOKEN_REQUIRED").await;
    world.house.stop().await;
}
