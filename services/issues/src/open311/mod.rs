//! Councils' own Open311 systems, as a client: sends issues there, looks for them, and tells what happens to them here. Which systems there
//! are stands in a file that is read again when it changes.
//!
//! ```text
//! answers       JSON and XML   → receipts, rows, errors
//! definitions   JSON and XML   → what services ask of those who report
//! ```

mod answers;
mod definitions;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use pathfinder_kit::causes_of;
use pathfinder_kit::outside::Outside;
use tokio::sync::Mutex;
use url::{Host, Url, form_urlencoded};

use self::answers::{Receipt, Row};
use self::definitions::Definitions;
use crate::app::councils::{Councils, Unread};
use crate::domain::attribute::{Attribute, Told, told_as_attributes};
use crate::domain::forwarding::{Endpoint, Forwarding, Found, Heard, RemoteUpdate, description_of, marked_issue};
use crate::domain::forwarding_update::ForwardingUpdate;
use crate::domain::photo::{MOST_PHOTOS, path_of};
use crate::domain::remote_request::RemoteRequest;
use crate::domain::times::CLOCKS_APART;
use crate::domain::{Issue, Photo};

/// How long a system may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often in a row something is read there whose answer is lost.
const TRIES: u32 = 3;
/// The longest answer: a thousand rows.
const MOST_BYTES: usize = 16 << 20;
/// Rows on a page, and the most pages that are read.
const PAGE: usize = 500;
const MOST_PAGES: usize = 10;
/// With this Pathfinder says that it knows the key of a repeat, from another report.
const KEY_OF_ANOTHER: &str = "This request id was used before";

/// The systems, and the way to them.
#[derive(Debug)]
pub(crate) struct CouncilSystems {
    outside: Outside,
    file: Option<PathBuf>,
    /// Where everybody finds our photos; none where that is not to be told.
    published_at: Option<String>,
    /// When the file was changed that was last read. Whoever reads it keeps the others from doing so.
    changed: Mutex<Option<SystemTime>>,
    kept: RwLock<Arc<Vec<Endpoint>>>,
    definitions: Definitions,
}

impl CouncilSystems {
    /// Those that a file names; none without one. They are told of photos at `published_at`.
    #[must_use]
    pub(crate) fn in_file(file: Option<PathBuf>, published_at: Option<String>) -> Self {
        let outside = Outside::new(TIMEOUT, MOST_BYTES);
        Self {
            outside,
            file,
            published_at,
            changed: Mutex::default(),
            kept: RwLock::default(),
            definitions: Definitions::default(),
        }
    }

    /// Reads the file for the first time.
    ///
    /// # Errors
    ///
    /// When it is missing or faulty: from then on issues would move of which no council would ever be told.
    pub(crate) async fn look(&self) -> Result<(), String> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut known = self.changed.lock().await;
        let changed = changed_at(file).await;
        self.keep(file, read(file).await?);
        *known = changed;
        Ok(())
    }

    fn keep(&self, file: &Path, endpoints: Vec<Endpoint>) {
        tracing::info!(file = %file.display(), count = endpoints.len(), "the systems of councils were read");
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(endpoints);
    }

    /// The answer to a form that was sent, or to a question.
    async fn ask(&self, request: Result<Request<Vec<u8>>, http::Error>) -> Result<Response<Vec<u8>>, Heard> {
        let request = request.map_err(|error| Heard::Refused(format!("The address cannot be asked: {error}")))?;
        self.outside.ask(request).await.map_err(|unanswered| {
            let causes = std::iter::once(unanswered.to_string()).chain(causes_of(&unanswered));
            let why = causes.collect::<Vec<_>>().join(": ");
            if unanswered.is_unheard() { Heard::Later(why) } else { Heard::Nothing(why) }
        })
    }

    async fn rows(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Result<Vec<Row>, Unread> {
        let since = forwarding.begin_time.unwrap_or(forwarding.create_time) - CLOCKS_APART;
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let query = addressed(endpoint, form_urlencoded::Serializer::new(String::new()))
            .append_pair("start_date", &since)
            .finish();
        self.pages(&format!("{}requests.json?{query}", base(endpoint)), answers::rows, |row: &Row| row.id.clone()).await
    }

    /// What is on all pages of a list: until one brings nothing new, as not every system knows pages.
    async fn pages<T>(
        &self,
        address: &str,
        read: impl Fn(&[u8]) -> Result<Vec<T>, String> + Sync,
        id_of: impl Fn(&T) -> String + Sync,
    ) -> Result<Vec<T>, Unread>
    where
        T: Send,
    {
        let (mut all, mut known) = (Vec::new(), BTreeSet::new());
        // One page more shows whether the last one was the last.
        for page in 1..=MOST_PAGES + 1 {
            let answer = match self.read(&format!("{address}&page={page}&page_size={PAGE}")).await {
                // There is such a list; it only does not go on.
                Err(Unread::NotKnown(why)) if page > 1 => return Err(Unread::NotAnswered(why)),
                answer => answer?,
            };
            let rows = read(&answer).map_err(Unread::NotAnswered)?;
            let before = known.len();
            all.extend(rows.into_iter().filter(|row| known.insert(id_of(row))));
            if known.len() == before {
                return Ok(all);
            }
        }
        Err(Unread::TooMuch)
    }

    /// What is at an address.
    async fn read(&self, address: &str) -> Result<Vec<u8>, Unread> {
        let answer = self.answer(address).await.map_err(Unread::NotAnswered)?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer.into_body());
        }
        let why = answers::errors(answer.body()).unwrap_or_default();
        let why = format!("It answers {status} when it is asked. {why}");
        Err(match status {
            StatusCode::URI_TOO_LONG => Unread::TooLong(why),
            StatusCode::TOO_MANY_REQUESTS => Unread::NotNow(why),
            status if NOT_KNOWN.contains(&status) => Unread::NotKnown(why),
            _ => Unread::NotAnswered(why),
        })
    }

    /// The answer of an address, whatever it says. One that was lost is asked for again at once: otherwise what takes some questions to read
    /// is begun anew whenever one is lost, and may never come to its end.
    async fn answer(&self, address: &str) -> Result<Response<Vec<u8>>, String> {
        let mut left = TRIES;
        let heard = loop {
            left -= 1;
            match self.ask(Request::get(address).header(ACCEPT, JSON).body(Vec::new())).await {
                Err(Heard::Nothing(_)) if left > 0 => {}
                heard => break heard,
            }
        };
        heard.map_err(|heard| match heard {
            Heard::Later(why) | Heard::Nothing(why) | Heard::Refused(why) | Heard::Mistaken(why) => why,
            Heard::Taken(_) | Heard::Token(_) => "It answers as to a form.".to_owned(),
        })
    }
}

/// With these a system says that it has nothing of the kind.
const NOT_KNOWN: [StatusCode; 4] =
    [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED];
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The address, with a slash at its end.
fn base(endpoint: &Endpoint) -> String {
    let url = endpoint.url.trim_end_matches('/');
    format!("{url}/")
}

/// With what says who asks for whom.
fn addressed<'a>(
    endpoint: &Endpoint,
    mut form: form_urlencoded::Serializer<'a, String>,
) -> form_urlencoded::Serializer<'a, String> {
    if !endpoint.jurisdiction_id.is_empty() {
        form.append_pair("jurisdiction_id", &endpoint.jurisdiction_id);
    }
    form
}

/// What asks for some reports. The commas between ids stand as they are, and those in an id do not: some systems part a list before they read
/// it, and some after.
fn query_of_requests(endpoint: &Endpoint, remote_ids: &[String]) -> String {
    let ids = remote_ids.iter().map(|id| form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>());
    let ids = format!("service_request_id={}", ids.collect::<Vec<_>>().join(","));
    let query = addressed(endpoint, form_urlencoded::Serializer::new(String::new())).finish();
    let query = if query.is_empty() { ids } else { format!("{query}&{ids}") };
    // Some give lists of ids in pages, too, and some all that they have.
    format!("{query}&page=1&page_size={PAGE}")
}

/// A form with what says who sends it.
fn with_key(endpoint: &Endpoint, form: &str) -> String {
    let mut form = addressed(endpoint, form_urlencoded::Serializer::new(form.to_owned()));
    if !endpoint.api_key.0.is_empty() {
        form.append_pair("api_key", &endpoint.api_key.0);
    }
    form.finish()
}

#[async_trait]
impl Councils for CouncilSystems {
    async fn endpoints(&self) -> Arc<Vec<Endpoint>> {
        let Some(file) = &self.file else { return Arc::default() };
        let mut known = self.changed.lock().await;
        let changed = changed_at(file).await;
        if changed != *known {
            match read(file).await {
                Ok(endpoints) => self.keep(file, endpoints),
                Err(problem) => tracing::error!(problem, "the systems of councils stay as they were"),
            }
            *known = changed;
        }
        self.kept_endpoints()
    }

    fn kept_endpoints(&self) -> Arc<Vec<Endpoint>> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn learn_attributes(
        &self,
        endpoint: &Endpoint,
        category_code: &str,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let code = endpoint.service_code(category_code);
        if self.definitions.is_fresh(endpoint, code, now) {
            return Ok(());
        }
        let query = addressed(endpoint, form_urlencoded::Serializer::new(String::new())).finish();
        // In a path, a plus is no blank.
        let name = form_urlencoded::byte_serialize(code.as_bytes()).collect::<String>().replace('+', "%20");
        let answer = self.answer(&format!("{}services/{name}.json?{query}", base(endpoint))).await?;
        let attributes = match answer.status() {
            StatusCode::OK => definitions::attributes(answer.body()),
            status if may_pass(status) => return Err(format!("It answers {status} when it is asked.")),
            _ => Vec::new(),
        };
        self.definitions.keep(endpoint, code, attributes, now);
        Ok(())
    }

    fn form_of(&self, endpoint: &Endpoint, issue: &Issue) -> String {
        let attributes = self.definitions.of(endpoint, endpoint.service_code(&issue.category_code));
        form_of(issue, endpoint, &attributes, self.published_at.as_deref())
    }

    async fn send(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Heard {
        let form = with_key(endpoint, &forwarding.form);
        let request = Request::post(format!("{}requests.json", base(endpoint)))
            .header(CONTENT_TYPE, FORM)
            .header(ACCEPT, JSON)
            .header("idempotency-key", forwarding.id.to_string());
        let heard = match self.ask(request.body(form.into_bytes())).await {
            Ok(answer) => judge(&answer),
            Err(heard) => heard,
        };
        if matches!(heard, Heard::Refused(_)) {
            self.definitions.forget(endpoint);
        }
        heard
    }

    async fn tell(&self, endpoint: &Endpoint, update: &ForwardingUpdate, remote_id: &str) -> Heard {
        let form = with_key(endpoint, &form_of_update(endpoint, update, remote_id));
        let request = Request::post(format!("{}servicerequestupdates.json", base(endpoint)))
            .header(CONTENT_TYPE, FORM)
            .header(ACCEPT, JSON);
        match self.ask(request.body(form.into_bytes())).await {
            Ok(answer) if answer.status().is_success() => Heard::Taken(remote_id.to_owned()),
            Ok(answer) => judge_refusal(&answer),
            Err(heard) => heard,
        }
    }

    async fn ask_for_id(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Heard {
        let query = addressed(endpoint, form_urlencoded::Serializer::new(String::new())).finish();
        let token: String = form_urlencoded::byte_serialize(forwarding.token.as_bytes()).collect();
        let request = Request::get(format!("{}tokens/{token}.json?{query}", base(endpoint))).header(ACCEPT, JSON);
        match self.ask(request.body(Vec::new())).await.map(|answer| judge(&answer)) {
            // An answer without an id says that there is none yet.
            Ok(Heard::Taken(id)) => Heard::Taken(id),
            Ok(Heard::Token(_)) => Heard::Later("It was taken; its id is still to come.".to_owned()),
            Ok(Heard::Later(why) | Heard::Nothing(why) | Heard::Refused(why) | Heard::Mistaken(why)) => {
                Heard::Later(format!("There is no id yet: {why}"))
            }
            Err(heard) => heard,
        }
    }

    async fn updates(
        &self,
        endpoint: &Endpoint,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<RemoteUpdate>, Unread> {
        let written = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let query = addressed(endpoint, form_urlencoded::Serializer::new(String::new()))
            .append_pair("start_date", &written(since))
            .append_pair("end_date", &written(until))
            .finish();
        let address = format!("{}servicerequestupdates.json?{query}", base(endpoint));
        let id_of = |update: &RemoteUpdate| format!("{} {}", update.remote_id, update.update_id);
        self.pages(&address, answers::updates, id_of).await
    }

    async fn requests(&self, endpoint: &Endpoint, remote_ids: &[String]) -> Result<Vec<RemoteRequest>, Unread> {
        let query = query_of_requests(endpoint, remote_ids);
        let answer = self.read(&format!("{}requests.json?{query}", base(endpoint))).await?;
        answers::requests(&answer).map_err(Unread::NotAnswered)
    }

    async fn find(&self, endpoint: &Endpoint, forwarding: &Forwarding) -> Found {
        match self.rows(endpoint, forwarding).await {
            Ok(mut rows) => {
                rows.retain(|row| marked_issue(&row.description) == Some(forwarding.issue_id));
                rows.sort_by(|one, other| one.requested.cmp(&other.requested));
                Found::Ids(rows.into_iter().map(|row| row.id).collect())
            }
            Err(why) => Found::NotAnswered(why.to_string()),
        }
    }
}

/// What the answer to a report says.
fn judge(answer: &Response<Vec<u8>>) -> Heard {
    let status = answer.status();
    if status.is_success() {
        return match answers::receipt(answer.body()) {
            Ok(Receipt { id, .. }) if !id.is_empty() => Heard::Taken(id),
            Ok(Receipt { token, .. }) if !token.is_empty() => Heard::Token(token),
            Ok(_) => Heard::Nothing(format!("It answers {status} without an id.")),
            Err(why) => Heard::Nothing(format!("It answers {status}, and its answer cannot be read: {why}")),
        };
    }
    judge_refusal(answer)
}

/// What an answer says that something was not taken.
fn judge_refusal(answer: &Response<Vec<u8>>) -> Heard {
    let status = answer.status();
    let why = answers::errors(answer.body()).unwrap_or_else(|| format!("It answers {status}."));
    // A key may be mended, and two writers part again.
    let passing =
        [StatusCode::TOO_MANY_REQUESTS, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::CONFLICT];
    if passing.contains(&status) {
        return Heard::Later(why);
    }
    if why.contains(KEY_OF_ANOTHER) {
        return Heard::Mistaken(why);
    }
    let is_refusal = status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT;
    if is_refusal { Heard::Refused(why) } else { Heard::Nothing(why) }
}

/// Whether an answer may be another one a little later.
fn may_pass(status: StatusCode) -> bool {
    let is_busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
    is_busy || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

/// Whether keys and words may go to an address: under TLS, or without it on this machine alone.
fn may_be_asked(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let is_near = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_near)
}

/// When a file was changed; none where there is none.
async fn changed_at(file: &Path) -> Option<SystemTime> {
    tokio::fs::metadata(file).await.and_then(|found| found.modified()).ok()
}

async fn read(file: &Path) -> Result<Vec<Endpoint>, String> {
    let place = file.display();
    let text = tokio::fs::read_to_string(file).await.map_err(|error| format!("{place}: {error}"))?;
    let endpoints: Vec<Endpoint> = serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for Endpoint { name, url, .. } in &endpoints {
        if !may_be_asked(url) || name.is_empty() || !names.insert(name) {
            wrong.push(name.as_str());
        }
    }
    if wrong.is_empty() {
        Ok(endpoints)
    } else {
        Err(format!(
            "{place}: each needs a name of its own and an address that begins with https:// (http:// on this machine alone): {}",
            wrong.join(", ")
        ))
    }
}

/// What is sent of an issue, without what says who sends it.
fn form_of(issue: &Issue, endpoint: &Endpoint, attributes: &[Attribute], published_at: Option<&str>) -> String {
    let told = told_as_attributes(&issue.answers, endpoint.attributes.get(&issue.category_code), attributes);
    // Of homes, no more is sent than everybody may know: what is there is shown to everybody.
    let location = issue.location.clone().published();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("service_code", endpoint.service_code(&issue.category_code));
    form.append_pair("description", &description_of(issue, &told));
    if let Some(point) = location.point {
        form.append_pair("lat", &point.latitude.to_string()).append_pair("long", &point.longitude.to_string());
    }
    if !location.address.is_empty() {
        form.append_pair("address_string", &location.address);
    }
    if location.point.is_none() && location.address.is_empty() {
        form.append_pair("address_id", &location.uprn);
    }
    for (name, value) in told.iter().flat_map(parameters_of) {
        form.append_pair(&name, value);
    }
    for address in published_at.into_iter().flat_map(|origin| photos_of(issue, endpoint, origin)) {
        form.append_pair("media_url", &address);
    }
    form.finish()
}

/// An answer as the parameters of a report: `attribute[CODE]`, and `attribute[CODE][]` for each of several.
fn parameters_of(told: &Told) -> impl Iterator<Item = (String, &str)> {
    let list = if told.is_list { "[]" } else { "" };
    let name = format!("attribute[{}]{list}", told.code);
    told.values.iter().map(move |value| (name.clone(), value.as_str()))
}

/// What is sent to tell something, without what says who sends it: the parameters that mySociety's extension of Open311 needs.
fn form_of_update(endpoint: &Endpoint, update: &ForwardingUpdate, remote_id: &str) -> String {
    let time = update.happened_time.to_rfc3339_opts(SecondsFormat::Secs, true);
    form_urlencoded::Serializer::new(String::new())
        .append_pair("service_request_id", remote_id)
        .append_pair("update_id", &update.id.to_string())
        .append_pair("updated_datetime", &time)
        .append_pair("status", &update.kind.status(endpoint.knows_repeats).word().to_uppercase())
        .append_pair("description", update.kind.said())
        .finish()
}

/// The addresses of the photos that everybody sees. The specification has room for one; Pathfinder takes several.
fn photos_of(issue: &Issue, endpoint: &Endpoint, origin: &str) -> Vec<String> {
    if !issue.is_public() {
        return Vec::new();
    }
    let most = if endpoint.knows_repeats { MOST_PHOTOS } else { 1 };
    let path = |photo: &Photo| path_of(issue.partnership_id, issue.id, photo.id);
    issue.photos.iter().filter(|photo| !photo.held).take(most).map(|photo| format!("{origin}{}", path(photo))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_missing_or_faulty_keeps_the_service_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("endpoints.json");
        let look = async || CouncilSystems::in_file(Some(file.clone()), None).look().await;
        assert!(look().await.unwrap_err().contains("endpoints.json"), "it is missing");
        std::fs::write(&file, "[{}]").unwrap();
        assert!(look().await.unwrap_err().contains("endpoints.json"), "it says nothing of an address");
        std::fs::write(&file, "[]").unwrap();
        look().await.unwrap();
        CouncilSystems::in_file(None, None).look().await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_missing_for_a_moment_takes_no_council_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("endpoints.json");
        let systems = CouncilSystems::in_file(Some(file.clone()), None);
        assert!(systems.endpoints().await.is_empty() && systems.kept_endpoints().is_empty(), "there is none yet");
        let id = "01900000-0000-7000-8000-000000000001";
        let council = format!(
            r#"[{{"name": "council", "partnership_id": "{id}", "provider_id": "{id}", "url": "https://council.example/"}}]"#
        );
        std::fs::write(&file, council).unwrap();
        assert_eq!((systems.endpoints().await.len(), systems.kept_endpoints().len()), (1, 1));
        std::fs::remove_file(&file).unwrap();
        assert_eq!((systems.endpoints().await.len(), systems.kept_endpoints().len()), (1, 1), "it is being replaced");
        std::fs::write(&file, "[]").unwrap();
        assert!(systems.endpoints().await.is_empty(), "an empty list takes them away");
    }

    #[test]
    fn an_answer_is_a_parameter_and_several_are_a_list() {
        let told = |is_list: bool, values: &[&str]| Told {
            question_code: "waste".to_owned(),
            code: "WASTE".to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            is_list,
        };
        let sent = |told: &Told| parameters_of(told).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(sent(&told(false, &["3"])), ["attribute[WASTE]=3"]);
        assert_eq!(sent(&told(true, &["a", "b"])), ["attribute[WASTE][]=a", "attribute[WASTE][]=b"]);
    }

    #[test]
    fn commas_part_the_ids_of_a_list_and_belong_to_those_that_hold_them() {
        let id = "01900000-0000-7000-8000-000000000001";
        let council = format!(
            r#"{{"name": "council", "partnership_id": "{id}", "provider_id": "{id}", "url": "https://council.example/"}}"#
        );
        let council: Endpoint = serde_json::from_str(&council).unwrap();
        let query =
            |ids: &[&str]| query_of_requests(&council, &ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert_eq!(query(&["7", "a b", "9"]), "service_request_id=7,a+b,9&page=1&page_size=500");
        assert_eq!(query(&["7,8"]), "service_request_id=7%2C8&page=1&page_size=500");
        let named = Endpoint { jurisdiction_id: "fellmoor.example".to_owned(), ..council.clone() };
        let ids = ["7".to_owned()];
        let asked = "jurisdiction_id=fellmoor.example&service_request_id=7&page=1&page_size=500";
        assert_eq!(query_of_requests(&named, &ids), asked);
    }

    #[test]
    fn keys_go_out_without_tls_to_this_machine_alone() {
        for address in
            ["https://council.example/open311/v2/", "http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:80/"]
        {
            assert!(may_be_asked(address), "{address}");
        }
        for address in [
            "http://council.example/",
            "http://127.0.0.1.council.example/",
            "http://localhost.council.example/",
            "http://127.0.0.1@council.example/",
            "ftp://127.0.0.1/",
            "council.example",
            "",
        ] {
            assert!(!may_be_asked(address), "{address}");
        }
    }
}
