//! The world that a test acts in: a running suite, a way into it, people, and time that passes.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use pathfinder_identity::FIRST_LOGIN;
use pathfinder_kit::config::PeerAddresses;
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::contract;
use crate::door::{Door, Grpc, Http, Refusal, Way};
use crate::waiting::{self, PATIENCE};

/// Nobody known: a call without a token.
pub const PUBLIC: &str = "";
/// Who runs the installation.
pub const ADMINISTRATOR: &str = FIRST_LOGIN;

/// Something that runs all services and the gateway.
#[async_trait]
pub trait House: Send + Sync {
    /// What its clocks show.
    fn now(&self) -> DateTime<Utc>;
    /// Moves its clocks forward.
    async fn pass_time(&mut self, by: TimeDelta);
    /// Lets a minute go by where the clock is moved by hand, so that steps differ in their times; elsewhere time passes by itself.
    fn tick(&self);
    /// Where the gateway is.
    fn gateway(&self) -> String;
    /// Where the services are.
    fn services(&self) -> PeerAddresses;
    /// A token for a login.
    async fn token(&self, login: &str) -> String;
}

/// A house, and the way into it that a test takes.
pub struct World<H> {
    /// The house.
    pub house: H,
    way: Way,
    door: Box<dyn Door>,
    tokens: Mutex<HashMap<String, String>>,
}

impl<H: House> World<H> {
    /// A world that is entered by `way`.
    #[must_use]
    pub fn new(house: H, way: Way) -> Self {
        let door = open(&house, way);
        Self { house, way, door, tokens: Mutex::default() }
    }

    /// The way in.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// What the clocks show.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.house.now()
    }

    /// An instant so far from now, as the contracts write it.
    #[must_use]
    pub fn time_in(&self, ahead: TimeDelta) -> String {
        (self.now() + ahead).to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }

    /// The local date so many days from now, as the contracts write it. Near enough: no test stands at midnight.
    #[must_use]
    pub fn date_in(&self, days: i64) -> String {
        (self.now() + TimeDelta::days(days)).date_naive().to_string()
    }

    /// Lets time pass. Tokens are made anew, as they end meanwhile.
    pub async fn pass_time(&mut self, by: TimeDelta) {
        self.house.pass_time(by).await;
        self.enter_again();
    }

    /// Comes in again, after the house has moved or restarted.
    pub fn enter_again(&mut self) {
        self.tokens = Mutex::default();
        self.door = open(&self.house, self.way);
    }

    /// A token for a login; none for the public.
    pub async fn token(&self, who: &str) -> Option<String> {
        if who == PUBLIC {
            return None;
        }
        let mut tokens = self.tokens.lock().await;
        if !tokens.contains_key(who) {
            tokens.insert(who.to_owned(), self.house.token(who).await);
        }
        tokens.get(who).cloned()
    }

    /// Asks an RPC, named as `IssueService/ReportIssue`, as `who`.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub async fn ask(&self, who: &str, rpc: &str, message: Value) -> Result<Value, Refusal> {
        let token = self.token(who).await;
        self.door.ask(&contract::rpc(rpc), token.as_deref(), message).await
    }

    /// Asks an RPC with a token of one's own making.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub async fn ask_with(
        &self,
        rpc: &MethodDescriptor,
        token: Option<&str>,
        message: Value,
    ) -> Result<Value, Refusal> {
        self.door.ask(rpc, token, message).await
    }

    /// Asks an RPC that must be answered.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn must(&self, who: &str, rpc: &str, message: Value) -> Value {
        let said = shortened(&message);
        let answer = self.ask(who, rpc, message).await;
        answer.unwrap_or_else(|refusal| panic!("{rpc} by `{who}` is answered, but: {refusal:?}\nasked with {said}"))
    }

    /// Asks an RPC that must be refused with `reason`.
    ///
    /// # Panics
    ///
    /// When it is answered, or refused for another reason.
    pub async fn refused(&self, who: &str, rpc: &str, message: Value, reason: &str) -> Refusal {
        let said = shortened(&message);
        match self.ask(who, rpc, message).await {
            Err(refusal) if refusal.reason == reason => refusal,
            other => panic!("{rpc} by `{who}` is refused with {reason}, but: {other:?}\nasked with {said}"),
        }
    }

    /// Reads until the answer is as wanted: what comes by feed or timer from another service. `wanted` answers what was
    /// waited for.
    ///
    /// # Panics
    ///
    /// When it does not come in time.
    pub async fn until<T>(
        &self,
        what: &str,
        who: &str,
        rpc: &str,
        message: Value,
        wanted: impl Fn(&Value) -> Option<T>,
    ) -> T {
        let wanted = &wanted;
        waiting::until(what, self.patience(), || {
            let message = message.clone();
            async move {
                let answer = self.ask(who, rpc, message).await.map_err(|refusal| format!("{refusal:?}"))?;
                wanted(&answer).ok_or_else(|| answer.to_string())
            }
        })
        .await
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    /// Every row of a list, page by page.
    ///
    /// # Panics
    ///
    /// When a page is refused.
    pub async fn list(&self, who: &str, rpc: &str, message: Value, rows: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut asked = message.clone();
            asked["page_size"] = json!(200);
            asked["page_token"] = json!(token);
            let page = self.must(who, rpc, asked).await;
            all.extend(
                page[rows].as_array().unwrap_or_else(|| panic!("{rpc} answers `{rows}`: {page}")).iter().cloned(),
            );
            token = text(&page, "nextPageToken");
            if token.is_empty() {
                return all;
            }
        }
    }

    /// Registers someone with roles: each a role's word in the contract, the partnership and the provider (or neither).
    ///
    /// # Panics
    ///
    /// When identity refuses.
    pub async fn enrol(&self, login: &str, name: &str, kind: &str, grants: &[Value]) -> String {
        let created = json!({"login": login, "display_name": name, "kind": kind});
        let person = self.must(ADMINISTRATOR, "PeopleService/CreatePerson", created).await;
        let person_id = text(&person, "personId");
        for grant in grants {
            let given = json!({"person_id": person_id, "grant": grant});
            self.must(ADMINISTRATOR, "PeopleService/GrantRole", given).await;
        }
        person_id
    }

    /// Registers a machine with a role, and answers its key to the calls of issues.
    ///
    /// # Panics
    ///
    /// When identity refuses.
    pub async fn machine(&self, (login, name): (&str, &str), grant: Value) -> String {
        let id = self.enrol(login, name, "PRINCIPAL_KIND_SYSTEM", &[grant]).await;
        let key = json!({"person_id": id, "kind": "CREDENTIAL_KIND_API_KEY", "scopes": ["issues"], "note": login});
        text(&self.must(ADMINISTRATOR, "CredentialService/CreateCredential", key).await, "secret")
    }
}

fn open(house: &impl House, way: Way) -> Box<dyn Door> {
    match way {
        Way::Http => Box::new(Http::at(&house.gateway())),
        Way::Grpc => Box::new(Grpc::at(&house.services())),
    }
}

/// A message as it is shown where a test fails.
fn shortened(message: &Value) -> String {
    message.to_string().chars().take(2000).collect()
}

/// A message with `fields` in place of its own.
///
/// # Panics
///
/// When `fields` are not an object.
#[must_use]
pub fn merged(mut message: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object, not {fields}") };
    for (field, value) in fields {
        message[field] = value;
    }
    message
}

/// The text at a field of an answer, empty where there is none.
#[must_use]
pub fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_default().to_owned()
}

/// The instant at a field of an answer.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn time(answer: &Value, field: &str) -> DateTime<Utc> {
    text(answer, field).parse().unwrap_or_else(|error| panic!("`{field}` is an instant ({error}): {answer}"))
}

/// The date at a field of an answer.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn date(answer: &Value, field: &str) -> NaiveDate {
    text(answer, field).parse().unwrap_or_else(|error| panic!("`{field}` is a date ({error}): {answer}"))
}
