//! Signing in and out: one-time links, sessions, keys of systems, form links, and what comes of guessing. Each is done over gRPC and
//! over HTTP alike where the way in could matter.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use pathfinder_tests::contract;
use pathfinder_tests::door::{Refusal, Way};
use pathfinder_tests::letters::Letters;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::trail;
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text, time};
use serde_json::{Value, json};

const WAYS: [Way; 2] = [Way::Grpc, Way::Http];
const ADA: &str = "ada@example.org";

/// Registers Ada, who holds no role; answers her id.
async fn ada(world: &World<Town>) -> String {
    let person = json!({"login": "ada", "display_name": "Ada Okoro", "kind": "PRINCIPAL_KIND_PERSON", "email": "Ada@Example.org"});
    let person = world.must(ADMINISTRATOR, "PeopleService/CreatePerson", person).await;
    assert_eq!(text(&person, "email"), ADA, "an address is kept in lower case");
    text(&person, "personId")
}

/// Has a link sent to an address, and answers its token.
async fn link(world: &World<Town>, email: &str) -> String {
    let before = Letters::of(&world.house).seen();
    world.must(PUBLIC, "SignInService/RequestSignInLink", json!({"email": email})).await;
    Letters::of(&world.house).behind(&before).await.token()
}

/// Signs in with a link; answers the new session.
async fn sign_in(world: &World<Town>, email: &str) -> Value {
    let token = link(world, email).await;
    world.must(PUBLIC, "SignInService/RedeemSignInLink", json!({"link_token": token})).await
}

async fn exchange(world: &World<Town>, session: &Value) -> Result<String, Refusal> {
    let secret = json!({"session_token": session["sessionToken"]});
    world.ask(PUBLIC, "SignInService/ExchangeSession", secret).await.map(|token| text(&token, "accessToken"))
}

async fn ended(world: &World<Town>, session: &Value) {
    let refusal = exchange(world, session).await.expect_err("the session has ended");
    assert_eq!(refusal.reason, "SESSION_ENDED", "{refusal:?}");
}

async fn caller(world: &World<Town>, token: &str) -> Value {
    let asked = world.ask_with(&contract::rpc("TokenService/GetCaller"), Some(token), json!({})).await;
    asked.expect("a token that was just given is taken")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_begins_one_session_and_is_worth_nothing_afterwards() {
    for way in WAYS {
        let world = Town::world(way).await;
        let ada_id = ada(&world).await;
        let token = link(&world, "ADA@example.org").await;
        let redeem = json!({"link_token": token});
        let session = world.must(PUBLIC, "SignInService/RedeemSignInLink", redeem.clone()).await;
        assert_eq!(session["person"]["personId"], json!(ada_id));
        assert_eq!(session["session"]["method"], "link");
        let access = exchange(&world, &session).await.expect("the session goes on");
        assert_eq!(caller(&world, &access).await["subject"], json!(ada_id));
        world.refused(PUBLIC, "SignInService/RedeemSignInLink", redeem, "SIGN_IN_REFUSED").await;
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_holds_for_fifteen_minutes() {
    let mut world = Town::world(Way::Grpc).await;
    ada(&world).await;
    let (early, late) = (link(&world, ADA).await, link(&world, ADA).await);
    world.pass_time(TimeDelta::minutes(14)).await;
    world.must(PUBLIC, "SignInService/RedeemSignInLink", json!({"link_token": early})).await;
    world.pass_time(TimeDelta::minutes(1)).await;
    world.refused(PUBLIC, "SignInService/RedeemSignInLink", json!({"link_token": late}), "SIGN_IN_REFUSED").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_link_does_not_learn_whether_anybody_has_the_address() {
    let world = Town::world(Way::Http).await;
    ada(&world).await;
    let ask = async |email: &str| world.must(PUBLIC, "SignInService/RequestSignInLink", json!({"email": email})).await;
    let (unknown, known) = (ask("nobody@example.org").await, ask(ADA).await);
    assert_eq!(unknown, known, "the same answer");
    // Letters are written one after the other, so Ada's comes behind the one that is not written.
    let letter = Letters::of(&world.house).next(0).await;
    assert_eq!(Letters::of(&world.house).count(), 1, "one letter, to Ada");
    assert!(letter.text().contains(ADA) && letter.text().contains("/sign-in/link?token="), "{}", letter.text());
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_told_to_when_idle_and_at_last_by_age() {
    let mut world = Town::world(Way::Grpc).await;
    let ada_id = ada(&world).await;
    let (left, revoked, idle) = (sign_in(&world, ADA).await, sign_in(&world, ADA).await, sign_in(&world, ADA).await);
    world.must(PUBLIC, "SignInService/EndSession", json!({"session_token": left["sessionToken"]})).await;
    ended(&world, &left).await;
    world.must(PUBLIC, "SignInService/EndSession", json!({"session_token": left["sessionToken"]})).await;

    let listed = json!({"person_id": ada_id});
    let going_on = world.list(ADMINISTRATOR, "SignInService/ListSessions", listed.clone(), "sessions").await;
    assert_eq!(going_on.len(), 2, "the one that ended is not listed: {going_on:?}");
    let other = json!({"person_id": ada_id, "session_id": revoked["session"]["sessionId"]});
    world.must(ADMINISTRATOR, "SignInService/RevokeSession", other.clone()).await;
    ended(&world, &revoked).await;

    let busy = sign_in(&world, ADA).await;
    for _ in 0..15 {
        world.pass_time(TimeDelta::hours(11)).await;
        exchange(&world, &busy).await.expect("used every eleven hours, it goes on");
    }
    ended(&world, &idle).await;
    world.pass_time(TimeDelta::hours(3)).await;
    ended(&world, &busy).await;
    world
        .refused(
            "ada",
            "SignInService/RevokeSession",
            merged(other, json!({"person_id": world.enrol("bob", "Bob", "PRINCIPAL_KIND_PERSON", &[]).await})),
            "ROLE_MISSING",
        )
        .await;
    world.house.stop().await;
}

/// Registers a system, gives it a key, and answers the system's id and the key.
async fn system_key(world: &World<Town>, login: &str, kind: &str, scopes: &[&str]) -> (String, Value) {
    let system_id = world.enrol(login, "Case system", "PRINCIPAL_KIND_SYSTEM", &[]).await;
    let asked = json!({"person_id": system_id, "kind": kind, "scopes": scopes, "note": "the case system"});
    (system_id, world.must(ADMINISTRATOR, "CredentialService/CreateCredential", asked).await)
}

async fn client_token(world: &World<Town>, id: &str, secret: &str, scope: &str) -> Result<Value, Refusal> {
    let asked = json!({"client": id, "client_secret": secret, "scope": scope});
    world.ask(PUBLIC, "CredentialService/IssueClientToken", asked).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_its_scopes_name_and_two_secrets_overlap() {
    let mut world = Town::world(Way::Grpc).await;
    let (system_id, key) =
        system_key(&world, "case-system", "CREDENTIAL_KIND_CLIENT_SECRET", &["issues", "identity"]).await;
    let (id, first) = (text(&key["credential"], "credentialId"), text(&key, "secret"));
    let given = client_token(&world, &id, &first, "").await.expect("both scopes");
    assert_eq!(given["scope"], "issues identity");
    assert_eq!(caller(&world, &text(&given["token"], "accessToken")).await["subject"], json!(system_id));
    let refusal = client_token(&world, &id, &first, "boards").await.expect_err("not a scope of this key");
    assert_eq!((refusal.reason.as_str(), &refusal.metadata["allowed"]), ("SCOPE_REFUSED", &json!("issues, identity")));
    let narrow = client_token(&world, &id, &first, "issues").await.expect("one scope");
    let rpc = contract::rpc("TokenService/GetCaller");
    let refusal = world.ask_with(&rpc, narrow["token"]["accessToken"].as_str(), json!({})).await;
    assert_eq!(refusal.expect_err("it is for issues, not for identity").reason, "TOKEN_INVALID");

    let named = json!({"person_id": system_id, "credential_id": id});
    let rotate = merged(named.clone(), json!({"overlap_hours": 24}));
    let second = text(&world.must("case-system", "CredentialService/RotateCredential", rotate).await, "secret");
    for secret in [&first, &second] {
        client_token(&world, &id, secret, "").await.expect("both secrets open during the overlap");
    }
    world.pass_time(TimeDelta::hours(24)).await;
    assert_eq!(client_token(&world, &id, &first, "").await.expect_err("the overlap is over").reason, "CLIENT_REFUSED");
    client_token(&world, &id, &second, "").await.expect("the new secret goes on");
    let revoked = world.must(ADMINISTRATOR, "CredentialService/RevokeCredential", named.clone()).await;
    assert_eq!(time(&revoked, "revokeTime"), world.now());
    assert_eq!(client_token(&world, &id, &second, "").await.expect_err("it was revoked").reason, "CLIENT_REFUSED");
    world.refused(ADMINISTRATOR, "CredentialService/RotateCredential", named, "CREDENTIAL_ENDED").await;
    let listed = world
        .list(ADMINISTRATOR, "CredentialService/ListCredentials", json!({"person_id": system_id}), "credentials")
        .await;
    assert!(listed.len() == 1 && !json!(listed).to_string().contains(&second), "a list shows no secret: {listed:?}");
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_for_systems_are_shown_once_and_expire() {
    let mut world = Town::world(Way::Http).await;
    let ada_id = ada(&world).await;
    let asked = json!({"person_id": ada_id, "kind": "CREDENTIAL_KIND_API_KEY"});
    world.refused(ADMINISTRATOR, "CredentialService/CreateCredential", asked.clone(), "NOT_A_SYSTEM").await;
    let (system_id, key) = system_key(&world, "reporter", "CREDENTIAL_KIND_API_KEY", &[]).await;
    assert_eq!(key["credential"]["scopes"], json!(["issues"]));
    let secret = json!({"api_key": key["secret"]});
    world.must(PUBLIC, "CredentialService/ExchangeApiKey", secret.clone()).await;
    let wrong = client_token(&world, &text(&key["credential"], "credentialId"), &text(&key, "secret"), "").await;
    assert_eq!(wrong.expect_err("an API key is no client secret").reason, "CLIENT_REFUSED");

    let once = json!({"person_id": system_id, "kind": "CREDENTIAL_KIND_CLIENT_SECRET", "scopes": ["boards"], "valid_days": 1,
        "request_id": "019a0000-0000-7000-8000-00000000abcd"});
    world.must(ADMINISTRATOR, "CredentialService/CreateCredential", once.clone()).await;
    world.refused(ADMINISTRATOR, "CredentialService/CreateCredential", once, "REQUEST_ID_REUSED").await;
    let none = json!({"person_id": system_id, "kind": "CREDENTIAL_KIND_CLIENT_SECRET"});
    world.refused(ADMINISTRATOR, "CredentialService/CreateCredential", none, "INVALID_REQUEST").await;
    world.pass_time(TimeDelta::days(365)).await;
    world.refused(PUBLIC, "CredentialService/ExchangeApiKey", secret, "CLIENT_REFUSED").await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_link_acts_for_its_provider_on_one_thing_until_it_ends() {
    let mut world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "mill-street", "MS").await;
    let issue = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue_id = issue["issue"]["issueId"].as_str().or(issue["issueId"].as_str()).expect("an issue").to_owned();
    let asked = json!({"partnership_id": hood.partnership_id, "provider_id": hood.provider_id, "issue_id": issue_id,
        "holder_name": "Skips and Sons"});
    let made = world.must(&hood.officer(), "FormLinkService/CreateFormLink", asked.clone()).await;
    let secret = text(&made, "path").trim_start_matches("/f/").to_owned();
    assert_eq!(secret.len(), 43, "32 random bytes: {made}");
    let exchange = json!({"link_token": secret});
    let opened = world.must(PUBLIC, "FormLinkService/ExchangeFormLink", exchange.clone()).await;
    let token = claims(&text(&opened["token"], "accessToken"));
    assert_eq!(token["name"], "Skips and Sons (by link)");
    assert_eq!(token["aud"], json!(["issues", "commitments"]));
    let grant = json!({"role": "provider_contractor", "partnership_id": hood.partnership_id, "provider_id": hood.provider_id,
        "object_id": issue_id});
    assert_eq!(token["grants"], json!([grant]));
    assert_eq!(token["sid"], opened["formLink"]["formLinkId"]);

    let other = merged(asked.clone(), json!({"provider_id": "019a0000-0000-7000-8000-00000000abcd"}));
    world.refused(&hood.officer(), "FormLinkService/CreateFormLink", other.clone(), "ROLE_MISSING").await;
    world.must(&hood.manager(), "FormLinkService/CreateFormLink", other).await;
    let here = json!({"partnership_id": hood.partnership_id});
    let seen =
        async |who: &str| world.list(who, "FormLinkService/ListFormLinks", here.clone(), "formLinks").await.len();
    assert_eq!((seen(&hood.manager()).await, seen(&hood.officer()).await), (2, 1), "an officer sees its provider's");

    let second = world.must(&hood.manager(), "FormLinkService/CreateFormLink", asked).await;
    let named = json!({"partnership_id": hood.partnership_id, "form_link_id": second["formLink"]["formLinkId"]});
    world.must(&hood.officer(), "FormLinkService/RevokeFormLink", named).await;
    let revoked = json!({"link_token": text(&second, "path").trim_start_matches("/f/")});
    world.refused(PUBLIC, "FormLinkService/ExchangeFormLink", revoked, "LINK_REFUSED").await;
    world.pass_time(TimeDelta::days(14)).await;
    world.refused(PUBLIC, "FormLinkService/ExchangeFormLink", exchange, "LINK_REFUSED").await;
    world.house.stop().await;
}

/// What a token says, unverified.
fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let body = token.split('.').nth(1).expect("a token has three parts");
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).expect("a body in base64url");
    serde_json::from_slice(&body).expect("a body of JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_recorded_and_passes() {
    for way in WAYS {
        let mut world = Town::world(way).await;
        ada(&world).await;
        let token = link(&world, ADA).await;
        let session = sign_in(&world, ADA).await;
        for guess in 0..10 {
            let guess = json!({"link_token": format!("guess {guess}")});
            world.refused(PUBLIC, "SignInService/RedeemSignInLink", guess, "SIGN_IN_REFUSED").await;
        }
        let guess = json!({"link_token": "one more"});
        let refusal = world.refused(PUBLIC, "SignInService/RedeemSignInLink", guess.clone(), "TOO_MANY_ATTEMPTS").await;
        assert_eq!(refusal.metadata["retry_after_seconds"], json!("900"), "{refusal:?}");
        exchange(&world, &session).await.expect("who is signed in already goes on");
        assert_eq!(refused_entries(&world).await, 10, "each refusal is in the audit trail");
        let subjects = async |kind: &str| -> BTreeSet<String> {
            entries(&world, kind).await.iter().map(|entry| text(entry, "subjectId")).collect()
        };
        assert_eq!(subjects("sign_in.refused").await.len(), 10, "ten things were tried");
        assert_eq!(subjects("sign_in.refused_from").await.len(), 1, "by one network");
        world.pass_time(TimeDelta::minutes(14)).await;
        world.refused(PUBLIC, "SignInService/RedeemSignInLink", guess.clone(), "TOO_MANY_ATTEMPTS").await;
        world.must(PUBLIC, "SignInService/RedeemSignInLink", json!({"link_token": token})).await;
        world.pass_time(TimeDelta::minutes(1)).await;
        world.refused(PUBLIC, "SignInService/RedeemSignInLink", guess, "SIGN_IN_REFUSED").await;
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_the_secret_of_a_service_is_slowed_down_and_keeps_out_no_other_service() {
    let mut world = Town::world(Way::Grpc).await;
    let issue = "TokenService/IssueServiceToken";
    let guess = json!({"service": "gateway", "secret": "the secret of another installation"});
    for _ in 0..10 {
        world.refused(PUBLIC, issue, guess.clone(), "SERVICE_SECRET_WRONG").await;
    }
    world.refused(PUBLIC, issue, guess.clone(), "TOO_MANY_ATTEMPTS").await;
    world.refused(PUBLIC, issue, merged(guess.clone(), json!({"service": "boards"})), "SERVICE_SECRET_WRONG").await;
    assert_eq!(refused_entries(&world).await, 11, "each wrong secret is in the audit trail");
    world.pass_time(TimeDelta::minutes(15)).await;
    world.refused(PUBLIC, issue, guess, "SERVICE_SECRET_WRONG").await;
    world.house.stop().await;
}

async fn refused_entries(world: &World<Town>) -> usize {
    entries(world, "sign_in.refused").await.len()
}

/// What the audit trail of the installation holds of a kind.
async fn entries(world: &World<Town>, kind: &str) -> Vec<Value> {
    trail::in_order(&world.house.database).await;
    let filter = format!("kind = \"{kind}\"");
    let installation = json!({"partnership_id": "00000000-0000-0000-0000-000000000000", "filter": filter});
    world.list(ADMINISTRATOR, "IdentityAuditService/ListAuditEntries", installation, "entries").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_does_not_fill_the_queue_of_letters_and_wishes_are_not_recorded() {
    let mut world = Town::world(Way::Http).await;
    let ask = |number: usize| json!({"email": format!("nobody-{number}@example.org")});
    for number in 0..60 {
        world.must(PUBLIC, "SignInService/RequestSignInLink", ask(number)).await;
    }
    world.refused(PUBLIC, "SignInService/RequestSignInLink", ask(60), "TOO_MANY_ATTEMPTS").await;
    assert!(entries(&world, "sign_in_link.requested").await.is_empty(), "a wish leaves no entry");
    world.pass_time(TimeDelta::minutes(15)).await;
    world.must(PUBLIC, "SignInService/RequestSignInLink", ask(60)).await;
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_somebodys_letter_box() {
    let world = Town::world(Way::Grpc).await;
    for email in [ADA, "nobody@example.org"] {
        let ask = json!({"email": email});
        for _ in 0..10 {
            world.must(PUBLIC, "SignInService/RequestSignInLink", ask.clone()).await;
        }
        world.refused(PUBLIC, "SignInService/RequestSignInLink", ask, "TOO_MANY_ATTEMPTS").await;
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_keep_their_own_record_and_can_be_forgotten() {
    let world = Town::world(Way::Http).await;
    let ada_id = ada(&world).await;
    let bob_id = world.enrol("bob", "Bob", "PRINCIPAL_KIND_PERSON", &[]).await;
    let named = json!({"person_id": ada_id});
    let change = merged(named.clone(), json!({"display_name": "Ada N. Okoro"}));
    let changed = world.must("ada", "PeopleService/UpdatePerson", change.clone()).await;
    assert_eq!((text(&changed, "displayName"), text(&changed, "email")), ("Ada N. Okoro".to_owned(), ADA.to_owned()));
    world.refused("bob", "PeopleService/UpdatePerson", change, "ROLE_MISSING").await;
    let address = merged(named.clone(), json!({"email": "ADA@example.net"}));
    let refusal = world.refused("ada", "PeopleService/UpdatePerson", address.clone(), "ROLE_MISSING").await;
    assert_eq!(
        refusal.variable("needed"),
        "administrator",
        "nobody changes by which address they sign in: {refusal:?}"
    );
    let former = link(&world, ADA).await;
    let changed = world.must(ADMINISTRATOR, "PeopleService/UpdatePerson", address).await;
    assert_eq!(text(&changed, "email"), "ada@example.net");
    let former = json!({"link_token": former});
    world.refused(PUBLIC, "SignInService/RedeemSignInLink", former, "SIGN_IN_REFUSED").await;
    let taken = json!({"person_id": bob_id, "email": "ada@example.net"});
    world.refused(ADMINISTRATOR, "PeopleService/UpdatePerson", taken, "ALREADY_EXISTS").await;
    let half = json!({"person_id": bob_id, "email": "bob@"});
    let refusal = world.refused(ADMINISTRATOR, "PeopleService/UpdatePerson", half, "INVALID_REQUEST").await;
    assert!(refusal.violations[0].1.contains("such as name@example.org"), "{refusal:?}");
    let none = json!({"person_id": bob_id, "email": ""});
    let changed = world.must(ADMINISTRATOR, "PeopleService/UpdatePerson", none).await;
    assert_eq!(text(&changed, "email"), "", "an address can be taken away");

    let session = sign_in(&world, "ada@example.net").await;
    let export = world.must("ada", "PeopleService/ExportPerson", named.clone()).await;
    let document: Value = serde_json::from_str(&text(&export, "document")).expect("a document of JSON");
    assert_eq!(document["sessions"][0]["session_id"], session["session"]["sessionId"]);
    assert!(document["audit_entries"].to_string().contains("person.changed"), "{document}");
    world.refused("bob", "PeopleService/ExportPerson", named.clone(), "ROLE_MISSING").await;

    let erase = merged(named.clone(), json!({"reason": "asked for it"}));
    world.refused("ada", "PeopleService/ErasePerson", erase.clone(), "ROLE_MISSING").await;
    let erased = world.must(ADMINISTRATOR, "PeopleService/ErasePerson", erase.clone()).await;
    assert_eq!((text(&erased, "displayName"), text(&erased, "email")), ("Erased person".to_owned(), String::new()));
    assert!(text(&erased, "login").starts_with("erased-"), "{erased}");
    ended(&world, &session).await;
    assert_eq!(world.must(ADMINISTRATOR, "PeopleService/ErasePerson", erase).await, erased, "once is enough");
    world.house.stop().await;
}
